"""Independent references: what pydicom, nibabel and the files beside the data say a volume is."""
import hashlib
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import pydicom

from volume import LPS_FROM_RAS, Mismatch, Volume, align, corner_distance

IMAGES = ("CT", "MR", "PT")
IDENTIFIERS = ("PatientName", "PatientID", "PatientBirthDate", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID",
               "FrameOfReferenceUID", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "InstitutionName",
               "InstitutionAddress", "StationName", "DeviceSerialNumber", "ReferringPhysicianName", "OperatorsName",
               "AccessionNumber", "StudyID")


@dataclass
class Series:
    """One series by pydicom alone: slices in order of their position on the normal.

    positions: for each slice, where its first voxel is (LPS mm); across, down: the vectors from one column and one row to
    the next; padding: stored value or None; rescaled: the files state a slope."""
    volume: Volume
    positions: np.ndarray
    across: np.ndarray
    down: np.ndarray
    modality: str
    padding: object
    rescaled: bool
    identifiers: set


def read_header(path):
    """The dataset, or None when pydicom does not take the file for DICOM."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pydicom.dcmread(path)
        except (pydicom.errors.InvalidDicomError, OSError):
            return None


def image_datasets(folder):
    """The datasets below a folder that hold a slice of CT, MR or PET."""
    found = (read_header(path) for path in sorted(Path(folder).rglob("*")) if path.is_file())
    return [ds for ds in found if ds is not None and ds.get("Modality") in IMAGES and "ImagePositionPatient" in ds
            and "PixelData" in ds]


def numbers(value):
    """A DICOM multi-value as a float array."""
    return np.array([float(v) for v in value])


def step_of_one(ds):
    """How far it is to the next slice where there is no next slice: between slices, else the thickness."""
    return float(ds.get("SpacingBetweenSlices") or ds.get("SliceThickness") or 1.0)


def series(datasets, pixels=None):
    """A Series of these datasets; `pixels` are datasets to take the voxels from (a compressed file's sibling)."""
    first = datasets[0]
    cosines = numbers(first.ImageOrientationPatient)
    normal = np.cross(cosines[:3], cosines[3:])
    normal /= np.linalg.norm(normal)
    positions = np.array([numbers(ds.ImagePositionPatient) for ds in datasets])
    order = np.argsort(positions @ normal, kind="stable")
    positions = positions[order]
    sources = pixels or datasets
    slices = [sources[n].pixel_array.T for n in order]
    row_mm, column_mm = numbers(first.PixelSpacing)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = cosines[:3] * column_mm, cosines[3:] * row_mm
    along = positions @ normal
    if len(order) > 1:
        fit = np.polyfit(np.arange(len(order)), positions, 1)
        affine[:3, 2], affine[:3, 3] = fit
    else:
        affine[:3, 2], affine[:3, 3] = normal * step_of_one(first), positions[0]
    slope = np.array([float(datasets[n].get("RescaleSlope", 1)) for n in order])
    intercept = np.array([float(datasets[n].get("RescaleIntercept", 0)) for n in order])
    if len(along) > 1 and np.diff(along).min() <= 0:
        raise Mismatch("reference itself has two slices at one position")
    return Series(Volume(np.stack(slices, axis=2), affine, slope, intercept), positions, affine[:3, 0], affine[:3, 1],
                  first.Modality, first.get("PixelPaddingValue"), "RescaleSlope" in first, identifiers(datasets))


def identifiers(datasets, names=IDENTIFIERS):
    """Every text in these files that could lead to a patient, long enough not to be met by chance, and not the series
    number too (test data likes 123456 for both)."""
    texts = {str(ds.get(name, "")).strip() for ds in datasets for name in names}
    return {text for text in texts if len(text) >= 6} - {str(ds.get("SeriesNumber", "")) for ds in datasets}


def slice_distance(volume, want):
    """The farthest that a corner of a slice of an aligned volume lies from where DICOM puts that slice, mm.

    Measured slice by slice against each stated position, not against a fitted line: that is the truth a converter
    approximates."""
    columns, rows, slices = volume.stored.shape[:3]
    worst = 0.0
    for column in (0, columns - 1):
        for row in (0, rows - 1):
            stated = want.positions + column * want.across + row * want.down
            index = np.array([[column, row, k, 1] for k in range(slices)], float)
            worst = max(worst, float(np.linalg.norm((index @ volume.affine.T)[:, :3] - stated, axis=1).max()))
    return worst


def nifti(path):
    """A NIfTI file by nibabel, voxels as stored."""
    image = nibabel.load(path)
    slope, intercept = image.dataobj.slope, image.dataobj.inter
    return Volume(np.asarray(image.dataobj.get_unscaled()), LPS_FROM_RAS @ image.affine, slope, intercept)


def check_expected(path, key, volume, corner_mm):
    """Hold a volume to an expected*.json entry: sizes, affine and SHA-256 of the raw voxels.  Returns the worst corner."""
    want = json.loads(Path(path).read_text())[key]
    affine = LPS_FROM_RAS @ np.array(want["sform_affine"])
    turned = align(volume, affine)
    if list(turned.stored.shape) != want["dim"]:
        raise Mismatch(f"{key}: sizes {turned.stored.shape}, expected {want['dim']}")
    raw = turned.stored.astype(np.dtype(want["dtype"]).newbyteorder("<")).tobytes(order="F")
    if hashlib.sha256(raw).hexdigest() != want["raw_sha256_first_axis_fastest_little_endian"]:
        raise Mismatch(f"{key}: SHA-256 of the voxels differs")
    corner = corner_distance(turned, affine)
    if not corner <= corner_mm:
        raise Mismatch(f"{key}: worst corner {corner:.4f} mm off")
    return corner


def near_of_jpeg_ls(ds):
    """The NEAR parameter of a JPEG-LS frame: by the standard, the largest error of any sample."""
    data = ds.PixelData
    scan = data.index(b"\xff\xda")
    components = data[scan + 4]
    return data[scan + 5 + 2 * components]


@dataclass
class Blank:
    """Stands in for a frame that pydicom cannot decode, so that its geometry can be had all the same."""
    rows: int
    columns: int

    @property
    def pixel_array(self):
        return np.zeros((self.rows, self.columns), np.int16)


def digest(stored):
    """SHA-256 of 16-bit voxels, little endian, first axis fastest."""
    return hashlib.sha256(stored.astype("<i2").tobytes(order="F")).hexdigest()


def block_means(image, blocks):
    """The means of blocks x blocks equal parts of an image [row, column]."""
    rows, columns = image.shape
    return image.reshape(blocks, rows // blocks, blocks, columns // blocks).mean(axis=(1, 3))
