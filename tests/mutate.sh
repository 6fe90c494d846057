#!/bin/bash
# What the tools do with damaged and hostile files: refuse them with a line that says why, in little
# time and memory; or take them, where the damage says nothing wrong.
#
#     MUTATIONS=20000 make check       # damaged files in all; 6000 by default, 2000 for sanitizers
#     SEED=7 KEEP=kept prove tests/mutate.sh     # other damage; what fails is kept in that folder
# shellcheck source=tests/lib.sh
. tests/lib.sh

need "$PYTHON" timeout
hammer=$TESTBIN/hammer
SEED=${SEED:-1}
KEEP=${KEEP:-$TMP/kept}
jobs=$(nproc)
mib=64
if grep -qa __asan_init "$BUILD/bin/volhu"; then
	sanitized=1
	mib=2000 # their own bookkeeping; without them is where memory is measured
	MUTATIONS=${MUTATIONS:-2000}
	# a size that lies may ask for more than there is, as long as that is seen; what a process
	# that fails does not give back, the system does
	export ASAN_OPTIONS="allocator_may_return_null=1:detect_leaks=0:$ASAN_OPTIONS"
fi
MUTATIONS=${MUTATIONS:-6000}

# ---- samples ----

make_samples()
{
	cd "$TMP" || exit 1
	mkdir dicom wrap
	for s in explicit implicit big-endian deflated rle jpeg-baseline jpeg-extended jpeg-lossless \
		jpeg-lossless14 jpeg-ls jpeg-ls-near jpeg2000 jpeg2000-lossy; do
		"$TESTBIN/mkseries" -o "series-$s" --size 24,20,3 --syntax $s --names sequential &&
			cp "$(find "series-$s" -type f | LC_ALL=C sort | sed -n 2p)" "dicom/$s.dcm" || return
	done
	"$TESTBIN/mkseries" -o directory --size 12,10,3 --dicomdir &&
		"$TESTBIN/mkseries" -o pet --modality PT --slope-per-slice --size 12,10,4 &&
		"$TESTBIN/mkseries" -o mr --modality MR --orient oblique --bits 16,12,11 --size 9,8,7 &&
		dcm2vol series-explicit -o ct.vol && dcm2vol pet -o pet.vol && dcm2vol mr -o mr.vol &&
		volhu ct.vol -o hu.vol && volhu pet.vol -o bq.vol &&
		vol2nii ct.vol -o ct.nii && vol2nii bq.vol --nifti2 -o bq.nii &&
		vol2nii hu.vol -o hu.nii.gz && vol2nii bq.vol --nifti2 -o bq.nii.gz &&
		vol2nii hu.vol -o pair.hdr && vol2nii hu.vol -o pairgz.hdr.gz &&
		vol2nrrd mr.vol -o mr.nrrd && vol2nrrd ct.vol -z 2 -o ctgz.nrrd &&
		vol2nrrd pet.vol --best -o petgz.nrrd &&
		vol2nrrd ct.vol -o apart.nhdr && vol2nrrd ct.vol -z 2 -o apartgz.nhdr &&
		"$PYTHON" - <<'END'
import gzip, struct
raw = open("ct.vol", "rb").read()
head, voxels = raw[:4096].rstrip(b"\n.# "), raw[4096:]
swapped = bytearray(voxels)
swapped[0::2], swapped[1::2] = voxels[1::2], voxels[0::2]
open("big.vol", "wb").write(head.replace(b"endian: little", b"endian: big") + b"\n\n" + swapped)
open("whole.nrrd.gz", "wb").write(gzip.compress(raw))
rgb = b"""NRRD0004
# not one of ours
type: uint8
dimension: 5
space: RAS
sizes: 3 4 3 2 2
space directions: none (1,0,0) (0,2,0) (0,0,-3) none
kinds: RGB-color domain domain domain list
encoding: raw
space units: "mm" "mm" "mm"
line skip: 1
byte skip: 5
vol.axis:=time s 0 2.5
vol.labels:=1 lung-left\\n2 lung-right
other key:=%s %n \\\\

a line
12345""" + bytes(range(144))
open("rgb.nrrd", "wb").write(rgb)
nii = bytearray(open("ct.nii", "rb").read())
# the same header in the other byte order: every field by its width
fmt = "i10s18sihcB8hfffhhhh8ffffhcBffffii80s24shh6f4f4f4f16s4s"
fields = struct.unpack("<" + fmt, nii[:348])
body = bytearray(nii[352:])
body[0::2], body[1::2] = body[1::2], body[0::2]
open("bigend.nii", "wb").write(struct.pack(">" + fmt, *fields) + bytes(4) + body)
END
}

if ! make_samples >"$TMP/.lib/samples" 2>&1; then
	fail "samples can be made" "$TMP/.lib/samples"
	done_testing
fi
pass "samples can be made"

# Programs for the hammer, under the tools' names: it hands over one damaged file, they bring what
# else the tool wants to find, and give volcmp's statuses (0 the same, 1 differ, 2 trouble) as 0 and 1.
wrap()
{
	mkdir -p "$TMP/wrap/$1"
	{
		echo '#!/bin/sh'
		echo "PATH='$PATH'"
		echo "dir=\$(mktemp -d '$TMP/wrap/XXXXXX') || exit 3"
		cat
		echo 'rc=$?; rm -rf "$dir"; exit $rc'
	} >"$TMP/wrap/$1/$2"
	chmod +x "$TMP/wrap/$1/$2"
}

for tool in volhu vol2nii vol2nrrd volinfo nii2vol nrrd2vol; do
	wrap pipe $tool <<-END
		cat "\$1" | { shift; $tool "\$@"; }
	END
done
for tool in nii2vol volinfo; do
	wrap hdr $tool <<-END
		cp "\$1" "\$dir/x.hdr" && cp '$TMP/pair.img' "\$dir/x.img" && $tool "\$dir/x.hdr"
	END
	wrap img $tool <<-END
		cp "\$1" "\$dir/x.img" && cp '$TMP/pair.hdr' "\$dir/x.hdr" && $tool "\$dir/x.img"
	END
	wrap imggz $tool <<-END
		cp "\$1" "\$dir/x.img.gz" && cp '$TMP/pairgz.hdr.gz' "\$dir/x.hdr.gz" && $tool "\$dir/x.hdr.gz"
	END
done
for tool in nrrd2vol volinfo; do
	wrap nhdr $tool <<-END
		cp "\$1" "\$dir/x.nhdr" && cp '$TMP/apart.raw' '$TMP/apartgz.raw.gz' "\$dir" && $tool "\$dir/x.nhdr"
	END
	wrap rawgz $tool <<-END
		cp "\$1" "\$dir/apartgz.raw.gz" && cp '$TMP/apartgz.nhdr' "\$dir" && $tool "\$dir/apartgz.nhdr"
	END
done
for tool in dcm2vol dcmls; do
	wrap dicomdir $tool <<-END
		cp "\$1" "\$dir/DICOMDIR" && ln -s '$TMP/directory/IMAGES' "\$dir/IMAGES" && $tool "\$dir/DICOMDIR"
	END
	wrap list $tool <<-END
		$tool --files0-from - <"\$1"
	END
done
wrap cmp volcmp <<-END
	volcmp --tol-mm 1e9 "\$1" '$TMP/ct.vol'
	case \$? in 0 | 1) true ;; 2) false ;; *) exit 3 ;; esac
END
wrap cmpb volcmp <<-END
	volcmp --json '$TMP/hu.vol' "\$1"
	case \$? in 0 | 1) true ;; 2) false ;; *) exit 3 ;; esac
END

# ---- damage ----

# hammered MIB SUFFIX SAMPLE... -- COMMAND... - a share of the runs. MIB is what may be held: what
# a tool needs for itself, and four times the file, which is next to nothing here.
list=$TMP/.lib/hammered
: >"$list"
hammered()
{
	printf '%q ' "$@" >>"$list"
	echo >>"$list"
}

cd "$TMP" || exit 1
for f in dicom/*.dcm; do
	hammered $mib .dcm "$f" -- dcm2vol '{}' --threads 2
done
hammered $mib .dcm dicom/*.dcm -- dcm2vol '{}' --keep-identifiers -v
hammered $mib .dcm dicom/*.dcm -- dcmls --files '{}'
hammered $mib .dcm dicom/*.dcm -- dcmls --json '{}'
for s in explicit deflated rle jpeg-ls jpeg2000; do
	# one file of a series: not whole, or whole and wrong, or no longer of the series
	first=$(find "series-$s" -type f | LC_ALL=C sort | head -n 1)
	last=$(find "series-$s" -type f | LC_ALL=C sort | tail -n 1)
	hammered $mib .dcm "dicom/$s.dcm" -- dcm2vol "$first" '{}' "$last"
done
hammered $mib .dcm dicom/explicit.dcm -- dcmls --tsv series-explicit '{}'
hammered $mib '' directory/DICOMDIR -- wrap/dicomdir/dcm2vol '{}'
hammered $mib '' directory/DICOMDIR -- wrap/dicomdir/dcmls '{}'
find series-explicit -type f -print0 >names
hammered $mib '' names -- wrap/list/dcm2vol '{}'

hammered $mib .vol ct.vol pet.vol big.vol -- volhu '{}'
hammered $mib .vol ct.vol pet.vol big.vol -- volhu --keep-padding
hammered $mib .vol ct.vol pet.vol big.vol -- wrap/pipe/volhu '{}'
hammered $mib .vol mr.vol bq.vol rgb.nrrd -- volhu --slope 2 --intercept -3.5 --type float '{}'
hammered $mib .vol ct.vol pet.vol mr.vol rgb.nrrd -- vol2nii '{}'
hammered $mib .vol ct.vol hu.vol bq.vol -- wrap/pipe/vol2nii '{}' -z 1 --threads 2
hammered $mib .vol ct.vol pet.vol mr.vol rgb.nrrd -- vol2nrrd '{}'
hammered $mib .vol ct.vol bq.vol big.vol -- wrap/pipe/vol2nrrd '{}' -z 2 --threads 2
hammered $mib .vol ct.vol pet.vol mr.vol big.vol rgb.nrrd -- volinfo --stats '{}'
hammered $mib .vol ct.vol pet.vol rgb.nrrd -- wrap/pipe/volinfo '{}' --json
hammered $mib .vol ct.vol pet.vol big.vol -- wrap/cmp/volcmp '{}'

hammered $mib .nii ct.nii bq.nii bigend.nii -- nii2vol '{}'
hammered $mib .nii ct.nii bq.nii bigend.nii -- wrap/pipe/nii2vol '{}'
hammered $mib .nii ct.nii bq.nii bigend.nii -- volinfo --stats '{}'
hammered $mib .nii ct.nii bigend.nii -- wrap/cmp/volcmp '{}'
hammered $mib .nii.gz hu.nii.gz bq.nii.gz -- nii2vol '{}'
hammered $mib .nii.gz hu.nii.gz bq.nii.gz -- wrap/pipe/nii2vol '{}'
hammered $mib .nii.gz hu.nii.gz -- wrap/cmpb/volcmp '{}'
hammered $mib .hdr pair.hdr -- wrap/hdr/nii2vol '{}'
hammered $mib .hdr pair.hdr -- wrap/hdr/volinfo '{}'
hammered $mib .img pair.img -- wrap/img/nii2vol '{}'
hammered $mib .img.gz pairgz.img.gz -- wrap/imggz/nii2vol '{}'

hammered $mib .nrrd mr.nrrd rgb.nrrd ctgz.nrrd petgz.nrrd whole.nrrd.gz -- nrrd2vol '{}'
hammered $mib .nrrd mr.nrrd rgb.nrrd ctgz.nrrd petgz.nrrd whole.nrrd.gz -- wrap/pipe/nrrd2vol '{}'
hammered $mib .nrrd mr.nrrd rgb.nrrd ctgz.nrrd petgz.nrrd whole.nrrd.gz -- volinfo --stats '{}'
hammered $mib .nrrd ctgz.nrrd whole.nrrd.gz -- wrap/cmpb/volcmp '{}'
hammered $mib .nhdr apart.nhdr apartgz.nhdr -- wrap/nhdr/nrrd2vol '{}'
hammered $mib .nhdr apart.nhdr apartgz.nhdr -- wrap/nhdr/volinfo '{}'
hammered $mib .raw.gz apartgz.raw.gz -- wrap/rawgz/nrrd2vol '{}'

share=$((MUTATIONS / $(wc -l <"$list") + 1))
export TMPDIR=$TMP # where the hammer puts the damaged files
while read -r line; do
	eval "set -- $line"
	limit=$1 suffix=$2
	shift 2
	what=$(echo "$*" | sed 's|wrap/||; s|.* -- ||')
	samples=${*%% -- *}
	if "$hammer" -n $share -s "$SEED" -j "$jobs" -T 20 -M "$limit" -k "$KEEP" --suffix "$suffix" "$@" \
		>"$TMP/.lib/said" 2>&1; then
		pass "$what: $(sed -n 's/^hammer: [^:]*: //p' "$TMP/.lib/said") of damaged ${samples:0:60}"
	else
		for f in "$KEEP/$SEED"-*.stderr; do
			sed "s|^|${f##*/}: |" "$f" | head -n 3
		done >>"$TMP/.lib/said"
		fail "$what: damaged $samples" "$TMP/.lib/said"
	fi
	[ "$KEEP" != "$TMP/kept" ] || rm -rf "$KEEP"
done <"$list"
