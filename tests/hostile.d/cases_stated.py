"""What is said of the place badly, or not at all."""
import math

from images import AXIAL, SAGITTAL, ds, stack, uid
from series import single

GROUP = "place badly stated"


def bad(name, change, orientation=AXIAL, expect="refused", **more):
    """A stack, after change(k, data set) to every slice."""
    images = stack(name, orientation=orientation, **more)
    for k, image in enumerate(images):
        change(k, image.dataset)
    return single(images, expect=expect)


def no_orientation(name):
    """no ImageOrientationPatient; the stack is sagittal"""
    def change(_, d):
        del d.ImageOrientationPatient
    return bad(name, change, SAGITTAL)


def no_position(name):
    """no ImagePositionPatient; instance numbers run against the table"""
    def change(k, d):
        del d.ImagePositionPatient
        d.InstanceNumber = 12 - k
    return bad(name, change)


def one_position_gone(name):
    """one slice has no ImagePositionPatient"""
    def change(k, d):
        if k == 5:
            del d.ImagePositionPatient
    return bad(name, change)


def same_position(name):
    """all slices say the same ImagePositionPatient"""
    def change(_, d):
        d.ImagePositionPatient = ["-46.5", "-34.5", "0"]
    return bad(name, change)


def zero_spacing(name):
    """PixelSpacing 0\\0"""
    def change(_, d):
        d.PixelSpacing = ["0", "0"]
    return bad(name, change)


def no_spacing(name):
    """no PixelSpacing"""
    def change(_, d):
        del d.PixelSpacing
    return bad(name, change)


def zero_orientation(name):
    """ImageOrientationPatient all zero; the stack is sagittal"""
    def change(_, d):
        d.ImageOrientationPatient = ["0"] * 6
    return bad(name, change, SAGITTAL)


def text_of(name, keyword, text, which=range(12), expect="refused", **more):
    """Any text in the place of the decimal strings of `keyword`, in the slices `which`: text(what stood there, its number)."""
    images = stack(name, **more)
    for k in which:
        element = images[k].dataset[keyword]
        words = [str(word) for word in element.value] if element.VM > 1 else [str(element.value)]
        # pydicom writes any text as LO; the letters LO are changed to DS in the files
        element.VR = "LO"
        element.value = [text(word, n) for n, word in enumerate(words)]
    series = single(images, expect=expect)
    tag = images[0].dataset[keyword].tag
    mark = tag.group.to_bytes(2, "little") + tag.elem.to_bytes(2, "little")
    series.files = [(path, data.replace(mark + b"LO", mark + b"DS")) for path, data in series.files]
    return series


def long_orientation(name):
    """cosines of length 2"""
    def change(_, d):
        d.ImageOrientationPatient = ["2", "0", "0", "0", "2", "0"]
    return bad(name, change)


def skew_orientation(name):
    """rows and columns are 80 degrees apart"""
    def change(_, d):
        d.ImageOrientationPatient = ["1", "0", "0", *ds(math.cos(math.radians(80)), math.sin(math.radians(80)), 0)]
    return bad(name, change)


def negative_spacing(name):
    """PixelSpacing below zero"""
    def change(_, d):
        d.PixelSpacing = ["-3", "3"]
    return bad(name, change)


def far_away(name):
    """positions of 1e9 mm, at which single precision tells 64 mm apart"""
    def change(_, d):
        d.ImagePositionPatient = [f"{float(d.ImagePositionPatient[0]) + 1e9:.1f}", *map(str, d.ImagePositionPatient[1:])]
    return bad(name, change)


def exponents(name):
    """decimal strings with exponents, signs and blanks"""
    return text_of(name, "ImagePositionPatient", lambda word, n: f" {float(word):+.6E} ", expect="right")


def two_frames_of_reference(name):
    """the patient moved after six slices: another Frame of Reference UID, whose places are not the first's"""
    images = stack(name)
    moved = stack(name, shift=(20, 12, 0))
    for before, image in zip(images[6:], moved[6:]):
        image.dataset.ImagePositionPatient = before.dataset.ImagePositionPatient
        image.dataset.FrameOfReferenceUID = uid(name, "other frame")
    return single(images[:6] + moved[6:], expect="refused")


def frame_of_reference_each(name):
    """each slice has a Frame of Reference UID of its own, as some archives leave it"""
    images = stack(name)
    for k, image in enumerate(images):
        image.dataset.FrameOfReferenceUID = uid(name, "frame", k)
    return single(images)


def nan_position(name):
    """NaN in the position of one slice"""
    return text_of(name, "ImagePositionPatient", lambda word, n: "NaN" if n == 2 else word, (5,))


def huge_position(name):
    """1e300 in the position of one slice"""
    return text_of(name, "ImagePositionPatient", lambda word, n: "1e300" if n == 2 else word, (5,))


def infinite_spacing(name):
    """PixelSpacing inf"""
    return text_of(name, "PixelSpacing", lambda word, n: "inf")


def huge_slope(name):
    """RescaleSlope 1e300 in one slice"""
    return text_of(name, "RescaleSlope", lambda word, n: "1e300", (5,))


def nan_slope(name):
    """RescaleSlope NaN in one slice"""
    return text_of(name, "RescaleSlope", lambda word, n: "NaN", (5,))


def comma_position(name):
    """decimal commas in the positions"""
    return text_of(name, "ImagePositionPatient", lambda word, n: word.replace(".", ","))


def comma_spacing(name):
    """decimal commas in PixelSpacing"""
    return text_of(name, "PixelSpacing", lambda word, n: word.replace(".", ","), spacing=(3.5, 3.5))


def comma_slope(name):
    """decimal commas in RescaleSlope"""
    return text_of(name, "RescaleSlope", lambda word, n: word.replace(".", ","), slope=1.5)


CASES = [no_orientation, no_position, one_position_gone, same_position, zero_spacing, no_spacing, zero_orientation,
         long_orientation, skew_orientation, negative_spacing, far_away, exponents, two_frames_of_reference,
         frame_of_reference_each, nan_position, huge_position, infinite_spacing, huge_slope, nan_slope, comma_position,
         comma_spacing, comma_slope]
