"""Series as the scanners of several vendors write them: single images with attributes in private blocks, United Imaging's
grids; made with pydicom on top of multiframe.py, whose check() finds each image by its place."""
import subprocess
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

import multiframe as m

MR = "1.2.840.10008.5.1.4.1.1.4"
CT = "1.2.840.10008.5.1.4.1.1.2"


def image(path, frame, modality="MR", spacing=(0.75, 0.5), private=(), **change):
    """One image; private: ((group, low byte), block, owner, VR, value); a change of None takes the attribute out."""
    ds = m.plain(modality, MR if modality == "MR" else CT, frame)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    ds.ImagePositionPatient = [m.number(x) for x in frame["position"]]
    ds.ImageOrientationPatient = [m.number(x) for x in frame["orientation"]]
    ds.PixelSpacing, ds.RescaleSlope, ds.RescaleIntercept = [m.number(x) for x in spacing], frame["slope"], frame["intercept"]
    ds.PixelData = frame["pixels"].astype("<u2").tobytes()
    for keyword, value in change.items():
        if value is None:
            if keyword in ds:
                delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    owned(ds, private)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(path, ds, write_like_original=False)


def owned(ds, private):
    """Private attributes into a data set."""
    for (group, element), block, owner, vr, value in private:
        ds.add_new((group, block), "LO", owner)
        ds.add_new((group, block << 8 | element), vr, value)


def volumes(n, slices=4, **more):
    """n volumes at one place."""
    return [m.stack(slices, seed=10 + v, **more) for v in range(n)]


def ge(positions, block=0x10):
    """What GE says of the number of places."""
    return (((0x0021, 0x4f), block, "GEMS_RELA_01", "SS", positions),)


def dcm2vol(*words):
    """(exit status, stderr) of dcm2vol."""
    done = subprocess.run(["dcm2vol", *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, errors="replace")
    return done.returncode, done.stderr


def right(folder, want, *words):
    """The folder makes these volumes; the keys, and what was said."""
    status, said = dcm2vol(folder, "-o", "right.vol", *words)
    assert status == 0, said
    return m.check("right.vol", want), said


def refused(folder, reason, *words):
    """The folder is refused for this."""
    status, said = dcm2vol(folder, "-o", "none.vol", *words)
    assert status == 1 and said.rstrip().endswith(f"[{reason}]"), (status, said)
    return said


def grid(path, frames, **change):
    """A grid of United Imaging's: rows of ceil(sqrt(n)), as many as are needed."""
    rows, columns = frames[0]["pixels"].shape
    side = int(np.ceil(np.sqrt(len(frames))))
    down = int(np.ceil(len(frames) / side))
    whole = np.zeros((rows * down, columns * side), np.uint16)
    sequence = []
    for i, frame in enumerate(frames):
        top, left = i // side * rows, i % side * columns
        whole[top:top + rows, left:left + columns] = frame["pixels"]
        item = Dataset()
        item.ImagePositionPatient = [m.number(x) for x in frame["position"]]
        if "acquired" in frame:
            item.AcquisitionDateTime = frame["acquired"]
        sequence.append(item)
    private = (((0x0065, 0x50), 0x10, "Image Private Header", "DS", str(len(frames))),
               ((0x0065, 0x51), 0x10, "Image Private Header", "SQ", Sequence(sequence)))
    change = dict(dict(ImageType=["ORIGINAL", "PRIMARY", "M", "NONE", "VFRAME"], Manufacturer="UIH", SliceThickness="2",
                       SpacingBetweenSlices="2.5"), **change)
    image(path, dict(frames[0], pixels=whole), private=private, **change)
