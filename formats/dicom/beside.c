#include "beside.h"

#include <stdlib.h>
#include <string.h>

#include "io/outfile.h"
#include "sidecar.h"

struct beside {
	struct gradients *tables;
	struct outfile *json;
};

static bool any(const struct beside_want *want)
{
	return want->tables.bval || want->tables.bvec || want->tables.bvec_scanner || want->json;
}

static struct outfile *write_json(const struct dicom_one *one, const struct beside_want *want, int flags, const char *subject,
                                  struct vol_err *err)
{
	struct sidecar_ask ask = {.identifiers = want->identifiers,
	                          .regridded = one->straight.m && one->straight.m != one->straight.n};
	struct outfile *out = NULL;
	char *text;

	for (size_t k = 0; k < one->straight.m; k++)
		ask.regridded = ask.regridded || one->straight.weight[k] > 0;
	text = dicom_sidecar(&one->set, one->series, &ask, subject, err);
	if (text)
		out = outfile_create(want->json, flags, err);
	if (out && outfile_write(out, text, strlen(text), err) < 0) {
		outfile_abandon(out);
		out = NULL;
	}
	free(text);
	return out;
}

int beside_write(const struct dicom_one *one, const struct vol_head *head, const struct beside_want *want, int flags,
                 const char *subject, struct beside **files, struct vol_err *err)
{
	struct beside *b;

	*files = NULL;
	if (!any(want))
		return 0;
	if (!one->series)
		return vol_fail(err, subject, "is a segmentation: --json, --bval and --bvec are for images");
	b = calloc(1, sizeof *b);
	if (!b)
		return vol_fail(err, subject, "out of memory");
	if (gradients_write(head, &want->tables, flags, subject, &b->tables, err) < 0 ||
	    (want->json && !(b->json = write_json(one, want, flags, subject, err)))) {
		beside_abandon(b);
		return -1;
	}
	*files = b;
	return 0;
}

int beside_commit(struct beside *b, struct vol_err *err)
{
	int rc;

	if (!b)
		return 0;
	rc = gradients_commit(b->tables, err);
	b->tables = NULL;
	if (rc == 0 && b->json) {
		rc = outfile_commit(b->json, err);
		b->json = NULL;
	}
	beside_abandon(b);
	return rc;
}

void beside_abandon(struct beside *b)
{
	if (!b)
		return;
	gradients_abandon(b->tables);
	outfile_abandon(b->json);
	free(b);
}

const char *beside_clash(const struct beside_want *want, const char *output)
{
	const char *name[] = {want->tables.bval, want->tables.bvec, want->tables.bvec_scanner, output};
	const char *clash = gradients_clash(&want->tables, output);

	for (size_t i = 0; want->json && i < sizeof name / sizeof *name; i++)
		if (name[i] && strcmp(name[i], want->json) == 0)
			clash = want->json;
	return clash;
}
