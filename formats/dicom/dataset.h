/* dataset.h - DICOM data sets in the making: explicit VR, little-endian (PS3.5, chapter 7 and annex A.2).
 *
 *     struct dataset d = {0};
 *     dataset_text(&d, 0x00080060, "CS", "CT");
 *     dataset_u16(&d, 0x00280010, 1, &rows);
 *     dataset_file(&d, sop_class, sop_instance, &file);
 *     dataset_begin(&file, 0x7fe00010, "OW", bytes);
 *     if (file.failed)
 *             ... out of memory
 *
 * Elements may come in any order and are written by their tags; of two with one tag the first stays. A tag is
 * group << 16 | element. Running out of memory shows at the end. */
#ifndef DICOM_DATASET_H
#define DICOM_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dataset_bytes {
	unsigned char *at;
	size_t n, room;
	bool failed;
};

struct dataset {
	struct dataset_bytes bytes;   /* elements, as they came */
	struct dataset_bytes index;   /* of struct element */
};

/* dataset_text - a value of a text VR or of UI as it is, padded to an even length. NULL is the empty value. */
void dataset_text(struct dataset *d, uint32_t tag, const char *vr, const char *value);

/* dataset_u16, dataset_u32, dataset_f64 - n values of US (or SS, by their bits; AT, as group and element), of UL, of FD. */
void dataset_u16(struct dataset *d, uint32_t tag, const char *vr, size_t n, const uint16_t *values);
void dataset_u32(struct dataset *d, uint32_t tag, size_t n, const uint32_t *values);
void dataset_f64(struct dataset *d, uint32_t tag, size_t n, const double *values);

/* dataset_decimals - n values of DS, each as dataset_decimal writes it. */
void dataset_decimals(struct dataset *d, uint32_t tag, size_t n, const double *values);

/* dataset_decimal - the nearest number that the 16 characters of a DS hold, into buf[17]; as short as it goes. */
char *dataset_decimal(char buf[17], double x);

/* dataset_item - one more item for a sequence; empties and frees the item's data set. dataset_sequence - the
 * sequence of them; empties and frees items. */
void dataset_item(struct dataset_bytes *items, struct dataset *item);
void dataset_sequence(struct dataset *d, uint32_t tag, struct dataset_bytes *items);

/* dataset_code - a sequence of one code (PS3.3, 8.8). */
void dataset_code(struct dataset *d, uint32_t tag, const char *value, const char *scheme, const char *meaning);

/* dataset_file - the start of a DICOM file behind what `to` holds: from the preamble to the last element of d, which is
 * emptied and freed. */
void dataset_file(struct dataset *d, const char *sop_class, const char *sop_instance, struct dataset_bytes *to);

/* dataset_begin - the head of an element whose n bytes follow. dataset_sequence_begin, dataset_sequence_end - around the
 * items of a sequence whose length is not known. */
void dataset_begin(struct dataset_bytes *to, uint32_t tag, const char *vr, uint32_t n);
void dataset_sequence_begin(struct dataset_bytes *to, uint32_t tag);
void dataset_sequence_end(struct dataset_bytes *to);

/* dataset_bytes_free - empty them. dataset_free - the same for a data set. */
void dataset_bytes_free(struct dataset_bytes *b);
void dataset_free(struct dataset *d);

#endif
