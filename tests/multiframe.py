"""Enhanced multi-frame files and Siemens mosaics, written with pydicom, and what a volume made of them must hold.

A frame is a dict: pixels (rows x columns, as stored), position, and what else make() knows.  Nothing here sorts: check()
looks for each slice of a volume the frame that lies where the slice does."""
import os
import struct

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

import volfile

ENHANCED = {"CT": "1.2.840.10008.5.1.4.1.1.2.1", "MR": "1.2.840.10008.5.1.4.1.1.4.1", "PT": "1.2.840.10008.5.1.4.1.1.130"}
TYPE_GROUP = {"CT": "CTImageFrameTypeSequence", "MR": "MRImageFrameTypeSequence", "PT": "PETFrameTypeSequence"}
AXIAL = (1, 0, 0, 0, 1, 0)
OBLIQUE = (0.8, 0.6, 0, 0, 0, -1)


def normal_of(orientation):
    return np.cross(orientation[:3], orientation[3:])


def stack(n, step=2.5, orientation=AXIAL, origin=(-20.0, -30.0, 40.0), seed=1, size=(11, 14), **more):
    """n frames one behind the other, of noise; more goes into each."""
    rng = np.random.default_rng(seed)
    return [dict(pixels=rng.integers(0, 4000, size, dtype=np.uint16), orientation=orientation,
                 position=np.array(origin) + i * step * normal_of(orientation), slope=1.0, intercept=-1024.0, **more)
            for i in range(n)]


def shuffled(frames, seed=7):
    return [frames[i] for i in np.random.default_rng(seed).permutation(len(frames))]


def item(**values):
    data = Dataset()
    for keyword, value in values.items():
        setattr(data, keyword, value)
    return Sequence([data])


def number(x):
    """A DS of 16 characters at most."""
    return pydicom.valuerep.DSfloat(float(x), auto_format=True)


def groups(frame, modality):
    """The functional groups of one frame."""
    group = Dataset()
    if frame.get("position") is not None:
        group.PlanePositionSequence = item(ImagePositionPatient=[number(x) for x in frame["position"]])
    group.PlaneOrientationSequence = item(ImageOrientationPatient=[number(x) for x in frame["orientation"]])
    group.PixelValueTransformationSequence = item(RescaleSlope=number(frame["slope"]), RescaleIntercept=number(frame["intercept"]),
                                                  RescaleType="US")
    content = Dataset()
    content.StackID = frame.get("stack", "1")
    if "time_index" in frame:
        content.TemporalPositionIndex = frame["time_index"]
    if "acquired" in frame:
        content.FrameAcquisitionDateTime = frame["acquired"]
    group.FrameContentSequence = Sequence([content])
    if "echo" in frame:
        group.MREchoSequence = item(EffectiveEchoTime=float(frame["echo"]))
    if "b" in frame:
        diffusion = Dataset()
        diffusion.DiffusionBValue = float(frame["b"])
        if "gradient" in frame:
            diffusion.DiffusionGradientDirectionSequence = item(DiffusionGradientOrientation=[float(x) for x in frame["gradient"]])
        group.MRDiffusionSequence = Sequence([diffusion])
    if "type" in frame:
        setattr(group, TYPE_GROUP[modality], item(FrameType=frame["type"], ComplexImageComponent=frame.get("part", "MAGNITUDE")))
    return group


def plain(modality, sop_class, frame):
    """What every image has."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = sop_class, meta.MediaStorageSOPInstanceUID, modality
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3.4", "1.2.3.4.5"
    ds.PatientName, ds.PatientID = "Nobody^Jane", "secret"
    ds.SeriesNumber, ds.InstanceNumber = 7, 1
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = frame["pixels"].shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.is_little_endian, ds.is_implicit_VR = True, False
    return ds


def make(path, frames, modality="CT", spacing=(0.75, 0.5), **change):
    """An enhanced file with the frames in this order."""
    ds = plain(modality, ENHANCED[modality], frames[0])
    ds.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    ds.NumberOfFrames = len(frames)
    shared = Dataset()
    shared.PixelMeasuresSequence = item(PixelSpacing=[number(x) for x in spacing], SliceThickness="2")
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence([groups(f, modality) for f in frames])
    ds.PixelData = b"".join(f["pixels"].astype("<u2").tobytes() for f in frames)
    for keyword, value in change.items():
        setattr(ds, keyword, value)
    pydicom.dcmwrite(path, ds, write_like_original=False)
    return ds


def rewrite(path, to, syntax):
    """The same data set in another plain transfer syntax."""
    ds = pydicom.dcmread(path)
    ds.file_meta.TransferSyntaxUID = syntax
    ds.is_little_endian, ds.is_implicit_VR = syntax.is_little_endian, syntax.is_implicit_VR
    if not syntax.is_little_endian:
        ds.PixelData = np.frombuffer(ds.PixelData, "<u2").byteswap().tobytes()
    pydicom.dcmwrite(to, ds, write_like_original=False)


def singles(folder, frames, modality="MR", spacing=(0.75, 0.5), **change):
    """A file for each frame; its "tags", and then change, are attributes."""
    os.makedirs(folder, exist_ok=True)
    for i, frame in enumerate(frames, len(os.listdir(folder))):
        ds = plain(modality, "1.2.840.10008.5.1.4.1.1.4", frame)
        ds.ImageType, ds.InstanceNumber = ["ORIGINAL", "PRIMARY", "OTHER"], i + 1
        ds.ImagePositionPatient = [number(x) for x in frame["position"]]
        ds.ImageOrientationPatient = [number(x) for x in frame["orientation"]]
        ds.PixelSpacing, ds.RescaleSlope, ds.RescaleIntercept = [number(x) for x in spacing], frame["slope"], frame["intercept"]
        if "echo" in frame:
            ds.EchoTime = number(frame["echo"])
        if "time_index" in frame:
            ds.TemporalPositionIdentifier = frame["time_index"]
        if "b" in frame:
            ds.DiffusionBValue = float(frame["b"])
        if "gradient" in frame:
            ds.DiffusionGradientOrientation = [float(x) for x in frame["gradient"]]
        if "acquired" in frame:
            ds.AcquisitionDate, ds.AcquisitionTime = frame["acquired"][:8], frame["acquired"][8:]
        for keyword, value in {**frame.get("tags", {}), **change}.items():
            setattr(ds, keyword, value)
        ds.PixelData = frame["pixels"].astype("<u2").tobytes()
        pydicom.dcmwrite(f"{folder}/{i:04}.dcm", ds, write_like_original=False)


def csa(version, values):
    """A CSA header: (name, [texts]) each with the six items that the scanner writes, empty ones too."""
    out = b"SV10\4\3\2\1" if version == 2 else b""
    out += struct.pack("<II", len(values), 77)
    for name, texts in values:
        out += struct.pack("<64si4siii", name.encode(), len(texts), b"SH\0\0" if name.endswith("Text") else b"US\0\0" if "NumberOf" in name
                           else b"FD\0\0", 4, 6, 77)
        for i in range(6):
            text = texts[i].encode() + b"\0" if i < len(texts) else b""
            # version 1 counts the items of the first tag into the first of its four numbers
            out += struct.pack("<iiii", len(text) + (6 if version == 1 else 0), len(text), 77, len(text))
            out += text + b"\0" * (-len(text) % 4)
    return out


def mosaic(path, frames, sign=1, version=2, step=2.5, spacing=(0.75, 0.5), side=None, csa_values=None, **change):
    """Slices, the first in the upper left corner, as one image; sign: of SliceNormalVector against row x column."""
    rows, columns = frames[0]["pixels"].shape
    side = side or int(np.ceil(np.sqrt(len(frames))))
    whole = np.zeros((rows * side, columns * side), np.uint16)
    for i, frame in enumerate(frames):
        top, left = i // side * rows, i % side * columns
        whole[top:top + rows, left:left + columns] = frame["pixels"]
    orientation = np.array(frames[0]["orientation"], float)
    ds = plain("MR", "1.2.840.10008.5.1.4.1.1.4", dict(pixels=whole))
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
    ds.Manufacturer = "SIEMENS"
    ds.ImageOrientationPatient = [number(x) for x in orientation]
    # the whole image lies as if it were one slice around the centre of the first
    corner = (np.array(frames[0]["position"]) - orientation[:3] * spacing[1] * (whole.shape[1] - columns) / 2
              - orientation[3:] * spacing[0] * (whole.shape[0] - rows) / 2)
    ds.ImagePositionPatient = [number(x) for x in corner]
    ds.PixelSpacing, ds.SliceThickness, ds.SpacingBetweenSlices = [number(x) for x in spacing], "2", number(step)
    ds.add_new((0x0029, 0x0010), "LO", "SIEMENS CSA HEADER")
    along = sign * normal_of(orientation)
    values = csa_values or [("EchoLinePosition", ["32"]), ("AcquisitionMatrixText", [f"{rows}*{columns}"]),
                            ("NumberOfImagesInMosaic", [str(len(frames))]),
                            ("SliceNormalVector", ["%.8f" % x for x in along]), ("Last", [])]
    ds.add_new((0x0029, 0x1010), "OB", csa(version, values))
    ds.PixelData = whole.astype("<u2").tobytes()
    for keyword, value in change.items():
        setattr(ds, keyword, value)
    pydicom.dcmwrite(path, ds, write_like_original=False)


def check(path, volumes, spacing=(0.75, 0.5), far=1e-4):
    """The stream holds these volumes, lists of frames, in this order: each frame once, where it lies, with its values."""
    data, affine, keys = volfile.read(path)
    data = data if data.ndim == 4 else data[..., None]
    assert data.shape[3] == len(volumes), data.shape
    lps = volfile.LPS_FROM_RAS @ affine
    pairs = np.array(keys.get("rescale", "1 0").split(), float).reshape(-1, 2)
    pairs = np.broadcast_to(pairs, (data.shape[2] * len(volumes), 2)) if len(pairs) == 1 else pairs
    for v, frames in enumerate(volumes):
        assert data.shape[2] == len(frames), data.shape
        left = list(frames)
        for z in range(data.shape[2]):
            at = lps @ (0, 0, z, 1)
            found = [f for f in left if np.linalg.norm(f["position"] - at[:3]) < far]
            assert len(found) == 1, (v, z, at, len(found))
            left = [f for f in left if f is not found[0]]
            frame = found[0]
            last = lps @ (data.shape[0] - 1, data.shape[1] - 1, z, 1)
            o = np.array(frame["orientation"], float)
            want = frame["position"] + o[:3] * spacing[1] * (data.shape[0] - 1) + o[3:] * spacing[0] * (data.shape[1] - 1)
            assert np.linalg.norm(last[:3] - want) < far, (last, want)
            slope, intercept = pairs[v * data.shape[2] + z]
            got = data[:, :, z, v].T * slope + intercept
            assert np.allclose(got, frame["pixels"] * frame["slope"] + frame["intercept"], rtol=1e-12, atol=0), (v, z)
    return keys
