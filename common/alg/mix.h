/* mix.h - the two precisions of the separable engine, for resample.c alone. */
#ifndef ALG_MIX_H
#define ALG_MIX_H

#include "resample.h"

enum resample_result mix_float(const struct resample_plan *plan, const struct resample_io *io);
enum resample_result mix_double(const struct resample_plan *plan, const struct resample_io *io);

#endif
