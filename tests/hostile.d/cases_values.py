"""How the pixels stand for values."""
import numpy as np
from images import PT, SECONDARY, stack
from pydicom.dataset import Dataset
from series import single

GROUP = "values"


def slope_per_slice(name):
    """PET: another slope in every slice"""
    images = stack(name, modality=PT, offset=0.0, stored=16)
    for k, image in enumerate(images):
        image.dataset.Units, image.dataset.RescaleType = "BQML", "BQML"
        image.encode(slope=round(0.05 + 0.013 * (k * 5 % 12), 3), intercept=0.0, stored=16)
    return single(images)


def intercept_per_slice(name):
    """another intercept in every slice"""
    images = stack(name)
    for k, image in enumerate(images):
        image.encode(intercept=-1024.0 - 37 * (k * 7 % 12))
    return single(images)


def uint16_over_32767(name):
    """unsigned values up to 60000, which are negative when they are taken for signed"""
    images = stack(name, gain=32.0, offset=0.0, stored=16)
    assert max(image.stored.max() for image in images) > 40000
    return single(images, tolerance=160.0)


def slope_fraction(name):
    """slope 2.5"""
    return single(stack(name, slope=2.5))


def slope_negative(name):
    """slope -1: the stored values run the other way"""
    return single(stack(name, slope=-1.0, intercept=1500.0))


def over_int16(name):
    """slope 40: the result does not fit 16 bits"""
    return single(stack(name, gain=40.0, offset=0.0, slope=40.0), tolerance=200.0)


def padding_circle(name):
    """signed, -2000 outside of the scanner's circle, PixelPaddingValue -2000"""
    images = stack(name, offset=0.0, signed=True, stored=16)
    outside = padded_outside(images)
    for image in images:
        image.stored[outside], image.value[outside], image.measured[outside] = -2000, -2000, False
        image.dataset.add_new(0x00280120, "SS", -2000)
        image.store(None)
    return single(images, padding=[-2000.0, -1024.0])


def padded_outside(images):
    """Which pixels lie outside the circle that fits the image's lesser side."""
    columns, rows = images[0].size
    y, x = np.mgrid[:rows, :columns]
    return (x - (columns - 1) / 2) ** 2 + (y - (rows - 1) / 2) ** 2 > (min(columns, rows) / 2) ** 2


def padding_unsaid(name):
    """the same, intercept -1024, and nothing says what -2000 is"""
    images = stack(name, signed=True, stored=16)
    outside = padded_outside(images)
    for image in images:
        image.stored[outside], image.value[outside], image.measured[outside] = -2000, -3024, False
        image.store(None)
    return single(images, padding=[-3024.0, -2000.0])


def signed_12_in_16(name):
    """signed, 12 bits stored, the four bits above zero also for negative values"""
    return single(stack(name, signed=True, intercept=0.0, junk=0))


def junk_above(name):
    """unsigned, 12 bits stored, something else in the four bits above"""
    return single(stack(name, junk=5))


def monochrome1(name):
    """MONOCHROME1: shown inverted, the values are as they are"""
    images = stack(name)
    for image in images:
        image.dataset.PhotometricInterpretation = "MONOCHROME1"
    return single(images)


def mixed_sign(name):
    """half of the slices signed, half unsigned, each said so"""
    images = stack(name, intercept=0.0, offset=-900.0, signed=True)
    for image in images[6:]:
        image.encode(intercept=-1024.0, signed=False)
    return single(images, expect="refused")


def some_without_rescale(name):
    """half of the slices say no rescale"""
    images = stack(name)
    for image in images[6:]:
        image.encode(rescale=False)
    return single(images, expect="refused")


def left_aligned(name):
    """12 bits stored at the upper end of 16, something else below"""
    images = stack(name)
    for image in images:
        image.dataset.HighBit = 15
        image.dataset.PixelData = ((image.stored << 4) | 9).astype("<u2").tobytes()
    return single(images)


def bits_differ(name):
    """half of the slices with 12 bits stored, half with 16"""
    images = stack(name)
    for image in images[6:]:
        image.encode(stored=16)
    return single(images)


def rgb(name):
    """8-bit RGB, all three alike"""
    images = stack(name, stored=8, allocated=8, slope=8.0)
    for image in images:
        image.dataset.SamplesPerPixel, image.dataset.PhotometricInterpretation = 3, "RGB"
        image.dataset.PlanarConfiguration = 0
        image.dataset.PixelData = np.repeat(image.stored.astype("u1"), 3).tobytes()
        image.dataset["PixelData"].VR = "OB"
    return single(images, expect="refused", tolerance=8.0)


def coloured(name, photometric, pixels, **attributes):
    """The patient as red of 8 bits; pixels: what is stored, of that red"""
    images = stack(name, gain=0.125, offset=0.0, stored=8, allocated=8, rescale=False)
    for image in images:
        d = image.dataset
        d.SOPClassUID, d.Modality, d.PhotometricInterpretation = SECONDARY, "OT", photometric
        for keyword, value in attributes.items():
            setattr(d, keyword, value)
        d.PixelData = pixels(image.stored.astype("u1")).tobytes()
        d["PixelData"].VR = "OB"
        del d.RescaleType
    return single(images, tolerance=2.0)


def colour_planes(name):
    """8-bit RGB by planes: all of red, then of green (falling), then of blue (half)"""
    return coloured(name, "RGB", lambda red: np.stack([red, 255 - red, red // 2]), SamplesPerPixel=3, PlanarConfiguration=1)


def palette(name):
    """a palette whose red falls as the index rises, from index 0, 16 bits an entry"""
    rise = np.arange(256)
    tables = {colour + "PaletteColorLookupTable" + part: value for colour, values in
              (("Red", 255 - rise), ("Green", rise), ("Blue", rise * 0 + 7))
              for part, value in (("Descriptor", [256, 0, 16]), ("Data", (values * 257).astype("<u2").tobytes()))}
    return coloured(name, "PALETTE COLOR", lambda red: 255 - red, **tables)


def multiframe_plain(name):
    """a second frame in a file that is not enhanced"""
    images = stack(name)
    d = images[5].dataset
    d.NumberOfFrames, d.PixelData = 2, d.PixelData * 2
    return single(images, expect="refused")


def short_pixels(name):
    """pixel data two rows shorter than the rows say, the file whole"""
    images = stack(name)
    d = images[5].dataset
    d.PixelData = d.PixelData[:-128]
    return single(images, expect="refused")


def modality_lut(name):
    """a Modality LUT in place of the rescale"""
    images = stack(name)
    for image in images:
        del image.dataset.RescaleSlope, image.dataset.RescaleIntercept
        table = Dataset()
        table.add_new(0x00283002, "US", [4096, 0, 16])
        table.add_new(0x00283004, "LO", "HU")
        table.add_new(0x00283006, "OW", (np.arange(4096) * 3).astype("<u2").tobytes())
        image.dataset.add_new(0x00283000, "SQ", [table])
        image.gain, image.offset, image.value = 3.0, 0.0, image.stored * 3.0
    return single(images, expect="refused", tolerance=15.0)


CASES = [slope_per_slice, intercept_per_slice, uint16_over_32767, slope_fraction, slope_negative, over_int16, padding_circle,
         padding_unsaid, signed_12_in_16, junk_above, monochrome1, mixed_sign, some_without_rescale, left_aligned,
         bits_differ, rgb, colour_planes, palette, multiframe_plain, short_pixels, modality_lut]
