"""Where the slices lie, rightly stated."""
import math

import numpy as np
from images import CORONAL, DECUBITUS, MR, OBLIQUE, PRONE, SAGITTAL, STEP, ds, stack
from series import single

GROUP = "place"


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


def missing_two_end(name):
    """the last two slices are missing"""
    return left_out(name, (10, 11), "right")


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
    return single(images)


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
    return single(series.volumes[0])


def drifting(name, degrees):
    """Upright images whose corner drifts: tilt by position."""
    s = math.tan(math.radians(degrees))
    return single(stack(name, along=(0, s, 1)))


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
    return single(stack(name, along=(0.2, 0, 1)))


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
    """Slices off the regular places by up to so many mm, in turn up and down."""
    turns = np.array([0, 1, -1, 0.5, -0.7, 1, -1, 0.2, -0.9, 0.8, -0.3, 0])
    return stack(name, at=(np.arange(12) - 5.5) * STEP + mm * turns)


def jitter_under(name):
    """positions off by up to 0.04 mm: noise of writing"""
    return single(jitter(name, 0.04))


def jitter_over(name):
    """positions off by up to 1 mm"""
    return single(jitter(name, 1.0), expect="refused")


def coarse_decimals(name):
    """oblique, positions and cosines printed with few decimals"""
    images = stack(name, orientation=OBLIQUE)
    for image in images:
        image.dataset.ImagePositionPatient = [f"{float(x):.1f}" for x in image.dataset.ImagePositionPatient]
    return single(images)


CASES = [sagittal, coronal, oblique, prone, decubitus, missing_one, missing_two, missing_apart, missing_second, missing_end,
         missing_two_end, missing_two_at_ends, missing_every_other_end, tilt_plus, tilt_minus, tilt_unsaid,
         tilt_position_plus, tilt_position_minus, tilt_one_degree, tilt_tenth, left_handed, shear_rows, thickness_overlap,
         spacing_between_wrong, spacing_between_negative, slice_location_wrong, anisotropic, non_square, tall, one_slice,
         two_slices, variable_spacing, irregular_spacing, last_overlaps, jitter_under, jitter_over, coarse_decimals]
