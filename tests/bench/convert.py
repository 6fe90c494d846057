"""DICOM to NIfTI and NRRD, and back into streams."""
import os
import subprocess

from timing import table

PYDICOM = r"""
import glob, sys, numpy, pydicom, nibabel
s = [pydicom.dcmread(f) for f in glob.glob(sys.argv[1] + '/*')]
s.sort(key=lambda d: float(d.ImagePositionPatient[2]))
v = numpy.stack([d.pixel_array for d in s]).T
nibabel.save(nibabel.Nifti1Image(v, numpy.eye(4)), sys.argv[2])
"""


def dicom_rows(series, out):
    """DICOM to NIfTI, uncompressed and compressed."""
    python = os.environ.get("PYTHON", "python3")
    plain = [
        ("volpipe: dcm2vol | vol2nii", "dcm2vol", "dcm2vol %s | vol2nii -o %s/x.nii" % (series, out), False),
        ("volpipe: dcm2vol | volhu | vol2nii", "dcm2vol",
         "dcm2vol %s | volhu | vol2nii -o %s/x.nii" % (series, out), False),
        ("volpipe: dcm2vol | vol2nrrd", "dcm2vol", "dcm2vol %s | vol2nrrd -o %s/x.nrrd" % (series, out), False),
        ("dcm2niix -z n", "dcm2niix", "dcm2niix -z n -b n -o %s -f x %s >/dev/null" % (out, series), True),
        ("mrconvert", "mrconvert", "mrconvert -quiet %s %s/x.nii" % (series, out), False),
        ("plastimatch convert", "plastimatch",
         "plastimatch convert --input %s --output-img %s/x.nii --output-type short >/dev/null" % (series, out), False),
        ("pydicom + nibabel", python, "%s -c '%s' %s %s/x.nii" % (python, PYDICOM.replace("'", '"'), series, out), False),
    ]
    packed = [
        ("volpipe: dcm2vol | vol2nii, default level", "dcm2vol", "dcm2vol %s | vol2nii -o %s/x.nii.gz" % (series, out), False),
        ("volpipe: dcm2vol | vol2nii -z 6", "dcm2vol", "dcm2vol %s | vol2nii -z 6 -o %s/x.nii.gz" % (series, out), False),
        ("dcm2niix -z y (pigz)", "pigz", "dcm2niix -z y -b n -o %s -f x %s >/dev/null" % (out, series), True),
        ("dcm2niix -1 -z y (pigz)", "pigz", "dcm2niix -1 -z y -b n -o %s -f x %s >/dev/null" % (out, series), False),
        ("dcm2niix -z i", "dcm2niix", "dcm2niix -z i -b n -o %s -f x %s >/dev/null" % (out, series), False),
    ]
    return plain, packed


def syntax_rows(work, out, name):
    """A compressed series to .nii."""
    series = "%s/%s" % (work, name)
    return [
        ("volpipe", "dcm2vol", "dcm2vol %s | vol2nii -o %s/x.nii" % (series, out), False),
        ("dcm2niix -z n", "dcm2niix", "dcm2niix -z n -b n -o %s -f x %s >/dev/null" % (out, series), True),
    ]


def read_rows(work, out):
    """Reading NIfTI and NRRD into a stream."""
    return [
        ("volpipe: nii2vol x.nii", "nii2vol", "nii2vol %s/x.nii -o %s/x.vol" % (work, out), False),
        ("volpipe: nii2vol x.nii.gz", "nii2vol", "nii2vol %s/x.nii.gz -o %s/x.vol" % (work, out), False),
        ("volpipe: nrrd2vol x.nrrd", "nrrd2vol", "nrrd2vol %s/x.nrrd -o %s/x.vol" % (work, out), False),
        ("gunzip: pigz -dc x.nii.gz", "pigz", "pigz -dc %s/x.nii.gz > %s/x.nii" % (work, out), True),
        ("teem-unu save x.nrrd", "teem-unu", "teem-unu save -f nrrd -i %s/x.nrrd -o %s/y.nrrd" % (work, out), False),
    ]


def section(series, work, out, opt):
    """All tables of the conversions. Leaves x.nii, x.nii.gz and x.nrrd of the series in work."""
    mkseries = os.path.join(os.environ.get("TESTBIN", "build/tests"), "mkseries")
    plain, packed = dicom_rows(series, out)
    table("DICOM series to .nii", plain, out, opt.times)
    table("DICOM series to .nii.gz", packed, out, max(3, opt.times - 2))
    for name in ("rle", "jpeg-lossless", "jpeg-ls", "jpeg2000"):
        made = subprocess.run([mkseries, "-o", os.path.join(work, name), "--syntax", name,
                               "--size", "512,512,%d" % min(60, opt.slices)])
        if made.returncode == 0:
            table("%s, %d slices, to .nii" % (name, min(60, opt.slices)), syntax_rows(work, out, name), out, 3)
    os.system("dcm2vol %s | vol2nii -o %s/x.nii && dcm2vol %s | vol2nii -o %s/x.nii.gz && "
              "dcm2vol %s | vol2nrrd -o %s/x.nrrd" % ((series, work) * 3))
    table("reading back", read_rows(work, out), out, opt.times)
