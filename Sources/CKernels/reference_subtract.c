// The inner loop of factoring a Gram matrix at import. Compiled for several CPUs by the compiler
// itself; without contraction each gives the same bits.
#include "CKernels.h"

#ifdef __x86_64__
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

#define VALUES_AT_ONCE 64

CLONES
void rw_reference_subtract(
    double *values, size_t count, const double *factors, const double *rows, size_t stride,
    size_t row_count) {
    for (size_t first = 0; first < count; first += VALUES_AT_ONCE) {
        size_t width = count - first < VALUES_AT_ONCE ? count - first : VALUES_AT_ONCE;
        if (width == VALUES_AT_ONCE) {
            double sums[VALUES_AT_ONCE];
            for (size_t i = 0; i < VALUES_AT_ONCE; i++) sums[i] = values[first + i];
            for (size_t r = 0; r < row_count; r++) {
                const double *row = rows + r * stride + first;
                for (size_t i = 0; i < VALUES_AT_ONCE; i++) sums[i] -= factors[r] * row[i];
            }
            for (size_t i = 0; i < VALUES_AT_ONCE; i++) values[first + i] = sums[i];
        } else {
            for (size_t r = 0; r < row_count; r++) {
                const double *row = rows + r * stride + first;
                for (size_t i = 0; i < width; i++) values[first + i] -= factors[r] * row[i];
            }
        }
    }
}
