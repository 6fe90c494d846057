/* dcmtk.cc - the only file that knows DCMTK: headers become facts, codecs fill buffers. */
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
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmdata/dcvrui.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <cerrno>
#include <clocale>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <new>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
#include "dcmtk.h"
}

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
	{0x0008, 0x0060, "CS", "Modality"},
	{0x0020, 0x0011, "IS", "SeriesNumber"},
	{0x0020, 0x0032, "DS", "ImagePositionPatient"},
	{0x0020, 0x0037, "DS", "ImageOrientationPatient"},
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
	{0x0028, 0x1050, "DS", "WindowCenter"},
	{0x0028, 0x1051, "DS", "WindowWidth"},
	{0x0028, 0x1052, "DS", "RescaleIntercept"},
	{0x0028, 0x1053, "DS", "RescaleSlope"},
	{0x0028, 0x1054, "LO", "RescaleType"},
	{0x0028, 0x3000, "SQ", "ModalityLUTSequence"},
	{0x7fe0, 0x0010, "OW", "PixelData"},
	{0, 0, "", nullptr},
};

void add_entries(DcmDataDictionary &dict, const dicom_attribute *a)
{
	for (; a->keyword; a++)
		dict.addEntry(new DcmDictEntry(a->group, a->element, DcmVR(a->vr), a->keyword, 0, -1,
		                               "DICOM", OFFalse, nullptr));
}

std::once_flag codecs_once;

void register_codecs()
{
	DJDecoderRegistration::registerCodecs();
	DJLSDecoderRegistration::registerCodecs();
}

/* ---- reasons ---- */

int set(dicom_file *file, dicom_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Why the file is not used. Returns 0, the number of frames. */
int set(dicom_file *file, dicom_status status, const char *fmt, ...)
{
	va_list ap;

	free(file->reason);
	file->reason = nullptr;
	file->status = status;
	va_start(ap, fmt);
	if (vasprintf(&file->reason, fmt, ap) < 0)
		file->reason = nullptr;
	va_end(ap);
	return 0;
}

/* ---- values ---- */

OFString text(DcmItem *item, const DcmTagKey &tag)
{
	OFString value;

	if (item->findAndGetOFStringArray(tag, value).bad())
		return OFString();
	while (!value.empty() && (value.back() == ' ' || value.back() == '\0'))
		value.erase(value.length() - 1);
	while (!value.empty() && value[0] == ' ')
		value.erase(0, 1);
	return value;
}

bool has_value(const OFString &list, const char *word)
{
	std::string s = std::string("\\") + list.c_str() + "\\";

	for (char &c : s)
		if (c == ' ')
			c = '\\';
	return s.find(std::string("\\") + word + "\\") != std::string::npos;
}

enum class Got { absent, good, bad };

/* The first n values of a DS attribute. Strict: a comma, a NaN or a missing value is bad, never a
 * zero. */
Got decimal_strings(DcmItem *item, const DcmTagKey &tag, int n, double *values)
{
	OFString list = text(item, tag);
	const char *s = list.c_str();

	if (list.empty())
		return Got::absent;
	for (int i = 0; i < n; i++) {
		size_t len = strcspn(s, "\\");
		std::string number(s, len);
		char *end;

		while (!number.empty() && number.back() == ' ')
			number.pop_back();
		number.erase(0, number.find_first_not_of(' '));
		if (number.empty() || number.find_first_not_of("0123456789+-.eE") != std::string::npos)
			return Got::bad;
		values[i] = strtod(number.c_str(), &end);
		if (*end || !std::isfinite(values[i]))
			return Got::bad;
		s += len + (s[len] == '\\');
	}
	return Got::good;
}

bool whole(DcmItem *item, const DcmTagKey &tag, unsigned *value)
{
	Uint16 v;

	if (item->findAndGetUint16(tag, v).bad())
		return false;
	*value = v;
	return true;
}

/* A US or SS attribute as its 16 bits, whichever of the two the file calls it. */
bool bits16(DcmItem *item, const DcmTagKey &tag, uint16_t *value)
{
	Uint16 u;
	Sint16 s;

	if (item->findAndGetUint16(tag, u).good()) {
		*value = u;
		return true;
	}
	if (item->findAndGetSint16(tag, s).good()) {
		*value = static_cast<uint16_t>(s);
		return true;
	}
	return false;
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
class GuardedStream : public DcmInputFileStream {
public:
	static const uint64_t header_max = 64 << 20;
	static const ptrdiff_t stack_max = 1 << 20; /* some 2,000 levels; real files have ten */

	explicit GuardedStream(const char *path) : DcmInputFileStream(path) {}
	void header_ends() { limit = UINT64_MAX; }
	const char *refusal() const { return why; }

	offile_off_t avail() override { return admits(0) ? DcmInputFileStream::avail() : 0; }
	offile_off_t read(void *buf, offile_off_t n) override
	{
		return admits(n) ? count(DcmInputFileStream::read(buf, n)) : 0;
	}
	offile_off_t skip(offile_off_t n) override
	{
		/* in a plain file a skip costs nothing */
		return !inflating ? DcmInputFileStream::skip(n)
		       : admits(n) ? count(DcmInputFileStream::skip(n)) : 0;
	}
	OFCondition installCompressionFilter(E_StreamCompression filter) override
	{
		inflating = true;
		return DcmInputFileStream::installCompressionFilter(filter);
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

/* ---- one file ---- */

struct Reader {
	dicom_file *file;
	dicom_frame *frame;
	dicom_strings *strings;
	int fd = -1;
	uint64_t size = 0;
	DcmFileFormat format;
	DcmDataset *data = nullptr;
	OFString sop_class;

	~Reader()
	{
		if (fd >= 0)
			close(fd);
	}
	const char *keep(const OFString &value)
	{
		if (value.empty())
			return nullptr;
		const char *kept = dicom_intern(strings, value.c_str());

		if (!kept)
			throw std::bad_alloc();
		return kept;
	}
	int read();
	bool open();
	int identify();
	int classify(bool has_pixels);
	int pixel_format();
	int pixel_place(uint64_t value_offset);
	int check_fragments();
	int geometry();
	int values();
	void acquisition();
};

/* Open it, and see whether it can be DICOM at all before DCMTK guesses. */
bool Reader::open()
{
	struct stat st;
	unsigned char start[132] = {0};
	ssize_t n;

	fd = ::open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0) {
		set(file, DICOM_OTHER, "cannot be opened: %s", strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		set(file, DICOM_OTHER, "not a regular file");
		return false;
	}
	size = static_cast<uint64_t>(st.st_size);
	n = pread(fd, start, sizeof start, 0);
	if (n < 0) {
		set(file, DICOM_OTHER, "cannot be read: %s", strerror(errno));
		return false;
	}
	if (n == 0) {
		set(file, DICOM_NOT_DICOM, "empty file");
		return false;
	}
	if (n == sizeof start && memcmp(start + 128, "DICM", 4) == 0)
		return true;
	/* without preamble the first element is of group 2 or 8, in either byte order */
	bool little = (start[0] == 2 || start[0] == 8) && start[1] == 0;
	bool big = start[0] == 0 && (start[1] == 2 || start[1] == 8);

	if (n >= 8 && (little || big))
		return true;
	if (n >= 2 && start[0] == 0x1f && start[1] == 0x8b)
		set(file, DICOM_NOT_DICOM, "compressed (gzip)");
	else
		set(file, DICOM_NOT_DICOM, "no DICOM header");
	return false;
}

/* Which series, which image, what kind. */
int Reader::identify()
{
	OFString number = text(data, DCM_SeriesNumber), description = text(data, DCM_SeriesDescription);

	sop_class = text(data, DCM_SOPClassUID);
	if (sop_class.empty() && format.getMetaInfo())
		sop_class = text(format.getMetaInfo(), DCM_MediaStorageSOPClassUID);
	file->series_uid = keep(text(data, DCM_SeriesInstanceUID));
	file->sop_uid = keep(text(data, DCM_SOPInstanceUID));
	file->modality = keep(text(data, DCM_Modality));
	if (!description.empty())
		file->description = keep(utf8(data, description).c_str());
	if (!number.empty()) {
		char *end;
		long v = strtol(number.c_str(), &end, 10);

		file->has_number = *end == '\0' && v > -1000000000L && v < 1000000000L;
		file->number = static_cast<int>(v);
	}
	return 1;
}

struct SopKind {
	const char *uid; /* a prefix when it ends with a point */
	dicom_status status;
	const char *what;
};

#define SOP "1.2.840.10008.5.1.4.1.1."
const SopKind sop_kinds[] = {
	{SOP "2", DICOM_USED, ""},
	{SOP "4", DICOM_USED, ""},
	{SOP "128", DICOM_USED, ""},
	{SOP "7", DICOM_USED, ""}, /* secondary capture: usable where it states its geometry */
	{SOP "2.1", DICOM_UNSUPPORTED, "enhanced CT (multi-frame)"},
	{SOP "2.2", DICOM_UNSUPPORTED, "legacy converted CT (multi-frame)"},
	{SOP "4.1", DICOM_UNSUPPORTED, "enhanced MR (multi-frame)"},
	{SOP "4.3", DICOM_UNSUPPORTED, "enhanced MR colour (multi-frame)"},
	{SOP "4.4", DICOM_UNSUPPORTED, "legacy converted MR (multi-frame)"},
	{SOP "130", DICOM_UNSUPPORTED, "enhanced PET (multi-frame)"},
	{SOP "128.1", DICOM_UNSUPPORTED, "legacy converted PET (multi-frame)"},
	{SOP "66.4", DICOM_OTHER, "segmentation object"},
	{SOP "66.7", DICOM_OTHER, "label map segmentation object"},
	{SOP "30", DICOM_OTHER, "parametric map"},
	{SOP "481.", DICOM_OTHER, "radiotherapy object"},
};
#undef SOP

const SopKind *sop_kind(const OFString &uid)
{
	for (const SopKind &k : sop_kinds) {
		size_t n = strlen(k.uid);

		if (k.uid[n - 1] == '.' ? uid.compare(0, n, k.uid) == 0 : uid == k.uid)
			return &k;
	}
	return nullptr;
}

/* 1: an image of the kind this program converts. 0: the status says what else. */
int Reader::classify(bool has_pixels)
{
	OFString image_type = text(data, DCM_ImageType), photometric, frames;
	const char *modality = file->modality ? file->modality : "no modality";
	const SopKind *kind = sop_kind(sop_class);
	unsigned samples = 1;
	Uint16 mosaic = 0;

	if (!has_pixels)
		return set(file, DICOM_NO_PIXELS, "%s without pixels", modality);
	if (kind && kind->status == DICOM_OTHER)
		return set(file, DICOM_OTHER, "%s", kind->what);
	if (has_value(image_type, "LOCALIZER"))
		return set(file, DICOM_LOCALIZER, "ImageType is %s", image_type.c_str());
	if (kind && kind->status == DICOM_UNSUPPORTED)
		return set(file, DICOM_UNSUPPORTED, "%s", kind->what);
	frames = text(data, DCM_NumberOfFrames);
	if (!frames.empty() && atoi(frames.c_str()) != 1)
		return set(file, DICOM_UNSUPPORTED, "multi-frame (%.12s frames)", frames.c_str());
	if (!kind && !sop_class.empty())
		return set(file, DICOM_UNSUPPORTED, "SOP class %s (%s)", sop_class.c_str(), modality);
	photometric = text(data, DCM_PhotometricInterpretation);
	whole(data, DCM_SamplesPerPixel, &samples);
	if (samples != 1 || photometric.compare(0, 10, "MONOCHROME") != 0)
		return set(file, DICOM_UNSUPPORTED, "colour or unknown (PhotometricInterpretation '%s', %u samples)",
		           photometric.c_str(), samples);
	/* (0019,100A) in Siemens's own block: images in one mosaic */
	if (has_value(image_type, "MOSAIC") ||
	    (text(data, DcmTagKey(0x0019, 0x0010)) == "SIEMENS MR HEADER" &&
	     data->findAndGetUint16(DcmTagKey(0x0019, 0x100a), mosaic).good() && mosaic > 1))
		return set(file, DICOM_UNSUPPORTED, "Siemens mosaic");
	if (data->tagExists(DCM_ModalityLUTSequence))
		return set(file, DICOM_UNSUPPORTED, "values go through a Modality LUT");
	return 1;
}

/* Bits, sizes and sign of the pixels; how they are coded. */
int Reader::pixel_format()
{
	dicom_pixels *p = &frame->pixels;
	unsigned rows = 0, columns = 0, sign = 0;
	DcmXfer xfer(data->getOriginalXfer());
	OFString uid = format.getMetaInfo() ? text(format.getMetaInfo(), DCM_TransferSyntaxUID) : OFString();

	if (!uid.empty() && DcmXfer(uid.c_str()).getXfer() == EXS_Unknown)
		return set(file, DICOM_UNSUPPORTED, "transfer syntax %.64s", uid.c_str());
	if (!whole(data, DCM_Rows, &rows) || !whole(data, DCM_Columns, &columns) || !rows || !columns)
		return set(file, DICOM_UNSUPPORTED, "Rows x Columns is %u x %u", rows, columns);
	p->rows = rows;
	p->columns = columns;
	if (!whole(data, DCM_BitsAllocated, &p->allocated))
		return set(file, DICOM_UNSUPPORTED, "no BitsAllocated (0028,0100)");
	if (!whole(data, DCM_BitsStored, &p->stored))
		p->stored = p->allocated;
	if (!whole(data, DCM_HighBit, &p->high))
		p->high = p->stored - 1;
	if (!whole(data, DCM_PixelRepresentation, &sign) || sign > 1)
		return set(file, DICOM_UNSUPPORTED, "no sound PixelRepresentation (0028,0103)");
	p->is_signed = sign == 1;
	if ((p->allocated != 8 && p->allocated != 16 && p->allocated != 32) || p->stored < 1 ||
	    p->stored > p->allocated || p->high >= p->allocated || p->high + 1 < p->stored)
		return set(file, DICOM_UNSUPPORTED, "bits allocated %u, stored %u, high %u", p->allocated,
		           p->stored, p->high);
	switch (xfer.getXfer()) {
	case EXS_LittleEndianImplicit:
	case EXS_LittleEndianExplicit:
	case EXS_BigEndianExplicit:
		p->codec = DICOM_NATIVE;
		break;
	case EXS_DeflatedLittleEndianExplicit:
		p->codec = DICOM_DEFLATED;
		break;
	case EXS_JPEG2000LosslessOnly:
	case EXS_JPEG2000:
		p->codec = DICOM_JPEG2000;
		break;
	case EXS_RLELossless:
		p->codec = DICOM_RLE;
		break;
	case EXS_JPEGProcess1:
	case EXS_JPEGProcess2_4:
	case EXS_JPEGProcess14:
	case EXS_JPEGProcess14SV1:
	case EXS_JPEGLSLossless:
	case EXS_JPEGLSLossy:
		p->codec = DICOM_DCMTK;
		break;
	default:
		return set(file, DICOM_UNSUPPORTED, "transfer syntax %s", xfer.getXferName());
	}
	return 1;
}

/* Are all items of the encapsulated pixels in the file? Their lengths are walked, not read. */
int Reader::check_fragments()
{
	uint64_t at = frame->pixels.offset;
	unsigned char b[8];

	while (at + 8 <= size && pread(fd, b, 8, static_cast<off_t>(at)) == 8) {
		uint32_t length = b[4] | b[5] << 8 | b[6] << 16 | static_cast<uint32_t>(b[7]) << 24;

		if (b[0] != 0xfe || b[1] != 0xff || b[3] != 0xe0 || (b[2] != 0 && b[2] != 0xdd))
			return set(file, DICOM_UNSUPPORTED, "encapsulated pixels are damaged at byte %llu",
			           static_cast<unsigned long long>(at));
		at += 8;
		if (b[2] == 0xdd)
			return 1;
		at += length;
	}
	/* a file that ends with its last item lacks only the end mark */
	if (at == size && at > frame->pixels.offset)
		return 1;
	return set(file, DICOM_TRUNCATED, "ends inside the compressed pixels");
}

/* Where the pixel value lies; is all of it there? */
int Reader::pixel_place(uint64_t value_offset)
{
	dicom_pixels *p = &frame->pixels;
	uint64_t need = static_cast<uint64_t>(p->rows) * p->columns * (p->allocated / 8);
	DcmXfer xfer(data->getOriginalXfer());
	bool big = xfer.isBigEndian();
	unsigned char b[12];
	const unsigned char pixel_data[2][4] = {{0xe0, 0x7f, 0x10, 0x00}, {0x7f, 0xe0, 0x00, 0x10}};
	size_t header = xfer.isExplicitVR() ? 12 : 8;

	if (p->codec == DICOM_DEFLATED)
		return 1;
	p->offset = value_offset;
	if (value_offset < header ||
	    pread(fd, b, header, static_cast<off_t>(value_offset - header)) != static_cast<ssize_t>(header) ||
	    memcmp(b, pixel_data[big], 4) != 0)
		return set(file, DICOM_OTHER, "pixel data cannot be found where the header says");
	const unsigned char *l = b + header - 4;

	p->length = big ? static_cast<uint32_t>(l[0]) << 24 | l[1] << 16 | l[2] << 8 | l[3]
			: l[0] | l[1] << 8 | l[2] << 16 | static_cast<uint32_t>(l[3]) << 24;
	if (p->codec != DICOM_NATIVE)
		return check_fragments();
	/* OW is a row of 16-bit words (PS3.5, 6.2): 8-bit pixels are pairs in one, 32-bit pixels are
	 * two, the low one first */
	if (big && (p->allocated > 8 || (b[4] == 'O' && b[5] == 'W')))
		p->swap = 2;
	if (p->length == 0xffffffff)
		return set(file, DICOM_UNSUPPORTED, "pixels of undefined length in a native transfer syntax");
	if (p->length < need)
		return set(file, DICOM_TRUNCATED, "states %llu bytes of pixels where %llu are needed",
		           static_cast<unsigned long long>(p->length), static_cast<unsigned long long>(need));
	if (p->offset + need > size)
		return set(file, DICOM_TRUNCATED, "ends after %llu of %llu bytes of pixels",
		           static_cast<unsigned long long>(size > p->offset ? size - p->offset : 0),
		           static_cast<unsigned long long>(need));
	return 1;
}

int bad_value(Reader *r, const DcmTagKey &tag, const char *name)
{
	return set(r->file, DICOM_UNSUPPORTED, "%s (%04x,%04x) is '%.80s'", name, tag.getGroup(),
	           tag.getElement(), text(r->data, tag).c_str());
}

int Reader::geometry()
{
	dicom_frame *f = frame;
	Got got;

	got = decimal_strings(data, DCM_ImagePositionPatient, 3, f->position);
	f->has_position = got == Got::good;
	for (double mm : f->position) /* a hundred metres: no scanner is that long */
		if (got == Got::good && std::fabs(mm) > 1e5)
			got = Got::bad;
	if (got == Got::bad)
		return bad_value(this, DCM_ImagePositionPatient, "ImagePositionPatient");
	got = decimal_strings(data, DCM_ImageOrientationPatient, 6, f->orientation);
	if (got == Got::bad)
		return bad_value(this, DCM_ImageOrientationPatient, "ImageOrientationPatient");
	f->has_orientation = got == Got::good;
	got = decimal_strings(data, DCM_PixelSpacing, 2, f->spacing);
	f->has_spacing = got == Got::good;
	if (got == Got::good && !(f->spacing[0] > 0 && f->spacing[1] > 0))
		got = Got::bad;
	if (got == Got::bad)
		return bad_value(this, DCM_PixelSpacing, "PixelSpacing");
	if (decimal_strings(data, DCM_SliceThickness, 1, &f->thickness) != Got::good ||
	    f->thickness < 0)
		f->thickness = 0;
	/* some scanners sign it by the direction of travel */
	if (decimal_strings(data, DCM_SpacingBetweenSlices, 1, &f->slice_step) != Got::good)
		f->slice_step = 0;
	f->slice_step = std::fabs(f->slice_step);
	return 1;
}

/* A 16-bit pattern as the stored value it stands for. */
int64_t stored_value(uint16_t bits, const dicom_pixels *p)
{
	return p->is_signed ? static_cast<int16_t>(bits) : static_cast<int64_t>(bits);
}

/* What stored values mean: rescale, unit, padding, window. */
int Reader::values()
{
	dicom_frame *f = frame;
	Got slope = decimal_strings(data, DCM_RescaleSlope, 1, &f->slope);
	Got intercept = decimal_strings(data, DCM_RescaleIntercept, 1, &f->intercept);
	OFString type = text(data, DCM_RescaleType), units = text(data, DCM_Units);
	bool ct = file->modality && strcmp(file->modality, "CT") == 0;
	bool pt = file->modality && strcmp(file->modality, "PT") == 0;
	uint16_t padding, limit;

	if (slope == Got::bad || (slope == Got::good && f->slope == 0))
		return bad_value(this, DCM_RescaleSlope, "RescaleSlope");
	if (intercept == Got::bad)
		return bad_value(this, DCM_RescaleIntercept, "RescaleIntercept");
	if ((slope == Got::good) != (intercept == Got::good))
		return set(file, DICOM_UNSUPPORTED, "has %s without %s",
		           slope == Got::good ? "RescaleSlope (0028,1053)" : "RescaleIntercept (0028,1052)",
		           slope == Got::good ? "RescaleIntercept (0028,1052)" : "RescaleSlope (0028,1053)");
	f->has_rescale = slope == Got::good;
	if (pt)
		f->rescale_unit = units == "BQML" ? "Bq/ml" : units == "GML" ? "g/ml" : units == "CNTS" ? "counts" : nullptr;
	else if (ct && (type.empty() || type == "HU"))
		f->rescale_unit = "HU"; /* PS3.3 C.8.2.1: what original CT images rescale to */
	else if (!type.empty() && type != "US" && type.length() <= 16)
		f->rescale_unit = keep(type);
	if (bits16(data, DCM_PixelPaddingValue, &padding)) {
		f->has_padding = true;
		f->padding[0] = f->padding[1] = stored_value(padding, &f->pixels);
		if (bits16(data, DCM_PixelPaddingRangeLimit, &limit))
			f->padding[1] = stored_value(limit, &f->pixels);
		if (f->padding[0] > f->padding[1]) {
			int64_t lo = f->padding[1];

			f->padding[1] = f->padding[0];
			f->padding[0] = lo;
		}
	}
	f->has_window = decimal_strings(data, DCM_WindowCenter, 1, &f->window[0]) == Got::good &&
			decimal_strings(data, DCM_WindowWidth, 1, &f->window[1]) == Got::good;
	return 1;
}

/* The value of an attribute as one short line, "" when there is none worth carrying. */
OFString line(DcmItem *item, const dicom_attribute *a)
{
	DcmTagKey tag(a->group, a->element);
	OFString value;
	Float64 d;

	if (strcmp(a->vr, "FD") == 0 && item->findAndGetFloat64(tag, d).good()) {
		char buf[32];

		for (int digits = 6; digits <= 17; digits++) {
			snprintf(buf, sizeof buf, "%.*g", digits, d);
			if (strtod(buf, nullptr) == d)
				break;
		}
		return buf;
	}
	value = text(item, tag);
	if (value.length() > 256)
		return OFString();
	for (size_t i = 0; i < value.length(); i++)
		if (static_cast<unsigned char>(value[i]) < ' ')
			return OFString();
	return value;
}

void Reader::acquisition()
{
	for (size_t i = 0; dicom_acquisition[i].keyword; i++)
		frame->acquisition[i] = keep(line(data, &dicom_acquisition[i]));
}

int Reader::read()
{
	if (!open())
		return 0;

	GuardedStream stream(file->path);
	OFCondition got = read_header(format, stream);

	data = format.getDataset();
	/* the position when parsing stopped; where that was at the pixels, their first byte */
	uint64_t at = stream.tell() < 0 ? 0 : static_cast<uint64_t>(stream.tell());
	bool ended = stream.eos();

	identify();
	if (stream.refusal())
		return set(file, DICOM_TRUNCATED, "%s", stream.refusal());
	if (data->card() == 0 || (sop_class.empty() && !data->tagExists(DCM_Rows))) {
		if (got.bad() || size <= 132)
			return set(file, DICOM_TRUNCATED, "ends inside the header");
		return set(file, DICOM_NOT_DICOM, "no DICOM attributes");
	}
	if (sop_class == UID_MediaStorageDirectoryStorage)
		return set(file, DICOM_OTHER, "DICOMDIR");
	if (got == EC_EndOfStream || got == EC_StreamNotifyClient || got == EC_InvalidStream)
		return set(file, DICOM_TRUNCATED, "ends inside the header");
	if (got.bad())
		return set(file, DICOM_TRUNCATED, "header cannot be read to its end: %s", got.text());
	bool has_pixels = !ended || at + 1 < size;

	if (classify(has_pixels) <= 0 || pixel_format() <= 0)
		return 0;
	if (geometry() <= 0 || values() <= 0)
		return 0;
	acquisition();
	file->status = DICOM_USED;
	if (pixel_place(at) <= 0)
		return file->status == DICOM_TRUNCATED;
	return 1;
}

/* ---- decoding ---- */

/* Deflated: the same stream, read on from where the header ended. */
int decode_deflated(const char *path, void *out, size_t n, vol_err *err)
{
	GuardedStream stream(path);
	DcmFileFormat format;
	OFCondition got = read_header(format, stream);
	size_t have = 0;

	if (got.bad())
		return vol_fail(err, path, "cannot be read again: %s", got.text());
	stream.header_ends();
	while (have < n) {
		offile_off_t r = stream.read(static_cast<char *>(out) + have, static_cast<offile_off_t>(n - have));

		if (r <= 0)
			return vol_fail(err, path, "ends after %zu of %zu bytes of pixels [truncated]", have, n);
		have += static_cast<size_t>(r);
	}
	return 0;
}

int decode_frame(const char *path, void *out, size_t n, vol_err *err)
{
	DcmFileFormat format;
	OFCondition got = read_file(format, path);
	DcmElement *element = nullptr;
	Uint32 fragment = 0, size = 0;
	OFString colour;

	std::call_once(codecs_once, register_codecs);
	if (got.good())
		got = format.getDataset()->findAndGetElement(DCM_PixelData, element);
	if (got.bad() || !element)
		return vol_fail(err, path, "pixels cannot be read: %s", got.text());
	got = element->getUncompressedFrameSize(format.getDataset(), size);
	if (got.bad() || size < n || size > n + 1)
		return vol_fail(err, path, "pixels decode to %u bytes, not %zu", size, n);
	/* codecs write an even number of bytes */
	std::string spare;
	void *to = out;

	if (n & 1) {
		spare.resize(n + 1);
		to = &spare[0];
	}
	got = element->getUncompressedFrame(format.getDataset(), 0, fragment, to, static_cast<Uint32>((n + 1) & ~size_t(1)), colour);
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
	dcmDataDict.wrunlock();
}

void dcmtk_start(void)
{
	static std::once_flag once;

	std::call_once(once, start);
}

int dcmtk_read_facts(dicom_file *file, dicom_frame *frame, dicom_strings *strings)
{
	try {
		Reader r;

		r.file = file;
		r.frame = frame;
		r.strings = strings;
		return r.read();
	} catch (...) {
		return set(file, DICOM_OTHER, "cannot be read: out of memory");
	}
}

int dcmtk_decode(const char *path, const dicom_pixels *pixels, void *out, size_t n, vol_err *err)
{
	try {
		if (pixels->codec == DICOM_DEFLATED)
			return decode_deflated(path, out, n, err);
		return decode_frame(path, out, n, err);
	} catch (...) {
		return vol_fail(err, path, "pixels cannot be decoded: out of memory");
	}
}

int dcmtk_codestream(const char *path, unsigned char **data, size_t *n, vol_err *err)
{
	*data = nullptr;
	*n = 0;
	try {
		DcmFileFormat format;
		OFCondition got = read_file(format, path);
		DcmElement *element = nullptr;
		DcmPixelSequence *sequence = nullptr;
		const DcmRepresentationParameter *parameter = nullptr;
		E_TransferSyntax xfer = EXS_Unknown;

		if (got.good())
			got = format.getDataset()->findAndGetElement(DCM_PixelData, element);
		DcmPixelData *pixels = got.good() ? dynamic_cast<DcmPixelData *>(element) : nullptr;

		if (!pixels)
			return vol_fail(err, path, "pixels cannot be read: %s", got.text());
		pixels->getOriginalRepresentationKey(xfer, parameter);
		got = pixels->getEncapsulatedRepresentation(xfer, parameter, sequence);
		if (got.bad() || !sequence)
			return vol_fail(err, path, "compressed pixels cannot be read: %s", got.text());
		for (unsigned long i = 1; i < sequence->card(); i++) { /* item 0: offset table */
			DcmPixelItem *item = nullptr;
			Uint8 *bytes = nullptr;

			if (sequence->getItem(item, i).bad() || item->getUint8Array(bytes).bad() || !bytes)
				continue;
			size_t length = item->getLength();
			unsigned char *more = static_cast<unsigned char *>(realloc(*data, *n + length));

			if (!more)
				throw std::bad_alloc();
			memcpy(more + *n, bytes, length);
			*data = more;
			*n += length;
		}
		if (*n == 0)
			return vol_fail(err, path, "no compressed pixels");
		return 0;
	} catch (...) {
		free(*data);
		*data = nullptr;
		return vol_fail(err, path, "pixels cannot be read: out of memory");
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
			OFString value = line(format.getDataset(), a);

			if (!value.empty())
				rc = take(ctx, a->keyword, utf8(format.getDataset(), value).c_str());
		}
		return rc;
	} catch (...) {
		return vol_fail(err, path, "out of memory");
	}
}
