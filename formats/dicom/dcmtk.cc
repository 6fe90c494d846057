/* dcmtk.cc - the only file that knows DCMTK: it opens headers and runs codecs. What the attributes
 * mean is decided in plain C, in read.c. */
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcdicent.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcistrmf.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcspchrs.h>
#include <dcmtk/dcmdata/dcvrui.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <iconv.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <string>
#include <vector>

extern "C" {
#include "dcmtk.h"
#include "pixels.h"
}
#include "range_stream.hpp"

namespace {

/* ---- start ---- */

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

std::once_flag codecs_once;

void register_codecs()
{
	DJDecoderRegistration::registerCodecs(EDC_never, EUC_default, EPC_colorByPixel);
	DJLSDecoderRegistration::registerCodecs(EJLSUC_default, EJLSPC_colorByPixel);
}

/* ---- values ---- */

OFString text(DcmItem *item, const DcmTagKey &tag)
{
	DcmElement *element = nullptr;
	OFString value;

	/* no attribute of ours is this long; as text, a binary value would be three times as long */
	if (item->findAndGetElement(tag, element).bad() || !element || element->getLength() > 65536)
		return OFString();
	if (element->getOFStringArray(value).bad())
		return OFString();
	while (!value.empty() && (value.back() == ' ' || value.back() == '\0'))
		value.erase(value.length() - 1);
	while (!value.empty() && value[0] == ' ')
		value.erase(0, 1);
	return value;
}

/* The value of an attribute as text; numbers so that they read back the same. */
OFString line(DcmItem *item, const DcmTagKey &tag)
{
	DcmElement *element = nullptr;
	OFString all;
	Float64 d;

	if (item->findAndGetElement(tag, element).bad() || !element)
		return OFString();
	bool single = element->ident() == EVR_FL;
	Float32 f;

	if (element->ident() != EVR_FD && !single)
		return text(item, tag);
	for (unsigned long i = 0; i < 16 && (single ? element->getFloat32(f, i) : element->getFloat64(d, i)).good(); i++) {
		char buf[32];

		for (int digits = 6; digits <= 17; digits++) {
			snprintf(buf, sizeof buf, "%.*g", digits, single ? static_cast<double>(f) : d);
			if (single ? strtof(buf, nullptr) == f : strtod(buf, nullptr) == d)
				break;
		}
		if (i)
			all += "\\";
		all += buf;
	}
	return all;
}

/* The whole value through the C library's converter; empty when that cannot. */
std::string through_iconv(const char *from, const std::string &value)
{
	iconv_t converter = iconv_open("UTF-8", from);
	std::string out(value.length() * 4 + 16, '\0');
	char *in = const_cast<char *>(value.data()), *to = &out[0];
	size_t left = value.length(), room = out.length();

	if (converter == reinterpret_cast<iconv_t>(-1))
		return std::string();
	bool good = iconv(converter, &in, &left, &to, &room) != static_cast<size_t>(-1);

	iconv_close(converter);
	out.resize(good ? out.length() - room : 0);
	return out;
}

/* Code extensions (ISO 2022), which DCMTK leaves to libiconv and many builds therefore lack. The
 * Japanese ones are ISO-2022-JP-2's own; Korean and Chinese switch the upper half once, by an escape
 * that the converters of that half do not know (PS3.3, C.12.1.1.2). */
std::string extended(std::string value)
{
	static const struct {
		const char *escape, *from;
	} halves[] = {{"\033$)C", "EUC-KR"}, {"\033$)A", "GB2312"}};

	for (const auto &half : halves) {
		size_t at = value.find(half.escape);

		if (at == std::string::npos)
			continue;
		for (; at != std::string::npos; at = value.find(half.escape))
			value.erase(at, 4);
		return through_iconv(half.from, value);
	}
	return value.find('\033') == std::string::npos ? std::string() : through_iconv("ISO-2022-JP-2", value);
}

std::string utf8(DcmItem *item, const OFString &value)
{
	bool ascii = true;
	OFString out;
	DcmSpecificCharacterSet charset;

	for (size_t i = 0; i < value.length(); i++)
		ascii = ascii && value[i] >= ' ' && value[i] < 0x7f;
	if (ascii)
		return value.c_str();
	if (charset.selectCharacterSet(*item).good() && charset.convertString(value, out).good())
		return out.c_str();

	std::string by_escapes = extended(std::string(value.c_str(), value.length()));

	if (!by_escapes.empty())
		return by_escapes;
	out = value;
	for (size_t i = 0; i < out.length(); i++)
		if (out[i] < ' ' || out[i] >= 0x7f)
			out[i] = '?';
	return out.c_str();
}

/* ---- the stream ---- */

/* DCMTK descends into sequences by recursion, as deep as the file says, and takes the values of a
 * deflated header into memory, as long as the file says. Each level and each value reads from
 * here; so the limits are kept here. */
class GuardedStream : public RangeStream {
public:
	static const uint64_t header_max = 64 << 20;
	static const ptrdiff_t stack_max = 1 << 20; /* some 2,000 levels; real files have ten */

	explicit GuardedStream(const char *path) : RangeStream(path) {}
	uint64_t begin() const { return producer.begin(); } /* of the file, see input_open */
	void header_ends() { limit = UINT64_MAX; }
	const char *refusal() const { return why; }
	uint64_t deflated_from = 0; /* where the deflated part begins, as input_open gives it */

	offile_off_t avail() override { return admits(0) ? RangeStream::avail() : 0; }
	offile_off_t read(void *buf, offile_off_t n) override
	{
		return admits(n) ? count(RangeStream::read(buf, n)) : 0;
	}
	offile_off_t skip(offile_off_t n) override
	{
		/* in a plain file a skip costs nothing */
		return !inflating ? RangeStream::skip(n)
		       : admits(n) ? count(RangeStream::skip(n)) : 0;
	}
	OFCondition installCompressionFilter(E_StreamCompression filter) override
	{
		inflating = true;
		deflated_from = begin() + static_cast<uint64_t>(tell());
		return RangeStream::installCompressionFilter(filter);
	}

private:
	const char *base = static_cast<const char *>(__builtin_frame_address(0));
	const char *why = nullptr;
	uint64_t taken = 0, limit = header_max;
	bool inflating = false;

	bool admits(offile_off_t n)
	{
		ptrdiff_t depth = base - static_cast<const char *>(__builtin_frame_address(0));

		if (depth > stack_max || depth < -stack_max)
			why = "sequences nest too deep";
		else if (n > 0 && limit != UINT64_MAX && taken + static_cast<uint64_t>(n) > limit)
			why = "header is over 64 MiB";
		return !why;
	}
	offile_off_t count(offile_off_t n)
	{
		if (n > 0)
			taken += static_cast<uint64_t>(n);
		return n;
	}
};

/* The header, up to the pixels; the stream then stands at their first byte. */
OFCondition read_header(DcmFileFormat &format, GuardedStream &stream)
{
	format.transferInit();
	OFCondition got = format.readUntilTag(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, DCM_PixelData);
	format.transferEnd();
	return got;
}

/* The whole file; long values stay in it until they are asked for. */
OFCondition read_file(DcmFileFormat &format, const char *path)
{
	GuardedStream stream(path);

	stream.header_ends();
	format.transferInit();
	OFCondition got = format.read(stream);
	format.transferEnd();
	if (stream.refusal())
		return makeOFCondition(OFM_dcmdata, 99, OF_error, stream.refusal());
	return got;
}

/* A data set of this one frame alone: what the decoders ask for, whatever else the file holds. */
void one_frame(DcmDataset &set, const dicom_pixels *p, const unsigned char *data, size_t n)
{
	DcmPixelSequence *sequence = new DcmPixelSequence(DCM_PixelSequenceTag);
	DcmPixelData *pixels = new DcmPixelData(DCM_PixelData);
	DcmPixelItem *fragment = new DcmPixelItem(DCM_PixelItemTag);
	std::vector<Uint8> even(data, data + n);

	even.resize(n + (n & 1));
	fragment->putUint8Array(even.data(), static_cast<unsigned long>(even.size()));
	sequence->insert(new DcmPixelItem(DCM_PixelItemTag)); /* the offset table: empty */
	sequence->insert(fragment);
	pixels->putOriginalRepresentation(DcmXfer(p->syntax).getXfer(), nullptr, sequence);
	set.insert(pixels);
	set.putAndInsertUint16(DCM_SamplesPerPixel, static_cast<Uint16>(dicom_pixels_samples(p)));
	set.putAndInsertUint16(DCM_PlanarConfiguration, 0);
	/* what colours they are is not DCMTK's business, see colour.c */
	set.putAndInsertString(DCM_PhotometricInterpretation, dicom_pixels_samples(p) == 1 ? "MONOCHROME2" : "RGB");
	set.putAndInsertString(DCM_NumberOfFrames, "1");
	set.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(p->rows));
	set.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(p->columns));
	set.putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(p->allocated));
	set.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(p->stored));
	set.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(p->high));
	set.putAndInsertUint16(DCM_PixelRepresentation, p->is_signed);
}

int decode_frame(const char *path, const dicom_pixels *p, const unsigned char *data, size_t length, void *out, vol_err *err)
{
	size_t n = dicom_pixels_stored(p);
	DcmDataset set;
	DcmElement *element = nullptr;
	Uint32 fragment = 0, size = 0;
	OFString colour;

	std::call_once(codecs_once, register_codecs);
	one_frame(set, p, data, length);
	OFCondition got = set.findAndGetElement(DCM_PixelData, element);
	if (got.bad() || !element)
		return vol_fail(err, path, "pixels cannot be read: %s", got.text());
	got = element->getUncompressedFrameSize(&set, size);
	if (got.bad() || size < n || size > n + 1)
		return vol_fail(err, path, "pixels decode to %u bytes, not %zu", size, n);
	/* codecs write an even number of bytes */
	std::string spare;
	void *to = out;

	if (n & 1) {
		spare.resize(n + 1);
		to = &spare[0];
	}
	got = element->getUncompressedFrame(&set, 0, fragment, to, static_cast<Uint32>((n + 1) & ~size_t(1)), colour);
	if (got.bad())
		return vol_fail(err, path, "pixels cannot be decoded: %s", got.text());
	if (to != out)
		memcpy(out, to, n);
	return 0;
}

} /* namespace */

/* ---- the C face; no exception passes it ---- */

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

/* ---- headers ---- */

struct dcmtk_header {
	GuardedStream stream;
	DcmFileFormat format;
	OFCondition got;
	uint64_t at = 0;
	bool ended = false, failed = false, has_frames = false;
	DcmItem *shared = nullptr;
	std::vector<DcmItem *> frames; /* of the functional groups, once they were asked for */
	std::vector<uint32_t> tags; /* of the data set, ascending */

	explicit dcmtk_header(const char *path) : stream(path)
	{
		got = read_header(format, stream);
		at = stream.begin() + (stream.tell() < 0 ? 0 : static_cast<uint64_t>(stream.tell()));
		ended = stream.eos();

		DcmDataset *set = format.getDataset();

		for (DcmObject *e = set->nextInContainer(nullptr); e; e = set->nextInContainer(e))
			tags.push_back(static_cast<uint32_t>(e->getGTag()) << 16 | e->getETag());
		std::sort(tags.begin(), tags.end());
	}
	/* DCMTK looks for an attribute from the first one on; most that we ask for are in no file */
	bool holds(uint16_t group, uint16_t element) const
	{
		return group == 2 || std::binary_search(tags.begin(), tags.end(), static_cast<uint32_t>(group) << 16 | element);
	}
	/* group 2 lies in a set of its own */
	DcmItem *set_of(uint16_t group)
	{
		return group == 2 ? static_cast<DcmItem *>(format.getMetaInfo()) : format.getDataset();
	}
};

namespace {

/* What a getter gives back when C++ throws: nothing, and a mark that the header cannot be trusted. */
template <typename T, typename F> T guarded(dcmtk_header *h, T nothing, F get)
{
	try {
		return get();
	} catch (...) {
		h->failed = true;
		return nothing;
	}
}

} /* namespace */

struct dcmtk_header *dcmtk_header_open(const char *path)
{
	try {
		return new dcmtk_header(path);
	} catch (...) {
		return nullptr;
	}
}

void dcmtk_header_close(struct dcmtk_header *h)
{
	delete h;
}

enum dcmtk_end dcmtk_header_end(struct dcmtk_header *h, const char **why, uint64_t *at)
{
	*at = h->at;
	*why = nullptr;
	if (h->failed) {
		*why = "cannot be read: out of memory";
		return DCMTK_REFUSED;
	}
	if (h->stream.refusal()) {
		*why = h->stream.refusal();
		return DCMTK_REFUSED;
	}
	if (h->got == EC_EndOfStream || h->got == EC_StreamNotifyClient || h->got == EC_InvalidStream)
		return DCMTK_CUT;
	if (h->got.bad()) {
		*why = h->got.text();
		return DCMTK_CUT;
	}
	return h->ended ? DCMTK_AT_END : DCMTK_AT_PIXELS;
}

size_t dcmtk_header_count(struct dcmtk_header *h)
{
	return h->format.getDataset()->card();
}

bool dcmtk_has(struct dcmtk_header *h, uint16_t group, uint16_t element)
{
	return guarded(h, false, [&] {
		DcmItem *set = h->set_of(group);

		return h->holds(group, element) && set && set->tagExists(DcmTagKey(group, element)) == OFTrue;
	});
}

char *dcmtk_text(struct dcmtk_header *h, uint16_t group, uint16_t element, char *buf, size_t size)
{
	return guarded(h, static_cast<char *>(nullptr), [&]() -> char * {
		DcmItem *set = h->set_of(group);
		OFString value = set && h->holds(group, element) ? line(set, DcmTagKey(group, element)) : OFString();

		if (value.empty() || value.length() >= size)
			return nullptr;
		memcpy(buf, value.c_str(), value.length() + 1);
		return buf;
	});
}

char *dcmtk_utf8(struct dcmtk_header *h, const char *value, char *buf, size_t size)
{
	return guarded(h, static_cast<char *>(nullptr), [&]() -> char * {
		std::string s = utf8(h->format.getDataset(), value);

		snprintf(buf, size, "%s", s.c_str());
		return buf;
	});
}

bool dcmtk_u16(struct dcmtk_header *h, uint16_t group, uint16_t element, uint16_t *value)
{
	return guarded(h, false, [&] {
		DcmItem *set = h->set_of(group);
		Uint16 u;
		Sint16 s;

		DcmElement *e = nullptr;

		if (!set || !h->holds(group, element) || set->findAndGetElement(DcmTagKey(group, element), e).bad() || !e ||
		    e->getLength() > 65536)
			return false;
		if (e->getUint16(u).good())
			*value = u;
		else if (e->getSint16(s).good()) /* SS: the same 16 bits */
			*value = static_cast<uint16_t>(s);
		else
			return false;
		return true;
	});
}

uint16_t dcmtk_private_block(struct dcmtk_header *h, uint16_t group, const char *creator)
{
	return guarded(h, static_cast<uint16_t>(0), [&]() -> uint16_t {
		uint32_t first = static_cast<uint32_t>(group) << 16 | 0x10;

		for (auto tag = std::lower_bound(h->tags.begin(), h->tags.end(), first);
		     tag != h->tags.end() && *tag <= (first | 0xff); ++tag)
			if (text(h->format.getDataset(), DcmTagKey(group, static_cast<Uint16>(*tag & 0xffff))) == creator)
				return static_cast<uint16_t>(*tag & 0xffff);
		return 0;
	});
}

namespace {

/* A binary value, borrowed. */
const unsigned char *bytes(DcmItem *item, const DcmTagKey &tag, size_t *n)
{
	DcmElement *e = nullptr;
	Uint8 *value = nullptr;

	if (!item || item->findAndGetElement(tag, e).bad() || !e || e->getLength() > (16 << 20) ||
	    e->getUint8Array(value).bad() || !value)
		return nullptr;
	*n = e->getLength();
	return value;
}

} /* namespace */

const unsigned char *dcmtk_bytes(struct dcmtk_header *h, uint16_t group, uint16_t element, size_t *n)
{
	return guarded(h, static_cast<const unsigned char *>(nullptr),
	               [&] { return bytes(h->set_of(group), DcmTagKey(group, element), n); });
}

const uint16_t *dcmtk_words(struct dcmtk_header *h, uint16_t group, uint16_t element, size_t *n)
{
	return guarded(h, static_cast<const uint16_t *>(nullptr), [&]() -> const uint16_t * {
		DcmItem *set = h->set_of(group);
		DcmElement *e = nullptr;
		Uint16 *words = nullptr;
		Sint16 *with_sign = nullptr;

		if (!set || !h->holds(group, element) || set->findAndGetElement(DcmTagKey(group, element), e).bad() || !e ||
		    e->getLength() > (16 << 20))
			return nullptr;
		*n = e->getLength() / 2;
		if (e->getUint16Array(words).good() && words)
			return words;
		if (e->getSint16Array(with_sign).good())
			return reinterpret_cast<const uint16_t *>(with_sign);
		return nullptr;
	});
}

namespace {

DcmTagKey tag_key(uint32_t tag)
{
	return DcmTagKey(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xffff));
}

/* The first item of a sequence; NULL: it has none. */
DcmItem *first_item(DcmItem *item, const DcmTagKey &tag)
{
	DcmSequenceOfItems *sequence = nullptr;

	return item->findAndGetSequence(tag, sequence).good() && sequence && sequence->card() ? sequence->getItem(0) : nullptr;
}

void find_frames(dcmtk_header *h)
{
	DcmSequenceOfItems *sequence = nullptr;

	h->has_frames = true;
	h->shared = first_item(h->format.getDataset(), DCM_SharedFunctionalGroupsSequence);
	if (h->format.getDataset()->findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, sequence).bad() || !sequence)
		return;
	for (DcmObject *o = sequence->nextInContainer(nullptr); o; o = sequence->nextInContainer(o))
		h->frames.push_back(static_cast<DcmItem *>(o));
}

DcmTagKey key_of(uint32_t tag)
{
	return DcmTagKey(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xffff));
}

/* The item that holds the last attribute of the path. */
DcmItem *item_at(DcmItem *item, const uint32_t *path, size_t n)
{
	for (; item && n > 1; path++, n--)
		item = first_item(item, key_of(*path));
	return item;
}

OFString value_at(DcmItem *item, const uint32_t *path, size_t n)
{
	item = item_at(item, path, n);
	return item ? line(item, key_of(path[n - 1])) : OFString();
}

} /* namespace */

size_t dcmtk_frames(struct dcmtk_header *h)
{
	return guarded(h, static_cast<size_t>(0), [&] {
		if (!h->has_frames)
			find_frames(h);
		return h->frames.size();
	});
}

char *dcmtk_frame_text(struct dcmtk_header *h, size_t frame, const uint32_t *path, size_t n, char *buf, size_t size)
{
	return guarded(h, static_cast<char *>(nullptr), [&]() -> char * {
		OFString value;

		if (frame < dcmtk_frames(h))
			value = value_at(h->frames[frame], path, n);
		if (value.empty())
			value = value_at(h->shared, path, n);
		if (value.empty() || value.length() >= size)
			return nullptr;
		memcpy(buf, value.c_str(), value.length() + 1);
		return buf;
	});
}

const unsigned char *dcmtk_frame_bytes(struct dcmtk_header *h, size_t frame, const uint32_t *path, size_t n, size_t *size)
{
	return guarded(h, static_cast<const unsigned char *>(nullptr), [&]() -> const unsigned char * {
		const unsigned char *value = nullptr;

		if (frame < dcmtk_frames(h))
			value = bytes(item_at(h->frames[frame], path, n), key_of(path[n - 1]), size);
		return value ? value : bytes(item_at(h->shared, path, n), key_of(path[n - 1]), size);
	});
}

char *dcmtk_path_text(struct dcmtk_header *h, size_t item, const uint32_t *path, size_t n, char *buf, size_t size)
{
	return guarded(h, static_cast<char *>(nullptr), [&]() -> char * {
		const auto group = static_cast<Uint16>(*path >> 16), element = static_cast<Uint16>(*path & 0xffff);
		DcmSequenceOfItems *sequence = nullptr;
		OFString value;

		if (!h->holds(group, element) ||
		    h->format.getDataset()->findAndGetSequence(DcmTagKey(group, element), sequence).bad() || !sequence ||
		    item >= sequence->card())
			return nullptr;
		value = value_at(sequence->getItem(item), path + 1, n - 1);
		if (value.empty() || value.length() >= size)
			return nullptr;
		memcpy(buf, value.c_str(), value.length() + 1);
		return buf;
	});
}

size_t dcmtk_items(struct dcmtk_header *h, uint32_t tag)
{
	return guarded(h, static_cast<size_t>(0), [&]() -> size_t {
		const auto group = static_cast<Uint16>(tag >> 16), element = static_cast<Uint16>(tag & 0xffff);
		DcmSequenceOfItems *sequence = nullptr;

		if (!h->holds(group, element) ||
		    h->format.getDataset()->findAndGetSequence(DcmTagKey(group, element), sequence).bad() || !sequence)
			return 0;
		return sequence->card();
	});
}
int dcmtk_each(struct dcmtk_header *h, struct dcmtk_item *in, uint32_t tag,
               int (*take)(void *ctx, struct dcmtk_item *item), void *ctx)
{
	return guarded(h, 0, [&] {
		DcmItem *item = in ? reinterpret_cast<DcmItem *>(in) : h->format.getDataset();
		DcmSequenceOfItems *sequence = nullptr;
		int rc = 0;

		if (item->findAndGetSequence(tag_key(tag), sequence).bad() || !sequence)
			return 0;
		for (DcmObject *o = sequence->nextInContainer(nullptr); o && rc == 0; o = sequence->nextInContainer(o))
			rc = take(ctx, reinterpret_cast<dcmtk_item *>(static_cast<DcmItem *>(o)));
		return rc;
	});
}

char *dcmtk_item_text(struct dcmtk_header *h, struct dcmtk_item *in, uint32_t tag, char *buf, size_t size)
{
	return guarded(h, static_cast<char *>(nullptr), [&]() -> char * {
		OFString value = line(in ? reinterpret_cast<DcmItem *>(in) : h->format.getDataset(), tag_key(tag));

		if (value.empty() || value.length() >= size)
			return nullptr;
		memcpy(buf, value.c_str(), value.length() + 1);
		return buf;
	});
}

char *dcmtk_item_long(struct dcmtk_header *h, struct dcmtk_item *in, uint32_t tag)
{
	return guarded(h, static_cast<char *>(nullptr), [&]() -> char * {
		DcmItem *item = in ? reinterpret_cast<DcmItem *>(in) : h->format.getDataset();
		DcmElement *element = nullptr;
		char *value = nullptr, *copy;

		if (item->findAndGetElement(tag_key(tag), element).bad() || !element || element->getString(value).bad() || !value)
			return nullptr;
		copy = strdup(value);
		h->failed = h->failed || !copy;
		return copy;
	});
}

uint64_t dcmtk_deflated_from(struct dcmtk_header *h)
{
	return h->stream.deflated_from;
}

const char *dcmtk_transfer_syntax(struct dcmtk_header *h)
{
	return DcmXfer(h->format.getDataset()->getOriginalXfer()).getXferID();
}

uint32_t dcmtk_tag_from(struct dcmtk_header *h, uint32_t tag)
{
	const auto found = std::lower_bound(h->tags.begin(), h->tags.end(), tag);

	return found == h->tags.end() ? 0 : *found;
}

/* ---- pixels ---- */

int dcmtk_decode(const char *path, const struct dicom_pixels *p, const unsigned char *data, size_t n, void *out, vol_err *err)
{
	try {
		return decode_frame(path, p, data, n, out, err);
	} catch (...) {
		return vol_fail(err, path, "pixels cannot be decoded: out of memory");
	}
}

int dcmtk_directory(const char *path, int (*take)(void *ctx, const char *name), void *ctx, vol_err *err)
{
	try {
		DcmFileFormat format;
		OFCondition got = read_file(format, path);
		DcmSequenceOfItems *records = nullptr;

		if (got.bad() || !format.getDataset()->tagExists(DCM_DirectoryRecordSequence))
			return vol_fail(err, path, "is not a DICOMDIR");
		got = format.getDataset()->findAndGetSequence(DCM_DirectoryRecordSequence, records);
		if (got.bad() || !records)
			return 0;
		/* flat: the tree of records is wrong in many a DICOMDIR, the list is not */
		for (unsigned long i = 0; i < records->card(); i++) {
			OFString name = text(records->getItem(i), DCM_ReferencedFileID);
			int rc;

			for (size_t k = 0; k < name.length(); k++)
				if (name[k] == '\\')
					name[k] = '/';
			if (name.empty())
				continue;
			rc = take(ctx, name.c_str());
			if (rc)
				return rc;
		}
		return 0;
	} catch (...) {
		return vol_fail(err, path, "out of memory");
	}
}

int dcmtk_identifiers(const char *path, int (*take)(void *ctx, const char *keyword, const char *value),
                      void *ctx, vol_err *err)
{
	try {
		DcmFileFormat format;
		GuardedStream stream(path);
		OFCondition got = read_header(format, stream);
		int rc = 0;

		if (got.bad())
			return vol_fail(err, path, "cannot be read again: %s", got.text());
		for (const dicom_attribute *a = dicom_identifiers; a->keyword && rc == 0; a++) {
			OFString value = line(format.getDataset(), DcmTagKey(a->group, a->element));

			if (value.length() > 256)
				continue;
			if (!value.empty())
				rc = take(ctx, a->keyword, utf8(format.getDataset(), value).c_str());
		}
		return rc;
	} catch (...) {
		return vol_fail(err, path, "out of memory");
	}
}
