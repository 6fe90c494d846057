#!/bin/bash
# What holds for every tool that turns one stream into another, whatever it does: the table at the end of
# this comment is all that a new one adds. Values are checked in its own test.
#
#     TOOL OPTIONS          reads HU on stdin, writes a stream to stdout
#     mask TOOL OPTIONS     reads a mask (vol.unit label)
#     stored TOOL OPTIONS   reads stored values
# shellcheck source=tests/lib.sh
. tests/lib.sh

need cmp "$PYTHON"
export PYTHONPATH="$SRC/tests"
cd "$TMP" || exit 1
sanitized=$SANITIZED

cat >stages <<'END'
volresample -s 1.3
volresample -s 1.3 -k cubic
volresample -s 3 -k lanczos
volresize -n 20,24
volwin -w 40,80
volnorm -r -1000,400
volnorm --zscore
voldenoise --gauss 1
voldenoise --median 3vox
voltilt
voltilt --symmetry
voltilt --grid-only
volseg body
volseg threshold -r -320,3000
volseg otsu
volmask -m mask.nrrd
mask volmorph dilate -d 2
mask volmorph close -d 2
mask volmorph fill
mask vollabel
volcrop --centre --size 16
volpad --multiple 32
volorient RAS
volorient PSR
volorient LPI
volsplit
volsplit -e 0
volcast --type float
volcalc a+1
volback --like mask.nrrd
voltext draw poly.txt
stored volhu
END
# ---- input ----

printf '%s\n' 'slice 0' '1 1' '6 1.5' '3 9' '' 'label 2' '5 5' '7 7' '9 3' >poly.txt
"$PYTHON" -W ignore - <<'EOF' || fail "input can be made"
import numpy as np
import volfile as v

rng = np.random.default_rng(3)
z, y, x = np.mgrid[:17, :30, :26].astype(float)
r = np.sqrt(((x - 12) / 10) ** 2 + ((y - 15) / 12) ** 2 + ((z - 8) / 11) ** 2)
hu = np.where(r < 0.8, 40, np.where(r < 0.95, 700, -1000)) + rng.normal(0, 8, r.shape)
lung = (abs(x - 12) > 2) & (r < 0.6)
hu[lung] -= 880
hu = np.ascontiguousarray(hu.round().astype("i2").T)
keys = {"unit": "HU", "modality": "CT", "note.of.others": "kept"}
v.write("hu.vol", hu, v.affine("oblique"), keys)
v.write("float.vol", hu.astype("f4"), v.affine("left-handed"), keys)
v.write("double.vol", hu.astype("f8"), v.affine("axial"), keys)
v.write("mask.nrrd", np.ascontiguousarray((lung.T).astype("u1")), v.affine("oblique"), {"unit": "label"})
v.write("mask.vol", np.ascontiguousarray((lung.T).astype("u1")), v.affine("oblique"), {"unit": "label"})
wild = hu.astype("f4")
wild[3:6, 4:9, 2:5] = np.nan
wild[9, 9, 9], wild[10, 10, 10] = np.inf, -np.inf
v.write("nan.vol", wild, v.affine("oblique"), keys)
for name, shape in (("one", (1, 1, 1)), ("row", (9, 1, 1)), ("column", (1, 9, 1)), ("pile", (1, 1, 9)), ("slice", (9, 8, 1))):
    v.write(name + ".vol", hu[8:8 + shape[0], 8:8 + shape[1], 5:5 + shape[2]].copy(), v.affine("axial"), keys)
    v.write(name + "-mask.vol", np.ones(shape, "u1"), v.affine("axial"), {"unit": "label"})
v.write("colour.vol", np.zeros((5, 4, 3, 3), "u1"), v.affine("axial"), colour=True)
v.write("stored.vol", hu, v.affine("axial"), {"unit": "stored", "rescale": "2 -1024", "rescale.unit": "HU"})
v.write("empty-mask.vol", np.zeros((6, 5, 4), "u1"), v.affine("axial"), {"unit": "label"})
# a header of 2^60 voxels with 64 KiB behind it
claim = open("hu.vol", "rb").read().split(b"\n\n", 1)[0]
open("claim.vol", "wb").write(claim.replace(b"sizes: 26 30 17", b"sizes: 1048576 1048576 524288") + b"\n\n" + bytes(65536))
EOF
for f in hu mask stored; do
	size=$(stat -c %s $f.vol)
	head -c $((size - 1)) $f.vol >$f-cut.vol
	head -c $((size - 9000)) $f.vol >$f-half.vol
	(cat $f.vol && echo) >$f-long.vol
done
head -c 300 hu.vol >header.vol

# ---- the contract ----

refused() # DESC FILE CMD... - exit 1, a line that begins with the tool's name, nothing under the output's name
{
	local desc=$1 in=$2 rc why=
	shift 2
	rm -f out.vol
	"$@" -o out.vol <"$in" >said.out 2>said
	rc=$?
	[ $rc = 1 ] || why="exit $rc"
	[ ! -e out.vol ] || why="$why; left an output"
	[ ! -s said.out ] || why="$why; wrote to stdout"
	grep -q "^$1: ." said || why="$why; did not say why"
	if [ -z "$why" ]; then pass "$desc"; else echo "$why" >>said; fail "$desc" said; fi
}

sound() # DESC FILE CMD... - works, and its result is a sound canonical stream; or refuses cleanly
{
	local desc=$1 in=$2 rc
	shift 2
	rm -f out.vol
	timeout 60 "$@" -o out.vol <"$in" >said.out 2>said
	rc=$?
	if [ $rc = 0 ] && "$PYTHON" -W ignore -c 'import volfile; volfile.read("out.vol")' 2>>said; then
		pass "$desc: a sound stream"
	elif [ $rc = 1 ] && [ ! -e out.vol ] && grep -q "^$1: ." said && ! grep -qi 'sanitizer\|runtime error' said; then
		pass "$desc: refused: $(head -c 100 said | head -n 1 | LC_ALL=C tr -c ' -~\n' '?' | sed 's/#/no/g')"
	else
		echo "exit $rc" >>said
		fail "$desc" said
	fi
}

same_bytes() # DESC FILE CMD...
{
	local desc=$1 in=$2 n why=
	shift 2
	"$@" <"$in" >want.vol 2>said || why="exit $?"
	if "$1" --help | grep -q -e --threads; then
		for n in 1 2 7; do
			"$@" --threads $n <"$in" 2>>said | cmp - want.vol >>said 2>&1 || why="$why; other bytes from $n threads"
		done
	fi
	# shellcheck disable=SC2002  # a pipe is what is tested
	cat "$in" | "$@" 2>>said | cmp - want.vol >>said 2>&1 || why="$why; other bytes from a pipe"
	"$@" "$in" 2>>said | cmp - want.vol >>said 2>&1 || why="$why; other bytes from a file"
	if [ -s want.vol ] && [ -z "$why" ]; then pass "$desc"; else echo "$why" >>said; fail "$desc" said; fi
}

# peak KiB of a command; the file of an endless claim
peak()
{
	local limit=$1 desc=$2 in=$3 got
	shift 3
	/usr/bin/time -f %M -o kib "$@" <"$in" >/dev/null 2>said
	got=$(tail -n 1 kib)
	if [ "$got" -le "$limit" ]; then pass "$desc ($((got / 1024)) MiB)"; else echo "$got KiB" >>said; fail "$desc" said; fi
}

contract() # KIND CMD...
{
	local kind=$1 in=$1.vol name
	shift
	name="$*"
	same_bytes "$name: the same bytes, however read, however many threads" "$in" "$@"
	refused "$name: a short stream" "$kind-half.vol" "$@"
	refused "$name: one byte short" "$kind-cut.vol" "$@"
	refused "$name: a byte too many" "$kind-long.vol" "$@"
	refused "$name: half a header" header.vol "$@"
	refused "$name: nothing" /dev/null "$@"
	refused "$name: a header that claims 2^60 voxels" claim.vol "$@"
	[ "$sanitized" ] || peak 131072 "$name: takes no memory for a claim" claim.vol "$@"
	"$@" <"$in" >/dev/full 2>said
	if [ $? = 1 ] && grep -q "^$1: .*[Nn]o space" said; then pass "$name: a full disk"; else fail "$name: a full disk" said; fi
	must_fail 1 "$name: no such file" "$@" no/such.vol
	if [ "$kind" = mask ]; then
		for f in one row column pile slice; do
			sound "$name: $f of a mask" $f-mask.vol "$@"
		done
		sound "$name: an empty mask" empty-mask.vol "$@"
	else
		for f in one row column pile slice float double nan colour stored mask; do
			sound "$name: $f" $f.vol "$@"
		done
	fi
	if "$@" <"$in" >want.vol 2>/dev/null; then
		like "$name: says so in the history" "$(volinfo want.vol 2>&1; volinfo --json want.vol)" "$1 $VERSION"
	fi
	ok "$name: --help" "$1" --help
}

VERSION=$(volhu --version | awk '{print $NF; exit}')
while read -r line; do
	kind=hu
	case $line in
	"mask "* | "stored "*) kind=${line%% *} line=${line#* } ;;
	esac
	# shellcheck disable=SC2086  # words
	set -- $line
	if [ -x "$BUILD/bin/$1" ]; then
		contract "$kind" "$@"
	else
		skip "$line" "$1 is not built"
	fi
done <stages
done_testing
