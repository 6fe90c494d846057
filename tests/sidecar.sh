#!/bin/sh
# dcm2vol --json: units, what is absent, slice times, the phase, PET, and that nothing in it identifies.
# shellcheck source=tests/lib.sh
. tests/lib.sh
need_python pydicom numpy nibabel

# ---- fields ----

py "MR: names, values and units" <<'END'
import multiframe as m, sidecarfiles as s
frames = m.stack(5, size=(64, 48))
s.series("mr", frames, Manufacturer="SIEMENS", ManufacturerModelName="TrioTim", MagneticFieldStrength="3", ImagingFrequency="123.25",
         ScanningSequence="EP", SequenceVariant=["SK", "SP"], ScanOptions="FS", SequenceName="epfid2d1_64", MRAcquisitionType="2D",
         ImageType=["ORIGINAL", "PRIMARY", "M", "ND"], SliceThickness="3", SpacingBetweenSlices="3.6", EchoTime="34",
         RepetitionTime="3000", InversionTime="900", FlipAngle="71", SAR="0.07", PercentPhaseFieldOfView="100", PercentSampling="90",
         NumberOfPhaseEncodingSteps="58", AcquisitionMatrix=[48, 0, 0, 64], PixelBandwidth="2005", BodyPartExamined="BRAIN",
         InPlanePhaseEncodingDirection="COL", SoftwareVersions="syngo", PatientPosition="HFS",
         tags=s.siemens(lines=dict(sKSpace__ucPhasePartialFourier="0x4", sPat__lAccelFactPE="2", sKSpace__lBaseResolution="64")))
j = s.sidecar("mr")
want = dict(Modality="MR", Manufacturer="Siemens", ManufacturersModelName="TrioTim", MagneticFieldStrength=3, ImagingFrequency=123.25,
            ScanningSequence="EP", SequenceVariant="SK\\SP", ScanOptions="FS", SequenceName="epfid2d1_64", MRAcquisitionType="2D",
            ImageType=["ORIGINAL", "PRIMARY", "M", "ND"], SliceThickness=3, SpacingBetweenSlices=3.6, EchoTime=0.034, RepetitionTime=3,
            InversionTime=0.9, FlipAngle=71, SAR=0.07, PercentPhaseFOV=100, PercentSampling=90, PhaseEncodingSteps=58,
            AcquisitionMatrixPE=64, ReconMatrixPE=64, PixelBandwidth=2005, BodyPart="BRAIN", SoftwareVersions="syngo",
            PatientPosition="HFS", InPlanePhaseEncodingDirectionDICOM="COL", PhaseEncodingDirection="j", PartialFourier=0.75,
            ParallelReductionFactorInPlane=2, BaseResolution=64, BandwidthPerPixelPhaseEncode=20, EffectiveEchoSpacing=1 / (20 * 64),
            DerivedVendorReportedEchoSpacing=2 / (20 * 64), TotalReadoutTime=63 / (20 * 64), DwellTime=2.9e-6,
            NonlinearGradientCorrection=False, ImageOrientationPatientDICOM=[1, 0, 0, 0, 1, 0], ConversionSoftware="volpipe")
assert j.pop("ConversionSoftwareVersion")
for name in set(j) | set(want):
    a, b = j.get(name), want.get(name)
    assert a == b or (isinstance(b, float) and abs(a - b) < 1e-12), (name, a, b)
END

py "CT: names, values and units" <<'END'
import multiframe as m, sidecarfiles as s
s.series("ct", m.stack(4), Modality="CT", Manufacturer="ACME", KVP="120", Exposure="143", ExposureTime="1277", XRayTubeCurrent="112",
         ConvolutionKernel="B30f", GantryDetectorTilt="-15", SliceThickness="5", EchoTime=None)
j = s.sidecar("ct")
want = dict(Modality="CT", Manufacturer="ACME", KVP=120, XRayExposure=143, ExposureTime=1.277, XRayTubeCurrent=112,
            ConvolutionKernel="B30f", GantryTilt=-15, SliceThickness=5)
assert {k: j[k] for k in want} == want, j
assert not set(j) & {"EchoTime", "SliceTiming", "PhaseEncodingDirection", "ReconMatrixPE"}, j
END

py "what is absent, zero, no number, not set or not the same in all images has no member" <<'END'
import multiframe as m, sidecarfiles as s
frames = m.stack(4)
s.series("bare", frames)
assert set(s.sidecar("bare")) == {"Modality", "ImageType", "ImageOrientationPatientDICOM", "ConversionSoftware",
                                  "ConversionSoftwareVersion"}, s.sidecar("bare")
s.series("odd", frames, InversionTime="0", SAR=[0.1, 0.1, 0.1, 0.2], FlipAngle=["9", None, "9", "9"], ImagingFrequency="7.23e+75",
         ScanningSequence=["EP", "EP", "EP", "GR"], RepetitionTime="2000")
j = s.sidecar("odd")
assert j["RepetitionTime"] == 2 and not set(j) & {"InversionTime", "SAR", "FlipAngle", "ImagingFrequency", "ScanningSequence"}, j
END

py "every transfer syntax, private attributes too, any order of files and any threads: the same bytes" <<'END'
import shutil, subprocess
from pathlib import Path
import multiframe as m, sidecarfiles as s
from pydicom import uid
frames = m.stack(6, size=(64, 64))
tags = s.private(s.GE, x0043102a=("OB", s.ge_data()), x0043102c=("SS", 700), x00431083=("DS", ["0.5", "1"]), x0019109c=("LO", "epiRT"),
                 x0025101b=("OB", s.ge_protocol(SLICEORDER=1)))
s.series("ge", frames, tags, Manufacturer="GE MEDICAL SYSTEMS", ScanOptions=["EPI_GEMS", "PFF"], RepetitionTime="3000",
         InPlanePhaseEncodingDirection="COL", AcquisitionMatrix=[64, 0, 0, 64], InStackPositionNumber=[1, 2, 3, 4, 5, 6])
j = s.sidecar("ge")
assert j["PulseSequenceName"] == "epiRT" and "SliceTiming" in j and "TotalReadoutTime" in j and "PhaseEncodingDirection" in j, j
want = Path("s.json").read_bytes()
for syntax in (uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian):
    Path("other").mkdir()
    for path in Path("ge").iterdir():
        m.rewrite(path, Path("other") / path.name, syntax)
    s.sidecar("other")
    assert Path("s.json").read_bytes() == want, syntax.name
    shutil.rmtree("other")
paths = sorted(Path("ge").iterdir())
for threads, order in ((1, (3, 1, 5, 0, 4, 2)), (4, (5, 4, 3, 2, 1, 0))):
    s.sidecar("--threads", threads, *(paths[i] for i in order))
    assert Path("s.json").read_bytes() == want, threads
END

py "an enhanced file: from the functional groups, shared and of each frame" <<'END'
import pydicom, multiframe as m, sidecarfiles as s
frames = m.stack(4, echo=34.5, type=["ORIGINAL", "PRIMARY", "FMRI", "NONE"])
ds = m.make("enhanced.dcm", m.shuffled(frames), "MR", ScanOptions="X")
shared = ds.SharedFunctionalGroupsSequence[0]
shared.MRTimingAndRelatedParametersSequence = m.item(RepetitionTime="2500", FlipAngle="52", EchoTrainLength=48)
shared.MRImagingModifierSequence = m.item(PixelBandwidth="1500", TransmitterFrequency=123.26, MagnetizationTransfer="NONE")
shared.MRModifierSequence = m.item(ParallelReductionFactorInPlane=2.0, InversionTimes=900.0, Spoiling="RF")
shared.MRFOVGeometrySequence = m.item(InPlanePhaseEncodingDirection="ROW", MRAcquisitionPhaseEncodingStepsInPlane=14)
pydicom.dcmwrite("enhanced.dcm", ds, write_like_original=False)
j = s.sidecar("enhanced.dcm")
want = dict(EchoTime=0.0345, RepetitionTime=2.5, FlipAngle=52, EchoTrainLength=48, PixelBandwidth=1500, ImagingFrequency=123.26,
            MTState=False, SpoilingState=True, InversionTime=0.9, ParallelReductionFactorInPlane=2, PhaseEncodingSteps=14,
            AcquisitionMatrixPE=14, ReconMatrixPE=14, PhaseEncodingAxis="i", ImageType=["ORIGINAL", "PRIMARY", "FMRI", "NONE"],
            SliceThickness=2)
assert {k: j.get(k) for k in want} == want, j
END

py "echo times follow the list axis" <<'END'
import multiframe as m, sidecarfiles as s
s.series("echoes", [f for e in (7.5, 2.5, 5.0) for f in m.stack(3, echo=e)])
assert s.sidecar("echoes")["EchoTime"] == [0.0025, 0.005, 0.0075]
END

# ---- slice times ----

py "a mosaic's, either way of its normal; of another volume where the first one's cannot be" <<'END'
import numpy as np, multiframe as m, sidecarfiles as s
for orientation in (m.AXIAL, s.SAGITTAL, s.CORONAL, m.OBLIQUE):
    for sign in (1, -1):
        for version in (1, 2):
            frames = m.stack(5, orientation=orientation, step=2.5 * sign)
            ms = [0, 1450.00000001, 482.5, 1932.5, 967.5]
            def make(path, times, n):
                values = [("NumberOfImagesInMosaic", ["5"]), ("SliceNormalVector", ["%.8f" % (sign * x) for x in m.normal_of(orientation)]),
                          ("MosaicRefAcqTimes", ["%.8f" % t for t in times])]
                values = [(name, v[:6]) for name, v in values]
                m.mosaic(path, frames, sign, version, csa_values=values, RepetitionTime="2435", AcquisitionNumber=n)
            make("mosaic.dcm", ms, 1)
            j = s.sidecar("mosaic.dcm")
            s.close(j["SliceTiming"], s.times_of(frames, np.array(ms) / 1000))
            make("bad.dcm", [0, 86397492.5, 140, 86397630, 280], 1)
            assert "SliceTiming" not in s.sidecar("bad.dcm")
            make("good.dcm", np.array(ms) + 30, 2)
            s.close(s.sidecar("bad.dcm", "good.dcm")["SliceTiming"], s.times_of(frames, np.array(ms) / 1000))
END

py "from Frame Acquisition DateTime and Acquisition Time; multiband counted; over midnight" <<'END'
import multiframe as m, sidecarfiles as s
times = [0.16, 0, 0.32, 0.16, 0, 0.32]
def stack(at):
    frames = m.stack(6)
    for f, t in zip(frames, times):
        h, rest = divmod(at + t, 3600)
        f["acquired"] = "202001%02d%02d%02d%09.6f" % (1 + h // 24, h % 24, rest // 60, rest % 60)
    return frames
for at in (36000.1, 86399.9):
    frames = stack(at)
    ds = m.make("timed.dcm", m.shuffled(frames), "MR")
    j = s.sidecar("timed.dcm")
    s.close(j["SliceTiming"], s.times_of(frames, times))
    assert j["MultibandAccelerationFactor"] == 2
    s.series("timed%d" % at, m.shuffled(frames), RepetitionTime="500", Manufacturer="SIEMENS")
    s.close(s.sidecar("timed%d" % at)["SliceTiming"], s.times_of(frames, times))
for name, change in dict(longer=dict(RepetitionTime="300"), volume=dict(MRAcquisitionType="3D"), ct=dict(Modality="CT")).items():
    s.series(name, frames, **change)
    assert "SliceTiming" not in s.sidecar(name), name
seconds = m.stack(6)
for i, f in enumerate(seconds):
    f["acquired"] = "2020010110000%d" % (i // 3)
s.series("seconds", seconds, RepetitionTime="3000")
assert "SliceTiming" not in s.sidecar("seconds"), "times of whole seconds are no slice times"
END

py "not of slices that --regrid makes" <<'END'
import multiframe as m, sidecarfiles as s
frames = m.stack(7)
for i, f in enumerate(frames):
    f["acquired"] = "20200101100000.%d" % i
del frames[3]
s.series("gap", frames)
assert "SliceTiming" not in s.sidecar("gap", "--regrid")
END

py "GE's: trigger times; by the protocol, whichever way the stack runs" <<'END'
import multiframe as m, sidecarfiles as s
for step in (2.5, -2.5):
    frames = m.stack(5, step=step)
    more = dict(Manufacturer="GE MEDICAL SYSTEMS", ScanOptions=["EPI_GEMS", "PFF"], RepetitionTime="2600", InStackPositionNumber=[1, 2, 3, 4, 5])
    for order, times in ((0, [0, .5, 1, 1.5, 2]), (1, [0, 1.5, .5, 2, 1])):
        tags = s.private(s.GE, x0025101b=("OB", s.ge_protocol(NOSLC=5, SLICEORDER=order)), x0043107c=("FL", 0.1))
        s.series(f"ge{step}{order}", frames, tags, **more)
        s.close(s.sidecar(f"ge{step}{order}")["SliceTiming"], s.times_of(frames, times))
    s.series(f"multi{step}", frames, tags | s.private(s.GE, x004310b6=("LO", ["2", "1", "0"])), **more)
    j = s.sidecar(f"multi{step}")
    assert "SliceTiming" not in j and j["MultibandAccelerationFactor"] == 2, j
    s.series(f"trigger{step}", frames, tags, TriggerTime=["0", "520", "1040", "260", "780"], **more)
    s.close(s.sidecar(f"trigger{step}")["SliceTiming"], s.times_of(frames, [0, .52, 1.04, .26, .78]))
    more["ScanOptions"] = "CINE_GEMS"
    s.series(f"cine{step}", frames, tags, TriggerTime=["0", "520", "1040", "260", "780"], **more)
    assert "SliceTiming" not in s.sidecar(f"cine{step}"), "of a cine, the trigger is the heart's"
END

# ---- the phase ----

py "direction, axis and sign, in every orientation" <<'END'
import multiframe as m, sidecarfiles as s
for orientation in (m.AXIAL, s.SAGITTAL, s.CORONAL, m.OBLIQUE, (-1, 0, 0, 0, -1, 0)):
    for along, letter in (("COL", "j"), ("ROW", "i")):
        for positive, sign in ((1, ""), (0, "-"), (None, None)):
            frames = m.stack(3, orientation=orientation, size=(10, 14))
            s.series("pe", frames, s.siemens(positive), Manufacturer="SIEMENS", InPlanePhaseEncodingDirection=along)
            j = s.sidecar("pe")
            if sign is None:
                assert j["PhaseEncodingAxis"] == letter and "PhaseEncodingDirection" not in j, j
            else:
                assert j["PhaseEncodingDirection"] == letter + sign and "PhaseEncodingAxis" not in j, j
            n = 10 if along == "COL" else 14
            assert j["ReconMatrixPE"] == n
            s.close([j["EffectiveEchoSpacing"], j["TotalReadoutTime"]], [1 / (20 * n), (n - 1) / (20 * n)])
            # the axes of the volume run as DICOM's columns and rows do
            _, (i, jj) = s.places()
            s.close([*i, *jj], orientation)
s.series("pe", frames, s.siemens(1), Manufacturer="SIEMENS", InPlanePhaseEncodingDirection="ROW", MRAcquisitionType="3D")
j = s.sidecar("pe")
assert "PhaseEncodingDirection" not in j and "PhaseEncodingAxis" not in j, "3-D: the phase has two axes"
END

if have dcm2niix; then
	py "the phase in the patient, as dcm2niix has it" <<'END'
import json, subprocess
from pathlib import Path
import nibabel, numpy as np, multiframe as m, sidecarfiles as s, volfile
for orientation in (m.AXIAL, s.SAGITTAL, s.CORONAL, m.OBLIQUE, (-1, 0, 0, 0, -1, 0)):
    for along in ("COL", "ROW"):
        for positive in (1, 0):
            frames = m.stack(4, orientation=orientation, size=(10, 14))
            s.series("pe", frames, s.siemens(positive, normal=m.normal_of(orientation)), Manufacturer="SIEMENS", MRAcquisitionType="2D",
                     InPlanePhaseEncodingDirection=along, EchoTime="30", RepetitionTime="2000", ScanningSequence="EP")
            subprocess.run(["dcm2niix", "-z", "n", "-b", "y", "-w", "1", "-f", "theirs", "-o", ".", "pe"], check=True, capture_output=True)
            def world(j, affine):
                text = j["PhaseEncodingDirection"]
                v = affine[:3, "ijk".index(text[0])] * (-1 if text[1:] == "-" else 1)
                return v / np.linalg.norm(v)
            ours, theirs = s.sidecar("pe"), json.loads(Path("theirs.json").read_text())
            a, b = world(ours, volfile.read("s.vol")[1]), world(theirs, nibabel.load("theirs.nii").affine)
            assert np.allclose(a, b, atol=1e-4), (orientation, along, positive, a, b)
            s.close(ours["TotalReadoutTime"], theirs["TotalReadoutTime"])
END
else
	skip "the phase in the patient, as dcm2niix has it" "dcm2niix is not installed"
fi

py "Siemens' software XA, an image a file, and its enhanced files" <<'END'
import pydicom, multiframe as m, sidecarfiles as s
from pydicom.dataset import Dataset
SDI, SDS = "SIEMENS MR SDI 02", "SIEMENS MR SDS 01"
frames = m.stack(3, size=(10, 14))
s.series("xa", frames, s.private({0x0021: SDI}, x0021101c=("IS", "0"), x00211053=("FD", 20.0), x00211042=("IS", "2600")),
         Manufacturer="Siemens Healthineers", InPlanePhaseEncodingDirection="COL")
def check(j):
    assert j["PhaseEncodingDirection"] == "j-" and j["DwellTime"] == 2.6e-6, j
    s.close(j["TotalReadoutTime"], 9 / 200)
check(s.sidecar("xa"))
for owner in (SDI, "SOMEBODY ELSE"):
    ds = m.make("xa.dcm", frames, "MR", Manufacturer="Siemens Healthineers", InPlanePhaseEncodingDirection="COL")
    for group in ds.PerFrameFunctionalGroupsSequence:
        inner = Dataset()
        inner.add_new((0x0021, 0x0011), "LO", owner)
        inner.add_new((0x0021, 0x111c), "IS", "0")
        inner.add_new((0x0021, 0x1142), "IS", "2600")
        inner.add_new((0x0021, 0x1153), "FD", 20.0)
        group.add_new((0x0021, 0x0011), "LO", owner)
        group.add_new((0x0021, 0x11fe), "SQ", [inner])
    inner = Dataset()
    inner.add_new((0x0021, 0x0010), "LO", SDS)
    inner.add_new((0x0021, 0x1019), "OB", b"\n### ASCCONV BEGIN object=x ###\nsKSpace.ucPhasePartialFourier\t = \t8\nsPat.lAccelFactPE\t = \t3\n"
                                          b"sSliceAcceleration.lMultiBandFactor\t = \t4\n### ASCCONV END ###\n")
    inner.add_new((0x0021, 0x105a), "CS", "EP")
    shared = ds.SharedFunctionalGroupsSequence[0]
    shared.add_new((0x0021, 0x0010), "LO", SDS)
    shared.add_new((0x0021, 0x10fe), "SQ", [inner])
    pydicom.dcmwrite("xa.dcm", ds, write_like_original=False)
    j = s.sidecar("xa.dcm")
    if owner == SDI:
        check(j)
    else:
        assert j["PhaseEncodingAxis"] == "j" and not set(j) & {"TotalReadoutTime", "DwellTime", "PhaseEncodingDirection"}, j
    assert (j["PartialFourier"], j["ParallelReductionFactorInPlane"], j["MultibandAccelerationFactor"], j["ScanningSequence"]) == (0.875, 3, 4, "EP"), j
END

py "the sign differs between images: the axis alone" <<'END'
import multiframe as m, sidecarfiles as s, pydicom
frames = m.stack(2)
s.series("two", frames, s.siemens(1), Manufacturer="SIEMENS", InPlanePhaseEncodingDirection="COL")
ds = pydicom.dcmread("two/0001.dcm")
ds[0x0029, 0x1010].value = s.siemens(0)[0x0029, 0x1010][1]
pydicom.dcmwrite("two/0001.dcm", ds)
j = s.sidecar("two")
assert j.get("PhaseEncodingAxis") == "j" and "PhaseEncodingDirection" not in j, j
END

py "GE: polarity of old and new versions, reduced and partial readouts; along rows the axis alone" <<'END'
import multiframe as m, sidecarfiles as s
frames = m.stack(3, size=(256, 256))
for version in (20.0, 26.002):
    for flipped in (False, True):
        for other in (False, True):
            tags = s.private(s.GE, x0043102a=("OB", s.ge_data(version, flipped, other)), x0043102c=("SS", 964), x00431083=("DS", ["0.5", "1"]))
            more = dict(Manufacturer="GE MEDICAL SYSTEMS", ScanOptions=["EPI_GEMS", "PFF"], AcquisitionMatrix=[128, 0, 0, 130])
            s.series("ge", frames, tags, InPlanePhaseEncodingDirection="COL", **more)
            j = s.sidecar("ge")
            assert j["PhaseEncodingDirection"] == ("j-" if flipped != other else "j"), j
            assert j["PhaseEncodingPolarityGE"] == ("Flipped" if flipped != other else "Unflipped"), j
            # 130 lines, every second acquired, an even number of them: 66
            s.close([j["TotalReadoutTime"], j["EffectiveEchoSpacing"]], [65 * 964e-6, 65 * 964e-6 / 255])
s.series("ge", frames, tags, InPlanePhaseEncodingDirection="ROW", **more)
assert s.sidecar("ge")["PhaseEncodingAxis"] == "i"
more["ScanOptions"] = ["EPI_GEMS", "PFP"]
s.series("ge", frames, tags, InPlanePhaseEncodingDirection="COL", **more)
s.close(s.sidecar("ge")["TotalReadoutTime"], 67 * 964e-6)
tags[0x0043, 0x102a] = ("OB", s.ge_data(epi=False))
s.series("ge", frames, tags, InPlanePhaseEncodingDirection="COL", **more)
assert s.sidecar("ge")["PhaseEncodingAxis"] == "j"
for cut in (b"", b"\0" * 20, s.ge_data()[:3240], s.ge_data()[:4000]):
    tags[0x0043, 0x102a] = ("OB", cut)
    s.series("ge", frames, tags, InPlanePhaseEncodingDirection="COL", **more)
    assert s.sidecar("ge")["PhaseEncodingAxis"] == "j", len(cut)
for bad in (b"", b"\0" * 40, s.ge_protocol(SLICEORDER=1)[:30]):
    tags[0x0025, 0x0010] = ("LO", "GEMS_SERS_01")
    tags[0x0025, 0x101b] = ("OB", bad)
    s.series("ge", frames, tags, **more)
    assert "SliceTiming" not in s.sidecar("ge")
END

py "Philips: the axis, and an estimate that says so" <<'END'
import multiframe as m, sidecarfiles as s
s.series("philips", m.stack(2, size=(64, 64)), s.private({0x2001: "Philips Imaging DD 001"}, x20011022=("FL", 11.0)), Manufacturer="Philips",
         InPlanePhaseEncodingDirection="COL", EchoTrainLength="39", ImagingFrequency="127.7")
j = s.sidecar("philips")
total = 11 / (127.7 * 3.4 * 40) * 39
s.close([j["EstimatedTotalReadoutTime"], j["EstimatedEffectiveEchoSpacing"]], [total, total / 63])
assert j["PhaseEncodingAxis"] == "j" and "TotalReadoutTime" not in j and "PhaseEncodingDirection" not in j
END

py "Philips' items in the frames, if they are Philips'" <<'END'
import pydicom, multiframe as m, sidecarfiles as s
for owner in ("Philips MR Imaging DD 005", "SOMEBODY ELSE"):
    ds = m.make("philips.dcm", m.stack(3), "MR", Manufacturer="Philips")
    for group in ds.PerFrameFunctionalGroupsSequence:
        group.add_new((0x2005, 0x0014), "LO", owner)
        group.add_new((0x2005, 0x140f), "SQ", m.item(ScanningSequence="GR", SequenceVariant="SS"))
    pydicom.dcmwrite("philips.dcm", ds, write_like_original=False)
    j = s.sidecar("philips.dcm")
    want = ("GR", "SS") if owner.startswith("Philips") else (None, None)
    assert (j.get("ScanningSequence"), j.get("SequenceVariant")) == want, j
END

# ---- PET ----

py "PET: the tracer, frames, and times as differences" <<'END'
import multiframe as m, sidecarfiles as s
frames = [f for v in range(3) for f in m.stack(4, time_index=v + 1, acquired="20200229%06d.5" % (100000 + 500 * v))]
tracer = m.item(Radiopharmaceutical="FDG", RadionuclideTotalDose="370000000", RadionuclideHalfLife="6586.2",
                RadionuclidePositronFraction="0.967", RadiopharmaceuticalStartTime="091500",
                RadionuclideCodeSequence=m.item(CodeValue="C-111A1", CodingSchemeDesignator="SRT", CodeMeaning="^18^Fluorine"))
s.series("pet", frames, Modality="PT", Units="BQML", DecayCorrection="START", ActualFrameDuration=[300000] * 8 + [180000] * 4,
         DecayFactor=[1.1] * 4 + [1.2] * 4 + [1.3] * 4, AttenuationCorrectionMethod="CT", ReconstructionMethod="OSEM",
         RadiopharmaceuticalInformationSequence=tracer)
j = s.sidecar("pet")
want = dict(Radiopharmaceutical="FDG", TracerRadionuclide="F18", RadionuclideTotalDose=370000000, InjectedRadioactivity=370,
            InjectedRadioactivityUnits="MBq", RadionuclideHalfLife=6586.2, RadionuclidePositronFraction=0.967, Units="BQML",
            DecayCorrection="START", ImageDecayCorrected=True, AttenuationCorrectionMethod="CT", ReconstructionMethod="OSEM",
            FrameTimesStart=[0, 300, 600], FrameDuration=[300, 300, 180], DecayFactor=[1.1, 1.2, 1.3], ScanStart=0, InjectionStart=-2700.5)
assert {k: j.get(k) for k in want} == want, {k: (j.get(k), want[k]) for k in want if j.get(k) != want[k]}
END

# ---- privacy ----

cat >secrets_.py <<'END'
"""A marker in every attribute of each text-like VR that DICOM knows, of 60 each, and in private ones."""
from pydicom.datadict import DicomDictionary, keyword_dict
MARKS = {"PN": "QZXName^Jane", "LO": "QZXPlace", "SH": "QZXShort", "ST": "QZXStreet", "LT": "QZXLong", "UT": "QZXText", "UC": "QZXUnl",
         "AE": "QZXAE", "UR": "http://QZX", "DA": "19471103", "TM": "031415.926", "DT": "19471103031415.926", "UI": "1.2.840.98765432"}
KEEP = {"SpecificCharacterSet", "SOPClassUID", "TransferSyntaxUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID",
        "FrameOfReferenceUID", "RescaleType"}


def plant(ds, only=None):
    for tag, (vr, _, _, retired, keyword) in DicomDictionary.items():
        if vr in MARKS and keyword and not retired and tag >> 16 not in (2, 4, 6, 0) and keyword not in KEEP and (only is None or keyword in only):
            setattr(ds, keyword, MARKS[vr])
    ds.add_new((0x0099, 0x0010), "LO", "QZXOwner")
    ds.add_new((0x0099, 0x1001), "LO", "QZXPrivate")
    return ds


def found(text):
    return [mark for mark in ("QZX", "19471103", "1947-11-03", "031415", "98765432", "Jane", "secret") if mark.lower() in text.lower()]
END
py "marked in every attribute of names, texts, dates, times and UIDs: none is in the sidecar" <<'END'
import pydicom, multiframe as m, sidecarfiles as s, secrets_ as secrets
from pathlib import Path
frames = m.stack(3)
for manufacturer in ("SIEMENS", "GE MEDICAL SYSTEMS", "Philips", None):
    s.series("marked", frames, s.siemens(1), InPlanePhaseEncodingDirection="COL", EchoTime="20", Modality="PT" if manufacturer is None else "MR")
    for path in Path("marked").iterdir():
        ds = secrets.plant(pydicom.dcmread(path))
        ds.PatientName, ds.InstitutionName = "QZXName^Jane", "QZX"
        if manufacturer:
            ds.Manufacturer = manufacturer
        ds.RadiopharmaceuticalInformationSequence = m.item(Radiopharmaceutical="FDG for QZXName", RadiopharmaceuticalStartTime="031415.926")
        pydicom.dcmwrite(path, ds)
    j = s.sidecar("marked")
    text = Path("s.json").read_text()
    assert not secrets.found(text), (secrets.found(text), text)
    assert "EchoTime" in j and "ManufacturersModelName" not in j, j
END

py "what a person types comes with --keep-identifiers alone, and nothing else does" <<'END'
import multiframe as m, sidecarfiles as s
s.series("typed", m.stack(3), SeriesDescription="T1 Müller \"3\" \x01", ProtocolName="head", SpecificCharacterSet="ISO_IR 192", SequenceName="seq Nobody",
         InstitutionName="St Elsewhere", StationName="MR7", ReceiveCoilName="coil of MR7")
without, more = s.sidecar("typed"), s.sidecar("typed", "--keep-identifiers")
assert not set(without) & {"SeriesDescription", "ProtocolName", "SequenceName", "ReceiveCoilName"}, without
assert more == without | {"SeriesDescription": "T1 Müller \"3\" \x01", "ProtocolName": "head"}, more
END

# ---- the file ----

"$PYTHON" -W ignore -c 'import multiframe as m, sidecarfiles as s; s.series("plain", m.stack(3), RepetitionTime="2000", ImageComments="x")'
ok "the sidecar to stdout, the volume to a file" sh -c 'dcm2vol -q plain -o a.vol --json - | grep -q RepetitionTime'
must_fail 2 "both to stdout" dcm2vol plain --json -
said "... and says why" "--json -: stdout is where the volume goes"
dcm2vol plain >want.vol
dcm2vol plain --json plain.json >got.vol
is "the volume is the same with it" "$(cmp want.vol got.vol 2>&1)" ""
must_fail 2 "one name for both" dcm2vol plain -o same --json same
echo kept >kept.json
must_fail 1 "--no-clobber keeps a sidecar that is there" dcm2vol --no-clobber plain -o new.vol --json kept.json
is "... and it is as it was" "$(cat kept.json)" kept
"$PYTHON" -W ignore -c '
import pydicom
ds = pydicom.dcmread("plain/0001.dcm"); ds.ImagePositionPatient = [0, 0, 999]; ds.save_as("plain/0001.dcm")'
must_fail 1 "a series that is refused" dcm2vol plain -o no.vol --json no.json
is "... has no sidecar" "$(ls no.json no.vol 2>/dev/null)" ""
"$PYTHON" -W ignore -c 'import multiframe as m, sidecarfiles as s; s.series("full", m.stack(3))'
must_fail 1 "a volume that cannot be written" sh -c 'dcm2vol full --json full.json -o /dev/full'
is "... has no sidecar either" "$(ls full.json 2>/dev/null)" ""
must_fail 1 "a sidecar that cannot be written" dcm2vol full --json no-such-folder/x.json -o y.vol
is "... and no volume" "$(ls y.vol 2>/dev/null)" ""

done_testing
