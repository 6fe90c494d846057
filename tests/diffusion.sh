#!/bin/sh
# Diffusion: b-values and directions as each maker's scanners state them, and dcm2vol's tables of them; against what pydicom
# put in, and dcm2niix where it reads it.
# shellcheck source=tests/lib.sh
. tests/lib.sh
need_python pydicom nibabel numpy

# every MAKER [OPTION=VALUE,...] - all orientations of a maker's layout, with the phase along columns and, where it counts, rows
every()
{
	py "$1${2:+ ($2)}: the truth in every orientation" <<-END
		import shutil, dwi
		for orientation in dwi.ORIENTATIONS:
		    for row in (False, True)[:1 + "$1".startswith("ge")]:
		        shutil.rmtree("s", ignore_errors=True)
		        volumes = dwi.make("s", "$1", orientation, row, $2)
		        dwi.check("s", volumes, far=0.01 if "$1" == "siemens-matrix" else 1e-5)
	END
}

every standard
every standard implicit=True,by_slice=True
for maker in siemens siemens-csa siemens-matrix ge philips uih; do
	every $maker
	every $maker implicit=True
	every $maker implicit=True,at=0x2b
done
for maker in siemens siemens-csa siemens-matrix ge philips uih; do
	every $maker change=dwi.as_unknown
done
every ge-1e9
every philips by_slice=True

if have dcm2niix; then
	for maker in standard siemens siemens-csa ge philips uih; do
		py "$maker: beside dcm2niix" <<-END
			import shutil, dwi
			for orientation in dwi.ORIENTATIONS:
			    for row in (False, True)[:1 + ("$maker" == "ge")]:
			        if row and orientation.startswith("coronal"):
			            continue  # signs that its version of 2022 has otherwise: its issue 970
			        shutil.rmtree("s", ignore_errors=True)
			        dwi.make("s", "$maker", orientation, row)
			        dwi.beside_dcm2niix("s")
		END
	done
else
	skip "beside dcm2niix" "dcm2niix is not installed"
fi

if have mrinfo; then
	for maker in standard siemens siemens-csa ge philips; do
		py "$maker: beside MRtrix" <<-END
			import shutil, dwi
			for orientation in dwi.ORIENTATIONS:
			    if "$maker" == "ge" and orientation.startswith("coronal"):
			        continue  # MRtrix has one rule for all planes, see diffusion.c
			    shutil.rmtree("s", ignore_errors=True)
			    # it does not take volumes that are alike
			    dwi.make("s", "$maker", orientation, weightings=dwi.WEIGHTINGS[:3] + dwi.WEIGHTINGS[4:])
			    dwi.beside_mrtrix("s")
		END
	done
else
	skip "beside MRtrix" "mrinfo is not installed"
fi

py "enhanced files: DICOM's own groups, directions and b-matrices" <<'END'
import dwi
for orientation in dwi.ORIENTATIONS:
    for kind in ("DIRECTIONAL", "BMATRIX"):
        dwi.check("e.dcm", dwi.enhanced("e.dcm", orientation, kind=kind))
END

py "Siemens mosaics, the CSA header of both versions" <<'END'
import os, shutil, dwi, multiframe as m
from pydicom import dcmread
for version in (1, 2):
    for orientation in dwi.ORIENTATIONS:
        shutil.rmtree("mosaics", ignore_errors=True)
        os.mkdir("mosaics")
        volumes = [m.stack(5, orientation=dwi.ORIENTATIONS[orientation], seed=v) for v in range(len(dwi.WEIGHTINGS))]
        for v, (b, g) in enumerate(dwi.WEIGHTINGS):
            values = [("NumberOfImagesInMosaic", ["5"]), ("B_value", [str(b)]),
                      ("SliceNormalVector", ["%.8f" % x for x in m.normal_of(dwi.ORIENTATIONS[orientation])])]
            if g is not None:
                values.append(("DiffusionGradientDirection", ["%.8f" % x for x in g]))
            m.mosaic(f"mosaics/{v}.dcm", volumes[v], version=version, csa_values=values + [("Last", [])], AcquisitionNumber=v + 1)
            ds = dcmread(f"mosaics/{v}.dcm")
            ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
            ds.save_as(f"mosaics/{v}.dcm")
        dwi.check("mosaics", volumes)
END

py "GE: of several b-values the lower ones have shorter directions" <<'END'
import numpy as np, dwi
b = [0, 3000, 3000, 1000, 500]
given = [(0, None), (3000, dwi.unit(1, 2, 3)), (3000, dwi.unit(-1, 2, 0.5)), (3000, dwi.unit(1, 0, 1) * np.sqrt(1 / 3)),
         (3000, dwi.unit(0, 1, 1) * np.sqrt(1 / 6))]
dwi.make("shells", "ge", weightings=given)
want = [(b[i], None if g is None else dwi.unit(*g)) for i, (_, g) in enumerate(given)]
dwi.check("shells", None, want)
END

py "one weighted volume has its tables; a b-value of a float is the float's" <<'END'
import dwi
want = [(700, dwi.unit(1, 2, 3))]
dwi.make("one", "philips", weightings=want)
dwi.check("one", None, want)
dwi.make("float", "philips", weightings=[(0, None), (1234.5, dwi.unit(1, 2, 3)), (0.1, dwi.unit(1, 2, 0))])
dwi.convert("float")
assert open("x.bval").read() == "0 1234.5 0.1\n", open("x.bval").read()
END

py "what is not its maker's block, not known or not a number counts for nothing" <<'END'
import subprocess, dwi
from pydicom import dcmread
from pathlib import Path
def other(ds, v):
    for e in list(ds):
        if e.tag.is_private_creator:
            e.value = "SOMEBODY ELSE"
def without_phase(ds, v):
    del ds.InPlanePhaseEncodingDirection
def silly(ds, v):
    ds.DiffusionBValue = 7.23e75
for name, maker, change, says in (("else", "ge", other, "no-diffusion|duplicate-position"), ("phase", "ge", without_phase, "no-gradients"),
                                  ("silly", "standard", silly, "no-diffusion|duplicate-position")):
    dwi.make(name, maker, weightings=dwi.WEIGHTINGS[:2], change=change)
    got = subprocess.run(["dcm2vol", name, "--bvec", "no.bvec", "-o", "no.vol"], capture_output=True, text=True)
    assert got.returncode == 1 and any(f"[{word}]" in got.stderr for word in says.split("|")), (name, got)
    assert not Path("no.vol").exists() and not Path("no.bvec").exists(), name
END

# ---- without a direction ----

py "a trace among the directions is a series of its own, and gets no direction" <<'END'
import subprocess, numpy as np, dwi, volfile
weightings = dwi.WEIGHTINGS[:3] + [(1000, None)]
def say(ds, v):
    if v == 3:
        ds.DiffusionDirectionality = "ISOTROPIC"
dwi.make("trace", "standard", weightings=weightings, change=say)
dwi.make("trace-philips", "philips", weightings=weightings)
for name in ("trace", "trace-philips"):
    got = subprocess.run(["dcm2vol", name], capture_output=True, text=True)
    assert got.returncode == 1 and "trace" in got.stderr and "[several-series]" in got.stderr, got
    dwi.check(name, None, weightings[:3], ["--series", "7.1"])
    got = subprocess.run(["dcm2vol", name, "--series", "7.2", "-o", "t.vol", "--bval", "t.bval"], check=True)
    assert open("t.bval").read() == "1000\n" and "DWMRI_gradient_0000" not in volfile.read("t.vol")[2]
END

py "traces alone, and maps: b-values, but no directions" <<'END'
import subprocess, dwi, volfile
from pathlib import Path
def isotropic(ds, v):
    ds.DiffusionDirectionality = "ISOTROPIC" if v else "NONE"
def traces(ds, v):
    ds.ImageType = ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW", "ND"]
for name, maker, change in (("isotropic", "standard", isotropic), ("tracew", "siemens", traces)):
    dwi.make(name, maker, weightings=[(0, None), (500, dwi.unit(1, 0, 0)), (1000, dwi.unit(1, 0, 0))], change=change)
    subprocess.run(["dcm2vol", "-q", name, "-o", "t.vol", "--bval", "t.bval"], check=True)
    assert open("t.bval").read() == "0 500 1000\n" and "DWMRI_b-value" not in volfile.read("t.vol")[2], name
    got = subprocess.run(["dcm2vol", "-q", name, "-o", "u.vol", "--bval", "u.bval", "--bvec", "u.bvec"], capture_output=True, text=True)
    assert got.returncode == 1 and got.stderr.endswith("[no-gradients]\n"), got
    assert not any(Path("u." + end).exists() for end in ("vol", "bval", "bvec"))
END

# ---- files ----

"$PYTHON" -W ignore -c 'import dwi; dwi.make("series", "siemens"); dwi.make("b0", "siemens", weightings=[(0, None), (0, None)])'
"$TESTBIN/mkseries" -o ct --size 8,8,4 >/dev/null
dcm2vol series --bval a.bval --bvec a.bvec --bvec-scanner a.ras >a.vol
ok "beside a stream on stdout" sh -c 'dcm2vol series | cmp - a.vol'
is "the scanner's table is in RAS" "$(cut -d ' ' -f 2 a.ras | tr '\n' ' ')" "-0.30304576 0.50507627 0.80812204 "
must_fail 1 "a CT has none" dcm2vol ct --bval x1.bval
said "... and says so" "its b-values are not known.*\\[no-diffusion\\]"
for name in bval bvec bvec-scanner; do
	must_fail 1 "--$name in a folder that is not there" dcm2vol series -o x2.vol --bval x2.bval --$name none/x2
	must_fail 1 "--$name that is there, with --no-clobber" dcm2vol series -o x2.vol --$name a.bval --no-clobber
	must_fail 2 "--$name on stdout" dcm2vol series -o x2.vol --$name -
	must_fail 2 "--$name as the volume" dcm2vol series -o x2.vol --$name x2.vol
done
must_fail 2 "two tables in one file" dcm2vol series -o x2.vol --bval x2 --bvec x2
must_fail 2 "two tables in one file, otherwise written" dcm2vol series -o x2.vol --bval x2 --bvec ./x2
cp -r series cut
head -c 1000 series/009.dcm >cut/009.dcm
must_fail 1 "a series that is cut" dcm2vol cut -o x2.vol --bval x2.bval --bvec x2.bvec
must_fail 1 "a volume that cannot be written" dcm2vol series -o none/x2.vol --bval x2.bval --bvec x2.bvec
is "nothing is left of all these" "$(ls -d x1* x2* 2>/dev/null)" ""
is "and what was there is as it was" "$(cut -c 1-9 a.bval)" "0 1000 10"
ok "older tables are replaced" dcm2vol series -o a.vol --bval a.bvec
ok "by new ones" cmp a.bval a.bvec
py "sheared slices have no FSL axes; upright ones have" <<'END'
import subprocess, numpy as np, dwi
def lean(ds, v):
    at = np.array([float(x) for x in ds.ImagePositionPatient])
    ds.ImagePositionPatient = [str(round(x, 6)) for x in at + (0, 0.2 * (at[2] - 40), 0)]
dwi.make("lean", "standard", change=lean)
got = subprocess.run(["dcm2vol", "-q", "lean", "-o", "l.vol", "--bvec", "l.bvec"], capture_output=True, text=True)
assert got.returncode == 1 and "not perpendicular" in got.stderr, got
subprocess.run(["dcm2vol", "-q", "lean", "-o", "l.vol", "--bvec-scanner", "l.ras"], check=True)
dwi.check("lean", None, options=["-q", "--untilt"])
END

py "vectors in FSL's way by numbers worked out by hand" <<'END'
import subprocess, numpy as np, dwi
g = dwi.unit(1, 2, 3)
# axial, as measured: x to the left, y to the back, z to the head; in RAS the determinant is positive: x has the other sign
dwi.make("hand", "siemens", weightings=[(0, None), (1000, g)])
dwi.convert("hand")
assert np.allclose(np.loadtxt("x.bvec")[:, 1], g * (-1, 1, 1), atol=1e-7), np.loadtxt("x.bvec")
END
done_testing
