#!/bin/sh
# volresize: against skimage.transform.resize and Pillow; where voxels come to lie.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python scipy.ndimage

cat >rz.py <<'EOF'
import volfile as v


def rz(data, *words, affine="oblique", keys=(), unit="HU", **more):
    """volresize's result: data, affine, keys."""
    v.write("in.vol", data, v.affine(affine), {"unit": unit, **dict(keys)}, **more)
    v.run("volresize", "-q", *words, "in.vol", "-o", "out.vol")
    got, where, keys = v.read("out.vol")
    assert got.dtype == data.dtype, got.dtype
    return got, where, keys
EOF

py "one number is a square in the slices, two are x and y, three are 3-D; the edges stay where they are" <<'EOF'
import numpy as np, volfile as v
from rz import rz
for kind in ("plain", "oblique", "left-handed", "sheared"):
    for shape in ((12, 9, 5), (1, 30, 7), (6, 6, 1)):
        at = v.affine(kind)
        for words, want in (("20", (20, 20, shape[2])), ("7,31", (7, 31, shape[2])), ("4,5,6", (4, 5, 6)), ("1,1,1", (1, 1, 1))):
            got, to, _ = rz(v.numbers("i2", shape), "-n", words, affine=kind)
            assert got.shape == want, (got.shape, want)
            for corner in np.ndindex(2, 2, 2):
                a = at @ np.append(np.array(corner) * shape - 0.5, 1)
                b = to @ np.append(np.array(corner) * want - 0.5, 1)
                assert np.allclose(a, b, atol=1e-9), (kind, shape, words)
EOF

py "--as-skimage = skimage.transform.resize, slice by slice and in 3-D, growing and shrinking" <<'EOF'
import sys, numpy as np, volfile as v
from rz import rz
try:
    from skimage.transform import resize
except ImportError:
    sys.exit(0)
rng = np.random.default_rng(1)
for shape, to in (((30, 22, 3), (64, 50)), ((64, 50, 3), (20, 31)), ((40, 40, 2), (40, 17)), ((9, 1, 2), (4, 6)), ((33, 20, 14), (12, 30, 9)),
                  ((33, 20, 14), (66, 7, 5))):
    for code, limit in (("f4", 1e-5), ("f8", 1e-10), ("i2", 0.5 + 1e-3)):
        data = rng.normal(0, 1 if code[0] == "f" else 1000, shape).astype(code)
        got, _, _ = rz(data, "--as-skimage", "-n", ",".join(map(str, to)))
        wide = data.astype("f8")
        if len(to) == 2:
            want = np.stack([resize(wide[..., z], to, preserve_range=True) for z in range(shape[2])], -1)
        else:
            want = resize(wide, to, preserve_range=True)
        assert np.abs(got - want).max() <= limit, (shape, to, code, np.abs(got - want).max())
# the recipe's call: float in, float32 out
data = rng.random((40, 30, 4)).astype("f4")
got, _, _ = rz(data, "--as-skimage", "-n", "64,64")
want = np.stack([resize(data[..., z], (64, 64)).astype("f4") for z in range(4)], -1)
assert np.abs(got - want).max() <= 1e-6
EOF

py "the default averages what it shrinks (Pillow), labels vote, no slice touches another" <<'EOF'
import sys, numpy as np, volfile as v
from rz import rz
data = np.random.default_rng(2).normal(0, 100, (60, 48, 3)).astype("f4")
got, _, _ = rz(data, "-n", "20,16")
for z in range(3):
    one, _, _ = rz(data[:, :, z:z + 1].copy(), "-n", "20,16")
    assert np.array_equal(one[:, :, 0], got[:, :, z])
try:
    from PIL import Image
    want = np.asarray(Image.fromarray(data[:, :, 1].T).resize((20, 16), Image.BILINEAR)).T
    assert np.abs(got[:, :, 1] - want)[2:-2, 2:-2].max() < 1e-3
except ImportError:
    pass
labels = np.kron(np.random.default_rng(3).integers(0, 5, (6, 5, 4)), np.ones((4, 4, 1))).astype("u1")
got, _, keys = rz(labels, "-n", "6,5", unit="label")
assert np.array_equal(got, labels[::4, ::4]) and keys["unit"] == "label"
got, _, _ = rz(labels, "-n", "31,17", unit="label")
assert set(np.unique(got)) <= set(range(5))
EOF

py "the same bytes at 1, 2 and 7 threads" <<'EOF'
import volfile as v
v.write("in.vol", v.numbers("i2", (70, 61, 20)), v.affine("oblique"), {"unit": "HU"})
for words in (["-n", "100"], ["-n", "33,90,7"], ["--as-skimage", "-n", "33,90"], ["-k", "cubic", "-n", "128"]):
    assert len({v.run("volresize", "--threads", n, *words, "in.vol") for n in (1, 2, 7)}) == 1
EOF

py "peak memory does not grow with slices" <<'EOF'
import volfile as v
head = v.zeros_header("head.vol", 512, {"unit": "HU"})
for words in (["-n", "400"], ["--as-skimage", "-n", "200"], ["-k", "cubic", "-n", "700,300"]):
    mib = v.peak_mib(["volresize", *words], head, 512)
    assert mib < 64, (words, mib)
EOF

"$PYTHON" -c 'import volfile as v; v.write("in.vol", v.numbers("i2", (9, 8, 7)), v.affine("plain"), {"unit": "HU"})'
must_fail 2 "no shape" volresize in.vol
for words in "-n 0" "-n 1.5" "-n 5mm" "-n 50%" "-n 1,2,3,4" "-n nan" "-n -3" "--as-skimage -n 3 -k cubic" "--as-skimage --no-antialias -n 3"; do
	# shellcheck disable=SC2086
	must_fail 2 "volresize $words" volresize $words in.vol
done
ok "a voxel of its own is left alone" sh -c 'volresize -n 9,8 -k cubic in.vol | volcmp -q in.vol -'

done_testing
