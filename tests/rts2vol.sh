#!/bin/sh
# rts2vol: against a count of crossings for each voxel's centre, in mm, in numpy; and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh
refusing=rts2vol
[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"
need_python pydicom numpy

cat >told.py <<'END'
import subprocess
import numpy as np
import segfile as s
import volfile

def run(*words):
    """What it says on stderr, a line each."""
    done = subprocess.run(words, capture_output=True)
    assert done.returncode == 0, (words, done.stderr.decode())
    return done.stderr.decode().splitlines()

def draw(*words):
    """(labels x y z, keys, what it says)."""
    said = run("rts2vol", *words, "-o", "got.vol")
    data, _, keys = s.read("got.vol")
    return data, keys, said

def lend(path, shape, grid):
    volfile.write(path, np.zeros(shape, "i2"), volfile.LPS_FROM_RAS @ grid, {"unit": "HU", "modality": "CT"})

def at(grid, points, z):
    """Points in voxels on slice z, in mm."""
    points = np.asarray(points, float)
    return points @ grid[:3, :2].T + z * grid[:3, 2] + grid[:3, 3]

def inside(points, x, y):
    """Is (x, y) within the polygon?  Both in any flat coordinates; by the edges to its right."""
    odd = np.zeros(np.shape(x), bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, 0)):
        with np.errstate(divide="ignore", invalid="ignore"):
            odd ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return odd

def mask(shape, grid, contours):
    """Contours in mm, each on the slice that it lies on, in coordinates of their plane."""
    out = np.zeros(shape, bool)
    u = grid[:3, 0] / np.linalg.norm(grid[:3, 0])
    n = np.cross(grid[:3, 0], grid[:3, 1])
    n /= np.linalg.norm(n)
    w = np.cross(n, u)
    i, j = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    for contour in contours:
        z = int(round(np.dot(contour[0] - grid[:3, 3], n) / np.dot(grid[:3, 2], n)))
        centres = i[..., None] * grid[:3, 0] + j[..., None] * grid[:3, 1] + z * grid[:3, 2] + grid[:3, 3]
        out[:, :, z] ^= inside(np.stack([contour @ u, contour @ w], 1), centres @ u, centres @ w)
    return out

def star(rng, centre, radius, n=17):
    """A polygon of n corners around a place, none at a voxel's centre."""
    angle = np.sort(rng.random(n)) * 2 * np.pi
    return centre + (radius * (0.4 + 0.6 * rng.random(n)))[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)

GRID = np.diag([1.0, 1.0, 2.0, 1.0])
BOX = [(1.5, 1.5), (7.5, 1.5), (7.5, 5.5), (1.5, 5.5)]
END

# ---- what comes out ----

py "polygons with holes and islands, on upright, oblique, sheared and left-handed grids" <<'END'
from told import *
rng = np.random.default_rng(8)
shape = (40, 30, 7)
for kind in ("plain", "oblique", "sheared", "left-handed"):
    grid = volfile.LPS_FROM_RAS @ volfile.affine(kind)
    lend("like.vol", shape, grid)
    rois, want = [], np.zeros(shape, int)
    for n, (name, x) in ((3, ("Größe", 10)), (7, ("b", 29))):
        contours = []
        for z in range(1, 6):
            contours += [at(grid, star(rng, (x, 14), r), z) for r in (9, 4, 1.5)]
        contours = [np.round(c, 4) for c in contours]
        rois.append((n, name, contours))
        want[mask(shape, grid, contours)] = n
    s.structures("rt.dcm", rois)
    data, keys, said = draw("--like", "like.vol", "rt.dcm")
    assert np.array_equal(data, want), (kind, (data != want).sum())
    assert data.dtype == np.uint8 and keys["labels"] == "3 Größe\n7 b" and keys["unit"] == "label" and not said, (keys, said)
    assert "stored.range" not in keys and not any("Secret" in v for v in keys.values())
    for roi, n in (("Größe", 3), ("7", 7)):
        data, keys, said = draw("--like", "like.vol", "--roi", roi, "rt.dcm")
        assert np.array_equal(data, want == n) and keys["labels"] == ("1 Größe" if n == 3 else "1 b")
END

py "a voxel is in when its centre is; a centre on the contour when what is right of it, or below, is" <<'END'
from told import *
lend("like.vol", (10, 9, 3), GRID)
for box, columns, rows in (((1.5, 1.5, 4.5, 3.5), (2, 5), (2, 4)), ((1.6, 1.6, 4.4, 3.4), (2, 5), (2, 4)),
                           ((2, 2, 5, 4), (2, 5), (2, 4)), ((2.1, 2.1, 4.9, 3.9), (3, 5), (3, 4))):
    x0, y0, x1, y1 = box
    for points in ([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]):
        s.structures("rt.dcm", [(1, "a", [at(GRID, points, 1)])])
        want = np.zeros((10, 9, 3), int)
        want[columns[0]:columns[1], rows[0]:rows[1], 1] = 1
        assert np.array_equal(draw("--like", "like.vol", "rt.dcm")[0], want), box
s.structures("rt.dcm", [(1, "a", [at(GRID, [(1.1, 1.1), (1.9, 1.1), (1.9, 1.9), (1.1, 1.9)], 1)])])
data, _, said = draw("--like", "like.vol", "rt.dcm")
assert not data.any() and "the centre of no voxel lies in a contour" in said[0]
END

py "holes by even-odd, keyholes, and XOR; the same contour twice counts once, but by XOR" <<'END'
from told import *
lend("like.vol", (10, 9, 3), GRID)
hole = [(3.5, 2.5), (5.5, 2.5), (5.5, 4.5), (3.5, 4.5)]
want = np.zeros((10, 9, 3), int)
want[2:8, 2:6, 1] = 1
whole = want.copy()
want[4:6, 3:5, 1] = 0
both = [at(GRID, BOX, 1), at(GRID, hole, 1)]
key = [at(GRID, BOX + BOX[:1] + hole + hole[:1] + BOX[:1], 1)]
xor = [dict(points=c, type="CLOSEDPLANAR_XOR") for c in both]
for contours, result, note in ((both, want, 0), (key, want, 0), (xor, want, 0), (both[:1] * 2, whole, 1), (xor[:1] * 3, whole, 0)):
    s.structures("rt.dcm", [(1, "a", contours)])
    data, _, said = draw("--like", "like.vol", "rt.dcm")
    assert np.array_equal(data, result) and len(said) == note, said
    assert not note or "1 contour left out, the same as others" in said[0]
END

py "numbers that are no labels; large ones; structures without contours" <<'END'
from told import *
lend("like.vol", (10, 12, 3), GRID)
other = np.array(BOX) + (0, 4)
for numbers, labels in (((0, 4), (1, 2)), ((5, 70000), (1, 2)), ((300, 9), (300, 9))):
    s.structures("rt.dcm", [(n, f"r{n}", [at(GRID, p, 1)]) for n, p in zip(numbers, (BOX, other))] + [(8, "none", [])])
    data, keys, said = draw("--like", "like.vol", "rt.dcm")
    assert set(np.unique(data)) == {0, *labels} and data[2, 2, 1] == labels[0] and data[2, 7, 1] == labels[1]
    assert keys["labels"].startswith(f"{labels[0]} r{numbers[0]}\n{labels[1]} r{numbers[1]}\n")
    assert len(said) == (labels[0] == 1) and (not said or "counted from 1" in said[0]), said
    data, keys, _ = draw("--like", "like.vol", "--roi", str(numbers[1]), "rt.dcm")
    assert keys["labels"] == f"1 r{numbers[1]}" and data[2, 7, 1] == 1 and data[2, 2, 1] == 0
END

py "contours of over 64 KiB, implicit VR, and a file without meta header" <<'END'
from told import *
lend("like.vol", (60, 50, 3), GRID)
angle = np.linspace(0, 2 * np.pi, 9000, endpoint=False)
points = at(GRID, np.stack([29.5 + 20.3 * np.cos(angle), 24.5 + 20.3 * np.sin(angle)], 1), 1)
s.structures("rt.dcm", [(1, "a", [points])], syntax=s.pydicom.uid.ImplicitVRLittleEndian)
data = open("rt.dcm", "rb").read()
open("bare.dcm", "wb").write(data[data.index(b"\x08\x00\x05\x00"):])
want = mask((60, 50, 3), GRID, [np.round(points, 12)])
for name in ("rt.dcm", "bare.dcm"):
    data, _, said = draw("--like", "like.vol", name)
    assert (data != want).sum() == 0 and not said, (data != want).sum()
END

# ---- on what, and out of what ----

"$TESTBIN/mkseries" -o ct --size 16,14,5 >.lib/mk 2>&1
py "on images: as a folder, a stream, NIfTI; the structure set alone, in their folder, in an archive" <<'END'
from told import *
import glob, shutil
run("dcm2vol", "ct", "-o", "ct.vol")
run("vol2nii", "ct.vol", "-o", "ct.nii")
data, grid, _ = s.read("ct.vol")
headers = [s.pydicom.dcmread(f) for f in glob.glob("ct/*")]
uids = [h.SOPInstanceUID for h in headers]
reference = headers[0].get("FrameOfReferenceUID", "1.2")
contours = [dict(points=at(grid, np.array(BOX) + 0.2, z), images=[uids[0]]) for z in (1, 2, 3)]
s.structures("rt.dcm", [(4, "a", contours)], reference)
want = 4 * mask(data.shape, grid, [c["points"] for c in contours])
for like in ("ct", "ct.vol", "ct.nii"):
    got, _, said = draw("--like", like, "rt.dcm")
    turned = [k for k in range(3) if np.dot(s.read("got.vol")[1][:3, k], grid[:3, k]) < 0]
    assert np.array_equal(np.flip(got, turned), want), like
    assert not said, said
shutil.copytree("ct", "both")
shutil.copy("rt.dcm", "both/zz.dcm")
shutil.make_archive("all", "tar", "both")
import gzip
open("rt.gz", "wb").write(gzip.compress(open("rt.dcm", "rb").read()))
for name in ("both", "all.tar", "rt.gz"):
    assert np.array_equal(draw("--like", "both", name)[0], want)
with open("rt.dcm", "rb") as f:
    subprocess.run(["rts2vol", "--like", "ct", "-", "-o", "got.vol"], stdin=f, check=True)
assert np.array_equal(s.read("got.vol")[0], want)
# whose images?
contours[1]["images"] = ["1.2.3"]
s.structures("rt2.dcm", [(4, "a", contours)], reference)
assert "1 contour referring to images that are not there" in " ".join(draw("--like", "ct", "rt2.dcm")[2])
assert not draw("--like", "ct.vol", "rt2.dcm")[2]
s.structures("frame.dcm", [(4, "a", contours)], "9.9.9")
contours[1]["images"] = [uids[1]]
s.structures("named.dcm", [(4, "a", contours)], "9.9.9")
said = draw("--like", "ct", "named.dcm")[2]
assert len(said) == 1 and "but its contours refer to these: taken" in said[0], said
got, _, said = draw("--like", "ct", "--accept", "frame-of-reference", "frame.dcm")
assert np.array_equal(got, want) and any("accepted as it is" in line for line in said)
END
refuses frame-of-reference "another frame of reference" 'structure 4 a has another FrameOfReferenceUID' --like ct frame.dcm

# ---- what is left out ----

py "what is covered in part is said: slices, columns, gaps, points" <<'END'
from told import *
lend("like.vol", (10, 9, 6), GRID)
contours = [at(GRID, BOX, z) for z in (-2, 1, 2, 4, 6, 7)]
contours[1] = at(GRID, [(-3, 1.5), (7.5, 1.5), (7.5, 5.5), (-3, 5.5)], 1)
contours += [dict(points=at(GRID, BOX[:1], 1), type="POINT"), dict(points=at(GRID, BOX, 1), type="OPEN_PLANAR"), at(GRID, BOX[:2], 2)]
s.structures("rt.dcm", [(1, "a", contours)])
data, _, said = draw("--like", "like.vol", "rt.dcm")
want = np.zeros((10, 9, 6), int)
want[2:8, 2:6, [1, 2, 4]] = 1
want[:2, 2:6, 1] = 1
assert np.array_equal(data, want)
for line in ("3 contours enclosing nothing", "3 of 6 contours lie on no slice of the volume", "1 contour reaching out of the slices",
             "contours on 3 of the 4 slices from 1 to 4: nothing is drawn between"):
    assert sum(line in x for x in said) == 1, (line, said)
assert len(said) == 4 and all("structure 1 a" in x for x in said)
s.structures("far.dcm", [(1, "a", [at(GRID, BOX, z) for z in (20, 21)]), (2, "p", [dict(points=at(GRID, BOX[:1], 1), type="POINT")])])
END
refuses no-coverage "structures beside the volume" 'none of 2 contours lies on a slice of like.vol' -q --like like.vol far.dcm
refuses no-contours "a structure of points" 'has no contours that enclose anything of this structure' -q --like like.vol --roi p far.dcm

py "contours between slices, and oblique ones" <<'END'
from told import *
lend("like.vol", (10, 9, 6), GRID)
s.structures("near.dcm", [(1, "a", [at(GRID, BOX, 1.04)])])
assert draw("--like", "like.vol", "near.dcm")[0][3, 3, 1] == 1
s.structures("between.dcm", [(1, "a", [at(GRID, BOX, 1.3)])])
data = draw("--like", "like.vol", "--distance", "0.7", "between.dcm")[0]
assert data[:, :, 1].sum() == 24 == data.sum()
s.structures("heights.dcm", [(1, "a", [at(GRID, BOX, 1.3), at(GRID, BOX, 0.8)])])
tilted = at(GRID, BOX, 1) + np.array([[0, 0, 0], [0, 0, 0], [0, 0, 1.5], [0, 0, 1.5]])
s.structures("tilted.dcm", [(1, "a", [at(GRID, BOX, 1), tilted])])
END
refuses between-slices "a contour between slices" 'contour 1 of structure 1 a lies 0.6 mm off the nearest slice, 1: --distance' --like like.vol between.dcm
refuses between-slices "two heights on one slice" 'contours of structure 1 a of two heights, 1 mm apart, would fall on slice 1' --like like.vol -d 1 heights.dcm
refuses oblique-contour "an oblique contour" 'contour 2 of structure 1 a crosses slices: its points lie in a layer of 1.5 mm' --like like.vol tilted.dcm

# ---- overlaps ----

py "--overlap first and last" <<'END'
from told import *
lend("like.vol", (10, 9, 6), GRID)
other = np.array(BOX) + (2, 2)
s.structures("over.dcm", [(9, "a", [at(GRID, BOX, z) for z in (1, 2)]), (2, "b", [at(GRID, other, z) for z in (2, 3)]), (5, "b", [])])
a, b = (mask((10, 9, 6), GRID, [at(GRID, p, z) for z in zs]) for p, zs in ((BOX, (1, 2)), (other, (2, 3))))
assert (a & b).sum() == 8
for which, want in (("first", np.where(a, 9, 2 * b)), ("last", np.where(b, 2, 9 * a))):
    data, _, said = draw("--like", "like.vol", "--overlap", which, "over.dcm")
    assert np.array_equal(data, want)
    assert len(said) == 1 and f"structures 9 a and 2 b have 8 voxels in common: the {which} of them" in said[0], said
assert np.array_equal(draw("--like", "like.vol", "--roi", "a", "over.dcm")[0], a)
END
refuses overlapping-structures "overlapping structures" 'structures 9 a and 2 b have 8 voxels in common: take each with --roi' --like like.vol over.dcm
refuses several-structures "a name of two structures" "structures 2 and 5 are both called 'b'" --like like.vol --roi b over.dcm
refuses no-structure "a structure that is not there" "no structure 'c': there is 9 a, 2 b, 5 b" --like like.vol --roi c over.dcm

# ---- what is wrong ----

py "files with one thing wrong" <<'END'
from told import *
contour = [at(GRID, BOX, 1)]

def broken(name, edit):
    def each(ds):
        edit(ds, ds.ROIContourSequence[0].ContourSequence[0])
    s.structures(name + ".dcm", [(1, "a", contour), (2, "b", [])], each=each)

def put(keyword, value):
    return lambda ds, c: setattr(c, keyword, value)
broken("thirds", lambda ds, c: setattr(c, "ContourData", c.ContourData[:-1]))
broken("points", put("NumberOfContourPoints", 5))
broken("kind", put("ContourGeometricType", "SPIRAL"))
broken("far", put("ContourData", ["1e12", *map(str, contour[0].ravel()[1:])]))
broken("empty", put("ContourData", None))
broken("roi", lambda ds, c: setattr(ds.ROIContourSequence[0], "ReferencedROINumber", 6))
broken("alike", lambda ds, c: setattr(ds.StructureSetROISequence[1], "ROINumber", 1))
broken("none", lambda ds, c: delattr(ds, "StructureSetROISequence"))
broken("good", lambda ds, c: None)
data = open("good.dcm", "rb").read()
assert data.count(b"1.5\\1.5\\2.0") == 1
open("comma.dcm", "wb").write(data.replace(b"1.5\\1.5\\2.0", b"1,5\\1.5\\2.0"))
open("cut.dcm", "wb").write(data[:-150])
END
refuses unsupported "two numbers of a point" 'ContourData \(3006,0050\) of 11 numbers, not three a point' --like like.vol thirds.dcm
refuses unsupported "another number of points" 'has 4 points, and NumberOfContourPoints \(3006,0046\) is 5' --like like.vol points.dcm
refuses unsupported "another type of contour" "ContourGeometricType \(3006,0042\) 'SPIRAL'" --like like.vol kind.dcm
refuses unsupported "a point far away" 'a point over 1e\+09 voxels from the volume' --like like.vol far.dcm
refuses unsupported "a contour without points" 'has no ContourData' --like like.vol empty.dcm
refuses unsupported "a decimal comma" 'ContourData \(3006,0050\) with what is no number' --like like.vol comma.dcm
refuses unsupported "contours of a structure that is not there" 'that is not there' --like like.vol roi.dcm
refuses unsupported "a number of two structures" 'two structures have the ROINumber \(3006,0022\) 1' --like like.vol alike.dcm
refuses no-structure "no structures" 'has no StructureSetROISequence' --like like.vol none.dcm
refuses - "a file that is cut" 'cut.dcm: ' --like like.vol cut.dcm
refuses - "images alone" 'ct: holds no RT Structure Set' --like ct ct
refuses - "an image" 'is no RT Structure Set|no RT Structure Set' --like like.vol "$(find ct -type f | head -n 1)"
mkdir two && cp good.dcm two/a.dcm && cp over.dcm two/b.dcm
refuses - "two structure sets" 'two: holds 2 RT Structure Sets: name one' --like like.vol two
must_fail 2 "no --like" rts2vol good.dcm
must_fail 2 "--like of stdin" rts2vol --like - good.dcm
must_fail 2 "--accept of something else" rts2vol --like like.vol --accept tilt good.dcm
must_fail 2 "--series of a stream" rts2vol --like like.vol --series 3 good.dcm

# ---- beside others ----

if "$PYTHON" -c 'import skimage.draw' 2>/dev/null; then
	py "scikit-image's polygon2mask, of corners that are no centres" <<'END'
from told import *
from skimage.draw import polygon2mask
rng = np.random.default_rng(12)
lend("like.vol", (80, 70, 9), GRID)
polygons = [star(rng, (40, 35), 30, 60) for _ in range(9)]
s.structures("rt.dcm", [(1, "a", [at(GRID, p, z) for z, p in enumerate(polygons)])])
data = draw("--like", "like.vol", "rt.dcm")[0]
for z, p in enumerate(polygons):
    assert np.array_equal(data[:, :, z], polygon2mask((80, 70), p)), (z, (data[:, :, z] != polygon2mask((80, 70), p)).sum())
END
else
	skip "scikit-image's polygon2mask" "it is not installed"
fi

if have plastimatch; then
	py "plastimatch, of structures without holes, which it fills" <<'END'
from told import *
import os, re
rng = np.random.default_rng(13)
run("dcm2vol", "ct", "-o", "ct.vol")
stored, grid, _ = s.read("ct.vol")
uids = {round(float(h.ImagePositionPatient[2]), 3): h.SOPInstanceUID
        for h in (s.pydicom.dcmread(os.path.join("ct", f)) for f in os.listdir("ct"))}
header = s.pydicom.dcmread(os.path.join("ct", os.listdir("ct")[0]))
contours = [np.round(at(grid, star(rng, (7.5, 6.5), 6, 30), z), 4) for z in range(stored.shape[2])]

def each(ds):
    ds.StudyInstanceUID = header.StudyInstanceUID
    ds.PatientID = header.PatientID
s.structures("rt.dcm", [(1, "a", [dict(points=c, images=[uids[round(float(c[0][2]), 3)]]) for c in contours])],
             header.FrameOfReferenceUID, each)
run("plastimatch", "convert", "--input", "rt.dcm", "--referenced-ct", "ct", "--output-prefix", "pm", "--prefix-format", "nrrd")
run("rts2vol", "--like", "ct", "rt.dcm", "-o", "ours.vol")
run("volcmp", "ours.vol", "pm/a.nrrd")
END
else
	skip "plastimatch" "it is not installed"
fi

done_testing
