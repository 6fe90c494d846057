"""A reader of NRRD files written for this suite alone, so that the tools' own reading and writing can be judged by it."""
import bz2
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from volume import LPS_FROM_RAS, Mismatch, Volume

DTYPES = {name: code for code, names in {
    "i1": "signed char,int8,int8_t", "u1": "uchar,unsigned char,uint8,uint8_t",
    "i2": "short,short int,signed short,int16,int16_t", "u2": "ushort,unsigned short,uint16,uint16_t",
    "i4": "int,signed int,int32,int32_t", "u4": "uint,unsigned int,uint32,uint32_t",
    "i8": "longlong,int64,int64_t", "u8": "ulonglong,uint64,uint64_t", "f4": "float", "f8": "double",
}.items() for name in names.split(",")}

CANONICAL = ["type", "dimension", "space", "sizes", "space directions", "kinds", "endian", "encoding", "space units",
             "space origin"]


@dataclass
class Nrrd:
    """fields and keys in file order; data [first axis, ...]; header: its bytes, up to and with the blank line."""
    fields: dict
    keys: dict
    data: np.ndarray
    header: bytes
    length: int

    def spatial(self):
        """The axes that have a direction in space, by number."""
        directions = vectors(self.fields.get("space directions", ""))
        return [axis for axis, vector in enumerate(directions) if vector is not None]

    def volume(self):
        """As a Volume in LPS; a colour axis moves to the end.  Mismatch when the file does not say where it lies."""
        directions = [v for v in vectors(self.fields.get("space directions", "")) if v is not None]
        if len(directions) != 3:
            raise Mismatch("nrrd without three space directions")
        affine = np.eye(4)
        affine[:3, :3] = np.array(directions).T
        origin = vectors(self.fields.get("space origin", ""))
        affine[:3, 3] = origin[0] if origin else 0
        if self.fields.get("space", "").lower() in ("right-anterior-superior", "ras"):
            affine = LPS_FROM_RAS @ affine
        spatial = self.spatial()
        order = spatial + list(range(spatial[-1] + 1, self.data.ndim)) + list(range(spatial[0]))  # list, colour
        slope, intercept = self.rescale()
        return Volume(self.data.transpose(order), affine, slope, intercept)

    def rescale(self):
        """The slope and intercept that `vol.rescale` gives, as numbers or one array each with a value a slice."""
        numbers = [float(word) for word in self.keys.get("vol.rescale", "1 0").split()]
        if len(numbers) == 2:
            return numbers[0], numbers[1]
        return np.array(numbers[0::2]), np.array(numbers[1::2])


def vectors(text):
    """`(1,0,0) none (0,1,0)` as a list of float arrays and Nones."""
    return [None if word == "none" else np.array([float(n) for n in word[1:-1].split(",")])
            for word in re.findall(r"none|\([^)]*\)", text)]


def parse_header(text):
    """(fields, keys) of the header text, in the order of the file."""
    fields, keys = {}, {}
    for line in text.splitlines()[1:]:
        if line.startswith("#") or not line.strip():
            continue
        name, mark, value = re.match(r"([^:]*)(:=|: ?)(.*)", line).groups()
        (keys if mark == ":=" else fields)[name if mark == ":=" else name.lower()] = value.strip() if mark != ":=" else value
    return fields, keys


def skip_lines(payload, count):
    """What is left of the data after `count` lines."""
    for _ in range(count):
        payload = payload[payload.index(b"\n") + 1:]
    return payload


def decode(payload, encoding, dtype, count, byte_skip):
    """The voxels of one data file as a flat array."""
    encoding = encoding.lower()
    if encoding in ("ascii", "text", "txt"):
        return np.array(payload.split()[:count], float).astype(dtype)
    if encoding in ("gzip", "gz"):
        payload = zlib.decompressobj(47).decompress(payload)
    elif encoding in ("bzip2", "bz2"):
        payload = bz2.decompress(payload)
    elif encoding != "raw":
        raise Mismatch(f"reader does not know the encoding {encoding}")
    size = count * np.dtype(dtype).itemsize
    start = len(payload) - size if byte_skip == -1 else byte_skip
    return np.frombuffer(payload, dtype, count, start)


def data_files(path, named):
    """The data files that a header names: one, or a `NAME.%d FIRST LAST STEP` pattern."""
    words = named.split()
    if "%" not in words[0]:
        return [path.parent / named]
    first, last, step = (int(word) for word in words[1:4])
    return [path.parent / (words[0] % number) for number in range(first, last + 1, step)]


def read(path):
    """Read an attached or detached NRRD file."""
    path = Path(path)
    whole = path.read_bytes()
    end = re.search(rb"\r?\n\r?\n", whole)
    if not whole.startswith(b"NRRD"):
        raise Mismatch(f"not a NRRD file ({len(whole)} bytes)")
    header = whole[:end.end()] if end else whole
    fields, keys = parse_header(header.decode("utf-8"))
    sizes = [int(word) for word in fields["sizes"].split()]
    order = ">" if fields.get("endian", "little") == "big" else "<"
    dtype = np.dtype(order + DTYPES[fields["type"]])
    named = fields.get("data file") or fields.get("datafile")
    payloads = [f.read_bytes() for f in data_files(path, named)] if named else [whole[len(header):]]
    parts = [decode(skip_lines(payload, int(fields.get("line skip", 0))), fields["encoding"], dtype,
                    int(np.prod(sizes)) // len(payloads), int(fields.get("byte skip", 0))) for payload in payloads]
    data = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return Nrrd(fields, keys, data.reshape(sizes, order="F"), header, len(whole))


def read_stream(path):
    """Read a vol stream and hold it to vol-stream.md: canonical fields, first voxel at 4096 n, exact length."""
    nrrd = read(path)
    if not nrrd.header.startswith(b"NRRD0005\n# volpipe vol stream 1\n"):
        raise Mismatch("stream does not start with the two canonical lines")
    wanted = [name for name in CANONICAL if name in nrrd.fields]
    if list(nrrd.fields) != wanted or set(CANONICAL) - set(wanted) - {"endian"}:
        raise Mismatch(f"stream fields are {list(nrrd.fields)}")
    fixed = {"space": "left-posterior-superior", "encoding": "raw", "space units": '"mm" "mm" "mm"'}
    for name, value in fixed.items():
        if nrrd.fields[name] != value:
            raise Mismatch(f"stream says {name}: {nrrd.fields[name]}")
    if len(nrrd.header) % 4096:
        raise Mismatch(f"first voxel at byte {len(nrrd.header)}, no multiple of 4096")
    if nrrd.length != len(nrrd.header) + nrrd.data.nbytes:
        raise Mismatch(f"stream is {nrrd.length} bytes, its header promises {len(nrrd.header) + nrrd.data.nbytes}")
    return nrrd
