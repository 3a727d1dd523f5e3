/* Bytes that belong to somebody else. */
#ifndef A0_BASE_SLICE_H
#define A0_BASE_SLICE_H

#include <stddef.h>

typedef struct a0_slice {
    const void *data;
    size_t len;
} a0_slice;

#endif
