"""Checks of labels made of segmentations and structure sets."""
import numpy as np
import pydicom

import nrrdio
import refs
from checks_dicom import CORNER_MM
from tools import Refused
from volume import Mismatch, align, corner_distance


def labels(case, ctx, words):
    """The stream as a Volume in LPS, and its names by label."""
    stream = ctx.tmp / "s.vol"
    ctx.tools.run(words, stdout=stream)
    nrrd = nrrdio.read_stream(stream)
    if nrrd.keys.get("vol.unit") != "label":
        raise Mismatch("vol.unit does not say label")
    lines = nrrd.keys.get("vol.labels", "").replace("\\n", "\n").splitlines()
    text = nrrd.header.decode()
    secret = next((word for word in refs.identifiers([pydicom.dcmread(ctx.data.path(case.inputs[0]))]) if word in text), None)
    if secret:
        raise Mismatch(f"the header has the identifier {secret}")
    return nrrd.volume(), {int(number): name for number, name in (line.split(" ", 1) for line in lines)}


# ---- segmentations ----

def check_segmentation(case, ctx):
    """Every frame by pydicom, where it says that it lies; then other programs' files."""
    path = ctx.data.path(case.inputs[0])
    options = [ctx.data.path(word) if before == "--like" else word for before, word in zip(("", *case.options), case.options)]
    got, names = labels(case, ctx, ["dcm2vol", *options, path])
    frames = check_frames(got, names, pydicom.dcmread(path), case.options)
    corner = 0
    for _, reference, (value, label) in case.refs:
        want = nrrdio.read(ctx.data.path(reference)).volume()
        turned = align(got, want.affine)
        corner = max(corner, corner_distance(turned, want.affine))
        if turned.stored.shape != want.stored.shape or not np.array_equal(turned.stored == label, want.stored == value):
            raise Mismatch(f"{reference}: voxels of {value} are not ours of {label}")
    if corner > CORNER_MM:
        raise Mismatch(f"the corner lies {corner:.4f} mm off")
    return "; ".join(filter(None, [f"{frames} frames, {len(case.refs)} references, corner {corner:.5f} mm", case.note]))


def check_frames(got, names, ds, options):
    """How many frames there are, each of which must be where it lies; and nothing else."""
    left = got.stored.copy()
    shape = (int(ds.NumberOfFrames), ds.Rows, ds.Columns)
    if ds.BitsAllocated == 1:
        planes = np.unpackbits(np.frombuffer(ds.PixelData, "u1"), bitorder="little")[:np.prod(shape)].reshape(shape)
    else:
        planes = np.frombuffer(ds.PixelData, f"<u{ds.BitsAllocated // 8}")[:np.prod(shape)].reshape(shape)
    segments = {s.SegmentNumber: s.SegmentLabel for s in ds.SegmentSequence if s.SegmentNumber}
    wanted = options[options.index("--segment") + 1] if "--segment" in options else None
    if not wanted and names != segments:
        raise Mismatch(f"names are {names}, not {segments}")
    for plane, groups in zip(planes, ds.PerFrameFunctionalGroupsSequence):
        index = np.linalg.solve(got.affine[:3, :3], refs.numbers(groups.PlanePositionSequence[0].ImagePositionPatient) - got.affine[:3, 3])
        if np.abs(index - np.round(index)).max() > 0.01 or np.abs(index[:2]).max() > 0.01:
            raise Mismatch(f"a frame lies at voxel {index}")
        z = int(round(index[2]))
        if "SegmentIdentificationSequence" not in groups:
            marked = np.where(np.isin(plane, list(segments)), plane, 0).T
        else:
            number = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            if wanted and wanted not in (str(number), segments[number]):
                continue
            marked = plane.T * (1 if wanted else number)
        if not np.array_equal(got.stored[:, :, z][marked > 0], marked[marked > 0]):
            raise Mismatch(f"a frame is not on slice {z}")
        left[:, :, z][marked > 0] = 0
    if left.any():
        raise Mismatch(f"{np.count_nonzero(left)} voxels are marked, and in no frame")
    return len(planes)


# ---- structures ----

def inside(points, x, y):
    """Whether (x, y) is in a polygon: how many edges lie to the right."""
    odd = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, 0)):
        if y0 != y1:
            odd ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return odd


def near(points, x, y, mm):
    """Whether (x, y) is nearer than that to the outline."""
    out = np.zeros(x.shape, bool)
    for a, b in zip(points, np.roll(points, -1, 0)):
        d = b - a
        t = np.clip(((x - a[0]) * d[0] + (y - a[1]) * d[1]) / max(d @ d, 1e-30), 0, 1)
        out |= np.hypot(x - a[0] - t * d[0], y - a[1] - t * d[1]) < mm
    return out


def check_structures(case, ctx):
    """Upright axial images: each voxel's centre against the contours in mm, even-odd; centres on a contour may be either."""
    path, like = (ctx.data.path(name) for name in case.inputs)
    got, names = labels(case, ctx, ["rts2vol", *case.options, "--like", like, path])
    ds = pydicom.dcmread(path)
    if names != {int(r.ROINumber): r.ROIName for r in ds.StructureSetROISequence}:
        raise Mismatch(f"names are {names}")
    a = got.affine
    x, y = np.meshgrid(*(a[k, 3] + a[k, k] * np.arange(got.stored.shape[k]) for k in (0, 1)), indexing="ij")
    want, edge, beside = np.zeros(got.stored.shape, int), np.zeros(got.stored.shape, bool), 0
    for roi in ds.ROIContourSequence:
        drawn = np.zeros(got.stored.shape, bool)
        for contour in roi.ContourSequence:
            points = refs.numbers(contour.ContourData).reshape(-1, 3)
            z = int(round((points[0, 2] - a[2, 3]) / a[2, 2]))
            if not 0 <= z < got.stored.shape[2]:
                beside += 1
                continue
            drawn[:, :, z] ^= inside(points[:, :2], x, y)
            edge[:, :, z] |= near(points[:, :2], x, y, 1e-6)
        want[drawn] = int(roi.ReferencedROINumber)
    wrong = (got.stored != want) & ~edge
    if wrong.any() or not want.any():
        raise Mismatch(f"{np.count_nonzero(wrong)} voxels differ, of {np.count_nonzero(want)}")
    return f"{np.count_nonzero(want)} voxels, {np.count_nonzero(edge)} on an outline; {beside} contours beside the volume"


def check_no_structures(case, ctx):
    """What rts2vol must refuse."""
    path, like = (ctx.data.path(name) for name in case.inputs)
    try:
        ctx.tools.run(["rts2vol", *case.options, "--like", like, path])
    except Refused as no:
        if no.reason not in case.reasons:
            raise Mismatch(f"refused, but: {no}") from None
        return str(no)
    raise Mismatch("it is not refused")
