"""Checks of b-values and gradients, beside the .bval and .bvec that another program wrote with its NIfTI file."""
import nibabel
import numpy as np

from checks_dicom import command
from checks_frames import check_frames
from volume import Mismatch

FAR = 0.001


def in_world(bvec, affine):
    """FSL's vectors along the axes of the voxels, x turned round where the determinant is positive, in RAS."""
    vectors = np.atleast_2d(np.loadtxt(bvec)).reshape(3, -1).copy()
    if np.linalg.det(affine[:3, :3]) > 0:
        vectors[0] *= -1
    return affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0) @ vectors


def check_diffusion(case, ctx):
    """Voxels as check_frames, then the tables: b-values the same, directions the same in the world but for their sign."""
    text = check_frames(case, ctx)
    reference = ctx.data.path(case.refs[0][1])
    names = {word: ctx.tmp / f"t.{word}" for word in ("bval", "bvec", "bvec-scanner")}
    convert = command(case, ctx) + [word for name, path in names.items() for word in ("--" + name, str(path))]
    ctx.tools.run(convert, ["vol2nii", "-o", ctx.tmp / "t.nii"])
    ours, theirs = (np.loadtxt(path) for path in (names["bval"], reference.with_suffix(".bval")))
    if not np.array_equal(ours, theirs):
        raise Mismatch(f"b-values {ours}, not {theirs}")
    want = in_world(reference.with_suffix(".bvec"), nibabel.load(reference).affine)
    far = 0.0
    for what, got in (("bvec", in_world(names["bvec"], nibabel.load(ctx.tmp / "t.nii").affine)),
                      ("bvec-scanner", np.loadtxt(names["bvec-scanner"]))):
        if got.shape != want.shape:
            raise Mismatch(f"{what}: {got.shape[1]} directions, not {want.shape[1]}")
        apart = np.minimum(np.abs(got - want).max(axis=0), np.abs(got + want).max(axis=0)).max()
        if not apart <= FAR:
            raise Mismatch(f"{what} is off by {apart:.6f} in the world")
        far = max(far, apart)
    return f"{text}; b-values the same, directions to {far:.6f}"
