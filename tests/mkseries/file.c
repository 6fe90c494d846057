/* SPDX-License-Identifier: BSD-2-Clause
 *
 * file.c - whole files in and out, directories, and files that are no images. */
#include "mkseries.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

void file_write(const char *path, const struct buf *b)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
	size_t at = 0;

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	while (at < b->n) {
		ssize_t n = write(fd, b->p + at, b->n - at);

		if (n < 0)
			die("%s: %s", path, strerror(errno));
		at += (size_t)n;
	}
	if (close(fd))
		die("%s: %s", path, strerror(errno));
}

void file_read(const char *path, struct buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	static _Thread_local uint8_t piece[1 << 16];
	ssize_t n;

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	while ((n = read(fd, piece, sizeof piece)) > 0)
		buf_add(b, piece, (size_t)n);
	if (n < 0)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

/* path and its parents */
void make_dirs(const char *path)
{
	char *p = xprintf("%s", path), *slash = p;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = 0;
		if (mkdir(p, 0777) && errno != EEXIST)
			die("%s: %s", p, strerror(errno));
		*slash = '/';
	}
	if (mkdir(p, 0777) && errno != EEXIST)
		die("%s: %s", p, strerror(errno));
	free(p);
}

static int counted;

static int count(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)st;
	(void)ftw;
	counted += type == FTW_F;
	return 0;
}

/* How many files lie below a directory; 0 when there is none. */
int files_below(const char *dir)
{
	counted = 0;
	nftw(dir, count, 16, FTW_PHYS);
	return counted;
}

static void junk_file(const struct config *cfg, const char *name, const struct buf *b)
{
	char *path = xprintf("%s/%s", cfg->dir, name);

	file_write(path, b);
	free(path);
}

static void junk_text(const struct config *cfg, const char *name, const void *p, size_t n)
{
	struct buf b = {0};

	buf_add(&b, p, n);
	junk_file(cfg, name, &b);
	buf_free(&b);
}

static void junk_gzip(const struct config *cfg)
{
	static const char text[] = "no image in here\n";
	char *path = xprintf("%s/archive.gz", cfg->dir);
	gzFile f = gzopen(path, "wb");

	if (!f || gzwrite(f, text, sizeof text - 1) <= 0 || gzclose(f) != Z_OK)
		die("%s: cannot write", path);
	free(path);
}

/* A sound DICOM object of the same study that has no pixels. */
static void junk_dicom(const struct config *cfg, const char *name, const char *modality,
		       const char *class_uid)
{
	struct buf b = {0};
	struct dataset *ds = ds_new();
	char uid[72];
	uint8_t preamble[132] = {0};

	memcpy(preamble + 128, "DICM", 4);
	buf_add(&b, preamble, sizeof preamble);
	attributes_identity(cfg, ds);
	make_uid(uid, mix((uint64_t)cfg->seed, (uint64_t)cfg->series_seed + 21),
		 (uint64_t)modality[0]);
	ds_text(ds, 0x0020000e, "UI", uid);
	make_uid(uid, mix((uint64_t)cfg->seed, (uint64_t)cfg->series_seed + 22),
		 (uint64_t)modality[0]);
	ds_text(ds, 0x00080016, "UI", class_uid);
	ds_text(ds, 0x00080018, "UI", uid);
	ds_text(ds, 0x00080060, "CS", modality);
	ds_is(ds, 0x00200011, 99);
	ds_is(ds, 0x00200013, 1);
	attributes_meta(&b, class_uid, uid, syntax_uid(TS_EXPLICIT));
	ds_encode(ds, ENC_EXPLICIT, &b);
	junk_file(cfg, name, &b);
	ds_free(ds);
	buf_free(&b);
}

void write_junk(const struct config *cfg)
{
	static const char text[] = "These are the notes that somebody left beside the pictures.\n";
	static const uint8_t png[64] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,
					0,    0,   13,  'I', 'H',  'D',  'R',  0,    0,
					0,    1,   0,   0,   0,    1,    8};
	uint8_t preamble[132] = {0};

	memcpy(preamble + 128, "DICM", 4);
	junk_text(cfg, "notes.txt", text, sizeof text - 1);
	junk_text(cfg, "empty.dcm", "", 0);
	junk_text(cfg, "thumbnail.png", png, sizeof png);
	junk_text(cfg, "preamble.dcm", preamble, sizeof preamble);
	junk_gzip(cfg);
	junk_dicom(cfg, "report.dcm", "SR", "1.2.840.10008.5.1.4.1.1.88.11");
	junk_dicom(cfg, "structures.dcm", "RTSTRUCT", "1.2.840.10008.5.1.4.1.1.481.3");
}
