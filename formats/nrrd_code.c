#include "nrrd_code.h"

#include <bzlib.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "io/head.h"

enum {
	WINDOW = 64 << 10, /* bytes of the file that are looked at together; bytes_peek shows no more */
	NUMBER_MAX = 63    /* characters of a printed number */
};

enum kind { PLAIN, GZIP, BZIP2, ASCII, HEX, KINDS };

static const char *const names[KINDS] = {"raw", "gzip", "bzip2", "ascii", "hex"};

struct nrrd_code {
	struct bytes *b;
	enum kind kind;
	enum voxel_type type;
	bz_stream bz;
	bool bz_open, bz_ended;     /* bz_ended: a stream was whole, and another may follow */
	unsigned char rest[8];      /* of a printed number: bytes that the last read had no room for */
	size_t rest_n;
};

static enum kind kind_of(const char *encoding)
{
	int k = 0;

	while (k < KINDS && strcmp(encoding, names[k]) != 0)
		k++;
	return k;
}

bool nrrd_code_known(const char *encoding)
{
	return kind_of(encoding) != KINDS;
}

bool nrrd_code_text(const char *encoding)
{
	return kind_of(encoding) == ASCII;
}

bool nrrd_code_printed(const char *encoding)
{
	return kind_of(encoding) == ASCII || kind_of(encoding) == HEX;
}

struct nrrd_code *nrrd_code_open(struct bytes *b, const char *encoding, enum voxel_type type, struct vol_err *err)
{
	struct nrrd_code *c = calloc(1, sizeof *c);

	if (!c) {
		vol_fail(err, bytes_name(b), "out of memory");
		bytes_close(b);
		return NULL;
	}
	c->b = b;
	c->kind = kind_of(encoding);
	c->type = type;
	if (c->kind == GZIP && bytes_gunzip(b, err) < 0) {
		nrrd_code_close(c);
		return NULL;
	}
	return c;
}

void nrrd_code_close(struct nrrd_code *c)
{
	if (!c)
		return;
	if (c->bz_open)
		BZ2_bzDecompressEnd(&c->bz);
	bytes_close(c->b);
	free(c);
}

struct bytes *nrrd_code_plain(struct nrrd_code *c)
{
	return c->kind == PLAIN || c->kind == GZIP ? c->b : NULL;
}

/* ---- bzip2 ---- */

/* Stands before a stream. 1: it is begun; 0: there is none, and nothing else; -1. */
static int begin_stream(struct nrrd_code *c, const unsigned char *p, ssize_t have, struct vol_err *err)
{
	int rc;

	if (have == 0 && c->bz_ended)
		return 0;
	if (c->bz_ended && (have < 3 || memcmp(p, "BZh", 3) != 0))
		return vol_fail(err, bytes_name(c->b), "other bytes follow after the bzip2 data");
	rc = BZ2_bzDecompressInit(&c->bz, 0, 0);
	if (rc != BZ_OK)
		return vol_fail(err, bytes_name(c->b), "out of memory");
	c->bz_open = true;
	return 1;
}

static int end_stream(struct nrrd_code *c)
{
	BZ2_bzDecompressEnd(&c->bz);
	memset(&c->bz, 0, sizeof c->bz);
	c->bz_open = false;
	c->bz_ended = true;
	return 0;
}

static ssize_t read_bzip2(struct nrrd_code *c, char *buf, size_t n, struct vol_err *err)
{
	size_t done = 0;

	while (done < n) {
		const unsigned char *p;
		ssize_t have = bytes_peek(c->b, &p, WINDOW, err);
		int rc = have < 0 ? -1 : c->bz_open ? 1 : begin_stream(c, p, have, err);
		unsigned room = n - done < 1 << 30 ? (unsigned)(n - done) : 1 << 30;

		if (rc <= 0)
			return rc < 0 ? -1 : (ssize_t)done;
		c->bz.next_in = (char *)p;
		c->bz.avail_in = (unsigned)have;
		c->bz.next_out = buf + done;
		c->bz.avail_out = room;
		rc = BZ2_bzDecompress(&c->bz);
		done += room - c->bz.avail_out;
		if (rc == BZ_MEM_ERROR)
			return vol_fail(err, bytes_name(c->b), "out of memory");
		if (rc != BZ_OK && rc != BZ_STREAM_END)
			return vol_fail(err, bytes_name(c->b), "bzip2 data is damaged");
		if (rc == BZ_OK && have == 0 && c->bz.avail_out == room)
			return vol_fail(err, bytes_name(c->b), "bzip2 data ends early");
		if (bytes_skip(c->b, (uint64_t)have - c->bz.avail_in, err) < 0)
			return -1;
		if (rc == BZ_STREAM_END)
			end_stream(c);
	}
	return (ssize_t)done;
}

/* ---- numbers in print ---- */

static bool separates(unsigned char ch)
{
	return isspace(ch) || ch == ',';
}

static size_t put_number(const struct nrrd_code *c, double x, unsigned char to[8])
{
	size_t n = voxel_size(c->type);
	uint64_t bits = 0;
	float f = (float)x;

	if (c->type == VOXEL_DOUBLE)
		memcpy(&bits, &x, 8);
	else if (c->type == VOXEL_FLOAT)
		memcpy(&bits, &f, 4);
	else
		bits = (uint64_t)(int64_t)x;
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)(bits >> 8 * i);
	return n;
}

static int take_number(struct nrrd_code *c, const unsigned char *p, size_t len, struct vol_err *err)
{
	char text[NUMBER_MAX + 1];
	double lo, hi, x;

	memcpy(text, p, len);
	text[len] = '\0';
	if (!vol_parse_number(text, &x))
		return vol_fail(err, bytes_name(c->b), "'%.60s' among the voxels is no number", text);
	if (voxel_is_integer(c->type, &lo, &hi) && !(x >= lo && x <= hi && x == (double)(int64_t)x))
		return vol_fail(err, bytes_name(c->b), "%s among the voxels is no %s", text, voxel_name(c->type));
	c->rest_n = put_number(c, x, c->rest);
	return 0;
}

/* The next number to c->rest; *at is where in the window of n bytes. 1; 0: none in there that is whole; -1. */
static int next_number(struct nrrd_code *c, const unsigned char *p, size_t n, bool last, size_t *at, struct vol_err *err)
{
	size_t end;

	while (*at < n && separates(p[*at]))
		(*at)++;
	for (end = *at; end < n && !separates(p[end]); end++)
		;
	if (end - *at > NUMBER_MAX)
		return vol_fail(err, bytes_name(c->b), "has something among its voxels that is no number");
	if (end == *at || (end == n && !last))
		return 0;
	if (end == n)
		vol_warn(bytes_name(c->b), "ends with a digit and no line end: its last number may be cut short");
	if (take_number(c, p + *at, end - *at, err) < 0)
		return -1;
	*at = end;
	return 1;
}

static void give(struct nrrd_code *c, unsigned char **to, size_t *n)
{
	size_t k = c->rest_n < *n ? c->rest_n : *n;

	memcpy(*to, c->rest, k);
	memmove(c->rest, c->rest + k, c->rest_n - k);
	c->rest_n -= k;
	*to += k;
	*n -= k;
}

static ssize_t read_ascii(struct nrrd_code *c, unsigned char *buf, size_t n, struct vol_err *err)
{
	unsigned char *to = buf;

	give(c, &to, &n);
	while (n) {
		const unsigned char *p;
		ssize_t have = bytes_peek(c->b, &p, WINDOW, err);
		size_t at = 0;
		int rc = have < 0 ? -1 : 1;

		while (rc > 0 && n) {
			rc = next_number(c, p, (size_t)have, have < WINDOW, &at, err);
			if (rc > 0)
				give(c, &to, &n);
		}
		if (rc < 0 || bytes_skip(c->b, at, err) < 0)
			return -1;
		if (rc == 0 && have < WINDOW)
			break;
	}
	return to - buf;
}

/* ---- hexadecimal ---- */

static int digit(unsigned char ch)
{
	return ch >= '0' && ch <= '9' ? ch - '0' : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10
	     : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10 : -1;
}

/* Pairs of digits, blanks and line ends anywhere between them. A pair's first digit waits in c->rest. */
static ssize_t read_hex(struct nrrd_code *c, unsigned char *buf, size_t n, struct vol_err *err)
{
	unsigned char *to = buf, *end = buf + n;

	while (to < end) {
		const unsigned char *p;
		ssize_t have = bytes_peek(c->b, &p, WINDOW, err);
		size_t at = 0;

		if (have < 0)
			return -1;
		for (; at < (size_t)have && to < end; at++) {
			int d = digit(p[at]);

			if (isspace(p[at]))
				continue;
			if (d < 0)
				return vol_fail(err, bytes_name(c->b), "has a byte 0x%02x among hexadecimal digits", p[at]);
			if (c->rest_n)
				*to++ = (unsigned char)(c->rest[0] << 4 | d);
			c->rest[0] = (unsigned char)d;
			c->rest_n = !c->rest_n;
		}
		if (bytes_skip(c->b, at, err) < 0)
			return -1;
		if (have == 0)
			break;
	}
	return to - buf;
}

/* ---- all of them ---- */

ssize_t nrrd_code_read(struct nrrd_code *c, void *buf, size_t n, struct vol_err *err)
{
	switch (c->kind) {
	case BZIP2:
		return read_bzip2(c, buf, n, err);
	case ASCII:
		return read_ascii(c, buf, n, err);
	case HEX:
		return read_hex(c, buf, n, err);
	default:
		return bytes_read(c->b, buf, n, err);
	}
}

int64_t nrrd_code_rest(struct nrrd_code *c, struct vol_err *err)
{
	char spill[4096];
	int64_t n = 0;
	ssize_t got;

	if (nrrd_code_plain(c))
		return bytes_rest(c->b, err);
	while ((got = nrrd_code_read(c, spill, sizeof spill, err)) > 0)
		n += got;
	return got < 0 ? -1 : n;
}

int nrrd_code_skip(struct nrrd_code *c, uint64_t n, struct vol_err *err)
{
	char spill[4096];

	if (nrrd_code_plain(c))
		return bytes_skip(c->b, n, err);
	while (n) {
		ssize_t got = nrrd_code_read(c, spill, n < sizeof spill ? (size_t)n : sizeof spill, err);

		if (got < 0)
			return -1;
		if (got == 0)
			return vol_fail(err, bytes_name(c->b), "ends %llu bytes before its voxels should start",
			                (unsigned long long)n);
		n -= (uint64_t)got;
	}
	return 0;
}

int nrrd_code_end(struct nrrd_code *c, struct vol_err *err)
{
	unsigned char one;
	ssize_t got;

	if (nrrd_code_plain(c))
		return bytes_end(c->b, err);
	got = nrrd_code_read(c, &one, 1, err);
	if (got == 0 && c->kind == HEX && c->rest_n)
		return vol_fail(err, bytes_name(c->b), "has an odd number of hexadecimal digits");
	return got < 0 ? -1 : got > 0;
}
