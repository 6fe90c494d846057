/* minc1.c - MINC 1: an image in a netCDF "classic" file.
 *
 * docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html has the grammar, which is small, and all
 * of it is checked here before it is believed. libminc reads such files too, but by way of a copy as MINC 2 in
 * TMPDIR. The file is mapped; everything in it is big-endian and in units of four bytes. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "minc.h"

enum nc_type { NC_BYTE = 1, NC_CHAR, NC_SHORT, NC_INT, NC_FLOAT, NC_DOUBLE };
enum { NC_DIMENSION = 10, NC_VARIABLE = 11, NC_ATTRIBUTE = 12, NC_DIMS_MAX = 1024 };

static const unsigned nc_size[] = {0, 1, 1, 2, 4, 4, 8};

/* The mapped file, and a place in it that never leaves it. */
struct cdf {
	const unsigned char *p;
	uint64_t size;
	uint64_t records;         /* length of the unlimited dimension */
	bool wide;                /* offsets have 64 bits: version 2 */
	uint64_t atts, vars;      /* where those lists start */
	uint32_t dims;
	uint64_t dim_size[NC_DIMS_MAX]; /* 0: unlimited */
	uint64_t dim_name[NC_DIMS_MAX]; /* where */
	uint64_t record_bytes;    /* of all variables that have records */
	bool cut;                 /* something that a variable should have is not in the file */
};

struct cursor {
	const struct cdf *c;
	uint64_t at;
	bool bad; /* went past the end, or met what the grammar does not have */
};

struct var {
	uint32_t dims;
	uint32_t dim[NC_DIMS_MAX];
	uint64_t atts;
	uint32_t type;
	uint64_t begin;
	bool record;              /* the first dimension is the unlimited one */
	uint64_t n;               /* numbers in it (in one record) */
};

static uint64_t big(const unsigned char *p, int n)
{
	uint64_t x = 0;

	for (int i = 0; i < n; i++)
		x = x << 8 | p[i];
	return x;
}

static uint64_t get(struct cursor *k, int n)
{
	uint64_t x;

	if (k->bad || k->at > k->c->size || k->c->size - k->at < (uint64_t)n) {
		k->bad = true;
		return 0;
	}
	x = big(k->c->p + k->at, n);
	k->at += (uint64_t)n;
	return x;
}

/* Past n bytes, padded to four. */
static void pass(struct cursor *k, uint64_t n)
{
	n = (n + 3) & ~(uint64_t)3;
	if (k->bad || k->at > k->c->size || k->c->size - k->at < n)
		k->bad = true;
	else
		k->at += n;
}

static uint64_t get_name(struct cursor *k)
{
	uint64_t at = k->at;

	pass(k, get(k, 4));
	return at;
}

static bool name_is(const struct cdf *c, uint64_t at, const char *name)
{
	uint64_t n = big(c->p + at, 4);

	return n == strlen(name) && memcmp(c->p + at + 4, name, n) == 0;
}

static void copy_text(const struct cdf *c, uint64_t at, uint64_t n, char *out, size_t size)
{
	if (n >= size)
		n = size - 1;
	memcpy(out, c->p + at, n);
	out[n] = '\0';
}

/* How many things a list has: its tag and number, both 0 when it is absent. */
static uint32_t get_list(struct cursor *k, uint32_t tag)
{
	uint32_t found = (uint32_t)get(k, 4), n = (uint32_t)get(k, 4);

	if ((found != tag && found != 0) || (found == 0 && n != 0))
		k->bad = true;
	return n;
}

/* ---- attributes ---- */

struct att {
	uint32_t type;
	uint64_t n, at; /* how many numbers, and where */
};

static uint64_t get_att(struct cursor *k, struct att *a)
{
	uint64_t name = get_name(k);

	a->type = (uint32_t)get(k, 4);
	a->n = get(k, 4);
	a->at = k->at;
	if (a->type < NC_BYTE || a->type > NC_DOUBLE)
		k->bad = true;
	else
		pass(k, a->n * nc_size[a->type]);
	return name;
}

static bool find_att(const struct cdf *c, uint64_t atts, const char *name, struct att *a)
{
	struct cursor k = {c, atts, false};
	uint32_t n = get_list(&k, NC_ATTRIBUTE);

	for (uint32_t i = 0; i < n && !k.bad; i++) {
		uint64_t at = get_att(&k, a);

		if (!k.bad && name_is(c, at, name))
			return true;
	}
	return false;
}

static void pass_atts(struct cursor *k)
{
	struct att a;

	for (uint32_t n = get_list(k, NC_ATTRIBUTE); n && !k->bad; n--)
		get_att(k, &a);
}

static double number(const struct cdf *c, uint64_t at, uint32_t type)
{
	uint64_t bits = big(c->p + at, (int)nc_size[type]);
	uint32_t low = (uint32_t)bits;
	float f;
	double d;

	switch (type) {
	case NC_BYTE: return (int8_t)bits;
	case NC_SHORT: return (int16_t)bits;
	case NC_INT: return (int32_t)low;
	case NC_FLOAT: memcpy(&f, &low, 4); return f;
	case NC_DOUBLE: memcpy(&d, &bits, 8); return d;
	default: return 0;
	}
}

/* Up to n numbers of an attribute; false when it has fewer, or is a text. */
static bool att_numbers(const struct cdf *c, uint64_t atts, const char *name, double *out, size_t n)
{
	struct att a;

	if (!find_att(c, atts, name, &a) || a.type == NC_CHAR || a.n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		out[i] = number(c, a.at + i * nc_size[a.type], a.type);
	return true;
}

/* A text, at most size-1 bytes; "" when there is none. */
static void att_text(const struct cdf *c, uint64_t atts, const char *name, char *out, size_t size)
{
	struct att a;

	out[0] = '\0';
	if (find_att(c, atts, name, &a) && a.type == NC_CHAR)
		copy_text(c, a.at, a.n, out, size);
}

/* ---- variables ---- */

static uint64_t get_var(struct cursor *k, struct var *v)
{
	uint64_t name = get_name(k), bytes = 1;

	v->dims = (uint32_t)get(k, 4);
	if (v->dims > NC_DIMS_MAX)
		k->bad = true;
	v->record = false;
	for (uint32_t i = 0; i < v->dims && !k->bad; i++) {
		uint64_t size;

		v->dim[i] = (uint32_t)get(k, 4);
		if (v->dim[i] >= k->c->dims) {
			k->bad = true;
			break;
		}
		size = k->c->dim_size[v->dim[i]];
		if (size == 0 && i == 0)
			v->record = true;
		else if (size == 0 || !size_mul(bytes, size, &bytes))
			k->bad = true;
	}
	v->n = bytes;
	v->atts = k->at;
	pass_atts(k);
	v->type = (uint32_t)get(k, 4);
	get(k, 4); /* its bytes, which follow from the dimensions */
	v->begin = get(k, k->c->wide ? 8 : 4);
	if (v->type < NC_BYTE || v->type > NC_DOUBLE || bytes > INT64_MAX / 8)
		k->bad = true;
	return name;
}

static bool find_var(const struct cdf *c, const char *name, struct var *v)
{
	struct cursor k = {c, c->vars, false};
	uint32_t n = get_list(&k, NC_VARIABLE);

	for (uint32_t i = 0; i < n && !k.bad; i++) {
		uint64_t at = get_var(&k, v);

		if (!k.bad && name_is(c, at, name))
			return true;
	}
	return false;
}

/* All records follow each other; in each, what every variable has of it, padded to four unless it is alone. */
static bool count_records(struct cdf *c, struct var *v)
{
	struct cursor k = {c, c->vars, false};
	uint32_t n = get_list(&k, NC_VARIABLE), found = 0;
	uint64_t padded = 0, alone = 0;

	for (uint32_t i = 0; i < n && !k.bad; i++) {
		get_var(&k, v);
		if (k.bad)
			break;
		if (!v->record) {
			c->cut = c->cut || v->begin > c->size || v->n * nc_size[v->type] > c->size - v->begin;
			continue;
		}
		alone = v->n * nc_size[v->type];
		padded += (alone + 3) & ~(uint64_t)3;
		found++;
		if (padded > INT64_MAX)
			return false;
	}
	c->record_bytes = found == 1 ? alone : padded;
	return !k.bad;
}

static int read_header(struct cdf *c, struct var *v, const char *subject, struct vol_err *err)
{
	struct cursor k = {c, 3, false};

	c->wide = get(&k, 1) == 2;
	c->records = get(&k, 4);
	c->dims = get_list(&k, NC_DIMENSION);
	if (c->dims > NC_DIMS_MAX)
		return vol_fail(err, subject, "has %u dimensions, more than netCDF allows", c->dims);
	for (uint32_t i = 0; i < c->dims; i++) {
		c->dim_name[i] = get_name(&k);
		c->dim_size[i] = get(&k, 4);
	}
	c->atts = k.at;
	pass_atts(&k);
	c->vars = k.at;
	if (k.bad || !count_records(c, v))
		return vol_fail(err, subject, "ends inside the netCDF header, or the header is damaged");
	return 0;
}

static uint64_t dim_length(const struct cdf *c, uint32_t dim)
{
	return c->dim_size[dim] ? c->dim_size[dim] : c->records;
}

/* Where number i of a variable is; false when that is not in the file. */
static bool locate(const struct cdf *c, const struct var *v, uint64_t i, uint64_t *at)
{
	uint64_t record = v->record ? i / v->n : 0, rest = v->record ? i % v->n : i, skip;
	unsigned size = nc_size[v->type];

	if (!size_mul(record, c->record_bytes, &skip) || skip > c->size || v->begin > c->size ||
	    rest * size > c->size || v->begin + skip + rest * size + size > c->size)
		return false;
	*at = v->begin + skip + rest * size;
	return true;
}

/* ---- what they say ---- */

/* The voxels of an open file. */
struct minc1 {
	struct cdf c;
	struct var image, other; /* `other`: room for one that is looked at */
	struct minc_file f;
	struct minc_walk w;
	uint64_t stride[MINC_DIMS]; /* bytes from one index to the next */
	const unsigned char *block;
	size_t left;              /* bytes of the block */
	char *name;
};

static int take_dim(struct minc1 *m, int d, struct vol_err *err)
{
	const struct cdf *c = &m->c;
	struct minc_dim *dim = &m->f.dim[d];
	struct var *v = &m->other;
	char text[MINC_NAME];
	uint32_t id = m->image.dim[d];
	bool start, step;

	copy_text(c, c->dim_name[id] + 4, big(c->p + c->dim_name[id], 4), dim->name, sizeof dim->name);
	dim->size = dim_length(c, id);
	dim->step = 1;
	for (int w = 0; w < 3; w++)
		dim->cosine[w] = dim->name[0] == 'x' + w;
	if (!find_var(c, dim->name, v))
		return 0;
	start = att_numbers(c, v->atts, "start", &dim->start, 1);
	step = att_numbers(c, v->atts, "step", &dim->step, 1);
	dim->stated = start || step;
	att_numbers(c, v->atts, "direction_cosines", dim->cosine, 3);
	att_text(c, v->atts, "units", dim->unit, sizeof dim->unit);
	att_text(c, v->atts, "spacing", text, sizeof text);
	dim->irregular = strcmp(text, "irregular") == 0 && v->dims == 1;
	if (!dim->irregular || strcmp(dim->name, "time") != 0 || v->dim[0] != id || v->type == NC_CHAR ||
	    dim->size > c->size)
		return 0;
	free(m->f.times);
	m->f.times = calloc(dim->size + 1, sizeof *m->f.times);
	if (!m->f.times)
		return vol_fail(err, m->name, "out of memory");
	for (uint64_t i = 0; i < dim->size; i++) {
		uint64_t at;

		if (!locate(c, v, i, &at))
			return vol_fail(err, m->name, "ends inside the times of its volumes");
		m->f.times[i] = number(c, at, v->type);
	}
	return 0;
}

static int take_type(struct minc1 *m, struct vol_err *err)
{
	static const enum voxel_type types[][2] = {
		[NC_BYTE] = {VOXEL_UINT8, VOXEL_INT8},    [NC_SHORT] = {VOXEL_UINT16, VOXEL_INT16},
		[NC_INT] = {VOXEL_UINT32, VOXEL_INT32},   [NC_FLOAT] = {VOXEL_FLOAT, VOXEL_FLOAT},
		[NC_DOUBLE] = {VOXEL_DOUBLE, VOXEL_DOUBLE},
	};
	struct minc_file *f = &m->f;
	uint64_t atts = m->image.atts;
	char sign[MINC_NAME];
	double swap;

	if (m->image.type == NC_CHAR)
		return vol_fail(err, m->name, "the image is of type char, which is text");
	att_text(&m->c, atts, "signtype", sign, sizeof sign);
	if (*sign && strcmp(sign, "signed__") != 0 && strcmp(sign, "unsigned") != 0)
		return vol_fail(err, m->name, "signtype is neither signed__ nor unsigned");
	/* unless it says so, bytes have no sign and all others have one */
	f->type = types[m->image.type][*sign ? sign[0] == 's' : m->image.type != NC_BYTE];
	f->big = true;
	voxel_is_integer(f->type, &f->valid[0], &f->valid[1]);
	if (!att_numbers(&m->c, atts, "valid_range", f->valid, 2)) {
		att_numbers(&m->c, atts, "valid_min", &f->valid[0], 1);
		att_numbers(&m->c, atts, "valid_max", &f->valid[1], 1);
	}
	if (f->valid[0] > f->valid[1]) {
		swap = f->valid[0];
		f->valid[0] = f->valid[1];
		f->valid[1] = swap;
	}
	return 0;
}

/* Which of the image's dimensions is the variable's i-th? -1: none. */
static int image_dim(const struct minc1 *m, const struct var *v, uint32_t i)
{
	for (int d = 0; d < m->f.dims; d++)
		if (m->image.dim[d] == v->dim[i])
			return d;
	return -1;
}

/* image-min or image-max, as a number for each index of the first range_dims dimensions of the image. */
static double *read_range(struct minc1 *m, const char *name, double otherwise, struct vol_err *err)
{
	const struct minc_file *f = &m->f;
	struct var *v = &m->other;
	bool found = find_var(&m->c, name, v);
	uint64_t n = 1, index, at;
	double *out;

	for (int d = 0; d < f->range_dims; d++)
		n *= f->dim[d].size;
	out = calloc(n, sizeof *out);
	if (!out)
		vol_fail(err, m->name, "out of memory");
	for (uint64_t i = 0; out && i < n; i++) {
		out[i] = otherwise;
		if (!found)
			continue;
		index = 0;
		for (uint32_t a = 0; a < v->dims; a++) {
			int d = image_dim(m, v, a);
			uint64_t inner = 1;

			for (int e = d + 1; e < f->range_dims; e++)
				inner *= f->dim[e].size;
			index = index * dim_length(&m->c, v->dim[a]) + i / inner % f->dim[d].size;
		}
		if (!locate(&m->c, v, index, &at)) {
			vol_fail(err, m->name, "%s is not whole", name);
			free(out);
			return NULL;
		}
		out[i] = number(&m->c, at, v->type);
	}
	return out;
}

static int take_ranges(struct minc1 *m, struct vol_err *err)
{
	static const char *const name[] = {"image-min", "image-max"};
	struct minc_file *f = &m->f;
	struct var *v = &m->other;
	int found = 0;

	for (int i = 0; i < 2; i++) {
		if (!find_var(&m->c, name[i], v))
			continue;
		found++;
		if (v->type == NC_CHAR)
			return vol_fail(err, m->name, "%s is text", name[i]);
		for (uint32_t a = 0; a < v->dims; a++) {
			int d = image_dim(m, v, a);

			if (d < 0)
				return vol_fail(err, m->name, "%s has a dimension that the image has not", name[i]);
			if (d >= f->range_dims)
				f->range_dims = d + 1;
		}
	}
	if (found < 2 && voxel_is_integer(f->type, NULL, NULL))
		vol_warn(m->name, "has no %s: as libminc has it, values go from 0 to 1", name[found]);
	f->lo = read_range(m, name[0], 0, err);
	f->hi = f->lo ? read_range(m, name[1], 1, err) : NULL;
	return f->hi ? 0 : -1;
}

/* A whole text; NULL when there is none, or memory runs out. */
static char *whole_text(const struct cdf *c, uint64_t atts, const char *name)
{
	struct att a;

	if (!find_att(c, atts, name, &a) || a.type != NC_CHAR)
		return NULL;
	return strndup((const char *)c->p + a.at, a.n);
}

static void take_texts(struct minc1 *m)
{
	char name[32], *text = NULL, *more;
	size_t n = 0, len;

	m->f.history = whole_text(&m->c, m->c.atts, "history");
	if (find_var(&m->c, "study", &m->other))
		att_text(&m->c, m->other.atts, "modality", m->f.modality, sizeof m->f.modality);
	if (!find_var(&m->c, "volpipe", &m->other))
		return;
	for (int i = 1; n < MINC_KEPT_MAX; i++) {
		snprintf(name, sizeof name, i > 1 ? MINC_KEPT_NAME "%d" : MINC_KEPT_NAME, i);
		more = whole_text(&m->c, m->other.atts, name);
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

/* All voxels must be there before any memory is taken for them. */
static int check_image(struct minc1 *m, struct vol_err *err)
{
	struct minc_file *f = &m->f;
	uint64_t n = m->image.n, at;

	if (m->image.record && !size_mul(n, m->c.records, &n))
		return vol_fail(err, m->name, "sizes overflow 64 bits");
	if (n == 0)
		return vol_fail(err, m->name, "has no voxels");
	if (!locate(&m->c, &m->image, n - 1, &at))
		return vol_fail(err, m->name, "is cut short: it has %llu bytes, fewer than its voxels need",
		                (unsigned long long)m->c.size);
	for (int d = f->dims - 1; d >= 0; d--)
		m->stride[d] = d == f->dims - 1 ? nc_size[m->image.type] : m->stride[d + 1] * f->dim[d + 1].size;
	if (m->image.record && f->dims > 0)
		m->stride[0] = m->c.record_bytes;
	return 0;
}

static int take_file(struct minc1 *m, struct vol_err *err)
{
	struct minc_file *f = &m->f;

	if (read_header(&m->c, &m->other, m->name, err) < 0)
		return -1;
	if (!find_var(&m->c, "image", &m->image))
		return vol_fail(err, m->name, "is a netCDF file, but no MINC file: it has no variable \"image\"");
	if (m->image.dims > MINC_DIMS)
		return vol_fail(err, m->name, "the image has %u dimensions", m->image.dims);
	f->dims = (int)m->image.dims;
	f->name = m->name;
	for (int d = 0; d < f->dims; d++)
		if (take_dim(m, d, err) < 0)
			return -1;
	if (check_image(m, err) < 0 || take_type(m, err) < 0 || take_ranges(m, err) < 0)
		return -1;
	/* a library that never wrote its last variable leaves such a file too */
	if (m->c.cut)
		vol_warn(m->name, "is cut short after its voxels");
	take_texts(m);
	return 0;
}

/* ---- voxels ---- */

static unsigned char *copy_block(const struct minc1 *m, int d, const unsigned char *from, const uint64_t start[],
                                 const uint64_t count[], unsigned char *out)
{
	size_t size = nc_size[m->image.type], run = size;
	int last = d;

	from += start[d] * m->stride[d];
	/* as many dimensions at once as lie without gaps */
	for (last = m->f.dims - 1; last >= d && m->stride[last] == run; last--) {
		run *= (size_t)count[last];
		if (count[last] != m->f.dim[last].size) {
			last--;
			break;
		}
	}
	if (last < d) {
		for (int i = d + 1; i < m->f.dims; i++)
			from += start[i] * m->stride[i];
		memcpy(out, from, run);
		return out + run;
	}
	for (uint64_t i = 0; i < count[d]; i++)
		out = copy_block(m, d + 1, from + i * m->stride[d], start, count, out);
	return out;
}

static int read_block(struct minc_file *f, const uint64_t start[], const uint64_t count[], void *buf,
                      struct vol_err *err)
{
	const struct minc1 *m = f->ctx;

	(void)err;
	copy_block(m, 0, m->c.p + m->image.begin, start, count, buf);
	return 0;
}

static ssize_t source_read(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	struct minc1 *m = ctx;
	unsigned char *out = buf;
	size_t done = 0;

	while (done < n) {
		size_t part;

		if (m->left == 0) {
			ssize_t got = minc_next(&m->w, &m->block, err);

			if (got < 0)
				return -1;
			if (got == 0)
				break;
			m->left = (size_t)got;
		}
		part = n - done < m->left ? n - done : m->left;
		memcpy(out + done, m->block, part);
		m->block += part;
		m->left -= part;
		done += part;
	}
	return (ssize_t)done;
}

static void source_close(void *ctx)
{
	struct minc1 *m = ctx;

	minc_walk_free(&m->w);
	minc_file_free(&m->f);
	if (m->c.p)
		munmap((void *)m->c.p, m->c.size);
	free(m->name);
	free(m);
}

static const struct vol_source source = {.read = source_read, .close = source_close};

static int map_file(struct minc1 *m, int fd, struct vol_err *err)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0)
		return vol_fail_errno(err, m->name, "cannot be read");
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return vol_fail_errno(err, m->name, "cannot be mapped");
	m->c.p = p;
	m->c.size = (uint64_t)st.st_size;
	return 0;
}

struct vol_in *minc1_open(int fd, char *name, struct vol_head *head, struct vol_err *err)
{
	struct minc1 *m = calloc(1, sizeof *m);
	struct vol_in *in;
	int rc;

	if (!m) {
		vol_fail(err, name, "out of memory");
		free(name);
		close(fd);
		return NULL;
	}
	m->name = name;
	m->f.read = read_block;
	m->f.ctx = m;
	rc = map_file(m, fd, err);
	close(fd);
	if (rc < 0 || take_file(m, err) < 0 || minc_plan(&m->f, head, &m->w, err) < 0) {
		source_close(m);
		return NULL;
	}
	in = vol_open_source(&source, m, m->name, head, true, err);
	if (!in)
		vol_head_free(head);
	return in;
}
