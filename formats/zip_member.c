/* zip_member.c - the bytes of a member of an archive.
 *
 * Of what stands before them only as much is believed as is needed to find them. */
#include <stdlib.h>

#include "inflate.h"
#include "zip_inside.h"

enum {
	LOCAL_BYTES = 30,
	IN_SIZE = 128 << 10,
	RATIO_MAX = 1100 /* deflate's is 1032 */
};

enum { STORED = 0, DEFLATED = 8, ENCRYPTED = 1 };

struct member {
	struct zip *zip;
	const struct zip_entry *entry;
	char name[128];            /* for messages */
	uint64_t at, packed_left;  /* of the bytes in the file not yet read */
	uint64_t left;             /* of the member */
	uint32_t crc;
	struct inflater *inflater; /* NULL: stored */
	unsigned char *in;         /* IN_SIZE */
	size_t in_pos, in_len;
	bool ended;                /* the deflate data is at its end */
};

static int member_fail(const struct member *m, const char *what, struct vol_err *err)
{
	return vol_fail(err, m->zip->name, "member '%s' %s", m->name, what);
}

/* Where its bytes begin: after a header of its own, which has a name and an extra field too. */
static int find_bytes(struct member *m, struct vol_err *err)
{
	const struct zip *z = m->zip;
	const struct zip_entry *e = m->entry;
	unsigned char local[LOCAL_BYTES];
	uint64_t skip;

	if (e->flags & ENCRYPTED)
		return member_fail(m, "is encrypted: decrypt it first", err);
	if (e->method != STORED && e->method != DEFLATED)
		return vol_fail(err, z->name, "member '%s' is compressed by method %u, not stored or deflated: pack it "
		                              "anew with numpy.savez", m->name, e->method);
	if (e->offset > z->directory || z->directory - e->offset < LOCAL_BYTES)
		return zip_damaged(z, err);
	if (zip_get(z, local, sizeof local, e->offset, err) < 0)
		return -1;
	skip = LOCAL_BYTES + zip_little(local + 26, 2) + zip_little(local + 28, 2);
	if (!zip_is(local, "PK\3\4") || zip_little(local + 26, 2) != e->name_len || zip_little(local + 8, 2) != e->method)
		return member_fail(m, "does not stand where the directory says", err);
	if (skip > z->directory - e->offset || e->packed > z->directory - e->offset - skip)
		return zip_damaged(z, err);
	if (e->method == STORED ? e->packed != e->size : e->size / RATIO_MAX > e->packed)
		return zip_damaged(z, err);
	m->at = e->offset + skip;
	m->packed_left = e->packed;
	m->left = e->size;
	return 0;
}

static void member_close(void *ctx)
{
	struct member *m = ctx;

	zip_close(m->zip);
	if (m->inflater)
		inflater_free(m->inflater);
	free(m->in);
	free(m);
}

void *zip_member_open(struct zip *z, const struct zip_entry *e, struct vol_err *err)
{
	struct member *m = calloc(1, sizeof *m);
	size_t len = e->name_len < sizeof m->name - 1 ? e->name_len : sizeof m->name - 1;

	if (!m) {
		vol_fail(err, z->name, "out of memory");
		return NULL;
	}
	m->zip = z;
	z->users++;
	m->entry = e;
	memcpy(m->name, e->name, len);
	if (find_bytes(m, err) < 0) {
		member_close(m);
		return NULL;
	}
	if (e->method == DEFLATED) {
		m->inflater = inflater_new();
		m->in = malloc(IN_SIZE);
		if (!m->inflater || !m->in) {
			vol_fail(err, z->name, "out of memory");
			member_close(m);
			return NULL;
		}
		inflater_bare(m->inflater);
	}
	return m;
}

static int get_packed(struct member *m, void *buf, size_t n, struct vol_err *err)
{
	if (zip_get(m->zip, buf, n, m->at, err) < 0)
		return -1;
	m->at += n;
	m->packed_left -= n;
	return 0;
}

/* Inflate up to n bytes; fewer only at the end of the deflate data. */
static ssize_t inflate_some(struct member *m, unsigned char *buf, size_t n, struct vol_err *err)
{
	unsigned char *out = buf, *end = buf + n;

	while (out < end && !m->ended) {
		const unsigned char *in;
		unsigned char *before = out;
		size_t have;

		if (m->in_pos == m->in_len) {
			m->in_pos = 0;
			m->in_len = m->packed_left < IN_SIZE ? (size_t)m->packed_left : IN_SIZE;
			if (m->in_len && get_packed(m, m->in, m->in_len, err) < 0)
				return -1;
		}
		in = m->in + m->in_pos;
		have = m->in_len - m->in_pos;
		enum inflate_step step = inflater_step(m->inflater, &in, have, &out, (size_t)(end - out));

		m->in_pos = (size_t)(in - m->in);
		if (step == INFLATE_BAD || (step == INFLATE_ON && have == 0 && out == before))
			return member_fail(m, "is damaged: its deflate data", err);
		m->ended = step == INFLATE_MEMBER_END;
	}
	return out - buf;
}

static ssize_t member_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct member *m = ctx;
	ssize_t got;

	if (n > m->left)
		n = (size_t)m->left;
	if (m->inflater)
		got = inflate_some(m, buf, n, err);
	else
		got = get_packed(m, buf, n, err) < 0 ? -1 : (ssize_t)n;
	if (got < 0)
		return -1;
	if ((size_t)got < n)
		return member_fail(m, "is damaged: its deflate data ends early", err);
	m->crc = inflate_crc(m->crc, buf, n);
	m->left -= n;
	return got;
}

/* After the last byte that is wanted. */
static int member_finish(void *ctx, struct vol_err *err)
{
	struct member *m = ctx;
	unsigned char more;

	if (m->left)
		return member_fail(m, "goes on after the last number", err);
	if (m->inflater) {
		ssize_t got = inflate_some(m, &more, 1, err);

		if (got != 0)
			return got < 0 ? -1 : member_fail(m, "is damaged: its deflate data goes on", err);
		if (m->packed_left)
			return member_fail(m, "is damaged: other bytes after its deflate data", err);
	}
	if (m->crc != m->entry->crc)
		return member_fail(m, "is damaged: its checksum does not fit", err);
	return 0;
}

const struct vol_source zip_member_source = {
	.read = member_read, .finish = member_finish, .close = member_close,
};
