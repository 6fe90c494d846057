"""Timing commands side by side: what the sections of the bench share."""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


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
    """rows: (label, program that must be installed, command, is reference); of several references the fastest counts"""
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
    ref_label = min((r[0] for r in found if r[3] and r[0] in walls), key=walls.get, default=None)
    ref = walls.get(ref_label)
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
            "%.2f" % (walls[r[0]] / ref) if ref else "-", " (ref)" if r[0] == ref_label else ""))
    sys.stdout.flush()
