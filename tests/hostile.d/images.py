"""Single images of the patient, and the DICOM files around them, written with pydicom from the standard (PS3.3, C.7.6, C.8).

A case makes images with stack(), changes what it likes, in the data sets or in the list, and hands them to a Series."""
import copy
import hashlib
import io
from dataclasses import dataclass, field

import numpy as np
import pydicom
from patient import patient
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

AXIAL = ((1, 0, 0), (0, 1, 0))
SAGITTAL = ((0, 1, 0), (0, 0, -1))
CORONAL = ((1, 0, 0), (0, 0, -1))
PRONE = ((-1, 0, 0), (0, -1, 0))
DECUBITUS = ((0, 1, 0), (-1, 0, 0))
OBLIQUE = ((0.8, 0.48, 0.36), (-0.6, 0.64, 0.48))
SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
CT, MR, PT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.128"
SIZE, SPACING, STEP = (32, 24, 12), (3.0, 3.0), 2.5


def uid(*words):
    """A UID that is always the same for the same words."""
    return "2.25." + str(int(hashlib.sha256(repr(words).encode()).hexdigest()[:30], 16))


def ds(*numbers):
    """Decimal strings of at most 16 characters (PS3.5, 6.2)."""
    texts = []
    for number in numbers:
        digits = 12
        while len(text := f"{round(number, 10) + 0.0:.{digits}g}") > 16:
            digits -= 1
        texts.append(text)
    return texts if len(texts) > 1 else texts[0]


@dataclass
class Image:
    """One image: where its pixels are (mm, LPS; spacing between columns, between rows), what they hold, and its data set.

    stored, value: arrays [row, column], as the file holds them and in the unit of the truth.  gain, offset: value = gain *
    patient + offset.  measured: which pixels show the patient at all."""
    position: np.ndarray
    row: np.ndarray
    column: np.ndarray
    spacing: tuple
    size: tuple
    gain: float = 1.0
    offset: float = 0.0
    stored: np.ndarray = None
    value: np.ndarray = None
    measured: np.ndarray = None
    dataset: Dataset = field(default_factory=Dataset)

    def points(self):
        """The centre of each pixel, [row, column, 3]."""
        columns, rows = self.size
        return (self.position + np.arange(columns)[None, :, None] * self.spacing[0] * self.row
                + np.arange(rows)[:, None, None] * self.spacing[1] * self.column)

    def encode(self, slope=1.0, intercept=-1024.0, stored=12, signed=False, rescale=True, allocated=16, junk=0):
        """Make the pixels: stored values such that stored * slope + intercept is the value, in `stored` bits.

        junk: what the bits above those hold; None: the sign's continuation"""
        wanted = self.gain * patient(self.points()) + self.offset
        numbers = np.rint((wanted - intercept) / slope).astype(np.int64)
        low, high = (-(1 << stored - 1), (1 << stored - 1) - 1) if signed else (0, (1 << stored) - 1)
        if numbers.min() < low or numbers.max() > high:
            raise ValueError(f"stored values {numbers.min()}..{numbers.max()} do not fit {stored} bits")
        self.stored = numbers
        self.value = numbers * slope + intercept
        self.measured = np.ones(numbers.shape, bool)
        d = self.dataset
        d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = allocated, stored, stored - 1, int(signed)
        for name in ("RescaleSlope", "RescaleIntercept"):
            if name in d:
                delattr(d, name)
        if rescale:
            d.RescaleSlope, d.RescaleIntercept = ds(slope), ds(intercept)
        self.store(junk)
        return self

    def store(self, junk=0):
        """Put the stored values into the data set, with `junk` in the bits above the stored ones."""
        d = self.dataset
        words = self.stored.astype(np.int64)
        if d.BitsStored < d.BitsAllocated and junk is not None:
            words = (words & ((1 << d.BitsStored) - 1)) | (junk << d.BitsStored)
        words = words & ((1 << d.BitsAllocated) - 1)
        d.PixelData = words.astype(f"<u{d.BitsAllocated // 8}").tobytes()
        d["PixelData"].VR = "OW" if d.BitsAllocated > 8 else "OB"

    def place(self):
        """Say in the data set where the image is."""
        d = self.dataset
        d.ImagePositionPatient = ds(*self.position)
        d.ImageOrientationPatient = ds(*self.row, *self.column)
        d.PixelSpacing = ds(self.spacing[1], self.spacing[0])
        d.Columns, d.Rows = self.size


def head(case, series, number, instance, modality=CT):
    """What every image of a series says."""
    d = Dataset()
    d.SpecificCharacterSet = "ISO_IR 100"
    d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"] if modality == CT else ["ORIGINAL", "PRIMARY"]
    d.SOPClassUID, d.SOPInstanceUID = modality, uid(case, series, instance)
    d.StudyDate = d.SeriesDate = d.AcquisitionDate = d.ContentDate = "20200102"
    d.StudyTime = d.SeriesTime = d.AcquisitionTime = d.ContentTime = "101010"
    d.Modality = {CT: "CT", MR: "MR", PT: "PT"}[modality]
    d.Manufacturer, d.ManufacturerModelName = "None", "Hostile"
    d.PatientName, d.PatientID, d.PatientBirthDate, d.PatientSex = "Hostile^Corpus", "H0", "19600101", "O"
    d.PatientPosition = "HFS"
    d.StudyInstanceUID, d.SeriesInstanceUID = uid(case, "study"), uid(case, "series", series)
    d.FrameOfReferenceUID, d.PositionReferenceIndicator = uid(case, "frame"), ""
    d.StudyID, d.AccessionNumber, d.ReferringPhysicianName = "1", "", ""
    d.SeriesDescription = f"series {series}"
    d.SeriesNumber, d.AcquisitionNumber, d.InstanceNumber = number, 1, instance
    d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
    if modality == CT:
        d.KVP, d.ConvolutionKernel = "120", "B30"
        d.RescaleType = "HU"
    elif modality == MR:
        d.ScanningSequence, d.SequenceVariant, d.ScanOptions, d.MRAcquisitionType = "GR", "NONE", "", "2D"
        d.RepetitionTime, d.EchoTime, d.FlipAngle = "500", "5", "30"
    return d


def stack(case, size=SIZE, spacing=SPACING, step=STEP, orientation=AXIAL, shift=(0, 0, 0), along=None, at=None, series="a",
          number=1, modality=CT, gain=1.0, offset=-1024.0, **encoding):
    """The images of one series through the middle of the patient, in slice order, encoded.

    step: mm from slice to slice along the normal, or at: the slices' places along it; along: the direction in which they
    follow each other, when it is not the normal; shift: mm by which the middle is moved"""
    row, column = (np.array(vector, float) for vector in orientation)
    normal = np.cross(row, column)
    along = normal if along is None else np.array(along, float)
    at = (np.arange(size[2]) - (size[2] - 1) / 2) * step if at is None else np.asarray(at, float)
    corner = np.array(shift, float) - row * spacing[0] * (size[0] - 1) / 2 - column * spacing[1] * (size[1] - 1) / 2
    images = []
    for k, distance in enumerate(at):
        # what the file will say is where the image is
        position = np.array([float(text) for text in ds(*(corner + along * distance))])
        image = Image(position, row, column, tuple(spacing), tuple(size[:2]), gain, offset,
                      dataset=head(case, series, number, k + 1, modality))
        image.dataset.SliceThickness = ds(step)
        image.place()
        image.encode(**{"intercept": offset, **encoding})
        images.append(image)
    return images


def again(images, case, series="a", start=None, **change):
    """Copies of images with other UIDs; change: attributes of the Image, as gain or offset (encode them anew)."""
    copies = copy.deepcopy(images)
    for k, image in enumerate(copies):
        number = (start if start is not None else len(images)) + k + 1
        image.dataset.SOPInstanceUID = uid(case, series, "again", number)
        image.dataset.InstanceNumber = number
        for name, value in change.items():
            setattr(image, name, value)
    return copies


def file_bytes(dataset, syntax=ExplicitVRLittleEndian, preamble=True):
    """The bytes of the file that a data set makes."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\0\1"
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID, meta.ImplementationVersionName = "2.25.1", "HOSTILE"
    written = copy.deepcopy(dataset)
    written.file_meta = meta
    written.is_little_endian = syntax != pydicom.uid.ExplicitVRBigEndian
    written.is_implicit_VR = syntax == pydicom.uid.ImplicitVRLittleEndian
    if not written.is_little_endian and "PixelData" in written and written.BitsAllocated == 16:
        written.PixelData = np.frombuffer(written.PixelData, "<u2").astype(">u2").tobytes()
    out = io.BytesIO()
    if preamble:
        pydicom.dcmwrite(out, written, write_like_original=False)
        return out.getvalue()
    del written.file_meta
    pydicom.dcmwrite(out, written, write_like_original=True)
    return out.getvalue()
