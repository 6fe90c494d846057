#!/bin/sh
# par2vol: what nibabel and dcm2niix read of the same files, and files that lie.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy nibabel

cat >made.py <<'END'
"""Scans with voxels of noise, and what nibabel makes of them."""
import re
import warnings
from pathlib import Path
import nibabel, numpy as np
from nibabel import parrec
import parfile, volfile as v

warnings.simplefilter("ignore")
SHAPE = (16, 12)
PHANTOMS = Path(nibabel.__path__[0]) / "tests" / "data"


def noise(images, bits=16, shape=SHAPE, seed=1):
    """Voxels of so many images: x, y, image."""
    return v.numbers(f"u{bits // 8}", (*shape, images), seed)


def rec(voxels):
    return voxels.transpose().astype(voxels.dtype.newbyteorder("<")).tobytes()


def read(*words):
    """The stream that par2vol makes, and what it said."""
    status, out, said = v.tool("par2vol", *words)
    assert status == 0, f"{words}: exit {status}: {said}"
    Path("read.vol").write_bytes(out)
    return v.read("read.vol") + (said,)


def rescaled(data, keys):
    """Physical values, with a pair for each slice or one for all."""
    pairs = np.array(keys.get("rescale", "1 0").split(), float).reshape(-1, 2)
    pairs = pairs if len(pairs) > 1 else np.repeat(pairs, int(np.prod(data.shape[2:])), 0)
    slope, intercept = (pairs[:, i].reshape(data.shape[2:], order="F") for i in (0, 1))
    return data * slope + intercept


def stack(orientation, angle, centre, slices, seed=1, down=False, **more):
    """Images of one volume, placed where nibabel has the slices of a stack with this middle."""
    images = [dict({"slice": s + 1, "index": s, "orientation": orientation, "angle": angle}, **more)
              for s in range(slices)]
    parfile.write("place.PAR", images, b"", **general(angle, centre))
    affine = parrec.load("place.PAR").affine
    for s, image in enumerate(images):
        x, y, z = (affine @ [7.5, 5.5, slices - 1 - s if down else s, 1])[:3]
        image["place"] = (-y, z, -x)
    return images, affine


def general(angle, centre):
    return {"angulation": "%.3f %.3f %.3f" % tuple(angle), "off_centre": "%.3f %.3f %.3f" % tuple(centre)}


def same(path, *words, off=1e-9, **load):
    """Voxels, place and values as nibabel has them; the keys."""
    data, affine, keys, said = read(path, *words)
    for scaling, options in (("dv", ()), ("fp", ("--scale", "fp"))):
        image = parrec.load(path, strict_sort=True, scaling=scaling, **load)
        assert np.array_equal(data, image.dataobj.get_unscaled()), f"{path}: voxels"
        assert v.corner_distance(affine, image.affine, data.shape) < off, f"{path}: {affine} {image.affine}"
        values = rescaled(*read(path, *words, *options)[0::2])
        assert np.allclose(values, np.asarray(image.dataobj), rtol=1e-12), f"{path}: {scaling}"
    assert not said, said
    return keys
END

# ---- what others read ----

py "files of scanners, as nibabel reads them" <<'END'
import re
import numpy as np
from made import *
names = [p for p in sorted(PHANTOMS.glob("*.PAR"))
         if not re.match("NA|ASL|fieldmap|umass|phantom_trunc|T1_3echo|R11", p.name)]
if not names:
    raise SystemExit(0)
for path in names:
    raw = path.read_bytes()
    rows = [line.split() for line in raw.splitlines() if re.match(rb"\s*\d", line)]
    shape = int(rows[0][9]), int(rows[0][10])
    if shape[0] * shape[1] * len(rows) > 4e6:
        rows, raw = rows[:0], b""
    if raw:
        open("p.PAR", "wb").write(raw)
        open("p.REC", "wb").write(rec(noise(len(rows), shape=shape)))
        if path.name == "DTI.PAR":
            data, affine, keys, said = read("p.PAR")
            assert "volume 7 of b-value 1000 has no direction" in said and "DWMRI_gradient_0000" not in keys, said
            continue
        same("p.PAR", permit_truncated=True)
END

py "versions, bits, orientations, angles, any order of slices and lines, as nibabel reads them" <<'END'
import numpy as np
from made import *
rng = np.random.default_rng(5)
for version in (4, 4.1, 4.2):
    for bits in (8, 16):
        for orientation in (1, 2, 3):
            angle, centre = rng.uniform(-60, 60, 3).round(3), rng.uniform(-90, 90, 3).round(3)
            images, affine = stack(orientation, angle, centre, 5)
            images = [dict(image, dynamic=d, index=5 * (d - 1) + s, **{"bits": bits, "begin": 1.5 * d,
                      "rs": 0.5 + s + d, "ri": -2.5 * s, "ss": 0.01 * (1 + s)})
                      for d in (1, 2) for s, image in enumerate(images)]
            # nibabel takes the lines to be in the order of the REC file
            order = rng.permutation(10)
            lines = [dict(images[i], index=n) for n, i in enumerate(order)]
            parfile.write("g.PAR", lines, rec(noise(10, bits)), version, **general(angle, centre))
            keys = same("g.PAR")
            assert keys["axis"] == "time s 1.5 3" and keys["unit"] == "stored" and keys["modality"] == "MR", keys
            # and here they are not
            parfile.write("h.PAR", [images[i] for i in order], rec(noise(10, bits)), version, **general(angle, centre))
            data, where, _, _ = read("h.PAR")
            assert np.array_equal(data.reshape(*SHAPE, 10, order="F"), noise(10, bits)) and np.allclose(where, affine)
END

py "slices that run the other way lie where they say" <<'END'
import numpy as np
from made import *
for orientation in (1, 2, 3):
    angle, centre = (5, -12, 31), (10.25, -3.5, 44)
    images, affine = stack(orientation, angle, centre, 4, down=True)
    parfile.write("d.PAR", images, rec(noise(4)), **general(angle, centre))
    data, where, _, _ = read("d.PAR")
    turned = affine @ np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, 3], [0, 0, 0, 1]])
    assert np.array_equal(data, noise(4)) and np.allclose(where, turned, atol=1e-9), orientation
END

py "places and angles of the images count where the general information has others, or none" <<'END'
import numpy as np
from made import *
angle, centre = (-13.27, 4.5, 20), (10.25, -3.5, 44)
images, affine = stack(1, angle, centre, 4)
for say in (dict(angulation="0 0 0", off_centre="0 0 0"), dict(angulation="", off_centre="nowhere")):
    parfile.write("a.PAR", images, rec(noise(4)), **say)
    _, where, _, said = read("a.PAR")
    assert v.corner_distance(where, affine, (16, 12, 4)) < 0.02 and not said, said
# in tenths of a millimetre
for image in images:
    image["place"] = np.round(image["place"], 1)
parfile.write("a.PAR", images, rec(noise(4)), angulation="0 0 0")
assert v.corner_distance(read("a.PAR")[1], affine, (16, 12, 4)) < 0.15
# thickness and gap that say something else
parfile.write("a.PAR", [dict(i, **{"gap": 2}) for i in images], rec(noise(4)), **general(angle, centre))
_, where, _, said = read("a.PAR")
assert "slices lie 3.497 mm" in said and "add up to 5 mm" in said, said
assert v.corner_distance(where, affine, (16, 12, 4)) < 0.15
# one slice has only those
parfile.write("a.PAR", images[:1], rec(noise(1)))
assert abs(np.linalg.norm(read("a.PAR")[1][:3, 2]) - 3.5) < 1e-12
END

py "version 4 files that have the places as rl, ap, fh" <<'END'
from made import *
for angle, centre in (((-13, 4, 20), (10.25, -3.5, 44)), ((0, 0, 0), (0, 0, 0))):
    images, affine = stack(1, angle, centre, 4)
    for image in images:
        ap, fh, rl = image["place"]
        image["place"] = rl, ap, fh
    parfile.write("w.PAR", images, rec(noise(4)), 4, **general(angle, centre))
    _, where, _, said = read("w.PAR")
    assert v.corner_distance(where, affine, (16, 12, 4)) < 0.02 and "in the order rl, ap, fh" in said, said
END

if have dcm2niix; then
	py "versions 3 and 4.2, and diffusion, as dcm2niix reads them" <<'END'
import glob, subprocess
import numpy as np
from made import *
def others(path, fp):
    for old in glob.glob("nii-*"):
        Path(old).unlink()
    subprocess.run(["dcm2niix", "-z", "n", "-b", "n", "-p", "ny"[fp], "-f", "nii-o", f"./{path}"], stdout=subprocess.DEVNULL, check=True)
    return nibabel.load("nii-o.nii")
def head_up(data, affine):
    image = nibabel.as_closest_canonical(nibabel.Nifti1Image(data.astype("f8"), affine))
    return np.asarray(image.dataobj), image.affine
for version in (3, 4.2):
    for orientation in (1, 2, 3):
        angle, centre = (7, -12, 21), (10.25, -3.5, 44)
        images, affine = stack(orientation, angle, centre, 5, **{"rs": 2.5, "ss": 0.004, "te": 30})
        voxels = noise(5) >> 4 # dcm2niix reads int16
        parfile.write("o.PAR", images, rec(voxels), version, **general(angle, centre))
        for fp in (False, True):
            image = others("o.PAR", fp)
            data, where, keys, said = read("o.PAR", "--scale", ("dv", "fp")[fp])
            mine, mine_at = head_up(rescaled(data, keys), where)
            theirs, theirs_at = head_up(np.asarray(image.dataobj), image.affine)
            assert np.allclose(mine, theirs, rtol=1e-6) and not said, f"{version} {orientation}"
            assert v.corner_distance(mine_at, theirs_at, mine.shape) < 1000.02 and np.allclose(where, affine)
            assert keys["dicom.EchoTime"] == "30" and keys["dicom.SliceThickness"] == "3"
images, affine = stack(1, (20, -10, 35), (1, 2, 3), 3)
directions = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, -0.8, 0), (0.577, 0.577, -0.577)]
images = [dict(image, index=3 * g + s, **{"gradient": g + 1, "b_number": 1 + (g > 0), "b": 800 * (g > 0),
          "direction": d}) for g, d in enumerate(directions) for s, image in enumerate(images)]
parfile.write("o.PAR", images, rec(noise(18) >> 4), diffusion=1, **general((20, -10, 35), (1, 2, 3)))
raw = open("o.PAR", "rb").read().replace(b".    Diffusion ", b".    Max. number of diffusion values    :   2\r\n"
      b".    Max. number of gradient orients    :   6\r\n.    Diffusion ")
open("o.PAR", "wb").write(raw)
image = others("o.PAR", False)
data, where, keys, said = read("o.PAR")
assert not said and keys["axis"] == "bvalue s/mm2 0 800 800 800 800 800" and keys["DWMRI_b-value"] == "800", keys
axes = image.affine[:3, :3] / np.linalg.norm(image.affine[:3, :3], axis=0)
if np.linalg.det(axes) > 0:
    axes[:, 0] *= -1 # FSL's rule
mine = [axes.T @ (np.array(keys[f"DWMRI_gradient_{i:04d}"].split(), float) * (-1, -1, 1)) for i in range(6)]
assert np.allclose(np.transpose(mine), np.loadtxt("nii-o.bvec"), atol=2e-3), f"{mine} {np.loadtxt('o.bvec')}"
END
else
	skip "versions 3 and 4.2, and diffusion, as dcm2niix reads them" "dcm2niix is not installed"
fi

# ---- lists ----

py "echoes, phases, labels, sequences, dynamics: each a list with its values" <<'END'
from made import *
base, _ = stack(1, (0, 0, 0), (0, 0, 0), 3)
for what, name, axis, more in (
        ("echo", "echo", "echo ms 2.3 5.76 9", lambda i: {"te": (2.3, 5.76, 9)[i]}),
        ("echo", "echo", "echo 1 1 2 3", lambda i: {}),
        ("phase", "phase", "time ms 0 40 80", lambda i: {"trigger": 40 * i}),
        ("phase", "phase", "phase 1 1 2 3", lambda i: {}),
        ("dynamic", "dynamic", "dynamic 1 1 2 3", lambda i: {"begin": 7}),
        ("sequence", "sequence", "sequence 1 1 2 3", lambda i: {}),
        ("label", "label", "label 1 1 2 3", lambda i: {})):
    images = [dict(image, index=3 * i + s, **{what: i + 1}, **more(i)) for i in range(3) for s, image in enumerate(base)]
    parfile.write("l.PAR", images, rec(noise(9)))
    data, _, keys, said = read("l.PAR")
    assert keys["axis"] == axis and not said, f"{keys} {said}"
    assert np.array_equal(data.reshape(*SHAPE, 9, order="F"), noise(9))
    one, _, keys, _ = read("l.PAR", "--only", f"{name}=2")
    assert np.array_equal(one, data[..., 1]) and "axis" not in keys
    two, _, keys, _ = read("l.PAR", "--skip", f"{name}=2")
    assert np.array_equal(two, data[..., [0, 2]]) and keys["axis"].split()[2:] == axis.split()[2::2]
END

py "several at once are refused by name, chosen from, or joined" <<'END'
from made import *
base, _ = stack(2, (0, 10, 0), (0, 0, 0), 3)
images = [dict(image, index=6 * d + 3 * e + s, echo=e + 1, dynamic=d + 1, **{"te": 5 * e + 5})
          for d in range(3) for e in range(2) for s, image in enumerate(base)]
parfile.write("s.PAR", images, rec(noise(18)), **general((0, 10, 0), (0, 0, 0)))
status, out, said = v.tool("par2vol", "s.PAR")
assert status == 1 and not out and "has 3 dynamics, 2 echoes" in said and "--accept joined" in said, said
data, _, keys, _ = read("s.PAR", "--accept", "joined")
assert data.shape[3] == 6 and "axis" not in keys and np.array_equal(data, parrec.load("s.PAR", strict_sort=True).dataobj)
assert np.array_equal(read("s.PAR", "--only", "echo=2")[0], data[..., 1::2])
assert read("s.PAR", "--only", "dynamic=3")[2]["axis"] == "echo ms 5 10"
assert np.array_equal(read("s.PAR", "--only", "dynamic=3,echo=1")[0], data[..., 4])
assert "holds no images of echo 3, only 1, 2" in v.tool("par2vol", "s.PAR", "--only", "echo=3")[2]
END

py "types are kept apart" <<'END'
from made import *
base, _ = stack(1, (0, 0, 0), (0, 0, 0), 3)
images = [dict(image, index=3 * i + s, type=t) for i, t in enumerate((0, 1, 2, 3, 17))
          for s, image in enumerate(base)]
parfile.write("t.PAR", images, rec(noise(15)))
status, out, said = v.tool("par2vol", "t.PAR")
assert status == 1 and "several types (M, R, I, P, 17): choose one with par2vol --type" in said, said
for i, (t, name) in enumerate((("M", "MAGNITUDE"), ("R", "REAL"), ("I", "IMAGINARY"), ("P", "PHASE"), ("17", None))):
    data, _, keys, said = read("t.PAR", "--type", t)
    assert np.array_equal(data, noise(15)[..., 3 * i:3 * i + 3]) and keys.get("dicom.ComplexImageComponent") == name
assert "holds no images of type 5, only M" in v.tool("par2vol", "t.PAR", "--type", "5")[2]
END

py "diffusion: directions, a trace, version 4 without numbers" <<'END'
from made import *
base, _ = stack(1, (0, 0, 0), (0, 0, 0), 2)
def series(volumes, version=4.2):
    images = [dict(image, index=2 * i + s, **{"b_number": 1 + (b > 0), "gradient": g, "b": b,
              "direction": d}) for i, (b, g, d) in enumerate(volumes) for s, image in enumerate(base)]
    parfile.write("b.PAR", images, rec(noise(2 * len(volumes))), version, diffusion=1)
    return read("b.PAR")
volumes = [(0, 1, (0, 0, 0)), (250, 1, (0, 0, 1)), (1000, 2, (0.6, -0.8, 0))]
_, _, keys, said = series(volumes)
assert keys["axis"] == "bvalue s/mm2 0 250 1000" and keys["modality"] == "MR" and not said
assert [keys[f"DWMRI_gradient_000{i}"] for i in range(3)] == ["0 0 0", "0.5 0 0", "0 0.6 -0.8"], keys
data, _, keys, said = series(volumes + [(1000, 7, (0, 0, 0))])
assert "DWMRI_b-value" not in keys and "volume 3 of b-value 1000 has no direction" in said, said
skipped, _, keys, said = read("b.PAR", "--skip", "b=2,gradient=7")
assert "DWMRI_gradient_0002" in keys and np.array_equal(skipped, data[..., :3]) and not said
data, _, keys, said = series(volumes[:1] + 3 * [(1000, 0, (0, 0, 0))], 4)
assert keys["axis"] == "bvalue s/mm2 0 1000 1000 1000" and not said
assert np.array_equal(data.reshape(*SHAPE, 8, order="F"), noise(8))
END

# ---- what is not whole ----

py "cut recordings are refused, or their whole volumes taken" <<'END'
from made import *
base, _ = stack(1, (0, 0, 0), (0, 0, 0), 3)
images = [dict(image, dynamic=d + 1, index=3 * d + s) for d in range(3) for s, image in enumerate(base)]
def refused(said_, *words):
    status, out, said = v.tool("par2vol", "c.PAR", *words)
    assert status == 1 and not out and said_ in said, said
    return said
voxels = noise(9)
parfile.write("c.PAR", images[:8], rec(voxels[..., :8]))
refused("dynamic 3, echo 1 has 2 of 3 slices; 2 of 3 volumes are complete: par2vol --accept partial")
data, _, _, said = read("c.PAR", "--accept", "partial")
assert np.array_equal(data.reshape(*SHAPE, 6, order="F"), voxels[..., :6]) and "1 of 3 volumes are not complete" in said
assert np.array_equal(read("c.PAR", "--only", "dynamic=2")[0], data[..., 1])
parfile.write("c.PAR", images[:6], rec(voxels[..., :6]), **{"Max. number of dynamics": 3})
refused("has 2 of 3 dynamics")
assert read("c.PAR", "--accept", "partial")[0].shape[3] == 2
parfile.write("c.PAR", [i for i in images if i["slice"] < 3], rec(voxels), **{"Max. number of slices": 3})
refused("has 2 of 3 slices")
assert read("c.PAR", "--accept", "partial")[0].shape == (16, 12, 2, 3)
parfile.write("c.PAR", images, rec(voxels)[:-1])
refused("holds 8 whole images of 384 bytes, and the PAR file refers to 9: cut off", "--accept", "partial")
parfile.write("c.PAR", images, rec(voxels) + b"more")
_, _, _, said = read("-v", "c.PAR")
assert "4 bytes after the last image" in said, said
parfile.write("c.PAR", images, rec(voxels))
whole = open("c.PAR", "rb").read()
end = whole.index(b"# === END")
for n in sorted({len(whole) - 1, len(whole) // 2, end, *range(0, len(whole), 97)}):
    open("c.PAR", "wb").write(whole[:n])
    status, out, said = v.tool("par2vol", "c.PAR")
    assert status == (0 if n > end + 25 else 1) and bool(out) == (status == 0), f"{n}: {said}"
open("c.PAR", "wb").write(whole[:end])
refused("does not come to its '# === END")
assert read("c.PAR", "--accept", "partial")[0].shape[3] == 3
END

py "stacks are told apart and chosen" <<'END'
from made import *
one, first = stack(2, (0, 0, 0), (0, 0, -20), 3)
two, second = stack(3, (0, 0, 0), (5, 0, 0), 4)
far, third = stack(3, (0, 0, 0), (60, 0, 0), 2)
images = [dict(image, slice=i + 1, index=i) for i, image in enumerate(one + two + far)]
parfile.write("k.PAR", images, rec(noise(9)))
assert "its slices are 3 stacks" in v.tool("par2vol", "k.PAR")[2]
for n, affine, of in ((1, first, slice(0, 3)), (2, second, slice(3, 7)), (3, third, slice(7, 9))):
    data, where, _, said = read("k.PAR", "--only", f"stack={n}")
    assert np.array_equal(data, noise(9)[..., of]) and np.allclose(where, affine, atol=1e-9) and not said
assert "has 3 stacks of slices, no stack 4" in v.tool("par2vol", "k.PAR", "--only", "stack=4")[2]
images[1]["place"] = (0, 0, -19.7)
parfile.write("k.PAR", images[:3], rec(noise(3)))
assert "mm off a regular stack" in v.tool("par2vol", "k.PAR")[2]
END

# ---- names, privacy, other tools ----

py "either file is named, in any case; nothing personal comes out; the same bytes each time" <<'END'
import os
from made import *
images, voxels = parfile.scan()
for par, rec_, other in (("n.PAR", "n.REC", "n.REC"), ("m.par", "m.rec", "m.rec"), ("q.PAR", "q.REC", "q.rec"),
                         ("r.par", "r.rec", "r.REC")):
    parfile.write(par, images, voxels)
    os.rename(rec_, other)
    a, b = (v.run("par2vol", "--type", "P", name) for name in (par, other))
    assert a == b and a == v.run("par2vol", "--type", "P", par)
    for word in (b"Nobody", b"Secret", b"Hidden", b"1999", b"23:59", b"Export", b"n.PAR"):
        assert word.lower() not in a.lower(), word
os.mkdir("sub.par")
os.rename("n.PAR", "sub.par/n.PAR")
os.rename("n.REC", "sub.par/n.REC")
assert v.run("par2vol", "--type", "M", "sub.par/n.PAR", "--scale", "dv")
keys = read("sub.par/n.PAR", "--type", "M")[2]
assert keys["rescale"] == "1.5 0" and keys["history.1"].startswith("par2vol ") and "--type M" in keys["history.1"]
assert keys["dicom.PatientPosition"] == "HFS" and keys["dicom.RepetitionTime"] == "2000"
END

"$PYTHON" "$SRC/tests/parfile.py" scan.PAR
cat >one.py <<'END'
from made import *
images, voxels = parfile.scan()
parfile.write("one.PAR", images[:6], voxels)
END
"$PYTHON" one.py
ok "tools that take any format take it" volcmp one.PAR one.PAR
ok "by its voxels too" volcmp one.PAR one.REC
must_fail 1 "types are not guessed there" volinfo scan.PAR
must_fail 1 "a file of another kind is named" par2vol "$PYTHON"
must_fail 1 "no stdin" sh -c 'par2vol - <scan.PAR'
said "which says what to give" 'stdin: has only half of PAR/REC: give the name of the .PAR file'
cp scan.PAR alone.PAR
must_fail 1 "the other half is missing" par2vol alone.PAR
said "and named" 'alone.PAR: is half of a pair, and the other half is missing'
gzip -c scan.REC >alone.REC
must_fail 1 "voxels in gzip" par2vol --type M alone.PAR
said "are to be unpacked" 'alone.REC: is compressed'
rm alone.REC
mkfifo alone.REC
must_fail 1 "a pipe for voxels" timeout 10 par2vol --type M alone.PAR
must_fail 2 "a type that is none" par2vol --type X scan.PAR
must_fail 2 "a choice that is none" par2vol --only echo scan.PAR
must_fail 2 "a stack cannot be skipped" par2vol --skip stack=1 scan.PAR
must_fail 2 "a word that is none" par2vol --accept all scan.PAR
must_fail 1 "skipping nothing" par2vol --type M --skip echo=5 scan.PAR
said "is said" 'none of its images are what --skip says'

# ---- files that lie ----

py "damaged by hand: refused by name" <<'END'
from made import *
images, voxels = parfile.scan()
images = [i for i in images if i["type"] == 0]
parfile.write("z.PAR", images, voxels)
whole = open("z.PAR", "rb").read()
def row(n, column, value):
    lines = whole.split(b"\r\n")
    at = [i for i, line in enumerate(lines) if line[:1].isdigit()][n]
    words = lines[at].split()
    words[column:column + 1] = [value] if value is not None else []
    lines[at] = b" ".join(words)
    return b"\r\n".join(lines)
def every(column, value):
    lines = [b" ".join([*line.split()[:column], value, *line.split()[column + 1:]]) if line[:1].isdigit() else line
             for line in whole.split(b"\r\n")]
    return b"\r\n".join(lines)
for raw, why in (
        (b"", "is empty"), (b"# === DATA", "is not a PAR file"), (whole[:60], "table has no images"),
        (whole.replace(b"slice number", b"slize number"), "nothing says 'slice number'"),
        (whole.replace(b"(2*integer)", b"(3*integer)"), "is of 3 numbers, not 2"),
        (whole.replace(b"(2*integer)", b"(999*integer)"), "does not define a column"),
        (whole.replace(b"(2*integer)", b"(99999999999999999999*integer)"), "does not define a column"),
        (whole.replace(b"echo number ", b"slice number"), "column 'slice number' is there twice"),
        (whole.replace(b"# === IMAGE INFORMATION DEF", b"# === SOMETHING ELSE DEF"), "no definition of its columns"),
        (whole.replace(b"# === IMAGE INFORMATION =", b"# === SOMETHING ="), "is neither a comment nor"),
        (whole.replace(b".    Patient name   ", b".    Patient name\0  "), "is zero: no text"),
        (whole.replace(b"dynamics            :   2", b"dynamics            :   two"), "'Max. number of dynamics' is 'two'"),
        (whole.replace(b"   2\r\n", b"   -2\r\n"), "is '-2'"),
        (row(0, 0, None), "48 columns, where 49 are defined"), (row(0, 0, b"1 1"), "50 columns"),
        (row(1, 0, b"1"), "are the same image"), (row(1, 0, b"1.5"), "'slice number' is '1.5'"),
        (row(1, 0, b"nan"), "'slice number' is 'nan'"), (row(1, 6, b"0"), "6 lines stand for 5 images"),
        (row(1, 6, b"-1"), "is negative"), (row(1, 6, b"1e300"), "'index in rec file' is"),
        (row(1, 6, b"1000000"), "refers to 1000001"), (row(1, 7, b"8"), "is not of the size"),
        (every(7, b"12"), "image pixel size is 12 bits"), (every(9, b"0"), "recon resolution is 0 x 12"),
        (every(9, b"-16"), "recon resolution is -16"), (every(9, b"1000000000"), "over 2 GiB an image"),
        (every(9, b"100000"), "cut off"), (row(1, 12, b"0"), "rescale slope is 0"), (row(1, 12, b"inf"), "is 'inf'"),
        (every(25, b"4"), "slice orientation is 4"), (every(28, b"0"), "pixel spacing is 0 mm"),
        (every(29, b"-2"), "pixel spacing is -2 mm"), (every(25, b"2"), "mm sideways of the slice orientation"),
        (every(16, b"40"), "mm sideways"),
        (row(4, 20, b"0.5"), "is not where line"), (every(20, b"7"), "all slices lie in one place"),
        (whole.replace(b"#  sl ec", b"#" + 5000 * b" " + b"sl"), "is longer than 4096 bytes"),
        (whole.replace(b"Patient name", 70 * b"Patient " + b"name:"), None),
        (whole.replace(b"\r\n", b"\n"), None), (b"\r\n \r\n" + whole, None)):
    open("z.PAR", "wb").write(raw)
    status, out, said = v.tool("timeout", "10", "par2vol", "z.PAR")
    assert status == (why is not None) and bool(out) == (not why) and (why or "") in said, f"{why}: {status} {said}"
    assert said.count("\n") == (why is not None), said
END

py "precise values need a scale slope" <<'END'
from made import *
images, voxels = parfile.scan()
parfile.write("f.PAR", [dict(i, **{"ss": 0}) for i in images], voxels)
assert read("f.PAR", "--type", "M")[2]["rescale"] == "1.5 0"
assert "scale slope 0: no floating point values" in v.tool("par2vol", "--scale", "fp", "--type", "M", "f.PAR")[2]
parfile.write("f.PAR", [dict(i, **{"rs": 1}) for i in images], voxels)
keys = read("f.PAR", "--type", "M")[2]
assert "rescale" not in keys and "unit" not in keys
END

py "memory stays small" <<'END'
import subprocess
from made import *
images = [{"slice": s, "index": s - 1, "size": (1024, 1024), "place": (0, 3.5 * s, 0)} for s in range(1, 65)]
parfile.write("big.PAR", images, b"")
open("big.REC", "wb").truncate(128 << 20)
for out in ("cat >/dev/null", "cat >big.vol"):
    peak = subprocess.run(["sh", "-c", "{ \\time -f %M -o peak par2vol big.PAR; } | " + out], check=True)
    kib = int(open("peak").read().split()[-1])
    assert kib < 32 << 10, f"{kib} KiB"
END

done_testing
