"""A volume as the suite compares it: voxels, and where they are in the patient.

Two programs may store one volume with its axes in another order or running the other way (dcm2niix turns the rows upside
down); they agree when the same value lies at the same place in the patient.  So every comparison first brings one volume to
the axes of the other, then asks for the voxels and for the distance of the corners."""
from dataclasses import dataclass

import numpy as np

LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


class Mismatch(Exception):
    """A tool's result is not what the reference says; the text goes into the table."""


@dataclass
class Volume:
    """stored: array [column, row, slice, ...]; affine: index to LPS mm; slope, intercept: stored to physical, each a
    number or one for each slice."""
    stored: np.ndarray
    affine: np.ndarray
    slope: object = 1.0
    intercept: object = 0.0

    def physical(self):
        """The values in the physical unit, in float64, with slopes along the slice axis where there is one a slice."""
        slope, intercept = np.asarray(self.slope, float), np.asarray(self.intercept, float)
        return self.stored.astype(np.float64) * slope + intercept


def corner_indices(shape):
    """The eight corner voxels' indices, one a row, homogeneous."""
    last = [n - 1 for n in shape[:3]]
    return np.array([[i * last[0], j * last[1], k * last[2], 1] for i in (0, 1) for j in (0, 1) for k in (0, 1)], float)


def align(volume, affine):
    """The volume with its axes permuted and flipped to run as `affine`'s do; voxels are moved, none is interpolated."""
    into = np.linalg.solve(affine[:3, :3], volume.affine[:3, :3])
    into /= np.abs(into).max(axis=0)
    order = [int(np.argmax(np.abs(into[row]))) for row in range(3)]
    if sorted(order) != [0, 1, 2]:
        raise Mismatch("axes point elsewhere than the reference's")
    rest = list(range(3, volume.stored.ndim))
    stored = volume.stored.transpose(order + rest)
    turned = volume.affine[:, order + [3]].copy()
    slices = order[2] == 2 or np.ndim(volume.slope) == 0
    slope, intercept = (volume.slope, volume.intercept) if slices else (None, None)
    for axis in range(3):
        if into[axis, order[axis]] < 0:
            turned[:, 3] += turned[:, axis] * (stored.shape[axis] - 1)
            turned[:, axis] *= -1
            stored = np.flip(stored, axis)
            if axis == 2 and np.ndim(slope):
                slope, intercept = np.flip(slope), np.flip(intercept)
    return Volume(stored, turned, slope, intercept)


def corner_distance(volume, affine):
    """The farthest that a corner voxel of an aligned volume lies from where `affine` puts it, mm."""
    moved = corner_indices(volume.stored.shape) @ (volume.affine - affine).T
    return float(np.linalg.norm(moved[:, :3], axis=1).max())


def value_difference(got, want, relative=0.0, what="voxels"):
    """The largest difference of values; Mismatch beyond `relative` x |want|.  NaN equals NaN."""
    if got.shape != want.shape:
        raise Mismatch(f"{what}: {'x'.join(map(str, got.shape))}, reference {'x'.join(map(str, want.shape))}")
    wide = np.int64 if got.dtype.kind in "iu" and want.dtype.kind in "iu" else np.float64
    difference = np.abs(got.astype(wide) - want.astype(wide))
    if wide is np.float64:
        difference[np.isnan(got) & np.isnan(want)] = 0
        difference[got == want] = 0
    bad = ~(difference <= relative * np.abs(want.astype(np.float64))) if relative else difference != 0
    if bad.any():
        where = np.unravel_index(int(np.argmax(bad)), bad.shape)
        raise Mismatch(f"{what}: {int(bad.sum())} of {bad.size} differ, first at {tuple(map(int, where))}: "
                       f"{got[where]}, reference {want[where]}")
    return float(difference.max()) if difference.size else 0.0


def same_world(got, want, corner_mm, relative=0.0, what="volume", physical=False):
    """(largest value difference, worst corner mm) of two volumes in patient space; Mismatch beyond the tolerances."""
    turned = align(got, want.affine)
    if physical:
        values = value_difference(turned.physical(), want.physical(), relative, what)
    else:
        values = value_difference(turned.stored, want.stored, relative, what)
    corner = corner_distance(turned, want.affine)
    if not corner <= corner_mm:
        raise Mismatch(f"{what}: worst corner {corner:.4f} mm off (limit {corner_mm} mm)")
    return values, corner
