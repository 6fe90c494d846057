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
    number, or one for each slice along the third axis."""
    stored: np.ndarray
    affine: np.ndarray
    slope: object = 1.0
    intercept: object = 0.0

    def slice(self, number):
        """The stored values of one slice."""
        return self.stored[:, :, number]

    def physical(self, number):
        """One slice in the physical unit, in float64."""
        slope, intercept = (float(np.asarray(value).flat[number if np.ndim(value) else 0])
                            for value in (self.slope, self.intercept))
        return self.stored[:, :, number].astype(np.float64) * slope + intercept


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
    slope, intercept = volume.slope, volume.intercept
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
    """The largest difference of two arrays; Mismatch beyond `relative` x |want|.  NaN equals NaN."""
    wide = np.int64 if got.dtype.kind in "iu" and want.dtype.kind in "iu" else np.float64
    difference = np.abs(got.astype(wide) - want.astype(wide))
    difference[(got == want) | ((got != got) & (want != want))] = 0
    bad = ~(difference <= (relative * np.abs(want.astype(np.float64)) if relative else 0))
    if bad.any():
        where = np.unravel_index(int(np.argmax(bad)), bad.shape)
        raise Mismatch(f"{what}: {int(bad.sum())} of {bad.size} differ, first at {tuple(map(int, where))}: "
                       f"{got[where]}, reference {want[where]}")
    return float(difference.max()) if difference.size else 0.0


def volume_difference(got, want, relative=0.0, what="volume", physical=False):
    """value_difference of two volumes with the same axes, slice by slice: a chest in float64 would fill the memory."""
    if got.stored.shape != want.stored.shape:
        raise Mismatch(f"{what}: {'x'.join(map(str, got.stored.shape))}, reference {'x'.join(map(str, want.stored.shape))}")
    values = (lambda v, k: v.physical(k)) if physical else (lambda v, k: v.slice(k))
    return max(value_difference(values(got, k), values(want, k), relative, f"{what}, slice {k}")
               for k in range(want.stored.shape[2]))


def same_world(got, want, corner_mm, relative=0.0, what="volume", physical=False):
    """(largest value difference, worst corner mm) of two volumes in patient space; Mismatch beyond the tolerances."""
    turned = align(got, want.affine)
    values = volume_difference(turned, want, relative, what, physical)
    corner = corner_distance(turned, want.affine)
    if not corner <= corner_mm:
        raise Mismatch(f"{what}: worst corner {corner:.4f} mm off (limit {corner_mm} mm)")
    return values, corner
