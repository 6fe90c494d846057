#!/bin/sh
# The commands in the EXAMPLES of the pages, and the example of each --help, run as they stand.
#
# They may use the names that are made below, and no other input. Each example, from .EX to .EE, is
# given to `sh -e`; the examples of a page share a folder, in their order.
# shellcheck source=tests/lib.sh
. tests/lib.sh

[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"

# The sample data, once.
make_samples()
{
	"$TESTBIN/mkseries" -o series --size 32,32,12 &&
		"$TESTBIN/mkseries" -o folder/a --size 32,32,12 --series-number 2 \
			--description 'Lung 1.0 B60f' --series-uid-seed 1 &&
		"$TESTBIN/mkseries" -o folder/b --size 32,32,5 --series-number 3 \
			--description Mediastinum --series-uid-seed 2 &&
		dcm2vol series >ct.vol &&
		volhu ct.vol >hu.vol &&
		vol2nii -o ct.nii.gz hu.vol &&
		vol2nrrd -o ct.nrrd hu.vol &&
		"$PYTHON" "$SRC/tests/parfile.py" scan.PAR &&
		"$PYTHON" -W ignore "$SRC/tests/segfile.py" structures.dcm series &&
		"$PYTHON" -W ignore -c 'import sys; sys.path.insert(0, sys.argv[1]); import dwi; dwi.make("dwi", "siemens")' "$SRC/tests"
}

# examples PAGE DIR - the examples of a page as plain text, into DIR/1.sh, DIR/2.sh, ...
examples()
{
	awk -v dir="$2" '
		/^\.SH / { wanted = $2 ~ /^"?EXAMPLES?"?$/; next }
		/^\.EX/ { inside = wanted; if (wanted) file = dir "/" ++n ".sh"; next }
		/^\.EE/ { inside = 0; if (wanted) close(file); next }
		!inside || /^\.\\"/ { next }
		{
			gsub(/\\-/, "-")
			gsub(/\\\(aq/, "\047")
			gsub(/\\\(dq/, "\"")
			gsub(/\\\(ti/, "~")
			gsub(/\\\(ha/, "^")
			gsub(/\\\(ga/, "`")
			gsub(/\\[&|]/, "")
			gsub(/\\e|\\\(rs|\\\\/, "\\")
			print > file
		}' "$1"
}

# run_example DESC SCRIPT - in the present folder
run_example()
{
	timeout 60 sh -e "$2" </dev/null >"$TMP/out" 2>"$TMP/err"
	rc=$?
	missing=$(sed -n 's/.*: \([a-z0-9-]*\): .*not found$/\1/p' "$TMP/err" | head -n 1)
	if [ -n "$missing" ] && ! [ -f "$SRC/tools/$missing.c" ]; then
		skip "$1" "$missing is not installed"
	elif [ "$rc" != 0 ] || grep -qv '^[a-z0-9]*: warning: ' "$TMP/err"; then
		echo "exit $rc" >"$TMP/why"
		fail "$1" "$2" "$TMP/why" "$TMP/err"
	else
		pass "$1"
	fi
}

mkdir "$TMP/samples"
if (cd "$TMP/samples" && make_samples) >"$TMP/made" 2>&1; then
	pass "the samples are made"
else
	fail "the samples are made" "$TMP/made"
	done_testing
fi

for page in "$BUILD"/man/*.1; do
	[ -f "$page" ] || continue
	name=$(basename "$page" .1)
	cp -R "$TMP/samples" "$TMP/$name"
	mkdir "$TMP/$name.ex"
	examples "$page" "$TMP/$name.ex"
	"$name" --help | sed -n 's/^example: //p' >"$TMP/$name.ex/help.sh"
	if [ -s "$TMP/$name.ex/1.sh" ]; then
		pass "$name(1) has examples"
	else
		fail "$name(1) has examples"
	fi
	cd "$TMP/$name" || exit 1
	n=1
	while [ -f "$TMP/$name.ex/$n.sh" ]; do
		run_example "$name(1), example $n: $(head -n 1 "$TMP/$name.ex/$n.sh")" "$TMP/$name.ex/$n.sh"
		n=$((n + 1))
	done
	run_example "$name --help, its example" "$TMP/$name.ex/help.sh"
	cd "$SRC" || exit 1
	rm -rf "${TMP:?}/$name" "$TMP/$name.ex"
done
done_testing
