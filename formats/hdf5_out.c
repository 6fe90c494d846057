#include "hdf5_out.h"

#include <stdlib.h>
#include <string.h>

enum message { DATASPACE = 1, LINK_INFO = 2, DATATYPE = 3, FILL_VALUE = 5, LINK = 6, LAYOUT = 8, GROUP_INFO = 10,
               FILTERS = 11, ATTRIBUTE = 12, ATTRIBUTE_INFO = 21 };
enum { TREE_K = 32, TREE_CHILDREN = 2 * TREE_K, DEFLATE = 1 };

/* ---- bytes ---- */

void hdf5_put(struct hdf5_out *o, const void *bytes, size_t n)
{
	if (o->failed)
		return;
	if (o->room - o->n < n) {
		size_t room = 2 * o->room + n + 256;
		unsigned char *p = realloc(o->p, room);

		if (!p) {
			o->failed = true;
			return;
		}
		o->p = p;
		o->room = room;
	}
	if (n)
		memcpy(o->p + o->n, bytes, n);
	o->n += n;
}

void hdf5_free(struct hdf5_out *o)
{
	free(o->p);
	o->p = NULL;
	o->n = o->room = 0;
}

uint64_t hdf5_here(const struct hdf5_out *o)
{
	return o->base + o->n;
}

static void put(struct hdf5_out *o, uint64_t value, unsigned bytes)
{
	hdf5_put(o, &value, bytes); /* little-endian, as voxel.h asserts */
}

static uint32_t turn(uint32_t x, int by)
{
	return x << by | x >> (32 - by);
}

/* The checksum of HDF5: Bob Jenkins' lookup3, "hashlittle", from 0. */
static uint32_t checksum(const unsigned char *p, size_t n)
{
	static const int step[6] = {4, 6, 8, 16, 19, 4}, last[7] = {14, 11, 25, 16, 4, 14, 24};
	uint32_t s[3];

	s[0] = s[1] = s[2] = 0xdeadbeef + (uint32_t)n;
	for (;;) {
		size_t part = n < 12 ? n : 12;

		for (size_t i = 0; i < part; i++)
			s[i / 4] += (uint32_t)p[i] << 8 * (i % 4);
		if (n <= 12)
			break;
		for (int i = 0; i < 6; i++) {
			uint32_t *a = &s[i % 3], *b = &s[(i + 1) % 3], *c = &s[(i + 2) % 3];

			*a -= *c;
			*a ^= turn(*c, step[i]);
			*c += *b;
		}
		p += part;
		n -= part;
	}
	if (n == 0)
		return s[2];
	for (int i = 0; i < 7; i++) {
		uint32_t *to = &s[(i + 2) % 3], *from = &s[(i + 1) % 3];

		*to ^= *from;
		*to -= turn(*from, last[i]);
	}
	return s[2];
}

/* ---- messages ---- */

static void message(struct hdf5_out *messages, enum message type, const struct hdf5_out *body)
{
	if (body->failed || body->n > UINT16_MAX) {
		messages->failed = true;
		return;
	}
	put(messages, type, 1);
	put(messages, body->n, 2);
	put(messages, 0, 1);
	hdf5_put(messages, body->p, body->n);
}

static void message_end(struct hdf5_out *messages, enum message type, struct hdf5_out *body)
{
	message(messages, type, body);
	hdf5_free(body);
}

/* No heap and no index of names: links and attributes are messages of the header. */
static void message_info(struct hdf5_out *messages, enum message type)
{
	struct hdf5_out body = {0};

	put(&body, 0, 2);
	put(&body, UINT64_MAX, 8);
	put(&body, UINT64_MAX, 8);
	message_end(messages, type, &body);
}

static void put_space(struct hdf5_out *o, int dims, const uint64_t *size)
{
	put(o, 2, 1);
	put(o, (uint64_t)dims, 1);
	put(o, 0, 1);
	put(o, dims > 0, 1);
	for (int d = 0; d < dims; d++)
		put(o, size[d], 8);
}

static void put_type(struct hdf5_out *o, enum voxel_type type)
{
	size_t bytes = voxel_size(type);
	double lo;

	if (voxel_is_integer(type, &lo, NULL)) {
		put(o, 0x10, 1);
		put(o, lo < 0 ? 8 : 0, 3);
		put(o, bytes, 4);
		put(o, 0, 2);
		put(o, 8 * bytes, 2);
		return;
	}
	put(o, 0x11, 1);
	put(o, 0x20, 1); /* a leading 1 that is not stored */
	put(o, 8 * bytes - 1, 2);
	put(o, bytes, 4);
	put(o, 0, 2);
	put(o, 8 * bytes, 2);
	put(o, bytes == 4 ? 23 : 52, 1);
	put(o, bytes == 4 ? 8 : 11, 1);
	put(o, 0, 1);
	put(o, bytes == 4 ? 23 : 52, 1);
	put(o, bytes == 4 ? 127 : 1023, 4);
}

uint64_t hdf5_end(struct hdf5_out *o, struct hdf5_out *messages)
{
	uint64_t address = hdf5_here(o);
	size_t start = o->n;

	o->failed = o->failed || messages->failed;
	hdf5_put(o, "OHDR", 4);
	put(o, 2, 1);
	put(o, 0x12, 1);    /* no times; limits of attributes; the length has four bytes */
	put(o, 0xffff, 2);  /* attributes stay in the header, however many there are */
	put(o, 0xfffe, 2);
	put(o, messages->n, 4);
	hdf5_put(o, messages->p, messages->n);
	if (!o->failed)
		put(o, checksum(o->p + start, o->n - start), 4);
	hdf5_free(messages);
	return address;
}

void hdf5_group(struct hdf5_out *messages)
{
	struct hdf5_out body = {0};

	message_info(messages, LINK_INFO);
	put(&body, 0, 2);
	message_end(messages, GROUP_INFO, &body);
	message_info(messages, ATTRIBUTE_INFO);
}

void hdf5_link(struct hdf5_out *messages, const char *name, uint64_t address)
{
	struct hdf5_out body = {0};

	put(&body, 1, 2);
	put(&body, strlen(name), 1);
	hdf5_put(&body, name, strlen(name));
	put(&body, address, 8);
	message_end(messages, LINK, &body);
}

static void put_layout(struct hdf5_out *o, const struct hdf5_data *d)
{
	uint64_t bytes = voxel_size(d->type);

	put(o, 3, 1);
	if (d->pieces) {
		put(o, 2, 1);
		put(o, (uint64_t)d->dims + 1, 1);
		put(o, d->address, 8);
		for (int i = 0; i < d->dims; i++)
			put(o, d->piece[i], 4);
		put(o, bytes, 4);
		return;
	}
	for (int i = 0; i < d->dims; i++)
		bytes *= d->size[i];
	put(o, 1, 1);
	put(o, d->address, 8);
	put(o, bytes, 8);
}

void hdf5_dataset(struct hdf5_out *messages, const struct hdf5_data *d)
{
	struct hdf5_out body = {0};

	put_space(&body, d->dims, d->size);
	message_end(messages, DATASPACE, &body);
	put_type(&body, d->type);
	message_end(messages, DATATYPE, &body);
	put(&body, 3, 1);
	put(&body, d->pieces ? 0x0b : 0x0a, 1); /* zeros; written where something is allocated */
	message_end(messages, FILL_VALUE, &body);
	put_layout(&body, d);
	message_end(messages, LAYOUT, &body);
	message_info(messages, ATTRIBUTE_INFO);
	if (!d->pieces)
		return;
	put(&body, 2, 1);
	put(&body, 1, 1);
	put(&body, DEFLATE, 2);
	put(&body, 0, 2);
	put(&body, 1, 2);
	put(&body, (uint64_t)d->level, 4);
	message_end(messages, FILTERS, &body);
}

/* ---- attributes ---- */

static void attribute(struct hdf5_out *messages, const char *name, struct hdf5_out *type, unsigned n, const void *data,
                      size_t bytes)
{
	struct hdf5_out body = {0}, space = {0};
	uint64_t size = n;

	put_space(&space, n ? 1 : 0, &size);
	put(&body, 3, 2);
	put(&body, strlen(name) + 1, 2);
	put(&body, type->n, 2);
	put(&body, space.n, 2);
	put(&body, 0, 1);
	hdf5_put(&body, name, strlen(name) + 1);
	hdf5_put(&body, type->p, type->n);
	hdf5_put(&body, space.p, space.n);
	hdf5_put(&body, data, bytes);
	body.failed = body.failed || type->failed || space.failed;
	hdf5_free(type);
	hdf5_free(&space);
	message_end(messages, ATTRIBUTE, &body);
}

void hdf5_text(struct hdf5_out *messages, const char *name, const char *text, size_t n)
{
	struct hdf5_out type = {0};
	char *ended = strndup(text, n);

	if (!ended) {
		messages->failed = true;
		return;
	}
	n = strlen(ended) + 1;
	put(&type, 0x13, 1);
	put(&type, 0, 3); /* ends with NUL, ASCII: libminc asks for nothing else */
	put(&type, n, 4);
	attribute(messages, name, &type, 0, ended, n);
	free(ended);
}

void hdf5_int(struct hdf5_out *messages, const char *name, int32_t value)
{
	struct hdf5_out type = {0};

	put_type(&type, VOXEL_INT32);
	attribute(messages, name, &type, 0, &value, sizeof value);
}

void hdf5_doubles(struct hdf5_out *messages, const char *name, const double *value, unsigned n)
{
	struct hdf5_out type = {0};

	put_type(&type, VOXEL_DOUBLE);
	attribute(messages, name, &type, n, value, (n ? n : 1) * sizeof *value);
}

/* ---- the index of pieces ---- */

struct tree {
	const struct hdf5_data *d;
	const struct hdf5_piece *pieces;
	uint64_t n;
	size_t node_bytes;
};

/* A key: a piece's size, and where it starts; behind the last one, a place after it. */
static void put_key(struct hdf5_out *o, const struct tree *t, uint64_t i)
{
	bool behind = i >= t->n;
	uint64_t rest = behind ? t->n - 1 : i, at[HDF5_DIMS_MAX] = {0};

	put(o, behind ? 0 : t->pieces[i].bytes, 4);
	put(o, 0, 4);
	for (int d = t->d->dims - 1; d >= 0; d--) {
		uint64_t along = (t->d->size[d] + t->d->piece[d] - 1) / t->d->piece[d];

		at[d] = (rest % along + behind) * t->d->piece[d];
		rest /= along;
	}
	for (int d = 0; d < t->d->dims; d++)
		put(o, at[d], 8);
	put(o, 0, 8);
}

/* The nodes of one level, each over `span` pieces a child; child i of the level is at child[i], or, at level 0, a
 * piece. They follow each other, so siblings are known. Returns the address of the first. */
static uint64_t put_level(struct hdf5_out *o, const struct tree *t, int level, uint64_t span, uint64_t first_child)
{
	uint64_t children = (t->n + span - 1) / span, address = hdf5_here(o);

	for (uint64_t c = 0; c < children; c += TREE_CHILDREN) {
		uint64_t n = children - c < TREE_CHILDREN ? children - c : TREE_CHILDREN, here = hdf5_here(o);
		size_t start = o->n;
		static const unsigned char zeros[256];

		hdf5_put(o, "TREE", 4);
		put(o, 1, 1);
		put(o, (uint64_t)level, 1);
		put(o, n, 2);
		put(o, c > 0 ? here - t->node_bytes : UINT64_MAX, 8);
		put(o, c + n < children ? here + t->node_bytes : UINT64_MAX, 8);
		for (uint64_t i = 0; i < n; i++) {
			put_key(o, t, (c + i) * span);
			put(o, level ? first_child + (c + i) * t->node_bytes : t->pieces[c + i].address, 8);
		}
		put_key(o, t, (c + n) * span);
		while (!o->failed && o->n - start < t->node_bytes) {
			size_t more = t->node_bytes - (o->n - start);

			hdf5_put(o, zeros, more < sizeof zeros ? more : sizeof zeros);
		}
	}
	return address;
}

uint64_t hdf5_index(struct hdf5_out *o, const struct hdf5_data *d, const struct hdf5_piece *pieces, uint64_t n)
{
	size_t key = 8 + 8 * ((size_t)d->dims + 1);
	struct tree t = {d, pieces, n, 24 + TREE_CHILDREN * (key + 8) + key};
	uint64_t span = 1, address = 0;
	int level = 0;

	do {
		address = put_level(o, &t, level++, span, address);
		span *= TREE_CHILDREN;
	} while (span < n);
	return address;
}

void hdf5_superblock(unsigned char bytes[HDF5_SUPERBLOCK], uint64_t root, uint64_t file_bytes)
{
	static const unsigned char start[12] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 2, 8, 8, 0};
	const uint64_t address[4] = {0, UINT64_MAX, file_bytes, root};
	uint32_t sum;

	memcpy(bytes, start, sizeof start);
	memcpy(bytes + 12, address, sizeof address);
	sum = checksum(bytes, HDF5_SUPERBLOCK - 4);
	memcpy(bytes + HDF5_SUPERBLOCK - 4, &sum, 4);
}
