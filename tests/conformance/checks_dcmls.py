"""Checks of dcmls on whole folders, and of the selectors it prints when given to dcm2vol."""
import json
import os
from collections import Counter

import nrrdio
import refs
from volume import Mismatch, align

STATUSES = ("used", "duplicate", "localizer", "truncated", "not-dicom", "no-pixels", "other")
PATIENT = ("PatientName", "PatientID", "PatientBirthDate")


def listing(ctx, folder, *options):
    """The JSON that dcmls prints for a folder."""
    out = ctx.tmp / "dcmls.json"
    ctx.tools.run(["dcmls", "--json", *options, folder], stdout=out)
    try:
        return json.loads(out.read_text())
    except ValueError as error:
        raise Mismatch(f"dcmls --json is not JSON: {error}") from None


def files_below(folder):
    """How many files a recursive search of the folder meets."""
    return sum(len(names) for _, _, names in os.walk(folder))


def check_dcmls(case, ctx):
    """Counts add up, series are those that the case names, nobody is identified; table and TSV run too."""
    folder = ctx.data.path(case.inputs[0])
    found = listing(ctx, folder, "--files")
    check_counts(case, found, files_below(folder))
    check_list(found)
    check_rows(case, found)
    check_anonymous(folder, (ctx.tmp / "dcmls.json").read_text())
    for option in ([], ["--tsv"], ["--tsv", "--files"]):
        ctx.tools.run(["dcmls", *option, folder], stdout=ctx.tmp / "table")
        check_anonymous(folder, (ctx.tmp / "table").read_text())
    counts = ", ".join(f"{n} {name}" for name, n in found["counts"].items() if n)
    return f"{found['files']} files: {counts}; {len(found['series'])} series"


def check_counts(case, found, files):
    """Every file seen is counted once."""
    counts = found["counts"]
    if set(counts) != set(STATUSES):
        raise Mismatch(f"statuses {sorted(counts)}")
    if found["files"] != files or sum(counts.values()) != files:
        raise Mismatch(f"{files} files in the folder; dcmls says {found['files']}, counts add up to {sum(counts.values())}")
    for status, number in case.counts:
        if counts[status] != number:
            raise Mismatch(f"{counts[status]} {status}, expected {number}: {counts}")


def check_list(found):
    """One row a file, agreeing with the counts, each with its reason unless it is used."""
    rows = found["list"]
    tally = Counter(row["status"] for row in rows)
    if len(rows) != found["files"] or any(tally[status] != n for status, n in found["counts"].items()):
        raise Mismatch(f"--files lists {dict(tally)}, the counts say {found['counts']}")
    silent = [row["path"] for row in rows if row["status"] != "used" and not row["reason"]]
    if silent:
        raise Mismatch(f"no reason given for {silent[0]}")


def check_rows(case, found):
    """The series that the case names, each (modality, slices, columns, rows, problem or None), are all there."""
    rows = [(s["modality"], s["slices"], s["columns"], s["rows"], s["problem"]) for s in found["series"]]
    for want in case.rows:
        match = next((row for row in rows if fits(row, want)), None)
        if match is None:
            raise Mismatch(f"no series {want}; dcmls has {rows}")
        rows.remove(match)
    if any(s["regular"] != (s["problem"] is None) for s in found["series"]):
        raise Mismatch("regular and problem contradict each other")


def fits(row, want):
    """Whether a row is the wanted one: None for the slices stands for any number, a tuple of problems for any of them."""
    problems = want[4] if isinstance(want[4], tuple) else (want[4],)
    return (row[0], row[2], row[3]) == (want[0], want[2], want[3]) and want[1] in (None, row[1]) and row[4] in problems


def check_anonymous(folder, text):
    """Nothing of the patient in a listing that was not asked for it."""
    for path in sorted(folder.rglob("*")):
        text = text.replace(path.name, "")       # a folder named after the patient is not the listing's doing
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()][:5]
    datasets = list(filter(None, map(refs.read_header, files)))
    described = {ds.get("SeriesDescription") for ds in datasets}     # a phantom may bear one name in both places
    if any(secret in text for secret in refs.identifiers(datasets, PATIENT) - described):
        raise Mismatch("the listing shows who the patient is")


def check_selectors(case, ctx):
    """Each regular series that dcmls lists converts by the selector it prints, and is one of the references, once each."""
    folder = ctx.data.path(case.inputs[0])
    regular = [row for row in listing(ctx, folder)["series"] if row["regular"] and row["slices"] > 1]
    wanted = [refs.series(refs.image_datasets(ctx.data.path(path))) for path in case.slices]
    if len(regular) != len(wanted):
        raise Mismatch(f"{len(regular)} regular series {[row['series'] for row in regular]}, expected {len(wanted)}")
    for row in regular:
        ctx.tools.run(["dcm2vol", "--series", row["series"], folder], stdout=ctx.tmp / "s.vol")
        got = nrrdio.read_stream(ctx.tmp / "s.vol").volume()
        match = next((want for want in wanted if same(got, want)), None)
        if match is None:
            raise Mismatch(f"--series {row['series']} gives a volume that is none of the references")
        wanted = [want for want in wanted if want is not match]
    return f"series {', '.join(row['series'] for row in regular)}"


def same(got, want):
    """Whether a volume is a reference, voxel by voxel."""
    if sorted(got.stored.shape) != sorted(want.volume.stored.shape):
        return False
    turned = align(got, want.volume.affine).stored
    return turned.shape == want.volume.stored.shape and bool((turned == want.volume.stored).all())
