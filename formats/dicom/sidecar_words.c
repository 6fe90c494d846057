/* sidecar_words.c - which texts identify, in a file whose scanner or user may have put a name where none belongs. */
#include <string.h>

#include "sidecar_inside.h"

/* Who, where and when; of names each part by itself. */
static const uint32_t identifying[] = {
	0x00080018, 0x00080020, 0x00080021, 0x00080022, 0x00080023, 0x00080050, 0x00080080, 0x00080081, 0x00080090, 0x00081010,
	0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x00100010, 0x00100020, 0x00100030, 0x00101000, 0x00101001, 0x00181000,
	0x0020000d, 0x0020000e, 0x00200010, 0x00200052, 0x00400253, 0x00401001,
};

enum { IDENTIFYING = sizeof identifying / sizeof *identifying };

_Static_assert(sizeof identifying / sizeof *identifying * SIDECAR_TEXT <= SIDECAR_WORDS, "more words than there is room for");

static bool is_name(uint32_t tag)
{
	return tag == 0x00080090 || tag == 0x00100010 || tag == 0x00101001 || (tag >= 0x00081048 && tag <= 0x00081070);
}

void sidecar_words(struct dcmtk_header *h, struct sidecar_words *words)
{
	char buf[SIDECAR_TEXT], *part, *rest;

	words->n = 0;
	for (size_t i = 0; i < IDENTIFYING; i++) {
		const char *between = is_name(identifying[i]) ? "\\^= ," : "\\";

		if (!dcmtk_text(h, (uint16_t)(identifying[i] >> 16), (uint16_t)identifying[i], buf, sizeof buf))
			continue;
		for (part = strtok_r(buf, between, &rest); part; part = strtok_r(NULL, between, &rest)) {
			size_t n = strlen(part) + 1;

			if (n <= 3) /* that is in every text */
				continue;
			memcpy(words->text + words->n, part, n);
			words->n += n;
		}
	}
}

bool sidecar_identifies(const struct sidecar_words *words, const char *text)
{
	for (size_t at = 0; at < words->n; at += strlen(words->text + at) + 1)
		if (strcasestr(text, words->text + at))
			return true;
	return false;
}
