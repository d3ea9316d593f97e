// A plain fp32 matrix product for the reference encoder. Compiled for several CPUs by the
// compiler itself: import measures fidelity in seconds, and nobody compares its bits.
#include "CKernels.h"

#ifdef __x86_64__
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

#define CHANNELS_AT_ONCE 64

CLONES
void rw_reference_linear(
    const float *inputs, const float *weights, const float *bias, float *outputs, size_t rows,
    size_t depth, size_t channels) {
    for (size_t first = 0; first < channels; first += CHANNELS_AT_ONCE) {
        size_t width = channels - first < CHANNELS_AT_ONCE ? channels - first : CHANNELS_AT_ONCE;
        for (size_t r = 0; r < rows; r++) {
            float sums[CHANNELS_AT_ONCE] = {0};
            for (size_t k = 0; k < depth; k++) {
                const float *row = weights + k * channels + first;
                float input = inputs[r * depth + k];
                if (width == CHANNELS_AT_ONCE)
                    for (size_t c = 0; c < CHANNELS_AT_ONCE; c++) sums[c] += input * row[c];
                else
                    for (size_t c = 0; c < width; c++) sums[c] += input * row[c];
            }
            for (size_t c = 0; c < width; c++)
                outputs[r * channels + first + c] = sums[c] + bias[first + c];
        }
    }
}
