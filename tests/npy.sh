#!/bin/sh
# npy2vol and vol2npy: what NumPy finds in our arrays and archives, what we find in NumPy's, and what is no array.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

cat >both.py <<'END'
import numpy as np, subprocess, volfile as v

def read(path, *words, stdin=None):
    """What npy2vol makes of a file: (data with x first, affine, keys, what it said)."""
    status, out, said = v.tool("npy2vol", *words, *([path] if path else []), stdin=stdin)
    assert status == 0, f"{path} {words}: exit {status}: {said}"
    with open("read.vol", "wb") as f:
        f.write(out)
    return (*v.read("read.vol"), said)

late = ("ends after", "follow after", "goes on after", "is damaged: ")

def refused(why, path, *words, stdin=None):
    """It must be refused with these words; before anything is written, unless only the voxels tell."""
    status, out, said = v.tool("npy2vol", *words, *([path] if path else []), stdin=stdin)
    assert not out or any(word in said for word in late), (path, said)
    assert status == 1 and said.startswith("npy2vol: ") and said.count("\n") == 1 and why in said, (
        path, words, status, said, why)
END

# ---- written ----

py ".npy: all types and shapes, mapped by numpy.load" <<'END'
import numpy as np, volfile as v
for name, code in v.TYPES.items():
    for shape in ((7, 5, 4), (1, 5, 4), (1, 1, 1), (4, 3, 2, 6), (4, 3, 2, 1), (600, 500, 2)):
        data = v.numbers(code, shape)
        v.write("a.vol", data, v.affine("oblique"))
        v.run("vol2npy", "a.vol", "-o", "a.npy")
        a = np.load("a.npy", mmap_mode="r", allow_pickle=False)
        assert isinstance(a, np.memmap) and a.offset % 64 == 0 and a.ctypes.data % 64 == 0
        assert a.dtype == np.dtype(code) and a.flags.c_contiguous and np.array_equal(a, data.transpose()), (name, shape)
        assert v.run("vol2npy", stdin="a.vol") == open("a.npy", "rb").read()
        np.save("n.npy", np.ascontiguousarray(data.transpose()))
        assert np.lib.format.read_magic(open("a.npy", "rb")) == (1, 0)
        assert open("a.npy", "rb").read() == open("n.npy", "rb").read() or np.__version__ < "1.23", "not numpy.save's bytes"
END

py ".npz: all types, grids, levels: voxels, affine, spacing, keys, checksums; and back" <<'END'
import numpy as np, zipfile, volfile as v
from both import read
keys = {"unit": "stored", "rescale": "2 -1024", "rescale.unit": "HU", "padding": "-2000", "note": "a\\nb \\\\ äß€𝄞",
        "labels": "1 lung-left\\n2 lung-right", "window": "40 400"}
count = 0
for name, code in v.TYPES.items():
    for shape, kind in zip(((7, 5, 4), (1, 5, 4), (1, 1, 1), (4, 3, 2, 6), (4, 3, 2, 1)),
                           ("plain", "oblique", "sheared", "left-handed", "coronal")):
        data, affine = v.numbers(code, shape), v.affine(kind)
        v.write("a.vol", data, affine, {**keys, **({"axis": "time s 0 2 4 6 8 10"} if shape[3:] == (6,) else {})})
        for level in ([], ["-z", "0"], ["-z", "1"], ["-z", "6"], ["--best"]):
            v.run("vol2npy", "a.vol", "-o", "a.npz", *level)
            with np.load("a.npz", allow_pickle=False) as f:
                assert f.files == ["affine", "spacing", "keys", "data"]
                assert f["data"].dtype == np.dtype(code) and np.array_equal(f["data"], data.transpose())
                assert np.array_equal(f["affine"], affine), (f["affine"] - affine)
                assert np.allclose(f["spacing"], np.linalg.norm(affine[:3, :3], axis=0), rtol=1e-15)
                text = str(f["keys"])
                assert text.startswith("axes: " + ("list " if len(shape) > 3 else "") + "z y x\n"), text
                assert "vol.note:=a\\nb \\\\ äß€𝄞\n" in text, text
            with zipfile.ZipFile("a.npz") as z:
                assert z.testzip() is None
                assert {i.date_time for i in z.infolist()} == {(1980, 1, 1, 0, 0, 0)}
                assert z.getinfo("data.npy").compress_type == (8 if level and level != ["-z", "0"] else 0)
            back, where, got, said = read("a.npz")
            at = (name, shape, kind, level, back.dtype, said)
            assert not said and back.dtype == data.dtype and np.array_equal(back, data) and np.array_equal(where, affine), at
            assert {k: w for k, w in got.items() if k in keys} == keys, got
            assert ("axis" in got) == (shape[3:] == (6,))
            assert v.run("vol2npy", "--npz", "--threads", "5", *level, stdin="a.vol") == open("a.npz", "rb").read()
            count += 1
assert count == 200
END

py "colour" <<'END'
import numpy as np, volfile as v
from both import read, refused
for n in (3, 4):
    for shape in ((5, 4, 3, n), (5, 4, 3, 2, n)):
        for code in ("u1", "u2"):
            data, affine = v.numbers(code, shape), v.affine("axial")
            v.write("a.vol", data, affine, colour=True)
            v.run("vol2npy", "a.vol", "-o", "a.npy")
            v.run("vol2npy", "a.vol", "-o", "a.npz")
            want = np.moveaxis(data, -1, 0).transpose()
            assert np.array_equal(np.load("a.npy"), want) and np.array_equal(np.load("a.npz")["data"], want)
            assert np.array_equal(read("a.npz")[0], data) and not read("a.npz")[3]
            assert np.array_equal(read("a.npy", "--colour", "-s", "1")[0], data)
            np.save("f.npy", np.asfortranarray(want))
            assert np.array_equal(read("f.npy", "--colour", "-s", "1")[0], data)
            xyz = np.moveaxis(data, -1, -1)
            for order in "CF":
                np.save("x.npy", np.asarray(xyz, order=order))
                assert np.array_equal(read("x.npy", "--colour", "--axes", "xyz", "-s", "1")[0], data), order
    v.write("a.vol", v.numbers("u1", (5, 4, 3, n)), v.affine("axial"), colour=True)
    v.run("vol2npy", "a.vol", "-o", "a.npy")
    assert "--colour takes it for colour" in read("a.npy", "-s", "1")[3]
np.save("two.npy", np.zeros((3, 4, 5, 2), "u1"))
refused("2 colours along its last axis", "two.npy", "--colour", "-s", "1")
END

py "keys that are no UTF-8 come back" <<'END'
import numpy as np, volfile as v
v.write("a.vol", np.zeros((2, 2, 2), "u1"), keys={"note": "x"})
raw = open("a.vol", "rb").read().replace(b"note:=x", b"note:=\xff\xc3 \xed\xa0\x80\xc0\x80\xf5\xe2\x82")
open("b.vol", "wb").write(raw)
v.run("vol2npy", "b.vol", "-o", "b.npz")
text = str(np.load("b.npz")["keys"])
assert text.encode("utf-8", "surrogateescape").count(b"note:=\xff\xc3 \xed\xa0\x80\xc0\x80\xf5\xe2\x82\n") == 1, repr(text)
assert b"note:=\xff\xc3 \xed\xa0\x80\xc0\x80\xf5\xe2\x82\n" in v.run("npy2vol", "b.npz")
END

# ---- read ----

py "NumPy's arrays: every type, byte order and order of axes, three and four of them" <<'END'
import itertools, numpy as np, volfile as v
from both import read
becomes = {"?": "u1", "i1": "i1", "u1": "u1", "i2": "i2", "u2": "u2", "i4": "i4", "u4": "u4", "f4": "f4", "f8": "f8",
           "f2": "f4", "i8": "i4", "u8": "u4"}
for (code, to), end, order, shape, xyz in itertools.product(
        becomes.items(), "<>", "CF", ((7, 5, 4), (70, 1, 33), (1, 1, 5), (8, 3, 2, 6), (8, 3, 20, 1)), (False, True)):
    if code == "?":
        data = v.numbers("i1", shape) > 0
    elif code in ("i8", "u8"):
        data = v.numbers(to, shape)
    elif code == "f2":
        data = np.random.default_rng(3).integers(0, 65536, shape).astype("u2").view("f2")
    else:
        data = v.numbers(code, shape)
    data = data.astype(end + code)
    array = data if xyz else data.transpose()
    np.save("n.npy", np.asarray(array, order=order))
    back, where, keys, said = read("n.npy", "-s", "0.5,2,3", *(["--axes", "xyz"] if xyz else []))
    at = (code, end, order, shape, xyz)
    assert not said and back.dtype == np.dtype(to) and "unit" not in keys, (at, back.dtype, said)
    assert np.array_equal(back, data.astype(to), equal_nan=to[0] == "f"), at
    assert np.array_equal(where, np.diag([-0.5, -2, 3, 1])), where
END

py "larger arrays in another order, in more than one block" <<'END'
import numpy as np, volfile as v
from both import read
for code, shape in (("i2", (301, 203, 150)), ("f8", (90, 70, 400)), ("i8", (64, 65, 66)), ("u1", (33, 31, 29, 7))):
    data = np.random.default_rng(1).integers(0, 100, shape).astype(code)
    np.save("n.npy", np.asfortranarray(data.transpose()))
    assert np.array_equal(read("n.npy", "-s", "1")[0], data), code
# blocks are 16 MiB or 8 slices: a slice of 4 MiB
data = np.random.default_rng(1).integers(0, 100, (2048, 1024, 11)).astype("i2")
np.save("n.npy", np.asfortranarray(data.transpose()))
assert np.array_equal(read("n.npy", "-s", "1")[0], data)
END

py "integers of 64 bits: as narrow as they fit, exact, or refused" <<'END'
import numpy as np, volfile as v
from both import read, refused
for code, numbers, to in (
        ("i8", [-2**31, 2**31 - 1], "i4"), ("i8", [0, 2**31], "u4"), ("i8", [0, 2**32 - 1], "u4"), ("i8", [-1, 2**31], "f8"),
        ("i8", [-2**31 - 1, 0], "f8"), ("i8", [-2**63, 2**62], "f8"), ("i8", [2**53, -2**53], "f8"), ("i8", [2**60 + 2**8], "f8"),
        ("u8", [0, 2**32 - 1], "u4"), ("u8", [2**32], "f8"), ("u8", [2**63 + 2**11], "f8"), ("u8", [2**53], "f8"), ("u8", [0], "u4"),
        ("i8", [2**53 + 1], None), ("i8", [0, -2**53 - 1], None), ("u8", [2**64 - 1], None), ("u8", [2**63 + 2**10], None),
        ("i8", [2**63 - 1], None)):
    for end in "<>":
        data = np.array(numbers, dtype=code).reshape(-1, 1, 1).repeat(3, 1).astype(end + code)
        for save in ("n.npy", "n.npz"):
            np.save(save, data) if save == "n.npy" else np.savez_compressed(save, data=data)
            if to is None:
                odd = next(n for n in numbers if int(float(n)) != n)
                refused(f"such as {odd}, which fit neither 32 bits nor a double", save, "-s", "1")
                continue
            back = read(save, "-s", "1")[0]
            assert back.dtype == np.dtype(to) and [int(x) for x in back[0, 0]] == numbers, (numbers, back)
END

py "versions 2.0 and 3.0, numpy.save of any age, gzip, pipes" <<'END'
import gzip, numpy as np, volfile as v
from both import read
data = v.numbers("i2", (7, 5, 4))
for version in ((1, 0), (2, 0), (3, 0)):
    with open("n.npy", "wb") as f:
        np.lib.format.write_array(f, data.transpose(), version=version)
    raw = open("n.npy", "rb").read()
    for given in ("n.npy", raw, gzip.compress(raw)):
        got = read(None, "-s", "1", stdin=given)[0]
        assert np.array_equal(got, data)
    assert np.array_equal(read("n.npy", "-s", "1")[0], data)
def header(text, version=b"\1\0", data=np.ascontiguousarray(data.transpose()).tobytes()):
    n = len(text).to_bytes(2 if version == b"\1\0" else 4, "little")
    open("n.npy", "wb").write(b"\x93NUMPY" + version + n + text + data)
for text in (b"{'descr': '<i2', 'fortran_order': False, 'shape': (4, 5, 7)}", b'{"shape":(4,5,7,),"descr":"<i2","fortran_order":False}',
             b"{'shape': (4L, 5L, 7L), 'fortran_order': False, 'descr': '<i2', }     \n",
             b" { 'shape' : ( 4 , 5 , 7 ) , 'fortran_order' : False , 'descr' : '<i2' }\n\n"):
    header(text)
    assert np.array_equal(np.load("n.npy"), data.transpose()) or b"L" in text
    assert np.array_equal(read("n.npy", "-s", "1")[0], data), text
END

py "places: nothing, --spacing, --like, and nibabel's arrays" <<'END'
import numpy as np, volfile as v
from both import read, refused
data, affine = v.numbers("i2", (7, 5, 4)), v.affine("sheared")
np.save("n.npy", data.transpose())
back, where, keys, said = read("n.npy")
assert np.array_equal(where, np.diag([-1, -1, 1, 1])) and "n.npy: does not say where its voxels are: 1 mm" in said, said
assert keys["source"].startswith("7 5 4 (1,0,0) ") and keys["history.1"].startswith("npy2vol "), keys
assert "sha256:" in keys["history.1"] and "n.npy" not in str(keys)
v.write("like.vol", np.zeros((7, 5, 4), "u1"), affine)
v.run("vol2nrrd", "-z", "1", "like.vol", "-o", "like.nrrd")
for like in ("like.vol", "like.nrrd"):
    back, where, keys, said = read("n.npy", "--like", like)
    assert np.array_equal(where, affine) and np.array_equal(back, data) and not said
v.run("vol2npy", "like.vol", "-o", "like.npz")
assert np.array_equal(read("n.npy", "--like", "like.npz")[1], affine)
np.save("t.npy", np.stack([data.transpose()] * 3))
assert np.array_equal(read("t.npy", "--like", "like.vol")[1], affine)
v.write("other.vol", np.zeros((7, 5, 3), "u1"), affine)
refused("is of 7 x 5 x 4 voxels, the grid that it should lie on of 7 x 5 x 3", "n.npy", "--like", "other.vol")
refused("cannot be opened", "n.npy", "--like", "none.vol")
try:
    import nibabel
except ImportError:
    raise SystemExit(0)
series = v.numbers("f4", (7, 5, 4, 6))
nibabel.Nifti1Image(series, affine).to_filename("n.nii")
image = nibabel.load("n.nii")
np.save("n.npy", image.get_fdata())
back, where, keys, said = read("n.npy", "--axes", "xyz", "--like", "n.nii")
assert np.array_equal(back, series.astype("f8")) and v.corner_distance(where, affine, (7, 5, 4)) < 1e-3
np.savez("n.npz", data=np.asarray(image.dataobj).transpose(), affine=image.affine)
back, where, keys, said = read("n.npz")
assert np.array_equal(back, series) and np.array_equal(where, image.affine) and not said
END

py "NumPy's archives: which array, affine and spacing of any type, both ways of packing" <<'END'
import numpy as np, volfile as v
from both import read, refused
data, affine = v.numbers("i2", (7, 5, 4)), v.affine("left-handed")
a = data.transpose()
eye = np.diag([-1, -1, 1, 1])
for save in (np.savez, np.savez_compressed):
    for arrays, words in (({"data": a, "volume": a + 1}, ()), ({"volume": a, "x": a + 1}, ()), ({"other": a}, ()),
                          ({"data": a + 1, "mine": a}, ("--member", "mine")), ({"mine": a}, ("--member", "mine.npy"))):
        save("n.npz", **arrays)
        for given in (None, "n.npz", open("n.npz", "rb").read()):
            back, where, keys, said = read(None if given else "n.npz", "-s", "1", *words, stdin=given)
            assert np.array_equal(back, data) and not said
        assert "does not say where" in read("n.npz", *words)[3]
    save("n.npz", a)
    assert np.array_equal(read("n.npz", "-s", "1")[0], data)
    for code in ("f8", ">f8", "f4"):
        for order in "CF":
            save("n.npz", data=a, affine=np.asarray(affine.astype(code), order=order))
            assert np.array_equal(read("n.npz")[1], affine.astype(code)), (code, order)
    save("n.npz", data=a, affine=np.diag([2, -3, 4, 1]), spacing=np.array([2, 3, 4]))
    back, where, keys, said = read("n.npz")
    assert np.array_equal(where, np.diag([2, -3, 4, 1])) and not said
    save("n.npz", data=a, affine=np.diag([2, -3, 4, 1]).astype(">i2"), spacing=np.array([2, 3, 5], "f2"))
    back, where, keys, said = read("n.npz")
    assert np.array_equal(where, np.diag([2, -3, 4, 1])) and "do not agree (4 and 5 mm along z)" in said, said
    save("n.npz", data=a, spacing=np.array([2, 3, 4], "f4"))
    back, where, keys, said = read("n.npz")
    assert np.array_equal(where, np.diag([-2, -3, 4, 1])) and "has no affine" in said, said
    assert np.array_equal(read("n.npz", "-s", "1")[1], eye)
    # the keys live through Python
    v.write("a.vol", data, affine, {"unit": "HU"})
    v.run("vol2npy", "a.vol", "-o", "a.npz")
    arrays = dict(np.load("a.npz"))
    arrays["data"] = arrays["data"] + 1
    save("n.npz", **arrays)
    back, where, keys, said = read("n.npz")
    assert np.array_equal(back, data + 1) and np.array_equal(where, affine) and keys["unit"] == "HU" and not said
    save("n.npz", **{**arrays, "keys": np.array(str(arrays["keys"]).encode())})
    assert read("n.npz")[2]["unit"] == "HU"
    save("n.npz", **{**arrays, "keys": arrays["keys"].astype(">U")})
    assert read("n.npz")[2]["unit"] == "HU"
    save("n.npz", **{**arrays, "data": np.stack([a, a])})
    back, where, keys, said = read("n.npz")
    assert back.shape == (7, 5, 4, 2) and "unit" not in keys and "keys are those of an array of other axes" in said
    save("n.npz", **{**arrays, "keys": np.arange(3)})
    assert "unit" not in read("n.npz")[2]
    # refused
    save("n.npz", x=a, y=a, affine=affine)
    refused("has several arrays (x, y): --member says which", "n.npz")
    refused("has no array 'z' (there are: x, y)", "n.npz", "--member", "z")
    save("n.npz", affine=affine)
    refused("has no array", "n.npz")
    for bad, why in (({"affine": affine[:3]}, "'affine' is no array of 16 numbers"), ({"spacing": np.ones(2)}, "'spacing' is no array of 3"),
                     ({"affine": np.ones((4, 4))}, "last row is not 0 0 0 1"), ({"affine": np.diag([1, 1, 0, 1])}, "affine: "),
                     ({"affine": np.diag([1, 1, np.nan, 1])}, "affine: "), ({"spacing": np.array([1, 0, 1])}, "spacing of 0 mm"),
                     ({"spacing": np.array([1, np.inf, 1])}, "spacing of inf mm"), ({"affine": np.array("text")}, "'affine' is no array"),
                     ({"affine": affine.astype("c16")}, "complex"), ({"keys": np.array("unit:=HU")}, "keys do not begin"),
                     ({"keys": np.array("axes: z y x\nunit: HU")}, "keys have a line that is none"),
                     ({"keys": np.array("axes: z y x\nsizes: 9 9 9\n")}, "keys have a line that is none"),
                     ({"keys": np.array("axes: z y x\n#\n")}, "keys have a line that is none")):
        save("n.npz", **{"data": a, **bad})
        refused(why, "n.npz")
END

# ---- what is no volume ----

py "arrays that are none of ours are refused by name" <<'END'
import numpy as np, volfile as v
from both import refused
shape = (2, 3, 4)
for array, why in ((np.zeros(shape, "c8"), "'<c8': complex numbers"), (np.zeros(shape, "c16"), "complex numbers"),
                   (np.zeros(shape, object), "Python objects"), (np.zeros(shape, "U3"), "text"), (np.zeros(shape, "S3"), "text"),
                   (np.zeros(shape, "M8[ns]"), "dates or times"), (np.zeros(shape, "m8[s]"), "dates or times"),
                   (np.zeros(shape, "V4"), "records"), (np.zeros(shape, [("a", "i2"), ("b", "f4")]), "records"),
                   (np.zeros(shape, "longdouble"), "long double"), (np.zeros((3, 4), "i2"), "array of 2 axes"),
                   (np.zeros((3, 4), "i2"), "a[None]"), (np.zeros(4, "i2"), "array of 1 axes"), (np.array(4), "array of 0 axes"),
                   (np.zeros((1, 2, 3, 4, 3), "u1"), "--colour"), (np.zeros((1,) * 6, "u1"), "array of 6 axes"),
                   (np.zeros((0, 2, 3), "u1"), "axis of length 0")):
    np.save("n.npy", array, allow_pickle=True)
    refused(why, "n.npy", "-s", "1")
    np.savez("n.npz", data=array)
    refused(why, "n.npz", "-s", "1")
END

cat >damaged.py <<'END'
import numpy as np, struct, zipfile, volfile as v
from both import refused, read
body = bytes(range(24)) * 2
good = b"{'descr': '<i2', 'fortran_order': False, 'shape': (4, 3, 2), }\n"
def npy(text=good, version=b"\1\0", magic=b"\x93NUMPY", n=None, data=body):
    n = len(text) if n is None else n
    return magic + version + n.to_bytes(2 if version[:1] == b"\1" else 4, "little") + text + data
def text(a, b):
    assert a in good
    return npy(good.replace(a, b))
END
py "damaged arrays: an error that says what, in no time" <<'END'
from damaged import *
assert read(None, "-s", "1", stdin=npy())[0].shape == (2, 3, 4)
start = v.spent()
cases = [
    (b"", "is empty"), (b"\x93NUMPY", "is not NPY"), (b"x" * 200, "is not NPY"), (npy(magic=b"\x93NUMPX"), "is not NPY"),
    (npy(version=b"\0\0"), "version 0.0"), (npy(version=b"\4\0"), "version 4.0"), (npy(version=b"\1\1"), "version 1.1"),
    (npy(n=60000), "ends inside the npy header"), (npy(version=b"\2\0", n=2**32 - 1), "over 64 KiB"), (npy(version=b"\2\0", n=60000), "ends inside"),
    (npy(n=5), "npy header"), (npy(b""), "is no dictionary"), (npy(b" " * 50), "is no dictionary"), (npy(b"[1]"), "is no dictionary"),
    (npy(b"{}"), "is missing"), (npy(b"{'descr': '<i2'}"), "is missing"), (npy(good + b"{}"), "follows after the dictionary"),
    (text(b"}", b""), "is no dictionary"), (text(b"'descr': '<i2', ", b""), "is missing"), (text(b"'fortran_order'", b"'fortran'"), "'fortran' is not known"),
    (text(b"'fortran_order': False", b"'descr': '<i2'"), "'descr' is not known, or stands twice"), (text(b"False", b"0"), "neither True nor False"),
    (text(b"False", b"None"), "neither True nor False"), (text(b"False", b"Falsehood"), "plain values"), (text(b"False", b"not True"), "neither"),
    (text(b"(4, 3, 2)", b"4, 3, 2"), "shape is no tuple"), (text(b"(4, 3, 2)", b"[4, 3, 2]"), "shape is no tuple"), (text(b"4, 3", b"-4, 3"), "whole numbers"),
    (text(b"4, 3", b"4 3"), "whole numbers"), (text(b"4, 3", b"4., 3"), "whole numbers"), (text(b"4, 3", b"2+2, 3"), "whole numbers"),
    (text(b"4, 3", b"0x4, 3"), "whole numbers"), (text(b"4, 3", b"4,, 3"), "whole numbers"), (text(b"(4, 3, 2)", b"(" + b"1," * 9 + b")"), "more than 8 axes"),
    (text(b"4, 3", b"18446744073709551616, 3"), "whole numbers"), (text(b"4, 3", b"18446744073709551615, 3"), "overflows"),
    (text(b"4, 3", b"4611686018427387904, 2"), "overflow"), (text(b"4, 3", b"1000000000000, 3"), "ends after 4 of 1000000000000 slices"), (text(b"4, 3", b"0, 3"), "length 0"),
    (text(b"'<i2'", b"'i2'"), "descr is 'i2'"), (text(b"'<i2'", b"'=i2'"), "descr is '=i2'"), (text(b"'<i2'", b"'|i2'"), "without a byte order"),
    (text(b"'<i2'", b"'<i3'"), "'<i3'"), (text(b"'<i2'", b"'<i'"), "descr is '<i'"), (text(b"'<i2'", b"'<i2x'"), "descr is '<i2x'"), (text(b"'<i2'", b"'<f1'"), "'<f1'"),
    (text(b"'<i2'", b"'<i99999999999999999999'"), "which is no type"), (text(b"'<i2'", b"'<' + 'i2'"), "no type"), (text(b"'<i2'", b"'\\x3ci2'"), "descr is no plain string"),
    (text(b"'<i2'", b"__import__('os').system('touch owned')"), "descr is no plain string"), (text(b"'<i2'", b"[('a', '<i2')]"), "records"),
    (text(b"'<i2'", b"'" + b"i" * 100 + b"'"), "descr is no plain string"), (text(b"'<i2'", b"'<i2"), "npy header"), (text(b"'<i2'", b"b'<i2'"), "no plain string"),
    (text(b"{", b"{\0"), "plain values"), (npy(data=body[:-1]), "ends after 3 of 4 slices"), (npy(data=body[:24]), "ends after 2 of 4 slices"),
    (npy(data=b""), "ends after 0 of 4 slices"), (npy(data=body + b"x"), "bytes follow after the last voxel"), (npy() + npy(), "bytes follow"),
]
for raw, why in cases:
    open("n.npy", "wb").write(raw)
    refused(why, "n.npy", "-s", "1")
    refused(why, None, "-s", "1", stdin=raw)
for cut in range(len(npy())):
    open("n.npy", "wb").write(npy()[:cut])
    refused("", "n.npy", "-s", "1")
import os
assert not os.path.exists("owned") and v.spent() - start < 20, v.spent() - start
END

py "damaged archives" <<'END'
from damaged import *
import io
a = v.numbers("i2", (9, 8, 7)).transpose()
def pack(members=(("data.npy", None),), method=0, **more):
    f = io.BytesIO()
    with zipfile.ZipFile(f, "w", method, **more) as z:
        for name, content in members:
            if content is None:
                content = io.BytesIO()
                np.save(content, a)
                content = content.getvalue()
            z.writestr(name, content)
    return f.getvalue()
start = v.spent()
for method in (0, 8):
    good = pack(method=method)
    open("n.npz", "wb").write(good)
    assert np.array_equal(read("n.npz", "-s", "1")[0], a.transpose())
    end, entry = good.rindex(b"PK\5\6"), good.rindex(b"PK\1\2")
    def put(at, value, raw=good):
        return raw[:at] + value + raw[at + len(value):]
    cases = [
        (good[:-1], "no directory at its end"), (good[:len(good) // 2], "no directory"), (good[:4], "no directory"), (good + b"x", "no directory"),
        (put(end, b"XX"), "no directory"), (put(end + 4, b"\1"), "several files"), (put(end + 10, b"\2\0"), "directory is damaged"),
        (put(end + 10, b"\0\0"), "directory is damaged"), (put(end + 10, b"\xff\xff"), "directory is damaged"), (put(end + 12, b"\xff\xff\xff\x7f"), "directory is damaged"),
        (put(end + 16, b"\xff\xff\xff\x7f"), "directory is damaged"), (put(end + 16, b"\xff\xff\xff\xff"), "directory is damaged"), (put(end + 16, b"\0\0\0\0"), "directory is damaged"),
        (b"some words" + good, "is not NPY"), (put(entry, b"XX"), "directory is damaged"), (put(entry + 8, b"\1"), "is encrypted"),
        (put(entry + 10, b"\x0c"), "compressed by method 12"), (put(entry + 16, b"\0\0\0\0"), "checksum does not fit"), (put(entry + 20, b"\xff\xff\xff\x00"), "directory is damaged"),
        (put(entry + 20, b"\1\0\0\0"), "damaged"), (put(entry + 24, b"\xff\xff\xff\x7f"), "damaged"), (put(entry + 24, b"\xff\xff\xff\xff"), "directory is damaged"), (put(entry + 24, b"\0\0\0\0"), "damaged" if not method else "is empty"),
        (put(entry + 28, b"\xff\xff"), "directory is damaged"), (put(entry + 30, b"\xff\xff"), "directory is damaged"), (put(entry + 32, b"\xff\xff"), "directory is damaged"),
        (put(entry + 42, b"\5"), "does not stand where the directory says"), (put(entry + 42, b"\xff\xff\xff\x7f"), "directory is damaged"),
        (put(0, b"XX"), "is not NPY"), (put(8, b"\7"), "does not stand"), (put(26, b"\7"), "does not stand"), (put(28, b"\xff\xff"), "directory is damaged"),
        (put(200, bytes([good[200] ^ 4])), "damaged"), (put(entry - 9, bytes([good[entry - 9] ^ 4])), "damaged"),
        (pack((("data.npy", None), ("data.npy", None)), method), "two members named 'data.npy'"), (pack((), method), "has no array"),
        (pack((("words.txt", b"x"),), method), "has no array"), (pack((("data.npy", b"x"),), method), "is not NPY"),
        (pack((("data.npy", npy()[:-1]),), method), "ends after 3 of 4 slices"), (pack((("data.npy", npy() + b"x"),), method), "goes on after the last number"),
    ]
    if method:
        small = npy(b"{'descr': '|i1', 'fortran_order': False, 'shape': (1000, 1000, 1000)}", data=bytes(100000))
        cases += [(pack((("data.npy", small),), 8), "ends after 0 of 1000 slices")]
    for number, (raw, why) in enumerate(cases):
        open("n.npz", "wb").write(raw)
        try:
            refused(why, "n.npz", "-s", "1")
            if raw[:4] == b"PK\3\4":
                refused(why, None, "-s", "1", stdin=raw)
        except AssertionError as e:
            raise AssertionError((method, number, e.args))
    for cut in list(range(0, 200, 7)) + list(range(200, len(good), 61)) + list(range(len(good) - 100, len(good))):
        open("n.npz", "wb").write(good[:cut])
        refused("", "n.npz", "-s", "1")
    for other in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        open("n.npz", "wb").write(pack(method=other))
        refused("pack it anew", "n.npz", "-s", "1")
assert v.spent() - start < 30
END

py "zip64, comments, and other members" <<'END'
from damaged import *
import io
a = v.numbers("i2", (9, 8, 7)).transpose()
content = io.BytesIO()
np.save(content, a)
class Pipe:
    def __init__(self, f):
        self.write, self.flush = f.write, f.flush
was = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
for limit in (10, 300, 1 << 30):
    for files in (1, 1 << 16):
        for method in (0, 8):
            for stream in (False, True):
                zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limit, files
                f = io.BytesIO()
                target = Pipe(f) if stream else f
                with zipfile.ZipFile(target, "w", method) as z:
                    z.comment = b"PK5 not here"
                    z.writestr("notes/readme.txt", b"x" * 500)
                    with z.open("data.npy", "w", force_zip64=True) as m:
                        m.write(content.getvalue())
                zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = was
                open("n.npz", "wb").write(f.getvalue())
                assert zipfile.ZipFile("n.npz").testzip() is None
                assert np.array_equal(read("n.npz", "-s", "1")[0], a.transpose()), (limit, files, method, stream)
END

py "as stdin from where it stands; through volinfo and other tools" <<'END'
import json, numpy as np, volfile as v
data = v.numbers("i2", (7, 5, 4))
v.write("a.vol", data, v.affine("oblique"), {"unit": "HU"})
for name in ("a.npy", "a.npz"):
    v.run("vol2npy", "a.vol", "-o", name)
    for stdin in (name, open(name, "rb").read()):
        status, out, said = v.tool("volinfo", "--json", stdin=stdin)
        assert status == 0 and json.loads(out)["size"] == [7, 5, 4], said
    open("skip", "wb").write(b"12345" + open(name, "rb").read())
    with open("skip", "rb") as f:
        f.seek(5)
        import subprocess
        done = subprocess.run(["npy2vol", "-s", "1"], stdin=f, capture_output=True, check=True)
    open("b.vol", "wb").write(done.stdout)
    assert np.array_equal(v.read("b.vol")[0], data)
assert json.loads(v.run("volinfo", "--json", "a.npz"))["unit"] == "HU"
v.run("volcmp", "a.vol", "a.npz")
END

# ---- the writer's refusals ----

"$PYTHON" -c 'import numpy as np, volfile as v
v.write("a.vol", v.numbers("i2", (40, 30, 20)), v.affine("axial"), {"unit": "stored", "rescale": "2 -1024"})'
must_fail 2 "a level for .npy" vol2npy -z 1 a.vol -o no.npy
must_fail 2 "a level for stdout" vol2npy -z 1 a.vol
must_fail 2 "level 10" vol2npy -z 10 a.vol -o no.npz
must_fail 2 "a level and --best" vol2npy -z 1 --best a.vol -o no.npz
must_fail 2 "--npz to a .npy" vol2npy --npz a.vol -o no.npy
must_fail 2 "--verify to stdout" vol2npy --verify a.vol
must_fail 2 "spacing and like" npy2vol -s 1 --like a.vol a.npy
must_fail 2 "spacing in voxels" npy2vol -s 1vox a.npy
must_fail 2 "no spacing" npy2vol -s 0 a.npy
must_fail 2 "two from stdin" npy2vol --like -
vol2npy a.vol -o a.npy 2>err
like "stored values: a warning for .npy" "$(cat err)" 'warning: .*a.vol: has stored values.*volhu'
is "... and none for .npz" "$(vol2npy a.vol -o a.npz 2>&1)" ""
like "--verify, .npy" "$(vol2npy -q a.vol -o w.npy; vol2npy --verify a.vol -o w.npy 2>&1)" 'w.npy: verified: 24000 voxels are the same; the file has no grid'
like "--verify, .npz" "$(vol2npy --verify -z 1 a.vol -o w.npz 2>&1)" 'w.npz: verified: 24000 voxels are the same, the grid is 0 mm off'
must_fail 1 "no clobber" vol2npy --no-clobber a.vol -o w.npz
for out in no.npy no.npz "no.npz -z 1"; do
	for cut in 1 1000 47999 48100; do
		head -c -$cut a.vol >cut.vol
		# shellcheck disable=SC2086
		must_fail 1 "input $cut bytes short ($out)" vol2npy -q cut.vol -o $out
	done
	# shellcheck disable=SC2086,SC3045
	(ulimit -f 8 && vol2npy -q a.vol -o $out) 2>err && fail "file size limit ($out)"
	like "file size limit ($out)" "$(cat err)" 'cannot be written'
done
if [ -w /dev/full ]; then
	for how in "" --npz "--npz -z 1"; do
		# shellcheck disable=SC2086
		must_fail 1 "a full disk ($how)" vol2npy -q $how a.vol -o /dev/full
	done
fi
is "nothing was written" "$(ls no.* .no* 2>/dev/null)" ""

# what fails at its very end must not look whole to the next stage
"$PYTHON" -c '
d = bytearray(open("w.npz", "rb").read())
i = d.rindex(b"PK\1\2") + 16
d[i] ^= 1
open("crc.npz", "wb").write(d)
open("long.npy", "wb").write(open("w.npy", "rb").read() + b"x")'
for f in crc.npz long.npy; do
	npy2vol -s 1 $f 2>/dev/null | vol2nrrd -o no.nrrd 2>err
	ok "$f: the next stage fails too" test -s err
done
is "... and leaves nothing" "$(ls no.* .no* 2>/dev/null)" ""

py "cut and flipped: an error line and exit 1, or a volume" <<'END'
import random, subprocess, volfile as v
random.seed(4)
bad = []
for name in ("w.npy", "w.npz", "a.npz"):
    good = open(name, "rb").read()
    for k in range(150):
        b = bytearray(good)
        for j in range(random.choice((1, 1, 2, 8))):
            at = random.choice((random.randrange(len(b)), random.randrange(400), len(b) - 1 - random.randrange(400)))
            b[at] ^= 1 << random.randrange(8)
        open("hurt", "wb").write(b)
        status, out, said = v.tool("npy2vol", "-q", "hurt", "-o", "/dev/null")
        if status not in (0, 1) or (status == 1) != bool(said) or not all(l.startswith("npy2vol: ") for l in said.splitlines()):
            bad.append((name, k, status, said))
assert not bad, bad[:5]
END

if [ "${BUILD%asan*}" = "$BUILD" ]; then
	py "memory does not grow with the volume" <<'END'
import io, numpy as np, volfile as v
head = v.zeros_header("h", 256)
start = io.BytesIO()
np.lib.format.write_array_header_1_0(start, {"descr": "<i2", "fortran_order": False, "shape": (512, 512, 512)})
for words, start, limit in ((("vol2npy",), head, 8), (("vol2npy", "--npz"), head, 8),
                            (("vol2npy", "--npz", "-z", "2", "--threads", "2"), head, 16),
                            (("npy2vol", "-s", "1"), start.getvalue(), 8)):
    peak = v.peak_mib(words, start, 256)
    assert peak < limit, (words, peak)
END
fi
done_testing
