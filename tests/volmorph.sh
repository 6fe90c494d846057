#!/bin/sh
# volmorph: against SciPy's morphology with the ball spelled out, on anisotropic grids; and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python scipy.ndimage

cat >morph.py <<'EOF'
import numpy as np
import scipy.ndimage as nd

MODES = {
    "dilate": lambda m, b: nd.binary_dilation(m, b),
    "erode": lambda m, b: nd.binary_erosion(m, b, border_value=1),
    "open": lambda m, b: nd.binary_dilation(nd.binary_erosion(m, b, border_value=1), b),
    "close": lambda m, b: nd.binary_erosion(nd.binary_dilation(m, b), b, border_value=1),
}


def ball(reach):
    """All voxels within the ellipsoid of these half axes, in voxels; the slack is for 3 * 0.7 against 2.1."""
    axes = [np.arange(-np.floor(r * 1.00001), np.floor(r * 1.00001) + 1) for r in reach]
    grid = np.meshgrid(*axes, indexing="ij")
    return sum((x / r) ** 2 if r else 0 * x for x, r in zip(grid, reach)) <= 1.00002


def blobs(shape, seed=1):
    noise = nd.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.6)
    return noise > 0.35 * noise.std()
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

py "every mode by many balls, in mm and voxels, in space and in plane" <<'EOF'
import numpy as np, volfile as v
from morph import MODES, ball, blobs
where = v.affine("oblique")  # 0.7 x 0.8 x 2.5 mm
mask = blobs((41, 37, 23))
v.write("in.vol", mask.astype("u1"), where, {"unit": "label"})
for words, reach in ((("-d", "3"), (3 / .7, 3 / .8, 1.2)), (("-d", "3vox"), (3, 3, 3)), (("-d", "2.1"), (3, 2.1 / .8, .84)),
                     (("-d", "5"), (5 / .7, 5 / .8, 2)), (("-d", "1.5,4,0"), (1.5 / .7, 5, 0)), (("-d", "0,0,5"), (0, 0, 2)),
                     (("-d", "3", "--in-plane"), (3 / .7, 3 / .8, 0)), (("-d", "0.5"), (0, 0, 0)), (("-d", "0"), (0, 0, 0)),
                     (("-d", "1vox,2vox,1.5cm"), (1, 2, 6)), (("-d", "200vox"), (200, 200, 200))):
    for mode, f in MODES.items():
        if words[1] == "200vox":  # beyond every border: all, or nothing
            want = np.full(mask.shape, mode in ("dilate", "close"))
        else:
            want = f(mask, ball(reach))
        v.run("volmorph", mode, *words, "in.vol", "-o", "out.vol")
        got, place, keys = v.read("out.vol")
        assert got.dtype == np.uint8 and np.array_equal(got, want), f"{mode} {words}: {(got != want).sum()} differ"
        assert np.allclose(place, where) and keys["unit"] == "label"
EOF

py "one-voxel axes, all types, lists, labels, nothing and everything" <<'EOF'
import numpy as np, volfile as v
from morph import MODES, ball, blobs
for shape in ((1, 1, 1), (9, 1, 1), (1, 9, 1), (1, 1, 9), (70, 3, 2), (9, 8, 1)):
    for fill in (None, 0, 1):
        mask = blobs(shape) if fill is None else np.full(shape, bool(fill))
        v.write("in.vol", mask.astype("u1"), np.diag([1.0, 1, 1, 1]))
        for mode, f in MODES.items():
            v.run("volmorph", mode, "-d", 2, "in.vol", "-o", "out.vol")
            assert np.array_equal(v.read("out.vol")[0], f(mask, ball((2, 2, 2)))), (shape, fill, mode)
mask = blobs((20, 18, 16, 3))
want = np.stack([MODES["dilate"](mask[..., i], ball((1, 1, 1))) for i in range(3)], axis=-1)
for name, code in v.TYPES.items():
    v.write("in.vol", (mask * 3).astype(code), v.affine("axial"), {"unit": "label", "labels": "3 x"})
    v.run("volmorph", "dilate", "-d", "1vox", "in.vol", "-o", "out.vol")
    got, _, keys = v.read("out.vol")
    assert np.array_equal(got, want), name
    assert "labels" not in keys and keys["history.1"].startswith("volmorph ") and "dilate" in keys["history.1"], keys
EOF

py "holes, in space and in plane" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from morph import blobs
for seed, shape in enumerate(((30, 28, 26), (66, 20, 9), (1, 9, 9), (9, 9, 1))):
    mask = blobs(shape, seed)
    mask = ~mask & (np.random.default_rng(seed).random(shape) < 0.97)
    v.write("in.vol", mask.astype("i2"), v.affine("sheared"))
    v.run("volmorph", "fill", "in.vol", "-o", "out.vol")
    assert np.array_equal(v.read("out.vol")[0], nd.binary_fill_holes(mask)), shape
    v.run("volmorph", "fill", "--in-plane", "in.vol", "-o", "out.vol")
    want = np.stack([nd.binary_fill_holes(mask[:, :, z]) for z in range(shape[2])], axis=2)
    assert np.array_equal(v.read("out.vol")[0], want), shape
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
v.write("in.vol", np.ones((6, 5, 4), "u1"), v.affine("axial"))
v.write("sheared.vol", np.ones((6, 5, 4), "u1"), v.affine("sheared"))
v.write("rgb.vol", np.ones((6, 5, 4, 3), "u1"), v.affine("axial"), colour=True)
EOF
must_fail 1 "millimetres on a sheared grid" volmorph dilate -d 2 sheared.vol
said "says which axes" "sheared.vol: axes . and . are not perpendicular"
ok "voxels on a sheared grid" volmorph dilate -d 2vox sheared.vol -o x.vol
must_fail 1 "colour" volmorph dilate -d 2 rgb.vol
must_fail 2 "no mode" volmorph in.vol
must_fail 2 "no distance" volmorph dilate in.vol
must_fail 2 "a distance to fill" volmorph fill -d 2 in.vol
must_fail 2 "a negative distance" volmorph dilate -d -2 in.vol
must_fail 2 "a percentage" volmorph dilate -d 2% in.vol
py "memory does not grow with the slices" <<'EOF'
import volfile as v
got = v.peak_mib(["volmorph", "close", "-d", "2vox"], v.zeros_header("zeros", 256), 256)
assert got < 64, got
EOF
done_testing
