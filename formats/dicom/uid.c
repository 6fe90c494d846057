#include "uid.h"

#include <sha2.h>
#include <stdio.h>
#include <string.h>

char *dicom_uid(char uid[DICOM_UID], const uint8_t key[32], const char *what, uint64_t number)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	char text[32];
	SHA2_CTX sha;

	SHA256Init(&sha);
	SHA256Update(&sha, key, 32);
	SHA256Update(&sha, (const uint8_t *)what, strlen(what));
	snprintf(text, sizeof text, " %llu", (unsigned long long)number);
	SHA256Update(&sha, (const uint8_t *)text, strlen(text));
	SHA256Final(sum, &sha);
	sum[0] |= 0x80;
	sum[6] = (sum[6] & 0x0f) | 0x80;
	sum[8] = (sum[8] & 0x3f) | 0x80;
	strcpy(uid, "2.25.");
	uid[DICOM_UID - 1] = '\0';
	for (int digit = DICOM_UID - 2; digit >= 5; digit--) { /* from the last: the rest of division by ten */
		unsigned rest = 0;

		for (int i = 0; i < 16; i++) {
			rest = rest << 8 | sum[i];
			sum[i] = (uint8_t)(rest / 10);
			rest %= 10;
		}
		uid[digit] = (char)('0' + rest);
	}
	return uid;
}
