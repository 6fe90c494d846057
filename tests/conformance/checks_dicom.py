"""Checks of dcm2vol and of what follows it in the pipe, each against references the tools had no part in."""
import gzip
import re
import shutil

import nibabel
import numpy as np

import nrrdio
import refs
import tools as T
from volume import Mismatch, Volume, align, same_world, value_difference, volume_difference

CORNER_MM = 0.01        # what the issue allows
FLOAT32 = 2.0 ** -23    # NIfTI keeps slope and intercept as float32: the scaled value may differ by one unit of its last place
AIR_HU = -1024          # where volhu puts voxels that were never measured


def check_series(case, ctx, inputs=None):
    """One regular series: stream, NIfTI plain and gzipped, HU, NRRD, and the files beside the data.  Text for the table."""
    want = reference(case, ctx)
    convert = command(case, ctx, inputs)
    stream = ctx.tmp / "s.vol"
    ctx.tools.run(convert, stdout=stream)
    nrrd = nrrdio.read_stream(stream)
    limit = case.noise_mm or CORNER_MM
    tolerance = lossy_tolerance(case, ctx)
    worst = [compare(nrrd.volume(), want, limit, "stream", tolerance)]
    check_keys(nrrd, want)
    check_private(nrrd, want)
    check_unu(stream, nrrd)
    nifti = through_nifti(ctx, convert)
    worst.append(compare(nifti, want, limit, ".nii", tolerance))
    check_gzip(ctx, convert)
    worst += [(0, corner) for corner in beside(case, ctx, nrrd.volume(), nifti)]
    check_hu(ctx, stream, nrrd, want)
    check_nrrd(ctx, stream, nrrd)
    return summary(worst, case)


def command(case, ctx, inputs=None):
    """The words of the dcm2vol command that a case is about."""
    return ["dcm2vol", *case.options, *(inputs or [ctx.data.path(path) for path in case.inputs])]


def summary(worst, case):
    """The detail of a case that agrees: the worst of all its comparisons."""
    detail = f"voxels {max(w[0] for w in worst):g}, corner {max(w[1] for w in worst):.5f} mm"
    return "; ".join(filter(None, [detail, case.note]))


def reference(case, ctx):
    """The pydicom reference of a case; a compressed file takes its voxels from the sibling."""
    datasets = []
    for path in case.slices or case.inputs:
        found = ctx.data.path(path)
        datasets += refs.image_datasets(found) if found.is_dir() else [refs.read_header(found)]
    pixels = [refs.read_header(ctx.data.path(case.sibling))] if case.sibling else None
    return refs.series(datasets, pixels)


def lossy_tolerance(case, ctx):
    """(largest error, root mean square) that the codec may cause; None where it is lossless."""
    if case.tolerance != "near":
        return case.tolerance
    near = refs.near_of_jpeg_ls(refs.read_header(ctx.data.path(case.inputs[0])))
    return near, near


def check_known(case, ctx):
    """A slice whose voxels no file at hand holds uncompressed: geometry by its header, voxels by SHA-256 or block means."""
    header = refs.read_header(ctx.data.path(case.inputs[0]))
    want = refs.series([header], [refs.Blank(header.Rows, header.Columns)])
    stream = ctx.tmp / "s.vol"
    ctx.tools.run(command(case, ctx), stdout=stream)
    nrrd = nrrdio.read_stream(stream)
    check_keys(nrrd, want)
    check_private(nrrd, want)
    stored = align(nrrd.volume(), want.volume.affine).stored
    if case.sha and refs.digest(stored) != case.sha:
        raise Mismatch("SHA-256 of the voxels differs")
    blocks = case.blocks and np.abs(refs.block_means(stored[:, :, 0].T, len(case.blocks)) - case.blocks).max()
    if case.blocks and blocks > 1:
        raise Mismatch(f"block means differ by up to {blocks:.2f}")
    empty = Volume(np.zeros_like(nrrd.data), nrrd.volume().affine)
    corner = compare(empty, want, CORNER_MM, "stream", (0, 0))[1]
    return summary([(0, corner)], case)


def check_dirfile(case, ctx):
    """A DICOMDIR with its files where it says they are, in a layout of links."""
    source = ctx.data.path(case.inputs[0])
    top = ctx.tmp / "set"
    for record in refs.read_header(source / "DIRFILE").DirectoryRecordSequence:
        link = top.joinpath(*record.ReferencedFileID)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source / link.name)
    shutil.copy(source / "DIRFILE", top)
    return check_series(case, ctx, [top / "DIRFILE"])


def compare(got, want, corner_mm, what, tolerance=None):
    """(largest difference of stored values, worst slice corner mm) against the pydicom reference."""
    turned = align(got, want.volume.affine)
    if tolerance:
        values = lossy_difference(turned.stored, want.volume.stored, tolerance, what)
    else:
        values = volume_difference(turned, want.volume, what=what)
        volume_difference(turned, want.volume, FLOAT32, f"{what}, scaled", physical=True)
    corner = refs.slice_distance(turned, want)
    if want.volume.stored.shape[2] == 1:         # the step is then only stated, not to be had from positions
        corner = max(corner, float(np.linalg.norm(turned.affine[:, 2] - want.volume.affine[:, 2])))
    if not corner <= corner_mm:
        raise Mismatch(f"{what}: a slice corner lies {corner:.4f} mm from where DICOM puts it (limit {corner_mm} mm)")
    return values, corner


def lossy_difference(got, want, tolerance, what):
    """The largest difference where the codec loses; tolerance: (largest, root mean square) in stored units."""
    if got.shape != want.shape:
        raise Mismatch(f"{what}: sizes {got.shape}, reference {want.shape}")
    error = got.astype(float) - want.astype(float)
    largest, rms = float(np.abs(error).max()), float(np.sqrt((error ** 2).mean()))
    if largest > tolerance[0] or rms > tolerance[1]:
        raise Mismatch(f"{what}: error {largest:g}, rms {rms:.3f}; the codec allows {tolerance[0]:g}, {tolerance[1]:g}")
    return largest


def check_keys(nrrd, want):
    """The keys that later stages rely on."""
    keys = nrrd.keys
    if keys.get("vol.unit") != "stored":
        raise Mismatch(f"vol.unit is {keys.get('vol.unit')}, not stored")
    if keys.get("vol.modality") != want.modality:
        raise Mismatch(f"vol.modality is {keys.get('vol.modality')}, not {want.modality}")
    if want.rescaled and "vol.rescale" not in keys:
        raise Mismatch("vol.rescale is missing")
    if want.padding is not None and keys.get("vol.padding", "").split()[:1] != [str(want.padding)]:
        raise Mismatch(f"vol.padding is {keys.get('vol.padding')}, PixelPaddingValue {want.padding}")


def check_private(nrrd, want):
    """No text in the stream's header that leads to a patient, a study or a place."""
    text = nrrd.header.decode("utf-8")
    for secret in want.identifiers:
        if re.search(rf"(?<![\w.]){re.escape(secret)}(?![\w.])", text):
            raise Mismatch("the stream's header holds an identifier of the patient, study or site")


def check_unu(path, nrrd):
    """teem reads the same header and finds the same extremes, where it is installed."""
    if not T.unu():
        return
    sizes = re.search(r"^sizes: (.*)$", T.unu_output("head", path), re.M).group(1)
    if sizes != nrrd.fields["sizes"]:
        raise Mismatch(f"unu head says sizes {sizes}")
    found = [float(n) for n in re.findall(r"^(?:min|max): (\S+)", T.unu_output("minmax", path), re.M)]
    if found != [float(nrrd.data.min()), float(nrrd.data.max())]:
        raise Mismatch(f"unu minmax says {found}")


def through_nifti(ctx, convert):
    """`dcm2vol | vol2nii -o x.nii` read by nibabel, its header held to the promises on units and forms."""
    path = ctx.tmp / "x.nii"
    ctx.tools.run(convert, ["vol2nii", "-o", path])
    header = nibabel.load(path).header
    if not header["sform_code"] or header.get_xyzt_units()[0] != "mm":
        raise Mismatch(".nii without sform or mm")
    if header["qform_code"] and not np.allclose(header.get_qform(), header.get_sform(), rtol=0, atol=CORNER_MM / 10):
        raise Mismatch(".nii: qform is set and differs from sform")
    return refs.nifti(path)


def check_gzip(ctx, convert):
    """The compressed file holds byte for byte the plain one."""
    ctx.tools.run(convert, ["vol2nii", "-o", ctx.tmp / "x.nii.gz"])
    if gzip.decompress((ctx.tmp / "x.nii.gz").read_bytes()) != (ctx.tmp / "x.nii").read_bytes():
        raise Mismatch(".nii.gz holds other bytes than .nii")


def beside(case, ctx, stream, nifti):
    """Compare the stream and the .nii with what other programs made of the same files.  The worst corners, mm."""
    for kind, path, key in case.refs:
        path = ctx.data.path(path)
        if kind == "json":
            yield refs.check_expected(path, key, stream, CORNER_MM)
            continue
        theirs = refs.nifti(path) if kind != "nrrd" else nrrdio.read(path).volume()
        if kind == "voxels":                     # its geometry is known to be wrong; cases.py says why
            theirs.affine = align(nifti, theirs.affine).affine
        for ours in (stream, nifti):
            yield same_world(ours, theirs, CORNER_MM, what=path.name)[1]
            same_world(ours, theirs, CORNER_MM, FLOAT32, f"{path.name}, scaled", physical=True)


def check_hu(ctx, stream, nrrd, want):
    """`volhu` against slope x stored + intercept in float64, with padding sent to air (0 where the unit is not HU)."""
    result = ctx.tmp / "hu.vol"
    try:
        ctx.tools.run(["volhu"], stdin=stream, stdout=result)
    except T.Refused:
        if want.rescaled:
            raise
        return                                   # nothing in the file leads to a physical unit
    hu = nrrdio.read_stream(result)
    stored, got = align(nrrd.volume(), want.volume.affine), align(hu.volume(), want.volume.affine)
    expected = Volume(stored.stored, stored.affine, want.volume.slope, want.volume.intercept)
    whole = all(np.all(value == np.rint(value)) for value in (expected.slope, expected.intercept))
    if whole and got.stored.dtype.kind == "f":
        raise Mismatch("volhu: float where every value is whole")
    for number in range(stored.stored.shape[2]):
        values = expected.physical(number)
        if want.padding is not None:
            values[stored.slice(number) == want.padding] = AIR_HU if want.modality == "CT" else 0
        value_difference(got.slice(number), values, 0 if whole else FLOAT32, f"volhu, slice {number}")
    if hu.keys.get("vol.unit") == "stored" and want.rescaled:
        raise Mismatch("volhu: vol.unit is still stored")


def check_nrrd(ctx, stream, nrrd):
    """`vol2nrrd` writes the same voxels at the same place."""
    path = ctx.tmp / "x.nrrd"
    ctx.tools.run(["vol2nrrd", "-o", path], stdin=stream)
    same_world(nrrdio.read(path).volume(), nrrd.volume(), 0, what="vol2nrrd")


def check_refused(case, ctx):
    """dcm2vol says no, for a reason that fits, before it writes a byte; and the stage after it leaves no file."""
    convert = command(case, ctx)
    partial = ctx.tmp / "partial.vol"
    (code, text), = ctx.tools.pipe(convert, stdout=partial)
    if code == 0:
        raise Mismatch(f"converted; expected [{case.reasons[0]}]")
    answer = T.refusal("dcm2vol", code, text)
    if isinstance(answer, Mismatch):
        raise answer
    if case.reasons and answer.reason not in case.reasons:
        raise Mismatch(f"expected [{'] or ['.join(case.reasons)}]: {answer}")
    if partial.stat().st_size:
        raise Mismatch(f"refused, but wrote {partial.stat().st_size} bytes first: {answer}")
    follower = ctx.tmp / "x.nii"
    codes = [code for code, _ in ctx.tools.pipe(convert, ["vol2nii", "-o", follower])]
    if follower.exists() or 0 in codes:
        raise Mismatch(f"vol2nii after a refusal: exits {codes}, file {'left' if follower.exists() else 'absent'}")
    return str(answer).removeprefix("dcm2vol: ")
