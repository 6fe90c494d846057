#!/bin/sh
# NIfTI and NRRD of ours as ITK reads them (by plastimatch), which wants perpendicular axes; MetaImage is in mha.sh.
# shellcheck source=tests/lib.sh
. tests/lib.sh

need plastimatch
need_python numpy nibabel

for format in nii nrrd; do
	FORMAT=$format py "vol2$format: every type, grid and kind of file" <<'EOF'
import glob, os, nibabel, numpy as np, volfile as v
files = {"nii": (["a.nii"], ["--plain", "a.nii"], ["a.nii.gz"], ["a.hdr"]),
         "nrrd": (["a.nrrd"], ["-z", "2", "a.nrrd"], ["a.nhdr"], ["-z", "2", "a.nhdr"])}[os.environ["FORMAT"]]
keys = {"unit": "HU", "padding": "-2000", "labels": "1 lung\\n2 airway", "history.1": "volhu 1"}
kinds = ("plain", "axial", "coronal", "oblique", "left-handed")
for i, name in enumerate(n for n in v.TYPES if n != "int8"):  # which plastimatch does not take
    for kind in kinds if name == "int16" else [kinds[i % 5]]:
        data, where = v.numbers(v.TYPES[name], (11, 7, 5)), v.affine(kind)
        v.write("a.vol", data, where, keys)
        for *words, file in files:
            # asked for a.nii.gz, niftilib takes an a.nii that is there
            for old in glob.glob("a.[!v]*"):
                os.unlink(old)
            v.run("vol2" + os.environ["FORMAT"], *words, "a.vol", "-o", file)
            status, out, said = v.tool("plastimatch", "convert", "--input", file, "--output-img", "b.nii")
            case = (name, kind, file, words)
            assert status == 0, (case, said)
            image = nibabel.load("b.nii")
            assert np.array_equal(image.dataobj, data), case
            # floats, twice
            assert v.corner_distance(image.affine, where, data.shape) < 1e-3, case
EOF
done

done_testing
