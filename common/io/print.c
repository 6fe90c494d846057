/* print.c - the canonical text of a header. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "head.h"

enum { ALIGN = 4096, HEAD_MAX = 16 << 20 };

static void print_vector(FILE *f, const double v[3])
{
	char a[32], b[32], c[32];

	fprintf(f, "(%s,%s,%s)", vol_number(a, v[0]), vol_number(b, v[1]), vol_number(c, v[2]));
}

static void print_fields(FILE *f, const struct vol_head *h, const struct nrrd_layout *layout)
{
	bool colour = h->channels > 1;

	fprintf(f, "NRRD0005\n# volpipe vol stream 1\n");
	fprintf(f, "type: %s\n", voxel_name(h->type));
	fprintf(f, "dimension: %d\n", 3 + colour + (h->list > 0));
	fprintf(f, "space: left-posterior-superior\nsizes:");
	if (colour)
		fprintf(f, " %u", h->channels);
	for (int a = 0; a < 3; a++)
		fprintf(f, " %llu", (unsigned long long)h->grid.size[a]);
	if (h->list)
		fprintf(f, " %llu", (unsigned long long)h->list);
	fprintf(f, "\nspace directions:%s", colour ? " none" : "");
	for (int a = 0; a < 3; a++) {
		fputc(' ', f);
		print_vector(f, h->grid.direction[a]);
	}
	fprintf(f, "%s\nkinds:%s domain domain domain%s\n", h->list ? " none" : "",
	        h->channels == 3 ? " RGB-color" : h->channels == 4 ? " RGBA-color" : "",
	        h->list ? " list" : "");
	if (voxel_size(h->type) > 1)
		fprintf(f, "endian: little\n");
	fprintf(f, "encoding: %s\n", layout ? layout->encoding : "raw");
	fprintf(f, "space units: \"mm\" \"mm\" \"mm\"\nspace origin: ");
	print_vector(f, h->grid.origin);
	fputc('\n', f);
	if (layout && layout->data_file)
		fprintf(f, "data file: %s\n", layout->data_file);
}

static void print_keys(FILE *f, const struct vol_keys *k)
{
	for (size_t i = 0; i < k->n; i++) {
		fprintf(f, "%s:=", k->name[i]);
		for (const char *s = k->value[i]; *s; s++) {
			if (*s == '\n')
				fputs("\\n", f);
			else if (*s == '\\')
				fputs("\\\\", f);
			else
				fputc(*s, f);
		}
		fputc('\n', f);
	}
}

/* A comment line that brings the voxels, one empty line on, to a multiple of ALIGN. */
static void print_padding(FILE *f, size_t len)
{
	size_t need = ALIGN - (len + 1) % ALIGN;

	if (need == ALIGN)
		return;
	if (need < 3)
		need += ALIGN;
	fputs("# ", f);
	for (size_t i = 3; i < need; i++)
		fputc('.', f);
	fputc('\n', f);
}

int vol_head_print(const struct vol_head *h, const struct nrrd_layout *layout, char **text,
                   size_t *len, struct vol_err *err)
{
	FILE *f;

	*text = NULL;
	f = open_memstream(text, len);
	if (!f)
		return vol_fail(err, "header", "out of memory");
	print_fields(f, h, layout);
	print_keys(f, &h->keys);
	if (!layout || !layout->data_file) {
		fflush(f);
		print_padding(f, *len);
		fputc('\n', f);
	}
	if (fclose(f) != 0) {
		free(*text);
		return vol_fail(err, "header", "out of memory");
	}
	if (*len > HEAD_MAX) {
		free(*text);
		return vol_fail(err, "header", "is over 16 MiB");
	}
	return 0;
}
