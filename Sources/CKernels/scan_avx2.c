// A block of rows against a few queries with AVX2: rows stay in the cache while all queries pass.
#ifdef __x86_64__
#include <immintrin.h>

#include "instruction_sets.h"

#pragma clang attribute push(__attribute__((target(RW_TARGET_AVX2))), apply_to = function)

void rw_scan_avx2(const rw_scan *scan) {
    for (size_t q = 0; q < scan->query_count; q++) scan->maxima[q] = -INFINITY;
    for (size_t r = 0; r < scan->row_count; r++)
        for (size_t q = 0; q < scan->query_count; q++) {
            float sum = (float)rw_dot_avx2(
                scan->queries + q * scan->count, scan->rows + r * scan->count, scan->count);
            float product = sum * scan->row_scales[r] * scan->query_scales[q];
            scan->products[q * scan->row_count + r] = product;
            scan->maxima[q] = product > scan->maxima[q] ? product : scan->maxima[q];
        }
}

#pragma clang attribute pop
#endif
