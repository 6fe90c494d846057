/* verify.c - format_write: what was written, read back and compared with what was given. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alg/convert.h"
#include "beside.h"
#include "format.h"
#include "inflate.h"
#include "io/keys.h"

/* A part of a file that went bad on its way has another CRC-32 in all but one of four billion cases. */
struct sum {
	uint32_t crc;
	uint64_t bytes;
};

static void add(void *ctx, const void *voxels, size_t bytes)
{
	struct sum *s = ctx;

	s->crc = inflate_crc(s->crc, voxels, bytes);
	s->bytes += bytes;
}

/* What the system still has of the file in memory is let go: it is the disk that is asked. */
static void forget(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

static void take_away(const char *path)
{
	(void)unlink(path);
}

static void to_files(const struct vol_format *f, const char *path, const struct vol_head *head,
                     const struct format_write *how, void (*what)(const char *name))
{
	if (f->each_file)
		f->each_file(path, head, how, what);
	else
		what(path);
}

/* Was the place given up, or part of it? */
static bool no_place(const struct vol_format *f, const struct format_write *how)
{
	return f->bare || format_may_lose(how, "place") || format_may_lose(how, "oblique") || format_may_lose(how, "shear");
}

/* All voxels of `in`, as numbers of the type. -1 with err, also when one does not fit it. */
static int sum_up(struct vol_in *in, const struct vol_head *head, enum voxel_type type, const char *path,
                  struct sum *sum, struct vol_err *err)
{
	enum { RUN = 4096 };
	struct vol_slab slab;
	double wide[RUN];
	uint64_t narrow[RUN];
	int got;

	while ((got = vol_next(in, &slab, err)) > 0) {
		const char *at = slab.voxels;

		if (head->type == type) {
			add(sum, at, slab.n * voxel_size(type));
			continue;
		}
		for (size_t n; slab.n > 0; slab.n -= n, at += n * voxel_size(head->type)) {
			n = slab.n < RUN ? slab.n : RUN;
			convert_to_double(at, head->type, n, wide);
			if (convert_from_double(wide, n, type, narrow) > 0)
				return vol_fail(err, path, "read back, voxels are not the ones given: one does not fit %s",
				                voxel_name(type));
			add(sum, narrow, n * voxel_size(type));
		}
	}
	return got;
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-6 * fmax(fabs(a), fabs(b));
}

/* only_sizes: the file holds no more. */
static int compare(const struct vol_head *given, const struct vol_head *got, bool only_sizes, const char *path, double *mm,
                   struct vol_err *err)
{
	double slope[2], intercept[2];

	if (memcmp(given->grid.size, got->grid.size, sizeof got->grid.size) != 0 || given->channels != got->channels ||
	    (given->list ? given->list : 1) != (got->list ? got->list : 1))
		return vol_fail(err, path, "read back, it has other sizes than were given");
	if (only_sizes)
		return 0;
	*mm = grid_corner_distance(&given->grid, &got->grid);
	if (!(*mm <= BESIDE_MM))
		return vol_fail(err, path, "read back, its grid is %.3g mm off", *mm);
	if (key_scaling(given, path, &slope[0], &intercept[0], err) < 0 || key_scaling(got, path, &slope[1], &intercept[1], err) < 0)
		return -1;
	if (!near(slope[0], slope[1]) || !near(intercept[0], intercept[1]))
		return vol_fail(err, path, "read back, values are %g v %+g and not %g v %+g", slope[1], intercept[1], slope[0],
		                intercept[0]);
	return 0;
}

static int verify(const struct vol_format *f, const struct vol_head *given, const struct sum *sum, const char *path,
                  const struct format_write *how, struct vol_err *err)
{
	struct sum back = {0, 0};
	struct vol_head head;
	struct vol_in *in;
	double mm = 0;
	int rc;

	to_files(f, path, given, how, forget);
	in = f->reread ? f->reread(path, given, how, &head, err) : f->decode(path, &head, err);
	if (!in)
		return -1;
	rc = compare(given, &head, no_place(f, how), path, &mm, err);
	if (rc == 0)
		rc = sum_up(in, &head, given->type, path, &back, err);
	vol_close(in);
	vol_head_free(&head);
	if (rc == 0 && (back.crc != sum->crc || back.bytes != sum->bytes))
		rc = vol_fail(err, path, "read back, voxels are not the ones given");
	if (rc < 0)
		return -1;
	back.bytes /= voxel_size(given->type) * given->channels;
	if (no_place(f, how))
		vol_tell(path, "verified: %llu voxels are the same; %s", (unsigned long long)back.bytes,
		         f->bare ? "the file has no grid" : "the grid was given up");
	else
		vol_tell(path, "verified: %llu voxels are the same, the grid is %.2g mm off", (unsigned long long)back.bytes,
		         mm);
	return 0;
}

int format_write(const struct vol_format *f, struct vol_in *in, const struct vol_head *head, const char *path,
                 const struct format_write *how, struct vol_err *err)
{
	struct sum sum = {0, 0};

	if (!how->verify)
		return f->encode(in, head, path, how, err);
	vol_watch(in, add, &sum);
	if (f->encode(in, head, path, how, err) < 0)
		return -1;
	if (verify(f, head, &sum, path, how, err) == 0)
		return 0;
	to_files(f, path, head, how, take_away);
	return -1;
}
