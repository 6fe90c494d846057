#!/bin/sh
# Several volumes in one input: under one UID, and all of them at once. Against the frames that pydicom put into them.
# shellcheck source=tests/lib.sh
. tests/lib.sh
need_python pydicom numpy

# rows - what --all said of each series, without the reasons' wording
rows()
{
	awk -F'\t' '{ sub(/.*\[/, "[", $3); print $1, $2, $3 }' .lib/out
}

# ---- mixed under one UID ----

py "two kernels, two tube voltages, two orientations, two sizes: each by its selector" <<'END'
import subprocess, multiframe as m
SAGITTAL = (0.0, 1, 0, 0, 0, -1)
mixed = {
    "kernels": [("ConvolutionKernel B30f", m.stack(5, seed=1, tags={"ConvolutionKernel": "B30f"})),
                ("ConvolutionKernel B60f", m.stack(5, seed=2, tags={"ConvolutionKernel": "B60f"}))],
    "voltages": [("KVP 80", m.stack(5, seed=3, tags={"KVP": "80"})), ("KVP 140", m.stack(5, seed=4, tags={"KVP": "140"}))],
    "orientations": [("axial", m.stack(5, seed=5)), ("sagittal", m.stack(4, seed=6, orientation=SAGITTAL))],
    "sizes": [("9 x 8", m.stack(6, seed=8, size=(8, 9))), ("14 x 11", m.stack(5, seed=7, size=(11, 14)))],
    "parts": [("ImageType ORIGINAL\\PRIMARY\\M", m.stack(4, seed=9, tags={"ImageType": ["ORIGINAL", "PRIMARY", "M"]})),
              ("ImageType ORIGINAL\\PRIMARY\\P", m.stack(4, seed=10, tags={"ImageType": ["ORIGINAL", "PRIMARY", "P"]}))],
}
for name, parts in mixed.items():
    frames = m.shuffled(sum((frames for _, frames in parts), []))
    m.singles(name, frames)
    refused = subprocess.run(["dcm2vol", name], capture_output=True, text=True)
    assert refused.returncode == 1 and refused.stderr.endswith("[several-series]\n"), refused
    for k, (kind, frames) in enumerate(parts, 1):
        assert f"7.{k}: {len(frames)} slices {kind}" in refused.stderr, (kind, refused.stderr)
        subprocess.run(["dcm2vol", name, "--series", f"7.{k}", "-o", "one.vol"], check=True)
        m.check("one.vol", [frames])
END

py "magnitude and phase in two echoes at three times: four series, each a list" <<'END'
import subprocess, multiframe as m
all_of = {}
for part in "MP":
    for echo in (4.92, 12.5):
        for t in range(3):
            all_of[part, echo, t] = m.stack(3, seed=len(all_of), echo=echo, time_index=t + 1,
                                            tags={"ImageType": ["ORIGINAL", "PRIMARY", part]})
m.singles("many", m.shuffled(sum(all_of.values(), [])))
names = subprocess.run(["dcmls", "--tsv", "many"], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
assert len(names) == 4, names
found = set()
for row in names:
    cells = row.split("\t")
    part = "P" if "PRIMARY\\P" in cells[6] else "M"
    echo = 4.92 if "echo 4.92 ms" in cells[6] else 12.5
    found.add((part, echo))
    subprocess.run(["dcm2vol", "many", "--series", cells[0], "-o", "one.vol"], check=True)
    m.check("one.vol", [all_of[part, echo, t] for t in range(3)])
assert len(found) == 4
END

py "derived images among the original ones are set apart, and come after them" <<'END'
import subprocess, multiframe as m
original = m.stack(6, seed=1)
derived = m.stack(2, seed=2, orientation=(0.0, 1, 0, 0, 0, -1), tags={"ImageType": ["DERIVED", "SECONDARY", "MPR"]})
del derived[1]["position"]
derived[1]["position"] = (0, 0, 0)
m.singles("derived", derived + original)
subprocess.run(["dcm2vol", "derived", "-S", "7.1", "-o", "one.vol"], check=True)
m.check("one.vol", [original])
END

py "halves of a stack that has something wrong are no volumes" <<'END'
import subprocess, multiframe as m
frames = m.stack(12, seed=3)
for i, f in enumerate(frames):
    f["tags"] = {"ConvolutionKernel": "B30f" if i < 6 else "B60f", "ImageType": ["ORIGINAL", "PRIMARY", "AB"[i // 6]]}
m.singles("gap", frames[:6] + frames[7:])
refused = subprocess.run(["dcm2vol", "gap"], capture_output=True, text=True)
assert refused.returncode == 1 and refused.stderr.endswith("[missing-slice]\n"), refused
END

py "two filters of which one lacks a slice stay one series, which is refused" <<'END'
import subprocess, multiframe as m
a, b = (m.stack(6, seed=k, tags={"FilterType": f"F{k}"}) for k in (3, 6))
m.singles("lacks", a + b[:2] + b[3:])
refused = subprocess.run(["dcm2vol", "lacks"], capture_output=True, text=True)
assert refused.returncode == 1 and refused.stderr.endswith("[duplicate-position]\n"), refused
END

# ---- --split ----

py "--split: each volume of a list on its own, in the order of the axis" <<'END'
import subprocess, multiframe as m
volumes = [m.stack(4, seed=t, time_index=t + 1) for t in range(12)]
m.singles("times", m.shuffled(sum(volumes, [])))
for t in (0, 1, 9, 11):
    subprocess.run(["dcm2vol", "--split", "--series", f"7.{t + 1}", "times", "-o", "one.vol"], check=True)
    assert "axis" not in m.check("one.vol", [volumes[t]])
m.singles("lame", sum(volumes[:3], [])[:6] + sum(volumes[:3], [])[7:])
END
must_fail 1 "a time that lacks a slice: the list is refused" dcm2vol lame
ok_rows()
{
	dcm2vol --all --split lame -o 'split/{series}_{kind}.vol' >.lib/out 2>.lib/err
	echo "$? $(rows | tr '\n' ';')"
}
is "... split, the other times are there" "$(ok_rows)" \
	"1 7.1 written split/7.1_time_1.vol;7.2 refused [missing-slice];7.3 written split/7.3_time_3.vol;"
py "... whole" <<'END'
import multiframe as m
for t in (0, 2):
    m.check(f"split/7.{t + 1}_time_{t + 1}.vol", [m.stack(4, seed=t, time_index=t + 1)])
END
is "... and nothing else" "$(ls -A split | tr '\n' ' ')" "7.1_time_1.vol 7.3_time_3.vol "

py "--untilt sets each volume of a list upright, as it does one alone; --regrid refuses the list" <<'END'
import subprocess, numpy as np, multiframe as m, volfile
volumes = []
for t in range(3):
    frames = m.stack(6, seed=t, time_index=t + 1)
    for i, f in enumerate(frames):
        f["position"] = tuple(np.add(f["position"], (0.0, 0.6 * i, 0.0)))
    volumes.append(frames)
m.singles("leaning", m.shuffled(sum(volumes, [])))
subprocess.run(["dcm2vol", "--untilt", "leaning", "-o", "list.vol"], check=True, stderr=subprocess.DEVNULL)
voxels, affine, _ = volfile.read("list.vol")
assert voxels.shape[-1] == 3 or voxels.shape[0] == 3, voxels.shape
for t in range(3):
    subprocess.run(["dcm2vol", "--untilt", "--split", "-S", f"7.{t + 1}", "leaning", "-o", "one.vol"], check=True,
                   stderr=subprocess.DEVNULL)
    one, where, _ = volfile.read("one.vol")
    assert np.allclose(where, affine, atol=1e-9)
    assert np.array_equal(one, voxels[..., t] if voxels.shape[-1] == 3 else voxels[t]), t
m.singles("holes", sum((frames[:2] + frames[3:] for frames in volumes), []))
refused = subprocess.run(["dcm2vol", "--regrid", "holes"], capture_output=True, text=True)
assert refused.returncode == 1 and refused.stderr.endswith("[missing-slice]\n"), refused
END

# ---- --all ----

py "series of every kind in one folder" <<'END'
import multiframe as m
def series(uid, number, description, frames, **more):
    m.singles("study", frames, SeriesInstanceUID=f"1.2.{uid}", SeriesNumber=number, SeriesDescription=description, **more)
series(1, 3, "T1 mprage/../../etc", m.stack(4, seed=1))
series(2, 3, "T1 mprage/../../etc", m.stack(4, seed=2))
series(3, 4, "Jane's Gehirn (sag) für NOBODY, secret", m.stack(4, seed=3), SpecificCharacterSet="ISO_IR 192")
series(4, 5, "holes", m.stack(4, seed=4)[:1] + m.stack(4, seed=4)[2:])
series(5, None, "", m.stack(4, seed=5))
series(6, 12, "-rf *\n\t$(x) {number}", m.stack(4, seed=6))
series(7, 9, "times", sum((m.stack(3, seed=t, time_index=t + 1) for t in range(3)), []))
END
dcm2vol --all study -o 'out/a b/{number}_{desc}.vol' >.lib/out 2>.lib/err
is "--all: exit 1 where one is refused" $? 1
is "a line for each, in order" "$(rows)" "3.1 written out/a b/3_T1_mprage_.._.._etc.vol
3.2 written out/a b/3_T1_mprage_.._.._etc_2.vol
4 written out/a b/4_s_Gehirn_sag_für.vol
5 refused [missing-slice]
9 written out/a b/9_times.vol
12 written out/a b/12_rf_x_number.vol
none written out/a b/none_none.vol"
is "one line of error" "$(cat .lib/err)" "dcm2vol: 1 of 7 series refused"
is "these files, and no other" "$(find out -type f | wc -l)" 6
py "each with its voxels" <<'END'
import multiframe as m
for name, seed in (("3_T1_mprage_.._.._etc", 1), ("3_T1_mprage_.._.._etc_2", 2), ("4_s_Gehirn_sag_für", 3), ("12_rf_x_number", 6),
                   ("none_none", 5)):
    m.check(f"out/a b/{name}.vol", [m.stack(4, seed=seed)])
m.check("out/a b/9_times.vol", [m.stack(3, seed=t, time_index=t + 1) for t in range(3)])
END
find out -type f -exec md5sum {} + | sort >before
dcm2vol --all study -o 'out/a b/{number}_{desc}.vol' >.lib/out 2>.lib/err
is "once more: other names" "$(rows | awk '/written/ { print $NF }' | tr '\n' ' ')" \
	"b/3_T1_mprage_.._.._etc_3.vol b/3_T1_mprage_.._.._etc_4.vol b/4_s_Gehirn_sag_für_2.vol b/9_times_2.vol b/12_rf_x_number_2.vol b/none_none_2.vol "
ok "... and what was there is as it was" md5sum --quiet -c before
dcm2vol --all --no-clobber study -o 'out/a b/{number}_{desc}.vol' >.lib/out 2>.lib/err
is "--no-clobber: refused instead" "$? $(grep -c refused .lib/out)" "1 7"
ok "... and nothing is replaced" md5sum --quiet -c before
is "... nor added" "$(find out -type f | wc -l)" 12
dcm2vol --all study -o 'nii/{series}.nii.gz' >.lib/out 2>.lib/err
is "in another format, by the suffix" "$(cd nii && ls | tr '\n' ' ')" "12.nii.gz 3.1.nii.gz 3.2.nii.gz 4.nii.gz 9.nii.gz none.nii.gz "
dcm2vol study --series 3.2 | vol2nii -o alone.nii.gz
ok "... the same file as alone, but for its history" volcmp -q alone.nii.gz nii/3.2.nii.gz
dcm2vol --all study -o 'plain/scan.tar.vol' >.lib/out 2>.lib/err
is "a pattern without fields: numbers before the suffix" "$(cd plain && ls | tr '\n' ' ')" \
	"scan.tar.vol scan_2.tar.vol scan_3.tar.vol scan_5.tar.vol scan_6.tar.vol scan_7.tar.vol "
ok "all well: exit 0" dcm2vol --all times -o 'well/{index}_{modality}_{kind}.vol'
is "... with the fields {index}, {modality}, {kind}" "$(ls well)" 1_MR.vol
is "threads change nothing" "$(for n in 1 3; do
	dcm2vol --all --threads $n study -o "threads$n/{series}.vol" >.lib/out 2>.lib/err
	(cd threads$n && md5sum ./*) | md5sum
done | uniq | wc -l)" 1
mkdir full
ok "a name that is too long is cut" sh -c 'dcm2vol --all study -o "full/{desc}{desc}{desc}.vol" | grep -c written | grep -qx 6'
must_fail 1 "no series at all" dcm2vol --all /dev/null -o '{number}.vol'
touch file
dcm2vol --all study -o 'file/{series}.vol' >.lib/out 2>.lib/err
is "a folder that cannot be made: each is refused, with the reason" "$? $(grep -c "refused.*file.*Not a directory" .lib/out)" "1 6"

py "--all with what lies beside: names that go together, tables where there is diffusion" <<'END'
import json, subprocess, multiframe as m
weights = [(0, None), (700, (1, 0, 0)), (700, (0, 0.6, 0.8))]
for number in (2, 2, 3):
    m.singles("beside", sum((m.stack(3, seed=t, time_index=t + 1, b=b, echo=number + 0.5, **({"gradient": g} if g else {}))
                             for t, (b, g) in enumerate(weights)), []),
              SeriesNumber=number, SeriesInstanceUID=f"1.2.{number}.{len(__import__('glob').glob('beside/*'))}")
m.singles("beside", m.stack(3), SeriesNumber=4, SeriesInstanceUID="1.2.4", SeriesDescription="Jane's")
done = subprocess.run(["dcm2vol", "--all", "beside", "-o", "with/{number}.nii.gz", "--json", "with/{number}.json",
                       "--bval", "with/{number}.bval", "--bvec", "with/tables/{number}.bvec"], capture_output=True, text=True)
assert done.returncode == 0, done
import os
assert sorted(os.listdir("with")) == sorted([f"{n}.{s}" for n in ("2", "2_2", "3") for s in ("nii.gz", "json", "bval")] +
                                            ["4.nii.gz", "4.json", "tables"])
assert sorted(os.listdir("with/tables")) == ["2.bvec", "2_2.bvec", "3.bvec"]
for n in ("2", "2_2", "3"):
    assert open(f"with/{n}.bval").read().split() == ["0", "700", "700"]
    assert abs(json.load(open(f"with/{n}.json"))["EchoTime"] - (int(n[0]) + 0.5) / 1000) < 1e-9
END
py "... and no volume where a file beside it is there already" <<'END'
import os, subprocess
os.makedirs("half")
open("half/4.json", "w").write("old")
done = subprocess.run(["dcm2vol", "--all", "beside", "-o", "half/{number}.vol", "--json", "half/{number}.json"],
                      capture_output=True, text=True)
assert done.returncode == 1 and "4\trefused\t" in done.stdout, done
assert open("half/4.json").read() == "old" and "4.vol" not in os.listdir("half"), os.listdir("half")
END
must_fail 2 "two outputs of one name" dcm2vol times -o x.vol --json x.vol
must_fail 2 "a pattern beside that is none" dcm2vol --all times -o '{number}.vol' --json '{name}.json'
must_fail 2 "--all without a pattern" dcm2vol --all study
must_fail 2 "--all to stdout" dcm2vol --all study -o -
must_fail 2 "--all and --series" dcm2vol --all --series 3.1 study -o '{number}.vol'
must_fail 2 "a field that is none" dcm2vol --all study -o '{patient}.vol'
said "... is named" '{patient} is none of'
must_fail 2 "a brace without its other" dcm2vol --all study -o '{number.vol'
must_fail 2 "... nor the other way" dcm2vol --all study -o 'number}.vol'
must_fail 2 "a suffix of no format" dcm2vol --all study -o '{number}.xyz'
must_fail 2 "a format that is only read" dcm2vol --all study -o '{number}.PAR'

done_testing
