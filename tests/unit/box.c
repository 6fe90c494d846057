/* Widening and narrowing by a box, against the same voxel by voxel. */
#include <stdlib.h>

#include "alg/bitmask.h"
#include "alg/box.h"
#include "tap.h"

static void check(size_t nx, size_t ny, size_t rx, size_t ry, unsigned modulus)
{
	size_t words = bitmask_row_words(nx) * ny, wrong = 0;
	uint64_t *wide = malloc(words * 8), *thin = malloc(words * 8);
	uint8_t *in = malloc(nx * ny), *a = malloc(nx * ny), *b = malloc(nx * ny);

	for (size_t i = 0; i < nx * ny; i++)
		in[i] = i * 2654435761U % 4294967291U % modulus == 0;
	bitmask_pack(in, nx, ny, wide);
	box_dilate(wide, nx, ny, rx, ry);
	bitmask_unpack(wide, nx, ny, 1, a);
	bitmask_pack(in, nx, ny, thin);
	words_not(thin, thin, nx, ny);
	box_erode(thin, nx, ny, rx, ry);
	bitmask_unpack(thin, nx, ny, 1, b);
	for (size_t y = 0; y < ny; y++)
		for (size_t x = 0; x < nx; x++) {
			bool any = false;

			for (size_t v = y < ry ? 0 : y - ry; v <= y + ry && v < ny; v++)
				for (size_t u = x < rx ? 0 : x - rx; u <= x + rx && u < nx; u++)
					any = any || in[v * nx + u];
			wrong += a[y * nx + x] != any || b[y * nx + x] != !any;
		}
	is_int(wrong, 0, "%zu x %zu by %zu, %zu, 1 in %u", nx, ny, rx, ry, modulus);
	free(wide);
	free(thin);
	free(in);
	free(a);
	free(b);
}

int main(void)
{
	static const size_t widths[] = {1, 60, 64, 65, 130, 300};

	for (size_t i = 0; i < 6; i++)
		for (size_t r = 0; r < 6; r++)
			check(widths[i], 23, r, r ^ 1, 31);
	check(300, 40, 100, 3, 5003);
	check(300, 40, 290, 50, 5003);
	check(64, 9, 63, 0, 401);
	check(64, 9, 0, 8, 401);
	return done();
}
