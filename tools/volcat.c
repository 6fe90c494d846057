/* volcat - volumes one after the other: as entries of a list, or slabs as one stack of slices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "format.h"
#include "io/entries.h"
#include "io/keys.h"
#include "io/outfile.h"
#include "io/vol.h"

enum { LIST, Z };

static const char *const axes[] = {"list", "z", NULL};
static int axis;
static const char *values;

static const struct cli_opt opts[] = {
	{.name = "axis", .type = CLI_CHOICE, .value = &axis, .arg = "AXIS", .choices = axes,
	 .help = "make a list of them, or one stack of slices"},
	{.name = "values", .type = CLI_STRING, .value = &values, .arg = "TEXT",
	 .help = "what the list is: name, unit and a value for each volume, such as 'echo ms 4.9 7.4'"},
	{0},
};

static const struct cli_tool tool = {
	.name = "volcat",
	.purpose = "join volumes to a list (times, echoes), or slabs to one stack of slices",
	.operands = "IN...",
	.min_operands = 1,
	.max_operands = -1,
	.wants = CLI_OUTPUT | CLI_PROGRESS,
	.opts = opts,
	.example = "volcat --values 'time s 0 2.5' hu.vol hu.vol -o two.vol",
	.see_also = "volsplit(1), volresample(1), volcast(1), volcrop(1), volstream(5)",
};

struct part {
	struct vol_in *in;
	struct vol_slab slab;
	size_t used;           /* numbers of the slab that are written */
	uint64_t numbers;      /* of one entry */
	const char *path;
};

struct job {
	size_t n;              /* parts */
	struct part *part;
	struct vol_head *head; /* of the parts */
	const char **name;
	size_t size;           /* bytes of a number */
	uint64_t done, total;  /* bytes */
};

/* The next n numbers of a part. */
static int copy(struct job *j, struct part *p, uint64_t n, struct vol_out *out, struct vol_err *err)
{
	while (n) {
		size_t take;

		if (p->used == p->slab.n) {
			p->used = 0;
			if (vol_next(p->in, &p->slab, err) <= 0)
				return -1;
		}
		take = n < p->slab.n - p->used ? (size_t)n : p->slab.n - p->used;
		if (vol_put(out, (const char *)p->slab.voxels + p->used * j->size, take * j->size, err) < 0)
			return -1;
		p->used += take;
		n -= take;
		j->done += take * j->size;
		cli_progress(NULL, j->done, j->total);
	}
	return 0;
}

static int reopen(struct job *j, size_t i, struct vol_err *err)
{
	struct part *p = &j->part[i];
	struct vol_head now;
	bool same;

	p->in = format_open(p->path, &now, err);
	if (!p->in)
		return -1;
	same = now.type == j->head[i].type && vol_head_bytes(&now) == vol_head_bytes(&j->head[i]) &&
	       strcmp(now.digest, j->head[i].digest) == 0;
	vol_head_free(&now);
	return same ? 0 : vol_fail(err, p->path, "has changed since its header was read");
}

/* Entry after entry, each slab by slab, or volume after volume: in the order of the result, and each
 * part in its own. */
static int copy_all(struct job *j, struct vol_out *out, struct vol_err *err)
{
	uint64_t entries = entries_in(&j->head[0]), rounds = axis == Z ? entries : 1;

	for (uint64_t e = 0; e < rounds; e++)
		for (size_t i = 0; i < j->n; i++) {
			struct part *p = &j->part[i];

			if (!p->in && reopen(j, i, err) < 0)
				return -1;
			if (copy(j, p, p->numbers * (axis == Z ? 1 : entries_in(&j->head[i])), out, err) < 0)
				return -1;
			if (e + 1 == rounds) {
				vol_close(p->in);
				p->in = NULL;
			}
		}
	return 0;
}

/* What was read, of all parts. */
static int history(const struct job *j, struct vol_head *head, struct vol_err *err)
{
	char *line = NULL;
	size_t len;
	FILE *f = open_memstream(&line, &len);
	int rc;

	if (!f)
		return vol_fail(err, "", "out of memory");
	fputs(cli_history(), f);
	for (size_t i = 0, said = 0; i < j->n; i++)
		if (j->head[i].digest[0])
			fprintf(f, "%s sha256:%s", said++ ? "" : "; read", j->head[i].digest);
	rc = fclose(f) == 0 ? key_history(head, line, err) : vol_fail(err, "", "out of memory");
	free(line);
	return rc;
}

static bool is_file(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int open_all(struct job *j, char **path, struct vol_err *err)
{
	for (size_t i = 0; i < j->n; i++) {
		struct part *p = &j->part[i];

		p->in = format_open(path[i], &j->head[i], err);
		if (!p->in)
			return -1;
		j->name[i] = strcmp(path[i], "-") == 0 ? "stdin" : path[i];
		p->path = path[i];
		/* until its voxels are due: hundreds of open files would need memory */
		if (is_file(path[i]) && (axis == LIST || entries_in(&j->head[i]) == 1)) {
			vol_close(p->in);
			p->in = NULL;
		}
		p->numbers = vol_head_bytes(&j->head[i]) / entries_in(&j->head[i]) / voxel_size(j->head[i].type);
	}
	return 0;
}

static int run(struct job *j, struct vol_head *head, struct vol_err *err)
{
	struct vol_out *out;

	if (entries_join(head, j->head, j->name, j->n, axis == Z, err) < 0 ||
	    (values && entries_set_axis(head, values, "--values", err) < 0) || history(j, head, err) < 0)
		return -1;
	j->size = voxel_size(head->type);
	j->total = vol_head_bytes(head);
	out = vol_create(cli.output, cli.no_clobber ? OUTFILE_NO_CLOBBER : 0, head, err);
	if (!out)
		return -1;
	if (copy_all(j, out, err) == 0)
		return vol_finish(out, err);
	vol_abandon(out);
	return -1;
}

static void check_command(char **operands)
{
	int from_stdin = 0;

	for (; *operands; operands++)
		from_stdin += strcmp(*operands, "-") == 0;
	if (from_stdin > 1)
		cli_usage("stdin can be one volume only");
	if (axis == Z && values)
		cli_usage("--values: a stack of slices has no list to give values to");
}

int main(int argc, char **argv)
{
	int n, rc = -1;
	char **operands = cli_parse(&tool, argc, argv, &n);
	struct job job = {.n = (size_t)n};
	struct vol_head head;
	struct vol_err err;

	check_command(operands);
	vol_head_init(&head);
	job.part = calloc(job.n, sizeof *job.part);
	job.head = calloc(job.n, sizeof *job.head);
	job.name = calloc(job.n, sizeof *job.name);
	if (!job.part || !job.head || !job.name)
		vol_fail(&err, "", "out of memory");
	else if (open_all(&job, operands, &err) == 0)
		rc = run(&job, &head, &err);
	for (size_t i = 0; i < job.n && job.part && job.head; i++) {
		vol_close(job.part[i].in);
		vol_head_free(&job.head[i]);
	}
	vol_head_free(&head);
	free(job.part);
	free(job.head);
	free(job.name);
	if (rc < 0)
		cli_fail(&err);
	return 0;
}
