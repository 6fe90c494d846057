/* minc.c - MINC 1 and MINC 2 as a format: its first bytes, and its files.
 *
 * MINC: McConnell Brain Imaging Centre, "MINC Programmer's Reference" and "MINC 2.0 file format". Both versions
 * say the same things, one in netCDF (minc1.c), one in HDF5 (minc2.c); what they say is understood in minc_mean.c. */
#include "minc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"

static const unsigned char hdf5[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

static bool is_netcdf(const unsigned char *start, size_t n)
{
	return n >= 4 && memcmp(start, "CDF", 3) == 0 && (start[3] == 1 || start[3] == 2);
}

static bool is_hdf5(const unsigned char *start, size_t n)
{
	return n >= sizeof hdf5 && memcmp(start, hdf5, sizeof hdf5) == 0;
}

static bool sniff(const unsigned char *start, size_t n)
{
	return is_netcdf(start, n) || is_hdf5(start, n);
}

void minc_file_free(struct minc_file *f)
{
	free(f->lo);
	free(f->hi);
	free(f->times);
	free(f->labels);
	free(f->history);
	free(f->kept);
	f->lo = f->hi = f->times = NULL;
	f->labels = f->history = f->kept = NULL;
}

/* ---- files ---- */

int minc_seekable(const char *path, char **name, unsigned char start[8], size_t *n, struct vol_err *err)
{
	bool from_stdin = !path || strcmp(path, "-") == 0;
	bool plain = !from_stdin || lseek(STDIN_FILENO, 0, SEEK_CUR) == 0;
	struct bytes *b = bytes_open(path, err);
	const unsigned char *p;
	ssize_t got;
	int fd = -1;

	if (!b)
		return -1;
	*name = strdup(bytes_name(b));
	got = *name ? bytes_peek(b, &p, 8, err) : vol_fail(err, path, "out of memory");
	*n = got > 0 ? (size_t)got : 0;
	if (*n)
		memcpy(start, p, *n);
	if (got >= 0 && !sniff(start, *n)) {
		vol_fail(err, *name, got ? "is not a MINC file: it starts as neither netCDF nor HDF5"
		                         : "is empty: nothing came to read");
	} else if (got >= 0 && plain && !bytes_compressed(b) && bytes_reopen(b)) {
		b = NULL;
		fd = from_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			vol_fail_errno(err, *name, "cannot be opened");
	} else if (got >= 0) {
		fd = bytes_spool(b, err);
	}
	bytes_close(b);
	if (fd < 0)
		free(*name);
	return fd;
}

static struct vol_in *decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	unsigned char start[8];
	size_t n;
	char *name;
	int fd;

	vol_head_init(head);
	fd = minc_seekable(path, &name, start, &n, err);
	if (fd < 0)
		return NULL;
	return is_netcdf(start, n) ? minc1_open(fd, name, head, err) : minc2_open(fd, name, head, err);
}

static const char *const suffixes[] = {".mnc.gz", ".mnc", NULL};

const struct vol_format vol_format_minc = {
	.name = "MINC",
	.suffixes = suffixes,
	.sniff = sniff,
	.decode = decode,
	.encode = minc_encode,
};
