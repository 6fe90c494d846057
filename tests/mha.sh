#!/bin/sh
# mha2vol, vol2mha: against a reader and writer of this test's own, made from MetaIO's documentation, and ITK's (plastimatch);
# there and back, and files that lie.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy
# KiB of address space for what must not take much; sanitizers need more for themselves
LIMIT=200000
[ -z "$SANITIZED" ] || LIMIT=unlimited
export LIMIT

cat >mha.py <<'EOF'
"""MetaImage by hand."""
import os, zlib
import numpy as np, volfile as v

MET = {"u1": "UCHAR", "i1": "CHAR", "u2": "USHORT", "i2": "SHORT", "u4": "UINT", "i4": "INT", "f4": "FLOAT", "f8": "DOUBLE",
       "i8": "LONG_LONG", "u8": "ULONG_LONG"}
KINDS = ("plain", "axial", "coronal", "oblique", "sheared", "left-handed", "nearly-axial")
ORDER = ("ObjectType NDims BinaryData BinaryDataByteOrderMSB CompressedData CompressedDataSize HeaderSize TransformMatrix Offset "
         "ElementSpacing DimSize ElementNumberOfChannels ElementType").split()


def words(array):
    return " ".join(repr(float(x)) for x in np.ravel(array))


def fields(data, affine=np.eye(4), colour=False):
    """Those of a plain file; colour: the last axis is of channels."""
    lps, dims = v.LPS_FROM_RAS @ affine, data.ndim - colour
    spacing, matrix, offset = np.ones(dims), np.eye(dims), np.zeros(dims)
    spacing[:3] = np.linalg.norm(lps[:3, :3], axis=0)[:dims]
    matrix[:3, :3] = (lps[:3, :3] / np.linalg.norm(lps[:3, :3], axis=0)).T[:dims, :dims]
    offset[:3] = lps[:3, 3][:dims]
    made = {"ObjectType": "Image", "NDims": dims, "BinaryData": True, "BinaryDataByteOrderMSB": False, "TransformMatrix": words(matrix),
            "Offset": words(offset), "ElementSpacing": words(spacing), "DimSize": " ".join(map(str, data.shape[:dims])),
            "ElementType": "MET_" + MET[data.dtype.str[1:]]}
    if colour:
        made["ElementNumberOfChannels"] = data.shape[-1]
    return made


def header(made, data_file="LOCAL"):
    names = [n for n in ORDER if n in made] + [n for n in made if n not in ORDER]
    return "".join(f"{n} = {made[n]}\n" for n in names if made[n] is not None).encode() + b"ElementDataFile = " + str(data_file).encode() + b"\n"


def stored(data, colour=False, big=False):
    """The numbers as they lie in a file: channels, then x fastest."""
    if colour:
        data = np.moveaxis(data, -1, 0)
    return np.ascontiguousarray(data.T, data.dtype.newbyteorder(">" if big else "<")).tobytes()


def make(path, data, affine=np.eye(4), colour=False, big=False, **more):
    made = fields(data, affine, colour)
    made["BinaryDataByteOrderMSB"] = big
    made.update(more)
    with open(path, "wb") as f:
        f.write(header(made) + stored(data, colour, big))


def parse(path):
    """(data, affine, fields) of what vol2mha wrote."""
    whole, made, at = open(path, "rb").read(), {}, 0
    while "ElementDataFile" not in made:
        end = whole.index(b"\n", at)
        name, value = whole[at:end].decode().split("=", 1)
        assert name.strip() not in made, name
        made[name.strip()], at = value.strip(), end + 1
    if made["ElementDataFile"] == "LOCAL":
        rest = whole[at:]
    else:
        assert at == len(whole)
        rest = open(os.path.join(os.path.dirname(path), made["ElementDataFile"]), "rb").read()
    if made["CompressedData"] == "True":
        assert int(made["CompressedDataSize"]) == len(rest)
        rest = zlib.decompress(rest)
    assert made["BinaryData"] == "True" and made["BinaryDataByteOrderMSB"] == "False"
    n, sizes = int(made["NDims"]), [int(x) for x in made["DimSize"].split()]
    channels = int(made.get("ElementNumberOfChannels", 1))
    code = next(c for c, name in MET.items() if "MET_" + name == made["ElementType"])
    data = np.frombuffer(rest, "<" + code).reshape([channels, *sizes][::-1]).T
    data = data[0] if channels == 1 else np.moveaxis(data, 0, -1)
    spacing, offset = (np.array([float(x) for x in made[f].split()]) for f in ("ElementSpacing", "Offset"))
    rows = np.array([float(x) for x in made["TransformMatrix"].split()]).reshape(n, n)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    lps = np.eye(4)
    lps[:3, :3], lps[:3, 3] = (rows[:3, :3] * spacing[:3, None]).T, offset[:3]
    if n == 4:
        assert spacing[3] == 1 and offset[3] == 0 and not rows[3, :3].any() and not rows[:3, 3].any()
    return data, v.LPS_FROM_RAS @ lps, made


def read(*words, **more):
    status, out, said = v.tool("mha2vol", *words, **more)
    assert status == 0, f"{words}: exit {status}: {said}"
    open("read.vol", "wb").write(out)
    return v.read("read.vol") + (said,)
EOF

py "every type, orientation and shape, both byte orders, compressed and not" <<'EOF'
import zlib
import numpy as np, volfile as v
from mha import KINDS, fields, header, make, read, stored
for i, name in enumerate(v.TYPES):
    for kind in KINDS if name == "int16" else [KINDS[i % len(KINDS)]]:
        for shape in ((11, 7, 5), (4, 3, 2, 3), (1, 7, 5), (1, 1, 1)):
            data, where = v.numbers(v.TYPES[name], shape), v.affine(kind)
            make("a.mha", data, where)
            make("b.mha", data, where, big=True)
            for size in (True, False):
                packed = zlib.compress(stored(data))
                made = dict(fields(data, where), CompressedData=True, CompressedDataSize=len(packed) if size else None)
                open("cd"[size] + ".mha", "wb").write(header(made) + packed)
                open("e.mhd", "wb").write(header(made, "e.zraw"))
                open("e.zraw", "wb").write(packed)
            open("f.mhd", "wb").write(header(fields(data, where), "f.raw"))
            open("f.raw", "wb").write(stored(data))
            for file in ("a.mha", "b.mha", "c.mha", "d.mha", "e.mhd", "f.mhd"):
                got, at, keys, said = read(file)
                case = f"{name} {kind} {shape} {file}"
                assert got.dtype == data.dtype and np.array_equal(got, data) and not said, (case, said)
                assert v.corner_distance(at, where, shape) < 1e-9, case
                assert "unit" not in keys and "rescale" not in keys, keys
            assert np.array_equal(read(stdin="b.mha")[0], data) and np.array_equal(read("-", stdin="c.mha")[0], data)
EOF

py "what we write: the same" <<'EOF'
import numpy as np, volfile as v
from mha import KINDS, parse
for i, name in enumerate(v.TYPES):
    for kind in KINDS if name == "int16" else [KINDS[i % len(KINDS)]]:
        for shape in ((11, 7, 5), (4, 3, 2, 3), (1, 7, 5), (1, 1, 1), (300, 210, 3)):
            data, where = v.numbers(v.TYPES[name], shape), v.affine(kind)
            v.write("a.vol", data, where)
            for level in (0, 1, 6):
                for file in ("a.mha", "a.mhd"):
                    v.run("vol2mha", "-z", level, "a.vol", "-o", file)
                    got, at, made = parse(file)
                    case = f"{name} {kind} {shape} {level} {file}"
                    assert got.dtype == data.dtype and np.array_equal(got, data), case
                    assert v.corner_distance(at, where, shape) < 1e-9, case
                    assert made["CompressedData"] == str(level > 0) and made["ElementDataFile"] == (
                        "LOCAL" if file == "a.mha" else "a.zraw" if level else "a.raw")
            v.run("vol2mha", "a.vol", "-o", "a.mha")
            assert v.run("vol2mha", stdin="a.vol") == open("a.mha", "rb").read()
EOF

if have plastimatch && "$PYTHON" -W ignore -c 'import nibabel' 2>/dev/null; then
	py "what we write, ITK reads" <<'EOF'
import nibabel, numpy as np, volfile as v
for i, name in enumerate(n for n in v.TYPES if n != "int8"):  # which plastimatch does not take
    kinds = ("plain", "axial", "coronal", "oblique", "left-handed")
    for kind in kinds if name == "int16" else [kinds[i % 5]]:
        for shape in ((11, 7, 5), (64, 70, 9), (2, 7, 5)):
            data, where = v.numbers(v.TYPES[name], shape), v.affine(kind)
            v.write("a.vol", data, where)
            for level in (0, 2, 6):
                for file in ("a.mha", "a.mhd"):
                    v.run("vol2mha", "-z", level, "a.vol", "-o", file)
                    status, out, said = v.tool("plastimatch", "convert", "--input", file, "--output-img", "a.nii")
                    image, case = nibabel.load("a.nii"), f"{name} {kind} {shape} {level} {file}"
                    assert status == 0 and np.array_equal(image.dataobj, data), (case, said)
                    assert v.corner_distance(image.affine, where, shape) < 1e-3, case
EOF
	py "what ITK writes, we read" <<'EOF'
import numpy as np, volfile as v
from mha import read
for i, name in enumerate(n for n in v.TYPES if n != "int8"):  # which plastimatch does not take
    kinds = ("plain", "axial", "coronal", "oblique", "left-handed")
    for kind in kinds if name == "int16" else [kinds[i % 5]]:
        data, where = v.numbers(v.TYPES[name], (11, 7, 5)), v.affine(kind)
        v.write("a.vol", data, where)
        v.run("vol2nrrd", "a.vol", "-o", "a.nrrd")
        for file in ("b.mha", "b.mhd"):
            assert v.tool("plastimatch", "convert", "--input", "a.nrrd", "--output-img", file)[0] == 0
            got, at, _, said = read(file)
            assert got.dtype == data.dtype and np.array_equal(got, data) and not said, (name, kind, file, said)
            assert v.corner_distance(at, where, data.shape) < 1e-6, (name, kind, file)
EOF
else
	skip "ITK" "plastimatch or nibabel is not installed"
fi

py "colour and vectors, there and back" <<'EOF'
import numpy as np, volfile as v
from mha import make, parse, read
for n in (3, 4):
    for shape in ((5, 4, 3, n), (5, 4, 3, 2, n)):
        data = v.numbers("u1", shape)
        make("a.mha", data, v.affine("oblique"), colour=True)
        got, at, _, said = read("a.mha")
        assert np.array_equal(got, data) and not said and v.corner_distance(at, v.affine("oblique"), shape) < 1e-9
        v.write("b.vol", data, v.affine("oblique"), colour=True)
        v.run("vol2mha", "-z", 1, "b.vol", "-o", "b.mha")
        assert np.array_equal(parse("b.mha")[0], data) and np.array_equal(read("b.mha")[0], data)
for code in ("u1", "i2", "f4", "f8"):
    for n in (2, 3, 7):
        if code == "u1" and n == 3:
            continue
        for big in (False, True):
            data = v.numbers(code, (5, 4, 3, n))
            make("a.mha", data, v.affine("axial"), colour=True, big=big)
            got, at, _, said = read("a.mha")
            assert np.array_equal(got, data) and got.dtype == data.dtype and not said, (code, n)
            make("a.mha", data, colour=True, big=big, ElementType="MET_%s_ARRAY" % {"u1": "UCHAR", "i2": "SHORT", "f4": "FLOAT", "f8": "DOUBLE"}[code])
            assert np.array_equal(read(stdin="a.mha")[0], data)
# more than a slab of each
data = v.numbers("f4", (300, 200, 5, 3))
make("a.mha", data, colour=True)
assert np.array_equal(read("a.mha")[0], data)
EOF

py "integers of 64 bits, of 32 by other names" <<'EOF'
import numpy as np, volfile as v
from mha import make, read
for big in (False, True):
    for shape in ((5, 4, 3), (5, 4, 3, 2)):
        for lo, hi, code, want in ((-2**31, 2**31, "i8", "i4"), (0, 2**32, "i8", "u4"), (-2**33, 2**33, "i8", "f8"), (0, 2**32, "u8", "u4"), (0, 2**53, "u8", "f8")):
            data = np.random.default_rng(1).integers(lo, hi, shape).astype(code)
            data[0, 0, 0] = lo
            data[1, 1, 1] = hi - 1
            make("a.mha", data, v.affine("oblique"), big=big)
            got = read("a.mha")[0]
            assert got.dtype == np.dtype(want) and np.array_equal(got, data), (lo, hi, code)
data[0, 0, 0] = 2**60 + 1
make("a.mha", data)
status, out, said = v.tool("mha2vol", "a.mha")
assert status == 1 and not out and "1152921504606846977" in said, said
for name, code in (("LONG", "i4"), ("ULONG", "u4"), ("ASCII_CHAR", "i1")):
    data = v.numbers(code, (5, 4, 3))
    make("a.mha", data, ElementType="MET_" + name)
    assert np.array_equal(read("a.mha")[0], data) and read("a.mha")[0].dtype == data.dtype
EOF

py "numbers as text" <<'EOF'
import numpy as np, volfile as v
from mha import fields, header, read
for name in v.TYPES:
    for shape in ((5, 4, 3), (60, 50, 9, 2)):
        data = v.numbers(v.TYPES[name], shape)
        text = [repr(float(x)) if data.dtype.kind == "f" else str(x) for x in data.ravel("F")]
        for gap, end in ((" ", ""), ("\n", "\n"), ("  \r\n", " \r\n\n")):
            open("a.mha", "wb").write(header(dict(fields(data), BinaryData=False)) + (gap.join(text) + end).encode())
            got, _, _, said = read("a.mha")
            assert np.array_equal(got, data) and got.dtype == data.dtype and not said, (name, shape, said)
            open("a.mhd", "wb").write(header(dict(fields(data), BinaryData="F", BinaryDataByteOrderMSB="T"), "a.txt"))
            open("a.txt", "w").write(gap.join(text) + end)
            assert np.array_equal(read("a.mhd")[0], data)
data = np.zeros((2, 2, 2), "u1")
for bad, said in (("1 2 3 4 5 6 7 256", "a voxel is 256, and MET_UCHAR"), ("1 2 3 4 5 6 7 -1", "a voxel is -1"), ("1 2 3 4 5 6 7 1.5", "a voxel is 1.5"),
                  ("1 2 3 4 5 6 7 x", "'x' stands among"), ("1 2 3 4 5 6 7", "ends"), ("1 " * 7 + "1" * 200, "stands among"), ("1 " * 7 + "nan", "a voxel is nan")):
    open("a.mha", "wb").write(header(dict(fields(data), BinaryData=False)) + bad.encode())
    status, out, err = v.tool("mha2vol", "a.mha", "-o", "x.vol")
    assert status == 1 and err.count("\n") == 1 and said in err, (bad, err)
EOF

py "voxels in several files" <<'EOF'
import os, zlib
import numpy as np, volfile as v
from mha import fields, header, read, stored
os.makedirs("many/below", exist_ok=True)
data, where = v.numbers("i2", (5, 4, 6)), v.affine("oblique")
def slices(names, pack=False, extra=b"", data=data):
    for i, name in enumerate(names):
        part = stored(data[..., i])
        open("many/" + name, "wb").write(extra + (zlib.compress(part) if pack else part))
def check(data_file, rest="", **more):
    open("many/a.mhd", "wb").write(header(dict(fields(data, where), **more), data_file) + rest.encode())
    for file in ("many/a.mhd", os.path.abspath("many/a.mhd")):
        got, at, _, said = read(file)
        assert np.array_equal(got, data) and not said and v.corner_distance(at, where, data.shape) < 1e-9, (data_file, said)
slices([f"s{i:03d}.raw" for i in range(1, 7)])
for numbers in ("", " 1", " 1 6", " 1 6 1"):
    check("s%03d.raw" + numbers)
slices([f"t{i}.raw" for i in range(10, 22, 2)])
for numbers in ("10 20 2", "10 20", "10 21 2"):
    check("t%d.raw " + numbers)
slices([f"u {i:2d}.raw" for i in range(6, 0, -1)])
check("u %2d.raw 6 1 -1")
names = ["below/x.raw", "y.raw", "name with blanks.raw", "z", "%d", "LOCAL"]
slices(names)
check("LIST", "\n".join(names))
check("LIST 2", "\r\n".join(names) + "\r\n\n")
check("LIST 2D", "\n" + "\n\n".join("  " + n for n in names) + "\n")
slices(names, pack=True)
check("LIST", "\n".join(names), CompressedData=True)
slices(names, extra=b"x" * 17)
check("LIST", "\n".join(names), HeaderSize=17)
check("LIST", "\n".join(names), HeaderSize=-1)
open("many/v.raw", "wb").write(stored(data))
check("LIST 3", "v.raw\n")
check("v.raw")
# three dimensions a file, and two, of four
data = v.numbers("u2", (5, 4, 3, 2))
for i in range(2):
    open(f"many/e{i}", "wb").write(stored(data[..., i]))
    for k in range(3):
        open(f"many/e{i}{k}", "wb").write(stored(data[:, :, k, i]))
check("LIST", "e0\ne1\n")
check("e%d 0 1 1")
check("LIST 2", "\n".join(f"e{i}{k}" for i in range(2) for k in range(3)))
# a short one, a long one, one that is not there
open("many/e1", "ab").write(b"more")
status, _, said = v.tool("mha2vol", "many/a.mhd", "-o", "x.vol")
assert status == 0 and not said
open("many/a.mhd", "wb").write(header(fields(data, where), "LIST") + b"e0\ne1\n")
status, _, said = v.tool("mha2vol", "many/a.mhd", "-o", "x.vol")
assert status == 0 and said.count("\n") == 1 and "4 bytes after the last voxel are left out" in said, said
open("many/e0", "r+b").truncate(100)
status, _, said = v.tool("mha2vol", "many/a.mhd", "-o", "x2.vol")
assert status == 1 and "many/e0: ends after 100 of its 120 bytes" in said and not os.path.exists("x2.vol"), said
os.remove("many/e1")
open("many/e0", "ab").write(bytes(20))
status, _, said = v.tool("mha2vol", "many/a.mhd", "-o", "x2.vol")
assert status == 1 and "'e1' cannot be opened" in said and not os.path.exists("x2.vol"), said
EOF

py "a header stays in its folder" <<'EOF'
import os
import numpy as np, volfile as v
from mha import fields, header, stored
os.makedirs("folder/in", exist_ok=True)
data = v.numbers("i2", (5, 4, 2))
open("outside.raw", "wb").write(stored(data))
if not os.path.islink("folder/in/link.raw"):
    os.symlink("../../outside.raw", "folder/in/link.raw")
for name in ("../outside.raw", os.path.abspath("outside.raw"), "in/link.raw", "in/../../outside.raw", "../outside%d.raw 1 2 1"):
    open("folder/a.mhd", "wb").write(header(fields(data), name))
    status, out, said = v.tool("mha2vol", "folder/a.mhd")
    assert status == 1 and not out and "lies outside its folder" in said, (name, said)
for start, names in (("LIST", "../outside.raw\nin/x"), ("LIST 3", os.path.abspath("outside.raw"))):
    open("folder/a.mhd", "wb").write(header(fields(data), start) + names.encode())
    status, out, said = v.tool("mha2vol", "folder/a.mhd")
    assert status == 1 and not out and "lies outside its folder" in said, said
status, out, said = v.tool("mha2vol", stdin="folder/a.mhd")
assert status == 1 and not out and "give the header as a file" in said, said
EOF

py "other names of the place, other headers" <<'EOF'
import gzip
import numpy as np, volfile as v
from mha import fields, header, make, read, stored
data, where = v.numbers("i2", (5, 4, 3)), v.affine("oblique")
plain = fields(data, where)
def check(warned=None, want=where, tail=None, **changes):
    """Fields without their value go."""
    made = {n: x for n, x in {**plain, **changes}.items() if x is not None}
    open("a.mha", "wb").write(header(made) + (stored(data) if tail is None else tail))
    got, at, keys, said = read("a.mha")
    assert np.array_equal(got, data) and v.corner_distance(at, want, data.shape) < 1e-9, changes
    assert (not said) if warned is None else (warned in said and said.count("\n") == 1), said
    return keys
for name in ("Rotation", "Orientation"):
    check(TransformMatrix=None, **{name: plain["TransformMatrix"]})
    check(**{name: "0 1 0 1 0 0 0 0 1"})
for name in ("Position", "Origin", "ImagePosition"):
    check(Offset=None, **{name: plain["Offset"]})
check(Position="1 2 3")
check(ElementSpacing=None, ElementSize=plain["ElementSpacing"])
check(ElementSize="9 9 9")
ras = np.diag([-1.0, -1, 1, 1])
check("spacing is not stated", want=where @ np.diag([1 / 0.7, 1 / 0.8, 1 / 2.5, 1]), ElementSpacing=None)
moved = where.copy()
moved[:3, 3] = 0
check("Offset is not stated", want=moved, Offset=None)
# there are programs that write RAI whatever the matrix
check("AnatomicalOrientation is RAI, but TransformMatrix says LPI", AnatomicalOrientation="RAI")
check(AnatomicalOrientation="LPI")
check(AnatomicalOrientation="???")
check("CenterOfRotation is not 0", CenterOfRotation="1 0 0")
flip = where.copy()
flip[:, 1] *= -1
spacing = [float(x) for x in plain["ElementSpacing"].split()]
check(want=flip, ElementSpacing=f"{spacing[0]!r} {-spacing[1]!r} {spacing[2]!r}")
ten = where.copy()
ten[:3] *= 10
check("DistanceUnits is cm", want=ten, DistanceUnits="cm")
check(DistanceUnits="mm")
# bytes
swapped = stored(data, big=True)
check(tail=swapped, BinaryDataByteOrderMSB=None, ElementByteOrderMSB=True)
check(tail=swapped, BinaryDataByteOrderMSB="T", ElementByteOrderMSB="F")
check(BinaryData=None, BinaryDataByteOrderMSB=None, ObjectType=None)
check(tail=b"junk" + stored(data), HeaderSize=-1)
head = header({**plain, "HeaderSize": 600})
check(tail=bytes(600 - len(head)) + stored(data), HeaderSize=600)
check("7 bytes after the last voxel", tail=stored(data) + b"1234567")
check(Comment="made = by hand", Name="x", ElementMin="1", Whatever="= : =")
keys = check(Modality="MET_MOD_MR", ElementToIntensityFunctionSlope="2", ElementToIntensityFunctionOffset="-1024")
assert keys["modality"] == "MR" and keys["unit"] == "stored" and keys["rescale"].split() == ["2", "-1024"], keys
assert "rescale" not in check(ElementToIntensityFunctionSlope="1", ElementToIntensityFunctionOffset="0")
# lines as others write them
text = header(plain)
for other in (text.replace(b"\n", b"\r\n"), text.replace(b" = ", b":"), text.replace(b" = ", b"="), b"\n\n  " + text, text.replace(b" = ", b"\t=  ")):
    open("a.mha", "wb").write(other + stored(data))
    assert np.array_equal(read("a.mha")[0], data), other
open("a.mha.gz", "wb").write(gzip.compress(text + stored(data)))
assert np.array_equal(read("a.mha.gz")[0], data) and np.array_equal(read(stdin="a.mha.gz")[0], data)
open("a.mhd", "wb").write(header(plain, "a.raw")[:-1])
open("a.raw", "wb").write(stored(data))
assert np.array_equal(read("a.mhd")[0], data)
open("a.mhd", "wb").write(header(dict(plain, CompressedData=True), "a.raw.gz"))
open("a.raw.gz", "wb").write(gzip.compress(stored(data)))
assert np.array_equal(read("a.mhd")[0], data)
# one slice
flat = data[:, :, 0]
made = {**plain, "NDims": 2, "DimSize": "5 4", "TransformMatrix": "0 1 1 0", "Offset": "7 8", "ElementSpacing": "2 3"}
open("a.mha", "wb").write(header(made) + stored(flat))
got, at, _, said = read("a.mha")
assert np.array_equal(got[:, :, 0], flat) and "taken as one slice" in said and said.count("\n") == 1
assert np.allclose(v.LPS_FROM_RAS @ at, [[0, 3, 0, 7], [2, 0, 0, 8], [0, 0, 1, 0], [0, 0, 0, 1]])
# many lines, one of them long
open("a.mha", "wb").write(header({**{f"Field{i}": "x" * 100 for i in range(400)}, "Long": "y" * 50000, **plain}) + stored(data))
assert np.array_equal(read("a.mha")[0], data)
EOF

py "keys that MetaImage holds" <<'EOF'
import numpy as np, volfile as v
from mha import parse, read
data = v.numbers("i2", (5, 4, 3))
v.write("a.vol", data, v.affine("axial"), {"unit": "stored", "rescale": "0.5 -1024", "modality": "CT"})
status, out, said = v.tool("vol2mha", "a.vol", "-o", "a.mha", "--verify")
assert status == 0 and "few programs look at" in said and "verified: 60 voxels are the same" in said, said
made = parse("a.mha")[2]
assert made["Modality"] == "MET_MOD_CT" and made["ElementToIntensityFunctionSlope"] == "0.5" and made["ElementToIntensityFunctionOffset"] == "-1024"
keys = read("a.mha")[2]
assert keys["unit"] == "stored" and keys["rescale"] == "0.5 -1024" and keys["modality"] == "CT", keys
v.write("a.vol", data, v.affine("axial"), {"unit": "stored", "rescale": "1 0 1 0 1 0"})
v.run("vol2mha", "a.vol", "-o", "a.mha")
assert "ElementToIntensityFunctionSlope" not in parse("a.mha")[2]
v.write("a.vol", data, v.affine("axial"), {"unit": "stored", "rescale": "1 0 2 0 1 0"})
status, _, said = v.tool("vol2mha", "a.vol", "-o", "no.mha")
assert status == 1 and "run volhu first" in said, said
EOF

py "written whole or not at all" <<'EOF'
import os
import numpy as np, volfile as v
v.write("a.vol", v.numbers("i2", (50, 40, 30)), v.affine("axial"))
for file, beside in (("no.mha", "no.raw"), ("no.mhd", "no.raw"), ("no.mhd", "no.zraw")):
    open("cut.vol", "wb").write(open("a.vol", "rb").read()[:-1])
    status, _, said = v.tool("vol2mha", "-z", int(beside == "no.zraw"), "cut.vol", "-o", file)
    assert status == 1 and said.count("\n") == 1 and not os.path.exists(file) and not os.path.exists(beside), said
v.run("vol2mha", "a.vol", "-o", "old.mhd")
before = open("old.raw", "rb").read()
for words in (("cut.vol",), ("--no-clobber", "a.vol")):
    assert v.tool("vol2mha", *words, "-o", "old.mhd")[0] == 1 and open("old.raw", "rb").read() == before
for level in (1, 3):
    made = set()
    for threads in (1, 2, 5):
        v.run("vol2mha", "-z", level, "--threads", threads, "a.vol", "-o", "t.mha")
        made.add(open("t.mha", "rb").read())
    assert len(made) == 1
for words in (("-z", 2), ("--best",), ()):
    for file in ("t.mha", "t.mhd"):
        status, _, said = v.tool("vol2mha", "--verify", *words, "a.vol", "-o", file)
        assert status == 0 and "verified: 60000 voxels are the same, the grid is 0 mm off" in said, said
EOF

py "what MetaImage cannot hold" <<'EOF'
import numpy as np, volfile as v
v.write("a.vol", v.numbers("u2", (5, 4, 3, 3)), colour=True)
status, out, said = v.tool("vol2mha", "a.vol", "-o", "no.mha")
assert status == 1 and not out and "colour is uint16" in said and "volcast --type uint8" in said, said
v.write("a.vol", np.zeros((1, 1, 1), "u1"))
head = open("a.vol", "rb").read()[:-1].replace(b"sizes: 1 1 1\n", b"sizes: 3000000000 1 1\n")
status, out, said = v.tool("vol2mha", "-o", "no.mha", stdin=head)
assert status == 1 and "more than MetaImage can count: use vol2nrrd" in said, said
EOF
must_fail 1 "compressed voxels do not go to a pipe" vol2mha -z 1 a.vol
said "  and where to instead" "stdout: cannot take compressed voxels, as their length stands before them: use -o FILE"
must_fail 2 "a name of another format" vol2mha a.vol -o x.nii
must_fail 2 "compressed by name" vol2mha a.vol -o x.mha.gz
must_fail 2 "verify to a pipe" vol2mha --verify a.vol
must_fail 1 "a name with a meaning" vol2mha a.vol -o 'a%d.mhd'
must_fail 1 "another" vol2mha a.vol -o LIST.mhd

py "headers that cannot be, by name" <<'EOF'
import os
import numpy as np, volfile as v
from mha import fields, header, stored
data = v.numbers("i2", (5, 4, 3))
plain = fields(data, v.affine("axial"))
def refused(want, data_file="LOCAL", rest=b"", tail=stored(data), cut=None, **changes):
    made = {n: x for n, x in {**plain, **changes}.items() if x is not None}
    open("bad.mhd", "wb").write((header(made, data_file) + rest + tail)[:cut])
    words = ["sh", "-c", 'ulimit -v $LIMIT; exec timeout 10 mha2vol "$@"', "sh", "bad.mhd", "-o", "no.vol"]
    status, out, said = v.tool(*words)
    errors = [line for line in said.splitlines() if ": warning: " not in line]
    assert status == 1 and len(errors) == 1 and want in errors[0] and not os.path.exists("no.vol"), (want, changes, said)
for n in ("NDims", "DimSize", "ElementType"):
    refused("has no " + n, **{n: None})
refused("NDims is 'x'", NDims="x")
refused("NDims is '0'", NDims="0")
refused("NDims is '-3'", NDims="-3")
refused("NDims is 1", NDims=1)
refused("NDims is 5", NDims=5)
refused("DimSize is", DimSize="5 4")
refused("DimSize is", DimSize="5 4 3 2")
refused("DimSize is 0 along axis 2", DimSize="5 0 3")
refused("DimSize is -4 along axis 2", DimSize="5 -4 3")
refused("DimSize is 4.5 along axis 2", DimSize="5 4.5 3")
refused("DimSize is", DimSize="5 nan 3")
refused("DimSize is", DimSize="5 1e300 3")
refused("", DimSize="4000000000 4000000000 4000000000")
refused("ends after 0 of 1000000 slices", DimSize="5000 4000 1000000")
refused("ends after", DimSize="5 4 4")
refused("ElementType is 'MET_LONGLONG'", ElementType="MET_LONGLONG")
refused("ElementType is ''", ElementType="")
for n in ("STRING", "OTHER", "NONE"):
    refused(f"ElementType is MET_{n}: a volume stream has no such voxels", ElementType="MET_" + n)
refused("ElementNumberOfChannels is '0'", ElementNumberOfChannels=0)
refused("ElementNumberOfChannels is 'many'", ElementNumberOfChannels="many")
refused("ends after", ElementNumberOfChannels=2)
refused("", ElementNumberOfChannels=2147483647, DimSize="2147483647 2147483647 3")
refused("4 dimensions and 2 channels", ElementNumberOfChannels=2, NDims=4, DimSize="5 4 3 2", Offset=None, TransformMatrix=None, ElementSpacing=None)
refused("vectors of integers of 64 bits", ElementNumberOfChannels=2, ElementType="MET_LONG_LONG")
refused("integers of 64 bits as text", BinaryData=False, ElementType="MET_LONG_LONG")
refused("ObjectType is Tube", ObjectType="Tube")
refused("BinaryData is 'maybe'", BinaryData="maybe")
refused("BinaryDataByteOrderMSB is ''", BinaryDataByteOrderMSB="")
refused("CompressedData is 'yes'", CompressedData="yes")
refused("zlib data is damaged", CompressedData=True)
refused("CompressedDataSize is '-1'", CompressedData=True, CompressedDataSize=-1)
refused("ends before its voxels", CompressedData=True, tail=b"")
refused("HeaderSize is -1, and CompressedDataSize is not stated", CompressedData=True, HeaderSize=-1)
refused("HeaderSize is '-2'", HeaderSize=-2)
refused("HeaderSize is 10, and the header is longer", HeaderSize=10)
refused("before its data should start", HeaderSize=100000)
refused("fewer than its 120 of voxels", HeaderSize=-1, tail=bytes(119))
refused("HeaderSize is -1, but the length of text", HeaderSize=-1, BinaryData=False)
refused("ElementSpacing is '1 1', not 3 numbers", ElementSpacing="1 1")
refused("ElementSpacing is '1 1 x', not 3 numbers", ElementSpacing="1 1 x")
refused("ElementSpacing is 0 along axis 2", ElementSpacing="1 0 1")
refused("ElementSpacing is '1 inf 1'", ElementSpacing="1 inf 1")
refused("TransformMatrix and ElementSpacing:", TransformMatrix="1 0 0 1 0 0 0 0 1")
refused("TransformMatrix is '1 0 0', not 9 numbers", TransformMatrix="1 0 0")
refused("TransformMatrix leads from space", NDims=4, DimSize="5 4 3 1", Offset=None, ElementSpacing=None, TransformMatrix="1 0 0 1 0 1 0 0 0 0 1 0 0 0 0 1")
refused("Offset is '1 2', not 3 numbers", Offset="1 2")
refused("DistanceUnits is 'parsec'", DistanceUnits="parsec")
refused("ElementToIntensityFunctionSlope is '0'", ElementToIntensityFunctionSlope=0)
refused("ElementToIntensityFunctionOffset is 'nan'", ElementToIntensityFunctionOffset="nan")
refused("ElementDataFile is empty", data_file="")
refused("cannot be opened", data_file="nothing.raw")
refused("not a name with one number", data_file="a%s.raw")
refused("not a name with one number", data_file="a%d%d.raw")
refused("not a name with one number", data_file="a%999d.raw")
refused("not a name with one number", data_file="a%n.raw 1 3 1")
refused("not a name with one number", data_file="a%")
refused("counts from 1 to 4 by 1, and should name 3 files", data_file="a%d.raw 1 4 1")
refused("counts from 1 to 3 by 0", data_file="a%d.raw 1 3 0")
refused("lists 0 files of voxels, not 3", data_file="LIST", tail=b"")
refused("lists 4 files of voxels, not 3", data_file="LIST", tail=b"a\nb\nc\nd")
refused("lists 1 files of voxels, not 12", data_file="LIST 1", tail=b"a")
refused("ElementDataFile is a list of '7'", data_file="LIST 7", tail=b"a")
refused("ElementDataFile is a list of 'x'", data_file="LIST x", tail=b"a")
refused("header holds a zero byte", Comment="a\0b")
refused("header is over 4 MiB", Comment="a" * (5 << 20))
refused("it has no ElementDataFile", cut=100)
refused("is not MetaImage", cut=6)
status, _, said = v.tool("mha2vol", "/dev/null")
assert status == 1 and "is empty" in said
EOF

py "cut short: at every byte of a header, and within the voxels" <<'EOF'
import os, zlib
import numpy as np, volfile as v
from mha import fields, header, stored
data = v.numbers("i2", (5, 4, 3))
plain = header(fields(data, v.affine("axial"))) + stored(data)
packed = zlib.compress(stored(data))
small = header(dict(fields(data, v.affine("axial")), CompressedData=True, CompressedDataSize=len(packed))) + packed
for whole in (plain, small):
    for n in [*range(0, len(whole), 7), len(whole) - 60, len(whole) - 1]:
        open("cut.mha", "wb").write(whole[:n])
        status, _, said = v.tool("mha2vol", "-q", "cut.mha", "-o", "no.vol")
        assert status == 1 and said.count("\n") == 1 and not os.path.exists("no.vol"), (n, said)
flipped = bytearray(small)
flipped[-1] ^= 1
status, _, said = v.tool("mha2vol", "-o", "x.vol", stdin=bytes(flipped))
assert status == 1 and "zlib data is damaged" in said, said
EOF

py "what comes from any format, told by content and by name" <<'EOF'
import shutil
import numpy as np, volfile as v
v.write("a.vol", v.numbers("i2", (5, 4, 3)), v.affine("oblique"))
for name in ("c.mha", "c.mhd"):
    status, _, said = v.tool("volconvert", "--verify", "a.vol", name)
    assert status == 0 and "verified" in said, said
    v.run("volconvert", "-q", name, "c.nrrd")
    v.run("volcmp", "-q", "c.nrrd", "a.vol")
shutil.copy("c.mha", "by_content")
v.run("volconvert", "-q", "by_content", "c.nrrd")
v.run("volcmp", "-q", "c.nrrd", "a.vol")
EOF

[ -n "$SANITIZED" ] || py "memory does not grow" <<'EOF'
import os
import numpy as np, volfile as v
for words in (["vol2mha"], ["vol2mha", "-z", "1", "-o", "big.mha"], ["vol2mha", "-z", "1", "-o", "big.mhd"]):
    peak = v.peak_mib(words + ["--threads", "2"], v.zeros_header("h", 256), 256)
    assert peak < 32, f"{words}: {peak:.1f} MiB"
head = b"NDims = 3\nDimSize = 512 512 512\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
peak = v.peak_mib(["mha2vol", "-q"], head, 256)
assert peak < 32, f"{peak:.1f} MiB"
for file in ("big.mha", "big.mhd"):
    script = f"import resource, subprocess; subprocess.run(['mha2vol', '{file}', '-o', 'back.vol'], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    assert int(v.run(os.environ.get("PYTHON", "python3"), "-c", script)) < 32 << 10
EOF
done_testing
