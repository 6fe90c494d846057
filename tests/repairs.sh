#!/bin/sh
# dcm2vol --regrid, --untilt, --accept: against a field known at every place, sampled where the slices lie.
# shellcheck source=tests/lib.sh
. tests/lib.sh

[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"
need_python numpy pydicom

cat >field.py <<'EOF'
"""Series of a field that is known everywhere, and what may be said of a volume made of them.

The field is a sum of three waves, one along each patient axis, so that its second derivatives are diagonal and bounded by
BEND: linear interpolation over h mm in direction u errs by no more than h^2 / 8 * sum(u_i^2 BEND_i), and its slope in
direction u is at most sum(|u_i| STEEP_i).  Files hold it rounded, and so does the result: half a unit each."""
import os, re, shutil
import numpy as np, pydicom, volfile as v
from pydicom.dataset import FileDataset, FileMetaDataset

HIGH, LONG = np.array([300.0, 300.0, 200.0]), np.array([7.0, 9.0, 11.0])
BEND, STEEP = HIGH / LONG ** 2, HIGH / LONG
ROUND = 1.0


def field(mm):
    return 1000 + (HIGH * np.sin(mm / LONG)).sum(-1)


def turned(x=0, z=0):
    """Row and column of an image turned about x, then z, degrees."""
    a, b = np.radians(x), np.radians(z)
    return np.array([[np.cos(b), np.sin(b), 0], [-np.sin(b) * np.cos(a), np.cos(b) * np.cos(a), np.sin(a)]])


def series(folder, places, axes=turned(), size=(30, 26), step=(0.7, 0.8), values=field, dtype="i2", bits=16, **more):
    """Slices at `places` (LPS of their first pixel).  Written in another order than they lie.  Each slice's values [x, y]."""
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]), indexing="ij")
    slices = []
    for i, place in enumerate(places):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = "1.2.840.10008.1.2.1", "1.2.840.10008.5.1.4.1.1.2"
        meta.MediaStorageSOPInstanceUID = f"2.25.7{i}"
        name = f"{folder}/{(i * 7919) % 1000:03d}{i}"
        d = FileDataset(name, {}, file_meta=meta, preamble=b"\0" * 128)
        d.SOPClassUID, d.SOPInstanceUID, d.SeriesInstanceUID = meta.MediaStorageSOPClassUID, f"2.25.7{i}", "2.25.5"
        d.Modality, d.SeriesNumber, d.Rows, d.Columns = "CT", 1, size[1], size[0]
        d.ImagePositionPatient = ["%.10g" % c for c in place]
        d.ImageOrientationPatient = ["%.12f" % c for c in axes.flat]
        d.PixelSpacing = ["%g" % step[1], "%g" % step[0]]
        d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
        d.BitsAllocated, d.BitsStored = np.dtype(dtype).itemsize * 8, bits
        d.HighBit, d.PixelRepresentation = bits - 1, int(np.dtype(dtype).kind == "i")
        d.RescaleSlope, d.RescaleIntercept = "1", "-1024"
        for keyword, value in more.items():
            setattr(d, keyword, value[i] if isinstance(value, list) else value)
        mm = np.asarray(place) + x[..., None] * step[0] * axes[0] + y[..., None] * step[1] * axes[1]
        slices.append(np.rint(values(mm)).astype(dtype))
        d.PixelData = slices[-1].T.tobytes()
        d.save_as(name, write_like_original=False)
    return np.stack(slices, 2)


def normal(axes):
    return np.cross(axes[0], axes[1])


def stack(at, axes=turned(), shear=(0, 0), origin=(-10.5, -12.25, 40.0)):
    """Places of slices at the distances `at` along the normal, moved sideways by shear (row, column) a mm."""
    at = np.asarray(at, float)[:, None]
    return np.array(origin) + at * (normal(axes) + shear[0] * axes[0] + shear[1] * axes[1])


def convert(folder, *words, status=0):
    """(voxels, index to LPS mm, keys, what was said)"""
    got, out, said = v.tool("dcm2vol", *words, folder)
    assert got == status, (words, got, said)
    if status:
        assert not out and said.count("\n") == 1, said
        return said
    voxels, affine, keys = v.read_bytes(out)
    return voxels, v.LPS_FROM_RAS @ affine, keys, said


def mm_of(shape, affine):
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
    return index @ affine[:3, :3].T + affine[:3, 3]


def judge(voxels, affine, keys, places, axes=turned(), size=(30, 26), step=(0.7, 0.8), along=None, values=field):
    """Every voxel, in world space: padding where no slice reaches, within the bound where one does.  The share of padding.

    along: the direction between slices in which the result was interpolated; None: the normal."""
    n, mm, places = normal(axes), mm_of(voxels.shape, affine), np.asarray(places)
    at = places @ n
    k = mm[0, 0] @ n
    inside = np.zeros(voxels.shape, bool)
    edge = np.zeros(voxels.shape, bool)
    bound = np.full(voxels.shape, ROUND)
    near = min(0.1, 0.1 * (at[-1] - at[0]) / max(1, len(at) - 1)) + 1e-9
    for z, height in enumerate(k):
        on = np.flatnonzero(np.abs(at - height) <= near)
        after = min(max(int(np.searchsorted(at, height)), 1), len(at) - 1)
        used = [(int(on[0]), 1.0)] if len(on) else [(after - 1, (at[after] - height) / (at[after] - at[after - 1])),
                                                    (after, (height - at[after - 1]) / (at[after] - at[after - 1]))]
        u = np.zeros(3) if along is None else along / (along @ n) - n
        held = np.zeros(voxels.shape[:2])
        for i, weight in used:
            off = mm[:, :, z] + (at[i] - height) * (n + u) - places[i]
            x, y = off @ axes[0] / step[0], off @ axes[1] / step[1]
            share = np.ones(x.shape)
            for c, last, h, way in ((x, size[0] - 1, step[0], axes[0]), (y, size[1] - 1, step[1], axes[1])):
                share *= np.clip(1 + np.minimum(c, last - c), 0, 1)
                outside = np.clip(np.maximum(-c, c - last), 0, 0.5)
                bound[:, :, z] += weight * outside * h * (np.abs(way) @ STEEP)
                part = c - np.floor(c + 1e-6)
                bound[:, :, z] += weight * (part > 1e-6) * h ** 2 / 8 * (way ** 2 @ BEND)
            held += weight * share
        if len(on):
            bound[:, :, z] += abs(at[on[0]] - height) * ((n + u) @ np.diag(np.sign(n + u)) @ STEEP)
        else:
            h = (at[after] - at[after - 1]) * np.linalg.norm(n + u)
            way = (n + u) / np.linalg.norm(n + u)
            bound[:, :, z] += h ** 2 / 8 * (way ** 2 @ BEND)
            # where one of the two slices alone is measured its value stands for a place up to h away
            bound[:, :, z] += (held < 1 - 1e-6) * h * (np.abs(way) @ STEEP)
        inside[:, :, z] = held >= 0.5
        edge[:, :, z] = np.abs(held - 0.5) < 1e-3
    padding = voxels == int(keys["padding"]) if "padding" in keys else np.zeros(voxels.shape, bool)
    wrong = (padding == inside) & ~edge
    assert not wrong.any(), f"{wrong.sum()} of {wrong.size} voxels are padding and should not be, or the other way round"
    error = np.abs(voxels - values(mm)) - bound
    right = (error <= 1e-3) | padding
    assert right.all(), f"{100 * right.mean():.3f} % of voxels right; worst {error[~padding].max():.2f} over its bound"
    return padding.mean()


def upright(affine):
    m = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return np.abs(m.T @ m - np.eye(3)).max() < 1e-9


def invented(said):
    """The slices that the line says were interpolated."""
    text = re.search(r" interpolated(?: \(from 0\):((?: [0-9-]+)+))?", said)[1] or ""
    ranges = [(r + "-" + r).split("-")[:2] for r in text.split()]
    return [k for first, last in ranges for k in range(int(first), int(last) + 1)]
EOF

py "slices that move sideways evenly are right as they are, without a word" <<'EOF'
from field import *
for axes in (turned(), turned(15), turned(-15), turned(17.3, 11.9)):
    for shear in ((0, np.tan(np.radians(15))), (-0.3, 0), (0.2, -0.5)):
        places = stack(np.arange(9) * 2.5, axes, shear)
        truth = series("s", places, axes)
        voxels, affine, keys, said = convert("s")
        assert said == "" and np.array_equal(voxels, truth) and "padding" not in keys, said
        mm = mm_of(voxels.shape, affine)
        assert np.abs(mm[0, 0] - places).max() < 1e-6
        assert judge(voxels, affine, keys, places, axes, along=places[1] - places[0]) == 0
EOF

py "--untilt: upright, every voxel within its bound, padding where nothing was measured and only there" <<'EOF'
from field import *
for axes in (turned(), turned(15), turned(-15), turned(17.3, 11.9)):
    for shear in ((0, np.tan(np.radians(15))), (0, -0.9), (-0.3, 0), (0.2, -0.5)):
        places = stack(np.arange(9) * 2.5, axes, shear)
        series("s", places, axes)
        voxels, affine, keys, said = convert("s", "--untilt")
        degrees = np.degrees(np.arctan(np.hypot(*shear)))
        assert said.count("\n") == 1 and "untilted: sheared back by %.2f degrees" % degrees in said, said
        assert "untilted" in keys["history.1"] and upright(affine), affine
        # as wide as the stack, to the next whole voxel
        wide = np.ceil(np.abs(shear) * 20 / (0.7, 0.8) - 1e-3)
        assert voxels.shape == (*(wide.astype(int) + (30, 26)), 9), (voxels.shape, wide)
        assert judge(voxels, affine, keys, places, axes) > 0.05
        # the source is the grid that the stream began with
        assert keys["source"].startswith("%d %d %d " % voxels.shape)
EOF

py "--untilt: the padding there is stays what it is, and no measured voxel becomes it" <<'EOF'
from field import *


def ring(mm):
    """Not measured outside of a circle in each slice, by its own middle."""
    return np.where(np.linalg.norm(mm - mm[15, 13], axis=-1) < 9, field(mm), -2000)


places = stack(np.arange(7) * 2.5, shear=(0, 0.4))
truth = series("s", places, values=ring, PixelPaddingValue=-2000)
voxels, affine, keys, _ = convert("s", "--untilt")
assert keys["padding"] == "-2000" and voxels.dtype == "i2"
measured = voxels != -2000
assert (np.abs(voxels - field(mm_of(voxels.shape, affine)))[measured] < 60).all() and voxels[measured].min() > 100
# each slice keeps its number of measured voxels, but for half a one at either end of 26 lines
assert np.abs(measured.sum((0, 1)) - (truth != -2000).sum((0, 1))).max() <= 26
# 0 is padding; between -5 and 5 is their mean, which is not
series("s", stack([0, 2.5, 7.5, 10]), values=lambda mm: np.where(mm[..., 2] < 44, -5, 5), PixelPaddingValue=0)
voxels = convert("s", "--regrid")[0]
assert voxels.shape[2] == 5 and sorted(set(voxels.flat)) in ([-5, -1, 5], [-5, 1, 5]), set(voxels.flat)
EOF

py "--untilt: a value for what was not measured, in a wider type where the type has none left" <<'EOF'
from field import *
places = stack(np.arange(5) * 2.5, shear=(0, 0.4))
# of 16 bits that may leave HU's the values were looked at: none is as low as air
for dtype, bits, intercept, to, padding in (
        ("u2", 12, "-1024", "i2", -1), ("i2", 12, "-1024", "i2", -2049), ("i2", 16, "0", "i4", -32769), ("u1", 8, "0", "i2", -1),
        ("i2", 16, "-1024", "i2", 0), ("u2", 16, "-1024", "u2", 0), ("u2", 16, "-32768", "i4", -1)):
    values = (lambda mm: field(mm) / 20) if dtype == "u1" else field
    truth = series("s", places, dtype=dtype, bits=bits, values=values, RescaleIntercept=intercept)
    voxels, affine, keys, _ = convert("s", "--untilt")
    assert voxels.dtype == to and keys["padding"] == str(padding), (dtype, bits, voxels.dtype, keys["padding"])
    judge(voxels, affine, keys, places, values=values)
    plain = convert("s")[0]
    assert plain.dtype == dtype and np.array_equal(plain, truth), "without the word the type is the file's"
EOF

py "--regrid: missing slices are interpolated, named, and those there are stay as they are" <<'EOF'
from field import *
for axes in (turned(), turned(17.3, 11.9)):
    for gone in ([4], [4, 5], [1, 8, 9, 13], [1], [17]):
        at = [2.5 * i for i in range(19) if i not in gone]
        places = stack(at, axes)
        truth = series("s", places, axes)
        assert "[missing-slice]" in convert("s", status=1)
        voxels, affine, keys, said = convert("s", "--regrid")
        assert said.count("\n") == 1 and invented(said) == gone == invented(keys["history.1"]), (said, gone)
        assert voxels.shape == (30, 26, 19) and "padding" not in keys and voxels.dtype == truth.dtype
        assert np.array_equal(voxels[:, :, [i for i in range(19) if i not in gone]], truth)
        assert np.abs(affine[:3, 2] - 2.5 * normal(axes)).max() < 1e-8
        assert judge(voxels, affine, keys, places, axes) == 0
EOF

py "--regrid: irregular spacing, between the true positions" <<'EOF'
from field import *
rng = np.random.default_rng(5)
for case, at in enumerate(([0, 2, 4, 6, 11, 16, 21], [0, 1, 5, 6, 10, 11, 15], np.cumsum(rng.uniform(1, 4, 30)),
                           np.r_[np.arange(10) * 4.0, 37.1 + np.arange(10) * 7.0])):
    for axes in (turned(), turned(15, 30)):
        places = stack(at, axes)
        truth = series("s", places, axes)
        assert "[irregular-spacing]" in convert("s", status=1)
        voxels, affine, keys, said = convert("s", "--regrid")
        mm = mm_of(voxels.shape, affine)
        assert np.abs(mm[0, 0, 0] - places[0]).max() < 1e-6 and np.abs(mm[0, 0, -1] - places[-1]).max() < 1e-6
        assert np.array_equal(voxels[:, :, 0], truth[:, :, 0]) and np.array_equal(voxels[:, :, -1], truth[:, :, -1])
        step = np.diff(mm[0, 0] @ normal(axes))
        # as what a quarter of the distances do not exceed, to a whole number of steps
        assert np.ptp(step) < 1e-6 and abs(step[0] - np.sort(np.diff(at))[(len(at) - 1) // 4]) < 0.1 * step[0], (case, step[0])
        judge(voxels, affine, keys, places, axes)
        heights = mm[0, 0] @ normal(axes) - places[0] @ normal(axes)
        near = [np.abs(np.asarray(at) - at[0] - h).min() for h in heights]
        limit = min(0.1, 0.1 * (at[-1] - at[0]) / (len(at) - 1))
        assert invented(said) == [k for k, d in enumerate(near) if d > limit], (case, said)
EOF

py "--regrid of a sheared stack keeps the shear; with --untilt it is upright" <<'EOF'
from field import *
for axes in (turned(), turned(-15)):
    for shear in ((0, 0.3), (0.2, -0.1)):
        at = [0, 2.5, 5, 10, 12.5, 20, 22.5, 25, 27.5, 30, 32.5]
        places = stack(at, axes, shear)
        truth = series("s", places, axes)
        assert "[missing-slice]" in convert("s", status=1)
        assert "[missing-slice]" in convert("s", "--untilt", status=1)
        voxels, affine, keys, said = convert("s", "--regrid")
        assert voxels.shape == (30, 26, 14) and invented(said) == [3, 6, 7], said
        assert np.array_equal(voxels[:, :, [0, 1, 2, 4, 5, 8, 9, 10, 11, 12, 13]], truth) and "padding" not in keys
        judge(voxels, affine, keys, places, axes, along=places[1] - places[0])
        voxels, affine, keys, said = convert("s", "--regrid", "--untilt")
        assert upright(affine) and invented(said) == [3, 6, 7] and "untilted" in said, said
        judge(voxels, affine, keys, places, axes)
EOF

py "a slice that lies beside the others is moved to where it was measured" <<'EOF'
from field import *
places = stack(np.arange(9) * 2.5)
places[4] += (0, 1.5, 0)
series("s", places)
assert "sideways of the others [irregular-spacing]" in convert("s", status=1)
voxels, affine, keys, _ = convert("s", "--regrid")
assert voxels.shape[2] == 9 and voxels.shape[1] > 26, voxels.shape
judge(voxels, affine, keys, places)
EOF

py "a slice so far away that nearly all would be invented is refused" <<'EOF'
from field import *
for far, why in (((0, 0, 9000), "mostly invented"), ((9000, 0, 0), "sideways"), ((1e5, 0, 9e4), "mostly invented")):
    places = stack(np.arange(9) * 2.5)
    places[8] += far
    series("s", places)
    said = convert("s", "--regrid", "--untilt", status=1)
    assert why in said, said
EOF

py "slopes of their own: values are mixed, not stored numbers; and where none are mixed they stay" <<'EOF'
from field import *
slopes = [1, 0.5, 2, 4, 1.25]


def stored(folder, places, **more):
    """The field as values, behind slopes that differ by slice."""
    every = iter(range(len(places)))

    def values(mm):
        return (field(mm) + 10.5) / slopes[next(every)]
    return series(folder, places, values=values, RescaleSlope=["%g" % s for s in slopes[:len(places)]], RescaleIntercept="-10.5",
                  RescaleType="HU", **more)


for shear, words in (((0, 0), ()), ((0, 0.3), ("--untilt",))):
    places = stack([0, 2.5, 7.5, 10, 12.5], shear=shear)
    truth = stored("s", places)
    voxels, affine, keys, said = convert("s", "--regrid", *words)
    assert voxels.dtype == "f4" and keys["unit"] == "HU" and "rescale" not in keys and "stored.range" not in keys
    assert invented(said) == [2] and voxels.shape[2] == 6
    measured = voxels != float(keys.get("padding", "nan"))
    assert measured.all() == (not words) and voxels[measured].min() > 0
    # 2: stored values are rounded before a slope of 4; 5 mm between slices; half a voxel beside them; in the plane
    bound = 2 + 25 / 8 * BEND[2] + bool(words) * (0.4 * STEEP[1] + 5 * 0.3 * STEEP[1] + 0.64 / 8 * BEND[1])
    assert np.abs(voxels - field(mm_of(voxels.shape, affine)))[measured].max() < bound
    if not words:
        for k, i in ((0, 0), (1, 1), (3, 2), (4, 3), (5, 4)):
            assert np.array_equal(voxels[:, :, k], truth[:, :, i].astype("f4") * np.float32(slopes[i]) - np.float32(10.5))
        between = (voxels[:, :, 1].astype(float) + voxels[:, :, 3]) / 2
        assert np.abs(voxels[:, :, 2] - between).max() < 1e-3
places = stack([0, 2.5, 5, 7.5], shear=(0, 0.3))
series("s", places, RescaleSlope=["1", "2", "3", "4"])
voxels, affine, keys, _ = convert("s", "--untilt")
assert keys["rescale"] == "1 -1024 2 -1024 3 -1024 4 -1024"
judge(voxels, affine, keys, places)
EOF

py "a series that needs no repair: the same voxels, grid and keys, and no word" <<'EOF'
from field import *
series("s", stack(np.arange(6) * 2.5))
plain = convert("s")
for words in (["--regrid"], ["--untilt"], ["--regrid", "--untilt"], ["--accept", "missing-slice,tilt"]):
    voxels, affine, keys, said = convert("s", *words)
    assert said == "" and np.array_equal(voxels, plain[0]) and np.array_equal(affine, plain[1]), said
    del keys["history.1"]
    assert keys == {name: text for name, text in plain[2].items() if name != "history.1"}
series("s", stack([0]), SliceThickness="2")
assert np.array_equal(convert("s", "--regrid", "--untilt")[0], convert("s")[0])
EOF

py "--accept: the slices as they are, a warning that says what was accepted, and it stands in the history" <<'EOF'
from field import *
one = stack(np.arange(9) * 2.5)
odd = one.copy()
odd[5] += (0, 0, 0.8)
cases = {"missing-slice": stack([2.5 * i for i in range(10) if i != 4]), "irregular-spacing": odd,
         "overlapping-slices": stack(sorted([2.5 * i for i in range(9)] + [6.1])),
         "tilt": stack(np.arange(9) * 2.5, shear=(0, 2))}
for reason, places in cases.items():
    truth = series("s", places)
    if reason != "irregular-spacing":
        assert f"[{reason}]" in convert("s", status=1)
    else:
        reason = re.search(r"\[(.*)\]", convert("s", status=1))[1]
    for other in cases:
        if other != reason:
            assert f"[{reason}]" in convert("s", "--accept", other, status=1)
    voxels, affine, keys, said = convert("s", "--accept", f"mixed-spacing,{reason}")
    assert said.count("\n") == 1 and "warning: accepted as it is: " in said and f"[{reason}]" in said, said
    assert np.array_equal(voxels, truth) and f"--accept mixed-spacing,{reason}" in keys["history.1"]
    # the straight stack that fits best
    z = np.arange(len(places))
    for w in range(3):
        slope, start = np.polyfit(z, places[:, w], 1)
        assert abs(affine[w, 2] - slope) < 1e-6 and abs(affine[w, 3] - start) < 1e-6, (reason, w, affine[w], slope, start)
truth = series("s", one, PixelSpacing=[["0.8", "0.7"]] * 8 + [["0.8", "0.75"]])
assert "[mixed-spacing]" in convert("s", status=1)
voxels, affine, _, _ = convert("s", "--accept", "mixed-spacing")
assert np.array_equal(voxels, truth) and abs(affine[0, 0] - 0.7) < 1e-9
# what repairs comes before what accepts
series("s", cases["missing-slice"])
assert convert("s", "--regrid", "--accept", "missing-slice")[0].shape[2] == 10
assert convert("s", "--accept", "missing-slice")[0].shape[2] == 9
EOF

for reason in nonsense truncated duplicate-position mixed-size unsupported 'missing-slice,' '' several-series; do
	must_fail 2 "--accept '$reason' is a mistake" dcm2vol s --accept "$reason"
	said "and said to be one" '^dcm2vol: --accept: '
done

py "a file twice is dropped with a line; two files with one UID that differ are not" <<'EOF'
from field import *
truth = series("s", stack(np.arange(6) * 2.5))
first = sorted(os.listdir("s"))[2]
plain = convert("s")
for n in (1, 2):
    shutil.copy(f"s/{first}", f"s/zz{n}")
    voxels, affine, keys, said = convert("s")
    assert np.array_equal(voxels, truth) and np.array_equal(affine, plain[1]) and keys == plain[2]
    assert said.count("\n") == 1 and f"the same file as s/{first}" in said and "zz1" in said, said
with open("s/zz2", "r+b") as f:
    f.write(b"x")  # of the preamble
status, out, said = v.tool("dcm2vol", "s")
assert status == 1 and not out and said.splitlines()[-1].endswith("[duplicate-position]"), said
EOF

py "a sheared and an untilted volume go to DICOM and come back" <<'EOF'
from field import *
series("s", stack(np.arange(6) * 2.5, turned(17.3, 11.9), (0, 0.3)), turned(17.3, 11.9), bits=12, dtype="u2")
for words in ([], ["--untilt"]):
    voxels, affine, keys, _ = convert("s", *words)
    assert v.tool("dcm2vol", "s", "-q", *words, "-o", "one.vol")[0] == 0
    shutil.rmtree("back", ignore_errors=True)
    status, _, said = v.tool("vol2dcm", "one.vol", "-o", "back", "--verify")
    assert status == 0, said
    again, place, other, _ = convert("back")
    assert np.array_equal(again, voxels) and np.abs(place - affine).max() < 1e-6 and other.get("padding") == keys.get("padding")
EOF

py "two slices are held, whatever their number" <<'EOF'
import subprocess
from field import *
if not v.SANITIZED:
    series("s", np.delete(stack(np.arange(300) * 2.5, shear=(0, 0.1)), [7, 100], 0), size=(256, 256), values=lambda mm: mm[..., 0])
    run = subprocess.Popen(["dcm2vol", "--regrid", "--untilt", "-q", "--threads", "1", "s"], stdout=subprocess.PIPE)
    assert len(run.stdout.read(39_000_000)) == 39_000_000
    with open(f"/proc/{run.pid}/status") as f:
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", f.read())[1]) / 1024
    assert run.stdout.read() and run.wait() == 0
    assert peak < 32, f"{peak:.0f} MiB"
EOF
done_testing
