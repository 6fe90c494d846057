#!/bin/sh
# What scanners write in ways of their own: volumes at one place that nothing in the standard tells apart, kinds of images under
# one UID, Philips' two scalings, United Imaging's grids, and what archives drop. Against the images that pydicom wrote.
# shellcheck source=tests/lib.sh
. tests/lib.sh
need_python pydicom numpy

# ---- the order of volumes ----

py "GE in time: instance numbers through the volumes, or through the times of a place; the scanner says how many places" <<'END'
import vendors as v
for how, number in (("volumes", lambda t, z: 1 + t * 4 + z), ("places", lambda t, z: 1 + z * 3 + t),
                    ("down", lambda t, z: 1 + t * 4 + 3 - z)):
    want = v.volumes(3)
    for t, frames in enumerate(want):
        for z, frame in enumerate(frames):
            v.image(f"{how}/{7 * (4 * t + z) % 12}", frame, InstanceNumber=number(t, z), AcquisitionNumber=1, private=v.ge(4),
                    AcquisitionTime="101010")
    keys, said = v.right(how, want)
    assert keys["axis"] == "time 1 1 2 3", keys["axis"]
    assert "3 volumes told apart by InstanceNumber (0020,0013)" in said, said
    assert "3 volumes told apart by InstanceNumber" in keys["history.1"]
END

py "the number of places may stand in another block, in implicit VR, or be told by that of times or of images in the acquisition" <<'END'
import pydicom, vendors as v, multiframe as m, os
want = v.volumes(3)
cases = {"block": dict(private=v.ge(4, 0x33)), "times": dict(NumberOfTemporalPositions=3), "images": dict(ImagesInAcquisition=4)}
for name, change in cases.items():
    for t, frames in enumerate(want):
        for z, frame in enumerate(frames):
            v.image(f"{name}/{t}{z}", frame, InstanceNumber=1 + t * 4 + z, **change)
    v.right(name, want)
os.mkdir("implicit")
for t in range(3):
    for z in range(4):
        m.rewrite(f"block/{t}{z}", f"implicit/{t}{z}", pydicom.uid.ImplicitVRLittleEndian)
v.right("implicit", want)
END

py "instance numbers alone, or that jump, or said of another number, or with another flip angle, tell nothing" <<'END'
import vendors as v
want = v.volumes(3)
def make(name, number=lambda t, z: 1 + t * 4 + z, problem="duplicate-position", **change):
    for t, frames in enumerate(want):
        for z, frame in enumerate(frames):
            extra = {k: x(t, z) if callable(x) else x for k, x in change.items()}
            v.image(f"{name}/{t}{z}", frame, InstanceNumber=number(t, z), **extra)
    said = v.refused(name, problem)
    assert problem == "several-series" or "3 images at each of 4 positions" in said
make("alone")
make("jumps", lambda t, z: 1 + t * 4 + z if (t, z) not in ((0, 1), (1, 1)) else {0: 6, 1: 2}[t] + 100 * (t == 1), private=v.ge(4))
make("other", private=v.ge(6))
make("flip", problem="several-series", FlipAngle=lambda t, z: 10 + 10 * t, private=v.ge(4))
make("twice", lambda t, z: 1 + z, private=v.ge(4))
END

py "a missing image is missed, whatever else is said" <<'END'
import os, vendors as v
want = v.volumes(3)
for t, frames in enumerate(want):
    for z, frame in enumerate(frames):
        v.image(f"hole/{t}{z}", frame, InstanceNumber=1 + t * 4 + z, AcquisitionNumber=t + 1, private=v.ge(4))
v.right("hole", want)
os.remove("hole/12")
status, said = v.dcm2vol("hole", "-o", "none.vol")
assert status == 1, said
END

py "passes by acquisition number, cine by trigger time, times by acquisition and content time: an axis each" <<'END'
import vendors as v
want = v.volumes(3)
for name, change, axis, told in (
        ("passes", lambda t: dict(AcquisitionNumber=(2, 5, 9)[t]), "acquisition 1 2 5 9", "AcquisitionNumber (0020,0012)"),
        ("cine", lambda t: dict(TriggerTime=str(30.5 * t)), "trigger ms 0 30.5 61", "TriggerTime (0018,1060)"),
        ("taken", lambda t: dict(AcquisitionDate="20240229", AcquisitionTime=f"2359{58 + t}.5" if t < 2 else "235959.75"), "time s 0 1 1.25",
         "AcquisitionTime (0008,0032)"),
        ("made", lambda t: dict(ContentDate="20240229", ContentTime=f"1010{t:02}"), "time 1 1 2 3", "ContentTime (0008,0033)"),
        ("files", lambda t: dict(InstanceNumber=40 + t), "time 1 1 2 3", "InstanceNumber (0020,0013)")):
    for t, frames in enumerate(want):
        for z, frame in enumerate(frames):
            v.image(f"{name}/{(5 * (4 * t + z)) % 12}", frame, **change(t))
    keys, said = v.right(name, want)
    assert keys["axis"] == axis, (name, keys["axis"])
    assert f"told apart by {told}" in said and told in keys["history.1"], said
END

py "a temporal position counts before all of them, and nothing needs saying" <<'END'
import vendors as v
want = v.volumes(2)
for t, frames in enumerate(want):
    for z, frame in enumerate(frames):
        v.image(f"stated/{t}{z}", frame, TemporalPositionIdentifier=t + 1, AcquisitionNumber=9 - t)
keys, said = v.right("stated", want)
assert keys["axis"] == "time 1 1 2" and not said, (keys["axis"], said)
END

py "slices that lost their places are no volumes in time, but a cine of one slice is" <<'END'
import vendors as v
frames = [f for x in v.volumes(5, slices=1) for f in x]
for i, frame in enumerate(frames):
    v.image(f"lost/{i}", frame, InstanceNumber=i + 1, AcquisitionNumber=i + 1, AcquisitionTime=f"1010{i:02}", ContentTime=f"1010{i:02}")
    v.image(f"cine1/{i}", frame, InstanceNumber=i + 1, SliceThickness="2", TriggerTime=str(20 * i))
    v.image(f"dynamic1/{i}", frame, InstanceNumber=i + 1, SliceThickness="2", NumberOfTemporalPositions=5)
v.refused("lost", "duplicate-position")
v.right("cine1", [[f] for f in frames])
v.right("dynamic1", [[f] for f in frames])
END

# ---- kinds of images ----

py "parts of the complex signal, as Siemens, Philips, GE and the standard say it; maps, kernels, tube voltages: a series each" <<'END'
import vendors as v
def parts(name, values, modality="MR"):
    want = v.volumes(len(values))
    for k, change in enumerate(values):
        for z, frame in enumerate(want[k]):
            v.image(f"{name}/{(3 * (4 * k + z)) % (4 * len(values))}", frame, modality, InstanceNumber=1, **change)
    said = v.refused(name, "several-series")
    got = []
    for k in range(len(values)):
        status, said = v.dcm2vol(name, "-S", f"7.{k + 1}", "-o", "right.vol")
        assert status == 0, said
        for i, frames in enumerate(want):
            try:
                v.m.check("right.vol", [frames])
                got.append(i)
            except AssertionError:
                pass
    assert sorted(got) == list(range(len(values))), (name, got)
image_type = lambda *rest: dict(ImageType=["ORIGINAL", "PRIMARY", *rest])
parts("siemens", [image_type("M", "ND"), image_type("P", "ND")])
parts("distortion", [image_type("M", "ND"), image_type("M", "DIS2D")])
parts("philips", [image_type("M_FFE", "M", "FFE"), image_type("PHASE MAP", "P", "FFE"), image_type("R_FFE", "R", "FFE"),
                  image_type("I_FFE", "I", "FFE")])
parts("ge", [dict(private=(((0x0043, 0x2f), 0x10, "GEMS_PARM_01", "SS", k),)) for k in range(4)])
parts("standard", [dict(ComplexImageComponent=x) for x in ("MAGNITUDE", "PHASE")])
parts("map", [image_type("DIFFUSION"), dict(ImageType=["DERIVED", "PRIMARY", "DIFFUSION", "ADC"])])
parts("kernels", [dict(ConvolutionKernel=x) for x in ("B30f", "B60f")], "CT")
parts("voltages", [dict(KVP=x) for x in ("80", "140")], "CT")
END

py "each kind has its own echoes and times" <<'END'
import vendors as v
want = {}
for part in "MP":
    want[part] = v.volumes(2)
    for e, frames in enumerate(want[part]):
        for z, frame in enumerate(frames):
            frame["pixels"] = frame["pixels"] // 2 + (part == "P")
            v.image(f"both/{part}{e}{z}", frame, ImageType=["ORIGINAL", "PRIMARY", part], EchoTime=str(4 + 3 * e), InstanceNumber=e + 1)
for k, part in enumerate("MP"):
    keys, said = v.right("both", want[part], "-S", f"7.{k + 1}")
    assert keys["axis"] == "echo ms 4 7", keys["axis"]
END

py "an image type that differs from slice to slice makes no series" <<'END'
import vendors as v
frames = v.m.stack(6)
for z, frame in enumerate(frames):
    v.image(f"slices/{z}", frame, ImageType=["ORIGINAL", "PRIMARY", "M", f"S{z % 3}"], ConvolutionKernel=f"K{z}")
v.right("slices", [frames])
END

py "kinds are not told apart where an image cannot be used: its volume would seem whole" <<'END'
import vendors as v
want = v.volumes(2)
for k, part in enumerate("MP"):
    for z, frame in enumerate(want[k]):
        v.image(f"spoilt/{part}{z}", frame, ImageType=["ORIGINAL", "PRIMARY", part])
        v.image(f"nowhere/{part}{z}", frame, ImageType=["ORIGINAL", "PRIMARY", part])
v.image("spoilt/P3", want[1][3], ImageType=["ORIGINAL", "PRIMARY", "P"], PhotometricInterpretation="PALETTE COLOR")
v.image("nowhere/P3", want[1][3], ImageType=["ORIGINAL", "PRIMARY", "P"], ImagePositionPatient=None)
for folder in ("spoilt", "nowhere"):
    for words in ((), ("-S", "7"), ("-S", "7.1"), ("-S", "7.2")):
        status, said = v.dcm2vol(folder, "-o", "none.vol", *words)
        assert status == 1, (folder, words)
END

# ---- Philips' scalings ----

"$PYTHON" -W ignore - <<'END' || exit 1
import pydicom, struct, vendors as v, multiframe as m
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
OWNER = "Philips MR Imaging DD 001"
def scale(slope, intercept, block=0x10, vr="FL"):
    value = (lambda x: struct.pack("<f", x)) if vr == "UN" else float
    return (((0x2005, 0x0e), block, OWNER, vr, value(slope)), ((0x2005, 0x0d), block, OWNER, vr, value(intercept)))
def world(slope, intercept):
    unit = Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "ms", "UCUM", "ms"
    item = Dataset()
    item.RealWorldValueSlope, item.RealWorldValueIntercept = slope, intercept
    item.MeasurementUnitsCodeSequence = Sequence([unit])
    return Sequence([item])
def frames(): # rescale and scale, a pair for all
    out = m.stack(5)
    for f in out:
        f["slope"], f["intercept"] = 1.5, -30.0
    return out
philips = dict(Manufacturer="Philips Medical Systems")
for name, block, vr in (("one", 0x10, "FL"), ("elsewhere", 0x24, "FL"), ("un", 0x10, "UN")):
    for z, f in enumerate(frames()):
        v.image(f"{name}/{z}", f, private=scale(0.25, 7, block, vr), RealWorldValueMappingSequence=world(0.125, 3.0), WindowCenter="300",
                WindowWidth="600", **philips)
import os
os.mkdir("imp")
for z in range(5):
    m.rewrite(f"one/{z}", f"imp/{z}", pydicom.uid.ImplicitVRLittleEndian)
for z, f in enumerate(frames()):
    f["slope"], f["intercept"] = 1.5 + z, -30.0 * z
    v.image(f"each/{z}", f, private=scale(0.25 * 2 ** z, 7), **philips)
    v.image(f"none/{z}", f, private=scale(0.25, 7) if z != 2 else (), **philips)
    v.image(f"somebody/{z}", f, private=scale(0.25, 7), Manufacturer="Somebody")
ds = m.make("enhanced.dcm", frames(), "MR", Manufacturer="Philips")
for z, group in enumerate(ds.PerFrameFunctionalGroupsSequence):
    item = Dataset()
    v.owned(item, scale(0.25 * 2 ** z, 7, 0x11))
    v.owned(group, (((0x2005, 0x0f), 0x14, "Philips MR Imaging DD 005", "SQ", Sequence([item])),))
pydicom.dcmwrite("enhanced.dcm", ds, write_like_original=False)
END

py "both scalings are kept, and the precise one is (P RS + RI) / (RS SS)" <<'END'
import numpy as np, vendors as v, multiframe as m, volfile
frames = m.stack(5)
for f in frames:
    f["slope"], f["intercept"] = 1.5, -30.0
for name in ("one", "elsewhere", "un", "imp"):
    keys, _ = v.right(name, [frames])
    assert keys["philips.rescale"] == "1.5 -30" and keys["philips.scale"] == "0.25 7", keys
    assert keys["realworld"] == "0.125 3 ms" and keys["window"] == "220 400", keys
    precise, _ = v.right(name, [[dict(f, slope=4.0, intercept=-80.0) for f in frames]], "--philips-precise")
    assert precise["philips.rescale"] == "1.5 -30" and precise["philips.scale"] == "0.25 7" and precise["window"] == "220 400", precise
    assert "--philips-precise" in precise["history.1"]
END

py "each slice by its own, of single images and of frames" <<'END'
import vendors as v, multiframe as m
frames = m.stack(5)
for z, f in enumerate(frames):
    rs, ri, ss = 1.5 + z, -30.0 * z, 0.25 * 2 ** z
    f["slope"], f["intercept"] = 1 / ss, ri / (rs * ss)
keys, _ = v.right("each", [frames], "--philips-precise")
assert len(keys["rescale"].split()) == 10 and "philips.scale" not in keys, keys
for z, f in enumerate(frames):
    f["slope"], f["intercept"] = 1 / (0.25 * 2 ** z), -30.0 / (1.5 * 0.25 * 2 ** z)
v.right("enhanced.dcm", [frames], "--philips-precise")
END

must_fail 1 "a slice without Scale Slope" dcm2vol --philips-precise none
said "... is named" 'none/2: has no Scale Slope \(2005,100e\)'
must_fail 1 "another vendor's private block is not Philips'" dcm2vol --philips-precise somebody

# ---- United Imaging's grids ----

py "grids full and not, oblique, slices up and down, implicit VR and big-endian" <<'END'
import numpy as np, pydicom, vendors as v, multiframe as m, volfile
for n in (1, 2, 4, 5, 7, 9, 12):
    for step, orientation in ((2.5, m.AXIAL), (-2.5, m.OBLIQUE)):
        frames = m.stack(n, step=step, orientation=orientation)
        v.grid("grid.dcm", frames)
        keys, _ = v.right("grid.dcm", [frames])
        for syntax in (pydicom.uid.ImplicitVRLittleEndian, pydicom.uid.ExplicitVRBigEndian):
            m.rewrite("grid.dcm", "other.dcm", syntax)
            v.right("other.dcm", [frames])
END

py "grids in time, by the times of their slices" <<'END'
import vendors as v, multiframe as m
want = v.volumes(3, slices=5)
for t, frames in enumerate(want):
    for z, frame in enumerate(frames):
        frame["acquired"] = "202402291010%02d.%02d" % (2 * t, 10 * z)
    v.grid(f"grids/{9 - t}", frames, InstanceNumber=t + 1, AcquisitionNumber=t + 1)
keys, said = v.right("grids", want)
assert keys["axis"] == "time s 0 2 4", keys["axis"]
for t, frames in enumerate(want):
    v.grid(f"one-acquisition/{9 - t}", frames, InstanceNumber=t + 1, AcquisitionNumber=1)
keys, said = v.right("one-acquisition", want)
assert keys["axis"] == "time s 0 2 4" and "InstanceNumber" in said, (keys["axis"], said)
END

py "a grid of another number than is described, or without places, is refused" <<'END'
import pydicom, vendors as v, multiframe as m
frames = m.stack(5)
v.grid("grid.dcm", frames)
ds = pydicom.dcmread("grid.dcm")
ds[0x0065, 0x1050].value = "6"
ds.save_as("six.dcm")
ds[0x0065, 0x1050].value = "5"
del ds[0x0065, 0x1051].value[3].ImagePositionPatient
ds.save_as("nowhere.dcm")
ds = pydicom.dcmread("grid.dcm")
del ds[0x0065, 0x1050]
ds.add_new((0x0065, 0x1050), "LO", "five")
ds.save_as("five.dcm")
assert "6 slices (VFRAME), of which 5" in v.refused("six.dcm", "unsupported")
assert "slice 4 of the grid" in v.refused("nowhere.dcm", "unsupported")
v.refused("five.dcm", "unsupported")
END

# ---- what archives drop, and where the patient lies ----

py "series, image and patient attributes that an archive dropped change nothing" <<'END'
import subprocess, vendors as v, multiframe as m, volfile, numpy as np
frames = m.stack(6, orientation=m.OBLIQUE)
everything = dict(SliceThickness="2", SpacingBetweenSlices="9", SliceLocation="1", FrameOfReferenceUID="1.2.3", AcquisitionNumber=1,
                  Manufacturer="A", PatientPosition="HFS", InstanceNumber=1)
for gone in ("ImageType", "SeriesNumber", "FrameOfReferenceUID", "InstanceNumber", "AcquisitionNumber", "SliceThickness", "Manufacturer",
             "SpacingBetweenSlices", "SliceLocation", "PatientPosition", "StudyInstanceUID", "SeriesInstanceUID", "PatientName", "HighBit",
             "PatientID"):
    for z, frame in enumerate(frames):
        v.image(f"no{gone}/{z}", frame, "CT", **{**everything, "InstanceNumber": z + 1, gone: None})
    v.right(f"no{gone}", [frames])
for gone in ("RescaleSlope", "RescaleIntercept"):
    for z, frame in enumerate(frames):
        v.image(f"no{gone}/{z}", frame, "CT", **{gone: None})
    v.refused(f"no{gone}", "unsupported")
END

py "prone, feet first, decubitus: the place is what the positions say" <<'END'
import vendors as v, multiframe as m
for orientation in ((1, 0, 0, 0, 1, 0), (-1, 0, 0, 0, -1, 0), (0, 1, 0, -1, 0, 0), (0, -1, 0, 1, 0, 0), (-1, 0, 0, 0, 1, 0)):
    for position in ("HFS", "HFP", "FFS", "FFP", "HFDR", "HFDL", "FFDR", "FFDL"):
        for sign in (1, -1):
            frames = m.stack(4, step=sign * 2.5, orientation=orientation)
            for z, frame in enumerate(frames):
                v.image(f"lying/{z}", frame, PatientPosition=position)
            v.right("lying", [frames])
END

ok "nothing of the person" sh -c '! cat ./*.vol | grep -aq -e Nobody -e secret'

done_testing
