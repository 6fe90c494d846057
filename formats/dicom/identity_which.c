/* identity_which.c - which values of a header identify. */
#include <stdlib.h>
#include <string.h>

#include "identity_inside.h"

uint32_t identity_tag(uint16_t group, uint16_t element)
{
	return (uint32_t)group << 16 | element;
}

static int by_tag(const void *va, const void *vb)
{
	const struct dicom_attribute *a = va, *b = vb;
	uint32_t x = identity_tag(a->group, a->element), y = identity_tag(b->group, b->element);

	return x < y ? -1 : x > y;
}

const struct dicom_attribute *identity_look_up(uint32_t tag)
{
	static size_t n;
	struct dicom_attribute key = {.group = (uint16_t)(tag >> 16), .element = (uint16_t)tag};

	while (dicom_identity_table[n].keyword)
		n++;
	return bsearch(&key, dicom_identity_table, n, sizeof key, by_tag);
}

/* UIDs that name a kind of thing, and what made the file. */
static bool is_kind(uint32_t tag)
{
	static const uint32_t kinds[] = {0x00020002, 0x00020010, 0x00020012, 0x00080016, 0x0008001a, 0x0008001b, 0x0008010c,
	                                 0x00080117, 0x00080118, 0x00081150, 0x0008115a, 0x00041510, 0x00041512, 0x0400010a,
	                                 0x00400440};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i] == tag)
			return true;
	return false;
}

bool identity_vr(const char *vr, const char *list)
{
	return strstr(list, vr) != NULL;
}

bool identity_is(const struct dcmtk_value *v)
{
	uint32_t tag = identity_tag(v->group, v->element);
	bool named = identity_look_up(tag) != NULL, private = v->group & 1;

	if (is_kind(tag) || (private && v->element < 0x100 && v->element >= 0x10)) /* private creators name the maker */
		return false;
	for (size_t i = 0; i < v->depth && !named; i++) {
		named = identity_look_up(v->inside[i]) && !identity_vr(v->vr, "CS");
		private = private || (v->inside[i] >> 16 & 1);
	}
	if (identity_vr(v->vr, "PN DA DT TM UI"))
		return true;
	return named || (private && identity_vr(v->vr, "LO SH ST LT UT UC UR AE UN"));
}
