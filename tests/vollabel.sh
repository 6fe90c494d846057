#!/bin/sh
# vollabel: against SciPy's labels and measurements; and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python scipy.ndimage

py "components of noise, every connectivity, order and choice" <<'EOF'
import numpy as np, scipy.ndimage as nd, volfile as v
where = v.affine("oblique")
ml = abs(np.linalg.det(where[:3, :3])) / 1000
for shape, density in (((40, 33, 20), .12), ((70, 9, 30), .3), ((1, 1, 9), .5), ((1, 9, 1), .5), ((130, 1, 1), .5), ((1, 1, 1), 1)):
    mask = np.random.default_rng(sum(shape)).random(shape) < density
    v.write("in.vol", mask.astype("f4") * 2.5, where, {"unit": "label", "labels": "1 x"})
    for neighbours, structure in (("6", 1), ("18", 2), ("26", 3)):
        # scan order is x fastest here, and the last axis in SciPy
        scan, n = nd.label(mask.T, nd.generate_binary_structure(3, structure))
        scan = scan.T
        sizes = np.bincount(scan.ravel(), minlength=n + 1)[1:]
        by_size = np.argsort(-sizes, kind="stable") + 1
        for words, kept in (((), by_size), (("--keep", 3), by_size[:3]), (("--min-volume", 4 * ml), [i for i in by_size if sizes[i - 1] >= 4])):
            kept = list(kept)
            for how in ("size", "scan"):
                number = np.zeros(n + 1, int)
                number[kept if how == "size" else sorted(kept)] = np.arange(1, len(kept) + 1)
                status, out, said = v.tool("vollabel", "-q", "-c", neighbours, "--order", how, *words, "in.vol", "-o", "out.vol")
                assert status == 0 and not said, said
                got, place, keys = v.read("out.vol")
                assert np.array_equal(got, number[scan]), (shape, neighbours, words, how)
                assert got.dtype == ("u1" if len(kept) < 256 else "u2") and keys["unit"] == "label" and "labels" not in keys
                assert np.allclose(place, where)
EOF

py "more than 65535 components" <<'EOF'
import numpy as np, volfile as v
mask = np.zeros((120, 120, 40), "u1")
mask[::2, ::2, ::2] = 1
v.write("in.vol", mask, v.affine("axial"))
v.run("vollabel", "in.vol", "-o", "out.vol")
got = v.read("out.vol")[0]
assert got.dtype == np.uint32 and got.max() == 60 * 60 * 20 and np.array_equal(got.transpose()[got.transpose() > 0], np.arange(1, 72001))
EOF

py "measurements, with and without an image" <<'EOF'
import json, numpy as np, scipy.ndimage as nd, volfile as v
rng = np.random.default_rng(7)
where = v.affine("left-handed")
to_lps = v.LPS_FROM_RAS @ where
labels = rng.choice([0, 0, 0, 1, 2, 7, 70000], (21, 14, 11)).astype("u4")
for code in ("i2", "f4", "u1", "f8"):
    image = (rng.normal(40, 9, labels.shape) + (1e6 if code == "f8" else 0)).astype(code)
    if code == "f4":
        image[labels == 2] = np.nan
        image[0, 0, 0], image[1, 1, 1] = np.nan, np.inf
    v.write("labels.vol", labels, where, {"unit": "label", "labels": "1 left lung\\n7 aorta"})
    v.write("image.vol", image, where)
    got = json.loads(v.run("vollabel", "--stats", "--json", "-i", "image.vol", "labels.vol"))["labels"]
    assert [g["label"] for g in got] == [1, 2, 7, 70000]
    assert [g["name"] for g in got] == ["left lung", None, "aorta", None]
    for g in got:
        under = labels == g["label"]
        at = np.argwhere(under)
        assert g["voxels"] == under.sum()
        assert np.isclose(g["volume_ml"], under.sum() * abs(np.linalg.det(where[:3, :3])) / 1000, rtol=1e-12)
        assert g["box_from"] == at.min(0).tolist() and g["box_to"] == at.max(0).tolist()
        assert np.allclose(g["centroid_mm"], (to_lps @ [*at.mean(0), 1])[:3], atol=1e-9)
        values = image[under].astype(float)
        values = values[np.isfinite(values)]
        assert g["values"] == len(values)
        if not len(values):
            assert g["mean"] is None and g["min"] is None
            continue
        # rounding of sums of a few hundred numbers
        assert (g["min"], g["max"]) == (values.min(), values.max())
        assert np.isclose(g["mean"], values.mean(), rtol=1e-12) and np.isclose(g["sd"], values.std(), rtol=1e-7)
text = v.run("vollabel", "--stats", "labels.vol").decode()
assert len(text.splitlines()) == 5 and "left lung" in text, text
v.write("none.vol", np.zeros((3, 3, 3), "u1"), where)
assert json.loads(v.run("vollabel", "--stats", "--json", "none.vol")) == {"labels": []}
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
where = v.affine("axial")
v.write("zero.vol", np.zeros((6, 5, 4), "u1"), where)
v.write("half.vol", np.full((6, 5, 4), .5, "f4"), where)
v.write("minus.vol", np.full((6, 5, 4), -1, "i2"), where)
v.write("nan.vol", np.full((6, 5, 4), np.nan, "f4"), where)
v.write("rgb.vol", np.ones((6, 5, 4, 3), "u1"), where, colour=True)
v.write("list.vol", np.ones((6, 5, 4, 2), "u1"), where)
EOF
ok "an empty mask gives an empty volume" vollabel zero.vol -o out.vol
said "with a warning" "^vollabel: warning: zero.vol: the mask is empty"
is "of zeros" "$(volinfo --stats --get max out.vol)" 0
for f in half minus nan; do
	must_fail 1 "no labels: $f" vollabel --stats $f.vol
done
must_fail 1 "colour" vollabel rgb.vol
must_fail 1 "a list" vollabel list.vol
said "says what to do" "volsplit"
must_fail 1 "a table of a list" vollabel --stats list.vol
must_fail 2 "an image without --stats" vollabel -i zero.vol zero.vol
must_fail 2 "--keep with --stats" vollabel --stats --keep 1 zero.vol
must_fail 2 "an output with --stats" vollabel --stats zero.vol -o x.vol
must_fail 2 "to keep none" vollabel --keep 0 zero.vol
must_fail 2 "7 neighbours" vollabel -c 7 zero.vol
done_testing
