/* tiff_page.c - what a page of a TIFF file is, and whether it can be a slice. */
#include "tiff_inside.h"

enum { SKIPPED = FILETYPE_REDUCEDIMAGE | FILETYPE_MASK };

bool tiff_is_slice(TIFF *tif)
{
	uint32_t kind = 0;

	TIFFGetFieldDefaulted(tif, TIFFTAG_SUBFILETYPE, &kind);
	return !(kind & SKIPPED);
}

static int take_type(struct tiff_file *f, struct tiff_page *p, struct vol_err *err)
{
	static const struct {
		uint16_t bits, format;
		enum voxel_type type;
	} types[] = {
		{8, SAMPLEFORMAT_UINT, VOXEL_UINT8}, {8, SAMPLEFORMAT_INT, VOXEL_INT8},
		{16, SAMPLEFORMAT_UINT, VOXEL_UINT16}, {16, SAMPLEFORMAT_INT, VOXEL_INT16},
		{32, SAMPLEFORMAT_UINT, VOXEL_UINT32}, {32, SAMPLEFORMAT_INT, VOXEL_INT32},
		{32, SAMPLEFORMAT_IEEEFP, VOXEL_FLOAT}, {64, SAMPLEFORMAT_IEEEFP, VOXEL_DOUBLE},
	};
	static const char *const kind[] = {"", "unsigned", "signed", "floating-point", "undefined", "complex", "complex"};
	uint16_t bits, format;

	TIFFGetFieldDefaulted(f->tif, TIFFTAG_BITSPERSAMPLE, &bits);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_SAMPLEFORMAT, &format);
	if (format == SAMPLEFORMAT_VOID)
		format = SAMPLEFORMAT_UINT;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].bits == bits && types[i].format == format) {
			p->type = types[i].type;
			return 0;
		}
	return vol_fail(err, f->name, "pixels are %s numbers of %d bits: a volume stream has no such voxels",
	                format < sizeof kind / sizeof *kind ? kind[format] : "unknown", bits);
}

static int take_colour(struct tiff_file *f, struct tiff_page *p, struct vol_err *err)
{
	uint16_t samples, photometric = PHOTOMETRIC_MINISBLACK;

	TIFFGetFieldDefaulted(f->tif, TIFFTAG_SAMPLESPERPIXEL, &samples);
	TIFFGetField(f->tif, TIFFTAG_PHOTOMETRIC, &photometric);
	p->channels = samples;
	if (photometric == PHOTOMETRIC_RGB && (samples == 3 || samples == 4))
		return 0;
	if (samples != 1)
		return vol_fail(err, f->name, "has %d numbers a pixel, which are no RGB (photometric interpretation %d)", samples,
		                photometric);
	if (photometric == PHOTOMETRIC_MINISWHITE && f->pages == 0)
		vol_warn(f->name, "is meant to be shown with 0 as white: the numbers are taken as they are");
	else if (photometric == PHOTOMETRIC_PALETTE && f->pages == 0)
		vol_note(f->name, "has a colour map: the numbers are taken as they are");
	return 0;
}

int tiff_page_take(struct tiff_file *f, struct tiff_page *p, struct vol_err *err)
{
	uint16_t orientation, compression;
	uint32_t depth;

	if (!TIFFGetField(f->tif, TIFFTAG_IMAGEWIDTH, &p->width) || !TIFFGetField(f->tif, TIFFTAG_IMAGELENGTH, &p->height) ||
	    p->width == 0 || p->height == 0)
		return vol_fail(err, f->name, "page %llu has no size", (unsigned long long)f->pages);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_IMAGEDEPTH, &depth);
	if (depth != 1)
		return vol_fail(err, f->name, "page %llu is a volume in itself (ImageDepth %u), which is not supported",
		                (unsigned long long)f->pages, depth);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_ORIENTATION, &orientation);
	if (orientation != ORIENTATION_TOPLEFT)
		return vol_fail(err, f->name, "page %llu is not stored from top left (orientation %d): save it so first",
		                (unsigned long long)f->pages, orientation);
	TIFFGetFieldDefaulted(f->tif, TIFFTAG_COMPRESSION, &compression);
	if (!TIFFIsCODECConfigured(compression))
		return vol_fail(err, f->name, "is compressed in a way that libtiff does not know here (%d)", compression);
	if (take_type(f, p, err) < 0 || take_colour(f, p, err) < 0)
		return -1;
	if (!size_mul((uint64_t)p->width * p->channels, voxel_size(p->type), &p->row))
		return vol_fail(err, f->name, "has rows that are too long");
	return 0;
}

bool tiff_page_same(const struct tiff_page *a, const struct tiff_page *b)
{
	return a->width == b->width && a->height == b->height && a->type == b->type && a->channels == b->channels;
}
