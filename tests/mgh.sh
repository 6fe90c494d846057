#!/bin/sh
# mgh2vol, vol2mgh: against nibabel's reader and writer, there and back, and files that lie.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy nibabel
# KiB of address space for what must not take much; sanitizers need more for themselves
LIMIT=200000
! grep -qa __asan_init "$BUILD/bin/mgh2vol" || LIMIT=unlimited
export LIMIT

cat >mgz.py <<'EOF'
"""Files by nibabel, and by hand."""
import gzip, struct
import nibabel, numpy as np
import volfile as v

HELD = {"uint8": 0, "int32": 1, "float": 3, "int16": 4}  # what nibabel has; uint16 is 10


def make(path, data, affine=np.eye(4), **fields):
    image = nibabel.MGHImage(data, affine, nibabel.freesurfer.mghformat.MGHHeader())
    image.set_data_dtype(data.dtype)
    for name, value in fields.items():
        image.header[name] = value
    nibabel.save(image, path)


def by_hand(data, kind=4, affine=np.eye(4), good=1, version=1, foot=b"", **other):
    """The same from the description of the format."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    dims = (*data.shape, 1)[:4]
    centre = affine @ [*(n / 2 for n in dims[:3]), 1]
    head = struct.pack(">7ih", version, *other.get("dims", dims), kind, 0, good)
    head += struct.pack(">15f", *other.get("spacing", spacing), *other.get("cosine", (affine[:3, :3] / spacing).T.ravel()), *centre[:3])
    return head.ljust(284, b"\0") + data.T.astype(data.dtype.newbyteorder(">")).tobytes() + foot


def read(*words, **more):
    status, out, said = v.tool("mgh2vol", *words, **more)
    assert status == 0, f"{words}: exit {status}: {said}"
    open("read.vol", "wb").write(out)
    return v.read("read.vol") + (said,)
EOF

py "what nibabel writes: every type, orientation and compression" <<'EOF'
import numpy as np, volfile as v
from mgz import HELD, make, read
for name in HELD:
    for kind in ("plain", "axial", "coronal", "oblique", "sheared", "left-handed", "nearly-axial"):
        for shape in ((11, 7, 5), (4, 3, 2, 3), (1, 7, 5), (1, 1, 1)):
            data = v.numbers(v.TYPES[name], shape)
            for file in ("a.mgh", "a.mgz"):
                make(file, data, v.affine(kind))
                got, where, keys, said = read(file)
                at = f"{name} {kind} {shape} {file}"
                assert got.dtype == data.dtype and np.array_equal(got, data) and not said, at
                assert v.corner_distance(where, v.affine(kind), shape) < 1e-3, at
                assert "unit" not in keys and "axis" not in keys and not any(k.startswith("dicom") for k in keys), keys
                assert np.array_equal(read(stdin=file)[0], data), at
EOF

py "what we write, nibabel reads" <<'EOF'
import gzip, nibabel, numpy as np, volfile as v
from mgz import HELD
for name, code in HELD.items():
    for kind in ("plain", "axial", "coronal", "oblique", "sheared", "left-handed", "nearly-axial"):
        for shape in ((11, 7, 5), (4, 3, 2, 3), (1, 7, 5), (1, 1, 1), (300, 210, 3)):
            data = v.numbers(v.TYPES[name], shape)
            v.write("a.vol", data, v.affine(kind))
            for file in ("a.mgh", "a.mgz", "a.mgh.gz"):
                v.run("vol2mgh", "a.vol", "-o", file)
                if file != "a.mgh.gz":
                    image = nibabel.load(file)
                    at = f"{name} {kind} {shape} {file}"
                    assert int(image.header["type"]) == code and np.array_equal(image.dataobj, data), at
                    assert v.corner_distance(image.affine, v.affine(kind), shape) < 1e-3, at
                    assert image.header["goodRASFlag"] == 1 and image.header["dof"] == 1
            whole = open("a.mgh", "rb").read()
            assert gzip.open("a.mgz").read() == whole == gzip.open("a.mgh.gz").read() == v.run("vol2mgh", stdin="a.vol")
EOF

py "the numbers of the scan" <<'EOF'
import nibabel, numpy as np, volfile as v
from mgz import make, read
data = np.zeros((4, 3, 2), "i2")
make("a.mgz", data, tr=2300, te=2.98, ti=900, flip_angle=np.radians(9))
keys = read("a.mgz")[2]
assert [keys["dicom." + k] for k in ("RepetitionTime", "EchoTime", "InversionTime", "FlipAngle")] == ["2300", "2.98", "900", "9"], keys
make("a.mgz", data, tr=np.nan, te=-1, ti=np.inf)
assert not any(k.startswith("dicom") for k in read("a.mgz")[2])
make("a.mgz", np.zeros((4, 3, 2, 3), "i2"), tr=2200)
assert read("a.mgz")[2]["axis"] == "time ms 0 2200 4400"
v.write("a.vol", data, keys={"dicom.RepetitionTime": "9.2", "dicom.EchoTime": "4.6", "dicom.FlipAngle": "8", "dicom.InversionTime": "1100.5"})
v.run("vol2mgh", "a.vol", "-o", "a.mgz")
head = nibabel.load("a.mgz").header
assert np.allclose([head["tr"], head["te"], head["ti"], head["flip_angle"]], [9.2, 4.6, 1100.5, np.radians(8)], rtol=1e-6)
EOF

py "keys come back, whatever is in them" <<'EOF'
import numpy as np, volfile as v
from mgz import read
keys = {"unit": "label", "labels": r"1 lung-left\n2 lung\\right", "axis": "echo ms 4.9 7.4", "history.1": "dcm2vol 0.1.0; read x:=y",
        "history.2": "volhu", "dicom.RepetitionTime": "2300", "dicom.EchoTime": "1\\\\2", "dicom.FlipAngle": "9.123456789012345",
        "source": "4 3 2 (1,0,0) (0,1,0) (0,0,1) (0,0,0)", "modality": "MR", "empty": "", "long": "x" * 200000}
v.write("a.vol", v.numbers("i2", (4, 3, 2, 2)), v.affine("oblique"), keys)
v.run("vol2mgh", "a.vol", "-o", "a.mgz")
v.run("vol2mgh", "a.vol", "-o", "b.mgz")
assert open("a.mgz", "rb").read() == open("b.mgz", "rb").read()
v.run("mgh2vol", "a.mgz", "-o", "back.vol")
v.run("volcast", "--type", "int16", "a.vol", "-o", "same.vol")
a, b = v.read("back.vol")[2], v.read("same.vol")[2]
mine = lambda k: {n: t for n, t in k.items() if n != "history.3"}
assert mine(a) == mine(b), {n for n in {*a, *b} if a.get(n) != b.get(n)}
assert a["history.3"].startswith("mgh2vol ")
EOF

py "uint16 as the newer type 10" <<'EOF'
import numpy as np, volfile as v
from mgz import by_hand, read
data = v.numbers("u2", (5, 4, 3))
v.write("a.vol", data, v.affine("oblique"))
status, out, said = v.tool("vol2mgh", "a.vol")
assert status == 0 and "warning: a.vol: uint16 is a type" in said and out[20:24] == b"\0\0\0\n", said
assert out[284:284 + data.nbytes] == by_hand(data, 10)[284:]
got, where, _, said = read(stdin=by_hand(data, 10, v.affine("oblique")))
assert np.array_equal(got, data) and v.corner_distance(where, v.affine("oblique"), data.shape) < 1e-3 and not said
EOF

py "a place that is not stated; an intent; the tags of others" <<'EOF'
import struct
import numpy as np, volfile as v
from mgz import by_hand, read
data = v.numbers("i2", (4, 6, 8))
raw = by_hand(data, affine=v.affine("oblique"), good=0)
open("a.mgh", "wb").write(raw)
got, where, _, said = read("a.mgh")
default = [[-1, 0, 0, 2], [0, 0, 1, -4], [0, -1, 0, 3], [0, 0, 0, 1]]  # FreeSurfer's; nibabel has y and z the other way
assert "warning: a.mgh: place is not stated" in said and np.allclose(where, default), where
assert np.array_equal(read(stdin=by_hand(data, version=0x0601))[0], data)
floats, tag = struct.pack(">5f", 2000, 0, 3, 0, 256), lambda n, text: struct.pack(">iq", n, len(text)) + text
tags = tag(31, b"/home/x/talairach.xfm\0") + tag(3, b"mri_convert --a:=b /home/x\0") + tag(33, b"AutoAlign " + bytes(100))
old = struct.pack(">ii", 30, 5) + b"a.xfm"
for foot in (b"", floats[:4], floats[:12], floats, floats + tags, floats + old + tags, floats + tags + bytes(4) + b"any", floats + struct.pack(">i", 1) + bytes(99)):
    keys = read(stdin=by_hand(data, foot=foot))[2]
    assert set(keys) - {"dicom.RepetitionTime", "dicom.EchoTime"} == {"source", "history.1"}, keys
    assert (keys.get("dicom.RepetitionTime") == "2000") == bool(foot)
EOF

py "what MGH cannot hold is refused, with the way out" <<'EOF'
import numpy as np, volfile as v
data = np.zeros((4, 3, 2), "i2")
far = np.eye(4)
far[:3, 3] = 1e9
for d, where, keys, colour, want in (
        (data.astype("i1"), np.eye(4), {}, False, "int8, .*volcast --type int16"), (data.astype("u4"), np.eye(4), {}, False, "uint32, .*--type int32"),
        (data.astype("f8"), np.eye(4), {}, False, "double, .*--type float"), (np.zeros((4, 3, 2, 3), "u1"), np.eye(4), {}, True, "colour.*vol2nii"),
        (data, np.eye(4), {"unit": "stored", "rescale": "1 -1024"}, False, "slope and intercept, .*volhu"),
        (data, np.eye(4), {"unit": "stored", "rescale": "1 0 2 0"}, False, "slope and intercept, .*volhu"),
        (data, far, {}, False, "place that the floats")):
    import re
    v.write("a.vol", d, where, keys, colour=colour)
    status, out, said = v.tool("vol2mgh", "a.vol")
    assert status == 1 and not out and re.match(f"vol2mgh: a.vol: .*{want}", said) and said.count("\n") == 1, said
v.write("a.vol", data, keys={"unit": "stored", "rescale": "1 0"})
v.run("vol2mgh", "a.vol")
EOF

# ---- files that lie ----

py "every lying field is refused by name" <<'EOF'
import re, numpy as np, volfile as v
from mgz import by_hand
data = np.zeros((4, 3, 2), "i2")
for fields, want in (({"version": 2}, "version"), ({"version": -1}, "version"), ({"dims": (0, 3, 2, 1)}, "width is 0"), ({"dims": (4, -3, 2, 1)}, "height is -3"),
                     ({"dims": (4, 3, 2, 0)}, "nframes is 0"), ({"dims": (2**31 - 1,) * 4}, "overflow"), ({"kind": 2}, "type is long"), ({"kind": 7}, "type is float complex"),
                     ({"kind": 9}, "type is RGB"), ({"kind": 11}, "type is 11"), ({"kind": -1}, "type is -1"), ({"spacing": (1, 0, 1)}, "spacing along y is 0"),
                     ({"spacing": (1, 1, np.nan)}, "spacing along z is"), ({"spacing": (np.inf, 1, 1)}, "spacing along x is inf"),
                     ({"cosine": np.zeros(9)}, "direction cosines: "), ({"cosine": (1, 0, 0, 1, 0, 0, 0, 0, 1)}, "direction cosines: "),
                     ({"cosine": (np.nan,) * 9}, "direction cosines: ")):
    open("a.mgh", "wb").write(by_hand(data, **fields))
    for words, stdin in ((["a.mgh"], None), ([], "a.mgh")):
        status, out, said = v.tool("mgh2vol", *words, stdin=stdin)
        assert status == 1 and not out and re.match(f"mgh2vol: (a.mgh|stdin): .*{want}", said) and said.count("\n") == 1, f"{fields}: {status} {said}"
EOF

py "cut anywhere, it fails cleanly, or ends where a file may" <<'EOF'
import gzip, numpy as np, volfile as v
v.write("a.vol", np.arange(24, dtype="i2").reshape(4, 3, 2), keys={"unit": "HU", "history.1": "volhu"})
raw = v.run("vol2mgh", "a.vol")
packed = gzip.compress(raw)
voxels = 284 + 48
whole = {voxels + 4 * i for i in range(6)}
for file, ends in ((raw, whole), (packed, ())):
    for n in list(range(0, len(file), 3)) + [len(file) - 1, len(file) // 2, *ends]:
        open("cut.mgh", "wb").write(file[:n])
        for words, more in ((["cut.mgh"], {}), ([], {"stdin": file[:n]})):
            status, _, said = v.tool("mgh2vol", *words, **more)
            if n in ends:
                assert status == 0 and not said, f"{n}: {said}"
            else:
                assert status == 1 and said.startswith("mgh2vol: ") and said.count("\n") == 1, f"{n}: {status} {said}"
EOF

py "what we keep in a tag is only believed for the voxels it was written for" <<'EOF'
import numpy as np, volfile as v
data = v.numbers("f4", (9, 8, 7))
v.write("a.vol", data, v.affine("oblique"), {"unit": "HU", "labels": "1 lung"})
raw = v.run("vol2mgh", "a.vol")
assert v.read_bytes(v.run("mgh2vol", stdin=raw))[2]["unit"] == "HU"
other = raw[:284] + (data + 1).astype(">f4").tobytes("F") + raw[284 + data.nbytes:]
moved = raw[:78] + np.float32(100).astype(">f4").tobytes() + raw[82:]
for file in (other, moved):
    open("o.mgh", "wb").write(file)
    for words, more in ((["o.mgh"], {}), ([], {"stdin": file})):
        keys = v.read_bytes(v.run("mgh2vol", *words, **more))[2]
        assert "unit" not in keys and "labels" not in keys, keys
        assert "changed since volpipe wrote it" in v.tool("mgh2vol", "-v", *words, **more)[2]
EOF

py "a tag that claims to be endless costs neither time nor memory" <<'EOF'
import struct, numpy as np, volfile as v
from mgz import by_hand
for n in (2**40, 2**63 - 1, 2**64 - 1, 2**24, 100):
    for text in (b"volpipe 1, first voxels 01234567\nvol.unit:=HU\n", b"mri_convert"):
        raw = by_hand(np.zeros((4, 3, 2), "i2"), foot=bytes(20) + struct.pack(">iQ", 3, n) + text)
        open("a.mgh", "wb").write(raw)
        for words, more in ((["a.mgh"], {}), ([], {"stdin": raw})):
            status, out, said = v.tool("sh", "-c", 'ulimit -v $LIMIT; exec mgh2vol "$@"', "sh", *words, **more)
            assert status == 1 and not out and "ends inside tag 3" in said, said
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
from mgz import make
rng = np.random.default_rng(1)
v.write("big.vol", rng.normal(0, 9, (128, 128, 30)).astype("i2"), v.affine("axial"), {"unit": "HU", "history.1": "volhu"})
make("other.mgz", v.numbers("f4", (9, 8, 7, 2)), v.affine("oblique"), tr=2000)
open("text.mgh", "w").write("no image\n" * 100)
open("empty.mgh", "w")
EOF
vol2mgh big.vol -o whole.mgh
vol2mgh big.vol -o packed.mgz
head -c 500000 whole.mgh >short.mgh
must_fail 1 "a text" mgh2vol text.mgh
said "is no MGH file" "is not an MGH file"
must_fail 1 "an empty file" mgh2vol empty.mgh
mgh2vol short.mgh >short.vol 2>err
is "a short file fails" "$?" 1
like "and says how far it came" "$(cat err)" "^mgh2vol: short.mgh: ends after 15 of 30 slices"
must_fail 1 "it fails in a pipe too" sh -c 'cat short.mgh | mgh2vol'
ok "by content, whatever the name" volcmp big.vol whole.mgh
cp packed.mgz some.file
ok "and compressed" volcmp big.vol some.file
if [ -x "$TESTBIN/hammer" ]; then
	ok "damaged in a thousand ways, it reads or refuses" "$TESTBIN/hammer" -n 1000 -M "$([ "$SANITIZED" ] && echo 2000 || echo 256)" \
		--suffix .mgh -k "$TMP/kept" whole.mgh packed.mgz other.mgz -- mgh2vol {}
else
	skip "damaged in a thousand ways, it reads or refuses" "no hammer"
fi

# ---- files and pipes ----

vol2mgh big.vol -z 2 >stdout.mgz
ok "stdout is compressed when asked for" cmp stdout.mgz packed.mgz
vol2mgh --threads 1 -o t1.mgz <big.vol
ok "one thread gives the same bytes" cmp t1.mgz packed.mgz
for o in x.nii x .mgz x.gz; do
	must_fail 2 "no MGH name: $o" vol2mgh big.vol -o $o
done
must_fail 2 "a level for a plain name" vol2mgh big.vol -z 3 -o x.mgh
must_fail 2 "level 0 for .mgz" vol2mgh big.vol -z 0 -o x.mgz
mkdir out
head -c 500000 big.vol >cut.vol
for name in x.mgh x.mgz; do
	must_fail 1 "$name from half a stream" vol2mgh cut.vol -o out/$name
	must_fail 1 "$name with a file limit" sh -c "ulimit -f 100; vol2mgh big.vol -o out/$name"
done
must_fail 1 "a full disk" sh -c 'vol2mgh big.vol >/dev/full'
is "no file is there after all that" "$(ls -A out)" ""

# ---- memory ----

py "256 MiB stay under 32 MiB, both ways" <<'EOF'
import struct, volfile as v
for words in (["vol2mgh"], ["vol2mgh", "-z", "1"]):
    peak = v.peak_mib(words, v.zeros_header("h", 256), 256)
    assert peak < 32, f"{words}: {peak:.1f} MiB"
head = struct.pack(">7ih", 1, 512, 512, 512, 1, 4, 0, 0).ljust(284, b"\0")
peak = v.peak_mib(["mgh2vol", "-q"], head, 256)
assert peak < 32, f"{peak:.1f} MiB"
EOF
done_testing
