/* SPDX-License-Identifier: BSD-2-Clause
 *
 * mkseries - write a DICOM series of a phantom, sound or spoilt in a chosen way, and what a right
 * reader finds in it.
 *
 * Independent of the readers it serves to test: every byte of the DICOM files is put there by this
 * program, but for the JPEG and JPEG-LS code streams, which DCMTK's dcmcjpeg and dcmcjpls make. */
#include "mkseries.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("mkseries: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

void usage_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("mkseries: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

int main(int argc, char **argv)
{
	const struct config *cfg = options(argc, argv);
	struct plan plan;

	plan_make(&plan, cfg);
	output_run(cfg, &plan);
	return 0;
}
