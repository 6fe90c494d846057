"""The cases that differ in where the slices lie, and in how that is said."""
import math

import numpy as np
from images import AXIAL, CORONAL, DECUBITUS, MR, OBLIQUE, PRONE, SAGITTAL, STEP, ds, stack, uid
from series import single


def sagittal(name):
    """sagittal"""
    return single(stack(name, orientation=SAGITTAL))


def coronal(name):
    """coronal"""
    return single(stack(name, orientation=CORONAL))


def oblique(name):
    """oblique about all three axes"""
    return single(stack(name, orientation=OBLIQUE, modality=MR, offset=0.0, rescale=False))


def prone(name):
    """prone: rows and columns run the other way"""
    images = stack(name, orientation=PRONE)
    for image in images:
        image.dataset.PatientPosition = "HFP"
    return single(images)


def decubitus(name):
    """on the right side"""
    images = stack(name, orientation=DECUBITUS)
    for image in images:
        image.dataset.PatientPosition = "HFDR"
    return single(images)


def left_out(name, gone, expect):
    """A stack without the slices `gone`."""
    images = stack(name)
    for k, image in enumerate(images):
        image.dataset.SpacingBetweenSlices = ds(STEP)
        image.dataset.InstanceNumber = k + 1
    return single([image for k, image in enumerate(images) if k not in gone], expect=expect)


def missing_one(name):
    """a slice is missing inside"""
    return left_out(name, (5,), "refused")


def missing_two(name):
    """two neighbouring slices are missing inside"""
    return left_out(name, (5, 6), "refused")


def missing_apart(name):
    """two slices are missing in two places"""
    return left_out(name, (3, 8), "refused")


def missing_second(name):
    """the second slice is missing"""
    return left_out(name, (1,), "refused")


def missing_end(name):
    """the last slice is missing: what is there is regular"""
    return left_out(name, (11,), "right")


def missing_two_at_ends(name):
    """the first and the last slice are missing"""
    return left_out(name, (0, 11), "right")


def missing_every_other_end(name):
    """every other slice of the upper half is missing"""
    return left_out(name, (7, 9, 11), "refused")


def leaning(name, degrees):
    """Images that lean by so many degrees about their rows; the table moves along the patient: tilt by orientation."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    images = stack(name, orientation=((1, 0, 0), (0, c, s)), along=(0, 0, 1))
    for image in images:
        image.dataset.GantryDetectorTilt = ds(degrees)
    return single(images, expect="refused")


def tilt_plus(name):
    """gantry tilt of 15 degrees"""
    return leaning(name, 15)


def tilt_minus(name):
    """gantry tilt of -15 degrees"""
    return leaning(name, -15)


def tilt_unsaid(name):
    """gantry tilt of 15 degrees, GantryDetectorTilt 0"""
    series = leaning(name, 15)
    for image in series.volumes[0]:
        image.dataset.GantryDetectorTilt = "0"
    return single(series.volumes[0], expect="refused")


def drifting(name, degrees):
    """Upright images whose corner drifts: tilt by position."""
    s = math.tan(math.radians(degrees))
    return single(stack(name, along=(0, s, 1)), expect="refused")


def tilt_position_plus(name):
    """15 degrees by position alone"""
    return drifting(name, 15)


def tilt_position_minus(name):
    """-15 degrees by position alone"""
    return drifting(name, -15)


def tilt_one_degree(name):
    """1 degree by position: the last slice is half a mm off"""
    return drifting(name, 1)


def tilt_tenth(name):
    """a tenth of a degree by position: 0.05 mm"""
    series = drifting(name, 0.1)
    series.expect = "right"
    return series


def left_handed(name):
    """rows run to the right: the normal points to the feet"""
    return single(stack(name, orientation=((-1, 0, 0), (0, 1, 0))))


def shear_rows(name):
    """slices that drift along their rows"""
    return single(stack(name, along=(0.2, 0, 1)), expect="refused")


def thickness_overlap(name):
    """thickness 5 at a step of 2.5"""
    images = stack(name)
    for image in images:
        image.dataset.SliceThickness = "5"
    return single(images)


def spacing_between_wrong(name):
    """SpacingBetweenSlices and thickness say 5, the positions 2.5"""
    images = stack(name)
    for image in images:
        image.dataset.SpacingBetweenSlices = image.dataset.SliceThickness = "5"
    return single(images)


def spacing_between_negative(name):
    """SpacingBetweenSlices is negative, positions fall with the numbers"""
    images = stack(name)[::-1]
    for k, image in enumerate(images):
        image.dataset.SpacingBetweenSlices, image.dataset.InstanceNumber = ds(-STEP), k + 1
    return single(images)


def slice_location_wrong(name):
    """SliceLocation in another order than the positions"""
    images = stack(name)
    for k, image in enumerate(images):
        image.dataset.SliceLocation = ds(float(k * 5 % 12))
    return single(images)


def anisotropic(name):
    """pixels of 2 by 3.5 mm"""
    return single(stack(name, spacing=(2.0, 3.5)))


def non_square(name):
    """40 columns, 16 rows"""
    return single(stack(name, size=(40, 16, 12)))


def tall(name):
    """9 columns, 35 rows: both odd"""
    return single(stack(name, size=(9, 35, 12), spacing=(3.0, 2.0)))


def one_slice(name):
    """one slice"""
    return single(stack(name, size=(32, 24, 1)))


def two_slices(name):
    """two slices"""
    return single(stack(name, size=(32, 24, 2)))


def variable_spacing(name):
    """steps of 2.5 mm, then of 5"""
    at = np.cumsum([0] + [2.5] * 6 + [5.0] * 5) - 20.0
    return single(stack(name, at=at), expect="refused")


def irregular_spacing(name):
    """steps of 2 to 3.5 mm"""
    at = np.cumsum([0, 2.5, 3.0, 2.1, 2.9, 3.5, 2.0, 2.5, 3.3, 2.2, 2.8, 2.4]) - 14.0
    return single(stack(name, at=at), expect="refused")


def last_overlaps(name):
    """one more slice 0.8 mm after the last"""
    at = np.append((np.arange(11) - 5.0) * STEP, 5 * STEP + 0.8)
    return single(stack(name, at=at), expect="refused")


def jitter(name, mm):
    """Slices off the regular places by up to so many mm, in turn up and down, as much sideways."""
    turns = np.array([0, 1, -1, 0.5, -0.7, 1, -1, 0.2, -0.9, 0.8, -0.3, 0])
    return stack(name, at=(np.arange(12) - 5.5) * STEP + mm * turns)


def jitter_under(name):
    """positions off by up to 0.04 mm: noise of writing"""
    return single(jitter(name, 0.04))


def jitter_over(name):
    """positions off by up to 0.8 mm"""
    return single(jitter(name, 0.8), expect="refused")


def coarse_decimals(name):
    """oblique, positions and cosines printed with few decimals"""
    images = stack(name, orientation=OBLIQUE)
    for image in images:
        image.dataset.ImagePositionPatient = [f"{float(x):.1f}" for x in image.dataset.ImagePositionPatient]
    return single(images)


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


CASES = [sagittal, coronal, oblique, prone, decubitus, missing_one, missing_two, missing_apart, missing_second, missing_end,
         missing_two_at_ends, missing_every_other_end, tilt_plus, tilt_minus, tilt_unsaid, tilt_position_plus,
         tilt_position_minus, tilt_one_degree, tilt_tenth, left_handed, shear_rows, thickness_overlap, spacing_between_wrong, spacing_between_negative,
         slice_location_wrong, anisotropic, non_square, tall, one_slice, two_slices, variable_spacing, irregular_spacing,
         last_overlaps, jitter_under, jitter_over, coarse_decimals, no_orientation, no_position, one_position_gone, same_position,
         zero_spacing, no_spacing, zero_orientation, long_orientation, skew_orientation, negative_spacing,
         far_away, exponents, two_frames_of_reference, nan_position, huge_position, infinite_spacing, huge_slope, nan_slope,
         comma_position, comma_spacing, comma_slope]
