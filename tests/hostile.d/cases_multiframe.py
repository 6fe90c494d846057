"""Enhanced multi-frame (PS3.3, C.7.6.16): the images of a stack as frames of one file, with their functional groups."""
import random

from images import CT, MR, OBLIQUE, SAGITTAL, file_bytes, head, stack
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from series import Series

GROUP = "enhanced multi-frame"
ENHANCED = {CT: "1.2.840.10008.5.1.4.1.1.2.1", MR: "1.2.840.10008.5.1.4.1.1.4.1"}


def group(**attributes):
    """A functional group macro: a sequence of one item."""
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return Sequence([item])


def enhanced(name, images, volumes=None, modality=CT, expect="right", times=None):
    """One file whose frames are the images in the order given; times: the temporal position of each."""
    first = images[0].dataset
    d = head(name, "a", 1, 1, modality)
    d.SOPClassUID = ENHANCED[modality]
    d.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    d.Rows, d.Columns, d.NumberOfFrames = first.Rows, first.Columns, len(images)
    d.AcquisitionDateTime, d.ContentQualification, d.BurnedInAnnotation = "20200102101010", "PRODUCT", "NO"
    d.LossyImageCompression, d.PresentationLUTShape = "00", "IDENTITY"
    for keyword in ("RescaleType", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"):
        if keyword == "RescaleType":
            if keyword in d:
                delattr(d, keyword)
        else:
            setattr(d, keyword, getattr(first, keyword))
    place = {tuple(image.position): None for image in sorted(images, key=lambda image: tuple(image.position[::-1]))}
    for number, key in enumerate(place):
        place[key] = number + 1
    shared = Dataset()
    shared.PixelMeasuresSequence = group(PixelSpacing=first.PixelSpacing, SliceThickness=first.SliceThickness)
    shared.PlaneOrientationSequence = group(ImageOrientationPatient=first.ImageOrientationPatient)
    d.SharedFunctionalGroupsSequence = Sequence([shared])
    d.DimensionOrganizationSequence = group(DimensionOrganizationUID="2.25.77")
    pointers = [group(DimensionOrganizationUID="2.25.77", DimensionIndexPointer=pointer, FunctionalGroupPointer=outer)[0]
                for pointer, outer in (((0x00209128), 0x00209111), (0x00200032, 0x00209113))]
    d.DimensionIndexSequence = Sequence(pointers)
    frames = []
    for n, image in enumerate(images):
        item = Dataset()
        time = times[n] if times else 1
        number = place[tuple(image.position)]
        item.FrameContentSequence = group(StackID="1", InStackPositionNumber=number, TemporalPositionIndex=time,
                                          DimensionIndexValues=[time, number], FrameAcquisitionNumber=1)
        item.PlanePositionSequence = group(ImagePositionPatient=image.dataset.ImagePositionPatient)
        if "RescaleSlope" in image.dataset:
            item.PixelValueTransformationSequence = group(RescaleIntercept=image.dataset.RescaleIntercept,
                                                          RescaleSlope=image.dataset.RescaleSlope,
                                                          RescaleType="HU" if modality == CT else "US")
        frames.append(item)
    d.PerFrameFunctionalGroupsSequence = Sequence(frames)
    d.PixelData = b"".join(image.dataset.PixelData for image in images)
    d["PixelData"].VR = "OW"
    return Series([("enhanced.dcm", file_bytes(d))], [images] if volumes is None else volumes, expect=expect)


def shuffled(images, seed=3):
    """The same images in another order."""
    return random.Random(seed).sample(images, len(images))


def enhanced_plain(name):
    """enhanced CT, frames in order"""
    return enhanced(name, stack(name))


def enhanced_shuffled(name):
    """enhanced CT, frames in any order"""
    return enhanced(name, shuffled(stack(name)))


def enhanced_reversed(name):
    """enhanced MR, oblique, frames against the normal"""
    return enhanced(name, stack(name, orientation=OBLIQUE, modality=MR)[::-1], modality=MR)


def enhanced_slopes(name):
    """enhanced CT, shuffled, another slope and intercept in each frame"""
    images = stack(name)
    for k, image in enumerate(images):
        image.encode(slope=0.25 + 0.05 * (k * 5 % 12), intercept=-1024.0 - k, stored=16)
    return enhanced(name, shuffled(images))


def enhanced_missing(name):
    """enhanced CT, a frame is missing"""
    images = stack(name)
    return enhanced(name, images[:5] + images[6:], expect="refused")


def enhanced_tilt(name):
    """enhanced CT with a tilt by position"""
    return enhanced(name, stack(name, along=(0, 0.2, 1)))


def enhanced_sagittal(name):
    """enhanced MR, sagittal, without a rescale"""
    return enhanced(name, stack(name, orientation=SAGITTAL, modality=MR, offset=0.0, rescale=False), modality=MR)


def enhanced_times(name):
    """enhanced MR, three time points, frames shuffled"""
    volumes = [stack(name, modality=MR, offset=100.0 * t, rescale=False, intercept=0.0) for t in range(3)]
    frames = [(image, t + 1) for t, volume in enumerate(volumes) for image in volume]
    frames = shuffled(frames)
    return enhanced(name, [image for image, _ in frames], volumes, MR, times=[time for _, time in frames])


def enhanced_times_missing(name):
    """the same, the second time point lacks a frame"""
    volumes = [stack(name, modality=MR, offset=100.0 * t, rescale=False, intercept=0.0) for t in range(3)]
    del volumes[1][4]
    frames = shuffled([(image, t + 1) for t, volume in enumerate(volumes) for image in volume])
    return enhanced(name, [image for image, _ in frames], volumes, MR, "refused", times=[time for _, time in frames])


CASES = [enhanced_plain, enhanced_shuffled, enhanced_reversed, enhanced_slopes, enhanced_missing, enhanced_tilt,
         enhanced_sagittal, enhanced_times, enhanced_times_missing]
