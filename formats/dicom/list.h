/* list.h - several volumes at one place, as the list axis of one volume. Plain C over facts. */
#ifndef DICOM_LIST_H
#define DICOM_LIST_H

#include "facts.h"
#include "geometry.h"

struct dicom_list {
	size_t n;               /* volumes; 0: there is but one, and no list axis */
	enum dicom_axis axis;   /* what tells them apart */
};

/* dicom_arrange_list - dicom_arrange_accepting, and where images lie on the same positions, a list of volumes.
 *
 *   frame   n >= 1 indexes into set->frames; sorted: volumes in the order of their axis, slices in each as dicom_arrange
 *           puts them
 *   out     geometry of all the volumes, which is one; or the problem, of which the detail names what differs
 *
 * Volumes differ in what `along` and `gradient` of a frame say. One of these facts has to tell all of them apart, alone
 * (gradients: with the b-value and the time), and each volume has to be whole, regular and on the same grid: else the
 * geometry's problem stands, and there is no list. */
void dicom_arrange_list(const struct dicom_set *set, size_t *frame, size_t n, unsigned accept, struct dicom_geometry *out,
                        struct dicom_list *list);

/* dicom_axis_text - what vol.axis says of the list: "echo ms 4.9 7.4". The caller's to free; NULL: out of memory, or
 * nothing is known but that they differ. */
char *dicom_axis_text(const struct dicom_set *set, const size_t *frame, size_t n, const struct dicom_list *list);

/* ---- what tells volumes apart ---- */

/* dicom_compare_along - two frames by one fact (diffusion: the gradient too), for sorting. What is not said is equal to
 * itself, and comes first. */
int dicom_compare_along(enum dicom_axis axis, const struct dicom_frame *a, const struct dicom_frame *b);

/* dicom_axis_place - what a frame's fact is, in words: "echo 4.92 ms". */
void dicom_axis_place(enum dicom_axis axis, const struct dicom_frame *f, char *buf, size_t size);

/* dicom_sort_volumes - sort the frames by all of these facts, so that those of one volume follow each other. */
void dicom_sort_volumes(const struct dicom_set *set, size_t *frame, size_t n);

#endif
