#include "match.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	COUNTERS = 1 << 16,
	LEAST_BITS = 15, MOST_BITS = 18, /* of the small table: what the first cache holds, and what the second does */
	LONG = 8,                        /* strings of so many bytes and more are told apart by as many */
	SHORT_KEY = 1, LONG_KEY = 2      /* in the small table */
};

static const uint32_t FOLD = 0x20202020; /* upper to lower case; what else it makes alike is compared later */

struct string {
	unsigned char *bytes; /* folded when flags has MATCH_ANY_CASE */
	uint16_t n, flags;
	uint16_t key_at;      /* where the bytes stand that it is looked up by */
	uint64_t key;         /* those: 4, or LONG of a longer one */
	uint32_t next;        /* of the same hash, +1; 0: none */
};

struct match {
	struct string *string;
	size_t n, room, longest;
	uint32_t *same;       /* while strings are added: numbers +1, by hash of all bytes */
	size_t same_room;     /* a power of two */
	unsigned shift;       /* of the product of 4 bytes, to an index of is_first */
	uint8_t *is_first;    /* which keys begin with 4 bytes of that hash: 0: none. Bytes, as bits take more work than the
	                       * cache that they spare */
	unsigned key_shift;   /* of the product of a key, to an index of first */
	uint32_t *first;      /* string of that hash, +1 */
};

static uint32_t load(const unsigned char *p)
{
	uint32_t x;

	memcpy(&x, p, sizeof x);
	return x | FOLD;
}

static uint32_t mix(uint32_t key)
{
	return key * 2654435761u;
}

static uint64_t load_long(const unsigned char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	return x | (uint64_t)FOLD << 32 | FOLD;
}

static size_t place_of(const struct match *m, uint64_t key)
{
	return (size_t)((key ^ key >> 31) * 0x9e3779b97f4a7c15u >> m->key_shift);
}

static uint64_t hash_all(const unsigned char *p, size_t n, int flags)
{
	uint64_t h = 14695981039346656037u ^ (uint64_t)flags; /* FNV-1a */

	while (n--)
		h = (h ^ *p++) * 1099511628211u;
	return h ^ h >> 29;
}

struct match *match_new(void)
{
	return calloc(1, sizeof(struct match));
}

void match_free(struct match *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->string[i].bytes);
	free(m->string);
	free(m->same);
	free(m->is_first);
	free(m->first);
	free(m);
}

size_t match_count(const struct match *m)
{
	return m->n;
}

size_t match_length(const struct match *m, size_t i)
{
	return m->string[i].n;
}

size_t match_longest(const struct match *m)
{
	return m->longest;
}

/* ---- adding ---- */

static uint32_t *find_same(struct match *m, const unsigned char *bytes, size_t n, int flags)
{
	size_t at = (size_t)hash_all(bytes, n, flags) & (m->same_room - 1);

	for (; m->same[at]; at = (at + 1) & (m->same_room - 1)) {
		const struct string *s = &m->string[m->same[at] - 1];

		if (s->n == n && s->flags == flags && memcmp(s->bytes, bytes, n) == 0)
			break;
	}
	return &m->same[at];
}

static bool grow(struct match *m)
{
	size_t room = m->room ? 2 * m->room : 256;
	struct string *more = realloc(m->string, room * sizeof *more);
	uint32_t *same = calloc(4 * room, sizeof *same);

	if (more)
		m->string = more;
	if (!more || !same) {
		free(same);
		return false;
	}
	m->room = room;
	free(m->same);
	m->same = same;
	m->same_room = 4 * room;
	for (size_t i = 0; i < m->n; i++)
		*find_same(m, m->string[i].bytes, m->string[i].n, m->string[i].flags) = (uint32_t)i + 1;
	return true;
}

int64_t match_add(struct match *m, const void *from, size_t n, int flags)
{
	unsigned char bytes[MATCH_MOST];
	uint32_t *place;

	memcpy(bytes, from, n);
	if (flags & MATCH_ANY_CASE)
		for (size_t i = 0; i < n; i++)
			if (bytes[i] >= 'A' && bytes[i] <= 'Z')
				bytes[i] |= 0x20;
	if (m->n == m->room && !grow(m))
		return -1;
	place = find_same(m, bytes, n, flags);
	if (*place)
		return *place - 1;
	m->string[m->n] = (struct string){.bytes = malloc(n), .n = (uint16_t)n, .flags = (uint16_t)flags};
	if (!m->string[m->n].bytes)
		return -1;
	memcpy(m->string[m->n].bytes, bytes, n);
	*place = (uint32_t)++m->n;
	if (n > m->longest)
		m->longest = n;
	return (int64_t)m->n - 1;
}

/* ---- the table ---- */

/* The four bytes of each string that are the rarest in all strings. */
static bool choose_keys(struct match *m)
{
	uint32_t *count = calloc(COUNTERS, sizeof *count);

	if (!count)
		return false;
	for (size_t i = 0; i < m->n; i++)
		for (size_t at = 0; at + 4 <= m->string[i].n; at++)
			count[mix(load(m->string[i].bytes + at)) >> 16]++;
	for (size_t i = 0; i < m->n; i++) {
		struct string *s = &m->string[i];
		uint32_t least = UINT32_MAX;

		for (size_t at = 0; at + (s->n < LONG ? 4 : LONG) <= s->n; at++) {
			uint32_t c = count[mix(load(s->bytes + at)) >> 16];

			if (c < least) {
				least = c;
				s->key_at = (uint16_t)at;
			}
		}
		s->key = s->n < LONG ? load(s->bytes + s->key_at) : load_long(s->bytes + s->key_at);
	}
	free(count);
	return true;
}

bool match_ready(struct match *m)
{
	unsigned bits = LEAST_BITS, key_bits = 10;

	free(m->same);
	m->same = NULL;
	while (bits < MOST_BITS && (size_t)1 << bits < 64 * m->n)
		bits++;
	while ((size_t)1 << key_bits < 2 * m->n)
		key_bits++;
	m->shift = 32 - bits;
	m->key_shift = 64 - key_bits;
	m->is_first = calloc((size_t)1 << bits, 1);
	m->first = calloc((size_t)1 << key_bits, sizeof *m->first);
	if (!m->is_first || !m->first || !choose_keys(m))
		return false;
	for (size_t i = 0; i < m->n; i++) {
		struct string *s = &m->string[i];
		uint32_t *first = &m->first[place_of(m, s->key)];

		m->is_first[mix(load(s->bytes + s->key_at)) >> m->shift] |= s->n < LONG ? SHORT_KEY : LONG_KEY;
		s->next = *first;
		*first = (uint32_t)i + 1;
	}
	return true;
}

/* ---- finding ---- */

struct search {
	const struct match *m;
	const unsigned char *buf;
	size_t n, from, to;
	void (*hit)(void *ctx, size_t string, size_t at);
	void *ctx;
};

static bool is_equal(const struct string *s, const unsigned char *p)
{
	if (!(s->flags & MATCH_ANY_CASE))
		return memcmp(s->bytes, p, s->n) == 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->bytes[i] != (p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i]))
			return false;
	return true;
}

/* The character at a place of the stream, of one or two bytes; 0 for what is none of ASCII, or outside. */
static int char_at(const struct search *f, const struct string *s, int64_t at)
{
	int wide = s->flags & (MATCH_WIDE_LE | MATCH_WIDE_BE), c, high = 0;

	if (at < 0 || at + (wide ? 1 : 0) >= (int64_t)f->n)
		return 0;
	c = f->buf[at];
	if (wide) {
		high = wide == MATCH_WIDE_LE ? f->buf[at + 1] : c;
		c = wide == MATCH_WIDE_LE ? c : f->buf[at + 1];
	}
	return high || c >= 0x80 ? 0 : c;
}

static bool stands_alone(const struct search *f, const struct string *s, size_t at)
{
	int step = s->flags & (MATCH_WIDE_LE | MATCH_WIDE_BE) ? 2 : 1;
	int64_t start = (int64_t)at, stop = start + s->n;
	int first = char_at(f, s, start), last = char_at(f, s, stop - step);
	int before = char_at(f, s, start - step), after = char_at(f, s, stop);

	if ((isalpha(first) && isalpha(before)) || (isdigit(first) && isdigit(before)) || (isalpha(last) && isalpha(after)) ||
	    (isdigit(last) && isdigit(after)))
		return false;
	if (!(s->flags & MATCH_NUMBER))
		return true;
	return !(before == '.' && isdigit(char_at(f, s, start - 2 * step))) &&
	       !(after == '.' && isdigit(char_at(f, s, stop + step)));
}

static void check_key(const struct search *f, uint64_t key, size_t at)
{
	for (uint32_t i = f->m->first[place_of(f->m, key)]; i; i = f->m->string[i - 1].next) {
		const struct string *s = &f->m->string[i - 1];
		size_t start = at - s->key_at;

		if (s->key != key || at < s->key_at || start < f->from || start >= f->to || start + s->n > f->n)
			continue;
		if (is_equal(s, f->buf + start) && (!(s->flags & MATCH_ALONE) || stands_alone(f, s, start)))
			f->hit(f->ctx, i - 1, start);
	}
}

static void check(const struct search *f, unsigned keys, size_t at)
{
	if (keys & SHORT_KEY)
		check_key(f, load(f->buf + at), at);
	if ((keys & LONG_KEY) && at + LONG <= f->n)
		check_key(f, load_long(f->buf + at), at);
}

static inline unsigned keys_at(const uint8_t *table, unsigned shift, const unsigned char *p)
{
	return table[mix(load(p)) >> shift];
}

void match_find(const struct match *m, const unsigned char *buf, size_t n, size_t from, size_t to,
                void (*hit)(void *ctx, size_t string, size_t at), void *ctx)
{
	struct search f = {m, buf, n, from, to, hit, ctx};
	size_t end = n < MATCH_LEAST ? 0 : n - MATCH_LEAST + 1;
	const uint8_t *table = m->is_first;
	unsigned shift = m->shift;

	/* a key may stand anywhere in its string */
	if (m->n == 0)
		return;
	if (end > to && end - to > m->longest)
		end = to + m->longest;
	/* four at a time, as next to none is one */
	for (size_t at = from; at < end;) {
		const unsigned char *p = buf + at;
		size_t stop = end - at < 4 ? end : at + 4;

		if (stop - at < 4 || keys_at(table, shift, p) | keys_at(table, shift, p + 1) | keys_at(table, shift, p + 2) |
		                             keys_at(table, shift, p + 3))
			for (; at < stop; at++)
				check(&f, keys_at(table, shift, buf + at), at);
		at = stop;
	}
}
