"""Colour and RT Dose in the shared data, and what dcm2vol must make of them."""
from case import Case, refuse

PYDICOM = "dicom_pydicom_test_files"


def colour(name, why="", **more):
    """A single colour image, given a position."""
    return Case(f"{PYDICOM}/{name}, given a position", "colour", (f"{PYDICOM}/{name}.dcm",), why=why, **more)


# Pillow's and GDCM's decoders give the very bytes that ours do, lossy or not
CASES = [colour(name) for name in (
    "ExplVR_BigEnd", "SC_jpeg_no_color_transform_2", "SC_rgb_dcmtk_+eb+cr", "SC_rgb_dcmtk_+eb+cy+n1", "SC_rgb_dcmtk_+eb+cy+n2",
    "SC_rgb_dcmtk_+eb+cy+np", "SC_rgb_dcmtk_+eb+cy+s2", "SC_rgb_dcmtk_+eb+cy+s4", "SC_rgb_jpeg_app14_dcmd", "SC_rgb_jpeg_dcmtk",
    "SC_rgb_jpeg_lossy_gdcm", "SC_rgb_rle", "SC_rgb_rle_16bit", "SC_rgb_rle_32bit", "SC_rgb_small_odd", "SC_rgb_small_odd_jpeg",
    "SC_ybr_full_422_uncompressed", "examples_jpeg2k", "examples_palette", "examples_rgb_color")]
CASES = [Case(**{**case.__dict__, "tolerance": 2}) if "jpeg" in case.name or "+eb" in case.name else case for case in CASES]
CASES += [colour(name, sibling=f"{PYDICOM}/SC_rgb_jpeg_dcmd.dcm", tolerance=2, why="JPEG of RGB without a transform; with Adobe's segment cut")
          for name in ("SC_jpeg_no_color_transform", "SC_rgb_jpeg")]
CASES += [colour(name, sibling=f"{PYDICOM}/SC_rgb_rle.dcm", tolerance=tolerance, why=why) for name, tolerance, why in (
    ("SC_rgb_gdcm_KY", 0, "JPEG 2000, reversible, without its transform"), ("SC_rgb_jpeg_gdcm", 0, "JPEG lossless"),
    ("SC_rgb_jls_lossy_line", 2, "near-lossless, within 2"), ("SC_rgb_jls_lossy_sample", 2, "near-lossless, within 2"))]
CASES += [colour("SC_rgb_small_odd_big_endian", "9 x 3 bytes in big-endian words: pydicom 2.3 turns none",
                 sibling=f"{PYDICOM}/SC_rgb_small_odd.dcm")]
CASES += [Case(f"{PYDICOM}/{name}.dcm", "dose", (f"{PYDICOM}/{name}.dcm",), sibling=f"{PYDICOM}/rtdose.dcm", why="15 planes")
          for name in ("rtdose", "rtdose_rle")]
CASES += [refuse(f"{PYDICOM}/rtdose_expb.dcm", "unsupported", why="32 bits in big-endian words: which half comes first is not agreed"),
          refuse(f"{PYDICOM}/rtdose_1frame.dcm", "no-spacing", why="one plane, and nothing says how thick"),
          refuse(f"{PYDICOM}/rtdose_rle_1frame.dcm", "no-spacing", why="as above"),
          refuse(f"{PYDICOM}/rtdose_expb_1frame.dcm", "unsupported", why="as above, in big-endian")]
