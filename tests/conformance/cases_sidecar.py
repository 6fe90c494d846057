"""dcm2niix's sidecars in the shared data, and the series whose sidecar dcm2vol must make of the same files."""
from case import Case

XA30 = "mr_enhanced_xa30"
PHILIPS = "mr_enhanced_philips_siemens"
MOSAIC = "mr_mosaic_orientation"
NIH = "mr_fmri_ge_nih"


def sidecar(path, reference, why="", **more):
    """A folder or file, dcm2niix's JSON, and beside that the NIfTI file whose axes its directions and slice times are of."""
    return Case("sidecar " + more.pop("name", path), "sidecar", (path,), refs=(("sidecar", reference, ""),), why=why, **more)


MOSAICS = [sidecar(f"{MOSAIC}/dicom/{path}", f"{MOSAIC}/ref/{reference}.json") for path, reference in {
    "ax/axasc35": "ax_asc_35sl_6", "ax/axdesc36": "ax_desc_36sl_10", "axmb/AxAsc36mb2a": "fMRI_MB_asc_25",
    "axmb/AxInt36mb": "fMRI_MB_int_26", "cor/corasc35": "cor_asc_35sl_16", "cor/cordesc36": "cor_desc_36sl_14",
    "sag/sagasc35": "sag_asc_35sl_22", "sag/sagint36": "sag_int_36sl_21"}.items()]
MOSAICS += [sidecar(f"mr_mosaic_12bit/dicom/{name}.dcm", f"mr_mosaic_12bit/ref/{number}.json")
            for name, number in {"12bitUnsigned": 2, "12bitUnsigned_0x0F0F": 3, "12bitSigned_0x0F0F": 4}.items()]
MOSAICS += [sidecar(f"mr_transfer_syntaxes/dicom/{number}.dcm", f"mr_transfer_syntaxes/ref/{number}.json") for number in range(1, 10)]
MOSAICS += [sidecar(f"{NIH}/dicom/20180918Si/{name}", f"{NIH}/ref/EPI_PE={direction}.json")
            for name, direction in {"mr_0003": "AP_3", "mr_0005": "RL_5"}.items()]

ENHANCED = [
    sidecar(f"{PHILIPS}/dicom/Philips", f"{PHILIPS}/ref/Philips_WIP_B0_NS_801_e2_fieldmaphz.json", options=("--series", "801.1"),
            name=f"{PHILIPS}, field map"),
    sidecar(f"{PHILIPS}/dicom/Philips", f"{PHILIPS}/ref/Philips_WIP_B0_NS_801_e1.json", options=("--series", "801.2"),
            name=f"{PHILIPS}, magnitude"),
    sidecar(f"{PHILIPS}/dicom/Siemens/XA10", f"{PHILIPS}/ref/Siemens_REST1_w_SMS_PF7-8_6.json"),
    sidecar(f"{XA30}/dicom/8_gre_field_mapping/0001_1.3.12.2.1107.5.2.43.67093.2022071112105821698004979.dcm",
            f"{XA30}/ref/8_gre_field_mapping_e1.json"),
    sidecar(f"{XA30}/dicom/8_gre_field_mapping/0002_1.3.12.2.1107.5.2.43.67093.2022071112105956926705109.dcm",
            f"{XA30}/ref/8_gre_field_mapping_e2.json"),
    sidecar(f"{XA30}/dicom/9_gre_field_mapping", f"{XA30}/ref/9_gre_field_mapping_e2_ph.json"),
    *(sidecar(f"{XA30}/dicom/{name}", f"{XA30}/ref/{name}.json") for name in ("5_anat-T1w_acq-tfl", "11_DWI_dir80_PA", "14_DWI_dir80_PA", "25_asl_2d_tra")),
]

SINGLE = [
    sidecar("mr_fmri_philips_scaled/dicom", "mr_fmri_philips_scaled/ref/EPI_asc_CLEAR_201.json"),
    sidecar("mr_dwi_ge/dicom", "mr_dwi_ge/ref/Ax_DWI_TENSOR_R2_1.json"),
    *(sidecar(f"{NIH}/dicom/20180918GE/mr_000{n}", f"{NIH}/ref/DCM2NIIX_regression_test_{n}.json")
      for n in (4, 5)),
    sidecar("ct_tilt_philips_pos/dicom", "ct_tilt_philips_pos/ref_repo/full_series_58_slices.json", name="ct_tilt_philips_pos, full"),
    sidecar("ct_tilt_philips_pos/dicom", "ct_tilt_philips_pos/ref_dcm2niix_20220720/philips.json"),
    sidecar("ct_tilt_ge_variable/dicom", "ct_tilt_ge_variable/ref_dcm2niix_20220720/ge.json", options=("--regrid",)),
    sidecar("ct_tilt_ge_variable/dicom", "ct_tilt_ge_variable/ref_repo/_2.json", options=("--regrid",), name="ct_tilt_ge_variable, repo"),
    sidecar("ct_head_phantom_philips/dicom", "ct_head_phantom_philips/ref_dcm2niix_20220720/head.json"),
    sidecar("ct_head_phantom_philips/dicom", "ct_head_phantom_philips/ref_repo/1A_TRAUMA_PLAIN_HEAD_DM_Head_201.json",
            name="ct_head_phantom_philips, repo"),
    sidecar("chest_ct_lidc0314/dicom", "chest_ct_lidc0314/dcm2niix_20220720.json"),
    sidecar("pet_qin/dicom", "pet_qin/pet.json"),
    sidecar("mr_brain_ge_oblique/dicom", "mr_brain_ge_oblique/ref_dcm2niix_20220720/brain.json"),
    sidecar("mr_sag_prone/dicom", "mr_sag_prone/ref_dcm2niix_20220720/sag.json"),
]

CASES = MOSAICS + ENHANCED + SINGLE
