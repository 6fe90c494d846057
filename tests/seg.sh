#!/bin/sh
# Segmentations: against the arrays that pydicom put into them, and back from vol2dcm.
# shellcheck source=tests/lib.sh
. tests/lib.sh
need_python pydicom numpy

cat >told.py <<'END'
import subprocess
import numpy as np
import segfile as s

def run(*words):
    """What it says on stderr."""
    done = subprocess.run(words, capture_output=True)
    assert done.returncode == 0, (words, done.stderr.decode())
    return done.stderr.decode()

def same(path, want, grid, **keys):
    """path holds the array on the grid (index to LPS)."""
    data, lps, got = s.read(path)
    assert np.array_equal(data, want), (data.shape, want.shape, np.argwhere(data != want)[:3] if data.shape == want.shape else "")
    assert np.abs(lps - grid).max() < 1e-6, (lps, grid)
    for name, value in keys.items():
        assert got.get(name) == value, (name, got.get(name))
    return got

def moved(grid, slices):
    out = grid.copy()
    out[:3, 3] += slices * grid[:3, 2]
    return out
END

# ---- what comes out ----

py "binary: bits across bytes, frames in any order, empty ones left out, upright and oblique and sheared" <<'END'
from told import *
names = {1: "Liver", 2: "Größe", 5: "with = and : signs"}
for orientation in (s.AXIAL, s.OBLIQUE):
    for shear in (0, 0.3):
        for shape in ((13, 11, 8), (16, 8, 5), (1, 7, 4)):
            grid = s.lps(orientation)
            grid[:3, 2] += shear * grid[:3, 1]
            volume = s.blobs(shape)
            frames = s.frames_of(volume)
            s.make("one.dcm", [frames[i] for i in np.random.default_rng(1).permutation(len(frames))], names, grid=grid)
            assert run("dcm2vol", "one.dcm", "-o", "one.vol") == ""
            keys = same("one.vol", volume[:, :, 1:-1], moved(grid, 1), unit="label")
            assert s.read("one.vol")[0].dtype == np.uint8
            assert keys["labels"].split("\n") == ["1 Liver", "2 Größe", "5 with = and : signs"], keys["labels"]
            assert not any("Secret" in v or "1234567" in v for v in keys.values())
END

py "slices that no frame has are empty, where positions are whole steps apart; stated or not" <<'END'
from told import *
grid = s.lps()
for stated in (2.5, None):
    volume = s.blobs((13, 11, 9), (1,))
    volume[:, :, [3, 4, 6]] = 0
    s.make("gap.dcm", s.frames_of(volume), {1: "a"}, stated=stated)
    assert run("dcm2vol", "gap.dcm", "-o", "gap.vol") == ""
    same("gap.vol", volume[:, :, 1:-1], moved(grid, 1))
# a step that no two frames show
s.make("two.dcm", [f for f in s.frames_of(s.blobs((13, 11, 9), (1,))) if f[1] in (2, 4)], {1: "a"})
assert "no two frames lie one step (2.5 mm" in run("dcm2vol", "two.dcm", "-o", "two.vol")
assert s.read("two.vol")[0].shape == (13, 11, 3)
# one that positions deny
s.make("lie.dcm", s.frames_of(volume), {1: "a"}, stated=4)
assert "SpacingBetweenSlices (0018,0088) is 4 mm, but frames lie 2.5 mm apart" in run("dcm2vol", "lie.dcm", "-o", "lie.vol")
same("lie.vol", volume[:, :, 1:-1], moved(grid, 1))
# one slice: it has to be said
s.make("flat.dcm", s.frames_of(volume[:, :, :2]), {1: "a"})
assert run("dcm2vol", "flat.dcm", "-o", "flat.vol") == ""
same("flat.vol", volume[:, :, 1:2], moved(grid, 1))
END

py "label maps of 8 and 16 bits; background and padding are 0" <<'END'
from told import *
for bits, values in ((8, (1, 2, 200)), (16, (1, 300, 40000))):
    volume = s.blobs(values=values)
    planes = [volume[:, :, z].T.copy() for z in range(volume.shape[2])]
    planes[1][0, :3] = 99
    volume[:3, 0, 1] = 0
    frames = [(0, z, planes[z]) for z in (2, 5, 1, 3, 4, 6)]
    ds = s.make("map.dcm", frames, {0: "Background", **{v: f"name {v}" for v in values}}, "LABELMAP", bits, PixelPaddingValue=99)
    run("dcm2vol", "map.dcm", "-o", "map.vol")
    same("map.vol", volume[:, :, 1:-1], moved(s.lps(), 1), labels="\n".join(f"{v} name {v}" for v in values), unit="label")
    run("dcm2vol", "map.dcm", "--segment", "name 1", "-o", "map.vol")
    same("map.vol", volume[:, :, 1:-1] == 1, moved(s.lps(), 1), labels="1 name 1", unit="label")
END

py "one fractional segment is a volume from 0 to 1" <<'END'
from told import *
rng = np.random.default_rng(2)
a, b = (rng.integers(0, 201, (13, 11, 4)) for _ in range(2))
s.make("f.dcm", [(1, z, a[:, :, z].T) for z in range(4)], {1: "a"}, "FRACTIONAL")
run("dcm2vol", "f.dcm", "-o", "f.vol")
same("f.vol", (a / 200).astype("f4"), s.lps(), unit="1")
s.make("f2.dcm", [(n, z, v[:, :, z].T) for n, v in ((1, a), (2, b)) for z in range(4)], {1: "a", 2: "b"}, "FRACTIONAL")
run("dcm2vol", "f2.dcm", "--segment", "b", "-o", "f.vol")
same("f.vol", (b / 200).astype("f4"), s.lps(), unit="1")
s.make("f3.dcm", [(1, z, a[:, :, z].T) for z in range(4)], {1: "a"}, "FRACTIONAL", MaximumFractionalValue=150)
END
refuses several-segments "two fractional segments" 'choose one with dcm2vol --segment \(1 a, 2 b\)' f2.dcm
must_fail 1 "a fraction over the greatest is refused" dcm2vol f3.dcm -o f3.vol
said "... and says so" 'over MaximumFractionalValue \(0062,000E\), 150'

py "RLE, implicit VR, and deflated" <<'END'
from told import *
import pydicom
from pydicom import uid
volume = s.blobs()
names = {1: "a", 2: "b", 5: "c"}
for syntax in (uid.ImplicitVRLittleEndian, uid.DeflatedExplicitVRLittleEndian):
    s.make("x.dcm", s.frames_of(volume), names, syntax=syntax)
    run("dcm2vol", "x.dcm", "-o", "x.vol")
    same("x.vol", volume[:, :, 1:-1], moved(s.lps(), 1))
frames = [(0, z, volume[:, :, z].T) for z in range(8)]
for bits in (8, 16):
    s.make("x.dcm", frames, names, "LABELMAP", bits, syntax=uid.DeflatedExplicitVRLittleEndian)
    run("dcm2vol", "x.dcm", "-o", "x.vol")
    same("x.vol", volume, s.lps())
    s.make("x.dcm", frames, names, "LABELMAP", bits)
    ds = pydicom.dcmread("x.dcm")
    ds.compress(uid.RLELossless, encoding_plugin="pydicom")
    ds.save_as("rle.dcm")
    run("dcm2vol", "rle.dcm", "-o", "x.vol")
    same("x.vol", volume, s.lps())
END

py "frames deflated each by itself: bits, that each begin with a byte, and label maps" <<'END'
from told import *
volume = s.blobs()
names = {1: "a", 2: "b", 5: "c"}
frames = s.frames_of(volume)
for odd in (0, 1):
    s.make("x.dcm", frames, names)
    s.deflate("x.dcm", [f[2] for f in frames], 1, odd)
    run("dcm2vol", "x.dcm", "-o", "x.vol")
    same("x.vol", volume[:, :, 1:-1], moved(s.lps(), 1))
for bits in (8, 16):
    maps = [(0, z, volume[:, :, z].T) for z in range(8)]
    s.make("x.dcm", maps, names, "LABELMAP", bits)
    s.deflate("x.dcm", [f[2] for f in maps], bits)
    run("dcm2vol", "x.dcm", "-o", "x.vol")
    same("x.vol", volume, s.lps())
s.make("long.dcm", frames, names)
s.deflate("long.dcm", [f[2] for f in frames], 1, 9)
END
refuses truncated "a deflated frame of too many bytes" 'frame [0-9]+ inflates to' long.dcm

py "gzip, an archive, stdin" <<'END'
from told import *
import gzip, subprocess, tarfile
volume = s.blobs()
s.make("x.dcm", s.frames_of(volume), {1: "a", 2: "b", 5: "c"})
open("x.dcm.gz", "wb").write(gzip.compress(open("x.dcm", "rb").read()))
with tarfile.open("x.tar", "w") as tar:
    tar.add("x.dcm")
for name in ("x.dcm.gz", "x.tar"):
    run("dcm2vol", name, "-o", "x.vol")
    same("x.vol", volume[:, :, 1:-1], moved(s.lps(), 1))
open("x.vol", "wb").write(subprocess.run(["dcm2vol", "-"], stdin=open("x.dcm", "rb"), check=True, capture_output=True).stdout)
same("x.vol", volume[:, :, 1:-1], moved(s.lps(), 1))
END

py "what vol2dcm writes comes back: labels, names, place" <<'END'
from told import *
import volfile as v
for kind in ("plain", "oblique", "sheared", "left-handed"):
    for labels in ((1, 2, 3), (2, 7, 200), (1, 300, 30000)):
        volume = s.blobs(values=labels).astype("u2")
        v.write("in.vol", volume, v.affine(kind), {"unit": "label", "labels": "\\n".join(f"{n} name-{n}" for n in labels)})
        run("vol2dcm", "in.vol", "-o", "back.dcm", "-q")
        run("dcm2vol", "back.dcm", "-o", "back.vol")
        data, affine, keys = s.read("back.vol")
        assert keys["labels"] == "\n".join(f"{n} name-{n}" for n in labels), keys["labels"]
        assert data.dtype == (np.uint8 if labels[-1] < 256 else np.uint16)
        run("dcm2vol", "back.dcm", "--like", "in.vol", "-o", "on.vol")
        onto, grid, _ = s.read("on.vol")
        assert np.array_equal(onto, volume) and np.allclose(grid, v.LPS_FROM_RAS @ v.affine(kind), atol=1e-6), (kind, labels)
        # without it, on the slices that hold labels, whichever way they go
        if np.linalg.det(affine[:3, :3]) * np.linalg.det(grid[:3, :3]) < 0:
            data = data[:, :, ::-1]
        assert np.array_equal(data, volume[:, :, 1:-1]), (kind, labels)
END

# ---- on another grid ----

py "--like: the grid of a volume, or of images; cut and turned over" <<'END'
from told import *
import volfile as v
grid, volume = s.lps(s.OBLIQUE), s.blobs()
s.make("one.dcm", s.frames_of(volume), {1: "a", 2: "b", 5: "c"}, grid=grid)
for turn in ((1, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, -1), (-1, -1, -1)):
    big = np.zeros((20, 19, 18), int)
    big[4:17, 3:14, 6:14] = volume
    lent = grid.copy()
    lent[:3, 3] -= grid[:3, :3] @ (4, 3, 6)
    for k in range(3):
        if turn[k] < 0:
            big = np.flip(big, k)
            lent[:3, 3] += lent[:3, k] * (big.shape[k] - 1)
            lent[:3, k] *= -1
    v.write("big.vol", np.zeros(big.shape, "i2"), v.LPS_FROM_RAS @ lent)
    run("dcm2vol", "one.dcm", "--like", "big.vol", "-o", "on.vol")
    same("on.vol", big, lent)
v.write("small.vol", np.zeros((13, 11, 5), "i2"), v.LPS_FROM_RAS @ grid)
moved_grid = grid.copy()
moved_grid[:3, 3] += 0.2 * grid[:3, 0]
v.write("beside.vol", np.zeros((40, 40, 40), "i2"), v.LPS_FROM_RAS @ moved_grid)
v.write("other.vol", np.zeros((40, 40, 40), "i2"), v.LPS_FROM_RAS @ s.lps())
END
refuses other-grid "a volume that frames reach out of" '[0-9]+ of [0-9]+ frames reach out of the volume of small.vol' one.dcm --like small.vol
refuses other-grid "a volume 0.2 voxels beside" 'frame 1 lies 0.2 voxels off the grid of beside.vol' one.dcm --like beside.vol
refuses other-grid "a volume of another orientation" 'not the rows and columns of the slices of other.vol' one.dcm --like other.vol
"$TESTBIN/mkseries" -o ct --size 13,11,8 >.lib/mk 2>&1
py "--like images in a folder; a segmentation among images, by --series" <<'END'
from told import *
run("dcm2vol", "ct", "-o", "ct.vol")
_, grid, _ = s.read("ct.vol")
volume = s.blobs()
import os, shutil
s.make("onct.dcm", s.frames_of(volume), {1: "a", 2: "b", 5: "c"}, grid=grid, stated=None)
run("dcm2vol", "onct.dcm", "--like", "ct", "-o", "on.vol")
same("on.vol", volume, grid)
shutil.copytree("ct", "both")
shutil.copy("onct.dcm", "both/seg.dcm")
run("dcm2vol", "both", "-o", "images.vol")
assert open("images.vol", "rb").read().split(b"\n\n", 1)[1] == open("ct.vol", "rb").read().split(b"\n\n", 1)[1]
for selector in ("300", s.pydicom.dcmread("onct.dcm").SeriesInstanceUID):
    run("dcm2vol", "both", "--series", selector, "--like", "ct.vol", "-o", "on.vol")
    same("on.vol", volume, grid)
run("volconvert", "onct.dcm", "on.nii")
s.make("both/other.dcm", s.frames_of(volume), {1: "a", 2: "b", 5: "c"}, grid=grid)
END
refuses several-series "two segmentations of one number" '2 segmentations of that series, both/other.dcm and both/seg.dcm: name the file' both --series 300
refuses no-segmentation "--segment of images" 'is no segmentation' ct --segment 1
for option in --regrid --untilt --split --philips-precise '--accept tilt'; do
	# shellcheck disable=SC2086  # words
	refuses - "$option of a segmentation" 'are for images' onct.dcm $option
done
must_fail 2 "--all with --segment" dcm2vol --all --segment 1 both -o 'x/{number}.vol'

# ---- overlaps ----

py "each of overlapping segments as a mask, all on one grid" <<'END'
from told import *
rng = np.random.default_rng(4)
a, b, c = (rng.random((13, 11, 6)) < 0.4 for _ in range(3))
a[:, :, 4:] = False
c[:, :, :5] = False
frames = [(n, z, v[:, :, z].T) for n, v in ((1, a), (2, b), (3, c)) for z in range(6) if v[:, :, z].any()]
s.make("over.dcm", frames, {1: "a", 2: "b", 3: "a"})
open("common", "w").write(f"segments 1 a and 2 b have {(a & b).sum()} voxels in common, and 1 other pair, {(a & b).sum() + (b & c).sum()} voxels in all")
for name, want in (("1", a), ("b", b), ("3", c)):
    assert run("dcm2vol", "over.dcm", "--segment", name, "-o", "m.vol") == ""
    same("m.vol", want, s.lps(), labels={"1": "1 a", "b": "1 b", "3": "1 a"}[name])
s.make("void.dcm", [f for f in frames if f[0] == 2], {1: "a", 2: "b"})
assert "segment 1 a has no frames" in run("dcm2vol", "void.dcm", "--segment", "1", "-o", "m.vol")
assert not s.read("m.vol")[0].any()
END
refuses overlapping-segments "overlapping segments" "$(cat common)" over.dcm
refuses - "a name of two segments" "several segments are called 'a'" over.dcm --segment a
refuses - "a segment that is not there" "no segment '7': there is 1 a, 2 b, 3 a" over.dcm --segment 7

# ---- what is wrong ----

py "files with one thing wrong" <<'END'
from told import *
volume = s.blobs((13, 11, 6))
names, frames = {1: "a", 2: "b", 5: "c"}, s.frames_of(volume)
s.make("twice.dcm", frames + frames[:1], names)
s.make("unknown.dcm", frames, {1: "a", 2: "b"})
s.make("count.dcm", frames, names, NumberOfFrames=len(frames) + 1)
s.make("alike.dcm", frames, names)
ds = s.pydicom.dcmread("alike.dcm")
ds.SegmentSequence[1].SegmentNumber = 1
ds.save_as("alike.dcm")
s.make("short.dcm", frames, names, PixelData=b"\0" * 10)
s.make("kind.dcm", frames, names, SegmentationType="SURFACE")
s.make("wide.dcm", frames, names, BitsAllocated=8, BitsStored=8, HighBit=7)
s.make("value.dcm", [(0, z, np.full((11, 13), 3)) for z in range(3)], {1: "a"}, "LABELMAP")
s.make("pad.dcm", [(0, z, np.full((11, 13), 1)) for z in range(3)], {1: "a"}, "LABELMAP", PixelPaddingValue=1)

def away(i, group):
    if i == 2:
        group.PlanePositionSequence[0].ImagePositionPatient[2] = 47.1

def turned(i, group):
    if i == 2:
        group.PlaneOrientationSequence = s.item(ImageOrientationPatient=[1, 0, 0, 0, 0, 1])

def nowhere(i, group):
    if i == 2:
        del group.PlanePositionSequence

def aside(i, group):
    if i == 2:
        group.PlanePositionSequence[0].ImagePositionPatient[0] += 3
for edit in (away, turned, nowhere, aside):
    s.make(edit.__name__ + ".dcm", frames, names, each=edit)
data = open("alike.dcm", "rb").read()
s.make("whole.dcm", frames, names)
data = open("whole.dcm", "rb").read()
open("cut.dcm", "wb").write(data[:-200])
open("cut2.dcm", "wb").write(data[:len(data) // 2])
END
refuses duplicate-position "a frame twice" 'frames 1 and [0-9]+ lie at one place, both of segment a' twice.dcm
refuses unsupported "a frame of an unknown segment" "ReferencedSegmentNumber \(0062,000B\) is '5'" unknown.dcm
refuses unsupported "another number of frames" 'NumberOfFrames' count.dcm
refuses unsupported "a number of two segments" 'two segments have the SegmentNumber \(0062,0004\) 1' alike.dcm
refuses truncated "too few pixels stated" 'states 10 bytes of pixels' short.dcm
refuses unsupported "another kind" "SegmentationType \(0062,0001\) is 'SURFACE'" kind.dcm
refuses unsupported "bytes where bits belong" '8 bits allocated' wide.dcm
refuses unsupported "a value that is no segment" 'frame 1 holds 3, and no segment has that number' value.dcm
refuses unsupported "padding that is a segment" 'PixelPaddingValue \(0028,0120\) is 1, which is also' pad.dcm
refuses irregular-spacing "a frame at another height" '--like FILE' away.dcm
refuses mixed-orientation "a turned frame" 'frame 3 has another orientation' turned.dcm
refuses no-position "a frame without a place" 'frame 3 has no sound ImagePositionPatient' nowhere.dcm
refuses irregular-spacing "a frame at the side" 'off the regular stack' aside.dcm
refuses truncated "a file cut in its pixels" 'ends after' cut.dcm
refuses - "a file cut in its header" 'cut2.dcm' cut2.dcm

# ---- with everything else ----

py "--all: segmentations after the images, each with its name" <<'END'
import os, shutil, subprocess
shutil.copytree("ct", "all")
shutil.copy("both/seg.dcm", "all/a-segmentation")
done = subprocess.run(["dcm2vol", "--all", "all", "-o", "every/{modality}_{index}.vol", "--json", "every/{modality}_{index}.json"],
                      capture_output=True, text=True)
assert done.returncode == 0, done
assert sorted(os.listdir("every")) == ["CT_1.json", "CT_1.vol", "SEG_2.vol"], os.listdir("every")
alone = subprocess.run(["dcm2vol", "both/seg.dcm"], capture_output=True, check=True).stdout
assert open("every/SEG_2.vol", "rb").read().split(b"\n\n", 1)[1] == alone.split(b"\n\n", 1)[1]
END

done_testing
