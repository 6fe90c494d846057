#!/bin/sh
# volstat: every number against NumPy; masks, labels, entries; datasets at once and merged.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need jq
need_python numpy

cat >stat_check.py <<'EOF'
import json
import numpy as np
import volfile as v


def stat(*words, stdin=None, says=None):
    """The rows that volstat --json prints. says: what its warning must hold; None: there is none."""
    status, out, said = v.tool("volstat", "--json", *words, stdin=stdin)
    assert status == 0 and (says in said if says else not said), f"{words}: exit {status}: {said}"
    return [json.loads(line) for line in out.decode().splitlines()]


def check(row, x, percents=(1, 25, 50, 75, 99), padding=0):
    """A row against numpy. Mean and sd may differ by rounding: 1e-13 of the greatest number. Percentiles are exact:
    numpy's on doubles."""
    x = np.asarray(x, "f8").ravel()
    finite = x[np.isfinite(x)]
    assert row["count"] == finite.size and row["not_finite"] == x.size - finite.size, row
    assert row["padding"] == padding, row
    if finite.size == 0:
        assert all(row[k] is None for k in ("min", "max", "mean", "sd")), row
        assert all(y is None for y in row["percentiles"].values()), row
        return
    assert row["min"] == finite.min() and row["max"] == finite.max(), row
    tol = 1e-13 * abs(finite).max()
    assert abs(row["mean"] - finite.mean()) <= tol and abs(row["sd"] - finite.std()) <= tol, (row, finite.mean())
    assert list(row["percentiles"]) == ["%g" % p for p in percents], row
    for p in percents:
        assert row["percentiles"]["%g" % p] == np.percentile(finite, p), (p, row, np.percentile(finite, p))
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

py "all types, shapes and grids; NaN and infinities" <<'EOF'
import numpy as np, volfile as v
from stat_check import stat, check
for name, code in v.TYPES.items():
    for shape, kind in (((1, 1, 1), "plain"), ((29, 1, 1), "axial"), ((31, 17, 9), "oblique"), ((5, 7, 3, 4), "left-handed")):
        a = v.numbers(code, shape, seed=len(shape))
        v.write("a.vol", a, v.affine(kind), {"unit": "HU"})
        (row,) = stat("a.vol")
        assert row["file"] == "a.vol" and row["unit"] == "HU", row
        check(row, a)
        if code[0] == "f" and a.size > 9:
            a.flat[[0, 3, 4, 8]] = np.nan, np.inf, -np.inf, -0.0
            v.write("a.vol", a)
            check(stat("a.vol")[0], a)
    few = (v.numbers(code, (13, 7, 5)) > 0).astype(code)
    few[3, 3, 3] = 5
    v.write("a.vol", few)
    check(stat("a.vol")[0], few)
EOF

py "any percentiles; small steps on a large offset" <<'EOF'
import numpy as np, volfile as v
from stat_check import stat, check
for code in v.TYPES.values():
    a = v.numbers(code, (23, 11, 7))
    v.write("a.vol", a)
    ps = [0, 0.01, 0.5, 2.5, 33.3, 50, 66.7, 99.5, 99.99, 100]
    check(stat("a.vol", "--percentiles", ",".join(map(str, ps)))[0], a, ps)
    many = list(np.linspace(0, 100, 64).round(3))
    check(stat("a.vol", "--percentiles", ",".join(map(str, many)))[0], a, many)
    assert "percentiles" not in stat("a.vol", "--percentiles", "none")[0]
for code in ("f4", "f8", "i4", "u4"):
    # mean 1e6 times the sd: the plain formula of sums of squares would lose all digits
    a = (1e6 + np.random.default_rng(5).integers(0, 4, (40, 30, 20))).astype(code)
    v.write("a.vol", a)
    (row,) = stat("a.vol")
    assert abs(row["sd"] / a.astype("f8").std() - 1) < 1e-11 and row["mean"] == a.astype("f8").mean(), row
a = np.full((9, 8, 7), 3.25, "f4")
v.write("a.vol", a)
(row,) = stat("a.vol")
check(row, a)
assert row["sd"] == 0, row
EOF

py "masks: of every type, in every format, one for all entries or one each" <<'EOF'
import numpy as np, volfile as v
from stat_check import stat, check
rng = np.random.default_rng(7)
a = rng.normal(0, 300, (19, 23, 11, 3)).astype("i2")
for code in v.TYPES.values():
    for shape in ((19, 23, 11), (19, 23, 11, 3)):
        m = rng.integers(0, 2, shape).astype(code)
        v.write("m.vol", m, v.affine("oblique"))
        for kind in ("i2", "f4"):
            v.write("a.vol", a.astype(kind), v.affine("oblique"))
            where = np.broadcast_to(m[..., None] if m.ndim == 3 else m, a.shape) != 0
            check(stat("a.vol", "-m", "m.vol")[0], a[where])
            rows = stat("a.vol", "-m", "m.vol", "--by-entry")
            assert [r["entry"] for r in rows] == [0, 1, 2], rows
            for i, row in enumerate(rows):
                check(row, a[..., i][where[..., i]])
v.write("a.vol", a[..., 0], v.affine("oblique"))
v.write("m.vol", (m[..., 0] != 0).astype("u1"), v.affine("oblique"))
v.run("vol2nii", "m.vol", "-o", "m.nii.gz")
v.run("vol2nrrd", "a.vol", "-o", "a.nrrd")
check(stat("a.nrrd", "-m", "m.nii.gz")[0], a[..., 0][m[..., 0] != 0])
check(stat("-", "-m", "m.nii.gz", stdin="a.vol")[0], a[..., 0][m[..., 0] != 0])
check(stat("a.vol", "-m", "-", stdin="m.vol")[0], a[..., 0][m[..., 0] != 0])
v.write("m.vol", np.zeros((19, 23, 11), "u1"), v.affine("oblique"))
check(stat("a.vol", "-m", "m.vol", says="a.vol: no voxel counts under the mask")[0], [])
EOF

py "labels, with scipy.ndimage; negative ones; names" <<'EOF'
import numpy as np, volfile as v
from scipy import ndimage
from stat_check import stat, check
rng = np.random.default_rng(8)
for code in ("i2", "f4", "f8"):
    a = v.numbers(code, (17, 16, 15)) if code == "i2" else rng.normal(0, 5, (17, 16, 15)).astype(code)
    for lcode, labels in (("u1", [0, 1, 2, 9, 255]), ("i4", [-70000, -1, 0, 5, 2 ** 31 - 1]), ("f4", [0, 1, 2])):
        m = rng.choice(np.array(labels), a.shape).astype(lcode)
        v.write("a.vol", a)
        v.write("m.vol", m, keys={"labels": "1 lung left\\n2 heart\\n-1 odd"})
        rows = stat("a.vol", "-m", "m.vol", "--by-label")
        assert [r["label"] for r in rows] == [x for x in labels if x], rows
        for row in rows:
            check(row, a[m == row["label"]])
            assert row["name"] == {1: "lung left", 2: "heart", -1: "odd"}.get(row["label"]), row
        wanted = [r["label"] for r in rows]
        if lcode == "u1":
            assert np.allclose([r["mean"] for r in rows], ndimage.mean(a.astype("f8"), m, wanted), 1e-12)
            assert np.allclose([r["sd"] for r in rows], ndimage.standard_deviation(a.astype("f8"), m, wanted), 1e-12)
four = np.stack([a, 2 * a], -1)
v.write("a.vol", four)
rows = stat("a.vol", "-m", "m.vol", "--by-label", "--by-entry")
assert [(r["entry"], r["label"]) for r in rows] == [(0, 1), (0, 2), (1, 1), (1, 2)], rows
for r in rows:
    check(r, four[..., r["entry"]][m == r["label"]])
v.write("m.vol", np.zeros_like(m))
assert stat("a.vol", "-m", "m.vol", "--by-label", says="m.vol: has no labels") == []
v.write("m.vol", m + np.float32(0.5))
status, out, said = v.tool("volstat", "a.vol", "-m", "m.vol", "--by-label")
assert status == 1 and "is no label" in said, said
EOF

py "labels of all sizes: kept, sorted, counted; tens of thousands of them" <<'EOF'
import resource, numpy as np, volfile as v
from stat_check import stat, check
rng = np.random.default_rng(9)
m = np.zeros((128, 128, 80), "u1")
for label, n in ((1, 1), (2, 900), (3, 5000), (4, 20000), (5, 40000)):
    m.flat[rng.choice(np.flatnonzero(m.ravel() == 0), n, replace=False)] = label
m[m == 0] = 6  # more than 2^20
v.write("m.vol", m)
for code in ("u1", "i2", "i4", "f4", "f8"):
    a = rng.normal(100, 40, m.shape).astype("i1" if code == "u1" else code).astype(code)
    if code[0] == "f":
        a[:3] = np.nan
    v.write("a.vol", a, keys={"padding": "90 95"})
    for row in stat("a.vol", "-m", "m.vol", "--by-label"):
        x = a[m == row["label"]].astype("f8")
        out = (x >= 90) & (x <= 95)
        check(row, x[~out], padding=out.sum())
m = np.repeat(np.arange(60000), 10).astype("u2").reshape(600, 1000, 1)
v.write("m.vol", m)
for code in ("i2", "f4"):
    a = rng.normal(0, 100, m.shape).astype(code)
    v.write("a.vol", a)
    lines = v.run("volstat", "a.vol", "-m", "m.vol", "--by-label", "--tsv").splitlines()
    assert len(lines) == 60000, len(lines)
    got = np.array([float(line.split(b"\t")[9]) for line in lines[1:]])
    assert abs(got - a.reshape(60000, 10).mean(1, dtype="f8")[1:]).max() < 1e-11
# 96 MiB as measured, most of it the table; not 0.5 MiB a label
assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 250 * 1024
EOF

py "padding is left out" <<'EOF'
import numpy as np, volfile as v
from stat_check import stat, check
for code in ("i1", "i2", "i4", "f4", "f8"):
    a = v.numbers("i1", (21, 13, 8)).astype(code)
    for padding, lo, hi in (("-128", -128, -128), ("-100 -90", -100, -90)):
        out = (a >= lo) & (a <= hi)
        v.write("a.vol", a, keys={"padding": padding})
        check(stat("a.vol")[0], a[~out], padding=out.sum())
        (row,) = stat("a.vol", "--histogram")
        x, n = np.unique(a[~out], return_counts=True)
        assert row["histogram"] == [list(pair) for pair in zip(x.tolist(), n.tolist())], row
v.write("a.vol", np.full((3, 3, 3), -5, "i2"), keys={"padding": "-5"})
check(stat("a.vol", says="no voxel counts")[0], [], padding=27)
EOF

py "datasets: --total and --merge give what numpy says of all voxels at once" <<'EOF'
import json, subprocess, numpy as np, volfile as v
from stat_check import stat, check
rng = np.random.default_rng(11)
for codes in (("i2", "i2", "u1"), ("f4", "f4", "i2"), ("f8", "i4", "f4")):
    arrays = [rng.normal(100 * i, 50, (20 + i, 15, 10)).astype(code).round() for i, code in enumerate(codes)]
    names = []
    for i, a in enumerate(arrays):
        v.write(f"{i}.vol", a, keys={"unit": "1"} | ({"padding": "100"} if i == 1 else {}))
        names.append(f"{i}.vol")
    pad = (arrays[1] == 100).sum()
    arrays[1] = arrays[1][arrays[1] != 100]
    joined = np.concatenate([a.ravel().astype("f8") for a in arrays])
    rows = stat(*names, "--total")
    assert [r["file"] for r in rows] == names + [None], rows
    check(rows[-1], joined, padding=pad)
    for i, name in enumerate(names):
        for how in ("plain", "histogram"):
            with open(f"{i}.{how}.json", "wb") as f:
                f.write(v.run("volstat", "--json", name, *(["--histogram"] if how == "histogram" else [])))
    (row,) = stat("--merge", *[f"{i}.histogram.json" for i in range(3)], "--percentiles", "0.5,50,99.5")
    check(row, joined, (0.5, 50, 99.5), padding=pad)
    assert row["unit"] == "1" and row["label"] is None, row
    # merging the merged, and one file that holds all rows
    open("two.json", "wb").write(v.run("volstat", "--merge", "--json", "--histogram", "0.histogram.json", "1.histogram.json"))
    check(stat("--merge", "two.json", "2.histogram.json")[0], joined, padding=pad)
    open("all.json", "wb").write(b"".join(open(f"{i}.histogram.json", "rb").read() for i in range(3)))
    check(stat("--merge", stdin="all.json")[0], joined, padding=pad)
    # without histograms: no percentiles, the rest the same
    (row,) = stat("--merge", *[f"{i}.plain.json" for i in range(3)])
    assert set(row["percentiles"].values()) == {None}, row
    assert row["min"] == joined.min() and row["max"] == joined.max() and row["count"] == joined.size
    assert abs(row["mean"] - joined.mean()) < 1e-11 and abs(row["sd"] - joined.std()) < 1e-11, row
# labels are joined label by label
a, b = rng.normal(0, 5, (2, 9, 9, 9)).astype("f4").round(1)
m, n = rng.integers(0, 3, (9, 9, 9)).astype("u1"), rng.integers(0, 5, (9, 9, 9)).astype("u1")
for name, x in (("a", a), ("b", b), ("m", m), ("n", n)):
    v.write(name + ".vol", x, keys={"labels": "2 two"} if name == "n" else {})
open("a.json", "wb").write(v.run("volstat", "a.vol", "-m", "m.vol", "--by-label", "--json", "--histogram"))
open("b.json", "wb").write(v.run("volstat", "b.vol", "-m", "n.vol", "--by-label", "--json", "--histogram"))
rows = stat("--merge", "a.json", "b.json")
assert [(r["label"], r["name"]) for r in rows] == [(1, None), (2, "two"), (3, None), (4, None)], rows
for r in rows:
    check(r, np.concatenate([a[m == r["label"]], b[n == r["label"]]]))
EOF

py "volnorm --stats reads what volstat --merge --json writes" <<'EOF'
import numpy as np, volfile as v
rng = np.random.default_rng(12)
a, b = (rng.normal(m, s, (17, 12, 9)).round().astype("i2") for m, s in ((40, 20), (90, 60)))
for name, x in (("a", a), ("b", b)):
    v.write(name + ".vol", x, v.affine("oblique"), {"unit": "HU"})
    open(name + ".json", "wb").write(v.run("volstat", "--json", "--histogram", name + ".vol"))
open("set.json", "wb").write(v.run("volstat", "--merge", "--json", "--percentiles", "0.5,99.5", "a.json", "b.json"))
both = np.concatenate([a.ravel(), b.ravel()]).astype("f8")
v.run("volnorm", "--zscore", "--stats", "set.json", "a.vol", "-o", "z.vol")
assert np.allclose(v.read("z.vol")[0], (a - both.mean()) / both.std(), 0, 1e-6)
v.run("volnorm", "--percentile", "0.5,99.5", "--stats", "set.json", "b.vol", "-o", "p.vol")
lo, hi = np.percentile(both, [0.5, 99.5])
assert np.allclose(v.read("p.vol")[0], np.clip((b - lo) / (hi - lo), 0, 1), 0, 1e-6)
EOF

py "the table and --tsv" <<'EOF'
import numpy as np, volfile as v
a = v.numbers("f4", (9, 8, 7))
v.write("a.vol", a, keys={"unit": "odd\\tunit"})
lines = v.run("volstat", "a.vol", "--tsv", "--percentiles", "2.5,50", "--total").decode().splitlines()
names = lines[0].split("\t")
assert names == "file unit count padding not_finite min max mean sd p2.5 p50".split(), names
for line, name in zip(lines[1:], ("a.vol", "all")):
    row = dict(zip(names, line.split("\t")))
    assert len(line.split("\t")) == len(names) and row["file"] == name, line
    assert float(row["min"]) == a.min() and float(row["p2.5"]) == np.percentile(a.astype("f8"), 2.5), row
text = v.run("volstat", "a.vol", "a.vol").decode().splitlines()
assert text[0].split()[:2] == ["FILE", "UNIT"] and len(text) == 3 and len({len(l.rstrip()) for l in text}) <= 3, text
EOF

py "memory: a gigabyte through a pipe" <<'EOF'
import volfile as v
header = v.zeros_header("h.vol", 1024)
assert v.peak_mib(["volstat", "--json"], header, 1024) <= 64
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
a = v.numbers("i2", (12, 10, 8))
v.write("a.vol", a, keys={"unit": "HU"})
v.write("other.vol", a, keys={"unit": "stored"})
v.write("moved.vol", a, v.affine("oblique"))
v.write("rgb.vol", v.numbers("u1", (5, 4, 3, 3)), colour=True)
v.write("many.vol", np.arange((1 << 20) + 64, dtype="f4").reshape(64, 5, -1))
EOF
volstat --json a.vol >a.json
volstat --json other.vol >other.json
must_fail 1 "a mask on another grid" volstat a.vol -m moved.vol
must_fail 1 "colour" volstat rgb.vol
must_fail 1 "units that differ, at once" sh -c 'volstat --total a.vol other.vol >rows'
said "says so" "other.vol: is in stored, the volumes before in HU"
must_fail 1 "units that differ, merged" volstat --merge a.json other.json
must_fail 1 "percentiles without histograms" volstat --merge a.json --percentiles 50
said "says how they come" "volstat --json --histogram makes them"
must_fail 1 "too many values for a histogram" volstat --json --histogram many.vol
said "says so" "more than 1048576 different values"
must_fail 1 "a short stream" sh -c 'head -c 2000 a.vol | volstat'
must_fail 1 "a file that is not there" volstat none.vol
for bad in '' '{}' '[]' 'x' '{"count":1}' '{"count":-1,"min":0,"max":0,"mean":0,"sd":0}' \
	'{"count":2,"min":0,"max":1,"mean":5,"sd":0}' '{"count":1,"min":0,"max":0,"mean":0,"sd":0' \
	'{"count":1,"min":0,"max":0,"mean":0,"sd":0,"histogram":[[0,2]]}' \
	'{"count":2,"min":0,"max":0,"mean":0,"sd":0,"histogram":[[1,1],[0,1]]}' \
	'{"count":1,"min":0,"max":0,"mean":0,"sd":0,"histogram":[[0]]}'; do
	printf %s "$bad" >bad.json
	must_fail 1 "no statistics: '$bad'" volstat --merge bad.json
done
must_fail 2 "a percentile over 100" volstat a.vol --percentiles 101
must_fail 2 "a percentile that is none" volstat a.vol --percentiles 5,,6
must_fail 2 "labels of no mask" volstat a.vol --by-label
must_fail 2 "a histogram in a table" volstat a.vol --histogram
must_fail 2 "two forms of report" volstat a.vol --json --tsv
must_fail 2 "--total of stdin" sh -c 'volstat --total - <a.vol'
must_fail 2 "--merge with a mask" volstat --merge a.json -m a.vol
must_fail 1 "a full disk" sh -c 'volstat a.vol >/dev/full'
volstat none.vol a.vol >rows 2>/dev/null
is "a file that cannot be read: exit 1" $? 1
is "and the others are still reported" "$(wc -l <rows)" 2

done_testing
