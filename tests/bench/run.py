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
import subprocess
import sys

sys.dont_write_bytecode = True
import convert  # noqa: E402
import formats  # noqa: E402
import preprocess  # noqa: E402
import scan  # noqa: E402
from timing import work_folder  # noqa: E402

SECTIONS = {"convert": convert.section, "formats": formats.section, "preprocess": preprocess.section, "scan": scan.section}


def main():
    args = argparse.ArgumentParser(description="compare volpipe with its peers")
    args.add_argument("--slices", type=int, default=300)
    args.add_argument("--times", type=int, default=5)
    args.add_argument("--series", help="a DICOM folder to use instead of the phantom")
    args.add_argument("--files", type=int, default=100000, help="of the scan")
    args.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS) + "; by default all")
    opt = args.parse_args()
    unknown = [name for name in opt.sections if name not in SECTIONS]
    if unknown:
        args.error("no section %s" % unknown[0])
    work = work_folder(8 << 30 if opt.slices > 100 else 1 << 30)
    out = os.path.join(work, "out")
    mkseries = os.path.join(os.environ.get("TESTBIN", "build/tests"), "mkseries")
    try:
        series = opt.series or os.path.join(work, "ct")
        if not opt.series:
            subprocess.run([mkseries, "-o", series, "--size", "512,512,%d" % opt.slices, "--spacing", "0.7,0.7,1.25"],
                           check=True)
        print("machine: %s, %d processors; %s" % (cpu_name(), len(os.sched_getaffinity(0)), series_name(opt)))
        for name in opt.sections or SECTIONS:
            SECTIONS[name](series, work, out, opt)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def series_name(opt):
    return opt.series or "phantom of 512 x 512 x %d int16" % opt.slices


def cpu_name():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        return next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    main()
