/* inflate.h - the inflater of this build behind a few functions: ISA-L's where there is one, which is
 * twice as fast as zlib's, else zlib's. Which bytes come out, and what is an error, is the same. */
#ifndef VOL_INFLATE_H
#define VOL_INFLATE_H

#include <stddef.h>
#include <stdint.h>

struct inflater;

enum inflate_step {
	INFLATE_ON,         /* more to come: of input, or of output when there was no room */
	INFLATE_MEMBER_END, /* the gzip member is complete, its CRC and length are right; or the bare data is */
	INFLATE_BAD
};

struct inflater *inflater_new(void); /* NULL: out of memory */
void inflater_free(struct inflater *z);

/* inflater_member - the next byte of input is the first one of a gzip member. */
void inflater_member(struct inflater *z);

/* inflater_bare - the next byte of input is the first one of deflate data (RFC 1951) with nothing around it: at its end
 * no checksum is looked at. */
void inflater_bare(struct inflater *z);

/* inflater_zlib - the next byte of input is the first one of a zlib stream (RFC 1950); its end is told as a member's,
 * with the Adler-32 right. */
void inflater_zlib(struct inflater *z);

/* inflater_step - inflate from *in to *out, both advance. Stops when either is used up, or at the
 * end of the member. */
enum inflate_step inflater_step(struct inflater *z, const unsigned char **in, size_t n_in,
                                unsigned char **out, size_t n_out);

/* inflate_crc - the CRC-32 of gzip and zip: of what came before and n more bytes. 0 to begin with. */
uint32_t inflate_crc(uint32_t crc, const void *bytes, size_t n);

#endif
