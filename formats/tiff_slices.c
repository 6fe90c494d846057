/* tiff_slices.c - a volume as TIFF files of a slice each.
 *
 * None has its name before all are complete and on the disk, as far as the system lets a process have that many files
 * open; where it does not, they appear in groups, and those that did go again when a later one fails. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/keys.h"
#include "io/outfile.h"
#include "io/pattern.h"
#include "tiff.h"

struct slices {
	struct vol_in *in;
	const struct vol_head *head;
	const char *pattern;
	const struct format_write *how;
	struct tiff_tags tags;
	struct tiff_pack *pack;       /* NULL: uncompressed */
	struct vol_rescale rescale;   /* a pair for each slice, or one, or none */
	uint64_t n, named;            /* in all; those that have their name */
	uint64_t slice_bytes, used;   /* used: bytes of the slice that is written */
	char *text;                   /* its description */
	struct outfile **open;        /* complete but for their name, and the one that is written: open_n of open_max */
	size_t open_n, open_max;
};

enum { OTHER_FILES = 64 };        /* open at the same time, whatever for */

/* As many files as the system lets us have open, up to all. */
static size_t files_at_a_time(uint64_t n)
{
	struct rlimit limit;
	rlim_t want = n + OTHER_FILES;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	if (limit.rlim_cur < want) {
		limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur <= OTHER_FILES)
		return 1;
	return (size_t)(limit.rlim_cur - OTHER_FILES < n ? limit.rlim_cur - OTHER_FILES : n);
}

/* ---- one slice ---- */

/* The header of slice k alone. */
static int head_of(const struct slices *s, uint64_t k, struct vol_head *head, struct vol_err *err)
{
	const double index[3] = {0, 0, (double)k};

	if (vol_head_copy(head, s->head, err) < 0)
		return -1;
	head->grid.size[2] = 1;
	grid_point(&s->head->grid, index, head->grid.origin);
	if (s->rescale.n > 1) {
		const struct vol_rescale one = {1, s->rescale.slope + k, s->rescale.intercept + k};

		if (key_set_rescale(head, &one, err) < 0) {
			vol_head_free(head);
			return -1;
		}
	}
	return 0;
}

static char *text_of(const struct slices *s, uint64_t k, struct vol_err *err)
{
	struct vol_head head;
	char *text;

	if (head_of(s, k, &head, err) < 0)
		return NULL;
	text = tiff_text_make(&head, NULL, err);
	vol_head_free(&head);
	return text;
}

static int begin(struct slices *s, uint64_t k, struct vol_err *err)
{
	char *path = pattern_name(s->pattern, k, s->n);
	struct outfile *o = NULL;

	s->text = text_of(s, k, err);
	if (!path)
		vol_fail(err, s->pattern, "out of memory");
	else if (s->text)
		o = outfile_create(path, s->how->flags | OUTFILE_BINARY, err);
	free(path);
	if (!o)
		return -1;
	s->open[s->open_n++] = o;
	if (s->open_max > outfile_at_a_time(o))
		s->open_max = outfile_at_a_time(o);
	if (s->pack)
		return tiff_pack_begin(s->pack, outfile_fd(o), outfile_name(o), s->text, 1, err);
	return tiff_plain_start(outfile_fd(o), outfile_name(o), &s->tags, s->text, 1, err);
}

/* All that are complete get their names. */
static int name_all(struct slices *s, struct vol_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->open_n; i++)
		rc = outfile_sync(s->open[i], err);
	for (size_t i = 0; rc == 0 && i < s->open_n; i++) {
		struct outfile *o = s->open[i];

		s->open[i] = NULL;
		rc = outfile_commit(o, err);
		s->named += rc == 0;
	}
	if (rc == 0)
		s->open_n = 0;
	return rc;
}

static int end(struct slices *s, struct vol_err *err)
{
	int rc = s->pack ? tiff_pack_end(s->pack, err) : 0;

	free(s->text);
	s->text = NULL;
	/* the last ones wait until the input has proved sound */
	if (rc == 0 && s->open_n == s->open_max && s->named + s->open_n < s->n)
		rc = name_all(s, err);
	return rc;
}

/* ---- all ---- */

static int put(struct slices *s, const char *voxels, size_t bytes, struct vol_err *err)
{
	while (bytes) {
		uint64_t left = s->slice_bytes - s->used;
		size_t n = left < bytes ? (size_t)left : bytes;
		int rc = s->used == 0 ? begin(s, s->named + s->open_n, err) : 0;

		if (rc == 0)
			rc = s->pack ? tiff_pack_put(s->pack, voxels, n, err)
			             : outfile_write(s->open[s->open_n - 1], voxels, n, err);
		s->used += n;
		if (rc == 0 && s->used == s->slice_bytes) {
			s->used = 0;
			rc = end(s, err);
		}
		if (rc < 0)
			return -1;
		voxels += n;
		bytes -= n;
	}
	return 0;
}

static int write_all(struct slices *s, struct vol_err *err)
{
	size_t size = voxel_size(s->head->type);
	struct vol_slab slab;
	int got;

	s->open_max = files_at_a_time(s->n);
	s->open = calloc(s->open_max, sizeof *s->open);
	if (!s->open)
		return vol_fail(err, s->pattern, "out of memory");
	while ((got = vol_next(s->in, &slab, err)) > 0)
		if (put(s, slab.voxels, slab.n * size, err) < 0)
			return -1;
	return got < 0 ? -1 : name_all(s, err);
}

/* What was begun, and what has its name already, goes again. */
static void take_back(struct slices *s)
{
	for (size_t i = 0; i < s->open_n; i++)
		outfile_abandon(s->open[i]);
	for (uint64_t k = 0; k < s->named; k++) {
		char *path = pattern_name(s->pattern, k, s->n);

		if (path)
			unlink(path);
		free(path);
	}
}

static int refuse_existing(const struct slices *s, struct vol_err *err)
{
	for (uint64_t k = 0; k < s->n; k++) {
		char *path = pattern_name(s->pattern, k, s->n);
		bool there = path && access(path, F_OK) == 0;

		if (there || !path)
			vol_fail(err, path ? path : s->pattern, path ? "exists already" : "out of memory");
		free(path);
		if (there || !path)
			return -1;
	}
	return 0;
}

static int prepare(struct slices *s, struct vol_err *err)
{
	const char *name = vol_in_name(s->in);
	struct vol_head one;
	int rc;

	if (s->head->list > 1)
		return vol_fail(err, name, "has %llu volumes: volsplit takes them apart, or write one stack",
		                (unsigned long long)s->head->list);
	if (s->n > TIFF_PAGES_MAX)
		return vol_fail(err, name, "has %llu slices: files of their own are made for up to %d",
		                (unsigned long long)s->n, TIFF_PAGES_MAX);
	if (key_rescale(s->head, &s->rescale, name, err) < 0 || head_of(s, 0, &one, err) < 0)
		return -1;
	rc = tiff_tags_make(&one, s->how, name, &s->tags, err);
	vol_head_free(&one);
	if (rc < 0 || tiff_names_stray(s->pattern, s->n, err) < 0)
		return -1;
	if (s->how->flags & OUTFILE_NO_CLOBBER && refuse_existing(s, err) < 0)
		return -1;
	if (s->tags.compress != TIFF_PLAIN && !(s->pack = tiff_pack_new(&s->tags, s->how, err)))
		return -1;
	return 0;
}

int tiff_encode_slices(struct vol_in *in, const struct vol_head *head, const char *pattern,
                       const struct format_write *how, struct vol_err *err)
{
	struct slices s = {.in = in, .head = head, .pattern = pattern, .how = how, .n = head->grid.size[2],
	                   .slice_bytes = vol_head_slice_bytes(head)};
	int rc = prepare(&s, err);

	if (rc == 0)
		rc = write_all(&s, err);
	tiff_pack_free(s.pack);
	if (rc < 0)
		take_back(&s);
	free(s.open);
	free(s.text);
	rescale_free(&s.rescale);
	return rc;
}

void tiff_each_file(const char *path, const struct vol_head *head, const struct format_write *how,
                    void (*what)(const char *name))
{
	(void)how;
	if (!pattern_has(path)) {
		what(path);
		return;
	}
	for (uint64_t i = 0; i < head->grid.size[2]; i++) {
		char *name = pattern_name(path, i, head->grid.size[2]);

		if (name)
			what(name);
		free(name);
	}
}
