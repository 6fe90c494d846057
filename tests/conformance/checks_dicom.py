"""Checks of dcm2vol and of what follows it in the pipe, each against references the tools had no part in."""
import gzip
import re

import nibabel
import numpy as np

import nrrdio
import refs
import tools as T
from volume import Mismatch, Volume, align, same_world, value_difference

CORNER_MM = 0.01        # what the issue allows
FLOAT32 = 2.0 ** -23    # NIfTI keeps slope and intercept as float32: the scaled value may differ by one unit of its last place
AIR_HU = -1024          # where volhu puts voxels that were never measured


def check_series(case, ctx):
    """One regular series: stream, NIfTI plain and gzipped, HU, NRRD, and the files beside the data.  Text for the table."""
    want = reference(case, ctx)
    inputs = [ctx.input(path) for path in case.inputs]
    convert = ["dcm2vol", *case.options, *inputs]
    stream = ctx.tmp / "s.vol"
    ctx.tools.run(convert, stdout=stream)
    nrrd = nrrdio.read_stream(stream)
    limit = case.noise_mm or CORNER_MM
    lossy = case.tolerance
    worst = [compare(nrrd.volume(), want, limit, "stream", lossy)]
    check_keys(nrrd, want)
    check_private(nrrd, want)
    check_unu(stream, nrrd)
    worst.append(compare(through_nifti(ctx, convert), want, limit, ".nii", lossy))
    check_gzip(ctx, convert)
    if not case.one_of_several and not lossy:
        worst += [(0, corner) for corner in beside(case, ctx, nrrd.volume())]
    check_hu(ctx, stream, nrrd, want)
    check_nrrd(ctx, stream, nrrd)
    return f"voxels {max(w[0] for w in worst):g}, corner {max(w[1] for w in worst):.5f} mm{case.note and '; ' + case.note}"


def reference(case, ctx):
    """The pydicom reference of a case; a compressed file takes its voxels from the sibling."""
    if case.frame:
        return refs.series([refs.read_header(ctx.input(case.inputs[0]))], [case.frame])
    datasets = []
    for path in case.slices or case.inputs:
        found = ctx.data.path(path)
        datasets += refs.image_datasets(found) if found.is_dir() else [refs.read_header(found)]
    pixels = [refs.read_header(ctx.data.path(case.sibling))] if case.sibling else None
    return refs.series(datasets, pixels)


def compare(got, want, corner_mm, what, tolerance=None):
    """(largest difference of stored values, worst slice corner mm) against the pydicom reference."""
    turned = align(got, want.volume.affine)
    if tolerance:
        values = lossy_difference(turned.stored, want.volume.stored, tolerance, what)
    else:
        values = value_difference(turned.stored, want.volume.stored, what=what)
        value_difference(turned.physical(), want.volume.physical(), FLOAT32, f"{what}, scaled")
    corner = refs.slice_distance(turned, want)
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


def beside(case, ctx, stream):
    """Compare the stream and the .nii with what other programs made of the same files.  The worst corners, mm."""
    nifti = refs.nifti(ctx.tmp / "x.nii")
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
    expected = align(nrrd.volume(), want.volume.affine)
    expected = Volume(expected.stored, want.volume.affine, want.volume.slope, want.volume.intercept)
    values = expected.physical()
    if want.padding is not None:
        values[expected.stored == want.padding] = AIR_HU if want.modality == "CT" else 0
    got = align(hu.volume(), want.volume.affine).stored
    whole = np.all(want.volume.slope == np.rint(want.volume.slope)) and np.all(values == np.rint(values))
    if whole and got.dtype.kind == "f":
        raise Mismatch("volhu: float where every value is whole")
    value_difference(got.astype(float), values, 0 if whole else FLOAT32, "volhu")
    if hu.keys.get("vol.unit") == "stored" and want.rescaled:
        raise Mismatch("volhu: vol.unit is still stored")


def check_nrrd(ctx, stream, nrrd):
    """`vol2nrrd` writes the same voxels at the same place."""
    path = ctx.tmp / "x.nrrd"
    ctx.tools.run(["vol2nrrd", "-o", path], stdin=stream)
    same_world(nrrdio.read(path).volume(), nrrd.volume(), 0, what="vol2nrrd")


def check_refused(case, ctx):
    """dcm2vol says no, for a reason that fits, before it writes a byte; and the stage after it leaves no file."""
    convert = ["dcm2vol", *case.options, *[ctx.input(path) for path in case.inputs]]
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


def check_either(case, ctx):
    """Right or refused: a file that a good reader may take or not.  (outcome, text)."""
    try:
        return "agree", check_series(case, ctx)
    except T.Refused as answer:
        if case.reasons and answer.reason not in case.reasons:
            raise Mismatch(f"expected [{'] or ['.join(case.reasons)}]: {answer}") from None
        return "refused", str(answer).removeprefix("dcm2vol: ")
