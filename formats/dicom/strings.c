/* strings.c - interned strings, and freeing a set of facts. */
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"

struct dicom_strings {
	pthread_mutex_t lock;
	void *tree; /* of char *, by strcmp */
	void *blocks; /* of struct block * */
};

struct block {
	size_t n;
	_Alignas(max_align_t) unsigned char bytes[];
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int compare_blocks(const void *va, const void *vb)
{
	const struct block *a = va, *b = vb;

	return a->n == b->n ? memcmp(a->bytes, b->bytes, a->n) : a->n < b->n ? -1 : 1;
}

struct dicom_strings *dicom_strings_new(void)
{
	struct dicom_strings *s = calloc(1, sizeof *s);

	if (s)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

const char *dicom_intern(struct dicom_strings *s, const char *text)
{
	char **found, *copy = NULL;

	pthread_mutex_lock(&s->lock);
	found = tfind(text, &s->tree, compare);
	if (!found) {
		copy = strdup(text);
		found = copy ? tsearch(copy, &s->tree, compare) : NULL;
		if (copy && !found)
			free(copy);
	}
	pthread_mutex_unlock(&s->lock);
	return found ? *found : NULL;
}

const void *dicom_intern_block(struct dicom_strings *s, const void *data, size_t n)
{
	struct block **found, *copy = malloc(sizeof *copy + n);

	if (!copy)
		return NULL;
	copy->n = n;
	memcpy(copy->bytes, data, n);
	pthread_mutex_lock(&s->lock);
	found = tsearch(copy, &s->blocks, compare_blocks);
	pthread_mutex_unlock(&s->lock);
	if (!found || *found != copy)
		free(copy);
	return found ? (*found)->bytes : NULL;
}

void dicom_strings_free(struct dicom_strings *s)
{
	if (!s)
		return;
	tdestroy(s->tree, free);
	tdestroy(s->blocks, free);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void dicom_set_free(struct dicom_set *set)
{
	for (size_t i = 0; i < set->n_files; i++) {
		free(set->files[i].path);
		free(set->files[i].reason);
	}
	free(set->files);
	free(set->frames);
	dicom_strings_free(set->strings);
	memset(set, 0, sizeof *set);
}

const char *dicom_status_name(enum dicom_status s)
{
	static const char *const names[DICOM_STATUSES] = {
		[DICOM_USED] = "used",           [DICOM_DUPLICATE] = "duplicate",
		[DICOM_LOCALIZER] = "localizer", [DICOM_TRUNCATED] = "truncated",
		[DICOM_NOT_DICOM] = "not-dicom", [DICOM_NO_PIXELS] = "no-pixels",
		[DICOM_OTHER] = "other",         [DICOM_UNSUPPORTED] = "other",
		[DICOM_UNREADABLE] = "other",
	};

	return names[s];
}
