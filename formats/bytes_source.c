#include "bytes_source.h"

#include "bytes.h"

static ssize_t read_bytes(void *ctx, void *buf, size_t n, struct vol_err *err)
{
	return bytes_read(ctx, buf, n, err);
}

static int64_t drain(void *ctx, int fd, const char *fd_name, uint64_t n, struct vol_err *err)
{
	return bytes_drain(ctx, fd, fd_name, n, err);
}

static int finish_exact(void *ctx, struct vol_err *err)
{
	int more = bytes_end(ctx, err);

	return more > 0 ? vol_fail(err, bytes_name(ctx), "bytes follow after the last voxel") : more;
}

/* To the end, where gzip keeps its checksum. */
static int finish_padded(void *ctx, struct vol_err *err)
{
	int64_t more = bytes_rest(ctx, err);

	if (more > 0)
		vol_note(bytes_name(ctx), "%lld bytes after the last voxel are left out", (long long)more);
	return more < 0 ? -1 : 0;
}

static void close_bytes(void *ctx)
{
	bytes_close(ctx);
}

const struct vol_source bytes_exact = {.read = read_bytes, .drain = drain, .finish = finish_exact, .close = close_bytes};
const struct vol_source bytes_padded = {.read = read_bytes, .drain = drain, .finish = finish_padded, .close = close_bytes};
