#include "png.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void put32(uint8_t *p, uint32_t x)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(x >> (24 - 8 * i));
}

static int chunk(struct outfile *out, const char *type, const void *data, size_t n, struct vol_err *err)
{
	uint8_t head[8], crc[4];
	uLong sum;

	put32(head, (uint32_t)n);
	memcpy(head + 4, type, 4);
	sum = crc32(0, head + 4, 4);
	if (n)
		sum = crc32(sum, data, (uInt)n);
	put32(crc, (uint32_t)sum);
	if (outfile_write(out, head, sizeof head, err) < 0 || (n && outfile_write(out, data, n, err) < 0))
		return -1;
	return outfile_write(out, crc, sizeof crc, err);
}

/* Rows, each after the number of its filter: none, best where pixels are indices. Compressed, in a new block; NULL: out of
 * memory. */
static uint8_t *packed(unsigned width, unsigned height, const uint8_t *pixel, size_t *n)
{
	size_t row = (size_t)width + 1;
	uLongf room = compressBound(row * height);
	uint8_t *raw = malloc(row * height), *data = malloc(room);

	for (unsigned y = 0; raw && y < height; y++) {
		raw[y * row] = 0;
		memcpy(raw + y * row + 1, pixel + (size_t)y * width, width);
	}
	if (!raw || !data || compress2(data, &room, raw, row * height, 9) != Z_OK) {
		free(data);
		data = NULL;
	}
	free(raw);
	*n = room;
	return data;
}

int png_write(struct outfile *out, unsigned width, unsigned height, const uint8_t *pixel, const uint8_t palette[][3],
              unsigned n, struct vol_err *err)
{
	static const uint8_t magic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
	uint8_t head[13] = {[8] = 8, [9] = 3}; /* 8 bits, palette */
	size_t bytes;
	uint8_t *data = packed(width, height, pixel, &bytes);
	int rc = -1;

	put32(head, width);
	put32(head + 4, height);
	if (!data)
		return vol_fail(err, outfile_name(out), "out of memory");
	if (outfile_write(out, magic, sizeof magic, err) == 0 && chunk(out, "IHDR", head, sizeof head, err) == 0 &&
	    chunk(out, "PLTE", palette, 3 * (size_t)n, err) == 0 && chunk(out, "IDAT", data, bytes, err) == 0)
		rc = chunk(out, "IEND", NULL, 0, err);
	free(data);
	return rc;
}
