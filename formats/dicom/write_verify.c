/* write_verify.c - a series that was written, read back as dcm2vol reads it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "io/slices.h"
#include "volume.h"
#include "write_inside.h"

/* Places may be so far off: far above what 16 characters lose. */
#define PLACE_MM 0.001

/* A grid that is sheared more than any gantry leans by is one that dcm2vol refuses; its places are looked at one by one,
 * and then it may be read. */
static int place(const struct derived *d, const struct dicom_set *set, struct dicom_series *s, double *off,
                 const char *name, struct vol_err *err)
{
	const struct vol_grid *given = &d->head->grid;
	struct vol_grid expected = *given;

	if (s->n_frames != d->slices)
		return vol_fail(err, name, "read back, it has %zu slices and not %llu", s->n_frames,
		                (unsigned long long)d->slices);
	for (uint64_t i = 0; i < d->slices; i++) {
		const double *got = set->frames[s->frame[derived_number(d, i)]].position;
		double mm[3], sum = 0;

		derived_position(d, i, mm);
		for (int w = 0; w < 3; w++)
			sum += (got[w] - mm[w]) * (got[w] - mm[w]);
		*off = fmax(*off, sqrt(sum));
	}
	if (d->reversed) {
		derived_position(d, d->slices - 1, expected.origin);
		for (int w = 0; w < 3; w++)
			expected.direction[2][w] = -given->direction[2][w];
	}
	if (s->geometry.problem == DICOM_P_TILT) {
		s->geometry.problem = DICOM_REGULAR;
		memcpy(s->geometry.grid.origin, expected.origin, sizeof expected.origin);
		memcpy(s->geometry.grid.direction[2], expected.direction[2], sizeof expected.direction[2]);
	}
	/* one slice lies where it lies, and is as thick as its normal says */
	if (s->geometry.problem == DICOM_REGULAR && d->slices == 1)
		memcpy(expected.direction[2], s->geometry.grid.direction[2], sizeof expected.direction[2]);
	if (s->geometry.problem == DICOM_REGULAR)
		*off = fmax(*off, grid_corner_distance(&expected, &s->geometry.grid));
	return *off <= PLACE_MM ? 0 : vol_fail(err, name, "read back, its grid is %.3g mm off", *off);
}

static bool near(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static int scaling(const struct derived *d, const struct dicom_set *set, const struct dicom_series *s,
                   const struct vol_rescale *r, const char *name, struct vol_err *err)
{
	for (uint64_t i = 0; i < d->slices; i++) {
		const struct dicom_frame *f = &set->frames[s->frame[derived_number(d, i)]];
		size_t k = r->n > 1 ? (size_t)i : 0;

		if (f->has_rescale != (r->n > 0) ||
		    (r->n && (!near(f->slope, r->slope[k]) || !near(f->intercept, r->intercept[k]))))
			return vol_fail(err, name, "read back, image %llu has another slope or intercept",
			                (unsigned long long)derived_number(d, i) + 1);
	}
	return 0;
}

static int compare(struct vol_in *in, const struct vol_head *head, const uint32_t *crc, const char *name,
                   struct vol_err *err)
{
	struct vol_slices slices;
	const void *voxels;
	uint64_t i = 0;
	int got;

	if (vol_slices_begin(&slices, in, head, err) < 0)
		return -1;
	while ((got = vol_slices_next(&slices, &voxels, err)) > 0) {
		if (crc32_z(0, voxels, slices.numbers * slices.size) != crc[i]) {
			got = vol_fail(err, name, "read back, voxels of image %llu are not the ones given",
			               (unsigned long long)i + 1);
			break;
		}
		i++;
	}
	vol_slices_end(&slices);
	return got;
}

static int verify(const struct derived *d, struct dicom_set *set, struct dicom_series_list *list, const char *name,
                  const struct expected *e, struct vol_err *err)
{
	struct dicom_series *s = dicom_series_choose(set, list, NULL, name, err);
	struct vol_head head;
	struct vol_in *in;
	double off = 0;
	int rc;

	if (!s || place(d, set, s, &off, name, err) < 0 || scaling(d, set, s, e->rescale, name, err) < 0)
		return -1;
	in = dicom_volume_open(set, s, d->how->threads, false, name, &head, err);
	if (!in)
		return -1;
	rc = head.type == e->type ? compare(in, &head, e->crc, name, err) :
		vol_fail(err, name, "read back, its voxels are %s", voxel_name(head.type));
	vol_close(in);
	vol_head_free(&head);
	if (rc == 0)
		vol_tell(name, "verified: %llu voxels are the same, places are at most %.2g mm off",
		         (unsigned long long)(d->columns * d->rows * d->slices), off);
	return rc;
}

int verify_series(const struct derived *d, const char *path, const char *name, const struct expected *e,
                  struct vol_err *err)
{
	char *operand = strdup(path);
	struct dicom_series_list list = {0};
	struct dicom_paths paths = {0};
	struct dicom_set set = {0};
	int rc = operand ? 0 : vol_fail(err, name, "out of memory");

	if (rc == 0)
		rc = dicom_paths_collect(&operand, 1, NULL, &paths, err);
	if (rc == 0)
		rc = dicom_scan(&paths, d->how->threads, false, NULL, NULL, &set, err);
	if (rc == 0)
		rc = dicom_series_find(&set, false, &list, err);
	if (rc == 0)
		rc = verify(d, &set, &list, name, e, err);
	dicom_series_free(&list);
	dicom_set_free(&set);
	free(operand);
	return rc;
}
