"""Diffusion-weighted series as the makers' scanners write them, by pydicom, and what is true of them.

A weighting is (b, g): g the direction in patient space (LPS), None where there is none.  What a scanner would state for it
is worked out here from what its documents say of its axes, the other way round than the tools do it."""
import os
import struct
import subprocess

import nibabel
import numpy as np
import pydicom
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

import multiframe as m
import volfile


def turned(orientation, degrees, axis):
    """Both cosines turned around an axis."""
    axis = np.array(axis, float) / np.linalg.norm(axis)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    a = np.radians(degrees)
    r = np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * k @ k
    return tuple(np.concatenate([r @ orientation[:3], r @ orientation[3:]]))


ORIENTATIONS = {"axial": (1, 0, 0, 0, 1, 0), "sagittal": (0, 1, 0, 0, 0, -1), "coronal": (1, 0, 0, 0, 0, -1)}
ORIENTATIONS.update({name + "-oblique": turned(o, 27, (1, 2, -0.7)) for name, o in list(ORIENTATIONS.items())})


def unit(*g):
    return np.array(g, float) / np.linalg.norm(g)


WEIGHTINGS = [(0, None), (1000, unit(0.3, -0.5, 0.8)), (1000, unit(-0.9, 0.1, 0.2)), (0, None), (1000, unit(0.2, 0.7, 0.4)),
              (1000, unit(0.5, 0.5, -0.6))]


def image_axes(orientation, g):
    o = np.array(orientation, float)
    return np.array([o[:3] @ g, o[3:] @ g, np.cross(o[:3], o[3:]) @ g])


def plane(orientation):
    return ("sagittal", "coronal", "axial")[int(np.argmax(np.abs(np.cross(orientation[:3], orientation[3:]))))]


def ge_axes(orientation, row, g):
    """Frequency, phase and slice: in an axial image with the phase along the columns the first two run against rows and columns,
    with the phase along rows the frequency runs down; of coronal ones the phase runs the other way; of sagittal ones all do."""
    x, y, z = image_axes(orientation, g) * (-1 if plane(orientation) == "sagittal" else 1)
    way = 1 if plane(orientation) == "coronal" else -1
    return (y, way * x, z) if row else (-x, way * y, z)


def text(x):
    return ("%.10f" % x)[:16]


def block(ds, group, creator, at):
    """A private block that begins at `at`; element(number) is the tag of one of its attributes."""
    ds.add_new((group, at), "LO", creator)
    return lambda number: (group, at << 8 | number)


def state(ds, maker, b, g, orientation, row, at):
    """What a maker's scanner states."""
    numbers = [float(x) for x in (g if g is not None else (0, 0, 0))]
    if maker == "standard":
        ds.Manufacturer, ds.DiffusionBValue = "Hitachi Medical Corporation", float(b)
        ds.DiffusionDirectionality = "NONE" if g is None else "DIRECTIONAL"
        if g is not None:
            ds.DiffusionGradientOrientation = numbers
    elif maker.startswith("siemens"):
        ds.Manufacturer = "SIEMENS"
        ds.SequenceName = f"*ep_b{b}"
        ds.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE", "ND"]
        if maker == "siemens-csa":
            values = [("EchoLinePosition", ["32"]), ("B_value", [str(b)])]
            if g is not None:
                values.append(("DiffusionGradientDirection", ["%.8f" % x for x in g]))
            ds.add_new(block(ds, 0x0029, "SIEMENS CSA HEADER", at)(0x10), "OB", m.csa(2, values + [("Last", [])]))
            return
        tag = block(ds, 0x0019, "SIEMENS MR HEADER", at)
        ds.add_new(tag(0x0c), "IS", str(b))
        ds.add_new(tag(0x0d), "CS", "NONE" if g is None else "DIRECTIONAL")
        if g is not None and maker == "siemens":
            ds.add_new(tag(0x0e), "FD", numbers)
        if g is not None:
            matrix = b * np.outer(g, g) + np.diag([4.0, 2.0, 3.0]) + 1
            ds.add_new(tag(0x27), "FD", [float(matrix[i]) for i in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))])
    elif maker.startswith("ge"):
        ds.Manufacturer = "GE MEDICAL SYSTEMS"
        ds.InPlanePhaseEncodingDirection, ds.ScanningSequence, ds.PatientPosition = "ROW" if row else "COL", ["EP", "SE"], "HFS"
        ds.add_new(block(ds, 0x0043, "GEMS_PARM_01", at)(0x39), "IS", [str(b + (10 ** 9 if maker == "ge-1e9" else 0)), "8", "0", "0"])
        tag = block(ds, 0x0019, "GEMS_ACQU_01", at)
        for i, x in enumerate((0, 0, 0) if g is None else ge_axes(orientation, row, g)):
            ds.add_new(tag(0xbb + i), "DS", text(x))
    elif maker == "philips":
        ds.Manufacturer = "Philips Medical Systems"
        tag = block(ds, 0x2001, "Philips Imaging DD 001", at)
        ds.add_new(tag(0x03), "FL", float(b))
        ds.add_new(tag(0x04), "CS", "O" if g is not None else "I")
        tag = block(ds, 0x2005, "Philips MR Imaging DD 001", at)
        for i, x in enumerate(numbers):
            ds.add_new(tag(0xb0 + i), "FL", x)
    elif maker == "uih":
        ds.Manufacturer = "UIH"
        tag = block(ds, 0x0065, "Image Private Header", at)
        ds.add_new(tag(0x09), "FD", float(b))
        ds.add_new(tag(0x37), "FD", [float(x) for x in (image_axes(orientation, g) if g is not None else (0, 0, 0))])


def make(folder, maker, orientation="axial", row=False, weightings=None, implicit=False, at=0x10, by_slice=False, change=None,
         slices=3):
    """A series with a file for each slice of each volume, numbered volume by volume (by_slice: slice by slice); the volumes'
    stacks.  change(dataset, volume) may change each."""
    os.makedirs(folder)
    weightings = WEIGHTINGS if weightings is None else weightings
    o = ORIENTATIONS[orientation]
    volumes = [m.stack(slices, orientation=o, seed=100 + v, size=(12, 14)) for v in range(len(weightings))]
    for v, (b, g) in enumerate(weightings):
        for z, frame in enumerate(volumes[v]):
            ds = m.plain("MR", "1.2.840.10008.5.1.4.1.1.4", frame)
            ds.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
            ds.InstanceNumber = 1 + (z * len(weightings) + v if by_slice else v * slices + z)
            ds.AcquisitionNumber, ds.SeriesDescription, ds.ProtocolName, ds.MagneticFieldStrength = 1, "DWI", "DWI", 3
            ds.ImagePositionPatient = [m.number(x) for x in frame["position"]]
            # the last digits differ from slice to slice, as they do with GE
            ds.ImageOrientationPatient = [text(x + 1e-9 * z) for x in o]
            ds.PixelSpacing, ds.SliceThickness, ds.SpacingBetweenSlices = [0.75, 0.5], 2.5, 2.5
            ds.RescaleSlope, ds.RescaleIntercept = frame["slope"], frame["intercept"]
            state(ds, maker, b, g, o, row, at)
            if change:
                change(ds, v)
            ds.PixelData = frame["pixels"].astype("<u2").tobytes()
            ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
            ds.is_implicit_VR = implicit
            pydicom.dcmwrite(f"{folder}/{ds.InstanceNumber:03}.dcm", ds, write_like_original=False)
    return volumes


def as_unknown(ds, _):
    """Private attributes as an archive writes them that does not know them: VR UN."""
    for e in [e for e in ds if e.tag.is_private and not e.tag.is_private_creator]:
        values = list(e.value) if e.VM > 1 else [e.value]
        data = (e.value if e.VR == "OB" else struct.pack(f"<{len(values)}{'d' if e.VR == 'FD' else 'f'}", *values) if e.VR in ("FD", "FL")
                else "\\".join(map(str, values)).encode())
        ds[e.tag] = DataElement(e.tag, "UN", data + b" " * (len(data) % 2))


def enhanced(path, orientation="axial", weightings=None, kind="DIRECTIONAL", more=None):
    """The same as one enhanced file; kind BMATRIX: with a b-matrix in place of a direction."""
    weightings = WEIGHTINGS if weightings is None else weightings
    volumes = [m.stack(3, orientation=ORIENTATIONS[orientation], seed=100 + v, size=(12, 14), b=b) for v, (b, g) in enumerate(weightings)]
    frames = [f for volume in volumes for f in volume]
    m.make(path, frames, "MR")
    ds = pydicom.dcmread(path)
    for i, group in enumerate(ds.PerFrameFunctionalGroupsSequence):
        b, g = weightings[i // 3]
        diffusion = group.MRDiffusionSequence[0]
        diffusion.DiffusionDirectionality = "NONE" if g is None else kind
        if g is not None and kind == "BMATRIX":
            matrix, inner = b * np.outer(g, g), Dataset()
            for name, at in (("XX", (0, 0)), ("XY", (0, 1)), ("XZ", (0, 2)), ("YY", (1, 1)), ("YZ", (1, 2)), ("ZZ", (2, 2))):
                setattr(inner, "DiffusionBValue" + name, float(matrix[at]))
            diffusion.DiffusionBMatrixSequence = Sequence([inner])
        elif g is not None:
            diffusion.DiffusionGradientDirectionSequence = m.item(DiffusionGradientOrientation=[float(x) for x in g])
        if more:
            more(diffusion, i // 3)
    pydicom.dcmwrite(path, ds, write_like_original=False)
    return volumes


def in_world(bvec, affine):
    """FSL's vectors, which lie along the voxels' axes, in RAS: by FSL's own rule."""
    vectors = np.atleast_2d(np.loadtxt(bvec)).reshape(3, -1).copy()
    if np.linalg.det(affine[:3, :3]) > 0:
        vectors[0] *= -1
    return (affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)) @ vectors


def same_line(a, b, far):
    """A gradient and its opposite measure the same."""
    return min(np.abs(a - b).max(), np.abs(a + b).max()) < far


def convert(source, *options):
    """x.vol, x.nii, x.bval, x.bvec, x.ras."""
    subprocess.run(["dcm2vol", source, "-o", "x.vol", "--bval", "x.bval", "--bvec", "x.bvec", "--bvec-scanner", "x.ras", *options], check=True)
    subprocess.run(["vol2nii", "x.vol", "-o", "x.nii"], check=True)


def check(source, volumes=None, weightings=None, options=(), far=1e-5):
    """The tables, of the stream and beside its NIfTI file, say what is true."""
    weightings = WEIGHTINGS if weightings is None else weightings
    convert(source, *options)
    if volumes is not None:
        keys = m.check("x.vol", volumes)
        assert keys["axis"].split()[2:] == [str(b) for b, _ in weightings], keys["axis"]
    assert open("x.bval").read() == " ".join(str(b) for b, _ in weightings) + "\n", open("x.bval").read()
    assert len(open("x.bvec").readlines()) == len(open("x.ras").readlines()) == 3
    affine = nibabel.load("x.nii").affine
    image, scanner = in_world("x.bvec", affine), np.loadtxt("x.ras").reshape(3, -1)
    assert image.shape == scanner.shape == (3, len(weightings)), image.shape
    for i, (b, g) in enumerate(weightings):
        want = np.zeros(3) if g is None or b == 0 else g * (-1, -1, 1)
        assert same_line(image[:, i], want, far), (i, image[:, i], want)
        assert same_line(scanner[:, i], want, far), (i, scanner[:, i], want)
        assert np.abs(image[:, i] - scanner[:, i]).max() < 1e-5, i


def beside_mrtrix(source):
    """--bvec-scanner and --bval are the gradient table that MRtrix makes of the series."""
    convert(source)
    said = subprocess.run(["mrinfo", "-quiet", "-dwgrad", source], check=True, capture_output=True, text=True).stdout
    theirs = np.array([line.split() for line in said.splitlines()], float)
    ours = np.vstack([np.loadtxt("x.ras"), np.loadtxt("x.bval")]).T
    assert ours.shape == theirs.shape and np.allclose(ours[:, 3], theirs[:, 3]), theirs
    for mine, other in zip(ours[:, :3], theirs[:, :3]):
        assert same_line(mine, other, 1e-5), (mine, other)


def beside_dcm2niix(source):
    """The tables and those of dcm2niix say the same of the same voxels; its voxels are in another order."""
    os.makedirs("n", exist_ok=True)
    for name in os.listdir("n"):
        os.unlink("n/" + name)
    subprocess.run(["dcm2niix", "-z", "n", "-b", "n", "-f", "n", "-o", "n", source], check=True, stdout=subprocess.DEVNULL)
    convert(source)
    ours, theirs = nibabel.load("x.nii"), nibabel.load("n/n.nii")
    assert np.array_equal(np.loadtxt("x.bval"), np.loadtxt("n/n.bval")), (np.loadtxt("x.bval"), np.loadtxt("n/n.bval"))
    mine, other = in_world("x.bvec", ours.affine), in_world("n/n.bvec", theirs.affine)
    for i in range(mine.shape[1]):
        assert same_line(mine[:, i], other[:, i], 1e-3), (i, mine[:, i], other[:, i])
    # and of the same voxels: one of ours, looked up where it lies
    at = np.linalg.inv(theirs.affine) @ ours.affine @ (3, 4, 1, 1)
    nearest = tuple(int(x) for x in np.rint(at[:3]))
    assert np.allclose(ours.get_fdata()[3, 4, 1], theirs.get_fdata()[nearest])
