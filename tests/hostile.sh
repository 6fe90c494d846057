#!/bin/sh
# The hostile corpus: volpipe is right, or refuses, on every case, as each case's entry says; and the judge can tell.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need bash dcmcjpeg
need_python numpy nibabel pydicom PIL
hostile()
{
	"$PYTHON" -W ignore "$SRC/tests/hostile" "$@"
}

ok "the corpus is made" hostile make corpus
ok "one case again" hostile make again --only 'tilt-plus'
ok "and is the same bytes" diff -r corpus/tilt-plus again/tilt-plus
hostile run volpipe --corpus corpus --tsv --expect >verdicts 2>.lib/err
is "every case has a verdict" "$(wc -l <verdicts)" "$(hostile list | wc -l)"
while IFS='	' read -r case verdict share expected note; do
	case $expected:$verdict in
	"$verdict:$verdict") pass "$case: $verdict" ;;
	*)
		echo "$verdict ($share % of the voxels), expected $expected: $note" >.lib/why
		fail "$case: $verdict" .lib/why
		;;
	esac
done <verdicts

hostile run 'volpipe --all' --corpus corpus --tsv >verdicts 2>.lib/err
is "all series at once: none is wrong" "$(cut -f 2 verdicts | sort -u | tr '\n' ' ')" "refused right "
is "... and all that are right one by one" "$(awk -F'\t' '$4 == "right" && $2 != "right"' verdicts)" ""
ok "... and several series, kernels and orientations in one folder" awk -F'\t' '
	$1 ~ /^(two-series-one-number|two-series-mixed|two-orientations|two-kernels|derived-mixed)$/ && $2 == "right" { n++ }
	END { exit n != 5 }' verdicts

# ---- the judge: a converter that reads the truth itself, exactly, or with something wrong ----

cat >liar.py <<'EOF'
import sys
from pathlib import Path
import nibabel, numpy as np
what, case, out = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
arrays = np.load(case / "truth.npz")
points, values = arrays["points_0"], arrays["values_0"]
size = (32, 24, 12)
points = points.reshape(size[::-1] + (3,)).transpose(2, 1, 0, 3)
values = values.reshape(size[::-1]).transpose(2, 1, 0)
affine = np.eye(4)
for axis, step in enumerate((points[1, 0, 0], points[0, 1, 0], points[0, 0, 1])):
    affine[:3, axis] = step - points[0, 0, 0]
affine[:3, 3] = points[0, 0, 0]
if what == "half a voxel off":
    affine[:3, 3] += affine[:3, :3] @ [0.5, 0, 0]
elif what == "half a slice off":
    affine[:3, 3] += affine[:3, 2] / 2
elif what == "mirrored":
    values = values[::-1]
elif what == "upside down":
    values = values[..., ::-1]
elif what == "flipped with its affine":
    affine[:3, 3] += affine[:3, 0] * (size[0] - 1)
    affine[:3, 0] *= -1
    values = values[::-1]
elif what == "in other units":
    values = values + 1024
elif what == "wrong in one slice":
    values = values.copy()
    values[..., 5] = values[..., 6]
elif what == "a slice longer":
    values = np.concatenate([values, values[..., -1:]], axis=2)
elif what == "a slice shorter":
    values = values[..., :-1]
elif what == "padded around":
    values = np.pad(values, 2)
    affine[:3, 3] -= affine[:3, :3] @ [2, 2, 2]
else:
    assert what == "exact", what
image = nibabel.Nifti1Image(values, affine)
image.header.set_data_dtype(np.float64)
nibabel.save(image, out)
EOF
# verdict WANT DESC COMMAND - what the judge says of it on the plain case
verdict()
{
	is "$2: $1" "$(hostile run "$3" --only plain --corpus corpus --tsv | cut -f 2)" "$1"
}
for lie in "exact" "flipped with its affine" "padded around"; do
	verdict right "a volume $lie" "$PYTHON -W ignore $TMP/liar.py '$lie' $TMP/corpus/plain {out}"
done
for lie in "half a voxel off" "half a slice off" "mirrored" "upside down" "in other units" "wrong in one slice" \
	"a slice longer" "a slice shorter"; do
	verdict WRONG "a volume $lie" "$PYTHON -W ignore $TMP/liar.py '$lie' $TMP/corpus/plain {out}"
done
verdict WRONG "exit 0 and no output" true
verdict refused "exit 3" "exit 3"
verdict refused "a failure inside a pipe" "false | cat"
# shellcheck disable=SC2016  # the shell of the command shall see it
verdict crashed "a signal" 'kill -SEGV $$'
if hostile run true --only plain --corpus corpus >.lib/out 2>&1; then
	fail "exit 1 when one is wrong" .lib/out
else
	pass "exit 1 when one is wrong"
fi
done_testing
