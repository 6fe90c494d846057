/* tiff_write.c - a volume as a TIFF stack. Uncompressed: all tags first, for all sizes are known, then the voxels as
 * they come, so that a pipe gets the bytes of a file. Compressed, see tiff_pack.c. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/fd.h"
#include "io/outfile.h"
#include "io/pattern.h"
#include "kept.h"
#include "tiff.h"

/* ---- uncompressed ---- */

enum { ALIGN = 64, CHUNK = 64 << 10 };

/* Bytes gathered for fewer calls. */
struct gathered {
	int fd;
	const char *name;
	size_t n;
	unsigned char bytes[CHUNK];
};

static int flush(struct gathered *g, struct vol_err *err)
{
	size_t n = g->n;

	g->n = 0;
	return fd_write(g->fd, g->bytes, n, g->name, err);
}

static int gather(struct gathered *g, const void *bytes, size_t n, struct vol_err *err)
{
	if (g->n + n > CHUNK && flush(g, err) < 0)
		return -1;
	if (n > CHUNK)
		return fd_write(g->fd, bytes, n, g->name, err);
	memcpy(g->bytes + g->n, bytes, n);
	g->n += n;
	return 0;
}

/* The tags of all pages, one after the other; only the first has the text, and so another size. */
static int put_pages(struct gathered *g, const struct tiff_tags *t, const char *text, uint64_t pages, struct vol_err *err)
{
	uint64_t page = (uint64_t)t->width * t->channels * voxel_size(t->type) * t->height, at, next, voxels;
	struct tiff_ifd first = {t, text, &at, &page, 1}, other = {t, NULL, &at, &page, 1};
	size_t first_size = tiff_ifd_size(&first), other_size = tiff_ifd_size(&other);
	unsigned char *bytes = malloc(first_size > other_size ? first_size : other_size);
	uint64_t here = tiff_head_size(t), end = here + first_size + (pages - 1) * other_size;
	int rc = bytes ? 0 : vol_fail(err, g->name, "out of memory");

	voxels = (end + ALIGN - 1) / ALIGN * ALIGN;
	for (uint64_t i = 0; rc == 0 && i < pages; i++, here = next) {
		size_t size = i == 0 ? first_size : other_size;

		next = here + size;
		at = voxels + i * page;
		tiff_ifd_print(i == 0 ? &first : &other, here, i + 1 < pages ? next : 0, bytes);
		rc = gather(g, bytes, size, err);
	}
	free(bytes);
	return rc == 0 ? gather(g, (const char[ALIGN]){0}, (size_t)(voxels - end), err) : -1;
}

int tiff_plain_start(int fd, const char *fd_name, const struct tiff_tags *t, const char *text, uint64_t pages,
                     struct vol_err *err)
{
	struct gathered *g = malloc(sizeof *g);
	unsigned char head[TIFF_HEAD_MAX];
	int rc;

	if (!g)
		return vol_fail(err, fd_name, "out of memory");
	g->fd = fd;
	g->name = fd_name;
	g->n = 0;
	tiff_head_print(t, tiff_head_size(t), head);
	rc = gather(g, head, tiff_head_size(t), err);
	if (rc == 0)
		rc = put_pages(g, t, text, pages, err);
	if (rc == 0)
		rc = flush(g, err);
	free(g);
	return rc;
}

/* ---- compressed ---- */

static int pack_all(struct tiff_pack *p, struct vol_in *in, size_t size, struct vol_err *err)
{
	struct vol_slab slab;
	int got;

	while ((got = vol_next(in, &slab, err)) > 0)
		if (tiff_pack_put(p, slab.voxels, slab.n * size, err) < 0)
			return -1;
	return got < 0 ? -1 : tiff_pack_end(p, err);
}

static int pack_to(struct vol_in *in, const struct tiff_tags *t, const char *text, uint64_t pages, int fd,
                   const char *name, const struct format_write *how, struct vol_err *err)
{
	struct tiff_pack *p = tiff_pack_new(t, how, err);
	int rc;

	if (!p)
		return -1;
	rc = tiff_pack_begin(p, fd, name, text, pages, err);
	if (rc == 0)
		rc = pack_all(p, in, voxel_size(t->type), err);
	tiff_pack_free(p);
	return rc;
}

/* Where one cannot go back, and on stdout, which may be in the middle of a file, or only be added to. */
static int pack_aside(struct vol_in *in, const struct tiff_tags *t, const char *text, uint64_t pages, int to,
                      const char *to_name, const struct format_write *how, struct vol_err *err)
{
	int fd = fd_unnamed(err), rc;
	off_t at = 0;

	if (fd < 0)
		return -1;
	rc = pack_to(in, t, text, pages, fd, "temporary file", how, err);
	if (rc == 0 && fd_move(fd, &at, to, UINT64_MAX >> 1, "temporary file", to_name, err) < 0)
		rc = -1;
	close(fd);
	return rc;
}

/* ---- all ---- */

static int write_stack(struct vol_in *in, const struct vol_head *head, const struct tiff_tags *t, const char *text,
                       const char *path, const struct format_write *how, struct outfile *o, struct vol_err *err)
{
	bool aside = !path || strcmp(path, "-") == 0 || !outfile_is_file(o);
	uint64_t pages = vol_head_slices(head);
	int fd = outfile_fd(o);

	if (t->compress != TIFF_PLAIN)
		return (aside ? pack_aside : pack_to)(in, t, text, pages, fd, outfile_name(o), how, err);
	if (tiff_plain_start(fd, outfile_name(o), t, text, pages, err) < 0)
		return -1;
	return vol_drain(in, fd, outfile_name(o), err);
}

int tiff_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
                struct vol_err *err)
{
	struct tiff_tags t;
	struct outfile *o;
	char *text, crc[KEPT_CRC];
	int rc = -1;

	if (path && pattern_has(path))
		return tiff_encode_slices(in, head, path, how, err);
	if (vol_head_slices(head) > TIFF_PAGES_MAX)
		return vol_fail(err, vol_in_name(in), "has %llu slices in all: a TIFF file holds up to %d",
		                (unsigned long long)vol_head_slices(head), TIFF_PAGES_MAX);
	if (tiff_tags_make(head, how, vol_in_name(in), &t, err) < 0 || kept_crc(in, crc, err) < 0)
		return -1;
	text = tiff_text_make(head, crc, err);
	o = text ? outfile_create(path, how->flags | OUTFILE_BINARY, err) : NULL;
	if (o)
		rc = write_stack(in, head, &t, text, path, how, o, err);
	free(text);
	if (rc == 0)
		return outfile_commit(o, err);
	outfile_abandon(o);
	return -1;
}
