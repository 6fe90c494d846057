/* dcmtk_inside.hpp - what the parts of dcmtk.h share, C++: one header being read. */
#ifndef DICOM_DCMTK_INSIDE_HPP
#define DICOM_DCMTK_INSIDE_HPP

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcmetinf.h>

#include <algorithm>
#include <string>
#include <vector>

extern "C" {
#include "dcmtk.h"
}
#include "range_stream.hpp"

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
OFCondition dcmtk_read_header(DcmFileFormat &format, GuardedStream &stream);

struct dcmtk_header {
	GuardedStream stream;
	DcmFileFormat format;
	OFCondition got;
	uint64_t at = 0;
	bool ended = false, failed = false, has_frames = false;
	DcmItem *shared = nullptr;
	std::vector<DcmItem *> frames; /* of the functional groups, once they were asked for */
	struct placed {
		uint32_t tag;
		DcmElement *element;
	};
	std::vector<placed> elements; /* of the data set, by tag */

	explicit dcmtk_header(const char *path) : stream(path)
	{
		got = dcmtk_read_header(format, stream);
		at = stream.begin() + (stream.tell() < 0 ? 0 : static_cast<uint64_t>(stream.tell()));
		ended = stream.eos();

		DcmDataset *set = format.getDataset();

		for (DcmObject *e = set->nextInContainer(nullptr); e; e = set->nextInContainer(e))
			elements.push_back({static_cast<uint32_t>(e->getGTag()) << 16 | e->getETag(), static_cast<DcmElement *>(e)});
		std::stable_sort(elements.begin(), elements.end(), [](const placed &a, const placed &b) { return a.tag < b.tag; });
	}
	/* The first of the data set's elements from this tag on. */
	std::vector<placed>::const_iterator from(uint32_t tag) const
	{
		return std::lower_bound(elements.begin(), elements.end(), tag, [](const placed &p, uint32_t t) { return p.tag < t; });
	}
	/* DCMTK looks for an attribute from the first one on; most that we ask for are in no file. Group 2 lies in a set of
	 * its own. NULL: it is not there. */
	DcmElement *find(uint16_t group, uint16_t element) const
	{
		const uint32_t tag = static_cast<uint32_t>(group) << 16 | element;
		DcmElement *e = nullptr;

		if (group == 2) {
			DcmMetaInfo *meta = const_cast<DcmFileFormat &>(format).getMetaInfo();

			return meta && meta->findAndGetElement(DcmTagKey(group, element), e).good() ? e : nullptr;
		}
		const auto at = from(tag);

		return at != elements.end() && at->tag == tag ? at->element : nullptr;
	}
	DcmSequenceOfItems *sequence(uint32_t tag) const
	{
		return dynamic_cast<DcmSequenceOfItems *>(find(static_cast<uint16_t>(tag >> 16), static_cast<uint16_t>(tag)));
	}
};

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

/* An attribute as text, without blanks around it; empty for NULL, and where it is not there. dcmtk_line - numbers too, so that they read back the same. dcmtk_to_utf8 - a
 * text of an item by its character set. */
OFString dcmtk_plain(DcmElement *element);
OFString dcmtk_line(DcmElement *element);
OFString dcmtk_plain(DcmItem *item, const DcmTagKey &tag);
OFString dcmtk_line(DcmItem *item, const DcmTagKey &tag);
std::string dcmtk_to_utf8(DcmItem *item, const OFString &value);

/* An element of an item; NULL: it is not there. */
DcmElement *dcmtk_element(DcmItem *item, const DcmTagKey &tag);

/* A binary value, borrowed; NULL for NULL, and where it is longer than 16 MiB. */
const unsigned char *dcmtk_binary(DcmElement *element, size_t *n);

#endif
