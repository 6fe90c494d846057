"""More than one volume in one folder, or under one UID."""
from images import MR, SAGITTAL, SIZE, again, ds, stack, uid
from series import single

GROUP = "several volumes"


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


def two_kernels(name):
    """two reconstructions of the same positions under one series UID"""
    a = stack(name)
    b = again(a, name, offset=-824.0)
    for image in b:
        image.dataset.ConvolutionKernel = "B70"
        image.encode()
    return single(a + b, volumes=[a, b], expect="refused")


def two_passes(name):
    """the same positions twice, the second pass later and brighter"""
    a = stack(name)
    b = again(a, name, offset=-824.0)
    for image in b:
        image.dataset.AcquisitionNumber, image.dataset.AcquisitionTime = 2, "101110"
        image.dataset.ContentTime = "101110"
        image.encode()
    return single(a + b, volumes=[a, b])


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
    return single(sum(volumes, []), volumes=volumes)


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
    return single([image for pair in zip(a, b) for image in pair], volumes=[a, b])


CASES = [two_series_one_number, two_series_mixed, two_orientations, two_kernels, two_passes, four_d, four_d_missing_slice,
         interleaved_echoes]
