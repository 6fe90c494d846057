/* scrub_inside.h - private to scrub*.c. */
#ifndef FORMATS_SCRUB_INSIDE_H
#define FORMATS_SCRUB_INSIDE_H

#include "inflate.h"
#include "scrub.h"

enum { SCRUB_BEHIND = 16 }; /* bytes before a place that are still there */

/* Bytes that are not text: voxels, and deflated data. */
struct range {
	uint64_t from, to;
};

struct part;

/* Bytes that are searched: of the file, or of a part of it that is unpacked. */
struct layer {
	struct job *job;
	struct layer *parent;
	uint64_t place;              /* in the parent */
	size_t depth;
	unsigned char *buf;
	size_t n, room;
	uint64_t base;               /* offset of buf[0] */
	uint64_t searched, carved;   /* offsets */
	bool known, all_voxels, voxels_in_gzip;
	enum scrub_kind kind;
	uint64_t expected;           /* a gzip member ended here: the next one begins, if it is a file of several */
	struct range *range;
	size_t n_range;
	struct part *part;           /* being unpacked; a list */
	struct {
		uint64_t from, to;
	} last[8];                   /* the last findings */
	unsigned n_last;
};

struct part {
	struct part *next;
	struct inflater *z;
	struct layer *out;
	uint64_t place, from, at;    /* where it was found, its deflated data begin, the next byte of them is */
	uint64_t produced;
	bool must;                   /* it is none that only looks like one */
	bool bare;                   /* deflated data with nothing around them */
};

struct hit {
	size_t string;
	uint64_t from, to;
};

struct job {
	const struct scrub *s;
	const char *name;
	int fd;
	struct vol_err *err;
	bool failed;
	uint64_t wasted;             /* bytes that came out of what was none */
	size_t keep;                 /* bytes that a string and its neighbours take */
	struct hit *hit;
	size_t n_hit, hit_room;
	const struct layer *searching;
};

/* scrub_fail - once: the first is what is said. */
void scrub_fail(struct job *j, const char *what);

struct layer *scrub_layer_new(struct job *j, struct layer *parent, uint64_t place); /* without a buf: out of memory */
void scrub_layer_free(struct layer *l);

/* scrub_not_text - so are these bytes of a layer, by offsets. scrub_is_text - is none of these from there to there? */
void scrub_not_text(struct layer *l, uint64_t from, uint64_t to);
bool scrub_is_text(const struct layer *l, uint64_t from, uint64_t to);

/* scrub_feed - more bytes of a layer. last: and those were all. */
void scrub_feed(struct layer *l, const unsigned char *bytes, size_t n, bool last);

/* scrub_parts_go_on - unpack on, of all parts that have begun, what is in the buffer. last: and that is the end of it.
 * scrub_parts_look - for parts that begin in the buffer. scrub_parts_abandon - forget them. */
void scrub_parts_go_on(struct layer *l, bool last);
void scrub_parts_look(struct layer *l, bool last);
void scrub_parts_abandon(struct layer *l);

/* scrub_pixels_look - in a DICOM file: its data set may be deflated; else its pixels are voxels. */
void scrub_pixels_look(struct layer *l);

#endif
