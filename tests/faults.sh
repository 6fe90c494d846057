#!/bin/bash
# What is left when something goes wrong: a stage is killed, a disk is full, a pipe closes, an input
# ends too soon. Always: the stage that notices and all after it fail with one line, the name of the
# output keeps what it had, and no temporary file stays.
# shellcheck source=tests/lib.sh

# A file system of our own, small and easily full, where the system lets us: as root, else as root of
# a user namespace. Without it, what needs one is skipped.
if [ -z "$FAULTS_MOUNTS" ]; then
	for way in "unshare -m" "unshare -rm"; do
		# shellcheck disable=SC2086  # words
		if $way mount -t tmpfs -o size=64k none /mnt 2>/dev/null; then
			FAULTS_MOUNTS=1 exec $way "$BASH" "$0" "$@"
		fi
	done
fi
. tests/lib.sh

need "$PYTHON" mkfifo timeout
if grep -qa __asan_init "$BUILD/bin/volhu"; then
	sanitized=1
	# strace and the leak checker both want to trace, and only one can
	export ASAN_OPTIONS="detect_leaks=0:$ASAN_OPTIONS"
fi
mkdir "$TMP/out"
cd "$TMP" || exit 1
here=$(pwd -P)
exec 2>.lib/stderr # where bash tells which of its children were killed

# ---- inputs: 64 slices, 8 MiB, more than all pipes and buffers of a chain hold ----

make_inputs()
{
	"$TESTBIN/mkseries" -o series --size 256,256,64 --names sequential &&
		"$TESTBIN/mkseries" -o coded --size 256,256,64 --names sequential --syntax rle &&
		dcm2vol series -o ct.vol && volhu ct.vol -o hu.vol &&
		vol2nii hu.vol -o hu.nii && vol2nii --plain hu.vol -o plain.nii && vol2nii hu.vol -o hu.nii.gz && vol2nii hu.vol -o hu.hdr &&
		vol2nrrd hu.vol -o hu.nrrd && vol2nrrd hu.vol -z 2 -o hugz.nrrd && vol2nrrd hu.vol -o hu.nhdr &&
		vol2nrrd hu.vol -z 2 -o hugz.nhdr
}
if ! make_inputs >.lib/made 2>&1; then
	fail "inputs can be made" .lib/made
	done_testing
fi
pass "inputs can be made"
size=$(stat -c %s ct.vol)

# every writer: the name that it is given, the tool, what it reads
writers="x.vol:volhu:ct.vol
x.nii:vol2nii:hu.vol
x.nii.gz:vol2nii:hu.vol
x.hdr:vol2nii:hu.vol
x.img.gz:vol2nii:hu.vol
x.nrrd:vol2nrrd:hu.vol
x.nrrd:vol2nrrd -z 2:hu.vol
x.nhdr:vol2nrrd:hu.vol
x.nhdr:vol2nrrd -z 2:hu.vol
x.vol:nii2vol:hu.nii
x.vol:nii2vol:hu.nii.gz
x.vol:nrrd2vol:hu.nrrd
x.vol:nrrd2vol:hugz.nrrd"

# the names that a writer makes of one name
names_of()
{
	case $1 in
	*.hdr | *.img) echo "${1%.*}.hdr ${1%.*}.img" ;;
	*.hdr.gz | *.img.gz) echo "${1%.*.gz}.hdr.gz ${1%.*.gz}.img.gz" ;;
	*.nhdr) echo "$1 ${1%.*}.raw ${1%.*}.raw.gz" ;;
	*) echo "$1" ;;
	esac
}

# ---- what a run has left ----

problems=
note()
{
	problems="$problems$*"$'\n'
}

verdict()
{
	if [ -z "$problems" ]; then
		pass "$1"
	else
		printf '%s' "$problems" >.lib/why
		fail "$1" .lib/why .lib/said
	fi
	problems=
}

# keep_old FOLDER NAME - the files that must be as they are afterwards; now_old FOLDER - and are they?
keep_old()
{
	find "$1" -mindepth 1 -delete
	[ -z "$2" ] || for n in $(names_of "$2"); do
		echo "old $n" >"$1/$n"
	done
	(cd "$1" && find . -type f -exec md5sum {} + | sort) >.lib/before
}

still_old()
{
	# a kill that nothing can see leaves the temporary file where it had to have a name
	[ "$2" != may_leave ] || [ "$unnamed" = yes ] || rm -f "$1"/.*.tmp
	(cd "$1" && find . -type f -exec md5sum {} + | sort) >.lib/after
	cmp -s .lib/before .lib/after || note "files before and after:"$'\n'"$(diff .lib/before .lib/after)"
}

# does the file system hold files without a name? (one that has no name is gone with its process)
unnamed=$("$PYTHON" -c 'import os
try:
    os.open("out", os.O_TMPFILE | os.O_RDWR); print("yes")
except OSError:
    print("no")')

# one_line FILE TOOL - just one error, with the tool's name
one_line()
{
	local n
	n=$(grep -vc "^$2: warning: " "$1")
	cat "$1" >>.lib/said
	[ "$n" = 1 ] || note "$2 wrote $n lines of error"
	! grep -qv "^$2: ." "$1" || note "a line does not start with $2"
}

# ---- chains, every stage of which is a process of ours ----

# gate N - passes N bytes on, then waits until the file `hold` is gone, then passes the rest.
gate()
{
	head -c "$1"
	: >held
	while [ -e hold ]; do
		sleep 0.01
	done
	cat
}

pid=()
st=()
launch()
{
	local i n=$# in=/dev/null out
	pid=()
	rm -f hop.* err.* held .lib/said
	: >.lib/said
	for ((i = 1; i < n; i++)); do
		mkfifo "hop.$i"
	done
	set -m # else they would ignore SIGINT
	for ((i = 1; i <= n; i++)); do
		out=hop.$i
		[ $i != "$n" ] || out=last.out
		case $1 in
		gate*) $1 <$in >$out 2>"err.$i" & ;;
		*) eval "exec $1" <$in >$out 2>"err.$i" & ;;
		esac
		pid[i]=$!
		in=hop.$i
		shift
	done
	set +m
}

# until COMMAND... succeeds; false after 20 seconds
await()
{
	local n=0
	until "$@"; do
		[ $((n += 1)) -lt 2000 ] || return 1
		sleep 0.01
	done
}

gone()
{
	for p in "${pid[@]}"; do
		case $(cut -d ' ' -f 3 "/proc/$p/stat" 2>/dev/null) in
		'' | Z | X) ;;
		*) return 1 ;;
		esac
	done
}

# the statuses in st, once all have ended
collect()
{
	local i
	if ! await gone; then
		note "hangs: $(ps -o pid=,args= -p "$(IFS=,; echo "${pid[*]}")" 2>&1)"
		kill -9 "${pid[@]}" 2>/dev/null
	fi
	st=()
	for i in "${!pid[@]}"; do
		wait "${pid[i]}" 2>/dev/null
		st[i]=$?
	done
}

held()
{
	await test -e held || note "nothing comes to the gate"
	sleep 0.03 # and through the stages after it
}

expect()
{
	local i=$1 tool=$2 want
	shift 2
	for want in "$@"; do
		[ "${st[i]}" != "$want" ] || return 0
	done
	note "stage $i ($tool): exit ${st[i]}, expected $*"
	cat "err.$i" >>.lib/said
}

# fails I TOOL - the stage noticed: exit 1 and one line
fails()
{
	expect "$1" "$2" 1
	[ "${st[$1]}" != 1 ] || one_line "err.$1" "$2"
}

# broken_pipe I TOOL - nobody reads its output any more: it ends by the signal, in silence
broken_pipe()
{
	expect "$1" "$2" 141
	[ ! -s "err.$1" ] || note "$2 wrote: $(cat "err.$1")"
}

# ---- killed ----

signal_status()
{
	case $1 in
	KILL) echo 137 ;;
	TERM) echo 143 ;;
	INT) echo 130 ;;
	HUP) echo 129 ;;
	esac
}

# killed SIGNAL STAGE BYTES WRITER NAME OLD - dcm2vol | gate | volhu | WRITER, cut down after BYTES
killed()
{
	local leave=
	[ "$1" != KILL ] || leave=may_leave
	keep_old out "$6"
	: >hold
	launch "dcm2vol series" "gate $3" volhu "$4 -o out/$5"
	held
	kill -s "$1" "${pid[$2]}" 2>/dev/null || note "stage $2 has ended already"
	await test ! -e "/proc/${pid[$2]}/fd/1"
	rm -f hold
	collect
	expect "$2" "the one killed" "$(signal_status "$1")"
	case $2 in
	1)
		fails 3 volhu
		fails 4 "${4%% *}"
		;;
	3)
		broken_pipe 1 dcm2vol
		fails 4 "${4%% *}"
		;;
	4)
		broken_pipe 1 dcm2vol
		broken_pipe 3 volhu
		;;
	esac
	still_old out $leave
	verdict "SIG$1 for stage $2 of dcm2vol | gate | volhu | $4 -o $5 after $3 bytes${6:+, over an old file}"
}

i=0
for w in x.nii:vol2nii x.nii.gz:vol2nii x.hdr:vol2nii x.nrrd:vol2nrrd "x.nrrd:vol2nrrd -z 2" x.nhdr:vol2nrrd \
	"x.nhdr:vol2nrrd -z 2"; do
	name=${w%%:*} writer=${w#*:}
	for stage in 1 3 4; do
		# before, in and after the header, in the first slice, half-way, near the end; over an old
		# file and not: in turn, as each costs a moment
		for bytes in 0 100 4096 5000 $((size / 2)) $((size - 3000000)); do
			old=
			[ $((i % 4)) -lt 2 ] || old=$name
			[ $(((i += 1) % 2)) = 0 ] || killed KILL $stage "$bytes" "$writer" "$name" $old
		done
		i=$((i + 1))
		killed TERM $stage $((size / 2)) "$writer" "$name" "$name"
		killed INT $stage $((size / 2)) "$writer" "$name"
	done
	killed HUP 4 5000 "$writer" "$name" "$name"
done

# The last moment: all bytes are there, only the end of the pipe has not come.
for w in $(echo "$writers" | grep -v nhdr | tr ' ' '+'); do
	IFS=: read -r name writer input <<<"${w//+/ }"
	for signal in KILL TERM; do
		keep_old out "$name"
		: >hold
		launch "cat $input" "gate $(stat -c %s "$input")" "$writer -o out/$name"
		held
		kill -s $signal "${pid[3]}"
		rm -f hold
		collect
		expect 3 "$writer" "$(signal_status $signal)"
		still_old out "$([ $signal = TERM ] || echo may_leave)"
		verdict "SIG$signal for $writer -o $name with all of $input read and not its end"
	done
done

# Any moment: what is there is whole, or not there. The more so as this one reads ahead.
delay=0
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	keep_old out
	: >.lib/said
	set -m
	dcm2vol series -o out/x.vol 2>err.1 &
	pid=($!)
	set +m
	sleep 0.0$delay
	kill -9 "${pid[0]}" 2>/dev/null
	collect
	[ "$unnamed" = yes ] || rm -f out/.*.tmp
	case $(ls -A out) in
	'') [ "${st[0]}" = 137 ] || note "exit ${st[0]} without a file" ;;
	x.vol) cmp ct.vol out/x.vol || note "the file is not whole" ;;
	*) note "left: $(ls -A out)" ;;
	esac
	verdict "kill -9 for dcm2vol -o x.vol after 0.0$delay s: all or nothing (${st[0]})"
	delay=$(printf '%03d' $((10#$delay + 4)))
done

# stopped for a while is no fault
keep_old out
: >hold
launch "dcm2vol series" "gate 1000000" volhu "vol2nii -o out/x.nii"
held
for i in 1 3 4; do
	kill -STOP "${pid[i]}"
done
rm -f hold
sleep 0.1
for i in 4 1 3; do
	sleep 0.02
	kill -CONT "${pid[i]}"
done
collect
[ "${st[1]}${st[3]}${st[4]}" = 000 ] || note "exit ${st[*]}"
cmp hu.nii out/x.nii || note "not the same bytes"
verdict "a chain that is stopped and goes on"

# ---- the end of the pipe is closed ----

for writer in "dcm2vol series" "dcm2vol coded" "volhu ct.vol" "volhu <ct.vol" "vol2nii hu.vol" "vol2nii -z 1 hu.vol" \
	"vol2nii -z 6 hu.vol --threads 4" "vol2nrrd hu.vol" "vol2nrrd -z 2 hu.vol" "nii2vol hu.nii" "nii2vol <hu.nii.gz" \
	"nrrd2vol hu.nrrd" "nrrd2vol hugz.nrrd"; do
	for n in 0 1 4096 100000; do
		launch "$writer" "head -c $n"
		collect
		broken_pipe 1 "$writer"
		verdict "$writer | head -c $n"
	done
	# where a parent has made all its children ignore the signal, it is an error like any other
	(
		trap '' PIPE
		eval "$writer" 2>err.1
		echo $? >status
	) | true
	: >.lib/said
	st=([1]="$(cat status)")
	fails 1 "${writer%% *}"
	verdict "$writer into a closed pipe, SIGPIPE being ignored"
done
for writer in "volinfo hu.vol" "volinfo --json hu.vol" "dcmls --files series" "volcmp ct.vol hu.vol"; do
	eval "$writer" 2>err.1 | true
	is "$writer | true says nothing" "$(cat err.1)" ""
done

# ---- the disk is full ----

# no_room DESC TOOL CMD... - in the folder `full`, where nothing fits, TOOL as CMD runs it wants to
# write there
no_room()
{
	local desc=$1 tool=$2 before after
	shift 2
	: >.lib/said
	before=$(df --output=avail full)
	"$@" >last.out 2>err.1
	st=([1]=$?)
	fails 1 "$tool"
	still_old full
	after=$(df --output=avail full)
	[ "$mounted" != yes ] || [ "$before" = "$after" ] || note "room before and after: $before $after"
	verdict "$desc"
}

mkdir full
if [ "$FAULTS_MOUNTS" ] && mount -t tmpfs -o size=1m none full; then
	mounted=yes
	while IFS=: read -r name writer input; do
		for old in "" "$name"; do
			keep_old full $old
			tool=${writer%% *}
			# shellcheck disable=SC2086  # words
			no_room "a full disk for $writer $input -o $name${old:+, over an old file}" $tool \
				$writer $input -o full/$name
			keep_old full $old
			no_room "and from a pipe" $tool sh -c "cat $input | $writer -o full/$name"
		done
	done <<<"$writers"
	keep_old full
	no_room "a full disk for dcm2vol" dcm2vol dcm2vol series -o full/x.vol
	no_room "a full disk for dcm2vol of compressed files" dcm2vol dcm2vol coded -o full/x.vol
	# the threads that decode are still at work when it ends
	: >.lib/said
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		dcm2vol coded -o full/x.vol 2>err.1
		st=([1]=$?)
		fails 1 dcm2vol
	done
	verdict "and again, twenty times"
	for chain in "volhu | vol2nii -o full/x.nii" "volhu | vol2nii -o full/x.nii.gz" "volhu | vol2nrrd -o full/x.nhdr"; do
		bash -c "dcm2vol series 2>err.1 | volhu 2>err.3 | ${chain#*| } 2>err.4; echo \${PIPESTATUS[*]}" >status
		: >.lib/said
		read -r -a st <<<"0 $(sed 's/ / x /' status)"
		broken_pipe 1 dcm2vol
		broken_pipe 3 volhu
		tool=${chain#*| }
		fails 4 "${tool%% *}"
		still_old full
		verdict "a full disk for dcm2vol | $chain"
	done
	umount full
	mount -t tmpfs -o nr_inodes=1 none full
	keep_old full
	no_room "not a single file more for vol2nii" vol2nii vol2nii hu.vol -o full/x.nii
	no_room "not a single file more for vol2nrrd" vol2nrrd vol2nrrd hu.vol -o full/x.nhdr
	umount full
	mount -t tmpfs -o ro none full
	keep_old full 2>/dev/null
	for w in "volhu ct.vol -o full/x.vol" "vol2nii hu.vol -o full/x.nii" "vol2nrrd hu.vol -o full/x.nrrd" \
		"dcm2vol series -o full/x.vol" "nii2vol hu.nii -o full/x.vol" "nrrd2vol hu.nrrd -o full/x.vol"; do
		# shellcheck disable=SC2086  # words
		no_room "a disk that is only read for ${w%% *}" "${w%% *}" $w
	done
	umount full
else
	skip "a full disk" "no file system can be mounted"
fi
mounted=

while IFS=: read -r name writer input; do
	for old in "" "$name"; do
		keep_old full $old
		no_room "a limit on files for $writer $input -o $name${old:+, over an old file}" "${writer%% *}" \
			"$BASH" -c "ulimit -f 64; exec $writer $input -o full/$name"
	done
	: >.lib/said
	(
		ulimit -f 64
		# shellcheck disable=SC2086  # words
		exec $writer "$input" >last.out 2>err.1
	)
	# stdout is the file of who opened it; nothing is to be taken away there
	st=([1]=$?)
	fails 1 "${writer%% *}"
	verdict "a limit on files for $writer $input to stdout"
	launch "$writer $input >/dev/full"
	collect
	fails 1 "${writer%% *}"
	verdict "$writer $input >/dev/full"
	case $name in
	*.vol | *.nrrd)
		launch "$writer $input -o /dev/full"
		collect
		fails 1 "${writer%% *}"
		verdict "$writer $input -o /dev/full"
		;;
	esac
done <<<"$writers"
keep_old full
no_room "a limit on files for dcm2vol" dcm2vol "$BASH" -c "ulimit -f 64; exec dcm2vol series -o full/x.vol"
must_fail 1 "dcm2vol >/dev/full" sh -c 'dcm2vol series >/dev/full'
must_fail 1 "volinfo >/dev/full" sh -c 'volinfo hu.vol >/dev/full'
must_fail 1 "dcmls >/dev/full" sh -c 'dcmls series >/dev/full'
must_fail 2 "volcmp >/dev/full" sh -c 'volcmp hu.vol ct.vol >/dev/full'
test -c /dev/full || note "/dev/full is gone"
verdict "and /dev/full is what it was"

# ---- the input ends too soon, or too late ----

# ends WHAT INPUT TOOL [TAIL] - a chain over stdin fails, from TOOL on (| vol2nrrd, | vol2nii -z 1)
ends()
{
	local what=$1 input=$2 tool=$3
	keep_old out
	launch "cat $input" "$tool" "vol2nrrd -o out/x.nrrd"
	collect
	fails 2 "${tool%% *}"
	fails 3 vol2nrrd
	still_old out
	verdict "$what | $tool | vol2nrrd"
}

header=4096 slice=$((256 * 256 * 2))
cuts="0 1 7 100 $((header - 1)) $header $((header + 1)) $((header + slice - 1)) $((header + slice)) $((size - slice)) \
	$((size - slice + 1)) $((size - 65536)) $((size - 1)) $((size + 1))"
for cut in $cuts; do
	(cat ct.vol; echo) | head -c "$cut" >cut.vol
	(cat hu.vol; echo) | head -c "$cut" >cuthu.vol
	ends "$cut of $size bytes" cut.vol volhu
	for w in $(echo "$writers" | grep 'hu.vol\|ct.vol' | tr ' ' '+'); do
		IFS=: read -r name writer input <<<"${w//+/ }"
		case $name:$cut in
		*:$((size - 1)) | *:$header | x.nii:* | x.nhdr:*) ;; # the rest is no different
		*) continue ;;
		esac
		case $writer in
		volhu) file=cut.vol ;;
		*) file=cuthu.vol ;;
		esac
		keep_old out "$name"
		launch "$writer $file -o out/$name"
		collect
		fails 1 "${writer%% *}"
		still_old out
		verdict "$writer $file -o $name of $cut bytes"
		launch "cat $file" "$writer -o out/$name"
		collect
		fails 2 "${writer%% *}"
		still_old out
		verdict "$writer -o $name of $cut bytes from a pipe"
	done
done
must_fail 1 "a stream that is cut is told how far it came" sh -c "head -c $((header + 3 * slice + 5)) hu.vol | vol2nii -o out/x.nii"
said "in slices" "^vol2nii: stdin: ends after 3 of 64 slices"
for input in hu.nii:nii2vol hu.nii.gz:nii2vol hu.nrrd:nrrd2vol hugz.nrrd:nrrd2vol; do
	tool=${input#*:} input=${input%:*}
	n=$(stat -c %s $input)
	for cut in 0 1 100 347 400 $((n / 2)) $((n - 9)) $((n - 1)); do
		head -c "$cut" "$input" >short
		ends "$cut of $n bytes of $input" short "$tool"
		keep_old out x.vol
		launch "$tool short -o out/x.vol"
		collect
		fails 1 "$tool"
		still_old out
		verdict "$tool -o x.vol of $cut bytes of $input"
	done
	case $input in
	*.nii) continue ;; # these are padded by many a program
	esac
	(cat "$input"; printf x) >short
	ends "one byte more than $input" short "$tool"
done
# the voxels are all there, the checksum is wrong
for input in hu.nii.gz:nii2vol hugz.nrrd:nrrd2vol; do
	tool=${input#*:} input=${input%:*}
	for back in 1 6; do
		cp "$input" short
		printf '\377\376' | dd of=short bs=1 seek=$(($(stat -c %s short) - back - 1)) conv=notrunc 2>/dev/null
		ends "$input with a wrong sum" short "$tool"
	done
done
for f in hu.img hu.raw hugz.raw.gz; do
	mkdir halves
	cp hu.hdr hu.nhdr hugz.nhdr halves
	head -c -1 $f >halves/$f
	case $f in
	*.img) command="nii2vol halves/hu.hdr" ;;
	*.gz) command="nrrd2vol halves/hugz.nhdr" ;;
	*) command="nrrd2vol halves/hu.nhdr" ;;
	esac
	keep_old out x.vol
	launch "$command" "vol2nii -o out/x.nii"
	collect
	fails 1 "${command%% *}"
	fails 2 vol2nii
	launch "$command -o out/x.vol"
	collect
	fails 1 "${command%% *}"
	rm halves/$f
	launch "$command -o out/x.vol"
	collect
	fails 1 "${command%% *}"
	still_old out
	verdict "$f one byte short, or not there"
	rm -r halves
done

# Fails only when its header and some slices have gone out.
last=$(find series -type f | LC_ALL=C sort | tail -n 1)
cp -r coded broken
"$PYTHON" - "$(find broken -type f | LC_ALL=C sort | tail -n 1)" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
at = data.index(b"\xe0\x7f\x10\0OB")
data[at + 30:at + 94] = bytes(64) # the header of the coded pixels
open(sys.argv[1], "wb").write(data)
END
keep_old out x.nii
launch "dcm2vol broken" volhu "vol2nii -o out/x.nii"
collect
fails 1 dcm2vol
fails 2 volhu
fails 3 vol2nii
still_old out
verdict "dcm2vol finds its last slice damaged"
for how in "truncate -s 1000" "rm"; do
	cp "$last" saved
	keep_old out x.nii
	: >hold
	launch "dcm2vol series" "gate 1000000" volhu "vol2nii -o out/x.nii"
	held
	$how "$last"
	rm -f hold
	collect
	fails 1 dcm2vol
	fails 3 volhu
	fails 4 vol2nii
	still_old out
	verdict "dcm2vol while the last file of its series is lost: $how"
	mv saved "$last"
done

# ---- a mapped file that is cut ----

for writer in volhu:ct.vol "vol2nii -z 1:hu.vol" vol2nii:hu.vol vol2nrrd:hu.vol "vol2nrrd -z 1:hu.vol" nii2vol:hu.nii \
	nrrd2vol:hu.nrrd; do
	input=${writer##*:} writer=${writer%:*}
	case $writer in
	volhu | nii2vol | nrrd2vol) final="vol2nii -o out/x.nii" ;;
	*) final= ;;
	esac
	cp $input short
	keep_old out x.nii
	: >hold
	launch "$writer short" "gate 1000000" ${final:+"$final"}
	held
	truncate -s 3M short
	rm -f hold
	collect
	fails 1 "${writer%% *}"
	[ ! "$final" ] || fails 3 vol2nii
	still_old out
	verdict "$writer | gate${final:+ | $final} while its file is cut"
done
# long enough to be in the midst of it
"$PYTHON" - <<'END'
head = open("hu.vol", "rb").read(4096).replace(b"sizes: 256 256 64\n", b"sizes: 8192 8192 16\n").rstrip(b"\n.# ")
head += b"\n#" + b"." * (4096 - len(head) - 4) + b"\n\n"
for name in "large.vol", "large2.vol":
    with open(name, "wb") as f:
        f.write(head)
        f.truncate(4096 + (8192 * 8192 * 16 << 1))
END
for command in "vol2nii --best large.vol -o out/x.nii.gz" "vol2nrrd --best --threads 1 large.vol -o out/x.nrrd" \
	"vol2nrrd --best large.vol -o out/x.nhdr" "volinfo --stats large.vol" "volcmp large.vol large2.vol" \
	"volcmp large2.vol large.vol"; do
	keep_old out "$(echo "$command" | sed -n 's|.* out/||p')"
	launch "$command"
	sleep 0.2
	truncate -s 1M large.vol
	collect
	case $command in
	volcmp*)
		expect 1 volcmp 2
		one_line err.1 volcmp
		;;
	*) fails 1 "${command%% *}" ;;
	esac
	still_old out
	verdict "$command while its file is cut"
	truncate -s $((4096 + (8192 * 8192 * 16 << 1))) large.vol
done
rm large.vol large2.vol

# ---- inputs that are none ----

# input_fails DESC TOOL CMD - a command, with TOOL in it, on an input that cannot be had
input_fails()
{
	keep_old out "$4"
	: >.lib/said
	eval "$3" >last.out 2>err.1
	st=([1]=$?)
	case $2 in
	volcmp)
		expect 1 volcmp 2
		one_line err.1 volcmp
		;;
	*) fails 1 "$2" ;;
	esac
	still_old out
	[ ! -s last.out ] || note "wrote to stdout"
	verdict "$2: $1"
}

# a shell that has no more rights than anyone else, for root too; "none" where that cannot be
anyone=
if [ "$(id -u)" = 0 ]; then
	anyone="setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search"
fi
echo secret >locked
chmod 0 locked
if $anyone cat locked 2>/dev/null || ! $anyone true; then
	anyone=none
fi

mkdir folder
mkfifo fifo
ln -s loop loop
long=$(printf '%0300d' 0)
while IFS=: read -r t more name; do
	o=${name:+-o out/$name}
	input_fails "a folder" $t "$t folder $more $o" $name
	input_fails "a file that is not there" $t "$t none $more $o" $name
	input_fails "a file below a file" $t "$t hu.vol/x $more $o" $name
	input_fails "a name that is too long" $t "$t $long $more $o" $name
	input_fails "links in a circle" $t "$t loop $more $o" $name
	input_fails "a socket or device that cannot be" $t "$t /dev/full/x $more $o" $name
	[ ! -e /proc/self/mem ] || input_fails "a read error" $t "$t /proc/self/mem $more $o" $name
	if [ "$anyone" = none ]; then
		skip "$t: a file that may not be read" "nothing is forbidden here"
	else
		input_fails "a file that may not be read" $t "$anyone $t locked $more $o" $name
	fi
	[ $t != volcmp ] || more="- ct.vol"
	input_fails "a folder on stdin" $t "$t $more <folder $o" $name
	input_fails "nothing on stdin" $t "$t $more </dev/null $o" $name
	input_fails "no stdin" $t "$t $more <&- $o" $name
	input_fails "stdin can only be written" $t "$t $more 0>stdin.out $o" $name
	if have script && script -qec true /dev/null </dev/null >/dev/null 2>&1; then
		keep_old out $name
		: >.lib/said
		TERM=dumb script -qec "$t $more $o 2>err.1" /dev/null </dev/null >last.out
		st=([1]=$?)
		[ ${st[1]} != 2 ] || [ $t != volcmp ] || st=([1]=1)
		fails 1 $t
		grep -q "stdin: is a terminal" err.1 || note "does not say what is wrong"
		still_old out
		verdict "$t: a terminal"
	fi
done <<<"volhu::x.vol
vol2nii::x.nii
vol2nrrd::x.nhdr
nii2vol::x.vol
nrrd2vol::x.vol
volinfo::
volcmp:ct.vol:"

for t in dcm2vol dcmls; do
	o=
	[ $t = dcmls ] || o="-o out/x.vol"
	input_fails "a folder that is not there" $t "$t none $o" ${o#-o out/}
	input_fails "one of two is not there" $t "$t series none $o" ${o#-o out/}
	input_fails "a list that is not there" $t "$t --files0-from none $o" ${o#-o out/}
	input_fails "a list that is a folder" $t "$t --files0-from folder $o" ${o#-o out/}
	input_fails "a name in a list is not there" $t "printf 'series\nnone\n' | $t --files0-from - $o" ${o#-o out/}
	if [ "$anyone" != none ]; then
		mkdir -p series/locked
		chmod 0 series/locked
		input_fails "a folder that may not be read" $t "$anyone $t series $o" ${o#-o out/}
		chmod 755 series/locked
		rmdir series/locked
	fi
done
input_fails "an empty folder" dcm2vol "dcm2vol folder -o out/x.vol" x.vol
input_fails "a FIFO" dcm2vol "timeout 10 dcm2vol fifo -o out/x.vol" x.vol
cp "$last" saved
# the slice is there, and cannot be had: without it the series is not the series
for bad in "chmod 0" "ln -sf /proc/self/mem" "ln -sf $TMP/none"; do
	case $bad in
	"chmod 0") [ "$anyone" != none ] || continue ;;
	esac
	$bad "$last"
	input_fails "its last slice: ${bad//$TMP\//}" dcm2vol "timeout 10 $([ "$anyone" = none ] || echo "$anyone") \
		dcm2vol series -o out/x.vol" x.vol
	rm -f "$last"
	cp saved "$last"
done
ln -sf "$TMP/fifo" "$last"
ok "a FIFO among the files stops nobody" timeout 10 dcm2vol series -o out/y.vol
rm "$last"
cp saved "$last"
ok "and whole again" sh -c 'dcm2vol series | cmp - ct.vol'

# ---- outputs that cannot be ----

while IFS=: read -r name writer input; do
	t=${writer%% *}
	e=${name#x}
	if [ "$writer $name" = "vol2nrrd x.nrrd" ]; then
		input_fails "a name that is too long" $t "$writer $input -o out/$long$e"
	fi
	input_fails "a folder that is not there" $t "$writer $input -o out/none/$name" "$name"
	input_fails "below a file" $t "$writer $input -o hu.vol/$name" "$name"
	input_fails "--no-clobber" $t "$writer $input --no-clobber -o out/$name" "$name"
	mkdir -p "folder/$name"
	input_fails "a folder of that name" $t "$writer $input -o folder/$name" "$name"
	rmdir "folder/$name"
	if [ "$anyone" != none ]; then
		chmod 555 folder
		input_fails "a folder that may not be written" $t "$anyone $writer $input -o folder/$name" "$name"
		chmod 755 folder
	fi
	# someone else is faster
	keep_old out
	: >hold
	launch "cat $input" "gate 1000000" "$writer --no-clobber -o out/$name"
	held
	keep_old out "$name"
	rm -f hold
	collect
	fails 3 $t
	still_old out
	verdict "$writer --no-clobber -o $name, which comes to be meanwhile"
	# only the other half of two files is there
	for other in $(names_of "$name"); do
		case $other:$writer in
		"$name":* | *.raw:*-z* | *.raw.gz:vol2nrrd) continue ;;
		esac
		keep_old out
		echo old >"out/$other"
		(cd out && md5sum "./$other") >.lib/before
		: >.lib/said
		$writer $input --no-clobber -o "out/$name" 2>err.1
		st=([1]=$?)
		fails 1 $t
		still_old out
		verdict "$writer --no-clobber -o $name with $other there"
	done
done <<<"$writers"
rmdir folder

# ---- outputs that are something else ----

# same DESC CMD - a command that puts hu.nii's bytes to out/x.nii, or what stands for it
same()
{
	: >.lib/said
	eval "$2" 2>.lib/said || note "exit $?"
	cmp hu.nii "${3:-out/x.nii}" || note "not the same bytes"
	[ -z "$(find out -name '.*')" ] || note "left: $(ls -A out)"
	verdict "$1"
}

keep_old out
echo old >out/target.nii
ln -s target.nii out/x.nii
same "a link: what it points to is replaced" "vol2nii hu.vol -o out/x.nii"
[ -L out/x.nii ] && [ ! -L out/target.nii ] || note "$(ls -l out)"
verdict "and it is a link still"
ln -s "$TMP/out" elsewhere
same "through a link to the folder" "vol2nii hu.vol -o elsewhere/x.nii"
rm out/*
ln -s target.nii out/x.nii
same "a link to nothing: what it points to is made" "vol2nii hu.vol -o out/x.nii"
[ -L out/x.nii ] && [ -f out/target.nii ] || note "$(ls -l out)"
verdict "and it is a link still"
rm -f out/*
ln -s "$TMP/none/x.nii" out/x.nii
must_fail 1 "a link to a folder that is not there" vol2nii hu.vol -o out/x.nii
is "and it is a link still" "$(readlink out/x.nii)" "$TMP/none/x.nii"
rm -f out/*
ln -s x.nii out/x.nii
must_fail 1 "a link to itself" vol2nii hu.vol -o out/x.nii
is "and it is a link still" "$(readlink out/x.nii)" x.nii
rm -f out/*
ln -s none.nii out/x.nii
must_fail 1 "--no-clobber and a link to nothing" vol2nii hu.vol --no-clobber -o out/x.nii
rm -f out/*
echo old >out/x.nii
ln out/x.nii out/second
chmod 444 out/x.nii
same "a file with a second name, and read-only, is replaced as a whole" "vol2nii hu.vol -o out/x.nii"
is "the second name has the old file" "$(cat out/second)" old
rm -f out/*
mkfifo out/x.nii
same "a FIFO" "cat out/x.nii >fifo.out & vol2nii hu.vol -o out/x.nii && wait" fifo.out
test -p out/x.nii || note "it is one no more"
verdict "and it is a FIFO still"
head -c 1000 out/x.nii >/dev/null &
vol2nii hu.vol -o out/x.nii 2>err.1
st=([1]=$?)
: >.lib/said
broken_pipe 1 vol2nii
test -p out/x.nii || note "it is one no more"
verdict "a FIFO whose reader goes away"
rm out/x.nii
for t in "volhu ct.vol" "vol2nrrd hu.vol" "nii2vol hu.nii" "nrrd2vol hugz.nrrd" "dcm2vol series"; do
	ok "$t -o /dev/null" $t -o /dev/null
	eval "$t -o /dev/stdout" >one
	eval "$t" >two
	ok "$t -o /dev/stdout" cmp one two
done
test -c /dev/null || note "/dev/null is gone"
verdict "/dev/null is what it was"
cp hu.vol out/x.vol
cp ct.vol out/y.vol
ok "volhu onto its own input" volhu out/y.vol -o out/y.vol
ok "is as elsewhere" cmp hu.vol out/y.vol
ok "nii2vol and vol2nii onto their own input" sh -c 'cp hu.nii out/x.nii && nii2vol out/x.nii | vol2nii -o out/x.nii &&
	volcmp hu.vol out/x.nii'
rm -f out/*
for i in 1 2 3 4; do
	vol2nii hu.vol -o out/x.nii &
done
wait
same "four at a time to one name" true

# ---- descriptors that are not there ----

keep_old out
same "stderr is closed" "vol2nii <hu.vol -o out/x.nii 2>&-"
same "all but the input is closed" "vol2nii <hu.vol -o out/x.nii >&- 2>&-"
same "only the input is closed" "vol2nii hu.vol -o out/x.nii <&-"
same "all are closed" "vol2nii hu.vol -o out/x.nii <&- >&- 2>&-"
same "two files, all closed" "vol2nii hu.vol -o out/y.hdr <&- >&- 2>&- && cat out/y.img | cmp - hu.img"
keep_old out x.nii
head -c 100000 hu.vol | vol2nii -o out/x.nii 2>&-
is "an error that nobody can be told of is one" "$?" 1
still_old out
verdict "and leaves the old file"
for t in "volhu ct.vol" "vol2nii hu.vol" "vol2nii -z 1 hu.vol" "vol2nrrd hu.vol" "nii2vol hu.nii" "nrrd2vol hu.nrrd" "dcm2vol series" \
	"dcm2vol coded" "volinfo hu.vol" "dcmls series"; do
	must_fail 1 "$t >&-" sh -c "$t >&-"
done
must_fail 2 "volcmp >&-" sh -c "volcmp hu.vol ct.vol >&-"

# Pipes that come in drops, and that some other program has made non-blocking.
"$PYTHON" - >.lib/dribble 2>&1 <<'END'
import fcntl, os, subprocess, sys, threading, time

def nonblocking(fd):
    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)

def feed(fd, data):
    at, step = 0, 1
    os.set_blocking(fd, True)
    while at < len(data):
        n = os.write(fd, data[at:at + step])
        at += n
        step = 1 if at < 300 else 7 if at < 5000 else 65521
        if at % 50 == 0 or at > 5000:
            time.sleep(0.001)
    os.close(fd)

for command, source, want in (("volhu", "ct.vol", "hu.vol"), ("vol2nii", "hu.vol", "hu.nii"), ("nii2vol | vol2nii --plain", "hu.nii", "plain.nii"),
                              ("vol2nii -z 2", "hu.vol", "hu.nii.gz"), ("vol2nrrd -z 2", "hu.vol", "hugz.nrrd"),
                              ("nrrd2vol | vol2nii --plain", "hugz.nrrd", "plain.nii"),
                              ("nii2vol | vol2nii --plain", "hu.nii.gz", "plain.nii")):
    r, w = os.pipe()
    r2, w2 = os.pipe()
    nonblocking(r)
    nonblocking(w2)
    process = subprocess.Popen(["sh", "-c", command], stdin=r, stdout=w2)
    os.close(r)
    os.close(w2)
    thread = threading.Thread(target=feed, args=(w, open(source, "rb").read()))
    thread.start()
    got = []
    while True:
        part = os.read(r2, 50000)
        if not part:
            break
        got.append(part)
        if len(got) % 16 == 0:
            time.sleep(0.001)
    thread.join()
    os.close(r2)
    if process.wait() or b"".join(got) != open(want, "rb").read():
        sys.exit(f"{command}: exit {process.returncode}, {sum(map(len, got))} bytes, not those of {want}")
END
is "drops, and pipes that do not block" "$?$(cat .lib/dribble)" 0

# ---- system calls that fail ----

if ! have strace || ! strace -o /dev/null true; then
	skip "system calls that fail" "strace is not installed, or may not trace"
	grep -v ': line [0-9]*: *[0-9]* [A-Z]' .lib/stderr | diag
	done_testing
fi

# struck INJECTION CMD... - a command while its system calls fare ill
struck()
{
	local injection=$1 call=$2
	shift 2
	strace -f -qq -o trace -e signal=none -e trace=$call -e inject=$call:$injection "$@" >last.out 2>err.1
	st=([1]=$?)
	: >.lib/said
	grep -q INJECTED trace || note "nothing happened to $call"
}

while IFS=: read -r name writer input; do
	t=${writer%% *}
	for fault in fsync:EIO fsync:ENOSPC fsync:EDQUOT linkat:EIO linkat:ENOSPC rename:EIO; do
		call=${fault%:*}
		[ "$unnamed" = yes ] || [ $call != linkat ] || continue
		old=
		[ $call != rename ] || old=$name
		keep_old out $old
		# shellcheck disable=SC2086  # words
		struck error=${fault#*:}:when=1 $call $writer $input -o out/$name
		fails 1 $t
		still_old out
		verdict "$writer -o $name when $call fails with ${fault#*:}"
	done
	case $name in
	x.hdr | x.img.gz | x.nhdr) # the second of two files
		keep_old out
		# shellcheck disable=SC2086  # words
		struck error=EIO:when=2 linkat $writer $input -o out/$name
		fails 1 $t
		still_old out
		verdict "$writer -o $name when its second linkat fails"
		;;
	esac
done <<<"$writers"

# What the tools can do without must not change what comes out.
while read -r injection command; do
	want=hu.nii
	case $command in
	*.nii.gz*) want=hu.nii.gz ;;
	esac
	keep_old out
	# shellcheck disable=SC2086  # words
	struck "${injection#*:}" "${injection%%:*}" $command
	[ "${st[1]}" = 0 ] || note "exit ${st[1]}: $(cat err.1)"
	cmp $want out/x.* || note "not the same bytes"
	command=${command//$here\//}
	verdict "$command when ${injection//:/ }"
done <<END
copy_file_range:error=EXDEV vol2nii hu.vol -o out/x.nii
copy_file_range:error=ENOSYS vol2nii hu.vol -o out/x.nii
copy_file_range:error=EIO:when=1 vol2nii hu.vol -o out/x.nii
copy_file_range:retval=0 vol2nii hu.vol -o out/x.nii
mmap:error=ENOMEM:when=1 -P $here/hu.vol vol2nii $here/hu.vol -o out/x.nii.gz
madvise:error=EINVAL vol2nii hu.vol -o out/x.nii.gz
read:error=EINTR:when=2+2 -P $here/hu.vol vol2nii $here/hu.vol -o out/x.nii
write:error=EINTR:when=1+2 vol2nii hu.vol -o out/x.nii.gz
write:error=EAGAIN:when=1+2 vol2nii hu.vol -o out/x.nii.gz
fsync:error=EINVAL vol2nii hu.vol -o out/x.nii
END
coded=$(find coded -type f | LC_ALL=C sort | tail -n 1)
keep_old out
# shellcheck disable=SC2002  # pipes
cat hu.vol | strace -f -qq -o trace -e signal=none -e trace=splice,fcntl -e inject=splice:error=EINVAL \
	-e inject=fcntl:error=EPERM vol2nii | cat >out/x.nii
ok "pipes that can be neither widened nor spliced" cmp hu.nii out/x.nii
while read -r injection command; do
	keep_old out x.nii
	# shellcheck disable=SC2086  # words
	struck "${injection#*:}" "${injection%%:*}" $command
	command=${command//$here\//}
	command=${command#-P * }
	fails 1 "${command%% *}"
	still_old out
	verdict "$command when ${injection//:/ }"
done <<END
write:error=ENOSPC:when=3 vol2nii hu.vol -o out/x.nii.gz
write:error=EIO:when=2 volhu ct.vol -o out/x.nii
pread64:error=EIO -P $here/$coded dcm2vol coded -o out/x.nii
pread64:error=EIO:when=4 -P $here/$coded dcm2vol coded -o out/x.nii
read:error=EIO:when=5 -P $here/hu.nii.gz nii2vol $here/hu.nii.gz -o out/x.nii
read:error=EIO:when=5 -P $here/hugz.nrrd nrrd2vol $here/hugz.nrrd -o out/x.nii
read:error=EIO:when=1 -P $here/hu.vol volhu $here/hu.vol -o out/x.nii
END

# File systems where every file has a name from the start: the temporary one goes with the failure.
named="strace -f -qq -o trace -P $here/out -e signal=none -e trace=openat -e inject=openat:error=EOPNOTSUPP"
while IFS=: read -r name writer input; do
	t=${writer%% *}
	keep_old out "$name"
	launch "$named $writer $input -o $here/out/$name"
	collect
	expect 1 "$t" 0
	grep -q INJECTED trace || note "nothing happened"
	[ -z "$(find out -name '.*')" ] || note "left: $(ls -A out)"
	eval "$writer $input" -o "out/again$name"
	case $name in
	*.hdr | *.img.gz | *.nhdr) set -- "$(names_of "$name" | tr ' ' '\n' | grep -v hdr | (cd out && xargs ls 2>/dev/null | head -n 1))" ;;
	*) set -- "$name" ;;
	esac
	[ "$name" = x.nhdr ] || cmp "out/$1" "out/again$1" || note "not the same bytes"
	verdict "named from the start: $writer -o $name"
	for signal in TERM INT HUP KILL; do
		keep_old out "$([ $signal = HUP ] || echo "$name")"
		: >hold
		launch "cat $input" "gate 1000000" "$named $writer -o $here/out/$name"
		held
		[ "$(find out -name '.*' | wc -l)" -gt 0 ] || note "no temporary file to begin with"
		kill -s $signal "$(ps -o pid= --ppid "${pid[3]}")"
		rm -f hold
		collect
		expect 3 "$t" "$(signal_status $signal)"
		[ $signal != KILL ] || rm -f out/.*.tmp
		still_old out
		verdict "named from the start: SIG$signal for $writer -o $name"
	done
	keep_old out "$name"
	launch "head -c 1000000 $input" "$named $writer -o $here/out/$name"
	collect
	fails 2 "$t"
	still_old out
	verdict "named from the start: $writer -o $name of an input that is cut"
	keep_old out
	: >hold
	launch "cat $input" "gate 1000000" "$named $writer --no-clobber -o $here/out/$name"
	held
	for n in $(names_of "$name"); do
		echo new >"out/$n"
	done
	rm -f hold
	collect
	fails 3 "$t"
	[ -z "$(find out -name '.*')" ] || note "left: $(ls -A out)"
	! grep -qv new out/* || note "another's file is gone"
	verdict "named from the start: $writer --no-clobber -o $name, which comes to be meanwhile"
done < <(echo "$writers" | grep -v 'nii2vol\|nrrd2vol')
cp hu.vol short
keep_old out x.nii.gz
launch "$named vol2nii --best --threads 1 short -o $here/out/x.nii.gz"
await compgen -G "out/.x*" >/dev/null
truncate -s 1M short
collect
fails 1 vol2nii
still_old out
verdict "named from the start: vol2nii of a mapped file that is cut"

# ---- little memory ----

if [ "$sanitized" ]; then
	skip "little memory" "sanitizers take terabytes of addresses"
else
	for command in "dcm2vol coded" "dcm2vol series" "dcmls series" "volhu ct.vol" "vol2nii -z 1 hu.vol" "vol2nrrd hu.vol" \
		"nii2vol hu.nii.gz" "nrrd2vol hugz.nrrd" "volinfo --stats hu.vol"; do
		: >.lib/said
		for kib in 6000 9000 12000 16000 20000 24000 28000 32000 36000 40000 48000 56000 64000 80000 100000 140000; do
			(
				ulimit -v $kib
				# shellcheck disable=SC2086  # words
				exec $command >last.out 2>err.1
			)
			st=([1]=$?)
			case ${st[1]}:$(cat err.1) in
			0:*) ;;
			127:* | *"error while loading shared libraries"*) ;; # it did not come to start
			*) fails 1 "${command%% *}" ;;
			esac
		done
		verdict "$command in 6 to 140 MB of addresses: done, or not, and then it says so"
	done
fi
grep -v ': line [0-9]*: *[0-9]* [A-Z]' .lib/stderr | diag
done_testing
