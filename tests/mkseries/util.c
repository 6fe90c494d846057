/* SPDX-License-Identifier: BSD-2-Clause
 *
 * util.c - hashing, angles, decimal strings and byte buffers that come out the same on every
 * machine. */
#include "mkseries.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *xalloc(size_t n)
{
	void *p = calloc(n ? n : 1, 1);

	if (!p)
		die("out of memory");
	return p;
}

char *xprintf(const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
	return s;
}

static uint64_t scramble(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	return x ^ x >> 32;
}

uint64_t mix(uint64_t a, uint64_t b)
{
	return scramble(scramble(a + 0x632be59bd9b4e019u) ^ (b + 0x9e3779b97f4a7c15u));
}

/* The C library's sine may differ in its last bit from one version to the next: a Taylor series
 * does not. */
void sincos_deg(double deg, double *s, double *c)
{
	double x = fmod(deg, 360) * (3.14159265358979323846 / 180 / 16);
	double t = 1, sine = 0, cosine = 0;

	for (int i = 0; i < 24; i += 2) {
		cosine += i % 4 ? -t : t;
		t *= x / (i + 1);
		sine += i % 4 ? -t : t;
		t *= x / (i + 2);
	}
	for (int i = 0; i < 4; i++) {
		double twice = 2 * sine * cosine;

		cosine = cosine * cosine - sine * sine;
		sine = twice;
	}
	/* right angles exactly, so that their cosines print as 0 and 1 */
	*s = fabs(sine) < 1e-15 ? 0 : fabs(cosine) < 1e-15 ? copysign(1, sine) : sine;
	*c = fabs(cosine) < 1e-15 ? 0 : fabs(sine) < 1e-15 ? copysign(1, cosine) : cosine;
}

double ds_value(double v, char text[24])
{
	char best[40] = "0", t[40];

	if (v == 0)
		v = 0; /* no "-0" */
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(t, sizeof t, "%.*g", digits, v);
		/* "500" and not "5e+02", which is legal but nobody writes it */
		if (strlen(t) > 16 || (strchr(t, 'e') && fabs(v) > 1e-4 && fabs(v) < 1e15))
			continue;
		memcpy(best, t, sizeof t);
		if (strtod(t, NULL) == v)
			break;
	}
	snprintf(text, 24, "%.16s", isnan(v) ? "NaN" : best);
	return strtod(text, NULL);
}

void make_uid(char uid[72], uint64_t a, uint64_t b)
{
	snprintf(uid, 72, "2.25.%llu%09llu", (unsigned long long)(mix(a, b) >> 2 | 1),
		 (unsigned long long)(mix(b, a) % 1000000000u));
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (b->n + n > b->cap) {
		b->cap = (b->n + n) * 3 / 2 + 4096;
		b->p = realloc(b->p, b->cap);
		if (!b->p)
			die("out of memory");
	}
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

void buf_u16(struct buf *b, unsigned v, bool big)
{
	uint8_t le[2] = {v & 255, v >> 8 & 255}, be[2] = {le[1], le[0]};

	buf_add(b, big ? be : le, 2);
}

void buf_u32(struct buf *b, uint32_t v, bool big)
{
	buf_u16(b, big ? v >> 16 : v & 0xffff, big);
	buf_u16(b, big ? v & 0xffff : v >> 16, big);
}

void buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){0};
}
