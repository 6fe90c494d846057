/* Reading and writing gzip: formats/bytes.c, formats/inflate.c, formats/gzip_out.c. zlib's own
 * gzread and deflate are the independent side. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "bytes.h"
#include "gzip_out.h"
#include "tap.h"

static char dir[] = "/tmp/volpipe-gzip.XXXXXX";
static struct vol_err err;

/* Like CT: smooth, with noise in the low bits. */
static unsigned char *image(size_t n)
{
	unsigned char *p = malloc(n + 1);
	uint32_t seed = 1;

	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		p[i] = i & 1 ? (unsigned char)(i >> 14 & 3) : (unsigned char)((i >> 8 & 127) + (seed >> 28));
	}
	return p;
}

static char *name(const char *base)
{
	static char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, base);
	return path;
}

static void spit(const char *path, const void *buf, size_t n)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(buf, 1, n, f) != n || fclose(f) != 0)
		abort();
}

static unsigned char *slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	unsigned char *p = malloc(16 << 20);

	if (!f || !p)
		abort();
	*n = fread(p, 1, 16 << 20, f);
	fclose(f);
	return p;
}

/* One member by zlib, with whatever a header may hold. */
static size_t member(unsigned char *out, size_t size, const void *in, size_t n, bool decorated)
{
	z_stream z = {.next_in = (unsigned char *)in, .avail_in = (unsigned)n,
	              .next_out = out, .avail_out = (unsigned)size};
	gz_header h = {.time = 7, .extra = (Bytef *)"extra", .extra_len = 5, .name = (Bytef *)"a name",
	               .comment = (Bytef *)"a comment", .hcrc = 1};

	deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
	if (decorated)
		deflateSetHeader(&z, &h);
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return size - z.avail_out;
}

static int compress_to(const char *path, const unsigned char *p, size_t n, int level, int threads,
                       size_t step)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0666);
	struct gzip_out *g = gzip_out_new(fd, path, level, threads, &err);
	int rc = g ? 0 : -1;

	for (size_t at = 0; rc == 0 && at < n; at += step)
		rc = gzip_out_write(g, p + at, n - at < step ? n - at : step, &err);
	if (rc == 0)
		rc = gzip_out_finish(g, &err);
	close(fd);
	return rc;
}

static bool zlib_agrees(const char *path, const unsigned char *p, size_t n)
{
	unsigned char *got = malloc(n + 2);
	gzFile f = gzopen(path, "rb");
	int r = gzread(f, got, (unsigned)n + 1);
	bool same = r == (int)n && memcmp(got, p, n) == 0 && gzclose(f) == Z_OK;

	free(got);
	return same;
}

/* Read it all in steps; -1 with err, -2 when it differs from p. */
static int read_back(const char *path, const unsigned char *p, size_t n, size_t step, bool peek)
{
	struct bytes *b = bytes_open(path, &err);
	unsigned char *buf = malloc(step);
	const unsigned char *look;
	ssize_t got = b ? (ssize_t)step : -1;
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && got == (ssize_t)step) {
		if (peek && bytes_peek(b, &look, 1 + at % 5000, &err) < 0)
			got = -1;
		else
			got = bytes_read(b, buf, step, &err);
		if (got > 0 && (at + (size_t)got > n || memcmp(buf, p + at, (size_t)got) != 0))
			rc = -2;
		at += got > 0 ? (size_t)got : 0;
	}
	if (rc == 0)
		rc = got < 0 ? -1 : at != n ? -2 : bytes_end(b, &err);
	bytes_close(b);
	free(buf);
	return rc;
}

static void test_round_trip(void)
{
	static const size_t sizes[] = {0, 1, 100, 32768, (256 << 10) - 1, 256 << 10, (256 << 10) + 1,
	                               (1 << 20) + 17, 5 << 20};
	static const int levels[] = {1, 2, 3, 6, 9};
	unsigned char *p = image(5 << 20);

	for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
		bool whole = true, same = true, agreed = true, back = true;

		for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
			size_t n1, n2;
			unsigned char *one, *five;

			whole &= compress_to(name("1.gz"), p, sizes[s], levels[l], 1, 524288) == 0;
			agreed &= zlib_agrees(name("1.gz"), p, sizes[s]);
			back &= read_back(name("1.gz"), p, sizes[s], 524288, false) == 0;
			one = slurp(name("1.gz"), &n1);
			whole &= compress_to(name("5.gz"), p, sizes[s], levels[l], 5, 10001) == 0;
			five = slurp(name("5.gz"), &n2);
			same &= n1 == n2 && memcmp(one, five, n1) == 0;
			free(one);
			free(five);
		}
		ok(whole, "level %d: written", levels[l]);
		ok(agreed, "level %d: zlib reads the same", levels[l]);
		ok(back, "level %d: we read the same", levels[l]);
		ok(same, "level %d: the same bytes for one and for five threads, any cuts", levels[l]);
	}
	/* noise does not compress: blocks grow, and must still fit */
	for (size_t i = 0; i < 5 << 20; i++)
		p[i] = (unsigned char)(random() >> 7);
	for (int level = 1; level <= 9; level += 4)
		ok(compress_to(name("n.gz"), p, 5 << 20, level, 2, 524288) == 0 &&
		   zlib_agrees(name("n.gz"), p, 5 << 20), "level %d: noise", level);
	free(p);
}

static void test_members(void)
{
	size_t n = 300000, at = 0, size = 4 << 20;
	unsigned char *p = image(n), *z = malloc(size);
	static const size_t steps[] = {1, 7, 4096, 65536, 1 << 20};

	/* plain, decorated, empty, tiny ones */
	at += member(z + at, size - at, p, 100000, true);
	at += member(z + at, size - at, p, 0, false);
	at += member(z + at, size - at, p + 100000, 150000, true);
	for (size_t i = 250000; i < 250200; i++)
		at += member(z + at, size - at, p + i, 1, i & 1);
	at += member(z + at, size - at, p + 250200, n - 250200, false);
	spit(name("m.gz"), z, at);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		is_int(read_back(name("m.gz"), p, n, steps[i], false), 0, "205 members, steps of %zu", steps[i]);
		is_int(read_back(name("m.gz"), p, n, steps[i], true), 0, "... and peeking");
	}
	memset(z + at, 0, 700000);
	spit(name("m.gz"), z, at + 700000);
	is_int(read_back(name("m.gz"), p, n, 65536, false), 0, "zeros after the last member are padding");
	z[at + 699999] = 1;
	spit(name("m.gz"), z, at + 700000);
	is_int(read_back(name("m.gz"), p, n, 65536, false), -1, "other bytes are not");
	is_str(err.what, "other bytes follow after the gzip data", "... and it says so");
	spit(name("m.gz"), memcpy(z + at, "\x1f", 1) ? z : z, at + 1);
	is_int(read_back(name("m.gz"), p, n, 65536, false), -1, "half a magic is an error");
	free(p);
	free(z);
}

static void test_damage(void)
{
	size_t n = 5000, size = 65536;
	unsigned char *p = image(n), *z = malloc(size);
	size_t len = member(z, size, p, n, true);
	bool cut = true, never_wrong = true;
	int noticed = 0;

	for (size_t i = 2; i < len; i++) {
		spit(name("d.gz"), z, i);
		if (read_back(name("d.gz"), p, n, 512, false) == -1 &&
		    strcmp(err.what, "gzip data ends early") == 0)
			continue;
		if (cut)
			printf("# cut after %zu of %zu bytes: %s\n", i, len, err.what);
		cut = false;
	}
	ok(cut, "cut anywhere: ends early");
	/* the magic apart, which makes it another kind of file */
	for (size_t i = 16; i < 8 * len; i++) {
		z[i / 8] ^= (unsigned char)(1 << i % 8);
		spit(name("d.gz"), z, len);
		/* in one step, so that bytes only count once the checksum has been seen */
		int rc = read_back(name("d.gz"), p, n, 1 << 20, false);

		never_wrong &= rc != -2;
		noticed += rc != 0;
		z[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	ok(never_wrong, "a flipped bit never gives wrong bytes and a good end");
	ok(noticed > (int)(8 * (len - 60)), "flipped bits are noticed: %d of %zu", noticed, 8 * len);
	free(p);
	free(z);
}

static void test_row(void)
{
	size_t n = 200000, got, len;
	unsigned char *p = image(n), *z = malloc(400000), *out;
	const unsigned char *look;
	struct bytes *b;
	int fd;

	len = member(z, 400000, p, n, false);
	spit(name("r.gz"), z, len);
	spit(name("r.raw"), p, n);
	for (int gz = 0; gz < 2; gz++) {
		const char *path = gz ? "r.gz" : "r.raw";

		b = bytes_open(name(path), &err);
		is_int(bytes_compressed(b), gz, "%s: gzip is seen by content", path);
		is_int(bytes_peek(b, &look, 65536, &err), 65536, "peek");
		ok(memcmp(look, p, 65536) == 0, "... shows the start");
		is_int(bytes_skip(b, 1234, &err), 0, "skip a little");
		is_int(bytes_skip(b, 98766, &err), 0, "skip beyond what was peeked at");
		bytes_peek(b, &look, 10, &err);
		ok(memcmp(look, p + 100000, 10) == 0, "... and stand in the right place");
		fd = open(name("out"), O_CREAT | O_TRUNC | O_WRONLY, 0666);
		is_int(bytes_drain(b, fd, "out", 50000, &err), 50000, "drain a part");
		is_int(bytes_end(b, &err), 1, "not at the end");
		is_int(bytes_drain(b, fd, "out", 60000, &err), 50000, "drain asks for too much: what there is");
		is_int(bytes_end(b, &err), 0, "at the end");
		close(fd);
		out = slurp(name("out"), &got);
		ok(got == 100000 && memcmp(out, p + 100000, got) == 0, "the right bytes were drained");
		free(out);
		bytes_close(b);
		b = bytes_open(name(path), &err);
		bytes_skip(b, 10, &err);
		is_int(bytes_rest(b, &err), n - 10, "rest counts to the end");
		is_int(bytes_skip(b, 1, &err), -1, "skip beyond the end fails");
		bytes_close(b);
	}
	is_int(read_back(name("none"), p, n, 1, false), -1, "absent file");
	is_str(err.what, "cannot be opened: No such file or directory", "... says so");
	is_int(read_back(dir, p, n, 1, false), -1, "folder");
	is_str(err.what, "is a folder", "... says so");
	free(p);
	free(z);
}

/* A look at stdin, then stdin given to somebody else. */
static void test_keep(void)
{
	unsigned char *p = image(5000), buf[6000];
	const unsigned char *look;
	int ends[2];
	struct bytes *b;

	for (int file = 0; file < 2; file++) {
		spit(name("k"), p, 5000);
		if (file) {
			ends[0] = open(name("k"), O_RDONLY);
			lseek(ends[0], 1000, SEEK_SET);
		} else if (pipe(ends) < 0 || write(ends[1], p + 1000, 4000) != 4000 || close(ends[1]) < 0) {
			abort();
		}
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		b = bytes_open("-", &err);
		bytes_peek(b, &look, 512, &err);
		bytes_keep(b);
		b = bytes_open(NULL, &err);
		is_int(bytes_read(b, buf, sizeof buf, &err), 4000, "%s kept: all is there", file ? "file" : "pipe");
		ok(memcmp(buf, p + 1000, 4000) == 0, "... from where it stood");
		is_int(bytes_reopen(b), file, "reopen: only a file");
		if (!file)
			bytes_close(b);
	}
	free(p);
}

int main(void)
{
	char command[64];

	if (!mkdtemp(dir))
		return 1;
	test_round_trip();
	test_members();
	test_damage();
	test_row();
	test_keep();
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ok(system(command) == 0, "clean up");
	return done();
}
