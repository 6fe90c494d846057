#include "colour.h"

#include <math.h>

#include "pixels.h"

static bool is_native(const struct dicom_pixels *p)
{
	return p->codec == DICOM_NATIVE || p->codec == DICOM_DEFLATED;
}

bool colour_halved(const struct dicom_pixels *p)
{
	return p->colour == DICOM_YBR_422 && is_native(p);
}

/* Decoders give the numbers of a pixel together; in a native file they may lie apart. */
static bool apart(const struct dicom_pixels *p)
{
	return p->planar && is_native(p) && dicom_pixels_samples(p) > 1 && !colour_halved(p);
}

bool colour_plain(const struct dicom_pixels *p)
{
	return p->colour == DICOM_GREY || (p->colour == DICOM_RGB && !apart(p));
}

bool colour_in_place(const struct dicom_pixels *p)
{
	return !apart(p) && !colour_halved(p) && p->colour != DICOM_PALETTE;
}

/* ---- numbers of any width ---- */

static uint32_t get(const void *buf, unsigned bits, size_t i)
{
	return bits == 8 ? ((const uint8_t *)buf)[i] : bits == 16 ? ((const uint16_t *)buf)[i] : ((const uint32_t *)buf)[i];
}

static void put(void *buf, unsigned bits, size_t i, uint32_t x)
{
	if (bits == 8)
		((uint8_t *)buf)[i] = (uint8_t)x;
	else if (bits == 16)
		((uint16_t *)buf)[i] = (uint16_t)x;
	else
		((uint32_t *)buf)[i] = x;
}

static uint32_t whole(double x, double most)
{
	x = floor(x + 0.5);
	return x < 0 ? 0 : x > most ? (uint32_t)most : (uint32_t)x;
}

/* ---- the ways ---- */

/* C.7.6.3.1.2 has YBR_FULL of RGB, with the weights of ITU-R BT.601, rounded to four decimals; this is those weights' exact
 * inverse. */
static void from_ybr(const struct dicom_pixels *p, void *buf)
{
	static const double red = 0.299, green = 0.587, blue = 0.114;
	double most = ldexp(1, (int)p->stored) - 1, middle = ldexp(1, (int)p->stored - 1);
	size_t n = (size_t)p->rows * p->columns;

	for (size_t i = 0; i < n; i++) {
		double y = get(buf, p->allocated, 3 * i);
		double to_r = 2 * (1 - red) * (get(buf, p->allocated, 3 * i + 2) - middle);
		double to_b = 2 * (1 - blue) * (get(buf, p->allocated, 3 * i + 1) - middle);

		put(buf, p->allocated, 3 * i, whole(y + to_r, most));
		put(buf, p->allocated, 3 * i + 1, whole(y - (red * to_r + blue * to_b) / green, most));
		put(buf, p->allocated, 3 * i + 2, whole(y + to_b, most));
	}
}

/* Cb and Cr belong to the first pixel of the two (C.7.6.3.1.2) and are taken for the second as well. */
static void double_chroma(const struct dicom_pixels *p, const void *stored, void *out)
{
	size_t pairs = (size_t)p->rows * p->columns / 2;

	for (size_t i = 0; i < pairs; i++)
		for (size_t k = 0; k < 2; k++) {
			put(out, p->allocated, 6 * i + 3 * k, get(stored, p->allocated, 4 * i + k));
			put(out, p->allocated, 6 * i + 3 * k + 1, get(stored, p->allocated, 4 * i + 2));
			put(out, p->allocated, 6 * i + 3 * k + 2, get(stored, p->allocated, 4 * i + 3));
		}
}

static void join_planes(const struct dicom_pixels *p, const void *stored, void *out)
{
	size_t n = (size_t)p->rows * p->columns;

	for (size_t c = 0; c < 3; c++)
		for (size_t i = 0; i < n; i++)
			put(out, p->allocated, 3 * i + c, get(stored, p->allocated, c * n + i));
}

static void look_up(const struct dicom_pixels *p, const void *stored, void *out)
{
	const struct dicom_palette *t = p->palette;
	size_t n = (size_t)p->rows * p->columns;

	for (size_t i = 0; i < n; i++) {
		int64_t at = (int64_t)get(stored, p->allocated, i) - t->first;

		at = at < 0 ? 0 : at >= t->entries ? t->entries - 1 : at;
		for (size_t c = 0; c < 3; c++)
			put(out, t->bits, 3 * i + c, t->value[c * t->entries + (size_t)at]);
	}
}

void colour_make(const struct dicom_pixels *p, const void *stored, void *out)
{
	if (p->colour == DICOM_PALETTE)
		look_up(p, stored, out);
	else if (colour_halved(p))
		double_chroma(p, stored, out);
	else if (apart(p))
		join_planes(p, stored, out);
	if (p->colour == DICOM_YBR || p->colour == DICOM_YBR_422)
		from_ybr(p, out);
}
