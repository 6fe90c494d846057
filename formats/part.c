#include "part.h"

#include <stdlib.h>

#include "alg/swap.h"
#include "gzip_out.h"
#include "io/outfile.h"
#include "pair.h"

/* Where bytes go: a compressor, or the file itself. */
struct sink {
	struct outfile *file;
	struct gzip_out *gzip; /* NULL: none */
	void *swapped;         /* VOL_SLAB bytes, where the order of bytes is another; owned */
};

static int put(struct sink *s, const void *p, size_t n, struct vol_err *err)
{
	return s->gzip ? gzip_out_write(s->gzip, p, n, err) : outfile_write(s->file, p, n, err);
}

static int put_slab(struct sink *s, const struct part *p, const struct vol_slab *slab, struct vol_err *err)
{
	if (!s->swapped)
		return put(s, slab->voxels, slab->n * p->number, err);
	swap_copy(s->swapped, slab->voxels, slab->n, p->number);
	return put(s, s->swapped, slab->n * p->number, err);
}

static int put_voxels(struct sink *s, const struct part *p, struct vol_err *err)
{
	struct vol_slab slab;
	int got;

	if (p->big && p->number > 1 && posix_memalign(&s->swapped, 4096, VOL_SLAB) != 0)
		return vol_fail(err, outfile_name(s->file), "out of memory");
	if (!s->gzip && !s->swapped)
		return vol_drain(p->in, outfile_fd(s->file), outfile_name(s->file), err);
	while ((got = vol_next(p->in, &slab, err)) > 0)
		if (put_slab(s, p, &slab, err) < 0)
			return -1;
	return got;
}

static int put_part(struct sink *s, const struct part *p, struct vol_err *err)
{
	if (put(s, p->start, p->n, err) < 0 || (p->in && put_voxels(s, p, err) < 0))
		return -1;
	return p->end_n ? put(s, p->end, p->end_n, err) : 0;
}

/* The part in a new file that does not have its name yet. NULL with err. */
static struct outfile *create(const struct part *p, const char *path, const struct format_write *how,
                              bool gzip, struct vol_err *err)
{
	int level = how->level ? how->level : GZIP_DEFAULT_LEVEL, threads = p->in ? how->threads : 1, rc = -1;
	struct sink s = {.file = outfile_create(path, how->flags | OUTFILE_BINARY, err)};

	if (!s.file)
		return NULL;
	if (gzip)
		s.gzip = gzip_out_new(outfile_fd(s.file), outfile_name(s.file), level, threads, err);
	if (s.gzip || !gzip)
		rc = put_part(&s, p, err);
	free(s.swapped);
	if (s.gzip && rc == 0)
		rc = gzip_out_finish(s.gzip, err);
	else
		gzip_out_abandon(s.gzip);
	if (rc == 0)
		return s.file;
	outfile_abandon(s.file);
	return NULL;
}

int part_write(const struct part *p, const char *path, const struct format_write *how, bool gzip,
               struct vol_err *err)
{
	struct outfile *o = create(p, path, how, gzip, err);

	return o ? outfile_commit(o, err) : -1;
}

int part_write_pair(const struct part *header, const struct part *voxels, const char *path,
                    const struct format_write *how, struct vol_err *err)
{
	bool gzip = format_has_suffix(path, ".gz");
	char *hdr = pair_name(path, "hdr", gzip), *img = pair_name(path, "img", gzip);
	struct outfile *h = NULL, *v = NULL;
	int rc = -1;

	if (!hdr || !img)
		vol_fail(err, path, "out of memory");
	else
		h = create(header, hdr, how, gzip, err);
	if (h)
		v = create(voxels, img, how, gzip, err);
	if (v)
		rc = outfile_commit_both(v, h, err);
	else
		outfile_abandon(h);
	free(hdr);
	free(img);
	return rc;
}
