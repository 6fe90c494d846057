/* ellipse.h - how a flat shape lies: its moments, its border, the ellipse that fits the border. */
#ifndef ALG_ELLIPSE_H
#define ALG_ELLIPSE_H

#include <stddef.h>
#include <stdint.h>

/* ---- moments ---- */

/* Of the voxels that are set, in index units: how many, their middle, their second moments about it. */
struct shape {
	uint64_t n;
	double x, y;
	double xx, xy, yy;
};

/* shape_of - bytes: nx * ny, each 1 or 0. Sums are whole numbers: the same on every machine. */
void shape_of(const uint8_t *bytes, size_t nx, size_t ny, struct shape *s);

/* shape_axis - how far, in degrees, the axis of the shape that lies nearest to v is turned from v
 * towards u: -45 to 45. xx, xy, yy: second moments along orthonormal u (x) and v (y). *elongation: 1 -
 * the short axis over the long one, 0 for a disc, whose angle means nothing. */
double shape_axis(double xx, double xy, double yy, double *elongation);

/* ---- border and ellipse ---- */

struct point {
	int32_t x, y;
};

struct border {
	struct point *at;  /* owned */
	size_t n, room;
	double area;       /* within the polygon */
};

/* border_largest - the outer border of the component (8 neighbours) whose border encloses the largest
 * area, of those with `least` points or more: followed pixel by pixel (Suzuki and Abe, CVGIP 1985), and
 * only the pixels at which its direction changes. bytes: nx * ny, nonzero is set. It is what OpenCV's
 * findContours(RETR_EXTERNAL, CHAIN_APPROX_SIMPLE) gives, where of equals the last found counts.
 * o->n 0: there is none. 0; -1 out of memory. border_free gives o->at back. */
int border_largest(struct border *o, const uint8_t *bytes, size_t nx, size_t ny, size_t least);
void border_free(struct border *o);

/* An ellipse as OpenCV describes it: its middle, the full lengths of the short and the long axis, and the
 * angle in degrees from the x axis to the short one, towards y, within 0..180. */
struct ellipse {
	double x, y, minor, major, angle;
};

/* ellipse_fit - fit one to n >= 5 points: least squares of A x^2 + B y^2 + C x y + D x + E y = 1 for the
 * middle, then of A, B and C about it: the algorithm of OpenCV's fitEllipse. 0; 1 when the points do
 * not determine one; -1 out of memory. */
int ellipse_fit(const struct point *p, size_t n, struct ellipse *e);

#endif
