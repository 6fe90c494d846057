/* bigvol - a CT volume of any length, for the tests of memory: cheap noise in int16 slices of
 * 512 x 512, or the same place without its voxels, which costs no disk.
 *
 *     bigvol MIB                 a vol stream to stdout
 *     bigvol MIB FILE.vol        a file of it whose voxels are a hole: all 0
 *     bigvol MIB FOLDER [BITS]   a DICOM series, two slices a MiB, of BITS stored bits (16) */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fd.h"
#include "io/keys.h"

enum { SIDE = 512, SLICE = SIDE * SIDE * 2, NOISE = 1 << 20 };

static _Noreturn void die(const char *subject, const char *what)
{
	fprintf(stderr, "bigvol: %s: %s\n", subject, what);
	exit(1);
}

static _Noreturn void fail(const struct vol_err *err)
{
	die(err->subject, err->what);
}

/* Values of 0 to 4095, near each other within a stretch, as those of an image are. */
static char *make_noise(void)
{
	uint16_t *v = malloc(2 * NOISE);
	uint32_t x = 1;

	if (!v)
		die("memory", "exhausted");
	for (size_t i = 0; i < NOISE; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		v[i] = (uint16_t)((i / 97 * 31 % 3968) + (x & 127));
	}
	return (char *)v;
}

static void write_header(int fd, unsigned long slices, struct vol_err *err)
{
	struct vol_head h;
	char *text;
	size_t n;

	vol_head_init(&h);
	h.type = VOXEL_INT16;
	h.grid = (struct vol_grid){.size = {SIDE, SIDE, slices},
				   .direction = {{0.7, 0, 0}, {0, 0.7, 0}, {0, 0, 1.25}}};
	if (key_set(&h, err, "unit", "stored") < 0 || key_set(&h, err, "rescale", "1 -1024") < 0 ||
	    key_set(&h, err, "rescale.unit", "HU") < 0 || key_set(&h, err, "stored.range", "0 4095") < 0 ||
	    vol_head_print(&h, NULL, &text, &n, err) < 0 || fd_write(fd, text, n, "output", err) < 0)
		fail(err);
	free(text);
	vol_head_free(&h);
}

/* The noise again and again, each time from another place in it: compression finds no repetition. */
static void write_voxels(int fd, unsigned long mib, struct vol_err *err)
{
	char *noise = make_noise();

	for (unsigned long i = 0; i < mib; i++)
		if (fd_write(fd, noise + i * 4096 % NOISE, NOISE, "output", err) < 0)
			fail(err);
	free(noise);
}

/* ---- DICOM, explicit little-endian ---- */

struct element {
	unsigned char b[4096];
	size_t n;
};

static void put(struct element *e, unsigned v, unsigned bytes)
{
	for (; bytes; bytes--, v >>= 8)
		e->b[e->n++] = (unsigned char)v;
}

static void tag(struct element *e, unsigned group, unsigned number, const char *vr)
{
	put(e, group, 2);
	put(e, number, 2);
	memcpy(e->b + e->n, vr, 2);
	e->n += 2;
}

static void text(struct element *e, unsigned group, unsigned number, const char *vr, const char *value)
{
	size_t n = strlen(value);

	tag(e, group, number, vr);
	put(e, (unsigned)(n + n % 2), 2);
	memcpy(e->b + e->n, value, n);
	e->n += n;
	if (n % 2)
		put(e, strcmp(vr, "UI") ? ' ' : 0, 1);
}

static void number(struct element *e, unsigned group, unsigned element, unsigned value)
{
	tag(e, group, element, "US");
	put(e, 2, 2);
	put(e, value, 2);
}

static void make_slice(struct element *e, unsigned long k, unsigned bits)
{
	static const char ct[] = "1.2.840.10008.5.1.4.1.1.2";
	struct element meta = {.n = 0};
	char uid[64], position[64];

	snprintf(uid, sizeof uid, "1.2.3.%lu", k + 1);
	snprintf(position, sizeof position, "0\\0\\%g", 1.25 * (double)k);
	text(&meta, 2, 2, "UI", ct);
	text(&meta, 2, 3, "UI", uid);
	text(&meta, 2, 0x10, "UI", "1.2.840.10008.1.2.1");
	memset(e, 0, sizeof *e);
	memcpy(e->b + 128, "DICM", 4);
	e->n = 132;
	tag(e, 2, 0, "UL");
	put(e, 4, 2);
	put(e, (unsigned)meta.n, 4);
	memcpy(e->b + e->n, meta.b, meta.n);
	e->n += meta.n;
	text(e, 8, 0x16, "UI", ct);
	text(e, 8, 0x18, "UI", uid);
	text(e, 8, 0x60, "CS", "CT");
	text(e, 0x20, 0xd, "UI", "1.2.4");
	text(e, 0x20, 0xe, "UI", "1.2.5");
	text(e, 0x20, 0x32, "DS", position);
	text(e, 0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0");
	number(e, 0x28, 2, 1);
	text(e, 0x28, 4, "CS", "MONOCHROME2");
	number(e, 0x28, 0x10, SIDE);
	number(e, 0x28, 0x11, SIDE);
	text(e, 0x28, 0x30, "DS", "0.7\\0.7");
	number(e, 0x28, 0x100, 16);
	number(e, 0x28, 0x101, bits);
	number(e, 0x28, 0x102, bits - 1);
	number(e, 0x28, 0x103, 0);
	text(e, 0x28, 0x1052, "DS", "-1024");
	text(e, 0x28, 0x1053, "DS", "1");
	tag(e, 0x7fe0, 0x10, "OW");
	put(e, 0, 2);
	put(e, SLICE, 4);
}

/* A file of these bytes and a hole of n more. */
static void write_sparse(const char *path, const struct element *e, unsigned long n, struct vol_err *err)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);

	if (fd < 0 || fd_write(fd, e->b, e->n, path, err) < 0 || ftruncate(fd, (off_t)(e->n + n)) < 0 ||
	    close(fd) < 0)
		die(path, strerror(errno));
}

static void write_series(const char *folder, unsigned long slices, unsigned bits, struct vol_err *err)
{
	struct element e;
	char path[4096];

	for (unsigned long k = 0; k < slices; k++) {
		snprintf(path, sizeof path, "%s/%06lu.dcm", folder, k);
		make_slice(&e, k, bits);
		write_sparse(path, &e, SLICE, err);
	}
}

int main(int argc, char **argv)
{
	unsigned long mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned bits = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 16;
	struct vol_err err;
	struct stat st;

	if (mib < 1 || mib > 1 << 24 || bits < 8 || bits > 16 || argc > 4)
		die("usage", "bigvol MIB [FILE.vol | FOLDER [BITS]]");
	if (argc > 2 && stat(argv[2], &st) == 0 && S_ISDIR(st.st_mode)) {
		write_series(argv[2], 2 * mib, bits, &err);
	} else if (argc > 2) {
		int fd = open(argv[2], O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);

		if (fd < 0)
			die(argv[2], strerror(errno));
		write_header(fd, 2 * mib, &err);
		if (ftruncate(fd, lseek(fd, 0, SEEK_CUR) + (off_t)mib * NOISE) < 0 || close(fd) < 0)
			die(argv[2], strerror(errno));
	} else {
		fd_widen(STDOUT_FILENO);
		write_header(STDOUT_FILENO, 2 * mib, &err);
		write_voxels(STDOUT_FILENO, mib, &err);
	}
	return 0;
}
