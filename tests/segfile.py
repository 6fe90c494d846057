"""DICOM segmentations and structure sets, written with pydicom."""
import zlib

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

import volfile
from multiframe import item, normal_of, number

SEG = {"BINARY": "1.2.840.10008.5.1.4.1.1.66.4", "FRACTIONAL": "1.2.840.10008.5.1.4.1.1.66.4",
       "LABELMAP": "1.2.840.10008.5.1.4.1.1.66.7"}
RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
AXIAL = (1, 0, 0, 0, 1, 0)
OBLIQUE = (0.8, 0.6, 0, 0, 0, -1)
ORIGIN = np.array([-20.0, -30.0, 40.0])
SPACING = (0.75, 1.25)      # between rows, between columns


def begin(path, sop_class, modality, syntax=ExplicitVRLittleEndian):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    ds = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian, ds.is_implicit_VR = syntax.is_little_endian, syntax.is_implicit_VR
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.Modality, ds.SeriesNumber = modality, 300
    ds.PatientName, ds.PatientID = "Secret^Sally", "S-1234567"
    return ds


def lps(orientation=AXIAL, spacing=SPACING, step=2.5, origin=ORIGIN):
    """Index to LPS mm."""
    out = np.eye(4)
    out[:3, 0], out[:3, 1] = np.array(orientation[:3]) * spacing[1], np.array(orientation[3:]) * spacing[0]
    out[:3, 2], out[:3, 3] = np.array(normal_of(orientation)) * step, origin
    return out


def frames_of(volume, values=None, every=False):
    """(segment, slice, plane) for each segment and slice of a volume of labels, x y z, on which it is; every: on all."""
    values = np.unique(volume[volume > 0]) if values is None else values
    return [(int(v), z, volume[:, :, z].T == v) for v in values for z in range(volume.shape[2]) if every or (volume[:, :, z] == v).any()]


def make(path, frames, names, kind="BINARY", bits=None, grid=None, stated=2.5, syntax=ExplicitVRLittleEndian, each=None, **more):
    """frames: (segment, slice, rows x columns); names: {number: name}.  grid: index to LPS; stated: SpacingBetweenSlices.
    each(i, group) edits the functional groups of a frame, more goes into the data set."""
    grid = lps() if grid is None else grid
    planes = [np.asarray(plane) for _, _, plane in frames]
    ds = begin(path, SEG[kind], "SEG", syntax)
    bits = bits or {"BINARY": 1, "FRACTIONAL": 8, "LABELMAP": 8}[kind]
    ds.SegmentationType = kind
    if kind == "FRACTIONAL":
        ds.SegmentationFractionalType, ds.MaximumFractionalValue = "PROBABILITY", 200
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.Rows, ds.Columns = planes[0].shape
    ds.NumberOfFrames = len(frames)
    ds.BitsAllocated = ds.BitsStored = bits
    ds.HighBit = bits - 1
    ds.SegmentSequence = Sequence()
    for n, name in names.items():
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel, segment.SegmentAlgorithmType = n, name, "MANUAL"
        ds.SegmentSequence.append(segment)
    shared = Dataset()
    spacing = [np.linalg.norm(grid[:3, k]) for k in (1, 0)]
    measures = Dataset()
    measures.PixelSpacing = [number(x) for x in spacing]
    if stated:
        measures.SpacingBetweenSlices = number(stated)
    shared.PixelMeasuresSequence = Sequence([measures])
    cosines = np.concatenate([grid[:3, 0] / spacing[1], grid[:3, 1] / spacing[0]])
    shared.PlaneOrientationSequence = item(ImageOrientationPatient=[number(x) for x in cosines])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence()
    for i, (segment, z, _) in enumerate(frames):
        group = Dataset()
        group.PlanePositionSequence = item(ImagePositionPatient=[number(x) for x in (grid @ [0, 0, z, 1])[:3]])
        if kind != "LABELMAP":
            group.SegmentIdentificationSequence = item(ReferencedSegmentNumber=segment)
        if each:
            each(i, group)
        ds.PerFrameFunctionalGroupsSequence.append(group)
    if bits == 1:
        pixels = np.packbits(np.concatenate([p.astype(bool).ravel() for p in planes]), bitorder="little").tobytes()
    else:
        pixels = np.concatenate([p.astype(f"<u{bits // 8}").ravel() for p in planes]).tobytes()
    ds.PixelData = pixels + b"\0" * (len(pixels) % 2)
    ds["PixelData"].VR = "OB" if bits < 16 else "OW"
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    ds.save_as(path, write_like_original=False)
    return ds


def deflate(path, planes, bits, odd=0):
    """The same file in Deflated Image Frame Compression, of which this pydicom does not know; odd: bytes too many."""
    frames = []
    for plane in planes:
        raw = np.packbits(plane.astype(bool).ravel(), bitorder="little") if bits == 1 else plane.astype(f"<u{bits // 8}")
        coder = zlib.compressobj(9, zlib.DEFLATED, -15)
        frames.append(coder.compress(raw.tobytes() + bytes(odd)) + coder.flush())
    ds = pydicom.dcmread(path)
    ds.PixelData = encapsulate([f + bytes(len(f) % 2) for f in frames])
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    ds.save_as(path)
    with open(path, "rb") as f:
        data = f.read()
    assert data.count(b"1.2.840.10008.1.2.4.50") == 1
    with open(path, "wb") as f:
        f.write(data.replace(b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.8.1\0"))


def blobs(shape=(13, 11, 8), values=(1, 2, 5), seed=3):
    """Labels that touch each other, and leave the first and last slice free."""
    rng = np.random.default_rng(seed)
    out = rng.choice(np.array((0, 0, *values)), shape)
    out[:, :, 0] = out[:, :, -1] = 0
    return out


def read(path):
    """(x y z voxels, index to LPS, keys)."""
    data, affine, keys = volfile.read(path)
    return data, volfile.LPS_FROM_RAS @ affine, {name: value.replace("\\n", "\n") for name, value in keys.items()}


def structures(path, rois, reference="1.2.3.4", each=None, syntax=ExplicitVRLittleEndian):
    """A structure set.  rois: (number, name, contours); a contour is n x 3 points in LPS mm, or a dict with points, type, images.
    each(ds) edits it before it is written."""
    ds = begin(path, RTSTRUCT, "RTSTRUCT", syntax)
    ds.StructureSetLabel = "made"
    ds.StructureSetROISequence, ds.ROIContourSequence = Sequence(), Sequence()
    for n, name, contours in rois:
        roi = Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = n, name, reference
        ds.StructureSetROISequence.append(roi)
        drawn = Dataset()
        drawn.ReferencedROINumber, drawn.ContourSequence = n, Sequence()
        for c in contours:
            c = c if isinstance(c, dict) else {"points": c}
            contour = Dataset()
            points = np.asarray(c["points"], float)
            contour.ContourGeometricType, contour.NumberOfContourPoints = c.get("type", "CLOSED_PLANAR"), len(points)
            contour.ContourData = [number(x) for x in points.ravel()]
            if "images" in c:
                contour.ContourImageSequence = Sequence()
                for uid in c["images"]:
                    image = Dataset()
                    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", uid
                    contour.ContourImageSequence.append(image)
            drawn.ContourSequence.append(contour)
        ds.ROIContourSequence.append(drawn)
    if each:
        each(ds)
    ds.save_as(path, write_like_original=False)
    return ds


if __name__ == "__main__":  # segfile.py FILE FOLDER: a box as a structure on the images of a folder
    import pathlib
    import sys
    images = sorted((pydicom.dcmread(f, stop_before_pixels=True) for f in pathlib.Path(sys.argv[2]).iterdir()),
                    key=lambda image: float(image.ImagePositionPatient[2]))
    boxes = []
    for image in images[2:-2]:
        row, column = np.array(image.ImageOrientationPatient, float).reshape(2, 3)
        corners = [np.array(image.ImagePositionPatient, float) + x * row + y * column for x, y in ((4, 4), (14, 4), (14, 12), (4, 12))]
        boxes.append({"points": np.round(corners, 6), "images": [image.SOPInstanceUID]})
    structures(sys.argv[1], [(1, "Body", boxes)], images[0].FrameOfReferenceUID)
