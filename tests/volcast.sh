#!/bin/sh
# volcast: against NumPy for all pairs of types; and the values that do not fit.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

cat >cast.py <<'EOF'
import numpy as np
import volfile as v

NAME = {code: name for name, code in v.TYPES.items()}


def cast(data, code, *words, keys=(), where="oblique"):
    """volcast's result (data, keys), or what it said."""
    v.write("in.vol", data, v.affine(where), keys)
    status, _, said = v.tool("volcast", "--type", NAME[code], "in.vol", *words, "-o", "out.vol")
    if status:
        assert status == 1 and len(said.splitlines()) == 1, (status, said)
        return said
    got, affine, keys = v.read("out.vol")
    assert np.allclose(affine, v.affine(where)) and got.dtype == np.dtype(code)
    if said:
        keys["said"] = said
    return got, keys


def ends(code):
    info = (np.iinfo if code[0] != "f" else np.finfo)(code)
    return float(info.min), float(info.max)


def same(got, want):
    return got.dtype == want.dtype and np.array_equal(got, want, equal_nan=True)
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

py "all pairs: exact where it fits, saturated, rounded" <<'EOF'
import numpy as np, volfile as v
from cast import *
for a in v.TYPES.values():
    for b in v.TYPES.values():
        data = v.numbers(a, (13, 11, 7))
        if a[0] == "f":
            data = (data * 50).astype(a)
        x = data.astype(float)
        lo, hi = ends(b)
        # what both hold
        small = np.clip(np.trunc(x), max(lo, ends(a)[0], -2**24), min(hi, ends(a)[1], 2**24)).astype(a)
        got, keys = cast(small, b, keys={"unit": "HU", "window": "1 2", "rescale": "2 1", "foreign": "x", "stored.range": "0 5"})
        assert same(got, small.astype(b)), (a, b)
        assert keys["unit"] == "HU" and keys["window"] == "1 2" and keys["rescale"] == "2 1" and keys["stored.range"] == "0 5"
        assert f"volcast 0.1.0 --type {NAME[b]};" in keys["history.1"]
        got, keys = cast(data, b, "--saturate", "--round", keys={"stored.range": "0 5"})
        if b[0] == "f":
            assert same(got, data.astype(b)), (a, b)
        else:
            away = np.trunc(x) + np.sign(x) * (np.abs(x - np.trunc(x)) >= 0.5)
            assert same(got, np.clip(away, lo, hi).astype(b)), (a, b)
        assert "stored.range" not in keys
EOF

py "the first value that does not fit is named with its place" <<'EOF'
import numpy as np, volfile as v
from cast import *
for b in ("u1", "i1", "u2", "i2", "u4", "i4"):
    lo, hi = ends(b)
    for value, why in ((lo - 1, "is beyond"), (hi + 1, "is beyond"), (lo - 0.75, "fraction"), (1e300, "is beyond"), (np.inf, "is beyond"),
                       (-np.inf, "is beyond"), (0.5, "fraction"), (-2.0**-60, "fraction"), (np.nan, "NaN")):
        for shape, at, place in (((50, 40, 3), (7, 30, 2), "column 7, row 30, slice 2 (counted"),
                                 ((5, 4, 3, 2), (1, 2, 0, 1), "column 1, row 2, slice 0 of volume 1 (counted"),
                                 ((900, 800, 2), (899, 799, 1), "column 899, row 799, slice 1 (")):
            data = np.zeros(shape)
            data[at] = value
            if at != (899, 799, 1):
                data.flat[-1] = 1e30
            said = cast(data, b)
            assert isinstance(said, str) and why in said and place in said and NAME[b] in said, (b, value, said)
            if shape[0] == 900:
                continue
            data.flat[-1] = 0
            ok, _ = cast(data, b, "--saturate", "--round", "--fill", "3")
            want = np.where(np.isnan(data), 3, data)
            want = np.trunc(np.clip(want, lo, hi)) + (np.clip(want, lo, hi) % 1 == 0.5)
            assert same(ok, want.astype(b)), (b, value)
said = cast(np.full((2, 2, 2), 40000, "u2"), "i2")
assert said == "volcast: in.vol: the value 40000 at column 0, row 0, slice 0 (counted from 0) is beyond int16 " \
    "(-32768 to 32767): use a wider --type, or --saturate\n", said
# just below the half beyond an end
for b, value, want in (("u1", 255.49, 255), ("u1", -0.49, 0), ("i2", -32768.49, -32768), ("u1", 0.49999999999999994, 0)):
    got, _ = cast(np.full((2, 2, 2), value), b, "--round")
    assert (got == want).all(), (b, value)
for b, value in (("u1", 255.5), ("u1", -0.5), ("i2", 32767.5)):
    assert "is beyond" in cast(np.full((2, 2, 2), value), b, "--round")
EOF

py "into float" <<'EOF'
import numpy as np, volfile as v
from cast import *
for a in ("i4", "u4"):
    data = np.array([[[2**24, 2**24 + 1, 2**24 + 2]]], a)
    said = cast(data, "f4")
    assert "the value 16777217 at column 1, row 0" not in said or "not held exactly" in said, said
    assert "16777217" in said and "not held exactly by float: use --type double, or --round" in said, said
    got, _ = cast(data, "f4", "--round")
    assert same(got, data.astype("f4"))
    assert same(cast(data, "f8")[0], data.astype("f8"))
top = float(np.finfo("f4").max)
data = np.array([[[np.nan, np.inf, -np.inf, top, 1e-50, 0.1, -0.0]]])
got, _ = cast(data, "f4")
assert same(got, data.astype("f4")) and np.signbit(got[0, 0, 6])
got, _ = cast(data, "f4", "--fill", "7")
assert got[0, 0, 0] == 7 and np.array_equal(got[0, 0, 1:], data.astype("f4")[0, 0, 1:])
got, _ = cast(data, "f8", "--fill", "7")
assert got[0, 0, 0] == 7
for big in (1e39, -1e39, 2.0**128 - 2.0**103):
    data[0, 0, 3] = big
    said = cast(data, "f4")
    assert "not held exactly by float: use --type double" in said and "--round" not in said, said
    got, _ = cast(data, "f4", "--saturate")
    assert got[0, 0, 3] == np.copysign(top, big) and got[0, 0, 1] == np.inf
data[0, 0, 3] = np.nextafter(2.0**128 - 2.0**103, 0)
assert cast(data, "f4")[0][0, 0, 3] == top
EOF

py "padding goes along where it can" <<'EOF'
import numpy as np, volfile as v
from cast import *
data = np.zeros((3, 2, 2), "i2")
def padding(value, code, *words, a="i2"):
    got = cast(data.astype(a), code, *words, keys={"unit": "stored", "rescale": "1 -1024", "padding": value})
    assert ("dropped" in got[1].get("said", "")) == ("padding" not in got[1]), got
    return got[1].get("padding")
assert padding("-2000", "i4") == "-2000"
assert padding("-2000 -1500", "f4") == "-2000 -1500"
assert padding("-2000", "u1") is None and padding("-2000", "u2") is None and padding("-5 300", "i1") is None
assert padding("255", "u1") == "255" and padding("255", "u1", "--saturate") is None and padding("200", "u1", "--saturate") == "200"
assert padding("0", "u1", "--saturate") is None
assert padding("-0.1", "f4", a="f8") == "-0.10000000149011612"
assert padding("5", "i2", "--round", a="f4") is None and padding("5", "i2", "--round", a="i4") == "5"
assert padding("5", "i2", "--fill", "5", a="f4") is None and padding("5", "i2", "--fill", "6", a="f4") == "5"
EOF

py "grids, lists, one-voxel axes, files and pipes" <<'EOF'
import numpy as np, volfile as v
from cast import *
for shape in ((1, 1, 1), (1, 9, 1), (5, 4, 3, 2), (700, 500, 3), (33, 31, 40)):
    for where in ("left-handed", "sheared"):
        data = v.numbers("i2", shape)
        got, _ = cast(data, "f4", where=where)
        assert same(got, data.astype("f4"))
        assert v.run("sh", "-c", "cat in.vol | volcast --type float | cat") == v.Path("out.vol").read_bytes()
got, keys = cast(data, "i2", keys={"unit": "HU"})
assert same(got, data) and "volcast" in keys["history.1"]
labels = (data & 7).astype("u1")
got, keys = cast(labels, "u2", keys={"unit": "label", "labels": "1 lung"})
assert same(got, labels.astype("u2")) and keys["unit"] == "label" and keys["labels"] == "1 lung"
for code, words in (("f4", ()), ("u2", ("--round",)), ("u2", ("--saturate",))):
    assert "voxels are labels" in cast(labels, code, *words, keys={"unit": "label"})
for words, mib in ((["volcast", "--type", "double"], 256), (["volcast", "--type", "uint8"], 512)):
    peak = v.peak_mib(words, v.zeros_header("h", mib), mib)
    assert peak < 32, f"{words}: {peak:.1f} MiB"
v.write("rgb.vol", np.zeros((4, 3, 2, 3), "u1"), colour=True)
v.write("big.vol", np.full((4, 3, 2), 300, "i2"))
EOF

must_fail 2 "no type" volcast in.vol
said "asks for it" "give --type"
must_fail 2 "a type that is none" volcast --type int64 in.vol
must_fail 1 "colour" volcast --type int16 rgb.vol
must_fail 1 "a fill that does not fit" volcast --type uint8 --fill 256 in.vol
must_fail 1 "a fill with a fraction" volcast --type uint8 --fill 0.5 in.vol
must_fail 1 "a value that does not fit leaves no file" volcast --type uint8 big.vol -o left.vol
is "none at all" "$(find . -name '*left*')" ""
done_testing
