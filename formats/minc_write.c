#include "minc.h"
int minc_encode(struct vol_in *in, const struct vol_head *head, const char *path, const struct format_write *how,
                struct vol_err *err)
{
	(void)in; (void)head; (void)how;
	return vol_fail(err, path, "cannot be written yet");
}
