#include "canvas.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "glyphs.h"
#include "io/outfile.h"
#include "png.h"

static const uint8_t palette[][3] = {
	{255, 255, 255}, {40, 40, 40}, {215, 215, 215},
	{0, 114, 178}, {213, 94, 0}, {0, 158, 115}, {204, 121, 167}, {230, 159, 0}, {86, 180, 233}, {0, 0, 0},
};

struct canvas {
	int width, height;
	uint8_t *pixel; /* of a PNG */
	FILE *svg;      /* a text in memory */
	char *text;
	size_t len;
	int path;       /* colour of the <path> that is open; -1: none */
};

struct canvas *canvas_new(unsigned width, unsigned height, bool svg)
{
	struct canvas *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->width = (int)width;
	c->height = (int)height;
	c->path = -1;
	if (svg)
		c->svg = open_memstream(&c->text, &c->len);
	else
		c->pixel = calloc(width, height);
	if (!c->svg && !c->pixel) {
		free(c);
		return NULL;
	}
	if (svg)
		fprintf(c->svg, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
		                "width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\" font-family=\"sans-serif\" font-size=\"16\">\n"
		                "<rect width=\"%u\" height=\"%u\" fill=\"#fff\"/>\n", width, height, width, height, width, height);
	return c;
}

void canvas_free(struct canvas *c)
{
	if (!c)
		return;
	if (c->svg)
		fclose(c->svg);
	free(c->text);
	free(c->pixel);
	free(c);
}

/* ---- rectangles ---- */

static void end_path(struct canvas *c)
{
	if (c->path >= 0)
		fputs("\"/>\n", c->svg);
	c->path = -1;
}

static const char *hex(int colour, char buf[8])
{
	snprintf(buf, 8, "#%02x%02x%02x", palette[colour][0], palette[colour][1], palette[colour][2]);
	return buf;
}

void canvas_fill(struct canvas *c, int colour, int x, int y, int width, int height)
{
	int x1 = x + width < c->width ? x + width : c->width, y1 = y + height < c->height ? y + height : c->height;
	char buf[8];

	x = x > 0 ? x : 0;
	y = y > 0 ? y : 0;
	if (x >= x1 || y >= y1)
		return;
	for (int i = y; c->pixel && i < y1; i++)
		memset(c->pixel + (size_t)i * (size_t)c->width + x, colour, (size_t)(x1 - x));
	if (!c->svg)
		return;
	if (c->path != colour) {
		end_path(c);
		fprintf(c->svg, "<path fill=\"%s\" shape-rendering=\"crispEdges\" d=\"", hex(colour, buf));
		c->path = colour;
	}
	fprintf(c->svg, "M%d %dh%dv%dh%dz", x, y, x1 - x, y1 - y, x - x1);
}

/* ---- text ---- */

/* Bytes of the UTF-8 character at s; 0 when it is none, or not one that XML may hold. */
static int character(const unsigned char *s)
{
	int n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : *s >= 0xe0 && *s < 0xf0 ? 3 : *s >= 0xf0 && *s < 0xf5 ? 4 : 0;

	if (*s < ' ' || *s == 0x7f)
		return 0;
	for (int i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] >= 0xa0) || (*s == 0xf0 && s[1] < 0x90) ||
	    (*s == 0xf4 && s[1] >= 0x90) || (*s == 0xef && s[1] == 0xbf && s[2] >= 0xbe))
		return 0;
	return n;
}

static void svg_text(struct canvas *c, int colour, int x, int y, enum canvas_anchor anchor, const char *text)
{
	static const char *const anchors[] = {"start", "middle", "end"};
	char buf[8];

	end_path(c);
	fprintf(c->svg, "<text x=\"%d\" y=\"%d\" fill=\"%s\" text-anchor=\"%s\">", x, y, hex(colour, buf), anchors[anchor]);
	for (const char *s = text; *s;) {
		int n = character((const unsigned char *)s);

		switch (*s) {
		case '&': fputs("&amp;", c->svg); break;
		case '<': fputs("&lt;", c->svg); break;
		case '>': fputs("&gt;", c->svg); break;
		default: n ? fprintf(c->svg, "%.*s", n, s) : fputc('?', c->svg);
		}
		s += n ? n : 1;
	}
	fputs("</text>\n", c->svg);
}

static void png_text(struct canvas *c, int colour, int x, int y, enum canvas_anchor anchor, const char *text)
{
	enum { DOT = CANVAS_CHAR / (GLYPH_WIDTH + 1) };
	int n = 0;

	for (const char *s = text; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	x -= (int)anchor * n * CANVAS_CHAR / 2;
	for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
		if ((*s & 0xc0) == 0x80)
			continue;
		for (int i = 0; i < GLYPH_WIDTH * GLYPH_HEIGHT; i++)
			if (glyph_dot(*s, i % GLYPH_WIDTH, i / GLYPH_WIDTH))
				canvas_fill(c, colour, x + i % GLYPH_WIDTH * DOT, y + (i / GLYPH_WIDTH - GLYPH_ABOVE) * DOT, DOT, DOT);
		x += CANVAS_CHAR;
	}
}

void canvas_text(struct canvas *c, int colour, int x, int y, enum canvas_anchor anchor, const char *text)
{
	if (c->svg)
		svg_text(c, colour, x, y, anchor, text);
	else
		png_text(c, colour, x, y, anchor, text);
}

/* ---- the file ---- */

int canvas_save(struct canvas *c, const char *path, int flags, struct vol_err *err)
{
	struct outfile *out = outfile_create(path, flags, err);
	int rc;

	if (!out)
		return -1;
	if (c->svg) {
		end_path(c);
		fputs("</svg>\n", c->svg);
		rc = fflush(c->svg) == 0 ? outfile_write(out, c->text, c->len, err)
		                         : vol_fail(err, outfile_name(out), "out of memory");
	} else {
		rc = png_write(out, (unsigned)c->width, (unsigned)c->height, c->pixel, palette,
		               sizeof palette / sizeof *palette, err);
	}
	if (rc == 0)
		return outfile_commit(out, err);
	outfile_abandon(out);
	return -1;
}
