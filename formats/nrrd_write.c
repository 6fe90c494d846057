/* nrrd_write.c - the writing half of nrrd.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "detached.h"
#include "gzip_out.h"
#include "io/outfile.h"
#include "nrrd.h"

static int write_raw(struct vol_in *in, const struct vol_head *head, const char *path,
                     const struct format_write *how, struct vol_err *err)
{
	struct vol_out *out = vol_create(path, how->flags, head, err);

	if (!out)
		return -1;
	if (vol_copy(in, out, err) < 0) {
		vol_abandon(out);
		return -1;
	}
	return vol_finish(out, err);
}

static int write_gzip(struct vol_in *in, const struct vol_head *head, struct outfile *out,
                      const struct format_write *how, struct vol_err *err)
{
	struct gzip_out *gz = gzip_out_new(outfile_fd(out), outfile_name(out), how->level,
	                                   how->threads, err);
	size_t number = voxel_size(head->type);
	struct vol_slab slab;
	int got;

	if (!gz)
		return -1;
	while ((got = vol_next(in, &slab, err)) > 0)
		if (gzip_out_write(gz, slab.voxels, slab.n * number, err) < 0)
			got = -2;
	if (got == 0)
		return gzip_out_finish(gz, err);
	gzip_out_abandon(gz);
	return -1;
}

static int write_header(struct outfile *out, const struct vol_head *head,
                        const struct nrrd_layout *layout, struct vol_err *err)
{
	char *text;
	size_t len;
	int rc;

	if (vol_head_print(head, layout, &text, &len, err) < 0)
		return -1;
	rc = outfile_write(out, text, len, err);
	free(text);
	return rc;
}

static int write_attached_gzip(struct vol_in *in, const struct vol_head *head, const char *path,
                               const struct format_write *how, struct vol_err *err)
{
	const struct nrrd_layout layout = {.encoding = "gzip"};
	struct outfile *out = outfile_create(path, how->flags | OUTFILE_BINARY, err);

	if (!out)
		return -1;
	if (write_header(out, head, &layout, err) < 0 || write_gzip(in, head, out, how, err) < 0) {
		outfile_abandon(out);
		return -1;
	}
	return outfile_commit(out, err);
}

/* x.nhdr -> x.raw or x.raw.gz. */
static char *data_path(const char *path, const struct format_write *how, struct vol_err *err)
{
	return detached_name(path, ".nhdr", how->level > 0 ? ".raw.gz" : ".raw", "\n\r\t", "NRRD", err);
}

void nrrd_each_file(const char *path, const struct vol_head *head, const struct format_write *how,
                    void (*what)(const char *name))
{
	struct vol_err why;
	char *data = how->detached ? data_path(path, how, &why) : NULL;

	(void)head;
	what(path);
	if (data)
		what(data);
	free(data);
}

static int fill_detached(struct vol_in *in, const struct vol_head *head, struct outfile *text,
                         struct outfile *data, const char *path, const struct format_write *how,
                         struct vol_err *err)
{
	struct nrrd_layout layout = {.data_file = (char *)detached_base(path)};
	int rc;

	strcpy(layout.encoding, how->level > 0 ? "gzip" : "raw");
	rc = write_header(text, head, &layout, err);
	if (rc == 0)
		rc = how->level > 0 ? write_gzip(in, head, data, how, err)
		                    : vol_drain(in, outfile_fd(data), outfile_name(data), err);
	return rc;
}

static int write_detached(struct vol_in *in, const struct vol_head *head, const char *path,
                          const struct format_write *how, struct vol_err *err)
{
	struct outfile *text = NULL, *data = NULL;
	char *name;
	int rc = -1;

	if (!path || strcmp(path, "-") == 0)
		return vol_fail(err, "stdout", "cannot take a header and voxels in two files: use -o FILE.nhdr");
	name = data_path(path, how, err);
	if (!name)
		return -1;
	data = outfile_create(name, how->flags | OUTFILE_BINARY, err);
	if (data)
		text = outfile_create(path, how->flags | OUTFILE_BINARY, err);
	if (text)
		rc = fill_detached(in, head, text, data, name, how, err);
	if (rc == 0) {
		rc = outfile_commit_both(data, text, err);
	} else {
		outfile_abandon(data);
		outfile_abandon(text);
	}
	free(name);
	return rc;
}

int nrrd_encode(struct vol_in *in, const struct vol_head *head, const char *path,
                       const struct format_write *how, struct vol_err *err)
{
	if (vol_head_check(head, vol_in_name(in), err) < 0)
		return -1;
	if (how->detached)
		return write_detached(in, head, path, how, err);
	return how->level > 0 ? write_attached_gzip(in, head, path, how, err)
	                      : write_raw(in, head, path, how, err);
}
