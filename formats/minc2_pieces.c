#include "minc2_pieces.h"

#include <stdlib.h>
#include <string.h>

#include "inflate.h"

enum { PIECE_MAX = 16 << 20, DEFLATE = 1 /* H5Z_FILTER_DEFLATE */ };

struct minc2_pieces {
	const struct minc_lib *lib;
	const struct minc_file *f;
	hid_t data;
	hsize_t edge[MINC_DIMS];       /* of a piece */
	size_t number, bytes;          /* bytes of a number, of a piece */
	unsigned char *piece, *packed; /* packed: of as many bytes */
	struct inflater *inflater;
};

struct minc2_pieces *minc2_pieces_new(const struct minc_lib *lib, hid_t data, const struct minc_file *f)
{
	struct minc2_pieces *p = calloc(1, sizeof *p);
	hid_t plan = lib->H5Dget_create_plist(data);
	unsigned flags, config, value[1];
	size_t values = 1;
	uint64_t bytes = voxel_size(f->type);

	if (!p || plan < 0 || lib->H5Pget_chunk(plan, MINC_DIMS, p->edge) != f->dims || lib->H5Pget_nfilters(plan) != 1 ||
	    lib->H5Pget_filter2(plan, 0, &flags, &values, value, 0, NULL, &config) != DEFLATE) {
		free(p);
		return NULL;
	}
	for (int d = 0; d < f->dims; d++)
		if (p->edge[d] == 0 || !size_mul(bytes, p->edge[d], &bytes) || bytes > PIECE_MAX) {
			free(p);
			return NULL;
		}
	p->lib = lib;
	p->f = f;
	p->data = data;
	p->number = voxel_size(f->type);
	p->bytes = (size_t)bytes;
	p->piece = malloc(p->bytes);
	p->packed = malloc(p->bytes);
	p->inflater = inflater_new();
	if (p->piece && p->packed && p->inflater)
		return p;
	free(p->piece);
	free(p->packed);
	inflater_free(p->inflater);
	free(p);
	return NULL;
}

static bool unpack(struct minc2_pieces *p, size_t packed)
{
	const unsigned char *in = p->packed, *in_end = in + packed;
	unsigned char *out = p->piece, *out_end = out + p->bytes;
	enum inflate_step step = INFLATE_ON;

	inflater_zlib(p->inflater);
	while (step == INFLATE_ON) {
		const unsigned char *in_was = in;
		unsigned char *out_was = out;

		step = inflater_step(p->inflater, &in, (size_t)(in_end - in), &out, (size_t)(out_end - out));
		if (step == INFLATE_ON && in == in_was && out == out_was)
			return false;
	}
	return step == INFLATE_MEMBER_END && out == out_end;
}

static bool take_piece(struct minc2_pieces *p, const hsize_t at[])
{
	hsize_t packed = 0;
	uint32_t left_out = 0; /* filters that were not used for it */

	if (p->lib->H5Dget_chunk_storage_size(p->data, at, &packed) < 0 || packed == 0 || packed > p->bytes ||
	    p->lib->H5Dread_chunk(p->data, 0, at, &left_out, p->packed) < 0 || left_out)
		return false;
	return unpack(p, (size_t)packed);
}

/* What the piece and the block have in common. */
static void copy(const struct minc2_pieces *p, const hsize_t at[], const uint64_t start[], const uint64_t count[],
                 unsigned char *buf)
{
	int dims = p->f->dims, last = dims - 1, d;
	uint64_t lo[MINC_DIMS], hi[MINC_DIMS], i[MINC_DIMS];

	for (d = 0; d < dims; d++) {
		lo[d] = i[d] = at[d] > start[d] ? at[d] : start[d];
		hi[d] = at[d] + p->edge[d] < start[d] + count[d] ? at[d] + p->edge[d] : start[d] + count[d];
	}
	do {
		size_t from = 0, to = 0;

		for (d = 0; d < dims; d++) {
			from = from * p->edge[d] + (size_t)(i[d] - at[d]);
			to = to * count[d] + (size_t)(i[d] - start[d]);
		}
		memcpy(buf + to * p->number, p->piece + from * p->number, (size_t)(hi[last] - lo[last]) * p->number);
		for (d = last - 1; d >= 0 && ++i[d] == hi[d]; d--)
			i[d] = lo[d];
	} while (d >= 0);
}

bool minc2_pieces_read(struct minc2_pieces *p, const uint64_t start[], const uint64_t count[], void *buf)
{
	int dims = p->f->dims, d;
	hsize_t at[MINC_DIMS];

	for (d = 0; d < dims; d++)
		at[d] = start[d] - start[d] % p->edge[d];
	do {
		if (!take_piece(p, at))
			return false;
		copy(p, at, start, count, buf);
		for (d = dims - 1; d >= 0 && (at[d] += p->edge[d]) >= start[d] + count[d]; d--)
			at[d] = start[d] - start[d] % p->edge[d];
	} while (d >= 0);
	return true;
}
