#!/bin/sh
# volscrub finds every identifying value of the source, in all forms and packings, and nothing in what the tools write
# without --keep-identifiers. Truth: values that scrub_plant.py wrote and pydicom reads; and grep.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need "$PYTHON" jq zcat
need_python pydicom tifffile
[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"

"$TESTBIN/mkseries" -o plain --size 24,20,6 --patient 'Nobodysname^Plain' >/dev/null || exit 1
for set in utf8 japan latin; do
	ok "planted: $set" "$PYTHON" -W ignore "$SRC/tests/scrub_plant.py" plain $set $set
done

# finds DESC CODE FILE... - volscrub says that, of these files against $against
against=utf8
finds()
{
	desc=$1 want=$2
	shift 2
	volscrub --check "$@" --against $against >found 2>err
	got=$?
	if [ $got = "$want" ]; then
		pass "$desc"
	else
		echo "exit $got, expected $want" >why
		fail "$desc" why found err
	fi
}

# ---- nothing is left: every converter, quiet and talkative ----

for set in utf8 japan latin; do
	against=$set
	rm -rf out && mkdir out
	{
		dcm2vol -v $set -o out/a.vol --slice-map out/map.tsv && volhu -v out/a.vol -o out/hu.vol
		for name in a.nii b.nii.gz c.hdr a.nrrd a.nhdr a.mnc a.tif a.npy a.npz a.mha a.mhd a.mgh a.mgz a.img; do
			case $name in
			*.nii* | c.hdr) to=vol2nii ;;
			*.nrrd | *.nhdr) to=vol2nrrd ;;
			*.mnc) to=vol2mnc ;;
			*.tif) to=vol2tif ;;
			*.np?) to=vol2npy ;;
			*.mh?) to=vol2mha ;;
			*.mg?) to=vol2mgh ;;
			*.img) to="vol2ana --lossy place,unit,labels,axis" ;;
			esac
			case $name in *.mg?) to=vol2mgh ;; esac
			$to -v out/hu.vol -o out/$name || $to -v out/a.vol -o out/$name
		done
		vol2nrrd -z 6 out/hu.vol -o out/z.nrrd
		vol2mnc -z 6 out/hu.vol -o out/z.mnc
		vol2tif -z deflate out/hu.vol -o out/z.tif
		vol2dcm -v out/a.vol -o out/dcm
		volinfo -v out/a.vol
		volinfo --json out/hu.vol
		volinfo --stats out/hu.vol
		volcmp out/a.vol out/hu.vol
		for name in a.nii.gz a.nrrd a.mnc a.tif; do
			volconvert -v $set out/converted-$name
		done
		nii2vol -v out/b.nii.gz -o out/from-nii.vol
		volseg -v threshold -r -500,3000 out/hu.vol -o out/seg.vol
		volcast -v out/hu.vol --type float -o out/float.vol
		volresample -v -s 2 out/hu.vol -o out/small.vol
		volstat --json out/hu.vol
		volhist out/hu.vol -o out/hist.png
		volhist out/hu.vol -o out/hist.svg
		volcalc -v 'A+1' out/hu.vol -o out/calc.vol
		cut=$set-cut
		mkdir $cut && cp $set/* $cut && for f in "$cut"/*; do
			head -c 26000 "$f" >x && mv x "$f" && break
		done
		dcm2vol -v $cut
		rm -rf $cut && mkdir $cut && cp $set/* $cut && for f in "$cut"/*3*; do rm "$f"; done
		dcm2vol -v $cut -o none.vol
		dcm2vol -v --regrid $cut -o out/regrid.vol
		dcm2vol -v --accept missing-slice $cut -o out/accept.vol
		dcm2vol -v --all $set -o 'out/all-{number}.nii.gz' --json 'out/all-{number}.json' --slice-map 'out/all-{number}.tsv'
		tar -cf $set.tar $set
		dcm2vol -v $set.tar -o out/tar.vol
	} >out/said 2>&1
	for name in a.nii b.nii.gz c.hdr a.nrrd a.nhdr a.mnc a.tif a.npz a.mha a.mhd a.mgh a.mgz dcm regrid.vol accept.vol tar.vol \
		converted-a.nii.gz from-nii.vol seg.vol float.vol small.vol hist.png hist.svg; do
		[ -e out/$name ] || fail "$set: out/$name is made" out/said
	done
	finds "$set: nothing in all that the tools write and say" 0 out
	# the judge: letters that all planted text has, looked for by grep in all of it, unpacked too
	for f in out/* out/dcm/*; do
		[ -d "$f" ] || zcat -f "$f"
		[ -d "$f" ] || cat "$f"
	done >all 2>/dev/null
	is "$set: nor does grep find any" "$(LC_ALL=C grep -acE 'Zq(m|y|l|p)|Zhg|ZK [A-Z]{4}|Zwort|Zprivat|zhost|ZAE|ZC[A-Z]{4}' all)" 0
	for how in "-v" "-v --files --json" "--tsv --files"; do
		# shellcheck disable=SC2086  # words
		dcmls $how $set
	done >said 2>&1
	is "$set: dcmls shows the series' description, and no more" \
		"$(volscrub --tsv --check said --against $set | sed 1d | cut -f 3 | sort -u)" SeriesDescription
done

# ---- every planted value is found ----

for set in utf8 japan latin; do
	against=$set
	py "$set: each value that pydicom reads is found in a file that holds it alone" <<END
import json, subprocess, shutil
from pathlib import Path
folder = Path("leak"); shutil.rmtree(folder, ignore_errors=True); folder.mkdir()
told = json.loads(Path("$set.json").read_text())
assert len(told) > 550, len(told)
want = {}
for i, (tag, value) in enumerate(told):
    creator = tag >> 16 & 1 and 0x10 <= tag & 0xffff <= 0xff
    if creator or len(value.encode()) < 4 or value.startswith("1.2.840.10008."):
        continue
    name = f"f{i}"
    (folder / name).write_text(f"<x> {value};\n")
    want[name] = tag
done = subprocess.run(["volscrub", "--tsv", "--check", "leak", "--against", "$set"], capture_output=True, text=True)
assert done.returncode == 1, done.stderr
got = {}
for line in done.stdout.splitlines()[1:]:
    f, offset, keyword, tag, also = line.split("\t")
    got.setdefault(f.split("/")[1], set()).update(int(t.replace(",", ""), 16) for t in [tag, *also.split()])
missed = [(n, hex(t), [v for u, v in told if u == t]) for n, t in want.items() if t not in got.get(n, ())]
# a text that is a part of a longer one is told as that
assert not missed, (len(missed), len(want), missed[:8])
END
	py "$set: a name is found as the file's own bytes have it, and by its parts, escaped, in other cases" <<END
import json, subprocess
from pathlib import Path
import pydicom
raw = pydicom.dcmread(sorted(Path("$set").iterdir())[0]).get_item(0x00100010).value.rstrip(b" ")
assert any(b > 127 or b == 27 for b in raw), raw
parts = [raw, raw.split(b"=")[-1]] + ([raw.split(b"^")[0]] if b"\\x1b" not in raw else [])
name = str(pydicom.dcmread(sorted(Path("$set").iterdir())[0]).PatientName.family_name)
parts += [json.dumps({"n": name}).encode(), name.upper().encode(), name.lower().encode("utf-16-le"), name.title().encode()]
for part in parts:
    Path("raw").write_bytes(b"\\0\\1" + part + b"\\0")
    done = subprocess.run(["volscrub", "--check", "raw", "--against", "$set"], capture_output=True, text=True)
    assert done.returncode == 1 and "(0010,0010)" in done.stdout, (part, done.stdout)
END
done

# ---- with --keep-identifiers, the same as grep finds ----

against=utf8
dcm2vol --keep-identifiers utf8 -o kept.vol 2>err
volhu kept.vol -o hu.vol
vol2nii hu.vol -o kept.nii.gz
vol2nrrd hu.vol -z 6 -o kept.nrrd
vol2mnc hu.vol -o kept.mnc
vol2tif hu.vol -z deflate -o kept.tif
vol2mha hu.vol -o kept.mha
vol2npy hu.vol -o kept.npz 2>err
vol2dcm hu.vol -o kept-dcm --like utf8 2>err
py "with --keep-identifiers: what grep finds in the stream, volscrub does" <<'END'
import json, subprocess
from pathlib import Path
head = Path("kept.vol").read_bytes().split(b"\n\n")[0]
told = json.loads(Path("utf8.json").read_text())
want = {t for t, v in told if len(v.encode()) >= 6 and v.encode() in head and not v.startswith("1.2.840.10008")}
assert len(want) > 20
out = subprocess.run(["volscrub", "--json", "--check", "kept.vol", "--against", "utf8"], capture_output=True, text=True).stdout
tags = set()
for f in json.loads(out)["findings"]:
    tags |= {int(t.replace(",", ""), 16) for t in [f["tag"], *f["also"]]}
assert want <= tags, [hex(t) for t in want - tags]
END
for f in kept.nii.gz kept.nrrd kept.mnc kept.tif kept.mha kept-dcm; do
	finds "with --keep-identifiers: in $f" 1 $f
	n=$(volscrub --tsv --check $f --against utf8 | cut -f 4 | sort -u | wc -l)
	like "and much of it ($f: $n)" "$n" '^[ 0-9]*[0-9][0-9]$'
done

# ---- what type an attribute has need not stand in the file ----

py "the same values in implicit VR" <<'END'
import pydicom
from pathlib import Path
Path("implicit").mkdir()
for p in Path("utf8").iterdir():
    ds = pydicom.dcmread(p)
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    ds.is_implicit_VR, ds.is_little_endian = True, True
    ds.save_as(Path("implicit") / p.name)
END
volscrub --json --check kept.vol --against implicit | jq -c '.findings[] | [.offset, .tag, .also]' >implicit.out
is "are found" "$(volscrub --json --check kept.vol --against utf8 | jq -c '.findings[] | [.offset, .tag, .also]' | cmp - implicit.out && wc -l <implicit.out | awk '{ print ($1 > 15) }')" 1

# ---- forms, places, packings ----

against=plain
"$PYTHON" -W ignore - <<'END' >/dev/null
import gzip, io, struct, tarfile, zipfile, zlib
from pathlib import Path
import pydicom
ds = pydicom.dcmread(sorted(Path("plain").iterdir())[0])
d = ds.PatientBirthDate
y, m, day = d[:4], d[4:6], d[6:]
t = ds.StudyTime
Path("forms").mkdir()
forms = {
    "iso-date": f"{y}-{m}-{day}", "german": f"{day}.{m}.{y}", "american": f"{m}/{day}/{y}", "dicom-date": d, "british": f"{day}/{m}/{y}",
    "time": f"{t[:2]}:{t[2:4]}:{t[4:6]}", "name": "nobodysname, PLAIN", "joined": "PlainNobodysname", "family": "the NOBODYSNAME case",
    "given": "mr. plain", "caret": "Nobodysname^Plain", "uid": ds.StudyInstanceUID, "under": "nobodysname_plain",
    "longer-uid": ds.SeriesInstanceUID + ".17",
}
for name, text in forms.items():
    Path("forms", name).write_text(f"a {text} b")
for name, code in [("le", "utf-16-le"), ("be", "utf-16-be"), ("bom", "utf-16")]:
    Path("forms", name).write_bytes(b"\1\2" + "Nobodysname".encode(code) + b"\3")
secret = b"x Nobodysname y"
Path("forms/gz").write_bytes(b"junk" * 100000 + gzip.compress(secret) + b"end")
Path("forms/two.gz").write_bytes(gzip.compress(b"one") + gzip.compress(secret))
with gzip.GzipFile("Nobodysname.raw", "wb", fileobj=open("forms/fname.gz", "wb")) as f: f.write(b"x")
body = gzip.compress(b"x", mtime=0)
Path("forms/comment.gz").write_bytes(body[:3] + b"\x10" + body[4:10] + b"by Nobodysname\0" + body[10:])
Path("forms/deep").write_bytes(gzip.compress(gzip.compress(gzip.compress(b"0" * 3000000 + secret))))
Path("forms/zlib").write_bytes(b"\0" * 4099 + zlib.compress(secret, 9))
Path("forms/big").write_bytes(b"\0" * (512 * 1024 + 17) + b" Nobodysname" + b"\0" * 70000)
for n in range(-40, 40, 9):
    Path(f"forms/edge{n}").write_bytes(b"." * (512 * 1024 + n) + b"Nobodysname" + b"." * 300000)
z = zipfile.ZipFile("forms/member.zip", "w", zipfile.ZIP_DEFLATED)
z.writestr("a", b"1" * 100000); z.writestr("b", secret); z.close()
z = zipfile.ZipFile("forms/name.zip", "w"); z.writestr("x/Nobodysname/b", b"1"); z.close()
z = zipfile.ZipFile("forms/stored.zip", "w"); z.writestr("b", secret); z.close()
inner = io.BytesIO(); tf = tarfile.open(fileobj=inner, mode="w"); i = tarfile.TarInfo("q"); i.size = len(secret); tf.addfile(i, io.BytesIO(secret)); tf.close()
Path("forms/x.tar.gz").write_bytes(gzip.compress(inner.getvalue()))
def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
def small(data):
    c = zlib.compressobj(9, zlib.DEFLATED, 9); return c.compress(data) + c.flush()
Path("forms/ztxt.png").write_bytes(png + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(secret)) + chunk(b"IEND", b""))
Path("forms/small.png").write_bytes(png + chunk(b"zTXt", b"Comment\0\0" + small(secret)) + chunk(b"IEND", b""))
Path("forms/itxt.png").write_bytes(png + chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(secret)) + chunk(b"IEND", b""))
deflated = pydicom.dcmread(sorted(Path("plain").iterdir())[0])
deflated.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
for tag in [t for t in deflated.file_meta.keys() if t not in (0x00020010, 0x00020001, 0x00020002)]:
    deflated.file_meta[tag].value = "1.2.3" if tag == 0x00020003 else deflated.file_meta[tag].value
deflated.save_as("forms/deflated.dcm")
import numpy, tifffile
odd = numpy.frombuffer((b"\0plain\0" + d.encode() + b"\0") * 40, numpy.uint8)[:640].reshape(16, 40)
tifffile.imwrite("forms/described.tif", odd, description="of Nobodysname")
# what must not be taken for a leak
Path("clean").mkdir()
Path("clean/inside").write_text("somePlainly plainsong 0" + d + "7 1.2.840.10008.1.2")
Path("clean/vox.img").write_bytes(b"\0plain\0Nobody\0" + d.encode() + b"\0")
tifffile.imwrite("clean/strips.tif", numpy.stack([odd, odd]))
tifffile.imwrite("clean/big.tif", odd, bigtiff=True, tile=(16, 16))
Path("clean/short").write_text("M 045")
END
for f in forms/*; do
	finds "found: $f" 1 "$f"
done
finds "not found: parts of words and numbers, short ones among voxels" 0 clean
mkdir -p files/Nobodysname && echo x >files/Nobodysname/a && echo x >files/b-nobodysname.txt
is "a file's and a folder's name tell, too, and are not repeated" "$(volscrub --check files --against plain | sort)" \
	"files/***********/a: name: PatientName (0010,0010)
files/b-***********.txt: name: PatientName (0010,0010)"
is "--show repeats them" "$(volscrub --show --check files/b-nobodysname.txt --against plain)" \
	"files/b-nobodysname.txt: name: PatientName (0010,0010): Nobodysname^Plain"
volscrub -v --check forms --against plain >found 2>&1
is "without --show no value is printed" "$(grep -ciE 'nobodysname(\^|,| )plain' found)" 0
like "-v says what is too short to be searched" "$(cat found)" '^volscrub: note: PatientSex \(0010,0040\): not searched: too short$'
printf 'a Nobodysname' | volscrub --check - --against plain >found
is "stdin" "$(cat found)" "-: 2: PatientName (0010,0010)"
is "-q: the exit status alone" "$(volscrub -q --check forms --against plain; echo $?)" 1
is "JSON says all" "$(volscrub --json --check forms/gz --against plain | jq -c '[.findings[0].file, .findings[0].offset, .findings[0].keyword, .findings[0].tag, .clean]')" \
	'["forms/gz",[400000,2],"PatientName","0010,0010",false]'
is "of many sources each is searched for" "$(volscrub --check forms/family forms/deep utf8/* --against plain japan | cut -d: -f 1 | sort -u | wc -l)" 8
tar -cf plain.tar plain && gzip -k plain.tar
is "sources in an archive" "$(volscrub --check forms/family --against plain.tar.gz)" "$(volscrub --check forms/family --against plain)"

"$PYTHON" -W ignore - <<'END'
import pydicom
from pathlib import Path
Path("odd").mkdir()
ds = pydicom.dcmread(sorted(Path("plain").iterdir())[0])
pydicom.config.settings.writing_validation_mode = 0
ds.PatientID = "4711"
ds.PatientBirthDate = "1951.10.03"
ds.StudyDate = "19000101"
ds.StationName = ds.Manufacturer[:7]
ds.save_as("odd/a.dcm")
Path("words").write_text(f"1951-10-03; 4711 {ds.Manufacturer} 1900-01-01")
END
is "an old way to write a date is read; what proves nothing is left" "$(volscrub --check words --against odd 2>err)" \
	"words: 0: PatientBirthDate (0010,0030)"
is "a patient's ID that cannot be searched is a warning" "$(cat err)" \
	"volscrub: warning: PatientID (0010,0020) is not searched: too short"
is "-v lists why" "$(volscrub -v --check words --against odd 2>&1 >/dev/null | grep -c -e 'PatientID.*too short$' -e 'StudyDate.*too common$' -e 'StationName.*an acquisition fact holds it$')" 4

# ---- trouble ----

head -c 60 forms/deep >cut.gz
must_fail 2 "gzip data that end early" volscrub --check cut.gz --against plain
said "says so" 'truncated'
printf 'BZh91AY&SY' >x.bz2
must_fail 2 "another packer's" volscrub --check x.bz2 --against plain
"$PYTHON" -c 'open("mock", "wb").write(b"\x78\x01\x00\xff\xff\x00\x00" * 300000)'
must_fail 2 "what looks like packed data again and again takes no hours" timeout 60 volscrub --check mock --against plain
"$PYTHON" - <<'END'
from pathlib import Path
data = bytearray(Path("forms/member.zip").read_bytes())
data[6] |= 1 # the flag of what is encrypted (APPNOTE.TXT, 4.4.4)
Path("enc.zip").write_bytes(data)
END
must_fail 2 "an encrypted zip" volscrub --check enc.zip --against plain
mkdir empty
must_fail 2 "a folder that holds no file" volscrub --check empty --against plain
must_fail 2 "no such file" volscrub --check none --against plain
must_fail 2 "no such source" volscrub --check forms --against none
must_fail 2 "a source that is no DICOM" volscrub --check forms --against forms/family
must_fail 2 "no --against" volscrub --check forms
must_fail 2 "no --check" volscrub forms --against plain
must_fail 2 "nothing behind --against" volscrub --check forms --against
must_fail 2 "nothing before it" volscrub --check --against plain
must_fail 2 "two kinds of answer" volscrub --json --tsv --check forms --against plain
ok "the cut part of a file with a name is not told by the name" sh -c '
	mkdir t && cp cut.gz t/nobodysname.gz && ! volscrub --check t/nobodysname.gz --against plain >o 2>e && ! grep -i nobody o e'

# ---- memory ----

if have /usr/bin/time; then
	head -c 300000000 /dev/zero | gzip -1 >zeros.gz
	/usr/bin/time -f %M -o kb volscrub --check zeros.gz --against plain
	is "300 MB out of a small file take some MB of memory" "$(awk '{ print ($1 < (ENVIRON["SANITIZED"] ? 400000 : 40000)) }' kb)" 1
fi

# ---- which image a slice was ----

printf '0123456789abcdef0123' >key
dcm2vol plain -o m.vol --slice-map map --hash-key-file key
dcm2vol plain -o m2.vol --slice-map uids --keep-identifiers
py "the slice map: places, frames and UIDs as pydicom has them, hashes as hmac makes them" <<'END'
import hashlib, hmac
from pathlib import Path
import pydicom
images = sorted((pydicom.dcmread(p) for p in Path("plain").iterdir()), key=lambda i: i.ImagePositionPatient[2])
rows = [line.split("\t") for line in Path("map").read_text().splitlines()]
uids = [line.split("\t") for line in Path("uids").read_text().splitlines()]
assert rows[0] == ["volume", "slice", "frame", "x", "y", "z", "hash"] and uids[0][6] == "uid"
assert len(rows) == len(images) + 1
for k, (image, row, open_) in enumerate(zip(images, rows[1:], uids[1:])):
    assert row[:3] == ["0", str(k), "1"]
    assert all(abs(float(a) - b) < 1e-9 for a, b in zip(row[3:6], image.ImagePositionPatient))
    assert open_[6] == image.SOPInstanceUID
    assert row[6] == hmac.new(b"0123456789abcdef0123", image.SOPInstanceUID.encode(), hashlib.sha256).hexdigest()[:32]
END
py "frames of one file, in any order, each have their number" <<'END'
import subprocess, pydicom, multiframe as m
from pathlib import Path
m.make("frames.dcm", m.shuffled(m.stack(9, orientation=m.OBLIQUE)), "MR")
subprocess.run(["dcm2vol", "frames.dcm", "-o", "frames.vol", "--slice-map", "frames", "--keep-identifiers"], check=True)
ds = pydicom.dcmread("frames.dcm")
rows = [line.split("\t") for line in Path("frames").read_text().splitlines()[1:]]
assert len({r[2] for r in rows}) == 9 and [r[2] for r in rows] != [str(i + 1) for i in range(9)], rows
for r in rows:
    at = ds.PerFrameFunctionalGroupsSequence[int(r[2]) - 1].PlanePositionSequence[0].ImagePositionPatient
    assert all(abs(float(a) - b) < 1e-4 for a, b in zip(r[3:6], at)) and r[6] == ds.SOPInstanceUID
END
ok "it changes nothing of the volume" sh -c 'dcm2vol plain | cmp - m.vol'
finds "the map with hashes tells nothing" 0 map
finds "that with UIDs does" 1 uids
dcm2vol plain -o m.vol --slice-map r1 2>err && dcm2vol plain -o m.vol --slice-map r2 2>>err
head -c 200 utf8/"$(ls utf8 | head -n 1)" >longkey
dcm2vol plain -o m.vol --slice-map long --hash-key-file longkey
py "a key that is longer than the hash's block" <<'END'
import hashlib, hmac
from pathlib import Path
uid = Path("uids").read_text().splitlines()[3].split("\t")[6]
assert Path("long").read_text().splitlines()[3].endswith(hmac.new(Path("longkey").read_bytes(), uid.encode(), hashlib.sha256).hexdigest()[:32])
END
is "a random key: other hashes each time, and that is said" \
	"$(cut -f 1-6 r1 | cmp - r2 >/dev/null 2>&1; cut -f 7 r1 | sort -u | wc -l) $(cut -f 7 r1 r2 | sort -u | wc -l) $(grep -c 'random key' err)" "7 13 2"
rm -rf hole && mkdir hole && cp plain/* hole
"$PYTHON" -W ignore - <<'END'
import pydicom
from pathlib import Path
sorted(Path("hole").iterdir(), key=lambda p: pydicom.dcmread(p).ImagePositionPatient[2])[2].unlink()
END
dcm2vol --regrid hole -o m.vol --slice-map map --hash-key-file key 2>err
is "an interpolated slice was no image" "$(cut -f 2,3,7 map | sed -n 4p)" "$(printf '2\t\t')"
is "the others are what they were" "$(cut -f 7 map | grep -c '^[0-9a-f]\{32\}$')" 5
rm -f map m.vol
must_fail 1 "a series that is refused" dcm2vol hole -o m.vol --slice-map map
is "leaves no map" "$(ls map m.vol 2>/dev/null)" ""
printf short >short
must_fail 1 "a key that is too short" dcm2vol plain -o m.vol --slice-map map --hash-key-file short
must_fail 2 "a key and no map" dcm2vol plain -o m.vol --hash-key-file key
must_fail 2 "a key and nothing to hash" dcm2vol plain -o m.vol --slice-map map --keep-identifiers --hash-key-file key
dcm2vol --all plain -o 'called/{number}_{desc}.vol' >/dev/null 2>&1
volscrub --check called --against plain >.lib/out 2>.lib/err
is "what a series is called may be in a name, but for what identifies" "$?" 0
dcm2vol --all plain -o 'each/{number}.vol' --slice-map 'each/{number}.tsv' >/dev/null 2>&1
is "a map for each of all series" "$(find each -name '*.tsv' | wc -l)" "$(find each -name '*.vol' | wc -l)"
must_fail 2 "a map to stdout" dcm2vol plain -o m.vol --slice-map -
is "none of them left anything" "$(ls map m.vol 2>/dev/null)" ""
done_testing
