#!/bin/sh
# ana2vol, vol2ana: against nibabel's readers and writers, there and back, and files that lie.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy nibabel
# KiB of address space for what must not take much; sanitizers need more for themselves
LIMIT=200000
! grep -qa __asan_init "$BUILD/bin/ana2vol" || LIMIT=unlimited
export LIMIT

cat >ana.py <<'EOF'
"""Pairs by nibabel, whose fields can then be changed one by one."""
import struct
import nibabel, numpy as np
import volfile as v
from nibabel.analyze import AnalyzeHeader, AnalyzeImage
from nibabel.spm99analyze import Spm99AnalyzeHeader, Spm99AnalyzeImage

FIELDS = {"sizeof_hdr": (0, "i"), "dim": (40, "8h"), "vox_units": (56, "4s"), "cal_units": (60, "8s"), "datatype": (70, "h"), "bitpix": (72, "h"),
          "pixdim": (76, "8f"), "vox_offset": (108, "f"), "funused1": (112, "f"), "funused2": (116, "f"), "orient": (252, "B"),
          "originator": (253, "3h"), "magic": (344, "4s")}
LAS = np.diag([-0.7, 0.8, 2.5, 1])
CODES = {"uint8": 2, "int16": 4, "int32": 8, "float": 16, "double": 64, "int8": 130, "uint16": 132, "uint32": 136}


def make(path, data, zooms=(0.7, 0.8, 2.5), big=False, spm=True, **fields):
    """SPM's header with voxels as they are, no origin; types beyond Analyze's as SPM codes them."""
    head = (Spm99AnalyzeHeader if spm else AnalyzeHeader)(endianness=">" if big else "<")
    head.set_data_dtype(data.dtype if data.dtype.str[1:] not in ("i1", "u2", "u4") else "u1")
    head.set_data_shape(data.shape)
    head.set_zooms((*zooms, 1)[:data.ndim])
    raw = bytearray(head.binaryblock)
    order = ">" if big else "<"
    struct.pack_into(order + "hh", raw, 70, CODES[v.TYPE_OF[data.dtype]], 8 * data.dtype.itemsize)
    for name, value in fields.items():
        offset, code = FIELDS[name]
        struct.pack_into(order + code, raw, offset, *(value if isinstance(value, tuple) else (value,)))
    stem = str(path)[:-4]
    open(stem + ".hdr", "wb").write(raw)
    open(stem + ".img", "wb").write(data.T.astype(data.dtype.newbyteorder(order)).tobytes())


def read(*words):
    status, out, said = v.tool("ana2vol", *words)
    assert status == 0, f"{words}: exit {status}: {said}"
    open("read.vol", "wb").write(out)
    return v.read("read.vol") + (said,)


def at(affine, data, *voxel):
    """The affine moved so that 0,0,0 mm is at a voxel (counted from 0), or in the middle of the volume."""
    result = affine.copy()
    result[:3, 3] = -affine[:3, :3] @ (voxel or (np.array(data.shape[:3]) - 1) / 2)
    return result
EOF

py "every type, byte order and half, as nibabel reads them" <<'EOF'
import nibabel, numpy as np, volfile as v
from ana import CODES, LAS, Spm99AnalyzeImage, at, make, read
for name, code in v.TYPES.items():
    for big in (False, True):
        for shape in ((11, 7, 5), (4, 3, 2, 3), (1, 7, 5), (1, 1, 1)):
            data = v.numbers(code, shape)
            make("a.hdr", data, big=big, originator=(3, 2, 1) if shape[0] == 11 else (0, 0, 0))
            want = at(LAS, data, *((2, 1, 0) if shape[0] == 11 else ()))
            if CODES[name] < 128:  # nibabel does not know SPM's types
                image = Spm99AnalyzeImage.load("a.hdr")
                assert np.array_equal(image.dataobj, data) and np.allclose(image.affine, want)
            for file in ("a.hdr", "a.img"):
                got, where, keys, said = read(file, "--orient", "radiological")
                assert got.dtype == data.dtype and np.array_equal(got, data), (name, big, file)
                assert v.corner_distance(where, want, shape) < 1e-4, (where, want)
                assert ("place is not stated" in said) == (shape[0] != 11) and "left" not in said, said
                assert "unit" not in keys
EOF

py "left and right: asked for, or said" <<'EOF'
import numpy as np, volfile as v
from ana import LAS, at, make, read
data = v.numbers("i2", (11, 7, 5))
for orient, code in enumerate(("LAS", "LSA", "ASL", "LPS", "LIA", "AIL")):
    make("a.hdr", data, orient=orient)
    axes = lambda c: at(np.vstack([np.array([[{"L": -1, "R": 1, "A": 1, "P": -1}.get(x, 0) if x in "LR" else 0 for x in c],
                                             [{"A": 1, "P": -1}.get(x, 0) for x in c], [{"S": 1, "I": -1}.get(x, 0) for x in c]])
                                   * (0.7, 0.8, 2.5), np.zeros((1, 3))]) @ np.eye(3, 4) + np.diag([0, 0, 0, 1.0]), data)
    for words, want in (((), code), (("--orient", "radiological"), code), (("--orient", "neurological"), code.replace("L", "R")),
                        (("--orient", "rps"), "RPS")):
        got, where, _, said = read("a.hdr", *words)
        assert np.array_equal(got, data) and v.corner_distance(where, axes(want), data.shape) < 1e-4, (orient, words, where, axes(want))
        assert (f"axes taken as {code} (radiological)" in said) == (not words), said
        assert ("flipped" in said) == (orient > 2 and words[1:] != ("rps",)), said
make("a.hdr", data, orient=77)
assert "orient is 77" in read("a.hdr")[3]
for word in ("left", "", "LA", "LLS", "radiological,LAS"):
    assert v.tool("ana2vol", "a.hdr", "--orient", word)[0] == 2
EOF

py "SPM's origin, slope and intercept; units" <<'EOF'
import numpy as np, volfile as v
from ana import LAS, at, make, read
data = v.numbers("i2", (11, 7, 5))
for origin, stated in (((3, 2, 1), True), ((0, 0, 1), True), ((-10, 1, 1), True), ((21, 13, 9), True), ((22, 1, 1), False), ((-11, 1, 1), False), ((28522, 110, 0), False)):
    make("a.hdr", data, originator=origin)
    for plain in (False, True):
        _, where, _, said = read("a.hdr", "--orient", "LAS", *["--plain"] * plain)
        want = at(LAS, data, *(np.array(origin) - 1)) if stated and not plain else at(LAS, data)
        assert v.corner_distance(where, want, data.shape) < 1e-4, (origin, where)
        assert ("place is not stated" in said) == (plain or not stated)
for slope, inter, want in ((0, 0, None), (1, 0, None), (0, 5, None), (0.5, 0, "0.5 0"), (1, 2, "1 2"), (-2, 0.25, "-2 0.25")):
    make("a.hdr", data, funused1=slope, funused2=inter, cal_units=b"Bq/ml")
    keys = read("a.hdr")[2]
    assert keys.get("rescale") == want and keys["unit"] == ("stored" if want else "Bq/ml"), keys
    assert keys.get("rescale.unit") == ("Bq/ml" if want else None)
    assert read("a.hdr", "--plain")[2]["unit"] == "Bq/ml"
make("a.hdr", data, funused1=np.nan, vox_units=b"cm", cal_units=b"\xffx")
status, _, said = v.tool("ana2vol", "a.hdr")
assert status == 1 and "funused1 is nan" in said and "--plain" in said
_, where, keys, said = read("a.hdr", "--plain")
assert "vox_units is cm" in said and "unit" not in keys and where[2, 2] == 2.5
open("a.mat", "w")
make("a.hdr", data)
assert "a.mat) is not read" in read("a.hdr")[3]
EOF

py "a list and its times" <<'EOF'
import numpy as np, volfile as v
from ana import make, read
data = v.numbers("i2", (4, 3, 2, 3))
for step, want in ((2200, "time ms 0 2200 4400"), (0, None), (-1, None), (np.nan, None), (2.2, "time ms 0 2.2 4.4")):
    make("a.hdr", data, pixdim=(0, 1, 1, 1, step, 0, 0, 0))
    got, _, keys, said = read("a.hdr")
    assert np.array_equal(got, data) and keys.get("axis") == want and ("seconds" in said) == (step == 2.2), (keys, said)
make("a.hdr", data[..., 0], dim=(4, 4, 3, 2, 0, 0, 0, 0))
assert read("a.hdr")[0].shape == (4, 3, 2)
make("a.hdr", data[:, :, 0, 0], dim=(2, 4, 3, 0, 0, 0, 0, 0), pixdim=(0, 1, 1, 1, 0, 0, 0, 0))
assert read("a.hdr")[0].shape == (4, 3, 1)
EOF

py "what we write, nibabel reads" <<'EOF'
import nibabel, numpy as np, volfile as v
from ana import CODES, LAS, AnalyzeImage, Spm99AnalyzeImage, at
for name, code in v.TYPES.items():
    for shape in ((11, 7, 5), (4, 3, 2, 3), (1, 7, 5), (1, 1, 1), (301, 210, 3)):
        for voxel in ((), (0, 0, 0), tuple(n // 3 for n in shape[:3])):
            data = v.numbers(code, shape)
            for side, turn in (("radiological", np.eye(4)), ("neurological", np.diag([-1, 1, 1, 1]))):
                affine = at(turn @ LAS, data, *voxel)
                v.write("a.vol", data, affine, {"unit": "HU"})
                status, out, said = v.tool("vol2ana", "a.vol", "--orient", side, "-o", "a.hdr")
                assert status == 0 and not out and ("SPM's addition" in said) == (CODES[name] > 128), said
                if CODES[name] < 128:
                    image = Spm99AnalyzeImage.load("a.hdr")
                    if side == "neurological":
                        image.header.default_x_flip = False
                    where = image.header.get_best_affine()
                    assert int(image.header["datatype"]) == CODES[name]
                    assert np.array_equal(image.dataobj, data.reshape(image.shape)), (name, shape)
                    assert v.corner_distance(where, affine, shape) < 1e-3, (where, affine)
                    plain = AnalyzeImage.load("a.hdr")
                    assert np.array_equal(plain.dataobj, image.dataobj) and np.allclose(plain.header.get_zooms()[:3], (0.7, 0.8, 2.5))
                    assert "Analyze" in type(nibabel.load("a.hdr")).__name__
                v.tool("ana2vol", "a.hdr", "--orient", side, "-o", "back.vol")
                got, where, keys = v.read("back.vol")
                assert np.array_equal(got, data) and v.corner_distance(where, affine, shape) < 1e-3 and keys["unit"] == "HU"
EOF

py "slope, unit and times there and back" <<'EOF'
import nibabel, numpy as np, volfile as v
from ana import LAS, Spm99AnalyzeImage, at
data = v.numbers("i2", (4, 3, 2, 3))
affine = at(LAS, data)
v.write("a.vol", data, affine, {"unit": "stored", "rescale": "0.25 0", "rescale.unit": "Bq/ml", "axis": "time s 0 2.2 4.4", "history.1": "x"})
v.run("vol2ana", "a.vol", "-o", "a.hdr")
image = Spm99AnalyzeImage.load("a.hdr")
assert np.array_equal(image.dataobj, data * 0.25) and image.header["pixdim"][4] == 2200 and image.header["dim"][0] == 4
v.run("ana2vol", "-q", "a.hdr", "-o", "back.vol")
keys = v.read("back.vol")[2]
assert (keys["unit"], keys["rescale"], keys["rescale.unit"], keys["axis"]) == ("stored", "0.25 0", "Bq/ml", "time ms 0 2200 4400"), keys
first = open("a.hdr", "rb").read(), open("a.img", "rb").read()
v.run("vol2ana", "a.vol", "-o", "b.img")
assert first == (open("b.hdr", "rb").read(), open("b.img", "rb").read())
assert not any(k.startswith("history") and "x" == t for k, t in keys.items())
EOF

py "what Analyze cannot hold is refused, and given up when told so" <<'EOF'
import os, re
import numpy as np, volfile as v
from ana import LAS, Spm99AnalyzeImage, at
data = v.numbers("i2", (30, 20, 10))
flip = np.diag([1.0, -1, 1, 1])
turn = np.eye(4)
turn[:2, :2] = [[np.cos(.2), -np.sin(.2)], [np.sin(.2), np.cos(.2)]]
shear = np.eye(4)
shear[1, 2] = 0.1
near = at(LAS, data, 3.25, 2, 1)
far = at(LAS, data, 3000, 2, 1)
listed = v.numbers("i2", (3, 3, 3, 2))
home = at(LAS, data)
for d, where, keys, want, word in (
        (data, flip @ home, {}, "axes run to LPS, .* volorient LAS first$", None), (data, np.diag([-1.0, 1, 1, 1]) @ home, {}, "axes run to RAS, .*--orient neurological", None),
        (data, turn @ home, {}, "is oblique, by ", "oblique"), (data, shear @ home, {}, "is sheared, by ", "shear"),
        (data, near, {}, "0,0,0 mm is at voxel 4.25 3 2, .* moves it by 0.175 mm", "place"), (data, far, {}, "moves it by 2", "place"),
        (data, home, {"unit": "kilo-counts"}, "unit 'kilo-counts'", "unit"), (data, home, {"unit": "label", "labels": "1 lung"}, "names of labels", "labels"),
        (listed, at(LAS, listed), {"axis": "echo ms 4.9 7.4"}, r"values along the list axis \(echo\)", "axis"),
        (listed, at(LAS, listed), {"axis": "time s 1 2"}, "even times from 0", "axis"),
        (data, home, {"unit": "stored", "rescale": "1 -1024"}, "intercept, .*volhu", None),
        (data, home, {"unit": "stored", "rescale": " ".join(f"{i + 1} 0" for i in range(10))}, "differ by slice, .*volhu", None),
        (data, home, {"unit": "stored", "rescale": "1e-60 0"}, "slope 1e-60", None),
        (np.zeros((32768, 1, 1), "u1"), np.eye(4), {}, "32768 along an axis", None)):
    v.write("a.vol", d, where, keys)
    others = ",".join({"oblique", "shear", "place", "unit", "labels", "axis"} - {word, "axis" if not word else word})
    for lossy in ("", others):
        if lossy and not word:
            continue
        status, out, said = v.tool("vol2ana", "a.vol", "-o", "x.hdr", *(["--lossy", lossy] if lossy else []))
        assert status == 1 and re.match(f"vol2ana: a.vol: .*{want}", said) and said.count("\n") == 1, said
        assert not os.path.exists("x.hdr") and not os.path.exists("x.img")
    if word:
        assert f"--lossy {word}" in said
        v.run("vol2ana", "a.vol", "-o", "x.hdr", "--lossy", word)
        image = Spm99AnalyzeImage.load("x.hdr")
        assert np.array_equal(image.dataobj, d.reshape(image.shape)), word
        off = v.corner_distance(image.affine, where, d.shape)
        assert off < {"oblique": 3, "shear": 2, "place": 2100}.get(word, 1e-3), (word, off)
        os.remove("x.hdr"), os.remove("x.img")
v.write("a.vol", np.zeros((4, 3, 2, 3), "u1"), colour=True)
status, _, said = v.tool("vol2ana", "a.vol", "-o", "x.hdr")
assert status == 1 and "colour" in said
EOF

# ---- told from NIfTI ----

"$PYTHON" -W ignore - <<'EOF'
import gzip, shutil, nibabel, numpy as np, volfile as v
from ana import LAS, at, make
data = v.numbers("i2", (40, 30, 20))
make("p.hdr", data, originator=(3, 4, 5))
nibabel.save(nibabel.Nifti1Pair(data, np.eye(4)), "n.hdr")
for half in "hdr", "img":
    open(f"z.{half}.gz", "wb").write(gzip.compress(open(f"p.{half}", "rb").read()))
    shutil.copy(f"p.{half}", f"U.{half.upper()}")
shutil.copy("p.hdr", "mixed.hdr")
shutil.copy("z.img.gz", "mixed.img.gz")
shutil.copy("p.hdr", "alone.hdr")
shutil.copy("p.img", "lonely.img")
shutil.copy("p.hdr", "pad.hdr")
open("pad.img", "wb").write(open("p.img", "rb").read() + bytes(1000))
shutil.copy("p.hdr", "short.hdr")
open("short.img", "wb").write(open("p.img", "rb").read()[:-1])
open("cut.hdr", "wb").write(open("p.hdr", "rb").read()[:100])
open("text.hdr", "w").write("no image\n" * 100)
open("empty.hdr", "w")
v.write("big.vol", v.numbers("i2", (128, 128, 30)), at(LAS, np.zeros((128, 128, 30))))
EOF
ana2vol -q p.hdr -o want.vol
for f in p.img z.hdr.gz z.img.gz U.HDR U.IMG mixed.hdr mixed.img.gz pad.hdr; do
	ok "$f has the same voxels" volcmp want.vol $f
done
for f in p.hdr p.img z.hdr.gz z.img.gz; do
	like "$f is seen to be Analyze" "$(volinfo $f 2>&1)" "left and right are not told apart"
done
for f in n.hdr n.img; do
	like "$f is seen to be NIfTI" "$(volinfo $f 2>&1)" "size +40 x 30 x 20"
	must_fail 1 "$f is no Analyze" ana2vol $f
	said "and is sent to nii2vol" "is NIfTI, not Analyze 7.5: use nii2vol"
done
must_fail 1 "nii2vol does not guess" nii2vol p.hdr
said "and tells who can read it" "Analyze 7.5, .*ana2vol"
ok "bytes after the last voxel" ana2vol -v pad.hdr -o got.vol
said "are noted with -v" "note: pad.img: 1000 bytes after the last voxel"
must_fail 1 "a header alone" ana2vol alone.hdr
said "is told what is missing" "missing: alone.img"
must_fail 1 "voxels alone" ana2vol lonely.img
said "are told what is missing" "missing: lonely.hdr"
must_fail 1 "stdin" sh -c 'ana2vol - <p.hdr'
said "cannot be a pair" "^ana2vol: stdin: an Analyze volume is two files"
ana2vol -q short.hdr >short.vol 2>err
is "a file without its last byte fails" "$?" 1
like "and says how far it came" "$(cat err)" "^ana2vol: short.img: ends after 19 of 20 slices"
must_fail 1 "a header cut short" ana2vol cut.hdr
said "is named" "ends inside the header \(100 of 348 bytes\)"
cp p.img cut.img
must_fail 1 "a text" ana2vol text.hdr
said "is no header" "is not the header of an Analyze file"
must_fail 1 "an empty header" ana2vol empty.hdr

py "every lying field is refused by name" <<'EOF'
import re, numpy as np, volfile as v
from ana import make
data = np.zeros((4, 3, 2), "i2")
nan, inf = np.nan, np.inf
for big in (False, True):
    for fields, want in (({"sizeof_hdr": 349}, "sizeof_hdr is not 348"), ({"dim": (0, 4, 3, 2, 1, 1, 1, 1)}, r"dim\[0\] is 0"), ({"dim": (8, 4, 3, 2, 1, 1, 1, 1)}, r"dim\[0\] is 8"),
                         ({"dim": (3, 4, -3, 2, 1, 1, 1, 1)}, r"dim\[2\] is -3"), ({"dim": (3, 4, 3, 0, 1, 1, 1, 1)}, r"dim\[3\] is 0"), ({"dim": (4, 4, 3, 2, -1, 1, 1, 1)}, r"dim\[4\] is -1"),
                         ({"dim": (5, 4, 3, 2, 1, 2, 1, 1)}, r"dim\[5\] is 2"), ({"datatype": 0}, "datatype is 0"), ({"datatype": 1}, "binary"), ({"datatype": 32}, "complex"),
                         ({"datatype": 128}, "RGB"), ({"datatype": 512}, "datatype is 512"), ({"bitpix": 8}, "bitpix is 8"), ({"vox_offset": -348.0}, "vox_offset is -348"),
                         ({"vox_offset": 0.5}, "vox_offset is 0.5"), ({"vox_offset": nan}, "vox_offset is"), ({"vox_offset": 1e6}, r"vox_offset is 1e\+06: "),
                         ({"pixdim": (0, 0, 1, 1, 0, 0, 0, 0)}, r"pixdim\[1\] is 0"), ({"pixdim": (0, 1, -1, 1, 0, 0, 0, 0)}, r"pixdim\[2\] is -1"),
                         ({"pixdim": (0, 1, 1, nan, 0, 0, 0, 0)}, r"pixdim\[3\] is"), ({"funused1": inf}, "funused1 is"), ({"funused1": 2, "funused2": nan}, "funused2 is")):
        make("a.hdr", data, big=big, **fields)
        status, out, said = v.tool("ana2vol", "-q", "a.hdr")
        assert status == 1 and not out and re.match(f"ana2vol: a.(hdr|img): .*{want}", said) and said.count("\n") == 1, f"{fields}: {status} {said}"
EOF

py "a header cut or damaged anywhere, it fails cleanly or reads" <<'EOF'
import numpy as np, volfile as v
from ana import make
make("a.hdr", np.zeros((4, 3, 2), "i2"))
raw = open("a.hdr", "rb").read()
for n in range(0, 348, 7):
    open("a.hdr", "wb").write(raw[:n])
    status, _, said = v.tool("ana2vol", "-q", "a.hdr")
    assert status == 1 and said.startswith("ana2vol: a.hdr: ") and said.count("\n") == 1, f"{n}: {status} {said}"
    for byte in (0xff, 0x80):
        open("a.hdr", "wb").write(raw[:n] + bytes([byte]) + raw[n + 1:])
        status, _, said = v.tool("sh", "-c", "ulimit -v $LIMIT; exec ana2vol -q a.hdr")
        assert status in (0, 1) and said.count("\n") == status, f"{n}: {status} {said}"
EOF
if [ -x "$TESTBIN/hammer" ]; then
	mkdir hammer
	cp p.img hammer
	printf '#!/bin/sh\ncp "$1" hammer/p.hdr && exec %s -q hammer/p.hdr\n' "$BUILD/bin/ana2vol" >hammer/ana2vol
	chmod +x hammer/ana2vol
	ok "damaged in a thousand ways, it reads or refuses" "$TESTBIN/hammer" -n 1000 -M 256 -k "$TMP/kept" p.hdr -- \
		hammer/ana2vol {}
else
	skip "damaged in a thousand ways, it reads or refuses" "no hammer"
fi

# ---- nothing by halves ----

must_fail 1 "no name" vol2ana big.vol
said "is told what it takes" "^vol2ana: stdout: an Analyze volume is two files"
for o in x.nii x .hdr x.hdr.zip; do
	must_fail 2 "no name of a pair: $o" vol2ana big.vol -o $o
done
must_fail 2 "a word that is none" vol2ana big.vol --lossy place,all -o x.hdr
said "is named" "does not know 'all'"
mkdir out
size=$(wc -c <big.vol)
for name in x.hdr x.img.gz; do
	for keep in 100 5000 $((size / 2)) $((size - 1)); do
		head -c $keep big.vol >cut.vol
		must_fail 1 "$name from $keep of $size bytes" vol2ana cut.vol -o out/$name
	done
	must_fail 1 "$name with a file limit" sh -c "ulimit -f 100; vol2ana big.vol -o out/$name"
	is "$name: no file is there after all that" "$(ls -A out)" ""
done
echo old >out/y.img
must_fail 1 "--no-clobber refuses for the other half too" vol2ana big.vol --no-clobber -o out/y.hdr
is "and writes neither" "$(ls out)" "y.img"
vol2ana big.vol -o pair.hdr.gz
ok "compressed by its name" gzip -t pair.hdr.gz pair.img.gz
vol2ana -o piped.hdr <big.vol
gzip -dc pair.img.gz | cmp - piped.img && pass "with the same voxels" || fail "with the same voxels"

py "256 MiB stay under 32 MiB, both ways" <<'EOF'
import volfile as v
from ana import LAS
head = v.zeros_header("h", 256)
words = ["vol2ana", "--lossy", "place", "-o", "big.img"]
import re
head = re.sub(rb"space directions: .*", b"space directions: (0.7,0,0) (0,-0.8,0) (0,0,2.5)", head)
peak = v.peak_mib(words, head, 256)
assert peak < 32, f"{peak:.1f} MiB"
EOF
rm -f big.img big.hdr
py "--verify: one line for every type; a pair that is not what was given leaves nothing" <<'EOF'
import os, numpy as np, volfile as v
for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"):
    v.write("v.vol", v.numbers(kind, (9, 8, 7)), np.diag([-1.5, 2, 3, 1.0]) @ np.array([[1, 0, 0, -4], [0, 1, 0, -3], [0, 0, 1, -2], [0, 0, 0, 1.0]]))
    for name in ("v.hdr", "v.img.gz"):
        status, _, said = v.tool("vol2ana", "--verify", "v.vol", "-o", name)
        assert status == 0 and "504 voxels are the same, the grid is" in said, said
        os.unlink(name)
EOF
must_fail 2 "--verify of a pipe" vol2ana --verify v.vol

done_testing
