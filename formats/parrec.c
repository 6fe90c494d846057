/* parrec.c - PAR/REC as a format: its names, its first bytes, and the REC file as a source of voxels. */
#include "parrec.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fd.h"
#include "io/keys.h"

/* ---- the voxels ---- */

struct rec {
	int fd;
	char *name;
	size_t bytes;              /* of an image */
	uint32_t *index;           /* of the images, in stream order; owned */
	size_t n, at;              /* images; the one being read */
	size_t taken;              /* bytes of it */
};

/* Where to go on, and how many bytes follow each other from there in the file, of n at most. */
static off_t stretch(const struct rec *r, uint64_t *n)
{
	uint64_t have = r->bytes - r->taken;
	size_t i = r->at;

	while (have < *n && i + 1 < r->n && r->index[i + 1] == r->index[i] + 1) {
		have += r->bytes;
		i++;
	}
	if (have < *n)
		*n = have;
	return (off_t)((uint64_t)r->index[r->at] * r->bytes + r->taken);
}

static void advance(struct rec *r, uint64_t n)
{
	n += r->taken;
	r->at += (size_t)(n / r->bytes);
	r->taken = (size_t)(n % r->bytes);
}

static ssize_t rec_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct rec *r = ctx;
	size_t done = 0;

	while (done < n && r->at < r->n) {
		uint64_t want = n - done;
		off_t from = stretch(r, &want);
		ssize_t got = fd_pread(r->fd, (char *)buf + done, (size_t)want, from, r->name, err);

		if (got < 0)
			return -1;
		advance(r, (uint64_t)got);
		done += (size_t)got;
		if ((uint64_t)got < want)
			break;
	}
	return (ssize_t)done;
}

static int64_t rec_drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	struct rec *r = ctx;
	uint64_t done = 0;

	while (done < n && r->at < r->n) {
		uint64_t want = n - done;
		off_t from = stretch(r, &want);
		int64_t moved = fd_move(r->fd, &from, fd, want, r->name, fd_name, err);

		if (moved < 0)
			return -1;
		advance(r, (uint64_t)moved);
		done += (uint64_t)moved;
		if ((uint64_t)moved < want)
			break;
	}
	return (int64_t)done;
}

static void rec_close(void *ctx)
{
	struct rec *r = ctx;

	if (r->fd >= 0)
		close(r->fd);
	free(r->name);
	free(r->index);
	free(r);
}

static const struct vol_source source = {rec_read, rec_drain, NULL, rec_close};

static int open_rec(struct rec *r, const struct parrec_head *h, struct vol_err *err)
{
	uint64_t last = 0, size;
	struct stat st;
	unsigned char magic[2];

	for (size_t i = 0; i < h->n; i++)
		if (h->images[i].v[PARREC_INDEX] > (double)last)
			last = (uint64_t)h->images[i].v[PARREC_INDEX];
	r->fd = open(r->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is refused, not waited for */
	if (r->fd < 0)
		return vol_fail_errno(err, r->name, "cannot be opened");
	if (fstat(r->fd, &st) < 0)
		return vol_fail_errno(err, r->name, "cannot be read");
	if (!S_ISREG(st.st_mode))
		return vol_fail(err, r->name, "is not a regular file");
	size = (uint64_t)st.st_size;
	if (size / r->bytes > last) {
		if (size != (last + 1) * r->bytes)
			vol_note(r->name, "%llu bytes after the last image of the PAR file are left out",
			         (unsigned long long)(size - (last + 1) * r->bytes));
		return 0;
	}
	if (pread(r->fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b)
		return vol_fail(err, r->name, "is compressed (gzip): unpack it first, as its images stand in any order");
	return vol_fail(err, r->name, "holds %llu whole images of %zu bytes, and the PAR file refers to %llu: cut off",
	                (unsigned long long)(size / r->bytes), r->bytes, (unsigned long long)last + 1);
}

/* All images of the file have to be alike in size: only so does an index say where one is. */
static int image_bytes(const struct parrec_head *h, struct vol_head *head, size_t *bytes, const char *subject,
                       struct vol_err *err)
{
	const double *v = h->images[0].v;
	uint64_t n;

	for (size_t i = 1; i < h->n; i++)
		for (int f = PARREC_BITS; f < PARREC_SIZE + 2; f++)
			if (h->images[i].v[f] != v[f])
				return vol_fail(err, subject, "line %zu: the image is not of the size of the one in line %zu",
				                h->images[i].line, h->images[0].line);
	if (v[PARREC_BITS] != 8 && v[PARREC_BITS] != 16)
		return vol_fail(err, subject, "image pixel size is %g bits: not 8 or 16", v[PARREC_BITS]);
	if (!(v[PARREC_SIZE] > 0 && v[PARREC_SIZE + 1] > 0))
		return vol_fail(err, subject, "recon resolution is %g x %g", v[PARREC_SIZE], v[PARREC_SIZE + 1]);
	head->type = v[PARREC_BITS] == 8 ? VOXEL_UINT8 : VOXEL_UINT16;
	if (!size_mul((uint64_t)v[PARREC_SIZE], (uint64_t)v[PARREC_SIZE + 1] * (v[PARREC_BITS] == 8 ? 1 : 2), &n) ||
	    n > INT32_MAX)
		return vol_fail(err, subject, "recon resolution is %g x %g: over 2 GiB an image", v[PARREC_SIZE],
		                v[PARREC_SIZE + 1]);
	*bytes = (size_t)n;
	return 0;
}

/* ---- names ---- */

/* The path with the suffix of the other half, which is there: X.PAR goes with X.REC, else with X.rec. The
 * caller's to free; NULL with err. */
static char *other_half(const char *path, const char *suffix, struct vol_err *err)
{
	size_t n = strlen(path) - 4;
	char *name = strdup(path);

	for (int pass = 0; name && pass < 3; pass++) {
		for (int i = 1; i < 4; i++) {
			bool upper = pass == 0 ? isupper((unsigned char)path[n + (size_t)i]) : pass == 1;

			name[n + (size_t)i] = (char)(upper ? toupper((unsigned char)suffix[i]) : suffix[i]);
		}
		if (access(name, F_OK) == 0)
			return name;
	}
	if (name)
		vol_fail(err, path, "is half of a pair, and the other half is missing (%s)", suffix);
	else
		vol_fail(err, path, "out of memory");
	free(name);
	return NULL;
}

/* The names of both files; either may have been given. Both the caller's to free, after failure too. */
static int find_files(const char *path, char **par, char **rec, struct vol_err *err)
{
	*par = *rec = NULL;
	if (!path || strcmp(path, "-") == 0)
		return vol_fail(err, "stdin", "has only half of PAR/REC: give the name of the .PAR file");
	if (format_has_suffix(path, ".rec")) {
		*rec = strdup(path);
		*par = other_half(path, ".par", err);
	} else if (format_has_suffix(path, ".par")) {
		*par = strdup(path);
		*rec = other_half(path, ".rec", err);
	} else {
		return vol_fail(err, path, "does not end in .PAR or .REC, and so its other half cannot be found");
	}
	return *par && *rec ? 0 : -1;
}

/* ---- reading ---- */

static int fill(struct rec *r, struct parrec_head *h, const struct parrec_choice *choice, struct vol_head *head,
                const char *name, struct vol_err *err)
{
	struct parrec_pick pick;
	int rc = -1;

	if (image_bytes(h, head, &r->bytes, name, err) < 0 || parrec_pick_images(&pick, h, choice, name, err) < 0)
		return -1;
	head->list = pick.volumes > 1 ? pick.volumes : 0;
	memcpy(head->digest, h->digest, sizeof head->digest);
	r->index = malloc(pick.n * sizeof *r->index);
	if (!r->index)
		vol_fail(err, name, "out of memory");
	else if (parrec_place_grid(&pick, h, &head->grid, name, err) == 0 && vol_head_check(head, name, err) == 0 &&
	         parrec_keys_set(&pick, h, choice, head, name, err) == 0 && key_source(head, err) == 0)
		rc = open_rec(r, h, err);
	for (r->n = 0; rc == 0 && r->n < pick.n; r->n++)
		r->index[r->n] = (uint32_t)pick.image[r->n]->v[PARREC_INDEX];
	free(pick.image);
	return rc;
}

struct vol_in *parrec_open(const char *path, const struct parrec_choice *choice, struct vol_head *head,
                           struct vol_err *err)
{
	struct rec *r = calloc(1, sizeof *r);
	struct vol_in *in = NULL;
	struct parrec_head h;
	char *par = NULL;
	int rc;

	vol_head_init(head);
	if (!r) {
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	r->fd = -1;
	rc = find_files(path, &par, &r->name, err);
	if (rc == 0)
		rc = parrec_head_read(&h, par, err);
	if (rc == 0) {
		rc = fill(r, &h, choice, head, par, err);
		parrec_head_free(&h);
	}
	if (rc == 0)
		in = vol_open_source(&source, r, r->name, head, false, err);
	else
		rec_close(r);
	if (!in)
		vol_head_free(head);
	free(par);
	return in;
}

static struct vol_in *decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	struct parrec_choice choice;

	parrec_choice_init(&choice);
	return parrec_open(path, &choice, head, err);
}

static bool sniff(const unsigned char *start, size_t n)
{
	static const char first[] = "# === DATA DESCRIPTION FILE";
	size_t skip = 0;

	while (skip < n && isspace(start[skip]))
		skip++;
	return n - skip >= sizeof first - 1 && memcmp(start + skip, first, sizeof first - 1) == 0;
}

static const char *const suffixes[] = {".par", ".rec", NULL};

const struct vol_format vol_format_parrec = {
	.name = "PAR/REC",
	.suffixes = suffixes,
	.sniff = sniff,
	.decode = decode,
};
