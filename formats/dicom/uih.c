/* uih.c - United Imaging's grids: the slices of a volume side by side in one image, with "VFRAME" in its ImageType. A private
 * attribute, (0065,xx50), says how many there are, n: they stand in rows of ceil(sqrt(n)), and in ceil(n / that) rows. An item
 * of a private sequence, (0065,xx51), says of each slice where it is and when it was taken; the whole image has no place. */
#include <math.h>
#include <string.h>

#include "read.h"
#include "read_inside.h"

static const char owner[] = "Image Private Header";

enum { TILES_MAX = 4096 };

bool uih_is(const char *image_type)
{
	const char *word = image_type;

	for (; (word = strstr(word, "VFRAME")) != NULL; word++)
		if ((word == image_type || word[-1] == '\\') && (word[6] == '\0' || word[6] == '\\' || word[6] == ' '))
			return true;
	return false;
}

/* A value of a slice's item. */
static const char *item_text(struct reader *r, uint32_t sequence, size_t i, uint32_t tag, char buf[READ_TEXT])
{
	const uint32_t path[] = {sequence, tag};

	return dcmtk_path_text(r->header, i, path, 2, buf, READ_TEXT);
}

static void time_of(struct reader *r, uint32_t sequence, size_t i, struct dicom_frame *f)
{
	char date[READ_TEXT], time[READ_TEXT];

	if (item_text(r, sequence, i, 0x0008002a, time) && strlen(time) >= 14) { /* AcquisitionDateTime */
		memcpy(date, time, 8);
		date[8] = '\0';
		f->has_time = frames_seconds(date, time + 8, &f->time);
		return;
	}
	if (!item_text(r, sequence, i, 0x00080022, date))
		date[0] = '\0';
	if (item_text(r, sequence, i, 0x00080032, time))
		f->has_time = frames_seconds(date, time, &f->time);
}

int uih_split(struct reader *r)
{
	uint32_t count = read_private(r, 0x0065, owner, 0x50), sequence = read_private(r, 0x0065, owner, 0x51);
	char buf[READ_TEXT];
	unsigned side, down;
	size_t items;
	double n;

	if (!count)
		return read_because(r, DICOM_UNSUPPORTED, "grid of slices (VFRAME) without its private headers (group 0065)");
	if (dicom_decimals(dcmtk_text(r->header, 0x0065, (uint16_t)count, buf, sizeof buf), 1, &n) <= 0 || !(n >= 1) ||
	    n > TILES_MAX || n != rint(n))
		return read_because(r, DICOM_UNSUPPORTED, "grid of slices (VFRAME) without a sound number of them (0065,%04x)",
		                    count & 0xffff);
	items = dcmtk_items(r->header, sequence);
	if ((double)items != n)
		return read_because(r, DICOM_UNSUPPORTED, "grid of %.0f slices (VFRAME), of which %zu are described in (0065,%04x)", n, items,
		                    sequence & 0xffff);
	side = (unsigned)ceil(sqrt(n));
	down = (unsigned)ceil(n / side);
	if (!mosaic_tiles(r, "grid (VFRAME)", (size_t)n, side, down))
		return 0;
	for (size_t i = 0; i < r->n; i++) {
		struct dicom_frame *f = r->frame = &r->all[i];

		if (isnan(f->along[DICOM_BY_TIME])) /* a file is a volume */
			f->along[DICOM_BY_TIME] = f->order[DICOM_ORDER_ACQUISITION];
		f->has_position = dicom_decimals(item_text(r, sequence, i, 0x00200032, buf), 3, f->position) > 0;
		if (!f->has_position)
			return read_because(r, DICOM_UNSUPPORTED, "slice %zu of the grid (VFRAME) has no sound ImagePositionPatient (0020,0032)",
			                    i + 1);
		time_of(r, sequence, i, f);
	}
	return 1;
}
