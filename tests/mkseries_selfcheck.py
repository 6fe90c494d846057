#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""mkseries_selfcheck.py - does the phantom maker write what it says? TAP on stdout.

Reads what mkseries wrote with pydicom (and, where installed, the decoders of DCMTK and GDCM) and compares
positions and values with its own --truth and --truth-stored. MKSERIES names the program to check.
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
import warnings

try:
    import numpy as np
    import pydicom
    import pydicom.fileset
except ImportError as e:
    print("1..0 # SKIP %s" % e)
    sys.exit(0)

warnings.simplefilter("ignore")
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
MKSERIES = os.environ.get("MKSERIES", "build/tests/mkseries")
TYPES = {"int8": "i1", "uint8": "u1", "int16": "<i2", "uint16": "<u2", "int32": "<i4", "uint32": "<u4",
         "float": "<f4", "double": "<f8"}


def make(dir, *args):
    """Runs mkseries; returns the directory of files, the two truths."""
    out = os.path.join(dir, "series")
    truth, stored = os.path.join(dir, "truth.nrrd"), os.path.join(dir, "stored.nrrd")
    subprocess.run([MKSERIES, "-o", out, "--truth", truth, "--truth-stored", stored, *args], check=True)
    return out, nrrd(truth), nrrd(stored)


def nrrd(path):
    """Header fields and array [z][y][x] of a raw attached NRRD."""
    data = open(path, "rb").read()
    end = data.index(b"\n\n")
    head = dict(line.split(": ", 1) for line in data[:end].decode().split("\n") if ": " in line)
    size = [int(n) for n in head["sizes"].split()]
    return head, np.frombuffer(data[end + 2:], TYPES[head["type"]]).reshape(size[::-1])


def vector(text):
    return np.array([float(x) for x in text.strip("()").split(",")])


def files(dir):
    return [p for p in sorted(glob.glob(dir + "/**", recursive=True)) if os.path.isfile(p)]


def images(dir):
    """Data sets in order along the normal."""
    sets = [pydicom.dcmread(p, force=True) for p in files(dir)]
    return sorted(sets, key=lambda d: place(d))


def place(d):
    cos = np.array(d.ImageOrientationPatient, float)
    return np.dot(np.array(d.ImagePositionPatient, float), np.cross(cos[:3], cos[3:]))


def stored_values(d):
    """The stored bits of native or RLE pixels, whatever lies around them."""
    if "TransferSyntaxUID" not in d.file_meta:       # pydicom has guessed it, but does not go by its own guess
        d.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2" if d.is_implicit_VR else "1.2.840.10008.1.2.1"
    px = d.pixel_array.astype(np.int64)
    if d.file_meta.get("TransferSyntaxUID") == "1.2.840.10008.1.2.2" and d.BitsAllocated == 32:
        px = np.frombuffer(d.PixelData, ">u2").astype(np.int64).reshape(d.Rows, d.Columns, 2)
        px = px[..., 0] | px[..., 1] << 16
    px = px >> (d.HighBit + 1 - d.BitsStored) & ((1 << d.BitsStored) - 1)
    if d.PixelRepresentation:
        px = np.where(px >> (d.BitsStored - 1), px - (1 << d.BitsStored), px)
    return px


def check_series(sets, truth, stored, tol=1e-6):
    """Positions, directions, stored and physical values of a whole series against the truths."""
    head, want = truth
    axis = [vector(v) for v in head["space directions"].split()]
    origin = vector(head["space origin"])
    assert len(sets) == want.shape[0], "%d images for %d slices" % (len(sets), want.shape[0])
    for k, d in enumerate(sets):
        cos = np.array(d.ImageOrientationPatient, float)
        assert np.allclose(np.array(d.ImagePositionPatient, float), origin + k * axis[2], atol=tol), "position"
        assert np.allclose(cos[:3] * float(d.PixelSpacing[1]), axis[0], atol=tol), "row direction"
        assert np.allclose(cos[3:] * float(d.PixelSpacing[0]), axis[1], atol=tol), "column direction"
        px = stored_values(d)
        assert np.array_equal(px, stored[1][k]), "stored values of slice %d" % k
        real = px * float(d.get("RescaleSlope", 1)) + float(d.get("RescaleIntercept", 0))
        assert np.array_equal(real, want[k].astype(float)), "values of slice %d" % k


def sound(*args):
    def check(dir):
        out, truth, stored = make(dir, *args)
        check_series(images(out), truth, stored)
    return check


def decoded(program, *args):
    """The same after a decoder that is not ours."""
    def check(dir):
        if not shutil.which(program[0]):
            return "SKIP no " + program[0]
        out, truth, stored = make(dir, "--size", "61,47,4", *args)
        plain = os.path.join(dir, "plain")
        os.mkdir(plain)
        for i, path in enumerate(files(out)):
            subprocess.run([*program, path, "%s/%d" % (plain, i)], check=True, stderr=subprocess.DEVNULL)
        check_series(images(plain), truth, stored)
    return check


def lossy(program, tolerance, *args):
    def check(dir):
        if not shutil.which(program[0]):
            return "SKIP no " + program[0]
        out, truth, _ = make(dir, "--size", "64,64,3", "--padding", "none", *args)
        for i, path in enumerate(files(out)):
            subprocess.run([*program, path, "%s/%d.dcm" % (dir, i)], check=True, stderr=subprocess.DEVNULL)
        sets = sorted([pydicom.dcmread(p) for p in glob.glob(dir + "/*.dcm")], key=place)
        for k, d in enumerate(sets):
            real = stored_values(d) * float(d.RescaleSlope) + float(d.RescaleIntercept)
            worst = np.abs(real - truth[1][k]).mean()
            assert worst < tolerance, "mean error %g" % worst
    return check


def ramp(dir):
    out, truth, stored = make(dir, "--phantom", "ramp", "--size", "40,30,20")
    assert len(np.unique(stored[1])) == 40 * 30 * 20
    out, truth, stored = make(os.path.join(dir, "b"), "--phantom", "ramp", "--size", "128,128,6")
    assert not np.array_equal(stored[1][0], stored[1][4]) and not np.array_equal(stored[1][0, 0], stored[1][0, 4])


def edges(dir):
    out, truth, stored = make(dir, "--phantom", "edges", "--bits", "16,12,11")
    assert list(np.unique(stored[1])) == [-2048, 2047]
    check_series(images(out), truth, stored)


def noise(dir):
    out, truth, stored = make(dir, "--size", "128,128,40", "--noise", "30")
    air = truth[1][:, 11:19, 58:70].astype(float)
    air -= air.mean()
    along = (air[..., 1:] * air[..., :-1]).mean() / air.var()
    assert abs(air.std() - 30) < 1.5, "sd %g" % air.std()
    assert abs(along - 0.6) < 0.05, "autocorrelation %g" % along


def same_bytes(dir):
    a, b = os.path.join(dir, "a"), os.path.join(dir, "b")
    for d in a, b:
        subprocess.run([MKSERIES, "-o", d, "--orient", "oblique", "--seed", "7"], check=True)
    assert [os.path.basename(p) for p in files(a)] == [os.path.basename(p) for p in files(b)]
    assert all(open(p, "rb").read() == open(q, "rb").read() for p, q in zip(files(a), files(b)))


def several(dir):
    out, truth, stored = make(dir, "--names", "sequential")
    subprocess.run([MKSERIES, "-o", out, "--append", "--names", "sequential", "--series-uid-seed", "2",
                    "--size", "20,20,5", "--series-number", "4"], check=True)
    sets = images(out)
    assert len({d.SeriesInstanceUID for d in sets}) == 2 and len({d.StudyInstanceUID for d in sets}) == 1
    assert len({d.SOPInstanceUID for d in sets}) == 25
    assert subprocess.run([MKSERIES, "-o", out], stderr=subprocess.DEVNULL).returncode == 1


def dicomdir(dir):
    out, truth, stored = make(dir, "--dicomdir", "--defect", "second-series", "--size", "16,16,5")
    index = pydicom.dcmread(out + "/DICOMDIR")
    named = {"/".join(r.ReferencedFileID) for r in index.DirectoryRecordSequence if r.DirectoryRecordType == "IMAGE"}
    assert named == {os.path.relpath(p, out) for p in files(out)} - {"DICOMDIR"}
    fs = pydicom.fileset.FileSet(index)
    assert len(fs) == 10 and len(fs.find_values("SeriesInstanceUID")) == 2
    if shutil.which("dcmdump"):
        said = subprocess.run(["dcmdump", out + "/DICOMDIR"], capture_output=True, text=True)
        assert said.returncode == 0 and not said.stderr, said.stderr


def left_out(dir):
    out, truth, stored = make(dir, "--size", "20,20,10", "--defect", "missing=4", "--defect", "missing=5",
                              "--defect", "duplicate=7")
    sets = images(out)
    assert len(sets) == 9 and len({d.SOPInstanceUID for d in sets}) == 8
    z = np.unique([float(d.ImagePositionPatient[2]) for d in sets])
    assert sorted(np.round(np.diff(z), 6)) == [2.5] * 6 + [7.5]


def twice(dir):
    out, truth, stored = make(dir, "--size", "20,20,10", "--defect", "repeat", "--defect", "overlap=3")
    sets = images(out)
    assert len(sets) == 21 and len({d.SOPInstanceUID for d in sets}) == 21
    assert len({round(place(d), 6) for d in sets}) == 11


def tilt(dir):
    out, truth, stored = make(dir, "--defect", "tilt=15")
    sets = images(out)
    check_series(sets, truth, stored)
    cos = np.array(sets[0].ImageOrientationPatient, float)
    step = np.array(sets[1].ImagePositionPatient, float) - np.array(sets[0].ImagePositionPatient, float)
    assert abs(np.dot(step, np.cross(cos[:3], cos[3:])) - 2.5 * np.cos(np.radians(15))) < 1e-6
    assert np.allclose(step, [0, 0, 2.5], atol=1e-6)


def lut(dir):
    out, truth, stored = make(dir, "--defect", "modality-lut", "--bits", "16,12,11")
    from pydicom.pixel_data_handlers.util import apply_modality_lut
    for k, d in enumerate(images(out)):
        assert np.array_equal(apply_modality_lut(d.pixel_array, d), truth[1][k])


def odd_headers(dir):
    """Each defect shows where it should, and nowhere else."""
    def first(number, *args):
        d = tempfile.mkdtemp(dir=dir)
        out = make(d, "--size", "16,12,6", "--names", "sequential", *args)[0]
        return pydicom.dcmread("%s/IM%05d.dcm" % (out, number), force=True), out
    d, _ = first(3, "--defect", "nan-position=2")
    assert "NaN" in d.get_item(0x00200032).value.decode()
    d, _ = first(3, "--defect", "huge-position=2")
    assert "1e+300" in d.get_item(0x00200032).value.decode()
    d, _ = first(1, "--defect", "comma-position")
    assert "," in d.get_item(0x00200032).value.decode()
    assert "ImagePositionPatient" not in first(3, "--defect", "no-position=2")[0]
    assert "ImagePositionPatient" in first(2, "--defect", "no-position=2")[0]
    assert "ImagePositionPatient" not in first(2, "--defect", "no-position=all")[0]
    assert "ImageOrientationPatient" not in first(2, "--defect", "no-orientation")[0]
    assert "PixelSpacing" not in first(2, "--defect", "no-spacing")[0]
    assert first(2, "--defect", "zero-spacing")[0].PixelSpacing == [0, 0]
    assert first(2, "--defect", "zero-rows")[0].Rows == 0
    assert "RescaleSlope" not in first(2, "--defect", "no-rescale")[0]
    assert first(2, "--defect", "mixed-size=1")[0].Rows != 12
    assert first(2, "--defect", "mixed-spacing=1")[0].PixelSpacing == [1, 1]
    assert first(2, "--defect", "mixed-sign=1")[0].PixelRepresentation == 0
    assert first(2, "--defect", "mixed-orientation=1")[0].ImageOrientationPatient != [1, 0, 0, 0, 1, 0]
    assert first(2, "--defect", "colour=1")[0].pixel_array.shape == (12, 16, 3)
    assert first(2, "--defect", "multiframe=1")[0].pixel_array.shape == (2, 12, 16)
    assert len({str(first(k, "--defect", "same-position")[0].ImagePositionPatient) for k in (1, 2, 3)}) == 1
    assert os.path.getsize(first(2, "--defect", "truncate=1,700")[1] + "/IM00002.dcm") == 700
    assert len(files(first(2, "--defect", "localizer")[1])) == 7
    assert len(files(first(2, "--defect", "junk")[1])) == 13


CHECKS = [
    ("explicit, by default", sound()),
    ("implicit, oblique", sound("--syntax", "implicit", "--orient", "oblique")),
    ("big endian, unsigned 12 bits", sound("--syntax", "big-endian", "--unsigned", "--bits", "16,12,11")),
    ("big endian, 32 bits", sound("--syntax", "big-endian", "--bits", "32,32,31", "--phantom", "ramp")),
    ("deflated, sagittal", sound("--syntax", "deflated", "--orient", "sagittal")),
    ("rle, odd size", sound("--syntax", "rle", "--size", "33,21,5")),
    ("8 bits, odd size, MR", sound("--modality", "MR", "--bits", "8,8,7", "--size", "33,21,5")),
    ("32 bits, slope 0.25", sound("--bits", "32,24,23", "--slope", "0.25", "--intercept", "-3")),
    ("junk around 12 signed bits", sound("--bits", "16,12,13", "--junk-high-bits")),
    ("PET, a slope for each slice", sound("--modality", "PT")),
    ("a slope and intercept for each slice", sound("--slope-per-slice", "--intercept-per-slice")),
    ("padding range, coronal", sound("--padding", "-1500,-1400", "--orient", "coronal", "--size", "40,64,12")),
    ("prone, random numbers, UTF-8 names", sound("--orient", "prone", "--instance-numbers", "random",
                                                 "--names", "utf8")),
    ("feet first, head", sound("--orient", "feet-first", "--phantom", "head")),
    ("neither preamble nor meta", sound("--no-preamble", "--no-meta", "--syntax", "implicit")),
    ("preamble only", sound("--no-meta")),
    ("drift in plane", sound("--defect", "tilt-position=10")),
    ("gantry tilt", tilt),
    ("ramp names every voxel", ramp),
    ("edges", edges),
    ("noise has its spread and grain", noise),
    ("same bytes twice", same_bytes),
    ("several series in a folder", several),
    ("DICOMDIR", dicomdir),
    ("missing and duplicate slices", left_out),
    ("two passes, an overlapping slice", twice),
    ("modality LUT", lut),
    ("odd headers", odd_headers),
    ("deflated, by dcmconv", decoded(["dcmconv", "+te"], "--syntax", "deflated")),
    ("big endian, by dcmconv", decoded(["dcmconv", "+te"], "--syntax", "big-endian")),
    ("big endian 32 bits, by dcmconv", decoded(["dcmconv", "+te"], "--syntax", "big-endian", "--bits", "32,32,31",
                                               "--phantom", "ramp")),
    ("rle, by dcmdrle", decoded(["dcmdrle"], "--syntax", "rle", "--phantom", "ramp")),
    ("rle 32 bits, by dcmdrle", decoded(["dcmdrle"], "--syntax", "rle", "--bits", "32,32,31")),
    ("jpeg lossless, by dcmdjpeg", decoded(["dcmdjpeg"], "--syntax", "jpeg-lossless", "--offset-table")),
    ("jpeg lossless 14 in pieces, by dcmdjpeg", decoded(["dcmdjpeg"], "--syntax", "jpeg-lossless14",
                                                        "--fragments", "3")),
    ("jpeg-ls, by dcmdjpls", decoded(["dcmdjpls"], "--syntax", "jpeg-ls", "--fragments", "2", "--offset-table")),
    ("jpeg 2000, by gdcmconv", decoded(["gdcmconv", "--raw"], "--syntax", "jpeg2000")),
    ("jpeg 2000 in pieces, by gdcmconv", decoded(["gdcmconv", "--raw"], "--syntax", "jpeg2000", "--fragments", "4",
                                                 "--unsigned", "--bits", "16,12,11", "--offset-table")),
    ("jpeg baseline, by dcmdjpeg", lossy(["dcmdjpeg"], 20, "--syntax", "jpeg-baseline")),
    ("jpeg extended, by dcmdjpeg", lossy(["dcmdjpeg"], 10, "--syntax", "jpeg-extended", "--unsigned",
                                         "--bits", "16,12,11")),
    ("jpeg-ls near, by dcmdjpls", lossy(["dcmdjpls"], 2.1, "--syntax", "jpeg-ls-near")),
    ("jpeg 2000 lossy, by gdcmconv", lossy(["gdcmconv", "--raw"], 25, "--syntax", "jpeg2000-lossy")),
]


def main():
    bad = 0
    print("1..%d" % len(CHECKS))
    for n, (name, check) in enumerate(CHECKS, 1):
        with tempfile.TemporaryDirectory() as dir:
            try:
                skip = check(dir)
                print("ok %d - %s%s" % (n, name, " # " + skip if skip else ""))
            except (AssertionError, subprocess.CalledProcessError, OSError, ValueError, AttributeError) as e:
                bad += 1
                print("not ok %d - %s" % (n, name))
                line = traceback.extract_tb(e.__traceback__)[-1]
                print("# line %d: %s: %s" % (line.lineno, type(e).__name__, str(e).replace("\n", "\n# ")))
        sys.stdout.flush()
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
