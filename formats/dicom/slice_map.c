#include "slice_map.h"

#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "io/fd.h"
#include "io/outfile.h"

enum { BLOCK = 64 }; /* of SHA-256 */

int slice_key_read(const char *path, struct slice_key *key, struct vol_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	char more;

	if (fd < 0)
		return vol_fail_errno(err, path, "cannot be opened");
	got = fd_read(fd, key->bytes, sizeof key->bytes, path, err);
	if (got == (ssize_t)sizeof key->bytes && fd_read(fd, &more, 1, path, err) != 0)
		got = vol_fail(err, path, "is no key: it has more than %d bytes", SLICE_KEY_MOST);
	close(fd);
	if (got < 0)
		return -1;
	if (got < SLICE_KEY_LEAST)
		return vol_fail(err, path, "is no key: it has %zd bytes, and %d are the least", got, SLICE_KEY_LEAST);
	key->n = (size_t)got;
	return 0;
}

int slice_key_random(struct slice_key *key, struct vol_err *err)
{
	key->n = SHA256_DIGEST_LENGTH;
	if (getrandom(key->bytes, key->n, 0) == (ssize_t)key->n)
		return 0;
	return vol_fail_errno(err, "", "no random numbers to be had");
}

static void sha256(const uint8_t pad[BLOCK], const void *bytes, size_t n, uint8_t sum[SHA256_DIGEST_LENGTH])
{
	SHA2_CTX sha;

	SHA256Init(&sha);
	if (pad)
		SHA256Update(&sha, pad, BLOCK);
	SHA256Update(&sha, bytes, n);
	SHA256Final(sum, &sha);
}

void slice_hash(const struct slice_key *key, const char *uid, char hex[33])
{
	uint8_t k[BLOCK] = {0}, inner[BLOCK], outer[BLOCK], sum[SHA256_DIGEST_LENGTH];

	if (key->n > BLOCK)
		sha256(NULL, key->bytes, key->n, k);
	else
		memcpy(k, key->bytes, key->n);
	for (int i = 0; i < BLOCK; i++) {
		inner[i] = k[i] ^ 0x36;
		outer[i] = k[i] ^ 0x5c;
	}
	sha256(inner, uid, strlen(uid), sum);
	sha256(outer, sum, sizeof sum, sum);
	for (int i = 0; i < 16; i++)
		sprintf(hex + 2 * i, "%02x", sum[i]);
}

/* The frame that a slice of the volume is; NULL: it was made of two. */
static const struct dicom_frame *frame_of(const struct dicom_one *one, size_t volume, size_t slice, size_t volumes)
{
	const struct straight *plan = &one->straight;
	size_t each = one->series->n_frames / volumes, i = slice;

	if (plan->m) {
		if (plan->weight[slice] > 0)
			return NULL;
		i = plan->below[slice];
	}
	return &one->set.frames[one->series->frame[volume * each + i]];
}

static void print_slice(FILE *f, const struct dicom_one *one, const struct vol_head *head,
                        const struct slice_key *key, size_t volume, size_t slice)
{
	const struct dicom_frame *frame = frame_of(one, volume, slice, head->list ? (size_t)head->list : 1);
	const char *uid = frame ? one->set.files[frame->file].sop_uid : NULL;
	char hex[33], mm[3][32];

	for (int k = 0; k < 3; k++)
		vol_number(mm[k], 0 + (head->grid.origin[k] + (double)slice * head->grid.direction[2][k]));
	if (uid && key) {
		slice_hash(key, uid, hex);
		uid = hex;
	}
	fprintf(f, "%zu\t%zu\t", volume, slice);
	if (frame)
		fprintf(f, "%u", frame->number ? frame->number : 1);
	fprintf(f, "\t%s\t%s\t%s\t%s\n", mm[0], mm[1], mm[2], uid ? uid : "");
}

struct outfile *slice_map_open(const char *path, const struct dicom_one *one, const struct vol_head *head,
                               const struct slice_key *key, int flags, struct vol_err *err)
{
	struct outfile *o = outfile_create(path, flags, err);
	size_t volumes = head->list ? (size_t)head->list : 1, n;
	char *text = NULL;
	FILE *f = o ? open_memstream(&text, &n) : NULL;
	int rc = -1;

	if (f) {
		fprintf(f, "volume\tslice\tframe\tx\ty\tz\t%s\n", key ? "hash" : "uid");
		for (size_t v = 0; v < volumes; v++)
			for (size_t k = 0; k < head->grid.size[2]; k++)
				print_slice(f, one, head, key, v, k);
		rc = fclose(f) == 0 ? 0 : vol_fail(err, path, "out of memory");
	} else if (o) {
		vol_fail(err, path, "out of memory");
	}
	if (rc == 0 && outfile_write(o, text, n, err) == 0 && outfile_sync(o, err) == 0) {
		free(text);
		return o;
	}
	free(text);
	outfile_abandon(o);
	return NULL;
}
