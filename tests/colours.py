"""Colour images written with pydicom, and what red, green and blue they are by pydicom's own reckoning."""
import os

import numpy as np
import pydicom
from pydicom.pixel_data_handlers.util import apply_color_lut, convert_color_space
from pydicom.uid import ExplicitVRBigEndian

import multiframe as m
import volfile

SC = "1.2.840.10008.5.1.4.1.1.7"
SPACING, STEP = (0.75, 0.5), 2.5


def noise(shape, bits=8, seed=1):
    return np.random.default_rng(seed).integers(0, 1 << bits, shape, dtype=np.uint32).astype({8: "u1", 16: "u2", 32: "u4"}[bits])


def picture(rows, columns, seed=1):
    """Smooth, for lossy coding, and of all hues."""
    y, x = np.mgrid[:rows, :columns] / 32.0
    waves = [127 + 120 * np.sin(x * a + y * b + seed) for a, b in ((1, 0.3), (0.4, 1.1), (0.8, -0.7))]
    return np.rint(np.stack(waves, -1)).astype("u1")


def tables(entries, first=0, bits=16, seed=5):
    """Descriptor, and three tables."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 1 << bits, (3, entries)).astype("u2" if bits == 16 else "u1")
    return [entries % 65536, first, bits], values


def image(pixels, photometric="RGB", planar=0, at=0, palette=None):
    """A secondary capture that says where it lies. pixels: rows x columns (x 3); of YBR_FULL_422 with the chroma of each pair alike."""
    ds = m.plain("OT", SC, dict(pixels=pixels[..., 0] if pixels.ndim == 3 else pixels))
    ds.ImageType = ["DERIVED", "SECONDARY"]
    ds.ImagePositionPatient = [m.number(x) for x in (-20, -30, 40 + STEP * at)]
    ds.ImageOrientationPatient, ds.PixelSpacing, ds.SliceThickness = [m.number(x) for x in m.AXIAL], list(SPACING), "2"
    ds.PhotometricInterpretation, ds.InstanceNumber = photometric, at + 1
    bits = pixels.dtype.itemsize * 8
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = bits, bits, bits - 1
    if pixels.ndim == 3:
        ds.SamplesPerPixel, ds.PlanarConfiguration = 3, planar
    if photometric == "YBR_FULL_422":
        pixels = np.stack([pixels[:, 0::2, 0], pixels[:, 1::2, 0], pixels[:, 0::2, 1], pixels[:, 0::2, 2]], -1)
    elif planar:
        pixels = np.moveaxis(pixels, -1, 0)
    ds.PixelData = stored(pixels)
    for colour, values in zip(("Red", "Green", "Blue"), palette[1] if palette else ()):
        setattr(ds, colour + "PaletteColorLookupTableDescriptor", palette[0])
        ds[colour + "PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(ds, colour + "PaletteColorLookupTableData", stored(values))
    return ds


def stored(values):
    data = values.astype(values.dtype.newbyteorder("<")).tobytes()
    return data + b"\0" * (len(data) % 2)


def swapped(data):
    return np.frombuffer(data, "<u2").byteswap().tobytes()


def save(ds, path, syntax):
    """In one of the plain transfer syntaxes."""
    ds.file_meta.TransferSyntaxUID = syntax
    ds.is_little_endian, ds.is_implicit_VR = syntax.is_little_endian, syntax.is_implicit_VR
    if syntax == ExplicitVRBigEndian:
        if ds.BitsAllocated == 16:
            ds.PixelData = swapped(ds.PixelData)
        ds["PixelData"].VR = "OW" if ds.BitsAllocated > 8 else "OB"
        for colour in ("Red", "Green", "Blue"):
            name = colour + "PaletteColorLookupTableData"
            if name in ds:
                setattr(ds, name, swapped(getattr(ds, name)))
    pydicom.dcmwrite(path, ds, write_like_original=False)


def series(folder, images, syntax=pydicom.uid.ExplicitVRLittleEndian):
    os.makedirs(folder, exist_ok=True)
    for i, ds in enumerate(images):
        save(ds, f"{folder}/{i}.dcm", syntax)


def rgb(ds):
    """Rows x columns x 3, by pydicom."""
    array = ds.pixel_array
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        return apply_color_lut(array, ds)
    return convert_color_space(array, "YBR_FULL", "RGB") if ds.PhotometricInterpretation.startswith("YBR_FULL") else array


def slices(path):
    """A list of rows x columns x 3, and the keys; the place is that of image()."""
    data, affine, keys = volfile.read(path)
    want = volfile.LPS_FROM_RAS @ np.array([[SPACING[1], 0, 0, -20], [0, SPACING[0], 0, -30], [0, 0, STEP, 40], [0, 0, 0, 1.0]])
    if data.shape[2] > 1:
        assert np.allclose(affine, want), affine
    assert data.shape[-1] == 3, data.shape
    return [data[:, :, z].swapaxes(0, 1) for z in range(data.shape[2])], keys
