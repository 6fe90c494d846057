/* SPDX-License-Identifier: BSD-2-Clause
 *
 * hammer - feed a program thousands of damaged files and see that it accepts or refuses each of
 * them in good order.
 *
 *   hammer -n 3000 -s 1 ct.vol mr.vol -- volinfo {}
 *
 * Each run takes one of the samples, damages it, writes it to a temporary file and starts the
 * command with {} replaced by its name (without {}: with the file as stdin). Exit 0 is fine; exit 1
 * is fine when stderr says why, each line starting with the program's name. Anything else, a
 * signal, a hang, too much memory, a sanitizer's report, is a failure: what fed the first twenty is
 * kept. Run i of a seed is the same whatever -j is. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { JOBS_MAX = 64, SAID_MAX = 16384, HEAD = 2048, KEPT_MAX = 20 };

static const char help[] =
	"hammer - feed a program damaged files\n"
	"\n"
	"usage: hammer [OPTION...] SAMPLE... -- COMMAND [ARG...]\n"
	"\n"
	"  -n COUNT        runs (1000)\n"
	"  -s SEED         (1)\n"
	"  -k DIR          where the first 20 failures' files and messages are kept (hammer.kept)\n"
	"  -T SECONDS      a run that takes longer hangs (10)\n"
	"  -M MB           a run that holds more memory fails (1024; 0: no limit)\n"
	"  -j JOBS         runs at a time (1)\n"
	"  --suffix .EXT   of the damaged file's name\n"
	"\n"
	"{} among the arguments stands for the damaged file; without it the file is stdin.\n";

struct sample {
	const char *name;
	uint8_t *p;
	size_t n;
};

/* job - one run under way: its process, the file it was given, what it has said. */
struct job {
	long run;
	pid_t pid;
	int err; /* read end of its stderr; -1: no more to come */
	bool ended, hung, grown;
	int status;
	long peak_kb;
	double deadline;
	char path[512];
	const struct sample *sample;
	uint8_t *data;
	size_t n;
	char said[SAID_MAX + 1];
	size_t said_n;
};

static struct {
	long runs, accepted, refused, failures;
	uint64_t seed;
	const char *keep, *suffix, *dir;
	double limit;
	long megabytes;
	int jobs;
	struct sample *sample;
	int samples;
	char **argv;
	const char *program; /* the command's name without its folder */
	bool by_name;        /* {} is among the arguments */
} h = {.runs = 1000,
       .seed = 1,
       .keep = "hammer.kept",
       .suffix = "",
       .limit = 10,
       .megabytes = 1024,
       .jobs = 1};

_Noreturn static void die(const char *subject, const char *what)
{
	fprintf(stderr, "hammer: %s: %s\n", subject, what);
	exit(2);
}

static void *xalloc(size_t n)
{
	void *p = calloc(n ? n : 1, 1);

	if (!p)
		die("memory", "exhausted");
	return p;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The next number of a run's own sequence. */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* A place in n bytes, half of the time among the first, where headers live. */
static size_t place(uint64_t *state, size_t n)
{
	size_t reach = draw(state) & 1 && n > HEAD ? HEAD : n;

	return n ? (size_t)(draw(state) % reach) : 0;
}

static void flip_bits(uint64_t *state, uint8_t *p, size_t n)
{
	for (uint64_t i = 1 + draw(state) % 8; i > 0 && n > 0; i--)
		p[place(state, n)] ^= (uint8_t)(1 << draw(state) % 8);
}

static void overwrite(uint64_t *state, uint8_t *p, size_t n)
{
	static const uint8_t nasty[] = {0x00, 0xff, 0x7f, 0x80};
	size_t at = place(state, n), len = 1 + draw(state) % 4;
	uint8_t v = nasty[draw(state) % sizeof nasty];

	for (size_t i = at; i < n && i < at + len; i++)
		p[i] = v;
}

/* A block of up to 256 bytes said twice; p has room for it. Returns the new length. */
static size_t repeat_block(uint64_t *state, uint8_t *p, size_t n)
{
	size_t at = place(state, n), len = 1 + draw(state) % 256;

	if (len > n - at)
		len = n - at;
	memmove(p + at + len, p + at, n - at);
	return n + len;
}

static size_t delete_block(uint64_t *state, uint8_t *p, size_t n)
{
	size_t at = place(state, n), len = 1 + draw(state) % 256;

	if (len > n - at)
		len = n - at;
	memmove(p + at, p + at + len, n - at - len);
	return n - len;
}

/* One to three kinds of damage to the job's copy of its sample. */
static void damage(struct job *j)
{
	uint64_t state = h.seed * 0x2545f4914f6cdd1du + (uint64_t)j->run;

	j->sample = &h.sample[draw(&state) % (uint64_t)h.samples];
	j->n = j->sample->n;
	j->data = xalloc(j->n + 3 * 256);
	if (j->n)
		memcpy(j->data, j->sample->p, j->n);
	for (uint64_t i = 1 + draw(&state) % 3; i > 0 && j->n > 0; i--) {
		switch (draw(&state) % 7) {
		case 0:
			j->n = place(&state, j->n);
			break;
		case 1:
		case 2:
			flip_bits(&state, j->data, j->n);
			break;
		case 3:
		case 4:
			overwrite(&state, j->data, j->n);
			break;
		case 5:
			j->n = repeat_block(&state, j->data, j->n);
			break;
		default:
			j->n = delete_block(&state, j->data, j->n);
		}
	}
}

static void write_file(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
	size_t at = 0;

	if (fd < 0)
		die(path, strerror(errno));
	while (at < n) {
		ssize_t done = write(fd, (const char *)p + at, n - at);

		if (done < 0)
			die(path, strerror(errno));
		at += (size_t)done;
	}
	if (close(fd))
		die(path, strerror(errno));
}

/* The command's arguments with each {} replaced. The caller's, by free_args. */
static char **make_args(const char *path)
{
	int n = 0;
	char **argv;

	while (h.argv[n])
		n++;
	argv = xalloc((size_t)(n + 1) * sizeof *argv);
	for (int i = 0; i < n; i++) {
		const char *hole = strstr(h.argv[i], "{}");
		char *made;

		if (asprintf(&made, "%.*s%s%s",
			     hole ? (int)(hole - h.argv[i]) : (int)strlen(h.argv[i]), h.argv[i],
			     hole ? path : "", hole ? hole + 2 : "") < 0)
			die("memory", "exhausted");
		argv[i] = made;
	}
	return argv;
}

static void free_args(char **argv)
{
	for (char **a = argv; *a; a++)
		free(*a);
	free(argv);
}

/* The command in a process group of its own, so that a hang takes its children with it. */
static pid_t spawn(const char *path, int in, int out, int err)
{
	char **argv = make_args(path);
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	pid_t pid;
	int failed;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_adddup2(&files, err, 2);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	failed = posix_spawnp(&pid, argv[0], &files, &attr, argv, environ);
	if (failed) {
		unlink(path);
		rmdir(h.dir);
		die(argv[0], strerror(failed));
	}
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	free_args(argv);
	return pid;
}

static void start(struct job *j, long run)
{
	int pipefd[2], null = open("/dev/null", O_RDWR | O_CLOEXEC), in = null;

	memset(j, 0, sizeof *j);
	j->run = run;
	snprintf(j->path, sizeof j->path, "%s/run%ld%s", h.dir, run, h.suffix);
	damage(j);
	write_file(j->path, j->data, j->n);
	if (null < 0 || pipe2(pipefd, O_CLOEXEC))
		die("pipe", strerror(errno));
	if (!h.by_name && (in = open(j->path, O_RDONLY | O_CLOEXEC)) < 0)
		die(j->path, strerror(errno));
	j->deadline = now() + h.limit;
	j->pid = spawn(j->path, in, null, pipefd[1]);
	close(pipefd[1]);
	if (in != null)
		close(in);
	close(null);
	fcntl(pipefd[0], F_SETFL, O_NONBLOCK);
	j->err = pipefd[0];
}

static void stop_listening(struct job *j)
{
	if (j->err >= 0)
		close(j->err);
	j->err = -1;
}

static void listen_to(struct job *j)
{
	char spill[4096];

	for (;;) {
		size_t room = SAID_MAX - j->said_n;
		ssize_t n = room ? read(j->err, j->said + j->said_n, room)
				 : read(j->err, spill, sizeof spill);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			stop_listening(j);
			return;
		}
		if (room)
			j->said_n += (size_t)n;
	}
}

/* Every line of stderr starts with the program's name, and there is one. */
static bool says_why(const struct job *j)
{
	size_t len = strlen(h.program);
	const char *p = j->said;

	if (!*p)
		return false;
	while (*p) {
		const char *end = strchr(p, '\n');

		if (strncmp(p, h.program, len) || p[len] != ':')
			return false;
		if (!end)
			return j->said_n == SAID_MAX;
		p = end + 1;
	}
	return true;
}

/* What is wrong with a run that has ended; NULL: nothing. */
static const char *judge(const struct job *j)
{
	static char why[64];
	int code = WEXITSTATUS(j->status);

	if (memmem(j->said, j->said_n, "Sanitizer", 9) ||
	    memmem(j->said, j->said_n, "runtime error:", 14))
		return "sanitizer report";
	if (j->hung)
		return "hangs";
	if (h.megabytes && (j->grown || j->peak_kb > h.megabytes * 1024)) {
		snprintf(why, sizeof why, "held %ld MB", j->peak_kb / 1024);
		return why;
	}
	if (WIFSIGNALED(j->status)) {
		snprintf(why, sizeof why, "signal %d", WTERMSIG(j->status));
		return why;
	}
	if (code > 1) {
		snprintf(why, sizeof why, "exit code %d", code);
		return why;
	}
	if (code == 1 && memchr(j->said, 0, j->said_n))
		return "exit 1, a NUL in its message";
	if (code == 1 && !says_why(j))
		return j->said_n ? "exit 1, a line without its name" : "exit 1, not a word why";
	return NULL;
}

static void keep(const struct job *j, const char *why)
{
	char path[600];

	if (mkdir(h.keep, 0777) && errno != EEXIST)
		die(h.keep, strerror(errno));
	snprintf(path, sizeof path, "%s/%llu-%ld%s", h.keep, (unsigned long long)h.seed, j->run,
		 h.suffix);
	write_file(path, j->data, j->n);
	fprintf(stderr, "hammer: %s: %s (from %s)\n", path, why, j->sample->name);
	snprintf(path, sizeof path, "%s/%llu-%ld.stderr", h.keep, (unsigned long long)h.seed,
		 j->run);
	write_file(path, j->said, j->said_n);
}

static void finish(struct job *j)
{
	const char *why = judge(j);

	if (why) {
		if (h.failures++ < KEPT_MAX)
			keep(j, why);
		else if (h.failures == KEPT_MAX + 1)
			fprintf(stderr, "hammer: more failures; only the first %d are kept\n",
				KEPT_MAX);
	} else if (WEXITSTATUS(j->status)) {
		h.refused++;
	} else {
		h.accepted++;
	}
	unlink(j->path);
	free(j->data);
	j->pid = 0;
}

/* Does the process hold more than it may? Asked while it runs, lest it take the machine with it; a
 * limit on address space would do, but not for programs built with a sanitizer, which reserve
 * terabytes. */
static bool too_large(const struct job *j)
{
	char path[64], text[128] = "";
	long pages = 0;
	int fd;

	snprintf(path, sizeof path, "/proc/%ld/statm", (long)j->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, text, sizeof text - 1) < 0 || sscanf(text, "%*s %ld", &pages) != 1)
		pages = 0;
	close(fd);
	return pages > h.megabytes * (1 << 20) / sysconf(_SC_PAGESIZE);
}

/* Collects what has happened to a job; kills it when its time is over or it has grown too large. */
static void attend(struct job *j)
{
	struct rusage use;

	if (j->err >= 0)
		listen_to(j);
	if (!j->ended && wait4(j->pid, &j->status, WNOHANG, &use) == j->pid) {
		j->ended = true;
		j->peak_kb = use.ru_maxrss;
	}
	if (!j->ended && !j->grown && h.megabytes)
		j->grown = too_large(j);
	if (!j->hung && !j->grown)
		j->hung = now() > j->deadline;
	if (j->hung || j->grown)
		kill(-j->pid, SIGKILL);
	if (j->ended && (j->hung || j->grown))
		stop_listening(j); /* a grandchild may hold the pipe for ever */
	if (j->ended && j->err < 0)
		finish(j);
}

/* Sleeps until a job says something, closes its stderr, or a moment has passed. */
static void wait_a_little(const struct job *job, int n)
{
	struct pollfd fd[JOBS_MAX];
	int fds = 0;
	bool silent = false;

	for (int i = 0; i < n; i++) {
		if (job[i].pid && job[i].err >= 0)
			fd[fds++] = (struct pollfd){.fd = job[i].err, .events = POLLIN};
		else if (job[i].pid)
			silent = true;
	}
	poll(fd, (nfds_t)fds, silent ? 1 : 100);
}

static void hammer(void)
{
	struct job *job = xalloc((size_t)h.jobs * sizeof *job);
	long run = 0;
	int busy = 0;

	while (run < h.runs || busy > 0) {
		for (int i = 0; i < h.jobs && run < h.runs; i++) {
			if (job[i].pid)
				continue;
			start(&job[i], run++);
			busy++;
		}
		wait_a_little(job, h.jobs);
		for (int i = 0; i < h.jobs; i++) {
			if (!job[i].pid)
				continue;
			attend(&job[i]);
			busy -= !job[i].pid;
		}
	}
	free(job);
}

static void load(struct sample *s, const char *name)
{
	FILE *f = fopen(name, "rb");
	struct stat st;

	if (!f || fstat(fileno(f), &st))
		die(name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		die(name, "not a file");
	s->name = name;
	s->n = (size_t)st.st_size;
	s->p = xalloc(s->n);
	if (fread(s->p, 1, s->n, f) != s->n)
		die(name, "cannot be read");
	fclose(f);
}

static double number(const char *opt, const char *arg, double lo, double hi)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end || !(v >= lo && v <= hi))
		die(opt, "wants a number in range");
	return v;
}

static void options(int argc, char **argv)
{
	static const struct option longs[] = {
		{"suffix", 1, 0, 'x'}, {"help", 0, 0, 'h'}, {0, 0, 0, 0}};
	int opt, dashes = 1;

	/* what follows -- is the command: getopt must not see it */
	while (dashes < argc && strcmp(argv[dashes], "--"))
		dashes++;
	while ((opt = getopt_long(dashes, argv, "n:s:k:T:M:j:", longs, NULL)) != -1) {
		switch (opt) {
		case 'n':
			h.runs = (long)number("-n", optarg, 1, 1e9);
			break;
		case 's':
			h.seed = (uint64_t)number("-s", optarg, 0, 4e9);
			break;
		case 'k':
			h.keep = optarg;
			break;
		case 'T':
			h.limit = number("-T", optarg, 0.01, 1e6);
			break;
		case 'M':
			h.megabytes = (long)number("-M", optarg, 0, 1e6);
			break;
		case 'j':
			h.jobs = (int)number("-j", optarg, 1, JOBS_MAX);
			break;
		case 'x':
			h.suffix = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			exit(2);
		}
	}
	if (dashes + 1 >= argc || optind >= dashes)
		die("usage", "hammer [OPTION...] SAMPLE... -- COMMAND [ARG...]");
	h.samples = dashes - optind;
	h.sample = xalloc((size_t)h.samples * sizeof *h.sample);
	for (int i = 0; i < h.samples; i++)
		load(&h.sample[i], argv[optind + i]);
	h.argv = argv + dashes + 1;
	h.program = strrchr(h.argv[0], '/') ? strrchr(h.argv[0], '/') + 1 : h.argv[0];
	for (char **a = h.argv; *a; a++)
		h.by_name |= strstr(*a, "{}") != NULL;
}

int main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	char dir[400];

	options(argc, argv);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	snprintf(dir, sizeof dir, "%s/hammer.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	h.dir = mkdtemp(dir);
	if (!h.dir)
		die(dir, strerror(errno));
	hammer();
	rmdir(h.dir);
	printf("hammer: %s: %ld runs, %ld accepted, %ld refused, %ld failures\n", h.program, h.runs,
	       h.accepted, h.refused, h.failures);
	for (int i = 0; i < h.samples; i++)
		free(h.sample[i].p);
	free(h.sample);
	return h.failures > 0;
}
