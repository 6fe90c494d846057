#!/bin/sh
# voltext: against an even-odd rule written apart in NumPy; there and back; and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need gzip
need_python numpy

cat >evenodd.py <<'EOF'
"""Polygons to masks by the definition: every centre against every edge.  Exact where coordinates are multiples of 1/64
below 2^20: all products fit a double."""
import numpy as np

import volfile as v


def inside(polygons, shape):
    """A mask, x first: centres with an odd number of edges at or to the left of them; half-open in y."""
    i, j = np.meshgrid(np.arange(shape[0], dtype=float), np.arange(shape[1], dtype=float), indexing="ij")
    odd = np.zeros(shape, bool)
    for p in polygons:
        for a, b in zip(p, np.roll(p, -1, axis=0)):
            if a[1] > b[1]:
                a, b = b, a
            odd ^= (a[1] <= j) & (j < b[1]) & ((i - a[0]) * (b[1] - a[1]) - (b[0] - a[0]) * (j - a[1]) >= 0)
    return odd


def polygon(rng, shape, n=None):
    """Random, across itself and over the borders; corners on centres and edges of pixels, and between."""
    n = n or rng.integers(3, 12)
    p = rng.uniform(-0.3, 1.3, (n, 2)) * shape
    grain = rng.choice([1, 2, 64])
    p = np.round(p * grain) / grain
    if (p[0] == p[-1]).all():   # which would be a first point repeated
        p[-1] += 1
    return p


def lps(affine, p, z):
    """Points of slice z in mm, LPS, of an affine to RAS."""
    q = np.column_stack([p, np.full(len(p), float(z)), np.ones(len(p))])
    return (v.LPS_FROM_RAS @ affine @ q.T).T[:, :3]


def text(points, comma=" "):
    return "\n".join(comma.join(repr(float(x)) for x in p) for p in points) + "\n\n"


def draw(words, grid="grid.vol", options=(), said=None):
    """The mask of a text on a grid: (labels, keys)."""
    with open("in.txt", "w", newline="") as f:
        f.write(words)
    status, _, err = v.tool("voltext", "draw", "in.txt", grid, *options, "-o", "out.vol")
    assert status == 0, err
    if said is None:
        assert not err, err
    else:
        assert said in err, err
    got, place, keys = v.read("out.vol")
    return got, keys
EOF

py "random polygons, some as holes, two labels: pixels by slice" <<'EOF'
import numpy as np, volfile as v
from evenodd import *
rng = np.random.default_rng(1)
for shape in ((31, 23, 3), (1, 9, 2), (9, 1, 2), (1, 1, 1), (7, 5, 1), (64, 2, 2)):
    v.write("grid.vol", v.numbers("i2", shape), v.affine("oblique"),
            {"unit": "HU", "rescale": "2 1", "window": "4 5", "padding": "3", "modality": "CT"})
    for _ in range(20):
        want, words = np.zeros(shape, int), "unit pixel\nlabel 1 left lung\nlabel 2 right\n"
        for z in rng.permutation(shape[2]):
            words += f"slice {z}\n"
            for label in (1, 2):
                ps = [polygon(rng, shape[:2]) for _ in range(rng.integers(1, 4))]
                words += f"label {label}\n" + "".join(text(p, ", " if label == 1 else "\t") for p in ps)
                want[..., z][inside(ps, shape[:2])] = label
        got, keys = draw(words, options=["-q"])
        assert got.dtype == np.uint8 and np.array_equal(got, want)
        assert keys["unit"] == "label" and keys["labels"] == r"1 left lung\n2 right", keys
        assert keys["modality"] == "CT" and not {"rescale", "window", "padding"} & set(keys), keys
        assert any(" draw" in line for name, line in keys.items() if name.startswith("history")), keys
EOF

py "the same in mm on every kind of grid, by points, by z, by slice" <<'EOF'
import numpy as np, volfile as v
from evenodd import *
rng = np.random.default_rng(2)
shape = (31, 23, 4)
for kind in ("axial", "plain", "oblique", "sheared", "left-handed", "coronal", "nearly-axial"):
    where = v.affine(kind)
    v.write("grid.vol", np.zeros(shape, "u1"), where)
    for _ in range(8):
        want, ways = np.zeros(shape, bool), {"points": "unit mm\n", "slice": "unit mm\n", "z": "unit mm\n", "index": ""}
        for z in range(shape[2]):
            ps = [polygon(rng, shape[:2]) for _ in range(2)]
            want[..., z] = inside(ps, shape[:2])
            ways["slice"] += f"slice {z}\n"
            for p in ps:
                mm = lps(where, p, z)
                ways["points"] += text(mm)
                ways["slice"] += text(mm[:, :2])
                ways["z"] += f"z {float(mm[0, 2])!r}\n" + text(mm[:, :2])
                ways["index"] += text(np.column_stack([p, np.full(len(p), z)]))
        for way, words in ways.items():
            if way == "slice" and kind == "coronal" or way == "z" and kind not in ("axial", "plain", "nearly-axial"):
                continue
            got, _ = draw(words, options=["-q"])
            assert np.array_equal(got, want), (kind, way)
EOF

py "mm to two decimals only: no more than the pixels along the edge differ" <<'EOF'
import numpy as np, volfile as v
from evenodd import *
where = v.affine("oblique")
v.write("grid.vol", np.zeros((60, 50, 2), "u1"), where)
a = np.linspace(0, 2 * np.pi, 200, endpoint=False)
p = np.column_stack([29.3 + 20.2 * np.cos(a), 24.7 + 15.9 * np.sin(a)])
got, _ = draw("unit mm\n" + text(np.round(lps(where, p, 1), 2)))
want = inside([p], (60, 50))
assert not got[..., 0].any() and (got[..., 1] != want).sum() <= 3, (got[..., 1] != want).sum()
EOF

py "side by side: triangles around a point cover every pixel once" <<'EOF'
import numpy as np, volfile as v
from evenodd import *
rng = np.random.default_rng(3)
v.write("grid.vol", np.zeros((40, 30, 1), "u1"), v.affine("oblique"))
for round_ in range(40):
    rim = [(-1, -1), (17, -2), (41, -1), (41, 12), (41, 31), (20, 30.5), (-1, 31)]
    at = rng.uniform(0, 1, 2) * (40, 30)
    if round_ % 2:
        at = np.round(at * 2) / 2
    words = ""
    for k in range(7):
        corners = [at, rim[k], rim[(k + 1) % 7]]
        words += f"label {k + 1}\n" + text(np.array(corners[:: rng.choice([-1, 1])]))
    got, _ = draw(words)   # which would warn of overlaps
    assert (got > 0).all()
EOF

py "masks to text to masks: the same labels, in pixels and mm, on every kind of grid, in every type" <<'EOF'
import numpy as np, volfile as v
rng = np.random.default_rng(4)
shapes = [(17, 13, 3), (1, 9, 2), (9, 1, 2), (1, 1, 1), (1, 1, 5), (33, 1, 1), (2, 2, 2)]
kinds = ["axial", "oblique", "sheared", "left-handed", "coronal"]
for n in range(60):
    shape, where, code = shapes[n % 7], v.affine(kinds[n % 5]), np.dtype(list(v.TYPES.values())[n % 8])
    most = [1, 3, 100, 127, 30000, 4294967295][n % 6]
    most = min(most, np.iinfo(code).max if code.kind != "f" else 1 << 24)
    mask = (rng.random(shape) < (n % 10 + 1) / 11) * rng.integers(1, most, shape, endpoint=True)
    mask[-1, -1, -1] = most
    mask = mask.astype(code)
    v.write("mask.vol", mask, where, {"unit": "label", "labels": r"1 one  two\n3 three"})
    for unit in ("pixel", "mm"):
        v.run("voltext", "trace", "-u", unit, "mask.vol", "-o", "a.txt")
        said = v.tool("voltext", "draw", "a.txt", "mask.vol", "-o", "again.vol")[2]
        got, place, keys = v.read("again.vol")
        assert np.array_equal(got, mask) and not said, (n, unit, said)
        assert np.allclose(place, where) and keys["labels"] == r"1 one  two\n3 three"
        v.run("voltext", "trace", "-u", unit, "again.vol", "-o", "b.txt")
        assert open("a.txt").read() == open("b.txt").read()
EOF

py "outlines of a ring, of pixels that touch at a corner: as the page says" <<'EOF'
import numpy as np, volfile as v
mask = np.zeros((6, 5, 2), "u1")
mask[1:4, 1:4, 1] = 1
mask[2, 2, 1] = 0
mask[4, 4, 1] = 1
v.write("mask.vol", mask, v.affine("axial"))
want = """# contours, see volcontour(5)
unit pixel
size 6 5 2

slice 1
label 1
0.5 0.5
3.5 0.5
3.5 3.5
0.5 3.5

1.5 2.5
2.5 2.5
2.5 1.5
1.5 1.5

3.5 3.5
4.5 3.5
4.5 4.5
3.5 4.5
"""
def loops(text):
    """Each loop from its least corner on."""
    parts = [part.split("\n") for part in text.strip().split("\n\n")]
    head = [[line for line in part if line[0] not in "0123456789-"] for part in parts]
    body = [[line for line in part if line[0] in "0123456789-"] for part in parts]
    return head, [b[b.index(min(b)):] + b[:b.index(min(b))] if b else b for b in body]
got = v.run("voltext", "trace", "mask.vol").decode()
assert loops(got) == loops(want), got
EOF

py "plain lists of corners; CRLF, comments, a repeated first point, gzip, stdin, --like in any format" <<'EOF'
import gzip, nibabel, numpy as np, volfile as v
from evenodd import *
where = v.affine("axial")
v.write("grid.vol", np.zeros((20, 10, 3), "f4"), where)
nibabel.save(nibabel.Nifti1Image(np.zeros((20, 10, 3), "i2"), where), "grid.nii.gz")
corners = np.array([[2, 1], [9.5, 1], [9.5, 7], [2, 7]])
want = np.zeros((20, 10, 3), bool)
want[..., 2] = inside([corners], (20, 10))
plain = text(corners).strip()
for words, options in ((plain, ["--slice", 2]), ("slice 2\r\n" + plain.replace("\n", "\r\n"), []),
                       ("\ufeff# from elsewhere\n \tslice 2 # here\n" + plain + "\n2.0,1.0\n", []),
                       ("contour\n" + plain.replace(" ", ","), ["--slice", 2]),
                       ("slice 2\n" + plain.replace("\n", "  # a corner\n\t"), []),
                       ("slice 1\nslice +2\n" + plain.replace(".0", "e0").replace(".5", ".50"), [])):
    got, keys = draw(words, options=options)
    assert np.array_equal(got, want), words
    assert "labels" not in keys
    again = v.run("voltext", "draw", "-", "--like", "grid.nii.gz", *options, stdin=words.encode())
    open("again.vol", "wb").write(again)
    assert np.array_equal(v.read("again.vol")[0], want)
    open("in.txt.gz", "wb").write(gzip.compress(words.encode()))
    assert v.run("voltext", "draw", "in.txt.gz", *options, stdin="grid.vol") == open("out.vol", "rb").read()
got, _ = draw("unit mm\n" + text(lps(where, corners, 2)).replace("\n\n", "\n"))
assert np.array_equal(got, want)
got, _ = draw(text(lps(where, corners, 2)), options=["--unit", "mm"])
assert np.array_equal(got, want)
EOF

py "a grid of a list, of colour: its volume only" <<'EOF'
import numpy as np, volfile as v
from evenodd import *
corners = np.array([[2, 1], [9.5, 1], [9.5, 3], [2, 3]])
for colour in (True, False):
    shape = (640, 5, 7, 3)
    v.write("grid.vol", v.numbers("u1" if colour else "i2", shape), v.affine("axial"), {} if colour else {"axis": "time"},
            colour=colour)
    got, keys = draw("slice 1\n" + text(corners))
    assert got.shape == (640, 5, 7) and got.sum() == 16 and "axis" not in keys
    v.run("voltext", "draw", "in.txt", "-o", "piped.vol", stdin="grid.vol")
    assert open("piped.vol", "rb").read() == open("out.vol", "rb").read()
EOF

py "points off the plane, on no slice, over each other" <<'EOF'
import numpy as np, volfile as v
from evenodd import *
where = v.affine("oblique")   # slices 2.5 mm apart
v.write("grid.vol", np.zeros((20, 10, 3), "u1"), where)
corners = np.array([[2, 1], [9.5, 1], [9.5, 7], [2, 7]])
want = inside([corners], (20, 10))
normal = v.LPS_FROM_RAS[:3, :3] @ where[:3, 2] / 2.5
mm = lps(where, corners, 1)
for off, options, good in ((0.09, [], True), (0.11, [], False), (-0.5, ["-d", "0.6"], True), (-0.5, ["-d", "0.4"], False),
                           (1.2, ["--distance", "1.25"], True), (1.3, ["--distance", "1.25"], True)):
    words = "# mm\nunit mm\n" + text(mm + off * normal)
    if good:
        assert np.array_equal(draw(words, options=options)[0][..., 2 if off > 1.25 else 1], want), off
    else:
        open("in.txt", "w").write(words)
        status, out, said = v.tool("voltext", "draw", "in.txt", "grid.vol", *options)
        assert status == 1 and not out
        assert said.startswith(f"voltext: in.txt:3: point lies {abs(off):g} mm off the plane of slice 1: --distance"), said
tilted = mm.copy()
tilted[2] += 2.5 * normal
open("in.txt", "w").write("unit mm\n" + text(tilted))
status, out, said = v.tool("voltext", "draw", "in.txt", "grid.vol")
assert status == 1 and "in.txt:4: point lies 2.5 mm off the plane of slice 1, on which its contour begins" in said, said
close = where.copy()
close[:3, 2] *= 0.1   # 0.25 mm apart: a tenth of that is allowed
v.write("close.vol", np.zeros((20, 10, 3), "u1"), close)
assert np.array_equal(draw("unit mm\n" + text(lps(close, corners, 1) + 0.02 * normal), grid="close.vol")[0][..., 1], want)
open("in.txt", "w").write("unit mm\n" + text(lps(close, corners, 1) + 0.03 * normal))
assert "lies 0.03 mm off the plane of slice 1" in v.tool("voltext", "draw", "in.txt", "close.vol")[2]
words = "slice -1\n" + text(corners) + "slice 3\n" + text(corners) + "slice 1\n" + text(corners)
got, _ = draw(words, said="in.txt: 2 contours lie on no slice of the volume and are left out, the first on line 2")
assert np.array_equal(got[..., 1], want) and not got[..., ::2].any()
got, _ = draw("slice 7\n" + text(corners), said="the mask is empty")
assert not got.any()
assert not draw("", said="the mask is empty")[0].any()
first, second = inside([corners], (20, 10)), inside([corners + 1], (20, 10))
for one, other in (((9, 0), (300, 1)), ((300, 1), (9, 0))):
    got, _ = draw(f"slice 0\nlabel {one[0]}\n" + text(corners + one[1]) + f"label {other[0]}\n" + text(corners + other[1]),
                  said=f"{(first & second).sum()} voxels lie in contours of two labels: the greater")
    assert got.dtype == np.uint16 and np.array_equal(got[..., 0], np.where(second, 300, np.where(first, 9, 0)))
EOF

py "far corners, tiny steps, many contours: exact" <<'EOF'
import numpy as np, volfile as v
from evenodd import *
v.write("grid.vol", np.zeros((300000, 3, 1), "u1"), v.affine("axial"))
got, _ = draw("-1e9 -1e9\n1e9 -1e9\n1e9 1e9\n-1e9 1e9\n")
assert got.all()
# the diagonal of 2e9 pixels meets the centres (0, 0), (1, 1), (2, 2), which belong to its right
got, _ = draw("-1e9 -1e9\n1e9 1e9\n1e9 -1e9\n")
assert [int(got[:, j, 0].argmax()) for j in range(3)] == [0, 1, 2] and got[5:].all()
got, _ = draw("-1e9 -1e9\n1e9 1e9\n-1e9 1e9\n")
assert got.sum() == 3
# one step of 2^-24 beside a centre
e = 2.0 ** -24
got, _ = draw(f"{1 + e!r} -1\n{1 + e!r} 4\n9 4\n9 -1\n")
assert got.sum() == 3 * 7 and not got[1].any()
# tiles: 262144 voxels at a time
got, _ = draw("262143.5 .5\n262144.5 -3.5\n262150.5 9\n262140.5 9\n")
assert np.array_equal(got[262100:262200, :, 0], inside([np.array([[43.5, .5], [44.5, -3.5], [50.5, 9], [40.5, 9]])], (100, 3)))
assert got.sum() == got[262100:262200].sum()
v.write("grid.vol", np.zeros((64, 64, 1), "u1"), v.affine("axial"))
rng = np.random.default_rng(8)
ps = [polygon(rng, (64, 64), 3) for _ in range(500)]
assert np.array_equal(draw("".join(map(text, ps)))[0][..., 0], inside(ps, (64, 64)))
EOF

py "broken text by the hundred: a line that names file and line, or a sound mask; in time" <<'EOF'
import re, numpy as np, volfile as v
rng = np.random.default_rng(9)
v.write("grid.vol", np.zeros((8, 7, 3), "u1"), v.affine("oblique"))
sane = ("# text\nunit pixel\nsize 8 7 3\nlabel 1 left\nslice 1\n1 1\n6 1\n6.5 5\n1,5\n\nlabel 2 right lung\nslice 2\n"
        "0 0 2\n3 0 2\n3 3 2\n")
words = ["nan", "inf", "-inf", "1e999", "-1e308", "1e-320", "99999999999999999999", "0x10", "1e", ".", "-", "+", "--1", "1.2.3",
         ",", ",,", "#", "unit", "label", "slice", "z", "size", "contour", "unit mm", "z 5", "label 0", "label -1",
         "label 4294967296", "slice 1.5", "slice 1e9", "slice nan", "size 1 1", "size 8 7 4", "label 2 left\nlabel 2 right",
         "\0", "\x01", "\u00e4", "1 2 3 4", "1", "é" * 3000, "x" * 5000, "1 " * 2500, "{", "PK\3\4", "<xml>",
         "label 1 " + "n" * 4000, "\r", "\t\t", "slice\t1", "1e10 1", "1 1 1e12"]
began, refused, said_of = v.spent(), 0, set()
for n in range(400):
    lines = sane.split("\n")
    for _ in range(rng.integers(1, 3)):
        at, word = rng.integers(0, len(lines)), words[n % len(words)] if rng.random() < 0.7 else str(rng.choice(words))
        way = rng.integers(0, 4)
        if way == 0:
            lines.insert(at, word)
        elif way == 1:
            lines[at] = word
        elif way == 2:
            lines[at] += " " + word
        else:
            del lines[at]
    data = bytearray("\n".join(lines).encode())
    for _ in range(3 if n % 5 == 4 else 0):
        data[rng.integers(0, len(data))] = rng.integers(0, 256)
    open("bad.txt", "wb").write(data)
    status, out, said = v.tool("voltext", "draw", "bad.txt", "grid.vol")
    assert status in (0, 1), (status, data, said)
    if status:
        refused += 1
        assert not out and re.match(r"voltext: bad\.txt:\d+: ", said) and said.count("\n") == 1, said
        line = int(said.split(":")[2])
        assert 1 <= line <= data.count(b"\n") + 1, said
        said_of.add(said.split(": ", 2)[2])
    else:
        # uint8, or a label of more bytes that a stroke of luck made
        assert (len(out) - 4096) % 168 == 0, len(out)
assert refused > 150 and len(said_of) > 25 and v.spent() - began < 15, (refused, len(said_of))
EOF

py "no label: fractions, NaN, negative; a mask of 0 only" <<'EOF'
import os, numpy as np, volfile as v
mask = np.zeros((4, 3, 2), "f4")
for value, word in ((1.5, "1.5"), (np.nan, "nan"), (-1, "-1"), (np.inf, "inf"), (5e9, "5000000000")):
    mask[2, 1, 1] = value
    v.write("mask.vol", mask, v.affine("axial"))
    status, out, said = v.tool("voltext", "trace", "mask.vol", "-o", "none.txt")
    assert status == 1 and said == f"voltext: mask.vol: voxel 2,1,1 holds {word}, which is no label from 0 to 4294967295\n", said
    assert not os.path.exists("none.txt")
mask[2, 1, 1] = -0.0
v.write("mask.vol", mask, v.affine("axial"))
status, out, said = v.tool("voltext", "trace", "mask.vol")
assert status == 0 and b"label" not in out and "the mask is empty" in said
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
v.write("grid.vol", np.zeros((8, 7, 3), "i2"), v.affine("axial"))
v.write("coronal.vol", np.zeros((8, 7, 3), "i2"), v.affine("coronal"))
v.write("list.vol", np.zeros((8, 7, 3, 2), "u1"), v.affine("axial"))
v.write("rgb.vol", np.zeros((8, 7, 3, 3), "u1"), v.affine("axial"), colour=True)
EOF
printf 'slice 1\n1 1\n5 1\n5 5\n' >good.txt
refuse() # DESC TEXT REGEX
{
	printf '%b' "$2" >bad.txt
	must_fail 1 "$1" voltext draw bad.txt grid.vol
	said "... and says so" "^voltext: bad.txt:$3"
}
refuse "two points" 'slice 1\n1 1\n5 1\n' "2: a contour of 2 points"
refuse "two points and the first again" 'slice 1\n1 1\n5 1\n1 1\n' "2: a contour of 2 points"
refuse "no slice" '1 1\n5 1\n5 5\n' "1: .*--slice says where"
refuse "z for pixels" 'z 3\n1 1\n' "2: 'z' is for points in mm"
refuse "two and three numbers" 'slice 0\n1 1\n1 1 0\n' "3: a point of 3 numbers"
refuse "NaN" 'slice 0\n1 nan\n' "2: 'nan' is no place"
refuse "a word" 'slice 0\n1 abc\n' "2: 'abc' is no number"
refuse "another word" 'slices 0\n' "1: 'slices 0' begins neither"
refuse "too far" 'slice 0\n1 1.1e9\n' "2: a point over 1e.09 voxels"
refuse "label 0" 'label 0\n' "1: 'label' takes"
refuse "two names of a label" 'label 1 a\nlabel 2 b\nlabel 1 c\n' "3: label 1 is 'c' here, 'a' on line 1"
refuse "another size" 'size 8 7 4\n' "1: contours for a volume of another size; this one has 8 7 3"
refuse "bytes" 'slice 0\n\001\n' "2: is no text"
refuse "off the plane" '1 1 0.5\n' "1: point lies 1.25 mm off the plane of slice 0"
printf 'unit mm\nslice 1\n1 1\n' >bad.txt
must_fail 1 "x y on planes that stand upright" voltext draw bad.txt coronal.vol
said "... what helps" "^voltext: bad.txt:3: .*give x y z"
must_fail 1 "no such text" voltext draw none.txt grid.vol
must_fail 1 "no such volume" voltext draw good.txt none.vol
must_fail 1 "a volume for a text" voltext draw grid.vol grid.vol
must_fail 1 "contours of a list" voltext trace list.vol
must_fail 1 "contours of colour" voltext trace rgb.vol
must_fail 2 "no trade" voltext good.txt
must_fail 2 "no text" voltext draw
must_fail 2 "both from the standard input" voltext draw -
must_fail 2 "both, with words" voltext draw - --like -
must_fail 2 "two grids" voltext draw good.txt grid.vol --like grid.vol
must_fail 2 "options of draw for trace" voltext trace --slice 3 grid.vol
must_fail 2 "a negative distance" voltext draw good.txt grid.vol -d -1
must_fail 2 "too many operands" voltext trace grid.vol grid.vol
head -c $(($(stat -c %s grid.vol) - 1)) grid.vol >cut.vol
must_fail 1 "a short stream" sh -c "voltext draw good.txt -o short.vol <cut.vol"
ok "leaves nothing" test ! -e short.vol
must_fail 1 "a full disk" sh -c "voltext trace -q grid.vol >/dev/full"

# memory goes with the text, and with a slice of a mask, not with the volume
if [ -x /usr/bin/time ] && ! grep -qa __asan_init "$BUILD/bin/voltext"; then
	"$PYTHON" - <<'EOF'
head = open("grid.vol", "rb").read().split(b"\n\n", 1)[0]
open("big.vol", "wb").write(head.replace(b"sizes: 8 7 3", b"sizes: 2048 2048 128") + b"\n\n")
EOF
	truncate -s $(($(stat -c %s big.vol) + 2 * 2048 * 2048 * 128)) big.vol
	/usr/bin/time -f %M -o kib voltext draw good.txt <big.vol >/dev/null
	ok "draws on 1 GiB in 16 MiB ($(($(cat kib) / 1024)))" test "$(cat kib)" -le 16384
fi
done_testing
