"""One case for each transfer syntax: pydicom writes what needs no codec, DCMTK's programs and Pillow's JPEG 2000 the rest."""
import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from images import file_bytes, stack
from pydicom.encaps import encapsulate
from pydicom.uid import (DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian,
                         JPEG2000, JPEG2000Lossless)
from series import Series

GROUP = "transfer syntax"


class Unavailable(Exception):
    """A case that cannot be made here; the text says why."""


def native(name, syntax, **encoding):
    """Files that pydicom writes alone."""
    images = stack(name, **encoding)
    return Series([(f"{k:03d}.dcm", file_bytes(image.dataset, syntax)) for k, image in enumerate(images)], [images])


def coded(name, program, *options, tolerance=5.0, **encoding):
    """Files that one of DCMTK's programs compresses; it keeps the UIDs."""
    if not shutil.which(program):
        raise Unavailable(f"{program} is not installed")
    images = stack(name, **encoding)
    files = []
    with tempfile.TemporaryDirectory() as tmp:
        for k, image in enumerate(images):
            here, there = Path(tmp, "in"), Path(tmp, "out")
            here.write_bytes(file_bytes(image.dataset))
            done = subprocess.run([program, *options, here, there], capture_output=True, check=False)
            if done.returncode:
                raise Unavailable(f"{program}: {done.stderr.decode('utf-8', 'replace').strip()[:100]}")
            files.append((f"{k:03d}.dcm", there.read_bytes()))
    return Series(files, [images], tolerance=tolerance)


def jpeg2000(name, lossless=True, fragments=1):
    """Files with JPEG 2000 code streams, each in so many fragments."""
    try:
        from PIL import Image as Picture, features
    except ImportError:
        raise Unavailable("Python's Pillow is not installed") from None
    if not features.check_codec("jpg_2000"):
        raise Unavailable("Pillow has no JPEG 2000")
    images = stack(name)
    files = []
    for k, image in enumerate(images):
        out = io.BytesIO()
        more = {} if lossless else {"irreversible": True, "quality_mode": "rates", "quality_layers": [3]}
        Picture.fromarray(image.stored.astype("<u2")).save(out, "JPEG2000", no_jp2=True, num_resolutions=3, **more)
        dataset = image.dataset
        dataset.PixelData = encapsulate([out.getvalue()], fragments_per_frame=fragments)
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
        files.append((f"{k:03d}.dcm", file_bytes(dataset, JPEG2000Lossless if lossless else JPEG2000)))
    return Series(files, [images], tolerance=5.0 if lossless else 15.0)


def explicit_little(name):
    """explicit VR, little endian, 8 bits"""
    series = native(name, ExplicitVRLittleEndian, stored=8, allocated=8, slope=8.0)
    series.tolerance = 8.0
    return series


def implicit_little(name):
    """implicit VR, little endian"""
    return native(name, ImplicitVRLittleEndian)


def explicit_big(name):
    """explicit VR, big endian"""
    return native(name, ExplicitVRBigEndian)


def deflated(name):
    """deflated"""
    return native(name, DeflatedExplicitVRLittleEndian)


def rle(name):
    """RLE"""
    return coded(name, "dcmcrle")


def rle_signed(name):
    """RLE, signed, 16 bits"""
    return coded(name, "dcmcrle", signed=True, stored=16, intercept=0.0)


def jpeg_lossless(name):
    """JPEG lossless, process 14, selection value 1"""
    return coded(name, "dcmcjpeg", "+e1")


def jpeg_lossless_signed(name):
    """the same, signed, 16 bits"""
    return coded(name, "dcmcjpeg", "+e1", signed=True, stored=16, intercept=0.0)


def jpeg_lossless_14(name):
    """JPEG lossless, process 14, selection value 6"""
    return coded(name, "dcmcjpeg", "+el", "+sv", "6")


def jpeg_baseline(name):
    """JPEG baseline, 8 bits, lossy"""
    return coded(name, "dcmcjpeg", "+eb", "+q", "98", "+un", stored=8, allocated=8, slope=8.0, tolerance=40.0)


def jpeg_extended(name):
    """JPEG extended, 12 bits, lossy"""
    return coded(name, "dcmcjpeg", "+ee", "+q", "98", "+un", tolerance=25.0)


def jpeg_ls(name):
    """JPEG-LS"""
    return coded(name, "dcmcjpls")


def jpeg_ls_near(name):
    """JPEG-LS, near-lossless"""
    return coded(name, "dcmcjpls", "+en", "+md", "2", "+un", tolerance=7.5)


def jpeg_2000(name):
    """JPEG 2000, lossless"""
    return jpeg2000(name)


def jpeg_2000_fragments(name):
    """the same, each frame in three fragments"""
    return jpeg2000(name, fragments=3)


def jpeg_2000_lossy(name):
    """JPEG 2000, lossy"""
    return jpeg2000(name, lossless=False)


CASES = [explicit_little, implicit_little, explicit_big, deflated, rle, rle_signed, jpeg_lossless, jpeg_lossless_signed,
         jpeg_lossless_14, jpeg_baseline, jpeg_extended, jpeg_ls, jpeg_ls_near, jpeg_2000,
         jpeg_2000_fragments, jpeg_2000_lossy]
