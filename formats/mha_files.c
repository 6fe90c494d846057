/* mha_files.c - the voxels of a MetaImage file: behind its header, in a file beside it, or in several. */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "folder.h"
#include "mha.h"
#include "npy.h"

/* ---- the files ---- */

struct files {
	struct bytes *b;         /* the one in hand */
	struct mha_layout l;
	char *text, *header;     /* header: path, NULL for stdin */
	enum voxel_type type;
	uint64_t each, left;     /* bytes of voxels of a file, and of this one not yet taken */
	uint64_t next;           /* file */
	const char *list;        /* where its name stands, of a LIST */
	bool told;               /* of what follows the voxels */
};

/* HeaderSize -1: the voxels, as they are stored, are the last bytes. */
static int skip_to_last(struct files *f, struct vol_err *err)
{
	uint64_t want = f->l.compressed ? f->l.compressed_size : f->each;
	int64_t rest = bytes_left(f->b);

	if (rest < 0)
		return vol_fail(err, bytes_name(f->b), "HeaderSize is -1, which needs a file that is not compressed");
	if (want == 0)
		return vol_fail(err, bytes_name(f->b), "HeaderSize is -1, and CompressedDataSize is not stated");
	if ((uint64_t)rest < want)
		return vol_fail(err, bytes_name(f->b), "holds %lld bytes, fewer than its %llu of voxels", (long long)rest,
		                (unsigned long long)want);
	return bytes_skip(f->b, (uint64_t)rest - want, err);
}

/* From the first byte that was not taken to the first voxel. */
static int reach_voxels(struct files *f, size_t taken, struct vol_err *err)
{
	const char *name = bytes_name(f->b);
	const unsigned char *p;
	ssize_t got;

	if (f->l.header_size > 0 && (uint64_t)f->l.header_size < taken)
		return vol_fail(err, name, "HeaderSize is %lld, and the header is longer", (long long)f->l.header_size);
	if (f->l.header_size > 0 && bytes_skip(f->b, (uint64_t)f->l.header_size - taken, err) < 0)
		return -1;
	if (f->l.header_size < 0 && skip_to_last(f, err) < 0)
		return -1;
	f->left = f->each;
	if (!f->l.compressed)
		return 0;
	got = bytes_peek(f->b, &p, 2, err);
	if (got < 0)
		return -1;
	if (got == 0)
		return vol_fail(err, name, "ends before its voxels");
	return got == 2 && p[0] == 0x1f && p[1] == 0x8b ? bytes_gunzip(f->b, err) : bytes_unzlib(f->b, err);
}

static int open_next(struct files *f, struct vol_err *err)
{
	char name[PATH_MAX], path[PATH_MAX];

	if (!mha_file_name(&f->l, f->next, &f->list, name))
		return vol_fail(err, f->header, "name of the data file is too long");
	if (folder_file(f->header, name, path, err) < 0)
		return -1;
	bytes_close(f->b);
	f->b = bytes_open_plain(path, err);
	f->next++;
	return f->b ? reach_voxels(f, 0, err) : -1;
}

/* After the last voxel of a file: what else is there? It is read all the same, for the checksum of compressed data. */
static int end_file(struct files *f, struct vol_err *err)
{
	const unsigned char *p;
	int64_t more;
	ssize_t n;

	/* text ends with a line feed */
	while (f->l.text && (n = bytes_peek(f->b, &p, 1, err)) > 0 && *p <= ' ')
		if (bytes_skip(f->b, 1, err) < 0)
			return -1;
	more = bytes_rest(f->b, err);
	if (more > 0 && !f->told) {
		vol_warn(bytes_name(f->b), "%lld bytes after the last voxel are left out", (long long)more);
		f->told = true;
	}
	return more < 0 ? -1 : 0;
}

/* Ready for the next bytes: 1; 0 when there are none; -1. */
static int go_on(struct files *f, struct vol_err *err)
{
	if (f->left > 0)
		return 1;
	if (f->next == f->l.files)
		return 0;
	return end_file(f, err) < 0 || open_next(f, err) < 0 ? -1 : 1;
}

/* `got` of `want` bytes came of this file. Of the last one, whoever reads tells what is missing. */
static int count_off(struct files *f, int64_t got, uint64_t want, struct vol_err *err)
{
	if (got < 0)
		return -1;
	f->left -= (uint64_t)got;
	if ((uint64_t)got < want && f->l.files > 1)
		return vol_fail(err, bytes_name(f->b), "ends after %llu of its %llu bytes of voxels",
		                (unsigned long long)(f->each - f->left), (unsigned long long)f->each);
	return 0;
}

static ssize_t files_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct files *f = ctx;
	size_t done = 0, size = voxel_size(f->type);
	int more;

	while (done < n && (more = go_on(f, err)) != 0) {
		size_t want = n - done < f->left ? n - done : (size_t)f->left;
		ssize_t got;

		if (more < 0)
			return -1;
		got = f->l.text ? mha_read_text(f->b, f->type, (char *)buf + done, want / size, err)
		                : bytes_read(f->b, (char *)buf + done, want, err);
		if (f->l.text && got > 0)
			got *= (ssize_t)size;
		if (count_off(f, got, want, err) < 0)
			return -1;
		done += (size_t)got;
		if ((size_t)got < want)
			break;
	}
	return (ssize_t)done;
}

static int64_t files_drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	struct files *f = ctx;
	uint64_t done = 0;
	int more;

	while (done < n && (more = go_on(f, err)) != 0) {
		uint64_t want = n - done < f->left ? n - done : f->left;
		int64_t got;

		if (more < 0)
			return -1;
		got = bytes_drain(f->b, fd, fd_name, want, err);
		if (count_off(f, got, want, err) < 0)
			return -1;
		done += (uint64_t)got;
		if ((uint64_t)got < want)
			break;
	}
	return (int64_t)done;
}

static int files_finish(void *ctx, struct vol_err *err)
{
	return end_file(ctx, err);
}

static void files_close(void *ctx)
{
	struct files *f = ctx;

	bytes_close(f->b);
	free(f->text);
	free(f->header);
	free(f);
}

static const struct vol_source source = {files_read, files_drain, files_finish, files_close},
                               text_source = {.read = files_read, .finish = files_finish, .close = files_close};

/* ---- opening ---- */

static int open_first(struct files *f, size_t taken, const char *path, struct vol_err *err)
{
	if (f->l.kind == MHA_LOCAL) {
		f->next = 1;
		return reach_voxels(f, taken, err);
	}
	if (!path || strcmp(path, "-") == 0)
		return vol_fail(err, bytes_name(f->b), "voxels are in another file (%.200s): give the header as a file",
		                f->l.kind == MHA_LIST ? "a list" : f->l.name);
	f->header = strdup(path);
	return f->header ? open_next(f, err) : vol_fail(err, path, "out of memory");
}

/* Integers of 64 bits are read as those of a NumPy array: as 32 bits or double, where that is exact. */
static struct vol_in *open_whole64(struct files *f, struct vol_head *head, const char *name, struct vol_err *err)
{
	const struct npy_want want = {.sure = true};
	struct npy_head array = {.kind = f->l.whole64, .bytes = 8, .big = f->l.big, .items = 1};

	if (head->list)
		array.shape[array.dims++] = head->list;
	for (int a = 2; a >= 0; a--)
		array.shape[array.dims++] = head->grid.size[a];
	for (int i = 0; i < array.dims; i++)
		array.items *= array.shape[i];
	return npy_voxels(&source, f, &array, &want, head, name, err);
}

struct vol_in *mha_open_voxels(struct bytes *b, size_t head_bytes, const struct mha_layout *layout, char *text,
                               const char *path, struct vol_head *head, struct vol_err *err)
{
	struct files *f = calloc(1, sizeof *f);
	struct vol_in *in;
	char *name;

	if (!f) {
		vol_fail(err, path, "out of memory");
		bytes_close(b);
		free(text);
		return NULL;
	}
	f->b = b;
	f->l = *layout;
	f->text = text;
	f->list = layout->name;
	f->type = head->type;
	f->each = vol_head_bytes(head) / layout->files;
	name = strdup(bytes_name(b));
	if (!name || open_first(f, head_bytes, path, err) < 0) {
		if (!name)
			vol_fail(err, path, "out of memory");
		files_close(f);
		free(name);
		return NULL;
	}
	if (layout->vector > 1)
		in = mha_apart(layout->text ? &text_source : &source, f, name, head, layout->big, err);
	else if (layout->whole64)
		in = open_whole64(f, head, name, err);
	else
		in = vol_open_source(layout->text ? &text_source : &source, f, name, head, layout->big, err);
	free(name);
	return in;
}
