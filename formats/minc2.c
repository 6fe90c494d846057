/* minc2.c - MINC 2: an image in an HDF5 file, read by libminc.
 *
 * HDF5 is large and trusts its files: a damaged one can make it crash, loop, or ask for any amount of memory, and a
 * made one can have it open other files. So libminc runs in a child process that has nothing but the file and a
 * pipe, and limits on memory, time and open files. What it sends is a volume stream: the text of the header, then
 * the voxels. When it dies, it dies alone, and here that is an error. */
#include "minc_lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/fd.h"
#include "minc.h"
#include "minc2_pieces.h"

enum {
	CPU_SECONDS = 8,         /* for what takes a tenth of one: opening, a block */
	MEMORY = 64 << 20,       /* for HDF5 and pieces, beside blocks and what the file's own size justifies */
	SLICES_MORE = 1 << 16,   /* a file has no more slices than bytes and these */
	FILE_TIMES = 4,          /* so much memory, in sizes of the file */
	FIRST_FD = 5             /* the child has five descriptors, and libminc opens one */
};

/* What the child says beside its stream, in memory that both see. */
struct shared {
	struct vol_err err;
	bool failed;             /* err is filled */
	bool done;               /* all was sent */
	size_t text;             /* bytes of the header */
	bool plain, big;         /* the voxels are not sent: they lie in the file as in a stream, but for the byte order, */
	uint64_t at;             /* from here on */
	char digest[65];
};

int minc_lib_load(struct minc_lib *lib, const char *subject, struct vol_err *err)
{
	void *so = dlopen(MINC_SO, RTLD_NOW | RTLD_LOCAL);

	if (!so)
		return vol_fail(err, subject, "is MINC 2, which needs libminc: install %s (Debian: libminc2-5.3.0)", MINC_SO);
#define X(f) \
	*(void **)&lib->f = dlsym(so, #f); \
	if (!lib->f) \
		return vol_fail(err, subject, "%s has no function %s: it is another version", MINC_SO, #f);
	MINC_LIB_FUNCTIONS(X)
	MINC_LIB_HDF5_FUNCTIONS(X)
#undef X
	return 0;
}

/* ---- in the child: what the file says ---- */

struct minc2 {
	struct minc_lib lib;
	struct minc_file f;
	mihandle_t volume;
	mitype_t type;
	uint64_t file_bytes;
	struct minc2_pieces *pieces; /* NULL: libminc reads the voxels */
};

static int take_type(struct minc2 *m, struct vol_err *err)
{
	static const struct {
		mitype_t code;
		enum voxel_type type;
	} types[] = {{MI_TYPE_UBYTE, VOXEL_UINT8},   {MI_TYPE_BYTE, VOXEL_INT8}, {MI_TYPE_USHORT, VOXEL_UINT16},
	             {MI_TYPE_SHORT, VOXEL_INT16},   {MI_TYPE_UINT, VOXEL_UINT32}, {MI_TYPE_INT, VOXEL_INT32},
	             {MI_TYPE_FLOAT, VOXEL_FLOAT},   {MI_TYPE_DOUBLE, VOXEL_DOUBLE}};
	struct minc_file *f = &m->f;
	miclass_t class;

	if (m->lib.miget_data_type(m->volume, &m->type) < 0 || m->lib.miget_data_class(m->volume, &class) < 0)
		return vol_fail(err, f->name, "does not say what its voxels are");
	if (class == MI_CLASS_COMPLEX || (m->type >= MI_TYPE_SCOMPLEX && m->type <= MI_TYPE_DCOMPLEX))
		return vol_fail(err, f->name, "is complex: a volume stream has no such voxels");
	if (class != MI_CLASS_REAL && class != MI_CLASS_INT && class != MI_CLASS_LABEL)
		return vol_fail(err, f->name, "has records as voxels: a volume stream has numbers only");
	f->label = class == MI_CLASS_LABEL;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].code == m->type) {
			f->type = types[i].type;
			if (f->label && !voxel_is_integer(f->type, NULL, NULL))
				break;
			voxel_is_integer(f->type, &f->valid[0], &f->valid[1]);
			m->lib.miget_volume_valid_range(m->volume, &f->valid[1], &f->valid[0]);
			return 0;
		}
	return vol_fail(err, f->name, "has voxels of a type that a volume stream has not (libminc's %d)", m->type);
}

static void copy_name(char *to, const char *from)
{
	snprintf(to, MINC_NAME, "%s", from ? from : "");
}

static int take_dim(struct minc2 *m, midimhandle_t handle, struct minc_dim *dim, struct vol_err *err)
{
	miboolean_t irregular = 0;
	char *text = NULL;
	misize_t size;

	if (m->lib.miget_dimension_name(handle, &text) < 0 || m->lib.miget_dimension_size(handle, &size) < 0)
		return vol_fail(err, m->f.name, "has a dimension without name or length");
	copy_name(dim->name, text);
	dim->size = size;
	dim->stated = true; /* libminc does not tell */
	dim->step = 1;
	for (int w = 0; w < 3; w++)
		dim->cosine[w] = dim->name[0] == 'x' + w;
	text = NULL;
	if (m->lib.miget_dimension_units(handle, &text) >= 0)
		copy_name(dim->unit, text);
	m->lib.miget_dimension_start(handle, MI_ORDER_FILE, &dim->start);
	m->lib.miget_dimension_separation(handle, MI_ORDER_FILE, &dim->step);
	m->lib.miget_dimension_cosines(handle, dim->cosine);
	m->lib.miget_dimension_sampling_flag(handle, &irregular);
	dim->irregular = irregular;
	if (!dim->irregular || strcmp(dim->name, "time") != 0 || dim->size > 1 << 20)
		return 0;
	free(m->f.times);
	m->f.times = calloc(dim->size + 1, sizeof *m->f.times);
	if (!m->f.times)
		return vol_fail(err, m->f.name, "out of memory");
	if (m->lib.miget_dimension_offsets(handle, dim->size, 0, m->f.times) < 0)
		return vol_fail(err, m->f.name, "does not say the times of its volumes");
	return 0;
}

static int take_dims(struct minc2 *m, struct vol_err *err)
{
	midimhandle_t handle[MINC_DIMS];
	struct minc_file *f = &m->f;
	mivolumeprops_t props;
	int n = 0, edge[MINC_DIMS] = {0}, edges = 0;

	if (m->lib.miget_volume_dimension_count(m->volume, MI_DIMCLASS_ANY, MI_DIMATTR_ALL, &n) < 0 || n < 1 ||
	    n > MINC_DIMS)
		return vol_fail(err, f->name, "has %d dimensions", n);
	if (m->lib.miget_volume_dimensions(m->volume, MI_DIMCLASS_ANY, MI_DIMATTR_ALL, MI_DIMORDER_FILE, n, handle) != n)
		return vol_fail(err, f->name, "does not say what its dimensions are");
	f->dims = n;
	for (int d = 0; d < n; d++)
		if (take_dim(m, handle[d], &f->dim[d], err) < 0)
			return -1;
	if (m->lib.miget_volume_props(m->volume, &props) >= 0 &&
	    m->lib.miget_props_blocking(props, &edges, edge, MINC_DIMS) >= 0)
		for (int d = 0; d < n && d < edges; d++)
			f->chunk[d] = edge[d] > 0 ? (uint64_t)edge[d] : 0;
	return 0;
}

static bool has_voxel(struct minc2 *m, const misize_t at[])
{
	misize_t one[MINC_DIMS] = {1, 1, 1, 1, 1, 1, 1, 1};
	double number;

	return m->lib.miget_voxel_value_hyperslab(m->volume, m->type, at, one, &number) >= 0;
}

/* Where libminc finds no length of a dimension it gives whatever stood in memory, and says nothing. So the last voxel
 * must be there, and none after it. */
static int check_sizes(struct minc2 *m, struct vol_err *err)
{
	struct minc_file *f = &m->f;
	misize_t at[MINC_DIMS];
	bool some = true;

	for (int d = 0; d < f->dims; d++) {
		some = some && f->dim[d].size > 0;
		at[d] = f->dim[d].size - 1;
	}
	if (!some || !has_voxel(m, at))
		return vol_fail(err, f->name, "has no voxels where its dimensions end: it is damaged, or cut short");
	for (int d = 0; d < f->dims; d++) {
		at[d]++;
		if (has_voxel(m, at))
			return vol_fail(err, f->name, "has voxels beyond the length of %s: it is damaged", f->dim[d].name);
		at[d]--;
	}
	return 0;
}

static int take_ranges(struct minc2 *m, struct vol_err *err)
{
	struct minc_file *f = &m->f;
	misize_t at[MINC_DIMS] = {0};
	uint64_t n = 1;
	int inside = f->dims;

	if (!voxel_is_integer(f->type, NULL, NULL) || f->label)
		return 0;
	m->lib.miget_slice_dimension_count(m->volume, MI_DIMCLASS_ANY, MI_DIMATTR_ALL, &inside);
	f->range_dims = inside >= 0 && inside <= f->dims ? f->dims - inside : 0;
	for (int d = 0; d < f->range_dims; d++)
		if (!size_mul(n, f->dim[d].size, &n) || n > SIZE_MAX / sizeof(double))
			return vol_fail(err, f->name, "sizes overflow 64 bits");
	if (n > m->file_bytes + SLICES_MORE)
		return vol_fail(err, f->name, "is too small for its %llu slices: it is damaged", (unsigned long long)n);
	f->lo = calloc(n, sizeof *f->lo);
	f->hi = calloc(n, sizeof *f->hi);
	if (!f->lo || !f->hi)
		return vol_fail(err, f->name, "out of memory");
	for (uint64_t i = 0; i < n; i++) {
		uint64_t rest = i;

		for (int d = f->range_dims - 1; d >= 0; d--) {
			at[d] = rest % f->dim[d].size;
			rest /= f->dim[d].size;
		}
		if (m->lib.miget_slice_range(m->volume, at, (size_t)f->dims, &f->hi[i], &f->lo[i]) < 0)
			return vol_fail(err, f->name, "image-min or image-max is not whole");
	}
	return 0;
}

/* A text attribute; NULL when there is none. */
static char *get_text(struct minc2 *m, const char *path, const char *name)
{
	mitype_t type;
	size_t n;
	char *text;

	if (m->lib.miget_attr_type(m->volume, path, name, &type) < 0 || type != MI_TYPE_STRING ||
	    m->lib.miget_attr_length(m->volume, path, name, &n) < 0 || n > MINC_KEPT_MAX)
		return NULL;
	text = calloc(1, n + 2);
	if (text && m->lib.miget_attr_values(m->volume, MI_TYPE_STRING, path, name, n + 1, text) < 0) {
		free(text);
		return NULL;
	}
	return text;
}

static void take_kept(struct minc2 *m)
{
	char name[32], *text = NULL, *more;
	size_t n = 0, len;

	for (int i = 1; n < MINC_KEPT_MAX; i++) {
		snprintf(name, sizeof name, i > 1 ? MINC_KEPT_NAME "%d" : MINC_KEPT_NAME, i);
		more = get_text(m, "volpipe", name);
		if (!more)
			break;
		len = strlen(more);
		text = realloc(text, n + len + 1);
		if (text)
			memcpy(text + n, more, len + 1);
		n += len;
		free(more);
		if (!text)
			break;
	}
	m->f.kept = text;
}

static int take_labels(struct minc2 *m, struct vol_err *err)
{
	size_t len;
	FILE *out;
	int n = 0;

	if (!m->f.label || m->lib.miget_number_of_defined_labels(m->volume, &n) < 0 || n < 1)
		return 0;
	out = open_memstream(&m->f.labels, &len);
	if (!out)
		return vol_fail(err, m->f.name, "out of memory");
	for (int i = 0, written = 0; i < n; i++) {
		char *name = NULL;
		int value;

		/* 0 is the background, which needs no name */
		if (m->lib.miget_label_value_by_index(m->volume, i, &value) < 0 || value == 0 ||
		    m->lib.miget_label_name(m->volume, value, &name) < 0 || !name || strpbrk(name, "\n\r"))
			continue;
		fprintf(out, "%s%d %s", written++ ? "\n" : "", value, name);
	}
	return fclose(out) == 0 ? 0 : vol_fail(err, m->f.name, "out of memory");
}

static int read_block(struct minc_file *f, const uint64_t start[], const uint64_t count[], void *buf,
                      struct vol_err *err)
{
	struct minc2 *m = f->ctx;
	misize_t at[MINC_DIMS], n[MINC_DIMS];

	if (m->pieces && minc2_pieces_read(m->pieces, start, count, buf))
		return 0;
	for (int d = 0; d < f->dims; d++) {
		at[d] = start[d];
		n[d] = count[d];
	}
	if (m->lib.miget_voxel_value_hyperslab(m->volume, m->type, at, n, buf) < 0)
		return vol_fail(err, f->name, "its voxels cannot be read: the file is damaged, or cut short");
	return 0;
}

static int take_file(struct minc2 *m, struct vol_err *err)
{
	char *modality;

	if (m->lib.miopen_volume("/proc/self/fd/4", MI2_OPEN_READ, &m->volume) < 0)
		return vol_fail(err, m->f.name, "is HDF5, but libminc finds no MINC image in it: it is damaged, or something "
		                                "else");
	if (take_type(m, err) < 0 || take_dims(m, err) < 0 || check_sizes(m, err) < 0 ||
	    take_ranges(m, err) < 0 || take_labels(m, err) < 0)
		return -1;
	m->f.history = get_text(m, "", "history");
	modality = get_text(m, "study", "modality");
	copy_name(m->f.modality, modality);
	free(modality);
	take_kept(m);
	return 0;
}

/* ---- in the child: its limits ---- */

static void allow_cpu(void)
{
	setitimer(ITIMER_PROF, &(struct itimerval){.it_value.tv_sec = CPU_SECONDS}, NULL);
}

/* So much more memory than there is now. */
static void allow_memory(uint64_t more)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	rlim_t most;

	if (f && fscanf(f, "%lu", &pages) == 1 && pages) {
		most = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
		setrlimit(RLIMIT_AS, &(struct rlimit){most, RLIM_INFINITY});
	}
	if (f)
		fclose(f);
}

/* Descriptors: 0, 1 nothing, 2 messages (nothing, while libminc runs), 3 the pipe, 4 the file. */
static int settle(int file, int out)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGPROF};
	int high_file = fcntl(file, F_DUPFD, 64), high_out = fcntl(out, F_DUPFD, 64), nothing;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		signal(ends[i], SIG_DFL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	nothing = open("/dev/null", O_RDWR);
	if (high_file < 0 || high_out < 0 || nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 ||
	    dup2(high_out, 3) < 0 || dup2(high_file, 4) < 0)
		return -1;
	close_range(FIRST_FD, ~0U, 0);
	/* HDF5 would load code from folders that this names; libminc would leave a file behind when it gives up */
	setenv("TMPDIR", "/dev/null", 1);
	setenv("HOME", "/dev/null", 1); /* .mincrc */
	setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
	setenv("HDF5_PLUGIN_PRELOAD", "::", 1);
	return 0;
}

/* Its own messages would stand beside our error. Returns what stderr was, for speak(). */
static int hush(void)
{
	int was = fcntl(2, F_DUPFD, FIRST_FD);

	fflush(stderr);
	dup2(0, 2);
	return was;
}

static void speak(int was)
{
	fflush(stderr);
	dup2(was, 2);
	close(was);
}

/* A look past libminc at how the voxels lie in the file: one after the other, as they are in a stream, so that nobody has
 * to take them in hand; or in deflated pieces. */
static void find_voxels(struct minc2 *m, const struct minc_walk *w, uint64_t bytes, struct shared *s)
{
	const struct minc_lib *h = &m->lib;
	/* 0 is H5F_ACC_RDONLY, which as a macro calls into a library that is not linked */
	hid_t file = h->H5Fopen("/proc/self/fd/4", 0, 0);
	hid_t data = file >= 0 ? h->H5Dopen2(file, "/minc-2.0/image/0/image", 0) : -1;
	hid_t type = data >= 0 ? h->H5Dget_type(data) : -1;
	size_t size = voxel_size(m->f.type);
	H5T_order_t order;

	if (type < 0 || h->H5Tget_size(type) != size || h->H5Tget_precision(type) != 8 * size)
		return;
	order = h->H5Tget_order(type);
	if (minc_is_plain(w) && h->H5Dget_storage_size(data) == bytes) {
		s->at = h->H5Dget_offset(data); /* HADDR_UNDEF for pieces */
		s->big = size > 1 && order == H5T_ORDER_BE;
		s->plain = (size == 1 || order == H5T_ORDER_LE || s->big) && s->at <= m->file_bytes &&
		           bytes <= m->file_bytes - s->at;
	}
	if (!s->plain && (size == 1 || order == H5T_ORDER_LE))
		m->pieces = minc2_pieces_new(h, data, &m->f);
}

static int send_stream(struct minc2 *m, struct shared *s, struct vol_err *err)
{
	struct minc_walk w = {0};
	struct vol_head head;
	const unsigned char *p;
	char *text;
	size_t len;
	ssize_t got;

	if (minc_plan(&m->f, &head, &w, err) < 0 || vol_head_print(&head, NULL, &text, &len, err) < 0)
		return -1;
	memcpy(s->digest, head.digest, sizeof s->digest);
	s->text = len;
	/* HDF5 opens a file before it sees that it has it already; then there is none to open any more */
	close(hush());
	allow_cpu();
	find_voxels(m, &w, vol_head_bytes(&head), s);
	(void)!dup(0);
	if (fd_write(3, text, len, m->f.name, err) < 0)
		return -1;
	if (s->plain)
		return 0;
	allow_memory(MEMORY + minc_block_bytes(&w) + FILE_TIMES * m->file_bytes);
	for (allow_cpu(); (got = minc_next(&w, &p, err)) > 0; allow_cpu())
		if (fd_write(3, p, (size_t)got, m->f.name, err) < 0)
			return -1;
	return (int)got;
}

static _Noreturn void child(int file, int out, const char *name, struct shared *s)
{
	struct minc2 m = {.f.read = read_block, .f.name = name};
	struct stat st;
	int rc = -1, was;

	m.f.ctx = &m;
	if (settle(file, out) < 0 || fstat(4, &st) < 0) {
		vol_fail_errno(&s->err, name, "cannot be read");
	} else if (minc_lib_load(&m.lib, name, &s->err) == 0) {
		m.file_bytes = (uint64_t)st.st_size;
		was = hush();
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){FIRST_FD + 2, FIRST_FD + 2});
		allow_memory(MEMORY + FILE_TIMES * m.file_bytes);
		allow_cpu();
		rc = take_file(&m, &s->err);
		speak(was);
		if (rc == 0)
			rc = send_stream(&m, s, &s->err);
	}
	s->failed = rc < 0;
	s->done = rc == 0;
	_exit(rc == 0 ? 0 : 1);
}

/* ---- in the tool ---- */

struct reader {
	pid_t pid;
	int fd;                  /* the pipe */
	int file;                /* where the voxels are, from `at` on, if they do not come through the pipe; else -1 */
	off_t at;
	struct shared *shared;
	char *name;
};

static void reader_close(void *ctx)
{
	struct reader *r = ctx;

	if (r->fd >= 0)
		close(r->fd);
	if (r->file >= 0)
		close(r->file);
	if (r->pid > 0) {
		kill(r->pid, SIGKILL);
		while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (r->shared)
		munmap(r->shared, sizeof *r->shared);
	free(r->name);
	free(r);
}

/* The pipe is at its end: why? 0 when all came. */
static int child_ended(struct reader *r, struct vol_err *err)
{
	int status = 0;

	while (r->pid > 0 && waitpid(r->pid, &status, 0) < 0 && errno == EINTR)
		;
	r->pid = 0;
	if (r->shared->failed) {
		*err = r->shared->err;
		return -1;
	}
	if (r->shared->done)
		return 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF)
		return vol_fail(err, r->name, "keeps libminc busy without end: it is damaged");
	if (WIFSIGNALED(status))
		return vol_fail(err, r->name, "makes libminc crash (signal %d): it is damaged", WTERMSIG(status));
	return vol_fail(err, r->name, "makes libminc end early: it is damaged");
}

static ssize_t reader_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct reader *r = ctx;
	ssize_t got = fd_read(r->fd, buf, n, r->name, err);

	if (got >= 0 && (size_t)got < n && child_ended(r, err) < 0)
		return -1;
	return got;
}

static int64_t reader_drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	struct reader *r = ctx;
	int64_t got = fd_move(r->fd, NULL, fd, n, r->name, fd_name, err);

	if (got >= 0 && (uint64_t)got < n && child_ended(r, err) < 0)
		return -1;
	return got;
}

static int reader_finish(void *ctx, struct vol_err *err)
{
	char more;

	return reader_read(ctx, &more, 1, err) > 0 ? vol_fail(err, ((struct reader *)ctx)->name, "gives too many voxels")
	                                           : child_ended(ctx, err);
}

static const struct vol_source source = {reader_read, reader_drain, reader_finish, reader_close};

/* Of voxels that lie in the file as in a stream. */
static ssize_t plain_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct reader *r = ctx;
	ssize_t got = fd_pread(r->file, buf, n, r->at, r->name, err);

	if (got > 0)
		r->at += got;
	return got;
}

static int64_t plain_drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	struct reader *r = ctx;

	return fd_move(r->file, &r->at, fd, n, r->name, fd_name, err);
}

static const struct vol_source plain_source = {.read = plain_read, .drain = plain_drain, .close = reader_close};

static int start_child(struct reader *r, int file, struct vol_err *err)
{
	int ends[2];

	r->shared = mmap(NULL, sizeof *r->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r->shared == MAP_FAILED) {
		r->shared = NULL;
		return vol_fail_errno(err, r->name, "out of memory");
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return vol_fail_errno(err, r->name, "no pipe can be made");
	fd_widen(ends[0]);
	fflush(NULL);
	r->pid = fork();
	if (r->pid == 0)
		child(file, ends[1], r->name, r->shared);
	close(ends[1]);
	r->fd = ends[0];
	return r->pid < 0 ? vol_fail_errno(err, r->name, "no process can be started") : 0;
}

static int read_head(struct reader *r, struct vol_head *head, struct vol_err *err)
{
	struct nrrd_layout layout = {0};
	char *text, first;
	ssize_t got = reader_read(r, &first, 1, err);
	size_t n = r->shared->text;
	int rc;

	if (got <= 0)
		return got < 0 ? -1 : vol_fail(err, r->name, "has no header");
	text = malloc(n + 1);
	if (!text)
		return vol_fail(err, r->name, "out of memory");
	text[0] = first;
	rc = reader_read(r, text + 1, n - 1, err) < 0 ? -1 : 0;
	text[n] = '\0';
	if (rc == 0)
		rc = vol_head_parse_stream(text, n, head, &layout, r->name, err);
	free(text);
	nrrd_layout_free(&layout);
	if (rc == 0)
		memcpy(head->digest, r->shared->digest, sizeof head->digest);
	return rc;
}

/* HDF5 asks where a file is, and does not open one that has no name: give *fd one until it is open. `path` gets it,
 * "" where there was one. */
static int name_file(int *fd, char path[PATH_MAX], const char *subject, struct vol_err *err)
{
	const char *dir = getenv("TMPDIR");
	char from[64];
	struct stat st;
	int named, rc = -1;

	path[0] = '\0';
	if (fstat(*fd, &st) < 0 || st.st_nlink > 0)
		return 0;
	snprintf(from, sizeof from, "/proc/self/fd/%d", *fd);
	for (int i = 0; i < 100 && rc < 0; i++) {
		if (snprintf(path, PATH_MAX, "%s/volpipe-%ld-%d.mnc", dir && *dir ? dir : "/tmp", (long)getpid(), i) >= PATH_MAX)
			break;
		rc = linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
		if (rc < 0 && errno != EEXIST)
			break;
	}
	if (rc < 0) {
		path[0] = '\0';
		return vol_fail(err, subject, "MINC 2 cannot be read from a pipe or from gzip data here, as TMPDIR cannot hold "
		                              "files without a name: give an uncompressed file");
	}
	named = open(path, O_RDONLY | O_CLOEXEC);
	if (named < 0) {
		vol_fail_errno(err, path, "cannot be opened");
		unlink(path);
		path[0] = '\0';
		return -1;
	}
	close(*fd);
	*fd = named;
	return 0;
}

struct vol_in *minc2_open(int fd, char *name, struct vol_head *head, struct vol_err *err)
{
	struct reader *r = calloc(1, sizeof *r);
	char path[PATH_MAX];
	struct vol_in *in;
	int rc;

	if (!r) {
		vol_fail(err, name, "out of memory");
		free(name);
		close(fd);
		return NULL;
	}
	r->fd = r->file = -1;
	r->name = name;
	rc = name_file(&fd, path, name, err);
	if (rc == 0)
		rc = start_child(r, fd, err);
	if (rc == 0)
		rc = read_head(r, head, err);
	if (rc == 0 && r->shared->plain) {
		r->file = fd;
		r->at = (off_t)r->shared->at;
		rc = child_ended(r, err);
	} else {
		close(fd);
	}
	if (*path)
		unlink(path);
	if (rc < 0) {
		reader_close(r);
		return NULL;
	}
	in = vol_open_source(r->file >= 0 ? &plain_source : &source, r, r->name, head, r->file >= 0 && r->shared->big, err);
	if (!in)
		vol_head_free(head);
	return in;
}
