#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "convert.h"
#include "mix.h"
#include "par.h"

#define REAL         float
#define REAL_MAX     FLT_MAX
#define REACH        BSPLINE_REACH_FLOAT
#define CONVERT_TO   convert_to_float
#define CONVERT_FROM convert_from_float
#define FILTER       bspline_filter_float
#define ENGINE       mix_float
#define NAME(n)      mix_float_##n

#include "mix.inc"
