#include "volume.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "header.h"
#include "input.h"
#include "io/fd.h"
#include "par.h"
#include "pixels.h"

/* Slices are decoded ahead of the reader in a ring; the reader takes them in order. */
struct slices {
	const struct dicom_set *set;
	const struct dicom_series *series;
	size_t slice_bytes, n;
	size_t now, at;       /* slice being taken, bytes of it already taken */
	int threads;
	size_t slots;
	struct par_ring *ring; /* NULL until the first byte is asked for */
	size_t *slice;        /* which slice a slot holds */
	unsigned char **buf;
	struct vol_err *error; /* one a slot; what[0] == 0: none */
};

static const struct dicom_pixels *pixels_of(const struct slices *s, size_t slice)
{
	return &s->set->frames[s->series->frame[slice]].pixels;
}

static const char *path_of(const struct slices *s, size_t slice)
{
	return s->set->files[s->set->frames[s->series->frame[slice]].file].path;
}

static void decode(void *ctx, size_t slot)
{
	struct slices *s = ctx;
	size_t slice = s->slice[slot];

	s->error[slot].what[0] = '\0';
	if (dicom_pixels_read(path_of(s, slice), pixels_of(s, slice), s->buf[slot], &s->error[slot]) == 0)
		s->error[slot].what[0] = '\0';
}

static void submit(struct slices *s, size_t slice)
{
	if (slice >= s->n)
		return;
	s->slice[slice % s->slots] = slice;
	par_submit(s->ring, slice % s->slots);
}

static int start(struct slices *s, struct vol_err *err)
{
	s->slots = s->threads > 1 ? (size_t)s->threads + 2 : 1;
	s->slice = calloc(s->slots, sizeof *s->slice);
	s->buf = calloc(s->slots, sizeof *s->buf);
	s->error = calloc(s->slots, sizeof *s->error);
	for (size_t i = 0; s->buf && i < s->slots; i++)
		if (!(s->buf[i] = malloc(s->slice_bytes)))
			return vol_fail(err, "", "out of memory");
	s->ring = s->slice && s->buf && s->error ? par_ring_new(s->threads, s->slots, decode, s) : NULL;
	if (!s->ring)
		return vol_fail(err, "", "out of memory");
	for (size_t i = 0; i < s->slots; i++)
		submit(s, s->now + i);
	return 0;
}

/* The slice that is due, decoded; the one whose slot is free now is started. */
static const unsigned char *current(struct slices *s, struct vol_err *err)
{
	size_t slot;

	if (!s->ring && start(s, err) < 0)
		return NULL;
	slot = s->now % s->slots;
	par_wait(s->ring, slot);
	if (s->error[slot].what[0]) {
		*err = s->error[slot];
		return NULL;
	}
	return s->buf[slot];
}

static void take(struct slices *s, size_t n)
{
	s->at += n;
	if (s->at < s->slice_bytes)
		return;
	s->at = 0;
	s->now++;
	if (s->ring)
		submit(s, s->now - 1 + s->slots);
}

static ssize_t read_slices(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct slices *s = ctx;
	size_t got = 0;

	while (got < n && s->now < s->n) {
		const unsigned char *from = current(s, err);
		size_t part = s->slice_bytes - s->at < n - got ? s->slice_bytes - s->at : n - got;

		if (!from)
			return -1;
		memcpy((char *)buf + got, from + s->at, part);
		got += part;
		take(s, part);
	}
	return (ssize_t)got;
}

/* A part of the current slice straight from its file: the bytes never enter this process. */
static int move_plain(struct slices *s, int fd, const char *fd_name, size_t n, struct vol_err *err)
{
	const char *path = path_of(s, s->now);
	off_t offset = (off_t)(pixels_of(s, s->now)->offset + s->at);
	uint64_t start, end;
	int in = input_open(path, &start, &end);
	int64_t moved;

	if (in < 0)
		return vol_fail_errno(err, path, "cannot be opened");
	moved = fd_move(in, &offset, fd, n, path, fd_name, err);
	close(in);
	if (moved >= 0 && (uint64_t)moved < n)
		return vol_fail(err, path, "became shorter while it was read [truncated]");
	return moved < 0 ? -1 : 0;
}

static int64_t drain_slices(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	struct slices *s = ctx;
	uint64_t done = 0;

	while (done < n && s->now < s->n) {
		size_t part = s->slice_bytes - s->at;

		if (part > n - done)
			part = (size_t)(n - done);
		/* once slices are decoded ahead, all go that way */
		if (!s->ring && dicom_pixels_plain(pixels_of(s, s->now))) {
			if (move_plain(s, fd, fd_name, part, err) < 0)
				return -1;
		} else {
			const unsigned char *from = current(s, err);

			if (!from || fd_write(fd, from + s->at, part, fd_name, err) < 0)
				return -1;
		}
		done += part;
		take(s, part);
	}
	return (int64_t)done;
}

static void close_slices(void *ctx)
{
	struct slices *s = ctx;

	par_ring_free(s->ring);
	for (size_t i = 0; s->buf && i < s->slots; i++)
		free(s->buf[i]);
	free(s->buf);
	free(s->slice);
	free(s->error);
	free(s);
}

static const struct vol_source slices_source = {read_slices, drain_slices, NULL, close_slices};

struct vol_in *dicom_volume_open(const struct dicom_set *set, const struct dicom_series *series,
                                 int threads, bool identifiers, const char *subject,
                                 struct vol_head *head, struct vol_err *err)
{
	const struct dicom_geometry *g = &series->geometry;
	struct slices *s;
	struct vol_in *in;

	if (g->problem != DICOM_REGULAR) {
		const char *detail = g->detail;
		size_t n = strlen(subject);

		/* "x.dcm: x.dcm: ..." when the input is that one file */
		if (strncmp(detail, subject, n) == 0 && strncmp(detail + n, ": ", 2) == 0)
			detail += n + 2;
		vol_fail(err, subject, "%s [%s]", detail, dicom_problem_name(g->problem));
		return NULL;
	}
	if (dicom_header(set, series, identifiers, subject, head, err) < 0)
		return NULL;
	s = calloc(1, sizeof *s);
	if (!s) {
		vol_fail(err, subject, "out of memory");
		vol_head_free(head);
		return NULL;
	}
	s->set = set;
	s->series = series;
	s->n = series->n_frames;
	s->slice_bytes = (size_t)vol_head_slice_bytes(head);
	s->threads = threads;
	in = vol_open_source(&slices_source, s, subject, head, false, err);
	if (!in)
		vol_head_free(head);
	return in;
}
