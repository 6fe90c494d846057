/* dcmtk_items.cc - sequences: functional groups, items, and every value there is. */
#include "dcmtk_inside.hpp"

#include <dcmtk/dcmdata/dcdeftag.h>

#include <cstring>

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
	DcmSequenceOfItems *shared = h->sequence(0x52009229), *sequence = h->sequence(0x52009230);

	h->has_frames = true;
	h->shared = shared && shared->card() ? shared->getItem(0) : nullptr;
	for (DcmObject *o = sequence ? sequence->nextInContainer(nullptr) : nullptr; o; o = sequence->nextInContainer(o))
		h->frames.push_back(static_cast<DcmItem *>(o));
}

/* The item that holds the last attribute of the path; NULL: it is not there. */
DcmItem *item_at(DcmItem *item, const uint32_t *path, size_t n)
{
	for (; item && n > 1; path++, n--)
		item = first_item(item, tag_key(*path));
	return item;
}

OFString value_at(DcmItem *item, const uint32_t *path, size_t n)
{
	item = item_at(item, path, n);
	return item ? dcmtk_line(item, tag_key(path[n - 1])) : OFString();
}

const unsigned char *bytes_at(DcmItem *item, const uint32_t *path, size_t n, size_t *size)
{
	item = item_at(item, path, n);
	return item ? dcmtk_binary(dcmtk_element(item, tag_key(path[n - 1])), size) : nullptr;
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
			value = bytes_at(h->frames[frame], path, n, size);
		return value ? value : bytes_at(h->shared, path, n, size);
	});
}

char *dcmtk_path_text(struct dcmtk_header *h, size_t item, const uint32_t *path, size_t n, char *buf, size_t size)
{
	return guarded(h, static_cast<char *>(nullptr), [&]() -> char * {
		DcmSequenceOfItems *sequence = h->sequence(*path);
		OFString value;

		if (!sequence || item >= sequence->card())
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
		DcmSequenceOfItems *sequence = h->sequence(tag);

		return sequence ? sequence->card() : 0;
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
		OFString value = dcmtk_line(in ? reinterpret_cast<DcmItem *>(in) : h->format.getDataset(), tag_key(tag));

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

namespace {

struct each {
	int (*take)(void *ctx, const dcmtk_value *v);
	void *ctx;
	std::vector<uint32_t> inside;
};

/* Its bytes, when they are text; UN may be. */
bool value_bytes(DcmElement *e, std::string &bytes)
{
	static const Uint32 most = 65536;
	char *text = nullptr;
	Uint8 *raw = nullptr;
	Uint32 n = e->getLength();

	if (e->ident() == EVR_UN || e->ident() == EVR_OB || e->ident() == EVR_UNKNOWN) {
		if (n > most || e->getUint8Array(raw).bad() || !raw)
			return false;
		bytes.assign(reinterpret_cast<char *>(raw), n);
		return true;
	}
	if (!e->isaString() || e->getString(text, n).bad() || !text)
		return false;
	bytes.assign(text, std::min(n, most));
	return true;
}

int each_of(DcmItem *item, DcmItem *charset, each &a)
{
	int rc = 0;

	if (item->tagExists(DCM_SpecificCharacterSet))
		charset = item;
	for (DcmObject *o = item->nextInContainer(nullptr); o && rc == 0; o = item->nextInContainer(o)) {
		if (o->ident() == EVR_SQ) {
			a.inside.push_back(static_cast<uint32_t>(o->getGTag()) << 16 | o->getETag());
			for (DcmObject *i = o->nextInContainer(nullptr); i && rc == 0; i = o->nextInContainer(i))
				rc = each_of(static_cast<DcmItem *>(i), charset, a);
			a.inside.pop_back();
			continue;
		}

		std::string bytes;

		if (!o->isLeaf() || !value_bytes(static_cast<DcmElement *>(o), bytes))
			continue;

		std::string text = dcmtk_to_utf8(charset, bytes.c_str());
		dcmtk_value v = {o->getGTag(), o->getETag(), "", a.inside.data(), a.inside.size(), bytes.c_str(), bytes.length(),
		                 text.c_str()};

		snprintf(v.vr, sizeof v.vr, "%.2s", DcmVR(o->ident()).getValidVRName());
		rc = a.take(a.ctx, &v);
	}
	return rc;
}

} /* namespace */

int dcmtk_values(struct dcmtk_header *h, int (*take)(void *ctx, const struct dcmtk_value *v), void *ctx)
{
	return guarded(h, -1, [&] {
		each a = {take, ctx, {}};
		int rc = h->format.getMetaInfo() ? each_of(h->format.getMetaInfo(), h->format.getDataset(), a) : 0;

		return rc ? rc : each_of(h->format.getDataset(), h->format.getDataset(), a);
	});
}
