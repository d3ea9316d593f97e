// A block of rows against a few queries, in portable C: the definition.
#include "instruction_sets.h"

void rw_scan_portable(const rw_scan *scan) {
    for (size_t q = 0; q < scan->query_count; q++) {
        const int8_t *query = scan->queries + q * scan->count;
        float *products = scan->products + q * scan->row_count, largest = -INFINITY;
        for (size_t r = 0; r < scan->row_count; r++) {
            float sum = (float)rw_dot_portable(query, scan->rows + r * scan->count, scan->count);
            float product = sum * scan->row_scales[r] * scan->query_scales[q];
            products[r] = product;
            largest = product > largest ? product : largest;
        }
        scan->maxima[q] = largest;
    }
}
