/* write_image.c - a volume as a folder of CT, MR or secondary capture images, one a slice.
 *
 * UIDs are a digest of the voxels, and stand before them in every file: the files are written with UIDs of the same
 * length that stand for nothing, and get theirs when the last voxel has come. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "io/fd.h"
#include "io/outdir.h"
#include "write_image.h"

static const struct image_kind kinds[] = {{CT, "CT", SOP_CLASS "2"}, {MR, "MR", SOP_CLASS "4"}, {OT, "OT", SOP_CLASS "7"}};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- what the image is ---- */

static const char *modality_of(const struct derived *d, char *buf, size_t size)
{
	const char *key = key_get(d->head, "modality"), *like;

	if (d->how->modality)
		return d->how->modality;
	like = d->like ? dicom_like_text(d->like, 0x00080060, buf, size) : NULL;
	return key ? key : like;
}

static int set_kind(struct images *m, struct vol_err *err)
{
	char buf[64];
	const char *modality = modality_of(&m->d, buf, sizeof buf);

	for (int i = 0; i < KINDS; i++)
		if (modality && strcmp(modality, kinds[i].modality) == 0)
			m->kind = &kinds[i];
	if (m->kind)
		return 0;
	if (modality)
		return vol_fail(err, m->d.subject, "images of modality %.16s are not written: say CT, MR or OT (secondary "
		                                   "capture) with --modality", modality);
	return vol_fail(err, m->d.subject, "modality is not known: say CT, MR or OT (secondary capture) with --modality");
}

/* ---- what the numbers mean ---- */

static int set_rescale(struct images *m, struct vol_err *err)
{
	const struct vol_head *h = m->d.head;
	const struct values16 *v = &m->values;
	const char *unit = key_get(h, "unit");
	bool stored = !unit || strcmp(unit, "stored") == 0;

	if (stored && key_rescale(h, &m->rescale, m->d.subject, err) < 0)
		return -1;
	rescale_simplify(&m->rescale);
	if (stored)
		unit = m->rescale.n ? key_get(h, "rescale.unit") : NULL;
	if (unit && strlen(unit) < sizeof m->unit && !strchr(unit, '\\'))
		strcpy(m->unit, unit);
	else if (unit)
		vol_warn(m->d.subject, "unit '%.40s' does not fit 16 characters: not written", unit);
	if (m->rescale.n == 0 && (m->kind->kind == CT || v->mapped || m->unit[0])) {
		m->rescale.slope = malloc(sizeof(double));
		m->rescale.intercept = malloc(sizeof(double));
		if (!m->rescale.slope || !m->rescale.intercept)
			return vol_fail(err, m->d.subject, "out of memory");
		m->rescale.n = 1;
		m->rescale.slope[0] = 1;
		m->rescale.intercept[0] = 0;
	}
	for (size_t i = 0; i < m->rescale.n; i++) {
		char text[17];
		double slope = m->rescale.slope[i] * v->slope;
		double intercept = m->rescale.slope[i] * v->intercept + m->rescale.intercept[i];

		if (strtod(dataset_decimal(text, slope), NULL) != slope ||
		    strtod(dataset_decimal(text, intercept), NULL) != intercept)
			vol_note(m->d.subject, "rescale %.17g %.17g is cut to the 16 characters of a DS", slope, intercept);
		m->rescale.slope[i] = slope;
		m->rescale.intercept[i] = intercept;
	}
	return 0;
}

/* A value of the volume as the number that is written; false when there is none. */
static bool written(const struct images *m, double value, uint16_t *number)
{
	double x = round((value - m->values.intercept) / m->values.slope), lo, hi;

	voxel_is_integer(m->values.to, &lo, &hi);
	if (!(x >= lo && x <= hi) || (!m->values.mapped && x != value))
		return false;
	*number = (uint16_t)(int32_t)x;
	return true;
}

static int set_padding(struct images *m, struct vol_err *err)
{
	double lo, hi;
	int got = key_padding(m->d.head, &lo, &hi, m->d.subject, err);

	if (got <= 0)
		return got;
	m->has_padding = written(m, lo, &m->padding[0]) && written(m, hi, &m->padding[1]);
	if (!m->has_padding)
		vol_warn(m->d.subject, "padding %g to %g is nothing that the voxels can hold: not written", lo, hi);
	return 0;
}

/* The key is in the volume's unit, DICOM's window in rescaled values. */
static void set_window(struct images *m)
{
	double centre, width, slope = 1, intercept = 0;

	if (!key_window(m->d.head, &centre, &width) || m->rescale.n > 1)
		return;
	if (m->rescale.n == 1) {
		slope = m->rescale.slope[0] / m->values.slope;
		intercept = m->rescale.intercept[0] - slope * m->values.intercept;
	}
	m->window[0] = centre * slope + intercept;
	m->window[1] = width * fabs(slope);
	m->has_window = m->window[1] >= 1;
}

/* ---- files ---- */

static int open_slice(const struct images *m, uint64_t i, struct vol_err *err)
{
	char name[32];

	snprintf(name, sizeof name, "%04llu.dcm", (unsigned long long)derived_number(&m->d, i) + 1);
	return outdir_open(m->dir, name, err);
}

/* Slices one by one, as voxels come. */
struct filling {
	uint64_t slice;    /* of the stream */
	uint64_t left;     /* numbers of it that are still to come; 0: none begun */
	int fd;
	uint16_t numbers[32768];
};

static int begin(struct images *m, struct filling *f, struct vol_err *err)
{
	struct dataset_bytes text = {0};
	int rc = image_head(m, f->slice, &text, err);

	if (rc == 0)
		f->fd = open_slice(m, f->slice, err);
	if (rc == 0)
		rc = f->fd < 0 ? -1 : fd_write(f->fd, text.at, text.n, outdir_name(m->dir), err);
	dataset_bytes_free(&text);
	f->left = m->d.rows * m->d.columns;
	return rc;
}

static int end(struct images *m, struct filling *f, struct vol_err *err)
{
	int fd = f->fd;

	f->fd = -1;
	f->slice++;
	return close(fd) < 0 ? vol_fail_errno(err, outdir_name(m->dir), "a file in it cannot be closed") : 0;
}

static int take(struct images *m, struct filling *f, const struct vol_slab *slab, struct vol_err *err)
{
	const char *at = slab->voxels;
	size_t size = voxel_size(m->values.from);

	SHA256Update(&m->d.sha, slab->voxels, slab->n * size);
	for (size_t done = 0, n; done < slab->n; done += n) {
		if (f->left == 0 && begin(m, f, err) < 0)
			return -1;
		n = sizeof f->numbers / sizeof *f->numbers;
		n = slab->n - done < n ? slab->n - done : n;
		n = f->left < n ? (size_t)f->left : n;
		values16_make(&m->values, at + done * size, n, f->numbers);
		if (m->crc) {
			uint32_t *crc = &m->crc[derived_number(&m->d, f->slice)];

			*crc = (uint32_t)crc32_z(*crc, (const void *)f->numbers, 2 * n);
		}
		if (fd_write(f->fd, f->numbers, 2 * n, outdir_name(m->dir), err) < 0)
			return -1;
		f->left -= n;
		if (f->left == 0 && end(m, f, err) < 0)
			return -1;
	}
	return 0;
}

static int fill(struct images *m, struct vol_in *in, struct vol_err *err)
{
	struct filling *f = calloc(1, sizeof *f);
	struct vol_slab slab;
	int got = -1;

	if (!f)
		return vol_fail(err, m->d.subject, "out of memory");
	f->fd = -1;
	while ((got = vol_next(in, &slab, err)) > 0)
		if (take(m, f, &slab, err) < 0) {
			got = -1;
			break;
		}
	if (f->fd >= 0)
		close(f->fd);
	free(f);
	return got;
}

/* The head again, now with UIDs that are true; then the file is on the disk. */
static int seal_slice(const struct images *m, uint64_t i, struct vol_err *err)
{
	int fd = open_slice(m, i, err), rc = -1;
	struct dataset_bytes text = {0};

	if (fd >= 0 && image_head(m, i, &text, err) == 0)
		rc = fd_write(fd, text.at, text.n, outdir_name(m->dir), err);
	dataset_bytes_free(&text);
	if (rc == 0 && fsync(fd) < 0 && errno != EINVAL && errno != EROFS)
		rc = vol_fail_errno(err, outdir_name(m->dir), "cannot be written to disk");
	if (rc == 0 && m->crc)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* it is the disk that will be asked */
	if (fd >= 0)
		close(fd);
	return rc;
}

static int write_folder(struct images *m, struct vol_in *in, const char *path, struct vol_err *err)
{
	struct expected e = {m->values.to, &m->rescale, m->crc};
	int rc;

	m->dir = outdir_create(path, m->d.how->flags, err);
	if (!m->dir)
		return -1;
	rc = fill(m, in, err);
	derived_sealed(&m->d);
	for (uint64_t i = 0; rc == 0 && i < m->d.slices; i++)
		rc = seal_slice(m, i, err);
	if (rc == 0 && m->crc)
		rc = verify_series(&m->d, outdir_path(m->dir), outdir_name(m->dir), &e, err);
	if (rc == 0)
		return outdir_commit(m->dir, err);
	outdir_abandon(m->dir);
	return -1;
}

static int prepare(struct images *m, struct vol_in *in, struct vol_err *err)
{
	char buf[128];

	if (m->d.rows * m->d.columns > INT32_MAX)
		return vol_fail(err, m->d.subject, "a slice of %llu x %llu voxels does not fit a DICOM file: volcrop or "
		                                   "volresample first",
		                (unsigned long long)m->d.columns, (unsigned long long)m->d.rows);
	if (set_kind(m, err) < 0 || values16_plan(&m->values, in, m->d.head, m->d.how->quantise, err) < 0 ||
	    set_rescale(m, err) < 0 || set_padding(m, err) < 0)
		return -1;
	set_window(m);
	if (m->kind->kind == MR && !image_scanning_sequence(m, buf, sizeof buf))
		vol_warn(m->d.subject, "nothing says how the scanner worked: ScanningSequence is RM (research mode)");
	if (!m->d.how->verify)
		return 0;
	m->crc = calloc((size_t)m->d.slices, sizeof *m->crc);
	return m->crc ? 0 : vol_fail(err, m->d.subject, "out of memory");
}

int dicom_write_series(struct vol_in *in, const struct vol_head *head, const char *path, const struct dicom_write *how,
                       struct vol_err *err)
{
	struct images m = {0};
	int rc = derived_begin(&m.d, in, head, how, err);

	if (rc == 0)
		rc = prepare(&m, in, err);
	if (rc == 0)
		rc = write_folder(&m, in, path, err);
	free(m.crc);
	rescale_free(&m.rescale);
	derived_end(&m.d);
	return rc;
}
