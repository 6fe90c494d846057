#!/bin/sh
# raw2vol and vol2raw: voxels without a header, and the words that stand for one.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

py "all types, grids and both byte orders: NumPy finds the voxels, and the line that vol2raw says reads them back" <<'END'
import itertools, numpy as np, shlex, volfile as v
kinds = ("plain", "axial", "oblique", "sheared", "left-handed")
shapes = ((7, 5, 4), (1, 5, 4), (7, 1, 1), (1, 1, 1), (4, 3, 2, 6), (4, 3, 2, 1))
for (name, code), endian in itertools.product(v.TYPES.items(), ("little", "big")):
    for shape, kind in itertools.product(shapes, kinds):
        data, affine = v.numbers(code, shape), v.affine(kind)
        v.write("a.vol", data, affine)
        status, out, said = v.tool("vol2raw", "-v", "--endian", endian, "a.vol", "-o", "a.raw")
        at = f"{name} {endian} {shape} {kind}: {said}"
        assert status == 0 and said.startswith("vol2raw: note: a.raw: to read it: raw2vol "), at
        got = np.fromfile("a.raw", code if endian == "little" else ">" + code)
        assert np.array_equal(got, data.ravel(order="F")), at
        line = shlex.split(said.split("to read it: ")[1])
        assert v.run(*line, "a.raw", "-o", "b.vol") == b"", at
        back, where, keys = v.read("b.vol")
        assert back.dtype == data.dtype and np.array_equal(back, data) and np.array_equal(where, affine), at
        assert v.run("vol2raw", "--endian", endian, "a.vol") == open("a.raw", "rb").read(), at
END

py "colour" <<'END'
import numpy as np, shlex, volfile as v
for n in (3, 4):
    for shape in ((5, 4, 3, n), (5, 4, 3, 2, n)):
        data = v.numbers("u1", shape)
        v.write("a.vol", data, v.affine("axial"), colour=True)
        status, out, said = v.tool("vol2raw", "-v", "a.vol", "-o", "a.raw")
        assert np.array_equal(np.fromfile("a.raw", "u1"), np.moveaxis(data, -1, 0).ravel(order="F"))
        v.run(*shlex.split(said.split("to read it: ")[1]), "a.raw", "-o", "b.vol")
        back, where, keys = v.read("b.vol")
        assert np.array_equal(back, data), (back.shape, data.shape)
END

py "places: spacing, directions with and without it, origin, like" <<'END'
import numpy as np, volfile as v
data = v.numbers("i2", (4, 3, 2))
data.ravel(order="F").tofile("a.raw")
def read(*words, size=("-n", "4,3,2")):
    v.run("raw2vol", *size, "-t", "int16", *words, "a.raw", "-o", "b.vol")
    back, where, keys = v.read("b.vol")
    assert np.array_equal(back, data)
    return (v.LPS_FROM_RAS @ where)[:3]
eye = np.eye(3)
assert np.array_equal(read("-s", "2"), np.c_[2 * eye, [0, 0, 0]])
assert np.array_equal(read("-s", "1,2cm,3mm"), np.c_[np.diag([1, 20, 3]), [0, 0, 0]])
assert np.array_equal(read("-s", "1", "--origin", "-1.5,2e2,0"), np.c_[eye, [-1.5, 200, 0]])
assert np.array_equal(read("--directions", "0,2,0,3,0,0,0,0,-4"), np.c_[[[0, 3, 0], [2, 0, 0], [0, 0, -4]], [0, 0, 0]])
assert np.array_equal(read("-s", "5,6,7", "--directions", "0,2,0,3,0,0,0,0,-4"), np.c_[[[0, 6, 0], [5, 0, 0], [0, 0, -7]], [0, 0, 0]])
affine = v.affine("sheared")
v.write("like.vol", np.zeros((4, 3, 2), "u1"), affine)
v.run("vol2nrrd", "-z", "1", "like.vol", "-o", "like.nrrd")
assert np.array_equal(v.LPS_FROM_RAS[:3, :3] @ read("--like", "like.vol")[:, :3], affine[:3, :3])
assert np.array_equal(v.LPS_FROM_RAS[:3, :3] @ read("--like", "like.nrrd", size=())[:, :3], affine[:3, :3])
END

py "header skipped, pipes, history" <<'END'
import numpy as np, volfile as v
data = v.numbers("i2", (4, 3, 2))
raw = data.ravel(order="F").tobytes()
open("h.raw", "wb").write(bytes(300000) + raw)
words = ("raw2vol", "-n", "4,3,2", "-t", "int16", "-s", "1", "--skip")
for stdin in (None, "h.raw", open("h.raw", "rb").read()):
    out = v.run(*words, "300000", *(["h.raw"] if stdin is None else []), stdin=stdin)
    assert out.endswith(raw) and len(out) == 4096 + len(raw)
# gzip's magic is no reason
open("g.raw", "wb").write(b"\x1f\x8b\x08" + raw[3:])
assert v.run(*words, "0", "g.raw").endswith(b"\x1f\x8b\x08" + raw[3:])
v.run(*words, "300000", "h.raw", "-o", "b.vol")
keys = v.read("b.vol")[2]
assert keys["history.1"].startswith("raw2vol ") and "h.raw" not in str(keys), keys
assert "unit" not in keys
assert v.run("raw2vol", "-n", "4,3,2", "-t", "int16", "--directions", "1,0,0,0,1,0,0,0,1", stdin=raw).endswith(raw)
END

# ---- refused ----
"$PYTHON" -c 'open("a.raw", "wb").write(bytes(48)); open("odd.raw", "wb").write(bytes(47)); open("long.raw", "wb").write(bytes(49))'
"$PYTHON" -c 'import numpy as np, volfile as v; v.write("a.vol", np.zeros((4, 3, 2), "i2"), keys={"unit": "stored", "rescale": "2 -1024"})
v.write("big.vol", np.zeros((4, 3, 3), "i2"))'
all="-n 4,3,2 -t int16 -s 1"
refused() # CODE REGEX WORD...
{
	code=$1 regex=$2
	shift 2
	must_fail "$code" "refused: $*" raw2vol "$@" -o no.vol
	said "... says why" "$regex"
}
refused 2 'type must say' -n 4,3,2 -s 1 a.raw
refused 2 'must say how many' -t int16 -s 1 a.raw
refused 2 'must say how far apart' -n 4,3,2 -t int16 a.raw
refused 2 '3 or 4 numbers' -n 4,3 -t int16 -s 1 a.raw
refused 2 'numbers with commas' -n 4,3,x -t int16 -s 1 a.raw
refused 2 'numbers with commas' -n 4,3, -t int16 -s 1 a.raw
refused 2 'whole numbers' -n 4,3,0 -t int16 -s 1 a.raw
refused 2 'whole numbers' -n 4,3,1.5 -t int16 -s 1 a.raw
refused 2 'more than 0' -n 4,3,2 -t int16 -s 0 a.raw
refused 2 'more than 0' -n 4,3,2 -t int16 -s 1vox a.raw
refused 2 '9 numbers' -n 4,3,2 -t int16 --directions 1,0,0 a.raw
refused 2 '3 numbers' -n 4,3,2 -t int16 -s 1 --origin 1,0,0,0 a.raw
refused 2 'whole grid' -n 4,3,2 -t int16 -s 1 --like a.vol a.raw
refused 2 '1, 3 or 4' -n 4,3,2 -t int16 -s 1 --channels 2 a.raw
refused 2 'both come from stdin' -t int16 --like -
refused 1 'cannot be inverted' -n 4,3,2 -t int16 --directions 1,0,0,1,0,0,0,0,1 a.raw
refused 1 'cannot be inverted|not finite' -n 4,3,2 -t int16 -s 1 --directions 0,0,0,1,0,0,0,0,1 a.raw
refused 1 '4 x 3 x 2 voxels.* 4 x 3 x 3' -n 4,3,2 -t int16 --like big.vol a.raw
# shellcheck disable=SC2086
refused 1 'odd.raw: holds 47 bytes, not 0 to skip and 48 of voxels' $all odd.raw
# shellcheck disable=SC2086
refused 1 'holds 49 bytes' $all long.raw
# shellcheck disable=SC2086
refused 1 'holds 48 bytes, not 1 to skip and 48' $all --skip 1 a.raw
# shellcheck disable=SC2086
refused 1 'is empty' $all /dev/null
refused 1 'overflow' -n 9007199254740992,9007199254740992,1 -t int8 -s 1 a.raw
is "nothing was written" "$(ls no.vol .no* 2>/dev/null)" ""
# shellcheck disable=SC2002,SC2086
cat odd.raw | raw2vol $all 2>err >out && fail "a pipe that ends early"
like "a pipe that ends early" "$(cat err)" 'ends after 1 of 2 slices'
# shellcheck disable=SC2002,SC2086
cat long.raw | raw2vol $all 2>err >out && fail "a pipe that goes on"
like "a pipe that goes on" "$(cat err)" 'bytes follow after the last voxel'
must_fail 1 "other tools do not guess" volinfo a.raw
said "... but say who reads it" 'raw2vol reads them'

vol2raw a.vol -o w.raw 2>err
like "stored values: a warning" "$(cat err)" 'warning: .*a.vol: has stored values.*volhu'
vol2raw --verify --endian big -q a.vol -o w.raw
is "--verify is quiet with -q" "$(vol2raw --verify -q a.vol -o w.raw 2>&1)" ""
like "--verify says so" "$(vol2raw --verify big.vol -o w.raw 2>&1)" 'w.raw: verified: 36 voxels are the same; the file has no grid'
must_fail 2 "--verify needs a file" vol2raw --verify a.vol
must_fail 1 "no clobber" vol2raw --no-clobber big.vol -o w.raw
for cut in 1 24 25 48 200; do
	head -c -$cut a.vol >cut.vol
	must_fail 1 "input $cut bytes short" vol2raw -q cut.vol -o no.raw
	must_fail 1 "... big-endian" vol2raw -q --endian big cut.vol -o no.raw
done
if [ -w /dev/full ]; then
	must_fail 1 "a full disk" vol2raw -q a.vol -o /dev/full
fi
is "nothing was written" "$(ls no.raw .no* 2>/dev/null)" ""

if [ "${BUILD%asan*}" = "$BUILD" ]; then
	py "memory does not grow with the volume" <<'END'
import volfile as v
head = v.zeros_header("z.vol", 256)
for words, start in ((("vol2raw",), head), (("vol2raw", "--endian", "big"), head),
                     (("raw2vol", "-n", "512,512,512", "-t", "int16", "-s", "1"), b""),
                     (("raw2vol", "-n", "512,512,512", "-t", "int16", "-s", "1", "--endian", "big"), b"")):
    peak = v.peak_mib(words, start, 256)
    assert peak < 8, (words, peak)
END
fi
done_testing
