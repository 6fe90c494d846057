#!/usr/bin/python3
"""Time volpipe beside the programs people use now: same input, same run, medians and ratios.

Every command runs in turn (A B C, A B C, ...), so that what the machine does meanwhile falls on
all alike; outputs are removed before each run. The work folder is in memory when there is room, so
that nobody's disk is measured. Peers that are not installed are named and left out.

Columns: wall seconds (median, least and most), processor seconds of all processes together, peak
memory of the largest process, size of the output, and the wall time as a share of the reference's
(the row marked ref): below 1 is faster.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PYDICOM = r"""
import glob, sys, numpy, pydicom, nibabel
s = [pydicom.dcmread(f) for f in glob.glob(sys.argv[1] + '/*')]
s.sort(key=lambda d: float(d.ImagePositionPatient[2]))
v = numpy.stack([d.pixel_array for d in s]).T
nibabel.save(nibabel.Nifti1Image(v, numpy.eye(4)), sys.argv[2])
"""


def work_folder(need):
    """A folder with `need` bytes of room, in memory where possible."""
    for base in ("/dev/shm", tempfile.gettempdir()):
        if os.path.isdir(base) and shutil.disk_usage(base).free > need:
            return tempfile.mkdtemp(prefix="volpipe-bench.", dir=base)
    sys.exit("bench: no folder with %d MB free" % (need >> 20))


def run(command, out):
    """One run of a shell command: (wall, cpu, peak KiB, bytes written), None when it fails."""
    shutil.rmtree(out, ignore_errors=True)
    os.mkdir(out)
    start = time.perf_counter()
    pid = os.spawnvp(os.P_NOWAIT, "sh", ["sh", "-c", command])
    _, status, use = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    if status:
        return None
    size = sum(os.path.getsize(os.path.join(out, f)) for f in os.listdir(out))
    return wall, use.ru_utime + use.ru_stime, use.ru_maxrss, size


def table(title, rows, out, times):
    """rows: (label, program that must be installed, command, is reference)"""
    print("\n## %s\n" % title)
    found = [r for r in rows if shutil.which(r[1])]
    for r in rows:
        if r not in found:
            print("(not installed: %s)" % r[1])
    for r in found:
        run(r[2], out)  # warm up
    got = {r[0]: [] for r in found}
    for _ in range(times):
        for r in found:
            got[r[0]].append(run(r[2], out))
    walls = {k: statistics.median(x[0] for x in v) for k, v in got.items() if None not in v}
    ref = next((walls[r[0]] for r in found if r[3] and r[0] in walls), None)
    print("| what | wall s (least-most) | CPU s | peak MB | out MB | wall / ref |")
    print("|---|---|---|---|---|---|")
    for r in found:
        v = got[r[0]]
        if None in v:
            print("| %s | failed | | | | |" % r[0])
            continue
        print("| %s | %.3f (%.3f-%.3f) | %.3f | %.0f | %.1f | %s%s |" % (
            r[0], walls[r[0]], min(x[0] for x in v), max(x[0] for x in v),
            statistics.median(x[1] for x in v), max(x[2] for x in v) / 1024, v[0][3] / 1e6,
            "%.2f" % (walls[r[0]] / ref) if ref else "-", " (ref)" if r[3] else ""))
    sys.stdout.flush()


def dicom_rows(series, out):
    """DICOM to NIfTI, uncompressed and compressed."""
    python = os.environ.get("PYTHON", "python3")
    plain = [
        ("volpipe: dcm2vol | vol2nii", "dcm2vol", "dcm2vol %s | vol2nii -o %s/x.nii" % (series, out), False),
        ("volpipe: dcm2vol | volhu | vol2nii", "dcm2vol",
         "dcm2vol %s | volhu | vol2nii -o %s/x.nii" % (series, out), False),
        ("volpipe: dcm2vol | vol2nrrd", "dcm2vol", "dcm2vol %s | vol2nrrd -o %s/x.nrrd" % (series, out), False),
        ("dcm2niix -z n", "dcm2niix", "dcm2niix -z n -b n -o %s -f x %s >/dev/null" % (out, series), True),
        ("mrconvert", "mrconvert", "mrconvert -quiet %s %s/x.nii" % (series, out), False),
        ("plastimatch convert", "plastimatch",
         "plastimatch convert --input %s --output-img %s/x.nii --output-type short >/dev/null" % (series, out), False),
        ("pydicom + nibabel", python, "%s -c '%s' %s %s/x.nii" % (python, PYDICOM.replace("'", '"'), series, out), False),
    ]
    packed = [
        ("volpipe: dcm2vol | vol2nii, default level", "dcm2vol", "dcm2vol %s | vol2nii -o %s/x.nii.gz" % (series, out), False),
        ("volpipe: dcm2vol | vol2nii -z 6", "dcm2vol", "dcm2vol %s | vol2nii -z 6 -o %s/x.nii.gz" % (series, out), False),
        ("dcm2niix -z y (pigz)", "pigz", "dcm2niix -z y -b n -o %s -f x %s >/dev/null" % (out, series), True),
        ("dcm2niix -1 -z y (pigz)", "pigz", "dcm2niix -1 -z y -b n -o %s -f x %s >/dev/null" % (out, series), False),
        ("dcm2niix -z i", "dcm2niix", "dcm2niix -z i -b n -o %s -f x %s >/dev/null" % (out, series), False),
    ]
    return plain, packed


def syntax_rows(work, out, name):
    """A compressed series to .nii."""
    series = "%s/%s" % (work, name)
    return [
        ("volpipe", "dcm2vol", "dcm2vol %s | vol2nii -o %s/x.nii" % (series, out), False),
        ("dcm2niix -z n", "dcm2niix", "dcm2niix -z n -b n -o %s -f x %s >/dev/null" % (out, series), True),
    ]


def read_rows(work, out):
    """Reading NIfTI and NRRD into a stream."""
    return [
        ("volpipe: nii2vol x.nii", "nii2vol", "nii2vol %s/x.nii -o %s/x.vol" % (work, out), False),
        ("volpipe: nii2vol x.nii.gz", "nii2vol", "nii2vol %s/x.nii.gz -o %s/x.vol" % (work, out), False),
        ("volpipe: nrrd2vol x.nrrd", "nrrd2vol", "nrrd2vol %s/x.nrrd -o %s/x.vol" % (work, out), False),
        ("gunzip: pigz -dc x.nii.gz", "pigz", "pigz -dc %s/x.nii.gz > %s/x.nii" % (work, out), True),
        ("teem-unu save x.nrrd", "teem-unu", "teem-unu save -f nrrd -i %s/x.nrrd -o %s/y.nrrd" % (work, out), False),
    ]


def main():
    args = argparse.ArgumentParser(description="compare volpipe with its peers")
    args.add_argument("--slices", type=int, default=300)
    args.add_argument("--times", type=int, default=5)
    args.add_argument("--series", help="a DICOM folder to use instead of the phantom")
    opt = args.parse_args()
    work = work_folder(8 << 30 if opt.slices > 100 else 1 << 30)
    out = os.path.join(work, "out")
    mkseries = os.path.join(os.environ.get("TESTBIN", "build/tests"), "mkseries")
    try:
        series = opt.series or os.path.join(work, "ct")
        size = "512,512,%d" % opt.slices
        if not opt.series:
            subprocess.run([mkseries, "-o", series, "--size", size, "--spacing", "0.7,0.7,1.25"], check=True)
        print("machine: %s, %d processors; %s" % (cpu_name(), len(os.sched_getaffinity(0)), series_name(opt)))
        plain, packed = dicom_rows(series, out)
        table("DICOM series to .nii", plain, out, opt.times)
        table("DICOM series to .nii.gz", packed, out, max(3, opt.times - 2))
        for name in ("rle", "jpeg-lossless", "jpeg-ls", "jpeg2000"):
            made = subprocess.run([mkseries, "-o", os.path.join(work, name), "--syntax", name,
                                   "--size", "512,512,%d" % min(60, opt.slices)])
            if made.returncode == 0:
                table("%s, %d slices, to .nii" % (name, min(60, opt.slices)), syntax_rows(work, out, name), out, 3)
        os.system("dcm2vol %s | vol2nii -o %s/x.nii && dcm2vol %s | vol2nii -o %s/x.nii.gz && "
                  "dcm2vol %s | vol2nrrd -o %s/x.nrrd" % ((series, work) * 3))
        table("reading back", read_rows(work, out), out, opt.times)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def series_name(opt):
    return opt.series or "phantom of 512 x 512 x %d int16" % opt.slices


def cpu_name():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        return next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    main()
