/* write_inside.h - what the writers of images and of segmentations share. */
#ifndef DICOM_WRITE_INSIDE_H
#define DICOM_WRITE_INSIDE_H

#include <sha2.h>

#include "dataset.h"
#include "io/keys.h"
#include "like.h"
#include "uid.h"
#include "write.h"

#define SOP_CLASS "1.2.840.10008.5.1.4.1.1."

/* A derived object in the making. */
struct derived {
	const struct vol_head *head;
	const struct dicom_write *how;
	const char *subject;
	struct dicom_like *like;  /* NULL: none */
	bool utf8;                /* texts of ours need more than ASCII */
	uint64_t columns, rows, slices;
	double row[3], column[3]; /* unit vectors along a row, and down a column */
	double spacing[2];        /* between rows, between columns, mm */
	double step, thickness;   /* along the normal, mm */
	bool reversed;            /* slices run against the normal: row x column */
	SHA2_CTX sha;             /* of all that the objects are made of */
	uint8_t key[32];          /* that digest */
	char study[65], series[DICOM_UID], frame[65]; /* UIDs */
};

/* derived_begin - check that DICOM can hold the grid, and open how->like. -1 with err. derived_end - in any case. */
int derived_begin(struct derived *d, struct vol_in *in, const struct vol_head *head, const struct dicom_write *how,
                  struct vol_err *err);
void derived_end(struct derived *d);

/* derived_sealed - all voxels are in d->sha: make the UIDs. Before, they are as long, and stand for nothing. */
void derived_sealed(struct derived *d);

/* derived_number - how many slices lie before slice i of the stream along the normal. derived_position - of its first
 * voxel. */
uint64_t derived_number(const struct derived *d, uint64_t i);
void derived_position(const struct derived *d, uint64_t i, double mm[3]);

/* derived_put - the modules that all objects have: patient, study, series, frame of reference, equipment, SOP common. */
void derived_put(const struct derived *d, const char *modality, const char *sop_class, const char *sop_instance,
                 struct dataset *to);

/* derived_text - a text of ours, at most `most` characters of it, without what the VR cannot hold. */
void derived_text(struct dataset *to, uint32_t tag, const char *vr, const char *text, size_t most);

/* How voxels become 16 bits. */
struct values16 {
	enum voxel_type from, to; /* to: VOXEL_INT16 or VOXEL_UINT16 */
	bool mapped;              /* value = slope * number + intercept; else they are the same: 1 and 0 */
	double slope, intercept;
	double off;               /* how far a value can be off */
};

/* values16_plan - for 32 bits, floats and doubles, only with how->quantise: their range is looked for, all of `in` is
 * read for that, and wound back. Says what is lost. -1 with err. */
int values16_plan(struct values16 *v, struct vol_in *in, const struct vol_head *head, bool quantise, struct vol_err *err);

/* values16_make - n numbers of src, any n; dst has room for n of them. */
void values16_make(const struct values16 *v, const void *src, size_t n, uint16_t *dst);

/* What a series is compared with when it is read back. */
struct expected {
	enum voxel_type type;
	const struct vol_rescale *rescale; /* of the slices in the order of the stream, or one pair, or none */
	const uint32_t *crc;               /* CRC-32 of the numbers of each slice, by derived_number */
};

/* verify_series - read the folder at path as dcm2vol does. name: for the answer. -1 with err when anything differs. */
int verify_series(const struct derived *d, const char *path, const char *name, const struct expected *e,
                  struct vol_err *err);

#endif
