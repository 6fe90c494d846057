#!/bin/bash
# What the preprocessing tools do with damaged streams, masks, transforms and statistics: refuse them with a line that
# says why, in little time and memory; or take them, where the damage says nothing wrong.
#
#     MUTATIONS=20000 SEED=7 KEEP=kept prove tests/mutate_stages.sh     # as tests/mutate.sh has it
# shellcheck source=tests/lib.sh
. tests/lib.sh

need "$PYTHON"
export PYTHONPATH="$SRC/tests"
SEED=${SEED:-1}
KEEP=${KEEP:-$TMP/kept}
mib=64
if grep -qa __asan_init "$BUILD/bin/volhu"; then
	mib=2000 # their own bookkeeping; without them is where memory is measured
	MUTATIONS=${MUTATIONS:-1200}
	export ASAN_OPTIONS="allocator_may_return_null=1:detect_leaks=0:$ASAN_OPTIONS"
fi
MUTATIONS=${MUTATIONS:-4000}

cd "$TMP" || exit 1
if ! "$PYTHON" -W ignore - 2>"$TMP/.lib/samples" <<'EOF'
import numpy as np
import volfile as v

rng = np.random.default_rng(3)
z, y, x = np.mgrid[:9, :26, :24].astype(float)
r = np.sqrt(((x - 12) / 10) ** 2 + ((y - 13) / 11) ** 2 + ((z - 4) / 7) ** 2)
hu = np.where(r < 0.8, 40, np.where(r < 0.95, 700, -1000)) + rng.normal(0, 8, r.shape)
lung = (abs(x - 12) > 2) & (r < 0.6)
hu[lung] -= 880
hu = np.ascontiguousarray(hu.round().astype("i2").T)
source = "24 26 9 (0.7,0,0) (0,0.8,0) (0,0,2.5) (0,0,0)"
keys = {"unit": "HU", "modality": "CT", "padding": "-2000", "source": source, "window": "40 400"}
v.write("hu.vol", hu, v.affine("axial"), keys)
v.write("tilted.vol", hu, v.affine("oblique"),
        {**keys, "transform": "0.99 0.1 0 5 -0.1 0.99 0 2 0 0 1 0 0 0 0 1"})
wild = hu.astype("f4")
wild[3:6, 4:9, 2:5] = np.nan
wild[9, 9, 6], wild[10, 10, 7] = np.inf, -np.inf
v.write("float.vol", wild, v.affine("left-handed"), keys)
v.write("list.vol", np.stack([hu, hu], -1), v.affine("axial"), {**keys, "axis": "time s 0 2.5"})
mask = np.ascontiguousarray((lung.T).astype("u1"))
mask[:12] *= 2
v.write("mask.vol", mask, v.affine("axial"), {"unit": "label", "labels": "1 left\\n2 right", "source": source})
v.write("stored.vol", hu, v.affine("axial"), {"unit": "stored", "rescale": "2 -1024", "rescale.unit": "HU"})
EOF
then
	fail "samples can be made" "$TMP/.lib/samples"
	done_testing
fi
pass "samples can be made"
echo '1 0 0 5  0 1 0 0  0 0 1 0' >affine.txt
printf '#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\nParameters: 1 0 0 0 1 0 0 0 1 5 0 0\nFixedParameters: 0 0 0\n' >affine.tfm
echo '{"mean": 99.5, "sd": 40.7, "percentiles": {"0.5": 7, "99.5": 226}}' >stats.json
# the other programs' verdicts as exit 0
mkdir wrap
printf '#!/bin/sh\nPATH=%s\nvoloverlap "$1" %s >/dev/null\n' "'$PATH'" "'$TMP/mask.vol'" >wrap/voloverlap
chmod +x wrap/voloverlap

share=60
list=$TMP/.lib/hammered
grep -v '^#' >"$list" <<'END'
hu.vol float.vol list.vol -- volresample -n 16 {}
hu.vol tilted.vol float.vol -- volresample -n 30,9,5 -k cubic {}
tilted.vol float.vol -- volresample --like hu.vol -k lanczos {}
mask.vol -- volresample -n 40 {}
mask.vol -- volresample --like tilted.vol {}
affine.txt affine.tfm -- volresample --affine {} hu.vol
hu.vol mask.vol -- volresample --like {} hu.vol
hu.vol float.vol list.vol -- volresize -n 20,24 {}
mask.vol tilted.vol -- volback {}
hu.vol float.vol list.vol -- volwin -w lung --type uint8 {}
stored.vol hu.vol -- volwin {}
hu.vol float.vol list.vol -- volnorm -r -1000,400 {}
hu.vol float.vol -- volnorm --percentile 1,99
mask.vol -- volnorm --zscore -m {} hu.vol
stats.json -- volnorm --zscore --stats {} hu.vol
hu.vol float.vol -- volcast --type int8 --saturate --round -f 0 {}
hu.vol list.vol -- volseg lung {}
hu.vol float.vol -- volseg lung --as-recipe
hu.vol list.vol -- volseg body {}
hu.vol float.vol -- volseg bone -d 3 {}
hu.vol float.vol stored.vol -- volseg otsu
hu.vol float.vol list.vol -- volmask --invert {}
mask.vol -- volmask -m {} hu.vol
mask.vol -- volmask --labels 1 {}
mask.vol -- volmorph close -d 3vox {}
mask.vol list.vol -- volmorph fill
mask.vol list.vol -- vollabel {}
mask.vol -- vollabel --stats --json {}
hu.vol float.vol -- vollabel --stats -i {} mask.vol
mask.vol tilted.vol -- wrap/voloverlap {}
hu.vol float.vol list.vol -- voldenoise --gauss 1.5vox {}
hu.vol float.vol -- voldenoise --median 3vox
hu.vol float.vol -- voldenoise --bilateral 2vox --edge 50 {}
hu.vol tilted.vol -- voltilt {}
hu.vol -- voltilt --symmetry
hu.vol float.vol list.vol -- volcrop -r -300,3000 {}
hu.vol mask.vol list.vol -- volcrop --centre --size 16
mask.vol -- volcrop -m {} hu.vol
hu.vol float.vol list.vol -- volpad --multiple 32 {}
hu.vol tilted.vol list.vol -- volorient PSR {}
list.vol -- volsplit -e 1 {}
hu.vol list.vol -- volcat hu.vol {}
hu.vol float.vol list.vol -- volcalc a*2+b {} hu.vol
hu.vol float.vol list.vol -- volstat --json {}
mask.vol -- volstat -m {} --by-label hu.vol
hu.vol float.vol list.vol -- volhist --bins 20 {}
END
share=$((MUTATIONS / $(wc -l <"$list") + 1))
seed=$((SEED * 1000))
while read -r line; do
	command=${line##* -- }
	tool=${command%% *}
	tool=${tool#wrap/}
	[ -x "$BUILD/bin/$tool" ] || continue
	seed=$((seed + 1))
	eval "set -- $line"
	case $1 in
	*.vol) suffix=.vol ;;
	*) suffix=.${1##*.} ;;
	esac
	if TMPDIR=$TMP "$TESTBIN/hammer" -n $share -s $seed -j "$(nproc)" -T 20 -M $mib -k "$KEEP" --suffix "$suffix" "$@" \
		>"$TMP/.lib/said" 2>&1; then
		pass "$line: $(sed -n 's/^hammer: [^:]*: //p' "$TMP/.lib/said")"
	else
		for f in "$KEEP"/*.stderr; do
			sed "s|^|${f##*/}: |" "$f" | head -n 3
		done >>"$TMP/.lib/said"
		fail "$line" "$TMP/.lib/said"
		[ "$KEEP" != "$TMP/kept" ] || rm -rf "$KEEP"
	fi
done <"$list"

done_testing
