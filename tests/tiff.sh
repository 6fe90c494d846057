#!/bin/sh
# tif2vol and vol2tif: what tifffile, libtiff's tools and PIL find in our files, what we find in theirs, and what is no
# stack of slices.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy tifffile PIL
need tiffcp tiffinfo tiffcmp

cat >both.py <<'END'
import numpy as np, subprocess, tifffile, volfile as v
from fractions import Fraction

WARNS = ("orientation is unknown",)

def read(*words, stdin=None):
    """What tif2vol makes of files: (data with x first, affine, keys, what it said)."""
    status, out, said = v.tool("tif2vol", *words, stdin=stdin)
    assert status == 0, f"{words}: exit {status}: {said}"
    with open("read.vol", "wb") as f:
        f.write(out)
    return (*v.read("read.vol"), said)

def refused(why, *words, tool="tif2vol", stdin=None):
    """It must be refused with these words, in one line."""
    status, out, said = v.tool(tool, "-q", *words, stdin=stdin)
    assert status == 1 and said.startswith(tool + ": ") and said.count("\n") == 1 and why in said, (words, status, said, why)

def plain(path):
    """The file as tifffile can read it here: what needs more codecs is undone by libtiff."""
    with tifffile.TiffFile(path) as t:
        if t.pages[0].compression in (1,) or (t.pages[0].compression == 8 and t.pages[0].predictor < 3):
            return path
    subprocess.run(["tiffcp", "-c", "none", path, "plain.tif"], check=True, stderr=subprocess.DEVNULL)
    return "plain.tif"

def array(data, colour=False):
    """Ours, x first, as tifffile has it: slowest first."""
    return np.moveaxis(data, -1, 0).transpose() if colour else data.transpose()

def spacing(path):
    """x, y, z in mm, by ImageJ's rules: TiffDecoder and FileOpener.decodeDescriptionString."""
    with tifffile.TiffFile(path) as t:
        page, meta = t.pages[0], t.imagej_metadata
        assert t.is_imagej and meta["unit"] == "mm" and page.tags["ResolutionUnit"].value == 1
        x, y = (float(1 / Fraction(*page.tags[n].value)) for n in ("XResolution", "YResolution"))
        return np.array([x, y, meta.get("spacing", 1.0)])
END

# ---- written ----

py "all types, grids, compressions: tifffile reads the same voxels, and ImageJ's spacing; and back, keys too" <<'END'
import numpy as np, tifffile, volfile as v
from both import *
keys = {"unit": "stored", "rescale": "2 -1024", "rescale.unit": "HU", "padding": "-2000", "note": "a\\nb \\\\ äß€ spacing=7",
        "labels": "1 lung-left\\n2 lung-right", "window": "40 400"}
methods = [[], ["-z", "deflate"], ["-z", "deflate", "-l", "9"], ["-z", "lzw"], ["-z", "zstd"], ["-z", "zstd", "-l", "9", "--bigtiff"],
           ["--bigtiff"]]
count = 0
for name, code in v.TYPES.items():
    for shape, kind in zip(((7, 5, 4), (1, 5, 4), (1, 1, 1), (4, 3, 2, 6), (4, 3, 1, 2), (9, 8, 1)),
                           ("plain", "oblique", "sheared", "left-handed", "coronal", "axial")):
        data, affine = v.numbers(code, shape), v.affine(kind)
        v.write("a.vol", data, affine, {**keys, **({"axis": "time s 0 2 4 6 8 10"} if shape[3:] == (6,) else {})})
        for words in methods:
            v.run("vol2tif", "a.vol", "-o", "a.tif", *words)
            at = (name, shape, kind, words)
            # page by page: tifffile takes small pages of tiffcp's for one of ImageJ's stacks
            got = np.array([p.asarray() for p in tifffile.TiffFile(plain("a.tif")).pages])
            assert got.dtype == np.dtype(code), (at, got.dtype)
            assert np.array_equal(got.reshape(array(data).shape), array(data)), at
            assert np.allclose(spacing("a.tif"), np.linalg.norm(affine[:3, :3], axis=0), rtol=1e-9), (at, spacing("a.tif"))
            if not words:
                assert np.array_equal(tifffile.imread("a.tif").squeeze(), array(data).squeeze()), at
            with tifffile.TiffFile("a.tif") as t:
                assert len(t.pages) == np.prod(shape[2:]) and t.is_bigtiff == ("--bigtiff" in words), at
                meta = t.imagej_metadata
                assert meta.get("frames", 1) == (shape[3] if len(shape) > 3 else 1), meta
                assert meta.get("images", 1) == len(t.pages) and meta.get("slices", 1) == shape[2], meta
                if shape[3:] == (6,):
                    assert meta["finterval"] == 2 and t.series[0].axes == "TZYX", (meta, t.series)
            back, where, got, said = read("a.tif")
            assert not said and back.dtype == data.dtype and np.array_equal(back, data) and np.array_equal(where, affine), at
            assert {k: w for k, w in got.items() if k in keys} == keys, got
            assert ("axis" in got) == (shape[3:] == (6,))
            count += 1
assert count == 8 * 6 * 7
END

py "what we say of values is only believed for those that it was written with" <<'END'
import numpy as np, tifffile, volfile as v
data = v.numbers("i2", (9, 8, 7))
v.write("a.vol", data, v.affine("oblique"), {"unit": "HU", "labels": "1 lung"})
for words in ([], ["-z", "deflate"]):
    v.run("vol2tif", "a.vol", *words, "-o", "a.tif")
    with tifffile.TiffFile("a.tif") as f:
        page = f.pages[0]
        text, resolution = page.description, (page.tags["XResolution"].value, page.tags["YResolution"].value)
    assert v.read_bytes(v.run("tif2vol", "a.tif"))[2]["unit"] == "HU"
    tifffile.imwrite("b.tif", data.T + 1, description=text, resolution=resolution, metadata=None)
    back, where, keys = v.read_bytes(v.run("tif2vol", "b.tif"))
    assert np.array_equal(back, data + 1) and np.allclose(where, v.affine("oblique"), atol=1e-9), where
    assert "unit" not in keys and "labels" not in keys and "source" in keys, keys
    assert "changed since volpipe wrote it" in v.tool("tif2vol", "-v", "b.tif")[2]
END

py "colour" <<'END'
import numpy as np, tifffile, volfile as v
from both import *
for n in (3, 4):
    for shape in ((5, 4, 3, n), (5, 4, 3, 2, n), (5, 4, 1, n)):
        for code in ("u1", "u2"):
            data, affine = v.numbers(code, shape), v.affine("axial")
            v.write("a.vol", data, affine, colour=True)
            for words in ([], ["-z", "deflate"], ["-z", "zstd"]):
                v.run("vol2tif", "a.vol", "-o", "a.tif", *words)
                want = array(data, True)
                got = np.array([p.asarray() for p in tifffile.TiffFile(plain("a.tif")).pages])
                assert np.array_equal(got.reshape(want.shape), want), (n, shape, code, words)
                back, where, _, said = read("a.tif")
                assert not said and np.array_equal(back, data) and np.array_equal(where, affine)
END

py "voxels of an uncompressed file lie together, as numpy.memmap wants them" <<'END'
import numpy as np, tifffile, volfile as v
data = v.numbers("i2", (40, 30, 20))
v.write("a.vol", data, v.affine("axial"), {"unit": "HU"})
v.run("vol2tif", "a.vol", "-o", "a.tif")
m = tifffile.memmap("a.tif", mode="r")
assert isinstance(m, np.memmap) and m.offset % 64 == 0 and np.array_equal(m, data.transpose())
END

py "physical values by ImageJ's calibration" <<'END'
import numpy as np, tifffile, volfile as v
from both import *
for code, shift in (("i2", 32768), ("u2", 0), ("u1", 0)):
    data = v.numbers(code, (5, 4, 3))
    v.write("a.vol", data, v.affine("axial"), {"unit": "stored", "rescale": "2 -1024", "rescale.unit": "HU"})
    v.run("vol2tif", "a.vol", "-o", "a.tif")
    meta = tifffile.TiffFile("a.tif").imagej_metadata
    # ImageJ adds 32768 to signed numbers when it loads them
    assert np.array_equal((data.astype(int) + shift) * meta["c1"] + meta["c0"], data.astype(int) * 2 - 1024), meta
    assert meta["cf"] == 0 and meta["vunit"] == "HU"
END

py "libtiff and PIL read every compression the same" <<'END'
import numpy as np, subprocess, volfile as v
from PIL import Image
from both import *
for code in ("u1", "u2", "f4"):
    data = v.numbers(code, (70, 50, 4)) if code != "u2" else v.numbers("u1", (70, 50, 4)).astype("u2")
    v.write("a.vol", data, v.affine("axial"))
    v.run("vol2tif", "a.vol", "-o", "none.tif")
    info = subprocess.run(["tiffinfo", "-D", "none.tif"], capture_output=True, check=True)
    assert not info.stderr, info.stderr
    for method in ("none", "deflate", "lzw", "zstd"):
        v.run("vol2tif", "a.vol", "-z", method, "-o", method + ".tif")
        same = subprocess.run(["tiffcmp", "-t", method + ".tif", "none.tif"], capture_output=True)
        told = [line for line in same.stdout.splitlines()
                if not line.startswith((b"Compression:", b"Predictor tag", b"RowsPerStrip:", b"Directory"))]
        assert not told and not same.stderr, (method, told, same.stderr)
        with Image.open(method + ".tif") as im:
            for k in range(4):
                im.seek(k)
                assert np.array_equal(np.array(im), data[:, :, k].T), (code, method, k)
END

py "the same bytes for any number of threads, from a file and from a pipe, to a file and to a pipe" <<'END'
import numpy as np, volfile as v
data = np.cumsum(v.numbers("i1", (300, 400, 9)), 0).astype("i2")
v.write("a.vol", data, v.affine("oblique"), {"unit": "HU"})
for method in ("none", "deflate", "lzw", "zstd"):
    v.run("vol2tif", "a.vol", "-z", method, "-o", "a.tif")
    want = open("a.tif", "rb").read()
    for n in (1, 2, 3, 5, 20):
        assert v.run("vol2tif", "-z", method, "--threads", n, stdin="a.vol") == want, (method, n)
    assert v.run("vol2tif", "-z", method, stdin=open("a.vol", "rb").read()) == want, method
    assert v.run("tif2vol", stdin=want) == v.run("tif2vol", "a.tif") == v.run("tif2vol", "-", stdin="a.tif"), method
END

# ---- a file a slice ----

py "slices: every one a file with its place; a folder, a pattern, and names in natural order read the same" <<'END'
import numpy as np, os, shutil, tifffile, volfile as v
from both import *
data, affine = v.numbers("i2", (9, 8, 12)), v.affine("oblique")
pairs = " ".join(f"{1 + k} {-k}" for k in range(12))
keys = {"unit": "stored", "rescale": pairs, "rescale.unit": "BQML"}
v.write("a.vol", data, affine, keys)
for method in ("none", "deflate", "zstd"):
    shutil.rmtree("s", ignore_errors=True)
    os.mkdir("s")
    v.run("vol2tif", "a.vol", "-z", method, "-o", "s/x{}.tif")
    assert sorted(os.listdir("s")) == ["x%02d.tif" % k for k in range(12)]
    for k in range(12):
        assert np.array_equal(tifffile.imread(plain(f"s/x{k:02}.tif")), data[:, :, k].T)
        one, where, got, _ = read(f"s/x{k:02}.tif")
        step = affine.copy()
        step[:3, 3] += k * affine[:3, 2]
        assert np.array_equal(one, data[:, :, k:k + 1]) and np.allclose(where, step, atol=1e-9), k
        assert got["rescale"] == f"{1 + k} {-k}", got
    names = ["s/" + n for n in sorted(os.listdir("s"), reverse=True)]
    for words in (["s"], ["s/"], ["s/x{}.tif"], ["s/x{:02d}.tif"], names):
        back, where, got, said = read(*words)
        assert not said and np.array_equal(back, data) and np.allclose(where, affine, atol=1e-12), words
        assert got["rescale"] == pairs, got
    refused("lies", "--as-given", *names)
    for k in range(12):
        os.rename(f"s/x{k:02}.tif", f"s/y{k}.tiff")
    assert np.array_equal(read("s")[0], data)
    os.remove("s/y5.tiff")
    refused("is one missing, or is the order wrong?", "s")
os.mkdir("t")
v.run("vol2tif", "a.vol", "-o", "t/{:04d}.tif")
assert sorted(os.listdir("t")) == ["%04d.tif" % k for k in range(12)]
END

py "slices: not one of them when the input fails, is in the way of others, or may not be replaced" <<'END'
import numpy as np, os, resource, volfile as v
from both import *
v.write("a.vol", v.numbers("i2", (9, 8, 300)), v.affine("axial"))
raw = open("a.vol", "rb").read()
def limited():
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
import subprocess
for method in ("none", "deflate"):
    os.mkdir(method)
    for given in (raw[:-1], raw[:len(raw) // 2], raw + b"x"):
        refused("", "-z", method, "-o", method + "/{}.tif", tool="vol2tif", stdin=given)
        assert os.listdir(method) == []
        done = subprocess.run(["vol2tif", "-z", method, "-o", method + "/{}.tif"], input=given, capture_output=True,
                              preexec_fn=limited)
        assert done.returncode == 1 and os.listdir(method) == [], done
    subprocess.run(["vol2tif", "-z", method, "-o", method + "/{}.tif", "a.vol"], check=True, preexec_fn=limited)
    assert len(os.listdir(method)) == 300
    refused("exists already", "--no-clobber", "-o", method + "/{}.tif", "a.vol", tool="vol2tif")
    v.run("vol2tif", "-z", method, "-o", method + "/{}.tif", "a.vol")
    v.write("less.vol", v.numbers("i2", (9, 8, 200)), v.affine("axial"))
    refused("would be taken for a slice too", "-o", method + "/{}.tif", "less.vol", tool="vol2tif")
    open(method + "/300.tif", "w").close()
    refused("300.tif is there and would be taken", "-o", method + "/{}.tif", "a.vol", tool="vol2tif")
refused("cannot be opened", "-o", "nowhere/{}.tif", "a.vol", tool="vol2tif")
refused("in the name of a folder", "-o", "x{}/a.tif", "a.vol", tool="vol2tif")
v.write("four.vol", v.numbers("i2", (3, 2, 2, 3)), v.affine("axial"))
refused("has 3 volumes", "-o", "{}.tif", "four.vol", tool="vol2tif")
END

py "--verify: told when it is the same, taken away when it is not" <<'END'
import os, volfile as v
v.write("a.vol", v.numbers("i2", (9, 8, 7)), v.affine("sheared"), {"unit": "stored", "rescale": "2 3"})
os.mkdir("v")
for words in ([], ["-z", "deflate"], ["-z", "lzw"], ["-z", "zstd"], ["--bigtiff"]):
    for to in ("v.tif", "v/{}.tif"):
        status, _, said = v.tool("vol2tif", "a.vol", "--verify", "-o", to, *words)
        assert status == 0 and "504 voxels are the same" in said, said
assert v.tool("vol2tif", "a.vol", "--verify")[0] == 2
END

# ---- read ----

py "tifffile's: types, byte orders, BigTIFF, tiles, strips, planes, and ImageJ's description" <<'END'
import itertools, numpy as np, tifffile, volfile as v
from both import *
count = 0
for code, order, big, tile, rows in itertools.product(v.TYPES.values(), "<>", (False, True), (None, (16, 32)), (None, 3)):
    if tile and rows:
        continue
    data = v.numbers(code, (41, 37, 3))
    tifffile.imwrite("a.tif", array(data).astype(order + code), byteorder=order, bigtiff=big, tile=tile, rowsperstrip=rows,
                     photometric="minisblack", metadata=None)
    back, where, keys, said = read("a.tif", "-s", "0.5,2,3")
    assert back.dtype == np.dtype(code) and np.array_equal(back, data), (code, order, big, tile, rows)
    assert np.array_equal(where, np.diag([-0.5, -2, 3, 1])) and "orientation is unknown" in said and said.count("\n") == 1
    assert v.run("tif2vol", "-q", "-s", "0.5,2,3", stdin=open("a.tif", "rb").read()) == v.run("tif2vol", "-q", "-s", "0.5,2,3", "a.tif")
    count += 1
assert count == 8 * 2 * 2 * 3
for planar, tile, comp, n in itertools.product(("contig", "separate"), (None, (16, 16)), (None, "zlib"), (3, 4)):
    for code in ("u1", "u2"):
        data = v.numbers(code, (41, 37, 3, n))
        want = array(data, True)
        tifffile.imwrite("a.tif", want if planar == "contig" else np.moveaxis(want, -1, 1), photometric="rgb", planarconfig=planar,
                         tile=tile, compression=comp, metadata=None, extrasamples=["unassalpha"][:n - 3])
        assert np.array_equal(read("a.tif", "-s", "1")[0], data), (planar, tile, comp, n)
for order, shape in itertools.product("<>", ((7, 5, 4), (7, 5, 4, 6), (7, 5, 1, 3))):
    for code in ("u1", "u2", "f4"):
        data = v.numbers(code, shape)
        meta = {"axes": "TZYX" if len(shape) > 3 else "ZYX", "unit": "um", "spacing": 2500.0, "finterval": 0.5}
        tifffile.imwrite("a.tif", array(data).astype(order + code), imagej=True, byteorder=order,
                         resolution=(1 / 700, 1 / 800), metadata=meta)
        back, where, keys, said = read("a.tif")
        assert np.array_equal(back.reshape(shape), data), (order, shape, code)
        assert np.allclose(where, np.diag([-0.7, -0.8, 2.5, 1]), rtol=1e-6), where
        if len(shape) > 3:
            assert keys["axis"].split()[:4] == ["time", "s", "0", "0.5"], keys
END

py "ImageJ's own: one set of tags for a stack above 4 GB, calibration, RGB, channels, what it leaves out" <<'END'
import numpy as np, os, struct, volfile as v
from both import *

def imagej(path, data, text, order=">", unit=1, res=((10, 7), (10, 8)), extra=(), ifds=1, hole=0):
    """As ij.io.TiffEncoder has it: one page's tags, then all voxels. hole: bytes of the file that are not written."""
    n = data.shape
    tags = [(254, 4, 1, 0), (256, 4, 1, n[-1]), (257, 4, 1, n[-2]), (258, 3, 1, 8 * data.itemsize), (262, 3, 1, 1),
            (270, 2, len(text) + 1, "text"), (273, 4, 1, 768), (277, 3, 1, 1), (278, 3, 1, n[-2]),
            (279, 4, 1, n[-1] * n[-2] * data.itemsize), (282, 5, 1, "x"), (283, 5, 1, "y"), (296, 3, 1, unit), *extra]
    tags.sort()
    head = struct.pack(order + "2sHI", b"MM" if order == ">" else b"II", 42, 8) + struct.pack(order + "H", len(tags))
    end = 8 + 2 + 12 * len(tags) + 4
    far = b""
    for tag, kind, count, value in tags:
        at = end + len(far)
        if value == "text":
            far += text.encode("latin1") + b"\0"
            value = at
        elif value in ("x", "y"):
            far += struct.pack(order + "II", *res[value == "y"])
            value = at
        if kind == 3 and count == 1:
            head += struct.pack(order + "HHIHH", tag, kind, count, value, 0)
        else:
            head += struct.pack(order + "HHII", tag, kind, count, value)
    head += b"\0\0\0\0" + far
    assert len(head) <= 768, len(head)
    with open(path, "wb") as f:
        f.write(head.ljust(768, b"\0"))
        if hole:
            f.truncate(768 + hole)
        else:
            f.write(data.astype(data.dtype.newbyteorder(order)).tobytes())

data = v.numbers("u2", (7, 5, 6))
for order in "<>":
    imagej("a.tif", array(data), "ImageJ=1.53t\nimages=6\nslices=6\nunit=mm\nspacing=2.5\nloop=false\n", order)
    back, where, keys, said = read("a.tif")
    assert np.array_equal(back, data) and np.allclose(where, np.diag([-0.7, -0.8, 2.5, 1]))
    imagej("a.tif", array(data), "ImageJ=1.53t\nimages=6\nslices=2\nframes=3\nhyperstack=true\nunit=\\u00B5m\nspacing=2.5\n", order)
    back, where, keys, said = read("a.tif")
    assert np.array_equal(back, data.reshape((7, 5, 2, 3), order="F")) and np.allclose(where, np.diag([-7e-4, -8e-4, 2.5e-3, 1]))
imagej("a.tif", array(data), "ImageJ=1.53t\nimages=7\nslices=7\nunit=mm\nspacing=2.5\n")
refused("ends inside the voxels of 7 pages", "a.tif")
imagej("a.tif", array(data), "ImageJ=1.53t\nimages=6\nchannels=2\nslices=3\nunit=mm\nspacing=2.5\n")
refused("has 2 channels", "a.tif")
assert np.array_equal(read("a.tif", "--slices")[0], data)
imagej("a.tif", array(data), "ImageJ=1.53t\nimages=6\nslices=6\nunit=mm\n")
assert "no distance of slices, which is 1 in ImageJ: taken as 1 mm" in read("a.tif")[3]
imagej("a.tif", array(data), "ImageJ=1.53t\nimages=6\nslices=6\nunit=pixel\nspacing=2\n")
refused("does not tell the distance of its voxels", "a.tif")
imagej("a.tif", array(data), "ImageJ=1.53t\nimages=6\nslices=6\nunit=mm\nspacing=2\n", unit=3)
refused("has resolution in cm and says 'mm'", "a.tif")
imagej("a.tif", array(data), "ImageJ=1.53t\nimages=6\nslices=6\nspacing=.2\n", unit=3)
assert np.allclose(read("a.tif")[1], np.diag([-7, -8, 2, 1]))
imagej("a.tif", array(data), "ImageJ=1.53t\nimages=6\nslices=6\nspacing=.1\nunit=inch\n", unit=2)
assert np.allclose(read("a.tif")[1], np.diag([-25.4 * .7, -25.4 * .8, 2.54, 1]))
# signed numbers, which ImageJ writes as unsigned ones and a calibration
imagej("a.tif", array(data), "ImageJ=1.53t\nimages=6\nslices=6\nunit=mm\ncf=0\nc0=-32768.0\nc1=1.0\nvunit=Gray Value\nspacing=2.5\n")
assert read("a.tif")[2]["rescale"] == "1 -32768"
imagej("a.tif", array(data), "ImageJ=1.53t\nimages=6\nslices=6\nunit=mm\ncf=20\nc0=1\nc1=1\nvunit=OD\nspacing=2.5\n")
assert "is no straight line" in read("a.tif")[3]
imagej("a.tif", array(data)[:1], "ImageJ=1.53t\nunit=mm\n")
refused("no distance of slices: tif2vol --spacing 0.7,0.8,Z gives it", "a.tif")
assert np.allclose(read("a.tif", "-s", "0.7,0.8,5")[1], np.diag([-.7, -.8, 5, 1]))
# above 4 GB, as a file with a hole
n = 2200
imagej("a.tif", np.zeros((1, 1000, 1000), "u2"), f"ImageJ=1.53t\nimages={n}\nslices={n}\nunit=mm\nspacing=2.5\n", hole=n * 2000000)
process = __import__("subprocess").Popen(["tif2vol", "-q", "a.tif"], stdout=-1)
assert b"sizes: 1000 1000 2200" in process.stdout.read(65536)
process.stdout.close()
process.wait()
os.remove("a.tif")
END

py "libtiff's: every compression, tiles, planes, strips, byte orders, BigTIFF" <<'END'
import itertools, numpy as np, subprocess, volfile as v
from both import *
for code, colour in (("u1", 0), ("i2", 0), ("u1", 3), ("u2", 3), ("f4", 0), ("i4", 0), ("f8", 0), ("u1", 4)):
    data = v.numbers(code, (67, 45, 3, colour) if colour else (67, 45, 3))
    v.write("a.vol", data, v.affine("oblique"), colour=bool(colour))
    v.run("vol2tif", "a.vol", "-o", "a.tif")
    for comp, layout, order, big in itertools.product(
            ("none", "packbits", "lzw", "lzw:2", "zip", "zip:2", "zstd", "zstd:2"), ([], ["-t", "-w", "32", "-l", "16"], ["-r", "7"]),
            ("-L", "-B"), ([], ["-8"])):
        if ":2" in comp and code[0] == "f":
            comp = comp.replace(":2", ":3")
        # tiffcp reverses the bytes of floats before their differences
        if ":3" in comp and (code == "f8" or order == "-B"):
            continue
        for planes in ([], ["-p", "separate"]) if colour and code == "u1" else ([],):
            words = ["tiffcp", *big, "-c", comp, order, *layout, *planes, "a.tif", "b.tif"]
            subprocess.run(words, check=True, capture_output=True)
            back, where, _, said = read("b.tif")
            assert not said and np.array_equal(back, data) and np.array_equal(where, v.affine("oblique")), words
END

py "large strips, row by row and of a plane each" <<'END'
import numpy as np, subprocess, volfile as v
from both import *
data = np.cumsum(v.numbers("i1", (3000, 1100, 2)), 0).astype("i2")
v.write("a.vol", data, v.affine("axial"))
v.run("vol2tif", "a.vol", "-o", "a.tif")
subprocess.run(["tiffcp", "-c", "zip:2", "-r", "1100", "a.tif", "b.tif"], check=True, capture_output=True)
assert np.array_equal(read("b.tif")[0], data)
rgb = v.numbers("u1", (1700, 1100, 2, 3))
v.write("a.vol", rgb, v.affine("axial"), colour=True)
v.run("vol2tif", "a.vol", "-o", "a.tif")
subprocess.run(["tiffcp", "-c", "lzw", "-r", "1100", "-p", "separate", "a.tif", "b.tif"], check=True, capture_output=True)
assert np.array_equal(read("b.tif")[0], rgb)
v.run("vol2tif", "a.vol", "-z", "deflate", "-o", "a.tif")
assert np.array_equal(read("a.tif")[0], rgb)
END

py "PIL's: several pages, compressions, palettes, white at 0" <<'END'
import numpy as np, volfile as v
from PIL import Image
from both import *
for code in ("u1", "u2", "f4"):
    data = v.numbers(code, (31, 22, 4)) if code != "f4" else v.numbers(code, (31, 22, 4))
    pages = [Image.fromarray(np.ascontiguousarray(data[:, :, k].T)) for k in range(4)]
    for comp in (None, "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"):
        pages[0].save("a.tif", save_all=True, append_images=pages[1:], compression=comp)
        assert np.array_equal(read("a.tif", "-s", "1")[0], data), (code, comp)
        refused("does not tell the distance", "a.tif")
image = Image.fromarray(v.numbers("u1", (31, 22)).T)
image.convert("P").save("p.tif")
assert np.array_equal(read("p.tif", "-s", "1")[0][:, :, 0].T, np.array(image.convert("P")))
import tifffile
tifffile.imwrite("w.tif", np.array(image), photometric="miniswhite")
got = read("w.tif", "-s", "1")
assert np.array_equal(got[0][:, :, 0].T, np.array(image)) and "with 0 as white" in got[3]
END

py "previews and masks are no slices; resolution in dots and cm" <<'END'
import numpy as np, tifffile, volfile as v
from both import *
data = v.numbers("u1", (20, 16, 3))
with tifffile.TiffWriter("a.tif") as t:
    for k in range(3):
        t.write(data[:, :, k].T, photometric="minisblack", resolution=(10, 5), resolutionunit=3, metadata=None)
        t.write(data[::2, ::2, k].T, photometric="minisblack", subfiletype=1, metadata=None)
assert np.array_equal(read("a.tif", "-s", "1")[0], data)
refused("has pixels of 1 x 2 mm, but no distance of slices: tif2vol --spacing 1,2,Z", "a.tif")
END

py "slices of others: natural order, one distance for all; refused when they do not fit" <<'END'
import numpy as np, os, tifffile, volfile as v
from both import *
os.mkdir("f")
data = v.numbers("u2", (9, 8, 12))
for k in range(12):
    tifffile.imwrite(f"f/slice{k + 1}.tif", data[:, :, k].T, metadata=None)
open("f/notes.txt", "w").write("no image")
back, where, keys, said = read("-s", "1,1,2", "f")
assert np.array_equal(back, data) and said.count("\n") == 1, said
assert np.array_equal(read("-s", "1,1,2", *[f"f/slice{k + 1}.tif" for k in range(12)])[0], data)
assert np.array_equal(read("-s", "1,1,2", "--as-given", *[f"f/slice{12 - k}.tif" for k in range(12)])[0], data[:, :, ::-1])
assert np.array_equal(read("-s", "1,1,2", "f/slice{}.tif")[0], data)
tifffile.imwrite("f/slice13.tif", data[:, :7, 0].T, metadata=None)
refused("is 9 x 7 uint16, and f/slice1.tif is 9 x 8 uint16", "-s", "1", "f")
tifffile.imwrite("f/slice13.tif", np.stack([data[:, :, 0].T] * 2), photometric="minisblack", metadata=None)
refused("has more than one page: of many files each is a slice", "-s", "1", "f")
os.mkdir("empty")
refused("has no files that end in .tif or .tiff", "empty")
refused("fits no file that is there", "f/z{}.tif")
refused("cannot be opened", "f/none.tif")
END

# ---- what is not taken ----

py "--like gives the grid, of the same sizes" <<'END'
import numpy as np, os, tifffile, volfile as v
from both import *
data, affine = v.numbers("i2", (9, 8, 7)), v.affine("sheared")
v.write("a.vol", data, affine, {"unit": "HU"})
v.write("other.vol", data[:, :, :6], affine)
tifffile.imwrite("a.tif", array(data), photometric="minisblack", metadata=None)
os.mkdir("l")
v.run("vol2tif", "other.vol", "-o", "own.tif")
for k in range(7):
    tifffile.imwrite(f"l/{k}.tif", data[:, :, k].T, metadata=None)
for words in (["a.tif"], ["l"]):
    back, where, keys, said = read("--like", "a.vol", *words)
    assert not said and np.array_equal(back, data) and np.allclose(where, affine, atol=1e-9), said
    refused("is of 9 x 8 x 7 voxels, the grid that it should lie on of 9 x 8 x 6", "--like", "other.vol", *words)
back, where, keys, said = read("--like", "other.vol", "own.tif")
assert not said and np.allclose(where, affine, atol=1e-9)
assert v.tool("tif2vol", "--like", "a.vol", "-s", "1", "a.tif")[0] == 2
assert v.tool("tif2vol", "--like", "-", stdin="a.tif")[0] == 2
# our own slices in another spacing
os.mkdir("again")
v.run("vol2tif", "a.vol", "-o", "again/{}.tif")
scale = np.diag([1 / 0.7, 2 / 0.8, 3 / np.linalg.norm(affine[:3, 2]), 1])
want = affine @ scale
for words in (["again"], ["own.tif"]):
    assert np.allclose(read("-s", "1,2,3", *words)[1], want, atol=1e-9), words
END

py "refused with what is wrong" <<'END'
import numpy as np, subprocess, tifffile, volfile as v
from both import *
def make(data, **how):
    tifffile.imwrite("a.tif", data, **{"metadata": None, **how})
make(np.zeros((4, 5), "c8"))
refused("pixels are complex numbers of 64 bits", "-s", "1", "a.tif")
make(np.zeros((4, 5), "f2"))
refused("pixels are floating-point numbers of 16 bits", "-s", "1", "a.tif")
make(np.zeros((4, 5), "i8"))
refused("pixels are signed numbers of 64 bits", "-s", "1", "a.tif")
make(np.zeros((4, 5), "bool"))
refused("pixels are unsigned numbers of 1 bits", "-s", "1", "a.tif")
make(np.zeros((4, 5, 2), "u1"), photometric="minisblack", planarconfig="contig")
refused("has 2 numbers a pixel, which are no RGB", "-s", "1", "a.tif")
make(np.zeros((4, 5), "u1"), extratags=[(274, 3, 1, 3, True)])
refused("is not stored from top left (orientation 3)", "-s", "1", "a.tif")
with tifffile.TiffWriter("a.tif") as t:
    t.write(np.zeros((4, 5), "u1"), metadata=None)
    t.write(np.zeros((4, 6), "u1"), metadata=None)
refused("page 1 is 6 x 4 uint8, and page 0 is 5 x 4 uint8", "-s", "1", "a.tif")
open("e.tif", "w").close()
refused("is empty", "e.tif")
refused("is no TIFF (no magic)".replace("no TIFF", "not TIFF"), "both.py")
# our own lines, and something else in the file
v.write("a.vol", v.numbers("i2", (9, 8, 7)), v.affine("oblique"))
v.run("vol2tif", "a.vol", "-o", "a.tif")
raw = open("a.tif", "rb").read()
for old, new, why in ((b"# sizes: 9 8 7", b"# sizes: 9 7 8", "another sizes"), (b"# type: int16", b"# type:uint16", "another type"),
                      (b"# dimension: 3", b"# dimensoin: 3", "damaged lines")):
    open("b.tif", "wb").write(raw.replace(old, new))
    refused(why, "b.tif")
    got = read("-s", "1,2,3", "b.tif")
    assert "orientation is unknown" in got[3] and np.array_equal(got[0], v.numbers("i2", (9, 8, 7)))
subprocess.run(["tiffset", "-s", "282", "2.0", "a.tif"], check=True)
refused("another resolution", "a.tif")
# in one of several slices
END

py "vol2tif: options that do not fit" <<'END'
import volfile as v
v.write("a.vol", v.numbers("i2", (9, 8, 7)), v.affine("oblique"))
for words in (["-l", "3"], ["-z", "lzw", "-l", "3"], ["-z", "deflate", "-l", "10"], ["-o", "a.png"], ["-z", "jpeg"], ["--verify"]):
    status, out, said = v.tool("vol2tif", "a.vol", *words)
    assert status == 2 and not out, (words, said)
END

py "cut short by a byte, by half, and anywhere: never taken for whole" <<'END'
import numpy as np, subprocess, volfile as v
from both import *
data = np.cumsum(v.numbers("i1", (40, 30, 4)), 0).astype("i2")
v.write("a.vol", data, v.affine("axial"))
for method in ("none", "deflate", "lzw", "zstd"):
    v.run("vol2tif", "a.vol", "-z", method, "-o", "a.tif")
    raw = open("a.tif", "rb").read()
    whole = v.run("tif2vol", "a.tif")
    for n in {1, 8, len(raw) // 2, len(raw) // 3, len(raw) - 9, *range(10, len(raw), len(raw) // 40)}:
        status, out, said = v.tool("tif2vol", "-q", stdin=raw[:len(raw) - n])
        assert (status == 1 and said.startswith("tif2vol: ") and said.count("\n") == 1) or (status == 0 and out == whole), (
            method, n, status, said)
        assert status == 1 or method != "none", n
    for words in (["-c", "packbits"], ["-c", "zip", "-t", "-w", "16", "-l", "16"], ["-c", "lzw", "-B"]):
        subprocess.run(["tiffcp", *words, "a.tif", "b.tif"], check=True, capture_output=True)
        raw2 = open("b.tif", "rb").read()
        whole2 = v.run("tif2vol", "b.tif")
        for n in (1, len(raw2) // 2, len(raw2) // 3, len(raw2) - 9):
            status, out, said = v.tool("tif2vol", "-q", stdin=raw2[:len(raw2) - n])
            assert status == 1 or out == whole2, (words, n)
END

py "damaged tags, each by hand: an error line or right, in little time" <<'END'
import numpy as np, struct, volfile as v
from both import *
data = v.numbers("i2", (9, 8, 3))
v.write("a.vol", data, v.affine("axial"))
count = 0
for words in ([], ["-z", "zstd"], ["--bigtiff"]):
    v.run("vol2tif", "a.vol", "-o", "a.tif", *words)
    raw = open("a.tif", "rb").read()
    big = "--bigtiff" in words
    first = struct.unpack_from("<Q" if big else "<I", raw, 8 if big else 4)[0]
    n = struct.unpack_from("<Q" if big else "<H", raw, first)[0]
    entry, at = (20, first + 8) if big else (12, first + 2)
    for i in range(n):
        for field, width in ((0, 2), (2, 2), (4, 8 if big else 4), (12 if big else 8, 8 if big else 4)):
            for value in (0, 1, 7, 0xffff, 0x7fffffff, 0xffffffff, 2**63 - 1):
                bad = bytearray(raw)
                place = at + i * entry + field
                bad[place:place + width] = (value & (256**width - 1)).to_bytes(width, "little")
                start = v.spent()
                status, out, said = v.tool("tif2vol", "-q", stdin=bytes(bad))
                assert v.spent() - start < 5 and status in (0, 1), (words, i, field, value, status)
                assert status == 0 or (said.startswith("tif2vol: ") and said.count("\n") == 1), (words, i, field, value, said)
                count += 1
    # a page that points to itself, to the first, and behind the end
    for to in (first, 8, len(raw), len(raw) * 2):
        bad = bytearray(raw)
        bad[at + n * entry:at + n * entry + 4] = to.to_bytes(4, "little")
        status, out, said = v.tool("tif2vol", "-q", stdin=bytes(bad))
        assert status == 1, (to, said)
assert count > 1000
END

# ---- beside other tools ----

py "volconvert by suffix, both ways; slices too" <<'END'
import numpy as np, os, volfile as v
data, affine = v.numbers("i2", (9, 8, 7)), v.affine("oblique")
v.write("a.vol", data, affine, {"unit": "HU"})
for name in ("c.tif", "c.tiff"):
    v.run("volconvert", "a.vol", name)
    v.run("volconvert", name, "c.nrrd")
    v.run("volconvert", "c.nrrd", "c.vol")
    got, where, keys = v.read("c.vol")
    assert np.array_equal(got, data) and np.allclose(where, affine, atol=1e-9) and keys["unit"] == "HU"
os.mkdir("c")
v.run("volconvert", "a.vol", "c/{}.tif")
assert len(os.listdir("c")) == 7
status, out, said = v.tool("volcmp", "c.tif", "a.vol")
assert status == 0, said
END

py "memory does not grow with the volume; 4 GiB and more are BigTIFF" <<'END'
import os, subprocess, volfile as v
head = v.zeros_header("h.vol", 200)
limit = 400 if v.SANITIZED else 32
for words in ([], ["-z", "deflate"], ["-z", "zstd"]):
    peak = v.peak_mib(["vol2tif", *words, "--threads", "2"], head, 200)
    assert peak < limit, (words, peak)
os.mkdir("m")
peak = v.peak_mib(["vol2tif", "-o", "m/{}.tif", "--threads", "2"], head, 200)
assert peak < limit, peak
v.run("tif2vol", "m", "-o", "m.vol")
assert os.path.getsize("m.vol") >= 200 << 20
done = subprocess.run("vol2tif m.vol -z deflate -o m.tif; rm -r m m.vol; tif2vol m.tif | wc -c", shell=True, capture_output=True)
assert int(done.stdout) >= 200 << 20
for mib, magic in ((4000, b"II*\0"), (4096, b"II+\0"), (9000, b"II+\0")):
    p = subprocess.Popen(["vol2tif"], stdin=-1, stdout=-1, stderr=-1)
    p.stdin.write(v.zeros_header("h.vol", mib) + bytes(1 << 20))
    p.stdin.close()
    assert p.stdout.read(4) == magic, mib
    p.stdout.close()
    p.wait()
END

done_testing
