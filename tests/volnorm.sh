#!/bin/sh
# volnorm: against NumPy, bit for bit, and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

cat >norm.py <<'EOF'
import json
import numpy as np
import volfile as v

HU = {"unit": "HU", "window": "40 400", "stored.range": "0 4095", "foreign": "kept"}
NAMES = {"f4": "float", "f8": "double", "u1": "uint8", "i1": "int8", "u2": "uint16", "i2": "int16", "u4": "uint32",
         "i4": "int32"}


def norm(data, *words, keys=HU, where="oblique", stdin=False):
    """volnorm's result: data, keys."""
    v.write("in.vol", data, v.affine(where), keys)
    if stdin:
        (v.Path("out.vol")).write_bytes(v.run("sh", "-c", 'cat in.vol | volnorm "$@" | cat', "sh", *words))
    else:
        v.run("volnorm", "in.vol", *words, "-o", "out.vol")
    got, affine, keys = v.read("out.vol")
    assert np.allclose(affine, v.affine(where))
    return got, keys


def recipe(data, lo, hi, centre=0.0):
    """Normalised as the recipes do, in float64."""
    image = (data.astype(float) - lo) / (hi - lo)
    image[image > 1] = 1.0
    image[image < 0] = 0.0
    return image - centre


def same(got, want):
    return got.dtype == want.dtype and np.array_equal(got, want, equal_nan=True)
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

py "every type, range and centre: the recipe's float64 rounded once" <<'EOF'
import numpy as np, volfile as v
from norm import *
for code in v.TYPES.values():
    data = v.numbers(code, (37, 29, 5))
    for lo, hi in ((-1000, 400), (0, 100), (-0.125, 0.3), (-1e6, 3e9)):
        for centre in ([], ["--centre", "0.25"]):
            want = recipe(data, lo, hi, 0.25 if centre else 0)
            for result in ("f4", "f8"):
                got, keys = norm(data, "-r", f"{lo},{hi}", *centre, "--type", NAMES[result])
                assert same(got, want.astype(result)), (code, lo, hi, centre, result)
                assert keys["unit"] == "1" and keys["foreign"] == "kept" and not {"window", "stored.range", "rescale"} & set(keys)
every = np.arange(-32768, 32768, dtype="i2").reshape(64, 64, 16)
got, keys = norm(every, "-r", "-1000,400")
assert same(got, recipe(every, -1000, 400).astype("f4"))
assert keys["history.1"].startswith("volnorm 0"), keys
assert "--range -1000,400; read sha256:" in keys["history.1"], keys
EOF

py "grids, lists, one-voxel axes, files and pipes" <<'EOF'
import numpy as np, volfile as v
from norm import *
for shape in ((1, 1, 1), (1, 9, 1), (7, 1, 3), (5, 4, 3, 2), (700, 500, 3), (33, 31, 40)):
    for where in ("left-handed", "sheared"):
        data = v.numbers("i2", shape)
        for stdin in (False, True):
            got, _ = norm(data, "-r", "-1000,400", where=where, stdin=stdin)
            assert same(got, recipe(data, -1000, 400).astype("f4")), shape
            if data.size > 1:
                got, _ = norm(data, "--zscore", where=where, stdin=stdin)
                x = data.astype(float)
                # the sums are taken in another order
                assert np.allclose(got, (x - x.mean()) / x.std(), rtol=0, atol=1e-6), shape
EOF

py "percentiles are numpy's, of every type" <<'EOF'
import numpy as np, volfile as v
from norm import *
for code in v.TYPES.values():
    data = v.numbers(code, (17, 13, 5), seed=3)
    if code[0] == "f":
        data.flat[:4] = np.nan, np.inf, -np.inf, -0.0
    x = data.astype(float)
    for p, q in ((0, 100), (1, 99), (0.5, 99.5), (12.3, 45.6), (50, 100)):
        lo, hi = np.percentile(x[np.isfinite(x)], (p, q))
        got, _ = norm(data, "--percentile", f"{p},{q}", "--type", "double", stdin=p == 1)
        want = recipe(data, lo, hi)
        want[np.isnan(want)] = 0
        assert same(got, want), (code, p, q)
# few values, many of each; one value more than once at the ends
data = np.repeat(np.array([5, 5, 7, 9], "u1"), 9).reshape(9, 4, 1)
got, _ = norm(data, "--percentile", "10,90", "--type", "double")
assert same(got, recipe(data, *np.percentile(data, (10, 90))))
EOF

py "a z-score: measured, given, clamped first" <<'EOF'
import numpy as np, volfile as v
from norm import *
for code in v.TYPES.values():
    data = v.numbers(code, (31, 17, 4))
    x = data.astype(float)
    got, keys = norm(data, "--zscore", "--type", "double")
    # mean and deviation differ from numpy's in the order of the sums only
    assert np.allclose(got, (x - x.mean()) / x.std(), rtol=1e-12, atol=1e-12), code
    assert keys["unit"] == "1"
    got, _ = norm(data, "--mean", "12.5", "--sd", "310.25")
    assert same(got, ((x - 12.5) / 310.25).astype("f4")), code
    got, _ = norm(data, "--mean", "12.5", "--sd", "310.25", "-r", "-50,99")
    assert same(got, ((np.clip(x, -50, 99) - 12.5) / 310.25).astype("f4")), code
    got, _ = norm(data, "--zscore", "--percentile", "5,95", "--type", "double")
    want = (np.clip(x, *np.percentile(x, (5, 95))) - x.mean()) / x.std()
    assert np.allclose(got, want, rtol=1e-12, atol=1e-12), code
EOF

py "inside a mask of any format and type" <<'EOF'
import numpy as np, volfile as v, nibabel as nib
from norm import *
data = v.numbers("i2", (19, 17, 6))
rng = np.random.default_rng(2)
for code in ("u1", "i4", "f4"):
    mask = (rng.random(data.shape) < 0.3).astype(code) * 3
    v.write("mask.vol", mask, v.affine("oblique"), {"unit": "label"})
    nib.save(nib.Nifti1Image(mask, v.affine("oblique")), "mask.nii.gz")
    inside = data[mask != 0].astype(float)
    for name in ("mask.vol", "mask.nii.gz"):
        got, keys = norm(data, "--percentile", "2,98", "-m", name, "--type", "double", stdin=code == "i4")
        assert same(got, recipe(data, *np.percentile(inside, (2, 98)))), name
        assert "mask" in keys["history.1"] and "mask.vol" not in keys["history.1"]
        got, _ = norm(data, "--zscore", "-m", name, "--type", "double")
        assert np.allclose(got, (data - inside.mean()) / inside.std(), rtol=1e-12, atol=1e-12), name
# from a pipe, and a mask that goes for every entry of a list
data = v.numbers("i2", (9, 7, 5, 3))
mask = (rng.random(data.shape[:3]) < 0.5).astype("u1")
v.write("mask.vol", mask, v.affine("oblique"))
got, _ = norm(data, "--percentile", "2,98", "-m", "mask.vol", "--type", "double")
assert same(got, recipe(data, *np.percentile(data[mask != 0], (2, 98))))
v.write("in.vol", data, v.affine("oblique"), HU)
v.run("sh", "-c", "cat mask.vol | volnorm in.vol --percentile 2,98 -m - --type double -o out2.vol")
assert same(v.read("out2.vol")[0], got)
each = (rng.random(data.shape) < 0.5).astype("u1")
v.write("mask.vol", each, v.affine("oblique"))
got, _ = norm(data, "--percentile", "2,98", "-m", "mask.vol", "--type", "double")
assert same(got, recipe(data, *np.percentile(data[each != 0], (2, 98))))
EOF

py "integers: the ends are the type's, and volhu leads back" <<'EOF'
import numpy as np, volfile as v
from norm import *
data = np.arange(-1500, 1500, dtype="i2").reshape(30, 20, 5)
for code in ("u1", "i1", "u2", "i2", "u4", "i4"):
    info = np.iinfo(code)
    for words, want in ((["-r", "-1000,400"], recipe(data, -1000, 400)),
                        (["-r", "-1000,400", "--centre", "0.25"], recipe(data, -1000, 400, 0.25)),
                        (["--mean", "-300", "--sd", "250", "-r", "-1000,400"], (np.clip(data, -1000, 400) + 300.0) / 250)):
        got, keys = norm(data, *words, "--type", NAMES[code])
        assert got.dtype == code and got.min() == info.min and got.max() == info.max, code
        assert keys["unit"] == "stored" and keys["rescale.unit"] == "1", keys
        a, b = map(float, keys["rescale"].split())
        # half a step of the type, and the rounding of the two numbers
        assert np.abs(got * a + b - want).max() <= a / 2 + 1e-9, (code, words)
        v.run("volhu", "out.vol", "-o", "back.vol")
        back, _, keys = v.read("back.vol")
        assert keys["unit"] == "1" and np.abs(back - want).max() <= a / 2 + 1e-6, (code, words)
got, _ = norm(data, "-r", "-1000,400", "--type", "uint8")
exact = recipe(data, -1000, 400) * 255
assert np.array_equal(got, np.floor(exact + 0.5))
EOF

py "padding, NaN and infinities are not measured, and become the low end" <<'EOF'
import numpy as np, volfile as v
from norm import *
data = v.numbers("i2", (11, 13, 4))
data.flat[::7] = -2000
keys = {**HU, "padding": "-2000"}
measured = data[data != -2000].astype(float)
for words, fill in (([], 0), (["--centre", "0.25"], -0.25), (["-f", "-7"], -7)):
    got, out = norm(data, "--percentile", "0,100", *words, "--type", "double", keys=keys)
    want = recipe(data, measured.min(), measured.max(), 0.25 if "--centre" in words else 0)
    assert same(got, np.where(data == -2000, fill, want)) and "padding" not in out, words
got, _ = norm(data, "--zscore", "--type", "double", keys=keys)
want = np.where(data == -2000, 0, (data - measured.mean()) / measured.std())
assert np.allclose(got, want, rtol=1e-12, atol=1e-12)
got, _ = norm(data, "-r", "-1000,400", "--type", "uint8", "-f", "0.2", keys=keys)
assert (got[data == -2000] == 51).all()
real = v.numbers("f4", (5, 4, 3))
real.flat[:3] = np.nan, np.inf, -np.inf
got, _ = norm(real, "-r", "-1000,400", "--centre", "0.5")
assert got.flat[0] == -0.5 and got.flat[1] == 0.5 and got.flat[2] == -0.5
got, _ = norm(real, "--mean", "0", "--sd", "2", "-f", "9")
assert got.flat[0] == 9 and got.flat[1] == np.inf and got.flat[2] == -np.inf
EOF

py "statistics from a file" <<'EOF'
import json, numpy as np, volfile as v
from norm import *
data = v.numbers("i2", (11, 13, 4))
x = data.astype(float)
numbers = {"volumes": [{"mean": 1}], "count": 5, "min": -900, "max": 2000.5, "mean": -123.25, "sd": 456.5, "name": "a \u00e4 \"q\"",
           "percentiles": {"0.5": -850, "1": -800, "99": 1e3, "99.5": 1.2e3}, "deep": {"mean": 77, "x": [[], {}]}, "t": True, "n": None}
for indent in (None, 4):
    open("s.json", "w").write(json.dumps(numbers, indent=indent))
    got, keys = norm(data, "--zscore", "--stats", "s.json")
    assert same(got, ((x + 123.25) / 456.5).astype("f4"))
    for words, lo, hi in (("1,99", -800, 1000), ("0.5,99.5", -850, 1200), ("0,100", -900, 2000.5), ("0,99", -900, 1000)):
        got, _ = norm(data, "--percentile", words, "--stats", "s.json")
        assert same(got, recipe(data, lo, hi).astype("f4")), words
    got, _ = norm(data, "--zscore", "--percentile", "0.5,99.5", "--stats", "s.json")
    assert same(got, ((np.clip(x, -850, 1200) + 123.25) / 456.5).astype("f4"))
    assert "s.json" not in keys["history.1"]
EOF

py "what it keeps in memory does not grow" <<'EOF'
import volfile as v
for words, mib in ((["volnorm", "-r", "0,1"], 1024), (["volnorm", "-r", "0,1", "--type", "double"], 256),
                   (["volnorm", "-r", "0,1", "--type", "uint8"], 512)):
    peak = v.peak_mib(words, v.zeros_header("h", mib), mib)
    assert peak < 32, f"{words}: {peak:.1f} MiB"
EOF

if [ -x /usr/bin/time ] && [ -x "$TESTBIN/bigvol" ]; then
	"$TESTBIN/bigvol" 192 | volhu >big.vol
	for words in "--zscore" "--percentile 1,99" "--zscore -m big.vol"; do
		# shellcheck disable=SC2086  # words
		/usr/bin/time -q -f %M -o peak volnorm big.vol $words >/dev/null
		ok "... nor when it measures: $words" test "$(cat peak)" -lt 40000
	done
	/usr/bin/time -q -f %M -o peak volnorm --zscore <big.vol >/dev/null
	ok "... nor from a redirected file" test "$(cat peak)" -lt 40000
	# shellcheck disable=SC2002
	cat big.vol | /usr/bin/time -q -f %M -o peak volnorm --zscore >/dev/null
	ok "... nor from a pipe" test "$(cat peak)" -lt 40000
	rm big.vol
else
	skip "... nor when it measures" "no time(1)"
fi

# ---- what is refused ----

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
data = np.arange(60, dtype="i2").reshape(5, 4, 3)
v.write("hu.vol", data, keys={"unit": "HU"})
v.write("ct.vol", data, keys={"unit": "stored", "rescale": "1 -1024", "rescale.unit": "HU"})
v.write("one.vol", data * 0 + 7, keys={"unit": "HU"})
v.write("label.vol", data.astype("u1"), keys={"unit": "label"})
v.write("rgb.vol", np.zeros((4, 3, 2, 3), "u1"), colour=True)
v.write("nan.vol", np.full((5, 4, 3), np.nan, "f4"), keys={"unit": "HU"})
v.write("pad.vol", data * 0 - 5, keys={"unit": "HU", "padding": "-5"})
v.write("empty.vol", data * 0)
v.write("moved.vol", data, v.affine("oblique"))
v.write("small.vol", data[:4])
v.write("huge.vol", np.array([[[-1e308, 1e308]]]), keys={"unit": "HU"})
EOF
must_fail 2 "no word on how" volnorm hu.vol
said "is told the ways" "give --range LO,HI, --percentile P,Q or --zscore"
for words in "-r 1,1" "-r 5,1" "-r 0,1 --percentile 1,99" "--percentile 5,101" "--percentile=-1,50" "--percentile 5,5" \
	"--mean 1" "--sd 1" "--mean 1 --sd 0" "--mean 1 --sd -2" "--zscore --centre 1" "-r 0,1 --stats s" "-r 0,1 -m hu.vol" \
	"--mean 1 --sd 2 -m hu.vol" "--zscore --type int16" "-r 0,1 --type int64"; do
	# shellcheck disable=SC2086  # words
	must_fail 2 "volnorm $words" volnorm hu.vol $words
done
must_fail 1 "stored values" volnorm ct.vol -r 0,1
said "the way out" "run volhu first"
must_fail 1 "labels" volnorm label.vol -r 0,1
must_fail 1 "colour" volnorm rgb.vol -r 0,1
must_fail 1 "one value only, z-score" volnorm one.vol --zscore
said "nothing to divide by" "standard deviation is 0"
must_fail 1 "one value only, percentiles" volnorm one.vol --percentile 1,99
said "both are named" "range from 7 to 7"
must_fail 1 "only NaN" volnorm nan.vol --zscore
must_fail 1 "only padding" volnorm pad.vol --percentile 1,99
must_fail 1 "an empty mask" volnorm hu.vol --zscore -m empty.vol
said "is named" "mask holds no measured voxel"
must_fail 1 "a mask elsewhere" volnorm hu.vol --zscore -m moved.vol
must_fail 1 "a mask of another size" volnorm hu.vol --zscore -m small.vol
must_fail 1 "a mask in colour" volnorm hu.vol --zscore -m rgb.vol
must_fail 1 "no mask" volnorm hu.vol --zscore -m absent.vol
must_fail 1 "a range that no double spans" volnorm huge.vol --percentile 0,100
must_fail 1 "a fill beyond an integer result" volnorm hu.vol -r 0,1 --type uint8 -f 1.5
must_fail 1 "no file of statistics" volnorm hu.vol --zscore --stats absent.json
echo '{"mean": 3}' >s.json
must_fail 1 "statistics without sd" volnorm hu.vol --zscore --stats s.json
must_fail 1 "statistics without a percentile" volnorm hu.vol --percentile 3,97 --stats s.json
said "which is named" "has no percentile 3$"
echo '{"count": 3}' >s.json
must_fail 1 "statistics with nothing in them" volnorm hu.vol --zscore --stats s.json
echo '{"mean": 3, "sd": 0}' >s.json
must_fail 1 "statistics with sd 0" volnorm hu.vol --zscore --stats s.json
for bad in '' '{"mean": 3,}' '{"mean": 03}' '{"mean": .5}' '{"mean": 1.}' '{"mean": 1e}' '{"mean": NaN}' '{mean: 3}' "{'mean': 3}" \
	'{"mean": 3} x' '{"mean": 3' '["a\q"]' '["a\u12g4"]' '[1 2]' '{"a"}' 'tru' '-' '"'; do
	printf '%s' "$bad" >s.json
	must_fail 1 "not JSON: $bad" volnorm hu.vol --zscore --stats s.json
	said "is named with its line" "s.json: line 1 is not JSON"
done
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "[" }' >s.json
must_fail 1 "not JSON: too deep" volnorm hu.vol --zscore --stats s.json
head -c 5000 hu.vol >/dev/null
size=$(wc -c <hu.vol)
head -c $((size - 1)) hu.vol >cut.vol
must_fail 1 "cut short, measured" volnorm cut.vol --zscore -o left.vol
must_fail 1 "cut short, from a pipe" sh -c 'cat cut.vol | volnorm --zscore -o left.vol'
must_fail 1 "cut short, by range" volnorm cut.vol -r 0,1 -o left.vol
must_fail 1 "no room to hold a pipe" sh -c 'cat hu.vol | TMPDIR=/nowhere/at/all volnorm --zscore'
is "no file is left" "$(find . -name '*left.vol*')" ""
ok "-v says what was measured" volnorm -v hu.vol --zscore -o out.vol
said "over how many voxels" "note: hu.vol: measured over 60 voxels"
said "and what" "note: hu.vol: mean 29.5, sd 17.3"
if [ -x "$TESTBIN/hammer" ]; then
	ok "damaged in hundreds of ways, it takes or refuses" "$TESTBIN/hammer" -n 300 -M 256 \
		--suffix .vol -k "$TMP/kept" hu.vol pad.vol huge.vol -- volnorm --percentile 0,100 -o hammered {}
else
	skip "damaged in hundreds of ways, it takes or refuses" "no hammer"
fi
done_testing
