#!/bin/sh
# dcmls: what it says of folders that mkseries spoils in known ways, as a table, TSV and JSON.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need jq "$PYTHON"
[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"
cd "$TMP" || exit 1

# series FOLDER OPTION... - a series of 8 slices in a new folder; or, with --append, put beside what is there
series()
{
	"$TESTBIN/mkseries" -o "$@" --size 12,10,8 || fail "mkseries makes $1"
}

# json DESC WANT FILTER WORD... - what jq finds in the JSON that dcmls WORD... prints
json()
{
	desc=$1 want=$2 filter=$3
	shift 3
	dcmls --json "$@" >.lib/json 2>.lib/err || echo "exit $?" >>.lib/json
	is "$desc" "$(jq -r "$filter" .lib/json 2>&1)" "$want"
}

# ---- one sound series ----

series ct --series-number 7 --description "Lung 1.0 B60f" --names sequential
table=$(dcmls ct)
is "a table: names, one row a series, the counts" "$table" \
	'SERIES  MODALITY  SLICES  MATRIX  SPACING      STATE    DESCRIPTION
7       CT        8       12x10   0.8x0.8x2.5  regular  Lung 1.0 B60f

8 files: 8 used'
is "--tsv: the same, with tabs" "$(dcmls --tsv ct)" \
	"$(printf 'series\tmodality\tslices\tmatrix\tspacing\tstate\tdescription
7\tCT\t8\t12x10\t0.8x0.8x2.5\tregular\tLung 1.0 B60f')"
is "--tsv --files: a row for each file" "$(dcmls --tsv --files ct | cut -f 1,2 | tr '\t' ' ')" \
	"status path$(for i in 1 2 3 4 5 6 7 8; do printf '\nused ct/IM0000%d.dcm' $i; done)"
is "the table with --files ends with the same counts" "$(dcmls --files ct | tail -n 1)" "8 files: 8 used"
is "and names each file" "$(dcmls --files ct | grep -c '^used  *ct/IM0000[1-8].dcm  *-$')" 8
is "--json: all of a series" "$(dcmls --json ct | jq -c '.series')" \
	'[{"series":"7","number":7,"description":"Lung 1.0 B60f","kind":null,"modality":"CT","slices":8,"volumes":1,"columns":12,"rows":10,"spacing":[0.8,0.8,2.5],"regular":true,"shear_degrees":0,"problem":null,"detail":null}]'
is "--json: the counts, each status by name" "$(dcmls --json ct | jq -c '[.files, .counts]')" \
	'[8,{"used":8,"duplicate":0,"localizer":0,"truncated":0,"not-dicom":0,"no-pixels":0,"other":0}]'
is "--json without --files lists none" "$(dcmls --json ct | jq -c '.list')" null
is "--json --files: path, status, no reason" "$(dcmls --json --files ct | jq -c '.list[7]')" \
	'{"path":"ct/IM00008.dcm","status":"used","reason":null}'
is "it is one object on one line" "$(dcmls --json ct | wc -l) $(dcmls --json ct | jq -s length)" "1 1"
for t in 1 2 7; do
	is "--threads $t says the same" "$(dcmls --threads $t ct)" "$table"
done
is "the folder with a slash after it: the same" "$(dcmls --files ct/)" "$(dcmls --files ct)"
is "the files themselves, in any order: the same" "$(dcmls ct/*8.dcm ct/*3.dcm ct/*[124567].dcm)" "$table"
is "a file twice is counted once" "$(dcmls ct/*1.dcm ct/*1.dcm | tail -n 1)" "1 file: 1 used"
is "names on stdin, with NUL" "$(find ct -type f -print0 | dcmls --files0-from -)" "$table"
is "and with newlines" "$(find ct -type f | dcmls --files0-from -)" "$table"
is "spacing is column, row, slice" \
	"$(series aniso --spacing 0.7,0.9,3.25 && dcmls --json aniso | jq -c '.series[0].spacing')" '[0.7,0.9,3.25]'
is "modality MR" "$(series mr --modality MR && dcmls --json mr | jq -r '.series[0].modality')" MR
is "modality PT" "$(series pt --modality PT && dcmls --json pt | jq -r '.series[0].modality')" PT

# ---- several series, their selectors ----

series many --series-number 2 --description two --seed 1
series many --append --series-number 10 --description ten --seed 2
series many --append --series-number 2 --description again --seed 3
is "series stand by number, those alike are N.K" "$(dcmls --json many | jq -c '[.series[] | [.series, .number, .slices]]')" \
	'[["2.1",2,8],["2.2",2,8],["10",10,8]]'
while read -r selector description; do
	is "dcm2vol takes selector $selector for what dcmls says it is" \
		"$(dcm2vol many --keep-identifiers --series "$selector" | sed -n '/^$/q; s/^vol.dicom.SeriesDescription:=//p')" \
		"$description"
done <<END
$(dcmls --json many | jq -r '.series[] | "\(.series) \(.description)"')
END

# ---- each status, with its reason ----

series mixed --names sequential --description mixed --defect localizer --defect junk
cp mixed/IM00003.dcm mixed/copy.dcm
head -c 1990 mixed/IM00005.dcm >mixed/short.dcm
"$TESTBIN/mkseries" -o seg --size 12,10,1 --names sequential
"$PYTHON" -W ignore - <<'END'
import pydicom
d = pydicom.dcmread("seg/IM00001.dcm")
d.SOPClassUID = d.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
d.Modality, d.SOPInstanceUID, d.SeriesInstanceUID = "SEG", "2.25.77", "2.25.78"
d.save_as("mixed/seg.dcm")
d = pydicom.dcmread("mixed/IM00005.dcm")
del d.PixelData
d.save_as("mixed/headless.dcm")
END
status()
{
	jq -r --arg p "mixed/$1" '.list[] | select(.path == $p) | "\(.status): \(.reason)"' mixed.json
}
dcmls --json --files mixed >mixed.json
is "a slice" "$(status IM00001.dcm)" "used: null"
is "a localizer" "$(status IM00009.dcm)" 'localizer: ImageType is ORIGINAL\PRIMARY\LOCALIZER'
# which of two files with one UID is the duplicate goes by name: the first is used
is "two files with one SOP Instance UID: the first by name is used" "$(status IM00003.dcm)" "used: null"
like "and the other is a duplicate of it" "$(status copy.dcm)" '^duplicate: the same file as mixed/IM00003.dcm$'
like "a file that is cut inside its pixels" "$(status short.dcm)" '^truncated: ends after '
# a CT image must have pixels: without, it is not whole, though it ends where an attribute does
like "a file that is cut just before them" "$(status headless.dcm)" '^truncated: '
is "an empty file" "$(status empty.dcm)" "not-dicom: empty file"
is "text" "$(status notes.txt)" "not-dicom: no DICOM header"
is "a picture" "$(status thumbnail.png)" "not-dicom: no DICOM header"
like "a report" "$(status report.dcm)" '^no-pixels: SR without pixels$'
like "structures" "$(status structures.dcm)" '^no-pixels: RTSTRUCT without pixels$'
like "a segmentation" "$(status seg.dcm)" '^other: segmentation object$'
is "each file once" "$(jq '.list | length' mixed.json) $(jq '[.list[].path] | unique | length' mixed.json)" \
	"$(find mixed -type f | wc -l) $(find mixed -type f | wc -l)"
is "counts add up to the files" "$(jq '[.counts[]] | add' mixed.json) $(jq .files mixed.json)" \
	"$(find mixed -type f | wc -l) $(find mixed -type f | wc -l)"
is "and agree with the list" "$(jq -c '.counts | with_entries(select(.value > 0)) | to_entries | sort_by(.key)' mixed.json)" \
	"$(jq -c '[.list | group_by(.status)[] | {key: .[0].status, value: length}] | sort_by(.key)' mixed.json)"
is "all that is not used has its reason" \
	"$(jq '[.list[] | select(.status != "used" and (.reason == null or .reason == ""))] | length' mixed.json)" 0
is "the table counts the same" "$(dcmls mixed | tail -n 1)" \
	"$(jq -r '"\(.files) files: " + ([.counts | to_entries[] | select(.value > 0) | "\(.value) \(.key)"] | join(", "))' mixed.json)"
is "and has the same rows" "$(dcmls --tsv --files mixed | tail -n +2)" \
	"$(jq -r '.list[] | [.status, .path, .reason // ""] | join("\t")' mixed.json)"

# ---- what is wrong with a series ----

# Each defect, and the problem of the series that it makes; "-": none. K = 3 lies inside the stack.
n=0
while read -r defect problem detail; do
	n=$((n + 1))
	series wrong$n --names sequential --description plain --defect "$defect"
	dcmls --json wrong$n >wrong.json
	is "$defect: the problem is $problem" "$(jq -r '.series[0].problem // "-"' wrong.json)" "$problem"
	is "$defect: regular or not, with a detail or none" "$(jq -c '.series[0] | [.regular, .detail != null]' wrong.json)" \
		"$([ "$problem" = - ] && echo '[true,false]' || echo '[false,true]')"
	[ -z "$detail" ] || like "$defect: the detail names it" "$(jq -r '.series[0].detail' wrong.json)" "$detail"
	[ "$problem" = - ] || like "$defect: so does the table" "$(dcmls wrong$n | sed -n 2p)" " $problem: "
	[ "$(jq '.files == ([.counts[]] | add)' wrong.json)" = true ] || fail "$defect: counts do not add up" wrong.json
done <<'END'
missing=3 missing-slice ^1.slice.missing.between.-3.75.and.1.25.mm
duplicate=3 -
overlap=3 overlapping-slices -1.25.and.-0.5
repeat -
irregular irregular-spacing from.2.to.3.mm
variable=3 irregular-spacing from.2.5.to.5.mm
tilt=5 -
tilt-position=-5 -
tilt-position=-50 tilt 50.degrees
mixed-orientation=3 mixed-orientation IM00004.dcm
mixed-size=3 mixed-size IM00004.dcm
mixed-spacing=3 mixed-spacing IM00004.dcm
mixed-sign=3 mixed-pixels IM00004.dcm
no-position=3 no-position IM00004.dcm
no-position=all no-position IM00001.dcm
no-orientation no-position ImageOrientationPatient
no-spacing no-spacing PixelSpacing
zero-spacing unsupported PixelSpacing
nan-position=3 unsupported IM00004.dcm.*NaN
comma-position unsupported ImagePositionPatient
huge-position=3 unsupported IM00004.dcm.*1e.300
colour=3 unsupported IM00004.dcm.*colour
multiframe=3 unsupported IM00004.dcm.*multi-frame
zero-rows unsupported 0.x.12
modality-lut unsupported Modality.LUT
same-position duplicate-position ^8.images.at
truncate=3,1990 truncated IM00004.dcm.*ends.after
decimals=1 -
localizer -
no-rescale -
END

series second --description one --defect second-series
is "two series of one number" "$(dcmls --json second | jq -c '[.series[] | [.series, .slices, .problem]]')" \
	'[["1.1",8,null],["1.2",8,null]]'

# ---- who it was ----

"$TESTBIN/mkseries" -o who --size 12,10,8 --description plain --patient 'SECRETNAME^PATIENT'
for how in "" --files --tsv "--tsv --files" --json "--json --files" "-v --files"; do
	# shellcheck disable=SC2086  # words
	dcmls $how who >who.out 2>&1
	is "dcmls $how names nobody" "$(grep -aciE 'SECRET|1947|1948|031415|([0-9]+\.){4}' who.out)" 0
done
uid=$("$PYTHON" -c 'import pathlib, pydicom; print(pydicom.dcmread(next(pathlib.Path("who").iterdir())).SeriesInstanceUID)')
is "but is asked for it by --keep-identifiers" \
	"$(dcmls --json --keep-identifiers who | jq -c '.series[0] | [.PatientName, .PatientID, .StudyDate, .SeriesInstanceUID]')" \
	"[\"SECRETNAME^PATIENT\",\"SECRETID0815\",\"19471103\",\"$uid\"]"
like "in the table too" "$(dcmls --keep-identifiers who)" "SECRETNAME.PATIENT +SECRETID0815 +19471103 +$uid"
is "and in TSV" "$(dcmls --tsv --keep-identifiers who | cut -f 8- | tr '\t' ' ')" \
	"PatientName PatientID StudyDate SeriesInstanceUID
SECRETNAME^PATIENT SECRETID0815 19471103 $uid"

# ---- strange letters ----

"$TESTBIN/mkseries" -o iso --size 12,10,8 --charset iso2022 --patient 'Yamada^Tarou' --description plain
is "a name in ISO 2022" "$(dcmls --json --keep-identifiers iso | jq -r '.series[0].PatientName')" 'Yamada^Tarou=山田^太郎'
is "no escape sequence gets through" "$(dcmls --keep-identifiers iso | LC_ALL=C tr -cd '\033' | wc -c)" 0
dcmls --json --keep-identifiers iso >iso.json
ok "the JSON is UTF-8" "$PYTHON" -c 'import json; json.loads(open("iso.json", "rb").read().decode("utf-8"))'
"$TESTBIN/mkseries" -o extended --size 12,10,3 --charset iso2022 --description 'thirteen long'
while read -r charset bytes text; do
	rm -rf one
	mkdir one
	for f in extended/*; do
		# the same lengths, so that nothing else moves
		LC_ALL=C sed "s/ISO 2022 IR 87 /$(printf '%-15s' "ISO 2022 IR $charset")/; s/thirteen long/$(printf %b "$bytes")/" "$f" >"one/${f##*/}"
	done
	is "code extensions, ISO 2022 IR $charset" "$(dcmls --json one | jq -r '.series[0].description')" "$text"
done <<'END'
87 \033$BGY\033(B1.0mm 肺1.0mm
149 \033$)C\310\253\261\346\265\277-CT 홍길동-CT
58 \033$)A\320\330\262\277-CT12 胸部-CT12
END
series umlaut --names utf8 --description 'Größe 日本'
is "UTF-8 in descriptions" "$(dcmls --json umlaut | jq -r '.series[0].description')" "Größe 日本"
is "and in names" "$(dcmls --json --files umlaut | jq -r '.list[0].path')" "umlaut/Größe-日本/Schicht-é-00001-肺.dcm"

cp -r ct odd
bad=$(printf 'odd/\377\376\001\033[31m"\\\tx\ny.dcm')
mv odd/IM00002.dcm "$bad"
printf 'no' >"$(printf 'odd/\303')"
ok "a name of bytes that are no UTF-8" dcmls --json --files odd
dcmls --json --files odd >odd.json
ok "the JSON is JSON to Python, as UTF-8" "$PYTHON" -c 'import json; d = json.loads(open("odd.json", "rb").read().decode("utf-8")); assert d["files"] == 9 == len(d["list"])'
is "and to jq, with all files" "$(jq -c '[.files, (.list | length), .counts.used, .counts["not-dicom"]]' odd.json)" '[9,9,8,1]'
dcmls --files odd >odd.txt
is "a table obeys no escapes" "$(LC_ALL=C tr -d '\n' <odd.txt | LC_ALL=C tr -cd '\001-\037\177' | wc -c)" 0
is "and has a line for each file" "$(wc -l <odd.txt)" 15
dcmls --tsv --files odd >odd.tsv
is "TSV has three columns in each row" "$(LC_ALL=C awk -F '\t' 'NF != 3 { n++ } END { print NR, n + 0 }' odd.tsv)" "10 0"

# ---- nothing, and what is wrong ----

mkdir empty
json "an empty folder has no series" "[0,0,0]" '[.files, ([.counts[]] | add), (.series | length)] | tojson' empty
is "and a table says so" "$(dcmls empty | tail -n 1)" "0 files"
is "TSV of it is its head" "$(dcmls --tsv empty | wc -l)" 1
must_fail 2 "no operand is a mistake" dcmls
must_fail 2 "--json and --tsv together are one" dcmls --json --tsv ct
must_fail 1 "a folder that is not there is an error" dcmls nowhere
must_fail 1 "a list that names what is not there, too" dcmls --files0-from /dev/null nowhere
[ "$(id -u)" = 0 ] || {
	mkdir closed
	chmod 0 closed
	must_fail 1 "a folder that may not be read" dcmls closed
	chmod 700 closed
}
ln -s ct/IM00001.dcm link.dcm
ln -s . ct/loop
is "a loop is not followed, and a file under two names is one file" "$(dcmls link.dcm ct | tail -n 1)" \
	"8 files: 8 used"
rm ct/loop

done_testing
