/* glyphs.h - the printable characters of ASCII as dots, for texts in pictures. */
#ifndef VOL_GLYPHS_H
#define VOL_GLYPHS_H

#include <stdbool.h>

/* ABOVE rows stand above the baseline. */
enum { GLYPH_WIDTH = 5, GLYPH_HEIGHT = 9, GLYPH_ABOVE = 7 };

/* glyph_dot - is there one, x from the left, y from the top? Other characters look like '?'. */
bool glyph_dot(unsigned char c, int x, int y);

#endif
