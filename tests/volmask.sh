#!/bin/sh
# volmask: against NumPy, over all types; and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

py "every type of image under every type of mask, with labels and turned round" <<'EOF'
import numpy as np, volfile as v
rng = np.random.default_rng(2)
where = v.affine("oblique")
for name, code in v.TYPES.items():
    for shape in ((7, 5, 3), (70, 3, 2), (1, 1, 1)):
        image = v.numbers(code, shape)
        v.write("in.vol", image, where, {"padding": "-7", "window": "40 80"})
        for mask_name, mask_code in v.TYPES.items():
            mask = rng.integers(0, 6, shape).astype(mask_code)
            v.write("mask.vol", mask, where, {"unit": "label"})
            for words, inside in (((), mask != 0), (("--labels", "1,3-4"), np.isin(mask, (1, 3, 4))), (("--invert",), mask == 0),
                                  (("--invert", "--labels", "5"), mask != 5)):
                v.run("volmask", "in.vol", "-m", "mask.vol", *words, "-f", 9, "-o", "out.vol")
                got, place, keys = v.read("out.vol")
                want = np.where(inside, image, np.array(9, image.dtype))
                assert got.dtype == image.dtype and np.array_equal(got, want), (name, mask_name, shape, words)
                assert np.allclose(place, where) and keys["padding"] == "-7" and keys["window"] == "40 80"
EOF

py "and, or, minus, invert, labels: masks of uint8" <<'EOF'
import numpy as np, volfile as v
where = v.affine("left-handed")
rng = np.random.default_rng(3)
for a_type in ("u1", "i2", "f4"):
    a, b = rng.integers(0, 4, (9, 8, 7)).astype(a_type), rng.integers(0, 4, (9, 8, 7)).astype("u2")
    v.write("a.vol", a, where, {"unit": "label", "labels": "1 left", "padding": "3", "rescale": "2 1"})
    v.write("b.vol", b, where, {"unit": "label"})
    for words, want in ((("--and", "b.vol"), (a != 0) & (b != 0)), (("--or", "b.vol"), (a != 0) | (b != 0)),
                        (("--minus", "b.vol"), (a != 0) & (b == 0)), (("--invert",), a == 0),
                        (("--labels", "2"), a == 2), (("--labels", "2,3", "--invert"), ~np.isin(a, (2, 3))),
                        (("--and", "b.vol", "--labels", "1"), (a != 0) & (b == 1)),
                        (("--or", "b.vol", "--invert"), ~((a != 0) | (b != 0)))):
        v.run("volmask", "a.vol", *words, "-o", "out.vol")
        got, place, keys = v.read("out.vol")
        assert got.dtype == np.uint8 and np.array_equal(got, want), words
        assert keys["unit"] == "label" and not {"labels", "padding", "rescale"} & set(keys), keys
EOF

py "NaN: not 0, and no label; kept where the mask keeps it" <<'EOF'
import numpy as np, volfile as v
where = v.affine("axial")
mask = np.array([0, np.nan, 1, 2, np.inf, -0.0], "f4").reshape(6, 1, 1)
image = np.array([1, 2, np.nan, 4, 5, 6], "f8").reshape(6, 1, 1)
v.write("mask.vol", mask, where)
v.write("in.vol", image, where)
v.run("volmask", "in.vol", "-m", "mask.vol", "-o", "out.vol")
assert np.array_equal(v.read("out.vol")[0].ravel(), [0, 2, np.nan, 4, 5, 0], equal_nan=True)
v.run("volmask", "in.vol", "-m", "mask.vol", "--labels", "2", "-f", "-1.5", "-o", "out.vol")
assert np.array_equal(v.read("out.vol")[0].ravel(), [-1.5, -1.5, -1.5, 4, -1.5, -1.5])
EOF

py "lists: a mask for each entry, or one for all; the fill for HU is air" <<'EOF'
import numpy as np, volfile as v
where = v.affine("axial")
rng = np.random.default_rng(5)
image = v.numbers("i2", (70, 5, 4, 3))
each, one = rng.integers(0, 2, image.shape).astype("u1"), rng.integers(0, 2, image.shape[:3]).astype("u1")
v.write("in.vol", image, where, {"unit": "HU"})
v.write("each.vol", each, where)
v.write("one.vol", one, where)
v.run("volmask", "in.vol", "-m", "each.vol", "-o", "out.vol")
assert np.array_equal(v.read("out.vol")[0], np.where(each, image, -1024))
v.run("volmask", "in.vol", "-m", "one.vol", "-o", "out.vol")
assert np.array_equal(v.read("out.vol")[0], np.where(one[..., None], image, -1024))
EOF

py "a mask in NIfTI, and one that comes through a pipe" <<'EOF'
import numpy as np, nibabel, volfile as v
where = v.affine("oblique")
image = v.numbers("u2", (9, 8, 7))
mask = np.random.default_rng(1).integers(0, 2, image.shape).astype("u1")
v.write("in.vol", image, where)
v.write("mask.vol", mask, where)
nibabel.save(nibabel.Nifti1Image(mask, where), "mask.nii.gz")
want = np.where(mask, image, 0)
v.run("volmask", "in.vol", "-m", "mask.nii.gz", "-o", "out.vol")
assert np.array_equal(v.read("out.vol")[0], want)
v.run("volmask", "in.vol", "-m", "-", "-o", "out.vol", stdin="mask.vol")
assert np.array_equal(v.read("out.vol")[0], want)
v.run("volmask", "-m", "mask.vol", "-o", "out.vol", stdin="in.vol")
assert np.array_equal(v.read("out.vol")[0], want)
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
axial = v.affine("axial")
moved = axial.copy()
moved[0, 3] += 0.02
v.write("in.vol", np.zeros((6, 5, 4), "u1"), axial)
v.write("off.vol", np.ones((6, 5, 4), "u1"), moved)
v.write("small.vol", np.ones((6, 5, 3), "u1"), axial)
v.write("list.vol", np.ones((6, 5, 4, 2), "u1"), axial)
v.write("rgb.vol", np.ones((6, 5, 4, 3), "u1"), axial, colour=True)
EOF
must_fail 1 "a mask elsewhere" volmask -m off.vol in.vol
said "says how far, and what helps" "^volmask: off.vol: lies up to 0.02 mm off .*volresample --like"
must_fail 1 "a mask of another size" volmask -m small.vol in.vol
must_fail 1 "a mask with a list for an image without" volmask -m list.vol in.vol
must_fail 1 "a mask of colour" volmask -m rgb.vol in.vol
must_fail 1 "an image of colour" volmask -m in.vol rgb.vol
must_fail 1 "a fill that the type cannot hold" volmask -m in.vol -f -1 in.vol
must_fail 2 "nothing to do" volmask in.vol
must_fail 2 "two things to do" volmask -m in.vol --and in.vol in.vol
must_fail 2 "a fill for a mask" volmask --and in.vol -f 1 in.vol
for list in '' ',' '1,' '1,,2' a -1 2-1 1-2-3 1.5 4294967296 ' 1'; do
	must_fail 2 "--labels '$list'" volmask -m in.vol --labels "$list" in.vol
done
must_fail 2 "both from the standard input" volmask -m - -
head -c $(($(stat -c %s in.vol) - 1)) in.vol >cut.vol
must_fail 1 "a short mask" volmask -m cut.vol in.vol -o short.vol
ok "leaves nothing" test ! -e short.vol
py "peak memory does not grow with slices" <<'EOF'
import os, volfile as v
head = v.zeros_header("head.vol", 512, {"unit": "HU"})
mask = head.replace(b"vol.unit:=HU", b"vol.unit:=label")
with open("mask.vol", "wb") as f:
    f.write(mask)
os.truncate("mask.vol", len(mask) + (512 << 20))   # of holes
for words in (["-m", "mask.vol"], ["--and", "mask.vol"], ["--invert"]):
    mib = v.peak_mib(["volmask", *words], head, 512)
    assert mib < 64, (words, mib)
os.remove("mask.vol")
EOF

done_testing
