"""What the segmentations and structure sets in the shared data must become: labels, by other programs' NRRD files and by what
pydicom reads of each frame and contour."""
from case import Case, refuse

SEG, RT = "seg_dcmqi", "rtstruct_rtutils"
PYDICOM = "dicom_pydicom_test_files"


def segmentation(path, why="", *references, **more):
    """A segmentation; references: (nrrd, its value, our label)."""
    return Case(more.pop("name", path), "segmentation", (path,), why=why,
                refs=tuple(("nrrd", f"{SEG}/{name}.nrrd", pair) for name, *pair in references), **more)


def structures(path, like, why="", **more):
    """A structure set on the grid of images."""
    return Case(more.pop("name", path), "structures", (path, like), why=why, tool="rts2vol", **more)


SEGMENTATIONS = [
    segmentation(f"{SEG}/liver.dcm", "one segment", ("liver_seg", 1, 1)),
    segmentation(f"{SEG}/23x38x3/seg/label.seg", "frames that end inside a byte", ("23x38x3/nrrd/label", 1, 1)),
    segmentation(f"{SEG}/24x38x3/seg/label.seg", "", ("24x38x3/nrrd/label", 1, 1)),
    segmentation(f"{SEG}/sparse-labelmap-noppv.dcm", "a label map without its middle slice", ("sparse_labelmap_noppv_seg", 1, 1)),
    segmentation(f"{SEG}/sparse-labelmap-ppv5.dcm", "the same with a padding value", ("sparse_labelmap_ppv5_seg", 1, 1),
                 note="dcmqi fills the slice that is not there with PixelPaddingValue 5; ours has 0 where nothing was marked"),
    refuse(f"{SEG}/partial_overlaps.dcm", "overlapping-segments", why="five segments, of which some overlap"),
    segmentation("pet_qin/seg/tumor_User1_Manual_Trial1.dcm", "two segments, on 9 of the slices of the images"),
    segmentation("pet_qin/seg/tumor_User1_Manual_Trial1.dcm", "on all slices of the images", name="pet_qin/seg --like its images",
                 options=("--like", "pet_qin/dicom")),
]
SEGMENTATIONS += [
    segmentation(f"{SEG}/partial_overlaps.dcm", "", (f"partial_overlaps-{file}", value, 1), options=("--segment", segment),
                 name=f"{SEG}/partial_overlaps.dcm --segment {segment}")
    for file, value, segment in ((1, 1, "GREEN"), (2, 2, "ORANGE"), (3, 3, "PURPLE"), (1, 4, "4"), (1, 5, "5"))]

STRUCTURES = [
    structures(f"{RT}/mock_data/rt.dcm", f"{RT}/mock_data", "a square with a hole; its frame of reference is made up, its images are not"),
    structures(f"{RT}/mock_data/invalid_reference_rt.dcm", f"{RT}/mock_data", "four structures on three slices, of which two are there"),
    structures(f"{RT}/mock_data/non_existent_reference_rt.dcm", f"{RT}/mock_data", "the same"),
    Case(f"{PYDICOM}/rtstruct.dcm on other images", "no-structures", (f"{PYDICOM}/rtstruct.dcm", f"{RT}/mock_data"), "refused",
         ("frame-of-reference",), tool="rts2vol", why="nothing says where it lies on them"),
]

CASES = SEGMENTATIONS + STRUCTURES
