/* dcmtk_dictionary.cc - DCMTK set up: no log, and a dictionary of what we read alone. */
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcdicent.h>
#include <dcmtk/dcmdata/dcobject.h>
#include <dcmtk/oflog/oflog.h>

#include <cstdlib>
#include <mutex>

extern "C" {
#include "dcmtk.h"
}

namespace {

/* What we read, beside the acquisition table; needed for implicit VR, which names no types. */
const dicom_attribute read_tags[] = {
	{0x0002, 0x0002, "UI", "MediaStorageSOPClassUID"},
	{0x0002, 0x0003, "UI", "MediaStorageSOPInstanceUID"},
	{0x0002, 0x0010, "UI", "TransferSyntaxUID"},
	{0x0004, 0x1220, "SQ", "DirectoryRecordSequence"},
	{0x0004, 0x1430, "CS", "DirectoryRecordType"},
	{0x0004, 0x1500, "CS", "ReferencedFileID"},
	{0x0008, 0x0005, "CS", "SpecificCharacterSet"},
	{0x0008, 0x0016, "UI", "SOPClassUID"},
	{0x0008, 0x0023, "DA", "ContentDate"},
	{0x0008, 0x0033, "TM", "ContentTime"},
	{0x0008, 0x0060, "CS", "Modality"},
	{0x0020, 0x0011, "IS", "SeriesNumber"},
	{0x0020, 0x0032, "DS", "ImagePositionPatient"},
	{0x0020, 0x0037, "DS", "ImageOrientationPatient"},
	{0x0020, 0x0052, "UI", "FrameOfReferenceUID"},
	{0x0020, 0x0060, "CS", "Laterality"},
	{0x0028, 0x0002, "US", "SamplesPerPixel"},
	{0x0028, 0x0004, "CS", "PhotometricInterpretation"},
	{0x0028, 0x0006, "US", "PlanarConfiguration"},
	{0x0028, 0x0008, "IS", "NumberOfFrames"},
	{0x0028, 0x0010, "US", "Rows"},
	{0x0028, 0x0011, "US", "Columns"},
	{0x0028, 0x0030, "DS", "PixelSpacing"},
	{0x0028, 0x0100, "US", "BitsAllocated"},
	{0x0028, 0x0101, "US", "BitsStored"},
	{0x0028, 0x0102, "US", "HighBit"},
	{0x0028, 0x0103, "US", "PixelRepresentation"},
	{0x0028, 0x0120, "US", "PixelPaddingValue"},
	{0x0028, 0x0121, "US", "PixelPaddingRangeLimit"},
	{0x0028, 0x1101, "US", "RedPaletteColorLookupTableDescriptor"},
	{0x0028, 0x1102, "US", "GreenPaletteColorLookupTableDescriptor"},
	{0x0028, 0x1103, "US", "BluePaletteColorLookupTableDescriptor"},
	{0x0028, 0x1201, "OW", "RedPaletteColorLookupTableData"},
	{0x0028, 0x1202, "OW", "GreenPaletteColorLookupTableData"},
	{0x0028, 0x1203, "OW", "BluePaletteColorLookupTableData"},
	{0x0028, 0x1050, "DS", "WindowCenter"},
	{0x0028, 0x1051, "DS", "WindowWidth"},
	{0x0028, 0x1052, "DS", "RescaleIntercept"},
	{0x0028, 0x1053, "DS", "RescaleSlope"},
	{0x0028, 0x1054, "LO", "RescaleType"},
	{0x0028, 0x3000, "SQ", "ModalityLUTSequence"},
	{0x0018, 0x9074, "DT", "FrameAcquisitionDateTime"},
	{0x0018, 0x9075, "CS", "DiffusionDirectionality"},
	{0x0018, 0x9076, "SQ", "DiffusionGradientDirectionSequence"},
	{0x0018, 0x9082, "FD", "EffectiveEchoTime"},
	{0x0018, 0x9087, "FD", "DiffusionBValue"},
	{0x0018, 0x9089, "FD", "DiffusionGradientOrientation"},
	{0x0018, 0x9601, "SQ", "DiffusionBMatrixSequence"},
	{0x0018, 0x9602, "FD", "DiffusionBValueXX"},
	{0x0018, 0x9603, "FD", "DiffusionBValueXY"},
	{0x0018, 0x9604, "FD", "DiffusionBValueXZ"},
	{0x0018, 0x9605, "FD", "DiffusionBValueYY"},
	{0x0018, 0x9606, "FD", "DiffusionBValueYZ"},
	{0x0018, 0x9607, "FD", "DiffusionBValueZZ"},
	{0x0018, 0x9112, "SQ", "MRTimingAndRelatedParametersSequence"},
	{0x0018, 0x9114, "SQ", "MREchoSequence"},
	{0x0018, 0x9117, "SQ", "MRDiffusionSequence"},
	{0x0018, 0x9118, "SQ", "CardiacSynchronizationSequence"},
	{0x0018, 0x9119, "SQ", "MRAveragesSequence"},
	{0x0018, 0x9226, "SQ", "MRImageFrameTypeSequence"},
	{0x0018, 0x9314, "SQ", "CTReconstructionSequence"},
	{0x0018, 0x9325, "SQ", "CTXRayDetailsSequence"},
	{0x0018, 0x9329, "SQ", "CTImageFrameTypeSequence"},
	{0x0018, 0x9504, "SQ", "XRay3DFrameTypeSequence"},
	{0x0018, 0x9751, "SQ", "PETFrameTypeSequence"},
	{0x0008, 0x002a, "DT", "AcquisitionDateTime"},
	{0x0018, 0x1060, "DS", "TriggerTime"},
	{0x0018, 0x1090, "IS", "CardiacNumberOfImages"},
	{0x0020, 0x0105, "IS", "NumberOfTemporalPositions"},
	{0x0020, 0x1002, "IS", "ImagesInAcquisition"},
	{0x0020, 0x9156, "US", "FrameAcquisitionNumber"},
	{0x0020, 0x9157, "UL", "DimensionIndexValues"},
	{0x0040, 0x9096, "SQ", "RealWorldValueMappingSequence"},
	{0x0040, 0x9224, "FD", "RealWorldValueIntercept"},
	{0x0040, 0x9225, "FD", "RealWorldValueSlope"},
	{0x0040, 0x08ea, "SQ", "MeasurementUnitsCodeSequence"},
	{0x0008, 0x0100, "SH", "CodeValue"},
	{0x0008, 0x0102, "SH", "CodingSchemeDesignator"},
	{0x0008, 0x0032, "TM", "AcquisitionTime"},
	{0x0008, 0x9007, "CS", "FrameType"},
	{0x0008, 0x9208, "CS", "ComplexImageComponent"},
	{0x0020, 0x0012, "IS", "AcquisitionNumber"},
	{0x0020, 0x0013, "IS", "InstanceNumber"},
	{0x0020, 0x0100, "IS", "TemporalPositionIdentifier"},
	{0x0020, 0x9056, "SH", "StackID"},
	{0x0020, 0x9111, "SQ", "FrameContentSequence"},
	{0x0020, 0x9113, "SQ", "PlanePositionSequence"},
	{0x0020, 0x9116, "SQ", "PlaneOrientationSequence"},
	{0x0020, 0x9128, "UL", "TemporalPositionIndex"},
	{0x0020, 0x9153, "FD", "NominalCardiacTriggerDelayTime"},
	{0x0028, 0x9110, "SQ", "PixelMeasuresSequence"},
	{0x0028, 0x9132, "SQ", "FrameVOILUTSequence"},
	{0x0028, 0x9145, "SQ", "PixelValueTransformationSequence"},
	{0x0028, 0x0009, "AT", "FrameIncrementPointer"},
	{0x0054, 0x0010, "US", "EnergyWindowVector"},
	{0x0054, 0x0020, "US", "DetectorVector"},
	{0x0054, 0x0022, "SQ", "DetectorInformationSequence"},
	{0x0054, 0x0030, "US", "PhaseVector"},
	{0x0054, 0x0050, "US", "RotationVector"},
	{0x0054, 0x0060, "US", "RRIntervalVector"},
	{0x0054, 0x0070, "US", "TimeSlotVector"},
	{0x0054, 0x0080, "US", "SliceVector"},
	{0x0054, 0x0081, "US", "NumberOfSlices"},
	{0x0054, 0x0090, "US", "AngularViewVector"},
	{0x0054, 0x0100, "US", "TimeSliceVector"},
	{0x3004, 0x0002, "CS", "DoseUnits"},
	{0x3004, 0x000c, "DS", "GridFrameOffsetVector"},
	{0x3004, 0x000e, "DS", "DoseGridScaling"},
	{0x0008, 0x1155, "UI", "ReferencedSOPInstanceUID"},
	{0x0062, 0x0001, "CS", "SegmentationType"},
	{0x0062, 0x0002, "SQ", "SegmentSequence"},
	{0x0062, 0x0004, "US", "SegmentNumber"},
	{0x0062, 0x0005, "LO", "SegmentLabel"},
	{0x0062, 0x0006, "ST", "SegmentDescription"},
	{0x0062, 0x0009, "LO", "SegmentAlgorithmName"},
	{0x0062, 0x000a, "SQ", "SegmentIdentificationSequence"},
	{0x0062, 0x000b, "US", "ReferencedSegmentNumber"},
	{0x0062, 0x000e, "US", "MaximumFractionalValue"},
	{0x0062, 0x0010, "CS", "SegmentationFractionalType"},
	{0x3006, 0x0016, "SQ", "ContourImageSequence"},
	{0x3006, 0x0020, "SQ", "StructureSetROISequence"},
	{0x3006, 0x0022, "IS", "ROINumber"},
	{0x3006, 0x0024, "UI", "ReferencedFrameOfReferenceUID"},
	{0x3006, 0x0026, "LO", "ROIName"},
	{0x3006, 0x0039, "SQ", "ROIContourSequence"},
	{0x3006, 0x0040, "SQ", "ContourSequence"},
	{0x3006, 0x0042, "CS", "ContourGeometricType"},
	{0x3006, 0x0046, "IS", "NumberOfContourPoints"},
	{0x3006, 0x0050, "DS", "ContourData"},
	{0x3006, 0x0084, "IS", "ReferencedROINumber"},
	{0x5200, 0x9229, "SQ", "SharedFunctionalGroupsSequence"},
	{0x5200, 0x9230, "SQ", "PerFrameFunctionalGroupsSequence"},
	{0x7fe0, 0x0010, "OW", "PixelData"},
	{0, 0, "", nullptr},
};

void add_entries(DcmDataDictionary &dict, const dicom_attribute *a)
{
	for (; a->keyword; a++)
		dict.addEntry(new DcmDictEntry(a->group, a->element, DcmVR(a->vr), a->keyword, 0, -1,
		                               "DICOM", OFFalse, nullptr));
}

struct private_attribute {
	uint16_t group, element;
	const char *vr, *keyword, *owner;
};

const private_attribute private_tags[] = {
	{0x0019, 0x100a, "US", "NumberOfImagesInMosaic", "SIEMENS MR HEADER"},
	{0x0019, 0x1018, "IS", "RealDwellTime", "SIEMENS MR HEADER"},
	{0x0019, 0x1028, "FD", "BandwidthPerPixelPhaseEncode", "SIEMENS MR HEADER"},
	{0x0051, 0x1011, "LO", "PATModeText", "SIEMENS MR HEADER"},
	{0x0029, 0x1010, "OB", "CSAImageHeaderInfo", "SIEMENS CSA HEADER"},
	{0x0029, 0x1020, "OB", "CSASeriesHeaderInfo", "SIEMENS CSA HEADER"},
	{0x0021, 0x10fe, "SQ", "SharedMRHeaderSequence", "SIEMENS MR SDS 01"},
	{0x0021, 0x1019, "OB", "MrPhoenixProtocol", "SIEMENS MR SDS 01"},
	{0x0021, 0x105a, "CS", "ScanningSequence", "SIEMENS MR SDS 01"},
	{0x0021, 0x105b, "CS", "SequenceVariant", "SIEMENS MR SDS 01"},
	{0x0021, 0x105c, "CS", "ScanOptions", "SIEMENS MR SDS 01"},
	{0x0021, 0x10fe, "SQ", "FrameMRHeaderSequence", "SIEMENS MR SDI 02"},
	{0x0021, 0x101c, "IS", "PhaseEncodingDirectionPositive", "SIEMENS MR SDI 02"},
	{0x0021, 0x1042, "IS", "RealDwellTime", "SIEMENS MR SDI 02"},
	{0x0021, 0x1053, "FD", "BandwidthPerPixelPhaseEncode", "SIEMENS MR SDI 02"},
	{0x0021, 0x1075, "CS", "ImageTypeText", "SIEMENS MR SDI 02"},
	{0x0019, 0x105a, "FL", "AcquisitionDuration", "GEMS_ACQU_01"},
	{0x0019, 0x109e, "LO", "InternalPulseSequenceName", "GEMS_ACQU_01"},
	{0x0019, 0x109c, "LO", "PulseSequenceName", "GEMS_ACQU_01"},
	{0x0025, 0x101b, "OB", "ProtocolDataBlock", "GEMS_SERS_01"},
	{0x0043, 0x102a, "OB", "UserDefinedData", "GEMS_PARM_01"},
	{0x0043, 0x102c, "SS", "EffectiveEchoSpacing", "GEMS_PARM_01"},
	{0x0043, 0x107c, "FL", "DelayAfterSliceGroup", "GEMS_PARM_01"},
	{0x0043, 0x1083, "DS", "AssetRFactors", "GEMS_PARM_01"},
	{0x0043, 0x10b6, "LO", "MultibandParameters", "GEMS_PARM_01"},
	{0x2005, 0x100f, "SQ", "PrivatePerFrameSequence", "Philips MR Imaging DD 005"},
	{0x2001, 0x1022, "FL", "WaterFatShift", "Philips Imaging DD 001"},
	{0x0021, 0x104f, "SS", "LocationsInAcquisition", "GEMS_RELA_01"},
	{0x0043, 0x102f, "SS", "RawDataType", "GEMS_PARM_01"},
	{0x0065, 0x1050, "DS", "NumberOfSlicesInVolume", "Image Private Header"},
	{0x0065, 0x1051, "SQ", "VFrameSequence", "Image Private Header"},
	{0x2005, 0x100d, "FL", "ScaleIntercept", "Philips MR Imaging DD 001"},
	{0x2005, 0x100e, "FL", "ScaleSlope", "Philips MR Imaging DD 001"},
	{0x2005, 0x140f, "SQ", "FramePrivateSequence", "Philips MR Imaging DD 005"},
	/* diffusion.c */
	{0x0019, 0x000c, "IS", "B_value", "SIEMENS MR HEADER"},
	{0x0019, 0x000d, "CS", "DiffusionDirectionality", "SIEMENS MR HEADER"},
	{0x0019, 0x000e, "FD", "DiffusionGradientDirection", "SIEMENS MR HEADER"},
	{0x0019, 0x0027, "FD", "B_matrix", "SIEMENS MR HEADER"},
	{0x0019, 0x00bb, "DS", "UserData20", "GEMS_ACQU_01"},
	{0x0019, 0x00bc, "DS", "UserData21", "GEMS_ACQU_01"},
	{0x0019, 0x00bd, "DS", "UserData22", "GEMS_ACQU_01"},
	{0x0043, 0x0039, "IS", "SlopInteger6To9", "GEMS_PARM_01"},
	{0x0065, 0x0009, "FD", "DiffusionBValue", "Image Private Header"},
	{0x0065, 0x0037, "FD", "DiffusionGradientOrientation", "Image Private Header"},
	{0x2001, 0x0003, "FL", "DiffusionBFactor", "Philips Imaging DD 001"},
	{0x2001, 0x0004, "CS", "DiffusionDirection", "Philips Imaging DD 001"},
	{0x2005, 0x00b0, "FL", "DiffusionDirectionRL", "Philips MR Imaging DD 001"},
	{0x2005, 0x00b1, "FL", "DiffusionDirectionAP", "Philips MR Imaging DD 001"},
	{0x2005, 0x00b2, "FL", "DiffusionDirectionFH", "Philips MR Imaging DD 001"},
};

/* Private attributes that we read; and who they belong to, which is text in any odd group (PS3.5, 7.8.1). */
void add_private(DcmDataDictionary &dict)
{
	DcmDictEntry *owner = new DcmDictEntry(0x0009, 0x0010, 0xffff, 0x00ff, DcmVR(EVR_LO), "PrivateCreator", 1, 1, "DICOM",
	                                       OFFalse, nullptr);

	owner->setGroupRangeRestriction(DcmDictRange_Odd);
	dict.addEntry(owner);
	for (const private_attribute &a : private_tags)
		dict.addEntry(new DcmDictEntry(a.group, a.element & 0xff, DcmVR(a.vr), a.keyword, 1, -1, "DICOM", OFFalse, a.owner));
}

} /* namespace */

static void start()
{
	/* the whole dictionary costs 11 ms a process; ours is added below */
	setenv("DCMDICTPATH", "/dev/null", 1);
	OFLog::configure(OFLogger::OFF_LOG_LEVEL);
	dcmEnableUnknownVRConversion.set(OFTrue);

	DcmDataDictionary &dict = dcmDataDict.wrlock();

	add_entries(dict, read_tags);
	add_entries(dict, dicom_acquisition);
	add_entries(dict, dicom_identifiers);
	add_entries(dict, dicom_carried);
	add_entries(dict, dicom_sidecar_tags);
	add_private(dict);
	dcmDataDict.wrunlock();
}

void dcmtk_start(void)
{
	static std::once_flag once;

	std::call_once(once, start);
}

void dcmtk_learn(const struct dicom_attribute *more)
{
	dcmtk_start();

	DcmDataDictionary &dict = dcmDataDict.wrlock();

	for (; more->keyword; more++)
		if (!dict.findEntry(DcmTagKey(more->group, more->element), nullptr))
			dict.addEntry(new DcmDictEntry(more->group, more->element, DcmVR(more->vr), more->keyword, 0, -1, "DICOM",
			                               OFFalse, nullptr));
	dcmDataDict.wrunlock();
}
