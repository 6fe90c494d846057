#!/bin/sh
# vol2mnc: what nibabel and minc-tools find in its files, and what comes back.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need mincinfo minctoraw mincconvert mincmath minc_modify_header mnc2nii
need_python numpy nibabel h5py

cat >mnc.py <<'EOF'
"""Files of vol2mnc as others read them."""
import subprocess
import numpy as np

def said(*words):
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout

def raw(path, *how):
    return np.frombuffer(said("minctoraw", "-double", *how, path))
EOF

py "every type and orientation, plain and compressed, is what nibabel and minctoraw read; it comes back as it was" <<'EOF'
import nibabel, numpy as np, volfile as v, mnc
kinds = ("plain", "axial", "coronal", "oblique", "sheared", "left-handed", "nearly-axial")
for name in v.TYPES:
    for kind in kinds:
        data, affine = v.numbers(v.TYPES[name], (13, 7, 5)), v.affine(kind)
        v.write("a.vol", data, affine)
        for more in ([], ["-z", "1"], ["-z", "6"]):
            v.run("vol2mnc", "a.vol", "-o", "a.mnc", *more)
            at = f"{name} {kind} {more}"
            image = nibabel.load("a.mnc")
            assert np.array_equal(image.get_fdata(), data.transpose()), at
            assert image.get_data_dtype() == data.dtype, at
            off = v.corner_distance(image.affine @ np.eye(4)[[2, 1, 0, 3]], affine, data.shape)
            assert off < 1e-9, f"{at}: {off} mm"
            assert np.array_equal(mnc.raw("a.mnc", "-nonormalize").reshape(5, 7, 13).transpose(), data), at
            v.run("mnc2vol", "a.mnc", "-o", "b.vol")
            got, back, keys = v.read("b.vol")
            assert np.array_equal(got, data) and got.dtype == data.dtype and np.array_equal(back, affine), at
EOF

py "without what was kept, the place is as good: mincconvert, mnc2nii" <<'EOF'
import nibabel, numpy as np, os, volfile as v, mnc
for kind in ("plain", "axial", "coronal", "oblique", "sheared", "left-handed", "nearly-axial"):
    data, affine = v.numbers("i2", (13, 7, 5)), v.affine(kind)
    v.write("a.vol", data, affine)
    v.run("vol2mnc", "a.vol", "-z", "4", "-o", "a.mnc")
    mnc.said("mincconvert", "-clobber", "-2", "a.mnc", "c2.mnc")
    mnc.said("mincconvert", "-clobber", "a.mnc", "c1.mnc")
    for name in ("c1.mnc", "c2.mnc"):
        v.run("mnc2vol", name, "-o", "b.vol")
        got, back, keys = v.read("b.vol")
        assert np.array_equal(got, data), (kind, name)
        assert v.corner_distance(back, affine, data.shape) < 1e-9, (kind, name)
        assert "rescale" not in keys, keys
    if kind == "sheared":
        continue  # mnc2nii's qform cannot
    mnc.said("mnc2nii", "-nii", "-short", "a.mnc", "a.nii")
    image = nibabel.load("a.nii")
    index = np.array([12, 6, 4, 1])
    ours = affine @ index
    # mnc2nii orders its axes as it likes: look for the voxel's value
    at = np.argwhere(np.asanyarray(image.dataobj) == data[12, 6, 4])
    assert min(np.linalg.norm(image.affine @ [*i, 1] - ours) for i in at) < 1e-3, kind
    os.unlink("a.nii")
EOF

py "rescale, for all and by slice, in 3-D and 4-D, and back to the digit" <<'EOF'
import nibabel, numpy as np, volfile as v, mnc
for code in ("u1", "i1", "u2", "i2", "u4", "i4"):
    for shape in ((4, 3, 5), (4, 3, 5, 2)):
        slices = 5 * (shape[3] if len(shape) > 3 else 1)
        for n in (1, slices):
            data = v.numbers(code, shape)
            pairs = [(0.1 + i, 3.3 * i - 7) for i in range(n)]
            keys = {"unit": "stored", "rescale": " ".join(f"{s!r} {i!r}" for s, i in pairs)}
            v.write("a.vol", data, keys=keys)
            for more in ([], ["-z", "2"]):
                v.run("vol2mnc", "a.vol", "-o", "a.mnc", *more)
                s, i = (np.array([p[k] for p in pairs]) for k in (0, 1))
                if n > 1:
                    s, i = (x.reshape((1, 1) + shape[2:], order="F") for x in (s, i))
                want = data * s + i
                got = nibabel.load("a.mnc").get_fdata()
                size = np.abs(want).max() * 1e-12
                assert np.allclose(got, want.transpose(), rtol=1e-9, atol=size), (code, shape, n)
                v.run("mnc2vol", "a.mnc", "-o", "b.vol")
                back, _, now = v.read("b.vol")
                assert np.array_equal(back, data) and now["unit"] == "stored" and now["rescale"] == keys["rescale"], (code, shape, n)
                mnc.said("mincconvert", "-clobber", "a.mnc", "c1.mnc")
                v.run("mnc2vol", "c1.mnc", "-o", "b.vol")
                back, _, now = v.read("b.vol")
                pairs_now = np.array(now["rescale"].split(), float).reshape(-1, 2)
                assert np.array_equal(back, data) and np.allclose(pairs_now, pairs, rtol=1e-6), (code, shape, n)
EOF

py "times, even or not; colour" <<'EOF'
import nibabel, numpy as np, volfile as v, mnc
data = v.numbers("i2", (5, 4, 3, 4))
for axis, start, step in (("time s 1 3.5 6 8.5", "1", "2.5"), ("time ms 0 20 40 60", "0", "20"), ("time s 0 1 5 7", None, None)):
    v.write("a.vol", data, keys={"axis": axis})
    v.run("vol2mnc", "a.vol", "-o", "a.mnc")
    assert np.array_equal(mnc.raw("a.mnc", "-nonormalize").reshape(data.shape[::-1]).transpose(), data)
    if start is not None:
        assert mnc.said("mincinfo", "-attvalue", "time:start", "a.mnc").split() == [start.encode()]
        assert mnc.said("mincinfo", "-attvalue", "time:step", "a.mnc").split() == [step.encode()]
        assert np.array_equal(nibabel.load("a.mnc").get_fdata(), data.transpose())
    mnc.said("minc_modify_header", "-sinsert", ":history=changed", "a.mnc")  # so that nothing that was kept is believed
    v.run("mnc2vol", "a.mnc", "-o", "b.vol")
    assert v.read("b.vol")[2]["axis"] == axis, v.read("b.vol")[2]
for channels in (3, 4):
    for shape in ((5, 4, 3), (5, 4, 3, 2)):
        data = v.numbers("u1", shape + (channels,))
        v.write("a.vol", data, colour=True)
        for more in ([], ["-z", "3"]):
            v.run("vol2mnc", "a.vol", "-o", "a.mnc", *more)
            want = np.moveaxis(data, -1, 0).transpose()
            assert np.array_equal(mnc.raw("a.mnc", "-nonormalize").reshape(want.shape), want), shape
            v.run("mnc2vol", "a.mnc", "-o", "b.vol")
            assert np.array_equal(v.read("b.vol")[0], data), shape
EOF

py "keys come back, until another program changed the file" <<'EOF'
import numpy as np, volfile as v, mnc
data = v.numbers("i2", (5, 4, 3))
keys = {"unit": "HU", "modality": "CT", "window": "40 400", "dicom.KVP": "120", "history.1": "dcm2vol 0.1 --x", "labels": "1 lung\\n2 l\u00e4rm",
        "padding": "-2000", **{f"dicom.Long{i}": "x" * 9000 for i in range(20)}}
v.write("a.vol", data, v.affine("oblique"), keys)
for more in ([], ["-z", "9"]):
    v.run("vol2mnc", "a.vol", "-o", "a.mnc", *more)
    v.run("mnc2vol", "a.mnc", "-o", "b.vol")
    got, affine, back = v.read("b.vol")
    for name in keys:
        assert back[name] == (keys[name] if name != "labels" else back[name]), name
    assert np.array_equal(affine, v.affine("oblique")) and "lung" in back["labels"] and "l\u00e4rm" in back["labels"], back["labels"]
    text = mnc.said("mincinfo", "-attvalue", ":history", "a.mnc")
    assert text.strip() == b"dcm2vol 0.1 --x", text
    assert mnc.said("mincinfo", "-attvalue", "study:modality", "a.mnc").strip() == b"CT___"
    mnc.said("mincmath", "-clobber", "-add", "-const", "5", "a.mnc", "m.mnc")
    v.run("mnc2vol", "m.mnc", "-o", "b.vol")
    back = v.read("b.vol")[2]
    assert "window" not in back and "padding" not in back and back.get("unit") != "HU", back
EOF

py "the same bytes every time, on any number of threads, to a file, a pipe and through one; no names, no clock" <<'EOF'
import getpass, socket, time, numpy as np, volfile as v
for shape in ((200, 150, 40), (1100, 1000, 3), (3, 2, 9000), (1, 1, 1), (64, 64, 30, 5)):
    data = (np.arange(np.prod(shape)) % 1000).astype("i2").reshape(shape, order="F")
    v.write("a.vol", data)
    for more in ([], ["-z", "1"], ["-z", "5"]):
        files = [v.run("vol2mnc", "a.vol", "--threads", str(n), *more) for n in (1, 2, 5)]
        v.run("vol2mnc", "a.vol", "-o", "a.mnc", *more)
        files += [v.run("vol2mnc", *more, stdin="a.vol"), v.run("vol2mnc", *more, stdin=open("a.vol", "rb").read()),
                  open("a.mnc", "rb").read()]
        assert all(f == files[0] for f in files), (shape, more)
        assert socket.gethostname().encode() + b":" not in files[0] and getpass.getuser().encode() + b":" not in files[0]
        v.run("mnc2vol", "a.mnc", "-o", "b.vol")
        assert np.array_equal(v.read("b.vol")[0], data), (shape, more)
        import h5py
        with h5py.File("a.mnc") as f:
            assert np.array_equal(f["minc-2.0/image/0/image"][...], data.transpose()), (shape, more)
EOF

py "floats: what occurs is the range, and values that are no numbers pass" <<'EOF'
import nibabel, numpy as np, volfile as v, mnc
data = v.numbers("f4", (5, 4, 3))
data[0, 0, 0], data[1, 0, 0] = np.nan, np.inf
v.write("a.vol", data)
for more in ([], ["-z", "2"]):
    v.run("vol2mnc", "a.vol", "-o", "a.mnc", *more)
    assert np.array_equal(nibabel.load("a.mnc").get_fdata(), data.transpose(), equal_nan=True)
    real = data[np.isfinite(data)]
    got = np.array(mnc.said("mincinfo", "-attvalue", "image:valid_range", "a.mnc").split(), float)
    assert np.allclose(got, [real.min(), real.max()]), got
EOF

# ---- what cannot be ----

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
data = v.numbers("i2", (4, 3, 2))
v.write("ct.vol", data, v.affine("axial"))
v.write("down.vol", data, keys={"unit": "stored", "rescale": "-1 0"})
v.write("flat.vol", data, keys={"unit": "stored", "rescale": "1e-30 1e30"})
v.write("float.vol", data.astype("f4"), keys={"unit": "stored", "rescale": "2 0"})
v.write("echo.vol", v.numbers("i2", (4, 3, 2, 2)), keys={"axis": "echo ms 4.9 7.4"})
EOF
must_fail 1 "a slope below 0 is refused" vol2mnc down.vol
said "with the way out" "run volhu first"
must_fail 1 "a slope that gets lost is refused" vol2mnc flat.vol
must_fail 1 "a rescale of floats is refused" vol2mnc float.vol
ok "other values along the list" vol2mnc echo.vol -o echo.mnc
said "get a warning" "no place for the values along the list axis .echo."
is "and come back" "$(mnc2vol echo.mnc | volinfo --get axis)" "echo ms 4.9 7.4"
must_fail 2 "a name that ends in .gz" vol2mnc ct.vol -o ct.mnc.gz
must_fail 2 "--best with a level" vol2mnc ct.vol -z 2 --best -o ct.mnc
head -c 4100 ct.vol >short.vol
for more in "" "-z2"; do
	# shellcheck disable=SC2086
	must_fail 1 "a stream that is cut short $more" sh -c "head -c \$((\$(wc -c <ct.vol) - 1)) ct.vol | vol2mnc $more -o cut.mnc"
	ls -A >left
	is "leaves nothing $more" "$(grep -c cut left)" 0
done
echo old >old.mnc
must_fail 1 "--no-clobber keeps what is there" vol2mnc ct.vol --no-clobber -o old.mnc
is "as it was" "$(cat old.mnc)" old
if [ -w /dev/full ]; then
	must_fail 1 "a full disk is an error" sh -c 'vol2mnc ct.vol >/dev/full'
	must_fail 1 "a full disk is an error, compressed" sh -c 'vol2mnc -z 2 ct.vol >/dev/full'
fi

py "memory stays small" <<'EOF'
import volfile as v
head = v.zeros_header("head", 200)
for more in ([], ["-z", "1", "--threads", "2"]):
    peak = v.peak_mib(["vol2mnc", *more, "-o", "big.mnc"], head, 200)
    assert peak < 32, (more, peak)
EOF

py "--verify: one line for every type" <<'EOF'
import numpy as np, volfile as v
for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"):
    v.write("v.vol", v.numbers(kind, (9, 8, 7)), v.affine("oblique"), {"unit": "stored", "rescale": "2 -1024"} if kind[0] != "f" else {})
    for more in ([], ["-z", "2"]):
        status, _, said = v.tool("vol2mnc", *more, "--verify", "v.vol", "-o", "v.mnc")
        assert status == 0 and "504 voxels are the same, the grid is" in said, (kind, said)
EOF
must_fail 2 "--verify of a pipe" vol2mnc --verify v.vol

done_testing
