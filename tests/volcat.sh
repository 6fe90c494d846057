#!/bin/sh
# volcat: lists and stacks against NumPy; what the keys say; what does not fit, and by how much.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

py "lists: every type, colour, volumes and lists mixed, one from a pipe" <<'EOF'
import numpy as np, volfile as v
where = v.affine("oblique")
for name, code in v.TYPES.items():
    for colour in (False, True):
        for shape in ((7, 5, 3), (1, 1, 1)):
            parts = [v.numbers(code, shape + extra + (3,) * colour, seed) for seed, extra in enumerate(((), (3,), (1,), ()))]
            for i, part in enumerate(parts):
                v.write(f"in{i}.vol", part, where, colour=colour)
            want = np.concatenate([p if p.ndim == 4 + colour else np.expand_dims(p, 3) for p in parts], axis=3)
            v.run("volcat", *[f"in{i}.vol" for i in range(4)], "-o", "out.vol")
            got, place, keys = v.read("out.vol")
            assert got.dtype == want.dtype and np.array_equal(got, want) and np.array_equal(place, where), (name, shape)
            assert keys["history.1"].startswith("volcat ") and keys["history.1"].count("sha256:") == 4
            assert v.run("volcat", "in0.vol", "-", "in2.vol", "in3.vol", stdin="in1.vol") == open("out.vol", "rb").read()
EOF

py "stacks of slabs: oblique, left-handed, sheared; lists entry by entry" <<'EOF'
import numpy as np, volfile as v
for kind in ("axial", "oblique", "left-handed", "sheared"):
    for tail in ((), (4,)):
        where = v.affine(kind)
        data = v.numbers("i2", (31, 17, 12) + tail)
        v.write("whole.vol", data, where)
        names, at = [], 0
        for n in (5, 1, 1, 3, 2):
            place = where.copy()
            place[:3, 3] = (where @ (0, 0, at, 1))[:3]
            names.append(f"slab{at}.vol")
            v.write(names[-1], data[:, :, at:at + n], place)
            at += n
        v.run("volcat", "--axis", "z", *names, "-o", "out.vol")
        got, place, keys = v.read("out.vol")
        assert np.array_equal(got, data) and np.array_equal(place, where) and "history.2" not in keys
        # a slab from a pipe
        got = v.run("volcat", "--axis", "z", names[0], "-", *names[2:], stdin=names[1])
        assert got == open("out.vol", "rb").read()
EOF

py "large slices, in parts of one; many volumes" <<'EOF'
import numpy as np, volfile as v
data = v.numbers("i2", (700, 600, 2, 3))
for i in range(3):
    v.write(f"in{i}.vol", data[..., i])
v.run("volcat", *[f"in{i}.vol" for i in range(3)], "-o", "out.vol")
assert np.array_equal(v.read("out.vol")[0], data)
v.run("volcat", "--axis", "z", "out.vol", "-o", "one.vol")
assert np.array_equal(v.read("one.vol")[0], data)
many = v.numbers("u1", (3, 2, 2, 1500))
names = [f"m{i}" for i in range(1500)]
for i, name in enumerate(names):
    v.write(name, many[..., i])
v.run("sh", "-c", "ulimit -S -n 256; exec volcat -o out.vol " + " ".join(names))
assert np.array_equal(v.read("out.vol")[0], many)
EOF

py "volsplit and volcat: there and back to the same bytes but for the history" <<'EOF'
import numpy as np, volfile as v
data = v.numbers("i2", (9, 8, 4, 5))
pairs = " ".join(f"{1 + k % 7} {k}" for k in range(20))
v.write("in.vol", data, v.affine("oblique"), {"axis": "bvalue s/mm2 0 0 500 1000 1000", "rescale": pairs, "unit": "stored", "window": "40 80"})
raw = open("in.vol", "rb").read()
more = [b"DWMRI_gradient_0000:=0 0 0", b"DWMRI_NEX_0000:=2", b"DWMRI_gradient_0002:=1 0 0", b"DWMRI_gradient_0003:=0 1 0", b"DWMRI_gradient_0004:=0 0 1"]
open("in.vol", "wb").write(raw.replace(b"\n\n", b"\n" + b"\n".join(more) + b"\n\n", 1))
v.run("volsplit", "in.vol", "-o", "part{}.vol")
v.run("volcat", *[f"part{i}.vol" for i in range(5)], "-o", "out.vol")
got, where, keys = v.read("out.vol")
assert np.array_equal(got, data) and np.array_equal(where, v.affine("oblique"))
assert keys["axis"] == "bvalue s/mm2 0 0 500 1000 1000" and keys["rescale"] == pairs and keys["window"] == "40 80"
assert {k: x for k, x in keys.items() if k.startswith("DWMRI")} == {f"DWMRI_gradient_000{i}": x for i, x in enumerate(["0 0 0", "0 0 0", "1 0 0", "0 1 0", "0 0 1"])}
# in two lists, with one gradient that stands for two
v.run("volsplit", "-e", 4, "in.vol", "-o", "last.vol")
v.run("volcat", "last.vol", "in.vol", "-o", "out.vol")
keys = v.read("out.vol")[2]
assert keys["axis"] == "bvalue s/mm2 1000 0 0 500 1000 1000"
assert keys["DWMRI_gradient_0000"] == "0 0 1" and keys["DWMRI_gradient_0001"] == "0 0 0" and keys["DWMRI_NEX_0001"] == "2" and keys["DWMRI_gradient_0003"] == "1 0 0", keys
EOF

py "vol.rescale: one pair while it is the same, else one for each slice in the order of the slices" <<'EOF'
import numpy as np, volfile as v
where = v.affine("plain")
above = where.copy()
above[:3, 3] = (where @ (0, 0, 2, 1))[:3]
def cat(first, second, *words):
    stored = {"unit": "stored", "rescale.unit": "HU"}
    shape = (3, 2, 2, 2) if words else (3, 2, 2)
    v.write("a.vol", np.zeros(shape, "i2"), where, {**stored, "rescale": first})
    v.write("b.vol", np.zeros(shape, "i2"), above if words else where, {**stored, "rescale": second})
    v.run("volcat", *words, "a.vol", "b.vol", "-o", "out.vol")
    keys = v.read("out.vol")[2]
    assert keys["unit"] == "stored" and keys["rescale.unit"] == "HU"
    return keys["rescale"]
assert cat("2 -1", "2 -1") == "2 -1"
assert cat("2 -1", "2 -1 2 -1") == "2 -1"
assert cat("2 -1", "3 1") == "2 -1 2 -1 3 1 3 1"
assert cat("2 -1 4 5", "3 1") == "2 -1 4 5 3 1 3 1"
# entry 0 of a, entry 0 of b, entry 1 of a, entry 1 of b
assert cat("1 1 2 2 3 3 4 4", "5 5 6 6 7 7 8 8", "--axis", "z") == "1 1 2 2 5 5 6 6 3 3 4 4 7 7 8 8"
assert cat("1 1", "2 2", "--axis", "z") == "1 1 1 1 2 2 2 2 1 1 1 1 2 2 2 2"
EOF

py "other keys stay where all have the same; a dropped mark is a warning; --values" <<'EOF'
import numpy as np, volfile as v
data = np.zeros((3, 2, 2), "i2")
v.write("a.vol", data, keys={"unit": "HU", "padding": "-2000", "window": "40 80", "modality": "CT", "axis": "time s 0", "x": "1"})
v.write("b.vol", data, keys={"unit": "HU", "padding": "-1000", "window": "40 80", "modality": "MR", "axis": "time s 2", "y": "1"})
v.write("c.vol", data, keys={"unit": "HU", "axis": "echo ms 2"})
status, _, said = v.tool("volcat", "a.vol", "b.vol", "-o", "out.vol")
keys = v.read("out.vol")[2]
assert status == 0 and said.count("\n") == 1 and "warning: b.vol: vol.padding is not that of a.vol; dropped" in said, said
assert {k: x for k, x in keys.items() if "history" not in k} == {"unit": "HU", "window": "40 80", "axis": "time s 0 2"}, keys
status, _, said = v.tool("volcat", "c.vol", "a.vol", "-o", "out.vol")
assert status == 0 and "a.vol: vol.padding is not that of c.vol" in said and "vol.axis does not say the same axis" in said, said
assert "axis" not in v.read("out.vol")[2]
v.run("volcat", "c.vol", "c.vol", "--values", "echo ms 4.9 7.4", "-o", "out.vol")
keys = v.read("out.vol")[2]
assert keys["axis"] == "echo ms 4.9 7.4" and "--values 'echo ms 4.9 7.4'; read sha256:" in keys["history.1"], keys
for text in ("echo ms 4.9", "echo ms 1 2 3", "", "echo"):
    status, out, said = v.tool("volcat", "c.vol", "c.vol", "--values", text)
    assert status == 1 and not out and "a value for each of 2 volumes" in said, (text, said)
EOF

py "volumes in other formats" <<'EOF'
import nibabel, numpy as np, volfile as v
where = v.affine("oblique")
data = v.numbers("i2", (9, 8, 7, 2))
for i, name in enumerate(("a.nii.gz", "b.nii")):
    nibabel.save(nibabel.Nifti1Image(data[..., i], where), name)
v.run("volcat", "a.nii.gz", "b.nii", "-o", "out.vol")
got, place, _ = v.read("out.vol")
# NIfTI holds floats
assert np.array_equal(got, data) and v.corner_distance(place, where, data.shape) < 1e-3
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
where = v.affine("oblique")
def at(name, slices, dtype="i2", shape=(6, 5, 4), side=0.0, keys=(), colour=False, turned=False):
    place = where.copy()
    place[:3, 3] = (where @ (side, 0, slices, 1))[:3]
    if turned:
        place[:3, 2] *= 1.01
    v.write(name, np.zeros(shape, dtype), place, keys, colour=colour)
at("in.vol", 0)
at("next.vol", 4)
at("third.vol", 8)
at("later.vol", 5)
at("near.vol", 3.5)
at("before.vol", -4)
at("nearly.vol", 4.003)
at("side.vol", 4, side=1)
at("turned.vol", 4, turned=True)
at("far.vol", 400)
at("float.vol", 0, "f4")
at("small.vol", 0, shape=(6, 5, 3))
at("thin.vol", 4, shape=(6, 4, 4))
at("list.vol", 4, shape=(6, 5, 4, 2))
at("colour.vol", 0, "i2", (6, 5, 4, 3), colour=True)
at("hu.vol", 0, keys={"unit": "HU"})
at("stored.vol", 0, keys={"unit": "stored", "rescale": "1 -1024"})
at("plain.vol", 0, keys={"unit": "stored"})
at("left.vol", 0, "u1", keys={"unit": "label", "labels": "1 left"})
at("right.vol", 0, "u1", keys={"unit": "label", "labels": "1 right"})
EOF
must_fail 1 "a list of two places" volcat in.vol next.vol
said "says how far" "^volcat: next.vol: lies up to 10 mm off the grid of in.vol: .*volresample --like"
must_fail 1 "two types" volcat in.vol float.vol
said "says how to make them one" "float.vol: is float, in.vol is int16: make them the same with volcast --type"
must_fail 1 "two sizes" volcat in.vol small.vol
must_fail 1 "colour and grey" volcat in.vol colour.vol
must_fail 1 "two units" volcat stored.vol hu.vol
said "says which" "hu.vol: the unit of its values is HU, of stored.vol stored"
must_fail 1 "a unit and none" volcat hu.vol in.vol
must_fail 1 "a rescale and none" volcat stored.vol plain.vol
must_fail 1 "other names for labels" volcat left.vol right.vol
must_fail 2 "stdin twice" volcat - -
must_fail 2 "nothing" volcat
must_fail 2 "values for a stack" volcat --axis z --values 'a b 1' in.vol
must_fail 1 "no such file" volcat in.vol none.vol
ok "a stack" volcat --axis z in.vol next.vol -o out.vol
is "... of both" "$(volinfo --get size out.vol)" "6 5 8"
ok "a step that rounding could have made" volcat --axis z in.vol nearly.vol -o out.vol
must_fail 1 "a gap" volcat --axis z in.vol later.vol
said "says how wide" "^volcat: later.vol: there is a gap of 2.5 mm between it and in.vol \(slices are 2.5 mm apart\)"
must_fail 1 "a gap after two" volcat --axis z in.vol next.vol far.vol
said "says after which" "^volcat: far.vol: there is a gap of 980 mm between it and next.vol \("
must_fail 1 "slabs that overlap" volcat --axis z in.vol near.vol
said "says by how much" "near.vol: overlaps in.vol by 1.25 mm \(slices are 2.5 mm apart\)"
must_fail 1 "the same slab twice" volcat --axis z in.vol in.vol
said "says so" "overlaps in.vol by 10 mm \("
must_fail 1 "in the wrong order" volcat --axis z in.vol before.vol
said "says so" "before.vol: lies before in.vol: give them in the order of their slices"
must_fail 1 "beside the stack" volcat --axis z in.vol side.vol
said "says so" "side.vol: does not continue in.vol: it lies up to 0.7 mm off, and not along the slice axis alone"
must_fail 1 "another spacing" volcat --axis z in.vol turned.vol
must_fail 1 "a narrower slab" volcat --axis z in.vol thin.vol
must_fail 1 "a list on a single volume" volcat --axis z in.vol list.vol
said "says so" "list.vol: has a list axis of 2, in.vol of 1"

# whole or absent
size=$(stat -c %s next.vol)
head -c $((size - 1)) next.vol >cut.vol
(cat next.vol && echo) >long.vol
for f in cut long; do
	rm -f out.vol
	for part in "in.vol $f.vol" "$f.vol third.vol"; do
		# shellcheck disable=SC2086  # two names
		must_fail 1 "$f: $part" volcat --axis z $part -o out.vol
	done
	is "$f: leaves nothing" "$(ls out.vol 2>/dev/null)" ""
done
if ! grep -qa __asan_init "$BUILD/bin/volcat"; then
	py "streams: 256 MiB beside a file of as many in less than 64" <<'EOF'
import volfile as v
head = v.zeros_header("zeros.vol", 256)
with open("zeros.vol", "wb") as f:
    f.write(head)
    f.truncate(len(head) + (256 << 20))
peak = v.peak_mib(["volcat", "zeros.vol", "-", "zeros.vol"], head, 256)
assert peak < 64, peak
EOF
fi
done_testing
