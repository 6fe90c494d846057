#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd.h"
#include "outfile_inside.h"

enum kind { DIRECT, NAMED, UNNAMED };

struct outfile {
	enum kind kind;
	int fd;
	int flags;
	bool synced;
	bool regular;
	char *name;  /* as the user wrote it */
	char *final; /* with symbolic links resolved */
	char *temp;  /* NAMED, and UNNAMED while it replaces a file */
	int guard;   /* index into guarded[], -1 when none */
};

/* Temporary names that a fatal signal removes. Fixed storage: a signal handler may not allocate. */
enum { GUARDS = 8 };
static struct {
	atomic_bool used, armed;
	char path[PATH_MAX];
} guarded[GUARDS];

void outfile_unlink_all(void)
{
	for (int i = 0; i < GUARDS; i++)
		if (atomic_load(&guarded[i].armed) && unlink(guarded[i].path) < 0 && errno == EISDIR)
			outfile_remove_folder(guarded[i].path);
}

static void on_signal(int sig)
{
	outfile_unlink_all();
	signal(sig, SIG_DFL);
	raise(sig);
}

void outfile_watch_signals(void)
{
	static const int sigs[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
	struct sigaction act = {.sa_handler = on_signal}, old;

	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++)
		if (sigaction(sigs[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(sigs[i], &act, NULL);
}

int outfile_guard(const char *path)
{
	for (int i = 0; i < GUARDS; i++) {
		bool no = false;

		if (strlen(path) < sizeof guarded[i].path &&
		    atomic_compare_exchange_strong(&guarded[i].used, &no, true)) {
			strcpy(guarded[i].path, path);
			atomic_store(&guarded[i].armed, true);
			return i;
		}
	}
	return -1;
}

void outfile_unguard(int i)
{
	if (i < 0)
		return;
	atomic_store(&guarded[i].armed, false);
	atomic_store(&guarded[i].used, false);
}

static void destroy(struct outfile *o)
{
	if (o->kind != DIRECT && o->fd >= 0)
		close(o->fd);
	else if (o->kind == DIRECT && o->fd > 2)
		close(o->fd);
	outfile_unguard(o->guard);
	free(o->name);
	free(o->final);
	free(o->temp);
	free(o);
}

/* N makes several in one process differ. */
char *outfile_temp_name(const char *final)
{
	static atomic_uint count;
	const char *slash = strrchr(final, '/');
	int dir = slash ? (int)(slash - final + 1) : 0;
	char *temp;

	if (asprintf(&temp, "%.*s.%.200s.%ld-%u.tmp", dir, final, final + dir, (long)getpid(),
	             atomic_fetch_add(&count, 1)) < 0)
		return NULL;
	return temp;
}

static char *folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
}

static int open_unnamed(struct outfile *o)
{
	char *dir = folder(o->final);

	/* it gets its name through /proc: find out now that there is one */
	if (!dir || access("/proc/self/fd", X_OK) != 0) {
		free(dir);
		return -1;
	}
	o->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	free(dir);
	o->kind = UNNAMED;
	return o->fd < 0 ? -1 : 0;
}

static int open_named(struct outfile *o)
{
	o->kind = NAMED;
	o->temp = outfile_temp_name(o->final);
	if (!o->temp)
		return -1;
	o->guard = outfile_guard(o->temp);
	o->fd = open(o->temp, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
	if (o->fd < 0) {
		outfile_unguard(o->guard);
		o->guard = -1;
		return -1;
	}
	return 0;
}

char *outfile_follow_links(const char *path)
{
	char *now = strdup(path);

	for (int links = 0; now; links++) {
		char target[PATH_MAX], *next, *slash = strrchr(now, '/');
		ssize_t n = readlink(now, target, sizeof target - 1);

		if (n < 0 && (errno == EINVAL || errno == ENOENT)) /* no link, or nothing yet */
			return now;
		if (n < 0 || links == 40) {
			int why = n < 0 ? errno : ELOOP;

			free(now);
			errno = why;
			return NULL;
		}
		target[n] = '\0';
		if (target[0] == '/' || !slash)
			next = strdup(target);
		else if (asprintf(&next, "%.*s%s", (int)(slash - now + 1), now, target) < 0)
			next = NULL;
		free(now);
		now = next;
	}
	return NULL;
}

static int open_file(struct outfile *o, const char *path, struct vol_err *err)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return vol_fail(err, path, "is a folder");
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		o->fd = open(path, O_WRONLY | O_CLOEXEC);
		return o->fd < 0 ? vol_fail_errno(err, path, "cannot be opened for writing") : 0;
	}
	if (o->flags & OUTFILE_NO_CLOBBER && lstat(path, &st) == 0)
		return vol_fail(err, path, "exists already");
	o->regular = true;
	o->final = outfile_follow_links(path);
	if (!o->final)
		return vol_fail_errno(err, path, "cannot be created");
	if (open_unnamed(o) < 0 && open_named(o) < 0)
		return vol_fail_errno(err, path, "cannot be created");
	return 0;
}

int outfile_folders(const char *path, struct vol_err *err)
{
	char part[PATH_MAX];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t n = (size_t)(slash - path);

		if (n >= sizeof part)
			return vol_fail(err, path, "the name is too long");
		memcpy(part, path, n);
		part[n] = '\0';
		if (mkdir(part, 0777) < 0 && errno != EEXIST)
			return vol_fail_errno(err, part, "folder cannot be made");
	}
	return 0;
}

struct outfile *outfile_create(const char *path, int flags, struct vol_err *err)
{
	struct outfile *o = calloc(1, sizeof *o);
	bool to_stdout = !path || strcmp(path, "-") == 0;
	struct stat st;

	if (o)
		o->name = strdup(to_stdout ? "stdout" : path);
	if (!o || !o->name) {
		free(o);
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	o->fd = -1;
	o->guard = -1;
	o->flags = flags;
	outfile_watch_signals();
	if (to_stdout)
		o->fd = STDOUT_FILENO;
	else if (open_file(o, path, err) < 0)
		goto fail;
	if (o->kind == DIRECT) {
		if (flags & OUTFILE_BINARY && isatty(o->fd)) {
			vol_fail(err, o->name, "is a terminal: use -o FILE or a pipe");
			goto fail;
		}
		o->regular = fstat(o->fd, &st) == 0 && S_ISREG(st.st_mode);
		fd_widen(o->fd);
	}
	return o;
fail:
	destroy(o);
	return NULL;
}

int outfile_fd(const struct outfile *o)
{
	return o->fd;
}

const char *outfile_name(const struct outfile *o)
{
	return o->name;
}

bool outfile_is_file(const struct outfile *o)
{
	return o->regular;
}

size_t outfile_at_a_time(const struct outfile *o)
{
	return o->kind == UNNAMED ? SIZE_MAX : GUARDS;
}

int outfile_write(struct outfile *o, const void *buf, size_t n, struct vol_err *err)
{
	return fd_write(o->fd, buf, n, o->name, err);
}

int outfile_sync(struct outfile *o, struct vol_err *err)
{
	if (o->synced)
		return 0;
	/* EINVAL, EROFS: a pipe or a device that has nothing to sync */
	if (o->kind != DIRECT && fsync(o->fd) < 0 && errno != EINVAL && errno != EROFS)
		return vol_fail_errno(err, o->name, "cannot be written to disk");
	o->synced = true;
	return 0;
}

/* Turn the unnamed file into a named one: under the final name when that is free, else under a
 * temporary name that then replaces the final one. */
static int link_unnamed(struct outfile *o)
{
	char proc[64];

	snprintf(proc, sizeof proc, "/proc/self/fd/%d", o->fd);
	if (linkat(AT_FDCWD, proc, AT_FDCWD, o->final, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (errno != EEXIST || o->flags & OUTFILE_NO_CLOBBER)
		return -1;
	o->temp = outfile_temp_name(o->final);
	if (!o->temp)
		return -1;
	o->guard = outfile_guard(o->temp);
	if (linkat(AT_FDCWD, proc, AT_FDCWD, o->temp, AT_SYMLINK_FOLLOW) < 0)
		return -1;
	if (rename(o->temp, o->final) < 0) {
		unlink(o->temp);
		return -1;
	}
	return 0;
}

static int publish(struct outfile *o)
{
	if (o->kind == UNNAMED)
		return link_unnamed(o);
	if (o->flags & OUTFILE_NO_CLOBBER) {
		if (link(o->temp, o->final) < 0)
			return -1;
		return unlink(o->temp);
	}
	return rename(o->temp, o->final);
}

void outfile_sync_folder(const char *path)
{
	char *dir = folder(path);
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	free(dir);
}

int outfile_commit(struct outfile *o, struct vol_err *err)
{
	if (outfile_sync(o, err) < 0)
		goto fail;
	if (o->kind == DIRECT) {
		int fd = o->fd;

		/* close reports what a network file system kept back */
		o->fd = -1;
		if (close(fd) < 0) {
			vol_fail_errno(err, o->name, "cannot be closed");
			goto fail;
		}
	} else {
		if (publish(o) < 0) {
			vol_fail_errno(err, o->name, "cannot be given its name");
			goto fail;
		}
		outfile_sync_folder(o->final);
	}
	destroy(o);
	return 0;
fail:
	outfile_abandon(o);
	return -1;
}

int outfile_commit_both(struct outfile *voxels, struct outfile *header, struct vol_err *err)
{
	char *name = strdup(outfile_name(voxels));
	int rc = name ? 0 : vol_fail(err, outfile_name(voxels), "out of memory");

	if (rc == 0 && outfile_sync(voxels, err) == 0 && outfile_sync(header, err) == 0) {
		rc = outfile_commit(voxels, err);
		voxels = NULL;
		if (rc == 0) {
			rc = outfile_commit(header, err);
			header = NULL;
			if (rc < 0) /* voxels without a header are no volume */
				unlink(name);
		}
	} else {
		rc = -1;
	}
	outfile_abandon(voxels);
	outfile_abandon(header);
	free(name);
	return rc;
}

void outfile_abandon(struct outfile *o)
{
	if (!o)
		return;
	if (o->kind == NAMED && o->temp)
		unlink(o->temp);
	destroy(o);
}
