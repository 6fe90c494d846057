/* volsplit - the volumes of a list axis (times, echoes, b-values), one by one. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "io/entries.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/pattern.h"
#include "io/vol.h"

static int entry = -1;

static const struct cli_opt opts[] = {
	{.letter = 'e', .name = "entry", .type = CLI_INT, .value = &entry, .arg = "N", .hi = INT_MAX, .how = true,
	 .help = "only this one, counted from 0; without it --output names a file for each, with {} (or "
	         "{:03d}) for the number"},
	{0},
};

static const struct cli_tool tool = {
	.name = "volsplit",
	.purpose = "take a volume with a list axis (times, echoes, b-values) apart",
	.operands = "[IN]",
	.max_operands = 1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volsplit -e 0 ct.vol -o first.vol",
	.see_also = "volcat(1), volinfo(1), volstream(5)",
};

struct job {
	struct vol_in *in;
	const char *name;
	struct vol_head head;    /* as it was read */
	uint64_t entries;
	uint64_t numbers;        /* of an entry: voxels times channels */
	size_t size;             /* bytes of a number */
	bool many;               /* a file for each */
	struct vol_out *out;     /* of the entry that comes */
	/* the end of the only entry, kept back until the input has proved sound */
	char *last;
	size_t last_bytes;
};

/* ---- names ---- */

/* Said of all files before the first is written (but a header may claim any number of them). */
static int refuse_existing(const struct job *j, struct vol_err *err)
{
	for (uint64_t i = 0; i < j->entries && i < 100000; i++) {
		char *path = pattern_name(cli.output, i, j->entries);
		bool there = path && access(path, F_OK) == 0;

		if (there || !path)
			vol_fail(err, path, path ? "exists already" : "out of memory");
		free(path);
		if (there || !path)
			return -1;
	}
	return 0;
}

/* ---- one entry ---- */

static int begin(struct job *j, uint64_t i, struct vol_err *err)
{
	bool named = pattern_has(cli.output);
	char *path = named ? pattern_name(cli.output, i, j->entries) : NULL, line[64], what[64], value[64];
	struct vol_head head;
	int rc = -1;

	if (named && !path)
		return vol_fail(err, j->name, "out of memory");
	if (entries_axis(&j->head, i, what, value))
		vol_note(path ? path : j->name, "entry %llu: %s %s", (unsigned long long)i, what, value);
	snprintf(line, sizeof line, "--entry %llu", (unsigned long long)i);
	if (vol_head_copy(&head, &j->head, err) == 0) {
		if (entries_take(&head, i, j->name, err) == 0 && key_history(&head, cli_history_of(line), err) == 0)
			j->out = vol_create(path ? path : cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, &head,
			                    err);
		rc = j->out ? 0 : -1;
		vol_head_free(&head);
	}
	free(path);
	return rc;
}

static int finish(struct job *j, struct vol_err *err)
{
	struct vol_out *out = j->out;

	j->out = NULL;
	return vol_finish(out, err);
}

/* A run of numbers that lies within entry i, `first` of it before them. */
static int take(struct job *j, uint64_t i, uint64_t first, const char *voxels, size_t n, struct vol_err *err)
{
	bool last = first + n == j->numbers;

	if (!j->many && i != (uint64_t)entry)
		return 0;
	if (first == 0 && begin(j, i, err) < 0)
		return -1;
	if (last && !j->many) {
		j->last_bytes = n * j->size;
		j->last = malloc(j->last_bytes);
		if (!j->last)
			return vol_fail(err, j->name, "out of memory");
		memcpy(j->last, voxels, j->last_bytes);
		return 0;
	}
	if (vol_put(j->out, voxels, n * j->size, err) < 0)
		return -1;
	return last ? finish(j, err) : 0;
}

/* ---- all ---- */

static int split(struct job *j, struct vol_err *err)
{
	struct vol_slab slab;
	uint64_t done = 0;
	int got;

	while ((got = vol_next(j->in, &slab, err)) > 0)
		for (size_t at = 0; at < slab.n;) {
			uint64_t first = done % j->numbers, left = j->numbers - first;
			size_t n = left < slab.n - at ? (size_t)left : slab.n - at;

			if (take(j, done / j->numbers, first, (const char *)slab.voxels + at * j->size, n, err) < 0)
				return -1;
			at += n;
			done += n;
		}
	if (got < 0 || j->many)
		return got;
	return vol_put(j->out, j->last, j->last_bytes, err) < 0 ? -1 : finish(j, err);
}

/* What there is to choose from, as far as a line will hold it. */
static int ask(const struct job *j, struct vol_err *err)
{
	char list[256] = "", what[64], value[64];
	size_t used = 0;

	for (uint64_t i = 0; i < j->entries && entries_axis(&j->head, i, what, value); i++) {
		if (used > 120) {
			snprintf(list + used, sizeof list - used, " ...");
			break;
		}
		used += (size_t)snprintf(list + used, sizeof list - used, "%s%s%s", used ? "" : " along ",
		                         used ? "" : what, used ? " " : ": ");
		used += (size_t)snprintf(list + used, sizeof list - used, "%s", value);
	}
	return vol_fail(err, j->name, "has %llu volumes%s; choose one with --entry 0 to %llu, or write all with "
	                              "--output 'NAME{}.vol'",
	                (unsigned long long)j->entries, list, (unsigned long long)j->entries - 1);
}

static int run(struct job *j, struct vol_err *err)
{
	j->entries = entries_in(&j->head);
	j->size = voxel_size(j->head.type);
	j->numbers = vol_head_bytes(&j->head) / j->entries / j->size;
	j->many = entry < 0 && pattern_has(cli.output);
	if (!j->many && entry < 0 && j->entries > 1)
		return ask(j, err);
	entry = !j->many && entry < 0 ? 0 : entry;
	if (!j->many && (uint64_t)entry >= j->entries)
		return vol_fail(err, j->name, "has no entry %d: the last of its %llu, counted from 0, is %llu", entry,
		                (unsigned long long)j->entries, (unsigned long long)j->entries - 1);
	if (j->many && cli.no_clobber && refuse_existing(j, err) < 0)
		return -1;
	vol_progress(j->in, cli_progress, NULL);
	return split(j, err);
}

int main(int argc, char **argv)
{
	int n, rc;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job job = {0};
	struct vol_err err;

	job.in = vol_open(operands[0], &job.head, &err);
	if (!job.in)
		cli_fail(&err);
	job.name = vol_in_name(job.in);
	rc = run(&job, &err);
	vol_abandon(job.out);
	free(job.last);
	vol_close(job.in);
	vol_head_free(&job.head);
	if (rc < 0)
		cli_fail(&err);
	return 0;
}
