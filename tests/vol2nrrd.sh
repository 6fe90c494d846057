#!/bin/sh
# vol2nrrd: raw, gzip and detached NRRD, read by other programs; and nothing under the name unless whole.
# shellcheck source=tests/lib.sh
. tests/lib.sh
cd "$TMP" || exit 1

# A volume that no tool of ours made: 20 x 30 x 40, int16, oblique, with keys.
cat >make.py <<'PY'
import random, struct, sys
random.seed(5)
n = 20 * 30 * 40
v = struct.pack("<%dh" % n, *(random.randrange(-1100, 300) for i in range(n)))
open("want.raw", "wb").write(v)
head = b"""NRRD0005
type: int16
dimension: 3
space: left-posterior-superior
sizes: 20 30 40
space directions: (0.6,0.1,0) (-0.1,0.6,0) (0,0,1.25)
kinds: domain domain domain
endian: little
encoding: raw
space origin: (-1.5,2.25,-412.125)
vol.unit:=HU
vol.padding:=-2000
note:=two\\nlines
"""
open("in.nrrd", "wb").write(head + b"\n" + v)
PY
"$PYTHON" make.py
ok "the volume is a stream" volinfo in.nrrd
nrrd2vol in.nrrd -o in.vol

same() # DESC FILE - the same bytes as want.raw
{
	ok "$1" cmp "$2" want.raw
}

# ---- attached, raw ----
ok "raw: written" vol2nrrd in.vol -o raw.nrrd
ok "raw: the file is the stream itself" cmp raw.nrrd in.vol
vol2nrrd <in.vol >stdout.nrrd
ok "raw: from stdin to stdout the same" cmp stdout.nrrd in.vol
# shellcheck disable=SC2002  # a pipe is what is tested
cat in.vol | vol2nrrd | cat >pipe.nrrd
ok "raw: through pipes the same" cmp pipe.nrrd in.vol
is "raw: voxels begin at a multiple of 4096" $(($(wc -c <raw.nrrd) - $(wc -c <want.raw))) 4096

# ---- attached, gzip ----
for level in 1 2 3 6 9; do
	vol2nrrd -z $level --threads 1 in.vol -o gz.nrrd
	"$PYTHON" -c '
import gzip, sys
d = open("gz.nrrd", "rb").read()
i = d.index(b"\n\n") + 2
open("gz.gz", "wb").write(d[i:])
open("gz.raw", "wb").write(gzip.decompress(d[i:]))
assert b"encoding: gzip" in d[:i]'
	same "level $level: python reads the voxels" gz.raw
	ok "level $level: gzip -t" gzip -t gz.gz
	if have pigz; then
		ok "level $level: pigz -t" pigz -t gz.gz
	fi
	vol2nrrd -z $level --threads 5 in.vol -o gz5.nrrd
	ok "level $level: five threads, the same bytes" cmp gz.nrrd gz5.nrrd
	nrrd2vol gz.nrrd | tail -c 48000 >gz.raw
	same "level $level: and back" gz.raw
done
vol2nrrd --best in.vol -o best.nrrd
ok "--best is level 9" cmp best.nrrd gz.nrrd
vol2nrrd -z 0 in.vol -o level0.nrrd
ok "level 0 is none" cmp level0.nrrd in.vol

# ---- detached ----
ok "detached: written" vol2nrrd in.vol -o apart.nhdr
same "detached: x.raw is the voxels alone" apart.raw
is "detached: the header names it" "$(sed -n 's/^data file: //p' apart.nhdr)" apart.raw
ok "detached: and ends there" test "$(wc -c <apart.nhdr)" -lt 1000
mkdir -p sub
ok "detached, compressed, in another folder" vol2nrrd -z 2 in.vol -o sub/b.nhdr
gzip -dc sub/b.raw.gz >b.raw
same "... gzip reads it" b.raw
is "... named without the folder" "$(sed -n 's/^data file: //p' sub/b.nhdr)" b.raw.gz
cp in.vol apart.vol
vol2nrrd -z 2 sub/../apart.vol -o apart.nhdr
is "a second time, compressed" "$(sed -n 's/^data file: //p' apart.nhdr)" apart.raw.gz
nrrd2vol apart.nhdr | tail -c 48000 >apart.back
same "... and back" apart.back

# ---- other readers ----
if have teem-unu; then
	for f in raw.nrrd gz.nrrd apart.nhdr sub/b.nhdr; do
		teem-unu save -e raw -f nrrd -i $f -o unu.nrrd
		tail -c 48000 unu.nrrd >unu.raw
		same "unu reads $f" unu.raw
		is "... its origin" "$(teem-unu head $f | sed -n 's/^space origin: //p')" "(-1.5,2.25,-412.125)"
		is "... its note" "$(teem-unu head $f | sed -n 's/^note:=//p')" 'two\nlines'
	done
else
	skip "unu reads the files" "teem-unu is not installed"
fi

# ---- refusals ----
must_fail 2 "level 10" vol2nrrd -z 10 in.vol -o no.nrrd
must_fail 2 "a level and --best" vol2nrrd -z 1 --best in.vol -o no.nrrd
must_fail 2 "x.nrrd.gz" vol2nrrd in.vol -o no.nrrd.gz
must_fail 2 "two inputs" vol2nrrd in.vol in.vol
must_fail 1 "a file that is not there" vol2nrrd none.vol -o no.nrrd
must_fail 1 "an empty file" vol2nrrd /dev/null -o no.nrrd
must_fail 1 "noise" vol2nrrd want.raw -o no.nrrd
must_fail 1 "a name with a meaning" vol2nrrd in.vol -o 'no%d.nhdr'
must_fail 1 "no clobber" vol2nrrd --no-clobber in.vol -o raw.nrrd
cp apart.raw kept.raw
must_fail 1 "no clobber, the voxels' file" vol2nrrd --no-clobber in.vol -o kept.nhdr
ok "... and no header was left" test ! -e kept.nhdr
is "nothing was written" "$(ls no* 2>/dev/null)" ""

# ---- whole or not at all ----
for how in "" "-z 2"; do
	for cut in 100 4096 4097 40000 52095; do
		head -c $cut in.vol >cut.vol
		# shellcheck disable=SC2086
		must_fail 1 "input of $cut bytes ($how)" vol2nrrd $how cut.vol -o no.nrrd
		# shellcheck disable=SC2086
		head -c $cut in.vol | vol2nrrd $how -o no.nhdr 2>/dev/null && fail "... from a pipe"
	done
	cat in.vol in.vol >long.vol
	# shellcheck disable=SC2086
	must_fail 1 "bytes after the end ($how)" vol2nrrd $how long.vol -o no.nrrd
	if [ -w /dev/full ]; then
		# shellcheck disable=SC2086
		must_fail 1 "a full disk ($how)" vol2nrrd $how in.vol -o /dev/full
		# shellcheck disable=SC2086
		vol2nrrd $how in.vol 2>err >/dev/full && fail "... on stdout"
	fi
	# shellcheck disable=SC2086,SC3045  # ulimit -f: 512-byte or 1024-byte blocks, both are too few
	(ulimit -f 8 && vol2nrrd $how in.vol -o no.nrrd) 2>err && fail "file size limit ($how)"
	is "file size limit ($how): says so" "$(grep -c '^vol2nrrd: no.nrrd: cannot be written' err)" 1
	# killed while the input has not ended
	# shellcheck disable=SC2086
	(head -c 30000 in.vol; sleep 2) | sh -c 'echo $$ >pid; exec vol2nrrd '"$how"' -o no.nhdr' &
	while [ ! -s pid ]; do sleep 0.05; done
	sleep 0.3
	ok "killed ($how) while it ran" kill -9 "$(cat pid)"
	rm pid
	is "killed ($how): nothing is there" "$(find . -name 'no*' -o -name '.no*')" ""
done
wait

# ---- memory: 32 MiB, however long the volume ----
big() # 1 GiB
{
	printf 'NRRD0005\ntype: int16\ndimension: 3\nspace: left-posterior-superior\nsizes: 512 512 2048\n'
	printf 'space directions: (0.7,0,0) (0,0.7,0) (0,0,1)\nendian: little\nencoding: raw\n'
	printf 'space origin: (0,0,0)\n\n'
	head -c 1073741824 /dev/zero
}
if [ -x /usr/bin/time ] && [ "${BUILD%asan*}" = "$BUILD" ]; then
	for how in "" "-z 2" "-z 6"; do
		# shellcheck disable=SC2086
		big | /usr/bin/time -f %M -o rss vol2nrrd $how --threads 2 | wc -c >count
		ok "1 GiB through a pipe ($how): $(tail -n 1 rss) KiB" test "$(tail -n 1 rss)" -lt 32768
	done
	big | vol2nrrd -z 2 | /usr/bin/time -f %M -o rss nrrd2vol | wc -c >count
	ok "... and back: $(tail -n 1 rss) KiB" test "$(tail -n 1 rss)" -lt 32768
	is "... all of it" "$(cat count)" 1073745920
else
	skip "1 GiB through a pipe" "no /usr/bin/time, or a sanitizer's build"
fi
for f in v.nrrd v.nhdr; do
	ok "$f is verified" vol2nrrd --verify in.vol -o $f
	said "in a line" "^vol2nrrd: note: $f: verified: [0-9]* voxels are the same, the grid is 0 mm off\$"
done
must_fail 2 "--verify of a pipe" vol2nrrd --verify in.vol
done_testing
