/* orient.h - which way the axes of a grid run through the patient. */
#ifndef ALG_ORIENT_H
#define ALG_ORIENT_H

#include "grid.h"

struct orient {
	int world[3];      /* for axis x, y, z: the patient axis it runs along most, 0 L, 1 P, 2 S */
	int sign[3];       /* +1 towards L, P, S; -1 towards R, A, I */
	double oblique_deg; /* the greatest angle between an axis and its patient axis */
};

/* orient_of - each patient axis is given to exactly one axis of the grid, such that the cosines
 * add up to the most; of equals, the first in the order xyz, xzy, yxz, yzx, zxy, zyx. */
struct orient orient_of(const struct vol_grid *g);

/* orient_to, orient_from - where the axis goes to, or comes from: one of L R P A S I. */
char orient_to(const struct orient *o, int axis);
char orient_from(const struct orient *o, int axis);

/* orient_plane - "axial", "coronal" or "sagittal": how the slices lie. */
const char *orient_plane(const struct orient *o);

/* orient_words - "axial, R→L A→P I→S", and by how much the grid is oblique (from 0.005 degrees) or
 * sheared (shear_mm, from 0.001). In UTF-8, into buf of at least 128 bytes, which is returned. */
char *orient_words(const struct orient *o, double shear_mm, char *buf);

/* orient_parse - three letters that say where x, y and z run to, such as "RAS": one of L R, one of
 * P A, one of S I, in any order, upper or lower case. False when it is anything else. */
bool orient_parse(const char *code, struct orient *o);

/* A grid turned round by whole quarter turns and mirrored: axis a of the result is axis from[a] of
 * the grid, backwards where flip[a]. */
struct orient_turn {
	int from[3];
	bool flip[3];
};

/* orient_turn - what makes axes that lie as `now` lie as `wanted`.
 * orient_turn_grid - the grid of the result: every voxel keeps its place. */
struct orient_turn orient_turn(const struct orient *now, const struct orient *wanted);
void orient_turn_grid(const struct orient_turn *t, struct vol_grid *g);

#endif
