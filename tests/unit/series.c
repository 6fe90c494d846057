/* Series out of files, and the choice among them (formats/dicom/series.c), over facts made by
 * hand. */
#include <stdlib.h>
#include <time.h>

#include "dicom/series.h"
#include "tap.h"

/* ---- sets of files ---- */

/* Room for one more: doubled at each power of two. */
static void *grown(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : realloc(array, (n ? 2 * n : 1) * size);
}

static struct dicom_file *add_file(struct dicom_set *set, const char *path, enum dicom_status status,
                                   const char *reason)
{
	struct dicom_file *f;

	set->files = grown(set->files, set->n_files, sizeof *set->files);
	f = &set->files[set->n_files++];
	*f = (struct dicom_file){.path = strdup(path), .status = status, .reason = reason ? strdup(reason) : NULL};
	return f;
}

static void add_frame(struct dicom_set *set, double z)
{
	set->frames = grown(set->frames, set->n_frames, sizeof *set->frames);
	set->frames[set->n_frames++] = (struct dicom_frame){
		.file = set->n_files - 1,
		.pixels = {.rows = 8, .columns = 9, .allocated = 16, .stored = 16, .high = 15},
		.has_position = true,
		.has_orientation = true,
		.has_spacing = true,
		.position = {0, 0, z},
		.orientation = {1, 0, 0, 0, 1, 0},
		.spacing = {1, 1},
	};
}

/* One image of a series; number < 0: it has none. */
static struct dicom_file *add_image(struct dicom_set *set, const char *uid, int number, double z)
{
	char path[40];
	struct dicom_file *f;

	snprintf(path, sizeof path, "ct/%04zu", set->n_files);
	f = add_file(set, path, DICOM_USED, NULL);
	f->series_uid = uid;
	f->has_number = number >= 0;
	f->number = number;
	f->modality = "CT";
	add_frame(set, z);
	return f;
}

static void add_series(struct dicom_set *set, const char *uid, int number, const char *description, int n)
{
	for (int i = 0; i < n; i++)
		add_image(set, uid, number, i * 2.5)->description = description;
}

static struct dicom_series_list find(const struct dicom_set *set)
{
	struct dicom_series_list list;
	struct vol_err err;

	is_int(dicom_series_find(set, false, &list, &err), 0, "series are found");
	return list;
}

static void drop(struct dicom_set *set, struct dicom_series_list *list)
{
	dicom_series_free(list);
	dicom_set_free(set);
}

/* What the user is told when nothing can be chosen. */
static const char *refused(const struct dicom_set *set, struct dicom_series_list *list, const char *selector)
{
	static struct vol_err err;
	struct dicom_series *s;

	memset(&err, 0, sizeof err);
	s = dicom_series_choose(set, list, selector, "ct/", &err);
	ok(s == NULL, "'%s' chooses nothing", selector ? selector : "nothing");
	ok(strchr(err.what, '\n') == NULL, "and that is said on one line");
	return err.what;
}

static const char *chosen(const struct dicom_set *set, struct dicom_series_list *list, const char *selector)
{
	struct vol_err err;
	struct dicom_series *s = dicom_series_choose(set, list, selector, "ct/", &err);

	return s ? s->selector : NULL;
}

/* ---- grouping ---- */

static void grouping(void)
{
	struct dicom_set set = {0};
	struct dicom_series_list list;

	/* three series, their files mixed */
	for (int i = 0; i < 6; i++) {
		add_image(&set, "1.2.7", 7, 10 - i)->description = "seven";
		if (i < 4)
			add_image(&set, "1.2.10", 10, i)->modality = "MR";
		if (i < 1)
			add_image(&set, "1.2.3", -1, i);
	}
	list = find(&set);
	is_int(list.n, 3, "as many series as UIDs");
	is_str(list.series[0].selector, "7", "by number, not by text: 7 before 10");
	is_str(list.series[1].selector, "10", "10 second");
	is_str(list.series[2].selector, "none", "without a number last");
	is_int(list.series[0].n_images, 6, "with their images");
	is_int(list.series[0].n_frames, 6, "and frames");
	is_int(list.series[1].n_images, 4, "four of the second");
	is_int(list.series[2].n_images, 1, "one of the third");
	is_str(list.series[0].description, "seven", "the description is that of the first image");
	is_str(list.series[1].modality, "MR", "and so is the modality");
	is_str(list.series[0].uid, "1.2.7", "and the UID");
	is_int(list.series[0].geometry.problem, DICOM_REGULAR, "it is arranged");
	is_double(list.series[0].geometry.grid.origin[2], 5, 0, "from its least position on");
	int good = 0;

	for (size_t i = 0; i < list.series[0].n_frames; i++) {
		const struct dicom_frame *f = &set.frames[list.series[0].frame[i]];

		good += f->position[2] == 5 + (double)i && strcmp(set.files[f->file].series_uid, "1.2.7") == 0;
	}
	is_int(good, 6, "frames are in slice order, and its own");
	drop(&set, &list);

	/* the UID decides, not the number */
	set = (struct dicom_set){0};
	for (int i = 0; i < 4; i++)
		add_image(&set, "1.2.7", i, i);
	list = find(&set);
	is_int(list.n, 1, "numbers that differ within one UID make no series");
	drop(&set, &list);

	/* images without a series UID are one series of their own */
	set = (struct dicom_set){0};
	for (int i = 0; i < 4; i++)
		add_image(&set, i % 2 ? "1.2.7" : NULL, 3, i);
	list = find(&set);
	is_int(list.n, 2, "images without a UID stand apart");
	is_int(list.series[0].n_images, 2, "two of them");
	ok(list.series[0].uid == NULL, "their UID is none");
	drop(&set, &list);

	set = (struct dicom_set){0};
	list = find(&set);
	is_int(list.n, 0, "no files, no series");
	drop(&set, &list);
}

static void selectors(void)
{
	struct dicom_set set = {0};
	struct dicom_series_list list;

	add_series(&set, "1.2.9", 3, "c", 3);
	add_series(&set, "1.2.1", 3, "a", 4);
	add_series(&set, "1.2.5", 3, "b", 5);
	add_series(&set, "1.2.6", -1, "x", 2);
	add_series(&set, "1.2.4", -1, "w", 6);
	add_series(&set, "1.2.2", 0, "zero", 7);
	add_series(&set, "1.2.3", 31, "other", 8);
	list = find(&set);
	is_int(list.n, 7, "seven series");
	static const char *const want[] = {"0", "3.1", "3.2", "3.3", "31", "none.1", "none.2"};
	static const char *const uid[] = {"1.2.2", "1.2.1", "1.2.5", "1.2.9", "1.2.3", "1.2.4", "1.2.6"};

	for (size_t i = 0; i < list.n; i++) {
		is_str(list.series[i].selector, want[i], "selector of series %zu", i);
		is_str(list.series[i].uid, uid[i], "equal numbers go by UID: series %zu", i);
		is_str(chosen(&set, &list, want[i]), want[i], "series %zu is found by its selector", i);
		is_str(chosen(&set, &list, uid[i]), want[i], "series %zu is found by its UID", i);
	}
	ok(strstr(refused(&set, &list, "3"), "[several-series]") != NULL, "3 alone is not clear");
	ok(strstr(refused(&set, &list, "3"), "3.1: 4 slices \"a\"; 3.2: 5 slices \"b\"; 3.3: 3 slices \"c\"") != NULL,
	   "and the three are listed");
	ok(strstr(refused(&set, &list, "none"), "several series have") != NULL, "neither is none");
	ok(strstr(refused(&set, &list, "4"), "no series '4': there is 0: 7 slices \"zero\"; 3.1") != NULL,
	   "what is not there is said, and what is");
	for (const char *const *s = (const char *const[]){"3.4", "3.0", "3.", "1.2", "1.2.", "03", " 3.1", "", "a", NULL}; *s; s++)
		ok(strstr(refused(&set, &list, *s), "no series '") != NULL, "'%s' is no selector of these", *s);
	ok(strstr(refused(&set, &list, NULL), "7 series; choose one with --series (0: 7 slices") != NULL,
	   "no selector: the list");
	drop(&set, &list);

	set = (struct dicom_set){0};
	add_series(&set, "1.2.9", 3, NULL, 1);
	list = find(&set);
	is_str(chosen(&set, &list, NULL), "3", "one series needs no selector");
	is_str(chosen(&set, &list, "3"), "3", "but may have one");
	ok(strstr(refused(&set, &list, "3.1"), "there is 3: 1 slice") != NULL, "3.1 is none where 3 is one");
	drop(&set, &list);
}

/* ---- messages ---- */

static void messages(void)
{
	struct dicom_set set = {0};
	struct dicom_series_list list;
	char uid[60][16], *text;
	const char *what;

	add_series(&set, "1.2.9", 3, "Lung 1.0 B60f", 275);
	add_series(&set, "1.2.8", 4, "Mediastinum", 55);
	list = find(&set);
	is_str(refused(&set, &list, NULL),
	       "2 series; choose one with --series (3: 275 slices \"Lung 1.0 B60f\"; 4: 55 slices \"Mediastinum\")"
	       " [several-series]",
	       "the line is that of the design");
	drop(&set, &list);

	/* many, with long descriptions: one line that fits, ends as it should, and says how many more */
	set = (struct dicom_set){0};
	for (int i = 0; i < 60; i++) {
		snprintf(uid[i], sizeof uid[i], "1.2.%d", i);
		add_series(&set, uid[i], i, "a description as long as the sixty-four characters that an LO allows", 2);
	}
	list = find(&set);
	what = refused(&set, &list, NULL);
	ok(strncmp(what, "60 series; ", 11) == 0, "sixty series are counted");
	text = strstr(what, " more, see dcmls) [several-series]");
	ok(text && text[34] == '\0', "the rest is counted too, and the line ends with the reason");
	int shown = 0;

	for (const char *s = what; (s = strstr(s, ": 2 slices")); s++)
		shown++;
	ok(text && shown + atoi(strstr(what, "; and ") + 6) == 60, "shown and counted are all (%d shown)", shown);
	drop(&set, &list);

	/* twelve are a list; the thirteenth is counted only */
	for (int n = 12; n <= 13; n++) {
		set = (struct dicom_set){0};
		for (int i = 0; i < n; i++)
			add_series(&set, uid[i], i, "CT", 2);
		list = find(&set);
		what = refused(&set, &list, NULL);
		ok(strstr(what, "; 11: 2 slices \"CT\"") != NULL, "%d series: the twelfth is listed", n);
		ok((strstr(what, "\"CT\"; and 1 more, see dcmls)") != NULL) == (n == 13) && !strstr(what, "; 12: "),
		   "%d series: a thirteenth is not", n);
		drop(&set, &list);
	}

	/* a description cut in the middle of a character is no text any more */
	for (int before = 26; before < 31; before++) {
		char description[64];
		const unsigned char *s;
		bool good = true;

		set = (struct dicom_set){0};
		snprintf(description, sizeof description, "%.*s\xe8\x82\xba\xe8\x82\xba\xe8\x82\xba", before,
		         "------------------------------");
		add_series(&set, "1.2.1", 1, description, 1);
		add_series(&set, "1.2.2", 2, description, 1);
		list = find(&set);
		for (s = (const unsigned char *)refused(&set, &list, NULL); *s; s++)
			if (*s >= 0xc0) {
				good = good && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80;
				s += good ? 2 : 0;
			}
		ok(good, "%d characters and then kanji: none is cut in two", before);
		drop(&set, &list);
	}
}

static void nothing(void)
{
	struct dicom_set set = {0};
	struct dicom_series_list list;

	add_file(&set, "ct/a", DICOM_LOCALIZER, "ImageType is ORIGINAL\\PRIMARY\\LOCALIZER");
	add_file(&set, "ct/b", DICOM_NOT_DICOM, "empty file");
	add_file(&set, "ct/c", DICOM_NOT_DICOM, "no DICOM header");
	add_file(&set, "ct/d", DICOM_NO_PIXELS, "SR without pixels");
	add_file(&set, "ct/e", DICOM_OTHER, "DICOMDIR");
	list = find(&set);
	is_int(list.n, 0, "localizers and foreign files make no series");
	is_str(refused(&set, &list, NULL),
	       "no images of a series in 5 files: 1 localizer, 2 not-dicom, 1 no-pixels, 1 other [no-images]",
	       "and what there was is counted");
	drop(&set, &list);

	set = (struct dicom_set){0};
	add_file(&set, "x.png", DICOM_NOT_DICOM, "no DICOM header");
	list = find(&set);
	is_str(refused(&set, &list, NULL), "no DICOM header [no-images]", "a single file has its own reason");
	drop(&set, &list);

	set = (struct dicom_set){0};
	list = find(&set);
	ok(strstr(refused(&set, &list, NULL), "[no-images]") != NULL, "no files at all");
	ok(strstr(refused(&set, &list, "3"), "[no-images]") != NULL, "no files at all, by selector");
	drop(&set, &list);
}

/* ---- what spoils a series ---- */

static void spoilt(void)
{
	struct dicom_set set = {0};
	struct dicom_series_list list;
	struct dicom_file *f;

	/* two sound series; one more image for each kind */
	add_series(&set, "1.2.1", 1, NULL, 5);
	add_series(&set, "1.2.2", 2, NULL, 5);
	f = add_file(&set, "ct/cut", DICOM_TRUNCATED, "ends after 5 of 144 bytes of pixels");
	f->series_uid = "1.2.2";
	add_frame(&set, 5 * 2.5);
	f = add_file(&set, "ct/scout", DICOM_LOCALIZER, "ImageType is LOCALIZER");
	f->series_uid = "1.2.1";
	f = add_file(&set, "ct/report", DICOM_NO_PIXELS, "SR without pixels");
	f->series_uid = "1.2.9";
	list = find(&set);
	is_int(list.n, 2, "a report is no series");
	is_int(list.series[0].n_images, 5, "a localizer is no image of the series");
	is_int(list.series[0].geometry.problem, DICOM_REGULAR, "and does not spoil it");
	is_int(list.series[1].n_images, 6, "a truncated image is one");
	is_int(list.series[1].geometry.problem, DICOM_P_TRUNCATED, "and spoils it");
	is_str(list.series[1].geometry.detail, "ct/cut: ends after 5 of 144 bytes of pixels", "with its name and reason");
	drop(&set, &list);

	/* a header that is cut has no frame */
	set = (struct dicom_set){0};
	add_series(&set, "1.2.1", 1, NULL, 5);
	f = add_file(&set, "ct/cut", DICOM_TRUNCATED, "ends inside the header");
	f->series_uid = "1.2.1";
	add_series(&set, "1.2.1", 1, NULL, 1);
	set.frames[5].position[2] = 5 * 2.5;
	list = find(&set);
	is_int(list.series[0].n_images, 7, "an image without a frame counts");
	is_int(list.series[0].n_frames, 6, "but has none");
	is_int(list.series[0].geometry.problem, DICOM_P_TRUNCATED, "a cut header spoils its series");
	for (size_t i = 0; i < list.series[0].n_frames; i++)
		ok(set.files[set.frames[list.series[0].frame[i]].file].status == DICOM_USED, "frames are of sound files");
	drop(&set, &list);

	/* unsupported images, alone and with others; truncation is named first whatever the order */
	for (int k = 0; k < 3; k++) {
		set = (struct dicom_set){0};
		if (k == 2)
			add_file(&set, "ct/a-cut", DICOM_TRUNCATED, "ends inside the header")->series_uid = "1.2.1";
		add_file(&set, "ct/b-colour", DICOM_UNSUPPORTED, "colour")->series_uid = "1.2.1";
		if (k == 1)
			add_file(&set, "ct/c-cut", DICOM_TRUNCATED, "ends inside the header")->series_uid = "1.2.1";
		add_series(&set, "1.2.1", 1, NULL, 5);
		list = find(&set);
		is_int(list.n, 1, "one series");
		is_int(list.series[0].geometry.problem, k ? DICOM_P_TRUNCATED : DICOM_P_UNSUPPORTED,
		       "%s spoils it", k ? "the truncated one of two" : "an unsupported image");
		is_str(list.series[0].geometry.detail,
		       k == 0   ? "ct/b-colour: colour"
		       : k == 1 ? "ct/c-cut: ends inside the header"
		                : "ct/a-cut: ends inside the header",
		       "and is named");
		drop(&set, &list);
	}
	set = (struct dicom_set){0};
	add_file(&set, "ct/only", DICOM_UNSUPPORTED, "enhanced CT (multi-frame)")->series_uid = "1.2.1";
	list = find(&set);
	is_int(list.n, 1, "a series of nothing but unsupported images is listed");
	is_int(list.series[0].geometry.problem, DICOM_P_UNSUPPORTED, "as what it is");
	is_int(list.series[0].n_frames, 0, "without frames");
	is_str(chosen(&set, &list, NULL), "none", "and can be chosen, to be refused by name");
	drop(&set, &list);

	/* a file that was cut before its UID belongs to no series; the caller sees to it */
	set = (struct dicom_set){0};
	add_series(&set, "1.2.1", 1, NULL, 5);
	add_file(&set, "ct/stump", DICOM_TRUNCATED, "ends inside the header");
	list = find(&set);
	is_int(list.n, 1, "a stump makes no series");
	is_int(list.series[0].geometry.problem, DICOM_REGULAR, "and spoils none here");
	drop(&set, &list);

	/* the same file twice */
	set = (struct dicom_set){0};
	add_series(&set, "1.2.1", 1, NULL, 5);
	f = add_image(&set, "1.2.1", 1, 2.5);
	f->status = DICOM_DUPLICATE;
	f->reason = strdup("same SOP Instance UID as ct/0001");
	list = find(&set);
	is_int(list.series[0].geometry.problem, DICOM_P_DUPLICATE_POSITION, "a file twice is a duplicate position");
	ok(strstr(list.series[0].geometry.detail, "ct/0001") && strstr(list.series[0].geometry.detail, "ct/0005"),
	   "and both are named");
	drop(&set, &list);
}

/* Thousands of series, as in an archive's folder. */
static void many(void)
{
	enum { SERIES = 5000 };
	static char uid[SERIES][24];
	struct dicom_set set = {0};
	struct dicom_series_list list;
	clock_t start;
	double seconds;

	for (int i = 0; i < SERIES; i++) {
		snprintf(uid[i], sizeof uid[i], "1.2.%d", (i * 7919) % SERIES);
		add_image(&set, uid[i], (i * 31) % 100, i);
	}
	for (int i = 0; i < SERIES; i++)
		add_image(&set, uid[i], (i * 31) % 100, i + 1);
	start = clock();
	list = find(&set);
	seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	is_int(list.n, SERIES, "five thousand series");
	ok(seconds < 3, "in no time (%.2f s)", seconds);
	int wrong = 0;

	for (size_t i = 1; i < list.n; i++)
		wrong += strcmp(list.series[i - 1].selector, list.series[i].selector) == 0;
	is_int(wrong, 0, "no selector twice");
	is_str(list.series[list.n - 1].selector, "99.50", "the last of them");
	drop(&set, &list);
}

int main(void)
{
	grouping();
	selectors();
	messages();
	nothing();
	spoilt();
	many();
	return done();
}
