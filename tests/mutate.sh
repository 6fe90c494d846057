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
		vol2nii --plain ct.vol -o ct.nii && vol2nii bq.vol --nifti2 -o bq.nii &&
		vol2nii hu.vol -o hu.nii.gz && vol2nii bq.vol --nifti2 -o bq.nii.gz &&
		vol2nii hu.vol -o pair.hdr && vol2nii hu.vol -o pairgz.hdr.gz &&
		vol2nrrd mr.vol -o mr.nrrd && vol2nrrd ct.vol -z 2 -o ctgz.nrrd &&
		vol2nrrd pet.vol --best -o petgz.nrrd &&
		vol2nrrd ct.vol -o apart.nhdr && vol2nrrd ct.vol -z 2 -o apartgz.nhdr &&
		vol2mgh -q mr.vol -o mr.mgh && vol2mgh hu.vol -o hu.mgz &&
		vol2npy hu.vol -o hu.npy && vol2npy hu.vol -o hu.npz && vol2npy bq.vol -z 2 -o bqz.npz &&
		vol2mha hu.vol -o hu.mha && vol2mha -z 2 bq.vol -o bqz.mha &&
		vol2tif hu.vol -o hu.tif && vol2tif -z lzw hu.vol -o hulzw.tif &&
		vol2tif --bigtiff -z deflate bq.vol -o bq.tif &&
		volorient LAS hu.vol | vol2ana -q --lossy place -o ana.hdr &&
		"$PYTHON" - <<'END' || return
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
# the other encodings of NRRD, and a file for each slice
import bz2
fields = head.replace(b"encoding: raw\n", b"encoding: %s\n")
open("bz2.nrrd", "wb").write(fields % b"bzip2" + b"\n\n" + bz2.compress(voxels))
open("hex.nrrd", "wb").write(fields % b"hex" + b"\n\n" + voxels.hex("\n", 30).encode() + b"\n")
numbers = struct.unpack("<%dh" % (len(voxels) // 2), voxels)
open("ascii.nrrd", "wb").write(fields % b"ascii" + b"\n\n" + " ".join(map(str, numbers)).encode() + b"\n")
slices = len(voxels) // 3
for i in range(3):
    open("slice.%d" % i, "wb").write(voxels[i * slices:][:slices])
open("slices.nhdr", "wb").write(head + b"\ndata file: slice.%d 0 2 1\n")
open("list.nhdr", "wb").write(head + b"\ndata file: LIST\nslice.0\nslice.1\nslice.2\n")
END
	vol2mnc ct.vol -z 2 -o our.mnc && vol2raw -q ct.vol -o ct.raw &&
		PYTHONPATH=$SRC/tests "$PYTHON" - <<'END' || return
import parfile
for version, name in ((4.2, "scan"), (4.1, "scan41"), (3, "scan3")):
    parfile.write(name + ".PAR", *parfile.scan(), version=version)
END
	# what is not there is not hammered
	if "$PYTHON" -W ignore -c 'import pydicom, numpy' 2>/dev/null; then
		mkdir frames && PYTHONPATH=$SRC/tests "$PYTHON" -W ignore - <<'END' || return
import numpy as np, pydicom, colours as c, multiframe as m, nuclear as n
echoes = [m.stack(2, seed=e, echo=e + 1, type=["ORIGINAL", "PRIMARY", "T1", "NONE"], size=(10, 12)) for e in range(2)]
m.make("frames/enhanced.dcm", m.shuffled(sum(echoes, [])), "MR")
ds = pydicom.dcmread("frames/enhanced.dcm")
ds.compress(pydicom.uid.RLELossless, encoding_plugin="pydicom")
ds.save_as("frames/rle.dcm")
m.mosaic("frames/mosaic2.dcm", m.stack(4, size=(10, 12)))
m.mosaic("frames/mosaic1.dcm", m.stack(3, size=(10, 12)), version=1)
halved = np.dstack([c.noise((6, 8))] + [c.noise((6, 4)).repeat(2, 1)] * 2)
for name, ds in {"planes": c.image(c.noise((5, 7, 3)), planar=1), "halved": c.image(halved, "YBR_FULL_422"),
                 "palette": c.image(c.noise((6, 8)), "PALETTE COLOR", palette=c.tables(20, 3, 8))}.items():
    c.save(ds, f"frames/{name}.dcm", pydicom.uid.ExplicitVRLittleEndian)
c.save(c.image(c.noise((5, 7, 3))), "frames/deflated.dcm", pydicom.uid.DeflatedExplicitVRLittleEndian)
n.nuclear("frames/nuclear.dcm", n.stack(3, slot=1, energy=2, detector=1))
n.dose("frames/dose.dcm", m.stack(3), [0, 2.5, 5])
import segfile as s
labels, names = s.blobs((7, 6, 5)), {1: "a", 2: "b", 5: "c"}
s.make("frames/seg.dcm", s.frames_of(labels), names)
s.make("frames/segdfl.dcm", s.frames_of(labels), names, syntax=pydicom.uid.DeflatedExplicitVRLittleEndian)
s.make("frames/segdif.dcm", s.frames_of(labels), names)
s.deflate("frames/segdif.dcm", [plane for _, _, plane in s.frames_of(labels)], 1)
s.make("frames/map.dcm", [(0, z, labels[:, :, z].T) for z in range(5)], names, "LABELMAP", 16)
ds = pydicom.dcmread("frames/map.dcm")
ds.compress(pydicom.uid.RLELossless, encoding_plugin="pydicom")
ds.save_as("frames/map.dcm")
s.make("frames/part.dcm", [(1, z, 40 * labels[:, :, z].T) for z in range(5)], {1: "a"}, "FRACTIONAL")
grid = s.read("ct.vol")[1]
box = [[(grid @ [x, y, z, 1])[:3] for x, y in ((2.2, 3.1), (9.3, 3.2), (7.7, 8.4))] for z in (0, 1, 2, 4)]
s.structures("structures.dcm", [(1, "a", box), (2, "b", [{"points": box[0][:1], "type": "POINT"}])])
END
	fi
	have rawtominc || return 0
	for version in 1 2; do
		[ $version = 2 ] && two=-2 || two=
		# shellcheck disable=SC2086  # an option or none
		tail -c 240 ct.raw | rawtominc $two -clobber -short -signed -oshort -osigned -scan_range -sattribute patient:full_name=Doe^Jane \
			-xstep 1.5 -ystep 1.5 -zstep 3 -xstart -3 "mnc$version-range.mnc" 4 5 6 &&
			tail -c 480 ct.raw | rawtominc $two -clobber -float -ofloat -dattribute time:step=2.5 -sattribute time:units=s \
				-dimorder time,zspace,yspace,xspace "mnc$version-time.mnc" 2 3 4 5 || return
	done
	mincconvert -2 -clobber -compress 4 -chunk 4 mnc2-range.mnc mnc2-chunk.mnc
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

for tool in volhu vol2nii vol2nrrd volinfo nii2vol nrrd2vol mha2vol tif2vol; do
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
		cp "\$1" "\$dir/x.nhdr" && cp '$TMP/apart.raw' '$TMP/apartgz.raw.gz' '$TMP/slice.'? "\$dir" && $tool "\$dir/x.nhdr"
	END
	wrap rawgz $tool <<-END
		cp "\$1" "\$dir/apartgz.raw.gz" && cp '$TMP/apartgz.nhdr' "\$dir" && $tool "\$dir/apartgz.nhdr"
	END
done
wrap hdr ana2vol <<-END
	cp "\$1" "\$dir/x.hdr" && cp '$TMP/ana.img' "\$dir/x.img" && ana2vol -q "\$dir/x.hdr"
END
wrap img ana2vol <<-END
	cp "\$1" "\$dir/x.img" && cp '$TMP/ana.hdr' "\$dir/x.hdr" && ana2vol -q "\$dir/x.hdr"
END
wrap par par2vol <<-END
	cp "\$1" "\$dir/x.PAR" && cp '$TMP/scan.REC' "\$dir/x.REC" && par2vol --type M "\$dir/x.PAR"
END
wrap rec par2vol <<-END
	cp "\$1" "\$dir/x.REC" && cp '$TMP/scan.PAR' "\$dir/x.PAR" && par2vol --type P "\$dir/x.REC"
END
wrap pipe mnc2vol <<-END
	cat "\$1" | mnc2vol
END
for tool in dcm2vol dcmls; do
	wrap dicomdir $tool <<-END
		cp "\$1" "\$dir/DICOMDIR" && ln -s '$TMP/directory/IMAGES' "\$dir/IMAGES" && $tool "\$dir/DICOMDIR"
	END
	wrap list $tool <<-END
		$tool --files0-from - <"\$1"
	END
done
# twice, on memory that holds other things: what is not in the file must not come out
wrap twice dcm2vol <<-END
	MALLOC_PERTURB_=85 dcm2vol "\$1" >"\$dir/one" &&
		if ! MALLOC_PERTURB_=170 dcm2vol -q --threads 1 "\$1" 2>&1 | cmp - "\$dir/one" >&2; then exit 4; fi
END
wrap cmp volcmp <<-END
	volcmp --tol-mm 1e9 "\$1" '$TMP/ct.vol'
	case \$? in 0 | 1) true ;; 2) false ;; *) exit 3 ;; esac
END
wrap cmpb volcmp <<-END
	volcmp --json '$TMP/hu.vol' "\$1"
	case \$? in 0 | 1) true ;; 2) false ;; *) exit 3 ;; esac
END

# ---- whole ones ----

for f in ct.vol pet.vol big.vol; do
	ok "volhu takes the whole $f" sh -c "volhu $f >hu.out && wrap/pipe/volhu $f | cmp - hu.out"
done
for f in ct.vol mr.vol bq.vol big.vol rgb.nrrd; do
	ok "vol2nii and volinfo take the whole $f" sh -c "vol2nii $f >nii.out && volinfo --stats $f"
done
for f in ct.nii bq.nii bigend.nii hu.nii.gz bq.nii.gz pair.hdr pairgz.img.gz; do
	ok "nii2vol takes the whole $f" nii2vol $f -o nii.vol
done
ok "in the other byte order there are the same voxels" volcmp ct.nii bigend.nii
ok "and in a stream too" volcmp ct.vol big.vol
for f in mr.nrrd rgb.nrrd ctgz.nrrd petgz.nrrd whole.nrrd.gz apart.nhdr apartgz.nhdr bz2.nrrd hex.nrrd ascii.nrrd slices.nhdr \
	list.nhdr; do
	ok "nrrd2vol takes the whole $f" nrrd2vol $f -o nrrd.vol
done
for f in bz2.nrrd hex.nrrd ascii.nrrd slices.nhdr list.nhdr our.mnc; do
	ok "$f has the voxels of ct.vol" volcmp $f ct.vol
done
for f in scan.PAR scan3.PAR scan41.PAR; do
	ok "par2vol takes the whole $f" par2vol --type M $f -o par.vol
done
for f in mnc?-*.mnc; do
	[ ! -e "$f" ] || ok "mnc2vol takes the whole $f" mnc2vol "$f" -o mnc.vol
done
for f in dicom/*.dcm frames/*.dcm directory/DICOMDIR; do
	[ ! -e "$f" ] || ok "dcm2vol takes the whole $f" dcm2vol -q "$f" -o dcm.vol
done

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
for f in dicom/*.dcm; do
	case $f in # where the length of a value is far too large, memory is taken, and with this set also used
	*/deflated.dcm) ;;
	*) hammered $mib .dcm "$f" -- wrap/twice/dcm2vol '{}' ;;
	esac
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
if [ -e frames ]; then
	hammered $mib .dcm frames/*.dcm -- dcm2vol -q '{}'
	hammered $mib .dcm frames/*.dcm -- wrap/twice/dcm2vol '{}'
	hammered $mib .dcm frames/*.dcm -- dcmls --json '{}'
	hammered $mib .dcm frames/seg.dcm frames/map.dcm -- dcm2vol -q --segment 2 --like ct.vol '{}'
	hammered $mib .dcm structures.dcm -- rts2vol -q --like ct.vol '{}'
	hammered $mib .dcm structures.dcm -- rts2vol -q --like ct.vol --roi a --distance 3 '{}'
fi
hammered $mib '' directory/DICOMDIR -- wrap/dicomdir/dcm2vol '{}'
hammered $mib '' directory/DICOMDIR -- wrap/dicomdir/dcmls '{}'
find series-explicit -type f -print0 >names
hammered $mib '' names -- wrap/list/dcm2vol '{}'

hammered $mib .vol ct.vol pet.vol big.vol -- volhu '{}'
hammered $mib .vol ct.vol pet.vol big.vol -- volhu --keep-padding
hammered $mib .vol ct.vol pet.vol big.vol -- wrap/pipe/volhu '{}'
hammered $mib .vol mr.vol -- volhu --slope 2 --intercept -3.5 --type float '{}'
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
hammered $mib .nrrd bz2.nrrd hex.nrrd ascii.nrrd -- nrrd2vol '{}'
hammered $mib .nrrd ctgz.nrrd whole.nrrd.gz -- wrap/cmpb/volcmp '{}'
hammered $mib .nhdr apart.nhdr apartgz.nhdr slices.nhdr list.nhdr -- wrap/nhdr/nrrd2vol '{}'
hammered $mib .nhdr apart.nhdr apartgz.nhdr -- wrap/nhdr/volinfo '{}'
hammered $mib .raw.gz apartgz.raw.gz -- wrap/rawgz/nrrd2vol '{}'

hammered $mib .mgh mr.mgh -- mgh2vol '{}'
hammered $mib .mgz hu.mgz -- mgh2vol '{}'
hammered $mib .mgh mr.mgh -- volinfo --stats '{}'
hammered $mib .hdr ana.hdr -- wrap/hdr/ana2vol '{}'
hammered $mib .img ana.img -- wrap/img/ana2vol '{}'
hammered $mib .PAR scan.PAR scan3.PAR scan41.PAR -- wrap/par/par2vol '{}'
hammered $mib .REC scan.REC -- wrap/rec/par2vol '{}'
hammered $mib .raw ct.raw -- raw2vol -q --size 24,20,3 --type int16 --spacing 1 '{}'
# MINC 2 is read in a process of its own, which the hammer measures when it has ended
for version in 1 2; do
	for f in mnc$version-*.mnc our.mnc; do
		[ "$version-$f" = 1-our.mnc ] || [ ! -e "$f" ] || set -- "$@" "$f"
	done
	[ $# = 0 ] || hammered $mib .mnc "$@" -- mnc2vol '{}'
	[ $# = 0 ] || hammered $mib .mnc "$@" -- wrap/pipe/mnc2vol '{}'
	set --
done
hammered $mib .npy hu.npy -- npy2vol -q '{}'
hammered $mib .npz hu.npz bqz.npz -- npy2vol -q '{}'
hammered $mib .mha hu.mha bqz.mha -- mha2vol -q '{}'
hammered $mib .mha hu.mha bqz.mha -- wrap/pipe/mha2vol '{}' -q
hammered $mib .tif hu.tif hulzw.tif bq.tif -- tif2vol -q '{}'
hammered $mib .tif hu.tif bq.tif -- wrap/pipe/tif2vol '{}' -q

# One share: the hammer's own verdict, and what the failing runs said.
hammer_one()
{
	local seed=$1 suffix=$2 limit=$3 command samples
	shift 3
	samples=$* command=$*
	samples=${samples%% -- *} command=${command##* -- }
	samples=$(echo "$samples" | cut -c 1-60)
	command=$(echo "$command" | sed 's|^wrap/||; s|{}|DAMAGED|')
	if "$hammer" -n $share -s "$seed" -j "$jobs" -T 20 -M "$limit" -k "$KEEP" --suffix "$suffix" "$@" \
		>"$TMP/.lib/said" 2>&1; then
		pass "$command: $samples: $(sed -n 's/^hammer: [^:]*: //p' "$TMP/.lib/said")"
		return
	fi
	for f in "$KEEP/$seed"-*.stderr; do
		sed "s|^|${f##*/}: |" "$f" | head -n 3
	done >>"$TMP/.lib/said"
	fail "$command: $samples" "$TMP/.lib/said"
	[ "$KEEP" != "$TMP/kept" ] || rm -rf "$KEEP"
}

share=$((MUTATIONS / $(wc -l <"$list") + 1))
seed=$((SEED * 1000))
while read -r line; do
	eval "set -- $line"
	limit=$1 suffix=$2
	shift 2
	TMPDIR=$TMP hammer_one $((seed += 1)) "$suffix" "$limit" "$@"
done <"$list"

# ---- what was made to do harm ----

mkdir hostile
"$PYTHON" - <<'END' || fail "hostile files can be made"
import gzip, random, struct, zlib

def put(name, *parts):
    with open("hostile/" + name, "wb") as f:
        for part in parts:
            f.write(part)

# ---- what is nothing ----
noise = random.Random(1).randbytes(65536)
put("empty")
put("random", noise)
put("text", b"not a volume at all\n" * 1000)
put("gzip-of-nothing.gz", gzip.compress(b""))
put("gzip-of-random.gz", gzip.compress(noise))
put("gzip-of-gzip.gz", gzip.compress(gzip.compress(open("ct.vol", "rb").read())))
put("gzip-head.gz", gzip.compress(noise)[:10])
put("gzip-bad.gz", b"\x1f\x8b" + noise)
put("elf", b"\x7fELF" + noise)

# ---- streams and NRRD ----
raw = open("ct.vol", "rb").read()
fields = b"""NRRD0005
type: int16
dimension: 3
space: left-posterior-superior
sizes: %s
space directions: %s
kinds: domain domain domain
endian: little
encoding: raw
space origin: (0,0,0)
"""
unit = b"(1,0,0) (0,1,0) (0,0,1)"
def head(sizes=b"3 4 5", directions=unit, more=b""):
    return fields % (sizes, directions) + more
def bad(name, *args, voxels=bytes(120), **kwargs):
    put(name, head(*args, **kwargs), b"\n", voxels)

put("magic.vol", b"NRRD0005\n")
put("header-open.vol", head())
put("header-only.vol", head(), b"\n")
put("header-zero.vol", head(more=b"a:=b\0c\n"), b"\n", bytes(120))
put("one-less.vol", raw[:-1])
put("one-more.vol", raw, b"\0")
bad("keys-4-million.vol", more=b"k:=\n" * 4000000)
bad("keys-different.vol", more=b"".join(b"%d:=\n" % i for i in range(1500000)))
bad("header-over.vol", more=b"# " + b"x" * (16 << 20) + b"\n")
bad("header-over-key.vol", more=b"key:=" + b"x" * (16 << 20) + b"\n")
bad("field-long.vol", more=b"space units: " + b'"mm" ' * 100000 + b"\n")
for i, sizes in enumerate((b"0 4 5", b"-3 4 5", b"3.0 4 5", b"3 4", b"3 4 5 6", b"4294967296 4294967296 4294967296",
                           b"18446744073709551617 4 5", b"9223372036854775807 2 1", b"2147483648 2147483648 1",
                           b"1000000 1000000 1000000", b"1 1 4611686018427387903", b"0x3 4 5", b"1e1 4 5")):
    bad("sizes-%d.vol" % i, sizes)
for i, vectors in enumerate((b"(0,0,0) (0,1,0) (0,0,1)", b"(1,0,0) (1,0,0) (0,0,1)", b"(nan,0,0) (0,1,0) (0,0,1)",
                             b"(inf,0,0) (0,1,0) (0,0,1)", b"(1e999,0,0) (0,1,0) (0,0,1)", b"(1e-320,0,0) (0,1,0) (0,0,1)",
                             b"(1,0) (0,1,0) (0,0,1)", b"(1,0,0", b"", b"(" * 5000)):
    bad("directions-%d.vol" % i, directions=vectors)
bad("skip-bytes.vol", more=b"byte skip: 9223372036854775807\n")
bad("skip-lines.vol", more=b"line skip: 18446744073709551615\n")
bad("rescale-many.vol", more=b"vol.unit:=stored\nvol.rescale:=" + b"1 0 " * 1000000 + b"\n", voxels=bytes(119))
bad("rescale-size.vol", b"3 4 9000000000000", more=b"vol.unit:=stored\nvol.rescale:=1 0\n")
bad("twice.vol", more=b"sizes: 3 4 5\n")
put("header.gz", gzip.compress(b"NRRD0005\n# "), gzip.compress(b"x" * (64 << 20)) * 64)
put("after.nrrd.gz", gzip.compress(raw), gzip.compress(bytes(64 << 20)) * 64)
put("inside.nrrd", head(more=b"line skip: 0\n").replace(b"raw", b"gzip"), b"\n", gzip.compress(bytes(64 << 20)) * 64)
put("inside-lie.nrrd", head(b"1000000 1000000 1000000").replace(b"raw", b"gzip"), b"\n", gzip.compress(bytes(64 << 20)) * 4)
for i, name in enumerate((b"/etc/hostname", b"../ct.vol", b"sub/../../ct.vol", b"nowhere", b".", b"LIST", b"%d 1 9 1",
                          b"%s%s%s%n", b"x" * 5000, b"data-7.nhdr", b"link")):
    put("data-%d.nhdr" % i, head(more=b"data file: " + name + b"\n"))

# ---- NIfTI ----
nii = bytearray(open("ct.nii", "rb").read())
def field(name, at, fmt, *values, cut=None, of=nii):
    changed = bytearray(of)
    struct.pack_into("<" + fmt, changed, at, *values)
    put(name, changed[:cut])
put("header-cut.nii", nii[:347])
put("header-only.nii", nii[:352])
put("one-less.nii", nii[:-1])
field("dim-large.nii", 40, "8h", 3, 32767, 32767, 32767, 1, 1, 1, 1)
field("dim-large-4.nii", 40, "8h", 7, 32767, 32767, 32767, 32767, 32767, 32767, 32767)
field("dim-negative.nii", 40, "8h", 3, -3, 20, 3, 1, 1, 1, 1)
field("dim-zero.nii", 40, "8h", 3, 0, 20, 3, 1, 1, 1, 1)
field("dim-0.nii", 40, "h", 8)
for i, offset in enumerate((float("nan"), float("inf"), -1e30, 1e30, 0.5, 100, 352.5, 2147483648.0)):
    field("offset-%d.nii" % i, 108, "f", offset)
field("slope.nii", 112, "ff", float("inf"), 0)
field("matrix.nii", 280, "12f", *[0] * 12)
field("matrix-nan.nii", 280, "f", float("nan"))
field("type.nii", 70, "hh", 1792, 128)
two = bytearray(open("bq.nii", "rb").read())
field("dim-large-2.nii", 16, "8q", 3, 1 << 62, 1 << 62, 1 << 62, 1, 1, 1, 1, of=two)
field("dim-true-2.nii", 16, "8q", 3, 1 << 30, 1 << 30, 1, 1, 1, 1, 1, of=two)
field("offset-2.nii", 168, "q", (1 << 63) - 1, of=two)
field("offset-2n.nii", 168, "q", -(1 << 63), of=two)
zeros = gzip.compress(bytes(64 << 20))
struct.pack_into("<8h", nii, 40, 3, 32767, 32767, 2048, 1, 1, 1, 1)
put("bomb.nii.gz", gzip.compress(nii[:352]), zeros * 8)
put("only-zeros.nii.gz", zeros * 32)

# ---- DICOM ----
EXPLICIT, IMPLICIT, DEFLATED = b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2", b"1.2.840.10008.1.2.1.99"
RLE, J2K, LOSSLESS, LS, BASELINE = (b"1.2.840.10008.1.2.5", b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.4.70",
                                    b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.50")
CT, DIRECTORY = b"1.2.840.10008.5.1.4.1.1.2", b"1.2.840.10008.1.3.10"
def el(group, element, vr, value, length=None):
    value += (b"\0" if vr in (b"UI", b"OB") else b" ") * (len(value) % 2)
    length = len(value) if length is None else length
    if vr in (b"OB", b"OW", b"SQ", b"UN"):
        return struct.pack("<HH2sHI", group, element, vr, 0, length) + value
    return struct.pack("<HH2sH", group, element, vr, length) + value
def meta(syntax, sop=CT):
    m = el(2, 1, b"OB", b"\0\1") + el(2, 2, b"UI", sop) + el(2, 3, b"UI", b"1.2.3.4.5") + el(2, 16, b"UI", syntax)
    return bytes(128) + b"DICM" + el(2, 0, b"UL", struct.pack("<I", len(m))) + m
def us(element, value):
    return el(0x28, element, b"US", struct.pack("<H", value))
start = el(8, 0x16, b"UI", CT) + el(8, 0x18, b"UI", b"1.2.3.4.5") + el(8, 0x60, b"CS", b"CT")
def rest(rows=64, columns=64):
    return (el(0x18, 0x50, b"DS", b"2") + el(0x20, 0xd, b"UI", b"1.2.3.4") + el(0x20, 0xe, b"UI", b"1.2.3.4.1") +
            el(0x20, 0x32, b"DS", b"0\\0\\0") + el(0x20, 0x37, b"DS", b"1\\0\\0\\0\\1\\0") + us(2, 1) +
            el(0x28, 4, b"CS", b"MONOCHROME2") + us(16, rows) + us(17, columns) + el(0x28, 0x30, b"DS", b"1\\1") +
            us(0x100, 16) + us(0x101, 16) + us(0x102, 15) + us(0x103, 1) + el(0x28, 0x1052, b"DS", b"0") +
            el(0x28, 0x1053, b"DS", b"1"))
pixels = el(0x7fe0, 0x10, b"OW", bytes(8192))
def item(value):
    return struct.pack("<HHI", 0xfffe, 0xe000, len(value)) + value
def encapsulated(*fragments):
    return (el(0x7fe0, 0x10, b"OB", b"", 0xffffffff) + item(b"") + b"".join(item(f) for f in fragments) +
            struct.pack("<HHI", 0xfffe, 0xe0dd, 0))
def deflate(before, repeated, times, after):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(repeated) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    last = packer.compress(after) + packer.flush()
    whole = first + block * times + last
    return whole + b"\0" * (len(whole) % 2)
put("good.dcm", meta(EXPLICIT), start, rest(), pixels)
put("preamble.dcm", bytes(128), b"DICM")
put("meta-only.dcm", meta(EXPLICIT))
put("header-only.dcm", meta(EXPLICIT), start, rest())
put("pixels-open.dcm", meta(EXPLICIT), start, rest(), pixels[:12])
put("one-less.dcm", meta(EXPLICIT), start, rest(), pixels[:-1])
put("size-lie.dcm", meta(EXPLICIT), start, rest(65535, 65535), el(0x7fe0, 0x10, b"OW", bytes(8192), 0xfffffffe))
put("length-lie.dcm", meta(EXPLICIT), el(8, 0x16, b"UI", CT), el(9, 0x1001, b"OB", b"x" * 100, 0x7ffffff0), rest(), pixels)
put("size-lie-deflated.dcm", meta(DEFLATED), deflate(start + rest(65535, 65535) + pixels, b"", 0, b""))
put("bomb-header.dcm", meta(DEFLATED), deflate(start + el(9, 0x1001, b"OB", b"", 0x7f000000), bytes(16 << 20), 127, rest() + pixels))
put("bomb-pixels.dcm", meta(DEFLATED), deflate(start + rest() + el(0x7fe0, 0x10, b"OW", b"", 0x7f000000), bytes(16 << 20), 127, b""))
runs = struct.pack("<16I", 2, 64, 192, *[0] * 13) + b"\x81\0" * 128
put("good-rle.dcm", meta(RLE), start, rest(), encapsulated(runs))
for i, offsets in enumerate(((0, 0, 0), (15, 64, 192), (2, 64, 0xfffffff0), (2, 0xfffffff0, 64), (2, 64, 100000), (2, 192, 64),
                             (2, 64, 0x7fffffff), (1, 64, 0), (0xffffffff, 64, 64))):
    put("rle-%d.dcm" % i, meta(RLE), start, rest(), encapsulated(struct.pack("<16I", *offsets, *[64] * 13) + runs[64:]))
put("rle-short.dcm", meta(RLE), start, rest(), encapsulated(runs[:40]))
put("rle-none.dcm", meta(RLE), start, rest(), encapsulated())
for name, syntax in (("rle", RLE), ("j2k", J2K), ("jpeg", LOSSLESS), ("baseline", BASELINE), ("ls", LS)):
    put("size-lie-%s.dcm" % name, meta(syntax), start, rest(65535, 32767), encapsulated(runs))
    put("noise-%s.dcm" % name, meta(syntax), start, rest(), encapsulated(noise))
# the frame that the code itself tells of: larger, smaller, turned (24 x 20 are 20 rows of 24)
for name, mark in (("jpeg-lossless", b"\xff\xc3\0\x0b"), ("jpeg-baseline", b"\xff\xc0\0\x0b"), ("jpeg-ls", b"\xff\xf7\0\x0b")):
    coded = open("dicom/%s.dcm" % name, "rb").read()
    frame = coded.index(mark) + 5
    for what, rows, columns in (("lie", 65535, 65535), ("fewer", 10, 24), ("turned", 24, 20), ("flat", 1, 480), ("none", 0, 24)):
        put("frame-%s-%s.dcm" % (what, name), coded[:frame], struct.pack(">HH", rows, columns), coded[frame + 4:])
    # the same from the other side
    rows = coded.index(b"\x28\0\x10\0US") + 8
    put("rows-more-%s.dcm" % name, coded[:rows], struct.pack("<H", 276), coded[rows + 2:])
j2k = open("dicom/jpeg2000.dcm", "rb").read()
size = j2k.index(b"\xff\x4f\xff\x51") + 8
put("frame-lie-j2k.dcm", j2k[:size], struct.pack(">II", 0x7fffffff, 0x7fffffff), j2k[size + 8:])
put("tile-lie-j2k.dcm", j2k[:size + 16], struct.pack(">II", 1, 1), j2k[size + 24:])
def tiles(components):
    stream = struct.pack(">IHHIIIIIIIIH", 0xff4fff51, 38 + 3 * components, 0, 64, 64, 0, 0, 1, 1, 0, 0, components)
    stream += b"\x0f\1\1" * components + struct.pack(">HHBBHBBBBBB", 0xff52, 12, 0, 0, 1, 0, 0, 4, 4, 0, 1)
    return stream + struct.pack(">HHBBHHHIBBHH", 0xff5c, 4, 64, 128, 0xff90, 10, 0, 14, 0, 1, 0xff93, 0xffd9)
put("tiles-1-j2k.dcm", meta(J2K), start, rest(), encapsulated(tiles(1)))
put("tiles-500-j2k.dcm", meta(J2K), start, rest(), encapsulated(tiles(500)))
nested = el(8, 0x1140, b"SQ", b"", 0xffffffff) + struct.pack("<HHI", 0xfffe, 0xe000, 0xffffffff)
deep = 100000
put("nested-implicit.dcm", meta(IMPLICIT), struct.pack("<HHI", 8, 0x16, 26), CT, b"\0", (nested[:4] + nested[8:]) * deep)
put("nested-explicit.dcm", meta(EXPLICIT), start, nested * deep)
put("nested-deflated.dcm", meta(DEFLATED), deflate(start, nested * 1000, deep // 1000, b""))
late = nested.replace(b"\x08\0", b"\xe1\x7f", 1)
put("nested-behind-rle.dcm", meta(RLE), start, rest(), encapsulated(runs), late * deep)
put("nested-behind-j2k.dcm", meta(J2K), start, rest(), encapsulated(runs), late * deep)
put("DICOMDIR", meta(EXPLICIT, DIRECTORY), el(4, 0x1220, b"SQ", b"", 0xffffffff), struct.pack("<HHI", 0xfffe, 0xe000, 0xffffffff),
    nested * deep)
put("many.dcm", meta(EXPLICIT), start, b"".join(el(9 + 2 * (i >> 16), i & 0xffff, b"LO", b"x") for i in range(200000)), rest(), pixels)
END

# harmless WANT TOOL CMD... - what TOOL does in CMD ends soon and in little memory, with one of the
# statuses WANT; when not with 0, it says why.
seconds=20
[ -z "$sanitized" ] || seconds=60
if [ -x /usr/bin/time ]; then
	measure="/usr/bin/time -q -f %M -o $TMP/.lib/peak"
fi
harmless()
{
	local want=$1 tool=$2 desc status held why=
	shift 2
	desc=$(echo "$*" | sed "s|^sh -c ||; s|hostile/||g; s|$TMP/||g" | cut -c 1-100)
	echo 0 >"$TMP/.lib/peak"
	# shellcheck disable=SC2086  # words
	$measure timeout -s KILL $seconds "$@" >"$TMP/.lib/out" 2>"$TMP/.lib/err" </dev/null
	status=$?
	case " $want " in
	*" $status "*) ;;
	*) why="exit $status, expected $want" ;;
	esac
	[ $status != 137 ] || why="killed after $seconds s"
	if [ -z "$why" ] && [ $status != 0 ]; then
		why=$(LC_ALL=C awk -v tool="$tool" '
			index($0, tool ": ") != 1 { print "a line of stderr does not start with " tool; exit }
			/[\1-\37\177]/ { print "a control character on stderr"; exit }
			index($0, tool ": warning: ") != 1 { errors++ }
			END { if (errors != 1) print errors + 0 " lines of error" }' "$TMP/.lib/err")
		# volcmp has said what differs, on stdout
		[ "$tool$status" != volcmp1 ] || [ -s "$TMP/.lib/err" ] || why=
	fi
	held=$(tail -n 1 "$TMP/.lib/peak")
	[ "$held" -lt $((mib * 1024 + 4 * largest / 1024)) ] || why="held $held KiB"
	if [ -z "$why" ]; then
		pass "$desc"
	else
		echo "$why" >"$TMP/.lib/why"
		fail "$desc" "$TMP/.lib/why" "$TMP/.lib/err"
	fi
}

# the file that is looked at: what may be held goes with its size
largest=0
look_at()
{
	f=$1
	largest=$(stat -L -c %s "$f")
}

# the file through a pipe, with more arguments
from_pipe()
{
	local want=$1 tool=$2 file=$3
	shift 3
	harmless "$want" "$tool" sh -c "cat '$file' | $tool $*"
}

vol_tools()
{
	harmless "$1" volhu volhu "$2"
	from_pipe "$1" volhu "$2"
	harmless "$1" vol2nii vol2nii "$2"
	from_pipe "$1" vol2nii "$2" -z 1
	from_pipe "$1" vol2nrrd "$2"
}

read_tools()
{
	harmless "$1" volinfo volinfo --stats "$2"
	# without the voxels, or where sizes differ already, a header may be all that is read
	from_pipe "0 1" volinfo "$2" --json
	harmless "1 2" volcmp volcmp -q "$2" ct.vol
}

cd "$TMP" || exit 1
ln -s ../ct.vol hostile/link
for f in empty random text gzip-of-nothing.gz gzip-of-random.gz gzip-of-gzip.gz gzip-head.gz gzip-bad.gz elf; do
	look_at hostile/$f
	vol_tools 1 $f
	read_tools 1 $f
	harmless 1 nii2vol nii2vol $f
	from_pipe 1 nii2vol $f
	harmless 1 nrrd2vol nrrd2vol $f
	from_pipe 1 nrrd2vol $f
	harmless 1 dcm2vol dcm2vol $f
	harmless "0 1" dcmls dcmls --files $f
done
for f in hostile/*.vol; do
	look_at "$f"
	case $f in
	*/field-long.vol | */keys-4-million.vol) want="0 1" ;;
	*) want=1 ;;
	esac
	vol_tools "$want" "$f"
	read_tools "$want" "$f"
	harmless "$want" nrrd2vol nrrd2vol "$f"
	from_pipe "$want" nrrd2vol "$f"
done
for f in hostile/header.gz hostile/*.nrrd.gz hostile/*.nrrd; do
	look_at "$f"
	harmless 1 nrrd2vol nrrd2vol "$f"
	from_pipe 1 nrrd2vol "$f"
	read_tools 1 "$f"
done
for f in hostile/*.nhdr; do
	look_at "$f"
	harmless 1 nrrd2vol nrrd2vol "$f"
	harmless "0 1" volinfo volinfo "$f"
done
for f in hostile/*.nii hostile/*.nii.gz; do
	look_at "$f"
	harmless 1 nii2vol nii2vol "$f"
	from_pipe 1 nii2vol "$f"
	read_tools 1 "$f"
done
for f in hostile/*.dcm hostile/DICOMDIR; do
	look_at "$f"
	case $f in
	*/good*) want=0 ;;
	*/bomb-pixels.dcm | */many.dcm | */rle-?.dcm | */tile-lie* | */nested-behind-*) want="0 1" ;;
	*) want=1 ;;
	esac
	harmless "$want" dcm2vol dcm2vol -q "$f"
	harmless "0 1" dcmls dcmls --files "$f"
done

# ---- input without an end ----

largest=0

for f in /dev/zero /dev/urandom; do
	vol_tools 1 $f
	harmless 1 nii2vol nii2vol $f
	harmless 1 nrrd2vol nrrd2vol $f
	harmless 1 volinfo volinfo $f
	harmless 2 volcmp volcmp $f ct.vol
	harmless 1 dcm2vol dcm2vol $f
	harmless "0 1" dcmls dcmls $f
done
for t in volhu vol2nii vol2nrrd nrrd2vol volinfo; do
	[ $t = volinfo ] && o=--stats || o=
	harmless 1 $t sh -c "cat ct.vol /dev/zero | $t $o"
	harmless 1 $t sh -c "(printf 'NRRD0005\n# '; tr '\0' x </dev/zero) | $t $o"
	harmless 1 $t sh -c "(printf 'NRRD0005\n'; yes 'key:=value') | $t $o"
done
harmless 1 nii2vol sh -c 'gzip -c </dev/zero | nii2vol'
harmless 1 nrrd2vol sh -c 'gzip -c </dev/zero | nrrd2vol'
harmless 0 nii2vol sh -c '(cat ct.nii; head -c 512M /dev/zero) | nii2vol'
harmless 1 dcm2vol sh -c 'tr "\0" x </dev/zero | head -c 10000000 | dcm2vol --files0-from -'

# ---- names ----

mkdir strange
for name in $'two\nlines' '%s%s%s%n%n%n%99999999d' $'\xff\xfe\x80' $'\e[2J\e]0;title\a' '-o' ' ' "$(printf '%0250d' 0)" \
	größe-体積 "quote'\"\`id\`\$(id)"; do
	for t in volhu vol2nii vol2nrrd volinfo nii2vol nrrd2vol dcm2vol; do
		harmless 1 $t $t -- "$name"
		harmless 1 $t $t -- "hostile/$name/x"
		head -c 200 ct.vol >"strange/$name"
		harmless 1 $t $t "strange/$name"
	done
	harmless 2 volcmp volcmp -- "$name" ct.vol
	harmless "0 1" dcmls dcmls --files strange
	harmless "0 1" dcmls dcmls --json strange
	ok "a series in a folder with a strange name" sh -c 'mv series-explicit "strange/$1.d" &&
		dcm2vol "strange/$1.d" -o "strange/$1.vol" && mv "strange/$1.d" series-explicit &&
		cmp ct.vol "strange/$1.vol"' sh "$name"
	ok "volhu to a strange name, and from it" sh -c 'volhu "strange/$1.vol" -o "strange/$1.hu" && cmp hu.vol "strange/$1.hu"' \
		sh "$name"
	ok "vol2nii to a strange name, and back" sh -c 'vol2nii ct.vol -o "strange/$1.hdr" &&
		nii2vol "strange/$1.img" -o "strange/$1.vol" && volcmp ct.vol "strange/$1.vol"' sh "$name"
	rm -rf strange
	mkdir strange
done
done_testing
