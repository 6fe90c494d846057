#!/bin/sh
# volcrop and volpad's frames: NumPy slices, nibabel's world coordinates, the tutorials' crop.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python nibabel

cat >cr.py <<'EOF'
import numpy as np
import volfile as v

KINDS = ("plain", "axial", "oblique", "left-handed", "sheared", "coronal")


def crop(data, *words, affine="oblique", keys=(), unit="HU", tool="volcrop", said="", **more):
    """The tool's result: data, affine, keys."""
    v.write("in.vol", data, v.affine(affine), {"unit": unit, **dict(keys)}, **more)
    status, _, err = v.tool(tool, *words, "in.vol", "-o", "out.vol")
    assert status == 0 and said in err and (said or not err), (words, status, err)
    got, where, keys = v.read("out.vol")
    assert got.dtype == data.dtype
    return got, where, keys


def framed(data, lo, n, fill):
    """data[lo:lo+n] along x, y, z, where lo may be negative and lo + n beyond the end."""
    want = np.full((*n, *data.shape[3:]), fill, data.dtype)
    src = tuple(slice(max(a, 0), min(a + m, s)) for a, m, s in zip(lo, n, data.shape))
    dst = tuple(slice(max(-a, 0), max(-a, 0) + (s.stop - s.start)) for a, s in zip(lo, src))
    want[dst] = data[src]
    return want


def same_place(where, at, lo):
    """Voxel 0 of the result is voxel lo; nothing is turned."""
    assert np.abs(where @ (0, 0, 0, 1) - at @ (*lo, 1)).max() < 1e-9
    assert np.array_equal(where[:3, :3], at[:3, :3])
EOF

py "--box: both ends count, ends may be left out; every type and grid" <<'EOF'
import numpy as np, volfile as v
from cr import KINDS, crop, same_place
for kind in KINDS:
    for name, code in v.TYPES.items():
        data = v.numbers(code, (11, 9, 8))
        for box, lo, hi in (("2:7,0:8,3:3", (2, 0, 3), (8, 9, 4)), (":,4:,:6", (0, 4, 0), (11, 9, 7)), ("0:0,8:8,7:7", (0, 8, 7), (1, 9, 8)),
                            (":,:,:", (0, 0, 0), (11, 9, 8)), ("10:10,:,:", (10, 0, 0), (11, 9, 8))):
            got, where, keys = crop(data, "--box", box, affine=kind)
            assert np.array_equal(got, data[tuple(slice(a, b) for a, b in zip(lo, hi))]), (kind, name, box)
            same_place(where, v.affine(kind), lo)
EOF

py "--range: the first and the last row, column and slice with a value in it; padding and NaN are none" <<'EOF'
import numpy as np, volfile as v
from cr import crop, same_place
rng = np.random.default_rng(1)
for code in ("i2", "f4", "u1", "f8", "i4"):
    for _ in range(12):
        shape = rng.integers(1, 12, 3)
        data = np.zeros(shape, code)
        spots = [tuple(rng.integers(0, n) for n in shape) for _ in range(rng.integers(1, 4))]
        for s in spots:
            data[s] = rng.integers(10, 90)
        idx = np.argwhere((data >= 10) & (data <= 90))
        lo, hi = idx.min(0), idx.max(0) + 1
        more, keys = data.copy(), {}
        if code == "f4":
            more[more == 0] = np.nan
        if code == "i2":
            more[more == 0] = 50
            more[tuple(idx.T)] = 20
            keys = {"padding": "50"}
        got, where, _ = crop(more, "-r", "10,90", keys=keys)
        assert got.shape == tuple(hi - lo), (code, got.shape, lo, hi)
        assert np.array_equal(got, more[tuple(slice(a, b) for a, b in zip(lo, hi))], equal_nan=code[0] == "f")
        same_place(where, v.affine("oblique"), lo)
# both ends of the range count
data = np.full((5, 5, 5), -1000, "i2")
data[1, 1, 1], data[3, 4, 2], data[0, 0, 0] = -300, 3000, 3001
got, _, _ = crop(data, "-r", "-300,3000")
assert got.shape == (3, 4, 2)
EOF

py "--mask in any format, --margin in mm, voxels and parts, as far as the volume reaches" <<'EOF'
import numpy as np, volfile as v
from cr import crop, same_place
data = v.numbers("i2", (20, 18, 12))
mask = np.zeros(data.shape, "u1")
mask[5:9, 7:8, 3:6] = 3
v.write("mask.vol", mask, v.affine("oblique"), {"unit": "label"})
v.run("vol2nii", "-q", "mask.vol", "-o", "mask.nii.gz")
for m in ("mask.vol", "mask.nii.gz"):
    # spacing 0.7, 0.8, 2.5: mm go up to whole voxels
    for words, more in (([], (0, 0, 0)), (["--margin", "2"], (3, 3, 1)), (["--margin", "1.4,0.8,2.5"], (2, 1, 1)),
                        (["--margin", "2vox"], (2, 2, 2)), (["--margin", "10%"], (2, 2, 2)), (["--margin", "500"], (99, 99, 99)),
                        (["--margin", "1cm,0,0"], (15, 0, 0)), (["--margin", "4vox,2,0"], (4, 3, 0))):
        got, where, _ = crop(data, "-m", m, *words)
        lo = np.maximum((5, 7, 3) - np.array(more), 0)
        hi = np.minimum((9, 8, 6) + np.array(more), data.shape)
        assert np.array_equal(got, data[tuple(slice(a, b) for a, b in zip(lo, hi))]), (words, got.shape, hi - lo)
        same_place(where, v.affine("oblique"), lo)
EOF

py "--box-mm: the voxels whose middle is in the box of patient space, by nibabel" <<'EOF'
import nibabel.affines, numpy as np, volfile as v
from cr import KINDS, crop, same_place
rng = np.random.default_rng(2)
for kind in KINDS:
    shape = (13, 12, 9)
    data, at = v.numbers("i2", shape), v.affine(kind)
    ijk = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), -1)
    lps = nibabel.affines.apply_affine(at, ijk) * (-1, -1, 1)
    for _ in range(8):
        a, b = lps[tuple(rng.integers(0, n) for n in shape)], lps[tuple(rng.integers(0, n) for n in shape)]
        lo, hi = np.minimum(a, b) - 0.3, np.maximum(a, b) + 0.3
        text = ",".join("%.6f:%.6f" % p for p in zip(lo, hi))
        idx = np.argwhere(np.all((lps >= lo) & (lps <= hi), -1))
        f, t = idx.min(0), idx.max(0) + 1
        got, where, _ = crop(data, "--box-mm", text, affine=kind)
        assert np.array_equal(got, data[tuple(slice(x, y) for x, y in zip(f, t))]), (kind, text)
        same_place(where, at, f)
    got, _, _ = crop(data, "--box-mm", ":,:,:", affine=kind)
    assert np.array_equal(got, data)
EOF

py "--centre --size: crops and pads in one pass, around the volume's or a box's middle; mm; fills" <<'EOF'
import numpy as np, volfile as v
from cr import crop, framed, same_place
rng = np.random.default_rng(3)
for shape in ((10, 9, 8), (1, 4, 30), (7, 7, 7)):
    data = v.numbers("i2", shape)
    for n in ((4, 4, 4), (5, 20, 9), (12, 3, 8), (1, 1, 1), (31, 31, 31)):
        got, where, _ = crop(data, "--centre", "--size", ",".join(map(str, n)))
        # the smaller half of what is cut or added comes first
        lo = [(s - m) // 2 if s >= m else -((m - s) // 2) for s, m in zip(shape, n)]
        assert np.array_equal(got, framed(data, lo, n, -1024)), (shape, n)
        same_place(where, v.affine("oblique"), lo)
data = v.numbers("f4", (20, 19, 10))
got, where, _ = crop(data, "--centre", "-n", "6,6", "--box", "15:18,2:3,:", "-f", "7")
assert np.array_equal(got, framed(data, (14, 0, 0), (6, 6, 10), 7))
got, _, _ = crop(data, "--centre", "--size", "7mm,8mm,10mm", keys={"padding": "-5"})
assert got.shape == (10, 10, 4)
got, _, _ = crop(data, "--centre", "--size", "40", keys={"padding": "-5"})
assert got[0, 0, 0] == -5
got, _, _ = crop(data, "--centre", "--size", "40", unit="Bq/ml")
assert got[0, 0, 0] == 0
EOF

py "lists, colour, labels and what the keys say go along" <<'EOF'
import numpy as np, volfile as v
from cr import crop
data = v.numbers("i2", (9, 8, 7, 3))
got, _, keys = crop(data, "--box", "1:3,2:5,0:4", keys={"axis": "time s 0 2", "window": "40 400", "foreign": "x"})
assert np.array_equal(got, data[1:4, 2:6, 0:5]) and keys["axis"] == "time s 0 2" and keys["window"] == "40 400" and keys["foreign"] == "x"
# a list's box is around the voxels of all its entries
spots = np.zeros((9, 8, 7, 2), "i2")
spots[1, 1, 1, 0], spots[5, 4, 6, 1] = 100, 100
got, _, _ = crop(spots, "-r", "100,100")
assert np.array_equal(got, spots[1:6, 1:5, 1:7])
colour = v.numbers("u1", (6, 5, 4, 3))
got, _, _ = crop(colour, "--box", "1:3,:,2:2", unit="stored", colour=True)
assert np.array_equal(got, colour[1:4, :, 2:3])
labels = v.numbers("u1", (6, 5, 4))
got, _, keys = crop(labels, "--centre", "--size", "8", unit="label", keys={"labels": "1 a\\n2 b"})
assert got[0, 0, 0] == 0 and keys["labels"] == "1 a\\n2 b" and keys["unit"] == "label"
pairs = " ".join("%g %g" % (1 + n, -n) for n in range(4))
got, _, keys = crop(labels.astype("i2"), "--box", ":,:,2:3", unit="stored", keys={"rescale": pairs, "rescale.unit": "HU"})
assert keys["rescale"] == "3 -2 4 -3", keys
source = "9 8 7 (1,0,0) (0,1,0) (0,0,1) (0,0,0)"
got, _, keys = crop(data, "--box", "1:3,2:5,0:4", keys={"source": source})
assert keys["source"] == source
EOF

py "cropped, and back: volback" <<'EOF'
import numpy as np, volfile as v
from cr import crop
data, at = v.numbers("i2", (9, 8, 7)), v.affine("oblique")
m = np.diag([-1.0, -1, 1, 1]) @ at
source = "9 8 7 " + " ".join("(%s)" % ",".join(repr(float(x)) for x in m[:3, a]) for a in range(4))
crop(data, "--box", "1:3,2:5,0:4", keys={"source": source})
v.run("volback", "-q", "out.vol", "-o", "back.vol")
want = np.full(data.shape, -1024, "i2")
want[1:4, 2:6, 0:5] = data[1:4, 2:6, 0:5]
assert np.array_equal(v.read("back.vol")[0], want)
EOF

py "--as-recipe: the tutorials' crop_pad, slice by slice, as they write it" <<'EOF'
import numpy as np, volfile as v
from cr import crop
def crop_pad(image, width, height):
    final = np.zeros((height, width))
    coords = np.array(np.nonzero(image != 0))
    if coords.size == 0:
        return final
    tl, br = coords.min(1), coords.max(1)
    c = image[tl[0]:br[0], tl[1]:br[1]]
    h, w = c.shape
    left, top = int((width - w) // 2), int((height - h) // 2)
    final[top:top + h, left:left + w] = c
    return final
rng = np.random.default_rng(5)
data = rng.integers(-5, 90, (30, 26, 9)).astype("i2")
for z in range(9):
    mask = np.zeros((30, 26), bool)
    mask[rng.integers(0, 15):rng.integers(15, 31), rng.integers(0, 12):rng.integers(12, 27)] = True
    data[:, :, z] *= mask
data[:, :, 4] = 0
data[:, :, 5] = 0
data[3, 7, 5] = 9
for words, n in (([], (512, 512)), (["-n", "40,33"], (40, 33)), (["-n", "31"], (31, 31))):
    for code in ("i2", "f4"):
        got, where, keys = crop(data.astype(code), "--as-recipe", *words, said="no longer says where", keys={"source": "x"})
        want = np.stack([crop_pad(data[:, :, z].T, *n).T for z in range(9)], -1)
        assert np.array_equal(got, want), (words, code)
        assert "source" not in keys
status, _, said = v.tool("volcrop", "-q", "--as-recipe", "-n", "4", "in.vol", "-o", "x.vol")
assert status == 1 and "larger than 4 x 4" in said, said
EOF

py "the same from a pipe; memory does not grow with slices" <<'EOF'
import volfile as v
v.write("in.vol", v.numbers("i2", (60, 50, 40)), v.affine("oblique"), {"unit": "HU"})
for words in (["-r", "32000,33000"], ["--centre", "--size", "64"], ["--box", "3:9,:,2:"], ["--box-mm", "70:101,:,:"]):
    out = {v.run("volcrop", *words, "in.vol"), v.run("volcrop", *words, stdin=open("in.vol", "rb").read())}
    out |= {v.run("volcrop", "--threads", n, *words, "in.vol") for n in (1, 2, 7)}
    assert len(out) == 1, words
head = v.zeros_header("head.vol", 512, {"unit": "HU"})
for words in (["--box", "1:100,:,:"], ["--centre", "--size", "300"], ["--centre", "--size", "600"]):
    mib = v.peak_mib(["volcrop", *words], head, 512)
    assert mib < 64, (words, mib)
EOF

"$PYTHON" - <<'EOF'
import numpy as np, volfile as v
v.write("in.vol", v.numbers("i2", (9, 8, 7)), v.affine("plain"), {"unit": "HU"})
v.write("empty.vol", np.zeros((9, 8, 7), "u1"), v.affine("plain"), {"unit": "label"})
v.write("other.vol", np.ones((9, 8, 6), "u1"), v.affine("plain"), {"unit": "label"})
v.write("stored.vol", np.ones((9, 8, 6), "i2"), v.affine("plain"), {"unit": "stored", "rescale": "1 -1024", "rescale.unit": "HU"})
EOF
must_fail 2 "nothing said" volcrop in.vol
for words in "--box 1:2,3:4" "--box 1:2,3:4,5:6,7:8" "--box 1:2;3:4" "--box a:b,:,:" "--box -1:3,:,:" "--box 1.5:3,:,:" "--box 3:1,:,:" \
	"--box nan:1,:,:" "--box 1,2,3" "--box-mm 5:1,:,:" "--box :,:,: --range 0,1" "--centre" "--size 5" "--centre --size 0" \
	"--centre --size 1.5" "--centre --size 50%" "--margin 5" "--box :,:,: --margin -1" "--box :,:,: --margin 1.5vox" \
	"--as-recipe --centre --size 5" "--as-recipe -r 0,1"; do
	# shellcheck disable=SC2086
	must_fail 2 "volcrop $words" volcrop $words in.vol
done
must_fail 1 "a box beyond the volume" volcrop --box 0:9,:,: in.vol
said "it says where the volume ends, and what makes it larger" "from 0 to 9 along x, and the volume from 0 to 8: volpad"
must_fail 1 "no voxel in the range" volcrop -r 40000,50000 in.vol
said "it says so" "no voxel is in that range: there is nothing to crop to"
must_fail 1 "an empty mask" volcrop -m empty.vol in.vol
said "it names the mask" "^volcrop: empty.vol: all of it is 0"
must_fail 1 "a mask on another grid" volcrop -m other.vol in.vol
must_fail 1 "a box of patient space beside the patient" volcrop --box-mm 9000:9001,:,: in.vol
must_fail 1 "HU of stored values" volcrop -r -300,3000 stored.vol
said "it says what to do" "volhu"

done_testing
