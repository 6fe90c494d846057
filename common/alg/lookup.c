#include "lookup.h"

#include <stdint.h>
#include <stdlib.h>

#define LOOK_UP(S, D) \
	static void look_up_##S##_##D(const void *restrict table, const void *restrict src, size_t n, \
	                              void *restrict dst) \
	{ \
		const uint##S##_t *restrict v = src; \
		const uint##D##_t *restrict t = table; \
		uint##D##_t *restrict d = dst; \
		for (size_t i = 0; i < n; i++) \
			d[i] = t[v[i]]; \
	}

LOOK_UP(8, 8)
LOOK_UP(8, 16)
LOOK_UP(8, 32)
LOOK_UP(8, 64)
LOOK_UP(16, 8)
LOOK_UP(16, 16)
LOOK_UP(16, 32)
LOOK_UP(16, 64)

typedef void look_up_fn(const void *, const void *, size_t, void *);

static look_up_fn *look_up(size_t from, size_t to)
{
	switch (to) {
	case 1: return from == 1 ? look_up_8_8 : look_up_16_8;
	case 2: return from == 1 ? look_up_8_16 : look_up_16_16;
	case 4: return from == 1 ? look_up_8_32 : look_up_16_32;
	default: return from == 1 ? look_up_8_64 : look_up_16_64;
	}
}

size_t lookup_size(enum voxel_type type)
{
	return voxel_size(type) <= 2 ? (size_t)1 << 8 * voxel_size(type) : 0;
}

void *lookup_patterns(enum voxel_type type)
{
	size_t n = lookup_size(type);
	void *all = malloc(n * voxel_size(type));

	for (size_t i = 0; all && i < n; i++) {
		if (voxel_size(type) == 1)
			((uint8_t *)all)[i] = (uint8_t)i;
		else
			((uint16_t *)all)[i] = (uint16_t)i;
	}
	return all;
}

void lookup_apply(const void *table, enum voxel_type from, enum voxel_type to, const void *src, size_t n,
                  void *dst)
{
	look_up(voxel_size(from), voxel_size(to))(table, src, n, dst);
}
