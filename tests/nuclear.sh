#!/bin/sh
# Nuclear Medicine, RT Dose, 3-D X-ray: against the frames that pydicom put into them; and pictures of many frames that are no
# slices.
# shellcheck source=tests/lib.sh
. tests/lib.sh
need_python pydicom numpy

# ---- Nuclear Medicine ----

py "RECON TOMO: slices by their vector, in any order, behind and before the first, upright and oblique" <<'END'
import multiframe as m, nuclear as n
for step in (4.0, -3.5):
    for orientation in (m.AXIAL, m.OBLIQUE, (1, 0, 0, 0, 0, -1)):
        frames = n.stack(7, step, orientation=orientation)
        n.nuclear("nm.dcm", m.shuffled(frames), step=step)
        keys = n.check("nm.dcm", [frames])
        assert keys["modality"] == "NM" and "axis" not in keys, keys
END

py "RECON GATED TOMO: time slots are the list axis" <<'END'
import multiframe as m, nuclear as n
volumes = [n.stack(5, seed=10 + t, slot=t + 1) for t in range(4)]
n.nuclear("gated.dcm", m.shuffled(sum(volumes, [])), "RECON GATED TOMO")
keys = n.check("gated.dcm", volumes)
assert keys["axis"] == "time 1 1 2 3 4", keys
END

py "energy windows and detectors are series of their own, each where its detector says" <<'END'
import multiframe as m, nuclear as n
windows = [n.stack(4, seed=20 + e, energy=e + 1, detector=1) for e in range(2)]
n.nuclear("energy.dcm", m.shuffled(sum(windows, [])))
for e in range(2):
    n.check("energy.dcm", [windows[e]], "-S", f"7.{e + 1}")
places = [((-20.0, -30.0, 40.0), m.AXIAL), ((5.0, 6.0, 7.0), m.OBLIQUE)]
heads = [n.stack(4, seed=30 + d, detector=d + 1, origin=p, orientation=o) for d, (p, o) in enumerate(places)]
n.nuclear("heads.dcm", m.shuffled(sum(heads, [])), detectors=places)
for d in range(2):
    n.check("heads.dcm", [heads[d]], "-S", f"7.{d + 1}")
END
refuses several-series "two energy windows, none chosen" 'energy window 1.*energy window 2' energy.dcm

py "every transfer syntax: the same bytes" <<'END'
import subprocess, pydicom, multiframe as m, nuclear as n
from pydicom import uid
n.nuclear("plain.dcm", m.shuffled(n.stack(5, slot=1)))
want = subprocess.run(["dcm2vol", "plain.dcm"], check=True, capture_output=True).stdout
for syntax in (uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian):
    m.rewrite("plain.dcm", "other.dcm", syntax)
    assert subprocess.run(["dcm2vol", "other.dcm"], check=True, capture_output=True).stdout == want, syntax.name
ds = pydicom.dcmread("plain.dcm")
ds.compress(uid.RLELossless, encoding_plugin="pydicom")
ds.save_as("other.dcm")
assert subprocess.run(["dcm2vol", "other.dcm"], check=True, capture_output=True).stdout == want
END

"$PYTHON" -W ignore - <<'END' || exit 1
import multiframe as m, nuclear as n
frames = n.stack(5)
for kind in ("STATIC", "DYNAMIC", "GATED", "WHOLE BODY", "TOMO", "GATED TOMO"):
    n.nuclear(kind.replace(" ", "-") + ".dcm", frames, kind)
n.nuclear("vector.dcm", frames, SliceVector=None, FrameIncrementPointer=None)
n.nuclear("short.dcm", frames, SliceVector=[1, 2, 3, 4])
n.nuclear("step.dcm", frames, SpacingBetweenSlices=None)
n.nuclear("nowhere.dcm", frames, DetectorInformationSequence=None)
n.nuclear("pointer.dcm", frames, FrameIncrementPointer=[0x00540080, 0x00181065])
n.nuclear("hole.dcm", frames[:2] + frames[3:])
n.nuclear("twice.dcm", frames + n.stack(5, seed=2))
n.nuclear("count.dcm", frames, NumberOfFrames=6)
n.nuclear("letters.dcm", frames, NumberOfFrames=5)
data = open("letters.dcm", "rb").read()
assert data.count(b"IS\2\x005 ") == 1
open("letters.dcm", "wb").write(data.replace(b"IS\2\x005 ", b"IS\2\x005A"))
n.nuclear("place.dcm", frames)
data = open("place.dcm", "rb").read()
assert data.count(b"-20.0") == 1
open("place.dcm", "wb").write(data.replace(b"-20.0", b"-2O.0"))
END
for kind in STATIC DYNAMIC GATED WHOLE-BODY TOMO GATED-TOMO; do
	refuses unsupported "$kind" "$(echo $kind | tr - ' ').*no reconstructed slices" $kind.dcm
done
refuses unsupported "no slice vector" 'without SliceVector' vector.dcm
refuses unsupported "too few slices in the vector" 'SliceVector .* has 4 values, of 5' short.dcm
refuses unsupported "no distance of slices" "SpacingBetweenSlices .* is ''" step.dcm
refuses no-position "no detector" 'no ImagePositionPatient' nowhere.dcm
refuses unsupported "frames counted by something else" 'FrameIncrementPointer .*0018,1065' pointer.dcm
refuses missing-slice "a slice that is not there" '1 slice missing' hole.dcm
refuses duplicate-position "two volumes that nothing tells apart" '2 images at each of 5' twice.dcm
refuses unsupported "a number of frames that is none" "NumberOfFrames .* is '5A'" letters.dcm
refuses unsupported "another number of frames" 'has 5 values, of 6' count.dcm
refuses unsupported "a position that is no number" 'ImagePositionPatient' place.dcm

# ---- RT Dose ----

py "dose in Gy: 32 and 16 bits, relative and absolute offsets, downwards, any orientation, differences below zero" <<'END'
import subprocess, numpy as np, multiframe as m, nuclear as n, volfile
cases = [(m.AXIAL, 3.0, "relative"), (m.AXIAL, -3.0, "relative"), (m.AXIAL, 3.0, "absolute"), (m.AXIAL, -3.0, "absolute"),
         ((-1, 0, 0, 0, -1, 0), 3.0, "relative"), ((1, 0, 0, 0, -1, 0), 3.0, "relative"), (m.OBLIQUE, 3.0, "relative")]
for orientation, step, way in cases:
    for bits, signed in ((32, False), (16, False), (32, True)):
        frames = m.stack(6, step=step, orientation=orientation)
        for f in frames:
            f["pixels"] = f["pixels"].astype("i8") * (100003 if bits == 32 else 1) - (70000000 if signed else 0)
            f["slope"], f["intercept"] = 1.25e-4, 0.0
        offsets = [i * step + (frames[0]["position"][2] if way == "absolute" else 0) for i in range(6)]
        n.dose("dose.dcm", frames, offsets, bits, signed=signed)
        subprocess.run(["dcm2vol", "dose.dcm", "-o", "got.vol"], check=True)
        keys = m.check("got.vol", [frames])
        assert keys["rescale.unit"] == "Gy" and keys["modality"] == "RTDOSE" and keys["dicom.DoseType"] == "PHYSICAL", keys
        subprocess.run("dcm2vol dose.dcm | volhu -o gy.vol", shell=True, check=True)
        data, _, keys = volfile.read("gy.vol")
        assert keys["unit"] == "Gy", keys
        want = np.stack([f["pixels"] for f in sorted(frames, key=lambda f: np.dot(f["position"], m.normal_of(orientation)))], -1)
        assert np.allclose(data, want.swapaxes(0, 1) * 1.25e-4, rtol=1e-6), (orientation, step, way, bits)
END

if have plastimatch && "$PYTHON" -c 'import nibabel' 2>/dev/null; then
	py "dose as plastimatch has it" <<'END'
import os, subprocess, nibabel, numpy as np, multiframe as m, nuclear as n
frames = m.stack(6, step=3.0)
for f in frames:
    f["pixels"] = f["pixels"].astype("i8") * 1009
os.makedirs("one", exist_ok=True)
n.dose("one/dose.dcm", frames, [3.0 * i for i in range(6)])
subprocess.run(["plastimatch", "convert", "--input", "one/dose.dcm", "--output-dose-img", "peer.nii"], check=True, capture_output=True)
subprocess.run("dcm2vol one | volhu | vol2nii -o ours.nii", shell=True, check=True)
ours, peer = nibabel.load("ours.nii"), nibabel.load("peer.nii")
assert np.allclose(ours.affine, peer.affine, atol=1e-4) and ours.shape == peer.shape, (ours.affine, peer.affine)
assert np.allclose(ours.get_fdata(), peer.get_fdata(), rtol=1e-6)
END
else
	skip "dose as plastimatch has it" "plastimatch or nibabel is not installed"
fi

"$PYTHON" -W ignore - <<'END' || exit 1
import pydicom, multiframe as m, nuclear as n
frames, offsets = m.stack(4, step=3.0), [0, 3, 6, 9]
n.dose("scaling.dcm", frames, offsets, DoseGridScaling=None)
n.dose("zero.dcm", frames, offsets, DoseGridScaling="0")
n.dose("units.dcm", frames, offsets, DoseUnits=None)
n.dose("without.dcm", frames, offsets, GridFrameOffsetVector=None)
n.dose("few.dcm", frames, offsets[:3])
n.dose("start.dcm", frames, [x + 1 for x in offsets])
n.dose("turned.dcm", m.stack(4, step=3.0, orientation=m.OBLIQUE), [x + 40 for x in offsets])
n.dose("uneven.dcm", frames, [0, 3, 6, 10])
n.dose("by.dcm", frames, offsets, FrameIncrementPointer=pydicom.tag.Tag("FrameTime"))
n.dose("big.dcm", frames, offsets)
ds = pydicom.dcmread("big.dcm")
ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRBigEndian
ds.is_little_endian, ds.is_implicit_VR = False, False
ds.save_as("big.dcm")
END
refuses unsupported "a dose without scaling" 'no sound DoseGridScaling' scaling.dcm
refuses unsupported "a scaling of 0" 'no sound DoseGridScaling' zero.dcm
refuses unsupported "a dose without a unit" 'without DoseUnits' units.dcm
refuses unsupported "planes without offsets" 'dose of 4 frames, and no GridFrameOffsetVector' without.dcm
refuses unsupported "too few offsets" 'dose of 4 frames, and no GridFrameOffsetVector' few.dcm
refuses unsupported "offsets that begin elsewhere" 'begins with 1, neither 0 nor' start.dcm
refuses unsupported "absolute offsets of oblique planes" 'begins with 40, neither 0 nor' turned.dcm
refuses unsupported "planes counted by time" 'FrameIncrementPointer .*0018,1063' by.dcm
refuses unsupported "32 bits in big-endian" 'big-endian' big.dcm
refuses irregular-spacing "uneven planes" '' uneven.dcm
ok "... which --regrid mends" dcm2vol --regrid uneven.dcm -o got.vol

# ---- X-ray, ultrasound, secondary capture ----

py "3-D X-ray by its functional groups" <<'END'
import subprocess, pydicom, multiframe as m
for sop_class in ("13.1.1", "13.1.2", "13.1.3"):
    frames = m.stack(6, orientation=m.OBLIQUE)
    ds = m.make("xa.dcm", m.shuffled(frames), "CT")
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1." + sop_class
    ds.Modality = "XA"
    pydicom.dcmwrite("xa.dcm", ds, write_like_original=False)
    subprocess.run(["dcm2vol", "xa.dcm", "-o", "got.vol"], check=True)
    assert m.check("got.vol", [frames])["modality"] == "XA"
END
"$PYTHON" -W ignore - <<'END' || exit 1
import nuclear as n
for name in ("12.1", "12.1.1", "12.2", "12.2.1", "6.2", "3.1", "7.2", "7.3", "7.4", "13.1.1"):
    n.other(name + ".dcm", "1.2.840.10008.5.1.4.1.1." + name)
END
while read -r name regex; do
	refuses unsupported "class $name" "$regex" "$name.dcm"
done <<'END'
12.1 angiography: projections
12.1.1 enhanced X-ray angiography: projections
12.2 fluoroscopy: projections
12.2.1 enhanced X-ray fluoroscopy: projections
6.2 ultrasound volume.*transducer
3.1 3 frames of ultrasound
7.2 secondary capture of bytes without PerFrameFunctionalGroupsSequence
7.3 secondary capture of words without PerFrameFunctionalGroupsSequence
7.4 secondary capture in colour without PerFrameFunctionalGroupsSequence
13.1.1 3-D X-ray angiography without PerFrameFunctionalGroupsSequence
END

done_testing
