#!/bin/sh
# What the command lines of all tools do alike.
# shellcheck source=tests/lib.sh
. tests/lib.sh

tools=$(ls "$BUILD/bin")
export COLUMNS=80

# words of the option list that the bash completion offers
options()
{
	"$1" --complete bash | sed -n "s/.*compgen -W '\(.*--version\)'.*/\1/p" | tr ' ' '\n'
}

check_help()
{
	ok "$1 --help" "$1" --help
	"$1" --help >"$TMP/help"
	awk 'length($0) > 80 || NR > 30 { bad = 1; print } END { exit bad }' "$TMP/help" >"$TMP/wide"
	is "$1 --help fits 30 lines of 80 columns" "$(cat "$TMP/wide")" ""
	like "$1 --help begins with the purpose" "$(head -n 1 "$TMP/help")" "^$1 - [a-z0-9].*[^.]\$"
	like "$1 --help has an example" "$(cat "$TMP/help")" "^example: .*$1"
	is "$1 --version" "$("$1" --version)" "$1 (volpipe) $("$1" --man |
		sed -n 's/^\.TH .*"volpipe \(.*\)" .*/\1/p')"
	# a tool whose status 1 is an answer has 2 for trouble
	trouble=1
	case $1 in
	volcmp | volscrub) trouble=2 ;;
	esac
	must_fail $trouble "$1 --help to a full disk" sh -c "$1 --help >/dev/full"
	must_fail $trouble "$1 --version to a full disk" sh -c "$1 --version >/dev/full"
	"$1" --help 2>"$TMP/err" | true
	is "$1 --help to a closed pipe says nothing" "$(cat "$TMP/err")" ""
}

# the least that a tool must be told: the first of its modes, or an option
needs()
{
	case $1 in
	vol2dcm) printf '%s\n' '-o none.dcm' ;;
	raw2vol) printf '%s\n' '-n 2,2,2 --type int16 -s 1' ;;
	volcast) printf '%s\n' '--type float' ;;
	volcrop) printf '%s\n' '-r 0,1' ;;
	voldenoise) printf '%s\n' '--median 3vox' ;;
	volmask) printf '%s\n' '--invert' ;;
	volmorph) printf '%s\n' 'erode -d 1' ;;
	volnorm) printf '%s\n' '--zscore' ;;
	volpad) printf '%s\n' '--margin 1' ;;
	volresample) printf '%s\n' '-s 1' ;;
	volresize) printf '%s\n' '-n 16,16' ;;
	*) "$1" --help | sed -n 's/^usage: .* \([a-z]*\)|[a-z|]* \[IN\]$/\1/p' ;;
	esac
}

check_refusals()
{
	must_fail 2 "$1: an unknown option" "$1" --no-such-option
	said "$1 says which, and where to read more" \
		"^$1: unknown option '--no-such-option': see '$1 --help'\$"
	must_fail 2 "$1: an unknown letter" "$1" -%
	must_fail 2 "$1: a flag with a value" "$1" --quiet=yes
	for o in $(options "$1" | grep -x -e --output -e --threads); do
		must_fail 2 "$1 $o without its value" "$1" "$o"
	done
	if "$1" --help | grep -q '^usage: .* \[IN\]$'; then
		how=$(needs "$1")
		must_fail 2 "$1: too many operands" sh -c "$1 $how a b"
		must_fail 1 "$1: nothing on stdin" sh -c "$1 $how </dev/null"
		must_fail 1 "$1: a file that is not there" sh -c "$1 $how '$TMP/none'"
	fi
	is "$1: no letter and no name stands twice" "$(options "$1" | sort | uniq -d)" ""
}

check_page()
{
	page=$BUILD/man/$1.1
	if ! [ -f "$page" ]; then
		fail "$1 has a page"
		return
	fi
	if have mandoc; then
		is "$1(1) has no fault that mandoc knows" "$(mandoc -T lint -W warning "$page" 2>&1)" ""
	else
		skip "$1(1) has no fault that mandoc knows" "mandoc is not installed"
	fi
	sed 's/\\-/-/g' "$page" >"$TMP/page"
	missing=
	for o in $(options "$1"); do
		grep -q -e "^\(.fB.*, \)*.fB$o.fR" "$TMP/page" || missing="$missing $o"
	done
	is "$1(1) has all options" "$missing" ""
	for s in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" EXAMPLES "SEE ALSO"; do
		grep -qx "\.SH \"*$s\"*" "$page" || missing="$missing $s"
	done
	is "$1(1) has all sections" "$missing" ""
}

check_completion()
{
	"$1" --complete bash >"$TMP/bash"
	"$1" --complete zsh >"$TMP/_$1"
	for shell in bash zsh; do
		file=$TMP/$shell
		[ "$shell" = zsh ] && file=$TMP/_$1
		if have $shell; then
			ok "$1: completion for $shell is sound" $shell -n "$file"
		else
			skip "$1: completion for $shell is sound" "$shell is not installed"
		fi
	done
	if have bash; then
		is "$1: bash completes a name" "$(bash -c ". '$TMP/bash'; COMP_WORDS=($1 --he)
			COMP_CWORD=1; _volpipe_$1; echo \"\${COMPREPLY[*]}\"" 2>&1)" "--help"
	else
		skip "$1: bash completes a name" "bash is not installed"
	fi
	must_fail 2 "$1: completion for another shell" "$1" --complete fish
}

for t in $tools; do
	check_help "$t"
	check_refusals "$t"
	check_page "$t"
	check_completion "$t"
done

# ---- at a terminal ----

# script(1) gives a terminal; what is shown there goes to $TMP/tty.
at_terminal()
{
	TERM=xterm script -qec "$1" /dev/null </dev/null >"$TMP/tty" 2>&1
}

if ! have script || ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	skip "at a terminal" "script (util-linux) is not installed"
	done_testing
fi

# A stream that takes its time: 8 MiB with a pause in the middle.
cat >"$TMP/slow" <<'END'
printf '%s\n' NRRD0005 '# volpipe vol stream 1' 'type: int16' 'dimension: 3' \
	'space: left-posterior-superior' 'sizes: 256 256 64' \
	'space directions: (1,0,0) (0,1,0) (0,0,2)' 'kinds: domain domain domain' \
	'endian: little' 'encoding: raw' 'space units: "mm" "mm" "mm"' 'space origin: (0,0,0)' \
	'vol.rescale:=1 -1024' 'vol.rescale.unit:=HU' 'vol.unit:=stored' ''
head -c 4194304 /dev/zero
sleep "${1:-0}"
head -c 4194304 /dev/zero
END

sh "$TMP/slow" >"$TMP/in.vol"
(
	cd "$TMP" || exit
	vol2nii -o in.nii.gz in.vol
	vol2nrrd -o in.nrrd in.vol
	"$TESTBIN/mkseries" -o series --size 16,16,4
) >"$TMP/made" 2>&1
for t in $tools; do
	case $t in
	dcm*) in=$TMP/series ;;
	nii*) in=$TMP/in.nii.gz ;;
	nrrd*) in=$TMP/in.nrrd ;;
	*) in=$TMP/in.vol ;;
	esac
	# one that writes bytes at all, and not text
	"$t" "$in" 2>/dev/null | head -c 65536 | LC_ALL=C tr -d -c '\000' >"$TMP/zeros"
	[ -s "$TMP/zeros" ] || continue
	at_terminal "$t $in"
	is "$t fails at a terminal" "$?" 1
	like "$t does not write a volume to it" "$(cat "$TMP/tty")" "^.*$t:.* stdout: is a terminal"
done

if have volhu; then
	at_terminal "sh $TMP/slow 1.3 | volhu -o $TMP/out.vol"
	like "a long job shows its progress" "$(tr '\r' '\n' <"$TMP/tty")" 'volhu: .*[0-9] %.*MB/s.*left'
	is "and wipes it out" "$(tail -c 4 "$TMP/tty" | od -An -tx1 | tr -d ' ')" 0d1b5b4b
	at_terminal "sh $TMP/slow 1.3 | volhu -o $TMP/out.vol --no-progress"
	is "--no-progress" "$(cat "$TMP/tty")" ""
	at_terminal "sh $TMP/slow 1.3 | volhu -q -o $TMP/out.vol"
	is "-q shows none either" "$(cat "$TMP/tty")" ""
	at_terminal "sh $TMP/slow 1.3 | volhu | cat >$TMP/out.vol"
	is "nor does a stage in the middle of a pipe" "$(cat "$TMP/tty")" ""
	at_terminal "sh $TMP/slow | volhu -o $TMP/out.vol"
	is "nor does a short job" "$(cat "$TMP/tty")" ""
	sh "$TMP/slow" 1.3 | volhu -o "$TMP/out.vol" 2>"$TMP/err"
	is "no progress where there is no terminal" "$(cat "$TMP/err")" ""
	at_terminal "volhu $TMP/none"
	like "errors are coloured at a terminal" "$(cat -v "$TMP/tty")" '^\^\[\[31mvolhu:\^\[\[0m '
	at_terminal "NO_COLOR=1 volhu $TMP/none"
	like "but not with NO_COLOR" "$(cat "$TMP/tty")" "^volhu: "
fi
done_testing
