"""Is what a converter left the truth?  Compared in world space, by values alone.

Each measured voxel of the truth has a place in the patient; what the output holds there, by linear interpolation between its
voxels, must be the truth's value within the case's tolerance.  And no voxel of the output may show something else than the
patient has at its place, or padding (zero, the output's least value, the case's padding value), three tolerances allowed where
it was not measured but filled in.  An output voxel reaches half a voxel around its centre.  Where a measured voxel falls between
the output's last voxels and its padding, as at the border of a volume that was turned upright, there is nothing to interpolate,
and it is not judged: so up to EDGE of the voxels.

Every volume under the primary name must be a volume of the truth, in the truth's order, and each volume of the truth that is
not optional must be found: the only one under the primary name, several in whatever files.  From RIGHT of the voxels on, that is
right."""
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "conformance"))
import nrrdio  # noqa: E402
from patient import patient  # noqa: E402
from volume import LPS_FROM_RAS  # noqa: E402

RIGHT = 0.99
EDGE = 0.1
IMAGES = (".nii", ".nii.gz", ".nrrd", ".nhdr", ".hdr")


class Unreadable(Exception):
    """An output that is no volume; the text says why."""


def volumes_of(path):
    """The volumes in a file as [(affine index to RAS mm, array [i, j, k])]."""
    try:
        if path.name.endswith((".nrrd", ".nhdr")):
            read = nrrdio.read(path).volume()
            affine = LPS_FROM_RAS @ read.affine
            data = read.stored.astype(np.float64) * np.asarray(read.slope, float) + np.asarray(read.intercept, float)
        else:
            import nibabel
            image = nibabel.load(path)
            affine, data = image.affine, image.dataobj if image.get_data_dtype().names else image.get_fdata(dtype=np.float64)
            # of colours the cases know the red
            data = np.asarray(data)["R"].astype(np.float64) if image.get_data_dtype().names else np.asarray(data)
    except Exception as error:  # whatever a reader raises, the output is what is wrong
        raise Unreadable(f"{path.name}: {type(error).__name__}: {error}") from None
    if data.ndim == 2:
        data = data[:, :, None]
    if data.ndim < 3 or data.ndim > 4 and max(data.shape[4:]) > 1:
        raise Unreadable(f"{path.name}: of shape {data.shape}")
    data = data.reshape(data.shape[:3] + (-1,))
    return [(affine, data[..., t]) for t in range(data.shape[3])]


def sample(affine, data, points, padding):
    """Values at points (RAS mm) by linear interpolation, NaN outside of all voxels; and which lie between a voxel that is
    padding and one that is not.  padding: array like data, of bool."""
    index = (points - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T
    top = np.array(data.shape) - 1
    inside = ((index >= -0.501) & (index <= top + 0.501)).all(axis=1)
    index = np.clip(index, 0, top)
    # a place that is a voxel's, but for rounding, takes that voxel alone
    low = np.minimum(np.floor(index + 1e-4).astype(int), top)
    part = np.clip(index - low, 0, 1)
    part[part < 2e-4] = 0
    high = np.minimum(low + 1, top)
    value = np.zeros(len(points))
    padded, sound = np.zeros((2, len(points)), bool)
    for corner in range(8):
        pick = [(corner >> axis) & 1 for axis in range(3)]
        weight = np.prod([part[:, a] if pick[a] else 1 - part[:, a] for a in range(3)], axis=0)
        at = tuple((high if pick[a] else low)[:, a] for a in range(3))
        value += np.where(weight > 0, weight * np.where(weight > 0, data[at], 0), 0)
        padded |= (weight > 0) & padding[at]
        sound |= (weight > 0) & ~padding[at]
    return np.where(inside, value, np.nan), padded & sound


class Truth:
    """What a case's folder says."""

    def __init__(self, folder):
        self.facts = json.loads((folder / "truth.json").read_text())
        arrays = np.load(folder / "truth.npz")
        self.volumes = [(facts, arrays[f"points_{i}"], arrays[f"values_{i}"], arrays[f"measured_{i}"])
                        for i, facts in enumerate(self.facts["volumes"])]
        self.required = len(self.volumes) - self.facts["optional"]

    def share(self, number, affine, data):
        """The share of voxels of volume `number` that the output has right, or of the output's that are, if that is less."""
        facts, points, values, measured = self.volumes[number]
        tolerance = self.facts["tolerance"]
        if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
            return 0.0
        padding = np.zeros(data.shape, bool)
        for value in (0.0, float(np.nanmin(data)), *self.facts["padding"]):
            padding |= np.abs(data - value) < 1e-3
        found, between = sample(affine, data, points[measured], padding)
        right = np.abs(found - values[measured]) <= tolerance
        if between.mean() <= EDGE:
            right = right[~between]
        index = np.stack(np.meshgrid(*(np.arange(n) for n in data.shape), indexing="ij"), axis=-1)
        places = (index @ affine[:3, :3].T + affine[:3, 3]) * [-1, -1, 1]
        there = facts["gain"] * patient(places) + facts["offset"]
        sound = (np.abs(data - there) <= 3 * tolerance) | padding
        return float(min(np.mean(right), np.mean(sound)))


def judge(truth, primary, others):
    """(share of voxels right, note) of the file `primary` and the files beside it."""
    try:
        main = volumes_of(primary)
    except Unreadable as error:
        return 0.0, str(error)
    table = np.array([[truth.share(n, *volume) for n in range(len(truth.volumes))] for volume in main])
    worst = float(table.max(axis=1).min())
    notes = []
    best = table.max(axis=0)
    for path in others:
        try:
            beside = volumes_of(path)
        except Unreadable:
            continue
        more = np.max([[truth.share(n, *volume) for n in range(len(truth.volumes))] for volume in beside], axis=0)
        if len(truth.volumes) == 1 and more[0] >= RIGHT > best[0]:
            notes.append(f"a right one beside it, {path.name}")
        if len(truth.volumes) > 1:
            best = np.maximum(best, more)
    found = best[:truth.required]
    if (found < RIGHT).any() and worst >= RIGHT:
        notes.append(f"{int((found < RIGHT).sum())} of {len(found)} volumes not there")
    order = table.argmax(axis=1)
    if worst >= RIGHT and (np.diff(order) <= 0).any():
        notes.append("volumes in another order")
        return 0.0, "; ".join(notes)
    if others and not notes:
        notes.append(f"{len(others)} more files")
    return min(worst, float(found.min())), "; ".join(notes)
