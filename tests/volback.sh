#!/bin/sh
# volback: what other tools moved, back where it was read.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python scipy.ndimage

cat >bk.py <<'EOF'
import numpy as np, scipy.ndimage as nd
import volfile as v

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def source(affine, shape):
    """vol.source of a grid."""
    m = LPS @ affine
    return "%d %d %d " % shape + " ".join("(%s)" % ",".join(repr(float(x)) for x in m[:3, a]) for a in range(4))


def field(shape, seed=1):
    return nd.gaussian_filter(np.random.default_rng(seed).normal(0, 1, shape), 2) * 3000


def index(shape, to, at):
    ijk = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij") + [np.ones(shape)], -1)
    return (ijk @ (np.linalg.inv(at) @ to).T)[..., :3]


def inside(p, shape):
    return np.all((p > -0.5) & (p < np.array(shape) - 0.5), -1)
EOF

py "cropped, padded, flipped and turned by quarters: the very voxels return, fill where there are none" <<'EOF'
import itertools, numpy as np, volfile as v
from bk import source
shape, at = (9, 8, 7), v.affine("oblique")
data = v.numbers("i2", shape)
for order in itertools.permutations(range(3)):
    for flip in itertools.product((1, -1), repeat=3):
        lo, hi = (2, 1, 3), (7, 8, 6)
        part = data[tuple(slice(a, b) for a, b in zip(lo, hi))]
        to = np.eye(4)
        to[:3, 3] = (at @ (*lo, 1))[:3]
        to[:3, :3] = at[:3, :3]
        turned = np.transpose(part, order)[tuple(slice(None, None, f) for f in flip)]
        corner = np.zeros(4)
        corner[3] = 1
        for a in range(3):
            corner[order[a]] = 0 if flip[a] > 0 else part.shape[order[a]] - 1
        new = np.eye(4)
        new[:3, :3] = to[:3, order] * flip
        new[:3, 3] = (to @ corner)[:3]
        v.write("in.vol", np.ascontiguousarray(turned), new, {"unit": "HU", "source": source(at, shape)})
        v.run("volback", "-q", "in.vol", "-o", "out.vol")
        got, where, keys = v.read("out.vol")
        want = np.full(shape, -1024, "i2")
        want[tuple(slice(a, b) for a, b in zip(lo, hi))] = part
        assert np.array_equal(got, want) and np.allclose(where, at, atol=1e-9), (order, flip)
        assert keys["source"] == source(at, shape) and "transform" not in keys
EOF

py "resampled: volresample and back = the volume, to the kernel; grid to the last digit" <<'EOF'
import numpy as np, volfile as v
from bk import field, source
for kind in ("plain", "oblique", "left-handed"):
    shape, at = (40, 36, 22), v.affine(kind)
    data = field(shape).astype("f4")
    v.write("in.vol", data, at, {"unit": "HU", "source": source(at, shape)})
    v.run("volresample", "-q", "-s", "0.6", "-k", "cubic", "in.vol", "-o", "fine.vol")
    v.run("volback", "-q", "-k", "cubic", "--no-antialias", "fine.vol", "-o", "back.vol")
    got, where, _ = v.read("back.vol")
    assert np.array_equal(where, at), kind
    off = np.abs(got - data)[4:-4, 4:-4, 4:-4].max()
    # a field smooth over 2 voxels, of a span of some 1500: what the spline loses of it
    assert off < 2, (kind, off)
    mask = (data > 0).astype("u1")
    v.write("mask.vol", mask, at, {"unit": "label", "source": source(at, shape)})
    v.run("volresample", "-q", "-s", "0.6", "mask.vol", "-o", "fine.vol")
    v.run("volback", "-q", "fine.vol", "-o", "back.vol")
    got, _, _ = v.read("back.vol")
    dice = 2 * (got & mask).sum() / (got.sum() + mask.sum())
    # 2.5 mm slices against 0.6: their majority is the slice's own
    assert dice > 0.985 and set(np.unique(got)) <= {0, 1}, (kind, dice)
EOF

py "moved (vol.transform): every voxel from the place that the transform says" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from bk import LPS, field, source, index, inside
shape, at = (30, 28, 20), v.affine("oblique")
data = field((26, 30, 24), 3).astype("f4")
now = v.affine("axial")
now[:3, 3] = (at @ (14, 13, 9, 1))[:3] - now[:3, :3] @ (12, 14, 11)
t = 0.2
turn = np.eye(4)
turn[:2, :2] = [[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]
mid = (LPS @ at @ (14, 13, 9, 1))[:3]
turn[:3, 3] = mid - turn[:3, :3] @ mid + (1, 2, -3)
for k, order in (("linear", 1), ("nearest", 0), ("cubic", 3)):
    v.write("in.vol", data, now, {"unit": "HU", "source": source(at, shape),
                                  "transform": " ".join(repr(float(x)) for x in turn.ravel())})
    v.run("volback", "-q", "-k", k, "--no-antialias", "-f", "-777", "in.vol", "-o", "out.vol")
    got, where, keys = v.read("out.vol")
    assert got.shape == shape and np.allclose(where, at, atol=1e-9) and "transform" not in keys
    # as read -> now is the transform's inverse
    p = index(shape, np.linalg.inv(LPS @ now) @ np.linalg.inv(turn) @ LPS @ at, np.eye(4))
    want = nd.map_coordinates(data.astype("f8"), np.moveaxis(p, -1, 0), order=order, mode="mirror" if order == 3 else "nearest")
    within = inside(p, data.shape)
    clear = np.abs(p - np.floor(p) - 0.5).min(-1) > 1e-6
    assert 0.1 < within.mean() < 1
    assert np.abs(got - want)[within & clear].max() < 2e-3, (k, np.abs(got - want)[within & clear].max())
    assert np.all(got[~within & clear] == -777)
# there and back with volresample --affine
a = field(shape).astype("f4")
v.write("in.vol", a, at, {"unit": "HU", "source": source(at, shape)})
np.savetxt("t.txt", turn)
v.run("volresample", "-q", "--affine", "t.txt", "-k", "cubic", "--no-antialias", "in.vol", "-o", "moved.vol")
v.run("volback", "-q", "-k", "cubic", "--no-antialias", "moved.vol", "-o", "back.vol")
b = v.read("back.vol")[0]
core = b != -1024
assert core.mean() > 0.5
# two interpolations of a field smooth over two voxels
off = np.median(np.abs(a - b)[core]) / a.std()
assert off < 0.01, off
EOF

py "--like takes the grid of any file; lists and colour return too" <<'EOF'
import numpy as np, volfile as v
from bk import source
shape, at = (9, 8, 7), v.affine("oblique")
v.write("orig.vol", np.zeros(shape, "i2"), at)
v.run("vol2nii", "-q", "orig.vol", "-o", "orig.nii.gz")
to = at.copy()
to[:3, 3] = (at @ (1, 2, 3, 1))[:3]
data = v.numbers("u1", (4, 4, 3, 2))
v.write("in.vol", data, to, {"unit": "label"})
v.run("volback", "-q", "--like", "orig.nii.gz", "in.vol", "-o", "out.vol")
got, where, _ = v.read("out.vol")
want = np.zeros((*shape, 2), "u1")
want[1:5, 2:6, 3:6] = data
assert np.array_equal(got, want) and np.abs(where - at).max() < 1e-4
colour = v.numbers("u1", (4, 4, 3, 3))
v.write("in.vol", colour, to, {"source": source(at, shape)}, colour=True)
v.run("volback", "-q", "in.vol", "-o", "out.vol")
want = np.zeros((*shape, 3), "u1")
want[1:5, 2:6, 3:6] = colour
assert np.array_equal(v.read("out.vol")[0], want)
EOF

py "no source, a bad one, a bad transform: refused in a line" <<'EOF'
import numpy as np, volfile as v
from bk import source
good = source(v.affine("plain"), (4, 4, 4))
cases = [({}, "--like"), ({"source": "4 4"}, "vol.source"), ({"source": good + " 1"}, "vol.source"),
         ({"source": good.replace("4 4 4", "4 0 4")}, "vol.source"), ({"source": good.replace("4 4 4", "4 1e300 4")}, "vol.source"),
         ({"source": good.replace("4 4 4", "4 4.5 4")}, "vol.source"),
         ({"source": "4 4 4 (0,0,0) (0,1,0) (0,0,1) (0,0,0)"}, ""), ({"source": "4 4 4 (nan,0,0) (0,1,0) (0,0,1) (0,0,0)"}, "vol.source"),
         ({"source": good, "transform": "1 2 3"}, "vol.transform"), ({"source": good, "transform": "0 " * 15 + "1"}, "inverted"),
         ({"source": good, "transform": "1 0 0 0 0 1 0 0 0 0 1 0 0 0 1 1"}, "vol.transform"),
         ({"source": good, "transform": "x " * 16}, "vol.transform")]
for keys, word in cases:
    v.write("in.vol", np.zeros((3, 3, 3), "i2"), v.affine("plain"), {"unit": "HU", **keys})
    status, _, said = v.tool("volback", "in.vol", "-o", "never.vol")
    assert status == 1 and said.count("\n") == 1 and word in said and said.startswith("volback: in.vol: "), (keys, status, said)
EOF

py "the same bytes at 1, 2 and 7 threads" <<'EOF'
import volfile as v
from bk import source
at = v.affine("oblique")
v.write("in.vol", v.numbers("i2", (50, 41, 30)), at, {"unit": "HU", "source": source(v.affine("left-handed"), (40, 40, 40))})
v.write("mask.vol", v.numbers("u1", (50, 41, 30)) // 100, at, {"unit": "label", "source": source(v.affine("left-handed"), (40, 40, 40))})
for name, kernels in (("in.vol", ("nearest", "linear", "cubic", "lanczos")), ("mask.vol", ("label", "nearest"))):
    for k in kernels:
        assert len({v.run("volback", "-q", "--threads", n, "-k", k, name) for n in (1, 2, 7)}) == 1, (name, k)
EOF

py "peak memory does not grow with slices that follow each other" <<'EOF'
import volfile as v
from bk import source
shape = (256, 300, 1024)
at = v.affine("axial")
head = v.zeros_header("head.vol", 512, {"unit": "HU", "source": source(at, shape)})
mib = v.peak_mib(["volback", "-q"], head, 512)
assert mib < 64, mib
EOF

done_testing
