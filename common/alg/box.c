#include "box.h"

#include "bitmask.h"

/* Each word also gets the bits that come from 1 to 63 columns below, or above. */
static inline void up(uint64_t *row, size_t words, unsigned by)
{
	for (size_t i = words; i-- > 1;)
		row[i] |= row[i] << by | row[i - 1] >> (64 - by);
	row[0] |= row[0] << by;
}

static inline void down(uint64_t *row, size_t words, unsigned by)
{
	for (size_t i = 0; i + 1 < words; i++)
		row[i] |= row[i] >> by | row[i + 1] << (64 - by);
	row[words - 1] |= row[words - 1] >> by;
}

static void spread_row(uint64_t *row, size_t words, uint64_t tail, size_t reach)
{
	for (size_t now = 0; now < reach;) {
		size_t step = now + 1 < reach - now ? now + 1 : reach - now;

		step = step < 63 ? step : 63;
		up(row, words, (unsigned)step);
		down(row, words, (unsigned)step);
		row[words - 1] &= tail;
		now += step;
	}
}

/* Along y the order of rows keeps what was there: upwards from the last row, and the reverse. */
static void spread_rows(uint64_t *slice, size_t words, size_t ny, size_t reach)
{
	for (size_t now = 0; now < reach;) {
		size_t step = now + 1 < reach - now ? now + 1 : reach - now;

		for (size_t y = ny; y-- > step;)
			words_or(slice + y * words, slice + (y - step) * words, words);
		now += step;
	}
	for (size_t now = 0; now < reach;) {
		size_t step = now + 1 < reach - now ? now + 1 : reach - now;

		for (size_t y = 0; y + step < ny; y++)
			words_or(slice + y * words, slice + (y + step) * words, words);
		now += step;
	}
}

void box_dilate(uint64_t *slice, size_t nx, size_t ny, size_t rx, size_t ry)
{
	size_t words = bitmask_row_words(nx);

	for (size_t y = 0; rx && y < ny; y++)
		spread_row(slice + y * words, words, bitmask_tail(nx), rx < nx ? rx : nx);
	spread_rows(slice, words, ny, ry < ny ? ry : ny);
}

void box_erode(uint64_t *slice, size_t nx, size_t ny, size_t rx, size_t ry)
{
	if (!rx && !ry)
		return;
	words_not(slice, slice, nx, ny);
	box_dilate(slice, nx, ny, rx, ry);
	words_not(slice, slice, nx, ny);
}
