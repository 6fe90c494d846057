/* canvas.h - rectangles and lines of text, as a PNG of pixels or an SVG of shapes. */
#ifndef VOL_CANVAS_H
#define VOL_CANVAS_H

#include <stdbool.h>

#include "err.h"

/* The palette: Okabe and Ito's colours (2008), which people with any kind of colour vision tell apart. */
enum canvas_colour { CANVAS_WHITE, CANVAS_INK, CANVAS_GREY, CANVAS_FIRST, CANVAS_SERIES = 7 };

enum canvas_anchor { CANVAS_START, CANVAS_MIDDLE, CANVAS_END }; /* which part of a text is at its place */

enum { CANVAS_CHAR = 12, CANVAS_LINE = 20 }; /* pixels: the width of a character in PNG, the height of a line */

struct canvas;

/* canvas_new - white. svg: else PNG. NULL: out of memory. */
struct canvas *canvas_new(unsigned width, unsigned height, bool svg);

/* Pixels from the upper left corner; what lies beyond is cut off. y of a text is its baseline. Characters of a PNG
 * are those of ASCII, others become '?'. */
void canvas_fill(struct canvas *c, int colour, int x, int y, int width, int height);
void canvas_text(struct canvas *c, int colour, int x, int y, enum canvas_anchor anchor, const char *text);

/* canvas_save - to a file that appears whole or not at all; path and flags as for outfile_create. canvas_free - NULL is
 * fine. */
int canvas_save(struct canvas *c, const char *path, int flags, struct vol_err *err);
void canvas_free(struct canvas *c);

#endif
