#!/bin/sh
# voltilt: heads whose pose is known, turned volumes against interpolation written out in NumPy and against
# scipy.ndimage in world space, the recipe against OpenCV, vol.transform, and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python scipy.ndimage

cat >heads.py <<'EOF'
import json
import numpy as np
import volfile as v

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def rotation(axis, degrees):
    """About a unit vector, right-handed."""
    a, (x, y, z) = np.radians(degrees), axis
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * k @ k


def upright(affine):
    """The directions left, back, up (columns) of an axial grid: back along its axis, left in its slices."""
    d = (LPS @ affine)[:3, :3]
    d = d / np.linalg.norm(d, axis=0)
    axes = [d[:, np.abs(d[i, :2]).argmax()] * np.sign(d[i, np.abs(d[i, :2]).argmax()]) for i in (0, 1)]
    back = axes[1] / np.linalg.norm(axes[1])
    left = axes[0] - (axes[0] @ back) * back
    left /= np.linalg.norm(left)
    return np.column_stack([left, back, np.cross(left, back)])


def head(affine, shape, yaw, roll, size=(62, 80, 75), dtype="i2"):
    """A head in HU, its face turned to its left by yaw, then leaning to its right by roll; nose, ears, ventricles."""
    axes = upright(affine)
    lps = LPS @ affine
    # from left towards back is the face to the left; from left towards up is to the right shoulder
    pose = axes @ rotation((0, 0, 1), yaw) @ rotation((0, -1, 0), roll)
    middle = lps[:3, :3] @ (np.array(shape) - 1) / 2 + lps[:3, 3]
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
    l, b, u = np.moveaxis((index @ lps[:3, :3].T + lps[:3, 3] - middle) @ pose, -1, 0)

    def ball(at, radii):
        """1 inside, smooth over a millimetre or two."""
        q = np.sqrt(((l - at[0]) / radii[0]) ** 2 + ((b - at[1]) / radii[1]) ** 2 + ((u - at[2]) / radii[2]) ** 2)
        return np.clip((1 - q) * min(radii) / 2 + 0.5, 0, 1)
    s = np.array(size)
    hu = -1000 + 1040 * np.maximum(ball((0, 0, 0), s), ball((0, -size[1], -15), (9, 12, 14)))
    hu += (1000 - 40) * (ball((0, 0, 0), s - 5) - ball((0, 0, 0), s - 12))
    for side in (-1, 1):
        hu -= 35 * ball((side * 15, 5, 10), (6, 22, 8))
        hu += 300 * ball((side * 28, -55, -10), (9, 6, 8))
    return np.round(hu).astype(dtype), pose


def report(*words):
    return json.loads(v.run("voltilt", "-q", "--json", *words))


def matrix(keys):
    m = np.array(keys["transform"].split(), float)
    assert m.size == 16 and (m[12:] == [0, 0, 0, 1]).all()
    return m.reshape(4, 4)


def places(affine, transform, shape):
    """Where in the volume (index) the voxels of the turned volume come from."""
    lps = LPS @ affine
    m = np.linalg.inv(lps) @ transform @ lps
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), -1)
    q = index @ m[:3, :3].T + m[:3, 3]
    return np.where(np.abs(q - np.round(q)) < 1e-9, np.round(q), q)


def weights(kernel, t):
    if kernel == "linear":
        return [(0, 1 - t), (1, t)]
    return [(-1, ((-0.5 * t + 1) * t - 0.5) * t), (0, (1.5 * t - 2.5) * t * t + 1), (1, ((-1.5 * t + 2) * t + 0.5) * t),
            (2, (0.5 * t - 0.5) * t * t)]


def interpolated(data, q, kernel, measured=None):
    """(value, weight of what was measured) at fractional indices; NaN outside; the border goes on for half a voxel."""
    n = np.array(data.shape)
    inside = ((q >= -0.5) & (q <= n - 0.5)).all(-1)
    if kernel == "nearest":
        at = np.clip(np.floor(q + 0.5).astype(int), 0, n - 1)
        return np.where(inside, data[tuple(np.moveaxis(at, -1, 0))].astype(float), np.nan), inside * 1.0
    low = np.floor(q).astype(int)
    total, weight = np.zeros(q.shape[:-1]), np.zeros(q.shape[:-1])
    lines = [weights(kernel, q[..., i] - low[..., i]) for i in range(3)]
    for i, wi in lines[0]:
        for j, wj in lines[1]:
            for k, wk in lines[2]:
                at = tuple(np.clip(low[..., a] + step, 0, n[a] - 1) for a, step in enumerate((i, j, k)))
                w = wi * wj * wk * (1 if measured is None else measured[at])
                total += np.where(w != 0, w * data[at], 0)
                weight += w
    with np.errstate(all="ignore"):
        return np.where(inside, total / weight if measured is not None else total, np.nan), weight * inside


def as_type(x, dtype):
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return x.astype(dtype)
    info = np.iinfo(dtype)
    return np.clip(np.where(x < 0, np.ceil(x - 0.5), np.floor(x + 0.5)), info.min, info.max)


def pose_file(path, back):
    """Something for --like."""
    words = " ".join(repr(float(x)) for x in back.ravel())
    v.write(path, np.zeros((1, 1, 1), "u1"), np.eye(4), {"transform": words})


def about(point, r):
    m = np.eye(4)
    m[:3, :3], m[:3, 3] = r, point - r @ point
    return m
EOF

# ---- angles ----

py "yaw of ellipses and heads on axial grids of all kinds" <<'EOF'
import numpy as np, volfile as v
from heads import *
shape = (96, 80, 5)
for kind in ("axial", "plain", "left-handed", "nearly-axial", "sheared", "oblique"):
    affine = v.affine(kind)
    affine[:3, :2] *= 3        # 2.1 x 2.4 mm: a head fits
    affine[:3, 2] *= 4
    for yaw in (-31, -7.5, 0, 3.3, 20):
        data, _ = head(affine, shape, yaw, 0, dtype="i2" if kind == "axial" else "f4")
        v.write("head.vol", data, affine, {"unit": "HU"})
        got = report("head.vol")
        assert got["method"] == "ellipse" and got["roll"] == 0 and len(got["slices"]) == 5
        # a border of voxels of 2 mm; the nose is on the axis
        assert abs(got["yaw"] - yaw) < 0.3, (kind, yaw, got["yaw"])
EOF

py "an ellipse of voxels: its angle within 0.1 degrees, its area, its elongation" <<'EOF'
import numpy as np, volfile as v
from heads import *
affine = np.diag([0.8, 0.8, 3, 1]) @ np.diag([-1.0, -1, 1, 1])
x, y = np.meshgrid(np.arange(256.0) - 127.4, np.arange(256.0) - 128.2, indexing="ij")
for degrees in (-40, -12.3, 0.7, 29):
    a = np.radians(degrees)
    # index x is left, y is back: the long axis lies along back, turned towards the right
    u, w = np.cos(a) * x + np.sin(a) * y, -np.sin(a) * x + np.cos(a) * y
    data = np.where((u / 75) ** 2 + (w / 100) ** 2 < 1, 40, -1000).astype("i2")[:, :, None]
    v.write("e.vol", data, affine, {"unit": "HU"})
    got = report("e.vol")
    s = got["slices"][0]
    assert abs(got["yaw"] - degrees) < 0.1, (degrees, got["yaw"])
    assert abs(s["area"] - (data > 0).sum() * 0.64) < 1e-6 and abs(s["elongation"] - 0.25) < 2e-3, s
EOF

py "slices that disagree: the median has its way; round ones have no say" <<'EOF'
import numpy as np, volfile as v
from heads import *
affine = np.diag([-2.0, -2.0, 4, 1])
shape = (96, 96, 9)
data, _ = head(affine, shape, 12, 0)
disc = np.hypot(*(np.mgrid[:96, :96] - 47.5)) < 30
for z in (0, 8):
    data[:, :, z] = np.where(disc, 40, -1000)
other, _ = head(affine, shape, -40, 0)
data[:, :, 3] = other[:, :, 3]
v.write("d.vol", data, affine, {"unit": "HU"})
got = report("d.vol")
assert abs(got["yaw"] - 12) < 0.4 and got["spread"] < 1, got["yaw"]
assert abs(got["slices"][3]["angle"] + 40) < 0.5
v.write("t.vol", data // 10 + 500, affine)
assert abs(report("-t", "480", "t.vol")["yaw"] - got["yaw"]) < 0.1  # any unit, with a threshold
EOF

py "the plane of symmetry: yaw and roll within 0.3 degrees, through noise" <<'EOF'
import numpy as np, volfile as v
from heads import *
rng = np.random.default_rng(5)
for kind, yaw, roll in (("axial", 0, 0), ("plain", 14, -9), ("left-handed", -22, 6.5), ("oblique", 5, 17), ("sheared", -3, -12)):
    affine = v.affine(kind)
    affine[:3, :2] *= 3
    affine[:3, 2] *= 1.2
    shape = (88, 84, 60)
    data, pose = head(affine, shape, yaw, roll, dtype="f4")
    data += rng.normal(0, 20, shape).astype("f4")
    v.write("s.vol", data, affine, {"unit": "HU"})
    got = report("--symmetry", "s.vol")
    # the normal of the plane is what both angles say
    y, r = np.radians(got["yaw"]), np.radians(got["roll"])
    normal = upright(affine) @ [np.cos(r) * np.cos(y), np.cos(r) * np.sin(y), np.sin(r)]
    want = pose[:, 0]
    off = np.degrees(np.arccos(min(1, normal @ want)))
    assert got["method"] == "symmetry" and off < 0.3 and got["likeness"] > 0.9, (kind, off, got["yaw"], got["roll"])
    # and its place: the pivot is on it
    middle = (LPS @ affine)[:3] @ np.append((np.array(shape) - 1) / 2, 1)
    assert abs((np.array(got["pivot"]) - middle) @ want) < 0.5
EOF

py "upright: measured again the angles are gone, and the head is where an upright one would be" <<'EOF'
import numpy as np, volfile as v
from heads import *
affine = v.affine("left-handed")
affine[:3, :2] *= 3
affine[:3, 2] *= 1.2
shape = (88, 84, 60)
data, pose = head(affine, shape, -17, 8)
v.write("p.vol", data, affine, {"unit": "HU"})
v.run("voltilt", "-q", "--symmetry", "p.vol", "-o", "u.vol")
got, where, keys = v.read("u.vol")
assert np.allclose(where, affine) and got.dtype == data.dtype and got.shape == data.shape
again = report("--symmetry", "u.vol")
assert abs(again["yaw"]) < 0.2 and abs(again["roll"]) < 0.2, again
# the transform takes the upright left axis to the head's own
m = matrix(keys)
assert np.degrees(np.arccos(m[:3, :3] @ upright(affine)[:, 0] @ pose[:, 0])) < 0.3
assert np.allclose(m[:3, :3] @ m[:3, :3].T, np.eye(3), atol=1e-12) and abs(np.linalg.det(m[:3, :3]) - 1) < 1e-12
want, _ = head(affine, shape, 0, 0)
same = np.corrcoef(got.ravel(), want.ravel())[0, 1]
before = np.corrcoef(data.ravel(), want.ravel())[0, 1]
# yaw and roll are set right by the least rotation, which leaves a nod of about 17 x 8 degrees / 2 = 1.2
assert same > 0.98 and before < 0.95, (same, before)
v.run("voltilt", "-q", "p.vol", "-o", "u2.vol")
m = matrix(v.read("u2.vol")[2])
assert np.allclose(m[:3, :3] @ upright(affine)[:, 2], upright(affine)[:, 2], atol=1e-12)  # within the slices
assert abs(report("u2.vol")["yaw"]) < 0.2
EOF

# ---- voxels ----

py "every voxel type, kernel, grid: the interpolation written out; flat and in 3-D" <<'EOF'
import numpy as np, volfile as v
from heads import *
shape = (19, 17, 11)
for n, (name, code) in enumerate(v.TYPES.items()):
    kind = ("axial", "oblique", "sheared", "left-handed", "coronal")[n % 5]
    affine = v.affine(kind)
    data = v.numbers(code, shape, n)
    v.write("in.vol", data, affine, {"unit": "1"})
    middle = (LPS @ affine)[:3] @ (9, 8, 5, 1)
    up = np.cross(*(LPS @ affine)[:3, :2].T)
    for r in (rotation(up / np.linalg.norm(up), 23), rotation((0.6, 0, 0.8), -11)):
        pose_file("pose.vol", about(middle, r))
        for kernel in ("nearest", "linear", "catmull"):
            v.run("voltilt", "-q", "--like", "pose.vol", "-k", kernel, "-f", "7", "in.vol", "-o", "out.vol")
            got, where, keys = v.read("out.vol")
            assert np.allclose(where, affine) and np.allclose(matrix(keys), about(middle, r), atol=1e-13)
            q = places(affine, about(middle, r), shape)
            want, _ = interpolated(data.astype(float), q, kernel)
            outside = np.isnan(want)
            assert outside.any() and not outside.all() and (got[outside] == 7).all(), (name, kernel)
            want = as_type(np.where(outside, 7, want), code).astype(float)
            off = np.abs(got.astype(float) - want)
            scale = max(1.0, np.abs(data.astype(float)).max())
            if np.dtype(code).kind == "f":
                assert off.max() <= scale * (1e-6 if code == "f4" else 1e-11), (name, kernel, off.max())
            else:
                # a result next to a half may go either way
                assert (off.max() <= 1 and (off > 0).mean() < 1e-3), (name, kernel, off.max(), (off > 0).mean())
EOF

py "linear = scipy.ndimage.affine_transform in world space; nearest too" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from heads import *
affine = v.affine("oblique")
shape = (30, 26, 14)
data = nd.gaussian_filter(np.random.default_rng(1).normal(0, 1000, shape), 1).astype("f8")
v.write("in.vol", data, affine, {"unit": "1"})
back = about((LPS @ affine)[:3] @ (15, 13, 7, 1), rotation((0.48, 0.6, 0.64), 9))
pose_file("pose.vol", back)
m = np.linalg.inv(LPS @ affine) @ back @ LPS @ affine
q = places(affine, back, shape)
inside = ((q > 0.001) & (q < np.array(shape) - 1.001)).all(-1)
assert inside.sum() > 2000
for kernel, order in (("linear", 1), ("nearest", 0)):
    v.run("voltilt", "--like", "pose.vol", "-k", kernel, "in.vol", "-o", "out.vol")
    want = nd.affine_transform(data, m[:3, :3], m[:3, 3], order=order, mode="nearest")
    assert np.abs(v.read("out.vol")[0] - want)[inside].max() < 1e-9, kernel
EOF

py "padding, NaN and infinities have no weight; results keep clear of the padding" <<'EOF'
import numpy as np, volfile as v
from heads import *
rng = np.random.default_rng(2)
shape = (20, 18, 9)
affine = v.affine("plain")
back = about((LPS @ affine)[:3] @ (9, 8, 4, 1), rotation((0.28, 0, 0.96), 14))
pose_file("pose.vol", back)
q = places(affine, back, shape)
data = rng.integers(-30, 30, shape)
gap = rng.random(shape) < 0.15
gap[:4] = True
for code, keys in (("i2", {"padding": "-2000"}), ("f4", {}), ("i2", {"padding": "-1 1"})):
    d = data.astype(code)
    if keys.get("padding") == "-1 1":
        d[np.abs(d) <= 1] = 5
    d[gap] = {"-2000": -2000, "-1 1": 0}.get(keys.get("padding"), np.nan)
    if code == "f4":
        d[gap & (rng.random(shape) < 0.3)] = np.inf
    v.write("in.vol", d, affine, {"unit": "HU", **keys})
    v.run("voltilt", "-q", "--like", "pose.vol", "in.vol", "-o", "out.vol")
    got, _, after = v.read("out.vol")
    fill = {"-2000": -2000, "-1 1": -1}.get(keys.get("padding"), -1024)
    assert after.get("padding") == keys.get("padding")
    want, weight = interpolated(np.where(gap, 0, d).astype(float), q, "linear", ~gap)
    sure = np.abs(weight - 0.5) > 1e-9
    gone = ~(weight > 0.5) & sure
    assert gone.any() and (got[gone] == fill).all()
    held = (weight > 0.5) & sure
    want = as_type(want[held], code)
    if keys.get("padding") == "-1 1":
        assert (np.abs(got[held]) > 1).all()
        held_ok = np.abs(want) > 1
        assert (got[held][held_ok] == want[held_ok]).mean() > 0.999
    else:
        assert np.abs(got[held] - want).max() <= (0 if code == "i2" else 1e-5) or (got[held] != want).mean() < 1e-3
# a fill beside the padding: the key would lie
v.write("in.vol", np.where(gap, -2000, data).astype("i2"), affine, {"unit": "HU", "padding": "-2000"})
v.run("voltilt", "-q", "--like", "pose.vol", "-f", "-1000", "in.vol", "-o", "out.vol")
got, _, after = v.read("out.vol")
assert "padding" not in after and (got == -2000).sum() == 0 and (got == -1000).any()
# catmull gives way to linear near gaps, and is itself elsewhere
gap[:] = False
gap[9, 8, 4] = True
d = data.astype("f8")
d[gap] = np.nan
v.write("in.vol", d, affine, {"unit": "HU"})
v.run("voltilt", "-q", "--like", "pose.vol", "-k", "catmull", "in.vol", "-o", "out.vol")
got = v.read("out.vol")[0]
cubic, _ = interpolated(d, q, "catmull")
cubic = np.where(np.isnan(interpolated(np.where(gap, 0, d), q, "linear")[0]), -1024, cubic)
near = np.isnan(cubic)
linear, w = interpolated(np.where(gap, 0, d), q, "linear", ~gap)
assert np.abs(got - cubic)[~near].max() < 1e-9 and np.abs(got - linear)[near & (w > 0.501)].max() < 1e-9
EOF

py "labels follow the volume that was measured: nearest, none made up" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from heads import *
affine = v.affine("axial")
affine[:3, :2] *= 3
shape = (88, 84, 20)
data, _ = head(affine, shape, 11, 0)
labels = np.where(data > 500, 1000, np.where(data > -200, 7, 0)).astype("u2")
v.write("hu.vol", data, affine, {"unit": "HU"})
v.write("labels.vol", labels, affine, {"unit": "label", "labels": "7 soft\\n1000 bone"})
v.run("voltilt", "hu.vol", "-o", "up.vol")
v.run("voltilt", "--like", "up.vol", "labels.vol", "-o", "out.vol")
got, where, keys = v.read("out.vol")
assert np.allclose(where, affine) and set(np.unique(got)) == {0, 7, 1000} and keys["labels"] and keys["unit"] == "label"
m = np.linalg.inv(LPS @ affine) @ matrix(keys) @ LPS @ affine
want = nd.affine_transform(labels, m[:3, :3], m[:3, 3], order=0, mode="grid-constant", cval=0)
assert (got != want).mean() < 1e-4
assert keys["transform"] == v.read("up.vol")[2]["transform"]
# what was upright with it already stays as it is
v.run("voltilt", "--like", "up.vol", "out.vol", "-o", "same.vol")
assert np.array_equal(v.read("same.vol")[0], got)
status, _, said = v.tool("voltilt", "--like", "up.vol", "-k", "linear", "labels.vol")
assert status == 1 and "label" in said, said
EOF

# ---- grid, keys, lists ----

py "--grid-only: the same voxels, turned; vol.transform says how; joined with the next" <<'EOF'
import numpy as np, volfile as v
from heads import *
affine = v.affine("sheared")
affine[:3, :2] *= 3
affine[:3, 2] *= 1.2
data, pose = head(affine, (88, 84, 60), 9, 6)
keys = {"unit": "HU", "source": "88 84 60 (1,0,0) (0,1,0) (0,0,1) (0,0,0)", "window": "40 80", "foreign": "x"}
v.write("in.vol", data, affine, keys)
for more in ((), ("--symmetry",)):
    v.run("voltilt", "-q", "--grid-only", *more, "in.vol", "-o", "g.vol")
    got, where, after = v.read("g.vol")
    m = matrix(after)
    assert np.array_equal(got, data) and np.allclose(m @ LPS @ where, LPS @ affine, atol=1e-9)
    assert {k: after[k] for k in keys} == keys and after["history.1"].startswith("voltilt ")
    v.run("voltilt", "-q", *more, "in.vol", "-o", "u.vol")
    up = v.read("u.vol")[2]
    assert up["transform"] == after["transform"] and up["source"] == keys["source"] and up["window"] == "40 80"
# in patient space the head is upright: its own left axis lies where the grid's was
left = np.linalg.inv(m[:3, :3]) @ pose[:, 0]
assert np.degrees(np.arccos(left @ upright(affine)[:, 0])) < 0.3
# twice: now -> first -> as read
v.run("voltilt", "-q", "in.vol", "-o", "one.vol")
v.run("voltilt", "-q", "--symmetry", "one.vol", "-o", "two.vol")
one, two = matrix(v.read("one.vol")[2]), matrix(v.read("two.vol")[2])
second = np.linalg.inv(one) @ two
v.write("bare.vol", v.read("one.vol")[0], affine, {"unit": "HU"})
v.run("voltilt", "-q", "--symmetry", "bare.vol", "-o", "bare2.vol")
assert np.allclose(matrix(v.read("bare2.vol")[2]), second, atol=1e-9)
# --like starts from where the volume is
v.run("voltilt", "-q", "--like", "two.vol", "one.vol", "-o", "three.vol")
a, b = v.read("two.vol"), v.read("three.vol")
assert np.allclose(matrix(b[2]), two, atol=1e-12) and np.abs(a[0].astype(int) - b[0]).max() <= 1
EOF

py "a list: every entry by the angle of all; alone where the turn is in 3-D" <<'EOF'
import numpy as np, volfile as v
from heads import *
affine = v.affine("axial")
affine[:3, :2] *= 3
shape = (88, 84, 6)
entries = [head(affine, shape, yaw, 0)[0] for yaw in (8, 8, 8.5)]
v.write("list.vol", np.stack(entries, -1), affine, {"unit": "HU", "axis": "time s 0 1 2"})
assert len(report("list.vol")["slices"]) == 18
v.run("voltilt", "-q", "list.vol", "-o", "out.vol")
got, _, keys = v.read("out.vol")
assert got.shape == shape + (3,) and keys["axis"] == "time s 0 1 2"
for i, one in enumerate(entries):
    v.write("one.vol", one, affine, {"unit": "HU"})
    v.run("voltilt", "-q", "--like", "out.vol", "one.vol", "-o", "one-out.vol")
    assert np.array_equal(v.read("one-out.vol")[0], got[..., i])
pose_file("pose.vol", about(np.zeros(3), rotation((0, 1, 0), 5)))
for words in (("--symmetry",), ("--like", "pose.vol")):
    status, out, said = v.tool("voltilt", *words, "list.vol")
    assert status == 1 and not out and "volsplit" in said, said
v.run("voltilt", "--like", "pose.vol", "--grid-only", "list.vol", "-o", "g.vol")
assert np.array_equal(v.read("g.vol")[0], np.stack(entries, -1))
EOF

py "one voxel, one row, one column, one slice: turned about, or no head" <<'EOF'
import numpy as np, volfile as v
from heads import *
affine = v.affine("axial")
for shape in ((1, 1, 1), (9, 1, 1), (1, 9, 1), (1, 1, 9), (9, 8, 1)):
    data = v.numbers("i2", shape)
    v.write("in.vol", data, affine, {"unit": "HU"})
    middle = (LPS @ affine)[:3] @ np.append((np.array(shape) - 1) / 2, 1)
    for r in (rotation((0, 0, 1), 30), rotation((0, 1, 0), 10)):
        pose_file("pose.vol", about(middle, r))
        v.run("voltilt", "--like", "pose.vol", "-f", "3", "in.vol", "-o", "out.vol")
        want, _ = interpolated(data.astype(float), places(affine, about(middle, r), shape), "linear")
        want = as_type(np.where(np.isnan(want), 3, want), "i2")
        assert np.abs(v.read("out.vol")[0] - want).max() <= 0, shape
    for words in ((), ("--symmetry",), ("--as-recipe",)):
        status, out, said = v.tool("voltilt", *words, "in.vol")
        assert status == 0 or status == 1 and not out and "no head" in said, (shape, words, said)
EOF

if [ -x "$BUILD/bin/volback" ]; then
	py "volback undoes it: the grid alone exactly, voxels but for two interpolations" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from heads import *
affine = v.affine("axial")
affine[:3, :2] *= 3
shape = (88, 84, 24)
lps = LPS @ affine
source = " ".join(map(str, shape)) + "".join(" (%r,%r,%r)" % tuple(map(float, lps[:3, i])) for i in range(4))
data, _ = head(affine, shape, 13, 0, dtype="f4")
data = nd.gaussian_filter(data, 2)
v.write("in.vol", data, affine, {"unit": "HU", "source": source})
v.run("voltilt", "--grid-only", "in.vol", "-o", "up.vol")
v.run("volback", "up.vol", "-o", "back.vol")
got, where, _ = v.read("back.vol")
assert np.allclose(where, affine) and np.abs(got - data).max() < 1e-3, np.abs(got - data).max()
v.run("voltilt", "in.vol", "-o", "up.vol")
v.run("volback", "up.vol", "-o", "back.vol")
got, where, keys = v.read("back.vol")
assert np.allclose(where, affine) and "transform" not in keys
middle = (slice(20, -20), slice(20, -20))
off = np.abs(got - data)[middle]
turned = np.abs(v.read("up.vol")[0] - data)[middle]
assert off.mean() < 10 and turned.mean() > 5 * off.mean(), (off.mean(), turned.mean())
EOF
else
	skip "volback undoes it" "volback is not built"
fi

# ---- the recipe ----

if "$PYTHON" -c 'import cv2' 2>/dev/null; then
	py "--as-recipe = OpenCV: angles within 0.001 degrees, bytes" <<'EOF'
import cv2, numpy as np, scipy.ndimage as nd, volfile as v
from heads import *
rng = np.random.default_rng(9)
shape = (90, 100, 24)
affine = np.diag([-2.0, -2.0, 4, 1])
volume = np.zeros(shape, "i2")
for z in range(24):
    a, (x, y) = np.radians(rng.uniform(-90, 90)), np.mgrid[:90, :100] - rng.uniform(40, 50, 2)[:, None, None]
    inside = ((np.cos(a) * x + np.sin(a) * y) / 20) ** 2 + ((np.cos(a) * y - np.sin(a) * x) / rng.uniform(21, 35)) ** 2 < 1
    volume[:, :, z] = np.where(inside, nd.gaussian_filter(rng.normal(40, 60, shape[:2]), 1), 0).clip(0, 80)
volume[:, :, 3] = 0                      # nothing
volume[:, :, 4] = 0
volume[5, 5, 4] = 9                      # an outline of one corner
volume[:, :, 5] -= 300                   # wraps
volume[:40, :, 6] = rng.integers(0, 2, (40, 100))
for code in ("i2", "f4"):
    v.write("in.vol", volume.astype(code), affine, {"unit": "HU", "padding": "-2000", "source": "1", "transform": "1"})
    rows = report("--as-recipe", "in.vol")["slices"]
    v.run("voltilt", "--as-recipe", "in.vol", "-o", "out.vol")
    got, where, keys = v.read("out.vol")
    assert got.dtype == np.uint8 and np.array_equal(where, affine) and not {"transform", "source", "padding"} & set(keys)
    assert keys["unit"] == "HU" and keys["window"] == "40 80"
    for z, row in enumerate(rows):
        image = np.ascontiguousarray(volume[:, :, z].T).astype(np.int64).astype(np.uint8)
        outlines = [c for c in cv2.findContours(image, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0] if len(c) >= 5]
        want = image
        if not outlines:
            assert row["angle"] is None
        else:
            (x, y), (minor, major), angle = cv2.fitEllipse(max(outlines, key=cv2.contourArea))
            angle = angle - 180 if angle > 90 else angle
            assert abs(row["angle"] - angle) < 1e-3, (z, row["angle"], angle)
            assert np.allclose([row[n] for n in ("x", "y", "minor", "major")], [x, y, minor, major], atol=1e-3)
            m = cv2.getRotationMatrix2D((x, y), angle, 1)
            want = cv2.warpAffine(image, m, (90, 100), cv2.INTER_CUBIC)  # the third place is not the kernel's: linear
        # sums are rounded to 1/32 voxel on both sides; angles differ in their last digits
        off = np.abs(got[:, :, z].T.astype(int) - want)
        assert (off > 0).mean() < 1e-3 and off.max() < 20, (z, (off > 0).sum(), off.max())
EOF
else
	skip "--as-recipe = OpenCV" "OpenCV is not installed"
fi

# ---- what it says and refuses ----

py "the same bytes for 1, 2 and 7 threads, from a pipe and a file" <<'EOF'
import numpy as np, volfile as v
from heads import *
affine = v.affine("axial")
affine[:3, :2] *= 3
data, _ = head(affine, (88, 84, 30), 9, 6)
v.write("in.vol", data, affine, {"unit": "HU"})
pose_file("pose.vol", about(np.zeros(3), rotation((0.6, 0, 0.8), 5)))
for words in ((), ("-k", "catmull"), ("--symmetry",), ("--like", "pose.vol", "-k", "catmull"), ("--as-recipe",), ("--grid-only",)):
    one = v.run("voltilt", "-q", *words, "--threads", 1, "in.vol")
    for n in (2, 7):
        assert v.run("voltilt", "-q", *words, "--threads", n, stdin=open("in.vol", "rb").read()) == one, (words, n)
EOF

py "reports: text, JSON, notes, warnings" <<'EOF'
import numpy as np, volfile as v
from heads import *
affine = np.diag([-2.0, -2.0, 4, 1])
data, _ = head(affine, (96, 96, 20), 12, 0)
v.write("in.vol", data, affine, {"unit": "HU"})
text = v.run("voltilt", "--report", "in.vol").decode().splitlines()
assert [line.split()[0] for line in text[:4]] == ["yaw", "roll", "spread", "SLICE"] and len(text) == 24, text
assert abs(float(text[0].split()[1]) - 12) < 0.3
text = v.run("voltilt", "--symmetry", "--report", "in.vol").decode()
assert "likeness" in text
text = v.run("voltilt", "--as-recipe", "--report", "in.vol").decode().splitlines()
assert text[0].split() == ["SLICE", "ANGLE", "X", "Y", "MINOR", "MAJOR"] and len(text) == 21
assert set(report("in.vol")) == {"method", "yaw", "roll", "spread", "pivot", "slices"}
status, _, said = v.tool("voltilt", "-v", "in.vol", "-o", "out.vol")
assert status == 0 and "note: " in said and "roll 0.00 degrees" in said, said
assert v.read("out.vol")[2]["history.1"].split()[0] == "voltilt"
# slices at sixes and sevens; a head that is no mirror image of itself
mixed = np.dstack([head(affine, (96, 96, 20), 2 * z, 0)[0][:, :, 9] for z in range(-10, 10)])
v.write("mixed.vol", mixed, affine, {"unit": "HU"})
status, _, said = v.tool("voltilt", "mixed.vol", "-o", "out.vol")
assert status == 0 and "warning: " in said and "disagree" in said, said
odd = np.random.default_rng(1).normal(0, 400, (40, 40, 20)).astype("f4") * (data[28:68, 28:68] > -200)
v.write("odd.vol", odd, affine, {"unit": "HU"})
status, _, said = v.tool("voltilt", "--symmetry", "-t", "-2000", "odd.vol", "-o", "out.vol")
assert status == 0 and "mirror image" in said, said
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
from heads import *
affine = np.diag([-2.0, -2.0, 4, 1])
data, _ = head(affine, (96, 96, 4), 12, 0)
v.write("hu.vol", data, affine, {"unit": "HU"})
v.write("air.vol", np.full((8, 8, 3), -1000, "i2"), affine, {"unit": "HU"})
v.write("nan.vol", np.full((8, 8, 3), np.nan, "f4"), affine, {"unit": "HU"})
v.write("stored.vol", data, affine, {"unit": "stored", "rescale": "1 -1024", "rescale.unit": "HU"})
v.write("coronal.vol", data, v.affine("coronal"), {"unit": "HU"})
v.write("labels.vol", (data > 0).astype("u1"), affine, {"unit": "label"})
v.write("byte.vol", (data > 0).astype("u1"), affine, {"unit": "1"})
v.write("slices.vol", data, affine, {"unit": "stored", "rescale": "1 0 2 0 3 0 4 0", "rescale.unit": "Bq/ml"})
v.write("bad.vol", data, affine, {"unit": "HU", "transform": "1 0 0"})
v.write("flat.vol", data, affine, {"unit": "HU", "transform": "1 0 0 0 0 1 0 0 0 0 0 0 0 0 0 1"})
pose_file("pose.vol", about(np.zeros(3), rotation((0, 0, 1), 5)))
EOF
refuses() # WHAT REGEX CMD...
{
	desc=$1 regex=$2
	shift 2
	rm -f no.vol
	must_fail 1 "$desc" "$@" -o no.vol
	like "... and says why" "$(cat "$TMP/.lib/err")" "$regex"
	[ ! -e no.vol ] || fail "$desc: left an output"
}
refuses "only air" "no head: too little above -200" voltilt air.vol
refuses "only air, in 3-D" "no head" voltilt --symmetry air.vol
refuses "only NaN" "no head" voltilt nan.vol
refuses "only NaN, in 3-D" "no head" voltilt --symmetry nan.vol
refuses "stored values" "run volhu first" voltilt stored.vol
refuses "a threshold for stored values" "run volhu first" voltilt -t 5 stored.vol
refuses "no unit, no threshold" "HU" voltilt byte.vol
refuses "coronal slices" "not axial" voltilt coronal.vol
refuses "labels alone" "give --like" voltilt labels.vol
refuses "a fill that the type cannot hold" "cannot be held by the type uint8" voltilt -t 0.5 -f -1 byte.vol
refuses "pairs that differ by slice" "volhu" voltilt --like pose.vol slices.vol
refuses "--like what was not turned" "no vol.transform" voltilt --like hu.vol hu.vol
refuses "--like what is not there" "nowhere" voltilt --like nowhere.vol hu.vol
refuses "a transform that is none" "not 16 numbers" voltilt bad.vol
refuses "a transform that flattens" "cannot be inverted" voltilt --like flat.vol hu.vol
must_fail 2 "--report with --like" voltilt --report --like pose.vol hu.vol
must_fail 2 "--report with --output" voltilt --report -o x.vol hu.vol
must_fail 2 "--like with --symmetry" voltilt --like pose.vol --symmetry hu.vol
must_fail 2 "--grid-only with --kernel" voltilt --grid-only -k linear hu.vol
must_fail 2 "--as-recipe with --fill" voltilt --as-recipe -f 0 hu.vol
must_fail 2 "two inputs from one pipe" voltilt --like - -
must_fail 2 "an unknown kernel" voltilt -k cubic hu.vol

py "one angle for all: memory does not grow with the slices" <<'EOF'
import volfile as v
header = v.zeros_header("zeros.vol", 96, {"unit": "HU"})
assert v.peak_mib(["voltilt", "-q", "--threads", "2"], header, 96) < 64
EOF
done_testing
