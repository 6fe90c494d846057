/* one.h - from what the user names to one series, or one segmentation, as a volume: all of dcm2vol but its options. */
#ifndef DICOM_ONE_H
#define DICOM_ONE_H

#include <stdbool.h>

#include "io/vol.h"
#include "repair.h"
#include "scan.h"
#include "segmentation.h"
#include "series.h"

struct dicom_ask {
	char *const *operands;     /* n of: files, folders, a DICOMDIR; see dicom_paths_collect */
	size_t n;
	const char *files0_from;   /* a list of more, or NULL */
	const char *series;        /* which one, as in dicom_series_choose; NULL: the only one */
	bool split;                /* each volume of a list is a series, see dicom_series_find */
	const char *subject;       /* for messages about all of them */
	int threads;
	bool identifiers;          /* into the header too */
	struct dicom_repair repair; /* all zero: none */
	bool philips_precise;      /* see philips.h */
	struct segmentation_ask segmentation; /* all zero: none; else images are refused */
	void (*progress)(void *ctx, uint64_t done, uint64_t total); /* of the files; NULL for none */
	void *ctx;
};

/* What the reader needs as long as it is open. */
struct dicom_one {
	struct dicom_set set;
	struct dicom_series_list list;
	struct dicom_series *series; /* the one; NULL: it is a segmentation */
	struct straight straight;
	char *repaired;            /* what was done about slices that were not regular or did not say which volume they are of, for
	                            * the history; NULL: nothing */
};

/* dicom_is - does the path name a folder, a file that says it is DICOM, in gzip or not, or an archive that may hold such? */
bool dicom_is(const char *path);

/* dicom_one_open - a reader over the series, or NULL with err: none, several and none chosen, not regular, or a
 * file that may belong to it and cannot be read. Files that are left out are said with vol_note. *head is filled,
 * the caller's to free. dicom_one_close after vol_close, and after failure too. */
struct vol_in *dicom_one_open(struct dicom_one *one, const struct dicom_ask *ask, struct vol_head *head,
                              struct vol_err *err);
void dicom_one_close(struct dicom_one *one);

/* ---- the same in steps, for all series of an input one after the other ---- */

/* dicom_one_scan - find the series; ask->series does not matter yet. dicom_one_choose - the one that is asked for; NULL with
 * err. dicom_one_all - all of them, with the segmentations
 * as series at the end of the list: -1 with err when there is none. */
int dicom_one_scan(struct dicom_one *one, const struct dicom_ask *ask, struct vol_err *err);
struct dicom_series *dicom_one_choose(struct dicom_one *one, const struct dicom_ask *ask, struct vol_err *err);
int dicom_one_all(struct dicom_one *one, const struct dicom_ask *ask, struct vol_err *err);

/* dicom_one_volume - a reader over one of them, as dicom_one_open. dicom_one_done - after vol_close, and after failure too. */
struct vol_in *dicom_one_volume(struct dicom_one *one, struct dicom_series *series, const struct dicom_ask *ask,
                                struct vol_head *head, struct vol_err *err);
void dicom_one_done(struct dicom_one *one);

#endif
