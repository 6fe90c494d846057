/* hdf5_out.h - the bytes of an HDF5 file that says what we want it to say, and nothing about the day, the host or the
 * user.
 *
 * docs.hdfgroup.org, "HDF5 File Format Specification 3.0": superblock 2, object headers 2, links in the headers,
 * B-trees 1 over compressed pieces; HDF5 1.8 (2008) and later read it. Only what a MINC 2 file needs.
 *
 * Everything but the voxels is put together in memory, to lie at a known place of the file. */
#ifndef FORMATS_HDF5_OUT_H
#define FORMATS_HDF5_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "voxel.h"

enum { HDF5_SUPERBLOCK = 48, HDF5_DIMS_MAX = 8 };

/* Bytes that will lie at `base`. All zero but base: empty. When memory runs out, `failed` stays set and what is put
 * goes nowhere. */
struct hdf5_out {
	uint64_t base;
	unsigned char *p; /* owned */
	size_t n, room;
	bool failed;
};

void hdf5_put(struct hdf5_out *o, const void *bytes, size_t n);
void hdf5_free(struct hdf5_out *o);

/* hdf5_here - the address of the next byte. */
uint64_t hdf5_here(const struct hdf5_out *o);

/* An object is made of messages, which are put into an hdf5_out of their own: first those that say what it is, then
 * attributes. hdf5_end puts the object into o, frees the messages and returns its address. */
uint64_t hdf5_end(struct hdf5_out *o, struct hdf5_out *messages);

/* hdf5_group - a group. hdf5_link - an object in it; the name is shorter than 256 bytes. */
void hdf5_group(struct hdf5_out *messages);
void hdf5_link(struct hdf5_out *messages, const char *name, uint64_t address);

/* What a dataset holds, and where. */
struct hdf5_data {
	enum voxel_type type;
	int dims;                       /* 0: one number */
	uint64_t size[HDF5_DIMS_MAX];   /* slowest first */
	uint64_t address;               /* of the numbers, or of the index of pieces; UINT64_MAX: none, all are 0 */
	bool pieces;                    /* compressed with zlib's format in pieces: */
	uint32_t piece[HDF5_DIMS_MAX];  /* their sizes */
	int level;
};

void hdf5_dataset(struct hdf5_out *messages, const struct hdf5_data *d);

/* Attributes: a text (under 60000 bytes), an int, n doubles (n 0: a single one). */
void hdf5_text(struct hdf5_out *messages, const char *name, const char *text, size_t n);
void hdf5_int(struct hdf5_out *messages, const char *name, int32_t value);
void hdf5_doubles(struct hdf5_out *messages, const char *name, const double *value, unsigned n);

/* One compressed piece. */
struct hdf5_piece {
	uint64_t address;
	uint32_t bytes;
};

/* hdf5_index - the index of the n pieces, which are in the order of their places, fastest dimension first; returns
 * its address. */
uint64_t hdf5_index(struct hdf5_out *o, const struct hdf5_data *d, const struct hdf5_piece *pieces, uint64_t n);

/* hdf5_superblock - the first bytes of the file. */
void hdf5_superblock(unsigned char bytes[HDF5_SUPERBLOCK], uint64_t root, uint64_t file_bytes);

#endif
