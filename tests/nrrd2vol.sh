#!/bin/sh
# nrrd2vol: NRRD as other programs write it, and as nobody should.
# shellcheck source=tests/lib.sh
. tests/lib.sh
cd "$TMP" || exit 1

# want.raw: 6 x 5 x 4 int16; head TYPE-INDEPENDENT FIELDS on stdout
cat >make.py <<'PY'
import bz2, struct, gzip
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
BZ, HEX = "encoding: bzip2\n", "encoding: hex\n"
put("bz2.nrrd", LE + BZ, bz2.compress(raw))
put("bz2big.nrrd", BE + "encoding: bz2\n", bz2.compress(big))
put("bz2streams.nrrd", LE + BZ, bz2.compress(raw[:100]) + bz2.compress(b"") + bz2.compress(raw[100:]))
put("bz2skip.nrrd", LE + BZ + "line skip: 1\nbyte skip: 3\n", b"one\n" + bz2.compress(b"xyz" + raw))
put("bz2last.nrrd", LE + BZ + "byte skip: -1\n", bz2.compress(b"whatever" + raw))
put("ascii.nrrd", "encoding: ascii\n", " ".join(map(str, v)).encode() + b"\n")
put("asciilines.nrrd", BE + "encoding: text\nline skip: 1\nbyte skip: 2\n", b"one\nxy" + ",\r\n\t".join(map(str, v)).encode() + b"\n\n")
put("hex.nrrd", LE + HEX, raw.hex("\n", 30).encode() + b"\n")
put("hexbig.nrrd", BE + HEX, big.hex().upper().encode())
for i in range(4):
    open("s%02d.raw" % i, "wb").write(raw[60 * i:60 * i + 60])
    open("z%d.gz" % (9 - 3 * i), "wb").write(gzip.compress(b"front" + raw[60 * i:60 * i + 60]))
open("half.a", "wb").write(raw[:120])
open("half b", "wb").write(raw[120:])
put("slices.nhdr", LE + RAW + "data file: s%02d.raw 0 3 1\n", b"", end="")
put("down.nhdr", LE + GZ + "byte skip: 5\ndata file: z%d.gz 9 0 -3 2\n", b"")
put("downlast.nhdr", LE + GZ + "byte skip: -1\ndata file: z%i.gz 9 0 -3\n", b"")
put("names.nhdr", LE + RAW + "data file: LIST\ns00.raw\n./s01.raw\ns02.raw\ns03.raw\n", b"", end="")
put("blanks.nhdr", LE + RAW + "data file: LIST\ns00.raw\n./s01.raw\ns02.raw  \r\ns03.raw\n", b"", end="\nnothing more\n")
put("halves.nhdr", LE + RAW + "data file: LIST 3\nhalf.a\nhalf b\n", b"", end="")
put("rows.nhdr", LE + RAW + "data file: r%d.raw 1 20 1 1\n", b"")
for i in range(20):
    open("r%d.raw" % (i + 1), "wb").write(raw[12 * i:12 * i + 12])
left = core.replace("left-posterior-superior", "3D-left-handed").replace("(0,1,0)", "(0,-1,0)").replace("(-1,-2,3)", "(-1,2,3)")
put("lefthand.nrrd", LE + RAW, raw, core=left)
def timed(name, space, vectors, origin, units='"mm" "mm" "mm" "s"'):
    put(name, LE + RAW, raw, core="type: short\ndimension: 4\nspace: %s\nsizes: 6 5 2 2\nspace directions: %s\nkinds: space space space time\n"
        "space units: %s\nspace origin: %s\n" % (space, vectors, units, origin))
lps = "(1,0,0,0) (0,1,0,0) (0,0,2.5,0) (0,0,0,1.5)"
timed("time.nrrd", "left-posterior-superior-time", lps, "(-1,-2,3,10)")
timed("last.time.nrrd", "LAST", lps.replace("0,1,0,0", "0,-1,0,0"), "(-1,2,3,10)", '"mm" "mm" "mm" "ms"')
timed("rast.nrrd", "RAST", lps.replace("(1,0", "(-1,0").replace("0,1,0,0", "0,-1,0,0"), "(1,2,3,0)", '"mm" "mm" "mm" "Hz"')
timed("scannertime.nrrd", "scanner-xyz-time", lps, "(-1,-2,3,0)")
timed("timeless.nrrd", "LPST", "(1,0,0,0) (0,1,0,0) (0,0,2.5,0) none", "(-1,-2,3,0)")
timed("timethree.nrrd", "LPST", "(1,0,0) (0,1,0) (0,0,2.5) none", "(-1,-2,3)")
timed("timemixed.nrrd", "LPST", "(1,0,0,0) (0,1,0,0) (0,0,2.5,1) none", "(-1,-2,3,0)")
put("listfirst.nrrd", LE + RAW, raw, core="type: short\ndimension: 4\nspace: LPS\nsizes: 2 5 4 3\nspace directions: none (1,0,0) (0,1,0) (0,0,1)\n")
# what must be refused
put("bz.nrrd", LE + BZ, raw)
put("bzcut.nrrd", LE + BZ, bz2.compress(raw)[:-5])
put("bzjunk.nrrd", LE + BZ, bz2.compress(raw) + b"junk")
put("bzlong.nrrd", LE + BZ, bz2.compress(raw + b"x"))
put("bzshort.nrrd", LE + BZ, bz2.compress(raw[:-1]))
put("zrl.nrrd", LE + "encoding: zrl\n", raw)
asc = "encoding: ascii\n"
put("ascshort.nrrd", asc, " ".join(map(str, v[:-1])).encode())
put("asclong.nrrd", asc, " ".join(map(str, v + [7])).encode())
put("ascword.nrrd", asc, " ".join(map(str, v[:9])).encode() + b" seven")
put("asclarge.nrrd", asc, b"1 40000 " + " ".join(map(str, v)).encode())
put("ascpart.nrrd", asc, b"1 1.5 " + " ".join(map(str, v)).encode())
put("ascnoend.nrrd", asc, b"1" * 100000)
put("ascopen.nrrd", asc, " ".join(map(str, v)).encode())
put("asclast.nrrd", asc + "byte skip: -1\n", b"xx" + " ".join(map(str, v)).encode())
put("hexodd.nrrd", LE + HEX, raw.hex().encode() + b"1")
put("hexword.nrrd", LE + HEX, raw.hex().encode()[:100] + b"x")
put("hexlong.nrrd", LE + HEX, raw.hex().encode() + b"00")
for name, f in {"gap": "s%02d.raw 1 4 1", "few": "s%02d.raw 0 2 1", "away": "s%02d.raw 0 3 -1", "none0": "s%02d.raw 0 3 0", "two": "s%d%d.raw 0 3 1",
                "text": "s%s.raw 0 3 1", "star": "s%*d.raw 0 3 1", "wide": "s%9999999d.raw 0 3 1", "end": "s% 0 3 1", "words": "s%d.raw 0 3",
                "deepdim": "s%02d.raw 0 3 1 9", "upmany": "../s%02d.raw 0 3 1", "huge": "s%d.raw 0 99999999999 1", "third": "LIST 3\nhalf.a\nhalf b\nhalf.a",
                "uplist": "LIST\ns00.raw\n../s01.raw\ns02.raw\ns03.raw", "nolist": "LIST", "shortlist": "LIST\ns00.raw\nz9.gz\ns02.raw\ns03.raw",
                "longlist": "LIST\ns00.raw\nhalf.a\ns02.raw\ns03.raw"}.items():
    put(name + ".nhdr", LE + RAW + "data file: " + f + "\n", b"", end="")
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
good "bzip2" bz2.nrrd
good "big endian, bzip2" bz2big.nrrd
good "several bzip2 streams" bz2streams.nrrd
good "lines in the file, bytes in the bzip2 data to skip" bz2skip.nrrd
good "byte skip -1 in bzip2" bz2last.nrrd
good "ascii" ascii.nrrd
good "ascii, commas, lines and bytes to skip; it has no byte order" asciilines.nrrd
good "hex" hex.nrrd
good "big endian, hex" hexbig.nrrd
good "a file for each slice" slices.nhdr
good "... compressed, counted down, bytes to skip in each" down.nhdr
good "... and -1 for them" downlast.nhdr
good "... by their names" names.nhdr
good "... with blanks after them, and an empty line" blanks.nhdr
good "a file for two slices, a blank in its name" halves.nhdr
good "a file for each row" rows.nhdr
for f in raw big gz lines bz2 ascii hex; do
	nrrd2vol <$f.nrrd | tail -c 240 >got.raw
	ok "$f on stdin" cmp got.raw want.raw
	# shellcheck disable=SC2002  # a pipe is what is tested
	cat $f.nrrd | nrrd2vol - | tail -c 240 >got.raw
	ok "$f through a pipe" cmp got.raw want.raw
done
nrrd2vol raw.nrrd -o out.vol
for f in time last.time rast scannertime timeless; do
	ok "a space with time: $f" nrrd2vol -q $f.nrrd -o out.vol
	is "... the place" "$(volinfo --get origin out.vol; volinfo --get size out.vol)" "-1 -2 3
6 5 2"
	ok "... the voxels" sh -c 'tail -c 240 out.vol | cmp - want.raw'
	case $f in
	time) is "... the times" "$(volinfo --get axis out.vol)" "time s 10 11.5" ;;
	last.time) is "... the times" "$(volinfo --get axis out.vol)" "time ms 10 11.5" ;;
	scannertime) is "... the times" "$(volinfo --get axis out.vol)" "time s 0 1.5" ;;
	*) is "... no times" "$(volinfo --get axis out.vol 2>&1 | grep time)" "" ;;
	esac
done
nrrd2vol lefthand.nrrd -o out.vol 2>err
is "3D-left-handed stays left-handed" "$(volinfo --get origin out.vol; tail -c 240 out.vol | cmp - want.raw)" "-1 -2 3"
like "... and says how it was taken" "$(cat err)" "does not say how the patient lies: taken as left-anterior-superior"
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
refused bzcut.nrrd 'bzip2 data ends early'
refused bzjunk.nrrd 'other bytes follow after the bzip2 data'
refused bzlong.nrrd 'bytes follow after the last voxel'
refused bzshort.nrrd 'ends after 3 of 4 slices'
refused zrl.nrrd "'zrl' is not supported, only raw, gzip, bzip2, ascii and hex"
refused ascshort.nrrd 'ends after 3 of 4 slices'
refused asclong.nrrd 'bytes follow after the last voxel'
refused ascword.nrrd "'seven' among the voxels is no number"
refused asclarge.nrrd '40000 among the voxels is no int16'
refused ascpart.nrrd '1.5 among the voxels is no int16'
refused ascnoend.nrrd 'something among its voxels that is no number'
refused asclast.nrrd 'byte skip -1 has no meaning with encoding ascii'
ok "an ascii file without a last line end" nrrd2vol ascopen.nrrd -o out.vol
said "... has a warning" 'warning: ascopen.nrrd: ends with a digit and no line end'
refused hexodd.nrrd 'odd number of hexadecimal digits'
refused hexword.nrrd 'byte 0x78 among hexadecimal digits'
refused hexlong.nrrd 'bytes follow after the last voxel'
refused gap.nhdr "'s04.raw' cannot be opened"
refused few.nhdr 'names 3 data files, which do not fit its sizes'
refused away.nhdr 'step leads away'
refused none0.nhdr 'the first, the last and the step'
refused two.nhdr 'no single %d'
refused text.nhdr 'no single %d'
refused star.nhdr 'no single %d'
refused wide.nhdr 'no single %d'
refused end.nhdr 'no single %d'
refused words.nhdr 'the first, the last and the step'
refused deepdim.nhdr 'are said to have 9 dimensions'
refused upmany.nhdr "'../s00.raw' lies outside its folder"
refused huge.nhdr 'the first, the last and the step'
refused third.nhdr 'names 3 data files, which do not fit'
refused uplist.nhdr "'../s01.raw' lies outside its folder"
refused nolist.nhdr 'names 0 data files'
refused shortlist.nhdr 'z9.gz: bytes follow after the last voxel|z9.gz: ends'
refused longlist.nhdr 'half.a: bytes follow after the last voxel'
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
refused listfirst.nrrd "neither space nor colour: unu permute -p 1 2 3 0 makes a list of it"
refused timethree.nrrd "'space directions' cannot be read"
refused timemixed.nrrd "'space directions' cannot be read"
refused lastshort.nhdr 'fewer than its 240'
refused up.nhdr "up.nhdr: data file '../data.raw' lies outside its folder"
refused deep.nhdr 'lies outside its folder'
refused abs.nhdr 'lies outside its folder'
refused link.nhdr 'lies outside its folder'
refused linkdir.nhdr 'lies outside its folder'
refused dir.nhdr 'is a folder'
refused none.nhdr "'nothing.raw' cannot be opened: No such file"
must_fail 1 "refused: none.nhdr by an absolute name" nrrd2vol "$PWD/none.nhdr"
said "... says why" "'nothing.raw' cannot be opened: No such file"
refused many.nhdr "'d001.raw' cannot be opened"
refused list.nhdr 'names 2 data files'
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
    whole = r.returncode == 0 and (r.stdout.endswith(want) or b"may be cut short" in r.stderr)  # a number without its last digit is one
    if not fine and not (r.returncode == 0 and not cut) and not (cut and name in ("ascii.nrrd", "hex.nrrd") and whole):
        bad.append((what, r.returncode, lines))
for name in ("raw.nrrd", "gz.nrrd", "lines.nrrd", "bz2.nrrd", "ascii.nrrd", "hex.nrrd"):
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
	for e in raw gzip bzip2 ascii hex; do
		teem-unu save -e $e -f nrrd -i raw.nrrd -o unu.nrrd
		good "what unu writes, $e" unu.nrrd
		teem-unu save -e $e -f nrrd -i raw.nrrd -o unu.nhdr
		good "... detached" unu.nhdr
	done
	teem-unu save -e raw -en big -f nrrd -i raw.nrrd -o unu.nrrd
	good "... big endian" unu.nrrd
	for f in slices down names halves rows; do
		rm -f unu.raw
		nrrd2vol $f.nhdr -o out.vol && teem-unu save -e raw -f nrrd -i $f.nhdr -o unu.nrrd 2>err && tail -c 240 unu.nrrd >unu.raw
		ok "unu reads $f.nhdr the same" sh -c 'tail -c 240 out.vol | cmp - unu.raw'
	done
else
	skip "what unu writes" "teem-unu is not installed"
fi
export PYTHONPATH="$SRC/tests:$TMP"
if "$PYTHON" -c 'import numpy' 2>/dev/null; then
	py "integers of 64 bits: the first of int32, uint32 and double that has them all, or an error" <<'EOF'
import gzip, numpy as np, volfile as v
head = ("NRRD0005\ntype: {}\ndimension: 3\nspace: LPS\nsizes: 5 6 4\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nendian: {}\n"
        "encoding: {}\nspace origin: (0,0,0)\n{}\n")
cases = [("i8", [0, -5, 2**31 - 1], "i4"), ("i8", [0, 2**31, 7], "u4"), ("i8", [-1, 2**31, 7], "f8"), ("i8", [0, 2**53 + 1, 7], None),
         ("u8", [0, 2**32 - 1, 7], "u4"), ("u8", [2**63, 1, 7], "f8"), ("u8", [0, 2**64 - 1, 7], None)]
names = {"i8": ("int64", "long long", "longlong", "signed long long int", "int64_t"), "u8": ("uint64", "unsigned long long", "ulonglong")}
for dtype, numbers, want in cases:
    data = np.array(numbers * 40, dtype).reshape(5, 6, 4)
    for k, name in enumerate(names[dtype]):
        endian, gz, apart = ("little", "big")[k % 2], k == 1, k == 2
        body = data.astype((">" if endian == "big" else "<") + dtype).tobytes("F")
        text = head.format(name, endian, "gzip" if gz else "raw", "data file: w.bin\n" if apart else "").encode()
        body = gzip.compress(body) if gz else body
        open("w.bin", "wb").write(body)
        open("w.nrrd", "wb").write(text if apart else text + body)
        for words, stdin in ((["w.nrrd"], None),) if apart else ((["w.nrrd"], None), ([], "w.nrrd")):
            status, out, said = v.tool("nrrd2vol", *words, stdin=stdin)
            if want is None:
                assert status == 1 and not out and "fit neither" in said, said
                continue
            got = v.read_bytes(out)[0]
            assert got.dtype == want and [int(x) for x in got.ravel()] == [int(x) for x in data.ravel()], (name, numbers)
status, out, said = v.tool("volinfo", "w.nrrd")
assert status == 1, said
open("w.nrrd", "wb").write(head.format("int64", "little", "raw", "").encode() + bytes(960))
status, out, said = v.tool("volhu", "w.nrrd")
assert status == 1 and not out and "use nrrd2vol" in said, said
EOF
else
	skip "integers of 64 bits" "numpy is not installed"
fi

done_testing
