/* range_stream.hpp - C++, for dcmtk_inside.hpp: DCMTK reads what input_open opens. */
#ifndef DICOM_RANGE_STREAM_HPP
#define DICOM_RANGE_STREAM_HPP

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrma.h>
#include <dcmtk/dcmdata/dcistrmf.h>

#include <unistd.h>

#include <cstdint>
#include <cstring>

extern "C" {
#include "input.h"
}

/* A file that input_open opens, wherever it lies, for DCMTK. */
class RangeProducer : public DcmProducer {
public:
	explicit RangeProducer(const char *path)
	{
		fd = input_open(path, &start, &end);
		at = start;
		if (fd < 0)
			state = EC_InvalidStream;
	}
	~RangeProducer() override
	{
		if (fd >= 0)
			close(fd);
	}
	RangeProducer(const RangeProducer &) = delete;
	RangeProducer &operator=(const RangeProducer &) = delete;

	OFBool good() const override { return state.good(); }
	OFCondition status() const override { return state; }
	OFBool eos() override { return at >= end; }
	offile_off_t avail() override { return static_cast<offile_off_t>(end - at); }
	offile_off_t read(void *to, offile_off_t n) override
	{
		offile_off_t got = 0;

		while (state.good() && got < n && at < end) {
			/* what is long goes where it is wanted, what is short comes through the buffer */
			uint64_t want = static_cast<uint64_t>(n - got) < end - at ? static_cast<uint64_t>(n - got) : end - at;
			ssize_t part;

			if (want >= sizeof buffer) {
				part = pread(fd, static_cast<char *>(to) + got, want, static_cast<off_t>(at));
			} else {
				if (at < from || at >= from + held) {
					ssize_t filled = pread(fd, buffer, end - at < sizeof buffer ? end - at : sizeof buffer,
					                       static_cast<off_t>(at));
					from = at;
					held = filled > 0 ? static_cast<uint64_t>(filled) : 0;
				}
				part = static_cast<ssize_t>(from + held - at < want ? from + held - at : want);
				memcpy(static_cast<char *>(to) + got, buffer + (at - from), static_cast<size_t>(part));
			}
			if (part <= 0) {
				state = EC_InvalidStream;
				break;
			}
			got += part;
			at += static_cast<uint64_t>(part);
		}
		return got;
	}
	offile_off_t skip(offile_off_t n) override
	{
		if (state.bad() || n <= 0)
			return 0;
		if (static_cast<uint64_t>(n) > end - at)
			n = static_cast<offile_off_t>(end - at);
		at += static_cast<uint64_t>(n);
		return n;
	}
	void putback(offile_off_t n) override
	{
		if (n < 0 || static_cast<uint64_t>(n) > at - start)
			state = EC_PutbackFailed;
		else
			at -= static_cast<uint64_t>(n);
	}
	uint64_t begin() const { return start; }

private:
	int fd;
	uint64_t start = 0, end = 0, at = 0;
	OFCondition state = EC_Normal;
	unsigned char buffer[8192];
	uint64_t from = 0, held = 0; /* what of the file lies in the buffer */
};

class RangeStream : public DcmInputStream {
public:
	/* the base only keeps the address of what is made after it */
	explicit RangeStream(const char *name) : DcmInputStream(&producer), producer(name), path(name) {}
	DcmInputStreamFactory *newFactory() const override;

protected:
	RangeProducer producer;

private:
	OFString path;
};

/* How DCMTK comes back for a long value that it passed over. */
class RangeFactory : public DcmInputFileStreamFactory {
public:
	RangeFactory(const OFString &path, offile_off_t offset)
	        : DcmInputFileStreamFactory(OFFilename(path), offset), name(path)
	{
	}
	DcmInputStream *create() const override
	{
		RangeStream *stream = new RangeStream(name.c_str());

		stream->skip(getOffset());
		return stream;
	}
	DcmInputStreamFactory *clone() const override { return new RangeFactory(*this); }

private:
	OFString name;
};

inline DcmInputStreamFactory *RangeStream::newFactory() const
{
	/* what was inflated lies nowhere */
	return currentProducer() == &producer ? new RangeFactory(path, tell()) : nullptr;
}

#endif
