/* diffusion.h - diffusion weighting: the b-value and the direction of the gradient of an image, and the volumes that they
 * make. */
#ifndef DICOM_DIFFUSION_H
#define DICOM_DIFFUSION_H

#include "facts.h"

/* diffusion_rank_one - the unit vector g of a b-matrix xx, xy, xz, yy, yz, zz that is about b * g * g', with its first
 * number that is not 0 positive: the matrix is the same for -g. False, and nothing set, for one that is no single
 * direction's. */
bool diffusion_rank_one(const double matrix[6], double g[3]);

/* diffusion_from_ge - a direction that GE's scanners state along the axes of the measurement - frequency, phase, slice - in
 * patient space (LPS).
 *
 *   orientation   ImageOrientationPatient
 *   row           the phase is encoded along a row (InPlanePhaseEncodingDirection ROW), else down a column
 *
 * Which way those axes point differs by plane, the one that the normal of the images is closest to. */
void diffusion_from_ge(const double orientation[6], bool row, const double stated[3], double g[3]);

/* dicom_diffusion_order - which volume of a diffusion-weighted series a frame belongs to, as its place in time: where no
 * time is stated, and each position has as many frames, of which the first, second, ... by InstanceNumber agree with those
 * at the other positions in b-value and gradient. A series that has images of a direction and traces (isotropic) becomes
 * two kinds. -1 with err when memory runs out. */
int dicom_diffusion_order(struct dicom_set *set, struct vol_err *err);

#endif
