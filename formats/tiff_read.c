/* tiff_read.c - a TIFF stack, or TIFF files of a slice each, as a volume. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beside.h"
#include "io/keys.h"
#include "tiff.h"

struct tiff_in {
	char **name;           /* n files */
	size_t n, at;          /* at: the one that is read */
	struct tiff_file *f;   /* open; NULL between two */
	struct tiff_page page; /* what all of them have */
	bool as_is;            /* all voxels lie in the files as they are, and big-endian in all or in none */
};

/* ---- voxels ---- */

/* The file whose turn it is. 1; 0 at the end; -1. */
static int reach(struct tiff_in *t, struct vol_err *err)
{
	const struct tiff_page *p;

	if (t->f)
		return 1;
	if (t->at == t->n)
		return 0;
	t->f = tiff_file_open(t->name[t->at], err);
	if (!t->f)
		return -1;
	p = tiff_file_page(t->f);
	if (p->width != t->page.width || p->height != t->page.height || p->type != t->page.type ||
	    p->channels != t->page.channels || tiff_file_pages(t->f) != 1)
		return vol_fail(err, t->name[t->at], "changed while it was read");
	if (!t->as_is)
		tiff_file_decode(t->f);
	return 1;
}

static void leave(struct tiff_in *t)
{
	tiff_file_close(t->f);
	t->f = NULL;
	t->at++;
}

static ssize_t source_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct tiff_in *t = ctx;
	size_t have = 0;
	int there;

	while (have < n && (there = reach(t, err)) != 0) {
		ssize_t got = there < 0 ? -1 : tiff_file_read(t->f, (char *)buf + have, n - have, err);

		if (got < 0)
			return -1;
		have += (size_t)got;
		if (have < n)
			leave(t);
	}
	return (ssize_t)have;
}

static int64_t source_drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	struct tiff_in *t = ctx;
	uint64_t done = 0;
	int there;

	while (done < n && (there = reach(t, err)) != 0) {
		int64_t moved = there < 0 ? -1 : tiff_file_drain(t->f, fd, fd_name, n - done, err);

		if (moved < 0)
			return -1;
		done += (uint64_t)moved;
		if (done < n)
			leave(t);
	}
	return (int64_t)done;
}

static void source_close(void *ctx)
{
	struct tiff_in *t = ctx;

	tiff_file_close(t->f);
	tiff_names_free(t->name, t->n);
	free(t);
}

static const struct vol_source drained = {source_read, source_drain, NULL, source_close};
static const struct vol_source decoded = {source_read, NULL, NULL, source_close};

/* ---- a stack in one file ---- */

static int open_stack(struct tiff_in *t, const struct tiff_read *how, struct vol_head *head, bool *ours, bool *big,
                      struct vol_err *err)
{
	t->f = tiff_file_open(t->name[0], err);
	if (!t->f || tiff_text_read(t->f, how, head, ours, err) < 0)
		return -1;
	t->page = *tiff_file_page(t->f);
	t->as_is = tiff_file_as_is(t->f, big);
	return 0;
}

/* ---- a file a slice ---- */

/* What is gathered of all files. */
struct gather {
	struct vol_head first;
	bool ours, big;
	double *pairs;       /* slope and intercept of each slice; owned */
	size_t scaled;       /* slices that have one */
};

static int check_slice(struct tiff_in *t, struct vol_err *err)
{
	const struct tiff_page *p = tiff_file_page(t->f);
	const char *name = tiff_file_name(t->f);

	if (tiff_file_pages(t->f) != 1 || tiff_text_images(tiff_file_text(t->f)) > 1)
		return vol_fail(err, name, "has more than one page: of many files each is a slice");
	if (t->at == 0)
		t->page = *p;
	if (p->width != t->page.width || p->height != t->page.height || p->type != t->page.type ||
	    p->channels != t->page.channels)
		return vol_fail(err, name, "is %u x %u %s%s, and %.200s is %u x %u %s%s", p->width, p->height,
		                voxel_name(p->type), p->channels > 1 ? " in colour" : "", t->name[0], t->page.width,
		                t->page.height, voxel_name(t->page.type), t->page.channels > 1 ? " in colour" : "");
	return 0;
}

/* A slice of ours knows where it is: is that one step after the one before? */
static int check_place(const struct tiff_in *t, const struct gather *g, const struct vol_head *head, struct vol_err *err)
{
	const double index[3] = {0, 0, (double)t->at};
	struct vol_grid want = g->first.grid;
	double mm;

	grid_point(&g->first.grid, index, want.origin);
	mm = grid_corner_distance(&want, &head->grid);
	if (mm <= BESIDE_MM)
		return 0;
	return vol_fail(err, t->name[t->at], "lies %.3g mm from where the slice after %.200s is: is one missing, or is "
	                                     "the order wrong?", mm, t->name[t->at ? t->at - 1 : 0]);
}

static int gather_pair(const struct tiff_in *t, struct gather *g, const struct vol_head *head, struct vol_err *err)
{
	struct vol_rescale r;

	if (key_rescale(head, &r, t->name[t->at], err) < 0)
		return -1;
	if (r.n == 1) {
		g->pairs[2 * t->at] = r.slope[0];
		g->pairs[2 * t->at + 1] = r.intercept[0];
		g->scaled++;
	}
	rescale_free(&r);
	return 0;
}

static int take_slice(struct tiff_in *t, struct gather *g, const struct tiff_read *how, struct vol_err *err)
{
	struct vol_head head;
	bool ours;
	int rc;

	if (tiff_text_read(t->f, how, &head, &ours, err) < 0)
		return -1;
	rc = gather_pair(t, g, &head, err);
	if (rc == 0 && t->at == 0) {
		g->first = head;
		g->ours = ours;
		return 0;
	}
	if (rc == 0 && ours != g->ours)
		rc = vol_fail(err, t->name[t->at], "%s lines of volpipe in its description, and %.200s %s", ours ? "has" : "has no",
		              t->name[0], ours ? "has none" : "has some");
	if (rc == 0 && ours)
		rc = check_place(t, g, &head, err);
	vol_head_free(&head);
	return rc;
}

/* Messages about a foreign file are said once, not for each slice. */
static int gather_file(struct tiff_in *t, struct gather *g, const struct tiff_read *how, struct vol_err *err)
{
	vol_message_fn *hook = vol_message_hook;
	bool big, as_is;
	int rc;

	if (t->at > 0)
		vol_message_hook = NULL;
	t->f = tiff_file_open(t->name[t->at], err);
	rc = t->f && check_slice(t, err) == 0 ? take_slice(t, g, how, err) : -1;
	vol_message_hook = hook;
	if (rc < 0)
		return -1;
	as_is = tiff_file_as_is(t->f, &big);
	if (t->at == 0)
		g->big = big;
	t->as_is = (t->at == 0 || t->as_is) && as_is && big == g->big;
	leave(t);
	return 0;
}

static int join_pairs(const struct tiff_in *t, struct gather *g, struct vol_err *err)
{
	struct vol_rescale r = {.n = t->n};
	int rc;

	if (g->scaled == 0)
		return 0;
	if (g->scaled != t->n)
		return vol_fail(err, t->name[0], "and the others: some have a line from stored numbers to values, some have not");
	r.slope = malloc(t->n * sizeof *r.slope);
	r.intercept = malloc(t->n * sizeof *r.intercept);
	for (size_t i = 0; r.slope && r.intercept && i < t->n; i++) {
		r.slope[i] = g->pairs[2 * i];
		r.intercept[i] = g->pairs[2 * i + 1];
	}
	if (r.slope && r.intercept) {
		rescale_simplify(&r);
		rc = key_set_rescale(&g->first, &r, err);
	} else {
		rc = vol_fail(err, t->name[0], "out of memory");
	}
	rescale_free(&r);
	return rc;
}

static int open_slices(struct tiff_in *t, const struct tiff_read *how, struct vol_head *head, bool *ours, bool *big,
                       struct vol_err *err)
{
	struct gather g = {.pairs = calloc(t->n, 2 * sizeof *g.pairs)};
	int rc = g.pairs ? 0 : vol_fail(err, t->name[0], "out of memory");

	vol_head_init(&g.first);
	while (rc == 0 && t->at < t->n)
		rc = gather_file(t, &g, how, err);
	t->at = 0;
	g.first.grid.size[2] = t->n;
	if (rc == 0)
		rc = join_pairs(t, &g, err);
	free(g.pairs);
	*head = g.first;
	*ours = g.ours;
	*big = g.big;
	return rc;
}

/* ---- all ---- */

static void respace(struct vol_grid *g, const double mm[3])
{
	for (int a = 0; a < 3; a++) {
		double scale = mm[a] / grid_spacing(g, a);

		for (int w = 0; w < 3; w++)
			g->direction[a][w] *= scale;
	}
}

/* What the user says of the place, as far as it is not in the header yet. */
static int take_place(const struct bare_place *p, bool ours, struct vol_grid *g, const char *name, struct vol_err *err)
{
	if (p->grid)
		return bare_grid(p, g, name, err);
	if (ours && p->spacing[0] > 0)
		respace(g, p->spacing);
	return 0;
}

/* Other programs change a picture and keep its description: then nothing is known of its values. */
static int check_values(const struct tiff_in *t, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	int same = tiff_text_is_of(tiff_file_text(t->f), in, err);

	if (same != 0)
		return same < 0 ? -1 : 0;
	vol_note(vol_in_name(in), "its voxels were changed since volpipe wrote it: unit and other keys are left out");
	while (head->keys.n)
		key_drop_full(head, head->keys.name[0]);
	return key_source(head, err);
}

struct vol_in *tiff_open(char *const *names, size_t n, const struct tiff_read *how, struct vol_head *head,
                         struct vol_err *err)
{
	struct tiff_in *t = calloc(1, sizeof *t);
	struct vol_in *in = NULL;
	bool ours = false, big = false;
	int rc;

	vol_head_init(head);
	if (!t) {
		vol_fail(err, names[0], "out of memory");
		return NULL;
	}
	t->n = n;
	t->name = tiff_names(names, &t->n, how->as_given, err);
	if (!t->name) {
		free(t);
		return NULL;
	}
	rc = (t->n == 1 ? open_stack : open_slices)(t, how, head, &ours, &big, err);
	if (rc == 0)
		rc = take_place(&how->place, ours, &head->grid, t->name[0], err);
	if (rc == 0)
		rc = vol_head_check(head, t->name[0], err);
	if (rc == 0)
		rc = key_source(head, err);
	if (rc < 0)
		source_close(t);
	else
		in = vol_open_source(t->as_is ? &drained : &decoded, t, t->f ? tiff_file_name(t->f) : t->name[0], head,
		                     t->as_is && big, err);
	if (in && ours && t->f && check_values(t, in, head, err) < 0) {
		vol_close(in);
		in = NULL;
	}
	if (!in)
		vol_head_free(head);
	return in;
}
