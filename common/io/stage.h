/* stage.h - the frame that most tools share: one stream in, one stream out. */
#ifndef VOL_STAGE_H
#define VOL_STAGE_H

#include "vol.h"

struct vol_stage {
	const char *in, *out;      /* paths; NULL or "-": stdin, stdout */
	int flags;                 /* enum outfile_flags */
	const char *history;       /* the line for key_history; NULL: head() adds its own */
	/* for vol_progress; NULL for none */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);

	/* head - turn the input's header, in place, into the result's: type, grid, list, keys. `in` is
	 * open and no voxel is taken; `head` is the one that opening gave. May read voxels where the
	 * result's shape depends on them. 0, or -1 with err. */
	int (*head)(void *ctx, struct vol_in *in, struct vol_head *head, struct vol_err *err);

	/* run - take all voxels of `in`, put all of the result. NULL: the voxels stay as they are. */
	int (*run)(void *ctx, struct vol_in *in, struct vol_out *out, struct vol_err *err);
};

/* vol_stage_run - open, head, history, create, run, finish. 0; -1 with err, and then nothing is
 * under the output's name. */
int vol_stage_run(const struct vol_stage *stage, void *ctx, struct vol_err *err);

/* vol_save - what a reader of an outside format opened, none of it taken yet, to a vol stream at path: vol.source where
 * there is none, the line of history, all voxels. path, flags: as for vol_create. 0; -1 with err, and then nothing is
 * under that name. */
int vol_save(struct vol_in *in, struct vol_head *head, const char *history, const char *path, int flags,
             struct vol_err *err);

/* What vol_each does with a run of numbers: n of them from src to dst. first: how many numbers of
 * the volume came before. 0, or -1 with err. */
typedef int vol_each_fn(void *ctx, const void *src, size_t n, uint64_t first, void *dst,
                        struct vol_err *err);

/* vol_each - a `run` for element-wise tools: all of in through work to out, in runs of any length,
 * in order. from, to: bytes of a number before and after. */
int vol_each(struct vol_in *in, size_t from, struct vol_out *out, size_t to, vol_each_fn *work,
             void *ctx, struct vol_err *err);

#endif
