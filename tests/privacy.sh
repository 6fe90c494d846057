#!/bin/sh
# Nothing that tells of whom, by whom, where or when leaves the pipe. mkseries writes SECRET into every
# attribute that identifies, and dates and times found nowhere else; here all that the tools write,
# and all that they say, is searched for them.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need "$PYTHON" zcat
[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"
cd "$TMP" || exit 1
mkdir said secret-folder

# ---- what must not be found ----

for modality in CT MR PT; do
	"$TESTBIN/mkseries" -o secret-folder/$modality --seed "$(printf '%d' "'$modality")" --size 24,20,6 --modality $modality --description innocent \
		--patient 'SECRETNAME^PATIENT' || exit 1
done
# each UID that the files hold, but those of the standard; the last digits are enough to be found by
"$PYTHON" -W ignore - >words <<'END'
from pathlib import Path
import getpass, os, socket
import pydicom

uids = set()
for path in Path("secret-folder").rglob("*"):
    if path.is_file():
        image = pydicom.dcmread(path)
        uids |= {str(e.value) for d in (image, image.file_meta) for e in d if e.VR == "UI" and "2.840.10008" not in str(e.value)}
assert len(uids) > 20, "the series has its UIDs"
print("\n".join(sorted(uids)))
print("19471103\n19481224\n031415\n031445\n926535\nSECRET\n1947-11-03\n1948-12-24")
END
is "the words looked for are in the input" \
	"$(cat secret-folder/CT/* | grep -acF -e SECRETNAME -e 19471103 -e 19481224 -e 031415.926535 | awk '{ print ($1 > 0) }')" 1
# the host and the user, by all their names, looked for as whole words; one that is a word of the
# tools' own, or so short that pixels may spell it, would prove nothing
cat "$SRC"/man/* "$SRC/formats/dicom/acquisition.c" >our-words
for word in "$(uname -n)" "$(id -un)" "${USER:-}" "${LOGNAME:-}"; do
	[ ${#word} -lt 4 ] || grep -qiwF -e "$word" our-words || echo "$word"
done | sort -u >people
{
	echo "$TMP"
	pwd -P
	echo "$SRC"
	echo secret-folder
} >>words

# clean DESC FILE... - none of the words is in the files, packed or not, nor as UTF-16
clean()
{
	desc=$1 found=
	shift
	for f in "$@"; do
		[ -e "$f" ] || { fail "$desc: $f is not there"; return; }
		zcat -f <"$f" >plain
		if [ -s "$f" ] && cat "$f" plain | LC_ALL=C grep -aqiF -f words; then
			found="$found $f: $(cat "$f" plain | LC_ALL=C grep -aoiF -f words | sort | uniq -c | head -n 5)"
		fi
		if LC_ALL=C head -c 65536 plain | LC_ALL=C grep -aqwF -f people; then
			found="$found $f: $(LC_ALL=C head -c 65536 plain | LC_ALL=C grep -aowF -f people | sort -u)"
		fi
	done
	is "$desc" "$found" ""
}

# The search finds what it should: of the input, and of it packed.
cat secret-folder/CT/* >all.dcm
gzip -nc all.dcm >all.dcm.gz
for f in all.dcm all.dcm.gz; do
	LC_ALL=C zcat -f <$f >plain
	is "the search is a search: $f" "$(LC_ALL=C grep -acF -f words plain | awk '{ print ($1 > 5) }')" 1
done
rm all.dcm all.dcm.gz

# ---- each tool, quiet and talkative ----

# run NAME PROGRAM WORD... - what it says goes to said/NAME
run()
{
	name=$1
	shift
	"$@" >"said/$name.out" 2>"said/$name.err" || fail "$name succeeds" "said/$name.err"
}

for modality in CT MR PT; do
	for v in "" -v; do
		# from inside, so that the folder's own name - the user's word - need not be named
		cd secret-folder || exit 1
		dcm2vol $v $modality -o ../m$v.vol 2>../said/dcm2vol$v.err || fail "dcm2vol $v $modality"
		dcm2vol $v $modality 2>/dev/null | cat >../piped.vol
		dcm2vol $v "$PWD/$modality" -o ../absolute.vol 2>/dev/null
		cd ..
		ok "$modality $v: the stream does not tell how its input was named" cmp m$v.vol absolute.vol
		ok "$modality $v: nor where it went" cmp m$v.vol piped.vol
		clean "dcm2vol $v $modality: the stream" m$v.vol
		clean "dcm2vol $v $modality: what is said" said/dcm2vol$v.err
		# only CT and PET state a slope
		slope=
		[ $modality != MR ] || slope="--slope 1 --intercept 0"
		# shellcheck disable=SC2086  # words
		run volhu volhu $v $slope m$v.vol -o hu.vol
		clean "volhu $v of $modality" hu.vol said/volhu.*
		for out in n.nii n.nii.gz n2.hdr n2.img; do
			[ $out = n2.img ] || run $out vol2nii $v hu.vol -o $out
		done
		clean "vol2nii $v of $modality" n.nii n.nii.gz n2.hdr n2.img said/n.nii.* said/n.nii.gz.* said/n2.hdr.*
		run raw vol2nrrd $v hu.vol -o r.nrrd
		run gzip vol2nrrd $v -z 1 hu.vol -o z.nrrd
		run detached vol2nrrd $v hu.vol -o d.nhdr
		clean "vol2nrrd $v of $modality" r.nrrd z.nrrd d.nhdr d.raw* said/raw.* said/gzip.* said/detached.*
		run info volinfo $v m$v.vol
		run info-json volinfo $v --json m$v.vol
		run info-stats volinfo $v --stats hu.vol
		clean "volinfo $v of $modality" said/info*
		run cmp volcmp $v m$v.vol absolute.vol
		clean "volcmp $v of $modality" said/cmp.*
		run back-nii nii2vol $v n.nii.gz -o b.vol
		run back-nrrd nrrd2vol $v z.nrrd -o c.vol
		clean "nii2vol and nrrd2vol $v of $modality" b.vol c.vol said/back-*
		for how in "" --files --json "--json --files" --tsv "--tsv --files"; do
			cd secret-folder || exit 1
			# shellcheck disable=SC2086  # words
			dcmls $v $how $modality >../said/ls.out 2>../said/ls.err || fail "dcmls $how $v"
			cd ..
			clean "dcmls $how $v $modality" said/ls.out said/ls.err
		done
	done
done

# a stream made in the middle of a pipe, as people do
cd secret-folder || exit 1
dcm2vol CT 2>../said/1 | volhu 2>../said/2 | vol2nii -o ../pipe.nii.gz 2>../said/3
dcm2vol CT | volhu | vol2nrrd -z 1 >../pipe.nrrd
cd ..
clean "the usual pipe" pipe.nii.gz pipe.nrrd said/1 said/2 said/3

# ---- what is refused must not tell either ----

for defect in second-series truncate=2 missing=2 repeat colour=2 no-position=2 comma-position zero-spacing cut-header=2 \
	mixed-sign=3 modality-lut multiframe=1; do
	rm -rf broken
	"$TESTBIN/mkseries" -o broken --size 12,10,6 --description innocent --defect $defect --names sequential
	dcm2vol -v broken >said/out 2>said/err
	clean "dcm2vol -v, refusing $defect" said/out said/err
	dcmls -v --files broken >said/out 2>said/err
	clean "dcmls -v, $defect" said/out said/err
done

# ---- numbers that tell the time of work ----

# byte 3 of gzip: flags (8: a name, 16: a comment, 4: extra); 4..7: time
"$PYTHON" - >gz.txt <<'END'
nrrd = open("z.nrrd", "rb").read()
for name, data in (("n.nii.gz", open("n.nii.gz", "rb").read()), ("z.nrrd", nrrd[nrrd.index(b"\n\n") + 2:].lstrip(b"\n"))):
    print(name, data[:3].hex(), data[3] & ~1, int.from_bytes(data[4:8], "little"))
END
is "gzip headers hold no name, no comment, no time" "$(cat gz.txt)" \
	"n.nii.gz 1f8b08 0 0
z.nrrd 1f8b08 0 0"
cd secret-folder || exit 1
sleep 1
dcm2vol CT | volhu | vol2nii -o ../later.nii.gz
dcm2vol CT | volhu | vol2nrrd -z 1 >../later.nrrd
cd ..
ok "a second later the same bytes: .nii.gz" cmp pipe.nii.gz later.nii.gz
ok "and NRRD" cmp pipe.nrrd later.nrrd

# another patient and series, the same pictures: only the digest of what was read may differ
"$TESTBIN/mkseries" -o one --size 24,20,6 --noise 0 --description one --patient 'One^Person'
"$TESTBIN/mkseries" -o two --size 24,20,6 --noise 0 --description another --patient 'Another^Person' --series-uid-seed 9 \
	--series-number 12 --names sequential --instance-numbers reversed
for n in one two; do
	dcm2vol $n >$n.all
	LC_ALL=C sed '/^vol.history.1:=/s/sha256:.*//' $n.all >$n.vol
done
ok "two patients with the same pictures give the same stream" cmp one.vol two.vol
is "but for what was read" "$(cmp -s one.all two.all && echo same || echo another)" another

# ---- the one door ----

cd secret-folder || exit 1
dcm2vol --keep-identifiers CT -o ../kept.vol
dcm2vol CT -o ../plain.vol
cd ..
kept=$(sed -n '/^$/q; p' kept.vol)
while read -r keyword value; do
	is "--keep-identifiers lets $keyword in" "$(printf '%s\n' "$kept" | sed -n "s/^vol.dicom.$keyword:=//p")" "$value"
done <<'END'
PatientName SECRETNAME^PATIENT
PatientID SECRETID0815
PatientBirthDate 19481224
StudyDate 19471103
StudyTime 031415.926535
AccessionNumber SECRETACCESSION
InstitutionName SECRET HOSPITAL
StationName SECRETSTATION
ReferringPhysicianName SECRETREFERRER^DOCTOR
StudyDescription SECRET STUDY
DeviceSerialNumber SECRETSERIAL
END
is "and says so in the history" "$(printf '%s\n' "$kept" | grep -c '^vol.history.1:=dcm2vol .*--keep-identifiers')" 1
is "which otherwise does not say it" "$(sed -n '/^$/q; p' plain.vol | grep -c 'keep-identifiers')" 0
is "even then no private element or comment comes in" \
	"$(printf '%s\n' "$kept" | grep -ciE 'private|comments|address|phone|otherid')" 0
volhu kept.vol -o kept-hu.vol
like "the history stays with it" "$(sed -n '/^$/q; p' kept-hu.vol)" '^vol.history.1:=dcm2vol .*--keep-identifiers'
vol2nii --plain kept-hu.vol -o kept.nii.gz
clean "plain NIfTI takes none along even then" kept.nii.gz

# ---- the help does not tell where it was built ----

for tool in "$BUILD"/bin/*; do
	name=$(basename "$tool")
	"$tool" --version >said/version
	"$tool" --help >said/help
	is "$name: --version and --help name no folder and nobody" \
		"$(grep -cF -e "$SRC" -e "$TMP" said/version said/help | awk -F : '{ n += $2 } END { print n }')" 0
done

done_testing
