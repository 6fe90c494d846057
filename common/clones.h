/* clones.h - VOL_CLONES before a static kernel: compiled twice, the wider one taken where the processor
 * has AVX2. The results are the same bits: floating point is neither contracted nor reassociated.
 * What the kernel calls must be static inline to be widened with it. */
#ifndef VOL_CLONES_H
#define VOL_CLONES_H

#include <features.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define VOL_NO_CLONES /* a sanitizer's resolver runs before the sanitizer is there */
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define VOL_NO_CLONES
#endif

#if defined __x86_64__ && defined __GLIBC__ && !defined VOL_NO_CLONES
#define VOL_CLONES __attribute__((target_clones("default", "avx2")))
#else
#define VOL_CLONES
#endif

#endif
