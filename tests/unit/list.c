/* Volumes at one place as a list axis (formats/dicom/list.c), and the scanner's header that says what is in a mosaic
 * (formats/dicom/csa.c), over facts made by hand. */
#include <stdlib.h>

#include "dicom/csa.h"
#include "dicom/list.h"
#include "tap.h"

enum { SLICES = 5, VOLUMES = 3, N = SLICES * VOLUMES };

static struct dicom_file files[] = {{.path = "many.dcm"}};
static struct dicom_frame frames[N];
static size_t order[N];

/* Three volumes of five slices, in an order of neither. */
static struct dicom_set make(void)
{
	for (size_t i = 0; i < N; i++) {
		size_t k = i * 7 % N; /* 7 and 15 have no factor in common */

		frames[i] = (struct dicom_frame){
			.pixels = {.rows = 8, .columns = 9, .allocated = 16, .stored = 16, .high = 15},
			.has_position = true, .has_orientation = true, .has_spacing = true,
			.position = {0, 0, 2.0 * (double)(k % SLICES)}, .orientation = {1, 0, 0, 0, 1, 0}, .spacing = {1, 1},
			.number = (uint32_t)i + 1,
			.along = {[DICOM_BY_ECHO] = 5, [DICOM_BY_BVALUE] = NAN, [DICOM_BY_TRIGGER] = NAN,
			          [DICOM_BY_TIME] = (double)(k / SLICES)},
			.has_time = true, .time = 7e8 + 2.5 * (double)(k / SLICES) + 0.1 * (double)(k % SLICES),
		};
		order[i] = i;
	}
	return (struct dicom_set){.files = files, .n_files = 1, .frames = frames, .n_frames = N};
}

/* Slice by slice within volume by volume? */
static bool in_order(void)
{
	for (size_t i = 0; i < N; i++)
		if (frames[order[i]].along[DICOM_BY_TIME] != (double)(i / SLICES) ||
		    frames[order[i]].position[2] != 2.0 * (double)(i % SLICES))
			return false;
	return true;
}

static void lists(void)
{
	struct dicom_set set = make();
	struct dicom_geometry g;
	struct dicom_list list;
	char *text;

	dicom_arrange_list(&set, order, N, 0, &g, &list);
	ok(g.problem == DICOM_REGULAR && list.n == VOLUMES && list.axis == DICOM_BY_TIME && in_order(), "points in time");
	is_int((long long)g.grid.size[2], SLICES, "the grid is that of one volume");
	text = dicom_axis_text(&set, order, N, &list);
	is_str(text, "time s 0 2.5 5", "seconds since the first");
	free(text);
	frames[order[7]].has_time = false;
	text = dicom_axis_text(&set, order, N, &list);
	is_str(text, "time 1 0 1 2", "numbers, where a time is not known");
	free(text);

	set = make();
	for (size_t i = 0; i < N; i++)
		frames[i].along[DICOM_BY_ECHO] += frames[i].along[DICOM_BY_TIME] == 2 ? 3 : 0;
	dicom_arrange_list(&set, order, N, 0, &g, &list);
	ok(list.n == VOLUMES && list.axis == DICOM_BY_TIME, "an echo time of one volume alone is not the axis");

	set = make();
	frames[3].position[0] = 4;
	dicom_arrange_list(&set, order, N, 0, &g, &list);
	ok(g.problem != DICOM_REGULAR && list.n == 0 && strstr(g.detail, "of 3: "), "a slice beside the others: %s", g.detail);

	set = make();
	dicom_arrange_list(&set, order, N - 1, 0, &g, &list);
	ok(g.problem == DICOM_P_MISSING_SLICE && list.n == 0, "a slice missing: %s", g.detail);

	set = make();
	for (size_t i = 0; i < N; i++)
		frames[i].along[DICOM_BY_TIME] = NAN;
	dicom_arrange_list(&set, order, N, 0, &g, &list);
	ok(g.problem == DICOM_P_DUPLICATE_POSITION && list.n == 0, "nothing tells them apart: %s", g.detail);
}

static void put32(unsigned char *at, uint32_t x)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(x >> 8 * i);
}

/* A header of version 2 with one tag of one item, 16 + 84 + 16 + 4 bytes. */
static void headers(void)
{
	unsigned char csa[120] = "SV10\4\3\2\1";
	double x = 0;
	bool early = false;

	put32(csa + 8, 1);
	memcpy(csa + 16, "Number", 6);
	put32(csa + 16 + 76, 1);
	put32(csa + 100 + 4, 4);
	memcpy(csa + 116, " 36", 4);
	ok(csa_numbers(csa, sizeof csa, "Number", 1, &x) && x == 36, "a number of a CSA header");
	ok(!csa_numbers(csa, sizeof csa, "Numb", 1, &x) && !csa_numbers(csa, sizeof csa, "Number", 2, (double[2]){0}),
	   "not by half a name, nor more than there are");
	for (size_t n = 0; n < sizeof csa; n++) {
		unsigned char *cut = malloc(n + 1); /* of its own, for the sanitizer to see what is read beyond */

		memcpy(cut, csa, n);
		early = early || csa_numbers(cut, n, "Number", 1, &x);
		free(cut);
	}
	ok(!early, "nothing of a cut one");
	put32(csa + 100 + 4, 0xfffffff0);
	ok(!csa_numbers(csa, sizeof csa, "Number", 1, &x), "nor where a length is a lie");
}

int main(void)
{
	lists();
	headers();
	return done();
}
