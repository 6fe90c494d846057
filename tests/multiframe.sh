#!/bin/sh
# Files of many frames (enhanced CT, MR and PET; Siemens mosaics): against the frames that pydicom put into them.
# shellcheck source=tests/lib.sh
. tests/lib.sh
need_python pydicom numpy

# ---- one volume ----

py "frames in any order, each with its slope, of CT, MR and PET, upright and oblique" <<'END'
import subprocess, multiframe as m
for modality in m.ENHANCED:
    for orientation in (m.AXIAL, m.OBLIQUE):
        frames = m.stack(9, orientation=orientation)
        for i, f in enumerate(frames):
            f["slope"], f["intercept"] = 0.5 + i / 7, -10.0 * i
        m.make("one.dcm", m.shuffled(frames), modality)
        subprocess.run(["dcm2vol", "one.dcm", "-o", "one.vol"], check=True)
        keys = m.check("one.vol", [frames])
        assert "axis" not in keys and keys["modality"] == modality, keys
        assert len(keys["rescale"].split()) == 18, keys["rescale"]
END

py "every plain transfer syntax gives the same bytes" <<'END'
import subprocess, multiframe as m
from pydicom import uid
frames = m.stack(5, time_index=1, type=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])
m.make("plain.dcm", m.shuffled(frames), "MR")
want = subprocess.run(["dcm2vol", "plain.dcm"], check=True, capture_output=True).stdout
open("want.vol", "wb").write(want)
m.check("want.vol", [frames])
for syntax in (uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian):
    m.rewrite("plain.dcm", "other.dcm", syntax)
    assert subprocess.run(["dcm2vol", "other.dcm"], check=True, capture_output=True).stdout == want, syntax.name
END

py "a frame of RLE is found by its fragment" <<'END'
import subprocess, pydicom, multiframe as m
ds = pydicom.dcmread("plain.dcm")
ds.compress(pydicom.uid.RLELossless, encoding_plugin="pydicom")
ds.save_as("rle.dcm")
got = subprocess.run(["dcm2vol", "rle.dcm"], check=True, capture_output=True).stdout
assert got == open("want.vol", "rb").read()
END

if have dcmcjpls && have dcmcjpeg; then
	"$PYTHON" -W ignore -c 'import multiframe as m; m.make("big.dcm", m.shuffled(m.stack(5, size=(64, 96))), "MR")'
	dcm2vol big.dcm >big.vol
	while read -r desc; do
		# shellcheck disable=SC2086  # words
		if $desc big.dcm coded.dcm >.lib/coder 2>&1; then
			ok "$desc: the same bytes" sh -c 'dcm2vol coded.dcm | cmp - big.vol'
		else
			fail "$desc" .lib/coder
		fi
	done <<-'END'
		dcmcjpls +ot
		dcmcjpls -ot
		dcmcjpls +fs 1 +ot
		dcmcjpls +fs 1 -ot
		dcmcjpeg +e1 +fs 1 -ot
		dcmcjpeg +e1 +fs 1 +ot
	END
else
	skip "JPEG and JPEG-LS in fragments" "dcmtk's coders are not installed"
fi

# ---- several volumes ----

py "points in time, frames of all shuffled, are the list axis, in seconds since the first" <<'END'
import subprocess, multiframe as m
times = ["20240229235958.500000", "20240301000000.750000", "20240301000003"]
volumes = [m.stack(4, seed=10 + t, time_index=t + 1, acquired=times[t]) for t in range(3)]
m.make("time.dcm", m.shuffled(sum(volumes, [])), "MR")
subprocess.run(["dcm2vol", "time.dcm", "-o", "time.vol"], check=True)
assert m.check("time.vol", volumes)["axis"] == "time s 0 2.25 4.5"
END

py "the same from a file for each point in time" <<'END'
import os, subprocess, multiframe as m
os.mkdir("times")
volumes = [m.stack(4, seed=10 + t, time_index=t + 1) for t in range(3)]
for t in (2, 0, 1):
    m.make(f"times/{9 - t}.dcm", m.shuffled(volumes[t], t), "MR")
subprocess.run(["dcm2vol", "times", "-o", "times.vol"], check=True)
assert m.check("times.vol", volumes)["axis"] == "time 1 1 2 3"
END

py "echoes are the list axis" <<'END'
import subprocess, multiframe as m
volumes = [m.stack(4, seed=20 + e, echo=echo, time_index=1) for e, echo in enumerate((4.92, 7.38))]
m.make("echo.dcm", m.shuffled(sum(volumes, [])), "MR")
subprocess.run(["dcm2vol", "echo.dcm", "-o", "echo.vol"], check=True)
assert m.check("echo.vol", volumes)["axis"] == "echo ms 4.92 7.38"
END

py "diffusion: b-values on the list axis, directions in NRRD's keys" <<'END'
import subprocess, numpy as np, multiframe as m
weights = [(0, (0, 0, 0)), (250, (1, 0, 0)), (1000, (0, 0.6, 0.8)), (0, (0, 0, 0))]
volumes = [m.stack(4, seed=30 + t, time_index=t + 1, b=b, **({"gradient": g} if b else {})) for t, (b, g) in enumerate(weights)]
m.make("dwi.dcm", m.shuffled(sum(volumes, [])), "MR")
subprocess.run(["dcm2vol", "dwi.dcm", "-o", "dwi.vol"], check=True)
keys = m.check("dwi.vol", volumes)
assert keys["axis"] == "bvalue s/mm2 0 250 1000 0", keys["axis"]
assert keys["DWMRI_b-value"] == "1000"
for i, (b, g) in enumerate(weights):
    got = np.array(keys["DWMRI_gradient_%04d" % i].split(), float)
    assert np.allclose(got, np.array(g) * np.sqrt(b / 1000)), (i, got)
END

py "the same of files of single images: times, echoes, diffusion" <<'END'
import os, subprocess, multiframe as m
lists = {
    "t": ([dict(time_index=t + 1, acquired="20240301%06d" % (20 + 3 * t)) for t in range(3)], "time s 0 3 6"),
    "e": ([dict(echo=e, time_index=1) for e in (4.92, 7.38)], "echo ms 4.92 7.38"),
    # without a time in the order of the gradients
    "b": ([dict(b=0), dict(b=700, gradient=(0, 0, 1)), dict(b=700, gradient=(0, 1, 0))], "bvalue s/mm2 0 700 700"),
}
for name, (facts, axis) in lists.items():
    volumes = [m.stack(4, seed=70 + i, **fact) for i, fact in enumerate(facts)]
    os.mkdir("single-" + name)
    m.singles("single-" + name, m.shuffled(sum(volumes, [])))
    subprocess.run(["dcm2vol", "single-" + name, "-o", "single.vol"], check=True)
    assert m.check("single.vol", volumes)["axis"] == axis, name
os.unlink("single-t/0005.dcm")
END
refuses missing-slice "single images, of which one is missing" '3 points in time.* 3 images, another 4' single-t

py "two kinds of images are two series" <<'END'
import subprocess, multiframe as m
kinds = [m.stack(4, seed=40, type=["ORIGINAL", "PRIMARY", "T1", "M"]),
         m.stack(4, seed=41, type=["ORIGINAL", "PRIMARY", "T1", "FIELD_MAP"], part="REAL")]
kinds[1] = [dict(f, slope=0.25, intercept=-500.0) for f in kinds[1]]
m.make("kinds.dcm", m.shuffled(sum(kinds, [])), "MR")
for selector, frames in (("7.1", kinds[1]), ("7.2", kinds[0])):
    subprocess.run(["dcm2vol", "-S", selector, "kinds.dcm", "-o", "kind.vol"], check=True)
    m.check("kind.vol", [frames])
END
refuses several-series "a file of two kinds" '7.1: 4 slices .*FIELD_MAP' kinds.dcm
refuses several-series "their one UID" '7.1: 4 slices .*FIELD_MAP' -S 1.2.3.4.5 kinds.dcm

like "dcmls names both" "$(dcmls --tsv kinds.dcm)" '^7\.1	MR	4	.*FIELD_MAP REAL$'
py "dcmls counts slices and volumes" <<'END'
import json, subprocess
said = json.loads(subprocess.run(["dcmls", "--json", "kinds.dcm", "time.dcm"], check=True, capture_output=True).stdout)["series"]
assert [(s["slices"], s["volumes"], s["kind"]) for s in said if "T1" in str(s["kind"])] == [
    (4, 1, "ORIGINAL\\PRIMARY\\T1\\FIELD_MAP REAL"), (4, 1, "ORIGINAL\\PRIMARY\\T1\\M MAGNITUDE")], said
said = json.loads(subprocess.run(["dcmls", "--json", "time.dcm"], check=True, capture_output=True).stdout)["series"]
assert [(s["slices"], s["volumes"], s["kind"], s["regular"]) for s in said] == [(12, 3, None, True)], said
END

py "two stacks are two series" <<'END'
import subprocess, multiframe as m
stacks = [m.stack(4, seed=50, stack="1"), m.stack(5, seed=51, stack="2", orientation=m.OBLIQUE)]
m.make("stacks.dcm", m.shuffled(sum(stacks, [])), "MR")
for selector, frames in (("7.1", stacks[0]), ("7.2", stacks[1])):
    subprocess.run(["dcm2vol", "-S", selector, "stacks.dcm", "-o", "stack.vol"], check=True)
    m.check("stack.vol", [frames])
END

# ---- what is refused ----

"$PYTHON" -W ignore - <<'END' || exit 1
import pydicom, multiframe as m
both = [m.stack(3, seed=e * 2 + t, echo=e + 1, time_index=t + 1) for e in range(2) for t in range(2)]
m.make("both.dcm", sum(both, []), "MR")
volumes = [m.stack(4, seed=t, time_index=t + 1) for t in range(3)]
m.make("hole.dcm", sum(volumes, [])[:-1], "MR")
moved = m.stack(4, seed=9, time_index=2, origin=(-19.0, -30, 40))
m.make("moved.dcm", volumes[0] + moved, "MR")
m.make("alike.dcm", m.stack(3) + m.stack(3, seed=2), "CT")
frames = m.stack(6)
ds = m.make("kernels.dcm", m.stack(3) + m.stack(3, seed=2), "CT")
for i, group in enumerate(ds.PerFrameFunctionalGroupsSequence):
    group.CTReconstructionSequence = m.item(ConvolutionKernel="B60f" if i < 3 else "B30f")
pydicom.dcmwrite("kernels.dcm", ds, write_like_original=False)
m.make("missing.dcm", frames[:2] + frames[3:], "CT")
nowhere = [dict(f) for f in frames]
nowhere[3]["position"] = None
m.make("nowhere.dcm", nowhere, "CT")
m.make("count.dcm", frames, "CT", NumberOfFrames=5)
m.make("without.dcm", frames, "CT")
ds = pydicom.dcmread("without.dcm")
del ds.PerFrameFunctionalGroupsSequence
ds.save_as("without.dcm")
slope = [dict(f) for f in frames]
slope[2]["slope"] = 0.0
m.make("slope.dcm", slope, "CT")
m.make("whole.dcm", frames, "CT")
whole = open("whole.dcm", "rb").read()
open("cut.dcm", "wb").write(whole[:-200])
END
refuses several-series "echoes at several times" '7.1: 6 slices echo 1 ms; 7.2: 6 slices echo 2 ms' both.dcm
refuses missing-slice "a point in time that lacks a slice" '3 points in time' hole.dcm
refuses several-series "volumes beside each other" '7.1: 4 slices time 1; 7.2: 4 slices time 2' moved.dcm
refuses duplicate-position "frames that nothing tells apart" '2 images at each of 3 positions' alike.dcm
refuses several-series "two kernels" 'ConvolutionKernel B30f; .* ConvolutionKernel B60f' kernels.dcm
refuses missing-slice "a missing frame" '1 slice missing' missing.dcm
refuses no-position "a frame without position" 'frame 4 has no ImagePositionPatient' nowhere.dcm
refuses unsupported "a wrong number of frames" "NumberOfFrames .* is '5'.* of 6" count.dcm
refuses unsupported "no functional groups" 'PerFrameFunctionalGroupsSequence' without.dcm
refuses unsupported "a slope of zero" "frame 3: RescaleSlope .* is '0" slope.dcm
refuses truncated "a cut file" 'pixels' cut.dcm

py "what lies mixed in a file is chosen by its selector" <<'END'
import subprocess, multiframe as m
for e in range(2):
    subprocess.run(["dcm2vol", "both.dcm", "--series", f"7.{e + 1}", "-o", "echo.vol"], check=True)
    assert m.check("echo.vol", [m.stack(3, seed=e * 2 + t, echo=e + 1, time_index=t + 1) for t in range(2)])["axis"] == "time 1 1 2"
    subprocess.run(["dcm2vol", "kernels.dcm", "--series", f"7.{2 - e}", "-o", "kernel.vol"], check=True)
    m.check("kernel.vol", [m.stack(3, seed=1 + e)])
for t in range(4):
    subprocess.run(["dcm2vol", "both.dcm", "--split", "--series", f"7.{t + 1}", "-o", "one.vol"], check=True)
    m.check("one.vol", [m.stack(3, seed=t, echo=t // 2 + 1, time_index=t % 2 + 1)])
END

# ---- Siemens mosaics ----

py "mosaics of both versions of the header, slices up and down, full and not" <<'END'
import subprocess, multiframe as m
for version in (1, 2):
    for sign in (1, -1):
        for n in (1, 9, 7):
            for orientation in (m.AXIAL, m.OBLIQUE):
                frames = m.stack(n, step=sign * 2.5, orientation=orientation)
                frames = [dict(f, intercept=0.0) for f in frames]
                m.mosaic("mosaic.dcm", frames, sign, version)
                subprocess.run(["dcm2vol", "-q", "mosaic.dcm", "-o", "mosaic.vol"], check=True)
                subprocess.run("volinfo mosaic.vol >/dev/null", shell=True, check=True)
                import volfile
                data, affine, keys = volfile.read("mosaic.vol")
                lps = volfile.LPS_FROM_RAS @ affine
                import numpy as np
                for f in frames:
                    at = np.linalg.inv(lps) @ (*f["position"], 1)
                    z = int(round(at[2]))
                    assert np.abs(at - (0, 0, z, 1)).max() < 1e-4, (version, sign, n, at)
                    assert np.array_equal(data[:, :, z].T, f["pixels"])
END

py "a series of mosaics is a list in time, also in RLE, implicit VR and big-endian" <<'END'
import os, subprocess, numpy as np, pydicom, multiframe as m, volfile
from pydicom import uid
os.mkdir("mosaics")
volumes = [m.stack(6, seed=60 + t) for t in range(3)]
for t in range(3):
    m.mosaic(f"mosaics/{9 - t}.dcm", volumes[t], InstanceNumber=t + 1, AcquisitionNumber=t + 1, AcquisitionDate="20240101",
             AcquisitionTime="0000%02d.25" % (2 * t))
subprocess.run(["dcm2vol", "mosaics", "-o", "mosaics.vol"], check=True)
data, affine, keys = volfile.read("mosaics.vol")
assert keys["axis"] == "time s 0 2 4", keys["axis"]
for t in range(3):
    assert np.array_equal(data[..., t], np.stack([f["pixels"].T for f in volumes[t]], 2))
want = open("mosaics.vol", "rb").read()
for syntax in (uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.RLELossless):
    os.makedirs("coded", exist_ok=True)
    for t in range(3):
        if syntax == uid.RLELossless:
            ds = pydicom.dcmread(f"mosaics/{9 - t}.dcm")
            ds.compress(syntax, encoding_plugin="pydicom")
            ds.SOPInstanceUID = pydicom.dcmread(f"mosaics/{9 - t}.dcm").SOPInstanceUID
            ds.save_as(f"coded/{t}.dcm")
        else:
            m.rewrite(f"mosaics/{9 - t}.dcm", f"coded/{t}.dcm", syntax)
    subprocess.run(["dcm2vol", "coded", "-o", "coded.vol"], check=True)
    got = volfile.read("coded.vol")
    assert np.array_equal(got[0], data) and np.array_equal(got[1], affine), syntax.name
END

if "$PYTHON" -W ignore -c 'import nibabel.nicom.dicomwrappers' 2>/dev/null; then
	py "nibabel puts the slices of a mosaic in the same place" <<-'END'
		import numpy as np, nibabel.nicom.dicomwrappers as w, subprocess, multiframe as m, volfile
		frames = m.stack(7, orientation=m.OBLIQUE)
		m.mosaic("nib.dcm", frames)
		subprocess.run(["dcm2vol", "nib.dcm", "-o", "nib.vol"], check=True)
		data, affine, keys = volfile.read("nib.vol")
		theirs = w.wrapper_from_file("nib.dcm")
		index = np.linalg.inv(volfile.LPS_FROM_RAS @ affine) @ theirs.affine
		rows, columns, n = theirs.get_data().shape
		for k in range(n):
		    x, y, z, _ = np.rint(index @ (0, 0, k, 1)).astype(int)
		    assert np.abs(index @ (0, 0, k, 1) - (x, y, z, 1)).max() < 1e-3
		    assert np.array_equal(theirs.get_data()[:, :, k], data[:, :, z].T)
	END
else
	skip "nibabel puts the slices of a mosaic in the same place" "nibabel is not installed"
fi

"$PYTHON" -W ignore - <<'END' || exit 1
import pydicom, multiframe as m
frames = m.stack(6)
m.mosaic("csa.dcm", frames)
ds = pydicom.dcmread("csa.dcm")
ds[0x0029, 0x1010].value = ds[0x0029, 0x1010].value[:300]
ds.save_as("csa.dcm")
m.mosaic("nocsa.dcm", frames)
ds = pydicom.dcmread("nocsa.dcm")
del ds[0x0029, 0x1010]
ds.save_as("nocsa.dcm")
m.mosaic("normal.dcm", frames, csa_values=[("NumberOfImagesInMosaic", ["6"]), ("SliceNormalVector", ["0", "1", "0"])])
m.mosaic("many.dcm", frames, csa_values=[("NumberOfImagesInMosaic", ["26"]), ("SliceNormalVector", ["0", "0", "1"])])
END
refuses unsupported "a damaged CSA header" 'mosaic' csa.dcm
refuses unsupported "no CSA header" 'mosaic' nocsa.dcm
refuses unsupported "a normal that is none" 'SliceNormalVector' normal.dcm
refuses unsupported "more slices than the image has room for" '26 images' many.dcm

ok "nothing of the person" sh -c '! cat ./*.vol | grep -aq -e Nobody -e secret'

done_testing
