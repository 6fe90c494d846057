#include "orient.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct orient orient_of(const struct vol_grid *g)
{
	static const int order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct orient o = {.oblique_deg = 0};
	double best = -1;

	for (int k = 0; k < 6; k++) {
		double sum = 0;

		for (int a = 0; a < 3; a++)
			sum += fabs(g->direction[a][order[k][a]]) / grid_spacing(g, a);
		if (sum <= best + 1e-9)
			continue;
		best = sum;
		for (int a = 0; a < 3; a++)
			o.world[a] = order[k][a];
	}
	for (int a = 0; a < 3; a++) {
		const double *d = g->direction[a];
		double along = d[o.world[a]], across = 0, deg;

		/* atan2, since acos loses small angles */
		for (int w = 0; w < 3; w++)
			across += w == o.world[a] ? 0 : d[w] * d[w];
		deg = atan2(sqrt(across), fabs(along)) * 180 / M_PI;
		o.oblique_deg = fmax(o.oblique_deg, deg);
		o.sign[a] = along < 0 ? -1 : 1;
	}
	return o;
}

char orient_to(const struct orient *o, int axis)
{
	return (o->sign[axis] > 0 ? "LPS" : "RAI")[o->world[axis]];
}

char orient_from(const struct orient *o, int axis)
{
	return (o->sign[axis] > 0 ? "RAI" : "LPS")[o->world[axis]];
}

const char *orient_plane(const struct orient *o)
{
	static const char *const names[3] = {"sagittal", "coronal", "axial"};

	return names[o->world[2]];
}

char *orient_words(const struct orient *o, double shear_mm, char *buf)
{
	int n = sprintf(buf, "%s", orient_plane(o));

	for (int a = 0; a < 3; a++)
		n += sprintf(buf + n, "%s%c→%c", a ? " " : ", ", orient_from(o, a), orient_to(o, a));
	if (o->oblique_deg > 0.005)
		n += sprintf(buf + n, ", oblique by %.2f degrees", o->oblique_deg);
	if (shear_mm > 0.001)
		sprintf(buf + n, ", sheared by %.3g mm", shear_mm);
	return buf;
}

bool orient_parse(const char *code, struct orient *o)
{
	static const char letters[] = "LPSRAIlpsrai";
	int seen = 0;

	memset(o, 0, sizeof *o);
	if (strlen(code) != 3)
		return false;
	for (int a = 0; a < 3; a++) {
		const char *at = strchr(letters, code[a]);
		int k;

		if (!at)
			return false;
		k = (int)(at - letters) % 6;
		o->world[a] = k % 3;
		o->sign[a] = k < 3 ? 1 : -1;
		seen |= 1 << o->world[a];
	}
	return seen == 7;
}

struct orient_turn orient_turn(const struct orient *now, const struct orient *wanted)
{
	struct orient_turn t = {{0}, {0}};

	for (int a = 0; a < 3; a++)
		for (int b = 0; b < 3; b++)
			if (now->world[b] == wanted->world[a]) {
				t.from[a] = b;
				t.flip[a] = now->sign[b] != wanted->sign[a];
			}
	return t;
}

void orient_turn_grid(const struct orient_turn *t, struct vol_grid *g)
{
	const struct vol_grid was = *g;

	for (int a = 0; a < 3; a++) {
		const double *d = was.direction[t->from[a]];

		g->size[a] = was.size[t->from[a]];
		for (int w = 0; w < 3; w++) {
			/* 0 - d, since -d makes -0 of 0 */
			g->direction[a][w] = t->flip[a] ? 0 - d[w] : d[w];
			if (t->flip[a])
				g->origin[w] += (double)(g->size[a] - 1) * d[w];
		}
	}
}
