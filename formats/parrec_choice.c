/* parrec_choice.c - what of a PAR/REC file to read: the options' texts. */
#include <stdio.h>
#include <string.h>

#include "parrec.h"

const struct parrec_number parrec_numbers[PARREC_NUMBERS] = {
	{PARREC_SEQUENCE, "sequence"}, {PARREC_DYNAMIC, "dynamic"}, {PARREC_LABEL, "label"},
	{PARREC_B_NUMBER, "b"}, {PARREC_GRADIENT, "gradient"}, {PARREC_PHASE, "phase"}, {PARREC_ECHO, "echo"},
};

void parrec_choice_init(struct parrec_choice *choice)
{
	memset(choice, 0, sizeof *choice);
	choice->type = -1;
	for (int f = 0; f < PARREC_FIELDS; f++)
		choice->only[f] = choice->skip[f] = -1;
}

static bool small_number(const char *text, int *n)
{
	double x;

	if (!vol_parse_number(text, &x) || !(x >= 0 && x <= 1e9) || x != (int)x)
		return false;
	*n = (int)x;
	return true;
}

bool parrec_choice_type(struct parrec_choice *choice, const char *text)
{
	static const char types[] = PARREC_TYPES;
	const char *p = text[0] && !text[1] ? strchr(types, text[0]) : NULL;

	if (!p)
		return small_number(text, &choice->type);
	choice->type = (int)(p - types);
	return true;
}

/* "echo=2" into one of the choice's tables. */
static bool take_number(int table[PARREC_FIELDS], const char *item)
{
	for (int i = 0; i < PARREC_NUMBERS; i++) {
		size_t n = strlen(parrec_numbers[i].name);

		if (strncmp(item, parrec_numbers[i].name, n) == 0 && item[n] == '=')
			return small_number(item + n + 1, &table[parrec_numbers[i].field]);
	}
	return false;
}

static bool take_only(struct parrec_choice *choice, const char *item)
{
	if (strncmp(item, "stack=", 6) == 0)
		return small_number(item + 6, &choice->stack) && choice->stack > 0;
	return take_number(choice->only, item);
}

static bool take_skip(struct parrec_choice *choice, const char *item)
{
	choice->skips = true;
	return take_number(choice->skip, item);
}

static bool take_accept(struct parrec_choice *choice, const char *item)
{
	if (strcmp(item, "partial") == 0)
		choice->partial = true;
	else if (strcmp(item, "joined") == 0)
		choice->joined = true;
	else
		return false;
	return true;
}

static bool each_item(struct parrec_choice *choice, const char *text,
                      bool (*take)(struct parrec_choice *, const char *))
{
	char item[64];

	for (;; text++) {
		size_t n = strcspn(text, ",");

		if (n >= sizeof item)
			return false;
		snprintf(item, sizeof item, "%.*s", (int)n, text);
		if (!take(choice, item))
			return false;
		text += n;
		if (!*text)
			return true;
	}
}

bool parrec_choice_only(struct parrec_choice *choice, const char *text)
{
	return each_item(choice, text, take_only);
}

bool parrec_choice_skip(struct parrec_choice *choice, const char *text)
{
	return each_item(choice, text, take_skip);
}

bool parrec_choice_accept(struct parrec_choice *choice, const char *text)
{
	return each_item(choice, text, take_accept);
}
