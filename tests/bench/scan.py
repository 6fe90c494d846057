"""The scan section of the bench: what series a tree of many small files holds, told from their headers."""
import os
import shutil
import subprocess
import sys

from timing import run, table

SLICES = 200


def section(_series, work, out, opt):
    """dcmls and dcm2niix's list of series (-n -1: nothing is converted) over opt.files files of 8 x 8 pixels, and over an
    archive of them. Prints files a second, and the peak memory, which has a limit: 300 MiB for 100,000 files."""
    mkseries = os.path.join(os.environ.get("TESTBIN", "build/tests"), "mkseries")
    tree = os.path.join(work, "many")
    count = max(1, opt.files // SLICES)
    for k in range(1, count + 1):
        subprocess.run([mkseries, "-o", "%s/%d" % (tree, k), "--size", "8,8,%d" % SLICES, "--series-number", str(k),
                        "--series-uid-seed", str(k)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["tar", "-czf", tree + ".tar.gz", "-C", work, "many"], check=True)
    times = max(3, opt.times - 2)
    rows = [
        ("volpipe: dcmls", "dcmls", "dcmls %s >/dev/null" % tree, False),
        ("volpipe: dcmls --threads 1", "dcmls", "dcmls --threads 1 %s >/dev/null" % tree, False),
        ("volpipe: dcmls of .tar.gz", "dcmls", "dcmls %s.tar.gz >/dev/null" % tree, False),
        ("dcm2niix -n -1", "dcm2niix", "dcm2niix -n -1 -o %s %s >/dev/null 2>&1" % (out, tree), True),
    ]
    table("headers of %d small files" % (count * SLICES), rows, out, times)
    for label, program, command, _ in rows:
        got = run(command, out) if shutil.which(program) else None
        if got:
            print("%-28s %8.0f files a second, %4.0f MiB" % (label, count * SLICES / got[0], got[2] / 1024))
    sys.stdout.flush()
    shutil.rmtree(tree)
    os.remove(tree + ".tar.gz")
