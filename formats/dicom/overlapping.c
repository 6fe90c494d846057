#include "overlapping.h"

#include <stdio.h>

void overlapping_count(struct overlapping *o, size_t a, size_t b)
{
	size_t i = 0;

	o->all++;
	while (i < o->pairs && (o->pair[i].a != a || o->pair[i].b != b))
		i++;
	if (i == OVERLAPPING_MAX)
		return;
	if (i == o->pairs)
		o->pair[o->pairs++] = (struct overlapping_pair){a, b, 0};
	o->pair[i].n++;
}

const struct overlapping_pair *overlapping_most(const struct overlapping *o)
{
	const struct overlapping_pair *most = o->pairs ? &o->pair[0] : NULL;

	for (size_t i = 1; i < o->pairs; i++)
		most = o->pair[i].n > most->n ? &o->pair[i] : most;
	return most;
}

char *overlapping_more(const struct overlapping *o, char *buf, size_t size)
{
	if (size)
		buf[0] = '\0';
	if (o->pairs > 1)
		snprintf(buf, size, ", and %zu other %s, %llu voxels in all", o->pairs - 1, o->pairs > 2 ? "pairs" : "pair",
		         (unsigned long long)o->all);
	return buf;
}
