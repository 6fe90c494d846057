"""What every NIfTI and NRRD case in the shared data is, and what nii2vol and nrrd2vol must make of it."""
from case import nifti, nrrd

VARIANTS = "nifti_variants"
BALL = "nrrd_variants/pynrrd/BallBinary30x30x30"
RAW = ("raw", f"{BALL}.raw", "")

NIFTI = [nifti(f"ct_head_nifti/{name}.nii.gz", why=why) for name, why in {
    "CT_AVM": "uint8 with a slope of 2.2", "CT_pitch": "rotated by the scanner's tilt, not sheared"}.items()]
NIFTI += [nifti(f"{VARIANTS}/dtypes/27/{name}.nii") for name in (
    "float32", "float64", "int16", "int32", "int8", "uint16", "uint32", "uint8")]
NIFTI += [nifti(f"{VARIANTS}/dtypes/27/{name}.nii", "refused", "the stream has no 64-bit integers")
          for name in ("int64", "uint64")]
NIFTI += [nifti(f"{VARIANTS}/dtypes/complex/{name}.nii", "refused", "complex") for name in ("complex32", "complex64")]
NIFTI += [nifti(f"{VARIANTS}/dtypes/{name}.nii", "either", "colour") for name in ("rgb/3D", "rgb/4D", "rgba/4D")]
NIFTI += [nifti(f"{VARIANTS}/orient/{name}.nii.gz", why="one of 12 axis orders of one image, slope 0.36") for name in (
    "ALI", "ASL", "IAR", "IPL", "LAS", "LPS", "LSP", "PIR", "RAS", "RPI", "SAR", "SRA")]
NIFTI += [
    nifti(f"{VARIANTS}/anatomical.nii", why="big endian"),
    nifti(f"{VARIANTS}/functional.nii", why="4-D, slope and intercept"),
    nifti(f"{VARIANTS}/example4d.nii.gz", why="4-D, sheared qform rounding, a header extension: vox_offset 416"),
    nifti(f"{VARIANTS}/example_nifti2.nii.gz", why="NIfTI-2, 4-D, extension"),
    nifti(f"{VARIANTS}/reoriented_anat_moved.nii", why="big-endian float"),
    nifti(f"{VARIANTS}/resampled_anat_moved.nii", why="big-endian float with NaNs"),
    nifti(f"{VARIANTS}/standard.nii.gz", why="1 x 3 x 2 mm"),
    nifti(f"{VARIANTS}/pairs/ras.hdr", why=".hdr and .img"),
    nifti(f"{VARIANTS}/pairs/zstat1.nii.gz", why="big-endian float, qform alone"),
    nifti(f"{VARIANTS}/pairs/minimal.nii", no_form=True, why="big endian, neither form: nibabel centres it and flips x, "
          "the standard's method 1 does neither; both are taken"),
    nifti(f"{VARIANTS}/pairs/minimal.nii.gz", no_form=True, why="as minimal.nii"),
    nifti(f"{VARIANTS}/pairs/minimal.hdr", no_form=True, why="as minimal.nii, a pair"),
    nifti(f"{VARIANTS}/pairs/minimal.hdr.gz", "either", "a compressed pair", no_form=True),
    nifti(f"{VARIANTS}/pairs/minimal2.hdr", "either", "its image is there only as minimal2.img.gz: the same as minimal.img",
          no_form=True, sibling=f"{VARIANTS}/pairs/minimal.nii"),
    nifti(f"{VARIANTS}/pairs/minimal_extended_hdr.nii", "either", "2-D, 8 x 8"),
    nifti(f"{VARIANTS}/analyze.hdr", "refused", "Analyze header without its image"),
    nifti(f"{VARIANTS}/nifti1.hdr", "refused", "header without its image"),
    nifti(f"{VARIANTS}/nifti2.hdr", "refused", "header without its image"),
]

BAD_NIFTI = [nifti(f"malformed/nifti/{name}", "refused", why) for name, why in {
    "crash-08123ef33416bd6f0c5fa63d44b681b8581d62a0": "datatype -1", "crash-1.nii": "random",
    "crash-98aa054390f8d3f932f190dc22ef62c6ff2d6619": "datatype 55",
    "crash-d03c6346fe83a026738f6b8cd2a9335a3f8cb158": "datatype 2560",
    "crash-ed7d46344d7efb3b9f0c374d66d2e02f66cc447d.nii": "datatype 2826", "made_bad_datatype.nii": "datatype 12345",
    "made_dim0_99.nii": "99 dimensions", "made_dim_negative.nii": "-5 columns", "made_dim_overflow.nii": "32767^3 voxels",
    "made_example4d_cut.nii.gz": "gzip cut short", "made_header_only_100_bytes.nii": "100 bytes",
    "made_pixdim_zero_nan.nii": "pixdim 0, NaN, -1 and no form", "made_vox_offset_nan.nii": "vox_offset NaN",
    "made_vox_offset_past_eof.nii": "vox_offset 10^9"}.items()]
BAD_NIFTI += [nifti(f"malformed/nifti/{name}.nii", "either", why, no_form=True) for name, why in {
    "made_bitpix_mismatch": "bitpix 64 for uint8; nibabel goes by the datatype",
    "made_sizeof_hdr_0": "sizeof_hdr 0; nibabel goes on",
    "made_slope_zero_inf": "slope 0 means none, whatever the intercept"}.items()]

NRRD = [nrrd(path, "agree", why, *references) for path, why, references in (
    (f"{BALL}.nrrd", "raw", [RAW]), (f"{BALL}_gz.nrrd", "gzip", [RAW]), (f"{BALL}.nhdr", "detached", [RAW]),
    (f"{BALL}_byteskip_minus_one.nhdr", "the last bytes of the file", [RAW]),
    (f"{BALL}_byteskip_minus_one_nifti.nhdr", "the last bytes inside a .nii.gz", [RAW]),
    (f"{BALL}_gz_byteskip_minus_one.nrrd", "`byte skip:=` is a key, not the field", [RAW]),
    (f"{BALL}_gz_lineskip.nrrd", "three lines of text before the gzip data", [RAW]),
    ("nrrd_variants/pair_flair/FLAIR.nrrd", "oblique", [("nii", "nrrd_variants/pair_flair/FLAIR.nii.gz", "")]),
)]
NRRD += [nrrd(f"ct_chest_small_cip/ref/{name}.nrrd") for name in (
    "ct-64", "lm-64", "wholeLung-64", "GenerateOtsuLungCast_Test2_ct-64Dicom", "GenerateOtsuLungCast_Test_ct-64",
    "GeneratePartialLungLabelMap_Test_ct-64")]
NRRD += [nrrd(f"seg_dcmqi/{name}.nrrd") for name in (
    "heart_seg", "liver_seg", "liver_spine_gapped_seg", "liver_spine_seg", "partial_overlaps-1", "partial_overlaps-2",
    "partial_overlaps-3", "sparse_labelmap_noppv_seg", "sparse_labelmap_ppv5_seg", "spine_seg", "spine_seg_label5",
    "23x38x3/nrrd/label", "24x38x3/nrrd/label")]
NRRD += [nrrd(path, "either", why) for path, why in {
    f"{BALL}_bz2.nrrd": "bzip2", f"{BALL}_nifti.nhdr": "a whole .nii.gz as data, 352 bytes too many",
    "nrrd_variants/pynrrd/test_simple4d_raw.nrrd": "1 x 1 x 1 x 1, RAS, a list axis without kinds",
    "nrrd_variants/teem/fmob-c4h.nrrd": "three dimensions of an unnamed space",
    "nrrd_variants/vtk_headsq/quarter.nhdr": "one file a slice, left-handed space without orientation"}.items()]
NRRD += [nrrd(f"nrrd_variants/{name}", "refused", why) for name, why in {
    "pynrrd/BallBinary30x30x30_byteskip_minus_five.nhdr": "byte skip -5 means nothing",
    "pynrrd/test1d_ascii.nrrd": "1-D", "pynrrd/test2d_ascii.nrrd": "2-D", "pynrrd/test_customFields.nrrd": "1-D",
    "teem/tenGlyphBqdAbcUv.nrrd": "no spacing", "teem/trandhisto.nrrd": "1-D", "vtk_headsq/beach.nrrd": "no spacing",
    "vtk_headsq/beach.ascii.nhdr": "its data file is not there"}.items()]
NRRD += [nrrd(f"malformed/nrrd/{name}", "refused", why) for name, why in {
    "made_data_file_missing.nhdr": "data file missing", "made_data_file_outside_folder.nhdr": "../../ leads out of the folder",
    "made_dim_mismatch.nrrd": "dimension 4, two sizes", "made_format_string_pattern.nhdr": "%s%n%s for a pattern",
    "made_gz_cut.nrrd": "gzip cut short", "made_no_blank_line.nrrd": "no end of header",
    "made_sizes_negative.nrrd": "-3 columns", "made_sizes_overflow.nrrd": "2^96 voxels"}.items()]

CASES = NIFTI + BAD_NIFTI + NRRD
