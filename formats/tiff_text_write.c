/* tiff_text_write.c - ImageDescription of a volume: as tiff_text.c reads it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/keys.h"
#include "tiff.h"
#include "times.h"

/* The line from stored numbers, as ImageJ sees them, to values; nothing when there is none for all, or no unit. */
static int put_line(FILE *f, const struct vol_head *head, struct vol_err *err)
{
	const char *unit = key_get(head, "unit");
	double slope = 1, inter = 0;
	struct vol_rescale r;
	char a[32], b[32];

	if (unit && strcmp(unit, "stored") == 0) {
		if (key_rescale(head, &r, "header", err) < 0)
			return -1;
		rescale_simplify(&r);
		unit = r.n == 1 ? key_get(head, "rescale.unit") : NULL;
		if (r.n == 1) {
			slope = r.slope[0];
			inter = r.intercept[0];
			unit = unit ? unit : "Gray Value";
		}
		rescale_free(&r);
	}
	if (!unit || unit[strcspn(unit, "\r\n")] || head->channels > 1)
		return 0;
	if (voxel_size(head->type) <= 2 && head->type != VOXEL_INT8)
		fprintf(f, "cf=0\nc0=%s\nc1=%s\nvunit=%s\n",
		        vol_number(a, inter - (head->type == VOXEL_INT16 ? 32768 * slope : 0)), vol_number(b, slope), unit);
	else if (slope == 1 && inter == 0)
		fprintf(f, "vunit=%s\n", unit);
	return 0;
}

static int put_imagej(FILE *f, const struct vol_head *head, struct vol_err *err)
{
	uint64_t pages = vol_head_slices(head);
	double start, step;
	char number[32];
	bool ms;

	fprintf(f, "ImageJ=1.53t\n");
	if (pages > 1)
		fprintf(f, "images=%llu\n", (unsigned long long)pages);
	if (head->grid.size[2] > 1)
		fprintf(f, "slices=%llu\n", (unsigned long long)head->grid.size[2]);
	if (head->list > 1)
		fprintf(f, "frames=%llu\nhyperstack=true\nmode=grayscale\n", (unsigned long long)head->list);
	fprintf(f, "unit=mm\n");
	if (put_line(f, head, err) < 0)
		return -1;
	if (times_even(head, &ms, &start, &step))
		fprintf(f, "finterval=%s\n", vol_number(number, ms ? step / 1000 : step));
	fprintf(f, "spacing=%s\nloop=false\n", vol_number(number, grid_spacing(&head->grid, 2)));
	return 0;
}

/* The header as a stream has it, but for what pads it to a page of memory. */
static int put_own(FILE *f, const struct vol_head *head, struct vol_err *err)
{
	char *text;
	size_t len, n;

	if (vol_head_print(head, NULL, &text, &len, err) < 0)
		return -1;
	for (const char *at = text; *at && *at != '\n'; at += n + (at[n] == '\n')) {
		n = strcspn(at, "\n");
		if (strncmp(at, "# ", 2) != 0 || strspn(at + 2, ".") != n - 2)
			fprintf(f, "# %.*s\n", (int)n, at);
	}
	free(text);
	return 0;
}

char *tiff_text_make(const struct vol_head *head, const char *crc, struct vol_err *err)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int rc;

	if (!f) {
		vol_fail(err, "header", "out of memory");
		return NULL;
	}
	rc = put_imagej(f, head, err);
	if (rc == 0)
		rc = put_own(f, head, err);
	if (rc == 0 && crc)
		fprintf(f, "%s%s\n", TIFF_TEXT_CRC, crc);
	if (fclose(f) != 0 && rc == 0)
		rc = vol_fail(err, "header", "out of memory");
	if (rc == 0)
		return text;
	free(text);
	return NULL;
}
