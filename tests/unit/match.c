/* Many strings at once, against looking for one after the other at each place. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alg/match.h"
#include "tap.h"

enum { N = 20000, STRINGS = 300 };

static uint32_t state = 11;

static uint32_t number(uint32_t below)
{
	state = state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(state >> 8) * below >> 24);
}

static unsigned char text[N];
static struct {
	unsigned char bytes[12];
	size_t n;
	int flags;
	int64_t number;
} string[STRINGS];
static size_t hits, wrong, sum;

static bool is_digit(size_t at, int by)
{
	return at + (size_t)by < N && isdigit(text[at + (size_t)by]);
}

/* By the words of match.h. Strings in here begin and end with letters, or are all digits. */
static bool stands(size_t s, size_t at)
{
	size_t stop = at + string[s].n;
	bool letters = isalpha(string[s].bytes[0]);

	if (string[s].flags & MATCH_ALONE) {
		if (letters && ((at && isalpha(text[at - 1])) || (stop < N && isalpha(text[stop]))))
			return false;
		if (!letters && ((at && isdigit(text[at - 1])) || is_digit(stop, 0)))
			return false;
	}
	if (string[s].flags & MATCH_NUMBER)
		if ((at > 1 && text[at - 1] == '.' && isdigit(text[at - 2])) || (stop < N && text[stop] == '.' && is_digit(stop, 1)))
			return false;
	return true;
}

static bool here(size_t s, size_t at)
{
	if (at + string[s].n > N)
		return false;
	if (string[s].flags & MATCH_ANY_CASE ? strncasecmp((char *)text + at, (char *)string[s].bytes, string[s].n)
	                                     : memcmp(text + at, string[s].bytes, string[s].n))
		return false;
	return stands(s, at);
}

static void hit(void *ctx, size_t i, size_t at)
{
	bool right = false;

	(void)ctx;
	for (size_t s = 0; s < STRINGS; s++)
		right = right || (string[s].number == (int64_t)i && here(s, at));
	wrong += !right;
	hits++;
	sum += at * (i + 1);
}

/* Few letters, so that there is much to find: of one alphabet in each string. */
static void make(void)
{
	for (size_t i = 0; i < N; i++)
		text[i] = (unsigned char)"aAbB12. "[number(8)];
	for (size_t s = 0; s < STRINGS; s++) {
		bool letters = number(2);

		string[s].n = MATCH_LEAST + number(7);
		for (size_t i = 0; i < string[s].n; i++)
			string[s].bytes[i] = (unsigned char)(letters ? "aAbB"[number(4)] : "12"[number(2)]);
		string[s].flags = number(2) ? MATCH_ANY_CASE : 0;
		if (number(2))
			string[s].flags |= MATCH_ALONE | (!letters && number(2) ? MATCH_NUMBER : 0);
	}
}

static void wide(void)
{
	struct match *m = match_new();
	int64_t i = match_add(m, "A\0n\0n\0a\0", 8, MATCH_ANY_CASE | MATCH_ALONE | MATCH_WIDE_LE);
	static const unsigned char alone[] = "x\1A\0N\0N\0A\0.\0", beside[] = "x\0A\0N\0N\0A\0.\0", after[] = "..A\0n\0n\0a\0b\0";

	ok(i == 0 && match_ready(m), "a string of UTF-16");
	hits = 0;
	match_find(m, alone, sizeof alone - 1, 0, sizeof alone - 1, hit, NULL);
	ok(hits == 1, "is found beside what is no letter");
	match_find(m, beside, sizeof beside - 1, 0, sizeof beside - 1, hit, NULL);
	match_find(m, after, sizeof after - 1, 0, sizeof after - 1, hit, NULL);
	ok(hits == 1, "and not beside letters");
	match_free(m);
}

int main(void)
{
	struct match *m = match_new();
	size_t want = 0, want_sum = 0, all, all_sum;
	bool *counted = calloc(STRINGS, 1);

	make();
	for (size_t s = 0; s < STRINGS; s++)
		string[s].number = match_add(m, string[s].bytes, string[s].n, string[s].flags);
	ok(match_count(m) < STRINGS && match_add(m, string[7].bytes, string[7].n, string[7].flags) == string[7].number,
	   "the same again is the same");
	ok(match_ready(m), "ready");
	for (size_t s = 0; s < STRINGS; s++) {
		if (counted[string[s].number])
			continue;
		counted[string[s].number] = true;
		for (size_t at = 0; at < N; at++)
			if (here(s, at)) {
				want++;
				want_sum += at * (size_t)(string[s].number + 1);
			}
	}
	match_find(m, text, N, 0, N, hit, NULL);
	ok(want > 400 && hits == want && sum == want_sum && wrong == 0, "all are found, and nothing else: %zu", want);
	all = hits;
	all_sum = sum;
	hits = sum = 0;
	for (size_t at = 0; at < N; at += 97)
		match_find(m, text, N, at, at + 97 < N ? at + 97 : N, hit, NULL);
	ok(hits == all && sum == all_sum, "in parts: each once");
	match_free(m);
	free(counted);
	wide();
	return done();
}
