"""Which files there are, what they are called and in which order they come."""
import copy
import random

from images import MR, SAGITTAL, again, file_bytes, stack, uid
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from series import Series, single

GROUP = "files"


def plain(name):
    """CT, axial, 12 slices, nothing wrong"""
    return single(stack(name))


def mr_plain(name):
    """MR without a rescale: the values are as stored"""
    return single(stack(name, modality=MR, offset=0.0, rescale=False))


def same_file_twice(name):
    """one file twice, under another name"""
    images = stack(name)
    series = single(images)
    series.files.append(("zz copy.dcm", series.files[5][1]))
    return series


def every_file_twice(name):
    """each file twice, in two folders"""
    series = single(stack(name))
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
    return single(images)


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


def two_sizes(name):
    """a slice of half the matrix in the series"""
    images = stack(name)
    small = stack(name, size=(16, 12, 12), spacing=(6.0, 6.0))
    return single(images[:5] + small[5:6] + images[6:], expect="refused", volumes=[images])


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


CASES = [plain, mr_plain, same_file_twice, every_file_twice, same_image_twice, same_uid, localizer, localizer_unsaid,
         two_sizes, derived_mixed, reversed_names, random_names, no_numbers, utf8_path, truncated, truncated_header,
         junk_files, no_preamble, mixed_syntax]
