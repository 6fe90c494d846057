/* jpeg2000.c - JPEG 2000 through openjp2, from memory. */
#include <openjpeg.h>
#include <stdlib.h>
#include <string.h>

#include "pixels.h"

struct memory {
	const unsigned char *data;
	size_t n, at;
};

static OPJ_SIZE_T read_memory(void *buf, OPJ_SIZE_T n, void *ctx)
{
	struct memory *m = ctx;

	if (m->at >= m->n)
		return (OPJ_SIZE_T)-1;
	if (n > m->n - m->at)
		n = m->n - m->at;
	memcpy(buf, m->data + m->at, n);
	m->at += n;
	return n;
}

static OPJ_OFF_T skip_memory(OPJ_OFF_T n, void *ctx)
{
	struct memory *m = ctx;

	if (n < 0 || (size_t)n > m->n - m->at)
		return -1;
	m->at += (size_t)n;
	return n;
}

static OPJ_BOOL seek_memory(OPJ_OFF_T at, void *ctx)
{
	struct memory *m = ctx;

	if (at < 0 || (size_t)at > m->n)
		return OPJ_FALSE;
	m->at = (size_t)at;
	return OPJ_TRUE;
}

/* openjp2's last error; it tells them through callbacks only */
static void keep_message(const char *text, void *ctx)
{
	char *kept = ctx;
	size_t n = strcspn(text, "\n");

	if (n > 99)
		n = 99;
	memcpy(kept, text, n);
	kept[n] = '\0';
}

static opj_image_t *decode(struct memory *m, const struct dicom_pixels *p, char message[100])
{
	bool jp2 = m->n > 8 && memcmp(m->data + 4, "jP  ", 4) == 0;
	opj_codec_t *codec = opj_create_decompress(jp2 ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
	opj_stream_t *stream = opj_stream_default_create(OPJ_TRUE);
	opj_dparameters_t parameters;
	opj_image_t *image = NULL;
	bool good = false;

	opj_set_default_decoder_parameters(&parameters);
	if (codec && stream && opj_setup_decoder(codec, &parameters)) {
		opj_set_error_handler(codec, keep_message, message);
		opj_stream_set_user_data(stream, m, NULL);
		opj_stream_set_user_data_length(stream, m->n);
		opj_stream_set_read_function(stream, read_memory);
		opj_stream_set_skip_function(stream, skip_memory);
		opj_stream_set_seek_function(stream, seek_memory);
		/* the size is checked before memory is taken for it: a small file may claim much */
		good = opj_read_header(stream, codec, &image) && image->numcomps == dicom_pixels_samples(p) &&
		       image->x1 - image->x0 == p->columns && image->y1 - image->y0 == p->rows &&
		       opj_decode(codec, stream, image) && opj_end_decompress(codec, stream);
	}
	if (stream)
		opj_stream_destroy(stream);
	if (codec)
		opj_destroy_codec(codec);
	if (!good && image) {
		opj_image_destroy(image);
		image = NULL;
	}
	return image;
}

static uint64_t number32(const unsigned char *b)
{
	return (uint64_t)b[0] << 24 | (uint64_t)b[1] << 16 | (uint64_t)b[2] << 8 | b[3];
}

/* The SIZ segment (ISO 15444-1, A.5.1), looked at before openjp2 takes memory for each component
 * of each tile: as many components as there are samples, the stated size, and no more tiles than one for 256 pixels. */
static bool sound_size(const unsigned char *data, size_t n, const struct dicom_pixels *p)
{
	const unsigned char *s = memmem(data, n, "\xff\x4f\xff\x51", 4);
	uint64_t width, height, tile_w, tile_h, tiles;

	if (!s || (size_t)(data + n - s) < 42)
		return false;
	width = number32(s + 8) - number32(s + 16);
	height = number32(s + 12) - number32(s + 20);
	tile_w = number32(s + 24);
	tile_h = number32(s + 28);
	if (width != p->columns || height != p->rows || !tile_w || !tile_h || s[40] != 0 || s[41] != dicom_pixels_samples(p))
		return false;
	tiles = (width / tile_w + 1) * (height / tile_h + 1);
	return tiles <= 4 + width * height / 256;
}

/* Does the code stream, which sound_size has seen, transform its first three components? Part of the COD segment (A.6.1),
 * which stands in the main header, as lengths say. False where it cannot be found: then openjp2 finds nothing either. */
static bool transforms(const unsigned char *data, size_t n)
{
	const unsigned char *s = memmem(data, n, "\xff\x4f\xff\x51", 4), *end = data + n;

	for (s += 2; end - s >= 9 && s[0] == 0xff && s[1] != 0x90; s += 2 + (s[2] << 8 | s[3]))
		if (s[1] == 0x52)
			return s[8] == 1;
	return false;
}

/* Is what the data set says of the colours what the code stream does? A transform that RGB does not tell of is undone. */
static bool colours_fit(const unsigned char *data, size_t n, const struct dicom_pixels *p)
{
	return p->colour == DICOM_RGB_CODED ? transforms(data, n) : p->colour != DICOM_YBR || !transforms(data, n);
}

static bool sound_components(const opj_image_t *image, const struct dicom_pixels *p)
{
	for (unsigned i = 0; i < dicom_pixels_samples(p); i++) {
		const opj_image_comp_t *c = &image->comps[i];

		if (i >= image->numcomps || c->w != p->columns || c->h != p->rows || !c->data || c->prec > p->allocated)
			return false;
	}
	return true;
}

int jpeg2000_decode(const char *path, const unsigned char *data, size_t n, const struct dicom_pixels *p,
                    void *out, struct vol_err *err)
{
	struct memory m = {data, n, 0};
	char message[100] = "not the stated size and number of components";
	opj_image_t *image = NULL;
	size_t count = (size_t)p->rows * p->columns, samples = dicom_pixels_samples(p);

	if (sound_size(data, n, p)) {
		if (!colours_fit(data, n, p))
			return vol_fail(err, path, "the JPEG 2000 pixels are not of the colours of PhotometricInterpretation (0028,0004)");
		image = decode(&m, p, message);
	}

	if (!image)
		return vol_fail(err, path, "JPEG 2000 pixels cannot be decoded: %s", message);
	if (!sound_components(image, p)) {
		opj_image_destroy(image);
		return vol_fail(err, path, "JPEG 2000 pixels are not %u x %u of %u bits", p->columns, p->rows,
		                p->allocated);
	}
	for (size_t c = 0; c < samples; c++) {
		const OPJ_INT32 *from = image->comps[c].data;

		for (size_t i = 0, at = c; i < count; i++, at += samples) {
			if (p->allocated == 8)
				((uint8_t *)out)[at] = (uint8_t)from[i];
			else if (p->allocated == 16)
				((uint16_t *)out)[at] = (uint16_t)from[i];
			else
				((uint32_t *)out)[at] = (uint32_t)from[i];
		}
	}
	opj_image_destroy(image);
	return 0;
}
