/* base64.h - bytes as text, RFC 4648, section 4: with padding, without line ends. */
#ifndef VOL_BASE64_H
#define VOL_BASE64_H

#include <stddef.h>

/* base64_print - n bytes as text of 4 characters for each 3 begun, with a zero after it. The caller's to free; NULL when
 * memory runs out. */
char *base64_print(const void *bytes, size_t n);

/* base64_take - the bytes that text stands for: *bytes is the caller's to free. How many; -1, nothing set, when it is no
 * such text or memory runs out. */
long base64_take(const char *text, unsigned char **bytes);

#endif
