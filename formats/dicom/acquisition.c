/* acquisition.c - which attributes travel, and which only with --keep-identifiers.
 *
 * In the first table stands what describes how the picture was made and cannot tell of whom,
 * where or when: no free text, no UIDs, no dates, no serial numbers, no private elements. */
#include "facts.h"

const struct dicom_attribute dicom_acquisition[] = {
	{0x0008, 0x0008, "CS", "ImageType"},
	{0x0008, 0x0070, "LO", "Manufacturer"},
	{0x0018, 0x0015, "CS", "BodyPartExamined"},
	{0x0018, 0x0020, "CS", "ScanningSequence"},
	{0x0018, 0x0021, "CS", "SequenceVariant"},
	{0x0018, 0x0022, "CS", "ScanOptions"},
	{0x0018, 0x0023, "CS", "MRAcquisitionType"},
	{0x0018, 0x0050, "DS", "SliceThickness"},
	{0x0018, 0x0060, "DS", "KVP"},
	{0x0018, 0x0080, "DS", "RepetitionTime"},
	{0x0018, 0x0081, "DS", "EchoTime"},
	{0x0018, 0x0082, "DS", "InversionTime"},
	{0x0018, 0x0083, "DS", "NumberOfAverages"},
	{0x0018, 0x0084, "DS", "ImagingFrequency"},
	{0x0018, 0x0085, "SH", "ImagedNucleus"},
	{0x0018, 0x0086, "IS", "EchoNumbers"},
	{0x0018, 0x0087, "DS", "MagneticFieldStrength"},
	{0x0018, 0x0088, "DS", "SpacingBetweenSlices"},
	{0x0018, 0x0089, "IS", "NumberOfPhaseEncodingSteps"},
	{0x0018, 0x0090, "DS", "DataCollectionDiameter"},
	{0x0018, 0x0091, "IS", "EchoTrainLength"},
	{0x0018, 0x0093, "DS", "PercentSampling"},
	{0x0018, 0x0094, "DS", "PercentPhaseFieldOfView"},
	{0x0018, 0x0095, "DS", "PixelBandwidth"},
	{0x0018, 0x1100, "DS", "ReconstructionDiameter"},
	{0x0018, 0x1120, "DS", "GantryDetectorTilt"},
	{0x0018, 0x1140, "CS", "RotationDirection"},
	{0x0018, 0x1150, "IS", "ExposureTime"},
	{0x0018, 0x1151, "IS", "XRayTubeCurrent"},
	{0x0018, 0x1152, "IS", "Exposure"},
	{0x0018, 0x1160, "SH", "FilterType"},
	{0x0018, 0x1190, "DS", "FocalSpots"},
	{0x0018, 0x1210, "SH", "ConvolutionKernel"},
	{0x0018, 0x1310, "US", "AcquisitionMatrix"},
	{0x0018, 0x1312, "CS", "InPlanePhaseEncodingDirection"},
	{0x0018, 0x1314, "DS", "FlipAngle"},
	{0x0018, 0x1316, "DS", "SAR"},
	{0x0018, 0x5100, "CS", "PatientPosition"},
	{0x0018, 0x9306, "FD", "SingleCollimationWidth"},
	{0x0018, 0x9307, "FD", "TotalCollimationWidth"},
	{0x0018, 0x9311, "FD", "SpiralPitchFactor"},
	{0x0028, 0x0301, "CS", "BurnedInAnnotation"},
	{0x0028, 0x2110, "CS", "LossyImageCompression"},
	{0x0054, 0x1000, "CS", "SeriesType"},
	{0x0054, 0x1001, "CS", "Units"},
	{0x0054, 0x1006, "CS", "SUVType"},
	{0x0054, 0x1102, "CS", "DecayCorrection"},
	{0x3004, 0x0004, "CS", "DoseType"},
	{0x3004, 0x000a, "CS", "DoseSummationType"},
	{0, 0, "", 0},
};

_Static_assert(sizeof dicom_acquisition / sizeof *dicom_acquisition <= DICOM_ACQUISITION_MAX + 1,
               "acquisition table is longer than dicom_frame holds");

int dicom_acquired(uint32_t tag)
{
	for (int a = 0; dicom_acquisition[a].keyword; a++)
		if (((uint32_t)dicom_acquisition[a].group << 16 | dicom_acquisition[a].element) == tag)
			return a;
	return -1;
}

const struct dicom_attribute dicom_identifiers[] = {
	{0x0008, 0x0018, "UI", "SOPInstanceUID"},
	{0x0008, 0x0020, "DA", "StudyDate"},
	{0x0008, 0x0021, "DA", "SeriesDate"},
	{0x0008, 0x0022, "DA", "AcquisitionDate"},
	{0x0008, 0x0030, "TM", "StudyTime"},
	{0x0008, 0x0031, "TM", "SeriesTime"},
	{0x0008, 0x0050, "SH", "AccessionNumber"},
	{0x0008, 0x0080, "LO", "InstitutionName"},
	{0x0008, 0x0090, "PN", "ReferringPhysicianName"},
	{0x0008, 0x1010, "SH", "StationName"},
	{0x0008, 0x1030, "LO", "StudyDescription"},
	{0x0008, 0x103e, "LO", "SeriesDescription"},
	{0x0010, 0x0010, "PN", "PatientName"},
	{0x0010, 0x0020, "LO", "PatientID"},
	{0x0010, 0x0030, "DA", "PatientBirthDate"},
	{0x0010, 0x0040, "CS", "PatientSex"},
	{0x0010, 0x1010, "AS", "PatientAge"},
	{0x0010, 0x1030, "DS", "PatientWeight"},
	{0x0018, 0x1000, "LO", "DeviceSerialNumber"},
	{0x0018, 0x1030, "LO", "ProtocolName"},
	{0x0020, 0x000d, "UI", "StudyInstanceUID"},
	{0x0020, 0x000e, "UI", "SeriesInstanceUID"},
	{0x0020, 0x0052, "UI", "FrameOfReferenceUID"},
	{0, 0, "", 0},
};
