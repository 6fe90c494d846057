#include "identity.h"

#include <locale.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dcmtk.h"
#include "identity_inside.h"

/* What a string of the match tells. */
struct told {
	uint32_t value; /* index */
	bool strong;
	uint32_t *what; /* indexes, ascending tags; owned */
	size_t n_what;
};

struct value {
	uint32_t what;  /* first: a value is one of an attribute */
	char *text;     /* UTF-8, owned */
	char vr[3];
	uint32_t index;
	char raw[];
};

struct identity {
	struct match *match;
	struct told *told;
	size_t n_told;
	struct identity_what *what;
	size_t n_what;
	void *values;             /* a tree of struct value */
	struct value **value;     /* those, in the order in which they came; owned by the tree */
	size_t n_values, searched;
	char **carried;           /* acquisition facts, different ones, lower case; owned */
	size_t n_carried;
	bool show, failed;
	const struct value *now;  /* whose forms are being added */
};

/* ---- attributes ---- */

static uint32_t what_of(struct identity *id, const struct dcmtk_value *v)
{
	const struct dicom_attribute *a = identity_look_up(identity_tag(v->group, v->element));
	struct identity_what *more;

	for (size_t i = 0; i < id->n_what; i++)
		if (id->what[i].group == v->group && id->what[i].element == v->element)
			return (uint32_t)i;
	more = realloc(id->what, (id->n_what + 1) * sizeof *more);
	if (!more) {
		id->failed = true;
		return 0;
	}
	id->what = more;
	id->what[id->n_what] = (struct identity_what){v->group, v->element,
	                                              a ? a->keyword : v->group & 1 ? "private" : "other"};
	return (uint32_t)id->n_what++;
}

/* ---- values ---- */

static int by_value(const void *va, const void *vb)
{
	const struct value *a = va, *b = vb;
	int c = a->what < b->what ? -1 : a->what > b->what;

	c = c ? c : strcmp(a->vr, b->vr);
	c = c ? c : strcmp(a->raw, b->raw);
	return c ? c : strcmp(a->text, b->text);
}

static void free_value(void *v)
{
	free(((struct value *)v)->text);
	free(v);
}

/* A part of some text without the blanks around it; the caller's. */
static char *trimmed(const char *s, size_t n)
{
	while (n && (*s == ' ' || *s == '\0')) {
		s++;
		n--;
	}
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\0' || s[n - 1] == '\n' || s[n - 1] == '\r'))
		n--;
	return strndup(s, n);
}

static void keep_value(struct identity *id, uint32_t what, const char *vr, const char *raw, char *text)
{
	struct value *v = calloc(1, sizeof *v + strlen(raw) + 1), **found, **more;

	if (!v) {
		free(text);
		id->failed = true;
		return;
	}
	v->what = what;
	v->text = text;
	snprintf(v->vr, sizeof v->vr, "%s", vr);
	strcpy(v->raw, raw);
	found = tsearch(v, &id->values, by_value);
	if (!found || *found != v) {
		id->failed = id->failed || !found;
		free_value(v);
		return;
	}
	if ((id->n_values & (id->n_values - 1)) == 0) {
		more = realloc(id->value, (id->n_values ? 2 * id->n_values : 1) * sizeof *more);
		if (!more) {
			id->failed = true;
			return;
		}
		id->value = more;
	}
	v->index = (uint32_t)id->n_values;
	id->value[id->n_values++] = v;
}

static void keep_carried(struct identity *id, const char *text)
{
	char **more, *copy;

	for (size_t i = 0; i < id->n_carried; i++)
		if (strcasecmp(id->carried[i], text) == 0)
			return;
	copy = strdup(text);
	more = copy ? realloc(id->carried, (id->n_carried + 1) * sizeof *more) : NULL;
	if (!more) {
		free(copy);
		id->failed = true;
		return;
	}
	id->carried = more;
	id->carried[id->n_carried++] = copy;
}

/* Words that go into streams and sidecars: acquisition facts, Modality, model, Rescale Type. Numbers, which differ from slice to slice, are no
 * words. */
static bool is_carried_on(const struct dcmtk_value *v)
{
	uint32_t tag = identity_tag(v->group, v->element);

	if (!identity_vr(v->vr, "CS LO SH"))
		return false;
	for (const struct dicom_attribute *a = dicom_acquisition; a->keyword; a++)
		if (tag == identity_tag(a->group, a->element))
			return true;
	/* and into sidecars */
	for (const struct dicom_attribute *a = dicom_sidecar_tags; a->keyword; a++)
		if (tag == identity_tag(a->group, a->element) && a->group != 0x0008 && !identity_look_up(tag))
			return true;
	return tag == 0x00080060 || tag == 0x00081090 || tag == 0x00281054;
}

static bool is_printable(const struct dcmtk_value *v)
{
	for (size_t i = 0; i < v->n; i++)
		if ((unsigned char)v->bytes[i] < ' ' && !(v->bytes[i] && strchr("\r\n\t\f\033", v->bytes[i])) &&
		    !(v->bytes[i] == '\0' && i + 1 == v->n))
			return false;
	return true;
}

static bool has_many(const char *vr)
{
	return !identity_vr(vr, "ST LT UT UN UR");
}

static int take(void *ctx, const struct dcmtk_value *v)
{
	struct identity *id = ctx;
	const char *raw = v->bytes, *text = v->utf8;
	uint32_t what;

	if (is_carried_on(v) && v->utf8[0])
		keep_carried(id, v->utf8);
	if (!identity_is(v) || (identity_vr(v->vr, "UN OB") && !is_printable(v)))
		return id->failed ? -1 : 0;
	what = what_of(id, v);
	/* a backslash may be half of a character in the file (PS3.5, 6.1.2.3), never in UTF-8, which says how many
	 * there are */
	for (bool more = true; more && !id->failed;) {
		size_t n = has_many(v->vr) ? strcspn(raw, "\\") : strlen(raw);
		size_t k = has_many(v->vr) ? strcspn(text, "\\") : strlen(text);
		char *part = trimmed(raw, n), *utf8 = trimmed(text, k);

		if (part && utf8 && *utf8)
			keep_value(id, what, v->vr, part, utf8);
		else
			free(utf8);
		id->failed = id->failed || !part;
		free(part);
		more = text[k] == '\\';
		text += k + more;
		raw += n + (raw[n] == '\\');
	}
	return id->failed ? -1 : 0;
}

static int read_file(struct identity *id, const char *path, bool *is_dicom, struct vol_err *err)
{
	struct dcmtk_header *h = dcmtk_header_open(path);
	enum dcmtk_end end;
	const char *why;
	uint64_t at;
	int rc = 0;

	if (!h)
		return vol_fail(err, path, "out of memory");
	end = dcmtk_header_end(h, &why, &at);
	*is_dicom = end != DCMTK_REFUSED && dcmtk_header_count(h) > 0 &&
		(dcmtk_has(h, 0x0008, 0x0016) || dcmtk_has(h, 0x0008, 0x0018) || dcmtk_has(h, 0x0010, 0x0010) ||
		 dcmtk_has(h, 0x0010, 0x0020) || dcmtk_has(h, 0x0004, 0x1220));
	if (*is_dicom && end == DCMTK_CUT)
		vol_warn(path, "the header is cut or damaged: what it held behind that is not searched");
	if (end == DCMTK_REFUSED)
		rc = vol_fail(err, path, "%s", why ? why : "cannot be read");
	else if (*is_dicom && dcmtk_values(h, take, id) != 0)
		rc = vol_fail(err, path, "out of memory");
	dcmtk_header_close(h);
	return rc;
}

/* ---- strings ---- */

static int add_form(void *ctx, const void *bytes, size_t n, int flags, bool strong)
{
	struct identity *id = ctx;
	int64_t i = match_add(id->match, bytes, n, flags);
	struct told *t;
	uint32_t *more;
	size_t at;

	if (i < 0)
		return -1;
	if ((size_t)i == id->n_told) {
		if ((id->n_told & (id->n_told - 1)) == 0) {
			t = realloc(id->told, (id->n_told ? 2 * id->n_told : 1) * sizeof *t);
			if (!t)
				return -1;
			id->told = t;
		}
		id->told[id->n_told++] = (struct told){.value = id->now->index, .strong = strong};
	}
	t = &id->told[i];
	for (at = 0; at < t->n_what; at++)
		if (t->what[at] == id->now->what)
			return 0;
	more = realloc(t->what, (t->n_what + 1) * sizeof *more);
	if (!more)
		return -1;
	t->what = more;
	for (at = t->n_what++; at > 0; at--) {
		const struct identity_what *a = &id->what[t->what[at - 1]], *b = &id->what[id->now->what];

		if (identity_tag(a->group, a->element) < identity_tag(b->group, b->element))
			break;
		t->what[at] = t->what[at - 1];
	}
	t->what[at] = id->now->what;
	return 0;
}

static bool is_carried(const struct identity *id, const char *text)
{
	for (size_t i = 0; i < id->n_carried; i++)
		if (strcasestr(id->carried[i], text))
			return true;
	return false;
}

static int add_values(struct identity *id)
{
	for (size_t i = 0; i < id->n_values; i++) {
		const struct value *v = id->value[i];
		const struct identity_what *w = &id->what[v->what];
		struct identity_value one = {v->vr, v->raw, v->text};
		const char *why = "an acquisition fact holds it";
		int n;

		id->now = v;
		n = 0;
		if (strlen(v->text) < MATCH_LEAST || !is_carried(id, v->text))
			n = identity_forms(&one, add_form, id, &why);
		if (n < 0)
			return -1;
		id->searched += n > 0;
		if (n == 0 && strcmp(why, "too short") == 0 && w->group == 0x0010 && (w->element == 0x0010 || w->element == 0x0020))
			vol_warn("", "%s (%04x,%04x) is not searched: too short", w->keyword, w->group, w->element);
		if (n == 0)
			vol_note("", "%s (%04x,%04x): not searched: %s%s%s", w->keyword, w->group, w->element, why,
			         id->show ? ": " : "", id->show ? v->text : "");
	}
	return match_ready(id->match) ? 0 : -1;
}

struct identity *identity_read(const struct dicom_paths *paths, bool show,
                               void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct vol_err *err)
{
	struct identity *id = calloc(1, sizeof *id);
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = utf8 ? uselocale(utf8) : (locale_t)0;
	size_t read = 0;
	int rc = 0;

	if (id) {
		id->show = show;
		id->match = match_new();
	}
	if (!id || !id->match)
		rc = vol_fail(err, "", "out of memory");
	dcmtk_learn(dicom_identity_table);
	for (size_t i = 0; rc == 0 && i < paths->n; i++) {
		bool is_dicom = false;

		rc = read_file(id, paths->path[i], &is_dicom, err);
		if (rc == 0 && !is_dicom)
			vol_note(paths->path[i], "is not DICOM: nothing of it is searched");
		read += is_dicom;
		if (progress)
			progress(ctx, i + 1, paths->n);
	}
	if (rc == 0 && read == 0)
		rc = vol_fail(err, "", "no file to search for is DICOM");
	if (rc == 0 && add_values(id) < 0)
		rc = vol_fail(err, "", "out of memory");
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	if (rc == 0)
		return id;
	identity_free(id);
	return NULL;
}

void identity_free(struct identity *id)
{
	if (!id)
		return;
	match_free(id->match);
	for (size_t i = 0; i < id->n_told; i++)
		free(id->told[i].what);
	for (size_t i = 0; i < id->n_carried; i++)
		free(id->carried[i]);
	tdestroy(id->values, free_value);
	free(id->told);
	free(id->what);
	free(id->value);
	free(id->carried);
	free(id);
}

const struct match *identity_match(const struct identity *id)
{
	return id->match;
}

size_t identity_values(const struct identity *id)
{
	return id->searched;
}

const char *identity_text(const struct identity *id, size_t i)
{
	return id->value[id->told[i].value]->text;
}

const struct identity_what *identity_of(const struct identity *id, size_t i, size_t k)
{
	return k < id->told[i].n_what ? &id->what[id->told[i].what[k]] : NULL;
}

bool identity_strong(const struct identity *id, size_t i)
{
	return id->told[i].strong;
}
