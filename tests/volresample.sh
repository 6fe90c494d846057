#!/bin/sh
# volresample: against scipy.ndimage in patient space, Pillow's antialiased kernels, and sums written out in NumPy.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python scipy.ndimage

cat >rs.py <<'EOF'
import numpy as np, scipy.ndimage as nd
import volfile as v


def rs(data, *words, affine="plain", keys=(), unit="HU", **more):
    """volresample's result: data, affine, keys."""
    where = v.affine(affine) if isinstance(affine, str) else affine
    v.write("in.vol", data, where, {"unit": unit, **dict(keys)}, **more)
    v.run("volresample", "-q", *words, "in.vol", "-o", "out.vol")
    got, where, keys = v.read("out.vol")
    assert got.dtype == data.dtype, got.dtype
    return got, where, keys


def index(shape, to, at):
    """For every voxel of a result with affine `to`, its index in a volume with affine `at`; and whether it is within the
    outer edges of that volume's voxels, which has no answer (None) for those that lie on an edge."""
    ijk = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij") + [np.ones(shape)], -1)
    return (ijk @ (np.linalg.inv(at) @ to).T)[..., :3]


def inside(p, shape):
    return np.all((p > -0.5) & (p < np.array(shape) - 0.5), -1)


def smooth_field(shape, seed=1):
    return nd.gaussian_filter(np.random.default_rng(seed).normal(0, 1, shape), 1.5) * 3000


def held(want, dtype):
    info = np.iinfo(dtype)
    return np.clip(np.floor(want + 0.5), info.min, info.max)
EOF

# ---- where voxels lie ----

py "sizes, spacing and the field of view: its middle stays, --size and --factor keep its edges" <<'EOF'
import numpy as np, volfile as v
from rs import rs
for kind in ("plain", "axial", "oblique", "sheared", "left-handed", "coronal"):
    for shape in ((9, 14, 5), (1, 7, 12), (31, 1, 1)):
        data, at = v.numbers("i2", shape), v.affine(kind)
        was = np.linalg.norm(at[:3, :3], axis=0)
        for words in (["-s", "1"], ["-s", "0.35,1.6,1.25"], ["-n", "7,20,3"], ["--factor", "2,0.5,1"], ["-s", "200%"],
                      ["-n", "4"]):
            _, to, _ = rs(data, *words, affine=kind)
            n = np.array(v.read("out.vol")[0].shape)
            now = np.linalg.norm(to[:3, :3], axis=0)
            def middle(a, s):
                return a @ np.append((np.array(s) - 1) / 2, 1)
            assert np.allclose(middle(to, n), middle(at, shape), atol=1e-9), (kind, shape, words)
            assert np.allclose(to[:3, :3] / now, at[:3, :3] / was, atol=1e-12), (kind, words)
            if words[0] == "-s":
                mm = {"1": (1, 1, 1), "0.35,1.6,1.25": (0.35, 1.6, 1.25), "200%": 2 * was}[words[1]]
                assert np.allclose(now, mm, rtol=1e-12), (now, mm)
                assert np.array_equal(n, np.maximum(1, np.floor(shape * was / mm + 0.5 + 1e-9))), (n, words)
            else:
                assert np.allclose(now * n, was * shape, rtol=1e-12), (kind, shape, words)
                want = {"-n 7,20,3": (7, 20, 3), "-n 4": (4, 4, 4)}.get(" ".join(words))
                if want is None:
                    want = np.maximum(1, np.floor(np.array(shape) * (2, 0.5, 1) + 0.5))
                assert np.array_equal(n, want), (n, want)
EOF

py "nearest, linear, cubic at their world places = scipy.ndimage.map_coordinates, every type" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from rs import rs, index, inside, held, smooth_field
for name, code in v.TYPES.items():
    wild = v.numbers(code, (13, 11, 9))
    for kind in ("oblique", "left-handed"):
        for k, order, mode in (("nearest", 0, "nearest"), ("linear", 1, "nearest"), ("cubic", 3, "mirror")):
            for words in (["-s", "0.45,0.6,0.9"], ["-s", "0.5,1.3,3.1", "--no-antialias"], ["-n", "40,3,20", "--no-antialias"]):
                got, to, _ = rs(wild, *words, "-k", k, affine=kind)
                p = index(got.shape, to, v.affine(kind))
                if k == "nearest":
                    p = np.floor(np.round(p, 9) + 0.5)
                want = nd.map_coordinates(wild.astype("f8"), np.moveaxis(p, -1, 0), order=order, mode=mode)
                # outermost half voxels: linear stays at the outermost sample, the spline mirrors there
                within = inside(p, wild.shape)
                scale = np.abs(wild.astype("f8")).max()
                if np.dtype(code).kind == "f":
                    off = np.abs(got - want)[within].max()
                    assert off <= scale * (2e-6 if code == "f4" else 1e-9), (name, kind, k, words, off)
                else:
                    want = np.clip(want, np.iinfo(code).min, np.iinfo(code).max)
                    off = np.abs(got - want)[within]
                    # computed in float up to 16 bits: a result next to a half may be rounded the other way
                    assert off.max() <= 0.5 + scale * 1e-6, (name, kind, k, words, off.max())
                    assert np.mean(got[within] != held(want, code)[within]) < 0.01, (name, kind, k, words)
EOF

py "another grid (--like), turned against the input's: linear and cubic in patient space, fill outside" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from rs import rs, index, inside, smooth_field
data = smooth_field((30, 28, 16)).astype("f4")
for a, b in (("plain", "oblique"), ("oblique", "axial"), ("left-handed", "coronal"), ("sheared", "plain")):
    at, like = v.affine(a), v.affine(b)
    like[:3, :3] *= 0.9
    like[:3, 3] = (at @ (10, 9, 6, 1))[:3] - like[:3, :3] @ (8, 8, 4)
    v.write("like.vol", np.zeros((21, 19, 17), "u1"), like)
    for k, order, mode in (("nearest", 0, "nearest"), ("linear", 1, "nearest"), ("cubic", 3, "mirror")):
        got, to, _ = rs(data, "--like", "like.vol", "-k", k, "--no-antialias", "-f", "-777", affine=a)
        assert np.allclose(to, like, atol=1e-9)
        p = index(got.shape, to, at)
        want = nd.map_coordinates(data.astype("f8"), np.moveaxis(p, -1, 0), order=order, mode=mode)
        clear = np.abs(np.abs(p - (np.array(data.shape) - 1) / 2) - np.array(data.shape) / 2).min(-1) > 1e-6
        if k == "nearest":
            clear &= np.abs(p - np.floor(p) - 0.5).min(-1) > 1e-6
        within = inside(p, data.shape)
        assert 0.1 < within.mean() < 0.999, (a, b, within.mean())
        # a spline through samples that go on past the edge: what scipy mirrors, we mirror
        assert np.abs(got - want)[within & clear].max() < 2e-3, (a, b, k, np.abs(got - want)[within & clear].max())
        assert np.all(got[~within & clear] == -777), (a, b, k)
EOF

py "a grid with axes in another order or direction: the same voxels, copied; streams or not" <<'EOF'
import numpy as np, itertools, volfile as v
from rs import rs, index
data = v.numbers("i2", (7, 6, 5))
at = v.affine("oblique")
for order in itertools.permutations(range(3)):
    for flip in itertools.product((1, -1), repeat=3):
        to = np.eye(4)
        to[:3, :3] = at[:3, order] * flip
        corner = np.zeros(4)
        corner[3] = 1
        for a in range(3):
            corner[order[a]] = 0 if flip[a] > 0 else data.shape[order[a]] - 1
        to[:3, 3] = (at @ corner)[:3]
        want = np.transpose(data, order)[tuple(slice(None, None, f) for f in flip)]
        v.write("like.vol", np.zeros(want.shape, "u1"), to)
        for k in ("nearest", "linear", "cubic", "lanczos"):
            got, where, _ = rs(data, "--like", "like.vol", "-k", k, affine="oblique")
            assert np.array_equal(got, want), (order, flip, k)
EOF

# ---- kernels ----

py "antialias: linear, catmull, lanczos = Pillow's resize" <<'EOF'
import numpy as np, sys, volfile as v
from rs import rs, smooth_field
try:
    from PIL import Image
except ImportError:
    sys.exit(0)
names = {"linear": Image.BILINEAR, "catmull": Image.BICUBIC, "lanczos": Image.LANCZOS}
for shape, to in (((60, 48), (23, 17)), ((48, 60), (100, 31)), ((50, 50), (25, 75)), ((64, 10), (5, 40))):
    data = np.random.default_rng(2).normal(0, 100, shape).astype("f4")
    for k, how in names.items():
        got, _, _ = rs(np.stack([data, data], -1), "-n", "%d,%d,2" % to, "-k", k)
        want = np.asarray(Image.fromarray(data.T).resize(to, how)).T
        # Pillow leaves out what lies beyond the edge, here the outermost is repeated: the same inside
        margin = [int(np.ceil(3.01 * max(1, t / s))) for s, t in zip(shape, to)]
        cut = tuple(slice(m, t - m) for m, t in zip(margin, to))
        if got[:, :, 0][cut].size:
            assert np.abs(got[:, :, 0] - want)[cut].max() < 1e-3, (k, shape, to, np.abs(got[:, :, 0] - want)[cut].max())
EOF

py "area = the share of each voxel in the output's extent; mean and extent are kept" <<'EOF'
import numpy as np, volfile as v
from rs import rs
def share(n, m):
    edges = np.arange(m + 1) * n / m
    w = np.minimum(edges[1:, None], np.arange(n) + 1) - np.maximum(edges[:-1, None], np.arange(n))
    return np.maximum(w, 0) * m / n
data = np.random.default_rng(2).normal(0, 100, (24, 20, 15))
for to in ((12, 10, 5), (7, 13, 11), (40, 20, 9), (1, 1, 1), (24, 20, 30)):
    got, _, _ = rs(data, "-n", "%d,%d,%d" % to, "-k", "area")
    want = data
    for a in range(3):
        want = np.moveaxis(np.tensordot(share(data.shape[a], to[a]), want, (1, a)), 0, a)
    assert np.abs(got - want).max() < 1e-9 and abs(got.mean() - data.mean()) < 1e-9, to
EOF

py "antialias: the cubic B-spline = splines of the outputs' own distance, fitted (written out as matrices)" <<'EOF'
import numpy as np, volfile as v
from rs import rs
def b3(x):
    x = np.abs(x)
    return np.where(x < 1, 2 / 3 - x * x + x ** 3 / 2, np.where(x < 2, (2 - x) ** 3 / 6, 0))
def shrink(n, m):
    """m x n: average by the widened spline over the mirrored line, then the inverse of its samples."""
    step = n / m
    w = np.zeros((m, n))
    for o in range(m):
        p = (o + 0.5) * step - 0.5
        for j in range(int(np.floor(p - 2 * step)) - 1, int(np.ceil(p + 2 * step)) + 2):
            q = j % (2 * n)
            w[o, q if q < n else 2 * n - 1 - q] += b3((p - j) / step)
    w /= w.sum(1, keepdims=True)
    c = np.zeros((m, m))
    for o in range(m):
        for j in (o - 1, o, o + 1):
            q = j % (2 * m)
            c[o, q if q < m else 2 * m - 1 - q] += b3(np.float64(o - j))
    return np.linalg.inv(c) @ w
data = np.random.default_rng(2).normal(0, 100, (41, 30, 25))
for to in ((17, 30, 25), (41, 11, 8), (20, 15, 12)):
    got, _, _ = rs(data, "-n", "%d,%d,%d" % to, "-k", "cubic")
    want = data
    for a in range(3):
        if to[a] < data.shape[a]:
            want = np.moveaxis(np.tensordot(shrink(data.shape[a], to[a]), want, (1, a)), 0, a)
    assert np.abs(got - want).max() < 1e-6, (to, np.abs(got - want).max())
EOF

py "a band-limited volume to 1 mm and back: error by kernel" <<'EOF'
import numpy as np, volfile as v
from rs import rs
x, y, z = np.meshgrid(*[np.arange(n) for n in (48, 44, 40)], indexing="ij")
rng = np.random.default_rng(5)
# waves of no more than 0.18 cycles a voxel
data = sum(rng.normal() * np.cos(2 * np.pi * (rng.uniform(0, .18) * x + rng.uniform(0, .18) * y + rng.uniform(0, .18) * z) +
                                 rng.uniform(0, 6.28)) for _ in range(40)) * 100
at = np.diag([1.5, 1.5, 1.5, 1])
inner = (slice(8, -8),) * 3
off = {}
for k in ("linear", "catmull", "lanczos", "cubic"):
    fine, to, _ = rs(data, "-s", "1", "-k", k, affine=at)
    v.write("back.vol", np.zeros(data.shape, "u1"), at)
    back, _, _ = rs(fine, "--like", "back.vol", "-k", k, "--no-antialias", affine=to)
    off[k] = np.sqrt(np.mean((back - data)[inner] ** 2)) / np.sqrt(np.mean(data[inner] ** 2))
open("rms", "w").write("# rms error of the round trip: " + ", ".join("%s %.2g %%" % (k, 100 * e) for k, e in off.items()) + "\n")
assert off["cubic"] < 0.02 and off["lanczos"] < 0.02 and off["catmull"] < 0.06 and off["linear"] < 0.35, off
assert off["cubic"] < off["catmull"] < off["linear"], off
EOF
cat rms

py "--as-zoom = scipy.ndimage.zoom(mode='nearest'), orders 0, 1, 3, its shape and its rounding" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from rs import rs, smooth_field
for code in ("i2", "f4", "u1", "f8"):
    for shape in ((40, 37, 21), (9, 1, 6), (12, 30, 2)):
        data = (smooth_field(shape) if code != "u1" else smooth_field(shape) / 20 + 120).astype(code)
        for s in ((1, 1, 1), (0.5, 2, 1.1)):
            at = v.affine("plain")
            zooms = np.float32(np.linalg.norm(at[:3, :3], axis=0)) / np.array(s)
            shape_to = np.maximum(np.round(np.array(shape) * zooms), 1)
            for k, order in (("nearest", 0), ("linear", 1), ("cubic", 3)):
                got, to, _ = rs(data, "--as-zoom", "-s", "%g,%g,%g" % s, "-k", k)
                want = nd.zoom(data, shape_to / np.array(shape), order=order, mode="nearest")
                assert got.shape == want.shape, (got.shape, want.shape)
                off = np.abs(got.astype("f8") - want.astype("f8")).max()
                assert off <= (1e-4 if code[0] == "f" else 1), (code, shape, s, k, off)
                if code[0] != "f":
                    assert np.mean(got != want) < 0.02, (code, shape, k, np.mean(got != want))
                # first and last samples keep their places
                n = np.array(got.shape) - 1
                for a in range(3):
                    if shape[a] > 1 and n[a]:
                        e = np.eye(4)[a] * (1, 1, 1, 0)
                        assert np.allclose(to @ (e * n[a] + (0, 0, 0, 1)), at @ (e * (shape[a] - 1) + (0, 0, 0, 1))), a
EOF

# ---- what was not measured ----

py "padding, NaN and infinities never bleed: normalised over what was measured" <<'EOF'
import numpy as np, volfile as v
from rs import rs, smooth_field
def hat(n, m):
    step, w = n / m, np.zeros((m, n))
    wide = max(step, 1)
    for o in range(m):
        p = (o + 0.5) * step - 0.5
        for j in range(int(p - wide) - 2, int(p + wide) + 3):
            w[o, min(max(j, 0), n - 1)] += max(0, 1 - abs(p - j) / wide)
    return w / w.sum(1, keepdims=True)
base = np.round(smooth_field((24, 20, 12)) + 1000)
hole = np.random.default_rng(4).random(base.shape) < 0.2
hole[8:16, 5:12, 3:8] = True
for to in ((31, 33, 20), (11, 9, 7)):
    up = [hat(n, m) for n, m in zip(base.shape, to)]
    def apply(a):
        for i in range(3):
            a = np.moveaxis(np.tensordot(up[i], a, (1, i)), 0, i)
        return a
    w = apply(1.0 - hole)
    want = apply(np.where(hole, 0, base)) / np.maximum(w, 1e-30)
    sure = (w > 1e-5) | (w < 1e-12)
    n = "%d,%d,%d" % to
    data = np.where(hole, -2000, base)
    got, _, keys = rs(data.astype("i2"), "-n", n, "-k", "linear", keys={"padding": "-2000"})
    assert keys["padding"] == "-2000"
    full = np.where(w > 1e-12, want, -2000)
    assert np.abs(got - full)[sure].max() < 0.51, np.abs(got - full)[sure].max()
    for code in ("f4", "f8"):
        data = np.where(hole, np.nan, base).astype(code)
        data[10, 7, 5] = np.inf
        got, _, _ = rs(data, "-n", n, "-k", "linear")
        assert np.array_equal(np.isnan(got), w <= 1e-12) or np.abs(w[np.isnan(got) != (w <= 1e-12)]).max() < 1e-5
        good = (w > 1e-5) & ~np.isnan(got)
        assert np.abs(got - want)[good].max() < 2e-2, (code, np.abs(got - want)[good].max())
    for k in ("cubic", "catmull", "lanczos", "area"):
        got, _, _ = rs(np.where(hole, -2000, base).astype("i2"), "-n", n, "-k", k, keys={"padding": "-2000"})
        seen = got[got != -2000]
        # no more than the ringing of the kernel beyond what was measured, nowhere near the padding
        span = base.max() - base.min()
        assert seen.min() > base.min() - span and seen.max() < base.max() + span, (k, seen.min(), seen.max())
EOF

py "the outside of another grid: vol.padding, or air in HU, or 0, or --fill" <<'EOF'
import numpy as np, volfile as v
from rs import rs
data = np.full((6, 6, 6), 55, "i2")
v.write("big.vol", np.zeros((20, 20, 20), "u1"), v.affine("plain") @ np.array(
    [[1, 0, 0, -7], [0, 1, 0, -7], [0, 0, 1, -7], [0, 0, 0, 1.0]]))
for k in ("nearest", "linear", "cubic", "area"):
    for unit, keys, words, want in (("HU", {}, [], -1024), ("HU", {"padding": "-3024"}, [], -3024), ("PET", {}, [], 0),
                                    ("HU", {"padding": "-3024"}, ["-f", "7"], 7)):
        got, _, _ = rs(data, "--like", "big.vol", "-k", k, *words, unit=unit, keys=keys)
        assert np.all(got[7:13, 7:13, 7:13] == 55) and (got == 55).sum() == 216 and (got == want).sum() == 8000 - 216, (k, unit)
EOF

# ---- labels ----

py "labels: the greatest share wins, none is made, all masks at once = one by one" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from rs import rs
def share(n, m):
    step, w = n / m, np.zeros((m, n))
    for o in range(m):
        p = (o + 0.5) * step - 0.5
        for j in range(int(p - step) - 2, int(p + step) + 3):
            if step > 1:
                s = max(0, min(p + step / 2, j + 0.5) - max(p - step / 2, j - 0.5)) / step
            else:
                s = max(0, 1 - abs(p - j))
            w[o, min(max(j, 0), n - 1)] += s
    return w
rng = np.random.default_rng(6)
field = nd.gaussian_filter(rng.normal(size=(26, 24, 18)), 2)
labels = np.digitize(field, np.quantile(field, [.3, .5, .7, .9]))
names = np.array([0, 3, 7, 40, 250])
for code in ("u1", "i2", "u2", "i4"):
    data = names[labels].astype(code)
    for to in ((13, 12, 9), (40, 33, 27), (10, 40, 18), (26, 24, 18)):
        got, _, _ = rs(data, "-n", "%d,%d,%d" % to, unit="label", keys={"labels": "3=a,7=b"} if False else {})
        votes = []
        for name in names:
            one = (data == name).astype("f8")
            for a in range(3):
                one = np.moveaxis(np.tensordot(share(data.shape[a], to[a]), one, (1, a)), 0, a)
            votes.append(one)
        votes = np.array(votes)
        top = np.sort(votes, 0)
        clear = top[-1] - top[-2] > 1e-4
        assert np.array_equal(got[clear], names[votes.argmax(0)][clear]), (code, to)
        assert set(np.unique(got)) <= set(names.tolist()) and clear.mean() > 0.5
EOF

py "labels: volumes with -v, a warning for one that is lost; not mixed by other kernels" <<'EOF'
import numpy as np, volfile as v
data = np.zeros((20, 20, 20), "u1")
data[2:12, 2:12, 2:12], data[15, 15, 15] = 1, 9
v.write("in.vol", data, np.eye(4), {"unit": "label"})
status, _, said = v.tool("volresample", "-v", "-s", "2", "in.vol", "-o", "out.vol")
assert status == 0 and "label 1: 1 ml before, 1 ml after" in said, said
assert "warning: in.vol: label 9 (0.001 ml) is lost" in said.replace("volresample: ", ""), said
for k in ("linear", "cubic", "area", "lanczos", "catmull"):
    status, _, said = v.tool("volresample", "-k", k, "-s", "2", "in.vol", "-o", "out.vol")
    assert status == 1 and said.count("\n") == 1 and "-k label" in said, (status, said)
v.write("f.vol", np.zeros((3, 3, 3), "f4"), np.eye(4))
status, _, said = v.tool("volresample", "-k", "label", "-s", "2", "f.vol", "-o", "out.vol")
assert status == 1 and "whole numbers" in said
EOF

# ---- transforms ----

py "--affine: 4x4 text and ITK transforms, and what vol.transform says of them" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from rs import rs, index, inside, smooth_field
data = smooth_field((30, 28, 20)).astype("f4")
at = v.affine("oblique")
lps = np.diag([-1, -1, 1, 1.0])
mid = lps @ at @ (14.5, 13.5, 9.5, 1)
def turn(axis, t):
    m = np.eye(3)
    i, k = [(1, 2), (2, 0), (0, 1)][axis]
    m[i, i] = m[k, k] = np.cos(t)
    m[i, k], m[k, i] = -np.sin(t), np.sin(t)
    return m
def about(m, t, c):
    r = np.eye(4)
    r[:3, :3] = m
    r[:3, 3] = np.array(t) + c - m @ c
    return r
ax, ay, az, t, c = 0.1, -0.2, 0.15, (1.5, -2, 3), mid[:3]
q = np.array((0.05, -0.1, 0.08))
w = np.sqrt(1 - q @ q)
K = np.array([[0, -q[2], q[1]], [q[2], 0, -q[0]], [-q[1], q[0], 0]])
R = np.eye(3) + 2 * w * K + 2 * K @ K
A = np.array([[1.05, .1, 0], [-.05, .95, .02], [0, .03, 1.1]])
def itk(kind, parameters, fixed):
    return "#Insight Transform File V1.0\n#Transform 0\nTransform: %s_double_3_3\nParameters: %s\nFixedParameters: %s\n" % (
        kind, " ".join("%.17g" % x for x in parameters), " ".join("%.17g" % x for x in fixed))
cases = [
    (itk("AffineTransform", [*A.ravel(), *t], c), about(A, t, c)),
    (itk("MatrixOffsetTransformBase", [*A.ravel(), *t], c), about(A, t, c)),
    (itk("Euler3DTransform", [ax, ay, az, *t], c), about(turn(2, az) @ turn(0, ax) @ turn(1, ay), t, c)),
    (itk("Euler3DTransform", [ax, ay, az, *t], [*c, 1]), about(turn(2, az) @ turn(1, ay) @ turn(0, ax), t, c)),
    (itk("VersorRigid3DTransform", [*q, *t], c), about(R, t, c)),
    (itk("TranslationTransform", t, []), about(np.eye(3), t, c * 0)),
    ("# by hand\n" + "\n".join(" ".join("%.17g" % x for x in row) for row in about(A, t, c)) + "\n", about(A, t, c)),
    ("\n".join(" ".join("%.17g" % x for x in row) for row in about(A, t, c)[:3]) + "\n", about(A, t, c)),
]
for n, (text, want) in enumerate(cases):
    open("t.tfm", "w").write(text)
    got, to, keys = rs(data, "--affine", "t.tfm", "-k", "linear", "--no-antialias", "-f", "-777", affine="oblique")
    assert np.allclose(to, at)
    p = index(got.shape, lps @ want @ lps @ to, at)
    ref = nd.map_coordinates(data.astype("f8"), np.moveaxis(p, -1, 0), order=1, mode="nearest")
    within = inside(p, data.shape)
    assert 0.2 < within.mean() < 1, n
    assert np.abs(got - ref)[within].max() < 2e-3, (n, np.abs(got - ref)[within].max())
    assert np.allclose(np.array(keys["transform"].split(), float).reshape(4, 4), want, atol=1e-9), n
# twice: one after the other
open("t.tfm", "w").write(cases[0][0])
_, _, keys = rs(data, "--affine", "t.tfm", affine="oblique", keys={"transform": keys["transform"]})
assert np.allclose(np.array(keys["transform"].split(), float).reshape(4, 4), cases[-1][1] @ cases[0][1], atol=1e-9)
EOF

py "bad transforms are refused in a line" <<'EOF'
import volfile as v, numpy as np
v.write("in.vol", np.zeros((4, 4, 4), "i2"), np.eye(4))
bad = ["", "1 2 3", "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 2", "0 " * 12, "nan " + "0 " * 11, "1 0 0 0 0 1 0 0 0 0 0 0 0 0 0 1", "x " * 16,
       "1 " * 17, "1e300 " * 12, "#Insight Transform File V1.0\n", "#Insight Transform File V1.0\nTransform: BSplineTransform_double_3_3\n",
       "#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\nParameters: 1 2 3\nFixedParameters: 0 0 0\n",
       "#Insight Transform File V1.0\nTransform: VersorRigid3DTransform_double_3_3\nParameters: 2 2 2 0 0 0\nFixedParameters: 0 0 0\n",
       "#Insight Transform File V1.0\nTransform: AffineTransform_double_2_2\nParameters: 1 0 0 1 0 0\nFixedParameters: 0 0\n",
       "\0" * 100, "1 " * 100000]
for text in bad:
    open("t.txt", "w").write(text)
    status, _, said = v.tool("volresample", "--affine", "t.txt", "in.vol", "-o", "never.vol")
    assert status == 1 and said.startswith("volresample: t.txt: ") and said.count("\n") == 1, (text[:60], status, said)
EOF

# ---- the rest of the header, lists, colour ----

py "lists go entry by entry, colour with -k nearest only; slope per slice follows or is refused" <<'EOF'
import numpy as np, volfile as v
from rs import rs
data = v.numbers("i2", (9, 8, 7, 3))
for k in ("nearest", "linear", "cubic", "area"):
    got, _, _ = rs(data, "-s", "0.9", "-k", k)
    for e in range(3):
        one, _, _ = rs(data[..., e].copy(), "-s", "0.9", "-k", k)
        assert np.array_equal(one, got[..., e]), (k, e)
colour = v.numbers("u1", (6, 5, 4, 3))
got, _, _ = rs(colour, "-k", "nearest", "--factor", "2", unit="stored", colour=True)
assert np.array_equal(got, colour.repeat(2, 0).repeat(2, 1).repeat(2, 2))
status, _, said = v.tool("volresample", "-k", "linear", "--factor", "2", "in.vol", "-o", "x.vol")
assert status == 1 and "colour" in said, said
pairs = " ".join("%g %g" % (1 + n, -n) for n in range(4))
flat = v.numbers("i2", (6, 5, 4))
got, _, keys = rs(flat, "-k", "nearest", "--factor", "1,1,2", unit="stored", keys={"rescale": pairs, "rescale.unit": "HU"})
assert keys["rescale"].split() == " ".join("%g %g" % (1 + n // 2, -(n // 2)) for n in range(8)).split(), keys["rescale"]
status, _, said = v.tool("volresample", "-k", "linear", "--factor", "1,1,2", "in.vol", "-o", "x.vol")
assert status == 1 and "volhu" in said, said
EOF

py "the same bytes at 1, 2 and 7 threads, from a file and from a pipe" <<'EOF'
import numpy as np, volfile as v
v.write("in.vol", v.numbers("i2", (70, 61, 40)), v.affine("oblique"), {"unit": "HU", "padding": "-5 5"})
v.write("lab.vol", v.numbers("u1", (70, 61, 40)) // 60, v.affine("oblique"), {"unit": "label"})
v.write("like.vol", np.zeros((40, 40, 40), "u1"), v.affine("left-handed"))
for name in ("in.vol", "lab.vol"):
    for k in ("nearest", "linear", "cubic", "catmull", "lanczos", "area") if name == "in.vol" else ("label", "nearest"):
        for words in (["-s", "1"], ["-s", "0.5,2,2"], ["--like", "like.vol"]):
            if k == "area" and words[0] == "--like":
                continue
            out = {v.run("volresample", "-q", "--threads", n, "-k", k, *words, name) for n in (1, 2, 7)}
            out.add(v.run("volresample", "-q", "-k", k, *words, stdin=open(name, "rb").read()))
            assert len(out) == 1, (name, k, words)
EOF

py "peak memory does not grow with slices" <<'EOF'
import volfile as v
head = v.zeros_header("head.vol", 1024, {"unit": "HU"})
for k in ("linear", "cubic", "lanczos", "area"):
    for words in (["-s", "1"], ["-s", "1.5,1.5,5"]):
        mib = v.peak_mib(["volresample", "-k", k, *words, "-o", "/dev/null"][:-2], head, 1024) if False else \
            v.peak_mib(["volresample", "-k", k, *words], head, 1024)
        # 64 MiB is the promise
        assert mib < 64, (k, words, mib)
EOF

must_fail 2 "no grid" volresample in.vol
said "it says what to give" "^volresample: what grid\?"
must_fail 2 "two grids" volresample -s 1 -n 20 in.vol
for words in "-s 0" "-s -1" "-s nan" "-s 1,2" "-s 1,2,3,4" "-n 0" "-n 1.5" "-n 3mm" "--factor 0" "--factor 2mm" "-k best -s 1" \
	"--as-zoom -n 5" "--as-zoom -s 1 -k lanczos" "--as-zoom -s 1 -f 0"; do
	# shellcheck disable=SC2086
	must_fail 2 "volresample $words" volresample $words in.vol
done
must_fail 1 "more voxels than there can be" volresample -s 1e-9 in.vol
must_fail 1 "a spacing that cannot be meant" volresample -s 0.001 in.vol
said "it says how many voxels that would be" "is the spacing right"
must_fail 1 "a fill that the type cannot hold" volresample -s 1 -f 70000 in.vol
must_fail 1 "another grid that is not there" volresample --like none.vol in.vol

done_testing
