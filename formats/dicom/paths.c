#include "paths.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dcmtk.h"
#include "input.h"
#include "io/fd.h"
#include "unpack.h"

static int add(struct dicom_paths *p, const char *path, struct vol_err *err)
{
	char **more, *copy;

	if ((p->n & (p->n - 1)) == 0) { /* at each power of two: double */
		more = realloc(p->path, (p->n ? 2 * p->n : 1) * sizeof *more);
		if (!more)
			return vol_fail(err, path, "out of memory");
		p->path = more;
	}
	copy = strdup(path);
	if (!copy)
		return vol_fail(err, path, "out of memory");
	p->path[p->n++] = copy;
	return 0;
}

static int add_folder(struct dicom_paths *p, const char *folder, struct vol_err *err)
{
	char *root = strdup(folder), *roots[] = {root, NULL};
	size_t len = root ? strlen(root) : 0;
	FTS *fts;
	FTSENT *e;
	int rc = 0;

	/* "ct/" and "ct" shall give the same names */
	while (len > 1 && root[len - 1] == '/')
		root[--len] = '\0';
	fts = root ? fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL) : NULL;
	if (!fts) {
		free(root);
		return vol_fail_errno(err, folder, "cannot be searched");
	}
	errno = 0;
	while (rc == 0 && (e = fts_read(fts))) {
		if (e->fts_info == FTS_F || e->fts_info == FTS_DEFAULT || e->fts_info == FTS_SLNONE)
			rc = add(p, e->fts_path, err);
		else if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
			rc = vol_fail(err, e->fts_path, "cannot be read: %s", strerror(e->fts_errno));
	}
	if (rc == 0 && errno)
		rc = vol_fail_errno(err, folder, "cannot be searched");
	fts_close(fts);
	free(root);
	return rc;
}

/* ---- DICOMDIR ---- */

/* The meta header of a DICOMDIR holds this SOP class within its first bytes. */
static bool is_directory(const unsigned char *start, size_t n)
{
	static const char uid[] = "1.2.840.10008.1.3.10";

	return n > 132 && memcmp(start + 128, "DICM", 4) == 0 &&
	       memmem(start + 132, n - 132, uid, sizeof uid - 1);
}

struct directory {
	struct dicom_paths *paths;
	const char *path;
	struct vol_err *err;
};

static bool stays_inside(const char *name)
{
	if (name[0] == '/')
		return false;
	for (const char *s = name; s; s = strchr(s, '/')) {
		s += *s == '/';
		if (strncmp(s, "..", 2) == 0 && (s[2] == '/' || s[2] == '\0'))
			return false;
		if (!*s)
			break;
	}
	return true;
}

static int take_reference(void *ctx, const char *name)
{
	struct directory *d = ctx;
	const char *slash = strrchr(d->path, '/');
	int base = slash ? (int)(slash - d->path + 1) : 0;
	char *path;
	int rc;

	if (!stays_inside(name))
		return vol_fail(d->err, d->path, "refers to '%.200s', outside its folder", name);
	if (asprintf(&path, "%.*s%s", base, d->path, name) < 0)
		return vol_fail(d->err, d->path, "out of memory");
	/* names are upper case by the standard, lower case on many a disk */
	if (access(path, F_OK) != 0)
		for (char *c = path + base; *c; c++)
			*c = (char)tolower((unsigned char)*c);
	if (access(path, F_OK) == 0)
		rc = add(d->paths, path, d->err);
	else
		rc = vol_fail(d->err, d->path, "refers to '%.200s', which is not there", name);
	free(path);
	return rc;
}

/* ---- archives ---- */

struct archive {
	dev_t dev;
	ino_t ino;
};

static int by_inode(const void *va, const void *vb)
{
	const struct archive *a = va, *b = vb;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

static int take_member(void *ctx, const char *name)
{
	struct directory *d = ctx;

	return add(d->paths, name, d->err);
}

static int add_archive(struct directory *d, const struct stat *st)
{
	struct archive *a = malloc(sizeof *a), **found = NULL;

	if (a) {
		*a = (struct archive){st->st_dev, st->st_ino};
		found = tsearch(a, &d->paths->archives, by_inode);
	}
	if (!found || *found != a)
		free(a);
	if (!found)
		return vol_fail(d->err, d->path, "out of memory");
	/* once is enough */
	return *found == a ? unpack_operand(d->path, take_member, d, d->err) : 0;
}

static int add_stdin(struct directory *d)
{
	if (d->paths->took_stdin)
		return vol_fail(d->err, "stdin", "can be read only once");
	d->paths->took_stdin = true;
	return unpack_operand("-", take_member, d, d->err);
}

/* ---- what was named ---- */

static int add_named(struct dicom_paths *p, const char *path, struct vol_err *err)
{
	struct directory d = {p, path, err};
	unsigned char start[UNPACK_LOOK];
	struct stat st;
	ssize_t n;
	int fd;

	if (strcmp(path, "-") == 0)
		return add_stdin(&d);
	if (stat(path, &st) < 0)
		return vol_fail_errno(err, path, "cannot be opened");
	if (S_ISDIR(st.st_mode))
		return add_folder(p, path, err);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	n = fd >= 0 ? pread(fd, start, sizeof start, 0) : -1;
	if (fd >= 0)
		close(fd);
	if (n > 0 && S_ISREG(st.st_mode) && unpack_needed(start, (size_t)n))
		return add_archive(&d, &st);
	if (add(p, path, err) < 0)
		return -1;
	if (n < 0 || !is_directory(start, (size_t)n))
		return 0;
	dcmtk_start();
	return dcmtk_directory(path, take_reference, &d, err);
}

/* ---- lists ---- */

static int read_list(const char *list, char **text, size_t *len, struct vol_err *err)
{
	bool from_stdin = strcmp(list, "-") == 0;
	int fd = from_stdin ? STDIN_FILENO : open(list, O_RDONLY | O_CLOEXEC);
	size_t size = 1 << 16;
	ssize_t got = 1;

	*len = 0;
	*text = malloc(size + 1);
	if (fd < 0)
		got = vol_fail_errno(err, list, "cannot be opened");
	while (got > 0 && *text) {
		if (*len == size) {
			char *more = realloc(*text, 2 * size + 1);

			if (!more)
				break;
			*text = more;
			size *= 2;
		}
		got = fd_read(fd, *text + *len, size - *len, from_stdin ? "stdin" : list, err);
		if (got > 0)
			*len += (size_t)got;
	}
	if (fd > 2)
		close(fd);
	if (got == 0 && *text) {
		(*text)[*len] = '\0';
		return 0;
	}
	free(*text);
	return got < 0 ? -1 : vol_fail(err, list, "out of memory");
}

static int add_list(struct dicom_paths *p, const char *list, struct vol_err *err)
{
	char *text, separator;
	size_t len;
	int rc = 0;

	if (read_list(list, &text, &len, err) < 0)
		return -1;
	separator = memchr(text, '\0', len) ? '\0' : '\n';
	for (char *s = text; rc == 0 && s < text + len;) {
		char *stop = memchr(s, separator, (size_t)(text + len - s));

		if (!stop)
			stop = text + len;
		*stop = '\0';
		if (*s)
			rc = add_named(p, s, err);
		s = stop + 1;
	}
	free(text);
	return rc;
}

/* ---- all ---- */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct place {
	size_t i; /* index of the name */
	dev_t dev;
	ino_t ino;
};

static int by_file(const void *va, const void *vb)
{
	const struct place *a = va, *b = vb;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return a->i < b->i ? -1 : a->i > b->i;
}

/* One file, one name: the first, however many links and spellings lead to it. */
static int drop_repeated(struct dicom_paths *p, struct vol_err *err)
{
	struct place *place = calloc(p->n + 1, sizeof *place);
	size_t n = 0, kept = 0;
	struct stat st;

	if (!place)
		return vol_fail(err, "", "out of memory");
	for (size_t i = 0; i < p->n; i++)
		if (!input_unpacked(p->path[i]) && stat(p->path[i], &st) == 0) /* else: reading it will say why */
			place[n++] = (struct place){i, st.st_dev, st.st_ino};
	qsort(place, n, sizeof *place, by_file);
	for (size_t k = 1; k < n; k++)
		if (place[k].dev == place[k - 1].dev && place[k].ino == place[k - 1].ino) {
			free(p->path[place[k].i]);
			p->path[place[k].i] = NULL;
		}
	free(place);
	for (size_t i = 0; i < p->n; i++)
		if (p->path[i])
			p->path[kept++] = p->path[i];
	p->n = kept;
	return 0;
}

int dicom_paths_collect(char *const *operands, size_t n, const char *files0_from,
                        struct dicom_paths *paths, struct vol_err *err)
{
	int rc = 0;

	memset(paths, 0, sizeof *paths);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_named(paths, operands[i], err);
	if (rc == 0 && files0_from && strcmp(files0_from, "-") == 0) {
		if (paths->took_stdin)
			rc = vol_fail(err, "stdin", "can be read only once");
		paths->took_stdin = true;
	}
	if (rc == 0 && files0_from)
		rc = add_list(paths, files0_from, err);
	if (rc == 0 && paths->n) {
		qsort(paths->path, paths->n, sizeof *paths->path, by_bytes);
		rc = drop_repeated(paths, err);
	}
	if (rc < 0)
		dicom_paths_free(paths);
	return rc;
}

void dicom_paths_free(struct dicom_paths *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		free(paths->path[i]);
	free(paths->path);
	tdestroy(paths->archives, free);
	memset(paths, 0, sizeof *paths);
}
