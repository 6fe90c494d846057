#!/bin/sh
# volcmp: same, different, trouble; and the numbers against NumPy.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

# code DESC CODE CMD... - the exit status, whatever is printed
code()
{
	desc=$1
	want=$2
	shift 2
	"$@" >"$TMP/.lib/out" 2>"$TMP/.lib/err"
	is "$desc" "$?" "$want"
}

cat >cmp.py <<'EOF'
import json
import numpy as np
import volfile as v


def compare(*words, stdin=None):
    """volcmp's report as an object, its exit status checked against it."""
    status, out, said = v.tool("volcmp", "--json", *words, stdin=stdin)
    assert status in (0, 1) and not said, f"{words}: exit {status}: {said}"
    report = json.loads(out)
    assert report["same"] == (status == 0), report
    return report
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

py "max, mean and count for all pairs of types" <<'EOF'
import numpy as np, volfile as v
from cmp import compare
rng = np.random.default_rng(1)
for one, code in v.TYPES.items():
    a = rng.integers(0, 100, (37, 29, 11)).astype(code)
    for other, code2 in v.TYPES.items():
        b = a.astype(code2)
        v.write("a.vol", a)
        v.write("b.vol", b)
        r = compare("a.vol", "b.vol")
        assert r["same"] and r["voxels"]["differ"] == 0 and r["voxels"]["count"] == a.size, (one, other, r)
        b.flat[rng.integers(0, a.size, 50)] += 7
        b[5, 6, 7] = 120
        v.write("b.vol", b)
        d = np.abs(a.astype(float) - b.astype(float))
        r = compare("a.vol", "b.vol", "--tol", "7")
        x = r["voxels"]
        assert not r["same"] and x["max"] == d.max() and np.isclose(x["mean"], d.mean(), 1e-12), (one, other, r)
        assert x["differ"] == (d > 0).sum() and x["over_tolerance"] == (d > 7).sum() == 1, (one, other, r)
        assert x["worst_at"] == [5, 6, 7] and x["unlike"] == 0, r
        assert compare("a.vol", "b.vol", "--tol", str(d.max()))["same"], r
EOF

py "the same lattice in any order, with colour, a list and slopes by slice" <<'EOF'
import itertools, numpy as np, volfile as v
from cmp import compare
def turned(data, affine, order, flips):
    """The same voxels at the same places, the first three axes in another order and direction."""
    matrix = np.eye(4)
    for axis, flip in enumerate(flips):
        if flip:
            data = np.flip(data, axis)
            step = np.eye(4)
            step[axis, axis], step[axis, 3] = -1, data.shape[axis] - 1
            matrix = matrix @ step
    matrix = matrix[:, list(order) + [3]]
    return data.transpose(list(order) + list(range(3, data.ndim))), affine @ matrix
rng = np.random.default_rng(2)
for kind, shape, colour in (("oblique", (9, 7, 5), False), ("sheared", (7, 7, 7), False), ("axial", (6, 5, 4, 3), False),
                            ("axial", (6, 5, 4, 3), True), ("axial", (6, 5, 4, 2, 3), True), ("left-handed", (9, 1, 5), False),
                            ("axial", (600, 500, 2), False)):
    a = rng.integers(0, 200, shape).astype("u1" if colour else "i2")
    ways = list(itertools.product(itertools.permutations(range(3)), itertools.product((0, 1), repeat=3)))
    for order, flips in ways if a.size < 1000 else ways[::7]:
        b, where = turned(a, v.affine(kind), order, flips)
        v.write("a.vol", a, v.affine(kind), colour=colour)
        v.write("b.vol", b, where, colour=colour)
        r = compare("a.vol", "b.vol")
        assert r["same"] and r["voxels"]["differ"] == 0, (kind, order, flips, r)
        if min(shape[:3]) > 1:
            # axis k of a: which of b's, and which way?
            want = [("-" if flips[k] else "") + "xyz"[order.index(k)] for k in range(3)]
            assert r["grid"]["b_axes"] == want, (order, flips, r)
        hit = tuple(s // 2 for s in shape)
        a2 = a.copy()
        a2[hit] += 3
        v.write("a.vol", a2, v.affine(kind), colour=colour)
        r = compare("a.vol", "b.vol")
        assert r["voxels"]["differ"] == 1 and r["voxels"]["max"] == 3, (kind, order, flips, r)
        spatial = hit[:3] + (hit[3:4] if len(shape) - colour > 3 else ())
        assert tuple(r["voxels"]["worst_at"]) == spatial, (hit, r)
    if not colour:
        slices = int(np.prod(shape[2:]))
        pairs = np.arange(1, slices + 1)
        keys = {"unit": "stored", "rescale": " ".join(f"{p} -1" for p in pairs)}
        stored = rng.integers(0, 200, shape).astype("i2")
        values = (stored.reshape(shape[:2] + (-1,), order="F") * pairs - 1).reshape(shape, order="F").astype("i4")
        v.write("a.vol", stored, v.affine(kind), keys)
        for order, flips in (((0, 1, 2), (0, 0, 0)), ((0, 1, 2), (0, 1, 0)), ((2, 0, 1), (1, 0, 1))):
            b, where = turned(values, v.affine(kind), order, flips)
            v.write("b.vol", b, where)
            assert compare("a.vol", "b.vol")["same"] and compare("b.vol", "a.vol")["same"], (kind, order, flips)
EOF

py "the grid: worst corner, tolerance" <<'EOF'
import numpy as np, volfile as v
from cmp import compare
a = v.numbers("i2", (20, 30, 40))
rng = np.random.default_rng(3)
v.write("a.vol", a, v.affine("oblique"))
for scale in (1e-9, 1e-5, 1e-3, 0.1):
    where = v.affine("oblique") + scale * np.vstack([rng.normal(0, 1, (3, 4)), np.zeros(4)])
    v.write("b.vol", a, where)
    off = v.corner_distance(where, v.affine("oblique"), a.shape)
    r = compare("a.vol", "b.vol")
    assert np.isclose(r["grid"]["worst_corner_mm"], off, 1e-6, 1e-9), (r, off)
    assert r["same"] == (off <= 0.01) and r["voxels"]["differ"] == 0, r
    assert compare("a.vol", "b.vol", "--tol-mm", str(off * 1.001))["same"]
v.write("b.vol", a[:19], v.affine("oblique"))
r = compare("a.vol", "b.vol")
assert r["grid"] is None and r["voxels"] is None and r["b"]["size"] == [19, 30, 40], r
v.write("b.vol", np.stack([a, a], -1), v.affine("oblique"))
r = compare("a.vol", "b.vol")
assert r["voxels"] is None and r["b"]["list"] == 2, r
v.write("b.vol", a[..., None], v.affine("oblique"))
assert compare("a.vol", "b.vol")["same"]
v.write("b.vol", np.stack([a.astype("u1")] * 3, -1), v.affine("oblique"), colour=True)
assert compare("a.vol", "b.vol")["b"]["channels"] == 3
EOF

py "numbers that are none" <<'EOF'
import numpy as np, volfile as v
from cmp import compare
for n in (500, 5000):
    a = np.random.default_rng(4).normal(0, 1, (n, 2, 1)).astype("f4")
    a.flat[[3, 4, 5]] = np.nan, np.inf, -np.inf
    v.write("a.vol", a)
    b = a.astype("f8")
    v.write("b.vol", b)
    assert compare("a.vol", "b.vol")["same"]
    b.flat[9] += 2
    b.flat[[4, 20]] = -np.inf, np.nan
    v.write("b.vol", b)
    r = compare("a.vol", "b.vol", "--tol", "100")["voxels"]
    assert r["unlike"] == 2 and r["differ"] == 3 and r["over_tolerance"] == 2 and r["max"] == 2, r
    assert r["worst_at"] == [2, 0, 0] or n != 500 or r["worst_at"] == [4, 0, 0], r
EOF

py "stored and physical values" <<'EOF'
import numpy as np, volfile as v
from cmp import compare
data = v.numbers("i2", (9, 8, 7)) // 2
v.write("stored.vol", data, keys={"unit": "stored", "rescale": "1 -1024", "rescale.unit": "HU"})
v.write("hu.vol", data.astype("i4") - 1024, keys={"unit": "HU"})
v.write("unknown.vol", data.astype("f4") - 1024)
v.write("bare.vol", data, keys={"unit": "stored"})
for one in ("stored", "hu", "unknown"):
    for other in ("stored", "hu", "unknown"):
        r = compare(f"{one}.vol", f"{other}.vol")
        assert r["same"] and r["voxels"]["unit"] == (None if one == other == "unknown" else "HU"), (one, other, r)
r = compare("stored.vol", "bare.vol")
assert r["same"] and r["voxels"]["unit"] == "stored", r
status, _, said = v.tool("volcmp", "hu.vol", "bare.vol")
assert status == 1 and said.startswith("volcmp: warning: bare.vol: values are stored units without a rescale"), said
v.write("other.vol", data.astype("i4") - 1024, keys={"unit": "Bq/ml"})
status, _, said = v.tool("volcmp", "hu.vol", "other.vol")
assert status == 0 and "units differ: HU and Bq/ml" in said, said
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
data = v.numbers("i2", (300, 300, 20)) // 4
v.write("a.vol", data, v.affine("oblique"), {"unit": "HU"})
data[7, 8, 9] += 5
v.write("b.vol", data, v.affine("oblique"), {"unit": "HU"})
EOF
vol2nii a.vol -o a.nii.gz
vol2nii a.vol -o p.hdr
vol2nrrd a.vol -z 2 -o a.nrrd
for f in a.nii.gz p.hdr p.img a.nrrd; do
	code "stream against $f" 0 volcmp a.vol $f
done
code "stdin as A" 0 sh -c 'cat a.vol | volcmp - a.nii.gz'
code "stdin as B" 0 sh -c 'volcmp a.nrrd - <a.vol'
code "compressed NIfTI on stdin" 0 sh -c 'volcmp a.nrrd - <a.nii.gz'
code "a voxel differs" 1 volcmp a.vol b.vol
like "the report says which" "$(cat "$TMP/.lib/out")" "^voxels: 1 of 1800000 differ$"
like "and by how much" "$(cat "$TMP/.lib/out")" "max 5 HU; worst at 7 8 9$"
code "within the tolerance" 0 volcmp a.vol b.vol --tol 5
code "quietly different" 1 volcmp -q a.vol b.vol
is "says nothing" "$(cat "$TMP/.lib/out" "$TMP/.lib/err")" ""

must_fail 2 "both from stdin" volcmp - -
must_fail 2 "a tolerance below 0" volcmp a.vol b.vol --tol -1
must_fail 2 "one operand" volcmp a.vol
must_fail 2 "a file that is not there" volcmp a.vol none.vol
head -c 1000000 a.vol >cut.vol
must_fail 2 "a short stream" volcmp a.vol cut.vol
must_fail 2 "a short stream first" volcmp cut.vol a.vol
said "says how far it came" "^volcmp: cut.vol: ends after 5 of 20 slices"
(cat a.vol; echo) >long.vol
must_fail 2 "bytes after the end" volcmp a.vol long.vol
echo nothing >text
must_fail 2 "no volume" volcmp text a.vol
must_fail 2 "a full disk" sh -c 'volcmp a.vol b.vol >/dev/full'

done_testing
