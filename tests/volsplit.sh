#!/bin/sh
# volsplit: entries of lists against NumPy; what the keys say of them; names; unsound input.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

py "every entry of every type, with colour, from files and pipes; -e and {} agree to the byte" <<'EOF'
import os, numpy as np, volfile as v
where = v.affine("oblique")
for name, code in v.TYPES.items():
    for colour in (False, True):
        for shape in ((7, 5, 3), (1, 1, 1), (61, 67, 1)):
            data = v.numbers(code, shape + (4,) + (3,) * colour)
            v.write("in.vol", data, where, {"axis": "time s 0 2 4.5 7"}, colour=colour)
            v.run("volsplit", "in.vol", "-o", "part{}.vol")
            for i in range(4):
                got, place, keys = v.read(f"part{i}.vol")
                assert got.dtype == data.dtype and np.array_equal(got, data[:, :, :, i]) and np.array_equal(place, where), (name, shape, i)
                assert keys["axis"] == "time s " + ("0", "2", "4.5", "7")[i]
                assert keys["history.1"].startswith("volsplit ") and f" --entry {i};" in keys["history.1"]
                want = open(f"part{i}.vol", "rb").read()
                assert v.run("volsplit", "-e", i, "in.vol") == want == v.run("volsplit", "--entry", i, stdin="in.vol")
EOF

py "entries larger than a slab, and slabs larger than an entry" <<'EOF'
import numpy as np, volfile as v
for shape in ((600, 500, 2, 3), (300, 290, 3, 5), (9, 8, 7, 900)):
    data = v.numbers("i2", shape)
    v.write("in.vol", data)
    for given in ({}, {"stdin": "in.vol"}):
        v.run("volsplit", *([] if given else ["in.vol"]), "-o", "e{:04d}.vol", **given)
        for i in range(0, shape[3], 1 if shape[3] < 10 else 47):
            assert np.array_equal(v.read(f"e{i:04d}.vol")[0], data[..., i]), (shape, i)
EOF

py "input that ends early: what is there is whole, the rest is absent" <<'EOF'
import os, numpy as np, volfile as v
data = v.numbers("i2", (400, 400, 3, 4))
v.write("in.vol", data)
raw = open("in.vol", "rb").read()
for given in ("file", "pipe"):
    open("cut.vol", "wb").write(raw[:-data[..., 2:].size])
    words = ["cut.vol"] if given == "file" else []
    status, _, said = v.tool("volsplit", *words, "-o", given + "{}.vol", stdin=None if words else "cut.vol")
    assert status == 1 and "ends after 9 of 12 slices" in said, said
    names = sorted(n for n in os.listdir(".") if n.startswith(given))
    assert names == [given + "0.vol", given + "1.vol", given + "2.vol"], names
    for i, name in enumerate(names):
        assert np.array_equal(v.read(name)[0], data[..., i])
EOF

py "one volume is one entry, with a list axis or without" <<'EOF'
import numpy as np, volfile as v
for shape in ((4, 3, 2), (4, 3, 2, 1)):
    data = v.numbers("i2", shape)
    for axis in ("echo ms 4.9", "echo ms"):
        v.write("in.vol", data, keys={"axis": axis})
        for words in ((), ("-e", 0)):
            v.run("volsplit", *words, "in.vol", "-o", "out.vol")
            got, _, keys = v.read("out.vol")
            assert np.array_equal(got, data.reshape(4, 3, 2)) and keys["axis"] == axis, keys
        v.run("volsplit", "in.vol", "-o", "n{}.vol")
        assert np.array_equal(v.read("n0.vol")[0], data.reshape(4, 3, 2))
EOF

py "the pairs of vol.rescale that belong to the entry; one where they are the same" <<'EOF'
import numpy as np, volfile as v
data = v.numbers("i2", (4, 3, 2, 3))
v.write("in.vol", data, keys={"unit": "stored", "rescale": "1 0 1 5 2 0 2 0 3 1 4 1", "rescale.unit": "HU", "other": "kept", "padding": "-2000"})
v.run("volsplit", "in.vol", "-o", "out{}.vol")
keys = [v.read(f"out{i}.vol")[2] for i in range(3)]
assert [k["rescale"] for k in keys] == ["1 0 1 5", "2 0", "3 1 4 1"], keys
assert all(k["unit"] == "stored" and k["rescale.unit"] == "HU" and k["other"] == "kept" and k["padding"] == "-2000" for k in keys)
v.write("in.vol", data, keys={"unit": "stored", "rescale": "2 -1"})
v.run("volsplit", "-e", 2, "in.vol", "-o", "out.vol")
assert v.read("out.vol")[2]["rescale"] == "2 -1"
v.write("in.vol", data, keys={"rescale": "2 -1 3"})
assert v.tool("volsplit", "-e", 2, "in.vol")[:2] == (1, b"")
EOF

py "diffusion: the gradient of the entry, NEX counted" <<'EOF'
import numpy as np, volfile as v
data = v.numbers("i2", (4, 3, 2, 6))
v.write("in.vol", data, keys={"axis": "bvalue s/mm2 0 0 0 1000 1000 700"})
raw = open("in.vol", "rb").read()
lines = [b"DWMRI_b-value:=1000", b"DWMRI_gradient_0000:=0 0 0", b"DWMRI_NEX_0000:=3", b"DWMRI_gradient_0003:=1 0 0", b"DWMRI_gradient_0004:=0 1 0",
         b"DWMRI_B-matrix_0005:=1 0 0 1 0 1", b"modality:=DWMRI"]
open("in.vol", "wb").write(raw.replace(b"\n\n", b"\n" + b"\n".join(lines) + b"\n\n", 1))
v.run("volsplit", "in.vol", "-o", "out{:02d}.vol")
for i, (key, want) in enumerate([("gradient", "0 0 0")] * 3 + [("gradient", "1 0 0"), ("gradient", "0 1 0"), ("B-matrix", "1 0 0 1 0 1")]):
    keys = v.read(f"out{i:02d}.vol")[2]
    found = {k: x for k, x in keys.items() if k.startswith("DWMRI") and k[-1].isdigit()}
    assert found == {f"DWMRI_{key}_0000": want}, (i, found)
    assert keys["DWMRI_b-value"] == "1000" and keys["modality"] == "DWMRI"
EOF

py "values that do not fit the list are dropped, with a warning" <<'EOF'
import numpy as np, volfile as v
v.write("in.vol", v.numbers("i2", (4, 3, 2, 3)), keys={"axis": "time s 0 1"})
status, out, said = v.tool("volsplit", "-e", 1, "in.vol", "-o", "out.vol")
assert status == 0 and "warning: in.vol: vol.axis does not have a name, a unit and one value for each of 3 entries" in said, said
assert "axis" not in v.read("out.vol")[2]
EOF

py "names: {} as wide as the last number, {:d}, {:03d}; other braces stand as they are" <<'EOF'
import glob, os, numpy as np, volfile as v
os.mkdir("names")
os.chdir("names")
data = v.numbers("u1", (2, 2, 2, 11))
v.write("../in.vol", data)
for pattern, name in (("a{}.vol", "a{:02d}.vol"), ("b{:d}.vol", "b{:d}.vol"), ("c{:03d}.vol", "c{:03d}.vol"), ("{x}{:2d}%d.vol", "{{x}}{:02d}%d.vol"),
                      ("e{}-{}.vol", "e{0:02d}-{0:02d}.vol")):
    v.run("volsplit", "../in.vol", "-o", pattern)
    names = {name.format(i) for i in range(11)}
    assert set(os.listdir(".")) == names, (pattern, os.listdir("."))
    for i in range(11):
        assert np.array_equal(v.read(name.format(i))[0], data[..., i])
        os.unlink(name.format(i))
v.run("volsplit", "-e", 3, "../in.vol", "-o", "f{}.vol")
assert os.listdir(".") == ["f03.vol"]
EOF

"$PYTHON" -W ignore -c '
import numpy as np, volfile as v
v.write("in.vol", v.numbers("i2", (6, 5, 4, 3)), keys={"axis": "echo ms 4.9 7.4 10"})'
must_fail 1 "which of three?" volsplit in.vol
said "says what there is" "^volsplit: in.vol: has 3 volumes along echo ms: 4.9 7.4 10; choose one with --entry 0 to 2, or "
must_fail 1 "... also to one file" volsplit in.vol -o out.vol
must_fail 1 "no entry 3" volsplit -e 3 in.vol
said "says what the last is" "in.vol: has no entry 3: the last of its 3, counted from 0, is 2"
must_fail 2 "no entry -1" volsplit -e -1 in.vol
must_fail 2 "no entry 1.5" volsplit -e 1.5 in.vol
must_fail 1 "a folder that is not there" volsplit in.vol -o 'none/{}.vol'

# whole or absent
size=$(stat -c %s in.vol)
head -c $((size - 1)) in.vol >cut.vol
(cat in.vol && echo) >long.vol
for f in cut long; do
	rm -f w?.vol
	must_fail 1 "$f: fails" volsplit $f.vol -o 'w{}.vol'
	is "$f: the last is absent" "$(ls w2.vol 2>/dev/null)" ""
	volsplit -e 0 <$f.vol >first.vol 2>/dev/null
	is "$f: -e 0 to a pipe fails" "$?" 1
	volinfo --stats first.vol >/dev/null 2>&1
	is "$f: ... and what came cannot be taken for whole" "$?" 1
done
rm -f w?.vol
echo old >w1.vol
must_fail 1 "--no-clobber: one that exists stops all" volsplit --no-clobber in.vol -o 'w{}.vol'
is "... nothing is written" "$(echo w?.vol && cat w1.vol)" "w1.vol
old"
ok "without it, it is replaced" volsplit in.vol -o 'w{}.vol'
is "... by the volume" "$(volinfo --get size w1.vol)" "6 5 4"
if ! grep -qa __asan_init "$BUILD/bin/volsplit"; then
	py "streams: 512 MiB in less than 16" <<'EOF'
import volfile as v
head = v.zeros_header("zeros.vol", 512).replace(b"dimension: 3", b"dimension: 4").replace(b"sizes: 512 512 1024", b"sizes: 512 512 256 4")
head = head.replace(b"kinds: domain domain domain", b"kinds: domain domain domain list").replace(b")\nkinds", b") none\nkinds")
peak = v.peak_mib(["volsplit", "-e", 2], head, 512)
assert peak < 16, peak
EOF
fi
done_testing
