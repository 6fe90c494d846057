#include "meant.h"

#include <stdio.h>
#include <stdlib.h>

double meant(float x, double unit)
{
	double d = x / unit;
	char text[32];

	/* nine digits tell all floats apart */
	for (int digits = 1; digits <= 9; digits++) {
		double v;

		snprintf(text, sizeof text, "%.*g", digits, x / unit);
		v = strtod(text, NULL);
		if ((float)(v * unit) == x)
			return v;
	}
	return d;
}
