/* histogram_picture.h - histograms as a PNG or SVG. */
#ifndef VOL_HISTOGRAM_PICTURE_H
#define VOL_HISTOGRAM_PICTURE_H

#include "histograms.h"

/* histogram_picture_name - can a picture be written to this name: does it end in .png or .svg? */
bool histogram_picture_name(const char *path);

enum { HISTOGRAM_PICTURE_SERIES = 7 }; /* as many colours as can be told apart */

/* histogram_picture - 1000 x 600 pixels: bars for one volume, outlines for several (at most
 * HISTOGRAM_PICTURE_SERIES). log: of the counts. flags: enum outfile_flags. 0, or -1 with err. */
int histogram_picture(const struct histograms *h, bool log, const char *path, int flags, struct vol_err *err);

#endif
