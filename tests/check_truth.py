#!/usr/bin/env python3
"""Is a vol stream what it should be?  Judged by readers that share no code with the tools.

    check_truth.py RESULT TRUTH [--stored] [--corner MM] [--off VALUE]
    check_truth.py RESULT --dicom FOLDER [--corner MM] [--off VALUE]

The truth is an NRRD file that mkseries wrote, or what pydicom and NumPy make of a folder's images.  Slices must stand in the
same order; the corners of the volumes must lie within MM (1e-3); values, with vol.rescale applied unless --stored, must not
be off by more than VALUE (0)."""
import argparse
import sys
from pathlib import Path

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent / "conformance"))
import nrrdio  # noqa: E402
from volume import Volume, corner_distance, corner_indices  # noqa: E402


class Wrong(Exception):
    """The result is not the truth; the text says where."""


def result(path):
    """A stream of ours as a Volume; it must be canonical."""
    return nrrdio.read_stream(path).volume()


def truth(path):
    """A volume that mkseries wrote."""
    return nrrdio.read(path).volume()


def dicom(folder):
    """All images below a folder, which are one series, by the book (PS3.3, C.7.6.2); values rescaled."""
    import pydicom
    images = [pydicom.dcmread(path) for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    row, column = np.array(images[0].ImageOrientationPatient, float).reshape(2, 3)
    normal = np.cross(row, column)
    images.sort(key=lambda image: float(np.dot(np.array(image.ImagePositionPatient, float), normal)))
    first, last = (np.array(image.ImagePositionPatient, float) for image in (images[0], images[-1]))
    affine = np.eye(4)
    affine[:3, 0] = row * float(images[0].PixelSpacing[1])
    affine[:3, 1] = column * float(images[0].PixelSpacing[0])
    affine[:3, 2] = (last - first) / (len(images) - 1)
    affine[:3, 3] = first
    slices = [image.pixel_array.T.astype(float) * float(image.get("RescaleSlope", 1)) + float(image.get("RescaleIntercept", 0))
              for image in images]
    return Volume(np.stack(slices, axis=2), affine)


def compare(got, want, stored=False, corner=1e-3, off=0.0):
    """Raise Wrong where `got` is not `want`; return the greatest difference of a value."""
    if got.stored.shape != want.stored.shape:
        raise Wrong(f"size {got.stored.shape}, should be {want.stored.shape}")
    far = corner_distance(got, want.affine)
    if not far <= corner:
        moved = np.abs(corner_indices(got.stored.shape) @ (got.affine - want.affine).T)[:, :3].max(axis=0)
        raise Wrong(f"a corner lies {far:.6g} mm off, by axis {moved}")
    if stored and got.stored.dtype != want.stored.dtype:
        raise Wrong(f"type {got.stored.dtype}, should be {want.stored.dtype}")
    worst = 0.0
    for k in range(want.stored.shape[2]):
        a, b = ((v.slice(k).astype(np.int64) if stored else v.physical(k)) for v in (got, want))
        difference = np.abs(a - b)
        worst = max(worst, float(difference.max()))
        if not worst <= off:
            x, y = np.unravel_index(int(difference.argmax()), difference.shape)
            raise Wrong(f"voxel {x},{y},{k} is {a[x, y]}, should be {b[x, y]}; {int((difference > off).sum())} in this slice")
    return worst


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result")
    parser.add_argument("truth", nargs="?")
    parser.add_argument("--dicom")
    parser.add_argument("--stored", action="store_true")
    parser.add_argument("--corner", type=float, default=1e-3)
    parser.add_argument("--off", type=float, default=0.0)
    args = parser.parse_args()
    try:
        want = dicom(args.dicom) if args.dicom else truth(args.truth)
        compare(result(args.result), want, args.stored, args.corner, args.off)
    except (Wrong, nrrdio.Mismatch) as wrong:
        sys.exit(f"{args.result}: {wrong}")


if __name__ == "__main__":
    main()
