#!/bin/sh
# volinfo: what it says, against numbers worked out elsewhere.
# shellcheck source=tests/lib.sh
. tests/lib.sh
cd "$TMP" || exit 1

cat >make.py <<'PY'
import math, struct, random
random.seed(3)
def vol(name, type, fmt, size, v, keys="", dirs="(0.7,0,0) (0,0.7,0) (0,0,1.25)", extra="", kinds=""):
    n = len(size)
    open(name, "wb").write((f"""NRRD0005
type: {type}
dimension: {n}
space: left-posterior-superior
sizes: {" ".join(map(str, size))}
space directions: {dirs}
{kinds}endian: little
encoding: raw
space origin: (-179.5,-301,-412.25)
{keys}
""").encode() + struct.pack("<%d%s" % (len(v), fmt), *v))
v = [random.randrange(-1024, 3000) for i in range(40 * 30 * 20)]
for i in range(0, len(v), 7):
    v[i] = -2000
keys = """vol.unit:=HU
vol.padding:=-2000
vol.window:=40 400
vol.modality:=CT
vol.dicom.KVP:=120
vol.dicom.ConvolutionKernel:=B60f
foreign key:=a "quoted" word
vol.history.1:=dcm2vol 0.1.0
"""
vol("ct.vol", "int16", "h", (40, 30, 20), v, keys)
w = [x for x in v if x != -2000]
m = math.fsum(w) / len(w)
sd = math.sqrt(math.fsum((x - m) ** 2 for x in w) / len(w))
open("stats", "w").write("%r %r %.12g %.12g %d %d\n" % (min(w), max(w), m, sd, len(w), len(v) - len(w)))
vol("float.vol", "float", "f", (2, 2, 2), [1, 2, 3, float("nan"), 4, 5, float("inf"), 6])
vol("all.vol", "int16", "h", (2, 2, 2), [-2000] * 8, "vol.padding:=-2000\n")
vol("pet.vol", "uint16", "H", (2, 2, 3), range(12), "vol.unit:=stored\nvol.rescale:=1.5 0 2 0 2.5 -3\nvol.rescale.unit:=Bq/ml\n")
vol("time.vol", "int16", "h", (2, 2, 2, 3), range(24), "vol.axis:=time s 0 2 4\n",
    "(1,0,0) (0,0.9396926207859084,0.3420201433256687) (0,-0.3420201433256687,0.9396926207859084) none")
vol("rgb.vol", "uint16", "H", (3, 2, 2, 2), range(24), "", "none (1,0,0) (0,1,0) (0,0,1)", kinds="kinds: RGB-color domain domain domain\n")
vol("evil.vol", "int16", "h", (2, 2, 2), range(8), "vol.unit:=\033[31mHU\nlong:=" + "\u00e4" * 200 + "\n")
PY
"$PYTHON" make.py

get()
{
	volinfo --get "$@"
}
is "type" "$(get type ct.vol)" int16
is "size" "$(get size ct.vol)" "40 30 20"
is "bytes" "$(get bytes ct.vol)" 48000
is "spacing" "$(get spacing ct.vol)" "0.7 0.7 1.25"
is "field of view" "$(get field_of_view ct.vol)" "28 21 25"
is "origin" "$(get origin ct.vol)" "-179.5 -301 -412.25"
is "directions" "$(get directions ct.vol)" "0.7 0 0 0 0.7 0 0 0 1.25"
is "orientation" "$(get orientation ct.vol)" LPS
is "plane" "$(get plane ct.vol)" axial
is "unit" "$(get unit ct.vol)" HU
is "padding" "$(get padding ct.vol)" "-2000 -2000"
is "window" "$(get window ct.vol)" "40 400"
is "modality" "$(get modality ct.vol)" CT
is "a key" "$(get vol.dicom.KVP ct.vol)" 120
is "a key without vol." "$(get dicom.ConvolutionKernel ct.vol)" B60f
is "a foreign key" "$(get 'foreign key' ct.vol)" 'a "quoted" word'
is "list" "$(get list time.vol)" 3
is "axis" "$(get axis time.vol)" "time s 0 2 4"
like "oblique" "$(get oblique time.vol)" '^(20|19\.9999999[0-9]*|20\.00000000[0-9]*)$'
is "channels" "$(get channels rgb.vol)" 3
is "rescale, per slice" "$(get rescale pet.vol)" "1.5 0 2 0 2.5 -3"
must_fail 1 "an absent field" volinfo --get window pet.vol
must_fail 1 "an absent key" volinfo --get dicom.KVP pet.vol
must_fail 1 "a list axis that is not there" volinfo --get list ct.vol

read -r min max mean sd counted padded <stats
is "min" "$(get min ct.vol)" "$min"
is "max" "$(get max ct.vol)" "$max"
is "mean" "$(printf %.12g "$(get mean ct.vol)")" "$mean"
is "sd" "$(printf %.12g "$(get sd ct.vol)")" "$sd"
is "counted" "$(get counted ct.vol)" "$counted"
is "padded" "$(get padded ct.vol)" "$padded"
is "not finite" "$(get not_finite float.vol) $(get mean float.vol)" "2 3.5"
must_fail 1 "nothing but padding has no mean" volinfo --get mean all.vol
is "... none counted" "$(get counted all.vol) $(get padded all.vol)" "0 8"
is "mean of all channels" "$(get mean rgb.vol)" 11.5
# shellcheck disable=SC2002  # a pipe is what is tested
is "from a pipe the same" "$(cat ct.vol | volinfo --get mean)" "$(get mean ct.vol)"

# ---- for people ----
out=$(volinfo --stats ct.vol)
like "people: name" "$out" '^ct.vol$'
like "people: size" "$out" 'size +40 x 30 x 20'
like "people: orientation" "$out" 'axial, R→L A→P I→S$'
like "people: padding" "$out" 'padding +-2000$'
like "people: window" "$out" 'centre 40, width 400'
like "people: key" "$out" 'dicom.KVP +120'
like "people: history" "$out" 'history.1 +dcm2vol 0.1.0'
like "people: statistics" "$out" "values +$min to $max, mean"
like "people: oblique" "$(volinfo time.vol)" 'oblique by 20.00 degrees'
like "people: rescale by slice" "$(volinfo pet.vol)" 'slopes 1.5 to 2.5 \(Bq/ml\)'
is "no control characters" "$(volinfo evil.vol | LC_ALL=C tr -d '\n -~\200-\377' | wc -c)" 0
ok "a long value is cut between characters" sh -c 'volinfo evil.vol | iconv -f UTF-8 -t UTF-8 >/dev/null'

# ---- JSON ----
cat >check.py <<'PY'
import json, sys
a = json.loads(sys.stdin.read())
assert a["size"] == [40, 30, 20] and a["spacing"] == [0.7, 0.7, 1.25]
assert a["directions"] == [[0.7, 0, 0], [0, 0.7, 0], [0, 0, 1.25]]
assert a["rescale"] is None and a["list"] is None and a["window"] == [40, 400]
assert a["keys"]["foreign key"] == 'a "quoted" word' and a["keys"]["vol.history.1"] == "dcm2vol 0.1.0"
assert (a["min"] is None) == (sys.argv[1] == "no")
PY
volinfo --json ct.vol >a.json
ok "JSON" "$PYTHON" check.py no <a.json
volinfo --json --stats ct.vol >b.json
ok "JSON with statistics" "$PYTHON" check.py yes <b.json
is "the same names, with and without" "$("$PYTHON" -c 'import json; print(list(json.load(open("a.json"))) == list(json.load(open("b.json"))))')" True
volinfo --json --stats all.vol >c.json
ok "JSON of what has no mean" "$PYTHON" -m json.tool c.json
volinfo --json evil.vol >d.json
ok "JSON of odd text" "$PYTHON" -m json.tool d.json
is "a pair a slice" "$(volinfo --json pet.vol | "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["rescale"])')" \
	"[[1.5, 0], [2, 0], [2.5, -3]]"
is "several volumes: a line each" "$(volinfo --json ct.vol pet.vol rgb.vol | wc -l)" 3

# ---- other formats, and trouble ----
vol2nrrd -z 2 ct.vol -o ct.nrrd
vol2nrrd ct.vol -o ct.nhdr
gzip -c ct.vol >ct.vol.gz
for f in ct.nrrd ct.nhdr ct.vol.gz; do
	is "$f: the same mean" "$(get mean $f)" "$(get mean ct.vol)"
done
if have vol2nii && vol2nii ct.vol -o ct.nii.gz; then
	# the greatest: NIfTI has no place for the padding value, so that the mean differs
	is "ct.nii.gz: the same greatest value" "$(get max ct.nii.gz)" "$max"
	is "ct.nii.gz: on stdin too" "$(get max - <ct.nii.gz)" "$max"
	# shellcheck disable=SC2002  # a pipe is what is tested
	is "ct.nii.gz: through a pipe too" "$(cat ct.nii.gz | get max)" "$max"
fi
must_fail 1 "noise" volinfo stats
said "... names the formats" 'no volume in a known format \(vol stream, NRRD, NIfTI'
must_fail 1 "an empty file" volinfo /dev/null
must_fail 1 "no file" volinfo none.vol
must_fail 2 "--get and --json" volinfo --get size --json ct.vol
head -c 20000 ct.vol >cut.vol
must_fail 1 "statistics of a cut volume" volinfo --stats cut.vol
volinfo none.vol ct.vol >out 2>err
is "the others are still reported: exit" $? 1
like "... and output" "$(cat out)" '^ct.vol$'
if [ -w /dev/full ]; then
	volinfo ct.vol 2>err >/dev/full && fail "a full disk"
	like "a full disk" "$(cat err)" '^volinfo: '
fi
done_testing
