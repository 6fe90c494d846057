/* one.c - from files to a volume, in the steps that every reader of DICOM takes. */
#include "one.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bytes.h"
#include "philips.h"
#include "volume.h"

/* Is that how a DICOM file, a tar of whatever, or a zip starts whose first member is no NPY array? */
static bool starts_as_dicom(const unsigned char *start, size_t n)
{
	size_t name = n >= 30 ? (size_t)start[26] | (size_t)start[27] << 8 : 0;

	if (n >= 132 && memcmp(start + 128, "DICM", 4) == 0)
		return true;
	if (n >= 262 && memcmp(start + 257, "ustar", 5) == 0)
		return true;
	return n >= 30 && memcmp(start, "PK\3\4", 4) == 0 &&
	       (name < 4 || 30 + name > n || memcmp(start + 30 + name - 4, ".npy", 4) != 0);
}

bool dicom_is(const char *path)
{
	const unsigned char *start;
	struct vol_err ignored;
	struct bytes *b;
	struct stat st;
	ssize_t n;

	if (!path || stat(path, &st) < 0)
		return false;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode);
	b = bytes_open(path, &ignored);
	if (!b)
		return false;
	n = bytes_peek(b, &start, 512, &ignored);
	n = n > 0 && starts_as_dicom(start, (size_t)n);
	bytes_close(b);
	return n > 0;
}

/* What was left out: with -v the names, and how many. An empty file is worth a warning: it may
 * have been a slice once. */
static void note_left_out(const struct dicom_set *set, bool warn)
{
	const struct dicom_file *twice = NULL;
	size_t n = 0, same = 0;

	for (size_t i = 0; i < set->n_files; i++) {
		const struct dicom_file *f = &set->files[i];

		if (f->status == DICOM_USED || (f->status == DICOM_DUPLICATE && !f->same))
			continue;
		if (f->same) {
			twice = same++ ? twice : f;
			continue;
		}
		n++;
		if (warn && f->status == DICOM_NOT_DICOM && f->reason && strcmp(f->reason, "empty file") == 0)
			vol_warn(f->path, "is empty, left out");
		vol_note(f->path, "left out, %s: %s", dicom_status_name(f->status), f->reason ? f->reason : "");
	}
	if (warn && same == 1)
		vol_warn(twice->path, "left out, %s", twice->reason ? twice->reason : "a file twice");
	else if (warn && same)
		vol_warn("", "%zu files left out that are the same as others, the first: %s, %s", same, twice->path,
		         twice->reason ? twice->reason : "");
	if (n)
		vol_note("", "%zu of %zu files left out", n, set->n_files);
}

/* A file that cannot be read, or whose header was cut, may belong to any series: nothing says that
 * no slice is lost with it. */
static int refuse_unknown(const struct dicom_set *set, struct vol_err *err)
{
	for (size_t i = 0; i < set->n_files; i++) {
		const struct dicom_file *f = &set->files[i];

		if (f->status == DICOM_UNREADABLE)
			return vol_fail(err, f->path, "%s", f->reason);
		if (f->status == DICOM_TRUNCATED && !f->series_uid)
			return vol_fail(err, f->path, "%s [truncated]", f->reason);
	}
	return 0;
}

/* By what volumes at one place were told apart, when they do not say it outright: a part of the record. */
static int say_told(struct dicom_one *one, const struct dicom_series *series, struct vol_err *err)
{
	const char *told = one->set.frames[series->frame[0]].told;
	char *before = one->repaired, *text;

	if (!told)
		return 0;
	if (asprintf(&text, "%s%svolumes told apart by %s", before ? before : "", before ? "; " : "", told) < 0)
		return vol_fail(err, "", "out of memory");
	free(before);
	one->repaired = text;
	return 0;
}

/* 1: it is a segmentation that is meant, and *in is open, or NULL with err. 0: it is images. -1 with err. */
static int open_segmentation(struct dicom_one *one, const struct dicom_ask *ask, struct vol_in **in, struct vol_head *head,
                             struct vol_err *err)
{
	const struct segmentation_ask *how = &ask->segmentation;
	const struct dicom_file *file;
	int rc = segmentation_choose(&one->set, &one->list, ask->series, ask->subject, &file, err);

	if (rc == 0 && (how->segment || how->grid))
		return vol_fail(err, ask->subject, "is no segmentation, which --segment and --like are for [no-segmentation]");
	if (rc <= 0)
		return rc;
	if (ask->repair.regrid || ask->repair.untilt || ask->repair.accept || ask->split || ask->philips_precise)
		return vol_fail(err, file->path, "is a segmentation: --split, --regrid, --untilt, --accept and --philips-precise are "
		                "for images");
	*in = segmentation_open(file->path, how, ask->identifiers, ask->subject, head, err);
	return 1;
}

/* Slices that lack at an end leave no hole. Where the scanner counted more of them than there are, somebody has to know. */
static void warn_of_few(const struct dicom_set *set, const struct dicom_series *series, const char *subject)
{
	const struct dicom_frame *first = &set->frames[series->frame[0]];
	char digits[32];

	for (size_t i = 0; i < series->n_frames; i++)
		if (set->frames[series->frame[i]].positions != first->positions)
			return;
	if (first->positions > (double)series->n_frames && first->positions < 1e6)
		vol_warn(subject, "has %zu images, but %s is %s: slices may be missing at an end", series->n_frames, first->counted,
		         vol_number(digits, first->positions));
}

int dicom_one_scan(struct dicom_one *one, const struct dicom_ask *ask, struct vol_err *err)
{
	struct dicom_paths paths;

	memset(one, 0, sizeof *one);
	if (dicom_paths_collect(ask->operands, ask->n, ask->files0_from, &paths, err) < 0 ||
	    dicom_scan(&paths, ask->threads, true, ask->progress, ask->ctx, &one->set, err) < 0 ||
	    dicom_series_find(&one->set, ask->split, &one->list, err) < 0)
		return -1;
	return 0;
}

struct dicom_series *dicom_one_choose(struct dicom_one *one, const struct dicom_ask *ask, struct vol_err *err)
{
	struct dicom_series *series = refuse_unknown(&one->set, err) < 0 ? NULL :
		dicom_series_choose(&one->set, &one->list, ask->series, ask->subject, err);

	note_left_out(&one->set, series != NULL);
	return series;
}

int dicom_one_all(struct dicom_one *one, const struct dicom_ask *ask, struct vol_err *err)
{
	if (segmentation_list(&one->set, &one->list, err) < 0)
		return -1;
	if (one->list.n == 0) {
		(void)dicom_one_choose(one, ask, err); /* which says what there is instead */
		return -1;
	}
	if (refuse_unknown(&one->set, err) < 0)
		return -1;
	note_left_out(&one->set, true);
	return 0;
}

struct vol_in *dicom_one_volume(struct dicom_one *one, struct dicom_series *series, const struct dicom_ask *ask,
                                struct vol_head *head, struct vol_err *err)
{
	struct vol_in *in;

	vol_head_init(head);
	one->series = series->segmentation ? NULL : series;
	if (series->segmentation)
		return segmentation_open(series->segmentation->path, &ask->segmentation, ask->identifiers, ask->subject, head, err);
	if (dicom_repair(&one->set, series, &ask->repair, ask->subject, &one->straight, &one->repaired, err) < 0)
		return NULL;
	if ((ask->philips_precise && dicom_philips_precise(&one->set, series, err) < 0) || say_told(one, series, err) < 0)
		return NULL;
	if (series->geometry.problem == DICOM_REGULAR)
		warn_of_few(&one->set, series, ask->subject);
	in = dicom_volume_open(&one->set, series, ask->threads, ask->identifiers, ask->subject, head, err);
	if (in && one->straight.m)
		in = straight_open(&one->straight, in, head, err);
	if (in && one->repaired)
		vol_tell(ask->subject, "%s", one->repaired);
	return in;
}

void dicom_one_done(struct dicom_one *one)
{
	straight_free(&one->straight);
	free(one->repaired);
	one->repaired = NULL;
}

struct vol_in *dicom_one_open(struct dicom_one *one, const struct dicom_ask *ask, struct vol_head *head, struct vol_err *err)
{
	struct dicom_series *series;
	struct vol_in *in = NULL;

	vol_head_init(head);
	if (dicom_one_scan(one, ask, err) < 0 || open_segmentation(one, ask, &in, head, err) != 0)
		return in;
	series = dicom_one_choose(one, ask, err);
	return series ? dicom_one_volume(one, series, ask, head, err) : NULL;
}

void dicom_one_close(struct dicom_one *one)
{
	dicom_one_done(one);
	dicom_series_free(&one->list);
	dicom_set_free(&one->set);
}
