#!/bin/sh
# nii2vol: files made by nibabel, and files that lie.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

# ---- what nibabel writes ----

cat >made.py <<'EOF'
"""Files by nibabel, whose fields can then be changed one by one."""
import struct
import nibabel, numpy as np
import volfile as v

FIELDS = {  # name: (offset, struct code) in version 1, in version 2
    "sizeof_hdr": ((0, "i"), (0, "i")), "dim": ((40, "8h"), (16, "8q")), "datatype": ((70, "h"), (12, "h")),
    "bitpix": ((72, "h"), (14, "h")), "pixdim": ((76, "8f"), (104, "8d")), "vox_offset": ((108, "f"), (168, "q")),
    "scl_slope": ((112, "f"), (176, "d")), "scl_inter": ((116, "f"), (184, "d")), "xyzt_units": ((123, "b"), (500, "i")),
    "toffset": ((136, "f"), (216, "d")), "qform_code": ((252, "h"), (344, "i")), "sform_code": ((254, "h"), (348, "i")),
    "quatern_b": ((256, "f"), (352, "d")), "qoffset_x": ((268, "f"), (376, "d")), "srow_x": ((280, "4f"), (400, "4d")),
    "srow_z": ((312, "4f"), (464, "4d")), "magic": ((344, "4s"), (4, "8s"))}


def make(path, data, affine=np.eye(4), version=1, big=False, qform=True, **fields):
    """An image with both forms, the voxels as they are (no scaling), and then the fields."""
    kinds = {1: (nibabel.Nifti1Header, nibabel.Nifti1Image, nibabel.Nifti1Pair),
             2: (nibabel.Nifti2Header, nibabel.Nifti2Image, nibabel.Nifti2Pair)}[version]
    header = kinds[0](endianness=">" if big else "<")
    header.set_data_dtype(data.dtype)
    header.set_xyzt_units("mm")
    image = kinds[2 if str(path).endswith((".hdr", ".img")) else 1](data, affine, header)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1 if qform else 0, strip_shears=True)
    image.header.set_slope_inter(1, 0)
    nibabel.save(image, str(path))
    if fields:
        raw = bytearray(open(path, "rb").read())
        for name, value in fields.items():
            offset, code = FIELDS[name][version - 1]
            struct.pack_into((">" if big else "<") + code, raw, offset, *(value if isinstance(value, tuple) else (value,)))
        open(path, "wb").write(raw)
    return path


def read(*words, **more):
    """The stream that nii2vol makes, and what it said."""
    status, out, said = v.tool("nii2vol", *words, **more)
    assert status == 0, f"{words}: exit {status}: {said}"
    open("read.vol", "wb").write(out)
    return v.read("read.vol") + (said,)
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

py "every type, byte order, version and kind of file" <<'EOF'
import gzip, numpy as np, volfile as v
from made import make, read
for name, code in v.TYPES.items():
    for big in (False, True):
        for version in (1, 2):
            data, affine = v.numbers(code, (11, 7, 5)), v.affine("oblique")
            for file in ("a.nii", "a.nii.gz", "p.hdr", "p.img"):
                make(file, data, affine, version, big)
                got, where, keys, said = read(file)
                at = f"{name} big={big} {version} {file}"
                assert got.dtype == data.dtype and np.array_equal(got, data), at
                assert v.corner_distance(where, affine, data.shape) < 1e-3 and not said, at
                assert "unit" not in keys and "rescale" not in keys, at
                if file.startswith("a"):
                    assert np.array_equal(read(stdin=file)[0], data), at
EOF

py "every orientation" <<'EOF'
import numpy as np, volfile as v
from made import make, read
for kind in ("plain", "axial", "coronal", "oblique", "sheared", "left-handed", "nearly-axial"):
    data = v.numbers("i2", (11, 7, 5))
    for version in (1, 2):
        make("a.nii", data, v.affine(kind), version, qform=kind not in ("sheared", "nearly-axial"))
        got, where, keys, said = read("a.nii")
        off = v.corner_distance(where, v.affine(kind), data.shape)
        assert np.array_equal(got, data) and off < (1e-3 if version == 1 else 1e-9), f"{kind}: {off}"
        assert not said and keys["source"].startswith("11 7 5 ("), said
EOF

py "the forms: sform first, then qform, then pixdim" <<'EOF'
import numpy as np, volfile as v
from made import make, read
data, affine = np.zeros((11, 7, 5), "u1"), v.affine("oblique")
make("a.nii", data, affine, sform_code=0)
_, where, _, said = read("a.nii")
assert v.corner_distance(where, affine, data.shape) < 1e-3 and not said
make("a.nii", data, affine, qoffset_x=99.0)
_, where, _, said = read("a.nii")
assert v.corner_distance(where, affine, data.shape) < 1e-3
assert "sform and qform disagree by 200 mm" in said.replace("201", "200"), said
make("a.nii", data, affine, qform_code=0, sform_code=0)
_, where, _, said = read("a.nii")
assert np.allclose(where, np.diag([0.7, 0.8, 2.5, 1])) and "orientation is unknown" in said
EOF

py "micrometres and metres" <<'EOF'
import numpy as np, volfile as v
from made import make, read
for unit, factor in ((0, 1), (1, 1000), (2, 1), (3, 0.001)):
    for forms in ({}, {"sform_code": 0}, {"sform_code": 0, "qform_code": 0}):
        make("a.nii", np.zeros((4, 3, 2), "u1"), np.diag([2.0, 3, 4, 1]), xyzt_units=unit, **forms)
        where = read("a.nii")[1]
        assert np.allclose(where, np.diag([2 * factor, 3 * factor, 4 * factor, 1])), (unit, forms, where)
EOF

py "slope and intercept" <<'EOF'
import numpy as np
from made import make, read
data = np.arange(24, dtype="i2").reshape(4, 3, 2)
for slope, inter, want in ((0, 5, None), (1, 0, None), (0, np.inf, None), (2.5, 0, "2.5 0"), (1, -1024, "1 -1024"), (-1, 0, "-1 0")):
    for version in (1, 2):
        make("a.nii", data, version=version, scl_slope=slope, scl_inter=inter)
        got, _, keys, _ = read("a.nii")
        assert np.array_equal(got, data) and keys.get("rescale") == want, (slope, inter, keys)
        assert keys.get("unit") == ("stored" if want else None), keys
EOF

py "the list axis and its times" <<'EOF'
import numpy as np, volfile as v
from made import make, read
data = v.numbers("i2", (4, 3, 2, 3))
pixdim = (1, 1, 1, 1, 2.2, 1, 1, 1)
for units, start, want in ((2 + 8, 0, "time s 0 2.2 4.4"), (2 + 16, 100, "time ms 100 102.2 104.4"),
                           (2 + 24, 0, "time ms 0 0.0022 0.0044"), (2, 0, None), (2 + 32, 0, None)):
    make("a.nii", data, xyzt_units=units, pixdim=pixdim, toffset=start)
    got, _, keys, _ = read("a.nii")
    assert np.array_equal(got, data), got.shape
    if want is None:
        assert "axis" not in keys, keys
    else:
        times = np.array(keys["axis"].split()[2:], float)
        assert keys["axis"].split()[:2] == want.split()[:2] and np.allclose(times, np.array(want.split()[2:], float), 1e-6)
make("a.nii", np.zeros((1, 1, 1, 5000), "u1"), xyzt_units=10)
assert "axis" not in read("a.nii")[2]
make("a.nii", data[..., :1], xyzt_units=10)
assert read("a.nii")[0].shape == (4, 3, 2)
EOF

py "one and two dimensions" <<'EOF'
import numpy as np
from made import make, read
for shape, full in (((8, 6), (8, 6, 1)), ((8,), (8, 1, 1))):
    data = np.arange(np.prod(shape), dtype="u1").reshape(shape)
    for forms in ({}, {"sform_code": 0, "pixdim": (1, 2, 3, 4, 1, 1, 1, 1)}):
        make("a.nii", data, **forms)
        got, where, _, _ = read("a.nii")
        assert np.array_equal(got, data.reshape(full)) and abs(where[2, 2]) == (4 if forms else 1), where
EOF

py "there and back gives the same file" <<'EOF'
import numpy as np, volfile as v
from made import make
for kind in ("axial", "oblique", "sheared"):
    v.write("a.vol", v.numbers("i2", (9, 8, 7, 2)), v.affine(kind), {"axis": "time s 0 2.5", "unit": "stored", "rescale": "0.5 3"})
    for version in ([], ["--nifti2"]):
        first = v.run("vol2nii", "--plain", "a.vol", *version)
        assert v.run("vol2nii", "--plain", *version, stdin=v.run("nii2vol", stdin=first)) == first, (kind, version)
EOF

"$PYTHON" -W ignore - <<'EOF'
import gzip, shutil, numpy as np
from made import make
data = np.arange(24000, dtype="i2").reshape(40, 30, 20)
make("a.nii", data)
make("p.hdr", data)
raw = open("a.nii", "rb").read()
open("pad.nii", "wb").write(raw + bytes(1000))
open("short.nii", "wb").write(raw[:-1])
open("gz-named.nii", "wb").write(gzip.compress(raw))
open("cut.nii.gz", "wb").write(gzip.compress(raw)[:-1])
open("one.nii", "wb").write(raw[:100])
open("empty.nii", "wb")
open("text.nii", "w").write("no image\n" * 100)
for half in "hdr", "img":
    open(f"z.{half}.gz", "wb").write(gzip.compress(open(f"p.{half}", "rb").read()))
    shutil.copy(f"p.{half}", f"U.{half.upper()}")
shutil.copy("p.hdr", "mixed.hdr")
shutil.copy("z.img.gz", "mixed.img.gz")
shutil.copy("p.hdr", "alone.hdr")
shutil.copy("p.img", "lonely.img")
shutil.copy("p.hdr", "other-name")
EOF
nii2vol a.nii >want.vol
for f in gz-named.nii pad.nii; do
	ok "$f" nii2vol $f -o got.vol
	said "without a word" "^$"
done
ok "bytes after the last voxel" nii2vol -v pad.nii -o got.vol
said "are noted with -v" "^nii2vol: note: pad.nii: 1000 bytes after the last voxel"
tail -c 48000 want.vol >want.raw
for f in p.hdr p.img z.hdr.gz z.img.gz U.HDR U.IMG mixed.hdr mixed.img.gz gz-named.nii; do
	nii2vol $f | tail -c 48000 >got.raw
	ok "$f has the same voxels" cmp want.raw got.raw
done
must_fail 1 "a header alone" nii2vol alone.hdr
said "is told what is missing" "^nii2vol: alone.hdr: .*missing: alone.img"
must_fail 1 "voxels alone" nii2vol lonely.img
said "are told what is missing" "missing: lonely.hdr"
must_fail 1 "half of a pair under another name" nii2vol other-name
must_fail 1 "half of a pair on stdin" sh -c 'nii2vol <p.hdr'
said "cannot be" "^nii2vol: stdin: is the header of a .hdr/.img pair"
nii2vol short.nii >short.vol 2>err
is "a file without its last byte fails" "$?" 1
like "and says how far it came" "$(cat err)" "^nii2vol: short.nii: ends after 19 of 20 slices"
must_fail 1 "and leaves no file" nii2vol short.nii -o short2.vol
is "none at all" "$(ls short2.vol 2>/dev/null)" ""
must_fail 1 "gzip data cut by a byte" nii2vol cut.nii.gz -o short2.vol
must_fail 1 "a header cut short" nii2vol one.nii
said "is named" "ends inside the header \(100 of 348 bytes\)"
must_fail 1 "an empty file" nii2vol empty.nii
must_fail 1 "a text" nii2vol text.nii
said "is no NIfTI" "is not a NIfTI file"
like "history tells what was read" "$(sed -n 's/^vol.history.1:=//p' want.vol)" \
	"^nii2vol [0-9.]*; read sha256:[0-9a-f]{64}$"

# ---- files that lie ----

# ---- numbers and axes that a stream does not have ----

py "complex numbers: one part, as asked for" <<'EOF'
import nibabel, numpy as np, volfile as v
rng = np.random.default_rng(1)
z = rng.normal(size=(31, 17, 5)) + 1j * rng.normal(size=(31, 17, 5))
z[0, 0, 0] = 0
parts = {"magnitude": np.abs, "phase": np.angle, "real": np.real, "imaginary": np.imag}
for dtype, real in (("c8", "f4"), ("c16", "f8")):
    for endian in "<>":
        image = nibabel.Nifti1Image(z.astype(dtype), v.affine("oblique"))
        open("z.nii", "wb").write(nibabel.Nifti1Image(z.astype(dtype), v.affine("oblique"),
                                                      image.header.as_byteswapped(endian)).to_bytes())
        for part, function in parts.items():
            data, affine, keys = v.read_bytes(v.run("nii2vol", "--complex", part, "z.nii"))
            want = function(z.astype(dtype))
            # the last digit of hypot and atan2 is the C library's
            assert data.dtype == real and np.allclose(data, want, rtol=4 * np.finfo(real).eps, atol=0), (dtype, part)
            assert keys.get("unit") == ("rad" if part == "phase" else None), keys
image = nibabel.Nifti1Image(z.astype("c8"), np.eye(4))
image.header.set_slope_inter(2, 1)
open("s.nii", "wb").write(image.to_bytes())
raw = bytearray(image.to_bytes())
raw[112:120] = np.array([2, 1], "<f4").tobytes()
open("s.nii", "wb").write(raw)
status, out, said = v.tool("nii2vol", "--complex", "real", "s.nii")
assert status == 1 and not out and "scl_slope is 2" in said, said
EOF

py "integers of 64 bits: the first of int32, uint32 and double that has them all, or an error" <<'EOF'
import nibabel, numpy as np, volfile as v
cases = [("i8", [0, -5, 2**31 - 1], "i4"), ("i8", [0, -2**31, 7], "i4"), ("i8", [0, 2**31, 7], "u4"), ("i8", [-1, 2**31, 7], "f8"),
         ("i8", [-2**53, 2**60, 7], "f8"), ("i8", [0, 2**53 + 1, 7], None), ("u8", [0, 2**32 - 1, 7], "u4"),
         ("u8", [0, 2**32, 7], "f8"), ("u8", [0, 2**64 - 1, 7], None), ("u8", [2**63, 1, 7], "f8")]
for dtype, numbers, want in cases:
    data = np.array(numbers * 40, dtype).reshape(5, 6, 4)
    for endian in "<>":
        image = nibabel.Nifti1Image(data, np.eye(4), dtype=dtype)
        open("w.nii", "wb").write(nibabel.Nifti1Image(data, np.eye(4), image.header.as_byteswapped(endian)).to_bytes())
        for words, stdin in ((["w.nii"], None), ([], "w.nii")):
            status, out, said = v.tool("nii2vol", *words, stdin=stdin)
            if want is None:
                assert status == 1 and not out and "fit neither" in said, said
                continue
            got = v.read_bytes(out)[0]
            assert got.dtype == want and [int(x) for x in got.ravel()] == [int(x) for x in data.ravel()], (dtype, numbers)
EOF

py "axes after the fourth: one list, in the file's order, and the same file again" <<'EOF'
import nibabel, numpy as np, volfile as v
for more in ((1, 6), (2, 3), (2, 1, 3), (1, 1, 1, 4), (2, 2, 2, 2)):
    data = v.numbers("i2", (5, 4, 3) + more)
    nibabel.save(nibabel.Nifti1Image(data, v.affine("axial")), "d.nii")
    got, affine, keys = v.read_bytes(v.run("nii2vol", "d.nii"))
    flat = data.reshape((5, 4, 3, -1), order="F")
    assert np.array_equal(got, flat) and keys["nifti.dim"] == " ".join(map(str, more)), (more, keys)
    for options in ([], ["--plain"], ["--nifti2"]):
        v.run("vol2nii", *options, "-o", "e.nii", stdin=v.run("nii2vol", "d.nii"))
        assert nibabel.load("e.nii").shape == data.shape and np.array_equal(nibabel.load("e.nii").dataobj, data), more
    # one entry is a volume of three axes
    v.run("volsplit", "-o", "part-{}.vol", stdin=v.run("nii2vol", "d.nii"))
EOF

py "extensions of others: left out, or kept when asked for, and none that is not whole" <<'EOF'
import nibabel, numpy as np, volfile as v
from nibabel.nifti1 import Nifti1Extension
data = v.numbers("i2", (5, 4, 3))
image = nibabel.Nifti1Image(data, np.eye(4))
texts = [(6, b"a comment"), (44, bytes(range(256)) * 3), (4, b"<AFNI/>")]
for code, text in texts:
    image.header.extensions.append(Nifti1Extension(code, text))
nibabel.save(image, "x.nii")
nibabel.save(nibabel.Nifti1Pair(data, np.eye(4), image.header), "x.hdr")
for name in ("x.nii", "x.hdr"):
    keys = v.read_bytes(v.run("nii2vol", name))[2]
    assert not [k for k in keys if k.startswith("nifti")], keys
    status, out, said = v.tool("nii2vol", "-v", name)
    assert "3 extensions of its header are left out: --keep-extensions" in said, said
    stream = v.run("nii2vol", "--keep-extensions", name)
    for out in ("y.nii", "y.hdr", "y.nii.gz"):
        v.run("vol2nii", "-o", out, stdin=stream)
        ours, *others = nibabel.load(out).header.extensions
        assert ours.get_content().startswith(b"volpipe 1, ") and b"extension" not in ours.get_content().replace(b"--keep-extensions", b"")
        pad = [text + bytes(-(len(text) + 8) % 16) for _, text in texts]
        assert [e.get_code() for e in others] == [c for c, _ in texts]
        assert all(np.frombuffer(p, "u1")[:len(e.get_content())].tobytes() == e.get_content() and not p[len(e.get_content()):].strip(b"\0")
                   for p, e in zip(pad, others))
        again = v.read_bytes(v.run("nii2vol", "--keep-extensions", out))[2]
        assert [x for k, x in again.items() if "extension" in k] == [x for k, x in v.read_bytes(stream)[2].items() if "extension" in k]
raw = open("x.nii", "rb").read()
for size in (0, 15, 2**31 - 1, -8):
    bad = raw[:352] + np.int32(size).tobytes() + raw[356:]
    got = v.read_bytes(v.run("nii2vol", "--keep-extensions", stdin=bad))
    assert np.array_equal(got[0], data) and not [k for k in got[2] if k.startswith("nifti")], size
EOF

py "every lying field is refused by name" <<'EOF'
import re, numpy as np, volfile as v
from made import make
nan, inf = np.nan, np.inf
data = np.zeros((4, 3, 2), "i2")
none = {"qform_code": 0, "sform_code": 0}
lies = [
    ({"sizeof_hdr": 0}, "sizeof_hdr is 0"), ({"sizeof_hdr": 349}, "sizeof_hdr is 349"),
    ({"dim": (0, 4, 3, 2, 1, 1, 1, 1)}, r"dim\[0\] is 0"), ({"dim": (8, 4, 3, 2, 1, 1, 1, 1)}, r"dim\[0\] is 8"),
    ({"dim": (-3, 4, 3, 2, 1, 1, 1, 1)}, r"dim\[0\] is -3"), ({"dim": (3, 4, -3, 2, 1, 1, 1, 1)}, r"dim\[2\] is -3"),
    ({"dim": (3, 4, 3, 0, 1, 1, 1, 1)}, r"dim\[3\] is 0"), ({"dim": (4, 4, 3, 2, 0, 1, 1, 1)}, r"dim\[4\] is 0"),
    ({"dim": (7, 4, 3, 2, 32767, 32767, 32767, 32767)}, r"overflow|dim\[7\] is 32767"),
    ({"datatype": 0}, "datatype is 0"), ({"datatype": -1}, "datatype is -1"), ({"datatype": 1}, "binary"),
    ({"datatype": 32}, "bitpix is 16"), ({"datatype": 1024}, "bitpix is 16"), ({"datatype": 1280}, "bitpix is 16"),
    ({"datatype": 32, "bitpix": 64}, "complex64.*--complex"), ({"datatype": 1792, "bitpix": 128}, "complex128"),
    ({"datatype": 1536}, "float128"), ({"datatype": 2048}, "complex256"),
    ({"bitpix": 0}, "bitpix is 0"), ({"bitpix": 32}, "bitpix is 32"), ({"datatype": 128}, "bitpix is 16"),
    ({"vox_offset": 0}, "vox_offset is 0"), ({"vox_offset": 347}, "vox_offset is 347"),
    ({"vox_offset": -352}, "vox_offset is -352"), ({"vox_offset": 1000000}, "vox_offset is 1000000"),
    ({"scl_slope": nan}, "scl_slope is"), ({"scl_slope": inf}, "scl_slope is"),
    ({"scl_slope": 2, "scl_inter": nan}, "scl_inter is"), ({"scl_slope": 2, "scl_inter": -inf}, "scl_inter is"),
    ({"srow_x": (nan, 0, 0, 0)}, "sform: .* not finite"), ({"srow_z": (0, 0, 1, inf)}, "sform: .* not finite"),
    ({"srow_x": (0, 0, 0, 0)}, "sform: .*zero"), ({"srow_z": (1, 0, 0, 0)}, "sform: .*"),
    ({"sform_code": 0, "quatern_b": nan}, "quatern_b"), ({"sform_code": 0, "quatern_b": 5}, "quatern"),
    ({"sform_code": 0, "qoffset_x": inf}, "qoffset_x"),
    ({"sform_code": 0, "pixdim": (1, 1, 0, 1, 1, 1, 1, 1)}, r"pixdim\[2\] is 0"),
    ({"sform_code": 0, "pixdim": (1, 1, 1, nan, 1, 1, 1, 1)}, r"pixdim\[3\] is"),
    ({**none, "pixdim": (1, -1, 1, 1, 1, 1, 1, 1)}, r"pixdim\[1\] is -1"),
    ({**none, "pixdim": (1, inf, 1, 1, 1, 1, 1, 1)}, r"pixdim\[1\] is inf"),
    ({"magic": b"\0\0\0\0"}, "Analyze 7.5"),
]
only_2 = [({"magic": b"n+2\0\n\0\0\0"}, "line ends"), ({"magic": b"\0" * 8}, "magic"), ({"vox_offset": 400}, "vox_offset is 400"),
          ({"dim": (3, 2**62, 4, 1, 1, 1, 1, 1)}, "overflow"), ({"dim": (3, 2**31, 2**31, 2**31, 1, 1, 1, 1)}, "overflow"),
          ({"dim": (4, 2**62, 1, 1, 2, 1, 1, 1)}, "overflow")]
only_1 = [({"vox_offset": nan}, "vox_offset is"), ({"vox_offset": inf}, "vox_offset is"), ({"vox_offset": 352.5}, "vox_offset is 352.5")]
for version in (1, 2):
    for big in (False, True):
        for fields, want in lies + (only_1 if version == 1 else only_2):
            if version == 2 and fields.get("magic") == b"\0\0\0\0":
                continue
            make("a.nii", data, version=version, big=big, **fields)
            for words, stdin in ((["a.nii"], None), ([], "a.nii")):
                status, out, said = v.tool("nii2vol", *words, stdin=stdin)
                line = said.splitlines()[-1] if said else ""
                want_here = want.replace("is 0, ", "is 0")
                assert status == 1 and not out, f"{fields}: exit {status}, {len(out)} bytes: {said}"
                assert re.match(f"nii2vol: (a.nii|stdin): .*{want_here}", line), f"{fields}: {said}"
EOF

py "cut anywhere, it fails cleanly" <<'EOF'
import gzip, numpy as np, volfile as v
from made import make
make("a.nii", np.zeros((4, 3, 2), "i2"))
raw = open("a.nii", "rb").read()
packed = gzip.compress(raw)
for whole in (raw, packed):
    for n in list(range(0, len(whole), 7)) + [len(whole) - 1]:
        status, _, said = v.tool("nii2vol", stdin=whole[:n])
        assert status == 1 and said.startswith("nii2vol: stdin: ") and said.count("\n") == 1, f"{n}: {status} {said}"
EOF
if [ -x "$TESTBIN/hammer" ]; then
	ok "damaged in a thousand ways, it reads or refuses" "$TESTBIN/hammer" -n 1000 -M 256 \
		--suffix .nii -k "$TMP/kept" a.nii gz-named.nii -- nii2vol {}
else
	skip "damaged in a thousand ways, it reads or refuses" "no hammer"
fi

# ---- memory ----

py "1 GiB through the pipe stays under 32 MiB" <<'EOF'
import volfile as v
v.zeros_header("h", 1)
for big in ([], ["--nifti2"]):
    one = v.run("vol2nii", *big, stdin=v.zeros_header("h", 1) + bytes(1 << 20))
    head = one[:-(1 << 20)]
    z = (40 + 6) if not big else 16 + 24
    head = head[:z] + (2048).to_bytes(2 if not big else 8, "little") + head[z + (2 if not big else 8):]
    peak = v.peak_mib(["nii2vol"], head, 1024)
    assert peak < 32, f"{peak:.1f} MiB"
EOF
done_testing
