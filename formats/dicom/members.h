/* members.h - the members of a tar or zip archive, by libarchive. */
#ifndef DICOM_MEMBERS_H
#define DICOM_MEMBERS_H

#include "bytes.h"
#include "err.h"

/* So many bytes are kept of a file that is not DICOM: enough to see that, and one more than would be a bare preamble. */
enum { MEMBERS_OTHER = 133 };

struct members_of {
	const char *name;       /* of the archive, for messages */
	const char *path;       /* its members are PATH/MEMBER */
	struct bytes *tar;      /* a tar; NULL: a zip */
	int fd;                 /* the zip, from its first byte on; members_unpack closes it */
	int (*take)(void *ctx, const char *name);
	void *ctx;
};

/* members_unpack - see unpack_operand. */
int members_unpack(const struct members_of *source, struct vol_err *err);

#endif
