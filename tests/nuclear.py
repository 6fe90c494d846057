"""Nuclear Medicine, RT Dose and 3-D X-ray files of many frames, written with pydicom.  A frame is as multiframe.py has it, with
slice, and more numbers by which frames are counted."""
import subprocess

import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

import multiframe as m

VECTORS = {"slice": "SliceVector", "slot": "TimeSlotVector", "time": "TimeSliceVector", "detector": "DetectorVector",
           "energy": "EnergyWindowVector", "interval": "RRIntervalVector", "phase": "PhaseVector", "rotation": "RotationVector",
           "view": "AngularViewVector"}


def stack(n, step=4.0, seed=1, orientation=m.AXIAL, origin=(-20.0, -30.0, 40.0), **more):
    """Frames as stack() of multiframe makes them, numbered as slices; step may be negative: towards the viewer."""
    frames = m.stack(n, step=step, orientation=orientation, origin=origin, seed=seed, **more)
    for i, f in enumerate(frames):
        f["slice"], f["slope"], f["intercept"] = i + 1, 1.0, 0.0
    return frames


def nuclear(path, frames, kind="RECON TOMO", step=4.0, detectors=None, origin=(-20.0, -30.0, 40.0), spacing=(0.75, 0.5), **change):
    """detectors: (position, orientation) of each; None: one, where the first slice is."""
    ds = m.plain("NM", "1.2.840.10008.5.1.4.1.1.20", frames[0])
    ds.ImageType = ["ORIGINAL", "PRIMARY", kind, "EMISSION"]
    ds.NumberOfFrames, ds.PixelSpacing, ds.SpacingBetweenSlices = len(frames), [m.number(x) for x in spacing], m.number(step)
    ds.SliceThickness = m.number(abs(step))
    counted = [v for v in VECTORS if v in frames[0]]
    ds.FrameIncrementPointer = [Tag(VECTORS[v]) for v in counted]
    for v in counted:
        setattr(ds, VECTORS[v], [f[v] for f in frames])
    items = []
    for position, orientation in detectors or [(origin, frames[0]["orientation"])]:
        detector = Dataset()
        detector.ImagePositionPatient = [m.number(x) for x in position]
        detector.ImageOrientationPatient = [m.number(x) for x in orientation]
        items.append(detector)
    ds.DetectorInformationSequence = Sequence(items)
    ds.PixelData = b"".join(f["pixels"].astype("<u2").tobytes() for f in frames)
    for keyword, value in change.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    pydicom.dcmwrite(path, ds, write_like_original=False)
    return ds


def dose(path, frames, offsets, bits=32, scaling="1.25e-4", units="GY", spacing=(0.75, 0.5), signed=False, **change):
    """RT Dose; the frames' pixels times the scaling are the dose."""
    ds = m.plain("RTDOSE", "1.2.840.10008.5.1.4.1.1.481.2", frames[0])
    ds.ImagePositionPatient = [m.number(x) for x in frames[0]["position"]]
    ds.ImageOrientationPatient = [m.number(x) for x in frames[0]["orientation"]]
    ds.PixelSpacing, ds.NumberOfFrames = [m.number(x) for x in spacing], len(frames)
    ds.FrameIncrementPointer, ds.GridFrameOffsetVector = Tag("GridFrameOffsetVector"), [m.number(x) for x in offsets]
    ds.DoseGridScaling, ds.DoseUnits, ds.DoseType, ds.DoseSummationType = scaling, units, "PHYSICAL", "PLAN"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits, bits - 1, int(signed)
    code = ("<i" if signed else "<u") + str(bits // 8)
    ds.PixelData = b"".join(f["pixels"].astype(code).tobytes() for f in frames)
    for keyword, value in change.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    pydicom.dcmwrite(path, ds, write_like_original=False)
    return ds


def other(path, sop_class, modality="XA", **change):
    """A file of three frames of some class, with no geometry but what is given."""
    frames = m.stack(3)
    ds = m.plain(modality, sop_class, frames[0])
    ds.ImageType, ds.NumberOfFrames = ["ORIGINAL", "PRIMARY"], 3
    ds.PixelData = b"".join(f["pixels"].astype("<u2").tobytes() for f in frames)
    for keyword, value in change.items():
        setattr(ds, keyword, value)
    pydicom.dcmwrite(path, ds, write_like_original=False)


def check(path, volumes, *words):
    """dcm2vol makes these volumes of it, of stored values without a scale."""
    subprocess.run(["dcm2vol", path, "-o", "got.vol", *words], check=True)
    keys = m.check("got.vol", volumes)
    assert "rescale" not in keys, keys
    return keys
