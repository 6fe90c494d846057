"""Running a converter on a case in a folder of its own, and the converters that people use, for the table.

In a command {in} stands for the folder with the files, {out} for DIR/out.nii and {dir} for DIR, an empty folder; the command
runs in bash in that folder, and fails when any part of a pipe does."""
import os
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from judge import IMAGES, RIGHT, judge

SECONDS = 20

# name: (the program it needs, the command). -z n and the like: what is compressed is no part of this
PEERS = {
    # volhu, where the scanner states a rescale
    "volpipe": ("dcm2vol", "dcm2vol {in} -o v.vol && if grep -aq ^vol.rescale: v.vol; then volhu v.vol; else cat v.vol; fi"
                           " | vol2nii -o {out}"),
    # every series there is, as the others do
    "volpipe --all": ("dcm2vol", "dcm2vol --all {in} -o {dir}/{number}_{desc}.vol && for v in {dir}/*.vol; do"
                                 " if grep -aq ^vol.rescale: \"$v\"; then volhu \"$v\"; else cat \"$v\"; fi |"
                                 " vol2nii -o \"${v%.vol}.nii\" || exit; done"),
    "dcm2niix": ("dcm2niix", "dcm2niix -z n -b n -f out -o {dir} {in}"),
    # it asks which series: q is no answer, and it gives up
    "MRtrix3": ("mrconvert", "mrconvert -quiet {in} {out} <<<q"),
    "plastimatch": ("plastimatch", "plastimatch convert --input {in} --output-img {dir}/out.nrrd"),
    "vtk-dicom": ("dicomtonifti", "dicomtonifti -o {out} {in}"),
    "MINC": ("dcm2mnc", "dcm2mnc {in} {dir} && mnc2nii -quiet $(find {dir} -name '*.mnc' | sort | head -n 1) {out}"),
}


@dataclass
class Verdict:
    """word: right, refused, WRONG (with exit 0), crashed or hung.  share: of voxels right, or None."""
    word: str
    share: float = None
    note: str = ""


def outputs(folder):
    """The image files that a converter left: the primary one, by name, then the rest."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name.endswith(IMAGES)]
    files.sort(key=lambda path: (path.name != "out.nii", len(path.name), path.name))
    return files


def convert(command, case, truth, work):
    """Run the command on the case's files; the Verdict.  work: a folder that is emptied."""
    shutil.rmtree(work, ignore_errors=True)
    out = work / "out"
    out.mkdir(parents=True)
    shutil.copytree(case / "in", work / "in")
    start = work / "in"  # some look into no folder below; where there is only one, it is the one they are given
    while len(inside := list(start.iterdir())) == 1 and inside[0].is_dir():
        start = inside[0]
    for name, path in (("{in}", start), ("{out}", out / "out.nii"), ("{dir}", out)):
        command = command.replace(name, shlex.quote(str(path)))
    with subprocess.Popen(["bash", "-o", "pipefail", "-c", command], cwd=out, start_new_session=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as done:
        try:
            said = done.communicate(timeout=SECONDS)[1]
        except subprocess.TimeoutExpired:
            os.killpg(done.pid, signal.SIGKILL)  # bash and all that it started
            return Verdict("hung", note=f"after {SECONDS} s")
    said = said.decode("utf-8", "replace").strip().splitlines()
    said = [line.replace(str(work) + "/", "") for line in said]
    files = outputs(out)
    if done.returncode < 0 or 128 < done.returncode <= 192:  # bash's own end, or that of a program in it
        return Verdict("crashed", note=f"signal {done.returncode - 128 if done.returncode > 0 else -done.returncode}")
    if done.returncode:
        note = said[0] if said else f"exit {done.returncode}, said nothing"
        return Verdict("refused", note=note + (f"; left {len(files)} files" if files else ""))
    if not files:
        return Verdict("WRONG", 0.0, "exit 0 and no output")
    share, note = judge(truth, files[0], files[1:])
    return Verdict("right" if share >= RIGHT else "WRONG", share, note)


def installed():
    """The names of PEERS that can be run here."""
    return [name for name, (program, _) in PEERS.items() if shutil.which(program)]


def work_below(folder):
    """Where a command runs."""
    return Path(folder) / "case"
