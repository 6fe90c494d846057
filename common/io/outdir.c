#include "outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "outfile.h"
#include "outfile_inside.h"

struct outdir {
	char *name;  /* as the user wrote it, without slashes at its end */
	char *final; /* with symbolic links resolved */
	char *temp;
	int fd;      /* of temp */
	int guard;
};

/* As the system call getdents64 gives it (getdents64(2)). */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

void outfile_remove_folder(const char *path)
{
	/* readdir would allocate, which a signal handler may not */
	static union {
		struct entry first;
		char bytes[16384];
	} list;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long got;

	if (fd < 0)
		return;
	for (bool some = true; some;) {
		some = false;
		lseek(fd, 0, SEEK_SET);
		while ((got = syscall(SYS_getdents64, fd, &list, sizeof list)) > 0)
			for (long at = 0; at < got;) {
				const struct entry *e = (const void *)(list.bytes + at);

				/* names that go while they are listed may hide others: look again */
				some = unlinkat(fd, e->name, 0) == 0 || some;
				at += e->length;
			}
	}
	close(fd);
	rmdir(path);
}

static void destroy(struct outdir *o)
{
	if (o->fd >= 0)
		close(o->fd);
	outfile_unguard(o->guard);
	free(o->name);
	free(o->final);
	free(o->temp);
	free(o);
}

/* Is anything in the way under the name? */
static int check_free(const char *path, int flags, struct vol_err *err)
{
	const struct dirent *e;
	bool empty = true;
	struct stat st;
	DIR *d;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : vol_fail_errno(err, path, "cannot be created");
	if (flags & OUTFILE_NO_CLOBBER)
		return vol_fail(err, path, "exists already");
	if (!S_ISDIR(st.st_mode))
		return vol_fail(err, path, "exists already, and is no folder");
	d = opendir(path);
	if (!d)
		return vol_fail_errno(err, path, "cannot be read");
	while (empty && (e = readdir(d)))
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	closedir(d);
	return empty ? 0 : vol_fail(err, path, "is a folder that is not empty: name a new one");
}

static int make_temp(struct outdir *o, struct vol_err *err)
{
	o->final = outfile_follow_links(o->name);
	o->temp = o->final ? outfile_temp_name(o->final) : NULL;
	if (!o->temp)
		return vol_fail_errno(err, o->name, "cannot be created");
	if (mkdir(o->temp, 0777) < 0)
		return vol_fail_errno(err, o->name, "cannot be created");
	o->guard = outfile_guard(o->temp);
	o->fd = open(o->temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->fd >= 0)
		return 0;
	vol_fail_errno(err, o->name, "cannot be created");
	rmdir(o->temp);
	return -1;
}

struct outdir *outdir_create(const char *path, int flags, struct vol_err *err)
{
	struct outdir *o = calloc(1, sizeof *o);
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (o)
		o->name = strndup(path, n);
	if (!o || !o->name) {
		free(o);
		vol_fail(err, path, "out of memory");
		return NULL;
	}
	o->fd = -1;
	o->guard = -1;
	outfile_watch_signals();
	if (check_free(o->name, flags, err) == 0 && make_temp(o, err) == 0)
		return o;
	destroy(o);
	return NULL;
}

const char *outdir_name(const struct outdir *o)
{
	return o->name;
}

const char *outdir_path(const struct outdir *o)
{
	return o->temp;
}

int outdir_open(struct outdir *o, const char *file, struct vol_err *err)
{
	int fd = openat(o->fd, file, O_CREAT | O_RDWR | O_CLOEXEC, 0666);

	if (fd < 0)
		vol_fail_errno(err, o->name, "a file in it cannot be created");
	return fd;
}

int outdir_commit(struct outdir *o, struct vol_err *err)
{
	(void)fsync(o->fd);
	/* over an empty folder too; one that has been filled meanwhile stays */
	if (rename(o->temp, o->final) < 0) {
		vol_fail_errno(err, o->name, "cannot be given its name");
		outdir_abandon(o);
		return -1;
	}
	outfile_sync_folder(o->final);
	destroy(o);
	return 0;
}

void outdir_abandon(struct outdir *o)
{
	if (!o)
		return;
	outfile_remove_folder(o->temp);
	destroy(o);
}
