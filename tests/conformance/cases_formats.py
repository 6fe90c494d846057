"""What every MINC, PAR/REC, Analyze and MetaImage case in the shared data is, and what its reader must make of it."""
from case import Case

PAR = "parrec_nibabel"
EPI = "Phantom_EPI_3mm"
HALF = "half of a pair, and the other half is missing"


def image(check, tool, path, why, **more):
    """A file that its reader takes, or refuses for a reason."""
    return Case(more.pop("name", path), check, (path,), more.pop("expect", "agree"), tool=tool, why=why, **more)


def refuse(tool, path, says, why):
    """A file that its reader must refuse, saying so."""
    return Case(path, "no-file", (path,), "refused", tool=tool, says=says, why=why)


MINC = [image("minc", "mnc2vol", f"minc/{name}.mnc", why) for name, why in {
    "minc1-no-att": "MINC 1 without start, step and cosines", "minc1_1_scale": "one range for all slices",
    "minc1_4d": "time", "minc2-4d-d": "doubles in the order time, x, y, z", "minc2-no-att": "MINC 2 without start and step",
    "minc2_1_scale": "one range for all slices", "minc2_4d": "time", "mincaverage_test-rnd": "float",
    "small": "signed, a range a slice", "t3_grid_0": "vectors, the slowest axis", "test_coordinate2": "oblique, x slowest",
    "test_coordinate2_r30": "turned by 30 degrees, slices whose range is next to nothing",
    "tiny": "MINC 1, a range a slice"}.items()]
MINC += [image("minc", "mnc2vol", "minc/test_short_grid_0.mnc", "vectors, unsigned, flat slices, z fastest; mnc2nii leaves the "
               "voxels of vectors in the file's order and writes an affine for x fastest",
               note="mnc2nii names its axes wrongly, its voxels agree")]

PARREC = [
    image("par", "par2vol", f"{PAR}/phantom_EPI_asc_CLEAR_2_1.PAR", "4.2, three dynamics"),
    image("par", "par2vol", f"{PAR}/phantom_varscale.PAR", "slopes and intercepts that differ from slice to slice"),
]
PARREC += [image("par-header", "par2vol", f"{PAR}/{name}.PAR", why) for name, why in {
    "ADC_Map": "a type of its own, 11", "DTI": "4.1, directions", "DTIv40": "4, no directions: told apart by order",
    f"{EPI}_cor_20APtrans_15RLrot_SENSE_15_1": "coronal, turned twice", f"{EPI}_cor_SENSE_8_1": "coronal",
    f"{EPI}_sag_15AP_SENSE_13_1": "sagittal, turned", f"{EPI}_sag_15FH_SENSE_12_1": "sagittal, turned",
    f"{EPI}_sag_15RL_SENSE_11_1": "sagittal, turned", f"{EPI}_sag_SENSE_7_1": "sagittal",
    f"{EPI}_tra_-30AP_10RL_20FH_SENSE_14_1": "turned about all axes", f"{EPI}_tra_15FH_SENSE_9_1": "turned",
    f"{EPI}_tra_15RL_SENSE_10_1": "turned", f"{EPI}_tra_SENSE_6_1": "transverse", "T1": "4", "T2": "4",
    "T2-interleaved": "slices in another order", "T2_": "two echoes", "T2_-interleaved": "two echoes, slices in another order",
    "phantom_fake_dualTR": "two repetition times", "phantom_fake_v4": "4", "phantom_fake_v4_1": "4.1",
    "variant_v4_2_header": "4.2, headings worded otherwise"}.items()]
PARREC += [
    image("par-header", "par2vol", f"{PAR}/ASL_3D_Multiecho.PAR", "two dynamics, three echoes, two labels; 8 of its slices and 96 "
          "of its images were kept, so that the general information no longer gives their middle",
          note="placed by its images: the general information is of more slices",
          options=(("--accept", "joined"),)),
    image("par-header", "par2vol", f"{PAR}/fieldmap.PAR", "magnitude and phase", options=(("--type", "M"), ("--type", "P"))),
    image("par-header", "par2vol", f"{PAR}/umass_anonymized.PAR", "types 16 and 17; angulation and off-centre of the general "
          "information, which is all that nibabel looks at, were blanked, those of the images were not",
          note="placed by its images, not the blanked general information",
          options=(("--type", "16"), ("--type", "17"))),
    image("par-header", "par2vol", f"{PAR}/NA.PAR", "three planes, which nibabel refuses too", expect="refused",
          says="3 stacks that differ in place"),
    image("par-header", "par2vol", f"{PAR}/R11_T2W_TSE.PAR", "says transverse, and its slices follow each other from back to "
          "front, as coronal ones do; nibabel knows no such header", expect="refused", says="do not lie one above the other"),
]

ANALYZE = [
    image("analyze", "ana2vol", "analyze75_pair/t00740_tr1_segm.hdr", "big endian, SPM's slope; left and right as nibabel has them"),
    image("analyze", "ana2vol", "analyze75_pair/t00740_tr1_segm.hdr", "the same, said",
          name="analyze75_pair, left and right stated", options=("--orient", "radiological")),
    refuse("ana2vol", "nifti_variants/analyze.hdr", HALF, "a header alone"),
    refuse("ana2vol", "nifti_variants/anatomical.nii", "an Analyze volume is two files", "another format, which has its own reader"),
]

META = [image("mha", "mha2vol", f"ct_lung_small_elastix/{name}.mha", why) for name, why in {
    "3DCT_lung_baseline_small": "short, zlib", "3DCT_lung_baseline_mask": "a mask", "3DCT_lung_followup_mask": "a mask",
    "3DCT_lung_followup_segmentation": "a segmentation"}.items()]

BAD = [
    refuse("mnc2vol", "malformed/minc/made_small_minc2_cut.mnc", "libminc finds no MINC image in it: it is damaged",
           "HDF5 cut short"),
    refuse("mnc2vol", "malformed/minc/made_tiny_cut.mnc", "ends inside the netCDF header", "netCDF cut inside its header"),
    refuse("mnc2vol", "malformed/minc/minc2_baddim.mnc", "libminc finds no MINC image in it: it is damaged",
           "a dimension too long"),
    refuse("par2vol", "malformed/parrec/phantom_truncated.PAR", "has 3 of 4 dynamics: par2vol --accept partial",
           "the description ends before the last dynamic"),
    image("par-partial", "par2vol", "malformed/parrec/phantom_truncated.PAR", "the three dynamics that are complete",
          name="phantom_truncated, as partial", options=("--accept", "partial")),
]

CASES = MINC + PARREC + ANALYZE + META + BAD
