#include "ellipse.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "components.h"

/* ---- moments ---- */

void shape_of(const uint8_t *bytes, size_t nx, size_t ny, struct shape *s)
{
	/* second moments of 2^16 x 2^16 voxels stay below 2^64 */
	uint64_t n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;

	for (size_t y = 0; y < ny; y++) {
		uint64_t row = 0, row_x = 0, row_xx = 0;

		for (size_t x = 0; x < nx; x++) {
			uint64_t set = bytes[y * nx + x];

			row += set;
			row_x += set * x;
			row_xx += set * x * x;
		}
		n += row;
		sx += row_x;
		sy += row * y;
		sxx += row_xx;
		sxy += row_x * y;
		syy += row * y * y;
	}
	memset(s, 0, sizeof *s);
	s->n = n;
	if (n == 0)
		return;
	s->x = (double)sx / (double)n;
	s->y = (double)sy / (double)n;
	s->xx = (double)sxx / (double)n - s->x * s->x;
	s->xy = (double)sxy / (double)n - s->x * s->y;
	s->yy = (double)syy / (double)n - s->y * s->y;
}

double shape_axis(double xx, double xy, double yy, double *elongation)
{
	double half = 0.5 * (xx + yy), spread = hypot(0.5 * (xx - yy), xy);
	double angle = 0.5 * atan2(2 * xy, yy - xx) * 180 / M_PI;

	*elongation = half + spread > 0 ? 1 - sqrt(fmax(half - spread, 0) / (half + spread)) : 0;
	/* of the long axis; the short one is at a right angle */
	return angle > 45 ? angle - 90 : angle < -45 ? angle + 90 : angle;
}

/* ---- outline ---- */

struct picture {
	const uint8_t *bytes;
	int64_t nx, ny;
};

static const int step_x[8] = {1, 1, 0, -1, -1, -1, 0, 1}, step_y[8] = {0, -1, -1, -1, 0, 1, 1, 1};

static bool is_set(const struct picture *p, struct point at, int way)
{
	int64_t x = at.x + step_x[way], y = at.y + step_y[way];

	return x >= 0 && y >= 0 && x < p->nx && y < p->ny && p->bytes[y * p->nx + x];
}

static int add_point(struct border *o, struct point at)
{
	if (o->n == o->room) {
		size_t room = o->room ? 2 * o->room : 256;
		struct point *more = realloc(o->at, room * sizeof *more);

		if (!more)
			return -1;
		o->at = more;
		o->room = room;
	}
	o->at[o->n++] = at;
	return 0;
}

static bool same(struct point a, struct point b)
{
	return a.x == b.x && a.y == b.y;
}

/* Follow the border from its first pixel in scan order, to the left of which nothing is set. */
static int follow(struct border *o, const struct picture *p, struct point start)
{
	struct point at = start, last, next;
	int way = 4, before;

	o->n = 0;
	do
		way = (way + 7) % 8;
	while (!is_set(p, start, way) && way != 4);
	if (way == 4)
		return add_point(o, start); /* alone */
	/* the pixel from which the border comes back to the start */
	last = (struct point){start.x + step_x[way], start.y + step_y[way]};
	before = (way + 4) % 8;
	for (;;) {
		do
			way = (way + 1) % 8;
		while (!is_set(p, at, way));
		if (way != before && add_point(o, at) < 0)
			return -1;
		before = way;
		next = (struct point){at.x + step_x[way], at.y + step_y[way]};
		if (same(next, start) && same(at, last))
			return 0;
		at = next;
		way = (way + 4) % 8;
	}
}

static double area_of(const struct border *o)
{
	double twice = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct point *a = &o->at[i], *b = &o->at[i + 1 < o->n ? i + 1 : 0];

		twice += (double)a->x * b->y - (double)b->x * a->y;
	}
	return 0.5 * fabs(twice);
}

static int largest_of(struct border *best, struct components *c, const struct picture *p, size_t least)
{
	struct border one = {0};
	int rc = 0;

	for (uint32_t i = 1; i <= c->n && rc == 0; i++) {
		const struct component *k = &c->at[i];
		double box = (double)(k->hi[0] - k->lo[0]) * (double)(k->hi[1] - k->lo[1]);
		struct point start = {(int32_t)(k->first % (uint64_t)p->nx), (int32_t)(k->first / (uint64_t)p->nx)};

		if (best->n && box < best->area)
			continue;
		rc = follow(&one, p, start);
		one.area = area_of(&one);
		if (rc == 0 && one.n >= least && (best->n == 0 || one.area >= best->area)) {
			struct border swap = *best;

			*best = one;
			one = swap;
		}
	}
	free(one.at);
	return rc;
}

int border_largest(struct border *o, const uint8_t *bytes, size_t nx, size_t ny, size_t least)
{
	struct picture p = {bytes, (int64_t)nx, (int64_t)ny};
	uint64_t *words = malloc(bitmask_row_words(nx) * ny * sizeof *words);
	uint8_t *ones = malloc(nx * ny);
	struct components c = {0};
	size_t size[3] = {nx, ny, 1};
	int rc = -1;

	o->n = 0;
	o->area = 0;
	if (words && ones) {
		for (size_t i = 0; i < nx * ny; i++)
			ones[i] = bytes[i] != 0;
		bitmask_pack(ones, nx, ny, words);
		if (components_begin(&c, size, 8, false) == 0 && components_add(&c, words) == 0 &&
		    components_end(&c) == 0)
			rc = largest_of(o, &c, &p, least);
	}
	components_free(&c);
	free(words);
	free(ones);
	return rc;
}

void border_free(struct border *o)
{
	free(o->at);
	memset(o, 0, sizeof *o);
}

/* ---- ellipse ---- */

enum { MOST = 5 };

/* The x that comes closest to A x = b, by Householder reflections; A: rows of `cols` numbers, changed
 * as b is. False when the columns depend on each other. */
static bool least_squares(double *a, double *b, size_t rows, size_t cols, double *x)
{
	double scale = 0;

	for (size_t k = 0; k < cols; k++) {
		double norm = 0, head, dot;

		for (size_t i = k; i < rows; i++)
			norm += a[i * cols + k] * a[i * cols + k];
		norm = sqrt(norm);
		scale = fmax(scale, norm);
		if (!(norm > 1e-10 * scale))
			return false;
		head = a[k * cols + k] > 0 ? -norm : norm;
		/* the reflection is along v = column - head e_k; of it the column below is kept */
		a[k * cols + k] -= head;
		for (size_t j = k + 1; j <= cols; j++) {
			double *column = j < cols ? a + j : b;
			size_t stride = j < cols ? cols : 1;

			dot = 0;
			for (size_t i = k; i < rows; i++)
				dot += a[i * cols + k] * column[i * stride];
			dot /= head * a[k * cols + k];
			for (size_t i = k; i < rows; i++)
				column[i * stride] += dot * a[i * cols + k];
		}
		a[k * cols + k] = head;
	}
	for (size_t k = cols; k-- > 0;) {
		x[k] = b[k];
		for (size_t j = k + 1; j < cols; j++)
			x[k] -= a[k * cols + j] * x[j];
		x[k] /= a[k * cols + k];
	}
	return true;
}

/* Points brought near zero, to a size of about 1. */
struct frame {
	double x, y, scale;
};

static struct frame frame_of(const struct point *p, size_t n)
{
	struct frame f = {0};
	double spread = 0;

	for (size_t i = 0; i < n; i++) {
		f.x += p[i].x;
		f.y += p[i].y;
	}
	f.x /= (double)n;
	f.y /= (double)n;
	for (size_t i = 0; i < n; i++)
		spread += fabs(p[i].x - f.x) + fabs(p[i].y - f.y);
	f.scale = spread > 0 ? (double)n / spread : 1;
	return f;
}

static bool middle_of(const struct point *p, size_t n, const struct frame *f, double *a, double *b, double middle[2])
{
	double g[MOST], det;

	for (size_t i = 0; i < n; i++) {
		double x = (p[i].x - f->x) * f->scale, y = (p[i].y - f->y) * f->scale;
		double row[MOST] = {x * x, y * y, x * y, x, y};

		memcpy(a + i * MOST, row, sizeof row);
		b[i] = 1;
	}
	if (!least_squares(a, b, n, MOST, g))
		return false;
	/* where the gradient is 0 */
	det = 4 * g[0] * g[1] - g[2] * g[2];
	if (!(fabs(det) > 1e-12))
		return false;
	middle[0] = (g[2] * g[4] - 2 * g[1] * g[3]) / det;
	middle[1] = (g[2] * g[3] - 2 * g[0] * g[4]) / det;
	return true;
}

static bool axes_of(const struct point *p, size_t n, const struct frame *f, const double middle[2], double *a,
                    double *b, struct ellipse *e)
{
	double g[3], turn, spread, sum;

	for (size_t i = 0; i < n; i++) {
		double x = (p[i].x - f->x) * f->scale - middle[0], y = (p[i].y - f->y) * f->scale - middle[1];
		double row[3] = {x * x, y * y, x * y};

		memcpy(a + i * 3, row, sizeof row);
		b[i] = 1;
	}
	if (!least_squares(a, b, n, 3, g))
		return false;
	/* 1 over the squares of the half axes are the eigenvalues of (A, C/2; C/2, B) */
	turn = -0.5 * atan2(g[2], g[1] - g[0]);
	spread = hypot(g[2], g[1] - g[0]);
	sum = g[0] + g[1];
	if (!(fabs(sum - spread) > 1e-12) || !(fabs(sum + spread) > 1e-12))
		return false;
	e->major = 2 * sqrt(2 / fabs(sum - spread)) / f->scale;
	e->minor = 2 * sqrt(2 / fabs(sum + spread)) / f->scale;
	e->angle = 90 + turn * 180 / M_PI;
	if (e->minor > e->major) {
		double swap = e->minor;

		e->minor = e->major;
		e->major = swap;
		e->angle = turn * 180 / M_PI;
	}
	e->x = middle[0] / f->scale + f->x;
	e->y = middle[1] / f->scale + f->y;
	return true;
}

int ellipse_fit(const struct point *p, size_t n, struct ellipse *e)
{
	double *a = malloc(n * MOST * sizeof *a), *b = malloc(n * sizeof *b), middle[2];
	struct frame f = frame_of(p, n);
	int rc = -1;

	if (a && b)
		rc = n >= MOST && middle_of(p, n, &f, a, b, middle) && axes_of(p, n, &f, middle, a, b, e) ? 0 : 1;
	free(a);
	free(b);
	return rc;
}
