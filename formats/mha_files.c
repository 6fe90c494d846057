/* mha_files.c - the voxels of a MetaImage file: behind its header, in a file beside it, or in several. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "folder.h"
#include "mha.h"
#include "npy.h"

/* ---- ElementDataFile ---- */

/* "LIST", and perhaps how many dimensions each file has: the names stand in the lines that follow. */
static int take_list(const char *each_text, char *names, int dims, const uint64_t size[MHA_DIMS],
                     struct mha_layout *l, const char *subject, struct vol_err *err)
{
	uint64_t have = 0;
	int each = dims - 1;

	if (*each_text) {
		each = *each_text - '0';
		if (each < 1 || each > dims || (each_text[1] && strcmp(each_text + 1, "D") != 0))
			return vol_fail(err, subject, "ElementDataFile is a list of '%.40s'", each_text);
	}
	for (int i = each; i < dims; i++)
		l->files *= size[i]; /* no more than voxels, which were counted */
	for (const char *line = names; line && *line; line += strcspn(line, "\n")) {
		line += strspn(line, " \t\r\v\f\n");
		have += *line != '\0';
	}
	if (have != l->files)
		return vol_fail(err, subject, "lists %llu files of voxels, not %llu", (unsigned long long)have,
		                (unsigned long long)l->files);
	l->kind = MHA_LIST;
	l->name = names;
	return 0;
}

/* Take the last word off, when it is a whole number that no file's name needs. */
static bool last_number(char *s, long long *x)
{
	enum { FAR = 1 << 30 };
	char *blank = strrchr(s, ' ');

	if (!blank || !mha_whole(blank + 1, -FAR, FAR, x))
		return false;
	*blank = '\0';
	mha_strip(s);
	return true;
}

/* The number's place in a name: "%d", "%03d", "%3d". *width: 0 where none is given. */
static bool find_place(const char *name, const char **place, const char **after, int *width, bool *zeros)
{
	const char *p = strchr(name, '%');

	*place = p++;
	*zeros = *p == '0';
	for (*width = 0; *p >= '0' && *p <= '9' && *width < 100; p++)
		*width = 10 * *width + *p - '0';
	*after = p + 1;
	return *p == 'd' && *width < 64 && !strchr(p, '%');
}

/* "slice%03d.raw 1 20 1": a name, and first, last and step, if they are not 1, ..., 1. */
static int take_pattern(char *name, uint64_t files, struct mha_layout *l, const char *subject, struct vol_err *err)
{
	long long n[3], first = 1, step = 1, steps = (long long)files - 1;
	const char *place, *after;
	int given = 0, width;
	bool zeros;

	while (given < 3 && last_number(name, &n[given]))
		given++;
	if (!find_place(name, &place, &after, &width, &zeros))
		return vol_fail(err, subject, "ElementDataFile is '%.100s', not a name with one number such as %%03d", name);
	if (files > 1 << 30)
		return vol_fail(err, subject, "ElementDataFile stands for too many files");
	if (given > 0)
		first = n[given - 1];
	if (given == 3)
		step = n[0];
	else if (given == 2 && steps > 0)
		step = (n[0] - first) / steps;
	if (given >= 2 && steps > 0 && (step == 0 || (n[given - 2] - first) / step != steps))
		return vol_fail(err, subject, "ElementDataFile counts from %lld to %lld by %lld, and should name %llu files",
		                first, n[given - 2], step, (unsigned long long)files);
	l->kind = MHA_PATTERN;
	l->files = files;
	l->name = name;
	l->first = first;
	l->step = step;
	return 0;
}

int mha_data_file(char *value, char *rest, int dims, const uint64_t size[MHA_DIMS], struct mha_layout *l,
                  const char *subject, struct vol_err *err)
{
	l->files = 1;
	if (strncmp(value, "LIST", 4) == 0)
		return take_list(mha_strip(value + 4), rest, dims, size, l, subject, err);
	if (!*value)
		return vol_fail(err, subject, "ElementDataFile is empty");
	if (strchr(value, '%'))
		return take_pattern(value, size[dims - 1], l, subject, err);
	l->kind = strcmp(value, "LOCAL") == 0 || strcmp(value, "Local") == 0 || strcmp(value, "local") == 0 ? MHA_LOCAL
	                                                                                                    : MHA_ONE;
	l->name = value;
	return 0;
}

/* ---- the files ---- */

struct files {
	struct bytes *b;         /* the one in hand */
	struct mha_layout l;
	char *text, *header;     /* header: path, NULL for stdin */
	enum voxel_type type;
	uint64_t each, left;     /* bytes of voxels of a file, and of this one not yet taken */
	uint64_t next;           /* file */
	const char *list;        /* LIST: where the next name stands */
	bool told;               /* of what follows the voxels */
};

/* The name of the next file. False when it is too long. */
static bool next_name(struct files *f, char name[PATH_MAX])
{
	const struct mha_layout *l = &f->l;
	const char *place, *after;
	int width, n;
	bool zeros;

	if (l->kind == MHA_LIST) {
		f->list += strspn(f->list, " \t\r\v\f\n");
		n = snprintf(name, PATH_MAX, "%.*s", (int)strcspn(f->list, "\n"), f->list);
		f->list += strcspn(f->list, "\n");
		mha_strip(name);
	} else if (l->kind == MHA_PATTERN) {
		long long number = l->first + (long long)f->next * l->step;

		(void)find_place(l->name, &place, &after, &width, &zeros);
		n = zeros ? snprintf(name, PATH_MAX, "%.*s%0*lld%s", (int)(place - l->name), l->name, width, number, after)
		          : snprintf(name, PATH_MAX, "%.*s%*lld%s", (int)(place - l->name), l->name, width, number, after);
	} else {
		n = snprintf(name, PATH_MAX, "%s", l->name);
	}
	return n > 0 && n < PATH_MAX;
}

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

	if (!next_name(f, name))
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

/* Integers of 64 bits: those of an array of NumPy, and no others, are read as 32 bits or double where that is exact. */
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
