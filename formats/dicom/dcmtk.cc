/* dcmtk.cc - headers. The files dcmtk*.cc are the only ones that know DCMTK; what attributes mean is decided in plain C. */
#include "dcmtk_inside.hpp"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcistrmf.h>

#include <cstring>

OFCondition dcmtk_read_header(DcmFileFormat &format, GuardedStream &stream)
{
	format.transferInit();
	OFCondition got = format.readUntilTag(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, DCM_PixelData);
	format.transferEnd();
	return got;
}

namespace {

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

} /* namespace */

const unsigned char *dcmtk_binary(DcmElement *e, size_t *n)
{
	Uint8 *value = nullptr;

	if (!e || e->getLength() > (16 << 20) || e->getUint8Array(value).bad() || !value)
		return nullptr;
	*n = e->getLength();
	return value;
}

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
	return guarded(h, false, [&] { return h->find(group, element) != nullptr; });
}

char *dcmtk_text(struct dcmtk_header *h, uint16_t group, uint16_t element, char *buf, size_t size)
{
	return guarded(h, static_cast<char *>(nullptr), [&]() -> char * {
		OFString value = dcmtk_line(h->find(group, element));

		if (value.empty() || value.length() >= size)
			return nullptr;
		memcpy(buf, value.c_str(), value.length() + 1);
		return buf;
	});
}

char *dcmtk_utf8(struct dcmtk_header *h, const char *value, char *buf, size_t size)
{
	return guarded(h, static_cast<char *>(nullptr), [&]() -> char * {
		std::string s = dcmtk_to_utf8(h->format.getDataset(), value);

		snprintf(buf, size, "%s", s.c_str());
		return buf;
	});
}

bool dcmtk_u16(struct dcmtk_header *h, uint16_t group, uint16_t element, uint16_t *value)
{
	return guarded(h, false, [&] {
		DcmElement *e = h->find(group, element);
		Uint16 u;
		Sint16 s;

		if (!e || e->getLength() > 65536)
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

		for (auto at = h->from(first); at != h->elements.end() && at->tag <= (first | 0xff); ++at)
			if (dcmtk_plain(at->element) == creator)
				return static_cast<uint16_t>(at->tag & 0xffff);
		return 0;
	});
}

const unsigned char *dcmtk_bytes(struct dcmtk_header *h, uint16_t group, uint16_t element, size_t *n)
{
	return guarded(h, static_cast<const unsigned char *>(nullptr),
	               [&] { return dcmtk_binary(h->find(group, element), n); });
}

const uint16_t *dcmtk_words(struct dcmtk_header *h, uint16_t group, uint16_t element, size_t *n)
{
	return guarded(h, static_cast<const uint16_t *>(nullptr), [&]() -> const uint16_t * {
		DcmElement *e = h->find(group, element);
		Uint16 *words = nullptr;
		Sint16 *with_sign = nullptr;

		if (!e || e->getLength() > (16 << 20))
			return nullptr;
		*n = e->getLength() / 2;
		if (e->getUint16Array(words).good() && words)
			return words;
		if (e->getSint16Array(with_sign).good())
			return reinterpret_cast<const uint16_t *>(with_sign);
		return nullptr;
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
	const auto at = h->from(tag);

	return at == h->elements.end() ? 0 : at->tag;
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
			OFString name = dcmtk_plain(records->getItem(i), DCM_ReferencedFileID);
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
		OFCondition got = dcmtk_read_header(format, stream);
		int rc = 0;

		if (got.bad())
			return vol_fail(err, path, "cannot be read again: %s", got.text());
		for (const dicom_attribute *a = dicom_identifiers; a->keyword && rc == 0; a++) {
			OFString value = dcmtk_line(format.getDataset(), DcmTagKey(a->group, a->element));

			if (value.length() > 256)
				continue;
			if (!value.empty())
				rc = take(ctx, a->keyword, dcmtk_to_utf8(format.getDataset(), value).c_str());
		}
		return rc;
	} catch (...) {
		return vol_fail(err, path, "out of memory");
	}
}
