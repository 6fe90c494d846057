"""What every NIfTI and NRRD case in the shared data is, and what nii2vol and nrrd2vol must make of it."""
from case import nifti, nrrd

HALF = "half of a pair, and the other half is missing"
VARIANTS = "nifti_variants"
BALL = "nrrd_variants/pynrrd/BallBinary30x30x30"
RAW = ("raw", f"{BALL}.raw", "")

NIFTI = [nifti(f"ct_head_nifti/{name}.nii.gz", why=why) for name, why in {
    "CT_AVM": "uint8 with a slope of 2.2", "CT_pitch": "rotated by the scanner's tilt, not sheared"}.items()]
NIFTI += [nifti(f"{VARIANTS}/dtypes/27/{name}.nii") for name in (
    "float32", "float64", "int16", "int32", "int8", "uint16", "uint32", "uint8")]
NIFTI += [nifti(f"{VARIANTS}/dtypes/27/{name}.nii", "either", "the stream has no 64-bit integers; what fits 32 bits might be read",
                says="int64") for name in ("int64", "uint64")]
NIFTI += [nifti(f"{VARIANTS}/dtypes/complex/{name}.nii", "refused", "complex", says="complex") for name in ("complex32", "complex64")]
NIFTI += [nifti(f"{VARIANTS}/dtypes/{name}.nii", why="colour") for name in ("rgb/3D", "rgb/4D", "rgba/4D")]
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
    nifti(f"{VARIANTS}/pairs/minimal.hdr.gz", why="a compressed pair", no_form=True),
    nifti(f"{VARIANTS}/pairs/minimal2.hdr", why="its image is there only as minimal2.img.gz: the same as minimal.img",
          no_form=True, sibling=f"{VARIANTS}/pairs/minimal.nii"),
    nifti(f"{VARIANTS}/pairs/minimal_extended_hdr.nii", why="2-D, 8 x 8: one slice"),
    nifti(f"{VARIANTS}/analyze.hdr", "refused", "Analyze header without its image", says="Analyze 7.5, not NIfTI: .*ana2vol"),
    nifti(f"{VARIANTS}/nifti1.hdr", "refused", "header without its image", says=HALF),
    nifti(f"{VARIANTS}/nifti2.hdr", "refused", "header without its image", says=HALF),
]

# what other programs made of the DICOM cases: read here as NIfTI for its own sake
OTHERS = [nifti(path, why="by dcm2niix" if "2022" in path else "the source repository's") for path in (
    "ct_head_phantom_philips/ref_dcm2niix_20220720/head.nii", "ct_tilt_ge_variable/ref_dcm2niix_20220720/ge.nii",
    "ct_tilt_ge_variable/ref_dcm2niix_20220720/ge_Tilt_Eq_1_every2nd_xy.nii",
    "ct_tilt_philips_pos/ref_dcm2niix_20220720/philips.nii", "ct_tilt_philips_pos/ref_dcm2niix_20220720/philips_Tilt_1.nii",
    "mr_brain_ge_oblique/ref_dcm2niix_20220720/brain.nii", "mr_dwi_ge/ref/Ax_DWI_TENSOR_R2_1.nii",
    "mr_enhanced_philips_siemens/ref/Philips_WIP_B0_NS_801_e1.nii",
    "mr_enhanced_philips_siemens/ref/Philips_WIP_B0_NS_801_e2_fieldmaphz.nii",
    "mr_enhanced_philips_siemens/ref/Siemens_REST1_w_SMS_PF7-8_6.nii", "mr_enhanced_xa30/ref/11_DWI_dir80_PA.nii",
    "mr_enhanced_xa30/ref/14_DWI_dir80_PA.nii", "mr_enhanced_xa30/ref/25_asl_2d_tra.nii",
    "mr_enhanced_xa30/ref/5_anat-T1w_acq-tfl.nii", "mr_enhanced_xa30/ref/8_gre_field_mapping_e1.nii",
    "mr_enhanced_xa30/ref/8_gre_field_mapping_e2.nii", "mr_enhanced_xa30/ref/9_gre_field_mapping_e2_ph.nii",
    "mr_fmri_ge_nih/ref/DCM2NIIX_regression_test_4.nii", "mr_fmri_ge_nih/ref/DCM2NIIX_regression_test_5.nii",
    "mr_fmri_ge_nih/ref/EPI_PE=AP_3.nii", "mr_fmri_ge_nih/ref/EPI_PE=RL_5.nii",
    "mr_fmri_philips_scaled/ref/EPI_asc_CLEAR_201.nii", "mr_mosaic_12bit/ref/2.nii", "mr_mosaic_12bit/ref/3.nii",
    "mr_mosaic_12bit/ref/4.nii", "mr_mosaic_orientation/dicom/ax/axasc35/6_ax_asc_35sl.nii",
    "mr_mosaic_orientation/ref/ax_asc_35sl_6.nii", "mr_mosaic_orientation/ref/ax_desc_36sl_10.nii",
    "mr_mosaic_orientation/ref/cor_asc_35sl_16.nii", "mr_mosaic_orientation/ref/cor_desc_36sl_14.nii",
    "mr_mosaic_orientation/ref/fMRI_MB_asc_25.nii", "mr_mosaic_orientation/ref/fMRI_MB_int_26.nii",
    "mr_mosaic_orientation/ref/sag_asc_35sl_22.nii", "mr_mosaic_orientation/ref/sag_int_36sl_21.nii",
    "mr_sag_prone/ref_dcm2niix_20220720/sag.nii", "mr_transfer_syntaxes/ref/1.nii", "pet_qin/ref_dcm2niix_20220720/pet.nii")]

BAD_NIFTI = [nifti(f"malformed/nifti/{name}", "refused", why, says=says) for name, why, says in (
    ("crash-08123ef33416bd6f0c5fa63d44b681b8581d62a0", "datatype -1", "sizeof_hdr is 1090519807"),
    ("crash-1.nii", "random", "sizeof_hdr is 0"),
    ("crash-98aa054390f8d3f932f190dc22ef62c6ff2d6619", "datatype 55", "sizeof_hdr is 255"),
    ("crash-d03c6346fe83a026738f6b8cd2a9335a3f8cb158", "datatype 2560", "sizeof_hdr is 255"),
    ("crash-ed7d46344d7efb3b9f0c374d66d2e02f66cc447d.nii", "datatype 2826", "sizeof_hdr is 11842740"),
    ("made_bad_datatype.nii", "datatype 12345", "datatype is 12345"),
    ("made_dim0_99.nii", "99 dimensions", r"dim\[0\] is 99"), ("made_dim_negative.nii", "-5 columns", r"dim\[1\] is -5"),
    ("made_dim_overflow.nii", "32767^3 voxels", "ends after 0 of 32767 slices"),
    ("made_example4d_cut.nii.gz", "gzip cut short", "gzip data ends early"),
    ("made_header_only_100_bytes.nii", "100 bytes", r"ends inside the header \(100 of 348 bytes\)"),
    ("made_pixdim_zero_nan.nii", "pixdim 0, NaN, -1 and no form", r"pixdim\[1\] is 0"),
    ("made_vox_offset_nan.nii", "vox_offset NaN", "vox_offset is nan"),
    ("made_vox_offset_past_eof.nii", "vox_offset 10^9", "before its data should start"),
    ("made_bitpix_mismatch.nii", "bitpix 64 for uint8; nibabel goes by the datatype, but one of the two is wrong", "bitpix is 64"),
    ("made_sizeof_hdr_0.nii", "nibabel goes on; the standard wants 348 there", "sizeof_hdr is 0"))]
BAD_NIFTI += [nifti("malformed/nifti/made_slope_zero_inf.nii", why="slope 0 means none, whatever the intercept", no_form=True)]

NRRD = [nrrd(path, "agree", why, *references) for path, why, references in (
    (f"{BALL}.nrrd", "raw", [RAW]), (f"{BALL}_gz.nrrd", "gzip", [RAW]), (f"{BALL}.nhdr", "detached", [RAW]),
    (f"{BALL}_byteskip_minus_one.nhdr", "the last bytes of the file", [RAW]),
    (f"{BALL}_byteskip_minus_one_nifti.nhdr", "the last bytes inside a .nii.gz", [RAW]),
    (f"{BALL}_gz_byteskip_minus_one.nrrd", "`byte skip:=` is a key, not the field", [RAW]),
    (f"{BALL}_gz_lineskip.nrrd", "three lines of text before the gzip data", [RAW]), (f"{BALL}_bz2.nrrd", "bzip2", [RAW]),
    ("nrrd_variants/teem/fmob-c4h.nrrd", "three dimensions of an unnamed space", []),
    ("nrrd_variants/vtk_headsq/quarter.nhdr", "one file a slice, left-handed space without orientation", []),
    ("nrrd_variants/pair_flair/FLAIR.nrrd", "oblique", [("nii", "nrrd_variants/pair_flair/FLAIR.nii.gz", "")]),
)]
NRRD += [nrrd(f"ct_chest_small_cip/ref/{name}.nrrd") for name in (
    "ct-64", "lm-64", "wholeLung-64", "GenerateOtsuLungCast_Test2_ct-64Dicom", "GenerateOtsuLungCast_Test_ct-64",
    "GeneratePartialLungLabelMap_Test_ct-64")]
NRRD += [nrrd(f"seg_dcmqi/{name}.nrrd") for name in (
    "heart_seg", "liver_seg", "liver_spine_gapped_seg", "liver_spine_seg", "partial_overlaps-1", "partial_overlaps-2",
    "partial_overlaps-3", "sparse_labelmap_noppv_seg", "sparse_labelmap_ppv5_seg", "spine_seg", "spine_seg_label5",
    "23x38x3/nrrd/label", "24x38x3/nrrd/label")]
NRRD += [nrrd(f"nrrd_variants/{name}", "refused", why, says=says) for name, why, says in (
    ("pynrrd/BallBinary30x30x30_nifti.nhdr", "a whole .nii.gz as data, its header taken for voxels: the length is wrong by 352 bytes",
     "bytes follow after the last voxel"),
    ("pynrrd/test_simple4d_raw.nrrd", "a line end after the last voxel; by design the length is exact", "bytes follow after the last voxel"),
    ("pynrrd/BallBinary30x30x30_byteskip_minus_five.nhdr", "byte skip -5 means nothing", "'byte skip' cannot be read: '-5'"),
    ("pynrrd/test1d_ascii.nrrd", "1-D", "is 1-D, not a volume"), ("pynrrd/test2d_ascii.nrrd", "2-D", "is 2-D, not a volume"),
    ("pynrrd/test_customFields.nrrd", "1-D", "is 1-D, not a volume"),
    ("teem/tenGlyphBqdAbcUv.nrrd", "pictures, no place or spacing", "header has no spacing"),
    ("teem/trandhisto.nrrd", "a histogram", "is 1-D, not a volume"),
    ("vtk_headsq/beach.nrrd", "a photograph in colour, no spacing", "header has no spacing"),
    ("vtk_headsq/beach.ascii.nhdr", "2-D, and its data file is not there", "is 2-D, not a volume"))]
BAD_NRRD = [nrrd(f"malformed/nrrd/{name}", "refused", why, says=says) for name, why, says in (
    ("made_data_file_missing.nhdr", "1-D", "is 1-D"), ("made_data_file_outside_folder.nhdr", "1-D", "is 1-D"),
    ("made_dim_mismatch.nrrd", "dimension 4, two sizes", "'sizes' cannot be read: '2 2'"),
    ("made_format_string_pattern.nhdr", "1-D", "is 1-D"), ("made_gz_cut.nrrd", "gzip cut short", "gzip data ends early"),
    ("made_no_blank_line.nrrd", "no end of header, no spacing", "header has no spacing"),
    ("made_sizes_negative.nrrd", "-3 columns", "'sizes' cannot be read: '-3 4 5'"),
    ("made_sizes_overflow.nrrd", "no spacing", "header has no spacing"))]
BAD_NRRD += [nrrd(f"malformed/nrrd/{name}", "refused", why, says=says, name=f"malformed/nrrd/{name} as a volume", complete=True)
             for name, why, says in (
    ("made_data_file_missing.nhdr", "data file missing", "'nothere.raw' cannot be opened: No such file"),
    ("made_data_file_outside_folder.nhdr", "../../ leads out of the folder", "lies outside its folder"),
    ("made_format_string_pattern.nhdr", "%s%n%s for a pattern", "no single %d"),
    ("made_no_blank_line.nrrd", "no end of header", "ends inside the header"),
    ("made_sizes_overflow.nrrd", "2^96 voxels", ": .*(overflow 64 bits|bytes of voxels)"))]

CASES = NIFTI + BAD_NIFTI + NRRD + BAD_NRRD + OTHERS
