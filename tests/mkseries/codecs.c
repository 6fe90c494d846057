/* SPDX-License-Identifier: BSD-2-Clause
 *
 * codecs.c - coded pixels: RLE by hand, JPEG 2000 by OpenJPEG, deflate by zlib, JPEG and JPEG-LS by
 * DCMTK's programs. */
#include "mkseries.h"
#include <errno.h>
#include <openjpeg.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

extern char **environ;

static void make_even(struct buf *b)
{
	if (b->n % 2)
		buf_add(b, "", 1);
}

/* One line of a byte plane, packed: runs of three and more repeat, the rest is copied. Runs end
 * with the line. */
static void pack_line(const uint8_t *p, int n, struct buf *out)
{
	int i = 0;

	while (i < n) {
		int same = 1, copy = 0;

		while (i + same < n && same < 128 && p[i + same] == p[i])
			same++;
		if (same >= 3) {
			buf_add(out, (uint8_t[]){(uint8_t)(257 - same), p[i]}, 2);
			i += same;
			continue;
		}
		while (i + copy < n && copy < 128 &&
		       !(i + copy + 2 < n && p[i + copy] == p[i + copy + 1] &&
			 p[i + copy] == p[i + copy + 2]))
			copy++;
		buf_add(out, (uint8_t[]){(uint8_t)(copy - 1)}, 1);
		buf_add(out, p + i, (size_t)copy);
		i += copy;
	}
}

/* px: little-endian cells, samples of a pixel side by side. A segment for each byte of each sample,
 * high byte first. */
void rle_frame(const uint8_t *px, int cols, int rows, int samples, int bytes, struct buf *out)
{
	size_t start = out->n, cell = (size_t)(samples * bytes);
	uint8_t *line = xalloc((size_t)cols), head[64] = {(uint8_t)(samples * bytes)};

	buf_add(out, head, 64);
	for (int seg = 0; seg < samples * bytes; seg++) {
		size_t at = out->n - start,
		       byte = (size_t)(seg / bytes * bytes + bytes - 1 - seg % bytes);

		for (int i = 0; i < 4; i++)
			out->p[start + 4 + 4 * (size_t)seg + (size_t)i] = (uint8_t)(at >> 8 * i);
		for (int y = 0; y < rows; y++) {
			for (int x = 0; x < cols; x++)
				line[x] = px[((size_t)y * (size_t)cols + (size_t)x) * cell + byte];
			pack_line(line, cols, out);
		}
		make_even(out);
	}
	free(line);
}

/* sink - where OpenJPEG writes: a buffer with a position, as it goes back to fill in lengths. */
struct sink {
	struct buf b;
	size_t at;
};

static OPJ_SIZE_T sink_write(void *p, OPJ_SIZE_T n, void *user)
{
	struct sink *s = user;

	if (s->at + n > s->b.n) {
		size_t have = s->b.n - s->at;

		if (have) /* at first there is no buffer at all */
			memcpy(s->b.p + s->at, p, have);
		buf_add(&s->b, (uint8_t *)p + have, n - have);
	} else {
		memcpy(s->b.p + s->at, p, n);
	}
	s->at += n;
	return n;
}

static OPJ_BOOL sink_seek(OPJ_OFF_T at, void *user)
{
	struct sink *s = user;
	static const uint8_t zero[4096];

	while ((size_t)at > s->b.n)
		buf_add(&s->b, zero,
			(size_t)at - s->b.n < sizeof zero ? (size_t)at - s->b.n : sizeof zero);
	s->at = (size_t)at;
	return OPJ_TRUE;
}

static OPJ_OFF_T sink_skip(OPJ_OFF_T n, void *user)
{
	struct sink *s = user;

	sink_seek((OPJ_OFF_T)s->at + n, user);
	return n;
}

static void complain(const char *msg, void *user)
{
	(void)user;
	die("openjpeg: %.*s", (int)strcspn(msg, "\n"), msg);
}

static opj_image_t *j2k_image(const struct raster *r, const int64_t *v)
{
	opj_image_cmptparm_t part[3] = {0};
	opj_image_t *image;
	size_t n = (size_t)r->cols * (size_t)r->rows;

	for (int c = 0; c < r->samples; c++)
		part[c] = (opj_image_cmptparm_t){
			.dx = 1,
			.dy = 1,
			.w = (OPJ_UINT32)r->cols,
			.h = (OPJ_UINT32)r->rows,
			.prec = (OPJ_UINT32)r->bits,
			.sgnd = r->is_signed,
		};
	image = opj_image_create((OPJ_UINT32)r->samples, part,
				 r->samples == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
	if (!image)
		die("out of memory");
	image->x1 = (OPJ_UINT32)r->cols;
	image->y1 = (OPJ_UINT32)r->rows;
	for (int c = 0; c < r->samples; c++)
		for (size_t i = 0; i < n; i++)
			image->comps[c].data[i] = (OPJ_INT32)v[i * (size_t)r->samples + (size_t)c];
	return image;
}

void j2k_frame(const struct raster *r, const int64_t *v, bool lossy, struct buf *out)
{
	opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
	opj_stream_t *stream = opj_stream_create(1 << 16, OPJ_FALSE);
	opj_image_t *image = j2k_image(r, v);
	struct sink sink = {0};
	opj_cparameters_t param;
	int least = r->cols < r->rows ? r->cols : r->rows;

	opj_set_default_encoder_parameters(&param);
	param.irreversible = lossy;
	param.tcp_numlayers = 1;
	param.cp_disto_alloc = 1;
	param.tcp_rates[0] = lossy ? 8 : 0;
	param.tcp_mct = 0;
	while (param.numresolution > 1 && least >> (param.numresolution - 1) == 0)
		param.numresolution--;
	opj_set_error_handler(codec, complain, NULL);
	opj_stream_set_user_data(stream, &sink, NULL);
	opj_stream_set_write_function(stream, sink_write);
	opj_stream_set_seek_function(stream, sink_seek);
	opj_stream_set_skip_function(stream, sink_skip);
	if (!opj_setup_encoder(codec, &param, image) || !opj_start_compress(codec, image, stream) ||
	    !opj_encode(codec, stream) || !opj_end_compress(codec, stream))
		die("openjpeg: cannot code a frame of %d x %d pixels of %d bits", r->cols, r->rows,
		    r->bits);
	opj_stream_destroy(stream);
	opj_destroy_codec(codec);
	opj_image_destroy(image);
	buf_add(out, sink.b.p, sink.b.n);
	make_even(out);
	buf_free(&sink.b);
}

/* Raw deflate of everything from `from` on, made even. */
void deflate_dataset(const struct buf *in, size_t from, struct buf *out)
{
	z_stream z = {0};
	size_t room = in->n - from + in->n / 1000 + 256;
	uint8_t *packed = xalloc(room);

	if (deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		die("out of memory");
	z.next_in = in->p + from;
	z.avail_in = (uInt)(in->n - from);
	z.next_out = packed;
	z.avail_out = (uInt)room;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		die("zlib: cannot deflate a data set");
	buf_add(out, packed, z.total_out);
	make_even(out);
	deflateEnd(&z);
	free(packed);
}

static void item(struct buf *out, unsigned element, size_t len)
{
	buf_u16(out, 0xfffe, false);
	buf_u16(out, element, false);
	buf_u32(out, (uint32_t)len, false);
}

/* Cuts a frame into fragments of even length. */
static void add_fragments(const struct buf *frame, int fragments, struct buf *out)
{
	size_t part = frame->n / (size_t)fragments / 2 * 2, at = 0;

	for (int i = 0; i < fragments && at < frame->n; i++) {
		size_t n = i == fragments - 1 || part == 0 ? frame->n - at : part;

		item(out, 0xe000, n);
		buf_add(out, frame->p + at, n);
		at += n;
	}
}

/* Items and delimiter of an encapsulated Pixel Data element: offset table, then the frames. */
void encapsulate(const struct buf *frame, int frames, int fragments, bool table, struct buf *out)
{
	size_t start;

	item(out, 0xe000, table ? 4 * (size_t)frames : 0);
	start = out->n;
	for (int f = 0; f < frames && table; f++)
		buf_u32(out, 0, false);
	for (int f = 0; f < frames; f++) {
		size_t at = out->n - start - (table ? 4 * (size_t)frames : 0);

		for (int i = 0; i < 4 && table; i++)
			out->p[start + 4 * (size_t)f + (size_t)i] = (uint8_t)(at >> 8 * i);
		add_fragments(&frame[f], fragments, out);
	}
	item(out, 0xe0dd, 0);
}

/* Runs dcmcjpeg or dcmcjpls; what they say themselves goes to stderr. Removes `in`. */
void jpeg_by_dcmtk(enum syntax s, const char *in, const char *out)
{
	static const char *const mode[] = {
		[TS_JPEG_BASELINE] = "+eb", [TS_JPEG_EXTENDED] = "+ee",
		[TS_JPEG_LOSSLESS] = "+e1", [TS_JPEG_LOSSLESS14] = "+el",
		[TS_JPEG_LS] = "+el",       [TS_JPEG_LS_NEAR] = "+en",
	};
	const char *program = s == TS_JPEG_LS || s == TS_JPEG_LS_NEAR ? "dcmcjpls" : "dcmcjpeg";
	char *argv[] = {(char *)program, "-q", (char *)mode[s], "+un", (char *)in,
			(char *)out,     NULL};
	pid_t pid;
	int status, failed = posix_spawnp(&pid, program, NULL, NULL, argv, environ);

	if (!failed && waitpid(pid, &status, 0) < 0)
		failed = errno;
	unlink(in);
	if (failed == ENOENT)
		die("%s: not found; install dcmtk", program);
	if (failed)
		die("%s: %s", program, strerror(failed));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("%s: failed on %s", program, in);
}
