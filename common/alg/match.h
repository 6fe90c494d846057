/* match.h - many short strings looked for in a stream of bytes at once.
 *
 * Each string is looked up by four neighbouring bytes of it, those that are the rarest among all strings. The four bytes at
 * each place of the stream are hashed into a small table that stays in the first cache; only where it has an entry, the
 * strings with that key are compared (after Wu and Manber, 1994), of longer strings those that share eight bytes. Memory is some
 * hundred bytes a string, whatever the stream's length.
 */
#ifndef ALG_MATCH_H
#define ALG_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MATCH_LEAST = 4, MATCH_MOST = 256 }; /* bytes of a string */
enum { MATCH_BESIDE = 4 };                  /* bytes before and after a string that are looked at */

enum match_flags {
	MATCH_ANY_CASE = 1, /* of A to Z */
	MATCH_ALONE = 2,    /* no letter beside a letter at its ends, and no digit beside a digit */
	MATCH_NUMBER = 4,   /* nor is it a part of a longer decimal number: "123456" is not in "0.123456" */
	MATCH_WIDE_LE = 8,  /* it is UTF-16: what stands beside it is, too */
	MATCH_WIDE_BE = 16
};

struct match;

struct match *match_new(void); /* NULL: out of memory */
void match_free(struct match *m);

/* match_add - one more string, copied. Its number, from 0 on, which is that of an earlier one with the same bytes and
 * flags; -1: out of memory. After match_ready none can be added. */
int64_t match_add(struct match *m, const void *bytes, size_t n, int flags);

/* match_ready - all are there. False: out of memory. */
bool match_ready(struct match *m);

size_t match_count(const struct match *m);
size_t match_length(const struct match *m, size_t i); /* of string i, bytes */
size_t match_longest(const struct match *m);

/* match_find - all strings that begin in a part of some bytes.
 *
 *   buf, n     the bytes; what is before or after them is taken for the ends of the stream
 *   from, to   in which of them a string may begin; it ends within n
 *   hit        is called with ctx, the string's number, and where it begins; not in order */
void match_find(const struct match *m, const unsigned char *buf, size_t n, size_t from, size_t to,
                void (*hit)(void *ctx, size_t string, size_t at), void *ctx);

#endif
