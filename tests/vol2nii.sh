#!/bin/sh
# vol2nii: what nibabel finds in its files, and what is left behind when something goes wrong.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

# ---- voxels and places ----

py "every type, orientation and kind of file is what nibabel reads" <<'EOF'
import nibabel, numpy as np, volfile as v
kinds = ("plain", "axial", "coronal", "oblique", "sheared", "left-handed", "nearly-axial")
names = ("a.nii", "a.nii.gz", "b.hdr", "c.img", "d.hdr.gz", "e.img.gz", "F.NII")
cases = [(name, kind, "a.nii") for name in v.TYPES for kind in kinds] + [("int16", "oblique", name) for name in names]
for name, kind, out in cases:
    data, affine = v.numbers(v.TYPES[name], (13, 7, 5)), v.affine(kind)
    v.write("a.vol", data, affine)
    for more in ([], ["--nifti2"]):
        v.run("vol2nii", "a.vol", "-o", out, *more)
        image = nibabel.load(out)
        at = f"{name} {kind} {out} {more}"
        assert type(image).__name__.startswith("Nifti2" if more else "Nifti1"), at
        assert image.get_data_dtype() == data.dtype and np.array_equal(image.dataobj, data), at
        off = v.corner_distance(image.affine, affine, data.shape)
        assert off < (1e-9 if more else 1e-3), f"{at}: {off} mm"
        assert image.header.get_xyzt_units()[0] == "mm", at
        assert np.allclose(image.header.get_zooms(), [np.linalg.norm(c) for c in affine[:3, :3].T]), at
EOF

py "qform is there where it says the same as sform, and only there" <<'EOF'
import nibabel, numpy as np, volfile as v
exact = {"plain": 1, "axial": 1, "coronal": 1, "oblique": 1, "left-handed": 1, "sheared": 0, "nearly-axial": 0}
for kind, code in exact.items():
    for more in ([], ["--nifti2"]):
        v.write("a.vol", np.zeros((512, 512, 100), "u1"), v.affine(kind))
        v.run("vol2nii", "a.vol", "-o", "a.nii", *more)
        header = nibabel.load("a.nii").header
        assert header["sform_code"] == 1 and header["qform_code"] == code, f"{kind}: {header['qform_code']}"
        if code:
            off = v.corner_distance(header.get_qform(), v.affine(kind), (512, 512, 100))
            assert off < 2e-3, f"{kind}: {off} mm"
EOF

py "the header is plain: sizes, offsets, no names" <<'EOF'
import struct, numpy as np, volfile as v
v.write("a.vol", np.zeros((3, 4, 5), "i2"), keys={"modality": "CT", "dicom.KVP": "120"})
one, two = v.run("vol2nii", "--plain", "a.vol"), v.run("vol2nii", "--plain", "--nifti2", "a.vol")
assert len(one) == 352 + 120 and struct.unpack("<i", one[:4]) == (348,) and one[344:352] == b"n+1\0\0\0\0\0"
assert struct.unpack("<f", one[108:112]) == (352,) and one[148:156] == b"volpipe\0"
assert len(two) == 544 + 120 and two[:12] == struct.pack("<i", 540) + b"n+2\0\r\n\x1a\n"
assert struct.unpack("<q", two[168:176]) == (544,) and two[240:248] == b"volpipe\0"
v.run("vol2nii", "--plain", "a.vol", "-o", "p.hdr")
assert open("p.hdr", "rb").read()[344:348] == b"ni1\0" and len(open("p.img", "rb").read()) == 120
EOF

# ---- the extension ----

py "what NIfTI has no field for is in an extension, for nibabel a comment, and comes back to the last digit" <<'EOF'
import nibabel, numpy as np, volfile as v
keys = {"unit": "HU", "padding": "-2000 -1024", "labels": "1 lung-left\\n2 b\\\\c", "dicom.KVP": "120",
        "history.1": "dcm2vol 1.0; read sha256:" + "0" * 64, "axis": "echo ms 4.9 7.4"}
for kind in ("axial", "oblique", "sheared", "left-handed", "nearly-axial"):
    v.write("a.vol", v.numbers("i2", (9, 8, 7, 2)), v.affine(kind), keys)
    for name in ("a.nii", "a.nii.gz", "a.hdr", "a.hdr.gz"):
        for more in ([], ["--nifti2"]):
            v.run("vol2nii", "a.vol", *more, "-o", name)
            image = nibabel.load(name)
            (ext,) = image.header.extensions
            assert ext.get_code() == 6 and ext.get_content().startswith(b"volpipe 1, "), name
            assert b"vol.unit:=HU\n" in ext.get_content(), name
            size = 348 if not more else 540
            if "hdr" not in name:
                assert int(image.dataobj.offset) % 16 == 0 and int(image.dataobj.offset) > size + 4, name
            assert np.array_equal(image.dataobj, v.numbers("i2", (9, 8, 7, 2))), name
            data, affine, got = v.read_bytes(v.run("nii2vol", name))
            assert np.array_equal(affine, v.affine(kind)), (kind, name, affine - v.affine(kind))
            got = {k: x for k, x in got.items() if k not in ("source", "history.2")}
            assert got == keys, (kind, name, got)
EOF

py "nobody's keys are given to other voxels, or to voxels in another place" <<'EOF'
import nibabel, numpy as np, volfile as v
data = v.numbers("i2", (9, 8, 7))
keys = {"unit": "HU", "labels": "1 lung", "padding": "-2000"}
v.write("a.vol", data, v.affine("oblique"), keys)
v.run("vol2nii", "a.vol", "-o", "a.nii")
image = nibabel.load("a.nii")
moved = image.affine.copy()
moved[0, 3] += 0.1
def again(data, affine, change=lambda header: None):
    header = image.header.copy()
    change(header)
    nibabel.save(nibabel.Nifti1Image(data, affine, header), "b.nii")
    assert nibabel.load("b.nii").header.extensions[0].get_code() == 6
    return v.read_bytes(v.run("nii2vol", "b.nii"))[2]
same = again(data, image.affine)
assert all(same[k] == x for k, x in keys.items()), same
for name, got in (("voxels", again(data + 1, image.affine)), ("place", again(data, moved)),
                  ("type", again(data.astype("f4"), image.affine, lambda h: h.set_data_dtype("f4"))),
                  ("shape", again(data.reshape(9, 8, 7, 1)[:, :, :3], image.affine))):
    assert not set(got) & set(keys), (name, got)
raw = open("a.nii", "rb").read()
offset = int(image.dataobj.offset)
for field, x in (("vox_offset", offset), ("scl_slope", 1), ("scl_inter", 0)):
    image.header[field] = x
for ext in (raw[348:offset], raw[348:352] + np.frombuffer(raw[352:360], "<i4").astype(">i4").tobytes() + raw[360:offset]):
    got = v.read_bytes(v.run("nii2vol", stdin=image.header.as_byteswapped(">").binaryblock + ext + data.astype(">i2").tobytes("F")))
    assert got[2]["unit"] == "HU" and np.array_equal(got[0], data), got[2]
raw = bytearray(open("a.nii", "rb").read())
raw[112:116] = np.float32(2).tobytes()
got = v.read_bytes(v.run("nii2vol", stdin=bytes(raw)))[2]
assert got["unit"] == "stored" and "labels" not in got and got["rescale"] == "2 0", got
EOF

py "a dimension over 32767 takes NIfTI-2 by itself" <<'EOF'
import nibabel, numpy as np, volfile as v
for n, kind in ((32767, "Nifti1Image"), (32768, "Nifti2Image")):
    data = v.numbers("u1", (n, 1, 2))
    v.write("a.vol", data)
    v.run("vol2nii", "a.vol", "-o", "a.nii")
    image = nibabel.load("a.nii")
    assert type(image).__name__ == kind and np.array_equal(image.dataobj, data), n
EOF

# ---- what the values mean ----

py "stored values get slope and intercept, physical ones none" <<'EOF'
import nibabel, numpy as np, volfile as v
data = v.numbers("i2", (4, 3, 2))
for keys, want in (({}, data), ({"unit": "HU"}, data), ({"unit": "stored"}, data),
                   ({"unit": "HU", "rescale": "2 3"}, data),
                   ({"unit": "stored", "rescale": "0.5 -1024"}, 0.5 * data - 1024),
                   ({"unit": "stored", "rescale": "3 1 3 1"}, 3.0 * data + 1)):
    v.write("a.vol", data, keys=keys)
    v.run("vol2nii", "a.vol", "-o", "a.nii")
    image = nibabel.load("a.nii")
    assert np.array_equal(image.get_fdata(), want), keys
    assert np.array_equal(image.dataobj.get_unscaled(), data), keys
    raw = open("a.nii", "rb").read()
    if want is data:
        assert np.frombuffer(raw[112:120], "<f4").tolist() == [1, 0], keys
v.write("a.vol", data, keys={"unit": "stored", "rescale": "2.02220000001 0"})
v.run("vol2nii", "a.vol", "--nifti2", "-o", "a.nii")
assert nibabel.load("a.nii").dataobj.slope == 2.02220000001
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
data = np.zeros((4, 3, 2), "i2")
v.write("ct.vol", data, v.affine("axial"))
v.write("pet.vol", data, keys={"unit": "stored", "rescale": "1 0 2 0"})
v.write("faint.vol", data, keys={"unit": "stored", "rescale": "1e-50 0"})
far = np.eye(4)
far[0, 3] = 1e39
v.write("far.vol", data, far)
v.write("rgbf.vol", np.zeros((4, 3, 2, 3), "f4"), colour=True)
v.write("echo.vol", np.zeros((4, 3, 2, 2), "i2"), keys={"axis": "echo ms 4.9 7.4"})
v.write("uneven.vol", np.zeros((4, 3, 2, 3), "i2"), keys={"axis": "time s 0 1 5"})
EOF
must_fail 1 "slopes that differ by slice are refused" vol2nii pet.vol
said "and what helps is said" "^vol2nii: pet.vol: slopes differ by slice, .*: run volhu first"
must_fail 1 "a slope that a float makes 0 is refused" vol2nii faint.vol
said "and what helps is said" "use --nifti2"
ok "NIfTI-2 holds it" vol2nii faint.vol --nifti2 -o faint.nii
must_fail 1 "an origin that a float makes infinite is refused" vol2nii far.vol
must_fail 1 "colour of floats is refused" vol2nii rgbf.vol
said "and the type is named" "colour is float"

py "colour is RGB24 and RGBA32" <<'EOF'
import nibabel, numpy as np, volfile as v
for channels, names in ((3, "RGB"), (4, "RGBA")):
    for shape in ((5, 4, 3), (5, 4, 3, 2)):
        data = v.numbers("u1", shape + (channels,))
        v.write("a.vol", data, v.affine("oblique"), colour=True)
        v.run("vol2nii", "a.vol", "-o", "a.nii")
        got = np.asanyarray(nibabel.load("a.nii").dataobj)
        assert got.dtype.names == tuple(names)
        assert np.array_equal(np.stack([got[c] for c in names], -1), data), shape
EOF

py "times that are even become pixdim[4]" <<'EOF'
import nibabel, numpy as np, volfile as v
data = v.numbers("i2", (4, 3, 2, 5))
for axis, step, unit, start in (("time s 0 2.2 4.4 6.6 8.8", 2.2, "sec", 0), ("time ms 100 350 600 850 1100", 250, "msec", 100)):
    v.write("a.vol", data, keys={"axis": axis})
    v.run("vol2nii", "a.vol", "-o", "a.nii")
    image = nibabel.load("a.nii")
    assert image.shape == data.shape and np.array_equal(image.dataobj, data)
    assert np.float32(step) == image.header["pixdim"][4] and image.header.get_xyzt_units() == ("mm", unit)
    assert image.header["toffset"] == start
v.write("a.vol", data)
v.run("vol2nii", "a.vol", "-o", "a.nii")
assert nibabel.load("a.nii").header.get_xyzt_units() == ("mm", "unknown")
EOF
for f in echo uneven; do
	ok "a list axis that NIfTI has no field for ($f) is in the extension" \
		sh -c "vol2nii $f.vol -o $f.nii && nii2vol $f.nii | volinfo --get axis | grep -x \"\$(volinfo --get axis $f.vol)\""
	ok "without one ($f)" vol2nii --plain $f.vol -o $f.nii
	said "is dropped with a warning" "^vol2nii: warning: $f.vol: .*list axis \((echo|time)\)"
done

# ---- files and pipes ----

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
rng = np.random.default_rng(1)
v.write("big.vol", rng.normal(0, 9, (256, 256, 30)).astype("i2"), v.affine("axial"))
EOF
vol2nii big.vol -o plain.nii
vol2nii big.vol >stdout.nii
vol2nii <big.vol -o fromstdin.nii
# shellcheck disable=SC2002  # a pipe, not a file
cat big.vol | vol2nii | cat >piped.nii
ok "to stdout are the same bytes" cmp plain.nii stdout.nii
ok "from stdin are the same bytes" cmp plain.nii fromstdin.nii
ok "from pipe to pipe are the same bytes" cmp plain.nii piped.nii
for z in 1 2 3 6 9; do
	vol2nii big.vol -z $z -o z$z.nii.gz
	ok "level $z is sound gzip" gzip -t z$z.nii.gz
	gzip -dc z$z.nii.gz >z.nii
	ok "level $z has the same bytes inside" cmp plain.nii z.nii
	for t in 1 2 5; do
		ok "level $z with $t threads" vol2nii big.vol --threads $t -z $z -o t.nii.gz
		ok "gives the same bytes" cmp z$z.nii.gz t.nii.gz
	done
done
vol2nii big.vol -o default.nii.gz
vol2nii big.vol --best -o best.nii.gz
vol2nii -z 2 <big.vol >stdout.nii.gz
ok "the default level is 2" cmp default.nii.gz z2.nii.gz
ok "--best is level 9" cmp best.nii.gz z9.nii.gz
ok "stdout is compressed when asked for" cmp default.nii.gz stdout.nii.gz
vol2nii big.vol -o pair.hdr.gz
ok "a pair is compressed by its name" gzip -t pair.hdr.gz pair.img.gz

for o in x.nrrd x x.gz .nii x.nii.zip; do
	must_fail 2 "no NIfTI name: $o" vol2nii ct.vol -o $o
done
must_fail 2 "a level for a plain name" vol2nii ct.vol -z 3 -o x.nii
said "is told the right name" "name it x.nii.gz"
must_fail 2 "level 0 for a .gz" vol2nii ct.vol -z 0 -o x.nii.gz
must_fail 2 "two levels" vol2nii ct.vol -z 3 --best -o x.nii.gz
must_fail 2 "a level that is none" vol2nii ct.vol -z 10 -o x.nii.gz
is "nothing was left by refusals" "$(find . -name 'x*' -o -name '.x*')" ""

# ---- nothing by halves ----

size=$(wc -c <big.vol)
mkdir out
for name in x.nii x.nii.gz x.hdr x.img.gz; do
	for keep in 100 5000 $((size / 2)) $((size - 1)); do
		head -c $keep big.vol >cut.vol
		must_fail 1 "$name from $keep of $size bytes" vol2nii cut.vol -o out/$name
	done
	said "says how far it came" "^vol2nii: cut.vol: ends after 29 of 30 slices"
	(cat big.vol; echo) >long.vol
	must_fail 1 "$name from a stream with bytes after its end" vol2nii long.vol -o out/$name
	must_fail 1 "$name with a file limit" sh -c "ulimit -f 100; vol2nii big.vol -z 0 -o out/$name ||
		vol2nii big.vol -o out/$name"
	(cat big.vol; sleep 1) | vol2nii -o out/$name &
	sleep 0.3
	kill -9 $!
	wait $! 2>/dev/null
	is "$name: no file is there after all that" "$(ls -A out)" ""
done
must_fail 1 "a full disk" sh -c 'vol2nii big.vol >/dev/full'
must_fail 1 "a full disk, compressed" sh -c 'vol2nii -z 1 big.vol >/dev/full'
echo old >out/x.nii
must_fail 1 "a failure leaves the older file" vol2nii cut.vol -o out/x.nii
is "as it was" "$(cat out/x.nii)" old
must_fail 1 "--no-clobber refuses" vol2nii big.vol --no-clobber -o out/x.nii
echo old >out/y.img
must_fail 1 "--no-clobber refuses for the other half too" vol2nii big.vol --no-clobber -o out/y.hdr
is "and writes neither" "$(ls out)" "x.nii
y.img"

# ---- verified ----

py "--verify: one line for every kind of file and voxel; not for a pipe" <<'EOF'
import numpy as np, volfile as v
for code in v.TYPES.values():
    data = v.numbers(code, (7, 6, 5, 2))
    if np.dtype(code).kind == "f":
        data[0, 0, 0, 0] = np.nan
    v.write("v.vol", data, v.affine("oblique"), {"unit": "stored", "rescale": "0.1 -3", "rescale.unit": "HU"})
    for name in ("v.nii", "v.nii.gz", "v.hdr", "v.hdr.gz"):
        status, _, said = v.tool("vol2nii", "-q", "--verify", "v.vol", "-o", name)
        assert status == 0 and not said, said
        status, _, said = v.tool("vol2nii", "--verify", "v.vol", "-o", name)
        assert status == 0 and said.startswith(f"vol2nii: note: {name}: verified: 420 voxels are the same, the grid is "), said
EOF
must_fail 2 "--verify of a pipe" vol2nii --verify v.vol

# ---- memory ----

py "2 GiB through the pipe stay under 32 MiB" <<'EOF'
import volfile as v
for words, mib in ((["vol2nii"], 2048), (["vol2nii", "-z", "1", "--threads", "4"], 512),
                   (["vol2nii", "-z", "6", "--threads", "4"], 128)):
    peak = v.peak_mib(words, v.zeros_header("h", mib), mib)
    assert peak < 32, f"{words}: {peak:.1f} MiB"
EOF
done_testing
