#!/bin/sh
# mnc2vol: what minc-tools wrote, against what minc-tools and nibabel read.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need rawtominc minctoraw mincconvert mincreshape
need_python numpy nibabel h5py

cat >mnc.py <<'EOF'
"""MINC files made by rawtominc."""
import pathlib
import subprocess
import numpy as np
import volfile as v

SIGN = {"u1": ("-byte", "-unsigned"), "i1": ("-byte", "-signed"), "u2": ("-short", "-unsigned"), "i2": ("-short", "-signed"),
        "u4": ("-int", "-unsigned"), "i4": ("-int", "-signed"), "f4": ("-float",), "f8": ("-double",)}

PLACE = [word for name in "xyz" for word in (f"-{name}step", "1", f"-{name}start", "0")]
FULL = ["-range", "-32768", "32767", "-real_range", "-32768", "32767"]  # a short is what it is

def make(path, data, order="zyx", version=2, more=()):
    """data is in the file's order of dimensions, slowest first; the type stays."""
    pathlib.Path(path).unlink(missing_ok=True)  # nibabel may hold it open, and HDF5 locks
    kind = SIGN[data.dtype.str[1:]]
    words = ["rawtominc", "-clobber", *kind, *("-o" + k[1:] for k in kind), *(["-2"] if version == 2 else []),
             *(["-dimorder", order] if "," in order else ["-" + order]), *PLACE, *more, path, *map(str, data.shape[:4])]
    done = subprocess.run(words + (["-vector", str(data.shape[4])] if data.ndim > 4 else []), input=data.tobytes(),
                          capture_output=True, check=False)
    assert done.returncode == 0, (done.stderr[-150:], " ".join(words))

def values(data, keys):
    """What the stored values of a stream mean."""
    if keys.get("unit") != "stored":
        return data.astype("f8")
    pairs = np.array(keys["rescale"].split(), float).reshape(-1, 2)
    if len(pairs) == 1:
        return data * pairs[0, 0] + pairs[0, 1]
    shape = (1, 1) + data.shape[2:3] + data.shape[3:4]
    return data * pairs[:, 0].reshape(shape, order="F") + pairs[:, 1].reshape(shape, order="F")

def place(order, step, start, cosine):
    """The affine of a stream: its axes are the file's, fastest first."""
    a = np.eye(4)
    for axis, name in enumerate(reversed(order)):
        a[:3, axis] = step["xyz".index(name)] * np.array(cosine["xyz".index(name)])
    a[:3, 3] = sum(s * np.array(c) for s, c in zip(start, cosine))
    return a
EOF

py "every type of both versions: the voxels, by nibabel too" <<'EOF'
import nibabel, numpy as np, volfile as v, mnc
for version in (1, 2):
    for code in v.TYPES.values():
        data = v.numbers(code, (3, 4, 5))
        more = [] if code[0] == "f" else ["-range", *map(str, (np.iinfo(code).min, np.iinfo(code).max)), "-real_range",
                                          *map(str, (np.iinfo(code).min, np.iinfo(code).max))]
        mnc.make("a.mnc", data, version=version, more=more)
        v.run("mnc2vol", "a.mnc", "-o", "a.vol")
        got, affine, keys = v.read("a.vol")
        at = f"{version} {code}"
        assert got.dtype == data.dtype and np.array_equal(got, data.transpose()), at
        assert "rescale" not in keys and "unit" not in keys, f"{at}: {keys}"
        assert np.array_equal(np.asanyarray(nibabel.load("a.mnc").get_fdata()), data), at
EOF

py "every order of dimensions, negative steps, cosines at any angle" <<'EOF'
import itertools, nibabel, numpy as np, volfile as v, mnc
turned = v.affine("oblique")[:3, :3]
turned = [list(turned[:, i] / np.linalg.norm(turned[:, i])) for i in range(3)]
skew = [turned[0], turned[1], list(np.array([0.1, 0.2, 0.9]) / np.linalg.norm([0.1, 0.2, 0.9]))]
data = v.numbers("i2", (3, 4, 5))
for version in (1, 2):
    for order, cosine, step in itertools.product(map("".join, itertools.permutations("xyz")), (np.eye(3).tolist(), turned, skew),
                                                 ((1.5, 2, 3), (-1.5, 2, -3))):
        start = (-10.25, 20, 30.5)
        more = []
        for i, name in enumerate("xyz"):
            more += [f"-{name}step", repr(step[i]), f"-{name}start", repr(start[i]), f"-{name}dircos", *map(repr, cosine[i])]
        mnc.make("a.mnc", data, order, version, more + mnc.FULL)
        v.run("mnc2vol", "a.mnc", "-o", "a.vol")
        got, affine, keys = v.read("a.vol")
        at = f"{version} {order} {step} {cosine}"
        assert np.array_equal(got, data.transpose()), at
        assert v.corner_distance(affine, mnc.place(order, step, start, cosine), got.shape) < 1e-9, at
        image = nibabel.load("a.mnc")
        swap = np.eye(4)[[2, 1, 0, 3]]
        assert v.corner_distance(image.affine @ swap, affine, got.shape) < 1e-9, at
EOF

py "scaling by slice, flat slices, valid ranges: what nibabel and minctoraw make of it" <<'EOF'
import nibabel, numpy as np, pathlib, subprocess, volfile as v, mnc
real = v.numbers("f4", (5, 3, 4))
real[2] = 7.5
for version in (1, 2):
    for out, more in ((("-obyte", "-ounsigned"), []), (("-oshort", "-osigned"), []), (("-oshort", "-osigned"), ["-orange", "-100", "1000"])):
        pathlib.Path("a.mnc").unlink(missing_ok=True)
        subprocess.run(["rawtominc", "-clobber", "-float", *out, *more, *(["-2"] if version == 2 else []), *mnc.PLACE, "-scan_range", "a.mnc",
                        "5", "3", "4"], input=real.tobytes(), check=True, capture_output=True)
        v.run("mnc2vol", "a.mnc", "-o", "a.vol")
        got, _, keys = v.read("a.vol")
        assert keys["unit"] == "stored" and len(keys["rescale"].split()) == 10, keys
        have = mnc.values(got, keys)
        want = nibabel.load("a.mnc").get_fdata().transpose()
        assert np.allclose(have, want, rtol=1e-12, atol=1e-9), (version, out, more)
        raw = subprocess.run(["minctoraw", "-double", "-normalize", "a.mnc"], capture_output=True, check=True).stdout
        assert np.allclose(np.frombuffer(raw).reshape(5, 3, 4).transpose(), have, rtol=1e-5, atol=0.02 * np.abs(real).max()), (version, out)
        assert (have[:, :, 2] == 7.5).all()
EOF

py "time at any place, its start and step; vectors; colour" <<'EOF'
import subprocess, numpy as np, volfile as v, mnc
for version in (1, 2):
    for order in ("time,zspace,yspace,xspace", "zspace,time,yspace,xspace", "zspace,yspace,time,xspace", "zspace,yspace,xspace,time"):
        data = v.numbers("i2", (2, 3, 4, 5))
        mnc.make("a.mnc", data, order, version, [*mnc.FULL, "-dattribute", "time:start=1", "-dattribute", "time:step=2.5",
                                                      "-sattribute", "time:units=s"])
        v.run("mnc2vol", "a.mnc", "-o", "a.vol")
        got, _, keys = v.read("a.vol")
        at = order.split(",").index("time")
        want = np.moveaxis(data, at, 0).transpose()
        assert np.array_equal(got, want), (version, order)
        assert keys["axis"].startswith("time s 1 3.5"), keys
    colour = v.numbers("u1", (3, 4, 5, 3))
    full1 = ["-range", "0", "255", "-real_range", "0", "255"]
    mnc.make("a.mnc", colour[np.newaxis], "time,zspace,yspace,xspace", version, full1)
    subprocess.run(["mincreshape", "-clobber", "-dimorder", "vector_dimension,time,zspace,yspace,xspace", "a.mnc", "b.mnc"],
                   check=True, capture_output=True)
    for name in ("a.mnc", "b.mnc"):
        v.run("mnc2vol", name, "-o", "a.vol")
        got, _, keys = v.read("a.vol")
        assert np.array_equal(got, colour.transpose(2, 1, 0, 3)), (version, name)
    mnc.make("a.mnc", v.numbers("i2", (3, 2, 2, 2)), "time,zspace,yspace,xspace", version,
             [*mnc.FULL, "-frame_times", "0,1,5", "-frame_widths", "1,4,2", "-sattribute", "time:units=s"])
    v.run("mnc2vol", "a.mnc", "-o", "a.vol")
    assert v.read("a.vol")[2]["axis"] == "time s 0 1 5", v.read("a.vol")[2]
    field = v.numbers("f4", (3, 2, 4, 5))
    mnc.make("a.mnc", field, "vector_dimension,zspace,yspace,xspace", version)
    v.run("mnc2vol", "a.mnc", "-o", "a.vol")
    assert np.array_equal(v.read("a.vol")[0], field.transpose())
EOF

py "a file, stdin, a pipe and gzip give the same; one slice of pieces that are compressed together" <<'EOF'
import gzip, subprocess, numpy as np, volfile as v, mnc
data = v.numbers("i2", (40, 50, 60))
for version in (1, 2):
    mnc.make("a.mnc", data, version=version, more=mnc.FULL)
    if version == 2:
        subprocess.run("mincconvert -2 -clobber -compress 4 -chunk 16 a.mnc b.mnc && mv b.mnc a.mnc", shell=True, check=True,
                       capture_output=True)
    raw = open("a.mnc", "rb").read()
    open("a.mnc.gz", "wb").write(gzip.compress(raw))
    want = v.run("mnc2vol", "a.mnc")
    assert want.endswith(data.tobytes())
    assert v.run("mnc2vol", stdin="a.mnc") == want and v.run("mnc2vol", stdin=raw) == want
    assert v.run("mnc2vol", "a.mnc.gz") == want and v.run("mnc2vol", stdin=gzip.compress(raw)) == want
EOF

py "MINC 2 labels have their names; other programs' history does not come in" <<'EOF'
import h5py, numpy as np, volfile as v, mnc
mnc.make("a.mnc", v.numbers("u1", (3, 4, 5)), more=["-range", "0", "255", "-real_range", "0", "255", "-sattribute", "patient:full_name=Doe^Jane",
                                                    "-mri"])
v.run("mnc2vol", "a.mnc", "-o", "a.vol")
text = open("a.vol", "rb").read()[:4096]
assert b"Doe" not in text and b"rawtominc" not in text and b"vol.modality:=MR" in text
keys = v.read("a.vol")[2]
assert [k for k in keys if k.startswith("history")] == ["history.1"], keys
EOF

# ---- what cannot be ----

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v, mnc
data = v.numbers("i2", (6, 7, 8))
for version in (1, 2):
    mnc.make(f"good{version}.mnc", data, version=version, more=mnc.FULL)
    mnc.make(f"freq{version}.mnc", v.numbers("i2", (2, 3, 4, 5)), "xfrequency,zspace,yspace,xspace", version, mnc.FULL)
    mnc.make(f"both{version}.mnc", v.numbers("i2", (2, 3, 4, 5, 2)), "time,zspace,yspace,xspace", version, mnc.FULL)
    raw = open(f"good{version}.mnc", "rb").read()
    open(f"byte{version}.mnc", "wb").write(raw[:-1])
    open(f"half{version}.mnc", "wb").write(raw[:len(raw) // 2])
raw = open("good1.mnc", "rb").read()
stored = data.astype(">i2").tobytes()
open("voxel1.mnc", "wb").write(raw[:raw.index(stored) + len(stored) - 1])
open("hdf.mnc", "wb").write(b"\x89HDF\r\n\x1a\n" + bytes(1000))
open("cdf.mnc", "wb").write(b"CDF\x01" + bytes(28))
EOF
for version in 1 2; do
	must_fail 1 "MINC $version: an unknown dimension is refused" mnc2vol "freq$version.mnc"
	said "by its name" 'has a dimension "xfrequency"'
	must_fail 1 "MINC $version: time and vectors are refused" mnc2vol "both$version.mnc"
	must_fail 1 "MINC $version: half a file" mnc2vol "half$version.mnc" -o cut.vol
done
must_fail 1 "MINC 2: a byte short" mnc2vol byte2.mnc -o cut.vol
must_fail 1 "MINC 1: a byte of the voxels short" mnc2vol voxel1.mnc -o cut.vol
ok "MINC 1: what follows the voxels is short" mnc2vol byte1.mnc -o short.vol
said "with a warning" "warning: byte1.mnc: is cut short after its voxels"
ok "and all voxels" sh -c 'mnc2vol good1.mnc | cmp - short.vol'
ok "nothing is left of them" test ! -e cut.vol
must_fail 1 "HDF5 that is no MINC" mnc2vol hdf.mnc
said "is named" "is HDF5, but libminc finds no MINC image"
must_fail 1 "netCDF that is no MINC" mnc2vol cdf.mnc
said "is named" 'no variable "image"'
must_fail 1 "an empty file" mnc2vol /dev/null
must_fail 1 "a NIfTI file" mnc2vol "$SRC/Makefile"
said "is no MINC" "neither netCDF nor HDF5"

py "damaged headers are an error or a volume, at once, and nothing is left in TMPDIR" <<'EOF'
import os, pathlib, subprocess, numpy as np
os.makedirs("tmp", exist_ok=True)
env = dict(os.environ, TMPDIR=str(pathlib.Path("tmp").resolve()))
for version in (1, 2):
    raw = bytearray(open(f"good{version}.mnc", "rb").read())
    rng = np.random.default_rng(version)
    for run in range(60):
        bad = bytearray(raw)
        for at in rng.integers(0, min(len(raw), 3000), 1 + run % 5):
            bad[at] = rng.choice([0, 1, 0x7f, 0x80, 0xff, rng.integers(256)])
        done = subprocess.run(["mnc2vol"], input=bytes(bad), env=env, capture_output=True, timeout=20)
        assert done.returncode in (0, 1), (run, done)
        assert done.returncode == 0 or done.stderr.startswith(b"mnc2vol: "), (run, done.stderr)
        assert not os.listdir("tmp"), (run, os.listdir("tmp"))
EOF

py "MINC 2: a length that is not there, or not that of the voxels, is not made up" <<'EOF'
import shutil, h5py, numpy as np, volfile as v
def change(what):
    shutil.copy("good2.mnc", "length.mnc")
    with h5py.File("length.mnc", "r+") as f:
        what(f["minc-2.0/dimensions/yspace"].attrs)
    return v.tool("mnc2vol", "length.mnc")
for length in (None, 0, 6, 8, 2**31 - 1):
    def what(attrs):
        del attrs["length"]
        if length is not None:
            attrs["length"] = np.int32(length)
    for _ in range(3):
        status, out, said = change(what)
        assert status == 1 and not out, (length, said)
        assert "where its dimensions end" in said or "beyond the length of yspace" in said, (length, said)
EOF

py "a file that has its voxels in another does not get them" <<'EOF'
import h5py, numpy as np, volfile as v
open("secret", "wb").write(bytes(range(60)) * 4)
with h5py.File("good2.mnc", "r") as good, h5py.File("ext.mnc", "w") as out:
    good.copy("minc-2.0", out)
    image = out["minc-2.0/image/0"]
    old = dict(image["image"].attrs)
    del image["image"]
    import pathlib
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_external(str(pathlib.Path("secret").resolve()).encode(), 0, 672)
    space = h5py.h5s.create_simple((6, 7, 8))
    h5py.h5d.create(image.id, b"image", h5py.h5t.STD_I16LE, space, plist)
    for k, value in old.items():
        image["image"].attrs[k] = value
status, out, said = v.tool("mnc2vol", "ext.mnc")
assert status == 1 and bytes(range(60)) not in out, said
EOF

py "however HDF5 stores the voxels: in a row, in pieces of any shape, deflated, shuffled, big-endian" <<'EOF'
import shutil, h5py, numpy as np, volfile as v, mnc
for code in ("u1", "i2", "i4", "f4"):
    for shape in ((7, 11, 13), (3, 7, 11, 13)):
        data = v.numbers(code, shape)
        order = "time,zspace,yspace,xspace" if len(shape) == 4 else "zyx"
        mnc.make("a.mnc", data, order=order, more=[] if code[0] == "f" else ["-range", *map(str, (np.iinfo(code).min, np.iinfo(code).max)),
                 "-real_range", *map(str, (np.iinfo(code).min, np.iinfo(code).max))])
        want = v.read_bytes(v.run("mnc2vol", "a.mnc"))
        assert np.array_equal(want[0], data.T), (code, shape)
        small, odd = (1,) * (len(shape) - 1) + (13,), (2, 3, 4, 5)[4 - len(shape):]
        for kind in ({}, {"chunks": small}, {"chunks": odd}, {"chunks": shape, "compression": 1}, {"chunks": odd, "compression": 6},
                     {"chunks": small, "compression": 2}, {"chunks": (2, 5, 8, 12)[4 - len(shape):], "compression": 1},
                     {"chunks": odd, "compression": 4, "shuffle": True}, {"chunks": odd, "compression": 4, "fletcher32": True}):
            for endian in "<>":
                shutil.copy("a.mnc", "b.mnc")
                with h5py.File("b.mnc", "r+") as f:
                    group = f["minc-2.0/image/0"]
                    old = group["image"]
                    words = {"compression": "gzip", "compression_opts": kind["compression"]} if "compression" in kind else {}
                    words.update({k: x for k, x in kind.items() if k != "compression"})
                    new = group.create_dataset("new", data=data.astype(endian + code), dtype=endian + code, **words)
                    for k in old.attrs:
                        new.attrs[k] = old.attrs[k]
                    del group["image"]
                    group.move("new", "image")
                got = v.read_bytes(v.run("mnc2vol", "b.mnc"))
                assert np.array_equal(got[0], want[0]) and np.array_equal(got[1], want[1]), (code, shape, kind, endian)
EOF

done_testing
