#!/bin/sh
# dcm2vol: against what mkseries says that it wrote, and what pydicom reads; and what it refuses.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need "$PYTHON"
[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"
export PYTHONPATH="$SRC/tests"
cd "$TMP" || exit 1
mkdir out

# py DESC - a check in Python, from stdin; it fails by raising
py()
{
	cat >"$TMP/.lib/check.py"
	ok "$1" "$PYTHON" -W ignore "$TMP/.lib/check.py"
}

# series NAME OPTION... - a folder NAME with a series, NAME.nrrd and NAME.raw.nrrd with the truth
series()
{
	name=$1
	shift
	"$TESTBIN/mkseries" -o "$name" --size 20,18,6 --truth "$name.nrrd" --truth-stored "$name.raw.nrrd" "$@" \
		>.lib/mk 2>&1 && return
	fail "mkseries makes $name" .lib/mk
}

cat >is_truth.py <<'END'
import sys, check_truth as c
got, corner = c.result(sys.argv[1]), float(sys.argv[3])
c.compare(got, c.truth(sys.argv[2] + ".raw.nrrd"), stored=True, corner=corner)
c.compare(got, c.truth(sys.argv[2] + ".nrrd"), corner=corner)
END

# is_truth DESC NAME [MM] - got.vol holds the truth of series NAME, its corners within MM
is_truth()
{
	ok "$1" "$PYTHON" -W ignore is_truth.py got.vol "$2" "${3:-1e-3}"
}

# right DESC NAME [WORD...] - dcm2vol WORD... (the folder, by default) makes the truth of series NAME, and
# says nothing
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

# refuses REASON DESC WORD... - exit 1, one line that ends with [REASON], nothing on stdout and no file
# under -o; an older file stays as it was
refuses()
{
	reason=$1 desc=$2 why=
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
	rm -rf out/* out/.[!.]*
	if [ -z "$why" ]; then
		pass "$desc is refused [$reason]"
	else
		echo "$why: dcm2vol $*" >.lib/why
		fail "$desc is refused [$reason]" .lib/why .lib/err
	fi
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
same "to stdout: the same bytes" plain.vol plain
dcm2vol plain | cat >got.vol
ok "through a pipe: the same bytes" cmp plain.vol got.vol
same "quietly: the same bytes" plain.vol -q plain
way=0
while read -r options; do
	way=$((way + 1))
	# shellcheck disable=SC2086  # words
	"$TESTBIN/mkseries" -o way$way --size 20,18,6 --bits 16,12,11 $options >/dev/null
	same "$options: the same bytes" plain.vol way$way
done <<'END'
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
END
series coded --syntax jpeg-ls
dcm2vol coded -o coded.vol --threads 1
dcm2vol plain -o one.vol --threads 1
for t in 2 7 64; do
	same "--threads $t: the same bytes" one.vol plain --threads $t
	same "--threads $t, compressed: the same bytes" coded.vol coded --threads $t
done
cp -r plain deep && mkdir -p deep/a/b/c && find deep -maxdepth 1 -type f | head -n 3 | while read -r f; do
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
assert "window" not in v.read("got.vol")[2], "a window in stored units differs by slice"
