#!/bin/sh
# volcalc: random expressions against NumPy, which never sees their text; types, units, lists, grids; and
# expressions that are none.
#
# Doubles have to be the same to the last bit: the operations are IEEE's, and exp, sin and the like are on
# both sides the C library's (called through ctypes), which is not what is tested.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

cat >calc.py <<'EOF'
import ctypes
import random

import numpy as np
import volfile as v

NAME = {code: name for name, code in v.TYPES.items()}
LIBM = ctypes.CDLL("libm.so.6")


def c_function(name, arguments):
    f = getattr(LIBM, name)
    f.restype, f.argtypes = ctypes.c_double, [ctypes.c_double] * arguments
    return np.vectorize(f, otypes=["f8"])


def calc(text, *words, out="out.vol"):
    """volcalc's result (data, keys), or what it said."""
    status, _, said = v.tool("volcalc", text, *words, "-o", out)
    if status:
        assert status in (1, 2) and len(said.splitlines()) == 1, (status, said)
        return said
    got, _, keys = v.read(out)
    if said:
        keys["said"] = said
    return got, keys


def same(got, want):
    """Bit for bit; every NaN is the positive quiet one."""
    want = np.where(np.isnan(want), np.nan, want).astype(got.dtype)
    return got.shape == want.shape and got.tobytes("F") == want.tobytes("F")


def minimum(x, y):
    return np.where(np.isnan(x), x, np.where(x < y, x, y))


def maximum(x, y):
    return np.where(np.isnan(x), x, np.where(x > y, x, y))


def clamp(x, lo, hi):
    return minimum(maximum(x, lo), hi)


TRUE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal, "!=": np.not_equal,
        "&&": lambda x, y: (x != 0) & (y != 0), "||": lambda x, y: (x != 0) | (y != 0)}
SUMS = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.fmod}
BINDS = {"||": 1, "&&": 2, **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 3), "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
FUNCTIONS = {"abs": (1, np.abs), "floor": (1, np.floor), "ceil": (1, np.ceil), "trunc": (1, np.trunc), "sqrt": (1, np.sqrt),
             "sign": (1, lambda x: np.where(np.isnan(x), x, 1.0 * (x > 0) - (x < 0))), "isnan": (1, np.isnan),
             "clamp": (3, clamp), "min": (2, minimum), "max": (2, maximum)}
for function in "round exp log log10 log2 sin cos tan".split():
    FUNCTIONS[function] = 1, c_function(function, 1)
for function in "pow hypot atan2".split():
    FUNCTIONS[function] = 2, c_function(function, 2)
power = FUNCTIONS["pow"][1]


class Maker:
    """Random expressions as (text, how tightly it binds, value, is it constant)."""

    def __init__(self, seed, values):
        self.r, self.values, self.shape = random.Random(seed), values, next(iter(values.values())).shape

    def blank(self):
        return self.r.choice(["", "", "", " ", "  ", "\n", "\t"])

    def wrap(self, node, binds):
        text = node[0]
        if node[1] < binds or self.r.random() < 0.05:
            text = f"({self.blank()}{text}{self.blank()})"
        return text

    def constant(self, x):
        return np.full(self.shape, float(x))

    def leaf(self):
        kind = self.r.random()
        if kind < 0.6:
            name = self.r.choice(list(self.values))
            return name, 8, self.values[name], False
        if kind < 0.7:
            name = self.r.choice(["pi", "nan", "inf"])
            return name, 8, self.constant({"pi": np.pi, "nan": np.nan, "inf": np.inf}[name]), True
        text = self.r.choice(["0", "1", "2", "2.", ".5", "3e2", "1E-3", "4.25e+1", "1000", "0.1", repr(self.r.uniform(0, 1e4))])
        return text, 8, self.constant(float(text)), True

    def make(self, depth):
        if depth == 0 or self.r.random() < 0.1:
            return self.leaf()
        a, kind, b = self.make(depth - 1), self.r.random(), self.blank
        if kind < 0.15:
            sign = self.r.choice("-+!")
            x = {"-": -a[2], "+": a[2], "!": (a[2] == 0) * 1.0}[sign]
            return sign + b() + self.wrap(a, 6), 6, x, a[3]
        if kind < 0.2:
            c, d = self.make(depth - 1), self.make(depth - 1)
            text = f"{self.wrap(a, 1)}{b()}?{b()}{self.wrap(c, 0)}{b()}:{b()}{self.wrap(d, 0)}"
            return text, 0, np.where(a[2] != 0, c[2], d[2]), a[3] and c[3] and d[3]
        if kind < 0.4:
            name = self.r.choice(list(FUNCTIONS))
            n, f = FUNCTIONS[name]
            given = [a] + [self.make(depth - 1) for _ in range(n - 1 + (name in ("min", "max")) * self.r.randrange(3))]
            value = f(*[x[2] for x in given[:n]]) * 1.0
            for x in given[n:]:
                value = f(value, x[2])
            inside = f"{b()},{b()}".join(self.wrap(x, 0) for x in given)
            return f"{name}{b()}({b()}{inside}{b()})", 8, value, all(x[3] for x in given)
        c = self.make(depth - 1)
        if kind < 0.5:
            squared = c[3] and (c[2] == 2).all()
            value = a[2] * a[2] if squared else power(a[2], c[2])
            return f"{self.wrap(a, 8)}{b()}^{b()}{self.wrap(c, 6)}", 7, value, a[3] and c[3]
        sign = self.r.choice(list(BINDS))
        n = BINDS[sign]
        value = TRUE[sign](a[2], c[2]) * 1.0 if sign in TRUE else SUMS[sign](a[2], c[2])
        return f"{self.wrap(a, n + (n == 3))}{b()}{sign}{b()}{self.wrap(c, n + 1)}", n, value, a[3] and c[3]


def places(shape, where):
    """i j k x y z of the voxels: NIfTI's affine is RAS, x and y are LPS."""
    i, j, k = np.meshgrid(*[np.arange(float(n)) for n in shape], indexing="ij")
    lps = v.LPS_FROM_RAS @ v.affine(where)
    mm = [lps[w, 3] + lps[w, 0] * i + lps[w, 1] * j + lps[w, 2] * k for w in range(3)]
    return dict(zip("ijkxyz", [i, j, k, *mm]))


def eight(shape, where, seed=1):
    """A volume of each type, as a to h: their paths, and all values that have a name."""
    values, paths = places(shape, where), []
    for letter, (name, code) in zip("abcdefgh", v.TYPES.items()):
        data = v.numbers(code, shape, seed)
        if code[0] == "f":
            data.flat[:4] = np.nan, np.inf, -np.inf, -0.0
        elif seed % 2:
            data //= np.array(max(1, np.iinfo(code).max // 100), code)
        v.write(name + ".vol", data, v.affine(where))
        values[letter] = data.astype(float)
        paths.append(name + ".vol")
    return paths, values
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

py "random expressions, all types, all kinds of grid" <<'EOF'
from calc import *
top, made = float(np.finfo("f4").max), 0
for where in ("axial", "oblique", "left-handed", "sheared"):
    for shape in ((7, 6, 5), (1, 1, 1), (9, 1, 3)):
        for seed in (1, 2):
            paths, values = eight(shape, where, seed)
            maker = Maker(f"{where} {shape} {seed}", values)
            for depth in (1, 2, 2, 3, 3, 3, 4, 4, 5, 6):
                text, _, want, _ = maker.make(depth)
                if len(text) > 8000:
                    continue
                # a volume that is given has to be used
                text = f"({text})" + "".join(f" + 0*({c} > 0)" for c in "abcdefgh")
                want = want + 0.0
                got = calc(text, "--type", "double", *paths)
                assert not isinstance(got, str), (text, got)
                assert same(got[0], want), (text, got[0].ravel()[:9], want.ravel()[:9])
                if depth == 3:
                    got = calc(text, "--type", "float", "--saturate", *paths)[0]
                    assert same(got, np.where(np.isfinite(want), np.clip(want, -top, top), want).astype("f4")), text
                made += 1
assert made > 200, made
EOF

py "as on paper" <<'EOF'
from calc import *
_, values = eight((7, 6, 5), "oblique")
a, d, g, x, y = (values[c] for c in "adgxy")
for text, paths, want in (
        ("a*0.5+10", ["int16.vol"], d * 0.5 + 10),
        ("(a+b)/2", ["int16.vol", "uint8.vol"], (d + a) / 2),
        ("(-a^2)", ["int16.vol"], -(d * d)),
        ("a % 7", ["int16.vol"], np.fmod(d, 7)),
        ("isnan(a) ? -1 : a", ["float.vol"], np.where(np.isnan(g), -1, g)),
        ("clamp((a - -160) / 400, 0, 1)", ["int16.vol"], np.clip((d + 160) / 400, 0, 1)),
        ("sqrt(x^2 + y^2) < 100", ["int16.vol"], np.sqrt(x * x + y * y) < 100),
        ("k", ["int16.vol"], values["k"]),
        ("7", ["int16.vol"], 0 * d + 7)):
    assert same(calc(text, "--type", "double", *paths)[0], want * 1.0), text
# one that starts with a sign
assert v.tool("volcalc", "--type", "double", "-o", "out.vol", "--", "-a", "int16.vol")[0] == 0
assert same(v.read("out.vol")[0], -d)
EOF

py "all numbers of 8 and 16 bits, by the table and without" <<'EOF'
from calc import *
for code in ("i2", "u2", "i1", "u1"):
    data = np.arange(np.iinfo(code).min, np.iinfo(code).max + 1).astype(code)
    data = np.tile(data, 5 * 65536 // data.size).reshape(64, 64, 80)
    v.write("t.vol", data, v.affine("axial"))
    v.write("s.vol", data[:, :, :2].copy(), v.affine("axial"))
    x = data.astype(float)
    third = np.trunc(x / 3) + np.sign(x) * (np.abs(x) % 3 == 2)
    for text, words, want in (("a*0.5+10", [], (x * 0.5 + 10).astype("f4")), ("a > 3", [], (x > 3).astype("u1")),
                              ("a/3", ["--type", "int32", "--round"], third.astype("i4")),
                              ("0/a", ["--type", "double", "-f", "-1"], np.where(x == 0, -1, 0 / x)),
                              ("a*1000", ["--type", "int16", "--saturate"], np.clip(x * 1000, -32768, 32767).astype("i2"))):
        for path, part in (("t.vol", want), ("s.vol", want[:, :, :2])):
            got = calc(text, *words, path)[0]
            assert got.dtype == want.dtype and same(got, part), (code, text, path)
# what there is fits, other numbers of the type would not: no table, the same result
v.write("t.vol", np.minimum(data, 200), v.affine("axial"))
assert same(calc("a+50", "--type", "uint8", "t.vol")[0], np.minimum(data, 200) + 50.0)
data[:] = 0
data[5, 3, 70] = 206
v.write("t.vol", data, v.affine("axial"))
said = calc("a+50", "--type", "uint8", "t.vol")
assert "the result: the value 256 at column 5, row 3, slice 70 (counted from 0) is beyond uint8" in said, said
EOF

py "types: what does not fit, rounded, saturated, filled" <<'EOF'
from calc import *
data = np.array([[[1, 2, 3]], [[-7, 40, 5]]], "i2").repeat(4, 1)
v.write("in.vol", data, v.affine("oblique"), {"unit": "HU"})
for words, why in ((["a/2", "--type", "int16"], "the value 0.5 at column 0, row 0, slice 0 (counted from 0) has a fraction"),
                   (["a*1000", "--type", "int16"], "the value 40000 at column 1, row 0, slice 1"),
                   (["sqrt(a)", "--type", "uint8", "--round"], "the value at column 1, row 0, slice 0 (counted from 0) is NaN"),
                   (["1e30*a^2*1e10"], "is not held exactly by float: use --type double"),
                   (["a", "--type", "uint8", "-f", "300"], "--fill: 300 cannot be held by the type uint8"),
                   (["a", "--type", "float", "--unit", "label"], "labels are integers")):
    said = calc(*words, "in.vol")
    assert isinstance(said, str) and why in said, (words, said)
half = np.trunc(data / 2) + np.sign(data) * (data % 2 != 0)
assert same(calc("a/2", "--type", "int16", "--round", "in.vol")[0], half)
assert same(calc("a*1000", "--type", "int16", "--saturate", "in.vol")[0], np.clip(data * 1000.0, -32768, 32767))
assert same(calc("sqrt(a)", "--type", "uint8", "--round", "-f", "9", "in.vol")[0],
            np.where(data < 0, 9, np.floor(np.sqrt(np.abs(data)) + 0.5)))
assert calc("sqrt(a)", "-f", "9", "in.vol")[0][1, 0, 0] == 9
for code, name in NAME.items():
    got = calc("abs(a)", "--type", name, "in.vol")[0]
    assert got.dtype == np.dtype(code) and same(got, np.abs(data) * 1.0)
EOF

py "units, keys and the history" <<'EOF'
from calc import *


def put(name, code, **keys):
    v.write(name + ".vol", np.ones((4, 3, 2), code), v.affine("axial"), keys)


put("hu", "i2", unit="HU", modality="CT", window="40 400", foreign="x", **{"stored.range": "0 5", "dicom.KVP": "120"})
put("hu2", "f4", unit="HU")
put("suv", "f4", unit="SUVbw")
put("one", "f4", unit="1")
put("none", "i2")
put("mask", "u1", unit="label")
put("map", "u2", unit="label", labels="1 lung-left")
put("stored", "i2", unit="stored", rescale="2 -1024", **{"rescale.unit": "HU"})
put("plain", "i2", unit="stored", rescale="1 0")
put("padded", "i2", unit="HU", padding="-2000")
for text, volumes, words, unit, code in (
        ("a*0.5+10", "hu", "", "HU", "f4"), ("(a+b)/2", "hu hu2", "", "HU", "f4"), ("a*b", "hu hu2", "", None, "f4"),
        ("a/b", "hu hu2", "", "1", "f4"), ("a+b", "hu suv", "", None, "f4"), ("a>100 ? b : 0", "hu suv", "", "SUVbw", "f4"),
        ("a*b", "hu one", "", "HU", "f4"), ("exp(a)", "one", "", "1", "f4"), ("exp(a)", "hu", "", None, "f4"),
        ("a", "none", "", None, "f4"), ("a > -500 && a < 3", "hu", "", "label", "u1"), ("a > 3", "none", "", "label", "u1"),
        ("a > 3", "hu", "--type float", "1", "f4"), ("a > 3", "hu", "--type int32", "label", "i4"),
        ("a+1", "plain", "", "stored", "f4"), ("a*b", "hu mask", "--labels", "HU", "f4"),
        ("a == 1", "map", "--labels", "label", "u1"), ("a + 10", "map", "--labels", "label", "u2"),
        ("a*(b > 0)", "map hu", "--labels", "label", "u2"), ("hypot(x,y)", "hu", "", "mm", "f4"), ("i", "hu", "", "1", "f4"),
        ("3", "hu", "", "1", "f4"), ("a-1", "hu", "--unit ml", "ml", "f4"), ("a-1", "hu", "--unit=", None, "f4"),
        ("a", "map", "--labels --type float", "1", "f4"), ("a", "hu", "--unit label --type uint8", "label", "u1"),
        ("i > 2", "mask", "", "label", "u1"), ("a+b", "suv hu2", "--unit HU", "HU", "f4")):
    got = calc(text, *[name + ".vol" for name in volumes.split()], *words.split())
    assert not isinstance(got, str), (text, words, got)
    keys = got[1]
    assert keys.get("unit") == unit and got[0].dtype == np.dtype(code) and "said" not in keys, (text, words, keys, got[0].dtype)
    assert not {"window", "rescale", "rescale.unit", "labels", "stored.range", "padding"} & set(keys), keys
    if volumes.startswith("hu"):
        assert keys["modality"] == "CT" and keys["foreign"] == "x" and keys["dicom.KVP"] == "120"
    assert f"volcalc 0.1.0 '{text}'" in keys["history.1"] and ".vol" not in keys["history.1"], keys
assert "volcalc 0.1.0 'a +  1' --type int16 --round;" in calc("a +\n\t1", "--type", "int16", "--round", "hu.vol")[1]["history.1"]
for words, why in ((["a+1", "mask.vol"], "voxels are labels, not intensities: --labels"),
                   (["a*b", "hu.vol", "mask.vol"], "mask.vol: voxels are labels"),
                   (["a+1", "stored.vol"], "run volhu first"), (["a+b", "hu.vol", "stored.vol"], "stored.vol: values are stored units")):
    said = calc(*words)
    assert isinstance(said, str) and why in said, said
assert "vol.padding -2000" in calc("a+1", "padded.vol")[1]["said"] and "said" not in calc("i", "padded.vol")[1]
assert "padded.vol: vol.padding" in calc("a+b", "hu.vol", "padded.vol")[1]["said"]
EOF

py "lists: entry by entry; a volume without one goes for all" <<'EOF'
from calc import *
for shape in ((6, 5, 4), (70, 60, 9), (900, 700, 1)):
    rng = np.random.default_rng(7)
    long, longer = rng.integers(-900, 900, (*shape, 3)).astype("i2"), rng.normal(0, 1, (*shape, 3))
    short = rng.normal(0, 9, shape).astype("f4")
    axis = {"axis": "time s 0 2 4", "unit": "HU"}
    v.write("long.vol", long, v.affine("oblique"), axis)
    v.write("longer.vol", longer, v.affine("oblique"), axis)
    v.write("short.vol", short, v.affine("oblique"))
    v.run("vol2nrrd", "-z", "1", "short.vol", "-o", "short.nrrd")
    want = long + longer * short[..., None].astype(float)
    got, keys = calc("a+b*c", "--type", "double", "long.vol", "longer.vol", "short.vol")
    assert same(got, want) and keys["axis"] == axis["axis"], shape
    assert same(calc("a+b*c", "--type", "double", "long.vol", "longer.vol", "short.nrrd", "--threads", "3")[0], want), shape
    p = places(shape, "oblique")
    assert same(calc("a + (1000*k + x)", "--type", "double", "long.vol")[0], long + (1000 * p["k"] + p["x"])[..., None])
    said = calc("a+b", "short.vol", "long.vol")
    assert "long.vol: has a list axis of 3" in said, said
EOF

py "volumes that do not go together" <<'EOF'
from calc import *
data = np.zeros((6, 5, 4), "i2")
v.write("a.vol", data, v.affine("oblique"))
v.write("size.vol", data[:5].copy(), v.affine("oblique"))
v.write("swap.vol", np.zeros((5, 6, 4), "i2"), v.affine("oblique"))
moved = v.affine("oblique")
moved[0, 3] += 0.5
v.write("moved.vol", data, moved)
moved[0, 3] -= 0.495
v.write("near.vol", data, moved)
v.write("colour.vol", np.zeros((6, 5, 4, 3), "u1"), v.affine("oblique"), colour=True)
raw = open("a.vol", "rb").read()
open("cut.vol", "wb").write(raw[:-1])
open("long.vol", "wb").write(raw + b"x")
for other, why in (("size.vol", "is of 5 x 5 x 4 voxels"), ("swap.vol", "is of 5 x 6 x 4"),
                   ("moved.vol", "lies up to 0.5 mm off the grid of a.vol"), ("colour.vol", "voxels are colours"), ("cut.vol", "ends"),
                   ("long.vol", ""), ("absent.vol", "")):
    said = calc("a+b", "a.vol", other)
    assert isinstance(said, str) and why in said and said.startswith(f"volcalc: {other}: "), (other, said)
for first in ("colour.vol", "cut.vol", "long.vol", "absent.vol"):
    assert calc("a", first).startswith(f"volcalc: {first}: ")
assert not isinstance(calc("a+b", "a.vol", "near.vol"), str)
for words, why in ((["a+c", "a.vol", "a.vol"], "expression: column 3: volume c is not given: there is a and b"),
                   (["b", "a.vol"], "there is only a"), (["a+1", "a.vol", "near.vol"], "volume b, 'near.vol', is not in the expression"),
                   (["a+b", "-", "-"], "only one of the volumes"), (["a", "a.vol", "--unit", "stored"], "--unit"),
                   (["a", "a.vol", "--unit", "x" * 64], "--unit"), (["a", *["a.vol"] * 21], "unexpected operand"), ([], "operand")):
    status, _, said = v.tool("volcalc", *words)
    assert status == 2 and why in said, (words, said)
# twenty, and what they are called
names = "abcdefghlmnopqrstuvw"
for n, name in enumerate(names):
    v.write(f"v{n}.vol", data + np.array(n + 1, "i2"), v.affine("oblique"))
got = calc(" + ".join(f"{name}*{2 ** n}" for n, name in enumerate(names)), "--type", "double", *[f"v{n}.vol" for n in range(20)])[0]
assert (got == sum((n + 1) * 2.0**n for n in range(20))).all()
EOF

py "the same bytes for any number of threads, from files and pipes; what fails first is what is said" <<'EOF'
from calc import *
rng = np.random.default_rng(5)
data = rng.normal(0, 100, (211, 173, 29)).astype("f4")
other = rng.integers(0, 4000, data.shape).astype("u2")
data[50, 60, 7:9] = np.nan, np.inf
v.write("t.vol", data, v.affine("oblique"))
v.write("u.vol", other, v.affine("oblique"))
text = "a > 20 ? exp(-b/1000)*sin(a) : hypot(a, x) % 3 + k^1.5"
one = v.run("volcalc", text, "t.vol", "u.vol", "--threads", 1)
open("one.vol", "wb").write(one)
d, o, p = data.astype(float), other.astype(float), places(data.shape, "oblique")
exp, sin, hypot = (FUNCTIONS[name][1] for name in ("exp", "sin", "hypot"))
want = np.where(d > 20, exp(-o / 1000) * sin(d), np.fmod(hypot(d, p["x"]), 3) + power(p["k"], 1.5))
assert same(v.read("one.vol")[0], want.astype("f4"))
for n in (2, 7):
    assert v.run("volcalc", text, "t.vol", "u.vol", "--threads", n) == one, n
assert v.run("volcalc", text, "-", "u.vol", stdin="t.vol") == one
assert v.run("volcalc", text, "-", "u.vol", stdin=open("t.vol", "rb").read()) == one
assert v.run("volcalc", text, "t.vol", "-", stdin="u.vol") == one
assert v.run("volcalc", "a+1", stdin="u.vol") == v.run("volcalc", "a+1", "u.vol", "--threads", 2)
open("cut.vol", "wb").write(open("t.vol", "rb").read()[:-9])
for words, why in ((["a*100", "--type", "int16", "--round"], "beyond int16"), (["a"], "ends after")):
    said = {v.tool("volcalc", *words, "cut.vol", "--threads", n)[2] for n in (1, 2, 7)}
    assert len(said) == 1 and why in said.pop(), words
EOF

py "memory: little, at any number of slices" <<'EOF'
from calc import *
head = v.zeros_header("big.vol", 600, {"unit": "HU"})
for text in ("a*0.5+10", "a + k + x*y > 3 ? a : i"):
    peak = v.peak_mib(["volcalc", text, "--threads", "2"], head, 600)
    assert peak < 64, peak
EOF

py "expressions that are none: a line each, at a column, at once" <<'EOF'
from calc import *
import re
import subprocess
v.write("one.vol", np.ones((1, 1, 1), "f4"), v.affine("axial"))
r = random.Random(11)
maker = Maker(3, {"a": np.ones((1, 1, 1)), "x": np.ones((1, 1, 1))})
parts = [*"abcxyzijk0123456789.eE+-*/%^<>=!&|?:(),;#'\"\\ \t\n@$[]{}~`é_", "min(", "sqrt", "nan", "1e999", "((", "))", "?:", "**", "==",
         "\x01", "日本"]
cases = ["", "(", ")", "()", "a(", "min()", "min(,)", "0x10", "1e", "1e+", "..", "a.b", "a?", "a?b", "a?:", "?", "a??b:c:d", "--", "^",
         "2^", "!", "a!", "%", "(" * 8000, "-" * 8000, "!" * 8000, "(" * 4000 + "a" + ")" * 4000, "a?" * 4000, "a?1:" * 2000 + "1",
         "2^" * 4000 + "2", "a+" * 4000, "min(" * 2000, "abs(" * 1500 + "a" + ")" * 1500, "9" * 8000, "." * 8000, "a" * 8000,
         "a" * 100000, "1," * 4000, " " * 9000, "é" * 4000]
for _ in range(400):
    text = list(maker.make(r.randrange(1, 4))[0])
    for _ in range(r.randrange(1, 4)):
        at = r.randrange(len(text) + 1)
        text[at:at + r.randrange(3)] = r.choice([[], [r.choice(parts)], [r.choice(parts)] * 2])
    cases.append("".join(text)[:9000])
for _ in range(200):
    cases.append("".join(r.choice(parts) for _ in range(r.randrange(1, 30))))
longest, refused = 0, 0
for case in cases:
    start = v.spent()
    done = subprocess.run(["volcalc", "--type", "double", "--", case, "one.vol"], capture_output=True, timeout=10, check=False)
    longest = max(longest, v.spent() - start)
    said = done.stderr.decode()
    assert done.returncode in (0, 2), (case[:200], done.returncode, said)
    if done.returncode == 2:
        refused += 1
        found = re.match(r"volcalc: expression: (column (\d+): |is of \d+ characters)", said)
        assert found and said.count("\n") == 1 and not done.stdout, (case[:200], said)
        assert not found[2] or 1 <= int(found[2]) <= len(case) + 1, (case[:200], said)
assert refused > 400 and longest < 5, (refused, longest)
EOF

done_testing
