#include "histogram_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canvas.h"

enum { WIDTH = 1000, HEIGHT = 600, LEFT = 84, RIGHT = 28, BELOW = 64, NAME = 74 };

_Static_assert(HISTOGRAM_PICTURE_SERIES <= (int)CANVAS_SERIES, "a colour each");

/* The chart that is drawn. */
struct picture {
	const struct histograms *h;
	struct canvas *canvas;
	struct chart_axis axis;
	double *column[HISTOGRAM_PICTURE_SERIES];
	double greatest;
	bool log;
	int top, bottom; /* of the field of the bars */
};

static bool ends_in(const char *path, const char *end)
{
	size_t n = strlen(path), k = strlen(end);

	return n > k && strcmp(path + n - k, end) == 0;
}

bool histogram_picture_name(const char *path)
{
	return ends_in(path, ".png") || ends_in(path, ".svg");
}

static int x_of(const struct picture *p, double column)
{
	return LEFT + (int)lround(column / (double)p->axis.n * (WIDTH - LEFT - RIGHT));
}

static int y_of(const struct picture *p, double count)
{
	return p->bottom - (int)lround(chart_height(count, p->greatest, p->log) * (p->bottom - p->top));
}

/* ---- axes ---- */

static void mark_y(struct picture *p, double count)
{
	char text[32];
	int y = y_of(p, count);

	canvas_fill(p->canvas, CANVAS_GREY, LEFT, y, WIDTH - LEFT - RIGHT, 1);
	canvas_text(p->canvas, CANVAS_INK, LEFT - 8, y + 7, CANVAS_END, chart_count(text, count));
}

static void axes(struct picture *p)
{
	double lo = p->axis.lo, span = p->axis.step * (double)p->axis.n, step = chart_step(lo, lo + span, 9);
	char text[32];

	if (p->log)
		for (double c = 1; c <= p->greatest; c *= 10)
			mark_y(p, c);
	else
		for (double c = fmax(1, chart_step(0, p->greatest, 6)), i = 0; i * c <= p->greatest; i++)
			mark_y(p, i * c);
	/* counted, for far from 0 a double may not change when 1 is added */
	for (int i = 0; i < 16 && (ceil(lo / step) + i) * step <= lo + span; i++) {
		double at = (ceil(lo / step) + i) * step;
		int x = x_of(p, (at - lo) / p->axis.step);

		canvas_fill(p->canvas, CANVAS_INK, x, p->bottom, 1, 6);
		canvas_text(p->canvas, CANVAS_INK, x, p->bottom + 24, CANVAS_MIDDLE, chart_number(text, at));
	}
	canvas_fill(p->canvas, CANVAS_INK, LEFT, p->bottom, WIDTH - LEFT - RIGHT, 1);
	canvas_text(p->canvas, CANVAS_INK, (LEFT + WIDTH - RIGHT) / 2, p->bottom + 50, CANVAS_MIDDLE,
	            p->h->unit[0] ? p->h->unit : "value");
}

/* ---- volumes ---- */

static void bars(struct picture *p)
{
	for (size_t i = 0; i < p->axis.n; i++) {
		int x = x_of(p, (double)i), y = y_of(p, p->column[0][i]);

		canvas_fill(p->canvas, CANVAS_FIRST, x, y, x_of(p, (double)i + 1) - x, p->bottom - y);
	}
}

static void outline(struct picture *p, size_t series)
{
	int colour = CANVAS_FIRST + (int)series, before = p->bottom;

	for (size_t i = 0; i <= p->axis.n; i++) {
		int x = x_of(p, (double)i), y = i < p->axis.n ? y_of(p, p->column[series][i]) : p->bottom;

		if (i < p->axis.n)
			canvas_fill(p->canvas, colour, x, y - 1, x_of(p, (double)i + 1) - x, 2);
		canvas_fill(p->canvas, colour, x - 1, (y < before ? y : before) - 1, 2, abs(before - y) + 2);
		before = y;
	}
}

static void title(struct picture *p, size_t series)
{
	const struct histogram_series *s = &p->h->series[series];
	const char *name = s->name ? s->name : "all";
	size_t n = strlen(name);
	char text[2 * NAME], count[32];
	int y = 28 + (int)series * CANVAS_LINE;

	/* of a long path the end says more */
	snprintf(text, sizeof text, "%s%s: %s voxels%s", n > NAME - 30 ? "..." : "", name + (n > NAME - 30 ? n - NAME + 30 : 0),
	         chart_count(count, (double)s->counted), p->log ? ", logarithmic" : "");
	if (p->h->volumes > 1)
		canvas_fill(p->canvas, CANVAS_FIRST + (int)series, LEFT, y - 12, 14, 14);
	canvas_text(p->canvas, CANVAS_INK, LEFT + (p->h->volumes > 1 ? 24 : 0), y, CANVAS_START, text);
}

static int columns(struct picture *p)
{
	for (size_t k = 0; k < p->h->volumes; k++) {
		p->column[k] = histograms_columns(p->h, k, &p->axis);
		if (!p->column[k])
			return -1;
		for (size_t i = 0; i < p->axis.n; i++)
			p->greatest = fmax(p->greatest, p->column[k][i]);
	}
	return 0;
}

int histogram_picture(const struct histograms *h, bool log, const char *path, int flags, struct vol_err *err)
{
	struct picture p = {.h = h, .log = log, .bottom = HEIGHT - BELOW};
	int rc;

	if (h->volumes > HISTOGRAM_PICTURE_SERIES)
		return vol_fail(err, path, "shows %d volumes at most: draw them together with --total", HISTOGRAM_PICTURE_SERIES);
	p.top = 28 + (int)h->volumes * CANVAS_LINE;
	p.axis = histograms_axis(h, WIDTH - LEFT - RIGHT);
	p.canvas = canvas_new(WIDTH, HEIGHT, ends_in(path, ".svg"));
	if (p.canvas && columns(&p) == 0) {
		axes(&p);
		if (h->volumes == 1)
			bars(&p);
		for (size_t k = 0; k < h->volumes; k++) {
			if (h->volumes > 1)
				outline(&p, k);
			title(&p, k);
		}
		rc = canvas_save(p.canvas, path, flags, err);
	} else {
		rc = vol_fail(err, path, "out of memory");
	}
	for (size_t k = 0; k < h->volumes; k++)
		free(p.column[k]);
	canvas_free(p.canvas);
	return rc;
}
