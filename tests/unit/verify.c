/* format_write --verify: a format that spoils what it writes is found out, and its file goes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format.h"
#include "io/keys.h"
#include "io/vol.h"
#include "tap.h"

static char told[1024];

static void listen(enum vol_message kind, const char *subject, const char *what)
{
	(void)subject;
	if (kind == VOL_TOLD)
		snprintf(told, sizeof told, "%s", what);
}

/* A vol stream for a format, and what becomes of it on the disk. */
static enum { NOTHING, VOXEL, ORIGIN, SLOPE, SHORT, WIDER } damage;

static int encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
                  struct vol_err *err)
{
	struct vol_head h;
	struct vol_out *out;
	int rc;

	(void)how;
	if (vol_head_copy(&h, head, err) < 0)
		return -1;
	if (damage == ORIGIN)
		h.grid.origin[1] += 0.02;
	if (damage == SLOPE)
		key_set(&h, err, "rescale", "2 -1023");
	if (damage == WIDER)
		h.type = VOXEL_INT16;
	out = vol_create(path, 0, &h, err);
	if (damage == WIDER) {
		struct vol_slab slab;

		while (vol_next(in, &slab, err) > 0)
			for (size_t i = 0; i < slab.n; i++)
				vol_put(out, &(int16_t){((const uint8_t *)slab.voxels)[i]}, 2, err);
		rc = vol_finish(out, err);
	} else {
		rc = vol_copy(in, out, err) < 0 ? -1 : vol_finish(out, err);
	}
	if (rc == 0 && (damage == VOXEL || damage == SHORT)) {
		FILE *f = fopen(path, "r+");

		fseek(f, -3, SEEK_END);
		if (damage == VOXEL)
			fputc(99, f);
		else if (ftruncate(fileno(f), ftell(f)) < 0)
			rc = -1;
		fclose(f);
	}
	vol_head_free(&h);
	return rc;
}

static const char *const suffixes[] = {".vol", NULL};
static const struct vol_format fake = {.name = "fake", .suffixes = suffixes, .decode = vol_open, .encode = encode};

static void check(const char *name, const char *wrong)
{
	static const struct format_write how = {.verify = true};
	struct vol_head head;
	struct vol_err err = {"", ""};
	struct vol_in *in = vol_open("given.vol", &head, &err);
	int rc = in ? format_write(&fake, in, &head, "made.vol", &how, &err) : -2;

	damage = NOTHING;
	is_int(rc, wrong ? -1 : 0, "%s", name);
	ok(wrong ? strstr(err.what, wrong) != NULL : strstr(told, "verified: 60 voxels are the same") != NULL, "... %s",
	   wrong ? err.what : told);
	is_int(access("made.vol", F_OK), wrong ? -1 : 0, "... the file is %s", wrong ? "gone" : "there");
	vol_close(in);
	vol_head_free(&head);
	told[0] = '\0';
	unlink("made.vol");
}

int main(void)
{
	struct vol_head head;
	struct vol_err err;
	struct vol_out *out;
	char folder[] = "/tmp/volpipe.XXXXXX";
	uint8_t voxels[60];

	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 1;
	vol_message_hook = listen;
	vol_head_init(&head);
	head.type = VOXEL_UINT8;
	head.grid = (struct vol_grid){{5, 4, 3}, {{1, 0, 0}, {0, 1, 0}, {0, 0, 2}}, {1, 2, 3}};
	key_set(&head, &err, "unit", "stored");
	key_set(&head, &err, "rescale", "2 -1024");
	for (int i = 0; i < 60; i++)
		voxels[i] = (uint8_t)(4 * i);
	out = vol_create("given.vol", 0, &head, &err);
	ok(out && vol_put(out, voxels, 60, &err) == 0 && vol_finish(out, &err) == 0, "a volume");
	damage = NOTHING;
	check("what is written well", NULL);
	damage = WIDER;
	check("in a wider type", NULL);
	damage = VOXEL;
	check("a voxel that changed", "voxels are not the ones given");
	damage = ORIGIN;
	check("an origin that moved", "mm off");
	damage = SLOPE;
	check("another intercept", "values are 2 v -1023");
	damage = SHORT;
	check("a file that lost its end", "ends");
	unlink("given.vol");
	vol_head_free(&head);
	return chdir("/") < 0 || rmdir(folder) < 0 ? 1 : done();
}
