// Dot products of int8 vectors in portable C: the definition, exact in int32.
#include "instruction_sets.h"

int32_t rw_dot_portable(const int8_t *a, const int8_t *b, size_t count) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += a[i] * b[i];
    return sum;
}

void rw_dot_rows_portable(
    const int8_t *query, const int8_t *rows, size_t stride, size_t row_count, size_t count,
    int32_t *sums) {
    for (size_t r = 0; r < row_count; r++)
        sums[r] = rw_dot_portable(query, rows + r * stride, count);
}
