/* SPDX-License-Identifier: BSD-2-Clause
 *
 * nrrd.c - the truth: what a right reader finds, as a raw NRRD filled slice by slice from any
 * thread. */
#include "mkseries.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum cell {
	CELL_INT8,
	CELL_UINT8,
	CELL_INT16,
	CELL_UINT16,
	CELL_INT32,
	CELL_UINT32,
	CELL_FLOAT,
	CELL_DOUBLE
};
static const char *const cell_name[] = {"int8",  "uint8",  "int16", "uint16",
					"int32", "uint32", "float", "double"};
static const int cell_bytes[] = {1, 1, 2, 2, 4, 4, 4, 8};

struct truth {
	const struct config *cfg;
	const char *path;
	enum cell cell;
	int fd;
	off_t start;
};

/* Stored values fit the allocated cell; a slice of the other sign wants the next larger one. */
static enum cell stored_cell(const struct config *cfg)
{
	int bits = cfg->alloc;
	bool is_signed = cfg->is_signed;

	if (cfg->defects & BIT(D_MIXED_SIGN)) {
		bits = bits * 2;
		is_signed = true;
	}
	if (bits == 8)
		return is_signed ? CELL_INT8 : CELL_UINT8;
	if (bits == 16)
		return is_signed ? CELL_INT16 : CELL_UINT16;
	return is_signed ? CELL_INT32 : CELL_UINT32;
}

/* float where it holds every value that the slices' rescale can give, else double */
static enum cell value_cell(const struct config *cfg, const struct plan *plan)
{
	if (cfg->stored > 16)
		return CELL_DOUBLE;
	for (int i = 0; i < plan->n; i++) {
		const struct image *im = &plan->image[i], *last = i ? im - 1 : NULL;
		long long lo, hi;

		if (!im->in_truth ||
		    (last && last->in_truth && last->slope == im->slope &&
		     last->intercept == im->intercept && last->is_signed == im->is_signed))
			continue;
		stored_range(cfg, im->is_signed, &lo, &hi);
		for (long long v = lo; v <= hi; v++) {
			double t = pixel_truth(cfg, im, v);

			if ((double)(float)t != t)
				return CELL_DOUBLE;
		}
	}
	return CELL_FLOAT;
}

static void vector(char *out, size_t cap, const double v[3], double scale)
{
	snprintf(out, cap, "(%.17g,%.17g,%.17g)", v[0] * scale, v[1] * scale, v[2] * scale);
}

static int header(const struct truth *t, char *out, size_t cap)
{
	const struct config *cfg = t->cfg;
	char dir[3][96], origin[96];

	vector(dir[0], sizeof dir[0], cfg->row, cfg->spacing[0]);
	vector(dir[1], sizeof dir[1], cfg->col, cfg->spacing[1]);
	vector(dir[2], sizeof dir[2], cfg->step, 1);
	vector(origin, sizeof origin, cfg->origin, 1);
	return snprintf(
		out, cap,
		"NRRD0004\ntype: %s\ndimension: 3\nspace: left-posterior-superior\n"
		"sizes: %d %d %d\nspace directions: %s %s %s\nkinds: domain domain domain\n%s"
		"encoding: raw\nspace units: \"mm\" \"mm\" \"mm\"\nspace origin: %s\n\n",
		cell_name[t->cell], cfg->size[0], cfg->size[1], cfg->size[2], dir[0], dir[1],
		dir[2], cell_bytes[t->cell] > 1 ? "endian: little\n" : "", origin);
}

static void put_at(const struct truth *t, const uint8_t *p, size_t n, off_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(t->fd, p, n, at);

		if (done < 0)
			die("%s: %s", t->path, strerror(errno));
		p += done;
		n -= (size_t)done;
		at += done;
	}
}

struct truth *truth_new(const struct config *cfg, const struct plan *plan, const char *path,
			bool stored)
{
	struct truth *t = xalloc(sizeof *t);
	char head[1024];

	t->cfg = cfg;
	t->path = path;
	t->cell = stored ? stored_cell(cfg) : value_cell(cfg, plan);
	t->fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
	if (t->fd < 0)
		die("%s: %s", path, strerror(errno));
	t->start = header(t, head, sizeof head);
	put_at(t, (const uint8_t *)head, (size_t)t->start, 0);
	return t;
}

static void put_cell(uint8_t *p, enum cell cell, double real, int64_t v)
{
	uint64_t bits = (uint64_t)v;

	if (cell == CELL_DOUBLE) {
		memcpy(&bits, &real, 8);
	} else if (cell == CELL_FLOAT) {
		float f = (float)real;
		uint32_t b;

		memcpy(&b, &f, 4);
		bits = b;
	}
	for (int i = 0; i < cell_bytes[cell]; i++)
		p[i] = (uint8_t)(bits >> 8 * i);
}

void truth_put(struct truth *t, const struct image *im, const int64_t *v)
{
	size_t n = (size_t)t->cfg->size[0] * (size_t)t->cfg->size[1],
	       size = (size_t)cell_bytes[t->cell];
	uint8_t *out = xalloc(n * size);

	for (size_t i = 0; i < n; i++)
		put_cell(out + i * size, t->cell, pixel_truth(t->cfg, im, v[i]), v[i]);
	put_at(t, out, n * size, t->start + (off_t)(n * size) * im->k);
	free(out);
}

void truth_finish(struct truth *t)
{
	if (close(t->fd))
		die("%s: %s", t->path, strerror(errno));
	free(t);
}
