#!/bin/sh
# volwin: against NumPy, bit for bit, and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

cat >win.py <<'EOF'
import numpy as np
import volfile as v

HU = {"unit": "HU", "window": "40 400", "stored.range": "0 4095", "foreign": "kept"}
PRESETS = {"lung": (-600, 1500), "mediastinum": (50, 350), "soft": (50, 400), "liver": (30, 150), "bone": (400, 1800),
           "brain": (40, 80), "subdural": (75, 215), "stroke": (40, 40), "temporal": (600, 2800), "spine": (50, 250)}


def win(data, *words, keys=HU, where="oblique"):
    """volwin's result: data, keys."""
    v.write("in.vol", data, v.affine(where), keys)
    v.run("volwin", "in.vol", *words, "-o", "out.vol")
    got, affine, keys = v.read("out.vol")
    assert np.allclose(affine, v.affine(where))
    return got, keys


def exact(data, c, w):
    """DICOM's LINEAR_EXACT to 0..1, taken from the low end."""
    return np.clip((data.astype(float) - (c - w / 2)) / w, 0, 1)


def linear(data, c, w):
    """DICOM's LINEAR to 0..1, case by case as PS3.3, C.11.2.1.2 has it."""
    x = data.astype(float)
    y = np.zeros(x.shape) if w == 1 else (x - (c - 0.5)) / (w - 1) + 0.5
    y[x <= c - 0.5 - (w - 1) / 2] = 0
    y[x > c - 0.5 + (w - 1) / 2] = 1
    return y


def half_up(x):
    return np.floor(x + 0.5)


def same(got, want):
    return got.dtype == want.dtype and np.array_equal(got, want, equal_nan=True)
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

py "every type and both functions, to every type of result" <<'EOF'
import numpy as np, volfile as v
from win import *
for code in v.TYPES.values():
    data = v.numbers(code, (23, 19, 5))
    for c, w in ((40, 400), (-600, 1500), (40.5, 81), (0.25, 1), (100, 2)):
        for name, function in (("exact", exact), ("linear", linear)):
            want = function(data, c, w)
            for result, top in (("float", 1), ("double", 1), ("uint8", 255), ("uint16", 65535)):
                got, keys = win(data, "-w", f"{c},{w}", "--function", name, "--type", result)
                expected = want * top if top == 1 else half_up(want * top)
                assert same(got, expected.astype(v.TYPES[result])), (code, c, w, name, result)
                assert keys["foreign"] == "kept" and "stored.range" not in keys
                if top == 1:
                    assert keys["unit"] == "1" and keys["window"] == "0.5 1" and "rescale" not in keys
                else:
                    assert keys["unit"] == "stored" and keys["rescale.unit"] == "1" and keys["window"] == f"{top / 2:g} {top}"
                    assert float(keys["rescale"].split()[0]) == 1 / top
v.run("volhu", "out.vol", "-o", "back.vol")
back, _, keys = v.read("back.vol")
assert keys["unit"] == "1" and np.abs(back - want).max() <= 0.5 / 65535 + 1e-7
EOF

py "the names, and the stream's own window" <<'EOF'
import numpy as np, volfile as v
from win import *
data = np.arange(-2048, 3000, dtype="i2")[:5040].reshape(18, 20, 14)
for name, (c, w) in PRESETS.items():
    got, keys = win(data, "-w", name)
    assert same(got, exact(data, c, w).astype("f4")), name
    assert f"volwin 0.1.0 --window {name};" in keys["history.1"], keys["history.1"]
got, _ = win(data)
assert same(got, exact(data, 40, 400).astype("f4"))
got, _ = win(data, keys={"unit": "stored", "rescale": "1 -1024", "window": "1064 400"})
assert same(got, exact(data, 1064, 400).astype("f4"))
got, _ = win(data, "-w", "-600,1500")
v.run("volnorm", "-r", "-1350,150", "in.vol", "-o", "norm.vol")
assert same(got, v.read("norm.vol")[0])
EOF

py "clamped in place, and as the recipe does" <<'EOF'
import numpy as np, volfile as v
from win import *


def window_image(image, c, w):
    """The recipes' clamp: both halves rounded down."""
    return np.minimum(np.maximum(image, c - w // 2), c + w // 2)


for code in v.TYPES.values():
    data = v.numbers(code, (23, 19, 5))
    info = (np.iinfo if code[0] != "f" else np.finfo)(code)
    for c, w in ((40, 80), (40, 81), (0, 255), (30, 7)):
        lo, hi = c - w / 2, c + w / 2
        if code[0] != "f":
            lo, hi = max(np.ceil(lo), info.min), min(np.floor(hi), info.max)
        got, keys = win(data, "-w", f"{c},{w}", "--clamp")
        assert same(got, np.clip(data.astype(float), lo, hi).astype(code)), (code, c, w)
        assert keys["unit"] == "HU" and keys["window"] == f"{c} {w}" and "stored.range" not in keys
        if code in ("i2", "i4", "f4", "f8"):
            got, _ = win(data, "-w", f"{c},{w}", "--clamp", "--as-recipe")
            assert same(got, window_image(data, c, w).astype(code)), (code, c, w)
data = v.numbers("i2", (23, 19, 5))
got, _ = win(data, "-w", "40,80", "--clamp", "--function", "linear")
assert same(got, np.clip(data, 0, 79))
EOF

py "padding, NaN, infinities; lists and one-voxel axes; pipes" <<'EOF'
import numpy as np, volfile as v
from win import *
data = v.numbers("i2", (9, 8, 7))
data.flat[::5] = 3000
keys = {**HU, "padding": "3000"}
want = exact(data, 40, 400).astype("f4")
for words, fill in (([], 0), (["-f", "-1"], -1)):
    got, out = win(data, "-w", "40,400", *words, keys=keys)
    assert same(got, np.where(data == 3000, np.float32(fill), want)) and "padding" not in out
got, _ = win(data, "-w", "40,400", "--clamp", keys=keys)
assert same(got, np.where(data == 3000, -160, np.clip(data, -160, 240)).astype("i2"))
got, _ = win(data, "-w", "40,400", "--clamp", "-f", "-1000", keys=keys)
assert (got[data == 3000] == -1000).all()
got, _ = win(data, "-w", "40,400", "--clamp", "--as-recipe", keys=keys)
assert same(got, np.clip(data, -160, 240))
got, _ = win(data, "-w", "40,400", "--type", "uint8", "-f", "255", keys=keys)
assert (got[data == 3000] == 255).all()
real = v.numbers("f4", (5, 4, 3))
real.flat[:3] = np.nan, np.inf, -np.inf
got, _ = win(real, "-w", "40,400")
assert got.flat[0] == 0 and got.flat[1] == 1 and got.flat[2] == 0
got, _ = win(real, "-w", "40,400", "--clamp")
assert got.flat[0] == -160 and got.flat[1] == 240 and got.flat[2] == -160
for shape in ((1, 1, 1), (1, 9, 1), (5, 4, 3, 2), (700, 500, 3)):
    data = v.numbers("i2", shape)
    got, _ = win(data, "-w", "lung", where="left-handed")
    assert same(got, exact(data, -600, 1500).astype("f4"))
    assert v.run("sh", "-c", "cat in.vol | volwin -w lung | cat") == v.Path("out.vol").read_bytes()
EOF

py "memory does not grow" <<'EOF'
import volfile as v
for words, mib in ((["volwin", "-w", "1,2"], 512), (["volwin", "-w", "1,2", "--clamp"], 256)):
    peak = v.peak_mib(words, v.zeros_header("h", mib), mib)
    assert peak < 32, f"{words}: {peak:.1f} MiB"
EOF

# ---- what is refused ----

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
data = np.arange(60, dtype="i2").reshape(5, 4, 3)
v.write("hu.vol", data, keys={"unit": "HU"})
v.write("ct.vol", data, keys={"unit": "stored", "rescale": "1 -1024", "rescale.unit": "HU"})
v.write("none.vol", data)
v.write("label.vol", data.astype("u1"), keys={"unit": "label", "window": "1 2"})
v.write("rgb.vol", np.zeros((4, 3, 2, 3), "u1"), colour=True, keys={"window": "1 2"})
v.write("wide.vol", data, keys={"unit": "HU", "window": "40 0"})
v.write("word.vol", data, keys={"unit": "HU", "window": "wide open"})
v.write("u1.vol", data.astype("u1"), keys={"unit": "HU"})
EOF
for w in "" "," 1 "1," ",1" 1,2,3 lungs 1,x nan,1 1,inf "1, 2"; do
	must_fail 2 "window '$w'" volwin hu.vol -w "$w"
done
for w in 1,0 1,-5; do
	must_fail 1 "window $w" volwin hu.vol -w "$w"
done
must_fail 1 "a width that LINEAR does not have" volwin hu.vol -w 40,0.5 --function linear
must_fail 1 "no window anywhere" volwin hu.vol
said "says so" "^volwin: hu.vol: has no vol.window: give --window$"
must_fail 1 "a window of width 0" volwin wide.vol
must_fail 1 "a window in words" volwin word.vol
must_fail 1 "stored values, by numbers" volwin ct.vol -w 40,400
said "the way out" "run volhu first"
must_fail 1 "stored values, by name" volwin ct.vol -w lung
must_fail 1 "no unit, by name" volwin none.vol -w lung
must_fail 1 "labels" volwin label.vol
must_fail 1 "colour" volwin rgb.vol
must_fail 2 "--clamp with a type" volwin hu.vol -w lung --clamp --type uint8
must_fail 2 "--as-recipe without --clamp" volwin hu.vol -w lung --as-recipe
must_fail 1 "a window below all of the type" volwin u1.vol -w -600,100 --clamp
must_fail 1 "a window between two whole numbers" volwin hu.vol -w 0.5,0.5 --clamp
must_fail 1 "a fill with a fraction" volwin hu.vol -w lung --clamp -f 0.5
must_fail 1 "a fill beyond 8 bits" volwin hu.vol -w lung --type uint8 -f 256
size=$(wc -c <hu.vol)
head -c $((size - 1)) hu.vol >cut.vol
must_fail 1 "cut short" volwin cut.vol -w lung -o left.vol
is "no file is left" "$(find . -name '*left.vol*')" ""
done_testing
