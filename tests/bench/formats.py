"""Writing and reading files of other formats: the same volume, each tool from and to what it has."""
import os
import subprocess

from timing import table

# arguments: from, to
NIBABEL = "import sys, nibabel; i = nibabel.load(sys.argv[1]); nibabel.save(i.__class__(i.dataobj, i.affine, i.header), sys.argv[2])"
NIBABEL_RAW = "import sys, nibabel, numpy; numpy.asarray(nibabel.load(sys.argv[1]).dataobj).T.tofile(sys.argv[2])"
TIFFFILE = ("import sys, numpy, tifffile; a = numpy.memmap(sys.argv[1], 'i2', 'r', int(sys.argv[3]), eval(sys.argv[4]));"
            "tifffile.imwrite(sys.argv[2], a, compression=sys.argv[5] if sys.argv[5:] else None)")
TIFFFILE_RAW = "import sys, tifffile; tifffile.imread(sys.argv[1]).tofile(sys.argv[2])"


def python(code, *words):
    return "%s -W ignore -c '%s' %s" % (os.environ.get("PYTHON", "python3"), code.replace("'", '"'), " ".join(words))


def peer(label, program, command):
    """A peer; the fastest of these in a table is what the others are measured by."""
    return label, program, command, True


def nifti(w, o):
    py = os.environ.get("PYTHON", "python3")
    return [
        ("vol to .nii", [
            ("volpipe: vol2nii", "vol2nii", f"vol2nii {w}/f.vol -o {o}/y.nii", False),
            peer("nibabel, .nii to .nii", py, python(NIBABEL, f"{w}/f.nii", f"{o}/y.nii")),
            peer("mrconvert, .nii to .nii", "mrconvert", f"mrconvert -quiet {w}/f.nii {o}/y.nii")]),
        ("vol to .nii.gz", [
            ("volpipe: vol2nii", "vol2nii", f"vol2nii {w}/f.vol -o {o}/y.nii.gz", False),
            peer("nibabel, .nii to .nii.gz", py, python(NIBABEL, f"{w}/f.nii", f"{o}/y.nii.gz")),
            peer("pigz -1", "pigz", f"pigz -1 -c {w}/f.nii >{o}/y.nii.gz"),
            peer("mrconvert, .nii to .nii.gz", "mrconvert", f"mrconvert -quiet {w}/f.nii {o}/y.nii.gz")]),
        (".nii to vol", [
            ("volpipe: nii2vol", "nii2vol", f"nii2vol {w}/f.nii -o {o}/y.vol", False),
            peer("nibabel, .nii to raw", py, python(NIBABEL_RAW, f"{w}/f.nii", f"{o}/y.raw"))]),
        (".nii.gz to vol", [
            ("volpipe: nii2vol", "nii2vol", f"nii2vol {w}/f.nii.gz -o {o}/y.vol", False),
            peer("nibabel, .nii.gz to raw", py, python(NIBABEL_RAW, f"{w}/f.nii.gz", f"{o}/y.raw")),
            peer("pigz -dc", "pigz", f"pigz -dc {w}/f.nii.gz >{o}/y.nii")]),
    ]


def nrrd(w, o):
    return [
        ("vol to .nrrd", [
            ("volpipe: vol2nrrd", "vol2nrrd", f"vol2nrrd {w}/f.vol -o {o}/y.nrrd", False),
            peer("unu save", "teem-unu", f"teem-unu save -f nrrd -i {w}/f.nrrd -o {o}/y.nrrd")]),
        ("vol to gzip .nrrd", [
            ("volpipe: vol2nrrd -z 2", "vol2nrrd", f"vol2nrrd -z 2 {w}/f.vol -o {o}/y.nrrd", False),
            peer("unu save -en gzip:1", "teem-unu", f"teem-unu save -f nrrd -e gzip:1 -i {w}/f.nrrd -o {o}/y.nrrd")]),
        (".nrrd to vol", [
            ("volpipe: nrrd2vol", "nrrd2vol", f"nrrd2vol {w}/f.nrrd -o {o}/y.vol", False),
            peer("unu save", "teem-unu", f"teem-unu save -f nrrd -i {w}/f.nrrd -o {o}/y.nrrd")]),
        ("gzip .nrrd to vol", [
            ("volpipe: nrrd2vol", "nrrd2vol", f"nrrd2vol {w}/fz.nrrd -o {o}/y.vol", False),
            peer("unu save", "teem-unu", f"teem-unu save -f nrrd -e raw -i {w}/fz.nrrd -o {o}/y.nrrd")]),
    ]


def minc(w, o, n):
    return [
        ("vol to .mnc", [
            ("volpipe: vol2mnc", "vol2mnc", f"vol2mnc {w}/f.vol -o {o}/y.mnc", False),
            peer("rawtominc -2", "rawtominc", f"rawtominc -2 -short -signed -range -32768 32767 -input {w}/f.raw {o}/y.mnc {n} 512 512"),
            peer("rawtominc (MINC 1)", "rawtominc", f"rawtominc -short -signed -range -32768 32767 -input {w}/f.raw {o}/y.mnc {n} 512 512"),
            peer("nii2mnc (MINC 1)", "nii2mnc", f"nii2mnc -quiet {w}/f.nii {o}/y.mnc >/dev/null")]),
        ("vol to compressed .mnc", [
            ("volpipe: vol2mnc -z 2", "vol2mnc", f"vol2mnc -z 2 {w}/f.vol -o {o}/y.mnc", False),
            peer("mincconvert -2 -compress 2", "mincconvert", f"mincconvert -2 -compress 2 {w}/f.mnc {o}/y.mnc")]),
        (".mnc to vol", [
            ("volpipe: mnc2vol", "mnc2vol", f"mnc2vol {w}/f.mnc -o {o}/y.vol", False),
            peer("minctoraw", "minctoraw", f"minctoraw -nonormalize -short -signed {w}/f.mnc >{o}/y.raw"),
            peer("mincextract", "mincextract", f"mincextract -short -signed {w}/f.mnc >{o}/y.raw")]),
        ("compressed .mnc to vol", [
            ("volpipe: mnc2vol", "mnc2vol", f"mnc2vol {w}/fz.mnc -o {o}/y.vol", False),
            peer("minctoraw", "minctoraw", f"minctoraw -nonormalize -short -signed {w}/fz.mnc >{o}/y.raw")]),
    ]


def tiff(w, o, n):
    py = os.environ.get("PYTHON", "python3")
    shape = ["0", f'"({n},512,512)"']
    return [
        ("vol to .tif", [
            ("volpipe: vol2tif", "vol2tif", f"vol2tif -q {w}/f.vol -o {o}/y.tif", False),
            peer("tifffile", py, python(TIFFFILE, f"{w}/f.raw", f"{o}/y.tif", *shape)),
            peer("tiffcp", "tiffcp", f"tiffcp -c none {w}/f.tif {o}/y.tif 2>/dev/null")]),
        ("vol to deflated .tif", [
            ("volpipe: vol2tif -z deflate", "vol2tif", f"vol2tif -q -z deflate {w}/f.vol -o {o}/y.tif", False),
            peer("tiffcp -c zip", "tiffcp", f"tiffcp -c zip:2:p1 {w}/f.tif {o}/y.tif 2>/dev/null")]),
        (".tif to vol", [
            ("volpipe: tif2vol", "tif2vol", f"tif2vol -q {w}/f.tif -o {o}/y.vol", False),
            peer("tifffile, to raw", py, python(TIFFFILE_RAW, f"{w}/f.tif", f"{o}/y.raw")),
            peer("tiffcp", "tiffcp", f"tiffcp -c none {w}/f.tif {o}/y.tif 2>/dev/null")]),
        ("deflated .tif to vol", [
            ("volpipe: tif2vol", "tif2vol", f"tif2vol -q {w}/fz.tif -o {o}/y.vol", False),
            peer("tiffcp", "tiffcp", f"tiffcp -c none {w}/fz.tif {o}/y.tif 2>/dev/null")]),
    ]


def section(series, work, out, opt):
    """All tables of the formats."""
    made = ["dcm2vol -q {s} | volhu -o {w}/f.vol", "vol2nii {w}/f.vol -o {w}/f.nii", "vol2nii {w}/f.vol -o {w}/f.nii.gz",
            "vol2nrrd {w}/f.vol -o {w}/f.nrrd", "vol2nrrd -z 2 {w}/f.vol -o {w}/fz.nrrd", "vol2mnc {w}/f.vol -o {w}/f.mnc",
            "vol2mnc -z 2 {w}/f.vol -o {w}/fz.mnc", "vol2raw {w}/f.vol -o {w}/f.raw", "vol2tif -q {w}/f.vol -o {w}/f.tif",
            "vol2tif -q -z deflate {w}/f.vol -o {w}/fz.tif"]
    for command in made:
        subprocess.run(command.format(s=series, w=work), shell=True, check=True)
    with open(os.path.join(work, "f.raw"), "rb") as f:
        slices = f.seek(0, 2) // (512 * 512 * 2)
    for title, rows in nifti(work, out) + nrrd(work, out) + minc(work, out, slices) + tiff(work, out, slices):
        table(title, rows, out, opt.times)
