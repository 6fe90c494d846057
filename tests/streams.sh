#!/bin/bash
# Volumes of any length pass in little memory, and the same bytes come out however many threads work.
#
#     VOLPIPE_QUICK=1 prove tests/streams.sh     # 256 MiB in place of 2 GiB, and of 1 GiB
# shellcheck source=tests/lib.sh
. tests/lib.sh

need cmp
cd "$TMP" || exit 1
bigvol=$TESTBIN/bigvol
limit=32768 # KiB
mib=2048
[ -z "$VOLPIPE_QUICK" ] || mib=256
sanitized=$SANITIZED

# ---- the same bytes ----

"$bigvol" 12 >small.vol
# same DESC CMD... - the command gives the same bytes for any number of threads
same()
{
	local desc=$1 why=
	shift
	for n in 1 2 5; do
		"$@" --threads $n >got.$n 2>said || why="$why exit $? of $n threads"
		cmp got.1 got.$n >>said 2>&1 || why="$why other bytes from $n threads"
	done
	VOLPIPE_THREADS=3 "$@" 2>said | cmp - got.1 >>said 2>&1 || why="$why other bytes for VOLPIPE_THREADS"
	if [ -s got.1 ] && [ -z "$why" ]; then
		pass "$desc: the same bytes from 1, 2, 3 and 5 threads"
	else
		echo "$why" >>said
		fail "$desc: the same bytes from 1, 2, 3 and 5 threads" said
	fi
	rm got.*
}

for z in 1 2 3 6; do
	same "vol2nii -z $z" vol2nii -z $z small.vol
	same "vol2nrrd -z $z" vol2nrrd -z $z small.vol
done
same "vol2nii --best" vol2nii --best small.vol
mkdir dicom12
"$bigvol" 8 dicom12 12
same "dcm2vol of 12 bits" dcm2vol dicom12
for s in explicit deflated rle jpeg-lossless jpeg-ls jpeg2000; do
	if "$TESTBIN/mkseries" -o "series-$s" --size 96,80,23 --syntax $s >made 2>&1; then
		same "dcm2vol of $s" dcm2vol "series-$s"
	else
		fail "a series of $s can be made" made
	fi
done

# through files and pipes
volhu small.vol -o hu.vol
ok "volhu: the same bytes from a file and a pipe" sh -c '"$0" 12 | volhu | cmp - hu.vol' "$bigvol"
ok "vol2nii: the same bytes from a file and a pipe" sh -c 'cat hu.vol | vol2nii -z 1 >a && vol2nii -z 1 hu.vol | cmp - a'
ok "vol2nrrd: the same bytes from a file and a pipe" sh -c 'cat hu.vol | vol2nrrd -z 1 >a && vol2nrrd -z 1 hu.vol | cmp - a'
ok "there and back by NIfTI" sh -c 'vol2nii -z 1 hu.vol | nii2vol | volcmp -q - hu.vol'
ok "there and back by NRRD" sh -c 'vol2nrrd -z 1 hu.vol | nrrd2vol | volcmp -q - hu.vol'

# ---- little memory ----

if [ "$sanitized" ]; then
	skip "little memory" "a sanitizer's memory is its own"
	done_testing
fi
if ! [ -x /usr/bin/time ]; then
	skip "little memory" "time(1) is not installed"
	done_testing
fi

# peak N - words to put before a command, which then leaves its peak in KiB, and its status, in peak.N
peak()
{
	rm -f "peak.$1"
	measure="/usr/bin/time -q -f %M:%x -o peak.$1"
}

# judge N DESC - was that less than the limit? What it was is kept in `held`.
judge()
{
	local status
	IFS=: read -r held status <"peak.$1"
	if [ "$status" = 0 ] && [ "$held" -lt $limit ]; then
		pass "$2: $((held / 1024)).$((held % 1024 * 10 / 1024)) MiB"
	else
		fail "$2: held $held KiB, exit $status"
	fi
}

# chain DESC MIB CMD... - all commands in a pipe, the first one fed by bigvol; each is measured
chain()
{
	local what=$1 n=$2 i=0 line
	shift 2
	line="$bigvol $n"
	for command; do
		peak $((i += 1))
		line="$line | $measure $command"
	done
	bash -c "$line >/dev/null"
	i=0
	for command; do
		judge $((i += 1)) "$command, $n MiB $what"
		held_of[i]=$held
	done
}

# the other formats at half of that: they pass on what volhu made of the stream
half=$((mib / 2))
plain=(volhu "vol2mgh -q" mgh2vol "vol2npy -q" "npy2vol -q" "vol2npy -q --npz" "npy2vol -q")
packed=(volhu "vol2mgh -q -z 1" mgh2vol "vol2npy -q --npz -z 1" "npy2vol -q")
chain "through a pipe" $half "${plain[@]}" "vol2raw -q" "raw2vol --size 512,512,$((half * 2)) --type int16 --spacing 1"
chain "through a pipe" $half "${packed[@]}"

raw=(volhu vol2nii nii2vol vol2nrrd nrrd2vol "volinfo --stats")
gzip=("vol2nii -z 1" nii2vol "vol2nrrd -z 1 --threads 4" nrrd2vol)
chain "through a pipe" $mib "${raw[@]}"
chain "through a pipe" $mib "${gzip[@]}"
for kind in raw gzip plain packed; do
	declare -n commands=$kind
	chain "through a pipe" 64 "${commands[@]}"
	before=("${held_of[@]}")
	chain "through a pipe" 512 "${commands[@]}"
	for i in "${!commands[@]}"; do
		grown=$((held_of[i + 1] - before[i]))
		if [ $grown -lt 2048 ]; then
			pass "${commands[i]} holds no more for 512 MiB than for 64 ($grown KiB)"
		else
			fail "${commands[i]} holds $grown KiB more for 512 MiB than for 64"
		fi
	done
done

# file DESC CMD... - a command on a file
file()
{
	local desc=$1
	shift
	peak 1
	# shellcheck disable=SC2086  # words
	$measure "$@" >/dev/null 2>said || cat said >>peak.1
	judge 1 "$desc"
}

# Mapped files. What is not written takes no disk.
"$bigvol" $mib big.vol
file "volhu of a file of $mib MiB" volhu big.vol
file "vol2nii of a file of $mib MiB" vol2nii big.vol
file "vol2nii -z 1 of a file of $mib MiB" vol2nii -z 1 big.vol
file "vol2nrrd of a file of $mib MiB" vol2nrrd big.vol
file "vol2nrrd -z 1 of a file of $mib MiB" vol2nrrd -z 1 big.vol
file "nrrd2vol of a file of $mib MiB" nrrd2vol big.vol
file "volinfo --stats of a file of $mib MiB" volinfo --stats big.vol
file "volcmp of files of $mib MiB" volcmp big.vol big.vol
vol2nii --plain big.vol | head -c 352 >big.nii
truncate -s $((352 + mib * 1048576)) big.nii
file "nii2vol of a file of $mib MiB" nii2vol big.nii

# PAR/REC: two slices a MiB, in one volume
if PYTHONPATH=$SRC/tests "$PYTHON" - $mib 2>said <<'END'; then
import os, sys, parfile
slices = 2 * int(sys.argv[1])
images = [{"slice": s + 1, "index": s, "size": (512, 512), "spacing": (0.5, 0.5), "place": (0, 3.5 * (s - (slices - 1) / 2), 0)} for s in range(slices)]
parfile.write("big.PAR", images, b"")
os.truncate("big.REC", slices * 512 * 512 * 2)
END
	file "par2vol of a file of $mib MiB" par2vol big.PAR
else
	fail "a PAR file of $mib MiB can be made" said
fi

# NRRD that is decoded here: what comes again and again takes little time to make
dd if=big.vol bs=4096 count=1 2>/dev/null | tr -d '\0' | sed 's/^encoding: raw/encoding: CODE/; /^#/d; /^$/d' >head.nrrd
"$bigvol" 1 | tail -c 1048576 >one.raw
repeat() # CODE FILE COUNT - a volume of so many times one.raw, which is FILE when it is encoded
{
	sed "s/CODE/$1/; s/^sizes: .*/sizes: 512 512 $(($3 * 2))/" head.nrrd
	echo
	i=0
	while [ $((i += 1)) -le "$3" ]; do cat "$2"; done
}
if have bzip2; then
	bzip2 -1 <one.raw >one.bz2
	repeat bzip2 one.bz2 64 >big.nrrd
	file "nrrd2vol of 64 MiB in bzip2" nrrd2vol big.nrrd
else
	skip "nrrd2vol of bzip2" "it is not installed"
fi
od -An -v -w32 -t d2 one.raw >one.txt
repeat ascii one.txt 64 >big.nrrd
file "nrrd2vol of 64 MiB in print" nrrd2vol big.nrrd
{
	sed "s/CODE/raw/; s/^sizes: .*/sizes: 512 512 $((mib * 2))/" head.nrrd
	echo "data file: LIST 3"
	i=0
	while [ $((i += 1)) -le $mib ]; do echo one.raw; done
} >big.nhdr
file "nrrd2vol of $mib MiB in $mib files" nrrd2vol big.nhdr
rm -f big.nrrd big.nhdr one.* head.nrrd

# Whole files written, where there is a file system in memory that has room; and gone at once.
shm=/dev/shm
room=$(df --output=avail -k $shm 2>/dev/null | tail -n 1)
free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
if [ "${room:-0}" -gt $((mib * 1024 + 262144)) ] && [ "${free:-0}" -gt $((mib * 3072)) ] &&
	shm=$(mktemp -d $shm/volpipe.XXXXXX); then
	trap 'rm -rf "$TMP" "$shm"' EXIT
	file "volhu to a file of $mib MiB" volhu big.vol -o "$shm/x.vol"
	rm -f "$shm"/*
	file "vol2nii to a file of $mib MiB" vol2nii big.vol -o "$shm/x.nii"
	rm -f "$shm"/*
	file "vol2nrrd to two files of $mib MiB" vol2nrrd big.vol -o "$shm/x.nhdr"
	rm -f "$shm"/*
	file "vol2nii -z 1 to a file of $mib MiB" vol2nii -z 1 big.vol -o "$shm/x.nii.gz"
	file "nii2vol of that" nii2vol "$shm/x.nii.gz"
	rm -f "$shm"/*
	file "vol2nii to a pair of $mib MiB" vol2nii big.vol -o "$shm/x.hdr"
	file "nii2vol of that" nii2vol "$shm/x.hdr"
	rm -f "$shm"/*
	volorient LAS big.vol | volhu -o "$shm/las.vol"
	file "vol2ana to a pair of $mib MiB" vol2ana -q --lossy place,unit "$shm/las.vol" -o "$shm/x.hdr"
	rm -f "$shm/las.vol"
	file "ana2vol of that" ana2vol -q "$shm/x.hdr"
	rm -f "$shm"/*
	# HDF5 keeps pieces and its index of them: see mnc2vol(1)
	file "vol2mnc to a file of $mib MiB" vol2mnc -q big.vol -o "$shm/x.mnc"
	file "mnc2vol of that" mnc2vol "$shm/x.mnc"
	rm -f "$shm"/*
	file "vol2mnc -z 1 to a file of $mib MiB" vol2mnc -q -z 1 big.vol -o "$shm/x.mnc"
	limit=65536
	file "mnc2vol of that, up to 64 MiB" mnc2vol "$shm/x.mnc"
	limit=32768
	rm -f "$shm"/*
else
	skip "files of $mib MiB" "no room in /dev/shm"
fi
rm big.*

for bits in 16 12; do
	mkdir big
	"$bigvol" $mib big $bits
	file "dcm2vol of $mib MiB in $((mib * 2)) files of $bits bits" dcm2vol big --threads 4
	file "dcmls of them" dcmls big
	rm -r big
done
for s in rle jpeg-lossless jpeg-ls jpeg2000; do
	"$TESTBIN/mkseries" -o "coded-$s" --size 512,512,24 --syntax $s >made 2>&1 || fail "a series of $s can be made" made
	file "dcm2vol of 24 slices of 512 x 512 in $s" dcm2vol "coded-$s" --threads 2
	rm -r "coded-$s"
done
done_testing
