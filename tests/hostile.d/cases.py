"""The cases that differ in their headers, pixels, order and files; those of geometry are in cases_place.py."""
import copy
import random

import numpy as np
from images import AXIAL, CT, MR, PT, SAGITTAL, SIZE, ds, again, file_bytes, stack, uid
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from series import Series, single


def plain(name):
    """CT, axial, 12 slices, nothing wrong"""
    return single(stack(name))


def mr_plain(name):
    """MR without a rescale: the values are as stored"""
    return single(stack(name, modality=MR, offset=0.0, rescale=False))


# ---- values ----

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
    return single(images, expect="either")


def rgb(name):
    """8-bit RGB, all three alike"""
    images = stack(name, stored=8, allocated=8, slope=8.0)
    for image in images:
        image.dataset.SamplesPerPixel, image.dataset.PhotometricInterpretation = 3, "RGB"
        image.dataset.PlanarConfiguration = 0
        image.dataset.PixelData = np.repeat(image.stored.astype("u1"), 3).tobytes()
        image.dataset["PixelData"].VR = "OB"
    return single(images, expect="refused", tolerance=8.0)


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


# ---- which files ----

def same_file_twice(name):
    """one file twice, under another name"""
    images = stack(name)
    series = single(images, expect="refused")
    series.files.append(("zz copy.dcm", series.files[5][1]))
    return series


def every_file_twice(name):
    """each file twice, in two folders"""
    series = single(stack(name), expect="refused")
    series.files += [("copy/" + path, data) for path, data in series.files]
    return series


def same_image_twice(name):
    """the last slice twice, with another UID and instance number"""
    images = stack(name)
    return single(images + again(images[-1:], name, start=12), volumes=[images], expect="refused")


def same_uid(name):
    """all slices under one SOP Instance UID"""
    images = stack(name)
    for image in images:
        image.dataset.SOPInstanceUID = uid(name, "one")
    return single(images, expect="either")


def localizer(name):
    """a localizer of the same series among the slices"""
    images = stack(name)
    scout = stack(name, size=(32, 24, 1), orientation=SAGITTAL)
    scout[0].dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    scout[0].dataset.SOPInstanceUID, scout[0].dataset.InstanceNumber = uid(name, "scout"), 0
    return single(scout + images, volumes=[images, scout], optional=1)


def localizer_unsaid(name):
    """the same, but nothing says that it is a localizer"""
    series = localizer(name)
    scout = series.volumes[1]
    scout[0].dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    return single(scout + series.volumes[0], volumes=series.volumes, optional=1, expect="refused")


def two_series_one_number(name):
    """two series, one folder, one series number"""
    a, b = stack(name), stack(name, series="b", offset=-824.0)
    return single(a + b, volumes=[a, b], expect="refused")


def two_series_mixed(name):
    """the same, the files of the two in turn"""
    a, b = stack(name), stack(name, series="b", offset=-824.0)
    return single([image for pair in zip(a, b) for image in pair], volumes=[a, b], expect="refused")


def two_orientations(name):
    """an axial and a sagittal stack under one series UID"""
    a, b = stack(name), stack(name, orientation=SAGITTAL, size=(32, 24, 8))
    for k, image in enumerate(b):
        image.dataset.SOPInstanceUID, image.dataset.InstanceNumber = uid(name, "b", k), 20 + k
    return single(a + b, volumes=[a, b], expect="refused")


def two_sizes(name):
    """a slice of half the matrix in the series"""
    images = stack(name)
    small = stack(name, size=(16, 12, 12), spacing=(6.0, 6.0))
    return single(images[:5] + small[5:6] + images[6:], expect="refused", volumes=[images])


def two_kernels(name):
    """two reconstructions of the same positions under one series UID"""
    a = stack(name)
    b = again(a, name, offset=-824.0)
    for image in b:
        image.dataset.ConvolutionKernel = "B70"
        image.encode()
    return single(a + b, volumes=[a, b], expect="refused")


def derived_mixed(name):
    """a derived image (a maximum projection) among the slices"""
    images = stack(name)
    projection = copy.deepcopy(images[5])
    projection.dataset.ImageType = ["DERIVED", "SECONDARY", "AXIAL", "MAX_IP"]
    projection.dataset.SOPInstanceUID = uid(name, "projection")
    projection.offset = 0.0
    projection.encode()
    return single(images + [projection], volumes=[images], expect="refused")


def reversed_names(name):
    """names and instance numbers against the order of the positions"""
    images = stack(name)
    for k, image in enumerate(images):
        image.dataset.InstanceNumber = 12 - k
    return single(images[::-1], volumes=[images])


def random_names(name):
    """names and instance numbers in no order at all"""
    images = stack(name)
    order = random.Random(1).sample(range(12), 12)
    for number, k in enumerate(random.Random(2).sample(range(12), 12)):
        images[k].dataset.InstanceNumber = number + 1
    return single([images[k] for k in order], volumes=[images])


def no_numbers(name):
    """no instance numbers"""
    images = stack(name)
    for image in images:
        image.dataset.InstanceNumber = None
    return single(images)


def utf8_path(name):
    """a path in UTF-8 with blanks, a patient's name in ISO 2022"""
    images = stack(name)
    for image in images:
        image.dataset.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
        image.dataset.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    return single(images, names="Müller 患者/série n° {:03d}.dcm")


def truncated(name):
    """a file that ends in its pixels"""
    series = single(stack(name), expect="refused")
    path, data = series.files[6]
    series.files[6] = (path, data[:-700])
    return series


def truncated_header(name):
    """a file that ends in its header"""
    series = single(stack(name), expect="refused")
    path, data = series.files[6]
    series.files[6] = (path, data[:600])
    return series


def junk_files(name):
    """text, pictures, an empty file and a structured report beside the images"""
    images = stack(name)
    series = single(images)
    report = copy.deepcopy(images[0].dataset)
    for keyword in ("PixelData", "Rows", "Columns", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(report, keyword)
    report.SOPClassUID, report.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.88.11", uid(name, "report")
    report.Modality = "SR"
    series.files += [("000 read me.txt", b"not an image\n"), (".DS_Store", b"\0\0\0\1Bud1" + bytes(200)), ("empty.dcm", b""),
                     ("zz.dcm", b"this is no DICOM file\n" * 20), ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(300)),
                     ("report.dcm", file_bytes(report))]
    return series


def no_preamble(name):
    """files without preamble and meta header"""
    images = stack(name)
    return Series([(f"{k:03d}", file_bytes(image.dataset, ImplicitVRLittleEndian, False)) for k, image in enumerate(images)],
                  [images])


def mixed_syntax(name):
    """half of the files implicit VR, half explicit"""
    images = stack(name)
    return Series([(f"{k:03d}.dcm", file_bytes(image.dataset, ImplicitVRLittleEndian if k % 2 else ExplicitVRLittleEndian))
                   for k, image in enumerate(images)], [images])


# ---- more than one volume ----

def two_passes(name):
    """the same positions twice, the second pass later and brighter"""
    a = stack(name)
    b = again(a, name, offset=-824.0)
    for image in b:
        image.dataset.AcquisitionNumber, image.dataset.AcquisitionTime = 2, "101110"
        image.dataset.ContentTime = "101110"
        image.encode()
    return single(a + b, volumes=[a, b], expect="refused")


def dynamic(name, times=4):
    """The images of a time series, a list for each time."""
    volumes = []
    for t in range(times):
        images = stack(name, modality=MR, offset=100.0 * t, rescale=False, intercept=0.0)
        for k, image in enumerate(images):
            d = image.dataset
            d.SOPInstanceUID, d.InstanceNumber = uid(name, t, k), t * SIZE[2] + k + 1
            d.TemporalPositionIdentifier, d.NumberOfTemporalPositions = t + 1, times
            d.AcquisitionNumber, d.AcquisitionTime = t + 1, f"10{10 + t:02d}10"
            d.ContentTime = d.AcquisitionTime
        volumes.append(images)
    return volumes


def four_d(name):
    """a time series of four volumes"""
    volumes = dynamic(name)
    return single(sum(volumes, []), volumes=volumes, expect="refused")


def four_d_missing_slice(name):
    """the same, the third time point lacks a slice"""
    volumes = dynamic(name)
    del volumes[2][6]
    return single(sum(volumes, []), volumes=volumes, expect="refused")


def interleaved_echoes(name):
    """two echoes in one series, file by file in turn"""
    a = stack(name, modality=MR, offset=0.0, rescale=False)
    b = again(a, name, offset=-120.0)
    for k, (first, second) in enumerate(zip(a, b)):
        second.encode(intercept=0.0, rescale=False)
        for n, image in enumerate((first, second)):
            image.dataset.EchoNumbers, image.dataset.EchoTime = n + 1, ds(5.0 + 5 * n)
            image.dataset.InstanceNumber = 2 * k + n + 1
    return single([image for pair in zip(a, b) for image in pair], volumes=[a, b], expect="refused")


CASES = [plain, mr_plain, slope_per_slice, intercept_per_slice, uint16_over_32767, slope_fraction, slope_negative, over_int16,
         padding_circle, padding_unsaid, signed_12_in_16, junk_above, monochrome1, mixed_sign,
         some_without_rescale, left_aligned, bits_differ, rgb, multiframe_plain, short_pixels, modality_lut, same_file_twice,
         every_file_twice, same_image_twice, same_uid, localizer, localizer_unsaid, two_series_one_number, two_series_mixed,
         two_orientations, two_sizes, two_kernels, derived_mixed, reversed_names, random_names, no_numbers, utf8_path, truncated,
         truncated_header, junk_files, no_preamble, mixed_syntax, two_passes, four_d, four_d_missing_slice, interleaved_echoes]
