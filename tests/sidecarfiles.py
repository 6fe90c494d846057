"""Series with what a sidecar is made of, on top of multiframe.py, and what dcm2vol --json says of them."""
import gzip
import json
import struct
import subprocess
from pathlib import Path

import numpy as np
import pydicom

import multiframe as m
import volfile

SAGITTAL = (0, 1, 0, 0, 0, -1)
CORONAL = (1, 0, 0, 0, 0, -1)
SIEMENS = {0x0029: "SIEMENS CSA HEADER", 0x0019: "SIEMENS MR HEADER"}
GE = {0x0019: "GEMS_ACQU_01", 0x0025: "GEMS_SERS_01", 0x0043: "GEMS_PARM_01"}


def private(owners, **values):
    """{tag: (VR, value)} of private attributes in block 10: private(GE, x0043102c=("SS", 700))."""
    tags = {(group, 0x0010): ("LO", owners[group]) for group in {int(name[1:5], 16) for name in values}}
    return tags | {(int(name[1:5], 16), int(name[5:], 16)): value for name, value in values.items()}


def series(folder, frames, tags=(), **values):
    """A file a frame; a value or tag may be a list with one for each frame; None removes."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for old in Path(folder).iterdir():
        old.unlink()
    m.singles(folder, frames)
    for i, path in enumerate(sorted(Path(folder).iterdir())):
        ds = pydicom.dcmread(path)
        for keyword, value in values.items():
            value = value[i] if isinstance(value, list) and len(value) == len(frames) and keyword not in LISTS else value
            if value is None:
                if keyword in ds:
                    delattr(ds, keyword)
            else:
                setattr(ds, keyword, value)
        for tag, (vr, value) in dict(tags).items():
            ds.add_new(tag, vr, value[i] if isinstance(value, list) and len(value) == len(frames) else value)
        pydicom.dcmwrite(path, ds, write_like_original=False)


LISTS = ("ImageType", "AcquisitionMatrix", "ScanOptions")


def sidecar(*words, volume="s.vol"):
    """The object that dcm2vol writes for these words."""
    subprocess.run(["dcm2vol", "-q", *map(str, words), "-o", volume, "--json", "s.json"], check=True)
    return json.loads(Path("s.json").read_text())


def places(volume="s.vol"):
    """LPS place of the first voxel of each slice; and the unit vectors along i and j."""
    data, affine, _ = volfile.read(volume)
    lps = volfile.LPS_FROM_RAS @ affine
    unit = [lps[:3, k] / np.linalg.norm(lps[:3, k]) for k in (0, 1)]
    return [(lps @ (0, 0, k, 1))[:3] for k in range(data.shape[2])], unit


def times_of(frames, times, volume="s.vol"):
    """The times in the order of the volume's slices."""
    found = []
    for place in places(volume)[0]:
        found += [t for f, t in zip(frames, times) if np.linalg.norm(f["position"] - place) < 1e-3]
    assert len(found) == len(frames)
    return found


def close(got, want):
    assert got is not None and np.allclose(got, want, rtol=0, atol=1e-6), (got, want)


def protocol(**lines):
    """A series header with the protocol's lines; a dot in a name is written __."""
    text = "".join(f"{name.replace('__', '.')}\t = \t{value}\n" for name, value in lines.items())
    return m.csa(2, [("MrProtocolVersion", ["21710006"])]) + f"### ASCCONV BEGIN ###\n{text}### ASCCONV END ###".encode()


def siemens(positive=1, bandwidth=20.0, times=(), normal=None, lines=None):
    """Private attributes of a Siemens image."""
    values = [("EchoLinePosition", ["32"]), ("PhaseEncodingDirectionPositive", [str(positive)] if positive is not None else [])]
    if times:
        values.append(("MosaicRefAcqTimes", ["%.8f" % t for t in times]))
    tags = private(SIEMENS, x00291010=("OB", m.csa(2, values)), x00191018=("IS", "2900"))
    if bandwidth:
        tags |= private(SIEMENS, x00191028=("FD", bandwidth))
    if lines:
        tags[0x0029, 0x1020] = ("OB", protocol(**lines))
    return tags


def ge_data(version=26.002, flipped=False, reversed_=False, epi=True):
    """User-defined data (0043,102A): the scan's header at 3232."""
    at, shift, order = 3232, 0x4c if version >= 25.002 else 0, 0x308 if version >= 25.002 else 0x394
    data = bytearray(7336)
    struct.pack_into("<H", data, 24, at)
    struct.pack_into("<f", data, at, version)
    struct.pack_into("<H", data, at + shift + 0x3a, 0x800 if epi else 0)
    struct.pack_into("<H", data, at + shift + 0x30, 4 if flipped else 0)
    struct.pack_into("<H", data, at + shift + order, 2 if reversed_ else 0)
    return bytes(data)


def ge_protocol(**lines):
    """Protocol data block (0025,101B)."""
    packed = gzip.compress("".join(f'{name} "{value}"\n' for name, value in lines.items()).encode())
    return struct.pack("<I", len(packed)) + packed + b"\0" * (len(packed) % 2)
