#include "read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "place.h"
#include "read_inside.h"
#include "unpack.h"

static bool unpack(struct reader *r);

/* Open it, and see whether it can be DICOM at all before DCMTK guesses. */
static bool open_file(struct reader *r, bool unpacked)
{
	struct stat st;
	unsigned char start[UNPACK_LOOK] = {0};
	uint64_t size;
	ssize_t n;

	if (r->fd >= 0)
		close(r->fd);
	r->fd = input_open(r->file->path, &r->start, &r->end);
	if (r->fd < 0 || fstat(r->fd, &st) < 0)
		return read_because(r, DICOM_UNREADABLE, "cannot be opened: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return read_because(r, DICOM_OTHER, "not a regular file");
	size = r->end - r->start;
	n = pread(r->fd, start, size < sizeof start ? (size_t)size : sizeof start, (off_t)r->start);
	if (n < 0)
		return read_because(r, DICOM_UNREADABLE, "cannot be read: %s", strerror(errno));
	if (size == 0 && (n = pread(r->fd, start, 1, (off_t)r->start)) != 0)
		return read_because(r, DICOM_UNREADABLE, "cannot be read: %s", n < 0 ? strerror(errno) : "its size is 0, but it has bytes");
	if (n == 0)
		return read_because(r, DICOM_NOT_DICOM, "empty file");
	if (size == 132)
		return read_because(r, DICOM_NOT_DICOM, "nothing behind the preamble");
	r->has_preamble = n >= 132 && memcmp(start + 128, "DICM", 4) == 0;
	if (dicom_sniff(start, (size_t)n))
		return true;
	if (n >= 2 && start[0] == 0x1f && start[1] == 0x8b && !unpacked)
		return unpack(r);
	if (unpack_needed(start, (size_t)n) && !unpacked)
		return read_because(r, DICOM_NOT_DICOM, "an archive; name it to have it read");
	return read_because(r, DICOM_NOT_DICOM, "no DICOM header");
}

/* gzip data: to the file inside. What cannot be unpacked may be an image. */
static bool unpack(struct reader *r)
{
	struct vol_err err;
	bool is_dicom;

	if (unpack_gzip(r->file->path, &is_dicom, &err) < 0)
		return read_because(r, DICOM_UNREADABLE, "%s", err.what);
	if (!is_dicom)
		return read_because(r, DICOM_NOT_DICOM, "compressed (gzip), and no DICOM file inside");
	return open_file(r, true);
}

/* 1: the header is sound. 0: the status says what it is. */
static int check_header(struct reader *r, enum dcmtk_end end, const char *why)
{
	size_t attributes = dcmtk_header_count(r->header);

	if (end == DCMTK_REFUSED)
		return read_because(r, DICOM_TRUNCATED, "%s", why);
	/* DICM at its place: then it was DICOM, and nothing in it means that it was cut */
	if (attributes == 0 && r->has_preamble)
		return read_because(r, DICOM_TRUNCATED, "ends inside the header");
	if (attributes == 0 || (!r->sop_class[0] && !dcmtk_has(r->header, 0x0028, 0x0010))) {
		if (end == DCMTK_CUT)
			return read_because(r, DICOM_TRUNCATED, "ends inside the header");
		return read_because(r, DICOM_NOT_DICOM, "no DICOM attributes");
	}
	if (strcmp(r->sop_class, "1.2.840.10008.1.3.10") == 0)
		return read_because(r, DICOM_OTHER, "DICOMDIR");
	if (end == DCMTK_CUT && why)
		return read_because(r, DICOM_TRUNCATED, "header cannot be read to its end: %s", why);
	if (end == DCMTK_CUT)
		return read_because(r, DICOM_TRUNCATED, "ends inside the header");
	return 1;
}

static int all_frames(struct reader *r)
{
	struct dicom_frame first = *r->frame;

	if (!read_several(r, r->n))
		return 0;
	for (size_t i = 0; i < r->n; i++) {
		r->frame = &r->all[i];
		*r->frame = first;
		r->frame->number = (uint32_t)i + 1;
		if (!read_frame(r))
			return 0;
		frames_facts(r);
		vendor_facts(r);
	}
	frames_stacks(r);
	return 1;
}

static int read_image(struct reader *r, bool has_pixels, uint64_t at)
{
	const char *syntax = dcmtk_transfer_syntax(r->header);
	enum dicom_status status;
	char why[160] = "";

	if (read_classify(r, has_pixels) <= 0 || read_pixels(r) <= 0 || colour_head(r) <= 0)
		return 0;
	read_padding(r);
	read_acquisition(r);
	r->frame->pixels.deflated_from = dcmtk_deflated_from(r->header);
	if (r->enhanced ? !all_frames(r) : !read_frame(r))
		return 0;
	if (!r->enhanced) {
		frames_outermost(r);
		vendor_facts(r);
	}
	if (r->spread && !r->spread(r))
		return 0;
	status = dicom_place_pixels(r->fd, r->start, r->end, r->all ? r->all : r->frame, r->n, at, strcmp(syntax, TS) == 0,
	                            strcmp(syntax, TS ".2") == 0, why, sizeof why);
	r->file->status = status;
	if (status != DICOM_USED)
		read_because(r, status, "%s", why);
	if (status == DICOM_USED && ((r->mosaic && !mosaic_split(r)) || (r->grid && !uih_split(r))))
		return 0;
	return status == DICOM_USED || status == DICOM_TRUNCATED ? (int)r->n : 0;
}

static int read_header(struct reader *r)
{
	enum dcmtk_end end;
	const char *why;
	uint64_t at;
	int frames = 0;

	r->header = dcmtk_header_open(r->file->path);
	if (!r->header)
		return read_because(r, DICOM_UNREADABLE, "cannot be read: out of memory");
	end = dcmtk_header_end(r->header, &why, &at);
	/* of a refused header nothing is believed, not even its UIDs; of a cut one they are when more
	 * came after them: the last value may be half of one */
	if (end != DCMTK_REFUSED && (end != DCMTK_CUT || dcmtk_has(r->header, 0x0028, 0x0010)))
		read_identify(r);
	if (check_header(r, end, why))
		frames = read_image(r, end == DCMTK_AT_PIXELS || at + 1 < r->end, at);
	if (r->no_memory || (dcmtk_header_end(r->header, &why, &at) == DCMTK_REFUSED && end != DCMTK_REFUSED))
		frames = read_because(r, DICOM_UNREADABLE, "cannot be read: out of memory");
	dcmtk_header_close(r->header);
	return frames;
}

int dicom_read_facts(struct dicom_file *file, struct dicom_frame *frame, struct dicom_frame **several,
                     struct dicom_strings *strings)
{
	struct reader r = {.file = file, .frame = frame, .n = 1, .strings = strings, .fd = -1};
	int frames = open_file(&r, false) ? read_header(&r) : 0;

	if (r.fd >= 0)
		close(r.fd);
	*several = NULL;
	if (frames == 1 && r.all)
		*frame = r.all[0];
	if (frames > 1)
		*several = r.all;
	else
		free(r.all);
	return frames;
}
