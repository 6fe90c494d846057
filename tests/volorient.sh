#!/bin/sh
# volorient: against nibabel's orientations, all 48 of them; and by where each voxel lies.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

# nibabel's own turn of an array and of its affine
cat >reference.py <<'EOF'
from itertools import permutations, product

import nibabel.orientations as no
import numpy as np

CODES = ["".join(c) for pairs in permutations(("LR", "PA", "SI")) for c in product(*pairs)]


def turned(data, affine, code):
    """data: x, y, z first; what comes after them stays"""
    turn = no.ornt_transform(no.io_orientation(affine), no.axcodes2ornt(code))
    return no.apply_orientation(data, turn), affine @ no.inv_ornt_aff(turn, data.shape[:3])
EOF

py "all 48 orientations of axial, oblique, left-handed and sheared grids: voxels equal, places within 1e-9 mm" <<'EOF'
import numpy as np, volfile as v
from reference import CODES, turned
assert len(set(CODES)) == 48
data = v.numbers("i2", (35, 34, 7))
for n, code in enumerate(CODES):
    kind = ("axial", "oblique", "left-handed", "sheared", "coronal", "plain")[n % 6]
    v.write("in.vol", data, v.affine(kind))
    want, place = turned(data, v.affine(kind), code)
    for given in ("file", "pipe"):
        v.run("volorient", code, *(["in.vol"] if given == "file" else []), "-o", "out.vol", stdin=None if given == "file" else "in.vol")
        got, where, keys = v.read("out.vol")
        assert np.array_equal(got, want) and got.dtype == want.dtype, (code, kind, given)
        # rounding of the new origin alone
        assert v.corner_distance(where, place, want.shape) < 1e-9, (code, kind)
        # directions are the same doubles, negated or not
        assert np.array_equal(np.sort(abs(where[:3, :3]), axis=1), np.sort(abs(v.affine(kind)[:3, :3]), axis=1))
        assert keys["history.1"].split(";")[0].split()[2:] == [code]
EOF

py "from many orientations to many" <<'EOF'
import numpy as np, volfile as v
from reference import CODES, turned
data = v.numbers("u1", (4, 3, 2))
start = v.affine("oblique")
for a in CODES[::5]:
    have, where = turned(data, start, a)
    v.write("in.vol", have, where)
    for b in CODES[::3]:
        v.run("volorient", b, "in.vol", "-o", "out.vol")
        want, place = turned(data, start, b)
        got, there, _ = v.read("out.vol")
        assert np.array_equal(got, want) and v.corner_distance(there, place, want.shape) < 1e-9, (a, b)
EOF

py "closest canonical, as nibabel's as_closest_canonical" <<'EOF'
import nibabel, numpy as np, volfile as v
rng = np.random.default_rng(7)
data = v.numbers("i2", (6, 5, 4))
for n in range(12):
    matrix = np.eye(4)
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    matrix[:3, :3], matrix[:3, 3] = q @ np.diag([0.7, 0.8, 2.5]), rng.normal(0, 100, 3)
    # where an axis lies between two, programs may differ: ours maximises the sum of cosines
    if np.sort(abs(q), axis=0)[2].min() < 0.75:
        continue
    v.write("in.vol", data, matrix)
    v.run("volorient", "RAS", "in.vol", "-o", "out.vol")
    want = nibabel.as_closest_canonical(nibabel.Nifti1Image(data, matrix))
    got, where, _ = v.read("out.vol")
    assert np.array_equal(got, np.asanyarray(want.dataobj)) and v.corner_distance(where, want.affine, got.shape) < 1e-9, n
EOF

py "all types, colour, lists; axes longer and shorter than a tile; NaN as it was, bit for bit" <<'EOF'
import numpy as np, volfile as v
from reference import turned
where = v.affine("left-handed")
codes = ("RAS", "PSR", "SRA", "ILA", "ALI", "RPI")
for name, code in v.TYPES.items():
    for n, tail in enumerate(((), (3,), (4,), (2,), (2, 3))):
        colour = n in (1, 2, 4)
        data = v.numbers(code, (67, 33, 9) + tail)
        if code[0] == "f":
            bits = data.view("u%d" % data.itemsize)
            bits[3:5, 4:9] = bits[3:5, 4:9] | np.array(0x7fb << (20 if code == "f4" else 52), bits.dtype)
            data[0, 0, 0] = -0.0
        v.write("in.vol", data, where, colour=colour)
        for wanted in codes[n % 2::2]:
            want, _ = turned(data, where, wanted)
            v.run("volorient", wanted, "in.vol", "-o", "out.vol")
            got = v.read("out.vol")[0]
            assert got.dtype == data.dtype and got.shape == want.shape, (name, tail, wanted, got.shape)
            assert np.ascontiguousarray(got).tobytes() == np.ascontiguousarray(want).tobytes(), (name, tail, wanted)
EOF

py "axes of one voxel" <<'EOF'
import numpy as np, volfile as v
from reference import CODES, turned
for shape in ((1, 1, 1), (9, 1, 1), (1, 9, 1), (1, 1, 9), (1, 5, 70), (70, 1, 5), (70, 5, 1)):
    data = v.numbers("u2", shape)
    v.write("in.vol", data, v.affine("oblique"))
    for code in CODES[::7]:
        want, place = turned(data, v.affine("oblique"), code)
        v.run("volorient", code, "in.vol", "-o", "out.vol")
        got, where, _ = v.read("out.vol")
        assert np.array_equal(got, want) and np.allclose(where, place, atol=1e-9), (shape, code)
EOF

py "there and back is the same volume; no -0 comes into the header" <<'EOF'
import numpy as np, volfile as v
data = v.numbers("i2", (40, 30, 20))
for kind in ("plain", "oblique"):
    v.write("in.vol", data, v.affine(kind))
    first = v.run("volorient", "LPS", "in.vol")
    open("start.vol", "wb").write(first)
    back = v.run("volorient", "LPS", stdin=v.run("volorient", "SRA", "start.vol"))
    open("back.vol", "wb").write(back)
    a, b = v.read("start.vol"), v.read("back.vol")
    assert np.array_equal(a[0], b[0]) and v.corner_distance(a[1], b[1], data.shape) < 1e-9
    assert b"-0," not in back[:2048] and b"-0)" not in back[:2048]
EOF

py "the same bytes from 1, 2 and 7 threads, in blocks that do not divide the volume" <<'EOF'
import numpy as np, volfile as v
data = v.numbers("i2", (190, 171, 83))
v.write("in.vol", data, v.affine("axial"))
for code in ("RAS", "LPI", "SRA", "PSR", "ALI", "IRA"):
    want = v.run("volorient", code, "in.vol", "--threads", 1)
    for n in (2, 7):
        assert v.run("volorient", code, "in.vol", "--threads", n) == want, (code, n)
EOF

py "keys pass; pairs of slope and intercept go with their slices" <<'EOF'
import numpy as np, volfile as v
data = v.numbers("i2", (5, 4, 3, 2))
keys = {"unit": "stored", "padding": "-2000", "window": "40 80", "axis": "time s 0 2", "labels": "1 a", "other": "kept",
        "source": "5 4 3 (1,0,0) (0,1,0) (0,0,1) (0,0,0)"}
pairs = [(k + 1, 10 * k) for k in range(6)]
v.write("in.vol", data, v.affine("plain"), {**keys, "rescale": " ".join("%d %d" % p for p in pairs)})
for code, order in (("RAI", [2, 1, 0, 5, 4, 3]), ("LPS", range(6)), ("PLI", [2, 1, 0, 5, 4, 3]), ("ARS", range(6))):
    v.run("volorient", code, "in.vol", "-o", "out.vol")
    got = v.read("out.vol")[2]
    assert all(got[k] == x for k, x in keys.items()), got
    assert got["rescale"] == " ".join("%d %d" % pairs[i] for i in order), (code, got["rescale"])
status, _, said = v.tool("volorient", "SPL", "in.vol", "-o", "no.vol")
assert status == 1 and "run volhu first" in said, said
v.write("in.vol", data, v.affine("plain"), {**keys, "rescale": " ".join(["2 -3"] * 6)})
v.run("volorient", "SPL", "in.vol", "-o", "out.vol")
assert v.read("out.vol")[2]["rescale"] == "2 -3"
EOF

py "--like: as the axes of another volume run, in any format" <<'EOF'
import nibabel, numpy as np, volfile as v
from reference import turned
data = v.numbers("i2", (6, 5, 4))
v.write("in.vol", data, v.affine("oblique"))
other = np.diag([2.0, 2, 2, 1])[:, [2, 0, 1, 3]] @ np.diag([1, -1, 1, 1])
code = "".join(nibabel.aff2axcodes(other))
nibabel.save(nibabel.Nifti1Image(np.zeros((2, 3, 4), "u1"), other), "like.nii.gz")
v.write("like.vol", np.zeros((2, 3, 4), "u1"), other)
want, place = turned(data, v.affine("oblique"), code)
for like in ("like.nii.gz", "like.vol"):
    v.run("volorient", "--like", like, "in.vol", "-o", "out.vol")
    got, where, keys = v.read("out.vol")
    assert np.array_equal(got, want) and v.corner_distance(where, place, got.shape) < 1e-9
    assert keys["history.1"].split(";")[0].split()[2:] == [code, "--like"], keys
# the code in small letters, and none: LPS
assert v.run("volorient", "psr", "in.vol") == v.run("volorient", "PSR", "in.vol")
assert v.run("volorient", "in.vol") == v.run("volorient", "LPS", "in.vol") == v.run("volorient", stdin="in.vol")
EOF

py "big-endian input, and a header that claims more than comes" <<'EOF'
import numpy as np, volfile as v
from reference import turned
data = v.numbers("i4", (6, 5, 4))
v.write("in.vol", data, v.affine("plain"))
head, body = open("in.vol", "rb").read().split(b"\n\n", 1)
open("big.nrrd", "wb").write(head.replace(b"endian: little", b"endian: big") + b"\n\n" + np.frombuffer(body, "<i4").astype(">i4").tobytes())
for code in ("SPL", "RAS", "LPI"):
    v.run("volorient", code, "big.nrrd", "-o", "out.vol")
    assert np.array_equal(v.read("out.vol")[0], turned(data, v.affine("plain"), code)[0])
    short = v.tool("volorient", code, "-o", "no.vol", stdin=head + b"\n\n" + body[:-1])
    long = v.tool("volorient", code, "-o", "no.vol", stdin=head + b"\n\n" + body + b"\0")
    assert short[0] == long[0] == 1 and "ends after 3 of 4 slices" in short[2] and "bytes follow" in long[2], (short, long)
EOF

if ! grep -qa __asan_init "$BUILD/bin/volorient"; then
	py "streams where the slices stay: 512 MiB in less than 64" <<'EOF'
import volfile as v
for code in ("RAS", "ARS"):
    peak = v.peak_mib(["volorient", code], v.zeros_header("zeros.vol", 512), 512)
    assert peak < 64, (code, peak)
EOF
fi

"$PYTHON" -W ignore -c '
import numpy as np, volfile as v
v.write("in.vol", np.zeros((6, 5, 4), "u1"), v.affine("axial"))'
for code in RAX LRS RA RASS "" 'R S'; do
	must_fail 2 "'$code' is no orientation" volorient "$code" in.vol
done
said "says what one is" "^volorient: 'R S' is no orientation: give three letters"
must_fail 1 "a file that is not there, or a code that is none" volorient RAX
must_fail 2 "a code beside --like" volorient RAS --like in.vol in.vol
must_fail 2 "both from stdin" volorient --like - -
must_fail 1 "--like nothing" volorient --like none.vol in.vol
volorient -v SPL in.vol 2>said >/dev/null
like "-v says what was and is" "$(cat said)" "^volorient: note: in.vol: was axial, R→L A→P I→S; is sagittal, I→S A→P R→L$"
cp in.vol in2.vol
ok "over its own input" volorient SRA in2.vol -o in2.vol
is "the same as elsewhere" "$(cksum <in2.vol)" "$(volorient SRA in.vol | cksum)"
done_testing
