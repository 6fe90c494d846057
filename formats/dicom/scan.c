#include "scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alg/bits.h"
#include "apart.h"
#include "dcmtk.h"
#include "input.h"
#include "io/fd.h"
#include "par.h"
#include "pixels.h"
#include "read.h"

enum { BATCH = 8, SLOTS = 64, MEASURE_CHUNK = 256 << 10 };

struct scan {
	struct dicom_set *set;
	struct dicom_frame *frames; /* one place a file, before they are closed up */
	struct dicom_frame **several; /* of files of more than one; else NULL */
	size_t *n_frames;           /* of each file */
	bool measure;
	size_t batch[SLOTS];        /* which batch of files a slot holds */
};

/* Could whole-numbered HU leave 16 bits, going by the bits stored? Only then is it worth knowing
 * which values there really are. */
static bool worth_measuring(const struct dicom_frame *f)
{
	const struct dicom_pixels *p = &f->pixels;
	double lo = p->is_signed ? INT16_MIN : 0, hi = p->is_signed ? INT16_MAX : UINT16_MAX;
	double a = f->slope * lo + f->intercept, b = f->slope * hi + f->intercept;

	return f->has_rescale && p->allocated == 16 && dicom_pixels_plain(p) && f->slope == rint(f->slope) &&
	       f->intercept == rint(f->intercept) &&
	       (fmin(a, b) < INT16_MIN || fmax(a, b) > INT16_MAX);
}

static void measure(const char *path, struct dicom_frame *f)
{
	const struct dicom_pixels *p = &f->pixels;
	uint64_t left = (uint64_t)p->rows * p->columns * 2;
	off_t at = (off_t)p->offset;
	void *buf = malloc(MEASURE_CHUNK);
	uint64_t start, end;
	int fd = input_open(path, &start, &end);
	int64_t lo = INT64_MAX, hi = INT64_MIN;
	struct vol_err ignored; /* a file that cannot be read is found out when its pixels are */

	while (buf && fd >= 0 && left) {
		size_t n = left < MEASURE_CHUNK ? (size_t)left : MEASURE_CHUNK;

		if (fd_pread(fd, buf, n, at, path, &ignored) != (ssize_t)n)
			break;
		if (p->is_signed)
			bits_range_int16(buf, n / 2, &lo, &hi);
		else
			bits_range_uint16(buf, n / 2, &lo, &hi);
		left -= n;
		at += (off_t)n;
	}
	f->has_measured = left == 0;
	f->measured[0] = lo;
	f->measured[1] = hi;
	if (fd >= 0)
		close(fd);
	free(buf);
}

static void work(void *ctx, size_t slot)
{
	struct scan *s = ctx;
	size_t first = s->batch[slot] * BATCH, stop = first + BATCH;

	if (stop > s->set->n_files)
		stop = s->set->n_files;
	for (size_t i = first; i < stop; i++) {
		struct dicom_frame *f = &s->frames[i];

		s->n_frames[i] = (size_t)dicom_read_facts(&s->set->files[i], f, &s->several[i], s->set->strings);
		f = s->several[i] ? s->several[i] : f;
		for (size_t k = 0; k < s->n_frames[i]; k++, f++) {
			f->file = i;
			if (s->measure && worth_measuring(f))
				measure(s->set->files[i].path, f);
		}
	}
}

static int read_all(struct scan *s, int threads, void (*progress)(void *, uint64_t, uint64_t),
                    void *ctx, struct vol_err *err)
{
	size_t batches = (s->set->n_files + BATCH - 1) / BATCH;
	struct par_ring *ring = par_ring_new(threads, SLOTS, work, s);

	if (!ring)
		return vol_fail(err, "", "out of memory");
	for (size_t b = 0; b < batches + SLOTS; b++) {
		size_t slot = b % SLOTS;

		par_wait(ring, slot);
		if (progress && b >= SLOTS)
			progress(ctx, (b - SLOTS + 1) * BATCH, batches * BATCH);
		if (b < batches) {
			s->batch[slot] = b;
			par_submit(ring, slot);
		}
	}
	par_ring_free(ring);
	return 0;
}

/* ---- files of one image ---- */

static const struct dicom_set *sorting; /* qsort has no context; scans are not nested */

static int by_uid(const void *a, const void *b)
{
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	int c = strcmp(sorting->files[i].sop_uid, sorting->files[j].sop_uid);

	return c ? c : i < j ? -1 : i > j;
}

/* Do the files hold the same bytes? What cannot be read is not the same. */
static bool same_bytes(const char *a, const char *b)
{
	uint64_t at[2], end[2];
	int fd[2] = {input_open(a, &at[0], &end[0]), input_open(b, &at[1], &end[1])};
	char *buf = malloc(2 * (size_t)MEASURE_CHUNK);
	struct vol_err ignored;
	bool same = buf && fd[0] >= 0 && fd[1] >= 0 && end[0] - at[0] == end[1] - at[1];

	while (same && at[0] < end[0]) {
		size_t n = end[0] - at[0] < MEASURE_CHUNK ? (size_t)(end[0] - at[0]) : MEASURE_CHUNK;

		same = fd_pread(fd[0], buf, n, (off_t)at[0], a, &ignored) == (ssize_t)n &&
		       fd_pread(fd[1], buf + MEASURE_CHUNK, n, (off_t)at[1], b, &ignored) == (ssize_t)n &&
		       memcmp(buf, buf + MEASURE_CHUNK, n) == 0;
		at[0] += n;
		at[1] += n;
	}
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	free(buf);
	return same;
}

static int mark_duplicates(struct dicom_set *set, struct vol_err *err)
{
	size_t *with_uid = calloc(set->n_files + 1, sizeof *with_uid), n = 0;

	if (!with_uid)
		return vol_fail(err, "", "out of memory");
	for (size_t i = 0; i < set->n_files; i++)
		if (set->files[i].sop_uid && set->files[i].status == DICOM_USED)
			with_uid[n++] = i;
	sorting = set;
	qsort(with_uid, n, sizeof *with_uid, by_uid);
	for (size_t k = 1, first = 0; k < n; k++) {
		struct dicom_file *f = &set->files[with_uid[k]];
		const struct dicom_file *original = &set->files[with_uid[first]];

		if (f->sop_uid != original->sop_uid) { /* interned: equal text is equal address */
			first = k;
			continue;
		}
		f->status = DICOM_DUPLICATE;
		f->same = same_bytes(original->path, f->path);
		free(f->reason);
		if (asprintf(&f->reason, "%s as %s", f->same ? "the same file" : "same SOP Instance UID",
		             original->path) < 0)
			f->reason = NULL;
	}
	free(with_uid);
	return 0;
}

/* One row of frames, in the order of the files, from those of each file. */
static int close_up(struct scan *s, struct vol_err *err)
{
	size_t all = 0, most = s->set->n_files, n = 0;
	struct dicom_frame *to = s->frames;

	for (size_t i = 0; i < most; i++)
		all += s->n_frames[i];
	/* in place as long as no file has more than one */
	for (size_t i = 0; i < most && to == s->frames; i++)
		if (s->several[i])
			to = calloc(all, sizeof *to);
	for (size_t i = 0; to && i < most; i++) {
		if (s->n_frames[i])
			memmove(to + n, s->several[i] ? s->several[i] : s->frames + i, s->n_frames[i] * sizeof *to);
		n += s->n_frames[i];
		free(s->several[i]);
		s->several[i] = NULL;
	}
	if (to != s->frames)
		free(s->frames);
	s->set->frames = to;
	s->set->n_frames = to ? n : 0;
	return to ? 0 : vol_fail(err, "", "out of memory");
}

int dicom_scan(struct dicom_paths *paths, int threads, bool measured,
               void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
               struct dicom_set *set, struct vol_err *err)
{
	struct scan s = {.set = set, .measure = measured};
	int rc;

	memset(set, 0, sizeof *set);
	set->strings = dicom_strings_new();
	set->files = calloc(paths->n + 1, sizeof *set->files);
	s.frames = calloc(paths->n + 1, sizeof *s.frames);
	s.several = calloc(paths->n + 1, sizeof *s.several);
	s.n_frames = calloc(paths->n + 1, sizeof *s.n_frames);
	if (!set->strings || !set->files || !s.frames || !s.several || !s.n_frames) {
		free(s.frames);
		free(s.several);
		free(s.n_frames);
		return vol_fail(err, "", "out of memory");
	}
	for (size_t i = 0; i < paths->n; i++)
		set->files[i].path = paths->path[i];
	set->n_files = paths->n;
	paths->n = 0;
	dicom_paths_free(paths);
	dcmtk_start();
	rc = read_all(&s, threads, progress, ctx, err);
	if (close_up(&s, rc < 0 ? &(struct vol_err){0} : err) < 0)
		rc = -1;
	free(s.several);
	free(s.n_frames);
	return rc < 0 || mark_duplicates(set, err) < 0 ? -1 : dicom_tell_apart(set, err);
}
