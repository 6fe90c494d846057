/* format.c - what tools and writers of one format share. */
#include "format.h"

#include <string.h>
#include <strings.h>

#include "io/keys.h"
#include "io/stage.h"

bool format_has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path), s = strlen(suffix);

	return n > s && path[n - s - 1] != '/' && strcasecmp(path + n - s, suffix) == 0;
}

static bool is_word(const char *at, size_t n, const char *word)
{
	return n == strlen(word) && memcmp(at, word, n) == 0;
}

bool format_may_lose(const struct format_write *how, const char *word)
{
	size_t n;

	for (const char *at = how->lossy; at; at = at[n] ? at + n + 1 : NULL) {
		n = strcspn(at, ",");
		if (is_word(at, n, word))
			return true;
	}
	return false;
}

const char *format_lossy_word(const char *list, const char *const *known)
{
	size_t n;

	for (const char *at = list; at; at = at[n] ? at + n + 1 : NULL) {
		const char *const *k = known;

		n = strcspn(at, ",");
		while (*k && !is_word(at, n, *k))
			k++;
		if (!*k)
			return at;
	}
	return NULL;
}

int format_save(const struct vol_format *f, const char *stream, const char *path, const struct format_write *how,
                void (*progress)(void *, uint64_t, uint64_t), struct vol_err *err)
{
	struct vol_head head;
	struct vol_in *in = vol_open(stream, &head, err);
	int rc;

	if (!in)
		return -1;
	vol_progress(in, progress, NULL);
	rc = format_write(f, in, &head, path, how, err);
	vol_close(in);
	vol_head_free(&head);
	return rc;
}

int format_load(struct vol_in *in, struct vol_head *head, const char *history, const char *path, int flags,
                void (*progress)(void *, uint64_t, uint64_t), struct vol_err *err)
{
	int rc;

	if (!in)
		return -1;
	vol_progress(in, progress, NULL);
	rc = vol_save(in, head, history, path, flags, err);
	vol_close(in);
	vol_head_free(head);
	return rc;
}

int format_put(const struct vol_format *f, struct vol_in *in, struct vol_head *head, const char *history, const char *path,
               const struct format_write *how, void (*progress)(void *, uint64_t, uint64_t), struct vol_err *err)
{
	int rc = -1;

	vol_progress(in, progress, NULL);
	if (!f)
		rc = vol_save(in, head, history, path, how->flags, err);
	else if (key_source(head, err) == 0 && key_history(head, history, err) == 0)
		rc = format_write(f, in, head, path, how, err);
	vol_close(in);
	vol_head_free(head);
	return rc;
}
