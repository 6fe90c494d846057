"""Checks of files that hold many frames: enhanced CT and MR, Siemens mosaics.  The references are other programs' NIfTI files
and what pydicom reads of a plain sibling."""
from types import SimpleNamespace

import numpy as np

import nrrdio
import refs
from checks_dicom import CORNER_MM, FLOAT32, check_private, command, lossy_tolerance
from volume import Mismatch, Volume, align, corner_distance, same_world

ROUNDED = 1e-5          # of the whole range: what is left of a slope that was rounded on another way


def check_frames(case, ctx):
    """One series of many frames against each reference; text for the table."""
    convert = command(case, ctx)
    stream, nifti = ctx.tmp / "s.vol", ctx.tmp / "x.nii"
    ctx.tools.run(convert, stdout=stream)
    nrrd = nrrdio.read_stream(stream)
    source = ctx.data.path(case.inputs[0])
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    headers = [header for header in map(refs.read_header, files) if header is not None]
    check_private(nrrd, SimpleNamespace(identifiers=refs.identifiers(headers)))
    if case.refs:
        ctx.tools.run(convert, ["vol2nii", "-o", nifti])
    corner = max((beside(kind, refs.nifti(nifti), refs.nifti(ctx.data.path(path)), path) for kind, path, _ in case.refs), default=0)
    if case.sibling:
        check_sibling(nrrd, case, ctx)
    return "; ".join(filter(None, [f"corner {corner:.5f} mm", case.note]))


def beside(kind, ours, theirs, what):
    """Compare with another program's file; the worst corner, mm."""
    if kind == "nii":
        return same_world(ours, theirs, CORNER_MM, FLOAT32, what, physical=True)[1]
    if kind == "colour":
        ours, theirs = (Volume(np.stack([v.stored[c] for c in "RGB"], -1), v.affine) for v in (ours, theirs))
    turned = align(ours, theirs.affine)
    got, want = (np.stack([v.physical(k) for k in range(v.stored.shape[2])]) for v in (turned, theirs))
    corner = corner_distance(turned, theirs.affine)
    factor = (got * want).sum() / (got * got).sum() if kind == "proportional" else 1
    far = np.abs(got * factor - want).max() / np.ptp(want)
    if far > ROUNDED or not corner <= CORNER_MM:
        raise Mismatch(f"{what}: values are off by {far:g} of their range, the corner by {corner:.4f} mm")
    return corner


def scaled_frames(header):
    """The frames of an enhanced file in their physical unit, in its order."""
    for number, pixels in enumerate(header.pixel_array):
        groups = (header.PerFrameFunctionalGroupsSequence[number], header.SharedFunctionalGroupsSequence[0])
        scaling = next((g.PixelValueTransformationSequence[0] for g in groups if "PixelValueTransformationSequence" in g), None)
        slope, intercept = (float(scaling.RescaleSlope), float(scaling.RescaleIntercept)) if scaling else (1.0, 0.0)
        yield pixels * slope + intercept


def check_sibling(nrrd, case, ctx):
    """Each frame of the plain sibling is a slice, and there are no more."""
    frames = list(scaled_frames(refs.read_header(ctx.data.path(case.sibling))))
    slices = [nrrd.volume().physical(k).T for k in range(nrrd.data.shape[2])]
    if len(slices) != len(frames):
        raise Mismatch(f"{len(slices)} slices, {len(frames)} frames")
    tolerance = lossy_tolerance(case, ctx)
    for number, frame in enumerate(frames):
        far = min(np.abs(values - frame).max() for values in slices)
        if far > (tolerance[0] if tolerance else 0):
            raise Mismatch(f"frame {number + 1} is none of the slices (the nearest is off by {far})")
