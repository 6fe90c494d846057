/* raw.c - raw voxels as a format, as far as they are one: all that is known of them is said by who reads. */
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>

#include "alg/swap.h"
#include "bare.h"
#include "bytes.h"
#include "io/outfile.h"

/* ---- reading ---- */

static ssize_t source_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	return bytes_read(ctx, buf, n, err);
}

static int64_t source_drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	return bytes_drain(ctx, fd, fd_name, n, err);
}

static int source_finish(void *ctx, struct vol_err *err)
{
	int more = bytes_end(ctx, err);

	return more > 0 ? vol_fail(err, bytes_name(ctx), "bytes follow after the last voxel: sizes, type or --skip are wrong")
	                : more;
}

static void source_close(void *ctx)
{
	bytes_close(ctx);
}

static const struct vol_source source = {
	.read = source_read, .drain = source_drain, .finish = source_finish, .close = source_close,
};

static int check_length(struct bytes *b, const struct vol_head *head, uint64_t skip, struct vol_err *err)
{
	int64_t have = bytes_left(b);
	uint64_t voxels = vol_head_bytes(head);
	int more = bytes_end(b, err);

	if (more <= 0)
		return more < 0 ? -1 : vol_fail(err, bytes_name(b), "is empty: nothing came to read");
	if (have < 0 || ((uint64_t)have >= skip && (uint64_t)have - skip == voxels))
		return 0;
	return vol_fail(err, bytes_name(b), "holds %lld bytes, not %llu to skip and %llu of voxels: sizes, type or --skip are "
	                "wrong", (long long)have, (unsigned long long)skip, (unsigned long long)voxels);
}

struct vol_in *raw_open(const char *path, const struct vol_head *head, bool big, uint64_t skip, struct vol_err *err)
{
	/* gzip's magic may be the first voxel */
	struct bytes *b = bytes_open_plain(path, err);

	if (!b)
		return NULL;
	if (vol_head_check(head, bytes_name(b), err) < 0 || check_length(b, head, skip, err) < 0 ||
	    bytes_skip(b, skip, err) < 0) {
		bytes_close(b);
		return NULL;
	}
	return vol_open_source(&source, b, bytes_name(b), head, big, err);
}

static struct vol_in *decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	vol_head_init(head);
	vol_fail(err, path, "is raw voxels by its name, which do not say what they are: raw2vol reads them");
	return NULL;
}

static struct vol_in *reread(const char *path, const struct vol_head *given, const struct format_write *how,
                             struct vol_head *head, struct vol_err *err)
{
	vol_head_init(head);
	head->type = given->type;
	head->channels = given->channels;
	head->grid = given->grid;
	head->list = given->list;
	return raw_open(path, head, how->big, 0, err);
}

/* ---- writing ---- */

struct line {
	char *s;
	size_t n, size;
};

static void add(struct line *l, const char *before, const double *x, int n)
{
	char number[32];

	for (int i = 0; i < n && l->n < l->size; i++)
		l->n += (size_t)snprintf(l->s + l->n, l->size - l->n, "%s%s", i ? "," : before, vol_number(number, x[i]));
}

void raw_line(const struct vol_head *head, bool big, char *line, size_t size)
{
	const struct vol_grid *g = &head->grid;
	const double n[] = {(double)g->size[0], (double)g->size[1], (double)g->size[2], (double)head->list};
	const double channels = head->channels;
	double diagonal[3], zero = 0;
	struct line l = {.s = line, .size = size};
	bool plain = true;

	for (int a = 0; a < 3; a++) {
		diagonal[a] = g->direction[a][a];
		plain = plain && diagonal[a] > 0;
		for (int w = 0; w < 3; w++)
			plain = plain && (w == a || g->direction[a][w] == 0);
		zero = zero != 0 || g->origin[a] != 0;
	}
	add(&l, "raw2vol -n ", n, head->list ? 4 : 3);
	if (channels > 1)
		add(&l, " --channels ", &channels, 1);
	l.n += (size_t)snprintf(line + l.n, size - l.n, " --type %s%s", voxel_name(head->type),
	                        big && voxel_size(head->type) > 1 ? " --endian big" : "");
	if (plain)
		add(&l, " -s ", diagonal, 3);
	else
		add(&l, " --directions ", g->direction[0], 9);
	if (zero != 0)
		add(&l, " --origin ", g->origin, 3);
}

static int write_swapped(struct vol_in *in, size_t number, struct outfile *o, struct vol_err *err)
{
	struct vol_slab slab;
	void *swapped;
	int got;

	if (posix_memalign(&swapped, 4096, VOL_SLAB) != 0)
		return vol_fail(err, outfile_name(o), "out of memory");
	while ((got = vol_next(in, &slab, err)) > 0) {
		swap_copy(swapped, slab.voxels, slab.n, number);
		if (outfile_write(o, swapped, slab.n * number, err) < 0) {
			got = -1;
			break;
		}
	}
	free(swapped);
	return got;
}

static int encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
                  struct vol_err *err)
{
	size_t number = voxel_size(head->type);
	struct outfile *o;
	char line[1024];
	int rc;

	if (how->level > 0)
		return vol_fail(err, path ? path : "stdout", "raw voxels are never compressed: pipe them through gzip");
	if (bare_tell(head, vol_in_name(in), "raw", err) < 0)
		return -1;
	o = outfile_create(path, how->flags | OUTFILE_BINARY, err);
	if (!o)
		return -1;
	raw_line(head, how->big, line, sizeof line);
	vol_note(outfile_name(o), "to read it: %s", line);
	rc = how->big && number > 1 ? write_swapped(in, number, o, err) : vol_drain(in, outfile_fd(o), outfile_name(o), err);
	if (rc < 0) {
		outfile_abandon(o);
		return -1;
	}
	return outfile_commit(o, err);
}

static const char *const suffixes[] = {".raw", NULL};

const struct vol_format vol_format_raw = {
	.name = "raw",
	.suffixes = suffixes,
	.decode = decode,
	.encode = encode,
	.bare = true,
	.reread = reread,
};
