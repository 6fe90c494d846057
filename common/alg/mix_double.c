#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clones.h"
#include "convert.h"
#include "mix.h"
#include "par.h"

#define REAL         double
#define REAL_MAX     DBL_MAX
#define REACH        BSPLINE_REACH_DOUBLE
#define CONVERT_TO   convert_to_double
#define CONVERT_FROM convert_from_double
#define FILTER       bspline_filter_double
#define ENGINE       mix_double
#define NAME(n)      mix_double_##n

#include "mix.inc"
