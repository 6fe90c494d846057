/* mgh_foot.c - what follows the voxels of an MGH file: five floats and the tags.
 *
 * FreeSurfer keeps in tags the command lines that made a volume, one each, and shows them (mri_info). The header that
 * we keep (kept.h) is one such text. Other command lines are not taken over: they are full of the paths and names of
 * their users. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "io/keys.h"
#include "kept.h"
#include "meant.h"
#include "mgh.h"

enum { FLOATS = 5, TEXT_MAX = 17 << 20, TEXT_STEP = 65536 };

/* tags.h of FreeSurfer */
enum tag {
	TAG_NONE = 0,
	TAG_OLD_COLORTABLE = 1,
	TAG_OLD_USEREALRAS = 2,
	TAG_CMDLINE = 3,
	TAG_OLD_SURF_GEOM = 20,
	TAG_OLD_MGH_XFORM = 30
};

#define DEGREE 0.017453292519943295 /* radians */

/* The floats that have a key, by their place. */
static const struct {
	const char *name;
	double unit; /* of the key in that of the float */
} scan[FLOATS - 1] = {
	{"dicom.RepetitionTime", 1},
	{"dicom.FlipAngle", DEGREE},
	{"dicom.EchoTime", 1},
	{"dicom.InversionTime", 1},
};

/* ---- reading ---- */

/* n bytes of a number; 1, 0 at the end of the file, -1. */
static int take(struct bytes *b, int n, uint64_t *x, const char *what, struct vol_err *err)
{
	unsigned char p[8];
	ssize_t got = bytes_read(b, p, (size_t)n, err);

	*x = 0;
	if (got <= 0)
		return (int)got;
	if (got < n)
		return vol_fail(err, bytes_name(b), "ends inside %s", what);
	for (int i = 0; i < n; i++)
		*x = *x << 8 | p[i];
	return 1;
}

/* 0 stands for unknown. */
static int take_scan(struct bytes *b, struct vol_head *said, struct vol_err *err)
{
	for (int i = 0; i < FLOATS; i++) {
		uint64_t bits;
		uint32_t word;
		float x;
		char number[32];
		int got = take(b, 4, &bits, "the numbers after the voxels", err);

		if (got <= 0)
			return got;
		word = (uint32_t)bits;
		memcpy(&x, &word, sizeof x);
		if (i == FLOATS - 1 || x == 0)
			continue;
		if (!isfinite(x) || x < 0)
			vol_note(bytes_name(b), "%s is %g: left out", scan[i].name + 6, (double)x);
		else if (key_set(said, err, scan[i].name, "%s", vol_number(number, meant(x, scan[i].unit))) < 0)
			return -1;
	}
	return 1;
}

static int cut_short(struct bytes *b, int tag, struct vol_err *err)
{
	return vol_fail(err, bytes_name(b), "ends inside tag %d after the voxels", tag);
}

/* A text of n bytes with a zero at its end, taking memory only as bytes come. *text: the caller's to free. */
static int take_text(struct bytes *b, size_t n, char **text, struct vol_err *err)
{
	size_t have = 0;

	*text = NULL;
	while (have < n || !*text) {
		size_t step = n - have < TEXT_STEP ? n - have : TEXT_STEP;
		char *more = realloc(*text, have + step + 1);
		ssize_t got;

		if (!more)
			return vol_fail(err, bytes_name(b), "out of memory");
		*text = more;
		got = bytes_read(b, more + have, step, err);
		if (got < 0)
			return -1;
		if ((size_t)got < step)
			return cut_short(b, TAG_CMDLINE, err);
		have += step;
		more[have] = '\0';
	}
	return 0;
}

/* A command line: ours, or one to be left out. */
static int take_command(struct bytes *b, uint64_t n, char **kept, struct vol_err *err)
{
	const unsigned char *start;
	ssize_t got = bytes_peek(b, &start, 64, err);

	if (got < 0)
		return -1;
	if (*kept || n > TEXT_MAX || !kept_is((const char *)start, (uint64_t)got < n ? (size_t)got : (size_t)n)) {
		struct vol_err why;

		return bytes_skip(b, n, &why) < 0 ? cut_short(b, TAG_CMDLINE, err) : 0;
	}
	return take_text(b, (size_t)n, kept, err);
}

/* One tag. 1; 0 when there is no more that can be understood; -1. */
static int take_tag(struct bytes *b, char **kept, struct vol_err *err)
{
	uint64_t tag, n;
	struct vol_err why;
	int got = take(b, 4, &tag, "the tags after the voxels", err);

	if (got <= 0 || tag == TAG_NONE)
		return got < 0 ? -1 : 0;
	/* old ones do not say how long they are, so nothing after them can be found */
	if (tag == TAG_OLD_COLORTABLE || tag == TAG_OLD_USEREALRAS || tag == TAG_OLD_SURF_GEOM) {
		vol_note(bytes_name(b), "tag %d and what follows it is left out", (int)tag);
		return 0;
	}
	got = take(b, tag == TAG_OLD_MGH_XFORM ? 4 : 8, &n, "the tags after the voxels", err);
	if (got <= 0)
		return got < 0 ? -1 : cut_short(b, (int)tag, err);
	if (n > INT64_MAX)
		return cut_short(b, (int)tag, err);
	if (tag == TAG_CMDLINE)
		return take_command(b, n, kept, err) < 0 ? -1 : 1;
	return bytes_skip(b, n, &why) < 0 ? cut_short(b, (int)tag, err) : 1;
}

int mgh_foot_read(struct bytes *b, struct vol_head *said, char **kept, struct vol_err *err)
{
	int got = take_scan(b, said, err);

	*kept = NULL;
	while (got > 0)
		got = take_tag(b, kept, err);
	/* to the end, where gzip keeps its checksum */
	return got < 0 || bytes_rest(b, err) < 0 ? -1 : 0;
}

/* ---- writing ---- */

static void give(FILE *f, uint64_t x, int n)
{
	while (n--)
		fputc((int)(x >> 8 * n & 0xff), f);
}

/* The float that says what a key says, to be read back as the same text; 0 where none does. */
static float scan_float(const struct vol_head *head, int i)
{
	const char *text = key_get(head, scan[i].name);
	char number[32];
	double x;
	float f;

	if (!text || !vol_parse_number(text, &x) || !(x > 0 && x * scan[i].unit < 1e30))
		return 0;
	f = (float)(x * scan[i].unit);
	return f > 0 && strcmp(vol_number(number, meant(f, scan[i].unit)), text) == 0 ? f : 0;
}

int mgh_foot_make(struct vol_in *in, const struct vol_head *head, char **bytes, size_t *n, struct vol_err *err)
{
	char *text;
	size_t len;
	FILE *f;

	if (kept_print(in, head, &text, &len, err) < 0)
		return -1;
	f = open_memstream(bytes, n);
	for (int i = 0; f && i < FLOATS; i++) {
		float x = i < FLOATS - 1 ? scan_float(head, i) : 0;
		uint32_t bits;

		memcpy(&bits, &x, sizeof bits);
		give(f, bits, 4);
	}
	if (f) {
		give(f, TAG_CMDLINE, 4);
		give(f, len + 1, 8);
		fwrite(text, 1, len + 1, f);
	}
	free(text);
	return f && fclose(f) == 0 ? 0 : vol_fail(err, "header", "out of memory");
}
