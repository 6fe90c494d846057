#!/bin/sh
# volpad: against numpy.pad; where voxels come to lie.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy nibabel

cat >pd.py <<'EOF'
import numpy as np
import volfile as v


def pad(data, *words, affine="oblique", keys=(), unit="HU", **more):
    """volpad's result: data, affine, keys."""
    v.write("in.vol", data, v.affine(affine), {"unit": unit, **dict(keys)}, **more)
    v.run("volpad", *words, "in.vol", "-o", "out.vol")
    got, where, keys = v.read("out.vol")
    assert got.dtype == data.dtype
    return got, where, keys


def check(data, words, before, after, fill=-1024, **more):
    """That it is numpy.pad, and in its place."""
    got, where, _ = pad(data, *words, **more)
    want = np.pad(data, [*zip(before, after)] + [(0, 0)] * (data.ndim - 3), constant_values=fill)
    assert np.array_equal(got, want), (words, got.shape, want.shape)
    at = v.affine(more.get("affine", "oblique"))
    assert np.abs(where @ (*before, 1) - at @ (0, 0, 0, 1)).max() < 1e-9 and np.array_equal(where[:3, :3], at[:3, :3]), words
EOF

py "--size and --multiple, in the middle or --at; two numbers leave slices alone; every grid" <<'EOF'
import volfile as v
from pd import check
data = v.numbers("i2", (10, 7, 5))
for kind in ("plain", "axial", "oblique", "left-handed", "sheared"):
    for words, before, after in (
            (["-n", "16"], (3, 4, 5), (3, 5, 6)), (["-n", "11,7,9"], (0, 0, 2), (1, 0, 2)), (["-n", "12,12"], (1, 2, 0), (1, 3, 0)),
            (["--multiple", "4"], (1, 0, 1), (1, 1, 2)), (["--multiple", "5,7,1"], (0, 0, 0), (0, 0, 0)),
            (["--multiple", "32,32"], (11, 12, 0), (11, 13, 0)), (["--multiple", "32,32", "--at", "0"], (0, 0, 0), (22, 25, 0)),
            (["-n", "16", "--at", "2,9,0"], (2, 9, 0), (4, 0, 11)), (["-n", "16", "--at", "0,9"], (0, 9, 5), (6, 0, 6))):
        check(data, words, before, after, affine=kind)
EOF

py "--margin, --before, --after: mm up to whole voxels, voxels, parts" <<'EOF'
import volfile as v
from pd import check
data = v.numbers("f4", (10, 7, 5))
# spacing 0.7, 0.8, 2.5
for words, before, after in (
        (["--margin", "2"], (3, 3, 1), (3, 3, 1)), (["--margin", "2vox"], (2, 2, 2), (2, 2, 2)), (["--margin", "0.7,0.8,2.5"], (1, 1, 1), (1, 1, 1)),
        (["--margin", "1vox,2vox"], (1, 2, 0), (1, 2, 0)), (["--margin", "20%"], (2, 2, 1), (2, 2, 1)),
        (["--before", "1vox,2vox,3vox"], (1, 2, 3), (0, 0, 0)), (["--after", "1cm,0,0"], (0, 0, 0), (15, 0, 0)),
        (["--before", "2vox", "--after", "0,0,5"], (2, 2, 2), (0, 0, 2))):
    check(data, words, before, after)
EOF

py "what is added: --fill, vol.padding, air in HU, 0; every type" <<'EOF'
import numpy as np, volfile as v
from pd import check
for name, code in v.TYPES.items():
    data = v.numbers(code, (4, 3, 2))
    check(data, ["--margin", "1vox", "-f", "7"], (1, 1, 1), (1, 1, 1), 7)
    check(data, ["--margin", "1vox"], (1, 1, 1), (1, 1, 1), 0, unit="Bq/ml")
check(v.numbers("i2", (4, 3, 2)), ["--margin", "1vox"], (1, 1, 1), (1, 1, 1), -3024, keys={"padding": "-3024"})
check(v.numbers("f4", (4, 3, 2)), ["--margin", "1vox"], (1, 1, 1), (1, 1, 1), -1024)
# stored values that will be HU: the stored value of air
check(v.numbers("i2", (4, 3, 2)), ["--margin", "1vox"], (1, 1, 1), (1, 1, 1), -12, unit="stored",
      keys={"rescale": "2 -1000", "rescale.unit": "HU"})
EOF

py "lists entry by entry, colour, labels; volback takes it off again" <<'EOF'
import numpy as np, volfile as v
from pd import check, pad
check(v.numbers("i2", (4, 3, 2, 3)), ["--margin", "1vox"], (1, 1, 1), (1, 1, 1))
colour = v.numbers("u1", (4, 3, 2, 3))
got, _, _ = pad(colour, "-n", "6", unit="stored", colour=True)
assert np.array_equal(got, np.pad(colour, [(1, 1), (1, 2), (2, 2), (0, 0)]))
check(v.numbers("u1", (4, 3, 2)), ["--margin", "1vox"], (1, 1, 1), (1, 1, 1), 0, unit="label")
data, at = v.numbers("i2", (9, 8, 7)), v.affine("oblique")
m = np.diag([-1.0, -1, 1, 1]) @ at
source = "9 8 7 " + " ".join("(%s)" % ",".join(repr(float(x)) for x in m[:3, a]) for a in range(4))
pad(data, "-n", "32", keys={"source": source})
v.run("volback", "-q", "out.vol", "-o", "back.vol")
assert np.array_equal(v.read("back.vol")[0], data)
EOF

py "stored values: what is added is in the range that they say they have, or they no longer say it; volback's way is set" <<'EOF'
import numpy as np, volfile as v
from pd import pad
data = np.random.default_rng(1).integers(0, 4096, (9, 8, 7)).astype("i2")
stored = {"rescale": "1 -1024", "rescale.unit": "HU", "stored.range": "0 4095"}
_, _, keys = pad(data, "--margin", "1vox", unit="stored", keys=stored)
assert keys["stored.range"] == "0 4095"
# air would be stored as -1524 there
got, _, keys = pad(data, "--margin", "1vox", unit="stored", keys={**stored, "rescale": "1 500"})
assert got[0, 0, 0] == -1524 and "stored.range" not in keys
v.run("volhu", "out.vol", "-o", "hu.vol")
assert v.read("hu.vol")[0][0, 0, 0] == -1024
assert keys["source"].startswith("9 8 7 (")
status, _, said = v.tool("volpad", "--margin", "1", "-f", "0", "in.vol", "-o", "x.vol")
assert status == 1 and "volhu" in said, said
EOF

py "the same at 1, 2 and 7 threads; memory does not grow with slices" <<'EOF'
import volfile as v
v.write("in.vol", v.numbers("i2", (60, 50, 40)), v.affine("oblique"), {"unit": "HU"})
assert len({v.run("volpad", "--threads", n, "-n", "77", "in.vol") for n in (1, 2, 7)} | {v.run("volpad", "-n", "77", stdin=open("in.vol", "rb").read())}) == 1
mib = v.peak_mib(["volpad", "-n", "600,600"], v.zeros_header("head.vol", 512, {"unit": "HU"}), 512)
assert mib < 64, mib
EOF

"$PYTHON" -c 'import volfile as v; v.write("in.vol", v.numbers("i2", (9, 8, 7)), v.affine("plain"), {"unit": "HU"})'
must_fail 2 "nothing said" volpad in.vol
for words in "-n 0" "-n 1.5" "-n 5mm" "-n 50%" "--multiple 0" "--multiple 2mm" "--margin -1" "--margin 0.5vox" "-n 5 --multiple 2" "-n 5 --margin 2" \
	"--at 1" "--at -1 -n 20" "--margin 1 --before 2" "-n nan"; do
	# shellcheck disable=SC2086
	must_fail 2 "volpad $words" volpad $words in.vol
done
must_fail 1 "a size smaller than the volume" volpad -n 8 in.vol
said "it says what does that" "9 voxels along x are more than the 8 asked for: volcrop --centre --size"
must_fail 1 "a place where it does not fit" volpad -n 12 --at 4 in.vol
must_fail 1 "too many voxels" volpad --margin 1e9 in.vol
must_fail 1 "a fill that the type cannot hold" volpad -n 20 -f 70000 in.vol

done_testing
