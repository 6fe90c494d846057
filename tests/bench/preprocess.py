"""Preprocessing beside the recipes in Python, ITK, teem and plastimatch."""
import os
import shutil
import subprocess

from timing import table

# What the popular recipes do, each as one process from file to file.
SCIPY_ZOOM = """
import sys, nibabel, numpy, scipy.ndimage
i = nibabel.load(sys.argv[1])
a = numpy.asarray(i.dataobj).T
z = numpy.array(i.header.get_zooms()[::-1], dtype=numpy.float32)
n = numpy.round(a.shape * z)
r = scipy.ndimage.zoom(a, n / a.shape, mode="nearest", order=int(sys.argv[3]))
nibabel.save(nibabel.Nifti1Image(r.T, numpy.eye(4)), sys.argv[2])
"""
# the tutorials' whole mask: in each slice all but the largest part that is not air becomes air
SKIMAGE_FILL = """
import sys, nibabel, numpy
from skimage.measure import label
a = numpy.asarray(nibabel.load(sys.argv[1]).dataobj).T
solid = numpy.array(a > -320, dtype=numpy.int8) + 1
parts = label(solid)
solid[parts == parts[0, 0, 0]] = 2
for i, plane in enumerate(solid):
    inner = label(plane - 1)
    values, counts = numpy.unique(inner[inner != 0], return_counts=True)
    if len(counts):
        solid[i][inner != values[counts.argmax()]] = 1
lung = 1 - (solid - 1)
parts = label(lung, background=0)
sizes = numpy.bincount(parts.ravel())
sizes[0] = 0
lung[parts != sizes.argmax()] = 0
nibabel.save(nibabel.Nifti1Image(lung.T.astype(numpy.uint8), numpy.eye(4)), sys.argv[2])
"""
SKIMAGE_LUNG = """
import sys, nibabel, numpy
from skimage.measure import label
a = numpy.asarray(nibabel.load(sys.argv[1]).dataobj).T
air = a <= -320
parts = label(air, background=-1)
outside = parts == parts[0, 0, 0]
inner = label(air & ~outside, background=0)
sizes = numpy.bincount(inner.ravel())
sizes[0] = 0
m = (inner == sizes.argmax()).astype(numpy.uint8)
nibabel.save(nibabel.Nifti1Image(m.T, numpy.eye(4)), sys.argv[2])
"""
# in place where it can be, as an array of the stored values comes from pydicom
NUMPY_NORM = """
import sys, numpy
a = numpy.fromfile(sys.argv[1], dtype=numpy.int16).astype(numpy.float32)
a *= numpy.float32(1)
a += numpy.float32(-1024)
a += numpy.float32(1000)
a *= numpy.float32(1 / 1400)
numpy.clip(a, 0, 1, out=a)
a.tofile(sys.argv[2])
"""
NUMPY_HIST = """
import sys, numpy
print(numpy.histogram(numpy.fromfile(sys.argv[1], dtype=numpy.int16), bins=80)[0])
"""
# DICOM to normalised lungs, as the recipes chain it in one process.
PIPELINE = """
import glob, sys, numpy, pydicom, nibabel, scipy.ndimage
from skimage.measure import label
s = [pydicom.dcmread(f) for f in glob.glob(sys.argv[1] + "/*")]
s.sort(key=lambda d: float(d.ImagePositionPatient[2]))
a = numpy.stack([d.pixel_array for d in s]).astype(numpy.int16)
a[a == -2000] = 0
a += numpy.int16(s[0].RescaleIntercept)
dz = abs(float(s[0].ImagePositionPatient[2]) - float(s[1].ImagePositionPatient[2]))
z = numpy.array([dz] + [float(x) for x in s[0].PixelSpacing], dtype=numpy.float32)
a = scipy.ndimage.zoom(a, numpy.round(a.shape * z) / a.shape, mode="nearest", order=3)
solid = numpy.array(a > -320, dtype=numpy.int8) + 1
parts = label(solid)
solid[parts == parts[0, 0, 0]] = 2
for i, plane in enumerate(solid):
    inner = label(plane - 1)
    values, counts = numpy.unique(inner[inner != 0], return_counts=True)
    if len(counts):
        solid[i][inner != values[counts.argmax()]] = 1
lung = 1 - (solid - 1)
parts = label(lung, background=0)
sizes = numpy.bincount(parts.ravel())
sizes[0] = 0
lung[parts != sizes.argmax()] = 0
n = (a + 1000.0) / 1400.0
n[n > 1] = 1
n[n < 0] = 0
nibabel.save(nibabel.Nifti1Image((n * lung).astype(numpy.float32).T, numpy.eye(4)), sys.argv[2])
"""


def itk_peers(work):
    """Build the ITK programs where ITK and cmake are there: the folder they are in, or None."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "itk")
    build = os.path.join(os.environ.get("BUILD", "build"), "itk-peers")
    if not shutil.which("cmake"):
        return None
    os.makedirs(build, exist_ok=True)
    with open(os.path.join(work, "itk.log"), "w", encoding="utf-8") as log:
        for command in (["cmake", "-Wno-dev", source], ["make"]):
            if subprocess.run(command, cwd=build, stdout=log, stderr=log, check=False).returncode:
                return None
    return build


def script(work, name, text):
    """A Python program in a file, as a command."""
    path = os.path.join(work, name + ".py")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return "%s -W ignore %s" % (os.environ.get("PYTHON", "python3"), path)


def section(series, work, out, opt):
    """All tables of the preprocessing tools."""
    python = os.environ.get("PYTHON", "python3")
    build = itk_peers(work)
    if build:
        os.environ["PATH"] += ":" + os.path.abspath(build)
    w = {"w": work, "o": out, "series": series}
    zoom, lung = script(work, "zoom", SCIPY_ZOOM), script(work, "lung", SKIMAGE_LUNG)
    subprocess.run("dcm2vol %(series)s > %(w)s/stored.vol && volhu %(w)s/stored.vol > %(w)s/hu.vol && "
                   "vol2nii %(w)s/hu.vol -o %(w)s/hu.nii && vol2nrrd %(w)s/hu.vol -o %(w)s/hu.nrrd && "
                   "volresample -s 1 %(w)s/hu.vol > %(w)s/iso.vol && vol2nii %(w)s/iso.vol -o %(w)s/iso.nii && "
                   "tail -c +353 %(w)s/hu.nii > %(w)s/hu.raw && tail -c +4097 %(w)s/stored.vol > %(w)s/stored.raw" % w, shell=True, check=True)
    table("resample to 1 mm, linear", [
        ("volpipe: volresample -k linear", "volresample",
         "volresample -s 1 -k linear %(w)s/hu.vol -o %(o)s/x.vol" % w, False),
        ("volpipe: one thread", "volresample",
         "volresample --threads 1 -s 1 -k linear %(w)s/hu.vol -o %(o)s/x.vol" % w, False),
        ("ITK linear", "itk_peers", "itk_peers linear %(w)s/hu.nii %(o)s/x.nii 1" % w, True),
        ("scipy zoom order 1", python, "%s %s/hu.nii %s/x.nii 1" % (zoom, work, out), False),
        ("plastimatch resample", "plastimatch",
         "plastimatch resample --input %(w)s/hu.nii --output %(o)s/x.nii --spacing '1 1 1' >/dev/null" % w, False),
        ("unu resample tent", "teem-unu",
         "teem-unu resample -s x0.7 x0.7 x1.25 -k tent -i %(w)s/hu.nrrd -o %(o)s/x.nrrd" % w, False),
    ], out, opt.times)
    table("resample to 1 mm, cubic B-spline", [
        ("volpipe: volresample -k cubic", "volresample",
         "volresample -s 1 -k cubic %(w)s/hu.vol -o %(o)s/x.vol" % w, False),
        ("volpipe: --as-zoom", "volresample",
         "volresample --as-zoom -s 1 -k cubic %(w)s/hu.vol -o %(o)s/x.vol" % w, False),
        ("ITK BSpline", "itk_peers", "itk_peers bspline %(w)s/hu.nii %(o)s/x.nii 1" % w, True),
        ("scipy zoom order 3", python, "%s %s/hu.nii %s/x.nii 3" % (zoom, work, out), False),
    ], out, 3)
    table("lung mask at 1 mm", [
        ("volpipe: volseg lung", "volseg", "volseg lung %(w)s/iso.vol -o %(o)s/x.vol" % w, False),
        ("volpipe: --as-recipe", "volseg", "volseg lung --as-recipe %(w)s/iso.vol -o %(o)s/x.vol" % w, False),
        ("volpipe: --as-recipe --no-fill", "volseg",
         "volseg lung --as-recipe --no-fill %(w)s/iso.vol -o %(o)s/x.vol" % w, False),
        ("ITK threshold + components", "itk_peers", "itk_peers lung %(w)s/iso.nii %(o)s/x.nii" % w, True),
        ("scikit-image recipe, no fill", python, "%s %s/iso.nii %s/x.nii" % (lung, work, out), False),
        ("scikit-image recipe", python, "%s %s/iso.nii %s/x.nii" % (script(work, "fill", SKIMAGE_FILL), work, out), False),
    ], out, opt.times)
    table("stored int16 to HU to float 0..1", [
        ("volpipe: volnorm of HU", "volnorm", "volnorm -r -1000,400 %(w)s/hu.vol -o %(o)s/x.vol" % w, False),
        ("volpipe: volhu | volnorm", "volnorm",
         "volhu %(w)s/stored.vol | volnorm -r -1000,400 -o %(o)s/x.vol" % w, False),
        ("numpy float32 in place", python,
         "%s %s/stored.raw %s/x.raw" % (script(work, "norm", NUMPY_NORM), work, out), True),
    ], out, opt.times)
    table("histogram, 80 bins", [
        ("volpipe: volhist --bins 80", "volhist", "volhist --bins 80 %(w)s/hu.vol > %(o)s/x.txt" % w, False),
        ("unu histo -b 80", "teem-unu", "teem-unu histo -b 80 -i %(w)s/hu.nrrd -o %(o)s/x.nrrd" % w, True),
        ("numpy histogram", python, "%s %s/hu.raw > %s/x.txt" % (script(work, "hist", NUMPY_HIST), work, out), False),
    ], out, opt.times)
    table("DICOM to HU, 1 mm, lung mask, normalised, .nii.gz", [
        ("volpipe", "volseg",
         "dcm2vol %(series)s | volhu | volresample -s 1 -k cubic > %(o)s/iso.vol && volseg lung %(o)s/iso.vol > %(o)s/lung.vol && "
         "volnorm -r -1000,400 %(o)s/iso.vol | volmask -m %(o)s/lung.vol -f 0 | vol2nii -o %(o)s/x.nii.gz" % w, False),
        ("the recipes in Python", python,
         "%s %s %s/x.nii.gz" % (script(work, "pipeline", PIPELINE), series, out), True),
    ], out, 3)
