"""Checks of colour, whose files say no position: a copy is given one, its pixels as they are; and of RT Dose."""
import numpy as np
import pydicom
from pydicom.pixel_data_handlers.util import apply_color_lut, convert_color_space

import nrrdio
import refs
from checks_dicom import command
from volume import Mismatch, corner_distance

POSITION, ORIENTATION, SPACING = ["1", "2", "3"], ["1", "0", "0", "0", "1", "0"], ["0.5", "0.75"]


def positioned(path, to):
    """A copy that lies somewhere, without what no DICOM file holds."""
    ds = refs.read_header(path)
    for tag in list(ds.keys()):
        if tag.group % 2 or ds[tag].VR is None:
            del ds[tag]
    ds.ImagePositionPatient, ds.ImageOrientationPatient = POSITION, ORIENTATION
    ds.PixelSpacing, ds.SliceThickness = SPACING, "2"
    ds.save_as(to, write_like_original=True)
    return ds


def colours(path):
    """Red, green and blue by pydicom, with Pillow's decoders."""
    ds = pydicom.dcmread(path)
    pixels = ds.pixel_array
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, ds)
        return (pixels >> 8).astype("u1") if not (pixels & 255).any() else pixels
    return convert_color_space(pixels, "YBR_FULL", "RGB") if ds.PhotometricInterpretation.startswith("YBR_FULL") else pixels


def check_colour(case, ctx):
    """The colours against pydicom's, or the sibling's; the place is the given one."""
    source = ctx.tmp / "x.dcm"
    header = positioned(ctx.data.path(case.inputs[0]), source)
    ctx.tools.run(command(case, ctx, [source]), stdout=ctx.tmp / "x.vol")
    nrrd = nrrdio.read_stream(ctx.tmp / "x.vol")
    got = nrrd.volume().stored[:, :, 0].swapaxes(0, 1)
    want = colours(ctx.data.path(case.sibling or case.inputs[0]))
    if got.shape != want.shape or got.dtype != want.dtype:
        raise Mismatch(f"{got.dtype} {got.shape}, reference {want.dtype} {want.shape}")
    far = int(np.abs(got.astype(np.int64) - want).max())
    if far > (case.tolerance or 0):
        raise Mismatch(f"colours are off by up to {far}")
    affine = np.diag([0.75, 0.5, 2, 1.0])
    affine[:3, 3] = [float(x) for x in POSITION]
    if corner_distance(nrrd.volume(), affine) > 1e-6:
        raise Mismatch("lies elsewhere")
    return f"{header.PhotometricInterpretation}: within {far}"


def check_dose(case, ctx):
    """Planes and dose as pydicom reads them of the file, or of its sibling."""
    ctx.tools.run(command(case, ctx), stdout=ctx.tmp / "x.vol")
    volume = nrrdio.read_stream(ctx.tmp / "x.vol").volume()
    ds = pydicom.dcmread(ctx.data.path(case.sibling or case.inputs[0]))
    got = np.stack([volume.physical(k).T for k in range(volume.stored.shape[2])])
    if not np.allclose(got, ds.pixel_array * float(ds.DoseGridScaling), rtol=1e-12, atol=0):
        raise Mismatch("another dose")
    step = np.diff(np.array(ds.GridFrameOffsetVector, float))
    affine = np.diag([float(ds.PixelSpacing[1]), float(ds.PixelSpacing[0]), step[0], 1.0])
    affine[:3, 3] = [float(x) for x in ds.ImagePositionPatient]
    corner = corner_distance(volume, affine)
    if corner > 1e-3 or np.ptp(step) > 0:
        raise Mismatch(f"the corner lies off by {corner} mm")
    return f"corner {corner:.5f} mm"
