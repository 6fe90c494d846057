"""A reader of MetaImage files written for this suite alone: attached or detached, raw or zlib, in ITK's sense of the fields."""
import zlib
from pathlib import Path

import numpy as np

from volume import Mismatch, Volume

TYPES = {"MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4", "MET_UINT": "u4",
         "MET_FLOAT": "f4", "MET_DOUBLE": "f8"}


def read(path):
    """A Volume.  Offset is the centre of the first voxel in LPS mm, TransformMatrix the direction of each axis in turn."""
    whole = Path(path).read_bytes()
    fields, at = {}, 0
    while "ElementDataFile" not in fields:
        end = whole.index(b"\n", at)
        name, _, value = whole[at:end].decode("latin-1").partition("=")
        fields[name.strip()], at = value.strip(), end + 1
    named = fields["ElementDataFile"]
    payload = whole[at:] if named == "LOCAL" else (Path(path).parent / named).read_bytes()
    if fields.get("CompressedData", "False") == "True":
        payload = zlib.decompress(payload)
    order = ">" if fields.get("BinaryDataByteOrderMSB", fields.get("ElementByteOrderMSB", "False")) == "True" else "<"
    sizes = numbers(fields["DimSize"]).astype(int)
    stored = np.frombuffer(payload, order + TYPES[fields["ElementType"]])
    if stored.size != sizes.prod():
        raise Mismatch(f"{Path(path).name} holds {stored.size} numbers, not {sizes.prod()}")
    affine = np.eye(4)
    matrix = numbers(fields.get("TransformMatrix", "1 0 0 0 1 0 0 0 1")).reshape(3, 3)
    affine[:3, :3] = matrix.T * numbers(fields["ElementSpacing"])
    affine[:3, 3] = numbers(fields.get("Offset") or fields.get("Position") or fields.get("Origin") or "0 0 0")
    return Volume(stored.reshape(sizes, order="F"), affine)


def numbers(text):
    """Blank-separated numbers."""
    return np.array([float(word) for word in text.split()])
