"""Checks of nii2vol and nrrd2vol: every file gives what nibabel or our own reader finds, or is refused in the agreed form."""
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
    return f"voxels {max(w[0] for w in worst):g}, corner {max(w[1] for w in worst):.5f} mm{case.note and '; ' + case.note}"


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


def check_no(case, ctx):
    """The reader says no with one line and exit 1, and the stage after it leaves no file."""
    reader = [case.tool, ctx.data.path(case.inputs[0])]
    (code, text), = ctx.tools.pipe(reader, stdout=ctx.tmp / "partial.vol")
    if code == 0:
        raise Mismatch("read; expected a refusal")
    answer = T.refusal(case.tool, code, text)
    if isinstance(answer, Mismatch):
        raise answer
    follower = ctx.tmp / "x.nii"
    codes = [code for code, _ in ctx.tools.pipe(reader, ["vol2nii", "-o", follower])]
    if follower.exists() or 0 in codes:
        raise Mismatch(f"vol2nii after a refusal: exits {codes}, file {'left' if follower.exists() else 'absent'}")
    return str(answer).removeprefix(f"{case.tool}: ")
