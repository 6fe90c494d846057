#include "base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_print(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	char *text = malloc((n + 2) / 3 * 4 + 1), *to = text;

	for (size_t i = 0; text && i < n; i += 3) {
		size_t left = n - i;
		uint32_t three = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);

		*to++ = digits[three >> 18];
		*to++ = digits[three >> 12 & 63];
		*to++ = left > 1 ? digits[three >> 6 & 63] : '=';
		*to++ = left > 2 ? digits[three & 63] : '=';
	}
	if (text)
		*to = '\0';
	return text;
}

long base64_take(const char *text, unsigned char **bytes)
{
	size_t n = strlen(text), pad = n && text[n - 1] == '=' ? 1 + (n > 1 && text[n - 2] == '=') : 0, have = 0;
	unsigned char *out = n % 4 ? NULL : malloc(n / 4 * 3 + 1);
	uint32_t bits = 0;

	for (size_t i = 0; out && i < n; i++) {
		const char *digit = i < n - pad ? strchr(digits, text[i]) : digits;

		if (!digit) {
			free(out);
			return -1;
		}
		bits = bits << 6 | (uint32_t)(digit - digits);
		if (i % 4 == 3)
			for (int shift = 16; shift >= 0; shift -= 8)
				out[have++] = (unsigned char)(bits >> shift);
	}
	if (!out)
		return -1;
	*bytes = out;
	return (long)(have - pad);
}
