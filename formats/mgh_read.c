/* mgh_read.c - an MGH file as a volume.
 *
 * What the stream says before its voxels stands after them in the file. So a file is gone through twice, by a
 * jump where it is not compressed; what comes through a pipe is kept in a temporary file. */
#include <math.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "io/keys.h"
#include "kept.h"
#include "mgh.h"
#include "times.h"

/* ---- the header ---- */

static int take_type(int type, struct vol_head *head, const char *subject, struct vol_err *err)
{
	/* of those that no volume stream can hold */
	static const char *const other[] = {[2] = "long", [5] = "bitmap", [6] = "tensor", [7] = "float complex",
	                                    [8] = "double complex", [9] = "RGB"};

	switch (type) {
	case MGH_UCHAR: head->type = VOXEL_UINT8; return 0;
	case MGH_INT: head->type = VOXEL_INT32; return 0;
	case MGH_FLOAT: head->type = VOXEL_FLOAT; return 0;
	case MGH_SHORT: head->type = VOXEL_INT16; return 0;
	case MGH_USHORT: head->type = VOXEL_UINT16; return 0;
	default: break;
	}
	if (type >= 0 && type < (int)(sizeof other / sizeof *other) && other[type])
		return vol_fail(err, subject, "type is %s: a volume stream has no such voxels", other[type]);
	return vol_fail(err, subject, "type is %d, which MGH does not know", type);
}

/* What FreeSurfer takes where the place is not stated: coronal slices of 1 mm around 0. */
static void set_default_place(struct mgh_head *m)
{
	static const float cosine[3][3] = {{-1, 0, 0}, {0, 0, -1}, {0, 1, 0}};

	for (int a = 0; a < 3; a++) {
		m->spacing[a] = 1;
		m->centre[a] = 0;
		for (int w = 0; w < 3; w++)
			m->cosine[a][w] = cosine[a][w];
	}
}

static int take_grid(struct mgh_head *m, struct vol_head *head, const char *subject, struct vol_err *err)
{
	struct vol_err why;

	if (!m->good_ras) {
		set_default_place(m);
		vol_warn(subject, "place is not stated (goodRASFlag is not set): taken as FreeSurfer does, coronal "
		                  "slices of 1 mm voxels around 0,0,0 mm");
	}
	for (int a = 0; a < 3; a++)
		if (!(m->spacing[a] > 0 && isfinite(m->spacing[a])))
			return vol_fail(err, subject, "spacing along %c is %g", "xyz"[a], (double)m->spacing[a]);
	mgh_grid(m, &head->grid);
	if (grid_check(&head->grid, subject, &why) < 0)
		return vol_fail(err, subject, "direction cosines: %s", why.what);
	return 0;
}

static int take_head(struct mgh_head *m, struct vol_head *head, const char *subject, struct vol_err *err)
{
	static const char *const name[] = {"width", "height", "depth", "nframes"};

	if ((m->version & 0xff) != 1)
		return vol_fail(err, subject, "version is %d, not 1", (int)m->version);
	for (int i = 0; i < 4; i++)
		if (m->dim[i] < 1)
			return vol_fail(err, subject, "%s is %d", name[i], (int)m->dim[i]);
	if (m->dim[3] > 1)
		head->list = (uint64_t)m->dim[3];
	if (take_type(m->type, head, subject, err) < 0 || take_grid(m, head, subject, err) < 0)
		return -1;
	return vol_head_check(head, subject, err);
}

/* The digest stands for what was read, as in a vol stream. */
static int read_header(struct bytes *b, struct vol_head *head, struct vol_err *err)
{
	unsigned char bytes[MGH_HEAD_BYTES];
	struct mgh_head m;
	ssize_t got = bytes_read(b, bytes, sizeof bytes, err);

	if (got < 0)
		return -1;
	if (got == 0)
		return vol_fail(err, bytes_name(b), "is empty: nothing came to read");
	if (got < 4 || bytes[0] != 0 || bytes[3] != 1)
		return vol_fail(err, bytes_name(b), "is not an MGH file (version is not 1)");
	if ((size_t)got < sizeof bytes)
		return vol_fail(err, bytes_name(b), "ends inside the header (%zd of %d bytes)", got, MGH_HEAD_BYTES);
	SHA256Data(bytes, sizeof bytes, head->digest);
	mgh_head_unpack(bytes, &m);
	return take_head(&m, head, bytes_name(b), err);
}

/* ---- what follows the voxels ---- */

struct mgh_in {
	struct bytes *b;
	struct vol_head said;
	char *kept; /* our text in it; owned */
};

static ssize_t source_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	return bytes_read(((struct mgh_in *)ctx)->b, buf, n, err);
}

static int64_t source_drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	return bytes_drain(((struct mgh_in *)ctx)->b, fd, fd_name, n, err);
}

static int source_finish(void *ctx, struct vol_err *err)
{
	struct mgh_in *m = ctx;

	vol_head_free(&m->said);
	vol_head_init(&m->said);
	free(m->kept);
	m->kept = NULL;
	return mgh_foot_read(m->b, &m->said, &m->kept, err);
}

static void source_close(void *ctx)
{
	struct mgh_in *m = ctx;

	bytes_close(m->b);
	vol_head_free(&m->said);
	free(m->kept);
	free(m);
}

static const struct vol_source source = {source_read, source_drain, source_finish, source_close};

/* Look at the end of a file first, then come back to its first voxel. Where the voxels are too few nothing is
 * said here: reading them tells better. */
static int look_ahead(struct mgh_in *m, const char *path, const struct vol_head *head, struct vol_err *err)
{
	struct vol_err why;

	m->b = bytes_open(path, err);
	if (!m->b)
		return -1;
	if (bytes_skip(m->b, MGH_HEAD_BYTES + vol_head_bytes(head), &why) == 0 && source_finish(m, err) < 0)
		return -1;
	if (!bytes_reopen(m->b))
		return vol_fail(err, bytes_name(m->b), "cannot be read twice");
	m->b = bytes_open(path, err);
	return m->b ? bytes_skip(m->b, MGH_HEAD_BYTES, err) : -1;
}

/* FreeSurfer takes TR as the time between frames, whatever they are. A file of ours says it itself. */
static int take_foot(const struct mgh_in *m, struct vol_in *in, struct vol_head *head, struct vol_err *err)
{
	const char *tr = key_get(&m->said, "dicom.RepetitionTime");
	double step;

	if (m->kept) {
		/* MGH has no scaling of its own */
		int took = kept_take(m->kept, strlen(m->kept), false, in, head, err);

		if (took != 0)
			return took;
	}
	for (size_t i = 0; i < m->said.keys.n; i++)
		if (key_set_full(head, m->said.keys.name[i], m->said.keys.value[i], err) < 0)
			return -1;
	if (tr && head->list && head->list <= TIMES_MAX && vol_parse_number(tr, &step))
		return times_set(head, "ms", 0, step, err);
	return 0;
}

static struct vol_in *open_voxels(struct mgh_in *m, const char *path, struct vol_head *head, struct vol_err *err)
{
	bool piped = !bytes_reopen(m->b);
	struct vol_in *in;

	if (!piped) {
		m->b = NULL;
		if (look_ahead(m, path, head, err) < 0) {
			source_close(m);
			return NULL;
		}
	}
	in = vol_open_source(&source, m, bytes_name(m->b), head, true, err);
	if (in && ((piped && vol_hold(in, err) < 0) || take_foot(m, in, head, err) < 0)) {
		vol_close(in);
		return NULL;
	}
	return in;
}

struct vol_in *mgh_decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	struct mgh_in *m = calloc(1, sizeof *m);
	struct vol_in *in;

	vol_head_init(head);
	if (!m) {
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	vol_head_init(&m->said);
	m->b = bytes_open(path, err);
	if (!m->b || read_header(m->b, head, err) < 0) {
		source_close(m);
		vol_head_free(head);
		return NULL;
	}
	in = open_voxels(m, path, head, err);
	if (!in || key_source(head, err) < 0) {
		vol_close(in);
		vol_head_free(head);
		return NULL;
	}
	return in;
}
