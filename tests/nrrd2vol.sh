#!/bin/sh
# nrrd2vol: NRRD as other programs write it, and as nobody should.
# shellcheck source=tests/lib.sh
. tests/lib.sh
cd "$TMP" || exit 1

# want.raw: 6 x 5 x 4 int16; head TYPE-INDEPENDENT FIELDS on stdout
cat >make.py <<'PY'
import struct, gzip
v = [(i * 37) % 2000 - 1000 for i in range(120)]
raw = struct.pack("<120h", *v)
big = struct.pack(">120h", *v)
open("want.raw", "wb").write(raw)
core = """type: int16
dimension: 3
space: left-posterior-superior
sizes: 6 5 4
space directions: (1,0,0) (0,1,0) (0,0,2.5)
space origin: (-1,-2,3)
"""
def put(name, fields, data, version="NRRD0005", core=core, end="\n"):
    open(name, "wb").write((version + "\n" + core + fields + end).encode() + data)
LE, BE = "endian: little\n", "endian: big\n"
RAW, GZ = "encoding: raw\n", "encoding: gzip\n"
z = gzip.compress(raw, mtime=0)
put("raw.nrrd", LE + RAW, raw)
put("big.nrrd", BE + RAW, big)
put("gz.nrrd", LE + GZ, z)
put("biggz.nrrd", BE + GZ, gzip.compress(big, mtime=0))
put("old.nrrd", LE + RAW, raw, version="NRRD0001")
put("crlf.nrrd", (LE + RAW).replace("\n", "\r\n"), raw, core=core.replace("\n", "\r\n"), end="\r\n")
put("members.nrrd", LE + GZ, gzip.compress(raw[:100]) + gzip.compress(b"") + gzip.compress(raw[100:]))
put("padded.nrrd", LE + GZ, z + bytes(4000))
put("lines.nrrd", LE + RAW + "line skip: 2\nbyte skip: 3\n", b"one\ntwo\nxyz" + raw)
put("gzlines.nrrd", LE + GZ + "line skip: 2\nbyte skip: 3\n", b"one\ntwo\n" + gzip.compress(b"xyz" + raw))
put("last.nrrd", LE + RAW + "byte skip: -1\n", b"whatever" + raw)
put("ras.nrrd", LE + RAW, raw, core=core.replace("left-posterior", "right-anterior").replace("(1,0,0) (0,1,0)", "(-1,0,0) (0,-1,0)").replace("(-1,-2,3)", "(1,2,3)"))
open("whole.nrrd.gz", "wb").write(gzip.compress(open("raw.nrrd", "rb").read()))
open("whole2.nrrd.gz", "wb").write(gzip.compress(open("lines.nrrd", "rb").read()))
open("data.raw", "wb").write(raw)
open("front.raw", "wb").write(b"0123456789" + raw)
open("front.gz", "wb").write(gzip.compress(b"0123456789" + raw))
open("data.raw.gz", "wb").write(z)
put("d.nhdr", LE + RAW + "data file: data.raw\n", b"", end="")
put("dgz.nhdr", LE + GZ + "data file: ./data.raw.gz\n", b"")
put("dskip.nhdr", LE + RAW + "byte skip: 10\ndatafile: front.raw\n", b"", end="")
put("dlast.nhdr", LE + RAW + "byte skip: -1\ndata file: front.raw\n", b"", end="")
put("dlastgz.nhdr", LE + GZ + "byte skip: -1\ndata file: front.gz\n", b"", end="")
# what must be refused
put("bz.nrrd", LE + "encoding: bzip2\n", raw)
put("ascii.nrrd", "encoding: ascii\n", " ".join(map(str, v)).encode())
put("short.nrrd", LE + RAW, raw[:-1])
put("long.nrrd", LE + RAW, raw + b"x")
put("biglong.nrrd", BE + RAW, raw + b"x")
put("gzcut.nrrd", LE + GZ, z[:-9])
put("gzcrc.nrrd", LE + GZ, z[:-8] + bytes([z[-8] ^ 1]) + z[-7:])
put("gzjunk.nrrd", LE + GZ, z + b"junk")
put("gzlong.nrrd", LE + GZ, gzip.compress(raw + b"x"))
put("gzshort.nrrd", LE + GZ, gzip.compress(raw[1:]))
put("gzraw.nrrd", LE + GZ, raw)
put("noend.nrrd", LE + RAW, b"", end="")
put("lastshort.nhdr", LE + RAW + "byte skip: -1\ndata file: gz.nrrd.short\n", b"", end="")
open("gz.nrrd.short", "wb").write(raw[:-2])
for name, f in {"up": "../data.raw", "deep": "sub/../../data.raw", "abs": "/etc/passwd", "none": "nothing.raw",
                "link": "link.raw", "dir": "sub", "linkdir": "linkdir/passwd",
                "many": "d%03d.raw 1 4 1", "list": "LIST\ndata.raw\ndata.raw"}.items():
    put(name + ".nhdr", LE + RAW + "data file: " + f + "\n", b"", end="")
PY
"$PYTHON" make.py
mkdir sub
ln -s /etc/passwd link.raw
ln -s /etc linkdir
cp data.raw sub/inner.raw
ln -s sub/inner.raw inlink.raw
sed 's/data.raw/inlink.raw/' d.nhdr >dlink.nhdr
sed 's/data.raw/sub\/inner.raw/' d.nhdr >dsub.nhdr

good() # DESC FILE - becomes a stream with the right voxels and grid
{
	if nrrd2vol "$2" -o out.vol 2>err && tail -c 240 out.vol | cmp -s - want.raw &&
		[ "$(wc -c <out.vol)" = 4336 ] && [ "$(volinfo --get origin out.vol)" = "-1 -2 3" ] &&
		[ "$(volinfo --get spacing out.vol)" = "1 1 2.5" ] && [ ! -s err ]; then
		pass "$1"
	else
		fail "$1" err
	fi
}

good "raw" raw.nrrd
good "big endian" big.nrrd
good "gzip" gz.nrrd
good "big endian, gzip" biggz.nrrd
good "version 1" old.nrrd
good "CRLF" crlf.nrrd
good "several gzip members" members.nrrd
good "zero padding after gzip" padded.nrrd
good "lines and bytes to skip" lines.nrrd
good "... lines in the file, bytes in the gzip data" gzlines.nrrd
good "byte skip -1" last.nrrd
good "RAS" ras.nrrd
good "a compressed file" whole.nrrd.gz
good "a compressed file with skips" whole2.nrrd.gz
good "detached" d.nhdr
good "detached, gzip" dgz.nhdr
good "detached, bytes to skip" dskip.nhdr
good "detached, byte skip -1" dlast.nhdr
good "detached, byte skip -1 in gzip" dlastgz.nhdr
good "detached, in a folder below" dsub.nhdr
good "detached, a link that stays inside" dlink.nhdr
good "by an absolute name" "$PWD/d.nhdr"
for f in raw big gz lines; do
	nrrd2vol <$f.nrrd | tail -c 240 >got.raw
	ok "$f on stdin" cmp got.raw want.raw
	# shellcheck disable=SC2002  # a pipe is what is tested
	cat $f.nrrd | nrrd2vol - | tail -c 240 >got.raw
	ok "$f through a pipe" cmp got.raw want.raw
done
nrrd2vol raw.nrrd -o out.vol
like "the history says who" "$(volinfo --get history.1 out.vol)" '^nrrd2vol '
like "the source is kept" "$(volinfo --get source out.vol)" '^6 5 4 \(1,0,0\) '

# ---- refused, and why ----
refused() # FILE REGEX
{
	must_fail 1 "refused: $1" nrrd2vol "$1" -o no.vol
	said "... says why" "$2"
}
refused bz.nrrd 'bzip2'
refused ascii.nrrd 'ascii'
refused short.nrrd 'ends after 3 of 4 slices'
refused long.nrrd 'bytes follow after the last voxel'
refused biglong.nrrd 'bytes follow after the last voxel'
refused gzcut.nrrd 'gzip data ends early'
refused gzcrc.nrrd 'gzip data is damaged'
refused gzjunk.nrrd 'other bytes follow after the gzip data'
refused gzlong.nrrd 'bytes follow after the last voxel'
refused gzshort.nrrd 'ends after 3 of 4 slices'
refused gzraw.nrrd 'gzip data is damaged'
refused noend.nrrd 'ends inside the header'
refused lastshort.nhdr 'fewer than its 240'
refused up.nhdr "up.nhdr: data file '../data.raw' lies outside its folder"
refused deep.nhdr 'lies outside its folder'
refused abs.nhdr 'lies outside its folder'
refused link.nhdr 'lies outside its folder'
refused linkdir.nhdr 'lies outside its folder'
refused dir.nhdr 'is a folder'
refused none.nhdr "'nothing.raw' cannot be opened: No such file"
refused many.nhdr 'several files'
refused list.nhdr 'several files'
refused /dev/null 'is empty'
refused want.raw 'is not NRRD'
refused . 'is a folder'
refused none 'cannot be opened'
nrrd2vol <d.nhdr 2>err && fail "detached on stdin"
like "detached on stdin" "$(cat err)" 'give the header as a file'
nrrd2vol <last.nrrd 2>err && fail "byte skip -1 on stdin"
like "byte skip -1 on stdin" "$(cat err)" 'needs an uncompressed file'
is "nothing was written" "$(find . -name 'no.vol' -o -name '.no*')" ""

# what fails at its very end must not look whole to the next stage
for f in long biglong gzcrc gzjunk gzlong; do
	nrrd2vol $f.nrrd 2>/dev/null | vol2nrrd -o no.nrrd 2>err
	ok "$f: the next stage fails too" test -s err
done
is "... and leaves nothing" "$(find . -name 'no.nrrd' -o -name '.no*')" ""

# every prefix, and flipped bits: refused, or the same voxels; never a crash
cat >hurt.py <<'PY'
import random, subprocess, sys
random.seed(9)
want = open("want.raw", "rb").read()
bad = []
def run(what, data, cut):
    r = subprocess.run(["nrrd2vol"], input=data, capture_output=True)
    lines = r.stderr.decode("utf8", "replace").splitlines()
    fine = r.returncode == 1 and len(lines) >= 1 and all(l.startswith("nrrd2vol: ") for l in lines)
    if not fine and not (r.returncode == 0 and not cut):
        bad.append((what, r.returncode, lines))
for name in ("raw.nrrd", "gz.nrrd", "lines.nrrd"):
    d = open(name, "rb").read()
    for i in range(0, len(d), 3):
        run((name, "cut", i), d[:i], True)
    for k in range(300):
        b = bytearray(d)
        for j in range(random.choice((1, 1, 2, 8))):
            b[random.randrange(len(b))] ^= 1 << random.randrange(8)
        run((name, "flipped", k), bytes(b), False)
for b in bad[:5]:
    print(b)
sys.exit(bool(bad))
PY
ok "cut and flipped input: an error line and exit 1, or a volume" "$PYTHON" hurt.py

if have teem-unu; then
	for e in raw gzip; do
		teem-unu save -e $e -f nrrd -i raw.nrrd -o unu.nrrd
		good "what unu writes, $e" unu.nrrd
		teem-unu save -e $e -f nrrd -i raw.nrrd -o unu.nhdr
		good "... detached" unu.nhdr
	done
	teem-unu save -e raw -en big -f nrrd -i raw.nrrd -o unu.nrrd
	good "... big endian" unu.nrrd
else
	skip "what unu writes" "teem-unu is not installed"
fi
done_testing
