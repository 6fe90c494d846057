"""Checks of nii2vol and nrrd2vol: every file gives what nibabel or our own reader finds, or is refused in the agreed form."""
import json
import re
import subprocess

import nibabel
import numpy as np

import nrrdio
import refs
import tools as T
from volume import Mismatch, Volume, align, corner_distance, same_world, value_difference, volume_difference

CORNER_MM = 0.001       # both sides read the same numbers; only float32 against float64 in the arithmetic may show


def check_nifti(case, ctx):
    """nii2vol's stream against nibabel; the same from stdin; and back through vol2nii."""
    path = ctx.data.path(case.inputs[0])
    stream = ctx.tmp / "s.vol"
    ctx.tools.run(["nii2vol", path], stdout=stream)
    nrrd = nrrdio.read_stream(stream)
    want = nibabel_volume(ctx.data.path(case.sibling) if case.sibling else path)
    check_from_stdin(case, ctx, path, stream)
    ctx.tools.run(["vol2nii", "-o", ctx.tmp / "back.nii"], stdin=stream)
    worst = [agree(nrrd.volume(), want, case, "stream"), agree(nibabel_volume(ctx.tmp / "back.nii"), want, case, "back")]
    check_expected(case, ctx, nrrd)
    return f"voxels {max(w[0] for w in worst):g}, corner {max(w[1] for w in worst):.5f} mm{case.note and '; ' + case.note}"


def check_expected(case, ctx, nrrd):
    """What the JSON beside the files says of this one: sizes, spacing, affine, axes, extremes and sum of the scaled values."""
    top, _, name = case.inputs[0].partition("/")
    path = ctx.data.folder(top) / "expected_nibabel_5.0.0.json"
    expected = json.loads(path.read_text()).get(name) if path.exists() else None
    if not expected or "error" in expected:
        return
    got = nrrd.volume()
    if expected["dtype"].startswith("["):        # colour, which is not counted among the dimensions
        got.stored = got.stored[..., 0]
    if (list(got.stored.shape) + [1] * 4)[:4] != (expected["dim"] + [1] * 4)[:4]:
        raise Mismatch(f"sizes {got.stored.shape}, expected {expected['dim']}")
    spatial = len(expected["dim"][:3])
    spacing = np.linalg.norm(got.affine[:3, :spatial], axis=0)
    if not np.allclose(spacing, expected["zooms"][:spatial], rtol=1e-5):
        raise Mismatch(f"spacing {spacing}, expected {expected['zooms']}")
    ras = refs.LPS_FROM_RAS @ got.affine
    if not case.no_form and not np.allclose(ras, expected["affine"], rtol=0, atol=CORNER_MM):
        raise Mismatch(f"affine {ras.tolist()}, expected {expected['affine']}")
    if not case.no_form and "".join(nibabel.aff2axcodes(ras)) != expected["axcodes"]:
        raise Mismatch(f"axes {nibabel.aff2axcodes(ras)}, expected {expected['axcodes']}")
    values = got.stored.astype(float) * got.slope + got.intercept
    for what in ("min", "max", "sum"):
        if f"scaled_{what}" in expected and not np.isclose(getattr(values, what)(), expected[f"scaled_{what}"], rtol=1e-6,
                                                           equal_nan=True):
            raise Mismatch(f"{what} of the values {getattr(values, what)()}, expected {expected[f'scaled_{what}']}")


def check_from_stdin(case, ctx, path, stream):
    """A single-file NIfTI gives the same bytes from a pipe."""
    if path.name.endswith((".nii", ".nii.gz")):
        ctx.tools.run(["nii2vol"], stdin=path, stdout=ctx.tmp / "stdin.vol")
        if (ctx.tmp / "stdin.vol").read_bytes() != stream.read_bytes():
            raise Mismatch("the stream from stdin differs from the one from the file")


def nibabel_volume(path):
    """A NIfTI by nibabel: a 2-D image is one slice, colour becomes a last axis."""
    volume = refs.nifti(path)
    if volume.stored.dtype.names:
        volume.stored = np.stack([volume.stored[name] for name in volume.stored.dtype.names], axis=-1)
    while volume.stored.ndim < 3:
        volume.stored = volume.stored[..., None]
    return volume


def agree(got, want, case, what):
    """(largest difference, worst corner) in physical values; a file without any form may also take the standard's method 1."""
    affines = [want.affine] + ([method_1(want.affine)] if case.no_form else [])
    turned = [align(Volume(got.stored, got.affine, got.slope, got.intercept), affine) for affine in affines]
    distance = [corner_distance(t, affine) for t, affine in zip(turned, affines)]
    best = int(np.argmin(distance))
    values = volume_difference(turned[best], want, what=what, physical=True)
    if not distance[best] <= CORNER_MM:
        raise Mismatch(f"{what}: worst corner {distance[best]:.4f} mm off")
    return values, distance[best]


def method_1(affine):
    """Where NIfTI's own text puts an image with neither qform nor sform: pixdim along each axis of RAS, origin at 0."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    return np.diag([-spacing[0], -spacing[1], spacing[2], 1.0])


def check_nrrd(case, ctx):
    """nrrd2vol's stream against our own reader, and against another file of the same image where there is one."""
    path = ctx.data.path(case.inputs[0])
    ctx.tools.run(["nrrd2vol", path], stdout=ctx.tmp / "s.vol")
    got = nrrdio.read_stream(ctx.tmp / "s.vol")
    theirs = nrrdio.read(path)
    if got.data.shape != theirs.data.shape:
        raise Mismatch(f"sizes {got.data.shape}, file {theirs.data.shape}")
    check_unu(case, ctx, path, got)
    worst = 0.0, 0.0
    if "space directions" in theirs.fields:
        worst = same_world(got.volume(), theirs.volume(), CORNER_MM)
    else:
        value_difference(got.data, theirs.data)
    for kind, other, _ in case.refs:
        other = ctx.data.path(other)
        if kind == "raw":
            if got.data.tobytes(order="F") != other.read_bytes():
                raise Mismatch(f"voxels differ from {other.name}")
        else:
            worst = max(worst, same_world(got.volume(), refs.nifti(other), 0.01, what=other.name))
    return f"voxels {worst[0]:g}, corner {worst[1]:.5f} mm{case.note and '; ' + case.note}"


def check_unu(case, ctx, path, got):
    """teem's unu reads the same voxels from the same file, where it is installed."""
    if not T.unu():
        return
    done = subprocess.run([T.unu(), "save", "-f", "nrrd", "-e", "raw", "-i", str(path), "-o", str(ctx.tmp / "unu.nrrd")],
                          capture_output=True, text=True)
    if done.returncode and "unu" in case.note:
        return                                   # the note says why it does not
    if done.returncode:
        raise Mismatch(f"unu: {(done.stderr.strip().splitlines() or ['?'])[-1][:120]}")
    theirs = nrrdio.read(ctx.tmp / "unu.nrrd")
    if theirs.data.shape != got.data.shape:
        raise Mismatch(f"unu: sizes {theirs.data.shape}")
    value_difference(got.data, theirs.data, what="unu")


def check_no(case, ctx):
    """The reader says no with one line and exit 1, for the reason that the case gives, in little time and memory; and the
    stage after it leaves no file."""
    path = ctx.data.path(case.inputs[0])
    if case.complete:
        path = as_volume(path, ctx.tmp / "as" / path.name)
    reader = [case.tool, *case.options, path]
    (code, text), = ctx.tools.pipe(ctx.tools.bounded(reader, path), stdout=ctx.tmp / "partial.vol")
    if code == 0:
        raise Mismatch("read; expected a refusal")
    answer = T.refusal(case.tool, code, text)
    if isinstance(answer, Mismatch):
        raise answer
    if not re.search(case.says, str(answer)):
        raise Mismatch(f"refused, but not as '{case.says}': {answer}")
    follower = ctx.tmp / "x.nii"
    codes = [code for code, _ in ctx.tools.pipe(reader, ["vol2nii", "-o", follower])]
    if follower.exists() or 0 in codes:
        raise Mismatch(f"vol2nii after a refusal: exits {codes}, file {'left' if follower.exists() else 'absent'}")
    return f"{str(answer).removeprefix(f'{case.tool}: ').replace(str(path.parent) + '/', '')}"


def as_volume(path, made):
    """A copy of an NRRD header with three dimensions and spacings, where it has not."""
    text = path.read_text(encoding="latin-1")
    text = re.sub(r"^dimension: 1\nsizes: (.*)$", r"dimension: 3\nsizes: \1 1 1", text, flags=re.M)
    text = re.sub(r"^(sizes: .*)$", r"\1\nspacings: 1 1 1", text, flags=re.M)
    if "\nendian:" not in text:
        text = re.sub(r"^(encoding: raw)$", r"\1\nendian: little", text, flags=re.M)
    made.parent.mkdir()
    made.write_text(text, encoding="latin-1", newline="")
    return made
