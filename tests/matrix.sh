#!/bin/sh
# Every format to every other and back, over voxel types, lists, colour, grids, scaling and byte orders: the same, or
# refused for the reason that the table in volformats(5) gives.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python numpy nibabel
cp "$SRC/man/volformats.5" page

cat >table.py <<'EOF'
"""What the page says of the formats."""
import numpy as np
import volfile as v

TYPES = list(v.TYPES)
# what the tools are called, and what the writers are asked for
TOOLS = {".nii": "nii", ".nii.gz": "nii", ".hdr": "nii", ".nrrd": "nrrd", ".nhdr": "nrrd -z 1", ".mnc": "mnc", ".mha": "mha",
         ".mhd": "mha -z 1", ".mgh": "mgh", ".mgz": "mgh", ".tif": "tif", ".npz": "npy -z 1", ".npy": "npy", ".raw": "raw",
         "analyze": "ana"}


def affine(case):
    box = [[-0.5, 0, 0, 1], [0, 2, 0, -4], [0, 0, 3, -3], [0, 0, 0, 1.0]]
    return np.array(box) if case.kind == "box" else v.affine(case.kind)


def place(case):
    """The same for raw2vol."""
    lps = np.diag([-1.0, -1, 1, 1]) @ affine(case)
    return ["--origin=" + ",".join(map(repr, lps[:3, 3].tolist())), "--directions=" + ",".join(map(repr, lps[:3, :3].T.ravel().tolist()))]


class Format:
    def __init__(self, suffix, types, lists, colour, grid, scale, keys):
        tool, *self.words = TOOLS[suffix].split()
        self.name, self.suffix = suffix, ".hdr" if suffix == "analyze" else suffix
        self.tools = "vol2" + tool, tool + "2vol"
        self.types = [t for t in TYPES if t not in types.removeprefix("but:").split(",")] if types != "all" else TYPES
        self.lists, self.grid, self.scale, self.keys = lists == "yes", grid, scale, keys
        self.colour = TYPES if colour == "all" else [] if colour == "no" else colour.split(",")

    def write(self, source, path):
        return v.tool(self.tools[0], "-q", *self.words, source, "-o", path)

    def read(self, path, source, case, out):
        words = {".npy": ["--like", source] + ["--colour"] * bool(case.channels),
                 ".raw": [*place(case), "-t", case.type, "-n", "5,4,3,2" if case.list else "5,4,3"] +
                         (["--channels", case.channels] if case.channels else []),
                 "analyze": ["--orient", "radiological"]}.get(self.name, [])
        return v.tool(self.tools[1], "-q", *words, path, "-o", out)

    def reason(self, case):
        """What a refusal has to say; None when it is to be held."""
        if case.channels and case.type not in self.colour:
            return "colour|" + case.type
        if case.type not in self.types:
            return case.type
        if case.list and not self.lists:
            return "list"
        if self.grid == "box" and case.kind != "box":
            return "oblique|shear|place|axes run|volhu"
        if case.scale and (self.scale == "no" or (self.scale == "whole" and case.type in ("float", "double")) or
                           (self.scale == "one" and case.scale == "slices") or self.scale == "slope"):
            return "volhu"
        return None


def lines():
    on = False
    for line in open("page", encoding="utf-8"):
        on = line.startswith("SUFFIX") or (on and not line.startswith(".EE"))
        if on and not line.startswith("SUFFIX"):
            yield line.removeprefix("\\&").split()


FORMATS = [Format(*words) for words in lines()]
EOF

cat >walk.py <<'EOF'
import re, sys
from collections import namedtuple
from itertools import product
import numpy as np, volfile as v
from table import FORMATS, TYPES, affine

KINDS = ("box", "axial", "oblique", "left-handed", "sheared")
Case = namedtuple("Case", "type list channels kind scale")
CASES = [Case(*c) for c in product(TYPES, (False, True), (0, 3, 4), KINDS, (None, "one", "slices"))
         # colour is not scaled
         if not (c[2] and c[4])]
KEYS = {"padding": "-100", "note": "two\\nlines", "dicom.KVP": "120", "history.1": "volcast 1; read sha256:" + "0" * 64}


def volume(case, path):
    """Some voxels, another for each case: (data, affine, keys)."""
    shape = (5, 4, 3) + (2,) * case.list + (case.channels,) * bool(case.channels)
    data = v.numbers(v.TYPES[case.type], shape, seed=CASES.index(case))
    if data.dtype.kind == "f":
        data[1, 1, 1] = np.nan
    where = affine(case)
    scale = {None: None, "one": "0.5 -1024", "slices": " ".join(f"{k + 1} -1024" for k in range(6 if case.list else 3))}[case.scale]
    keys = {**({"unit": "stored", "rescale": scale, "rescale.unit": "HU"} if scale else {"unit": "HU"}),
            **({"axis": "time s 0 2"} if case.list else {}), **KEYS}
    return data, where, keys


def same(f, volume, got, at):
    data, where, keys = volume
    back, place, more = got
    assert back.dtype == data.dtype and np.array_equal(back, data, equal_nan=data.dtype.kind == "f"), (at, "voxels")
    if f.grid != "none":
        off = v.corner_distance(place, where, data.shape)
        # the kept header has all digits
        assert off <= (1e-9 if f.keys == "all" else 1e-3), (at, off)
    kept = {k: more.get(k) for k in keys} if f.keys == "all" else {"unit": more.get("unit")} if f.keys == "unit" else {}
    assert kept == {k: keys[k] for k in kept}, (at, kept)


def swapped(f, path, case):
    """The same file in the other byte order, by other hands; False where there is no such thing."""
    import nibabel
    if f.suffix == ".nii" and not case.channels:
        image = nibabel.load(path)
        raw = open(path, "rb").read()
        header = image.header.copy()
        offset = int(image.dataobj.offset)
        header["vox_offset"] = offset
        header["scl_slope"], header["scl_inter"] = image.dataobj.slope, image.dataobj.inter
        voxels = np.frombuffer(raw[offset:], image.get_data_dtype())
        out = header.as_byteswapped(">").binaryblock + raw[348:offset] + voxels.byteswap().tobytes()
    elif f.suffix == ".nrrd":
        head, voxels = open(path, "rb").read().split(b"\n\n", 1)
        out = head.replace(b"endian: little", b"endian: big") + b"\n\n" + np.frombuffer(voxels, v.TYPES[case.type]).byteswap().tobytes()
    elif f.suffix == ".mha":
        head, voxels = open(path, "rb").read().split(b"ElementDataFile = LOCAL\n", 1)
        out = (head.replace(b"BinaryDataByteOrderMSB = False", b"BinaryDataByteOrderMSB = True") + b"ElementDataFile = LOCAL\n" +
               np.frombuffer(voxels, v.TYPES[case.type]).byteswap().tobytes())
    elif f.suffix == ".npy":
        data = np.load(path)
        np.save(path, data.astype(data.dtype.newbyteorder(">")))
        return True
    else:
        return False
    with open(path, "wb") as file:
        file.write(out)
    return True


def put(f, source, path, at):
    """None when it was written; else why not."""
    status, _, said = f.write(source, path)
    if status == 0:
        return None
    assert status == 1 and said.count("\n") == 1, (at, status, said)
    return said


def get(f, path, source, case, out, at):
    status, _, said = f.read(path, source, case, out)
    assert status == 0, (at, said)
    return v.read(out)


def one(f):
    """A format alone, over everything: how many were the same, refused, and the same in the other byte order."""
    count = [0, 0, 0]
    for case in CASES[::7 if v.SANITIZED else 1]:
        at, path, made = (f.name, case), "x" + f.suffix, volume(case, "in.vol")
        data, where, keys = made
        v.write("in.vol", data, where, keys, colour=bool(case.channels))
        why, said = f.reason(case), put(f, "in.vol", path, at)
        assert (why is None) == (said is None), (at, why, said)
        if said:
            assert re.search(why, said), (at, why, said)
            count[1] += 1
            continue
        same(f, made, get(f, path, "in.vol", case, "out.vol", at), at)
        count[0] += 1
        if data.itemsize > 1 and swapped(f, path, case):
            same(f, made, get(f, path, "in.vol", case, "out.vol", at), (at, "other byte order"))
            count[2] += 1
    return count


def pair(f, g, turn):
    """f to g and back to f, over what both hold; other cases each time."""
    both = [c for c in CASES if not f.reason(c) and not g.reason(c)]
    step = 211 if v.SANITIZED else 37
    cases = both[turn % step::step]
    for case in cases:
        made = volume(case, "in.vol")
        v.write("in.vol", *made, colour=bool(case.channels))
        at = (f.name, g.name, case)
        for h, source, out in ((f, "in.vol", "a.vol"), (g, "a.vol", "b.vol"), (f, "b.vol", "c.vol")):
            assert put(h, source, "y" + h.suffix, at) is None, at
            got = get(h, "y" + h.suffix, "in.vol", case, out, at)
        worst = min((f, g), key=lambda h: ("none", "unit", "all").index(h.keys))
        same(worst, made, got, at)
    return len(cases)


f = FORMATS[int(sys.argv[1])]
if sys.argv[2] == "one":
    same_count, refused, other = one(f)
    print(f"{f.name}: {same_count} the same, {refused} refused as the page says, {other} in the other byte order")
else:
    print(f"{f.name} by way of the others: {sum(pair(f, g, i) for i, g in enumerate(FORMATS) if g is not f)} the same")
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
