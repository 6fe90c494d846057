#!/bin/sh
# Colour: RGB, YBR and palettes in every transfer syntax, against pydicom; what is missing or at odds, and what becomes of it.
# shellcheck source=tests/lib.sh
. tests/lib.sh
need_python pydicom numpy

py "plain transfer syntaxes: RGB by pixel and by plane, YBR_FULL, YBR_FULL_422, palettes; 8, 16, 32 bits" <<'END'
import subprocess, numpy as np, colours as c
from pydicom import uid
cases = {}
for bits in (8, 16, 32):
    for planar in (0, 1):
        cases[f"RGB {bits} bits, planar {planar}"] = [dict(pixels=c.noise((5, 7, 3), bits, z), planar=planar) for z in range(3)]
for planar in (0, 1):
    cases[f"YBR_FULL, planar {planar}"] = [dict(pixels=c.noise((5, 7, 3), 8, z), planar=planar, photometric="YBR_FULL") for z in range(3)]
cases["YBR_FULL_422"] = [dict(pixels=np.dstack([c.noise((5, 8), 8, z)] + [c.noise((5, 4), 8, 9 + k).repeat(2, 1) for k in (z, z + 3)]),
                              photometric="YBR_FULL_422") for z in range(3)]
for index in (8, 16):
    for entries, first, bits in ((256, 0, 8), (254, 0, 8), (6, 3, 8), (256, 0, 16), (100, 50, 16), (65536, 0, 16)):
        if entries <= 1 << index:
            cases[f"palette of {entries} from {first}, {bits} bits, indexes of {index}"] = [
                # pydicom counts indexes in the bits of the table
                dict(pixels=c.noise((5, 7), min(index, bits), z).astype("u%d" % (index // 8)), photometric="PALETTE COLOR", palette=c.tables(entries, first, bits)) for z in range(3)]
for name, slices in cases.items():
    for syntax in (uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.DeflatedExplicitVRLittleEndian):
        if syntax == uid.ExplicitVRBigEndian and "32 bits" in name:
            continue    # see dcm2vol.sh
        images = [c.image(at=z, **s) for z, s in enumerate(slices)]
        want = [c.rgb(ds) for ds in images]
        c.series("plain", images, syntax)
        out = subprocess.run(["dcm2vol", "plain", "-o", "got.vol"], capture_output=True, text=True)
        assert out.returncode == 0 and not out.stderr, (name, syntax.name, out.stderr)
        got, keys = c.slices("got.vol")
        for a, b in zip(got, want):
            assert a.dtype == b.dtype and np.array_equal(a, b), (name, syntax.name, a.dtype, b.dtype, np.abs(a.astype(int) - b).max())
        assert "rescale" not in keys and "padding" not in keys and "window" not in keys, keys
END

py "bits below those stored, and above, are no colour" <<'END'
import subprocess, numpy as np, colours as c
pixels = [c.noise((4, 5, 3), 16, z) for z in range(2)]
images = [c.image(p, at=z) for z, p in enumerate(pixels)]
for ds in images:
    ds.BitsStored, ds.HighBit = 10, 11
c.series("junk", images)
subprocess.run(["dcm2vol", "junk", "-o", "got.vol"], check=True)
got, keys = c.slices("got.vol")
for a, b in zip(got, pixels):
    assert np.array_equal(a, b >> 2 & 1023)
assert keys["stored.range"] == "0 1023", keys
END

py "a palette whose 16 bits hold 8 makes 8 bits" <<'END'
import subprocess, numpy as np, colours as c
descriptor, values = c.tables(256, bits=8)
for wide in (values.astype("u2") * 257, values.astype("u2") * 256):
    pixels = [c.noise((4, 5), 8, z) for z in range(2)]
    c.series("wide", [c.image(p, "PALETTE COLOR", at=z, palette=([256, 0, 16], wide)) for z, p in enumerate(pixels)])
    subprocess.run(["dcm2vol", "wide", "-o", "got.vol"], check=True)
    for a, p in zip(c.slices("got.vol")[0], pixels):
        assert a.dtype == np.uint8 and np.array_equal(a, np.moveaxis(values[:, p], 0, -1))
END

py "8 bits an entry, an odd number of them; indexes on either side" <<'END'
import subprocess, numpy as np, colours as c
palette = c.tables(7, 100, 8)
pixels = [np.array([[0, 99, 100, 101], [105, 106, 107, 255]], "u1") + np.uint8(0) for z in range(2)]
c.series("few", [c.image(p, "PALETTE COLOR", at=z, palette=palette) for z, p in enumerate(pixels)])
subprocess.run(["dcm2vol", "few", "-o", "got.vol"], check=True)
want = np.moveaxis(palette[1][:, [[0, 0, 0, 1], [5, 6, 6, 6]]], 0, -1)
assert all(np.array_equal(a, want) for a in c.slices("got.vol")[0])
END

py "8 bits an entry in words of 16" <<'END'
import subprocess, numpy as np, colours as c
_, values = c.tables(256, bits=8)
pixels = [c.noise((4, 5), 8, z) for z in range(2)]
c.series("words", [c.image(p, "PALETTE COLOR", at=z, palette=([256, 0, 8], values.astype("u2"))) for z, p in enumerate(pixels)])
subprocess.run(["dcm2vol", "words", "-o", "got.vol"], check=True)
for a, p in zip(c.slices("got.vol")[0], pixels):
    assert a.dtype == np.uint8 and np.array_equal(a, np.moveaxis(values[:, p], 0, -1))
END

py "RLE: 8, 16 and 32 bits, YBR, palettes" <<'END'
import os, subprocess, numpy as np, pydicom, colours as c
from pydicom.encaps import encapsulate
from pydicom.pixel_data_handlers.rle_handler import rle_encode_frame
for name, images in {
        "8": [c.image(c.noise((5, 7, 3), 8, z), at=z) for z in range(3)], "16": [c.image(c.noise((5, 7, 3), 16, z), at=z) for z in range(3)],
        "32": [c.image(c.noise((5, 7, 3), 32, z), at=z) for z in range(3)], "ybr": [c.image(c.noise((5, 7, 3), 8, z), "YBR_FULL", at=z) for z in range(3)],
        "palette": [c.image(c.noise((5, 7), 16, z), "PALETTE COLOR", at=z, palette=c.tables(999, 99)) for z in range(3)]}.items():
    want = [c.rgb(ds) for ds in images]
    os.makedirs("rle-" + name)
    for z, ds in enumerate(images):
        if name in ("8", "16"):
            ds.compress(pydicom.uid.RLELossless, encoding_plugin="pydicom")
        else:
            ds.PixelData = encapsulate([rle_encode_frame(ds.pixel_array)])
            ds["PixelData"].is_undefined_length, ds.file_meta.TransferSyntaxUID = True, pydicom.uid.RLELossless
        ds.save_as(f"rle-{name}/{z}.dcm", write_like_original=False)
    subprocess.run(["dcm2vol", "rle-" + name, "-o", "got.vol"], check=True)
    for a, b in zip(c.slices("got.vol")[0], want):
        assert np.array_equal(a, b), name
END

"$PYTHON" -W ignore - <<'END' || exit 1
import colours as c
c.series("rgb", [c.image(c.picture(64, 96, z), at=z) for z in range(3)])
c.series("deep", [c.image(c.picture(64, 96, z).astype("u2") * 211 + z, at=z) for z in range(3)])
c.series("index", [c.image(c.picture(64, 96, z)[..., 0], "PALETTE COLOR", at=z, palette=c.tables(256)) for z in range(3)])
END
for s in rgb deep index; do
	dcm2vol $s >$s.vol
done

# coded DESC SERIES PROGRAM WORD... - every image of the series through a coder, IN and OUT appended: the same bytes
coded()
{
	desc=$1 source=$2
	shift 2
	if ! have "$1"; then
		skip "$desc" "$1 is not installed"
		return
	fi
	rm -rf coded && mkdir coded
	for i in 0 1 2; do
		"$@" "$source/$i.dcm" coded/$i.dcm >.lib/coder 2>&1 || fail "$desc" .lib/coder
	done
	dcm2vol coded >coded.vol 2>.lib/err
	ok "$desc: the same bytes" "$PYTHON" -W ignore -c "
import sys, volfile as v
a, b = v.read('coded.vol'), v.read('$source.vol')
assert a[0].dtype == b[0].dtype and (a[0] == b[0]).all() and (a[1] == b[1]).all()"
}
for s in rgb deep index; do
	coded "JPEG lossless by DCMTK, $s" $s dcmcjpeg +e1
	coded "JPEG-LS by DCMTK, $s" $s dcmcjpls
	[ $s = index ] && continue # GDCM changes palettes
	coded "JPEG 2000 by GDCM, $s" $s gdcmconv --j2k
	coded "JPEG-LS by GDCM, $s" $s gdcmconv --jpegls
done
coded "JPEG-LS by DCMTK, interleaved by lines" rgb dcmcjpls +il
coded "JPEG-LS by DCMTK, not interleaved" rgb dcmcjpls +in
coded "JPEG lossless by GDCM" rgb gdcmconv --jpeg
coded "RLE by DCMTK" rgb dcmcrle
coded "RLE by GDCM, 16 bits" deep gdcmconv --rle

if have dcmcjpeg && "$PYTHON" -c 'import PIL' 2>/dev/null; then
	while read -r options; do
		rm -rf coded && mkdir coded
		for i in 0 1 2; do
			# shellcheck disable=SC2086  # words
			dcmcjpeg $options rgb/$i.dcm coded/$i.dcm
		done
		dcm2vol coded -o got.vol
		OPTIONS=$options py "JPEG, dcmcjpeg $options: as Pillow has it, within 2" <<-'END'
			import io, numpy as np, pydicom, colours as c
			from PIL import Image
			from pydicom.encaps import defragment_data
			got, keys = c.slices("got.vol")
			for z in range(3):
			    ds = pydicom.dcmread(f"coded/{z}.dcm")
			    picture = Image.open(io.BytesIO(defragment_data(ds.PixelData)))
			    if ds.PhotometricInterpretation == "RGB":
			        assert picture.mode == "RGB"
			    want = np.asarray(picture.convert("RGB")).astype(int)
			    assert np.abs(want - got[z]).max() <= 2, np.abs(want - got[z]).max()
			    assert np.abs(got[z].astype(int) - c.picture(64, 96, z)).mean() < 6
			assert keys["dicom.LossyImageCompression"] == "01", keys
		END
	done <<-'END'
		+eb +cy
		+eb +cy +s4
		+eb +cy +n1
		+eb +cr
	END
	mkdir partly && cp rgb/0.dcm rgb/1.dcm coded/2.dcm partly
	dcm2vol partly -o got.vol
	is "one lossy slice of three: the volume is lossy" "$(grep -a LossyImage got.vol)" "vol.dicom.LossyImageCompression:=01"
	"$PYTHON" -W ignore - <<-'END'
		import glob, pydicom
		for path in glob.glob("coded/*"):
		    ds = pydicom.dcmread(path)
		    assert ds.PhotometricInterpretation == "RGB"
		    ds.PhotometricInterpretation = "YBR_FULL_422"
		    ds.save_as(path)
	END
	must_fail 1 "YBR by the header, RGB by Adobe's segment: refused" dcm2vol coded -o x.vol
	said "... and says why" 'YBR by PhotometricInterpretation.*RGB by the JPEG'
	for i in 0 1 2; do
		dcmcjpeg +eb rgb/$i.dcm coded/$i.dcm
	done
	"$PYTHON" -W ignore - <<-'END'
		import glob, pydicom
		for path in glob.glob("coded/*"):
		    ds = pydicom.dcmread(path)
		    ds.PhotometricInterpretation = "RGB"
		    ds.save_as(path)
	END
	must_fail 1 "RGB by the header, YCbCr by JFIF: refused" dcm2vol coded -o x.vol
	said "... and says why" 'RGB by PhotometricInterpretation.*YBR by the JPEG'
	ok "... and there is no file" test ! -e x.vol
else
	skip "JPEG" "dcmcjpeg or Pillow is not installed"
fi

if "$PYTHON" -c 'from PIL import features; assert features.check_codec("jpg_2000")' 2>/dev/null; then
	py "JPEG 2000, YBR_ICT and YBR_RCT: as Pillow has it" <<-'END'
		import io, os, subprocess, numpy as np, pydicom, colours as c
		from PIL import Image
		from pydicom.encaps import encapsulate
		for name, more in (("YBR_ICT", {"irreversible": True, "quality_mode": "rates", "quality_layers": [4]}), ("YBR_RCT", {})):
		    os.makedirs(name)
		    want = []
		    for z in range(3):
		        out = io.BytesIO()
		        Image.fromarray(c.picture(64, 96, z)).save(out, "JPEG2000", no_jp2=True, num_resolutions=3, mct=1, **more)
		        want.append(np.asarray(Image.open(io.BytesIO(out.getvalue()))).astype(int))
		        ds = c.image(c.picture(64, 96, z), name, at=z)
		        ds.PixelData = encapsulate([out.getvalue()])
		        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
		        ds.file_meta.TransferSyntaxUID = pydicom.uid.JPEG2000
		        pydicom.dcmwrite(f"{name}/{z}.dcm", ds, write_like_original=False)
		    subprocess.run(["dcm2vol", name, "-o", "got.vol"], check=True)
		    for z, a in enumerate(c.slices("got.vol")[0]):
		        assert np.abs(a - want[z]).max() <= 1 and np.abs(a - c.picture(64, 96, z).astype(int)).mean() < 3, name
	END
fi

if have gdcmconv; then
	mkdir j2k
	"$PYTHON" -W ignore - <<-'END'
		import pydicom, subprocess
		for z in range(3):
		    subprocess.run(["gdcmconv", "--j2k", f"rgb/{z}.dcm", f"j2k/{z}.dcm"], check=True)
		    ds = pydicom.dcmread(f"j2k/{z}.dcm")
		    data = bytearray(ds.PixelData)
		    at = data.index(b"\xff\x52") + 8
		    if data[at] == 1 and ds.PhotometricInterpretation == "YBR_RCT":
		        ds.PhotometricInterpretation = "YBR_FULL"
		    else:
		        ds.PhotometricInterpretation = "YBR_RCT"
		    ds.save_as(f"j2k/{z}.dcm")
	END
	must_fail 1 "JPEG 2000 whose transform is not what the header says: refused" dcm2vol j2k -o x.vol
	said "... and says why" 'JPEG 2000 pixels are not of the colours'
fi

# ---- files of many frames ----

py "enhanced colour, frames shuffled; a mosaic in colour" <<'END'
import subprocess, numpy as np, colours as c, multiframe as m, volfile, pydicom
frames = m.stack(6)
for i, f in enumerate(frames):
    f["colour"], f["slope"], f["intercept"] = c.noise(f["pixels"].shape + (3,), 8, i), 1, 0
order = m.shuffled(frames)
for sop_class in ("4.3", "7.4"):
    ds = m.make("colour.dcm", order, "MR")
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1." + sop_class
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
    ds.PixelData = b"".join(f["colour"].tobytes() for f in order)
    pydicom.dcmwrite("colour.dcm", ds, write_like_original=False)
    subprocess.run(["dcm2vol", "colour.dcm", "-o", "got.vol"], check=True)
    data, affine, keys = volfile.read("got.vol")
    for z, f in enumerate(frames):
        assert np.array_equal(data[:, :, z].swapaxes(0, 1), f["colour"]), z
ds.compress(pydicom.uid.RLELossless, encoding_plugin="pydicom")
ds.save_as("coded.dcm")
subprocess.run(["dcm2vol", "coded.dcm", "-o", "rle.vol"], check=True)
assert np.array_equal(volfile.read("rle.vol")[0], data)
m.mosaic("mosaic.dcm", frames)
ds = pydicom.dcmread("mosaic.dcm")
rows, columns = frames[0]["pixels"].shape
whole = np.zeros((ds.Rows, ds.Columns, 3), "u1")
for i, f in enumerate(frames):
    whole[i // 3 * rows:i // 3 * rows + rows, i % 3 * columns:i % 3 * columns + columns] = f["colour"]
for planar in (0, 1):
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", planar
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
    ds.PixelData = (np.moveaxis(whole, -1, 0) if planar else whole).tobytes()
    ds.save_as("mosaic.dcm")
    subprocess.run(["dcm2vol", "mosaic.dcm", "-o", "got.vol"], check=True)
    got = volfile.read("got.vol")[0]
    for z, f in enumerate(frames):
        assert np.array_equal(got[:, :, z].swapaxes(0, 1), f["colour"]), z
END

# ---- what archives drop ----

py "what an archive dropped and the standard makes plain is taken with a warning" <<'END'
import subprocess, colours as c, multiframe as m, os, pydicom
def run(folder):
    return subprocess.run(["dcm2vol", folder], capture_output=True)
grey = m.stack(3)
os.mkdir("grey")
m.singles("grey", grey)
want = {"rgb": run("rgb").stdout, "grey": run("grey").stdout, "index": run("index").stdout}
for series, keyword, regex in (("rgb", "SamplesPerPixel", "SamplesPerPixel (0028,0002) is not stated, and is that of RGB"),
                               ("rgb", "PixelRepresentation", "PixelRepresentation (0028,0103) is not stated; RGB is unsigned"),
                               ("rgb", "BitsStored", "BitsStored (0028,0101) is not stated, and follows from HighBit"),
                               ("rgb", "HighBit", "HighBit (0028,0102) is not stated, and follows from BitsStored"),
                               ("rgb", "BitsStored HighBit", "follows from 8 bits allocated"),
                               ("index", "PixelRepresentation", "PALETTE COLOR is unsigned"),
                               ("grey", "SamplesPerPixel", "is that of MONOCHROME2"),
                               ("grey", "PhotometricInterpretation", "one sample a pixel is taken for grey"),
                               ("grey", "BitsStored", "BitsStored (0028,0101) is not stated, and follows from HighBit"),
                               ("grey", "HighBit", "HighBit (0028,0102) is not stated, and follows from BitsStored")):
    os.makedirs("dropped", exist_ok=True)
    for name in os.listdir(series):
        ds = pydicom.dcmread(f"{series}/{name}")
        for k in keyword.split():
            delattr(ds, k)
        ds.save_as("dropped/" + name)
    got = run("dropped")
    lines = got.stderr.decode().splitlines()
    assert got.returncode == 0 and got.stdout == want[series], (keyword, lines)
    assert len(lines) == 1 and regex in lines[0] and "warning" in lines[0], (keyword, lines)
    for name in os.listdir(series):
        os.unlink("dropped/" + name)
END

# dropped REASON REGEX SERIES CODE - Python that changes `ds`; refused
dropped()
{
	rm -rf changed
	cp -r "$3" changed
	CODE=$4 "$PYTHON" -W ignore - <<-'END' || exit 1
		import glob, os, pydicom
		for path in sorted(glob.glob("changed/*"))[1:]:
		    ds = pydicom.dcmread(path)
		    exec(os.environ["CODE"])
		    ds.save_as(path)
	END
	refuses "$1" "$3: $4" "$2" changed
}
dropped unsupported 'no sound PixelRepresentation' grey 'del ds.PixelRepresentation'
dropped unsupported 'no BitsStored .*16 allocated' grey 'del ds.BitsStored, ds.HighBit'
dropped unsupported 'no PhotometricInterpretation' grey 'del ds.PhotometricInterpretation, ds.SamplesPerPixel'
dropped unsupported 'no PhotometricInterpretation' rgb 'del ds.PhotometricInterpretation'
dropped unsupported 'no PhotometricInterpretation' index 'del ds.PhotometricInterpretation'
dropped unsupported 'no sound PlanarConfiguration' rgb 'del ds.PlanarConfiguration'
dropped unsupported 'no sound PlanarConfiguration' rgb 'ds.PlanarConfiguration = 2'
dropped unsupported "'RGB', of 1 samples" rgb 'ds.SamplesPerPixel = 1'
dropped unsupported "'MONOCHROME2', of 3 samples" rgb 'ds.PhotometricInterpretation = "MONOCHROME2"'
dropped unsupported "is 'YBR_PARTIAL_422'" rgb 'ds.PhotometricInterpretation = "YBR_PARTIAL_422"'
dropped unsupported "is 'CMYK', of 4" rgb 'ds.PhotometricInterpretation, ds.SamplesPerPixel = "CMYK", 4'
dropped unsupported 'is YBR_RCT in transfer syntax 1.2.840.10008.1.2.1' rgb 'ds.PhotometricInterpretation = "YBR_RCT"'
dropped unsupported 'signed pixels .*RGB' rgb 'ds.PixelRepresentation = 1'
dropped unsupported 'colour has RescaleSlope .* 2' rgb 'ds.RescaleSlope, ds.RescaleIntercept = 2, 0'
dropped unsupported 'no GreenPaletteColorLookupTableData' index 'del ds.GreenPaletteColorLookupTableData'
dropped unsupported 'no sound RedPaletteColorLookupTableDescriptor' index 'del ds.RedPaletteColorLookupTableDescriptor'
dropped unsupported 'descriptors .* differ' index 'ds.BluePaletteColorLookupTableDescriptor = [256, 1, 16]'
dropped unsupported 'RedPaletteColorLookupTableData .* is not 256 entries of 16 bits' index 'ds.RedPaletteColorLookupTableData = bytes(256)'
dropped unsupported 'the palette is segmented' index 'del ds.RedPaletteColorLookupTableData; ds.SegmentedRedPaletteColorLookupTableData = bytes(8)'
dropped mixed-pixels '3 x 8 bits a voxel.*3 x 16' rgb 'ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15; ds.PixelData += ds.PixelData'
dropped no-position 'no ImagePositionPatient' rgb 'del ds.ImagePositionPatient'
dropped truncated 'ends after|states .* bytes' rgb 'ds.PixelData = ds.PixelData[:-300]'
"$PYTHON" -W ignore - <<'END'
import numpy as np, colours as c
c.series("odd", [c.image(c.noise((4, 6, 3), 8, z), "YBR_FULL_422", at=z) for z in range(2)])
c.series("mixed", [c.image(c.noise((5, 7, 3), 8, 1), at=0), c.image(c.noise((5, 7), 8, 1), "MONOCHROME1", at=1)])
c.series("same", [c.image(c.noise((5, 7, 3), 8, 1), at=0), c.image(c.noise((5, 7), 8, 1), "PALETTE COLOR", at=1, palette=c.tables(256, bits=8))])
c.series("hole", [c.image(c.noise((5, 7, 3), 8, 1), at=z) for z in (0, 1, 3, 4)])
END
dropped unsupported 'YBR_FULL_422 of 5 columns' odd 'ds.Columns = 5'
dropped unsupported 'YBR_FULL_422 with the 72 bytes' odd 'ds.PixelData = bytes(72)'
refuses mixed-pixels "grey beside colour" '3 x 8 bits a voxel, .* has 1 x 8' mixed
ok "RGB beside a palette of 8 bits is one series" dcm2vol same -o got.vol
refuses missing-slice "a missing slice of colour" '1 slice missing' hole
must_fail 1 "--regrid of colour: refused" dcm2vol --regrid hole
said "... and says why" 'colours are not interpolated'

# ---- on to files ----

py "NIfTI has the colours" <<'END'
import subprocess, numpy as np, colours as c
try:
    import nibabel
except ImportError:
    raise SystemExit(0)
subprocess.run("dcm2vol rgb | vol2nii -o rgb.nii", shell=True, check=True)
got = np.asarray(nibabel.load("rgb.nii").dataobj)
for z in range(3):
    want = c.picture(64, 96, z)
    for k, name in enumerate("RGB"):
        assert np.array_equal(got[name][:, :, z].T, want[..., k])
END

done_testing
