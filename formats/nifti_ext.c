/* nifti_ext.c - what stands between the header and the voxels: extensions.
 *
 * nifti1.h, "HEADER EXTENSIONS": four bytes, the first of which is not 0 where there are any; then, for each, its size
 * (with these numbers, a multiple of 16), a code that says whose it is, and its bytes. Ours is text for people too, of
 * code 6, "comment". Those of others come through as keys, where that is asked for: some hold whole DICOM headers. */
#include <nifti2_io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "io/keys.h"
#include "kept.h"
#include "nifti.h"

enum { EXTENDER = 4, START = 8, KEEP_MAX = 8 << 20, OURS_MAX = 17 << 20 /* a header has 16 MiB */, STEP = 65536 };

static const char prefix[] = "vol.nifti.extension.";

struct walk {
	struct bytes *b;
	bool keep;
	uint64_t left;     /* bytes before the voxels that are not taken */
	uint64_t kept;     /* bytes of extensions in keys */
	int others;        /* extensions of others so far */
	struct nifti_ext *ours;
	struct vol_head *head;
};

/* ---- reading ---- */

/* n bytes; 1, 0 when there are fewer, -1. */
static int take(struct walk *w, void *p, size_t n, struct vol_err *err)
{
	ssize_t got;

	if (n > w->left)
		return 0;
	got = bytes_read(w->b, p, n, err);
	if (got < 0)
		return -1;
	w->left -= (uint64_t)got;
	return (size_t)got == n;
}

/* Size and code, in the byte order in which the size is small: nibabel has its own and not the file's. */
static void two_numbers(const unsigned char *p, uint32_t *size, int *code)
{
	uint32_t x[2];

	memcpy(x, p, sizeof x);
	if (__builtin_bswap32(x[0]) < x[0]) {
		x[0] = __builtin_bswap32(x[0]);
		x[1] = __builtin_bswap32(x[1]);
	}
	*size = x[0];
	*code = (int)x[1];
}

/* The n bytes of an extension with a zero at the end, taking memory only as bytes come. As take. */
static int take_all(struct walk *w, size_t n, char **data, struct vol_err *err)
{
	int got = 1;

	*data = NULL;
	for (size_t have = 0; got > 0 && have < n;) {
		size_t step = n - have < STEP ? n - have : STEP;
		char *more = realloc(*data, have + step + 1);

		if (!more)
			return vol_fail(err, bytes_name(w->b), "out of memory");
		*data = more;
		got = take(w, more + have, step, err);
		have += step;
		more[have] = '\0';
	}
	return got;
}

static int keep_other(struct walk *w, int code, const char *data, size_t n, struct vol_err *err)
{
	char name[64], *text;
	int rc = -1;

	text = base64_print(data, n);
	snprintf(name, sizeof name, "%s%d", prefix + 4, w->others);
	if (text)
		rc = key_set(w->head, err, name, "%d %s", code, text);
	else
		vol_fail(err, bytes_name(w->b), "out of memory");
	free(text);
	return rc;
}

/* One extension; as take. */
static int take_one(struct walk *w, struct vol_err *err)
{
	unsigned char start[START];
	const unsigned char *first;
	int got = take(w, start, sizeof start, err), code;
	uint32_t size;
	bool ours;
	ssize_t have;
	char *data;

	if (got <= 0)
		return got;
	two_numbers(start, &size, &code);
	if (size < 16 || size - START > w->left)
		return 0;
	size -= START;
	have = bytes_peek(w->b, &first, size < STEP ? size : STEP, err);
	if (have < 0)
		return -1;
	ours = code == NIFTI_ECODE_COMMENT && !w->ours->text && kept_is((const char *)first, (size_t)have);
	if (!ours)
		w->others++;
	if (ours ? size > OURS_MAX : !w->keep) {
		struct vol_err why;

		w->left -= size;
		return bytes_skip(w->b, size, &why) == 0; /* the voxels will be missed */
	}
	w->kept += ours ? 0 : size;
	if (w->kept > KEEP_MAX)
		return vol_fail(err, bytes_name(w->b), "extensions are over 8 MiB: leave out --keep-extensions");
	got = take_all(w, size, &data, err);
	if (got > 0 && ours) {
		w->ours->text = data;
		w->ours->n = strlen(data);
		return 1;
	}
	if (got > 0 && keep_other(w, code, data, size, err) < 0)
		got = -1;
	free(data);
	return got;
}

int nifti_ext_read(struct bytes *b, bool keep, uint64_t *left, struct vol_head *head, struct nifti_ext *ours,
                   struct vol_err *err)
{
	struct walk w = {.b = b, .keep = keep, .left = *left, .ours = ours, .head = head};
	unsigned char extender[EXTENDER];
	int got = take(&w, extender, sizeof extender, err);

	if (got > 0 && extender[0] == 0)
		got = 0;
	while (got > 0)
		got = take_one(&w, err);
	if (got < 0)
		return -1;
	if (w.others && !keep)
		vol_note(bytes_name(b), "%d extensions of its header are left out: --keep-extensions takes them along",
		         w.others);
	*left = w.left;
	return 0;
}

/* ---- writing ---- */

bool nifti_ext_is_other(const char *key)
{
	return strncmp(key, prefix, sizeof prefix - 1) == 0;
}

/* size, code, data, zeros: in all a multiple of 16. */
static void give(FILE *f, int code, const void *data, size_t n)
{
	size_t pad = (16 - (START + n) % 16) % 16;
	const int32_t start[2] = {(int32_t)(START + n + pad), code};

	fwrite(start, sizeof start, 1, f);
	fwrite(data, 1, n, f);
	while (pad--)
		fputc(0, f);
}

static int give_other(FILE *f, const char *key, const char *value, struct vol_err *err)
{
	char *end;
	long code = strtol(value, &end, 10), n;
	unsigned char *data;

	n = end > value && *end == ' ' && code >= 0 && code <= INT32_MAX ? base64_take(end + 1, &data) : -1;
	if (n < 0)
		return vol_fail(err, key, "is not the code of an extension and base64 text");
	give(f, (int)code, data, (size_t)n);
	free(data);
	return 0;
}

/* The header without what is given as extensions of their own. */
static int give_ours(FILE *f, struct vol_in *in, const struct vol_head *head, struct vol_err *err)
{
	struct vol_head copy;
	char *text;
	size_t n;
	int rc;

	if (vol_head_copy(&copy, head, err) < 0)
		return -1;
	for (size_t i = copy.keys.n; i-- > 0;)
		if (nifti_ext_is_other(copy.keys.name[i]))
			key_drop_full(&copy, copy.keys.name[i]);
	rc = kept_print(in, &copy, &text, &n, err);
	vol_head_free(&copy);
	if (rc < 0)
		return -1;
	give(f, NIFTI_ECODE_COMMENT, text, n + 1);
	free(text);
	return 0;
}

int nifti_ext_make(struct vol_in *in, const struct vol_head *head, char **bytes, size_t *n, struct vol_err *err)
{
	FILE *f = open_memstream(bytes, n);
	int rc;

	if (!f)
		return vol_fail(err, "header", "out of memory");
	fwrite("\1\0\0", 1, EXTENDER, f);
	rc = give_ours(f, in, head, err);
	for (size_t i = 0; rc == 0 && i < head->keys.n; i++)
		if (nifti_ext_is_other(head->keys.name[i]))
			rc = give_other(f, head->keys.name[i], head->keys.value[i], err);
	if (fclose(f) != 0 && rc == 0)
		rc = vol_fail(err, "header", "out of memory");
	if (rc < 0)
		free(*bytes);
	return rc;
}
