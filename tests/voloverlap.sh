#!/bin/sh
# voloverlap: against SciPy's distance transform; and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need_python scipy.ndimage

py "overlap and surface distances of blobs, in every type, alone and label by label" <<'EOF'
import json, numpy as np, scipy.ndimage as nd, volfile as v
where = v.affine("left-handed")
spacing = np.linalg.norm(where[:3, :3], axis=0)
ml = np.prod(spacing) / 1000
cross = nd.generate_binary_structure(3, 1)


def check(g, a, b):
    both = (a & b).sum()
    assert (g["a_voxels"], g["b_voxels"], g["both_voxels"]) == (a.sum(), b.sum(), both)
    assert np.isclose(g["a_ml"], a.sum() * ml) and np.isclose(g["b_ml"], b.sum() * ml)
    if not a.any() and not b.any():
        assert g["dice"] is None and g["jaccard"] is None
    else:
        assert np.isclose(g["dice"], 2 * both / (a.sum() + b.sum())) and np.isclose(g["jaccard"], both / (a | b).sum())
    if not a.any() or not b.any():
        assert g["hd95_mm"] is g["hausdorff_mm"] is g["mean_surface_mm"] is None
        return
    edge = [m & ~nd.binary_erosion(m, cross) for m in (a, b)]
    far = [nd.distance_transform_edt(~e, spacing) for e in edge]
    there, back = far[1][edge[0]], far[0][edge[1]]
    # distances are kept as floats
    assert np.isclose(g["hausdorff_mm"], max(there.max(), back.max()), rtol=1e-6)
    assert np.isclose(g["hd95_mm"], max(np.percentile(there, 95), np.percentile(back, 95)), rtol=1e-6)
    assert np.isclose(g["mean_surface_mm"], np.r_[there, back].mean(), rtol=1e-6)


def labels(shape, seed):
    noise = nd.gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.5)
    return np.digitize(noise / noise.std(), [0.3, 1.0]) * (noise > 0)


for i, shape in enumerate(((30, 26, 19), (70, 6, 5), (1, 12, 12), (9, 1, 1), (1, 1, 1))):
    a, b = labels(shape, i), labels(shape, i + 10)
    if shape == (30, 26, 19):
        a[a == 2] = 900   # only in one of the two
    for code in ("u2", "i4", "f4"):
        v.write("a.vol", a.astype(code), where)
        v.write("b.vol", b.astype("f8"), where)
        got = json.loads(v.run("voloverlap", "--json", "a.vol", "b.vol"))["labels"]
        assert len(got) == 1 and got[0]["label"] is None
        check(got[0], a != 0, b != 0)
        got = json.loads(v.run("voloverlap", "--json", "--each", "a.vol", "-", stdin="b.vol"))["labels"]
        assert [g["label"] for g in got] == sorted((set(a.ravel()) | set(b.ravel())) - {0})
        for g in got:
            check(g, a == g["label"], b == g["label"])
EOF

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
axial = v.affine("axial")
moved = axial.copy()
moved[2, 3] += 1
mask = np.zeros((8, 7, 6), "u1")
v.write("none.vol", mask, axial)
mask[2:5, 2:5, 2:5] = 1
v.write("a.vol", mask, axial)
v.write("moved.vol", mask, moved)
v.write("sheared.vol", mask, v.affine("sheared"))
v.write("float.vol", mask * np.float32(.5), axial)
v.write("rgb.vol", np.ones((8, 7, 6, 3), "u1"), axial, colour=True)
v.write("list.vol", np.ones((8, 7, 6, 2), "u1"), axial)
EOF
is "itself" "$(voloverlap a.vol a.vol | tail -n 1 | tr -s ' ')" "all 0.0378 0.0378 1.0000 1.0000 0.0000 0.0000 0.0000"
is "nothing at all" "$(voloverlap none.vol none.vol | tail -n 1 | tr -s ' ')" "all 0.0000 0.0000 - - - - -"
must_fail 1 "another place" voloverlap a.vol moved.vol
must_fail 1 "a sheared grid" voloverlap sheared.vol sheared.vol
must_fail 1 "half a label" voloverlap --each a.vol float.vol
must_fail 1 "colour" voloverlap rgb.vol rgb.vol
must_fail 1 "a list" voloverlap list.vol list.vol
must_fail 2 "one volume" voloverlap a.vol
must_fail 2 "both from the standard input" voloverlap - -
done_testing
