"""Checks of dcm2vol --regrid and --untilt on scanner files: the DICOM positions, and what dcm2niix makes of the same tilt."""
from dataclasses import dataclass

import nibabel
import numpy as np

import nrrdio
import refs
from checks_dicom import CORNER_MM, command
from volume import LPS_FROM_RAS, Mismatch

ROUNDING = 0.5 + 1e-3   # both are whole numbers only once


@dataclass
class Stack:
    """Slices where DICOM puts them.  values: [x, y] each, along the normal; first: LPS mm of their first pixels."""
    values: list
    first: np.ndarray
    axes: np.ndarray
    step: np.ndarray

    @property
    def normal(self):
        """Row direction x column direction."""
        return np.cross(*self.axes)

    @property
    def heights(self):
        """Along the normal, mm."""
        return self.first @ self.normal

    def seen(self, number, mm):
        """(values, share that was measured) of one slice at points of its plane, linear in x and y."""
        off = (mm - self.first[number]) @ self.axes.T / self.step
        below = np.floor(off + 1e-6).astype(int)
        part = np.clip(off - below, 0, 1)
        part[part < 1e-5] = 0
        total, share = np.zeros(mm.shape[:-1]), np.zeros(mm.shape[:-1])
        size = self.values[number].shape
        for i in (0, 1):
            for k in (0, 1):
                x, y = below[..., 0] + i, below[..., 1] + k
                weight = np.abs(1 - i - part[..., 0]) * np.abs(1 - k - part[..., 1])
                weight = weight * ((x >= 0) & (x < size[0]) & (y >= 0) & (y < size[1]))
                total += weight * self.values[number][np.clip(x, 0, size[0] - 1), np.clip(y, 0, size[1] - 1)]
                share += weight
        return total, share

    def at(self, mm, direction, near):
        """(values, share) at points of a plane parallel to the slices, linear between those on either side along `direction`."""
        height = mm[0, 0] @ self.normal
        after = int(np.clip(np.searchsorted(self.heights, height), 1, len(self.values) - 1))
        on = int(np.argmin(np.abs(self.heights - height)))
        if abs(self.heights[on] - height) <= near:
            return self.seen(on, mm + (self.heights[on] - height) * direction)
        total = share = 0
        for i, other in ((after - 1, after), (after, after - 1)):
            weight = (self.heights[other] - height) / (self.heights[other] - self.heights[i])
            value, part = self.seen(i, mm + (self.heights[i] - height) * direction)
            total, share = total + weight * value, share + weight * part
        return total, share


def stack_of(datasets):
    """The stack of pydicom data sets, with padding as NaN so that it spoils what touches it."""
    axes = np.array(datasets[0].ImageOrientationPatient, float).reshape(2, 3)
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)  # cosines of seven decimals
    datasets = sorted(datasets, key=lambda d: np.array(d.ImagePositionPatient, float) @ np.cross(*axes))
    step = np.array([datasets[0].PixelSpacing[1], datasets[0].PixelSpacing[0]], float)
    values = [d.pixel_array.T.astype(float) for d in datasets]
    for d, value in zip(datasets, values):
        if "PixelPaddingValue" in d:
            value[value == d.PixelPaddingValue] = np.nan
    return Stack(values, np.array([d.ImagePositionPatient for d in datasets], float), axes, step)


def plane(affine, shape, number):
    """LPS mm of one slice's voxels."""
    x, y = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    return np.stack([x, y, np.full_like(x, number)], -1) @ affine[:3, :3].T + affine[:3, 3]


def check_repaired(case, ctx):
    """The result against the slices at their stated positions, and against dcm2niix's where case.refs names it."""
    stream = ctx.tmp / "s.vol"
    ctx.tools.run(command(case, ctx), stdout=stream)
    nrrd = nrrdio.read_stream(stream)
    got = nrrd.volume()
    slices = stack_of(refs.image_datasets(ctx.data.path(case.inputs[0])))
    padding = float(nrrd.keys.get("vol.padding", "nan").split()[0])
    upright = "--untilt" in case.options
    direction = slices.normal if upright else got.affine[:3, 2] / (got.affine[:3, 2] @ slices.normal)
    near = min(0.1, 0.1 * np.ptp(slices.heights) / (len(slices.values) - 1)) + 1e-6
    if upright and np.abs(got.affine[:3, :2].T @ got.affine[:3, 2]).max() > 1e-6:
        raise Mismatch("the grid is not upright")
    worst = measured = 0
    for number in range(got.stored.shape[2]):
        want, share = slices.at(plane(got.affine, got.stored.shape, number), direction, near)
        value = got.slice(number).astype(float)
        whole = share > 1 - 1e-6
        clear = whole & ~np.isnan(want)          # what no padding touches
        worst = max(worst, np.abs(value - want)[clear].max())
        measured += int(clear.sum())
        if (value[clear] == padding).any() or (value[share < 0.49] != padding).any():
            raise Mismatch(f"slice {number}: padding is not where nothing was measured")
    if worst > ROUNDING:
        raise Mismatch(f"a voxel differs by {worst:.3f} from the interpolation between the stated positions")
    told = [f"{measured} voxels within {worst:.2f} of the stated positions"]
    told += [beside(ctx.data.path(path), key, got, slices) for _, path, key in case.refs]
    return "; ".join(filter(None, [*told, case.note]))


def beside(path, kind, got, slices):
    """dcm2niix's corrected volume.  Its origin is no reference: cases.py says why."""
    image = nibabel.load(path)
    theirs = np.asarray(image.dataobj.get_unscaled())[:, ::-1].astype(float)
    if kind == "equidistant":
        return equidistant(theirs, got, slices)
    affine = (LPS_FROM_RAS @ image.affine)[:3, :3] * [1, -1, 1]
    if theirs.shape != got.stored.shape:
        raise Mismatch(f"sizes {got.stored.shape}, dcm2niix {theirs.shape}")
    corner = np.abs((affine - got.affine[:3, :3]) * theirs.shape).max()
    if corner > CORNER_MM:
        raise Mismatch(f"the grid leans {corner:.4f} mm from dcm2niix's over its length")
    # both shear by rows, ours from the first slice on, theirs to the last: one part of a row between them, for all slices
    sideways = (slices.first - slices.first[0]) @ slices.axes[1] / slices.step[1]
    part = np.ceil(sideways[-1]) - sideways[-1]
    worst = 0
    for number, values in enumerate(slices.values):
        by = sideways[number] + part
        whole, rest = int(np.floor(by + 1e-6)), by - np.floor(by + 1e-6)
        moved = (1 - rest) * values[:, 1:] + rest * values[:, :-1]
        worst = max(worst, np.abs(theirs[:, whole + 1:whole + 512, number] - moved).max())
    if worst > 1:
        raise Mismatch(f"dcm2niix's shear differs by {worst:.2f}")
    return f"grid as dcm2niix's ({corner:.5f} mm), whose voxels are {part:.3f} rows further and within {worst:.2f}"


def equidistant(theirs, got, slices):
    """Every second voxel of x and y: the first slice, which both copy, and how wide the stack becomes."""
    rows, first = got.stored.shape[1], got.slice(0)[::2, ::2]
    if theirs.shape[:2] != first.shape:
        raise Mismatch(f"{rows} rows, dcm2niix {theirs.shape[1]} of every second")
    if not np.array_equal(theirs[:, :, 0], first):
        raise Mismatch(f"the first slice differs from dcm2niix's in {(theirs[:, :, 0] != first).sum()} voxels")
    return f"rows ({rows}) and first slice as dcm2niix's"
