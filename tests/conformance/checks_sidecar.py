"""Check of dcm2vol --json: every field of dcm2niix's sidecar is in ours, or the difference is in sidecar_differences.tsv.

dcm2niix turns the rows of an image upside down, and some stacks too, so that its j and k run other ways than ours.  Where there
is a NIfTI file beside the JSON, directions and slice times are turned as the axes of the two volumes say."""
import fnmatch
import json
from pathlib import Path

import nibabel
import numpy as np

import nrrdio
import refs
from case import Explained
from checks_dicom import command
from volume import LPS_FROM_RAS, Mismatch

RELATIVE = 1e-4
AXES = "ijk"
PARTS = {"MAGNITUDE", "PHASE", "REAL", "IMAGINARY"}    # that dcm2niix adds to ImageType
RENAMED = {"BodyPartExamined": "BodyPart"}      # dcm2niix's name until 2023


def differences():
    """(pattern of cases, pattern of fields, bound or None, reason) of the committed table."""
    lines = (Path(__file__).parent / "sidecar_differences.tsv").read_text().splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            case, field, bound, reason = line.split("\t")
            yield case, field, float(bound) if bound else None, reason


DIFFERENCES = list(differences())


def check_sidecar(case, ctx):
    """Compare field by field; text for the table."""
    reference = ctx.data.path(case.refs[0][1])
    ours = made(case, ctx)
    theirs = json.loads(reference.read_text())
    turned = turn(theirs, axes(ctx.tmp / "s.vol", reference))
    equal, left, explained, wrong = 0, 0, [], []
    for field, want in turned.items():
        if field.startswith("ConversionSoftware"):
            continue
        got = ours.get(RENAMED.get(field, field))
        if same(got, want) or (field == "ImageType" and same_type(got, want)):
            equal += 1
            continue
        line = explanation(case.name, field, got, want)
        if line is None:
            wrong.append(f"{field} is {short(got)}, dcm2niix has {short(want)}")
        elif line[0] == "*" and got is None:
            left += 1
        else:
            explained.append(field)
    if wrong:
        raise Mismatch("; ".join(wrong))
    answer = f"{equal} fields equal, {left} that no sidecar of ours has"
    return Explained(f"{answer}; see the table: {' '.join(explained)}") if explained else answer


def made(case, ctx):
    """Our sidecar with what is typed, once it was seen that without the word nothing that identifies is in it."""
    words = command(case, ctx)
    first, second = ctx.tmp / "a.json", ctx.tmp / "b.json"
    ctx.tools.run([*words, "--json", first, "-o", ctx.tmp / "s.vol"])
    ctx.tools.run([*words, "--keep-identifiers", "--json", second], stdout=None)
    text = first.read_text()
    headers = [refs.read_header(path) for path in files(ctx.data.path(case.inputs[0]))]
    for secret in refs.identifiers([header for header in headers if header is not None]):
        if secret.lower() in text.lower():
            raise Mismatch(f"the sidecar holds the identifier {secret!r}")
    ours, more = json.loads(text), json.loads(second.read_text())
    if {field: more[field] for field in more if field not in ("SeriesDescription", "ProtocolName")} != ours:
        raise Mismatch("--keep-identifiers changes more than SeriesDescription and ProtocolName")
    return more


def files(path):
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def axes(stream, reference):
    """For each axis of dcm2niix's volume (ours, sign), or None where it is not at hand: rows turned, nothing else."""
    image = next((p for p in (reference.with_suffix(".nii"), reference.with_suffix(".nii.gz")) if p.exists()), None)
    if image is None:
        return [(0, 1), (1, -1), (2, 1)]
    ours = nrrdio.read_stream(stream).volume().affine[:3, :3]
    theirs = (LPS_FROM_RAS @ nibabel.load(image).affine)[:3, :3]
    into = np.linalg.solve(ours, theirs)
    into /= np.abs(into).max(axis=0)
    which = [int(np.argmax(np.abs(into[:, axis]))) for axis in range(3)]
    return [(axis, 1 if into[axis, n] > 0 else -1) for n, axis in enumerate(which)]


def turn(theirs, ways):
    """Their fields as they would be on our axes."""
    turned = dict(theirs)
    for field in ("PhaseEncodingDirection", "PhaseEncodingAxis"):
        if field in theirs:
            axis, sign = ways[AXES.index(theirs[field][0])]
            negative = (theirs[field][1:] == "-") != (sign < 0)
            turned[field] = AXES[axis] + ("-" if negative and field == "PhaseEncodingDirection" else "")
    if "SliceTiming" in theirs and ways[2] == (2, -1):
        turned["SliceTiming"] = theirs["SliceTiming"][::-1]
    return turned


def same(got, want):
    """Equal, numbers as six digits are; lists one by one."""
    if isinstance(want, bool) or isinstance(got, bool):
        return got is want
    if isinstance(want, (int, float)) and isinstance(got, (int, float)):
        return abs(got - want) <= RELATIVE * abs(want)
    if isinstance(want, list) and isinstance(got, list):
        return len(got) == len(want) and all(same(g, w) or near_zero(g, w) for g, w in zip(got, want))
    return got == want


def same_type(got, want):
    """dcm2niix cuts words at underscores too, and adds what part of the signal it is."""
    got = "_".join(got or []).split("_")
    return got == want[:len(got)] and set(want[len(got):]) <= PARTS


def near_zero(got, want):
    """Elements of a list beside which others are large."""
    return isinstance(got, (int, float)) and isinstance(want, (int, float)) and abs(got - want) < 1e-6


def explanation(name, field, got, want):
    """The first line of the table that fits and is not exceeded; None: none does."""
    for line in DIFFERENCES:
        case, pattern, bound, _ = line
        if not fnmatch.fnmatchcase(name, f"sidecar {case}") or not fnmatch.fnmatchcase(field, pattern):
            continue
        if bound is not None and not (np.shape(got) == np.shape(want) and np.abs(np.subtract(got, want)).max() <= bound):
            continue
        return line
    return None


def short(value):
    text = json.dumps(value)
    return text if len(text) < 90 else text[:87] + "..."
