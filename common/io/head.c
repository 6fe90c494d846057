#include "head.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"

void vol_head_init(struct vol_head *h)
{
	memset(h, 0, sizeof *h);
	h->channels = 1;
}

void vol_head_free(struct vol_head *h)
{
	for (size_t i = 0; i < h->keys.n; i++) {
		free(h->keys.name[i]);
		free(h->keys.value[i]);
	}
	free(h->keys.name);
	free(h->keys.value);
	vol_head_init(h);
}

int vol_head_copy(struct vol_head *to, const struct vol_head *from, struct vol_err *err)
{
	*to = *from;
	memset(&to->keys, 0, sizeof to->keys);
	for (size_t i = 0; i < from->keys.n; i++)
		if (key_set_full(to, from->keys.name[i], from->keys.value[i], err) < 0) {
			vol_head_free(to);
			return -1;
		}
	return 0;
}

uint64_t vol_head_slices(const struct vol_head *h)
{
	return h->grid.size[2] * (h->list ? h->list : 1);
}

uint64_t vol_head_slice_bytes(const struct vol_head *h)
{
	return h->grid.size[0] * h->grid.size[1] * h->channels * voxel_size(h->type);
}

uint64_t vol_head_bytes(const struct vol_head *h)
{
	return vol_head_slices(h) * vol_head_slice_bytes(h);
}

int vol_head_check(const struct vol_head *h, const char *subject, struct vol_err *err)
{
	const uint64_t factor[] = {h->grid.size[0], h->grid.size[1], h->grid.size[2],
	                           h->list ? h->list : 1, h->channels, voxel_size(h->type)};
	uint64_t bytes = 1;

	if (grid_check(&h->grid, subject, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof factor / sizeof *factor; i++)
		if (!size_mul(bytes, factor[i], &bytes) || bytes > INT64_MAX)
			return vol_fail(err, subject, "sizes overflow 64 bits");
	return 0;
}

char *vol_number(char *buf, double x)
{
	if (x == 0)
		x = 0; /* no "-0" */
	if (fabs(x) < 1e15 && x == floor(x)) { /* "10", where %g would say "1e+01" */
		snprintf(buf, 32, "%.0f", x);
		return buf;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(buf, 32, "%.*g", digits, x);
		if (strtod(buf, NULL) == x)
			break;
	}
	return buf;
}

bool vol_parse_number(const char *s, double *x)
{
	char *end;
	double v;

	/* strtod would also take blanks and hexadecimal */
	if (!*s || strspn(s, "0123456789+-.eEnaifNAIFtyTY") != strlen(s))
		return false;
	v = strtod(s, &end);
	if (end == s || *end)
		return false;
	*x = v;
	return true;
}
