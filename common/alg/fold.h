/* fold.h - which sample stands for one beyond the ends of a line. */
#ifndef ALG_FOLD_H
#define ALG_FOLD_H

enum fold_mode {
	FOLD_EDGE,    /* a a a | a b c d | d d d */
	FOLD_MIRROR,  /* d c b | a b c d | c b a */
	FOLD_REFLECT  /* c b a | a b c d | d c b */
};

/* fold - the index in 0..n-1 that index i of the line of n samples, continued so, has. */
static inline long fold(long i, long n, enum fold_mode mode)
{
	long period = mode == FOLD_MIRROR ? 2 * n - 2 : 2 * n;

	if (i >= 0 && i < n)
		return i;
	if (mode == FOLD_EDGE || n == 1)
		return i < 0 ? 0 : n - 1;
	i %= period;
	if (i < 0)
		i += period;
	if (i < n)
		return i;
	return mode == FOLD_MIRROR ? period - i : period - 1 - i;
}

#endif
