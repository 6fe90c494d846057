/* dcmtk_decode.cc - JPEG and JPEG-LS. */
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>

#include <cstring>
#include <mutex>
#include <string>
#include <vector>

extern "C" {
#include "dcmtk.h"
#include "pixels.h"
}

namespace {

std::once_flag codecs_once;

void register_codecs()
{
	DJDecoderRegistration::registerCodecs(EDC_never, EUC_default, EPC_colorByPixel);
	DJLSDecoderRegistration::registerCodecs(EJLSUC_default, EJLSPC_colorByPixel);
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

int dcmtk_decode(const char *path, const struct dicom_pixels *p, const unsigned char *data, size_t n, void *out, vol_err *err)
{
	try {
		return decode_frame(path, p, data, n, out, err);
	} catch (...) {
		return vol_fail(err, path, "pixels cannot be decoded: out of memory");
	}
}
