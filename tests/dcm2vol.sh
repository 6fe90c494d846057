#!/bin/sh
# dcm2vol: against what mkseries says that it wrote, and what pydicom reads; and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"
need_python numpy
mkdir out

# series NAME OPTION... - a folder NAME with a series, NAME.nrrd and NAME.raw.nrrd with the truth
series()
{
	name=$1
	shift
	"$TESTBIN/mkseries" -o "$name" --size 20,18,6 --truth "$name.nrrd" --truth-stored "$name.raw.nrrd" "$@" \
		>.lib/mk 2>&1 && return
	fail "mkseries makes $name" .lib/mk
}

cat >is_truth.py <<'EOF'
import sys, check_truth as c
got, corner = c.result(sys.argv[1]), float(sys.argv[3])
c.compare(got, c.truth(sys.argv[2] + ".raw.nrrd"), stored=True, corner=corner)
c.compare(got, c.truth(sys.argv[2] + ".nrrd"), corner=corner)
EOF

# is_truth DESC NAME [MM] - got.vol holds the truth of series NAME, its corners within MM
is_truth()
{
	ok "$1" "$PYTHON" -W ignore is_truth.py got.vol "$2" "${3:-1e-3}"
}

# right DESC NAME [WORD...] - dcm2vol WORD... (the folder, by default) makes the truth of series NAME,
# and says nothing
right()
{
	desc=$1 name=$2
	shift 2
	[ $# -gt 0 ] || set -- "$name"
	rm -f got.vol
	if dcm2vol "$@" -o got.vol >.lib/out 2>.lib/err && ! [ -s .lib/err ]; then
		is_truth "$desc" "$name"
	else
		fail "$desc" .lib/err
	fi
}

# same DESC REFERENCE WORD... - dcm2vol WORD... writes the very bytes of the file REFERENCE
same()
{
	desc=$1 reference=$2
	shift 2
	if dcm2vol "$@" >got.vol 2>.lib/err && ! [ -s .lib/err ]; then
		ok "$desc" cmp "$reference" got.vol
	else
		fail "$desc" .lib/err
	fi
}

# refuses REASON DESC WORD... - exit 1, one line that ends with [REASON] ("-": any), nothing on stdout,
# nothing under -o. What was said stays in .lib/err.
refuses()
{
	reason=$1 desc="$2 is refused [$1]" why=
	shift 2
	dcm2vol "$@" >.lib/out 2>.lib/err
	rc=$?
	[ $rc = 1 ] || why="exit $rc, expected 1"
	[ -s .lib/out ] && why="$why; wrote to stdout"
	[ "$(wc -l <.lib/err)" = 1 ] || why="$why; not one line"
	grep -q '^dcm2vol: .' .lib/err || why="$why; no name before it"
	[ "$reason" = - ] || grep -q " \[$reason\]\$" .lib/err || why="$why; not [$reason]"
	dcm2vol "$@" -o out/x.vol >.lib/out 2>.lib/err2
	[ $? = 1 ] || why="$why; another exit status with -o"
	cmp -s .lib/err .lib/err2 || why="$why; another message with -o"
	[ -z "$(ls -A out)" ] || why="$why; left $(ls -A out)"
	rm -rf out && mkdir out
	if [ -z "$why" ]; then
		pass "$desc"
	else
		echo "$why: dcm2vol $*" >.lib/why
		fail "$desc" .lib/why .lib/err
	fi
}

# key NAME - the line of a key in got.vol
key()
{
	grep -a "^$1" got.vol
}

# edit FOLDER - Python from stdin changes `images`, which are in slice order; then they are saved
cat >edit.py <<'EOF'
import sys, pydicom, pydicom.encaps
from pathlib import Path
images = [pydicom.dcmread(p) for p in sorted(Path(sys.argv[1]).rglob("*")) if p.is_file()]
images.sort(key=lambda d: float(d.ImagePositionPatient[2]))
exec(sys.stdin.read())
for image in images:
    image.save_as(image.filename)
EOF
edit()
{
	"$PYTHON" -W ignore edit.py "$1" >.lib/edit 2>&1 || fail "edit $1" .lib/edit
}

# ---- all that there is ----

for s in explicit implicit big-endian deflated rle jpeg-baseline jpeg-extended jpeg-lossless jpeg-lossless14 \
	jpeg-ls jpeg-ls-near jpeg2000 jpeg2000-lossy; do
	ok "$s: bits, signs, modalities, orientations" "$PYTHON" -W ignore "$SRC/tests/dicom_matrix.py" $s
done

# ---- one series, written in many ways, is one stream ----

series plain --bits 16,12,11
dcm2vol plain -o plain.vol
right "a plain series" plain
ok "and pydicom has the same voxels in the same place" \
	"$PYTHON" -W ignore "$SRC/tests/check_truth.py" plain.vol --dicom plain
same "to stdout: the same bytes" plain.vol plain
dcm2vol plain | cat >got.vol
ok "through a pipe: the same bytes" cmp plain.vol got.vol
same "quietly: the same bytes" plain.vol -q plain
while read -r options; do
	rm -rf way
	# shellcheck disable=SC2086  # words
	"$TESTBIN/mkseries" -o way --size 20,18,6 --bits 16,12,11 $options >/dev/null
	same "$options: the same bytes" plain.vol way
done <<'EOF'
--syntax implicit
--syntax big-endian
--syntax deflated
--syntax rle
--syntax jpeg-lossless
--syntax jpeg-lossless14
--syntax jpeg-ls
--syntax jpeg2000
--syntax jpeg2000 --fragments 4 --offset-table
--syntax jpeg-ls --fragments 4
--syntax rle --junk-high-bits
--names sequential
--names reversed
--names utf8
--instance-numbers sequential
--instance-numbers reversed
--instance-numbers random
--instance-numbers none
--no-preamble
--no-meta
--no-preamble --no-meta
--syntax implicit --no-preamble --no-meta
--syntax big-endian --no-preamble --no-meta
--junk-high-bits
--monochrome 1
--charset iso2022
--patient Another^Name --description other
--dicomdir
EOF
series coded --syntax jpeg-ls
dcm2vol coded -o coded.vol --threads 1
dcm2vol plain -o one.vol --threads 1
ok "--threads 1: the same bytes" cmp one.vol plain.vol
for t in 2 7 64; do
	same "--threads $t: the same bytes" one.vol plain --threads $t
	same "--threads $t, compressed: the same bytes" coded.vol coded --threads $t
done
cp -r plain deep
mkdir -p deep/a/b/c
find deep -maxdepth 1 -type f | head -n 3 | while read -r f; do
	mv "$f" deep/a/b/c
done
same "in folders within folders: the same bytes" plain.vol deep

# ---- values ----

series slopes --slope-per-slice --intercept-per-slice --noise 200
right "a slope and intercept for each slice" slopes
py "which are those of the slices, in their order" <<'EOF'
import pydicom, volfile as v
from pathlib import Path
images = sorted((pydicom.dcmread(p) for p in Path("slopes").iterdir()), key=lambda d: float(d.ImagePositionPatient[2]))
want = [float(x) for d in images for x in (d.RescaleSlope, d.RescaleIntercept)]
assert len(set(want)) > 6
assert [float(x) for x in v.read("got.vol")[2]["rescale"].split()] == want
assert "window" not in v.read("got.vol")[2], "a window in stored units would differ from slice to slice"
EOF
series bright --monochrome 1 --phantom edges
right "MONOCHROME1 changes no value" bright
series unsaid --defect no-rescale
cp unsaid.raw.nrrd unsaid.nrrd
right "a CT without rescale is stored values" unsaid
py "and has no vol.rescale" <<'EOF'
import volfile as v
keys = v.read("got.vol")[2]
assert keys["unit"] == "stored" and "rescale" not in keys, keys
EOF
series odd --size 7,5,3 --bits 8,8,7 --modality MR --syntax big-endian --phantom ramp
right "an odd number of bytes, big-endian, as OB" odd
"$PYTHON" - <<'EOF'
from pathlib import Path
for path in Path("odd").iterdir():
    b = path.read_bytes()
    at = b.index(b"\x7f\xe0\x00\x10OB") + 12
    pixels = bytearray(b[at:])
    assert len(pixels) == 36
    pixels[0::2], pixels[1::2] = pixels[1::2], pixels[0::2]
    path.write_bytes(b[:at - 8] + b"OW" + b[at - 6:at] + bytes(pixels))
EOF
right "an odd number of bytes, big-endian, in OW's words" odd

# ---- what else a file may hold ----

py "icons, overlays, private blocks, trailing padding, blanks in numbers, one UID for all: no voxel changes" <<'EOF'
import os, pydicom, subprocess, volfile as v
from pathlib import Path
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence


def icon(image, undefined=False):
    small = Dataset()
    small.Rows = small.Columns = 4
    small.BitsAllocated = small.BitsStored = 8
    small.HighBit, small.PixelRepresentation, small.SamplesPerPixel = 7, 0, 1
    small.PhotometricInterpretation = "MONOCHROME1"
    small.add_new(0x7fe00010, "OB", bytes(16))
    small.is_undefined_length_sequence_item = undefined
    image.IconImageSequence = Sequence([small])
    image["IconImageSequence"].is_undefined_length = undefined


def private(image):
    block = Dataset()
    block.add_new(0x00290010, "LO", "SOMEBODY")
    block.add_new(0x00291010, "UN", b"\x28\0\x10\0US\2\0\3\0" * 99)
    block.Rows, block.SeriesInstanceUID, block.ImagePositionPatient = 99, "2.25.9", ["9", "9", "9"]
    image.add_new(0x00081140, "SQ", Sequence([block, block]))
    image[0x00081140].is_undefined_length = True


def overlay(image):
    image.add_new(0x60000010, "US", 4)
    image.add_new(0x60000011, "US", 4)
    image.add_new(0x60003000, "OW", b"\xff" * 16)


def blanks(image):
    image.ImagePositionPatient = [" %+.6e " % float(x) for x in image.ImagePositionPatient]


def one_uid(image):
    image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = "2.25.7"


changes = {"icon": icon, "icon of undefined length": lambda image: icon(image, True), "private": private, "overlay": overlay,
           "blanks": blanks, "one UID": one_uid, "padding": lambda image: image.add_new(0xfffcfffc, "OB", bytes(100))}
for syntax in ("explicit", "implicit", "big-endian", "deflated", "rle", "jpeg2000"):
    subprocess.run([os.environ["TESTBIN"] + "/mkseries", "-o", syntax, "--size", "12,10,4", "--bits", "16,12,11", "--syntax", syntax],
                   check=True)
    original = {path: path.read_bytes() for path in Path(syntax).iterdir()}
    v.run("dcm2vol", syntax, "-o", "want.vol")
    want, place, _ = v.read("want.vol")
    for name, change in changes.items():
        for path, data in original.items():
            path.write_bytes(data)
            image = pydicom.dcmread(path)
            change(image)
            image.save_as(path)
        v.run("dcm2vol", syntax, "-o", "got.vol")
        got, where, _ = v.read("got.vol")
        assert (got == want).all() and (where == place).all(), f"{syntax}: {name}"
EOF

# ---- the header ----

series ct --bits 16,12,11
dcm2vol ct -o got.vol
py "a CT's keys" <<'EOF'
import re, pydicom, volfile as v
from pathlib import Path
data, affine, keys = v.read("got.vol")
image = pydicom.dcmread(next(Path("ct").iterdir()))
assert keys["unit"] == "stored" and keys["modality"] == "CT" and keys["rescale.unit"] == "HU", keys
assert keys["rescale"] == "1 -1024" and keys["padding"] == "-2000", keys
assert keys["stored.range"] == "-2048 2047", keys["stored.range"]
centre, width = float(image.WindowCenter), float(image.WindowWidth)
assert [float(x) for x in keys["window"].split()] == [centre + 1024, width], keys["window"]
first = min((pydicom.dcmread(p).ImagePositionPatient for p in Path("ct").iterdir()), key=lambda p: p[2])
assert keys["source"] == "20 18 6 (0.8,0,0) (0,0.8,0) (0,0,2.5) (%s)" % ",".join(map(str, first)), keys["source"]
assert re.fullmatch(r"dcm2vol [0-9.]+; read sha256:[0-9a-f]{64}", keys["history.1"]), keys["history.1"]
assert [k for k in keys if k.startswith("history.")] == ["history.1"]
for name, value in keys.items():
    if name.startswith("dicom."):
        want = image[name[6:]].value
        want = "\\\\".join(map(str, want)) if isinstance(want, pydicom.multival.MultiValue) else str(want)
        assert value in (want, want.replace("\\\\", "\\")) or float(value) == float(want), f"{name}: {value}, should be {want}"
assert {"dicom.KVP", "dicom.ConvolutionKernel", "dicom.SliceThickness", "dicom.PatientPosition"} <= set(keys)
EOF
py "numbers are the shortest, and none is minus zero" <<'EOF'
import os, re, shutil, subprocess
for kind in ("axial", "sagittal", "coronal", "prone", "feet-first", "oblique"):
    shutil.rmtree("o", ignore_errors=True)
    subprocess.run([os.environ["TESTBIN"] + "/mkseries", "-o", "o", "--size", "9,8,3", "--orient", kind], check=True)
    header = subprocess.run(["dcm2vol", "o"], stdout=subprocess.PIPE, check=True).stdout[:4096].decode()
    for line in header.splitlines():
        if line.startswith(("space directions", "space origin", "vol.source")):
            for number in re.findall(r"[-+.\de]+", line.split(":", 1)[1]):
                assert float(number) != 0 or number == "0", f"{kind}: {line}"
                plain = repr(float(number))
                plain = plain[:-2] if plain.endswith(".0") else plain
                assert len(number) <= len(plain), f"{kind}: {number} could be {plain}"
EOF
series wide
dcm2vol wide -o got.vol
py "16 bits stored: the range is what there is" <<'EOF'
import volfile as v
data, _, keys = v.read("got.vol")
assert keys["stored.range"] == "%d %d" % (data.min(), data.max()), keys["stored.range"]
EOF
series range --padding=-2000,-1990 --bits 16,12,11
right "a range of padding" range
is "is a range in the header" "$(key vol.padding)" "vol.padding:=-2000 -1990"
series back --padding=-1990,-2000 --bits 16,12,11
right "a range of padding, the greater first," back
is "comes out in order" "$(key vol.padding)" "vol.padding:=-2000 -1990"
series pet --modality PT
right "PET" pet
is "rescales to Bq/ml" "$(key vol.rescale.unit)" "vol.rescale.unit:=Bq/ml"
series mr --modality MR
right "MR" mr
is "has no rescale" "$(key vol.rescale)" ""
is "and no padding" "$(key vol.padding)" ""
series vary --bits 16,12,11
edit vary <<'EOF'
images[2].XRayTubeCurrent = "111"
images[3].ConvolutionKernel = None
del images[4].KVP
images[5].WindowWidth = 77
EOF
right "facts that differ between slices" vary
py "are left out, others are not" <<'EOF'
import volfile as v
keys = v.read("got.vol")[2]
for name in ("dicom.XRayTubeCurrent", "dicom.ConvolutionKernel", "dicom.KVP", "window"):
    assert name not in keys, name
for name in ("dicom.ExposureTime", "dicom.SliceThickness", "padding", "rescale"):
    assert name in keys, name
EOF
series pads --bits 16,12,11
edit pads <<'EOF'
images[2].PixelPaddingValue = -1999
EOF
ok "padding that differs between slices" dcm2vol pads -o got.vol
said "is left out with a warning" "^dcm2vol: warning: pads: PixelPaddingValue .*differs"
is "and not in the header" "$(key vol.padding)" ""
series loud --bits 16,12,11 --description 'Lung 1.0 B60f hard'
"$PYTHON" - <<'EOF'
from pathlib import Path
for path in Path("loud").iterdir():
    b = path.read_bytes()
    assert b.count(b"Lung 1.0 B60f hard") == 1
    path.write_bytes(b.replace(b"Lung 1.0 B60f hard", b"\xe9\x1b[31m\xc2\x9b4m \tB60\n\r\r"))
EOF
dcm2vol loud -o got.vol --keep-identifiers
py "--keep-identifiers lets no control characters in" <<'EOF'
import volfile as v
header = open("got.vol", "rb").read(4096).decode("utf-8")
bad = [c for c in header if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)]
assert not bad, bad
assert "B60" in v.read("got.vol")[2]["dicom.SeriesDescription"]
v.run("volhu", "got.vol", "-o", "hu.vol")
assert v.read("hu.vol")[2]["dicom.SeriesDescription"] == v.read("got.vol")[2]["dicom.SeriesDescription"]
EOF
if have teem-unu; then
	for f in plain coded; do
		like "unu opens $f.vol" "$(teem-unu head $f.vol 2>&1)" "^sizes: 20 18 6\$"
		teem-unu save -f nrrd -e raw -i $f.vol -o unu.nrrd
		tail -c 4320 $f.vol >a
		tail -c 4320 unu.nrrd >b
		ok "and finds the same voxels" cmp a b
	done
else
	skip "unu opens the stream" "teem-unu is not installed"
fi

# ---- operands ----

find plain -type f | LC_ALL=C sort >list
tr '\n' '\0' <list >list0
# shellcheck disable=SC2046  # words
{
	same "single files" plain.vol $(cat list)
	same "single files, the last first" plain.vol $(LC_ALL=C sort -r list)
	same "files named twice, and their folder" plain.vol $(cat list) plain $(cat list) plain/
	head -n 3 list | tr '\n' '\0' | dcm2vol --files0-from - $(tail -n +4 list) >got.vol
	ok "a list and operands" cmp plain.vol got.vol
}
same "--files0-from a file, with newlines" plain.vol --files0-from list
same "--files0-from a file, with NULs" plain.vol --files0-from list0
dcm2vol --files0-from - <list >got.vol
ok "--files0-from stdin, with newlines" cmp plain.vol got.vol
dcm2vol --files0-from - <list0 >got.vol
ok "--files0-from stdin, with NULs" cmp plain.vol got.vol
printf plain | dcm2vol --files0-from - >got.vol
ok "a list of one folder, without an end" cmp plain.vol got.vol
(cat list && echo plain/nothing-there) >list1
refuses - "a list with a name that is not there" --files0-from list1
like "and the name is said" "$(cat .lib/err)" "^dcm2vol: plain/nothing-there: .*No such file"
refuses - "a list that is not there" --files0-from nothing-there
refuses - "an operand that is not there" plain nothing-there
like "and the name is said" "$(cat .lib/err)" "^dcm2vol: nothing-there: .*No such file"
refuses no-images "an empty list" --files0-from /dev/null
must_fail 2 "no operand at all is wrong usage" dcm2vol
mkdir empty
refuses no-images "an empty folder" empty

mkdir -p links/inner linked byfile
cp plain/* links/inner
ln -s . links/loop
ln -s .. links/inner/up
same "a folder with links that go round" plain.vol links
ln -s inner links/again
same "a folder under two names, each read once" plain.vol links
ln -s "$TMP/plain" linked/outside
same "a folder behind a link" plain.vol linked
for f in plain/*; do
	ln -s "../$f" byfile/
done
same "files behind links" plain.vol byfile
ln -s nowhere byfile/dead
refuses - "a link to nothing" byfile
like "and it is named" "$(cat .lib/err)" "byfile/dead"

# as somebody who may not read everything
chmod 755 "$TMP"
cp -r plain closed
mkdir closed/sub
mv "$(find closed -type f | head -n 1)" closed/sub/one
chmod 000 closed/sub
cp -r plain sealed
chmod 000 "$(find sealed -type f | head -n 1)"
as=
if [ "$(id -u)" = 0 ]; then
	as="setpriv --reuid 65534 --clear-groups"
	$as dcm2vol --version >/dev/null 2>&1 || as=none
fi
if [ "$as" = none ]; then
	skip "a folder that cannot be read is refused" "all can be read here"
	skip "a file that cannot be read is refused" "all can be read here"
else
	# shellcheck disable=SC2086  # words
	must_fail 1 "a folder that cannot be read is refused" $as dcm2vol closed
	said "and named" "^dcm2vol: closed/sub: .*Permission denied"
	# shellcheck disable=SC2086  # words
	must_fail 1 "a file that cannot be read is refused" $as dcm2vol sealed
	said "and named" "^dcm2vol: sealed/.*: .*Permission denied"
fi
chmod 755 closed/sub

series lone --size 20,18,1
right "a single file" lone "$(find lone -type f)"
is "has SliceThickness for its step" "$(key 'space directions')" "space directions: (0.8,0,0) (0,0.8,0) (0,0,2.5)"
like "and -v says so" "$(dcm2vol -v lone 2>&1 >/dev/null)" "^dcm2vol: note: .*2.5 mm is SliceThickness"
edit lone <<'EOF'
images[0].SpacingBetweenSlices = "-3.5"
EOF
dcm2vol lone -o got.vol
is "SpacingBetweenSlices goes before it, without its sign" "$(key 'space directions')" \
	"space directions: (0.8,0,0) (0,0.8,0) (0,0,3.5)"
edit lone <<'EOF'
del images[0].SliceThickness, images[0].SpacingBetweenSlices
EOF
refuses no-spacing "a single file without either" lone
series thick --thickness 7
right "SliceThickness is not the step of a stack" thick

# ---- DICOMDIR ----

series cd --dicomdir --bits 16,12,11
right "a DICOMDIR" cd cd/DICOMDIR
same "gives the bytes that its folder gives" plain.vol cd/DICOMDIR
same "beside its folder, too" plain.vol cd/DICOMDIR cd
(cd cd && dcm2vol DICOMDIR) >got.vol
ok "in the working folder" cmp plain.vol got.vol
cp cd/DICOMDIR cd/index
same "under another name" plain.vol cd/index
rm cd/index
echo cd/DICOMDIR >listed
same "through a list" plain.vol --files0-from listed
cp -r cd lower
mv lower/IMAGES lower/images
for f in lower/images/*; do
	mv "$f" "$(echo "$f" | tr '[:upper:]' '[:lower:]')"
done
same "with names in lower case on the disk" plain.vol lower/DICOMDIR
for name in '..\..\IM0003 ' '../../IM0003 ' '/etc/hostname ' 'A\..\..\lone ' '..            ' '/             '; do
	rm -rf escape
	cp -r cd escape
	ok "a reference becomes '$name'" "$PYTHON" -c '
import sys
data = open("escape/DICOMDIR", "rb").read()
old, new = b"IMAGES\\IM0003", sys.argv[1].encode()[:13]
assert len(new) == len(old) and data.count(old) == 1
open("escape/DICOMDIR", "wb").write(data.replace(old, new))' "$name"
	refuses - "a reference to '$name'" escape/DICOMDIR
	like "as outside of the folder" "$(cat .lib/err)" "^dcm2vol: escape/DICOMDIR: .* outside its folder"
done
rm cd/IMAGES/IM0004
refuses - "a DICOMDIR that refers to a file that is not there" cd/DICOMDIR
like "and says which" "$(cat .lib/err)" "'IMAGES/IM0004', which is not there"
refuses missing-slice "its folder, without that file," cd
rm -r cd/IMAGES
refuses no-images "a DICOMDIR in a folder, which is no image," cd
"$TESTBIN/mkseries" -o cds --size 20,18,6 --dicomdir --defect second-series
refuses several-series "a DICOMDIR of two series" cds/DICOMDIR

# ---- several series ----

series three --series-number 3 --description 'Lung 1.0 B60f' --series-uid-seed 3
"$TESTBIN/mkseries" -o three --append --size 16,14,5 --series-number 4 --series-uid-seed 4 --description Mediastinum \
	--truth four.nrrd --truth-stored four.raw.nrrd
refuses several-series "a folder with two series" three
is "and they are listed" "$(cat .lib/err)" \
	"dcm2vol: three: 2 series; choose one with --series (3: 6 slices \"Lung 1.0 B60f\"; 4: 5 slices \"Mediastinum\") [several-series]"
right "--series 3" three --series 3 three
right "--series 4" four -S 4 three
right "--series UID" four three --series "$("$PYTHON" -c '
import pydicom
from pathlib import Path
print({d.SeriesInstanceUID for d in map(pydicom.dcmread, Path("three").iterdir()) if d.SeriesNumber == 4}.pop())')"
for s in 5 3.1 none ''; do
	refuses - "--series '$s'" --series "$s" three
	like "with what there is" "$(cat .lib/err)" "no series '$s': there is 3: 6 slices .*; 4: 5 slices"
done
"$TESTBIN/mkseries" -o twins --size 20,18,6 --truth twins.nrrd --truth-stored twins.raw.nrrd --defect second-series
refuses several-series "two series of one number" twins
like "are told apart" "$(cat .lib/err)" "1\.1: 6 slices .*; 1\.2: 6 slices"
refuses several-series "their number alone" --series 1 twins
dcm2vol --series 1.1 twins -o 1.vol
dcm2vol --series 1.2 twins -o 2.vol
py "--series 1.1 is the one with the lesser UID, 1.2 the other" <<'EOF'
import hashlib, pydicom, check_truth, volfile as v
from pathlib import Path
images = list(map(pydicom.dcmread, Path("twins").iterdir()))
right = 0
for k, uid in enumerate(sorted({d.SeriesInstanceUID for d in images}), 1):
    mine = sorted((d for d in images if d.SeriesInstanceUID == uid), key=lambda d: float(d.ImagePositionPatient[2]))
    data, _, keys = v.read(f"{k}.vol")
    assert all((data[:, :, z].T == d.pixel_array).all() for z, d in enumerate(mine)), k
    assert keys["history.1"].endswith(hashlib.sha256("".join(d.SOPInstanceUID + "\n" for d in mine).encode()).hexdigest())
    try:
        check_truth.compare(check_truth.result(f"{k}.vol"), check_truth.truth("twins.nrrd"))
        right += 1
    except check_truth.Wrong:
        pass
assert right == 1, "mkseries' truth is that of the first"
EOF

# ---- left out, and said so ----

"$TESTBIN/mkseries" -o mixed --size 20,18,6 --bits 16,12,11 --defect localizer --defect junk
ok "a localizer and junk" dcm2vol mixed -o got.vol
is "are left out, and only the empty file is told" "$(cat .lib/err)" "dcm2vol: warning: mixed/empty.dcm: is empty, left out"
ok "and change nothing" cmp plain.vol got.vol
dcm2vol -v mixed -o got.vol 2>notes
is "-v counts what was left out" "$(tail -n 1 notes)" "dcm2vol: note: 8 of 14 files left out"
for what in 'notes.txt: left out, not-dicom' \
	'thumbnail.png: left out, not-dicom' 'archive.gz: left out, not-dicom: compressed' 'preamble.dcm: left out' \
	'report.dcm: left out, no-pixels: SR' 'structures.dcm: left out, no-pixels: RTSTRUCT' \
	'[0-9a-f]{16}: left out, localizer: .*LOCALIZER'; do
	like "-v says: $what" "$(cat notes)" "^dcm2vol: note: mixed/$what"
done
for f in notes.txt thumbnail.png archive.gz report.dcm structures.dcm; do
	refuses no-images "$f alone" mixed/$f
done
must_fail 1 "an empty file alone is refused" dcm2vol mixed/empty.dcm
said "as what it is" "^dcm2vol: mixed/empty.dcm: empty file \[no-images\]\$"

# ---- defects ----

while read -r reason syntaxes defects; do
	for s in $(echo "$syntaxes" | tr , ' '); do
		rm -rf bad
		# shellcheck disable=SC2046,SC2086  # words
		if "$TESTBIN/mkseries" -o bad --size 12,10,20 --syntax "$s" $(printf -- '--defect %s ' $defects) >.lib/mk 2>&1; then
			refuses "$reason" "$defects ($s)" bad
		else
			fail "mkseries makes $defects ($s)" .lib/mk
		fi
	done
done <<'EOF'
missing-slice explicit,rle missing=8
missing-slice explicit missing=1
missing-slice explicit missing=18
missing-slice explicit missing=5 missing=6 missing=13
overlapping-slices explicit,deflated overlap=2
irregular-spacing explicit,big-endian irregular
irregular-spacing explicit variable=8
irregular-spacing explicit decimals=0
tilt explicit,jpeg-ls tilt-position=50
tilt explicit tilt-position=-46
missing-slice explicit tilt=10 missing=8
mixed-orientation explicit,rle mixed-orientation=2
mixed-orientation explicit mixed-orientation=19
mixed-size explicit,jpeg2000 mixed-size=2
mixed-spacing explicit,implicit mixed-spacing=2
mixed-pixels explicit,rle mixed-sign=2
several-series explicit,rle second-series
truncated explicit,implicit,big-endian,deflated,rle,jpeg-lossless,jpeg-ls,jpeg2000 truncate=3
truncated explicit,implicit,big-endian,deflated,rle,jpeg-lossless,jpeg-ls,jpeg2000 truncate=19
truncated explicit,implicit,big-endian,deflated,rle,jpeg2000 cut-header=3
truncated explicit,implicit,big-endian,deflated,rle,jpeg2000 cut-header=19
truncated rle,jpeg-lossless,jpeg-ls,jpeg2000 bad-length=3
no-position explicit,implicit no-position=3
no-position explicit no-position=all
no-position explicit,rle no-orientation
no-spacing explicit,implicit no-spacing
unsupported explicit zero-spacing
unsupported explicit nan-position=2
unsupported explicit comma-position
unsupported explicit huge-position=2
unsupported explicit,rle,jpeg-lossless,jpeg2000 colour=2
unsupported explicit,rle,jpeg-ls,jpeg2000 multiframe
unsupported explicit multiframe=3
unsupported explicit,jpeg-lossless zero-rows
unsupported explicit,implicit modality-lut
duplicate-position explicit same-position
EOF
for s in explicit implicit big-endian deflated; do
	series long-$s --syntax $s --defect bad-length=3
	right "pixels said to be longer than they are, and all there ($s)" long-$s
done
series wobble --defect jitter=0.03
dcm2vol wobble -o got.vol
is_truth "0.03 mm of noise in the positions is no irregularity" wobble 0.05
series tenths --orient oblique --defect decimals=1 --size 20,18,40
edit tenths <<'EOF'
from math import cos, radians, sin
a, b = radians(17.3), radians(11.9)
for d in images:
    d.ImageOrientationPatient = ["%.10f" % x for x in (cos(b), sin(b), 0, -sin(b) * cos(a), cos(b) * cos(a), sin(a))]
EOF
dcm2vol tenths -o got.vol
is_truth "nor are positions to one decimal" tenths 0.05

# one REASON DESC - Python from stdin changes images of the plain series; then it is refused
one()
{
	rm -rf one
	cp -r plain one
	edit one
	refuses "$1" "$2" one
}
one unsupported "RescaleSlope 0" <<'EOF'
images[2].RescaleSlope = "0"
EOF
one unsupported "RescaleSlope 1e300" <<'EOF'
images[2].RescaleSlope = "1e300"
EOF
one unsupported "RescaleSlope 1e-300" <<'EOF'
images[2].RescaleSlope = "1e-300"
EOF
one unsupported "RescaleIntercept -1e300" <<'EOF'
images[2].RescaleIntercept = "-1e300"
EOF
one unsupported "a slope without an intercept" <<'EOF'
del images[2].RescaleIntercept
EOF
one mixed-pixels "one slice without a rescale" <<'EOF'
del images[2].RescaleIntercept, images[2].RescaleSlope
EOF
one mixed-frame-of-reference "another frame of reference in half of the slices" <<'EOF'
for image in images[3:]:
    image.FrameOfReferenceUID = "2.25.4711"
EOF
is "whose UID is not shown" "$(grep -c 4711 .lib/err)" 0
rm -rf one
cp -r plain one
edit one <<'EOF'
del images[0].FrameOfReferenceUID
images[3].FrameOfReferenceUID = ""
EOF
same "a frame of reference that some do not state: the same bytes" plain.vol one
for attribute in ImagesInAcquisition NumberOfSlices; do
	rm -rf one
	cp -r plain one
	edit one <<EOF
for image in images:
    image.$attribute = 8
EOF
	same "fewer slices than $attribute: the same bytes" plain.vol -q one
	like "... and a warning" "$(dcm2vol one 2>&1 >/dev/null)" \
		"^dcm2vol: warning: one: has 6 images, but $attribute \([0-9,]*\) is 8: slices may be missing at an end\$"
done
one mixed-pixels "one slice of 8 bits" <<'EOF'
images[2].BitsAllocated = images[2].BitsStored = 8
images[2].HighBit = 7
EOF
one unsupported "a high bit beyond those allocated" <<'EOF'
images[2].HighBit = 16
EOF
one unsupported "12 bits allocated" <<'EOF'
images[2].BitsAllocated = 12
EOF
one unsupported "a position of two numbers" <<'EOF'
images[2].ImagePositionPatient = ["0", "0"]
EOF
one unsupported "an orientation of five numbers" <<'EOF'
images[2].ImageOrientationPatient = ["1", "0", "0", "0", "1"]
EOF
one no-position "cosines that are no unit vectors" <<'EOF'
for d in images:
    d.ImageOrientationPatient = ["1", "0", "0", "0", "0.5", "0"]
EOF
one unsupported "a SOP class nobody knows" <<'EOF'
images[2].SOPClassUID = images[2].file_meta.MediaStorageSOPClassUID = "1.2.3.4"
EOF
one unsupported "another transfer syntax" <<'EOF'
images[2].PixelData = pydicom.encaps.encapsulate([images[2].PixelData])
images[2].file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
EOF
one unsupported "a mosaic" <<'EOF'
for d in images:
    d.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
EOF
one no-images "a folder of localizers" <<'EOF'
for d in images:
    d.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
EOF

py "the last slice cut at any length never goes unnoticed" <<'EOF'
import os, re, subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

whole, jobs, errors = {}, [], []


def check(syntax, keep):
    folder, data = Path(f"cut-{syntax}-{keep}"), Path(f"whole-{syntax}/last").read_bytes()
    folder.mkdir()
    for path in Path(f"whole-{syntax}").iterdir():
        if path.name != "last":
            os.symlink(path.resolve(), folder / path.name)
    (folder / "last").write_bytes(data[:keep])
    for more in ([], ["--series", "1"]):
        done = subprocess.run(["dcm2vol", folder, *more], capture_output=True, check=False)
        said, where = done.stderr.decode().rstrip("\n"), f"{syntax}: {keep} of {len(data)} bytes {more}"
        if done.returncode == 0 and done.stdout == whole[syntax]:
            continue  # all but a mark at the end is there
        # compressed pixels are found to be short only after the slices before them were written
        if done.returncode != 1 or len(done.stdout) >= len(whole[syntax]) or "\n" in said or not said.endswith(" [truncated]"):
            slices = re.search(rb"\nsizes: 9 8 (\d+)\n", done.stdout)
            errors.append(f"{where}: exit {done.returncode}, {slices and slices[1].decode()} slices, {said}")


for syntax in ("explicit", "implicit", "big-endian", "deflated", "rle", "jpeg-ls", "jpeg2000"):
    folder = f"whole-{syntax}"
    subprocess.run([os.environ["TESTBIN"] + "/mkseries", "-o", folder, "--size", "9,8,4", "--names", "sequential", "--syntax", syntax],
                   check=True)
    os.rename(f"{folder}/IM00004.dcm", f"{folder}/last")
    whole[syntax] = subprocess.run(["dcm2vol", folder], capture_output=True, check=True).stdout
    size = os.path.getsize(f"{folder}/last")
    # up to 132 bytes it might as well be junk
    jobs += [(syntax, keep) for keep in [*range(133, size, 61), size - 9, size - 8, size - 1]]
with ThreadPoolExecutor(os.cpu_count()) as pool:
    list(pool.map(lambda job: check(*job), jobs))
assert not errors, f"{len(errors)} of {2 * len(jobs)}:\n" + "\n".join(sorted(errors)[:25])
EOF

# ---- outputs ----

echo old >old.vol
must_fail 1 "--no-clobber refuses" dcm2vol plain -o old.vol --no-clobber
is "and leaves the file" "$(cat old.vol)" old
must_fail 1 "a defect leaves an older file" dcm2vol bad -o old.vol
is "as it was" "$(cat old.vol)" old
ok "an older file is replaced" dcm2vol plain -o old.vol
ok "by the whole stream" cmp old.vol plain.vol
must_fail 1 "a full disk" sh -c 'dcm2vol plain >/dev/full'
if have script && script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	TERM=dumb script -qec "dcm2vol plain" /dev/null </dev/null >.lib/tty 2>&1
	is "a terminal is refused" "$?" 1
	like "with a line that says so" "$(cat .lib/tty)" "^dcm2vol: stdout: is a terminal"
	is "and gets no volume" "$(grep -a NRRD .lib/tty)" ""
else
	skip "a terminal is refused" "script (util-linux) is not installed"
fi
done_testing
