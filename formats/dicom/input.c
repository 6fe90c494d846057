#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/fd.h"

/* One unnamed file, to which one thread at a time unpacks; what was kept stays readable as long as the process runs. */
struct input_spool {
	struct input_spool *next; /* of those that nobody has taken */
	int fd;
	uint64_t start, end;      /* of the file being unpacked */
	bool holes_last;          /* `end` is behind what was written */
};

struct part {
	const char *name; /* first: what by_name looks at */
	int fd;
	uint64_t start, end;
	char text[];      /* the name, but for a key to look for */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct input_spool *idle;
static void *parts; /* of tsearch */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const struct part *find(const char *name)
{
	struct part *const *found = parts ? tfind(&name, &parts, by_name) : NULL;

	return found ? *found : NULL;
}

bool input_unpacked(const char *path)
{
	bool yes;

	pthread_mutex_lock(&lock);
	yes = find(path) != NULL;
	pthread_mutex_unlock(&lock);
	return yes;
}

int input_open(const char *path, uint64_t *start, uint64_t *end)
{
	const struct part *p;
	struct stat st;
	int fd;

	pthread_mutex_lock(&lock);
	p = find(path);
	if (p) {
		*start = p->start;
		*end = p->end;
		fd = fcntl(p->fd, F_DUPFD_CLOEXEC, 3);
	}
	pthread_mutex_unlock(&lock);
	if (p)
		return fd;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer shall not stop us */
	if (fd >= 0 && fstat(fd, &st) < 0) {
		int why = errno;

		close(fd);
		errno = why;
		return -1;
	}
	*start = 0;
	*end = fd >= 0 ? (uint64_t)st.st_size : 0;
	return fd;
}

int input_check_growth(const char *name, uint64_t out, uint64_t in, struct vol_err *err)
{
	if (out <= ((uint64_t)INPUT_FREE_MIB << 20) || (out - ((uint64_t)INPUT_FREE_MIB << 20)) / INPUT_RATIO <= in)
		return 0;
	return vol_fail(err, name, "unpacks to over %d MiB and %d times its own size: refused as a decompression bomb",
	                INPUT_FREE_MIB, INPUT_RATIO);
}

struct input_spool *input_spool_take(struct vol_err *err)
{
	struct input_spool *s;

	pthread_mutex_lock(&lock);
	s = idle;
	if (s)
		idle = s->next;
	pthread_mutex_unlock(&lock);
	if (s)
		return s;
	s = calloc(1, sizeof *s);
	if (!s) {
		vol_fail(err, "", "out of memory");
		return NULL;
	}
	s->fd = fd_unnamed(err);
	if (s->fd >= 0)
		return s;
	free(s);
	return NULL;
}

int input_spool_write(struct input_spool *s, const void *buf, size_t n, struct vol_err *err)
{
	size_t put = 0;

	while (put < n) {
		ssize_t w = pwrite(s->fd, (const char *)buf + put, n - put, (off_t)(s->end + put));

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return vol_fail_errno(err, "TMPDIR", "has no room to unpack to");
		put += (size_t)w;
	}
	s->end += n;
	s->holes_last = s->holes_last && n == 0;
	return 0;
}

void input_spool_hole(struct input_spool *s, uint64_t n)
{
	s->end += n;
	s->holes_last = true;
}

int input_spool_keep(struct input_spool *s, const char *name, struct vol_err *err)
{
	size_t n = strlen(name) + 1;
	struct part *p, **found = NULL;

	if (s->holes_last && ftruncate(s->fd, (off_t)s->end) < 0)
		return vol_fail_errno(err, "TMPDIR", "has no room to unpack to");
	p = malloc(sizeof *p + n);
	if (p) {
		*p = (struct part){.name = p->text, .fd = s->fd, .start = s->start, .end = s->end};
		memcpy(p->text, name, n);
		pthread_mutex_lock(&lock);
		found = tsearch(p, &parts, by_name);
		if (found && *found != p) { /* the same again */
			(*found)->fd = p->fd;
			(*found)->start = p->start;
			(*found)->end = p->end;
			free(p);
		}
		pthread_mutex_unlock(&lock);
	}
	if (!found) {
		free(p);
		return vol_fail(err, name, "out of memory");
	}
	s->start = s->end;
	s->holes_last = false;
	return 0;
}

void input_spool_drop(struct input_spool *s)
{
	/* room that a bomb took is given back at once; failing that, it goes with the process */
	if (s->end > s->start)
		(void)!ftruncate(s->fd, (off_t)s->start);
	s->end = s->start;
	s->holes_last = false;
}

void input_spool_give(struct input_spool *s)
{
	if (!s)
		return;
	input_spool_drop(s);
	pthread_mutex_lock(&lock);
	s->next = idle;
	idle = s;
	pthread_mutex_unlock(&lock);
}
