"""What one line of the expectations is, and short ways to write it."""
from dataclasses import dataclass


class Explained(str):
    """The detail of a case that differs from its reference for reasons in a committed table."""


@dataclass(frozen=True)
class Case:
    """name: as printed; check: which of run.CHECKS judges it; inputs: NAME/path in the data; expect: agree, refused, either.

    reasons   the names in brackets that fit a refusal, the best first; none: any
    options   further words for dcm2vol
    slices    where the reference slices are, when the inputs are not themselves that
    sibling   plain file with the voxels that a compressed or incomplete input must give
    tolerance (largest error, root mean square) where the codec loses; "near": what the JPEG-LS frame itself states
    refs      (kind, path, key) of other programs' results: nii, nrrd, json, voxels (geometry known to be wrong), raw
    noise_mm  how far stated positions lie from a line, where that is rounding and more than the usual limit
    sha, blocks   what the voxels are, where no file at hand says so
    counts, rows  what dcmls must say
    says      what the line of a refusal must match
    complete  give the header what it lacks of a volume's (three dimensions, spacings), so that the defect itself is met
    no_form   NIfTI with neither qform nor sform
    note, why     for the table; for the reader"""
    name: str
    check: str
    inputs: tuple
    expect: str = "agree"
    reasons: tuple = ()
    options: tuple = ()
    slices: tuple = ()
    sibling: str = ""
    tolerance: object = None
    refs: tuple = ()
    noise_mm: float = 0
    sha: str = ""
    blocks: tuple = ()
    counts: tuple = ()
    rows: tuple = ()
    says: str = ""
    complete: bool = False
    no_form: bool = False
    note: str = ""
    tool: str = "dcm2vol"
    why: str = ""


def regular(path, why, *references, **more):
    """A folder that is one regular series."""
    return Case(more.pop("name", path), "series", more.pop("inputs", (path,)), refs=references, why=why, **more)


def single(path, why="one slice; the step is SpacingBetweenSlices, else SliceThickness", **more):
    """A file that is one slice."""
    return Case(path, more.pop("check", "series"), (path,), why=why, **more)


def refuse(path, *reasons, why="", **more):
    """dcm2vol must say no, for one of these reasons."""
    return Case(more.pop("name", path), "refused", more.pop("inputs", (path,)), "refused", reasons, why=why, **more)


def listed(path, *rows, why="counts add up to the files seen", **counts):
    """dcmls of a folder: rows are (modality, slices or None, columns, rows, problem, problems or None)."""
    named = tuple((status.replace("_", "-"), number) for status, number in counts.items())
    return Case(f"dcmls {path}", "dcmls", (path,), counts=named, rows=rows, why=why)


def nifti(path, expect="agree", why="", **more):
    """A NIfTI file for nii2vol."""
    return Case(more.pop("name", path), "no-nifti" if expect == "refused" else "nifti", (path,), expect, tool="nii2vol", why=why, **more)


def nrrd(path, expect="agree", why="", *references, **more):
    """A NRRD file for nrrd2vol."""
    return Case(more.pop("name", path), "no-nrrd" if expect == "refused" else "nrrd", (path,), expect, tool="nrrd2vol", why=why,
                refs=references, **more)
