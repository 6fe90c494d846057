/* vol.h - reading and writing volumes a slab at a time.
 *
 *     struct vol_in *in = vol_open(path, &head, &err);
 *     struct vol_out *out = vol_create(path, 0, &head, &err);
 *     while ((got = vol_next(in, &slab, &err)) > 0)
 *             ... vol_put(out, ...)
 *     vol_finish(out, &err); vol_close(in);
 *
 * A reader is backed by a vol stream (file, pipe) or by a `vol_source`, through which the formats
 * deliver the same thing: canonical voxels, in order, exactly as many as the header says. */
#ifndef VOL_VOL_H
#define VOL_VOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "err.h"
#include "head.h"

enum { VOL_SLAB = 512 << 10 }; /* bytes a slab, at most */

struct vol_in;
struct vol_out;

/* A run of voxels in stream order: a part of one slice, or whole slices, never both. */
struct vol_slab {
	const void *voxels;  /* aligned to 16 bytes; the reader's, good until the next vol_next */
	size_t n;            /* numbers in it (voxels times channels) */
	uint64_t slice;      /* slice of the first voxel, counted through the list axis */
	uint64_t offset;     /* numbers of that slice that came before; 0 for whole slices */
};

/* vol_open - open a vol stream. path NULL or "-" is stdin. Regular files are mapped. The header
 * goes to *head (the caller's to free); NULL with err when there is no sound stream. */
struct vol_in *vol_open(const char *path, struct vol_head *head, struct vol_err *err);

/* What a format gives instead of a stream. Called from one thread. */
struct vol_source {
	/* read - the next n bytes, little-endian. Returns the count, fewer than n only at the end
	 * of the data; -1 with err. */
	ssize_t (*read)(void *ctx, void *buf, size_t n, struct vol_err *err);
	/* drain - optional: write all n bytes that are left to fd, by a shorter way than through
	 * memory. Returns the bytes written, fewer only at the end of the data; -1 with err. */
	int64_t (*drain)(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err);
	/* finish - optional: after the last voxel; -1 with err when more follows, or a checksum
	 * does not fit. */
	int (*finish)(void *ctx, struct vol_err *err);
	void (*close)(void *ctx);
};

/* vol_open_source - a reader over a source. Owns ctx from here on, also when it fails. `big`:
 * the source's bytes are big-endian and get swapped here. `name` is for messages. */
struct vol_in *vol_open_source(const struct vol_source *source, void *ctx, const char *name,
                               const struct vol_head *head, bool big, struct vol_err *err);

/* vol_next - the next slab. 1; 0 when the volume is complete, and the input ended with it; -1
 * with err when it ended early ("ends after 61 of 275 slices") or went on. */
int vol_next(struct vol_in *in, struct vol_slab *slab, struct vol_err *err);

/* vol_peek - the next slab without taking it: good until the next call for this reader. -1 with err, as vol_next. */
int vol_peek(struct vol_in *in, const void **voxels, size_t *bytes, struct vol_err *err);

/* vol_drain - write all voxels not yet taken to fd. 0, or -1 with err as for vol_next. */
int vol_drain(struct vol_in *in, int fd, const char *fd_name, struct vol_err *err);

/* vol_hold - make sure that the voxels of `in`, none of which is taken yet, can be read more than once.
 * A mapped file can; all other input is taken to its end here, into an unnamed file under TMPDIR (or
 * /tmp) as large as the voxels. 0; -1 with err, also for what vol_next would refuse.
 * vol_rewind - the next vol_next of a held `in` gives the first slab again.
 * vol_held - all voxels of a held `in`, from the first on, for those who read them in another order. */
int vol_hold(struct vol_in *in, struct vol_err *err);
void vol_rewind(struct vol_in *in);
const void *vol_held(struct vol_in *in);

/* vol_progress - hook called with the bytes of voxels taken so far and in all; NULL for none. */
void vol_progress(struct vol_in *in, void (*hook)(void *ctx, uint64_t done, uint64_t total),
                  void *ctx);

/* vol_watch - hook called with all bytes of voxels as they are taken, in order, before whoever takes them has them. */
void vol_watch(struct vol_in *in, void (*hook)(void *ctx, const void *voxels, size_t bytes), void *ctx);

const char *vol_in_name(const struct vol_in *in);
size_t vol_in_number(const struct vol_in *in); /* bytes of one of its numbers */
void vol_close(struct vol_in *in);

/* vol_create - start a vol stream: the header is written at once. path NULL or "-" is stdout;
 * flags are outfile_flags (terminals are always refused). NULL with err. */
struct vol_out *vol_create(const char *path, int flags, const struct vol_head *head,
                           struct vol_err *err);

/* vol_put - the next bytes of voxels, any number. */
int vol_put(struct vol_out *out, const void *voxels, size_t bytes, struct vol_err *err);

/* vol_copy - put all voxels that `in` still has, by the shortest way. */
int vol_copy(struct vol_in *in, struct vol_out *out, struct vol_err *err);

/* vol_finish - the stream is complete on disk under its name; frees. Fails, leaving nothing, when
 * fewer or more bytes were put than the header promised. */
int vol_finish(struct vol_out *out, struct vol_err *err);

/* vol_abandon - free; leaves nothing under the name. NULL is fine. */
void vol_abandon(struct vol_out *out);

#endif
