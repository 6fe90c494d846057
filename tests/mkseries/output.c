/* SPDX-License-Identifier: BSD-2-Clause
 *
 * output.c - the files of the series, several images at a time. */
#include "mkseries.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* run - what the threads share. */
struct run {
	const struct config *cfg;
	const struct plan *plan;
	const struct phantom *phantom;
	struct truth *truth, *truth_stored;
	atomic_int next;
};

/* A colour image's samples: three different functions of the stored value, so that mixing them up
 * shows. */
static int64_t *to_rgb(const int64_t *v, size_t n)
{
	int64_t *rgb = xalloc(3 * n * sizeof *rgb);

	for (size_t i = 0; i < n; i++) {
		rgb[3 * i] = v[i] & 255;
		rgb[3 * i + 1] = v[i] >> 2 & 255;
		rgb[3 * i + 2] = v[i] >> 4 & 255;
	}
	return rgb;
}

static struct raster raster_of(const struct config *cfg, const struct image *im)
{
	bool colour = im->defects & BIT(D_COLOUR);

	return (struct raster){
		.cols = im->cols,
		.rows = im->rows,
		.samples = colour ? 3 : 1,
		.bits = colour ? 8 : cfg->stored,
		.is_signed = !colour && im->is_signed,
	};
}

/* Native cells of one frame, little-endian. */
static void native_frame(const struct config *cfg, const struct image *im, const int64_t *v,
			 struct buf *out)
{
	size_t n = (size_t)im->cols * (size_t)im->rows;
	bool colour = im->defects & BIT(D_COLOUR);
	uint8_t *cells = xalloc(colour ? 3 * n : n * (size_t)cfg->alloc / 8);

	for (size_t i = 0; i < 3 * n && colour; i++)
		cells[i] = (uint8_t)v[i];
	if (!colour)
		pixels_pack(cfg, im, v, cells);
	buf_add(out, cells, colour ? 3 * n : n * (size_t)cfg->alloc / 8);
	free(cells);
}

static void coded_frame(const struct config *cfg, const struct image *im, const int64_t *v,
			struct buf *out)
{
	struct raster r = raster_of(cfg, im);
	struct buf cells = {0};

	if (cfg->syntax == TS_RLE) {
		native_frame(cfg, im, v, &cells);
		rle_frame(cells.p, r.cols, r.rows, r.samples, r.samples == 3 ? 1 : cfg->alloc / 8,
			  out);
		buf_free(&cells);
	} else {
		j2k_frame(&r, v, cfg->syntax == TS_JPEG2000_LOSSY, out);
	}
}

static void pixel_header(const struct config *cfg, const char *vr, uint32_t len, struct buf *out)
{
	bool big = cfg->syntax == TS_BIG_ENDIAN;

	buf_u16(out, 0x7fe0, big);
	buf_u16(out, 0x0010, big);
	if (cfg->syntax != TS_IMPLICIT) {
		buf_add(out, vr, 2);
		buf_u16(out, 0, big);
	}
	buf_u32(out, len, big);
}

/* Pixel cells are OW: words of 16 bits turned round in big-endian, also where a cell has 32. */
static void add_native(const struct config *cfg, const struct image *im, int64_t *const *v,
		       struct buf *out)
{
	struct buf cells = {0};
	bool bytes = cfg->alloc == 8 || im->defects & BIT(D_COLOUR);

	for (int f = 0; f < im->frames; f++)
		native_frame(cfg, im, v[f], &cells);
	if (cells.n % 2)
		buf_add(&cells, "", 1);
	for (size_t i = 0; i < cells.n && cfg->syntax == TS_BIG_ENDIAN && !bytes; i += 2) {
		uint8_t t = cells.p[i];

		cells.p[i] = cells.p[i + 1];
		cells.p[i + 1] = t;
	}
	pixel_header(cfg, bytes ? "OB" : "OW",
		     (uint32_t)cells.n + (im->defects & BIT(D_BAD_LENGTH) ? 4096 : 0), out);
	buf_add(out, cells.p, cells.n);
	buf_free(&cells);
}

/* The length of the first fragment, after the offset table, says 4096 too much. */
static void lie_about_fragment(struct buf *b, size_t items)
{
	size_t table = b->p[items + 4] | (size_t)b->p[items + 5] << 8;
	uint8_t *len = b->p + items + 8 + table + 4;

	len[1] = (uint8_t)(len[1] + 16);
}

static void add_encapsulated(const struct config *cfg, const struct image *im, struct buf *frame,
			     struct buf *out)
{
	size_t items;

	pixel_header(cfg, "OB", 0xffffffff, out);
	items = out->n;
	encapsulate(frame, im->frames, cfg->fragments, cfg->offset_table, out);
	if (im->defects & BIT(D_BAD_LENGTH))
		lie_about_fragment(out, items);
}

static bool by_dcmtk(const struct config *cfg)
{
	return is_encapsulated(cfg->syntax) && cfg->syntax != TS_RLE && cfg->syntax < TS_JPEG2000;
}

/* Everything before the pixels. Returns where the data set starts. */
static size_t add_header(const struct config *cfg, const struct image *im, struct buf *out)
{
	enum encoding enc = cfg->syntax == TS_IMPLICIT     ? ENC_IMPLICIT
			    : cfg->syntax == TS_BIG_ENDIAN ? ENC_BIG
							   : ENC_EXPLICIT;
	struct dataset *ds = attributes(cfg, im);
	uint8_t preamble[132] = {0};
	size_t start;

	memcpy(preamble + 128, "DICM", 4);
	if (cfg->preamble)
		buf_add(out, preamble, sizeof preamble);
	if (cfg->meta)
		attributes_meta(out, sop_class(cfg), im->sop_uid,
				syntax_uid(by_dcmtk(cfg) ? TS_EXPLICIT : cfg->syntax));
	start = out->n;
	ds_encode(ds, enc, out);
	ds_free(ds);
	return start;
}

/* A whole file; returns where its pixels start, for the defect that cuts the header. */
static size_t build(const struct config *cfg, const struct image *im, int64_t *const *v,
		    struct buf *out)
{
	size_t start = add_header(cfg, im, out), pixels = out->n;

	if (is_encapsulated(cfg->syntax) && !by_dcmtk(cfg)) {
		struct buf *frame = xalloc((size_t)im->frames * sizeof *frame);

		for (int f = 0; f < im->frames; f++)
			coded_frame(cfg, im, v[f], &frame[f]);
		add_encapsulated(cfg, im, frame, out);
		for (int f = 0; f < im->frames; f++)
			buf_free(&frame[f]);
		free(frame);
	} else {
		add_native(cfg, im, v, out);
	}
	if (cfg->syntax == TS_DEFLATED) {
		struct buf whole = *out;

		*out = (struct buf){0};
		buf_add(out, whole.p, start);
		deflate_dataset(&whole, start, out);
		buf_free(&whole);
		pixels = start + 512; /* anywhere in the deflated header */
	}
	return pixels;
}

/* The frames of a file as dcmcjpeg writes them, one fragment a frame. Returns where the Pixel Data
 * element starts. */
static size_t split_frames(const struct buf *file, const struct image *im, struct buf *frame)
{
	static const uint8_t mark[12] = {0xe0, 0x7f, 0x10, 0, 'O', 'B', 0, 0, 255, 255, 255, 255};
	const uint8_t *found = memmem(file->p, file->n, mark, sizeof mark),
		      *end = file->p + file->n, *p;

	if (!found)
		die("%s: dcmtk left it uncompressed", im->name);
	p = found + sizeof mark;
	for (int f = -1; f < im->frames && p + 8 <= end; f++) {
		size_t n = p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16 | (size_t)p[7] << 24;

		p += 8;
		if (n > (size_t)(end - p))
			break;
		if (f >= 0) /* the first item is the offset table */
			buf_add(&frame[f], p, n);
		p += n;
	}
	return (size_t)(found - file->p);
}

/* DCMTK codes no image without rows, so they are taken away afterwards. */
static void zero_rows(struct buf *b)
{
	static const uint8_t rows[8] = {0x28, 0, 0x10, 0, 'U', 'S', 2, 0};
	uint8_t *found = memmem(b->p, b->n, rows, sizeof rows);

	if (found)
		found[8] = found[9] = 0;
}

/* Sends a native file through DCMTK's coder, then cuts and tabulates the fragments our way. */
static size_t recode(const struct config *cfg, const struct image *im, const char *path,
		     struct buf *b)
{
	struct buf *frame = xalloc((size_t)im->frames * sizeof *frame);
	char *native = xprintf("%s.native~", path), *coded = xprintf("%s.coded~", path);
	size_t pixels;

	file_write(native, b);
	jpeg_by_dcmtk(cfg->syntax, native, coded);
	b->n = 0;
	file_read(coded, b);
	unlink(coded);
	pixels = split_frames(b, im, frame);
	b->n = pixels;
	add_encapsulated(cfg, im, frame, b);
	if (im->defects & BIT(D_ZERO_ROWS))
		zero_rows(b);
	for (int f = 0; f < im->frames; f++)
		buf_free(&frame[f]);
	free(frame);
	free(native);
	free(coded);
	return pixels;
}

static void write_image(const struct config *cfg, const struct image *im, int64_t *const *v)
{
	char *path = xprintf("%s/%s", cfg->dir, im->name), *temp = xprintf("%s~", path);
	struct image sound = *im;
	struct buf b = {0};
	size_t pixels;

	if (by_dcmtk(cfg)) {
		sound.defects &= ~(BIT(D_ZERO_ROWS) | BIT(D_BAD_LENGTH));
		build(cfg, &sound, v, &b);
		pixels = recode(cfg, im, path, &b);
	} else {
		pixels = build(cfg, im, v, &b);
	}
	if (im->defects & BIT(D_TRUNCATE)) {
		size_t left = im->keep_bytes < 0 ? b.n * 3 / 4 : (size_t)im->keep_bytes;

		b.n = left < b.n ? left : b.n;
	}
	if (im->defects & BIT(D_CUT_HEADER))
		b.n = pixels / 2;
	file_write(temp, &b);
	if (rename(temp, path))
		die("%s: %s", path, strerror(errno));
	if (im->second_name) {
		char *second = xprintf("%s/%s", cfg->dir, im->second_name);

		file_write(second, &b);
		free(second);
	}
	buf_free(&b);
	free(path);
	free(temp);
}

static void one_image(struct run *run, const struct image *im)
{
	const struct config *cfg = run->cfg;
	size_t n = (size_t)im->cols * (size_t)im->rows;
	int64_t *v[2] = {NULL, NULL};
	struct image at = *im;

	for (int f = 0; f < im->frames; f++) {
		v[f] = xalloc(n * sizeof **v);
		pixels_make(cfg, run->phantom, &at, v[f]);
		for (int i = 0; i < 3; i++)
			at.position[i] += cfg->step[i];
		at.k++;
	}
	if (run->truth && im->in_truth)
		truth_put(run->truth, im, v[0]);
	if (run->truth_stored && im->in_truth)
		truth_put(run->truth_stored, im, v[0]);
	for (int f = 0; f < im->frames && im->defects & BIT(D_COLOUR); f++) {
		int64_t *rgb = to_rgb(v[f], n);

		free(v[f]);
		v[f] = rgb;
	}
	if (im->written)
		write_image(cfg, im, v);
	free(v[0]);
	free(v[1]);
}

static void *worker(void *arg)
{
	struct run *run = arg;
	int i;

	while ((i = atomic_fetch_add(&run->next, 1)) < run->plan->n)
		one_image(run, &run->plan->image[i]);
	return NULL;
}

static void run_threads(struct run *run)
{
	pthread_t thread[16];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int n = cpus < 1 ? 1 : cpus > 16 ? 16 : (int)cpus, started = 0;

	while (started < n - 1 && !pthread_create(&thread[started], NULL, worker, run))
		started++;
	worker(run);
	for (int i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
}

static void make_name_dirs(const struct config *cfg, const struct plan *plan)
{
	make_dirs(cfg->dir);
	for (int i = 0; i < plan->n; i++) {
		const char *name = plan->image[i].name, *slash = name ? strrchr(name, '/') : NULL;

		if (!slash)
			continue;
		char *dir = xprintf("%s/%.*s", cfg->dir, (int)(slash - name), name);

		make_dirs(dir);
		free(dir);
		return; /* all names share it */
	}
}

void output_run(const struct config *cfg, const struct plan *plan)
{
	struct phantom *phantom = phantom_new(cfg);
	struct run run = {.cfg = cfg, .plan = plan, .phantom = phantom};

	make_name_dirs(cfg, plan);
	if (cfg->truth)
		run.truth = truth_new(cfg, plan, cfg->truth, false);
	if (cfg->truth_stored)
		run.truth_stored = truth_new(cfg, plan, cfg->truth_stored, true);
	run_threads(&run);
	if (run.truth)
		truth_finish(run.truth);
	if (run.truth_stored)
		truth_finish(run.truth_stored);
	if (cfg->defects & BIT(D_JUNK))
		write_junk(cfg);
	if (cfg->dicomdir) {
		char *path = xprintf("%s/DICOMDIR", cfg->dir);

		dicomdir_write(cfg, plan, path);
		free(path);
	}
	phantom_free(phantom);
}
