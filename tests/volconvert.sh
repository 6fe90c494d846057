#!/bin/sh
# volconvert: what comes out is what the tools make of it, from every format to every other.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need "$TESTBIN/mkseries" "$PYTHON"

cd "$TMP" || exit 1
"$TESTBIN/mkseries" -o series --size 24,20,6 --modality MR --orient oblique >mkseries.out 2>&1 || fail "a series" mkseries.out
dcm2vol series -o mr.vol
"$PYTHON" -B "$SRC/tests/parfile.py" scan.PAR
par2vol --type M --only dynamic=1 scan.PAR -o scan.vol

# suffix, and the tools that write and read it
cat >formats <<'EOT'
.nii vol2nii nii2vol
.nii.gz vol2nii nii2vol
.hdr vol2nii nii2vol
.nrrd vol2nrrd nrrd2vol
.nhdr vol2nrrd nrrd2vol
.mha vol2mha mha2vol
.mhd vol2mha mha2vol
.mgh vol2mgh mgh2vol
.mgz vol2mgh mgh2vol
.mnc vol2mnc mnc2vol
.tif vol2tif tif2vol
.npz vol2npy npy2vol
EOT

# same DESC A B - two streams are the same, but for the lines of history
same()
{
	for v in "$2" "$3"; do
		LC_ALL=C grep -av -e '^vol\.history\.' -e '^#' "$v" >"$v.plain"
	done
	ok "$1" cmp "$2.plain" "$3.plain"
}

mkdir by_tool by_name
while read -r suffix write read; do
	[ -x "$BUILD/bin/$write" ] && [ -x "$BUILD/bin/$read" ] || continue
	x=mr$suffix
	if ! "$write" mr.vol -o "by_tool/$x" 2>why; then
		must_fail 1 "$suffix: what $write refuses is refused" volconvert mr.vol "by_name/$x"
		is "$suffix: with the same words" "$(sed 's/^[a-z0-9]*: //' "$TMP/.lib/err")" "$(sed 's/^[a-z0-9]*: //' why)"
		continue
	fi
	ok "$suffix is written" volconvert mr.vol "by_name/$x"
	ok "$suffix is read" volconvert "by_tool/$x" "by_tool/$x.vol"
	"$read" "by_tool/$x" -o "by_tool/$x.tool.vol"
	same "$suffix is read as $read does" "by_tool/$x.vol" "by_tool/$x.tool.vol"
	"$read" "by_name/$x" -o "by_name/$x.vol"
	same "$suffix is written as $write does" "by_name/$x.vol" "by_tool/$x.vol"
	echo "$x" >>made
done <formats

while read -r from; do
	while read -r to; do
		ok "$from to ${to#mr}" volconvert --verify "by_tool/$from" "across$to"
		ok "  and nothing is lost" volcmp "across$to" "by_tool/$from"
	done <made
done <made

ok "a DICOM series" volconvert series dcm.nrrd
ok "  is that of dcm2vol" volcmp dcm.nrrd mr.vol
for form in "tar -cf form.tar series" "tar -czf form.tar.gz series" "sh -c 'gzip -c \"\$(find series -type f | head -n 1)\" >form.dcm.gz'" \
	"$PYTHON -m zipfile -c form.zip series"; do
	rm -f form.*
	eval "$form"
	ok "DICOM in $(ls form.*)" volconvert form.* form.nrrd
	case $form in *dcm.gz*) ;; *) ok "  is that series" volcmp -q dcm.nrrd form.nrrd ;; esac
done
ok "a DICOM file" volconvert "$(find series -type f | head -n 1)" one.vol
is "  is one slice" "$(volinfo --get size one.vol)" "24 20 1"
must_fail 1 "types of PAR/REC are not guessed" volconvert scan.PAR scan.nii
said "  and par2vol is named" 'choose one with par2vol --type'
sh -c 'volconvert - - <scan.vol | volconvert - - >piped.vol'
same "through pipes" piped.vol scan.vol
ok "onto itself" sh -c 'cp scan.vol self.vol && volconvert self.vol self.vol'
same "  it stays what it was" self.vol scan.vol
volconvert mr.vol one.nrrd
volconvert mr.vol two.nrrd
ok "the same bytes each time" cmp one.nrrd two.nrrd
is "one line of history" "$(LC_ALL=C grep -ac 'vol.history.*:=volconvert' one.nrrd)" 1

must_fail 2 "a name that is of no format" volconvert mr.vol mr.txt
said "  says how to end it" 'mr.txt: no format has such a name'
must_fail 2 "DICOM" volconvert mr.vol out/
said "  has its own writer" 'out/: DICOM asks whose it is and what: write it with vol2dcm'
must_fail 2 "a format that is only read" volconvert mr.vol mr.PAR
said "  is named" 'mr.PAR: PAR/REC is only read, never written'
must_fail 2 "one name" volconvert mr.vol
must_fail 2 "a stream is not verified" volconvert --verify mr.vol x.vol
must_fail 1 "nothing is replaced" volconvert --no-clobber mr.vol one.nrrd
must_fail 1 "no such file" volconvert none.nii x.nrrd
head -c 5000 mr.vol >cut.vol
must_fail 1 "a stream that is cut" volconvert cut.vol cut.nii
ok "  leaves no file" test ! -e cut.nii
: >empty
must_fail 1 "an empty file" volconvert empty x.nii
must_fail 1 "an empty folder" sh -c 'mkdir nothing && volconvert nothing x.nii'

done_testing
