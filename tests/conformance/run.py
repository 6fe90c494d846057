"""The conformance suite: every public image of the shared data through the real tools, held to independent references.

    tests/conformance/run.py --bin build/bin --data ../shared/data --work build/conformance [--only PATTERN] [-j N]

One line a case: agree (equal to every reference), explained (equal but for what the line says, or for differences in a
committed table), refused (as it should be, for a reason that fits), wrong, or not-run."""
import argparse
import fnmatch
import logging
import os
import re
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

try:
    import nibabel  # noqa: F401
    import numpy    # noqa: F401
    import pydicom  # noqa: F401
except ImportError as missing:
    sys.exit(f"conformance: {missing}; install python3-numpy, python3-nibabel and python3-pydicom")

import cases  # noqa: E402
import cases_colour  # noqa: E402
import cases_files  # noqa: E402
import cases_formats  # noqa: E402
import cases_frames  # noqa: E402
import checks_colour  # noqa: E402
import cases_segments  # noqa: E402
import cases_sidecar  # noqa: E402
import checks_dcmls  # noqa: E402
import checks_dicom  # noqa: E402
import checks_diffusion  # noqa: E402
import checks_files  # noqa: E402
import checks_formats  # noqa: E402
import checks_frames  # noqa: E402
import checks_repairs  # noqa: E402
import checks_segments  # noqa: E402
import checks_sidecar  # noqa: E402
from case import Explained  # noqa: E402
from data import Absent, Data  # noqa: E402
from tools import Refused, Tools, unu  # noqa: E402
from volume import Mismatch  # noqa: E402

CHECKS = {
    "series": checks_dicom.check_series, "known": checks_dicom.check_known,
    "diffusion": checks_diffusion.check_diffusion, "frames": checks_frames.check_frames, "dirfile": checks_dicom.check_dirfile, "refused": checks_dicom.check_refused, "dcmls": checks_dcmls.check_dcmls,
    "selectors": checks_dcmls.check_selectors, "nifti": checks_files.check_nifti, "nrrd": checks_files.check_nrrd,
    "no-nifti": checks_files.check_no, "no-nrrd": checks_files.check_no, "no-file": checks_files.check_no,
    "colour": checks_colour.check_colour, "dose": checks_colour.check_dose,
    "repaired": checks_repairs.check_repaired, "minc": checks_formats.check_minc, "par": checks_formats.check_par, "par-header": checks_formats.check_par_header,
    "segmentation": checks_segments.check_segmentation, "structures": checks_segments.check_structures,
    "no-structures": checks_segments.check_no_structures,
    "par-partial": checks_formats.check_par_partial, "analyze": checks_formats.check_analyze, "mha": checks_formats.check_mha,
    "sidecar": checks_sidecar.check_sidecar,
}


class Context:
    """What a check works with: the data, the tools, and a folder of its own that is gone afterwards."""

    def __init__(self, data, tools, tmp):
        self.data, self.tools, self.tmp = data, tools, Path(tmp)


def judge(case, data, tools):
    """(outcome, detail) of one case."""
    with tempfile.TemporaryDirectory(dir=data.work) as tmp:
        context = Context(data, tools, tmp)
        try:
            answer = CHECKS[case.check](case, context)
        except Absent as gap:
            return "not-run", str(gap)
        except Refused as no:
            if case.expect == "either" and (not case.reasons or no.reason in case.reasons) and \
                    re.search(case.says, str(no)):
                return "refused", str(no)
            return "wrong", f"refused: {no}"
        except Mismatch as found:
            return "wrong", str(found)
        except Exception:
            return "wrong", "the suite itself failed: " + traceback.format_exc().strip().replace("\n", " | ")
    return ("refused" if case.expect == "refused" else "explained" if case.note or isinstance(answer, Explained) else "agree"), answer


def options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build/bin", help="folder of the tools under test")
    parser.add_argument("--data", default="../shared/data", help="the shared data; VOLPIPE_DATA overrides")
    parser.add_argument("--work", default="build/conformance", help="cache of unpacked archives and scratch space")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="cases whose name contains or matches this")
    parser.add_argument("-j", type=int, default=1, metavar="N", help="cases at a time")
    return parser.parse_args()


def chosen(pattern):
    """The cases whose name matches a shell pattern or contains the text."""
    everything = cases.CASES + cases_files.CASES + cases_formats.CASES + cases_frames.CASES + cases_colour.CASES + \
        cases_segments.CASES + cases_sidecar.CASES
    return [case for case in everything if fnmatch.fnmatchcase(case.name, pattern) or pattern in case.name]


def report(pairs):
    """Print the table as results come; how many of each outcome."""
    tally = {"agree": 0, "explained": 0, "refused": 0, "wrong": 0, "not-run": 0}
    for case, (outcome, detail) in pairs:
        tally[outcome] += 1
        print(f"{outcome:9} {case.name}  {detail}", flush=True)
    return tally


def unpack_all(selected, data):
    """Unpack archives before cases run side by side; what is absent shows up case by case."""
    for name in sorted({case.inputs[0].partition("/")[0] for case in selected}):
        try:
            data.folder(name)
        except Absent:
            pass


def untouched(root):
    """The data that no case is about, so that a format still to come is not taken for one that passed."""
    touched = {case.inputs[0].partition("/")[0] for case in cases.CASES + cases_files.CASES + cases_formats.CASES + cases_frames.CASES + cases_segments.CASES}
    names = {path.name.removesuffix(".tar.xz") for path in root.iterdir() if path.is_dir() or path.suffix == ".xz"}
    return sorted(names - touched)


def main():
    """Run the chosen cases; exit 1 when any result is wrong."""
    arguments = options()
    logging.disable(logging.CRITICAL)            # nibabel and pydicom comment on the very defects under test
    root = Path(os.environ.get("VOLPIPE_DATA", arguments.data))
    selected = chosen(arguments.only)
    if not root.is_dir():
        for case in selected:
            print(f"not-run  {case.name}  no data at {root}")
        print(f"0 passed, 0 failed, {len(selected)} skipped")
        return 0
    if not Path(arguments.bin).is_dir():
        sys.exit(f"conformance: no tools at {arguments.bin}: run make first")
    Path(arguments.work).mkdir(parents=True, exist_ok=True)
    data, tools = Data(root, arguments.work), Tools(arguments.bin)
    unpack_all(selected, data)
    if not unu():
        print("note: teem's unu is not installed; streams are read by the suite's own reader only")
    with ThreadPoolExecutor(arguments.j) as pool:
        tally = report(zip(selected, pool.map(lambda case: judge(case, data, tools), selected)))
    if untouched(root):
        print("note: not run, no tool for it yet: " + ", ".join(untouched(root)))
    failed, skipped = tally["wrong"], tally["not-run"]
    passed = tally["agree"] + tally["explained"] + tally["refused"]
    print(f"{len(selected)} cases: " + ", ".join(f"{count} {outcome}" for outcome, count in tally.items()))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
