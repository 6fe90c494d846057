"""Checks of mnc2vol, par2vol, ana2vol and mha2vol: what other programs make of the same file, in the same run or beside it."""
import json
import re
import shutil
import subprocess
from pathlib import Path

import nibabel
import numpy as np

import mhaio
import nrrdio
import parfiles
import refs
from data import Absent
from volume import LPS_FROM_RAS, Mismatch, Volume, align, corner_distance, same_world, value_difference

CORNER_MM = 0.01        # what the issue allows
DIGITS_MM = 0.001       # where both sides have the same numbers
FLOAT32 = 2.0 ** -22    # a value that another program kept as float32, from its own arithmetic in float32


def stream_of(case, ctx, words):
    """The stream that a reader makes, held to vol-stream.md."""
    if not (ctx.tools.folder / words[0]).is_file():
        raise Absent(f"skipped: no {words[0]}")
    ctx.tools.run(words, stdout=ctx.tmp / "s.vol")
    return nrrdio.read_stream(ctx.tmp / "s.vol")


def physical(nrrd):
    """The stream as a Volume of what its stored values mean, in float64; slices and entries may each have their own slope."""
    volume = nrrd.volume()
    slope, intercept = (np.asarray(x, float) for x in (volume.slope, volume.intercept))
    if slope.ndim:
        shape = (1, 1) + volume.stored.shape[2:4]
        slope, intercept = (x.reshape(shape, order="F") for x in (slope, intercept))
    return Volume(volume.stored * slope + intercept, volume.affine)


def hold(got, want, corner_mm, what, relative=0.0):
    """(largest difference of values over the largest value, worst corner mm) in patient space; Mismatch beyond the limits."""
    turned = align(got, want.affine)
    if turned.stored.shape != want.stored.shape:
        raise Mismatch(f"{what}: sizes {turned.stored.shape}, reference {want.stored.shape}")
    top = float(np.nanmax(np.abs(want.stored.astype(float)))) or 1.0
    worst = float(np.nanmax(np.abs(turned.stored.astype(float) - want.stored.astype(float)))) / top
    if not worst <= relative:
        raise Mismatch(f"{what}: values differ by up to {worst:g} of the largest (limit {relative:g})")
    corner = corner_distance(turned, want.affine)
    if not corner <= corner_mm:
        raise Mismatch(f"{what}: worst corner {corner:.4f} mm off (limit {corner_mm} mm)")
    return worst, corner


def table(worst, case):
    """The detail of a case that agrees."""
    detail = f"values {max(w[0] for w in worst):.2g}, corner {max(w[1] for w in worst):.5f} mm"
    return "; ".join(filter(None, [detail, case.note]))


def check_stdin(case, ctx, path):
    """The same bytes when the file comes through stdin."""
    ctx.tools.run([case.tool], stdin=path, stdout=ctx.tmp / "stdin.vol")
    if (ctx.tmp / "stdin.vol").read_bytes() != (ctx.tmp / "s.vol").read_bytes():
        raise Mismatch("the stream from stdin differs from the one from the file")


# ---- MINC ----

def check_minc(case, ctx):
    """mnc2vol against minctoraw and nibabel in the same run, and against mnc2nii and mincinfo beside the data."""
    path = ctx.data.path(case.inputs[0])
    nrrd = stream_of(case, ctx, ["mnc2vol", path])
    got = physical(nrrd)
    check_stdin(case, ctx, path)
    check_minctoraw(path, nrrd, got)
    ref = path.parent / "ref" / path.stem
    converted = float_nifti(f"{ref}_mnc2nii_float.nii.gz")
    if case.note:                                # its geometry is known to be wrong; cases_formats.py says why
        converted.affine = got.affine
    worst = [hold(got, converted, CORNER_MM, "mnc2nii", FLOAT32)]
    check_mincinfo(Path(f"{ref}.mincinfo.txt").read_text(), got, nrrd)
    if "vector_dimension" in Path(f"{ref}.mincinfo.txt").read_text():
        return table(worst, case) + "; nibabel has no vectors"
    image = nibabel.load(path)
    theirs = np.asarray(image.get_fdata())
    want = Volume(np.moveaxis(theirs, 0, -1) if theirs.ndim == 4 else theirs, LPS_FROM_RAS @ image.affine)
    return table(worst + [hold(got, want, DIGITS_MM, "nibabel", 1e-12)], case)


def minctoraw(path, dtype, shape, *options):
    """The numbers as minctoraw gives them, in the file's order of axes."""
    done = subprocess.run(["minctoraw", *options, str(path)], capture_output=True)
    if done.returncode:
        raise Mismatch(f"minctoraw: {done.stderr.decode(errors='replace')[:120]}")
    numbers = np.frombuffer(done.stdout, dtype)
    if numbers.size != np.prod(shape):
        raise Mismatch(f"minctoraw gives {numbers.size} numbers, the stream has {np.prod(shape)}")
    return numbers.reshape(shape, order="F")


def check_minctoraw(path, nrrd, got):
    """The stored numbers are minctoraw's, but in slices whose range is one value, where they mean nothing; so are the real
    values."""
    if not shutil.which("minctoraw"):
        return
    hold(got, Volume(minctoraw(path, float, nrrd.data.shape, "-double", "-normalize"), got.affine), 0, "minctoraw", 1e-6)
    want = minctoraw(path, nrrd.data.dtype, nrrd.data.shape, "-nonormalize").copy()
    flat = np.asarray(nrrd.rescale()[0]) == 1
    if flat.ndim:
        want[:, :, flat.reshape(nrrd.data.shape[2:], order="F") & (nrrd.data == 0).all(axis=(0, 1))] = 0
    value_difference(nrrd.data, want, what="minctoraw")


def check_mincinfo(text, got, nrrd):
    """Lengths, steps and starts as mincinfo printed them."""
    rows = {name: words for name, *words in re.findall(r"^ +(\w+) +(\d+) +(\S+) +(\S+)$", text, re.M)}
    order = re.search(r"image dimensions: (.*)", text).group(1).split()
    sizes = [int(rows[name][0]) for name in reversed(order)]
    if sizes != list(nrrd.data.shape):
        raise Mismatch(f"sizes {nrrd.data.shape}, mincinfo {sizes}")
    space = [name for name in reversed(order) if name.endswith("space")]
    ras = LPS_FROM_RAS @ got.affine
    for axis, name in enumerate(space):
        step, start = (0.0 if word == "unknown" else float(word) for word in rows[name][1:])
        if "unknown" in rows[name][1:]:
            step = step or 1.0
        spacing = np.linalg.norm(ras[:3, axis])
        others = np.linalg.inv(ras[:3, :3] / np.linalg.norm(ras[:3, :3], axis=0))
        found = float(others[axis] @ ras[:3, 3]) * (1 if step > 0 else -1)
        if abs(spacing - abs(step)) > 1e-4 * abs(step) or abs(found - start) > 1e-3 + 1e-5 * abs(start):
            raise Mismatch(f"{name}: step {spacing:g}, start {found:g}; mincinfo {step:g}, {start:g}")


def float_nifti(path):
    """A NIfTI by nibabel in physical values; vectors of five dimensions become the fourth."""
    image = nibabel.load(path)
    values = np.asarray(image.get_fdata())
    if values.ndim == 5:
        values = values[:, :, :, 0, :]
    return Volume(values, LPS_FROM_RAS @ image.affine)


# ---- PAR/REC ----

def check_par(case, ctx):
    """par2vol with both scalings against nibabel in the same run, the NIfTI beside the data, and the expected JSON."""
    path = ctx.data.path(case.inputs[0])
    expected = json.loads((path.parent / "expected_nibabel_5.0.0.json").read_text())[path.name]
    worst = []
    for scale in ("dv", "fp"):
        got = physical(stream_of(case, ctx, ["par2vol", "--scale", scale, *case.options, path]))
        with parfiles.tolerant():
            image = nibabel.load(path, scaling=scale)
            worst.append(hold(got, Volume(np.asarray(image.get_fdata()), LPS_FROM_RAS @ image.affine), CORNER_MM,
                              f"nibabel, {scale}", 1e-12))
        beside = path.parent / "ref" / f"{path.stem}_{scale}.nii.gz"
        worst.append(hold(got, float_nifti(beside), CORNER_MM, beside.name, 2.0 ** -15))
        if scale == "dv":
            check_expected_par(expected, got)
            for name, number in (("min", got.stored.min()), ("max", got.stored.max()), ("sum", got.stored.sum())):
                if abs(number - expected[f"scaled_dv_{name}"]) > 1e-9 * abs(expected[f"scaled_dv_{name}"]):
                    raise Mismatch(f"{name} {number}, expected {expected[f'scaled_dv_{name}']}")
    return table(worst, case)


def check_par_partial(case, ctx):
    """What is complete of a recording that was interrupted, against nibabel when told to put up with it."""
    path = ctx.data.path(case.inputs[0])
    got = physical(stream_of(case, ctx, ["par2vol", *case.options, path]))
    with parfiles.tolerant():
        image = nibabel.load(path, permit_truncated=True)
        want = Volume(np.asarray(image.get_fdata()), LPS_FROM_RAS @ image.affine)
    return table([hold(got, want, CORNER_MM, "nibabel", 1e-12)], case)


def check_expected_par(expected, got):
    """Sizes, spacing and affine of an expected JSON, which has five digits."""
    if list(got.stored.shape) != expected["dim"]:
        raise Mismatch(f"sizes {got.stored.shape}, expected {expected['dim']}")
    affine = LPS_FROM_RAS @ np.array(expected["affine_scanner"])
    corner = corner_distance(align(got, affine), affine)
    if not corner <= CORNER_MM:
        raise Mismatch(f"worst corner {corner:.4f} mm off what is expected")
    spacing = np.linalg.norm(got.affine[:3, :3], axis=0)
    if not np.allclose(spacing, expected["zooms"][:3], rtol=1e-3):
        raise Mismatch(f"spacing {spacing}, expected {expected['zooms'][:3]}")
    return corner


def check_par_header(case, ctx):
    """A PAR file without its images: refused as half of a pair; and with images made for it, each of one number of its own,
    read as nibabel reads it, at the expected place, or refused for the reason that the case gives."""
    path = ctx.data.path(case.inputs[0])
    expected = json.loads((path.parent / "expected_nibabel_5.0.0.json").read_text())[path.name]
    (code, said), = ctx.tools.pipe(["par2vol", path])
    if code != 1 or "the other half is missing" not in said:
        raise Mismatch(f"without its REC: exit {code}: {said.strip()[:100]}")
    made = parfiles.make_images(path, ctx.tmp)
    if case.expect == "refused":
        (code, said), = ctx.tools.pipe(["par2vol", made])
        if code != 1 or not re.search(case.says, said):
            raise Mismatch(f"with images: exit {code}, not '{case.says}': {said.strip()[:140]}")
        if case.why and "error" not in expected:
            raise Mismatch("nibabel was expected to refuse it too")
        return said.strip().partition(": ")[2]
    worst = []
    wanted = parfiles.by_nibabel(made, ctx.tmp / "sorted", bool(case.note))
    for choice in case.options or ((),):
        nrrd = stream_of(case, ctx, ["par2vol", *choice, made])
        worst.append(parfiles.same_images(nrrd.volume(), wanted, choice))
        got = physical(nrrd)
        got.stored = np.zeros(got.stored.shape[:3] + tuple(expected["dim"][3:]))     # its place; the images were compared
        if not case.note:
            worst.append((0, check_expected_par(expected, got)))
        first = [float(x) for x in np.ravel(np.column_stack(nrrd.rescale()))[:2]]
        if not np.allclose(first, expected["first_slope_inter_dv"], atol=1e-5) and "--type" not in choice:
            raise Mismatch(f"slope and intercept {first}, expected {expected['first_slope_inter_dv']}")
    return table(worst, case)


# ---- Analyze 7.5 ----

def check_analyze(case, ctx):
    """ana2vol against nibabel in the same run, and the expected JSON."""
    path = ctx.data.path(case.inputs[0])
    expected = json.loads((path.parent / "expected_nibabel_5.0.0.json").read_text())
    nrrd = stream_of(case, ctx, ["ana2vol", *case.options, path])
    got = physical(nrrd)
    image = getattr(nibabel, expected["class"]).load(path)
    data = np.asarray(image.get_fdata())
    if list(data.shape) != expected["dim"]:
        raise Mismatch(f"nibabel now says {data.shape}, expected {expected['dim']}")
    theirs = Volume(data[..., 0] if data.shape[3:] == (1,) else data, LPS_FROM_RAS @ image.affine)
    stored = np.asarray(image.dataobj.get_unscaled()).reshape(nrrd.data.shape)
    value_difference(nrrd.data, stored, what="stored")
    worst = [hold(got, theirs, DIGITS_MM, "nibabel", 1e-7)]
    for name, number in (("min", got.stored.min()), ("max", got.stored.max()), ("sum", got.stored.sum())):
        if abs(number - expected[name]) > 1e-6 * abs(expected[name]):
            raise Mismatch(f"{name} {number}, expected {expected[name]}")
    if not np.allclose(np.linalg.norm(got.affine[:3, :3], axis=0), expected["zooms"][:3], rtol=1e-6):
        raise Mismatch(f"spacing is not {expected['zooms'][:3]}")
    if not nrrd.data.dtype == np.dtype(expected["dtype"]).newbyteorder("="):
        raise Mismatch(f"type {nrrd.data.dtype}, expected {expected['dtype']}")
    return table(worst, case)


# ---- MetaImage ----

def check_mha(case, ctx):
    """mha2vol against the suite's own reader."""
    path = ctx.data.path(case.inputs[0])
    nrrd = stream_of(case, ctx, ["mha2vol", path])
    theirs = mhaio.read(path)
    if nrrd.data.dtype != theirs.stored.dtype.newbyteorder("="):
        raise Mismatch(f"type {nrrd.data.dtype}, file {theirs.stored.dtype}")
    worst = [same_world(nrrd.volume(), theirs, DIGITS_MM, what="our own reader")]
    check_stdin(case, ctx, path)
    ctx.tools.run(["vol2nii", "-o", ctx.tmp / "x.nii"], stdin=ctx.tmp / "s.vol")
    worst.append(same_world(refs.nifti(ctx.tmp / "x.nii"), theirs, CORNER_MM, what="by way of NIfTI"))
    return table(worst, case)
