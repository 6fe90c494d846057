/* out.c - the writing half of vol.h. */
#include <stdlib.h>

#include "outfile.h"
#include "vol.h"

struct vol_out {
	struct outfile *file;
	uint64_t left; /* bytes of voxels still promised */
};

struct vol_out *vol_create(const char *path, int flags, const struct vol_head *head,
                           struct vol_err *err)
{
	struct vol_out *out;
	char *text;
	size_t len;

	if (vol_head_check(head, "output", err) < 0)
		return NULL;
	out = calloc(1, sizeof *out);
	if (!out) {
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	out->left = vol_head_bytes(head);
	out->file = outfile_create(path, flags | OUTFILE_BINARY, err);
	if (!out->file || vol_head_print(head, NULL, &text, &len, err) < 0) {
		vol_abandon(out);
		return NULL;
	}
	int rc = outfile_write(out->file, text, len, err);

	free(text);
	if (rc < 0) {
		vol_abandon(out);
		return NULL;
	}
	return out;
}

int vol_put(struct vol_out *out, const void *voxels, size_t bytes, struct vol_err *err)
{
	if (bytes > out->left)
		return vol_fail(err, outfile_name(out->file), "more voxels than the header promised");
	out->left -= bytes;
	return outfile_write(out->file, voxels, bytes, err);
}

int vol_copy(struct vol_in *in, struct vol_out *out, struct vol_err *err)
{
	if (vol_drain(in, outfile_fd(out->file), outfile_name(out->file), err) < 0)
		return -1;
	out->left = 0;
	return 0;
}

int vol_finish(struct vol_out *out, struct vol_err *err)
{
	struct outfile *file = out->file;
	uint64_t left = out->left;

	free(out);
	if (left) {
		vol_fail(err, outfile_name(file), "%llu bytes of voxels were never written",
		         (unsigned long long)left);
		outfile_abandon(file);
		return -1;
	}
	return outfile_commit(file, err);
}

void vol_abandon(struct vol_out *out)
{
	if (!out)
		return;
	outfile_abandon(out->file);
	free(out);
}
