#!/bin/sh
# volhu: against NumPy, over all types; and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

cat >hu.py <<'EOF'
import numpy as np
import volfile as v


def hu(data, keys, *words):
    """volhu's result: data, keys."""
    v.write("in.vol", data, v.affine("oblique"), {"unit": "stored", "rescale.unit": "HU", **keys})
    v.run("volhu", "in.vol", *words, "-o", "out.vol")
    got, where, keys = v.read("out.vol")
    assert np.allclose(where, v.affine("oblique"))
    return got, keys


def limits(text):
    """A padding key as lo, hi."""
    numbers = [float(word) for word in text.split()]
    return numbers[0], numbers[-1]
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

# ---- the values ----

py "every type, slope, intercept, padding and range" <<'EOF'
import numpy as np, volfile as v
from hu import hu, limits
for name, code in v.TYPES.items():
    integer = np.dtype(code).kind != "f"
    for pair in ("1 0", "1 -1024", "2 3", "-1 0", "0.5 0", "2.0222 -7.25", "65536 0"):
        for padding in (None, "-2000", "0 5", "-3.5 7.5"):
            for stored in ((None, (0, 100)) if integer else (None,)):
                data = v.numbers(code, (7, 5, 3))
                if stored:
                    data = np.random.default_rng(1).integers(*stored, data.shape, endpoint=True).astype(code)
                data.flat[3:6] = 0
                keys = {"rescale": pair, "window": "40 400"}
                keys.update({"padding": padding} if padding else {}, **({"stored.range": "%d %d" % stored} if stored else {}))
                slope, intercept = map(float, pair.split())
                want = slope * data.astype(float) + intercept
                lo, hi = limits(padding) if padding else (1, 0)
                marked = (data.astype(float) >= lo) & (data.astype(float) <= hi)
                for keep in ([], ["--keep-padding"]):
                    got, out = hu(data, keys, *keep)
                    at = f"{name} {pair} {padding} {stored} {keep} -> {got.dtype}"
                    expected = want if keep else np.where(marked, -1024, want)
                    assert np.array_equal(got, expected.astype(got.dtype)), at
                    assert got.dtype.kind == "f" or np.array_equal(got.astype(float), expected), at
                    assert out["unit"] == "HU" and not {"rescale", "rescale.unit", "stored.range"} & set(out), (at, out)
                    centre, width = map(float, out["window"].split())
                    assert np.isclose(centre, slope * 40 + intercept) and np.isclose(width, abs(slope) * 400), (at, out)
                    assert ("padding" in out) == bool(padding and keep), (at, out)
                    if "padding" in out:
                        lo2, hi2 = limits(out["padding"])
                        assert np.array_equal((got >= lo2) & (got <= hi2), marked), (at, out["padding"])
EOF

py "the type is the first that is exact" <<'EOF'
import numpy as np, volfile as v
from hu import hu
for code, pair, more, want in (
        ("u1", "1 -1024", {}, "i2"), ("i1", "256 0", {}, "i2"), ("i1", "257 0", {}, "i4"), ("i2", "1 0", {}, "i2"), ("i2", "1 -1024", {}, "i4"),
        ("i2", "1 -1024", {"stored.range": "-31744 32767"}, "i2"), ("i2", "1 -1024", {"stored.range": "-31745 32767"}, "i4"),
        ("u2", "1 -1024", {}, "i4"), ("u2", "1 -1024", {"stored.range": "0 4095"}, "i2"),
        ("u2", "1 -1024", {"stored.range": "0 33791"}, "i2"), ("u2", "1 -1024", {"stored.range": "0 33792"}, "i4"),
        # padding that is replaced need not fit, what replaces it must
        ("i2", "1 -1024", {"padding": "-32768 -31745"}, "i2"), ("i2", "1 -1024", {"padding": "-32768 -31746"}, "i4"),
        ("u2", "1 0", {"stored.range": "0 40000", "padding": "30000 40000"}, "i2"),
        ("u2", "0.5 0", {}, "f4"), ("i2", "1 0.5", {}, "f4"), ("i2", "2.0222 0", {}, "f4"), ("u2", "0.0001 0", {}, "f4"),
        ("u2", "0.0001 1000", {}, "f8"), ("u4", "1 0", {}, "f8"), ("i4", "1 0", {}, "i4"), ("i4", "1 1", {}, "f8"),
        ("i4", "0.5 0", {}, "f8"), ("i4", "0.5 0", {"stored.range": "0 100000"}, "f4"), ("u2", "1e38 0", {}, "f8"),
        ("f4", "1 0", {}, "f4"), ("f8", "0.5 0", {}, "f8")):
    got, _ = hu(np.zeros((4, 3, 2), code), {"rescale": pair, **more})
    assert got.dtype == np.dtype(want), (code, pair, more, got.dtype)
got, out = hu(np.zeros((4, 3, 2), "i2"), {"rescale": "1 0", "padding": "0"}, "--fill", "0.5")
assert got.dtype == np.float32 and (got == 0.5).all()
got, out = hu(np.zeros((4, 3, 2), "i2"), {"rescale": "1 0", "padding": "-40000"}, "--keep-padding", "-f", "1e9")
assert got.dtype == np.int16
EOF

py "a pair for each slice, also through the list axis" <<'EOF'
import numpy as np, volfile as v
from hu import hu
for shape in ((5, 4, 3), (5, 4, 3, 2), (700, 500, 3), (90, 80, 70)):
    data = v.numbers("i2", shape)
    slices = data.reshape(shape[:2] + (-1,), order="F")
    rng = np.random.default_rng(1)
    for whole in (False, True):
        slope, inter = rng.uniform(0.5, 3, slices.shape[2]), rng.uniform(-9, 9, slices.shape[2])
        if whole:
            slope, inter = np.ceil(slope), np.ceil(inter)
        pairs = " ".join(f"{a!r} {b!r}" for a, b in zip(slope.tolist(), inter.tolist()))
        got, out = hu(data, {"rescale": pairs, "window": "40 400", "padding": "77"}, "--keep-padding")
        want = (slices * slope + inter).reshape(shape, order="F")
        assert got.dtype == (np.int32 if whole else np.float32) and np.array_equal(got, want.astype(got.dtype)), shape
        assert not {"padding", "window", "rescale"} & set(out), out
same = "2 1 " * 3
got, out = hu(data[:, :, :3], {"rescale": same.strip(), "window": "40 400"})
assert out["window"] == "81 800", out
EOF

py "forced types, and numbers that are none" <<'EOF'
import numpy as np, volfile as v
from hu import hu
data = v.numbers("i2", (5, 4, 3)) // 64
for name in ("int16", "int32", "float", "double"):
    got, _ = hu(data, {"rescale": "1 -1024"}, "--type", name)
    assert v.TYPE_OF[got.dtype] == name and np.array_equal(got, data.astype(float) - 1024), name
got, _ = hu(data * 2, {"rescale": "0.5 1"}, "--type", "int16")
assert got.dtype == np.int16 and np.array_equal(got, data + 1)
real = data.astype("f4")
got, _ = hu(real, {"rescale": "1 -1024"}, "--type", "int16")
assert got.dtype == np.int16 and np.array_equal(got, data - 1024)
real.flat[:3] = np.nan, np.inf, -np.inf
got, _ = hu(real, {"rescale": "2 1"})
assert got.dtype == np.float32 and np.array_equal(got, real * 2 + 1, equal_nan=True)
EOF

py "units: what the stream says, and what it does not" <<'EOF'
import numpy as np, volfile as v
data = np.array([[[0, 9]]], "i2")
def out(keys, *words):
    v.write("in.vol", data, keys=keys)
    v.run("volhu", "in.vol", *words, "-o", "out.vol")
    got, _, keys = v.read("out.vol")
    return keys.get("unit"), got.ravel().tolist()
base = {"unit": "stored", "rescale": "2 1", "padding": "9"}
assert out({**base, "rescale.unit": "Bq/ml"}) == ("Bq/ml", [1, 0])
assert out(base) == (None, [1, 0])
assert out({**base, "modality": "CT"}) == ("HU", [1, -1024])
assert out({**base, "modality": "MR"}) == (None, [1, 0])
assert out({**base, "modality": "CT"}, "-f", "-3024") == ("HU", [1, -3024])
assert out(base, "--slope", "3") == (None, [1, 0])
assert out(base, "--intercept", "-5") == (None, [-5, 0])
assert out(base, "--slope", "3", "--intercept", "-5") == ("HU", [-5, -1024])
assert out({}, "--slope", "3", "--intercept", "-5") == ("HU", [-5, 22])
assert out({"modality": "MR"}, "--slope", "3", "--intercept", "-5") == (None, [-5, 22])
EOF

# ---- what is refused ----

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
data = np.zeros((4, 3, 20), "i2")
data[2, 1, 17] = 32000
stored = {"unit": "stored", "rescale.unit": "HU"}
v.write("none.vol", data)
v.write("norescale.vol", data, keys=stored)
v.write("hu.vol", data, keys={"unit": "HU", "rescale": "1 0"})
v.write("ct.vol", data, keys={**stored, "rescale": "1 1024"})
v.write("plain.vol", data, keys={**stored, "rescale": "1 0"})
v.write("half.vol", data, keys={**stored, "rescale": "0.5 0.25"})
v.write("zero.vol", data, keys={**stored, "rescale": "0 1"})
v.write("nan.vol", data, keys={**stored, "rescale": "nan 1"})
v.write("five.vol", data, keys={**stored, "rescale": "1 2 3 4 5 6"})
v.write("range.vol", data, keys={**stored, "rescale": "1 1024", "stored.range": "0 100"})
v.write("badrange.vol", data, keys={**stored, "rescale": "1 0", "stored.range": "5 1"})
v.write("badpad.vol", data, keys={**stored, "rescale": "1 0", "padding": "air"})
v.write("pad.vol", data, keys={**stored, "rescale": "1 0", "padding": "0"})
v.write("rgb.vol", np.zeros((4, 3, 2, 3), "u1"), keys={**stored, "rescale": "1 0"}, colour=True)
v.write("nans.vol", np.full((4, 3, 2), np.nan, "f4"), keys={**stored, "rescale": "1 0"})
v.write("huge.vol", np.full((4, 3, 2), 1e38, "f4"), keys={**stored, "rescale": "10 0"})
EOF
must_fail 1 "no unit, no rescale" volhu none.vol
said "what helps is said" "^volhu: none.vol: no rescale slope and intercept.*: give --slope and --intercept$"
must_fail 1 "stored, no rescale" volhu norescale.vol
must_fail 1 "one of the two options is not enough" volhu norescale.vol --slope 1
must_fail 1 "HU already" volhu hu.vol
said "is said" "^volhu: hu.vol: values are HU already"
must_fail 1 "HU already, with options" volhu hu.vol --slope 1 --intercept 0
for f in zero nan five badrange badpad rgb; do
	must_fail 1 "$f" volhu $f.vol
	said "$f is refused for its key" "vol\.(rescale|stored.range|padding)|colour"
done
must_fail 1 "a fill that the type cannot hold" volhu pad.vol --type int16 --fill 0.5
said "is named" "^volhu: --fill: 0.5 cannot be held by the type int16"
must_fail 2 "slope 0" volhu ct.vol --slope 0
must_fail 2 "a type that is none" volhu ct.vol --type uint8

# fails CODE DESC CMD... - as must_fail; the header may be out already
fails()
{
	want=$1
	desc=$2
	shift 2
	"$@" >out 2>"$TMP/.lib/err"
	is "$desc" "$?" "$want"
}

fails 1 "a value that int16 cannot hold" volhu ct.vol --type int16
said "is named, with its slice and the way out" \
	"^volhu: ct.vol: stored 32000 in slice 17 \(.*\) becomes 33024 HU, which int16 cannot hold: use --type int32$"
fails 1 "a range that lied" volhu range.vol
said "is found out" "stored 32000 in slice 17"
fails 1 "a fraction" volhu half.vol --type int16
said "leads to float" "stored 0 in slice 0 \(.*\) becomes 0.25 HU, which int16 cannot hold: use --type float$"
fails 1 "NaN in an integer" volhu nans.vol --type int32
fails 1 "a float that becomes infinite" volhu huge.vol
said "leads to double" "use --type double$"
ok "double holds it" volhu huge.vol --type double -o out.vol
must_fail 1 "a failure half-way leaves no file" volhu ct.vol --type int16 -o none-left.vol
is "none at all" "$(find . -name '*none-left*')" ""

# ---- files and pipes ----

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
v.write("big.vol", v.numbers("u2", (300, 300, 30)) // 16, v.affine("axial"),
        {"unit": "stored", "rescale.unit": "HU", "rescale": "1 -1024", "stored.range": "0 4095", "foreign": "kept"})
EOF
volhu big.vol >file.vol
volhu big.vol -o named.vol
# shellcheck disable=SC2002
cat big.vol | volhu | cat >piped.vol
ok "from a file and to one" cmp file.vol named.vol
ok "from pipe to pipe" cmp file.vol piped.vol
like "unknown keys pass through" "$(sed -n 's/^vol.foreign:=//p' file.vol)" "^kept$"
like "history says what was done" "$(sed -n 's/^vol.history.1:=//p' file.vol)" \
	"^volhu [0-9.]*; read sha256:[0-9a-f]{64}$"
volhu big.vol --fill -5 --type int32 >more.vol
like "with its options" "$(sed -n 's/^vol.history.1:=//p' more.vol)" \
	"^volhu [0-9.]* --fill -5 --type int32; read"
ok "nothing to compute" volhu plain.vol -o same.vol
tail -c 480 plain.vol >a
tail -c 480 same.vol >b
ok "copies the voxels" cmp a b
size=$(wc -c <big.vol)
for keep in 0 100 5000 $((size / 2)) $((size - 1)); do
	head -c "$keep" big.vol >cut.vol
	must_fail 1 "from $keep of $size bytes" volhu cut.vol -o left.vol
done
said "says how far it came" "^volhu: cut.vol: ends after 29 of 30 slices"
is "no file is left" "$(find . -name '*left.vol*')" ""
must_fail 1 "a full disk" sh -c 'volhu big.vol >/dev/full'
must_fail 1 "a full disk, copying" sh -c 'volhu plain.vol >/dev/full'
if [ -x "$TESTBIN/hammer" ]; then
	ok "damaged in a thousand ways, it takes or refuses" "$TESTBIN/hammer" -n 1000 -M 256 \
		--suffix .vol -k "$TMP/kept" ct.vol half.vol pad.vol five.vol -- volhu -o hammered {}
else
	skip "damaged in a thousand ways, it takes or refuses" "no hammer"
fi

py "2 GiB through the pipe stay under 32 MiB" <<'EOF'
import volfile as v
keys = {"unit": "stored", "rescale": "1 -1024"}
for words, mib in ((["volhu"], 2048), (["volhu", "--type", "double"], 256)):
    peak = v.peak_mib(words, v.zeros_header("h", mib, keys), mib)
    assert peak < 32, f"{words}: {peak:.1f} MiB"
EOF
done_testing
