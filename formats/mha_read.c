/* mha_read.c - a MetaImage file as a volume. */
#include <sha2.h>
#include <stdlib.h>

#include "bytes.h"
#include "io/keys.h"
#include "mha.h"

/* Takes b in any case. The digest stands for what was read, as in a vol stream. */
static struct vol_in *open_volume(struct bytes *b, const char *path, struct vol_head *head, struct vol_err *err)
{
	struct mha_layout layout;
	size_t n;
	char *text = mha_read_head(b, &n, err);

	if (text)
		SHA256Data((const uint8_t *)text, n, head->digest);
	if (!text || mha_head_parse(text, head, &layout, bytes_name(b), err) < 0 || key_source(head, err) < 0) {
		bytes_close(b);
		free(text);
		return NULL;
	}
	return mha_open_voxels(b, n, &layout, text, path, head, err);
}

struct vol_in *mha_decode(const char *path, struct vol_head *head, struct vol_err *err)
{
	struct bytes *b = bytes_open(path, err);
	struct vol_in *in;

	vol_head_init(head);
	if (!b)
		return NULL;
	in = open_volume(b, path, head, err);
	if (!in)
		vol_head_free(head);
	return in;
}
