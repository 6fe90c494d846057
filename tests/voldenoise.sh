#!/bin/sh
# voldenoise: against scipy.ndimage, sums written out in NumPy, and the recipe; and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python scipy.ndimage

cat >de.py <<'EOF'
import numpy as np
import volfile as v


def de(data, *words, affine="plain", keys=(), **more):
    """voldenoise's result: data, keys."""
    v.write("in.vol", data, v.affine(affine), {"unit": "HU", **dict(keys)}, **more)
    v.run("voldenoise", "-q", *words, "in.vol", "-o", "out.vol")
    got, where, keys = v.read("out.vol")
    assert np.allclose(where, v.affine(affine)) and got.dtype == data.dtype and got.shape == data.shape
    return got, keys


def saturated(want, dtype):
    """As an integer type holds it."""
    info = np.iinfo(dtype)
    return np.clip(np.floor(want + 0.5), info.min, info.max)
EOF

# ---- the filters, where all is measured ----

py "Gaussian = scipy.ndimage.gaussian_filter, every type and border" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from de import de, saturated
for name, code in v.TYPES.items():
    data = v.numbers(code, (17, 13, 9))
    scale = max(1.0, np.abs(data.astype(float)).max())
    for border in ("reflect", "nearest"):
        got, keys = de(data, "--gauss", "1.2,0.9,1.7vox" if border == "reflect" else "0.84mm", "--border", border,
                       keys={"window": "40 400", "foreign": "x"})
        # 0.84 mm at 0.7 x 0.8 x 2.5 mm; a suffix is that of its own number
        sigma = (1.2 / 0.7, 0.9 / 0.8, 1.7) if border == "reflect" else (1.2, 1.05, 0.336)
        want = nd.gaussian_filter(data.astype(float), sigma, mode=border, truncate=4)
        if np.dtype(code).kind == "f":
            # float results are rounded once; 1e-4 is the promise for numbers around 1000
            assert np.abs(got - want).max() <= (1e-4 if code == "f4" else 1e-9), (name, np.abs(got - want).max())
        else:
            # kept in float up to 16 bits: a result next to a half may go either way
            off = np.abs(got - want).max()
            assert off <= 0.5 + 3e-7 * scale and np.mean(got != saturated(want, code)) < 0.02, (name, off)
        assert keys["window"] == "40 400" and keys["foreign"] == "x" and keys["unit"] == "HU", keys
EOF

py "axes left out, each slice for itself, sizes of one, a reach beyond the volume" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from de import de
for shape in ((9, 8, 7), (1, 8, 7), (9, 1, 7), (9, 8, 1), (1, 1, 1), (2, 3, 2), (300, 2, 3)):
    data = v.numbers("f4", shape)
    for words, sigma in ((["--gauss", "3vox,0vox,0vox"], (3, 0, 0)), (["--gauss", "2vox", "--2d"], (2, 2, 0)),
                         (["--gauss", "0vox,2vox,5vox"], (0, 2, 5))):
        for border in ("reflect", "nearest"):
            got, _ = de(data, *words, "--border", border)
            want = nd.gaussian_filter(data.astype(float), sigma, mode=border)
            assert np.abs(got - want).max() < 2e-4, (shape, words, border, np.abs(got - want).max())
    got, _ = de(data, "--median", "3vox,5vox,3vox")
    assert np.array_equal(got, nd.median_filter(data, (3, 5, 3))), shape
EOF

py "median = scipy.ndimage.median_filter, every type, size and border" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from de import de
for name, code in v.TYPES.items():
    data = v.numbers(code, (150, 9, 6))
    for size in ((3, 3, 3), (1, 3, 1), (5, 3, 1), (5, 5, 5), (7, 5, 3)):
        border = "nearest" if size[0] == 5 else "reflect"
        got, _ = de(data, "--median", ",".join(f"{n}vox" for n in size), "--border", border)
        assert np.array_equal(got, nd.median_filter(data, size, mode=border)), (name, size)
    got, _ = de(data, "--median", "3vox", "--2d")
    assert np.array_equal(got, nd.median_filter(data, (3, 3, 1))), name
# a width in mm takes the voxels whose centres lie within half of it: 0.7 x 0.8 x 2.5 mm
got, _ = de(data, "--median", "3")
assert np.array_equal(got, nd.median_filter(data, (5, 3, 1)))
got, _ = de(data, "--median", "0.5cm")
assert np.array_equal(got, nd.median_filter(data, (7, 7, 3)))
EOF

cat >bilateral.py <<'EOF'
import numpy as np
import scipy.ndimage as nd


def bilateral(data, sigma, edge, measured=None, mode="symmetric"):
    """Sums written out; sigma in voxels."""
    data = data.astype(float)
    measured = np.isfinite(data) if measured is None else measured
    r = [int(2 * s + 0.5) for s in sigma]
    pad = [(n, n) for n in r]
    values, weights = np.pad(np.where(measured, data, 0), pad, mode), np.pad(measured.astype(float), pad, mode)
    num, den = np.zeros(data.shape), np.zeros(data.shape)
    for i in np.ndindex(*(2 * n + 1 for n in r)):
        d2 = sum(((k - n) / s) ** 2 for k, n, s in zip(i, r, sigma) if s)
        if d2 > 4 + 1e-9:
            continue
        at = tuple(slice(k, k + n) for k, n in zip(i, data.shape))
        w = np.exp(-0.5 * d2 - 0.5 * ((values[at] - np.where(measured, data, 0)) / edge) ** 2) * weights[at]
        num, den = num + w * values[at], den + w
    return np.where(measured, num / np.where(den > 0, den, 1), data)
EOF

py "bilateral = its sums written out, every type" <<'EOF'
import numpy as np, volfile as v
from bilateral import bilateral
from de import de
for name, code in v.TYPES.items():
    data = np.random.default_rng(3).normal(60, 20, (15, 8, 5)).astype(code)
    got, _ = de(data, "--bilateral", "1.5vox,1vox,0.8vox", "--edge", "25", keys={"unit": "1"})
    want = bilateral(data, (1.5, 1, 0.8), 25)
    tol = 1e-4 if np.dtype(code).kind == "f" else 0.5 + 1e-4
    assert np.abs(got - want).max() < tol, (name, np.abs(got - want).max())
got, _ = de(data, "--bilateral", "1.2", "--2d", "--border", "nearest")
want = bilateral(data, (1.2 / 0.7, 1.5, 0), 50, mode="edge")
assert np.abs(got - want).max() < 1e-4
# an edge of many sigmas stays as it is, where the Gaussian blurs it
step = np.zeros((20, 4, 4), "i2")
step[10:] = 1000
assert np.array_equal(de(step, "--bilateral", "2vox")[0], step)
assert not np.array_equal(de(step, "--gauss", "2vox")[0], step)
EOF

# ---- what was not measured ----

py "padding and NaN have no weight, and stay" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from bilateral import bilateral
from de import de
rng = np.random.default_rng(5)
for code in ("i2", "u1", "i4", "f4", "f8"):
    data = rng.integers(1, 100, (14, 11, 8)).astype(code)
    gap = rng.random(data.shape) < 0.3
    gap[3:9, 2:7, 1:5] = True
    gap[:, :, 6] = False
    keys = {}
    if np.dtype(code).kind == "f":
        data[gap] = rng.choice([np.nan, np.inf, -np.inf, -2000], gap.sum())
        keys["padding"] = "-2000"
    else:
        data[gap] = 0
        keys["padding"] = "0"
    plain, ones = np.where(gap, 0, data.astype(float)), (~gap).astype(float)
    def blur(x):
        return nd.gaussian_filter(x, 1.3, mode="reflect")
    got, out = de(data, "--gauss", "1.3vox", keys=keys)
    want = np.where(gap, data, blur(plain) / np.maximum(blur(ones), 1e-30))
    assert np.array_equal(got[gap], data[gap], equal_nan=True) and out["padding"] == keys["padding"], code
    tol = 1e-4 if np.dtype(code).kind == "f" else 0.5001
    assert np.abs(got[~gap] - want[~gap]).max() < tol, code
    # the upper of two middle ones, of those that were measured
    for size in (3, 5):
        got, _ = de(data, "--median", f"{size}vox", keys=keys)
        r = size // 2
        values, good = np.pad(plain, r, "symmetric"), np.pad(~gap, r, "symmetric")
        for i in np.argwhere(~gap):
            at = tuple(slice(k, k + size) for k in i)
            window = np.sort(values[at][good[at]])
            assert got[tuple(i)] == window[len(window) // 2], (code, i)
        assert np.array_equal(got[gap], data[gap], equal_nan=True)
    got, _ = de(data, "--bilateral", "1.2vox", "--edge", "30", keys=keys)
    want = bilateral(data, (1.2, 1.2, 1.2), 30, ~gap)
    assert np.abs(got[~gap] - want[~gap]).max() < tol and np.array_equal(got[gap], data[gap], equal_nan=True), code
whole = np.full((5, 4, 3), np.nan, "f4")
for words in (["--gauss", "1vox"], ["--median", "3vox"], ["--bilateral", "1vox"]):
    assert np.isnan(de(whole, *words)[0]).all()
EOF

py "a result never falls on the padding's value" <<'EOF'
import numpy as np, volfile as v
from de import de
data = np.where(np.indices((8, 8, 8)).sum(0) % 2, 5, -5).astype("i2")
data[0, 0, 0] = 0
got, out = de(data, "--gauss", "3vox", keys={"padding": "0"})
assert got[0, 0, 0] == 0 and (got == 0).sum() == 1 and np.abs(got).max() <= 5, got
got, out = de(data.astype("f4"), "--gauss", "3vox", keys={"padding": "-6 4"})
assert (got[data == 5] > 4).all() and (got[data != 5] == data[data != 5]).all()
EOF

py "lists entry by entry; keys; every grid" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
from de import de
data = v.numbers("f4", (7, 6, 5, 4))
got, _ = de(data, "--gauss", "1vox", "--threads", "3")
want = np.stack([nd.gaussian_filter(e.astype(float), 1) for e in np.moveaxis(data, -1, 0)], -1)
assert np.abs(got - want).max() < 1e-4
got, _ = de(data[..., :2], "--median", "3vox")
assert np.array_equal(got, np.stack([nd.median_filter(data[..., i], 3) for i in (0, 1)], -1))
small = v.numbers("i2", (7, 6, 5))
for kind in ("oblique", "left-handed", "sheared", "coronal"):
    got, _ = de(small, "--gauss", "1.4,1.6,2.5", affine=kind)
    # spacing is the length of a step, whatever its direction
    spacing = np.linalg.norm(v.affine(kind)[:3, :3], axis=0)
    want = nd.gaussian_filter(small.astype(float), np.array([1.4, 1.6, 2.5]) / spacing)
    assert np.abs(got - want).max() <= 0.51, kind
keys = {"unit": "stored", "rescale": "1 -1024", "rescale.unit": "HU", "stored.range": "0 4095"}
_, out = de(small, "--gauss", "1vox", keys=keys)
assert all(out[k] == x for k, x in keys.items()), out
pairs = " ".join(f"1 {i}" for i in range(5))
_, out = de(small, "--gauss", "1vox", "--2d", keys={**keys, "rescale": pairs})
assert out["rescale"] == pairs
v.write("pairs.vol", small, keys={**keys, "rescale": pairs})
status, _, said = v.tool("voldenoise", "--gauss", "1vox", "pairs.vol")
assert status == 1 and "run volhu first" in said, said
EOF

py "the same bytes for any number of threads, from files and pipes" <<'EOF'
import numpy as np, volfile as v
data = v.numbers("i2", (70, 33, 40))
data[5:9] = -2000
v.write("t.vol", data, v.affine("oblique"), {"unit": "HU", "padding": "-2000"})
for words in (["--gauss", "1.5"], ["--median", "5"], ["--bilateral", "1"]):
    one = v.run("voldenoise", *words, "t.vol", "--threads", 1)
    for n in (2, 7):
        assert v.run("voldenoise", *words, "t.vol", "--threads", n) == one, (words, n)
    assert v.run("voldenoise", *words, stdin="t.vol") == one, words
    history = [line for line in one[:8192].decode("latin1").splitlines() if "history" in line]
    assert len(history) == 1 and words[0] in history[0] and "threads" not in history[0], history
EOF

# ---- the head ----

cat >recipe.py <<'EOF'
"""A head with a table, noise and a hole; and the noise step of the tutorials, of the same calls."""
import numpy as np
from scipy import ndimage


def head(shape=(64, 60, 6), seed=2):
    rng = np.random.default_rng(seed)
    x, y, z = np.indices(shape)
    r = ((x - 30) / 20) ** 2 + ((y - 26) / 24) ** 2 + ((z - 2) / 9) ** 2
    data = np.where(r < 1, np.where(r > 0.8, 900, 35), -1000) + rng.normal(0, 15, shape)
    data = np.where(((x - 26) / 5) ** 2 + ((y - 20) / 4) ** 2 < 1, -900, data)
    data[:, 55:57] = 300
    data[rng.random(shape) < 0.03] = 30
    return np.round(data)


def recipe(slice_):
    image = slice_.copy()
    image[image < 0] = 0
    image[image > 80] = 80
    labels, _ = ndimage.label(image)
    count = np.bincount(labels.ravel())
    count[0] = 0
    mask = ndimage.binary_fill_holes(labels == count.argmax())
    mask = ndimage.grey_dilation(mask.astype("u1"), (3, 3)).astype(bool)
    return mask, mask * image
EOF

py "--as-recipe equals the recipe, --brain has its mask and keeps the values" <<'EOF'
import numpy as np, volfile as v
from de import de
from recipe import head, recipe
for code in ("i2", "i4", "f4", "f8"):
    for seed, shape in ((1, (64, 60, 6)), (2, (65, 60, 4)), (3, (130, 61, 3))):
        data = head(shape, seed).astype(code)
        data[:, :, -1] = -1000
        got, keys = de(data, "--as-recipe")
        # the recipe's arrays have rows first: of equal components it takes the first in that order
        want = np.stack([recipe(data[:, :, z].T)[1].T for z in range(shape[2])], -1)
        assert np.array_equal(got, want), (code, shape)
        assert keys["window"] == "40 80" and keys["unit"] == "HU", keys
        mask = np.stack([recipe(data[:, :, z].T)[0].T for z in range(shape[2])], -1)
        mask[:, :, -1] = False  # of nothing the recipe's mask is all, times 0
        got, keys = de(data, "--brain")
        assert np.array_equal(got, np.where(mask, data, -1024)), (code, shape)
        got, _ = de(data, "--brain", "-t", "0", "-f", "7", keys={"unit": "1"})
        assert np.array_equal(got, np.where(mask, data, 7))
noise = np.random.default_rng(9)
for _ in range(20):  # many components of equal size
    data = noise.integers(-30, 20, (17, 9, 1)).astype("i2")
    want = recipe(data[:, :, 0].T)[1].T
    assert np.array_equal(de(data, "--as-recipe")[0][:, :, 0], want)
data = head().astype("f4")
data[data < -500] = np.nan
got = de(data, "--brain")[0]
assert (got[0, 0] == -1024).all() and np.nanmax(got) > 800
v.write("air.vol", np.full((5, 4, 3), -1000, "i2"), keys={"unit": "HU"})
status, _, said = v.tool("voldenoise", "--brain", "air.vol", "-o", "out.vol")
assert status == 0 and "warning: air.vol: nothing above 0 in 3 slices" in said, said
EOF

# ---- what is refused ----

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
data = np.zeros((4, 3, 5), "i2")
v.write("hu.vol", data, keys={"unit": "HU"})
v.write("none.vol", data)
v.write("stored.vol", data, keys={"unit": "stored", "rescale": "1 -1024", "rescale.unit": "HU"})
v.write("label.vol", data.astype("u1"), keys={"unit": "label"})
v.write("rgb.vol", np.zeros((4, 3, 2, 3), "u1"), colour=True)
v.write("u1.vol", data.astype("u1"), keys={"unit": "HU"})
v.write("badpad.vol", data, keys={"unit": "HU", "padding": "x"})
EOF
must_fail 2 "no filter" voldenoise hu.vol
must_fail 2 "two of them" voldenoise --gauss 1 --median 3 hu.vol
must_fail 2 "an even width" voldenoise --median 4vox hu.vol
must_fail 2 "below 0" voldenoise --gauss -1 hu.vol
must_fail 2 "percent" voldenoise --gauss 5% hu.vol
must_fail 2 "a fill without --brain" voldenoise --gauss 1 -f 3 hu.vol
must_fail 2 "--edge 0" voldenoise --bilateral 1 --edge 0 hu.vol
must_fail 2 "--edge without --bilateral" voldenoise --gauss 1 --edge 3 hu.vol
must_fail 1 "a width of one voxel" voldenoise --median 1 hu.vol
said "says why" "^voldenoise: hu.vol: the filter would see no voxel but its own: the spacing is 1 x 1 x 1 mm$"
must_fail 1 "sigma 0" voldenoise --gauss 0 hu.vol
must_fail 1 "a reach without end" voldenoise --gauss 1e30 hu.vol
must_fail 1 "a window without end" voldenoise --median 99vox hu.vol
must_fail 1 "labels" voldenoise --median 3 label.vol
must_fail 1 "colours" voldenoise --median 3 rgb.vol
must_fail 1 "bad padding" voldenoise --median 3 badpad.vol
must_fail 1 "bilateral of what is not HU" voldenoise --bilateral 1 none.vol
said "wants --edge" "give --edge$"
must_fail 1 "bilateral of stored values" voldenoise --bilateral 1 --edge 30 stored.vol
said "wants volhu" "run volhu first$"
must_fail 1 "a brain in stored values" voldenoise --brain stored.vol
must_fail 1 "a brain in unknown values" voldenoise --brain none.vol
must_fail 1 "the recipe too" voldenoise --as-recipe none.vol
must_fail 1 "a fill that the type cannot hold" voldenoise --brain u1.vol
head -c 300 hu.vol >cut.vol
must_fail 1 "a cut stream leaves no file" voldenoise --gauss 1 cut.vol -o left.vol
head -c $(($(wc -c <hu.vol) - 9)) hu.vol >cut.vol
must_fail 1 "one that is cut at its end too" voldenoise --gauss 1 cut.vol -o left.vol
is "none at all" "$(find . -name '*left*')" ""

py "memory does not grow with the slices" <<'EOF'
import volfile as v
keys = {"unit": "HU", "padding": "-2000"}
for words, most in ((["--gauss", "1.5"], 64), (["--median", "3vox"], 32), (["--brain"], 32)):
    words = ["voldenoise", *words, "--threads", "2", "-q"]
    small, large = (v.peak_mib(words, v.zeros_header("h", mib, keys), mib) for mib in (32, 64))
    assert v.SANITIZED or (large < most and large < small + 2), (words, small, large)
EOF
done_testing
