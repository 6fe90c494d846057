/* minc_lib.h - private to minc2.c: libminc, loaded when a MINC 2 file is met.
 *
 * libminc brings some forty libraries with it and takes 10 ms to start. Every tool that reads volumes can meet a
 * MINC file, few do: so it is no part of any program, and is looked for by name when it is needed. */
#ifndef FORMATS_MINC_LIB_H
#define FORMATS_MINC_LIB_H

#include <minc2.h>

#include "err.h"

#define MINC_LIB_FUNCTIONS(X) \
	X(miopen_volume) X(miget_data_class) X(miget_data_type) X(miget_volume_dimension_count) \
	X(miget_volume_dimensions) X(miget_dimension_name) X(miget_dimension_size) X(miget_dimension_start) \
	X(miget_dimension_separation) X(miget_dimension_cosines) X(miget_dimension_units) \
	X(miget_dimension_sampling_flag) X(miget_dimension_offsets) X(miget_volume_valid_range) \
	X(miget_slice_dimension_count) X(miget_slice_range) X(miget_attr_length) X(miget_attr_type) \
	X(miget_attr_values) X(miget_volume_props) X(miget_props_blocking) X(miget_number_of_defined_labels) \
	X(miget_label_value_by_index) X(miget_label_name) X(miget_voxel_value_hyperslab)

/* Of HDF5, which comes with it. */
#define MINC_LIB_HDF5_FUNCTIONS(X) \
	X(H5Fopen) X(H5Dopen2) X(H5Dget_offset) X(H5Dget_storage_size) X(H5Dget_type) X(H5Tget_order) X(H5Tget_size) \
	X(H5Tget_precision) X(H5Dget_create_plist) X(H5Pget_chunk) X(H5Pget_nfilters) X(H5Pget_filter2) \
	X(H5Dget_chunk_storage_size) X(H5Dread_chunk)

struct minc_lib {
#define X(f) __typeof__(f) *f;
	MINC_LIB_FUNCTIONS(X) MINC_LIB_HDF5_FUNCTIONS(X)
#undef X
};

/* minc_lib_load - -1 with err when it is not installed. */
int minc_lib_load(struct minc_lib *lib, const char *subject, struct vol_err *err);

#endif
