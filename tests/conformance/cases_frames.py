"""Files of many frames in the shared data, and what dcm2vol must make of them."""
from case import Case, refuse

PHILIPS = "mr_enhanced_philips_siemens"
XA30 = "mr_enhanced_xa30"
MOSAIC = "mr_mosaic_orientation"
FRAGMENTS = "dicom_encapsulated_fragments"
PLAIN = f"{FRAGMENTS}/CT0012.explicit_little_endian.dcm"


def frames(path, why, *references, **more):
    """One series of frames; references are (kind, path)."""
    return Case(more.pop("name", path), "frames", (path,), refs=tuple((*r, "") for r in references), why=why, **more)


ENHANCED = [
    frames(f"{PHILIPS}/dicom/Philips", "32 of 64 frames", ("rounded", f"{PHILIPS}/ref/Philips_WIP_B0_NS_801_e2_fieldmaphz.nii"),
           name=f"{PHILIPS}, field map", options=("--series", "801.1")),
    frames(f"{PHILIPS}/dicom/Philips", "the other 32", ("proportional", f"{PHILIPS}/ref/Philips_WIP_B0_NS_801_e1.nii"),
           name=f"{PHILIPS}, magnitude", options=("--series", "801.2"),
           note="ours are displayed values (Rescale Slope), dcm2niix's Philips' floating-point ones: in proportion"),
    frames(f"{PHILIPS}/dicom/Philips", "the same by the floating-point values", ("nii", f"{PHILIPS}/ref/Philips_WIP_B0_NS_801_e1.nii"),
           name=f"{PHILIPS}, magnitude, --philips-precise", options=("--series", "801.2", "--philips-precise")),
    refuse(f"{PHILIPS}/dicom/Philips", "several-series", why="two kinds of images"),
    frames(f"{PHILIPS}/dicom/Siemens/XA10", "four points in time, a file each",
           ("nii", f"{PHILIPS}/ref/Siemens_REST1_w_SMS_PF7-8_6.nii")),
    frames(f"{XA30}/dicom/8_gre_field_mapping/0001_1.3.12.2.1107.5.2.43.67093.2022071112105821698004979.dcm", "the first echo",
           ("nii", f"{XA30}/ref/8_gre_field_mapping_e1.nii")),
    frames(f"{XA30}/dicom/8_gre_field_mapping/0002_1.3.12.2.1107.5.2.43.67093.2022071112105956926705109.dcm", "the second",
           ("nii", f"{XA30}/ref/8_gre_field_mapping_e2.nii")),
    frames(f"{XA30}/dicom/9_gre_field_mapping", "phase", ("nii", f"{XA30}/ref/9_gre_field_mapping_e2_ph.nii")),
    frames(f"{XA30}/dicom/14_DWI_dir80_PA", "fractional anisotropy in colour", ("colour", f"{XA30}/ref/14_DWI_dir80_PA.nii")),
    *(frames(f"{XA30}/dicom/{name}", "3-D T1; ADC; ASL in time", ("nii", f"{XA30}/ref/{name}.nii"))
      for name in ("5_anat-T1w_acq-tfl", "11_DWI_dir80_PA", "25_asl_2d_tra")),
    *(frames(f"seg_dcmqi/{size}/multiframe", "legacy converted CT, last slice first", sibling=f"seg_dcmqi/{size}/multiframe/mf.dcm")
      for size in ("23x38x3", "24x38x3")),
]

MOSAICS = [frames(f"{MOSAIC}/dicom/{path}", "two points in time", ("nii", f"{MOSAIC}/ref/{reference}.nii")) for path, reference in {
    "ax/axasc35": "ax_asc_35sl_6", "ax/axdesc36": "ax_desc_36sl_10", "axmb/AxAsc36mb2a": "fMRI_MB_asc_25",
    "axmb/AxInt36mb": "fMRI_MB_int_26", "cor/corasc35": "cor_asc_35sl_16", "cor/cordesc36": "cor_desc_36sl_14",
    "sag/sagasc35": "sag_asc_35sl_22", "sag/sagint36": "sag_int_36sl_21"}.items()]
MOSAICS += [frames(f"mr_mosaic_12bit/dicom/{name}.dcm", "12 bits, junk above", ("nii", f"mr_mosaic_12bit/ref/{number}.nii"))
            for name, number in {"12bitUnsigned": 2, "12bitUnsigned_0x0F0F": 3, "12bitSigned_0x0F0F": 4}.items()]
MOSAICS += [frames(f"mr_transfer_syntaxes/dicom/{number}.dcm", "one mosaic in nine syntaxes", ("nii", "mr_transfer_syntaxes/ref/1.nii"))
            for number in range(1, 10)]
MOSAICS += [frames(f"mr_fmri_ge_nih/dicom/20180918Si/{name}", "five tiles of nine, 12 mm apart",
                   ("nii", f"mr_fmri_ge_nih/ref/EPI_PE={direction}.nii")) for name, direction in
            {"mr_0003": "AP_3", "mr_0005": "RL_5"}.items()]

CODED = [frames(f"{FRAGMENTS}/CT0012.{name}.dcm", "two frames, with and without offset table, in one and more fragments each",
                sibling=PLAIN, tolerance=tolerance) for name, tolerance in {
    "explicit_little_endian": None, "fragmented_no_bot_jpeg_lossless.57": None,
    "fragmented_no_bot_jpeg_lossless.70": None, "fragmented_no_bot_jpeg_ls.80": None, "fragmented_no_bot_jpeg_ls.81": (10, 10),
    "not_fragmented_bot_jpeg_ls.80": None, "not_fragmented_bot_rle": None, "not_fragmented_no_bot_jpeg_ls.80": None,
    "not_fragmented_no_bot_rle": None}.items()]
CODED += [frames(f"{FRAGMENTS}/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm", "12 bits, lossy", sibling=PLAIN, tolerance=(1040, 1040),
                 note="values lie 1024 above the plain file's in the file itself: dcmdjpeg decodes the same")]
SINGLE = [
    frames("mr_fmri_philips_scaled/dicom", "three volumes of single images, by temporal position",
           ("proportional", "mr_fmri_philips_scaled/ref/EPI_asc_CLEAR_201.nii"),
           note="displayed values beside Philips' floating-point ones, as above"),
    frames("mr_fmri_philips_scaled/dicom", "the floating-point values themselves", ("nii", "mr_fmri_philips_scaled/ref/EPI_asc_CLEAR_201.nii"),
           name="mr_fmri_philips_scaled --philips-precise", options=("--philips-precise",)),
    frames("mr_dwi_ge/dicom", "7 volumes that only instance numbers order", ("nii", "mr_dwi_ge/ref/Ax_DWI_TENSOR_R2_1.nii")),
    *(frames(f"mr_fmri_ge_nih/dicom/20180918GE/mr_000{n}", "10 volumes, ordered by instance numbers alone",
             ("nii", f"mr_fmri_ge_nih/ref/DCM2NIIX_regression_test_{n}.nii")) for n in (4, 5)),
]

DIFFUSION = [Case("mr_dwi_ge/dicom", "diffusion", ("mr_dwi_ge/dicom",), refs=(("nii", "mr_dwi_ge/ref/Ax_DWI_TENSOR_R2_1.nii", ""),),
                  why="oblique axial slices, GE's private directions, phase along the columns")]

CASES = ENHANCED + MOSAICS + CODED + SINGLE + DIFFUSION
