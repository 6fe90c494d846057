"""The preprocessing recipes, as people run them in Python, against the tools that reproduce them.

    tests/conformance/recipes.py --oracle ../shared/oracle --data ../shared/data --work build/conformance [--only WORD]

The recipes themselves are not ours: they are loaded from the oracle's ref_pipeline.py, and run on its phantom and on the public
chest CT. One line a check: what was compared, how far it was off, and what it may be off.

Streams hold x fastest; the recipes' arrays are z, y, x, feet to head, and so are the tools' volumes of these two series."""
import argparse
import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent))

try:
    import numpy as np
    import scipy.ndimage  # noqa: F401
    import skimage  # noqa: F401
    import volfile
except ImportError as missing:
    print(f"conformance: the recipes were not run: {missing}")
    sys.exit(0)


class Report:
    """What was checked, and how it came out."""

    def __init__(self):
        self.failed = self.passed = self.skipped = 0

    def check(self, where, what, got, limit, unit=""):
        """One figure that may be `limit` at most."""
        good = bool(got <= limit)
        self.passed += good
        self.failed += not good
        print("%-6s %-10s %-52s %g%s (limit %g)" % ("ok" if good else "WRONG", where, what, got, unit, limit), flush=True)

    def least(self, where, what, got, limit):
        """One figure that must be `limit` at least."""
        good = bool(got >= limit)
        self.passed += good
        self.failed += not good
        print("%-6s %-10s %-52s %.4f (at least %g)" % ("ok" if good else "WRONG", where, what, got, limit), flush=True)

    def skip(self, where, what, why):
        """What could not be run."""
        self.skipped += 1
        print("%-6s %-10s %-52s %s" % ("-", where, what, why), flush=True)


def pipe(command, out):
    """A shell pipe into a stream: its array as z, y, x, and its keys."""
    subprocess.run(["bash", "-o", "pipefail", "-c", f"{command} > '{out}'"], check=True)
    data, affine, keys = volfile.read(out)
    return np.ascontiguousarray(data.T), affine, keys


def differ(a, b):
    """How many voxels are not the same; all when the shapes are not."""
    return a.size if a.shape != b.shape else int((a != b).sum())


def worst(a, b):
    """The greatest difference; infinite when the shapes differ."""
    return np.inf if a.shape != b.shape else float(np.abs(a.astype(float) - b.astype(float)).max())


def chest(name, series, ref, tmp, report):
    """The chain of the chest recipe on one series."""
    scan = ref.load_scan(str(series))
    hu = ref.get_pixels_hu(scan)
    got, _, _ = pipe(f"dcm2vol '{series}' | volhu", tmp / "hu.vol")
    report.check(name, "HU: voxels that differ", differ(got, hu), 0)
    report.check(name, "normalise -1000..400: voxels that differ",
                 differ(pipe(f"volnorm -r -1000,400 '{tmp}/hu.vol'", tmp / "n.vol")[0], ref.normalize(hu).astype(np.float32)), 0)
    report.check(name, "normalise and centre 0.25: voxels that differ",
                 differ(pipe(f"volnorm -r -1000,400 --centre 0.25 '{tmp}/hu.vol'", tmp / "n.vol")[0],
                        ref.zero_center(ref.normalize(hu)).astype(np.float32)), 0)
    report.check(name, "window 40, 80: voxels that differ",
                 differ(pipe(f"volwin --as-recipe --clamp -w 40,80 '{tmp}/hu.vol'", tmp / "w.vol")[0], ref.window_image(hu, 40, 80)), 0)
    counts = subprocess.run(f"volhist --bins 80 --tsv '{tmp}/hu.vol' | tail -n +2 | cut -f 3", shell=True, check=True, text=True,
                            capture_output=True).stdout.split()
    report.check(name, "histogram of 80 bins: bins that differ",
                 differ(np.array(counts, dtype=np.int64), np.histogram(hu.ravel(), bins=80)[0]), 0)
    kernels = {0: "nearest", 1: "linear", 3: "cubic"}
    for order, kernel in kernels.items():
        want, _ = ref.resample(hu, scan, [1, 1, 1], order)
        got, _, _ = pipe(f"volresample --as-zoom -s 1 -k {kernel} '{tmp}/hu.vol'", tmp / "iso.vol")
        report.check(name, f"zoom, order {order}, int16: greatest difference", worst(got, want), 1, " HU")
        if got.shape == want.shape:
            print("%-6s %-10s %-52s %d of %d" % ("", "", "  voxels that differ by that one", differ(got, want), want.size))
    # the recipe's own order 3 volume, so that the mask is held to the same voxels
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    volfile.write(tmp / "want.vol", np.ascontiguousarray(want.T), affine, {"unit": "HU"})
    for fill in (True, False):
        mask = ref.segment_lung_mask(want, fill)
        got, _, _ = pipe(f"volseg lung --as-recipe {'' if fill else '--no-fill'} '{tmp}/want.vol'", tmp / "mask.vol")
        report.check(name, f"recipe lung mask, {'fill' if fill else 'no fill'}: voxels that differ", differ(got, mask), 0)


def head(ref, tmp, report):
    """The head recipe, slice by slice, on a rotated ellipsoid with skull, and on its windowed self."""
    rng = np.random.default_rng(4)
    z, y, x = np.mgrid[:12, :128, :128].astype(float)
    turn = np.radians(17)
    u, v = (x - 60) * np.cos(turn) + (y - 66) * np.sin(turn), (y - 66) * np.cos(turn) - (x - 60) * np.sin(turn)
    r = np.sqrt((u / 34) ** 2 + (v / 46) ** 2 + ((z - 6) / 14) ** 2)
    hu = np.where(r < 0.88, 35 + rng.normal(0, 4, r.shape), np.where(r < 0.97, 900, -1000)).astype(np.int16)
    volfile.write(tmp / "head.vol", np.ascontiguousarray(hu.T), np.diag([-1.0, -1.0, 2.5, 1.0]), {"unit": "HU", "modality": "CT"})
    want = np.stack([ref.remove_noise(s) for s in hu])
    got, _, _ = pipe(f"voldenoise --as-recipe '{tmp}/head.vol'", tmp / "brain.vol")
    report.check("head", "noise mask: voxels that differ", differ(got, want), 0)
    volfile.write(tmp / "brain.vol", np.ascontiguousarray(want.astype(np.int16).T), np.diag([-1.0, -1.0, 2.5, 1.0]), {"unit": "HU"})
    want_crop = np.stack([ref.crop_pad(s) for s in want])
    got, _, _ = pipe(f"volcrop --as-recipe '{tmp}/brain.vol'", tmp / "crop.vol")
    report.check("head", "crop and pad to 512: voxels that differ", differ(got, want_crop), 0)
    try:
        import cv2  # noqa: F401
    except ImportError:
        report.skip("head", "ellipse angle", "OpenCV for Python is not installed")
        return
    angles = [ref.tilt(s)[0][4] for s in want]
    said = subprocess.run(["voltilt", "--as-recipe", "--report", "--json", str(tmp / "brain.vol")], check=True, text=True,
                          capture_output=True).stdout
    import json
    mine = [s["angle"] for s in json.loads(said)["slices"]]
    both = [(a, b) for a, b in zip(angles, mine) if b is not None and not np.isnan(a)]
    report.check("head", f"ellipse angle of {len(both)} slices: greatest difference",
                 max(abs(a - b) for a, b in both) if both else np.inf, 0.1, " degrees")


def cip(folder, tmp, report):
    """Both lungs of the small public chest CT against its published maps: the region in the low byte, whatever the type above it
    (airways and vessels within a lung are counted to it; the trachea has no region)."""
    import nrrdio
    got, _, _ = pipe(f"dcm2vol '{folder}/dicom' | volhu | volseg lung", tmp / "lung.vol")
    for name in ("lm-64", "wholeLung-64"):
        want = (nrrdio.read(str(folder / "ref" / f"{name}.nrrd")).volume().stored.T & 255) > 0
        if want.shape != got.shape:
            report.least("cip", f"{name}: Dice of both lungs", 0, 0.97)
            continue
        report.least("cip", f"{name}: Dice of both lungs", 2 * (want & (got > 0)).sum() / (want.sum() + (got > 0).sum()), 0.97)


def unpack(data, name, work):
    """The folder of a case; None when it is absent."""
    archive = Path(data) / (name + ".tar.xz")
    if not archive.exists():
        return None
    if not (Path(work) / name).exists():
        with tarfile.open(archive) as tar:
            tar.extractall(work)
    return Path(work) / name


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--oracle", default="../shared/oracle")
    args.add_argument("--data", default="../shared/data")
    args.add_argument("--work", default="build/conformance")
    args.add_argument("--only", default="", help="phantom, lidc, head or cip")
    opt = args.parse_args()
    oracle = Path(opt.oracle) / "ref_pipeline.py"
    if not oracle.exists():
        print(f"conformance: the recipes were not run: {oracle} is absent")
        return 0
    spec = importlib.util.spec_from_file_location("ref_pipeline", oracle)
    ref = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(ref)
    work = os.path.join(opt.work, "recipes")
    os.makedirs(work, exist_ok=True)
    report = Report()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as tmp:
        tmp = Path(tmp)
        if opt.only in ("", "phantom"):
            subprocess.run([sys.executable, "-W", "ignore", str(Path(opt.oracle) / "gen_ct.py"), "--out", str(tmp / "ct"),
                            "--dims", "200,200,120", "--px", "1.8", "--dz", "3.1"], check=True, stdout=subprocess.DEVNULL)
            chest("phantom", tmp / "ct", ref, tmp, report)
        for name, word, check in (("chest_ct_lidc0314", "lidc", None), ("ct_chest_small_cip", "cip", cip)):
            if opt.only not in ("", word):
                continue
            folder = unpack(opt.data, name, work)
            if folder is None:
                report.skip(word, "all", f"{name} is absent")
            elif check:
                check(folder, tmp, report)
            else:
                # the recipe reads every file of its folder as DICOM
                (tmp / "only").mkdir()
                for path in (folder / "dicom").iterdir():
                    if path.read_bytes()[128:132] == b"DICM":
                        (tmp / "only" / path.name).symlink_to(path.resolve())
                chest(word, tmp / "only", ref, tmp, report)
        if opt.only in ("", "head"):
            head(ref, tmp, report)
    print(f"recipes: {report.passed} passed, {report.failed} failed, {report.skipped} skipped")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
