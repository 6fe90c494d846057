#!/bin/sh
# volseg: against scikit-image, scipy and phantoms whose lungs are known.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python skimage scipy

cat >seg.py <<'EOF'
import numpy as np
import volfile as v

HU = {"unit": "HU", "modality": "CT"}
MM = np.diag([-2.0, -2.0, 4.0, 1.0])   # RAS; so x grows to the patient's left


def seg(data, *words, affine=MM, keys=HU, status=0):
    """volseg's labels; its notes in seg.said, its keys in seg.keys."""
    v.write("in.vol", data, affine, keys)
    code, _, seg.said = v.tool("volseg", *words, "-v", "in.vol", "-o", "out.vol")
    assert code == status, (code, seg.said)
    if status:
        return None
    got, where, seg.keys = v.read("out.vol")
    assert np.allclose(where, affine) and got.dtype == np.uint8 and got.shape == data.shape
    return got


def dice(a, b):
    return 2.0 * (a & b).sum() / max(a.sum() + b.sum(), 1)


def thorax(nz=60, bridge=0, noise=20, tracheotomy=False, tube=False, lungs=(1, 2), squeeze=1.0, couch=True, gas=False):
    """A chest on 160 x 128 x nz voxels of 2 x 2 x 4 mm, feet first: HU, and where its lungs are (1, 2)."""
    x, y, z = np.meshgrid((np.arange(160) - 79.5) * 2, (np.arange(128) - 55.5) * 2, np.arange(nz) * 4.0, indexing="ij")
    hu = np.full(x.shape, -1000.0)
    if couch:
        below = y - 96 + (x / 40) ** 2 / 2
        hu[(below > 4) & (below < 34)] = -150
        hu[(below > 7) & (below < 31)] = -880         # foam in a shell
    body = (x / 150) ** 2 + (y / 100) ** 2 < 1
    hu[body] = 40
    hu[(x / 25) ** 2 + ((y - 68) / 20) ** 2 < 1] = 400
    truth = np.zeros(x.shape, np.uint8)
    for side in lungs:
        cx = (-1 if side == 1 else 1) * 66 * squeeze
        inside = ((x - cx) / 56) ** 2 + ((y + 5) / 75) ** 2 + ((z - 110) / 90) ** 2 < 1
        dome = ((x - cx) / 45) ** 2 + (y / 60) ** 2 + ((z - 20) / 45) ** 2 < 1
        truth[inside & ~dome & (np.sign(cx) * x > 1.5)] = side
    heart = ((x - 20) / 45) ** 2 + ((y + 35) / 35) ** 2 + ((z - 70) / 40) ** 2 < 1
    truth[heart] = 0
    if bridge:                                         # the anterior junction: lung across the middle
        truth[(np.abs(x) < 20) & (np.abs(y + 60) < bridge) & (np.abs(z - 130) < 30) & (x < 0)] = 1
        truth[(np.abs(x) < 20) & (np.abs(y + 60) < bridge) & (np.abs(z - 130) < 30) & (x >= 0)] = 2
    hu[truth > 0] = -860
    vessel = ((x / 14 + z / 30).astype(int) + (y / 16).astype(int)) % 5 == 0
    vessel &= (np.mod(x, 14) < 4) & (np.mod(y, 16) < 5) & (truth > 0)
    hu[vessel] = 30
    airway = (x ** 2 + (y - 10) ** 2 < 81) & (z > 120)
    for sign in (-1, 1):
        along = (120 - z) / 30
        cx = sign * 50 * along
        airway |= ((x - cx) ** 2 / 2 + (y - 10) ** 2 < 49) & (along >= 0) & (along < 1) & (truth == 0)
    wall = (x ** 2 + (y - 10) ** 2 < 150) & (z > 120)
    hu[wall], truth[wall] = 40, 0
    hu[airway] = -990
    truth[airway] = 0
    if tracheotomy:                                    # from the front of the neck into the trachea
        hu[(np.abs(x) < 8) & (y < 10) & (np.abs(z - 212) < 8)] = -1000
    if tube:                                           # a tube of 4 mm through the chest wall
        hu[(np.abs(y - 3) <= 1.5) & (np.abs(z - 110) <= 2) & (x < -100)] = -1000
    if gas:                                            # stomach
        hu[((x - 60) / 40) ** 2 + ((y + 10) / 30) ** 2 + ((z - 4) / 25) ** 2 < 1] = -1000
        truth[((x - 60) / 44) ** 2 + ((y + 10) / 34) ** 2 + ((z - 4) / 30) ** 2 < 1] = 0
    hu += np.random.default_rng(3).normal(0, noise, hu.shape)
    return np.rint(hu).astype(np.int16), truth
EOF
export PYTHONPATH="$PYTHONPATH:$TMP"

# ---- the recipe ----

py "--as-recipe is scikit-image's, voxel for voxel" <<'EOF'
import numpy as np
from skimage import measure
from seg import *

def largest(labels):
    counts = np.bincount(labels.ravel())
    counts[0] = 0
    return counts.argmax() if counts.any() else None

def recipe(image, fill):
    """As the tutorials do it, written anew; axes z, y, x."""
    solid = np.where(image > -320, 2, 1)
    labels = measure.label(solid, background=0)
    solid[labels == labels[0, 0, 0]] = 2
    if fill:
        for one in solid:
            parts = measure.label(one - 1)
            body = largest(parts)
            if body is not None:
                one[parts != body] = 1
    lung = 2 - solid
    parts = measure.label(lung)
    best = largest(parts)
    return lung * (parts == best) if best is not None else lung

rng = np.random.default_rng(5)
for shape, share in (((20, 15, 9), .5), ((70, 11, 12), .12), ((65, 20, 7), .3), ((1, 1, 1), .5), ((130, 1, 5), .4),
                     ((12, 30, 1), .4), ((9, 9, 9), 0), ((9, 9, 9), 1), ((40, 40, 12), .05), ((40, 40, 12), .02)):
    for corner in (-1000, 40):
        for code in ("i2", "f4"):
            data = np.where(rng.random(shape) < share, -320, -319).astype(code)
            data[rng.random(shape) < .02] = np.nan if code == "f4" else -3000
            data[0, 0, 0] = corner
            for flip in (1, -1):
                for fill in (True, False):
                    got = seg(data, "lung", "--as-recipe", *([] if fill else ["--no-fill"]),
                              affine=np.diag([-1., -1, flip, 1]))
                    want = recipe(data.transpose()[::flip], fill)[::flip].transpose()
                    assert np.array_equal(got, want), (shape, share, corner, code, flip, fill)
data, truth = thorax(nz=40)
for fill in (True, False):
    assert np.array_equal(seg(data, "lung", "--as-recipe", *([] if fill else ["--no-fill"])),
                          recipe(data.transpose(), fill).transpose())
assert seg.keys["labels"] == "1 lung" and seg.keys["unit"] == "label"
assert " lung --as-recipe --no-fill; read sha256:" in seg.keys["history.1"], seg.keys
EOF

# ---- lungs ----

py "the lungs of phantoms, right and left, whatever lies around them" <<'EOF'
import numpy as np
from seg import *
# 0.975: the wall of a way of 2 mm voxels is theirs or ours
cases = {"plain": {}, "no couch": {"couch": False}, "noise": {"noise": 60}, "tracheotomy": {"tracheotomy": True},
         "a tube from outside": {"tube": True}, "touching": {"bridge": 6}, "gas": {"gas": True}}
for name, how in cases.items():
    data, truth = thorax(**how)
    got = seg(data, "lung")
    right, left = dice(got == 1, truth == 1), dice(got == 2, truth == 2)
    print(name, right, left, seg.said)
    assert min(right, left) > 0.975, (name, right, left, seg.said)
    assert seg.keys["labels"] == r"1 lung-right\n2 lung-left", seg.keys["labels"]
    assert "cut apart" in seg.said or name != "touching", (name, seg.said)
    if name == "plain":
        plain = got
        assert "airways taken out" in seg.said and "warning" not in seg.said, seg.said
        seg(data, "lung", "--check")
# a corner that is not air; a ring of padding: marked, or not marked and no air
data, truth = thorax()
corner = data.copy()
corner[0, 0, :] = corner[-1, -1, :] = 300
assert np.mean(seg(corner, "lung") != plain) < 1e-4
x, y = np.meshgrid(np.arange(160) - 79.5, np.arange(128) - 63.5, indexing="ij")
ring = x ** 2 + y ** 2 > 79 ** 2
for value, keys in ((-2000, HU), (-2000, {**HU, "padding": "-2000"}), (3000, {**HU, "padding": "3000"}), (0, HU),
                    (-300, HU)):
    padded = data.copy()
    padded[ring] = value
    got = seg(padded, "lung", keys=keys)
    assert dice(got > 0, truth > 0) > 0.975, (value, keys, dice(got > 0, truth > 0))
# every type that can hold it; the numbers of a float, NaN outside
for code in ("i4", "f4", "f8"):
    assert np.array_equal(seg(data.astype(code), "lung"), plain), code
some = data.astype("f4")
some[:3, :3] = np.nan
assert dice(seg(some, "lung") > 0, plain > 0) > 0.999
# sides and ends are the patient's: stored from head to feet, from left to right, oblique
for flips in ((-1, 1), (1, -1), (-1, -1)):
    turned = np.ascontiguousarray(data[::flips[0], :, ::flips[1]])
    got = seg(turned, "lung", affine=MM @ np.diag([flips[0], 1.0, flips[1], 1]))[::flips[0], :, ::flips[1]]
    assert np.mean(got != plain) < 1e-3, (flips, np.mean(got != plain))
tilt = np.eye(4)
tilt[1:3, 1:3] = [[np.cos(.2), -np.sin(.2)], [np.sin(.2), np.cos(.2)]]
assert np.array_equal(seg(data, "lung", affine=tilt @ MM), plain)
# one entry of a list after the other
other = np.ascontiguousarray(data[::-1])
both = seg(np.stack([data, other], 3), "lung")
assert np.array_equal(both[..., 0], plain) and np.array_equal(both[..., 1], seg(other, "lung"))
EOF

py "what is not plausible is said, and fails with --check" <<'EOF'
import os
import numpy as np
from seg import *
def doubts(data, words, affine=MM):
    got = seg(data, "lung", affine=affine)
    assert "warning" in seg.said and words in seg.said, (words, seg.said)
    os.remove("out.vol")
    seg(data, "lung", "--check", affine=affine, status=1)
    assert "not plausible" in seg.said and words in seg.said and not os.path.exists("out.vol"), seg.said
    return got
def least(got, truth):
    return min(dice(got == k, truth == k) for k in (1, 2))
data, truth = thorax(lungs=(2,))
got = doubts(data, "one lung only")
assert dice(got == 2, truth == 2) > 0.97
data, truth = thorax()
cut = slice(20, 45)
got = doubts(data[:, :, cut].copy(), "ends cut off")
assert least(got, truth[:, :, cut]) > 0.97, least(got, truth[:, :, cut])
got = doubts(data[30:].copy(), "edges of the slices cut off")   # the field of view ends in the right lung
assert least(got, truth[30:]) > 0.96, least(got, truth[30:])
doubts(np.full((20, 20, 5), 40, np.int16), "no lung found")
doubts(np.full((1, 1, 1), -1000, np.int16), "no lung found")
doubts(data, "not 200 to 12000", MM @ np.diag([2, 2, 2, 1]))
EOF

py "lungs of the small public chest, when it is there: Dice of at least 0.97" <<'EOF'
import os, sys
from pathlib import Path
import volfile as v
from seg import dice
here = Path(os.environ.get("DATA_UNPACKED", "/tmp/data")) / "ct_chest_small_cip"
if not (here / "dicom").is_dir():
    sys.exit(0)
for name in ("wholeLung-64", "lm-64"):
    v.run("nrrd2vol", here / f"ref/{name}.nrrd", "-o", f"{name}.vol")
v.run("dcm2vol", here / "dicom", "-o", "st.vol")
v.run("volhu", "st.vol", "-o", "hu.vol")
v.run("volseg", "lung", "--check", "hu.vol", "-o", "lung.vol")
got = v.read("lung.vol")[0]
whole = v.read("wholeLung-64.vol")[0]
thirds = v.read("lm-64.vol")[0] & 255          # 9 to 11: thirds of the left lung, 12 to 14: of the right
assert dice(got > 0, whole > 0) >= 0.97, dice(got > 0, whole > 0)
assert dice(got == 2, (thirds >= 9) & (thirds <= 11)) >= 0.97
assert dice(got == 1, (thirds >= 12) & (thirds <= 14)) >= 0.97
EOF

# ---- the others ----

py "widened by a ball, as a distance transform has it" <<'EOF'
import numpy as np
from scipy import ndimage
from seg import *
rng = np.random.default_rng(2)
for shape, spacing in (((70, 9, 8), (0.7, 0.7, 2.5)), ((33, 20, 12), (1, 1, 1)), ((1, 40, 1), (3, .3, 1)),
                       ((129, 3, 30), (.1, 5, .1))):
    data = np.where(rng.random(shape) < 0.004, 100, 0).astype(np.int16)
    data.flat[0] = 100
    affine = np.diag([-spacing[0], -spacing[1], spacing[2], 1.0])
    far = ndimage.distance_transform_edt(data == 0, sampling=spacing)
    for mm in (0.05, 0.3, 0.7, 1, 2.5, 3, 5.1, 40):
        got = seg(data, "threshold", "-r", "50,150", "-d", mm, affine=affine)
        assert np.array_equal(got, far <= mm * (1 + 1e-10)), (shape, spacing, mm)
data, truth = thorax()
plain, wide = seg(data, "lung"), seg(data, "lung", "-d", "6")
far = [ndimage.distance_transform_edt(plain != k, sampling=(2, 2, 4)) for k in (1, 2)]
assert np.array_equal(wide > 0, np.minimum(*far) <= 6) and np.array_equal(wide == 1, far[0] <= 6)
EOF

py "thresholds, for all types" <<'EOF'
import numpy as np, volfile as v
from skimage.filters import threshold_otsu
from seg import *
for name, code in v.TYPES.items():
    data = v.numbers(code, (33, 20, 7))
    lo, hi = np.percentile(data.astype(float), [20, 70])
    got = seg(data, "threshold", "-r", f"{lo!r},{hi!r}", keys={})
    assert np.array_equal(got, (data >= lo) & (data <= hi)), name
    assert seg.keys["unit"] == "label" and "labels" not in seg.keys
    third = np.arange(data.size).reshape(data.shape) % 3 == 0
    two = np.where(third, data / 4, data / 5 + np.float64(np.max(data)) / 2).astype(code)
    exact = np.dtype(code).itemsize <= 2
    want = threshold_otsu(two if exact else two.astype(float), nbins=65536)
    got = seg(two, "otsu", keys={})
    # where values share bins, the two programs' bins are not the same
    assert np.mean(got != (two > want)) <= (0 if exact else 1e-3), (name, want, seg.said)
    piped = v.tool("volseg", "otsu", stdin=open("in.vol", "rb").read())[1]
    assert piped == open("out.vol", "rb").read(), name
some = np.full((4, 4, 4), np.nan, "f4")
some[0], some[1] = 1, 5
some[2, 0, 0] = np.inf
assert np.array_equal(seg(some, "threshold", "-r", "0,9", keys={}), (some == 1) | (some == 5))
assert np.array_equal(seg(some, "otsu", keys={}), (some == 5) | (some == np.inf)), seg.said
assert not seg(np.full((4, 4, 4), 7, "i2"), "otsu", keys={}).any() and "the same" in seg.said
assert not seg(np.full((4, 4, 4), np.nan, "f4"), "otsu", keys={}).any()
padded = np.array([0, 0, 10, 10, -5000, -5000, 12, 1], "i2").reshape(2, 2, 2)
keys = {"padding": "-6000 -4000"}
assert np.array_equal(seg(padded, "otsu", keys=keys), padded >= 10)
assert np.array_equal(seg(padded, "threshold", "-r", "-9000,5", keys=keys), (padded <= 5) & (padded > -4000))
v.write("pos.vol", padded, keys={})
for mode in (["threshold", "1,11"], ["--", "threshold", "-3,11"]):
    v.run("volseg", "-o", "out.vol", *mode, "pos.vol")
    got, _, keys = v.read("out.vol")
    lo = float(mode[-1].split(",")[0])
    assert np.array_equal(got, (padded >= lo) & (padded <= 11))
    assert f" threshold {mode[-1]}; read" in keys["history.1"], keys
listed = v.numbers("i2", (5, 4, 3, 2))
assert np.array_equal(seg(listed, "threshold", "-r", "0,9999", keys={}), (listed >= 0) & (listed <= 9999))
assert np.array_equal(seg(listed, "otsu", keys={}), listed > threshold_otsu(listed))
EOF

py "body, head, brain and bone of what is simple" <<'EOF'
import numpy as np
from seg import *
data, truth = thorax()
x, y, z = np.meshgrid((np.arange(160) - 79.5) * 2, (np.arange(128) - 55.5) * 2, np.arange(60) * 4.0, indexing="ij")
want = (x / 150) ** 2 + (y / 100) ** 2 < 1
assert dice(seg(data, "body") > 0, want) > 0.99
assert seg.keys["labels"] == "1 body" and "warning" not in seg.said, seg.said
assert dice(seg(data, "bone") > 0, (x / 25) ** 2 + ((y - 68) / 20) ** 2 < 1) > 0.99
# a head that touches its holder: skin, skull, brain with ventricles, a sinus
r = np.sqrt((x / 75) ** 2 + (y / 90) ** 2 + ((z - 110) / 85) ** 2)
head = np.full(x.shape, -1000.0)
head[r < 1] = 40
head[r < .9] = 900
head[r < .8] = 35
head[r < .2] = 5
head[(x / 10) ** 2 + ((y + 76) / 6) ** 2 + ((z - 110) / 10) ** 2 < 1] = -1000
holder = (np.abs(y - 90) < 2) & (np.abs(x) < 120)
head[holder] = np.maximum(head[holder], -100)
head = np.rint(head + np.random.default_rng(1).normal(0, 4, x.shape)).astype(np.int16)
got = seg(head, "head", "--check")
assert dice(got > 0, r < 1) > 0.99, dice(got > 0, r < 1)
got = seg(head, "brain", "--check")
assert dice(got > 0, r < .8) > 0.98, (dice(got > 0, r < .8), seg.said)
small = np.diag([-0.4, -0.4, 0.8, 1.0])
for mode in ("head", "brain"):
    seg(head, mode, affine=small)
    assert "ml are less than a " + mode in seg.said, seg.said
    seg(head, mode, "--check", affine=small, status=1)
for mode in ("body", "head", "brain", "bone"):
    assert not seg(np.full((9, 8, 7), -1000, "i2"), mode).any() and "nothing found" in seg.said
    seg(np.full((9, 8, 7), -1000, "i2"), mode, "--check", status=1)
EOF

# ---- what is refused ----

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
from seg import MM
data = np.zeros((8, 7, 6), "i2")
v.write("hu.vol", data, MM, {"unit": "HU"})
v.write("stored.vol", data, MM, {"unit": "stored", "rescale": "1 -1024", "rescale.unit": "HU"})
v.write("none.vol", data, MM)
v.write("label.vol", data, MM, {"unit": "label"})
v.write("coronal.vol", data, v.affine("coronal"), {"unit": "HU"})
v.write("rgb.vol", np.zeros((4, 3, 2, 3), "u1"), MM, {"unit": "HU"}, colour=True)
EOF
for mode in lung body head brain bone; do
	must_fail 1 "$mode of stored values" volseg $mode stored.vol
	said "$mode: what helps is said" "^volseg: stored.vol: values are stored units, not HU: run volhu first$"
	must_fail 1 "$mode of an unknown unit" volseg $mode none.vol
done
must_fail 1 "a threshold on stored values" volseg threshold -r 0,5 stored.vol
must_fail 1 "otsu of stored values" volseg otsu stored.vol
must_fail 1 "labels" volseg threshold -r 0,5 label.vol
must_fail 1 "colour" volseg lung rgb.vol
must_fail 1 "lungs in coronal slices" volseg lung coronal.vol
said "what helps is said" "run volorient LPS first"
must_fail 2 "no mode" volseg
must_fail 2 "a mode that is none" volseg liver hu.vol
must_fail 2 "a threshold without a range" volseg threshold hu.vol
must_fail 2 "a range that holds nothing" volseg threshold 5,4 hu.vol
must_fail 2 "a range for lungs" volseg lung -r 0,5 hu.vol
must_fail 2 "two inputs" volseg lung hu.vol hu.vol
must_fail 2 "the recipe for bodies" volseg body --as-recipe hu.vol
must_fail 2 "no fill, but no recipe" volseg lung --no-fill hu.vol
must_fail 2 "a negative distance" volseg lung -d -1 hu.vol
must_fail 2 "--check of stored values is trouble, no verdict" volseg lung --check stored.vol

size=$(wc -c <hu.vol)
for mode in lung body otsu; do
	for keep in 0 100 $((size - 1)); do
		head -c "$keep" hu.vol >cut.vol
		must_fail 1 "$mode from $keep of $size bytes" volseg $mode cut.vol -o left.vol
	done
done
is "no file is left" "$(find . -name '*left.vol*')" ""

# ---- files, pipes and memory ----

"$PYTHON" -W ignore - <<'EOF'
import volfile as v
from seg import *
data, _ = thorax()
v.write("chest.vol", data, MM, {**HU, "foreign": "kept", "window": "40 400",
                                "source": "8 7 6 (1,0,0) (0,1,0) (0,0,1) (0,0,0)"})
EOF
volseg lung chest.vol >file.vol
volseg lung chest.vol -o named.vol
# shellcheck disable=SC2002
cat chest.vol | volseg lung | cat >piped.vol
ok "from a file and to one" cmp file.vol named.vol
ok "from pipe to pipe" cmp file.vol piped.vol
like "unknown keys pass through" "$(sed -n 's/^vol.foreign:=//p' file.vol)" "^kept$"
like "the source stays" "$(sed -n 's/^vol.source:=//p' file.vol)" "^8 7 6 "
is "a window of intensities does not" "$(sed -n 's/^vol.window:=//p' file.vol)" ""

if [ -x "$TESTBIN/hammer" ]; then
	ok "damaged in many ways, it takes or refuses" "$TESTBIN/hammer" -n 300 -M 256 --suffix .vol \
		-k "$TMP/kept" hu.vol pos.vol -- volseg lung -o hammered {}
else
	skip "damaged in many ways, it takes or refuses" "no hammer"
fi

py "memory: an eighth of the volume and 64 MiB at most, and thresholds stream" <<'EOF'
import volfile as v
from seg import HU
for words, mib, most in ((["lung"], 512, 64 + 64), (["lung", "--as-recipe"], 512, 64 + 64), (["bone"], 512, 64 + 64),
                         (["threshold", "-r", "5,9"], 512, 32)):
    peak = v.peak_mib(["volseg", *words, "-q"], v.zeros_header("h", mib, HU), mib)
    assert peak < most, f"{words}: {peak:.1f} MiB"
EOF
done_testing
