"""What every DICOM case in the shared data is, and what dcm2vol and dcmls must make of it.

Found with pydicom, dcmdump, gdcmconv and dcm2niix, before and without the tools under test."""
from case import Case, listed, refuse, regular, single

NEAR = "near"
PYDICOM = "dicom_pydicom_test_files"
DIRTESTS = f"{PYDICOM}/dicomdirtests"
NEMA = "dicom_nema_ct1_mr1"
FRAGMENTS = "dicom_encapsulated_fragments"
NOT_AN_IMAGE = ("no-images", "unsupported")
NO_VOLUME = ("no-position", "unsupported", "no-images")

SERIES = [
    regular("chest_ct_lidc0314/dicom", "275 slices, 12 of 16 bits unsigned, implicit VR; every file has its own frame of "
            "reference UID and SliceLocation disagrees with the positions: neither may decide",
            ("json", "chest_ct_lidc0314/expected_dcm2niix_20220720.json", "lidc.nii")),
    regular("ct_chest_small_cip/dicom", "signed; z printed to 4 decimals, gaps of 3.987 and 3.988 mm",
            ("nrrd", "ct_chest_small_cip/ref/ct-64.nrrd", "")),
    regular("ct_head_phantom_philips/dicom", "28 slices of 5 mm; a DICOMDIR lies among them and is left out",
            ("nii", "ct_head_phantom_philips/ref_dcm2niix_20220720/head.nii", "")),
    regular("mr_brain_ge_oblique/dicom", "oblique; the positions are whole tenths of a millimetre, so they lie up to 0.056 mm "
            "from a line (0.087 mm from one drawn from the first to the last): rounding, not irregularity. dcm2niix takes "
            "the first gap, 7.071 mm, for the step, which is 6.999: its last slice lies 1.3 mm off, so only its voxels "
            "are a reference. SpacingBetweenSlices says 2",
            ("voxels", "mr_brain_ge_oblique/ref_dcm2niix_20220720/brain.nii", ""), noise_mm=0.1,
            note="positions rounded to 0.1 mm; dcm2niix's step is wrong, its voxels agree"),
    regular("mr_sag_prone/dicom", "sagittal, head first prone, no rescale, file names out of order",
            ("nii", "mr_sag_prone/ref_dcm2niix_20220720/sag.nii", "")),
    regular("pet_qin/dicom", "PET, slope 2.0222414, no series number",
            ("nii", "pet_qin/ref_dcm2niix_20220720/pet.nii", ""),
            ("json", "pet_qin/expected_dcm2niix_20220720.json", "pet.nii")),
    regular("seg_dcmqi/23x38x3/image", "odd number of columns, unsigned 16 of 16 bits"),
    regular("seg_dcmqi/24x38x3/image", "as 23x38x3, another matrix, same series number"),
    regular("seg_dcmqi/ct-3slice", "padding -2000; 1.25 mm slices every 1 mm: slices thicker than the step do not overlap "
            "in the sense of a defect; feet first"),
    regular("rtstruct_rtutils/mock_data", "two slices, padding -2000; three RTSTRUCTs beside them are left out"),
    regular("rtstruct_rtutils/oriented_data", "oblique in all axes, rows 3.5 mm and columns 2.5 mm, slope 0.001, no "
            "thickness, no series number"),
    regular(f"{DIRTESTS}/98892001/CT5N", "five slices of a gated heart"),
    regular(f"{DIRTESTS}/DICOMDIR", "by way of the DICOMDIR", name=f"{DIRTESTS}/DICOMDIR --series 5",
            options=("--series", "5"), slices=(f"{DIRTESTS}/98892001/CT5N",)),
    Case("ct_head_phantom_philips DIRFILE in its place", "dirfile", ("ct_head_phantom_philips/dicom",),
         slices=("ct_head_phantom_philips/dicom",),
         why="it names S21570/S2010/I*, and holds IMAGE records alone: no patient, study or series to walk down"),
]
SERIES += [regular(f"{DIRTESTS}/{name}", "a DICOMDIR that can only be read as a flat list of references, or in another syntax",
                   name=f"{DIRTESTS}/{name} --series 5", options=("--series", "5"), slices=(f"{DIRTESTS}/98892001/CT5N",))
           for name in ("DICOMDIR-bigEnd", "DICOMDIR-implicit", "DICOMDIR-nooffset", "DICOMDIR-nopatient",
                        "DICOMDIR-reordered")]

SERIES += [regular("ct_tilt_philips_pos/dicom", "sheared by 16.5 degrees, spacing even: held as it is; dcm2niix's uncorrected "
                   "volume is set upright without moving a voxel, so its place is not the reference",
                   ("voxels", "ct_tilt_philips_pos/ref_dcm2niix_20220720/philips.nii", ""))]

PHILIPS, GE = "ct_tilt_philips_pos", "ct_tilt_ge_variable"
REPAIRED = [
    Case(f"{PHILIPS} --untilt", "repaired", (f"{PHILIPS}/dicom",), options=("--untilt",),
         refs=(("nii", f"{PHILIPS}/ref_dcm2niix_20220720/philips_Tilt_1.nii", "tilt"),),
         why="sizes and directions are dcm2niix's; its origin lies 23.9 mm below the stated position of the slice, and its rows "
             "0.288 of one beside where its own header has them: the stated positions are the reference"),
    Case(f"{GE} --regrid", "repaired", (f"{GE}/dicom",), options=("--regrid",), why="sheared, gaps 4.002, 1.081, 6.999 mm"),
    Case(f"{GE} --regrid --untilt", "repaired", (f"{GE}/dicom",), options=("--regrid", "--untilt"),
         refs=(("nii", f"{GE}/ref_dcm2niix_20220720/ge_Tilt_Eq_1_every2nd_xy.nii", "equidistant"),),
         why="dcm2niix's equidistant volume has axes that are not perpendicular and steps of 2.79 mm where its pixdim says 2.62: "
             "no geometry to compare with beyond the rows, and no slices of it but the first lie where ours do"),
]

SELECTED = [
    Case("seg_dcmqi, each by its selector", "selectors", ("seg_dcmqi",),
         slices=("seg_dcmqi/23x38x3/image", "seg_dcmqi/24x38x3/image", "seg_dcmqi/ct-3slice",
                 "seg_dcmqi/23x38x3/image", "seg_dcmqi/24x38x3/image"),
         why="four series are number 123456, two of them single images and two the same as one file of frames: the selectors "
         "that dcmls prints must tell them apart"),
    Case("rtstruct_rtutils, each by its selector", "selectors", ("rtstruct_rtutils",),
         slices=("rtstruct_rtutils/mock_data", "rtstruct_rtutils/oriented_data"), why="one series has no number"),
    Case("pet_qin, by its selector", "selectors", ("pet_qin",), slices=("pet_qin/dicom",), why="no number; a SEG beside it"),
]

IRREGULAR = [
    refuse("ct_tilt_ge_variable/dicom", "irregular-spacing",
           why="sheared by 18.5 degrees; gaps 4.002, 1.081, 6.999 mm where the collimation changes"),
    refuse("mr_fmri_ge_nih/dicom", "several-series", why="four series"),
    refuse(f"{DIRTESTS}/77654033/CT2", "missing-slice", "irregular-spacing", why="1.25, 202.5, 1.25 mm: 161 slices missing"),
    refuse(f"{DIRTESTS}/98892001/CT2N", "no-images", "mixed-orientation", why="two scouts, LOCALIZER"),
    refuse(f"{DIRTESTS}/98892003/MR1", "several-series", why="three series, all number 1"),
    refuse(f"{DIRTESTS}/98892003/MR2", "several-series", why="three series, all number 2"),
    refuse(f"{DIRTESTS}/98892003/MR700", "mixed-orientation", why="projections round an axis"),
    refuse(DIRTESTS, "several-series", why="thirteen series, one of scouts"),
    refuse(f"{DIRTESTS}/DICOMDIR", "several-series", why="the same by way of the DICOMDIR"),
    refuse(f"{DIRTESTS}/DICOMDIR-empty.dcm", "no-images", why="no references"),
    refuse(f"{DIRTESTS}/README.txt", "no-images", why="not DICOM"),
    refuse("ct_head_phantom_philips/dicom/DIRFILE", why="the files it names are not there: as with any missing operand, the "
           "line names the file; no reason name is agreed for that"),
    refuse("seg_dcmqi", "several-series"),
    refuse("rtstruct_rtutils", "several-series"),
]
IRREGULAR += [refuse(f"{DIRTESTS}/77654033/{name}", *NO_VOLUME, why="computed radiography: no position")
              for name in ("CR1", "CR2", "CR3")]

LATER = [refuse("mr_transfer_syntaxes/dicom", "unsupported", "duplicate-position", "several-series",
                 why="nine encodings of one mosaic: one series UID, nine series numbers")]

# Errors of gdcm's decoding against *_UNC, a little widened: J2KI and JPLY lose much (ratio 69:1 and 73:1, 7:1).
NEMA_CASES = [single(f"{NEMA}/{name}", sibling=f"{NEMA}/{name[:3]}_UNC", tolerance=tolerance) for name, tolerance in {
    "CT1_UNC": None, "CT1_RLE": None, "CT1_JPLL": None, "CT1_JLSL": None, "CT1_J2KR": None, "CT1_JLSN": NEAR,
    "CT1_J2KI": (356, 38.5), "MR1_UNC": None, "MR1_RLE": None, "MR1_JPLL": None, "MR1_JLSL": None, "MR1_J2KR": None,
    "MR1_JLSN": NEAR, "MR1_J2KI": (400, 50.5), "MR1_JPLY": (130, 15.4)}.items()]

FRAGMENT_CASES = [single(f"{FRAGMENTS}/CT1_UNC.{name}.dcm", sibling=f"{FRAGMENTS}/CT1_UNC.explicit_little_endian.dcm")
                  for name in ("explicit_little_endian", "fragmented_bot_jpeg_ls.80", "fragmented_no_bot_jpeg_ls.80",
                               "not_fragmented_bot_jpeg_ls.80", "not_fragmented_no_bot_jpeg_ls.80")]
FRAGMENT_CASES += [
    refuse(f"{FRAGMENTS}/IM00001.fragmented_no_bot_jpeg_baseline.50.dcm", "unsupported", *NO_VOLUME, why="ultrasound, no position"),
    refuse(f"{FRAGMENTS}/deflate/image_dfl", *NO_VOLUME, why="deflated secondary capture, no position"),
    refuse(f"{FRAGMENTS}/deflate/report_dfl", *NOT_AN_IMAGE, why="deflated report"),
    refuse(f"{FRAGMENTS}/deflate/wave_dfl", *NOT_AN_IMAGE, why="deflated waveform")]

SMALL = [single(f"{PYDICOM}/{name}.dcm", sibling=f"{PYDICOM}/MR_small.dcm") for name in (
    "MR_small", "MR_small_RLE", "MR_small_bigendian", "MR_small_expb", "MR_small_implicit", "MR_small_jp2klossless",
    "MR_small_jpeg_ls_lossless", "MR_small_padded")]
SMALL += [
    single(f"{PYDICOM}/CT_small.dcm"),
    single(f"{PYDICOM}/examples_overlay.dcm", why="a reformat with an overlay of its own"),
    single(f"{PYDICOM}/693_J2KI.dcm", check="known", blocks=(
        (-1354.84, -23.43, 45.07, -1357.03), (-109.74, 1008.3, 1059.59, -40.91), (-49.53, 1126.54, 1081.0, 228.88),
        (-1293.22, 373.56, 471.17, -1298.61)), why="lossy JPEG 2000, 14 bits, no sibling: means of 4 x 4 blocks by gdcm; "
        "20 mm between 5 mm slices"),
    single(f"{DIRTESTS}/98892003/MR1/15820"),
    single(f"{PYDICOM}/zipMR.gz", why="MR_small in gzip", slices=(f"{PYDICOM}/MR_small.dcm",)),
]
SMALL += [refuse(f"{PYDICOM}/{name}.dcm", *NO_VOLUME, why="no position") for name in (
    "ExplVR_BigEnd", "GDCMJ2K_TextGBR", "JPEG-lossy", "JPEG2000", "JPEGLSNearLossless_08", "JPEGLSNearLossless_16",
    "JPGExtended", "SC_jpeg_no_color_transform", "SC_jpeg_no_color_transform_2", "SC_rgb_dcmtk_+eb+cr",
    "SC_rgb_dcmtk_+eb+cy+n1", "SC_rgb_dcmtk_+eb+cy+n2", "SC_rgb_dcmtk_+eb+cy+np", "SC_rgb_dcmtk_+eb+cy+s2",
    "SC_rgb_dcmtk_+eb+cy+s4", "SC_rgb_gdcm_KY", "SC_rgb_jls_lossy_line", "SC_rgb_jls_lossy_sample",
    "SC_rgb_jpeg_app14_dcmd", "SC_rgb_jpeg_dcmd", "SC_rgb_jpeg_dcmtk", "SC_rgb_jpeg_gdcm", "SC_rgb_jpeg_lossy_gdcm",
    "SC_rgb_rle", "SC_rgb_rle_16bit", "SC_rgb_rle_16bit_2frame", "SC_rgb_rle_2frame", "SC_rgb_rle_32bit",
    "SC_rgb_rle_32bit_2frame", "SC_rgb_small_odd", "SC_rgb_small_odd_big_endian", "SC_rgb_small_odd_jpeg",
    "SC_ybr_full_422_uncompressed", "examples_jpeg2k", "examples_palette", "examples_rgb_color", "examples_ybr_color",
    "image_dfl")]
SMALL += [refuse(f"{PYDICOM}/SC_rgb_jpeg.dcm", *NO_VOLUME, "truncated", why="colour; says explicit VR but is written "
                 "implicit, so that a length runs past its end")]
SMALL += [refuse(f"{PYDICOM}/priv_SQ.dcm", *NOT_AN_IMAGE, "truncated", why="says CT and has no pixels: cut, by the look of it")]
SMALL += [refuse(f"{PYDICOM}/{name}", *NOT_AN_IMAGE, why="no image in it, or not DICOM") for name in (
    "empty_charset_LEI.dcm", "nested_priv_SQ.dcm", "reportsi.dcm", "reportsi_with_empty_number_tags.dcm",
    "test-SR.dcm", "rtplan.dcm", "rtplan.dump", "rtstruct.dcm", "rtstruct.dump", "liver_1frame.dcm",
    "liver_expb_1frame.dcm")]

BAD = [
    refuse("malformed/dicom/made_CT_small_cut_in_pixels.dcm", "truncated"),
    refuse("malformed/dicom/MR_truncated.dcm", "truncated", why="62 bytes of pixels missing"),
    refuse("malformed/dicom/made_CT_small_cut_in_header.dcm", "truncated", "no-images"),
    single("malformed/dicom/J2K_pixelrep_mismatch.dcm", check="known",
           sha="1296350a0006ef6908ce4aa11717e3e8a236b63478a097bbfb45ac7a5fca6359",
           why="13 bits, signed by the header, unsigned by the code stream: 6192 means -2000 (as pydicom publishes). SHA-256 "
           "of gdcm's decoding with bit 12 extended"),
    single("malformed/dicom/no_meta.dcm", expect="either", sibling=f"{PYDICOM}/CT_small.dcm",
           slices=(f"{PYDICOM}/CT_small.dcm",), why="CT_small from its first data element on, behind a stray space"),
    refuse("malformed/dicom/JPEG2000-embedded-sequence-delimiter.dcm", *NO_VOLUME, "truncated", why="no position"),
    refuse("malformed/dicom/badVR.dcm", "unsupported", "no-images", "truncated", why="RT dose whose frame count is `1A`"),
]
BAD += [refuse(f"malformed/dicom/{name}.dcm", *NOT_AN_IMAGE, "truncated", why="no image in it, or not DICOM") for name in (
    "ExplVR_BigEndNoMeta", "ExplVR_LitEndNoMeta", "UN_sequence", "made_empty", "made_preamble_only",
    "meta_missing_tsyntax", "no_meta_group_length", "rtplan_truncated")]
BAD += [refuse("malformed/dicom", "several-series", "truncated", "no-images", "unsupported", why="all of them at once")]

LISTED = [
    listed("chest_ct_lidc0314/dicom", ("CT", 275, 512, 512, None), used=275, not_dicom=1),
    listed("ct_chest_small_cip/dicom", ("CT", 79, 64, 64, None), used=79),
    listed("ct_head_phantom_philips/dicom", ("CT", 28, 512, 512, None), used=28),
    listed("ct_tilt_ge_variable/dicom", ("CT", 28, 512, 512, "irregular-spacing")),
    listed("ct_tilt_philips_pos/dicom", ("CT", 18, 512, 512, None)),
    listed("mr_brain_ge_oblique/dicom", ("MR", 20, 256, 256, None), used=20),
    listed("mr_sag_prone/dicom", ("MR", 35, 256, 256, None), used=35),
    listed("pet_qin", ("PT", 299, 128, 128, None)),
    listed("mr_dwi_ge/dicom", ("MR", 14, 256, 256, None)),
    listed("mr_fmri_ge_nih/dicom", ("MR", 150, 64, 64, None), ("MR", 150, 64, 64, None),
           not_dicom=4),
    listed("rtstruct_rtutils/mock_data", ("CT", 2, 512, 512, None), used=2, no_pixels=3),
    listed("rtstruct_rtutils", ("CT", 2, 512, 512, None), ("CT", 3, 100, 50, None), used=5, no_pixels=3, not_dicom=1),
    listed("seg_dcmqi", ("CT", 3, 23, 38, None), ("CT", 3, 24, 38, None), ("CT", 3, 512, 512, None), not_dicom=17),
    listed(DIRTESTS, ("CT", 5, 16, 16, None), ("CT", 4, 16, 16, ("missing-slice", "irregular-spacing")),
           ("MR", 7, 16, 16, "mixed-orientation"), localizer=2, not_dicom=1),
    listed("malformed/dicom"),
    listed(PYDICOM),
    listed("mr_transfer_syntaxes/dicom"),
    listed("mr_enhanced_xa30/dicom"),
    listed(NEMA),
    listed(FRAGMENTS),
]

CASES = SERIES + REPAIRED + SELECTED + IRREGULAR + LATER + NEMA_CASES + FRAGMENT_CASES + SMALL + BAD + LISTED
