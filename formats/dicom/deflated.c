/* deflated.c - pixels out of a deflated data set (PS3.5, A.5). Not by DCMTK, which goes on with
 * bytes of its own where the compressed data end early. */
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "io/fd.h"
#include "pixels.h"

enum { CHUNK = 64 << 10, TAIL_MAX = 16 << 20 };

/* Where in the file inflate_some reads, up to `end`. */
struct range {
	int fd;
	uint64_t at, end;
};

/* Inflate n bytes to out, or to nowhere when out is NULL. Returns what came; fewer: the end. */
static uint64_t inflate_some(z_stream *z, struct range *from, unsigned char *in, unsigned char *out, uint64_t n,
                             bool *ended)
{
	unsigned char scrap[4096];
	uint64_t got = 0;

	while (got < n && !*ended) {
		uint64_t left = n - got, room = out || left < sizeof scrap ? left : sizeof scrap;
		bool dry = false;
		int rc;

		if (z->avail_in == 0) {
			uint64_t more = from->end - from->at;
			ssize_t r = pread(from->fd, in, more < CHUNK ? (size_t)more : CHUNK, (off_t)from->at);

			if (r < 0)
				break;
			dry = r == 0; /* what zlib holds back may still come */
			from->at += (uint64_t)r;
			z->next_in = in;
			z->avail_in = (uInt)r;
		}
		room = room < (1 << 30) ? room : 1 << 30;
		z->next_out = out ? out + got : scrap;
		z->avail_out = (uInt)room;
		rc = inflate(z, Z_NO_FLUSH);
		got += room - z->avail_out;
		*ended = rc == Z_STREAM_END;
		if ((rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) || (rc == Z_BUF_ERROR && dry))
			break;
	}
	return got;
}

int deflated_read(const char *path, int fd, uint64_t end, const struct dicom_pixels *p, void *out, size_t n,
                  struct vol_err *err)
{
	unsigned char *in = malloc(CHUNK);
	struct range from = {fd, p->deflated_from, end > p->deflated_from ? end : p->deflated_from};
	z_stream z = {0};
	bool ended = false;
	uint64_t before = p->offset - p->deflated_from, got = 0;
	int rc = 0;

	if (!in || inflateInit2(&z, -15) != Z_OK) {
		free(in);
		return vol_fail(err, path, "cannot be inflated");
	}
	if (inflate_some(&z, &from, in, NULL, before, &ended) == before)
		got = inflate_some(&z, &from, in, out, n, &ended);
	if (got < n)
		rc = vol_fail(err, path, "ends after %llu of %zu bytes of pixels [truncated]",
		              (unsigned long long)got, n);
	/* to the end mark, which says that the data were whole; a long tail is not ours to judge */
	else if (inflate_some(&z, &from, in, NULL, TAIL_MAX, &ended) < TAIL_MAX && !ended)
		rc = vol_fail(err, path, "deflated data end early [truncated]");
	inflateEnd(&z);
	free(in);
	return rc;
}

static int unpack(const char *path, z_stream *z, struct range *from, unsigned char *buf, int to, uint64_t n,
                  struct vol_err *err)
{
	bool ended = false;
	uint64_t done = 0, got;

	while (done < n) {
		uint64_t part = n - done < CHUNK ? n - done : CHUNK;

		got = inflate_some(z, from, buf, buf + CHUNK, part, &ended);
		if (fd_write(to, buf + CHUNK, got, "temporary file", err) < 0)
			return -1;
		done += got;
		if (got < part)
			return vol_fail(err, path, "ends after %llu of %llu bytes of pixels [truncated]", (unsigned long long)done,
			                (unsigned long long)n);
	}
	if (inflate_some(z, from, buf, NULL, TAIL_MAX, &ended) < TAIL_MAX && !ended)
		return vol_fail(err, path, "deflated data end early [truncated]");
	return 0;
}

int deflated_unpack(const char *path, int fd, uint64_t end, const struct dicom_pixels *p, int to, uint64_t n,
                    struct vol_err *err)
{
	unsigned char *buf = malloc(2 * CHUNK);
	struct range from = {fd, p->deflated_from, end > p->deflated_from ? end : p->deflated_from};
	uint64_t before = p->offset - p->deflated_from;
	bool ended = false;
	z_stream z = {0};
	int rc;

	if (!buf || inflateInit2(&z, -15) != Z_OK) {
		free(buf);
		return vol_fail(err, path, "cannot be inflated");
	}
	if (inflate_some(&z, &from, buf, NULL, before, &ended) < before)
		rc = vol_fail(err, path, "deflated data end early [truncated]");
	else
		rc = unpack(path, &z, &from, buf, to, n, err);
	inflateEnd(&z);
	free(buf);
	return rc;
}
