#!/bin/sh
# vol2dcm: read back by dcm2vol, pydicom and dcm2niix; dciodvfy has no fault to find; and what is refused.
# shellcheck source=tests/lib.sh
. tests/lib.sh

[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"
need_python numpy pydicom

cat >dcm.py <<'EOF'
"""What vol2dcm writes, as pydicom has it."""
import glob, os, shutil
import numpy as np, pydicom, volfile as v

KINDS = ("plain", "axial", "coronal", "oblique", "left-handed", "nearly-axial")


def make(out, data, affine, *words, keys=(), **more):
    """Write it; what was said."""
    v.write("in.vol", data, affine, keys)
    shutil.rmtree(out, ignore_errors=True)
    status, _, said = v.tool("vol2dcm", "in.vol", "-o", out, *words, **more)
    assert status == 0, (words, said)
    return said


def back(folder, *words):
    status, out, said = v.tool("dcm2vol", folder, *words)
    assert status == 0, said
    open("back.vol", "wb").write(out)
    return v.read("back.vol")


def upright(data, affine):
    """The same volume with its slices in the order that dcm2vol gives them: along row x column."""
    if np.linalg.det(affine[:3, :3]) > 0:
        return data, affine
    turned = affine.copy()
    turned[:3, 3] += affine[:3, 2] * (data.shape[2] - 1)
    turned[:3, 2] *= -1
    return data[:, :, ::-1], turned


def images(folder):
    """All data sets by Instance Number, and that files are named by it."""
    found = [pydicom.dcmread(p) for p in sorted(glob.glob(folder + "/*"))]
    assert [int(d.InstanceNumber) for d in found] == list(range(1, len(found) + 1))
    assert [os.path.basename(d.filename) for d in found] == ["%04d.dcm" % d.InstanceNumber for d in found]
    return found


def stack(sets):
    """Rescaled values [x, y, z], and each slice's index to RAS mm, by the formula of PS3.3 C.7.6.2.1.1."""
    places = []
    for d in sets:
        m = np.eye(4)
        m[:3, 0] = np.array(d.ImageOrientationPatient[:3], float) * float(d.PixelSpacing[1])
        m[:3, 1] = np.array(d.ImageOrientationPatient[3:], float) * float(d.PixelSpacing[0])
        m[:3, 3] = np.array(d.ImagePositionPatient, float)
        places.append(v.LPS_FROM_RAS @ m)
    values = [d.pixel_array.T * float(d.get("RescaleSlope", 1)) + float(d.get("RescaleIntercept", 0)) for d in sets]
    return np.stack(values, 2), places


def same_places(places, affine, mm=1e-6):
    for k, m in enumerate(places):
        for i, j in ((0, 0), (9, 0), (0, 9)):
            off = np.linalg.norm((m @ [i, j, 0, 1] - affine @ [i, j, k, 1])[:3])
            assert off < mm, (k, off)
EOF

py "every type that 16 bits hold, every grid: dcm2vol and pydicom read the same" <<'EOF'
import numpy as np, volfile as v
from dcm import *
for name in ("int16", "uint16", "int8", "uint8"):
    for kind in KINDS:
        for shape in ((11, 9, 5), (1, 7, 4), (6, 1, 4), (4, 5, 1)):
            for modality in ("CT", "MR", "OT"):
                if modality != "CT" and kind != "oblique":
                    continue
                at = (name, kind, shape, modality)
                data, affine = v.numbers(v.TYPES[name], shape), v.affine(kind)
                said = make("d", data, affine, "-q", "--modality", modality, "--verify")
                want, where = upright(data, affine)
                got, place, keys = back("d")
                assert got.dtype == ("i2" if data.dtype.kind == "i" else "u2") and np.array_equal(got, want), at
                assert v.corner_distance(place, where, shape) < 1e-6, (at, v.corner_distance(place, where, shape))
                assert keys["modality"] == modality, at
                sets = images("d")
                values, places = stack(sets)
                assert np.array_equal(values, want.astype(float)), at
                same_places(places, where)
                assert len({d.SOPInstanceUID for d in sets}) == shape[2]
                assert len({(d.SeriesInstanceUID, d.StudyInstanceUID, d.FrameOfReferenceUID) for d in sets}) == 1
                assert all(d.SOPInstanceUID == d.file_meta.MediaStorageSOPInstanceUID for d in sets)
                for d in sets:
                    assert d.SOPInstanceUID.startswith("2.25.") and len(d.SOPInstanceUID) == 44
                    assert list(d.ImageType)[:2] == ["DERIVED", "SECONDARY"]
EOF

py "a sheared stack: positions hold it, and dcm2vol reads it back" <<'EOF'
import numpy as np, volfile as v
from dcm import *
data, affine = v.numbers("i2", (8, 9, 6)), v.affine("sheared")
assert "verified: 432 voxels" in make("d", data, affine, "--modality", "CT", "--verify")
values, places = stack(images("d"))
want, where = upright(data, affine)
assert np.array_equal(values, want)
same_places(places, where)
got, place, _ = back("d")
assert np.array_equal(got, want)
assert v.corner_distance(place, where, data.shape) < 1e-6, v.corner_distance(place, where, data.shape)
EOF

py "rescale, unit, window and padding" <<'EOF'
import numpy as np, volfile as v
from dcm import *
data, affine = v.numbers("i2", (6, 5, 4)), v.affine("oblique")
# stored values with a pair
make("d", data, affine, keys={"unit": "stored", "modality": "CT", "rescale": "0.5 -1024.25", "rescale.unit": "HU", "padding": "-2000", "window": "40 400"})
got, _, keys = back("d")
want, _ = upright(data, affine)
assert np.array_equal(got, want) and keys["rescale"] == "0.5 -1024.25" and keys["rescale.unit"] == "HU" and keys["padding"] == "-2000" and keys["window"] == "40 400", keys
d = images("d")[0]
assert d.RescaleType == "HU" and d.PixelPaddingValue == -2000 and d.WindowCenter == 40 * 0.5 - 1024.25 and d.WindowWidth == 200
assert np.array_equal(stack(images("d"))[0], want * 0.5 - 1024.25)
# HU
make("d", data, affine, keys={"unit": "HU", "modality": "CT", "padding": "-3000 -2000"})
d = images("d")[0]
assert (d.RescaleSlope, d.RescaleIntercept, d.RescaleType, d.PixelPaddingValue, d.PixelPaddingRangeLimit) == (1, 0, "HU", -3000, -2000)
assert back("d")[2]["rescale.unit"] == "HU" and back("d")[2]["padding"] == "-3000 -2000"
# nothing known: CT asks for a pair, MR and OT do not
make("d", data, affine, "--modality", "CT")
assert (images("d")[0].RescaleSlope, images("d")[0].RescaleType) == (1, "US") and "rescale.unit" not in back("d")[2]
for modality in ("MR", "OT"):
    make("d", data, affine, "--modality", modality)
    assert "RescaleSlope" not in images("d")[0] and "rescale" not in back("d")[2]
# pairs that differ by slice: each file has its own
make("d", data, affine, "--modality", "OT", keys={"unit": "stored", "rescale": "1 0 2 1 3 2 4.125 -3.5", "rescale.unit": "Bq/ml"})
assert back("d")[2]["rescale"] == "1 0 2 1 3 2 4.125 -3.5" and back("d")[2]["rescale.unit"] == "Bq/ml"
make("d", data, v.affine("left-handed"), "--modality", "OT", keys={"unit": "stored", "rescale": "1 0 2 1 3 2 4.125 -3.5"})
assert back("d")[2]["rescale"] == ("1 0 2 1 3 2 4.125 -3.5" if np.linalg.det(v.affine("left-handed")[:3, :3]) > 0 else "4.125 -3.5 3 2 2 1 1 0")
# a slope with more digits than a DS
make("d", data, affine, "--modality", "MR", keys={"unit": "stored", "rescale": "0.00012345678901234567 -1234.5678901234567"})
slope, intercept = map(float, back("d")[2]["rescale"].split())
assert abs(slope / 0.00012345678901234567 - 1) < 1e-9 and abs(intercept / -1234.5678901234567 - 1) < 1e-12
EOF

py "--lossy values: 32 bits and floats, as far off as it says" <<'EOF'
import re
import numpy as np, volfile as v
from dcm import *
affine = v.affine("oblique")
rng = np.random.default_rng(3)
for data in (rng.normal(0, 1000, (7, 6, 5)).astype("f4"), rng.normal(1e-9, 1e-12, (7, 6, 5)), rng.uniform(-1, 0, (7, 6, 5)) * 1e30,
             rng.integers(-2**31, 2**31, (7, 6, 5)).astype("i4"), np.full((4, 3, 2), 0.1, "f4"), np.full((4, 3, 2), -7.0)):
    said = make("d", data, affine, "--modality", "CT", "--lossy", "values", "--verify")
    values = stack(images("d"))[0]
    limit = re.search(r"at most (\S+) off", said)
    limit = float(limit[1]) * 1.005 if limit else 0
    off = np.abs(values - upright(data, affine)[0].astype(float)).max()
    assert off <= limit + np.abs(data).max() * 1e-15, (data.dtype, off, said)
    assert limit <= np.ptp(data.astype(float)) / 65534 * 0.51 + 1e-9, (limit, said)
    got, _, keys = back("d")
    if "rescale" in keys:
        slope, intercept = map(float, keys["rescale"].split())
        assert np.array_equal(got * slope + intercept, values)
# whole numbers that fit stay what they are
for data in (v.numbers("i2", (7, 6, 5)).astype("f4"), v.numbers("u2", (7, 6, 5)).astype("i4"), v.numbers("i1", (7, 6, 5)).astype("f8")):
    said = make("d", data, affine, "--modality", "MR", "--lossy", "values")
    assert "nothing is lost" in said and np.array_equal(back("d")[0], upright(data, affine)[0]) and "rescale" not in back("d")[2]
data = v.numbers("u2", (7, 6, 5)).astype("i4") + 1000000
assert "nothing is lost" in make("d", data, affine, "--modality", "MR", "--lossy", "values")
assert np.array_equal(stack(images("d"))[0], upright(data, affine)[0])
# a scale that was there before
data = rng.normal(0, 1, (4, 3, 2)).astype("f4")
make("d", data, affine, "--modality", "CT", "--lossy", "values", keys={"unit": "stored", "rescale": "1000 -24", "rescale.unit": "HU"})
assert np.abs(stack(images("d"))[0] - (upright(data, affine)[0] * 1000. - 24)).max() < 0.1 and images("d")[0].RescaleType == "HU"
EOF

"$TESTBIN/mkseries" -o ser --size 20,18,6 --series-number 3 --patient 'Doe^Jane' >.lib/mk 2>&1 || fail mkseries .lib/mk
"$TESTBIN/mkseries" -o mr --size 20,18,6 --modality MR --series-number 5 --series-uid-seed 9 >.lib/mk 2>&1 ||
	fail mkseries .lib/mk
dcm2vol -q ser -o ct.vol && volhu -q ct.vol -o hu.vol && dcm2vol -q mr -o mr.vol

py "--like: patient, study, equipment and frame of reference; nothing else" <<'EOF'
import glob
import pydicom, volfile as v
from dcm import *
source = pydicom.dcmread(glob.glob("ser/*")[0])
for like in ("ser", source.filename):
    shutil.rmtree("d", ignore_errors=True)
    v.run("vol2dcm", "--like", like, "hu.vol", "-o", "d")
    got = images("d")[0]
    for name in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID",
                 "AccessionNumber", "ReferringPhysicianName", "StudyDescription", "SeriesDescription", "Manufacturer", "InstitutionName",
                 "StationName", "FrameOfReferenceUID", "SpecificCharacterSet"):
        assert name in source and got[name].value == source[name].value, name
    assert got.SeriesInstanceUID != source.SeriesInstanceUID and got.SeriesNumber == 301
    assert not {d.SOPInstanceUID for d in images("d")} & {pydicom.dcmread(p).SOPInstanceUID for p in glob.glob("ser/*")}
    assert not any(e.tag.is_private for e in got)
    assert "dcm2vol" in got.DerivationDescription and "volhu" in got.DerivationDescription
# a patient who was moved lies in a space of its own
data, affine, keys = v.read("hu.vol")
v.write("moved.vol", data, affine, {**keys, "transform": "1 0 0 5 0 1 0 0 0 0 1 0 0 0 0 1"})
shutil.rmtree("d")
v.run("vol2dcm", "--like", "ser", "moved.vol", "-o", "d")
assert images("d")[0].FrameOfReferenceUID != source.FrameOfReferenceUID and images("d")[0].StudyInstanceUID == source.StudyInstanceUID
shutil.rmtree("d")
v.run("vol2dcm", "--like", "ser", "--description", "Größe", "--series-number", "77", "hu.vol", "-o", "d")
assert images("d")[0].SeriesDescription == "Größe" and images("d")[0].SeriesNumber == 77
EOF

py "characters: as they are in the source, or as UTF-8 beside texts of ours that need it" <<'EOF'
import glob
import pydicom, volfile as v
from dcm import *
for charset, name in (("ISO_IR 100", "Müller^Jörg"), ("ISO_IR 144", "Люкceмбypг"), ("GB18030", "王^小东")):
    source = pydicom.dcmread(glob.glob("ser/*")[0])
    source.SpecificCharacterSet, source.PatientName = charset, name
    source.save_as("one.dcm")
    for words, want in (((), charset), (("--description", "ß"), "ISO_IR 192")):
        shutil.rmtree("d", ignore_errors=True)
        v.run("vol2dcm", "--like", "one.dcm", *words, "hu.vol", "-o", "d")
        got = images("d")[0]
        assert got.SpecificCharacterSet == want and str(got.PatientName) == name, (got.SpecificCharacterSet, got.PatientName)
EOF

py "without --like no identity, also of a stream that has it" <<'EOF'
import volfile as v
from dcm import *
v.run("dcm2vol", "-q", "--keep-identifiers", "ser", "-o", "secret.vol")
assert b"SECRET" in open("secret.vol", "rb").read(), "the sample has no secrets"
shutil.rmtree("d", ignore_errors=True)
v.run("vol2dcm", "secret.vol", "-o", "d")
for d in images("d"):
    assert b"SECRET" not in open(d.filename, "rb").read() and b"Jane" not in open(d.filename, "rb").read()
    for name in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName"):
        assert not d[name].value, name
    assert not any(name in d for name in ("InstitutionName", "StationName", "DeviceSerialNumber", "SeriesDescription"))
    assert d.StudyInstanceUID.startswith("2.25.") and d.FrameOfReferenceUID.startswith("2.25.")
EOF

py "acquisition facts come back; thickness, where the distance is still the scanner's" <<'EOF'
import volfile as v
from dcm import *
for stream in ("ct.vol", "mr.vol"):
    shutil.rmtree("d", ignore_errors=True)
    v.run("vol2dcm", stream, "-o", "d")
    before, after = v.read(stream)[2], back("d")[2]
    for name in ("KVP", "ConvolutionKernel", "Exposure", "BodyPartExamined", "PatientPosition", "EchoTime", "RepetitionTime", "ScanningSequence",
                 "FlipAngle", "MagneticFieldStrength", "SliceThickness", "Manufacturer", "SpiralPitchFactor"):
        assert before.get("dicom." + name) == after.get("dicom." + name), (stream, name)
data, affine, keys = v.read("ct.vol")
for edit, want in (({"dicom.SliceThickness": "3"}, 3), ({"dicom.SliceThickness": "3", "source": "20 18 6 (1,0,0) (0,1,0) (0,0,9) (0,0,0)"}, 2.5),
                   ({"dicom.KVP": "hundred"}, 2.5), ({"dicom.KVP": "1" * 17}, 2.5)):
    v.write("in.vol", data, affine, {**keys, **edit})
    shutil.rmtree("d")
    v.run("vol2dcm", "in.vol", "-o", "d")
    d = images("d")[0]
    assert d.SliceThickness == want and d.SpacingBetweenSlices == 2.5 and (d.KVP is None) == ("dicom.KVP" in edit), d
EOF

cat >labels.py <<'EOF'
"""Segmentations, their bits unpacked by hand."""
import numpy as np, pydicom, volfile as v


def labels(dtype, shape, values=(2, 7, 200)):
    rng = np.random.default_rng(5)
    data = np.zeros(shape, dtype)
    for value in values:
        lo = [int(rng.integers(0, max(1, n - 1))) for n in shape]
        hi = [int(rng.integers(a + 1, n + 1)) for a, n in zip(lo, shape)]
        box = tuple(slice(a, b) for a, b in zip(lo, hi))
        data[box][rng.random(data[box].shape) < 0.7] = value
    data[0, 0, 0] = data[-1, -1, -1] = values[-1]
    return data


def unpack(path, shape, affine):
    """The label volume on the grid, each frame put where it says that it lies."""
    d = pydicom.dcmread(path)
    n, size = int(d.NumberOfFrames), d.Rows * d.Columns
    assert len(d.PixelData) == (n * size + 7) // 8 + (n * size + 7) // 8 % 2
    bits = np.unpackbits(np.frombuffer(d.PixelData, "u1"), bitorder="little")
    assert not bits[n * size:].any()
    frames = bits[:n * size].reshape(n, d.Rows, d.Columns)
    number = {s.SegmentNumber: int(s.SegmentDescription.split()[1]) for s in d.SegmentSequence}
    assert list(number) == list(range(1, len(number) + 1)) and list(number.values()) == sorted(number.values())
    shared = d.SharedFunctionalGroupsSequence[0]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, float)
    spacing = np.array(shared.PixelMeasuresSequence[0].PixelSpacing, float)
    lps = v.LPS_FROM_RAS @ affine
    assert np.allclose(cosines[:3] * spacing[1], lps[:3, 0], atol=1e-9) and np.allclose(cosines[3:] * spacing[0], lps[:3, 1], atol=1e-9)
    out, order = np.zeros(shape, int), set()
    assert len(d.PerFrameFunctionalGroupsSequence) == n
    for frame, group in zip(frames, d.PerFrameFunctionalGroupsSequence):
        place = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
        index = np.linalg.solve(lps[:3, :3], place - lps[:3, 3])
        assert np.allclose(index, np.round(index), atol=1e-6) and np.allclose(index[:2], 0, atol=1e-6), index
        z, segment = int(round(index[2])), group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        values = group.FrameContentSequence[0].DimensionIndexValues
        turned = np.dot(np.cross(cosines[:3], cosines[3:]), lps[:3, 2]) < 0
        assert values[0] == segment and values[1] == (shape[2] - z if turned else z + 1)
        order.add(tuple(values))
        assert frame.any() and not out[:, :, z][frame.T == 1].any()
        out[:, :, z][frame.T == 1] = number[segment]
    assert len(order) == n
    return d, out
EOF

py "labels: every integer type and grid, sizes that do not fill bytes; also sheared" <<'EOF'
import numpy as np, volfile as v
from labels import *
for name in ("uint8", "uint16", "int16", "uint32", "int32", "int8"):
    for kind in ("plain", "oblique", "left-handed", "sheared"):
        for shape in ((11, 9, 5), (16, 8, 3), (1, 7, 4), (3, 1, 4), (17, 13, 1), (64, 3, 2)):
            values = (2, 7, 100) if name == "int8" else (2, 7, 200) if name == "uint8" else (1, 300, 30000)
            data, affine = labels(v.TYPES[name], shape, values), v.affine(kind)
            v.write("in.vol", data, affine, {"unit": "label", "labels": r"7 lung-left\n2 lung\\\\right\n9 nobody"})
            v.run("vol2dcm", "in.vol", "-o", "s.dcm", "--verify", "-q")
            d, got = unpack("s.dcm", shape, affine)
            assert np.array_equal(got, data), (name, kind, shape)
            names = {int(s.SegmentDescription.split()[1]): s.SegmentLabel for s in d.SegmentSequence}
            assert names.get(7, "lung-left") == "lung-left" and names.get(300, "label 300") == "label 300", names
            assert d.Modality == "SEG" and d.SegmentationType == "BINARY" and not d.PatientName
# --seg where no key says it; --modality where one does
data = labels("u1", (9, 8, 7))
v.write("in.vol", data, keys={"modality": "CT"})
v.run("vol2dcm", "--seg", "in.vol", "-o", "s.dcm")
assert np.array_equal(unpack("s.dcm", data.shape, np.eye(4))[1], data)
v.write("in.vol", data, keys={"unit": "label"})
v.run("vol2dcm", "--modality", "OT", "in.vol", "-o", "as-images")
assert len(pydicom.dcmread("as-images/0001.dcm").pixel_array)
EOF

py "many frames, more than a block of header and bits" <<'EOF'
import numpy as np, volfile as v
from labels import *
rng = np.random.default_rng(7)
data = rng.integers(0, 90, (50, 70, 40)).astype("u2") * 700
v.write("in.vol", data, v.affine("oblique"), {"unit": "label"})
v.run("vol2dcm", "in.vol", "-o", "s.dcm", "--verify", "-q")
d, got = unpack("s.dcm", data.shape, v.affine("oblique"))
assert np.array_equal(got, data) and d.NumberOfFrames > 3000
EOF

py "a segmentation refers to the images that it lies on" <<'EOF'
import glob
import numpy as np, pydicom, volfile as v
from labels import *
data, affine, keys = v.read("ct.vol")
mask = np.zeros(data.shape, "u1")
mask[4:9, 3:8, 1:5] = 1
v.write("in.vol", mask, affine, {"unit": "label", "labels": "1 Größe"})
v.run("vol2dcm", "--like", "ser", "in.vol", "-o", "s.dcm")
d, got = unpack("s.dcm", mask.shape, affine)
assert np.array_equal(got, mask) and d.SegmentSequence[0].SegmentLabel == "Größe"
sources = {s.SOPInstanceUID: s for s in map(pydicom.dcmread, glob.glob("ser/*"))}
one = next(iter(sources.values()))
assert d.StudyInstanceUID == one.StudyInstanceUID and d.FrameOfReferenceUID == one.FrameOfReferenceUID and d.ContentDate
listed = {i.ReferencedSOPInstanceUID for i in d.ReferencedSeriesSequence[0].ReferencedInstanceSequence}
assert d.ReferencedSeriesSequence[0].SeriesInstanceUID == one.SeriesInstanceUID and len(listed) == 4
for group in d.PerFrameFunctionalGroupsSequence:
    uid = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
    assert uid in listed and sources[uid].ImagePositionPatient == group.PlanePositionSequence[0].ImagePositionPatient
# elsewhere: the same patient, no image named
affine = affine.copy()
affine[:3, 3] += 0.4
v.write("in.vol", mask, affine, {"unit": "label"})
v.run("vol2dcm", "--like", "ser", "in.vol", "-o", "s.dcm")
d = unpack("s.dcm", mask.shape, affine)[0]
assert "ReferencedSeriesSequence" not in d and "DerivationImageSequence" not in d.PerFrameFunctionalGroupsSequence[0]
EOF

# ---- other programs ----

# iod DESC FILE... - dciodvfy has no error, and no warnings but these: values of type 2 that are empty as nobody knows them, the
# places of secondary captures, which are an extension, and US (PS3.3, C.11.1.1.2), which it does not know
iod()
{
	desc=$1
	shift
	for f in "$@"; do
		dciodvfy "$f" 2>&1
	done >iod.out
	grep -v -e '^Warning - Missing attribute or value that would be needed to build DICOMDIR' -e '^[A-Za-z]*$' \
		-e '^Warning - Attribute is not present in standard DICOM IOD - (0x0018,0x0088)' \
		-e '^Warning - Attribute is not present in standard DICOM IOD - (0x0020,0x00\(32\|37\|52\))' \
		-e 'this is a Standard Extended SOP Class$' -e 'defined term <US> for value 1 of attribute <Rescale Type>' \
		-e 'is only permitted to be empty when actually unknown.*<Laterality>' iod.out >iod.bad
	if [ -s iod.bad ]; then
		fail "$desc" iod.bad
	else
		pass "$desc"
	fi
}

if have dciodvfy; then
	rm -rf d e f g h s.dcm t.dcm
	vol2dcm ct.vol -o d && vol2dcm --like ser hu.vol -o e
	iod "dciodvfy on CT" d/0001.dcm d/0006.dcm e/0001.dcm
	vol2dcm mr.vol -o f && vol2dcm --like mr mr.vol -o g
	iod "dciodvfy on MR" f/0001.dcm g/0003.dcm
	vol2dcm --modality OT hu.vol -o h
	iod "dciodvfy on secondary capture" h/0001.dcm
	"$PYTHON" -W ignore -c 'import volfile as v, labels; d, a, k = v.read("hu.vol"); v.write("mask.vol", labels.labels("u1", d.shape), a, {"unit": "label"})'
	vol2dcm mask.vol -o s.dcm && vol2dcm --like ser mask.vol -o t.dcm
	iod "dciodvfy on segmentations" s.dcm t.dcm
	"$PYTHON" -W ignore -c 'import volfile as v; v.write("plain.vol", v.numbers("u2", (9, 8, 5)), v.affine("oblique"), {"padding": "0 9", "window": "100 50"}); v.write("knee.vol", v.numbers("i2", (9, 8, 5)), keys={"modality": "MR", "dicom.BodyPartExamined": "KNEE"})'
	is "dcentvfy finds source, images and segmentation of one patient and study" "$(dcentvfy ser/* e/* t.dcm 2>&1)" ""
	rm -rf d e f
	for m in CT MR OT; do vol2dcm -q --modality $m plain.vol -o d$m; done
	vol2dcm -q knee.vol -o knee
	iod "dciodvfy on volumes that nobody knows" knee/0001.dcm dCT/0001.dcm dMR/0001.dcm dOT/0001.dcm
	is "with --like nothing but places is amiss" "$(dciodvfy g/0001.dcm 2>&1 | grep -c Warning)" 0
else
	skip "dciodvfy" "dicom3tools is not installed"
fi

if have dcm2niix && "$PYTHON" -c 'import nibabel' 2>/dev/null; then
	py "dcm2niix finds the same voxels in the same places" <<-'EOF'
	import glob, os, subprocess
	import nibabel, numpy as np, volfile as v
	from dcm import *
	for kind in KINDS:
	    for modality in ("CT", "MR", "OT"):
	        data, affine = v.numbers("i2", (16, 18, 6)) // 8, v.affine(kind)
	        make("d", data, affine, "-q", "--modality", modality, keys={"unit": "stored", "rescale": "2 -100"})
	        shutil.rmtree("n", ignore_errors=True)
	        os.mkdir("n")
	        subprocess.run(["dcm2niix", "-b", "n", "-z", "n", "-o", "n", "-f", "x", "d"], check=True, capture_output=True)
	        image = nibabel.load(glob.glob("n/*.nii")[0])
	        way = np.linalg.solve(image.affine, affine)
	        assert np.allclose(way, np.round(way), atol=1e-3), (kind, modality, way)
	        index = np.indices(data.shape).reshape(3, -1)
	        there = np.round(way[:3, :3] @ index + way[:3, 3:]).astype(int)
	        got = image.get_fdata()[tuple(there)].reshape(data.shape)
	        assert np.array_equal(got, data * 2. - 100), (kind, modality)
	EOF
else
	skip "dcm2niix" "it is not installed"
fi

# ---- whole or not at all ----

py "two runs, any threads, file or pipe: the same bytes; another voxel, other UIDs" <<'EOF'
import volfile as v
from dcm import *
def files(*words, **more):
    shutil.rmtree("d", ignore_errors=True)
    v.run("vol2dcm", "-o", "d", *words, **more)
    return {p: open(p, "rb").read() for p in glob.glob("d/*")}
first = files("--like", "ser", "hu.vol")
assert first == files("--like", "ser", "--threads", "1", "hu.vol") == files("--like", "ser", stdin="hu.vol")
data, affine, keys = v.read("hu.vol")
data = data.copy()
data[3, 3, 5] += 1
v.write("in.vol", data, affine, keys)
uid = lambda s: s[s.index(b"2.25."):][:44]
other = files("--like", "ser", "in.vol")
assert not {uid(s) for s in first.values()} & {uid(s) for s in other.values()} and len({uid(s) for s in other.values()}) == 6
v.write("in.vol", data // 50, affine, {"unit": "label"})
v.write("in.vol", abs(data) % 3, affine, {"unit": "label"})
for name in ("s.dcm", "t.dcm"):
    v.run("vol2dcm", "in.vol", "-o", name)
assert open("s.dcm", "rb").read() == open("t.dcm", "rb").read()
EOF

refuse()
{
	desc=$1 what=$2
	shift 2
	must_fail 1 "$desc" "$@"
	said "$desc: what it says" "$what"
}

"$PYTHON" -W ignore - <<'EOF'
import numpy as np, volfile as v
a = v.affine("oblique")
v.write("float.vol", v.numbers("f4", (4, 3, 2)), a, {"modality": "CT"})
v.write("int32.vol", v.numbers("i4", (4, 3, 2)), a, {"modality": "CT"})
nan = v.numbers("f4", (4, 3, 2)); nan[1, 1, 1] = np.nan
v.write("nan.vol", nan, a, {"modality": "CT"})
v.write("list.vol", v.numbers("i2", (4, 3, 2, 5)), a, {"modality": "MR", "axis": "time s 0 1 2 3 4"})
v.write("one.vol", v.numbers("i2", (4, 3, 2, 1)), a, {"modality": "CT"})
v.write("colour.vol", v.numbers("u1", (4, 3, 2, 3)), a, {"modality": "CT"}, colour=True)
v.write("unknown.vol", v.numbers("i2", (4, 3, 2)), a)
v.write("pet.vol", v.numbers("i2", (4, 3, 2)), a, {"modality": "PT"})
v.write("wide.vol", np.zeros((65536, 1, 1), "i2"), a, {"modality": "CT"})
skew = a.copy(); skew[:3, 1] += 0.1 * skew[:3, 0]
v.write("skew.vol", v.numbers("i2", (40, 30, 2)), skew, {"modality": "CT"})
v.write("flabels.vol", np.ones((4, 3, 2), "f4"), a, {"unit": "label"})
v.write("negative.vol", np.full((4, 3, 2), -1, "i2"), a, {"unit": "label"})
v.write("big.vol", np.full((4, 3, 2), 65536, "u4"), a, {"unit": "label"})
v.write("none.vol", np.zeros((4, 3, 2), "u1"), a, {"unit": "label"})
EOF
rm -rf x
refuse "float" 'float does not fit the 16 bits of a DICOM image: volcast .*--lossy values' vol2dcm float.vol -o x
refuse "int32" 'int32 does not fit' vol2dcm int32.vol -o x
refuse "NaN" 'holds NaN or infinite values.*volcalc' vol2dcm --lossy values nan.vol -o x
refuse "4-D" 'has 5 volumes.*volsplit' vol2dcm list.vol -o x
refuse "4-D as labels" 'has 5 volumes.*volsplit' vol2dcm --seg list.vol -o x
refuse "colour" 'in colour' vol2dcm colour.vol -o x
refuse "an unknown modality" 'modality is not known: say CT, MR or OT' vol2dcm unknown.vol -o x
refuse "PET" 'modality PT are not written: say' vol2dcm pet.vol -o x
refuse "too wide" '65536 x 1 x 1 voxels are more than DICOM' vol2dcm wide.vol -o x
refuse "skew in plane" 'not perpendicular .*volresample' vol2dcm skew.vol -o x
refuse "labels that are floats" 'float is no type for labels: volcast' vol2dcm flabels.vol -o x
refuse "a negative label" 'holds -1, which is no label' vol2dcm negative.vol -o x
refuse "a label over 65535" 'holds 65536, which is no label' vol2dcm big.vol -o x
refuse "no label at all" 'holds no label, only 0' vol2dcm none.vol -o x
refuse "--like of nothing" 'absent' vol2dcm --like absent ct.vol -o x
refuse "--like of what is no DICOM" 'no DICOM header' vol2dcm --like ct.vol ct.vol -o x
mkdir two && cp -R ser two/a && cp -R mr two/b
refuse "--like of two series" '2 series; choose one with --series' vol2dcm --like two ct.vol -o x
ok "--like of one of them" vol2dcm --like two --series 3 ct.vol -o chosen
must_fail 2 "no -o" vol2dcm ct.vol
said "no -o: what it says" 'give -o DIR'
must_fail 2 "a word that --lossy does not know" vol2dcm --lossy shear ct.vol -o x
must_fail 2 "--series without --like" vol2dcm --series 3 ct.vol -o x
must_fail 2 "--seg with --modality" vol2dcm --seg --modality CT ct.vol -o x
ok "a list of one is no list" vol2dcm one.vol -o single
mkdir full && echo keep >full/me
refuse "a folder that is not empty" 'is a folder that is not empty' vol2dcm ct.vol -o full
is "and stays" "$(ls full; cat full/me)" "me
keep"
refuse "a file" 'exists already, and is no folder' vol2dcm ct.vol -o ct.vol
mkdir empty
ok "an empty folder is filled" vol2dcm ct.vol -o empty/
is "with six files" "$(ls empty | wc -l)" 6
mkdir held
refuse "an empty folder, with --no-clobber" 'exists already' vol2dcm --no-clobber ct.vol -o held
refuse "a segmentation where a folder is" 'is a folder' vol2dcm mask.vol -o held
head -c 5000 ct.vol >short.vol
refuse "a short stream" 'ends after' vol2dcm short.vol -o x
refuse "a short stream of labels" 'ends after' sh -c 'head -c 1500 mask.vol | vol2dcm -o x'
refuse "a full disk" 'cannot be created|write' sh -c 'vol2dcm ct.vol -o /proc/x'
is "nothing is left of all that" "$(find . -maxdepth 1 \( -name x -o -name '.x.*' -o -name '*.tmp' \))" ""

"$PYTHON" -W ignore -c 'import numpy as np, volfile as v; v.write("long.vol", np.zeros((64, 64, 3000), "i2"), keys={"modality": "CT"})'

# a writer that waits for the rest of its input, and a signal
for sig in INT TERM HUP KILL; do
	rm -rf killed .killed.*
	mkfifo pipe
	vol2dcm -o killed <pipe 2>.lib/err &
	pid=$!
	exec 7>pipe
	head -c 3000000 long.vol >&7
	n=0
	while [ -z "$(find . -path './.killed.*/0001.dcm')" ] && [ $n -lt 200 ]; do
		sleep 0.05
		n=$((n + 1))
	done
	is "it is at work ($sig)" "$(find . -path './.killed.*/0001.dcm' | wc -l)" 1
	# a shell's background job may ignore SIGINT
	[ $sig != INT ] || kill -TERM $pid
	kill -$sig $pid 2>/dev/null
	wait $pid 2>/dev/null
	exec 7>&-
	rm -f pipe
	[ $sig != KILL ] || rm -rf .killed.*
	is "SIG$sig leaves nothing" "$(find . -maxdepth 1 -name '*killed*')" ""
done

# fault DESC WHAT INJECT WORD... - vol2dcm WORD... -o x where the system fails in that way: one line, nothing left
fault()
{
	desc=$1 what=$2 inject=$3
	shift 3
	refuse "$desc" "$what" strace -qq -o /dev/null -e "trace=${inject%%:*}" -e "inject=$inject" vol2dcm "$@" -o x
	is "$desc: nothing is left" "$(find . -maxdepth 1 \( -name x -o -name '.x.*' \))" ""
}

if have strace && [ -z "${SANITIZED:-}" ] && strace -qq -o /dev/null -e inject=fsync:error=EIO true 2>/dev/null; then
	fault "a disk that is full" 'No space left' write:error=ENOSPC:when=6 ct.vol
	fault "a disk that is full when heads are written again" 'No space left' write:error=ENOSPC:when=14 ct.vol
	fault "a disk that fails" 'cannot be written to disk' fsync:error=EIO:when=3 ct.vol
	fault "a name that cannot be given" 'cannot be given its name' rename:error=EACCES ct.vol
	fault "a full disk under a segmentation" 'No space left' write:error=ENOSPC:when=2 mask.vol
	# voxels that do not arrive, though the system says so
	fault "--verify notices what was not written" 'truncated|read back' write:retval=720:when=4 --verify ct.vol
	fault "--verify notices it in a segmentation" 'read back' write:retval=1:when=2 --verify mask.vol
else
	skip "what is left when the system fails" "strace cannot be used"
fi

py "memory does not grow with the number of slices" <<'EOF'
import os, resource, subprocess
import numpy as np, volfile as v
if not v.SANITIZED:
    labels = np.zeros((32, 32, 9000), "u1"); labels[3:9, 3:9, :] = 1; labels[12:20, 3:9, :] = 2
    v.write("labels.vol", labels, keys={"unit": "label"})
    for stream, out in (("long.vol", "long"), ("labels.vol", "long.dcm")):
        said = subprocess.run(["sh", "-c", f"cat {stream} | /usr/bin/time -f %M vol2dcm -o {out}"], capture_output=True, text=True,
                              check=True).stderr
        assert int(said.split()[-1]) < 32 << 10, (stream, said)
EOF

done_testing
