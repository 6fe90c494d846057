#!/usr/bin/env python3
"""dcm2vol over all that mkseries can make: dicom_matrix.py SYNTAX... (all when none is named).

For each transfer syntax, each choice of bits, sign and modality, with the orientations and the rest (phantom, MONOCHROME1, junk
around the stored bits, fragments, names, numbers) taken in turn; explicit, or all with FULL=1, in every orientation.  What dcm2vol
makes is held against mkseries' truth: type, stored values, physical values, place.  Lossy syntaxes against DCMTK's own
decompressors, read with pydicom, where there is one, and within bounds against the truth."""
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import check_truth
import numpy as np

TESTBIN = Path(os.environ["TESTBIN"])
NATIVE_BITS = ("8,8,7", "8,7,6", "8,6,7", "8,1,0", "8,1,7", "16,16,15", "16,15,14", "16,12,11", "16,12,15", "16,10,12", "16,8,7",
               "16,1,0", "32,32,31", "32,24,23", "32,20,31", "32,16,15")
CODED_BITS = ("8,8,7", "8,7,6", "8,1,0", "16,16,15", "16,15,14", "16,12,11", "16,10,9", "16,8,7", "16,1,0")
BITS = {
    "explicit": NATIVE_BITS, "implicit": NATIVE_BITS, "big-endian": NATIVE_BITS, "deflated": NATIVE_BITS, "rle": NATIVE_BITS,
    "jpeg-lossless": CODED_BITS, "jpeg-lossless14": CODED_BITS, "jpeg-ls": CODED_BITS, "jpeg2000": CODED_BITS,
    "jpeg-baseline": ("8,8,7", "16,12,11"), "jpeg-extended": ("8,8,7", "16,12,11"),
    "jpeg-ls-near": ("8,8,7", "16,16,15", "16,12,11"), "jpeg2000-lossy": ("8,8,7", "16,16,15", "16,12,11"),
}
LOSSY = {"jpeg-baseline": "dcmdjpeg", "jpeg-extended": "dcmdjpeg", "jpeg-ls-near": "dcmdjpls", "jpeg2000-lossy": None}
ORIENTATIONS = ("axial", "sagittal", "coronal", "oblique", "prone", "feet-first", "0.6,0,-0.8,0,-1,0")
TURNS = (
    ("--phantom=ramp", "--phantom=edges", "--phantom=thorax"),
    ("--monochrome=2", "--monochrome=1"),
    ("--names=shuffled", "--names=sequential", "--names=reversed", "--names=utf8"),
    ("--instance-numbers=random", "--instance-numbers=reversed", "--instance-numbers=none"),
    ("--size=20,17,4", "--size=7,5,3", "--size=33,2,5", "--size=16,16,2"),
    ("--spacing=0.8,0.7,2.5", "--spacing=0.9765625,0.488281,1", "--spacing=3.3,4.1,0.625"),
    ("--thickness=5", "--thickness=1"),
)
NATIVE_TURNS = ((), ("--no-preamble",), ("--no-meta",), ("--junk-high-bits",), ("--no-preamble", "--no-meta"))
CODED_TURNS = ((), ("--fragments=3",), ("--offset-table",), ("--fragments=2", "--offset-table"))
RLE_TURNS = ((), ("--offset-table",), ("--junk-high-bits",))


def cases(syntax):
    """The options of mkseries for each case."""
    kinds = list(product(BITS[syntax], ("--signed", "--unsigned"), ("CT", "MR", "PT")))
    if syntax == "jpeg-ls-near":  # which mkseries makes of unsigned pixels only
        kinds = [kind for kind in kinds if kind[1] == "--unsigned"]
    turns = RLE_TURNS if syntax == "rle" else NATIVE_TURNS if BITS[syntax] is NATIVE_BITS else CODED_TURNS
    number = 0
    for bits, sign, modality in kinds:
        orientations = ORIENTATIONS if syntax == "explicit" or os.environ.get("FULL") else [ORIENTATIONS[number % 7]]
        for orientation in orientations:
            # primes, so that every pair of choices comes together some time
            rest = [options[number * (2 * i + 3) // 2 % len(options)] for i, options in enumerate(TURNS)]
            more = list(turns[number // 2 % len(turns)])
            if syntax in ("deflated", "rle") or syntax not in ("explicit", "implicit", "big-endian"):
                more = [word for word in more if word != "--no-meta"]
            if syntax in LOSSY:  # a ramp or the extremes are no picture, and few bytes do not hold one
                rest = ["--phantom=thorax", "--noise=0", *rest[1:4], "--size=160,144,2", *rest[5:]]
            yield ["--syntax", syntax, "--bits", bits, sign, "--modality", modality, "--orient", orientation, "--seed",
                   str(number + 1), *rest, *more]
            number += 1


def run(words):
    """A program that must succeed; what it said on stderr."""
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode:
        raise check_truth.Wrong(f"{Path(words[0]).name}: exit {done.returncode}: {said}")
    return said


def decoded(folder, decoder, into):
    """The images of a folder as DCMTK's own program decodes them."""
    into.mkdir()
    for number, path in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        run([decoder, path, into / f"{number}.dcm"])
    return check_truth.dicom(into)


def check_lossy(got, syntax, options, place):
    """Exactly what another decoder finds; and not far from what was coded."""
    truth = check_truth.truth(place / "truth.nrrd")
    if LOSSY[syntax]:
        check_truth.compare(got, decoded(place / "in", LOSSY[syntax], place / "plain"))
    values = np.stack([truth.physical(k) for k in range(truth.stored.shape[2])], axis=2)
    mine = np.stack([got.physical(k) for k in range(truth.stored.shape[2])], axis=2)
    check_truth.compare(got, truth, off=float("inf"))
    mean, span = np.abs(mine - values).mean(), values.max() - values.min()
    # dcmcjpeg stretches the values of a JPEG, and tells it in the rescale of CT alone
    if mean > 0.01 * span and (LOSSY[syntax] != "dcmdjpeg" or "CT" in options):
        raise check_truth.Wrong(f"off by {mean} of {span} in the mean")


def check(numbered):
    """One case; the text of what is wrong, or None."""
    number, options = numbered
    place = Path(tempfile.mkdtemp(prefix=f"case{number}."))
    syntax = options[1]
    try:
        run([TESTBIN / "mkseries", "-o", place / "in", "--truth", place / "truth.nrrd", "--truth-stored", place / "stored.nrrd",
             *options])
        said = run(["dcm2vol", place / "in", "-o", place / "out.vol"])
        if said and not (syntax == "big-endian" and "32," in options[3] and said.count("\n") == 0 and "warning:" in said):
            raise check_truth.Wrong(f"said: {said}")
        got = check_truth.result(place / "out.vol")
        if syntax in LOSSY:
            check_lossy(got, syntax, options, place)
        else:
            check_truth.compare(got, check_truth.truth(place / "stored.nrrd"), stored=True)
            # the truth's numbers are made from the same slope in the same way: no rounding between
            check_truth.compare(got, check_truth.truth(place / "truth.nrrd"))
    except (check_truth.Wrong, check_truth.nrrdio.Mismatch) as wrong:
        return f"{' '.join(options)}: {wrong}"
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return None


def main():
    """Run the syntaxes named; print what fails; exit 1 when anything does."""
    syntaxes = sys.argv[1:] or list(BITS)
    todo = [case for syntax in syntaxes for case in cases(syntax)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        wrong = [text for text in pool.map(check, enumerate(todo)) if text]
    print("\n".join(wrong[:10] + [f"{len(wrong)} of {len(todo)} cases are wrong"]))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
