#!/bin/sh
# Every format to every other and back, over voxel types, lists and grids: the same, or refused for the reason that the
# table here says. What a format cannot hold is in its page too.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy

cat >table.py <<'EOF'
"""What the formats hold. lossy: given up on purpose, so that the rest can be compared."""
import volfile as v

ALL = set(v.TYPES)


class Format:
    def __init__(self, suffix, tool, types=ALL, lists=True, oblique=True, shear=True, words=(), back=(), mm=1e-3):
        self.suffix, self.write, self.read = suffix, ["vol2" + tool, *words], [tool + "2vol", *back]
        self.types, self.lists, self.oblique, self.shear, self.mm = types, lists, oblique, shear, mm

    def reason(self, name, lists, kind):
        """Why a volume is refused; None when it is not."""
        if name not in self.types:
            return name
        if lists and not self.lists:
            return "list|entries|4-D"
        if kind == "sheared" and not self.shear:
            return "perpendicular|shear"
        if kind in ("oblique", "left-handed") and not self.oblique:
            return "oblique|parallel"
        return None


FORMATS = [
    Format(".nii", "nii"),
    Format(".nii.gz", "nii"),
    Format(".hdr", "nii"),
    Format(".nrrd", "nrrd", mm=0),
    Format(".nhdr", "nrrd", words=["-z", "1"], mm=0),
    Format(".mgh", "mgh", types=ALL - {"int8", "uint32", "double"}),
    Format(".npz", "npy"),
    Format(".mgz", "mgh", types=ALL - {"int8", "uint32", "double"}),
    Format(".tif", "tif", mm=0),
    Format(".tiff", "tif", words=["-z", "deflate"], mm=0),
]
EOF

cat >walk.py <<'EOF'
import os, re, sys
import numpy as np, volfile as v
from table import FORMATS

KINDS = ("axial", "oblique", "left-handed", "sheared")


def put(f, source, path):
    """None when it was written; else why not."""
    status, _, said = v.tool(*f.write, "-q", source, "-o", path)
    if status == 0:
        return None
    assert status == 1 and said.count("\n") == 1, (f.suffix, status, said)
    return said


def get(f, path, out):
    status, _, said = v.tool(*f.read, "-q", path, "-o", out)
    assert status == 0, (path, said)
    return v.read(out)


def same(f, data, where, got, why):
    back, at, _ = got
    assert back.dtype == data.dtype and np.array_equal(back, data, equal_nan=data.dtype.kind == "f"), why
    assert v.corner_distance(at, where, data.shape) <= f.mm + 1e-9, (why, v.corner_distance(at, where, data.shape))


def volume(name, lists, kind):
    data = v.numbers(v.TYPES[name], (5, 4, 3, 2) if lists else (5, 4, 3), seed=len(name) + lists)
    if data.dtype.kind == "f":
        data[1, 1, 1] = np.nan
    return data, v.affine(kind)


def one(f):
    """A format alone, over everything: how many were the same, how many refused."""
    count = [0, 0]
    for name in v.TYPES:
        for lists in (False, True):
            for kind in KINDS:
                data, where = volume(name, lists, kind)
                v.write("in.vol", data, where)
                why, said = f.reason(name, lists, kind), put(f, "in.vol", "x" + f.suffix)
                case = (f.suffix, name, lists, kind)
                assert (why is None) == (said is None), (case, why, said)
                if said:
                    assert re.search(why, said), (case, why, said)
                    count[1] += 1
                    continue
                same(f, data, where, get(f, "x" + f.suffix, "out.vol"), case)
                count[0] += 1
    return count


def pair(f, g, turn):
    """f to g and back to f, over what both hold; another type and grid each time."""
    count = 0
    both = [(n, l, k) for n in v.TYPES for l in (False, True) for k in KINDS if not f.reason(n, l, k) and not g.reason(n, l, k)]
    for name, lists, kind in both[turn % 3::3]:
        data, where = volume(name, lists, kind)
        v.write("in.vol", data, where)
        case = (f.suffix, g.suffix, name, lists, kind)
        for h, source, out in ((f, "in.vol", "a.vol"), (g, "a.vol", "b.vol"), (f, "b.vol", "c.vol")):
            assert put(h, source, "y" + h.suffix) is None, case
            got = get(h, "y" + h.suffix, out)
        same(f if f.mm > g.mm else g, data, where, got, case)
        count += 1
    return count


f = FORMATS[int(sys.argv[1])]
if sys.argv[2] == "one":
    same_count, refused = one(f)
    print(f"{f.suffix}: {same_count} the same, {refused} refused as the table says")
else:
    print(f"{f.suffix} by way of the others: {sum(pair(f, g, i) for i, g in enumerate(FORMATS) if g is not f)} the same")
EOF

n=$("$PYTHON" -c 'import table; print(len(table.FORMATS))')
i=0
while [ "$i" -lt "$n" ]; do
	for what in one all; do
		if "$PYTHON" -W ignore walk.py $i $what >said 2>why; then
			pass "$(cat said)"
		else
			fail "format $i, $what" why
		fi
	done
	i=$((i + 1))
done

done_testing
