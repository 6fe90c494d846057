/* groups.h - a measure for each entry of a list axis and each label, made when its first voxel comes. */
#ifndef ALG_GROUPS_H
#define ALG_GROUPS_H

#include "measure.h"

struct group {
	uint64_t entry;
	int64_t label;
	struct measure measure;
};

/* The first four are the caller's to set, all else 0. */
struct groups {
	const struct measure_what *what; /* borrowed */
	enum voxel_type type;
	double pad_lo, pad_hi;           /* as for measure_begin */
	struct group **group;            /* ascending by entry, then label; owned */
	size_t n;
	/* inside */
	size_t room, last;
};

enum { GROUPS_MAX = 1 << 16 };

/* groups_at - the group, made if there is none yet. NULL: out of memory, or more than GROUPS_MAX. */
struct group *groups_at(struct groups *g, uint64_t entry, int64_t label);

/* groups_next - measure_next for all: 1 when any wants another pass, 0, -1. */
int groups_next(struct groups *g);
void groups_free(struct groups *g);

#endif
