#!/bin/sh
# dcm2vol and dcmls: the forms in which DICOM files come; gzip, tar, zip and stdin give what the folder gives, and what
# is damaged or made to do harm is one line.
# shellcheck source=tests/lib.sh
. tests/lib.sh

[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"
need_python pydicom

# series NAME OPTION... - a folder NAME of 6 slices, and NAME.vol, which other tests compare with the truth
series()
{
	name=$1
	shift
	"$TESTBIN/mkseries" -o "$name" --size 20,18,6 --bits 16,12,11 "$@" >.lib/mk 2>&1 &&
		dcm2vol "$name" -o "$name.vol" 2>.lib/mk && return
	fail "mkseries makes $name" .lib/mk
}

# same DESC REFERENCE WORD... - dcm2vol WORD... writes the very bytes of the file REFERENCE, and says nothing
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

# ---- one series in every form ----

"$PYTHON" - <<'EOF'
# pack FOLDER - beside it, FOLDER.EXTENSION in every form, by Python's own tarfile, zipfile and gzip
open("pack.py", "w").write('''
import gzip, io, os, shutil, sys, tarfile, zipfile
from pathlib import Path
folder = Path(sys.argv[1])
files = sorted(p for p in folder.rglob("*") if p.is_file())
for name, form in (("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
    with tarfile.open(f"{folder}.{name}.tar", "w", format=form) as tar:
        try:
            tar.add(folder)
        except ValueError:  # ustar cannot hold each name
            assert name == "ustar"
with tarfile.open(f"{folder}.tar.gz", "w:gz") as tar:
    tar.add(folder, "./" + folder.name)
for name, how in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
    with zipfile.ZipFile(f"{folder}.{name}.zip", "w", how) as z:
        for p in files:
            z.write(p)
with zipfile.ZipFile(f"{folder}.piped.zip", "w", zipfile.ZIP_DEFLATED) as z:  # lengths behind the members, and zip64
    for p in files:
        with z.open(str(p), "w", force_zip64=True) as f:
            f.write(p.read_bytes())
shutil.rmtree(f"{folder}.gzs", ignore_errors=True)
os.mkdir(f"{folder}.gzs")
with tarfile.open(f"{folder}.gzs.tar", "w") as tar:
    for k, p in enumerate(files):
        half = p.stat().st_size // 2  # two gzip members are one file
        data = gzip.compress(p.read_bytes()[:half]) + gzip.compress(p.read_bytes()[half:])
        Path(f"{folder}.gzs/{k}.dcm.gz").write_bytes(data)
        info = tarfile.TarInfo(f"{k}.gz")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
''')
EOF
forms="ustar.tar gnu.tar pax.tar tar.gz stored.zip deflated.zip piped.zip gzs.tar"
for s in explicit implicit big-endian deflated rle jpeg-lossless jpeg-ls jpeg2000; do
	series "$s" --syntax "$s"
	ok "$s: packed" "$PYTHON" -W ignore pack.py "$s"
	same "$s: a folder of .dcm.gz" "$s.vol" "$s.gzs"
	for f in $forms; do
		same "$s: $f" "$s.vol" "$s.$f"
		same "$s: $f on stdin" "$s.vol" - <"$s.$f"
	done
done
vol=explicit.vol
# shellcheck disable=SC2002  # a pipe is what is asked for
for f in $forms; do
	cat "explicit.$f" | dcm2vol - >got.vol
	ok "$f through a pipe" cmp "$vol" got.vol
done
for options in "--no-preamble" "--no-meta" "--no-preamble --no-meta" "--syntax implicit --no-preamble --no-meta" \
	"--syntax big-endian --no-preamble --no-meta" "--names utf8" "--charset iso2022" "--dicomdir"; do
	rm -rf way way.*
	# shellcheck disable=SC2086  # words
	series way $options
	"$PYTHON" -W ignore pack.py way
	same "$options: the folder" "$vol" way
	for f in way.gzs way.tar.gz way.deflated.zip way.gzs.tar; do
		same "$options: ${f#way.}" "$vol" "$f"
	done
done
for t in 1 2 7; do
	same "--threads $t" "$vol" --threads "$t" explicit.tar.gz
	same "--threads $t, .dcm.gz" "$vol" --threads "$t" explicit.gzs
done
if have tar; then
	for f in v7 oldgnu gnu ustar posix; do
		tar --format=$f -cf by.tar explicit
		same "GNU tar, $f" "$vol" by.tar
	done
	tar -S -cf by.tar explicit
	same "GNU tar, sparse" "$vol" by.tar
	tar --hard-dereference -cf by.tar explicit explicit
	must_fail 1 "a member twice is refused" dcm2vol by.tar
	said "by its name" "^dcm2vol: by.tar: has two members of the name 'explicit/"
	mkdir hard
	for f in explicit/*; do
		ln "$f" hard/
	done
	tar -cf by.tar explicit hard
	same "files that are linked in the tar are one file" "$vol" by.tar
fi
mkdir halves halves/a halves/b
find explicit -type f | sort | head -n 3 | while read -r f; do cp "$f" halves/a; done
find explicit -type f | sort | tail -n 3 | while read -r f; do cp "$f" halves/b; done
(cd halves && for h in a b; do "$PYTHON" ../pack.py $h; done)
same "half a series in a tar, half in a zip" "$vol" halves/a.gnu.tar halves/b.deflated.zip
same "half in a tar on stdin, half in gzip files" "$vol" - halves/b.gzs <halves/a.tar.gz
same "an archive twice is once" "$vol" halves/a.gnu.tar halves/b ./halves/a.gnu.tar
printf '%s\n' halves/a.gnu.tar halves/b.deflated.zip | dcm2vol --files0-from - >got.vol
ok "archives in a list" cmp "$vol" got.vol
one=$(find explicit -type f | sort | head -n 1)
dcm2vol "$one" -o one.vol
same "one file on stdin" one.vol - <"$one"
gzip -c "$one" >one.dcm.gz
same "one .dcm.gz" one.vol one.dcm.gz
same "one .dcm.gz on stdin" one.vol - <one.dcm.gz
same "the options that read values again: --keep-identifiers" "$vol" explicit.tar.gz
dcm2vol --keep-identifiers explicit -o ids.vol 2>/dev/null
dcm2vol --keep-identifiers explicit.deflated.zip 2>/dev/null | cmp - ids.vol
is "--keep-identifiers from a zip" "$?" 0

# ---- names, in messages and in dcmls ----

series long --names sequential
deep=$(printf '%0120d/%0120d' 1 2)
mkdir -p "deep/$deep" 'deep/\303\244 b'
mv long/IM00001.dcm "deep/$deep/"
mv long/IM0000[23].dcm 'deep/\303\244 b/'
mkdir 'deep/ä 頭'
mv long/*.dcm 'deep/ä 頭/'
"$PYTHON" pack.py deep
for f in gnu.tar pax.tar deflated.zip; do
	same "long and foreign names: $f" long.vol "deep.$f"
	LC_ALL=C dcmls --tsv --files "deep.$f" >names
	is "and dcmls tells them as the folder's" "$(grep -c "deep.$f/deep/ä 頭/IM0000[456].dcm" names)" 3
	is "the long one too: $f" "$(grep -c "deep.$f/deep/$deep/IM00001.dcm" names)" 1
done
is "dcmls of stdin" "$(dcmls --tsv --files - <deep.gnu.tar | grep -c "used.-/deep/ä 頭/IM0000")" 3
"$PYTHON" -c '
from pathlib import Path
path = sorted(Path("implicit").iterdir())[3]
path.rename("implicit/cut.dcm")
Path("implicit/cut.dcm").write_bytes(Path("implicit/cut.dcm").read_bytes()[:-9])'
"$PYTHON" pack.py implicit
for f in gnu.tar deflated.zip; do
	must_fail 1 "a cut file in $f is refused" dcm2vol "implicit.$f"
	said "by its name" "^dcm2vol: implicit.$f: implicit.$f/implicit/cut.dcm: ends after 711 of 720 bytes of pixels \[truncated\]\$"
done
mkdir boxes
cp explicit.tar.gz explicit.deflated.zip explicit.gnu.tar boxes
is "archives in a folder are told, not taken" "$(dcmls --tsv --files boxes | cut -f 1,3 | tail -n 3 | sort | tr '\t' ' ')" \
	"not-dicom an archive; name it to have it read
not-dicom an archive; name it to have it read
not-dicom compressed (gzip), and no DICOM file inside"
must_fail 2 "without operands, stdin is not read" dcm2vol
must_fail 1 "stdin twice" dcm2vol - - <"$one"
must_fail 1 "a list and a file, both on stdin" dcm2vol --files0-from - - <"$one"
printf '' >empty
must_fail 1 "nothing on stdin" dcm2vol - <empty
must_fail 1 "text on stdin" dcm2vol - <pack.py
said "is no image" "^dcm2vol: -: .*\[no-images\]"

# ---- nothing is left, and nothing is written but without a name ----

mkdir tmp scene
TMPDIR=$TMP/tmp dcm2vol explicit.tar.gz -o got.vol
is "nothing stays in TMPDIR" "$(ls -A tmp)" ""
(cd scene && dcm2vol ../explicit.tar.gz >/dev/null && dcmls ../explicit.deflated.zip >/dev/null)
is "nor in the working folder" "$(ls -A scene)" ""
must_fail 1 "without TMPDIR there is no unpacking" env TMPDIR=/nonexistent dcm2vol explicit.tar.gz
said "and it is told" "^dcm2vol: /nonexistent: no temporary file"
must_fail 1 "nor of .dcm.gz" env TMPDIR=/nonexistent dcm2vol explicit.gzs

py "memory does not grow with the pixels of an archive" <<'EOF'
import os, subprocess
from pathlib import Path
peak = {}
for n in (8, 64):
    subprocess.run([os.environ["TESTBIN"] + "/mkseries", "-o", f"big{n}", "--size", f"512,512,{n}"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["tar", "cf", f"big{n}.tar", f"big{n}"], check=True)
    child = subprocess.Popen(["dcm2vol", "--threads", "1", f"big{n}.tar", "-o", "big.vol"])
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    assert status == 0
    peak[n] = usage.ru_maxrss
    assert Path("big.vol").stat().st_size > n * 512 * 512 * 2
assert os.environ.get("SANITIZED") or peak[64] < peak[8] + 3000, peak
EOF
rm -rf big*
py "nor does it with the number of files by more than 2.5 KiB each: 100,000 under 300 MiB" <<'EOF'
import os, subprocess
peak = {}
for n in (500, 8000):
    subprocess.run([os.environ["TESTBIN"] + "/mkseries", "-o", f"many{n}", "--size", f"4,4,{n}"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["tar", "czf", f"many{n}.tar.gz", f"many{n}"], check=True)
    for what in (f"many{n}", f"many{n}.tar.gz"):
        child = subprocess.Popen(["dcmls", what], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = status
        assert status == 0
        peak[what[4:]] = usage.ru_maxrss
for kind in ("", ".tar.gz"):
    each = (peak["8000" + kind] - peak["500" + kind]) / 7500
    assert os.environ.get("SANITIZED") or each < 2.5, (kind, each, peak)
EOF
rm -rf many*

# ---- damaged, and made to do harm ----

ok "hostile archives: one line each, in little time, memory and room" "$PYTHON" -W ignore "$SRC/tests/hostile_archives.py" explicit
done_testing
