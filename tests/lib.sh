# lib.sh - what the shell tests share; TAP on stdout, read by prove. POSIX sh.
#
#     #!/bin/sh
#     # shellcheck source=tests/lib.sh
#     . tests/lib.sh
#     need jq                                    # else the whole file is skipped
#     need_python scipy.ndimage
#     ok "says what it is" volinfo ct.vol
#     is "one slice" "$(volinfo --get size ct.vol)" "32 32 1"
#     must_fail 1 "an empty file is no volume" volhu /dev/null
#     done_testing
#
# `make check` sets PATH (the tools first), BUILD, TESTBIN (the test helpers) and PYTHON. $TMP is
# a folder of the test's own; it goes when the test ends. Checks inside `... | while` or ( ) are
# not counted: the shell runs those in a process of their own.

# shellcheck shell=sh
# shellcheck disable=SC2034  # for the tests
SRC=$(pwd)
BUILD=${BUILD:-$SRC/build}
TESTBIN=${TESTBIN:-$BUILD/tests}
# shellcheck disable=SC2034
PYTHON=${PYTHON:-/usr/bin/python3}

# The sanitizers' builds: their memory is not ours, and a size that lies may ask for more than there is, as long as
# that is seen.
if grep -qa __asan_init "$BUILD/bin/volhu" 2>/dev/null; then
	export SANITIZED=1 ASAN_OPTIONS="allocator_may_return_null=1:$ASAN_OPTIONS"
fi

TMP=$(mktemp -d "${TMPDIR:-/tmp}/volpipe.XXXXXX") || exit 1
trap 'rm -rf "$TMP"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$TMP/.lib"

tap_count=0
tap_failed=0
tap_plan=

# plan N - N checks will come. done_testing - that was all; use either, or both.
plan()
{
	tap_plan=$1
	echo "1..$1"
}

done_testing()
{
	[ -n "$tap_plan" ] || echo "1..$tap_count"
	[ "$tap_failed" = 0 ]
	exit
}

# have PROGRAM - is it installed? need PROGRAM... - skip the whole test file unless all are.
have()
{
	command -v "$1" >/dev/null 2>&1
}

need()
{
	for tap_p in "$@"; do
		have "$tap_p" && continue
		echo "1..0 # SKIP $tap_p is not installed"
		exit 0
	done
}

# need_python MODULE... - skip the whole file unless $PYTHON has them. Checks then run in $TMP, and in Python find the modules
# of tests/ and those that the test writes there.
need_python()
{
	need "$PYTHON"
	for tap_p in "$@"; do
		"$PYTHON" -W ignore -c "import $tap_p" 2>/dev/null && continue
		echo "1..0 # SKIP Python's $tap_p is not installed"
		exit 0
	done
	export PYTHONPATH="$SRC/tests:$TMP"
	cd "$TMP" || exit 1
}

# pass DESC, fail DESC [FILE...] - a check that the caller decided; the files say why.
pass()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$1"
}

fail()
{
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$1"
	shift
	for tap_f in "$@"; do
		diag <"$tap_f"
	done
}

# skip DESC WHY - a check that cannot be made here.
skip()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# diag - stdin as TAP comments, not too much of it, nothing that a terminal would obey.
diag()
{
	LC_ALL=C tr -c '\n\t -~' '?' | head -n 30 | cut -c 1-300 | sed 's/^/#   /'
}

# ok DESC CMD... - the command succeeds. Its output is shown only when it does not.
ok()
{
	tap_desc=$1
	shift
	"$@" >"$TMP/.lib/out" 2>"$TMP/.lib/err"
	tap_rc=$?
	if [ "$tap_rc" = 0 ]; then
		pass "$tap_desc"
	else
		echo "exit $tap_rc: $*" >"$TMP/.lib/why"
		fail "$tap_desc" "$TMP/.lib/why" "$TMP/.lib/err" "$TMP/.lib/out"
	fi
}

# py DESC - a check in Python, from stdin; it fails by raising.
py()
{
	cat >"$TMP/.lib/check.py"
	ok "$1" "$PYTHON" -W ignore "$TMP/.lib/check.py"
}

# is DESC GOT WANT - two texts are the same.
is()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		printf 'got:      %s\nexpected: %s\n' "$2" "$3" >"$TMP/.lib/why"
		fail "$1" "$TMP/.lib/why"
	fi
}

# like DESC TEXT REGEX - a line of the text matches the extended regular expression.
like()
{
	if printf '%s\n' "$2" | grep -Eq -e "$3"; then
		pass "$1"
	else
		printf 'got:     %s\nno match: %s\n' "$2" "$3" >"$TMP/.lib/why"
		fail "$1" "$TMP/.lib/why"
	fi
}

# must_fail CODE DESC CMD... - a clean refusal: exactly this exit code, nothing on stdout, and at
# least one line on stderr, each starting `tool: `. What was said stays in $TMP/.lib/err, see said.
must_fail()
{
	tap_want=$1
	tap_desc=$2
	shift 2
	"$@" >"$TMP/.lib/out" 2>"$TMP/.lib/err"
	tap_rc=$?
	tap_name='[a-z][a-z0-9]*'
	[ -x "$BUILD/bin/$1" ] && tap_name=$1
	tap_why=
	if [ "$tap_rc" -gt 128 ]; then
		tap_why="died of signal $((tap_rc - 128))"
	elif [ "$tap_rc" != "$tap_want" ]; then
		tap_why="exit $tap_rc, expected $tap_want"
	elif [ -s "$TMP/.lib/out" ]; then
		tap_why="wrote to stdout"
	elif [ ! -s "$TMP/.lib/err" ]; then
		tap_why="said nothing"
	elif grep -qv "^$tap_name: ." "$TMP/.lib/err"; then
		tap_why="a line of stderr does not start with its name"
	fi
	if [ -z "$tap_why" ]; then
		pass "$tap_desc"
	else
		echo "$tap_why: $*" >"$TMP/.lib/why"
		fail "$tap_desc" "$TMP/.lib/why" "$TMP/.lib/err"
	fi
}

# refuses REASON DESC REGEX WORD... - $refusing (dcm2vol) with these words: exit 1, one line that matches and ends with
# [REASON] ("-": any).
refuses()
{
	tap_reason=$1 tap_what=$2 tap_regex=$3
	shift 3
	must_fail 1 "$tap_what is refused" "${refusing:-dcm2vol}" "$@"
	said "... and says why" "$tap_regex"
	[ "$tap_reason" = - ] || said "... [$tap_reason]" "\\[$tap_reason\\]\$"
}

# said DESC REGEX - the last ok or must_fail had a line on stderr that matches.
said()
{
	like "$1" "$(cat "$TMP/.lib/err")" "$2"
}
