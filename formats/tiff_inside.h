/* tiff_inside.h - what the parts of the TIFF reader share: tiff_file.c (the file, and its pages one after the other),
 * tiff_page.c (what a page is), tiff_asis.c (voxels that lie in the file as they are), tiff_decode.c (all others). */
#ifndef FORMATS_TIFF_INSIDE_H
#define FORMATS_TIFF_INSIDE_H

#include <tiffio.h>

#include "tiff.h"

struct tiff_run {
	uint64_t at, bytes;
};

/* Rows that are decoded, and how far they are taken; or why they could not be. */
struct tiff_band {
	unsigned char *p;
	size_t size, len, pos;
	bool failed;
	struct vol_err err;
};

struct tiff_file {
	char *name;
	int fd;
	uint64_t base, size;  /* of the file: where it starts on the descriptor, bytes from there on */
	uint64_t pos;         /* libtiff's */
	TIFF *tif;
	struct tiff_page page;
	uint64_t pages;
	char *text;
	bool has_resolution;
	double per_unit[2];
	int unit;

	/* as it is */
	bool as_is, big;
	struct tiff_run *run;
	size_t runs, room, at; /* at: the one that is read */
	uint64_t used;         /* bytes of it that are read */

	/* decoded */
	uint64_t done;         /* pages whose last band was decoded */
	uint32_t next_row;     /* of the page, to be decoded next; 0 before the page is looked up */
	struct tiff_band band[2], *fill; /* one is taken while the other is filled */
	unsigned now;          /* the one that is taken */
	struct par_ring *ring; /* fills a band; from the second one on. NULL: nothing is under way */
	unsigned char *part;   /* a tile, or a strip of one colour, before it has its place */
	size_t part_size;
};

/* tiff_said - what libtiff said last: it knows best what is wrong, and says it before it returns. "" when nothing. */
extern _Thread_local char tiff_said[200];

/* tiff_is_slice - is the page at hand a slice, and no preview or mask? */
bool tiff_is_slice(TIFF *tif);

/* tiff_page_take - what the page at hand is; -1 with err when it is nothing that can be a slice. tiff_page_same - could
 * both be slices of a volume? */
int tiff_page_take(struct tiff_file *f, struct tiff_page *p, struct vol_err *err);
bool tiff_page_same(const struct tiff_page *a, const struct tiff_page *b);

/* tiff_asis_add - do the strips of the page at hand hold its rows as they are? Note where. 1, 0 when not, -1 with err.
 * tiff_asis_read - as tiff_file_read. */
int tiff_asis_add(struct tiff_file *f, struct vol_err *err);
ssize_t tiff_asis_read(struct tiff_file *f, char *buf, size_t n, struct vol_err *err);

/* tiff_decode_read - as tiff_file_read. tiff_decode_end - nothing more is decoded; before the file is closed. */
ssize_t tiff_decode_read(struct tiff_file *f, char *buf, size_t n, struct vol_err *err);
void tiff_decode_end(struct tiff_file *f);

#endif
