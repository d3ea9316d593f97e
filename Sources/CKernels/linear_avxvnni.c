// The int8 matrix product with AVX-VNNI: the same panels in half the register width. Tiles of
// three rows by 32 channels: twelve sums, two halves' weights read from memory, one input.
#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "instruction_sets.h"

#pragma clang attribute push( \
    __attribute__((target(RW_TARGET_AVX2 ",avxvnni"))), apply_to = function)
#include "lanes_avx2.h"

#include "linear_epilogue.h"

#define TILE_ROWS 3
#define VECTORS 4
#define LANES_A_VECTOR 8

/// 32 of a panel's 64 channels: `half` says which. Called with a constant count.
LANES_INLINE void tile(const rw_linear *linear, int channel, int half, int row, int count) {
    const int8_t *panel = linear->weights + (size_t)channel * linear->depth + half * 128;
    const uint8_t *inputs = linear->inputs + (size_t)row * linear->depth;
    __m256i sums[TILE_ROWS][VECTORS];
    for (int r = 0; r < count; r++)
        for (int v = 0; v < VECTORS; v++) sums[r][v] = _mm256_setzero_si256();
    for (int k = 0; k < linear->depth; k += RW_DEPTH_GROUP, panel += 256) {
        for (int r = 0; r < count; r++) {
            int32_t group;
            memcpy(&group, inputs + (size_t)r * linear->depth + k, sizeof group);
            __m256i input = _mm256_set1_epi32(group);
            for (int v = 0; v < VECTORS; v++) {
                __m256i weights = _mm256_load_si256((const __m256i *)(panel + v * 32));
                sums[r][v] = _mm256_dpbusd_avx_epi32(sums[r][v], input, weights);
            }
        }
    }
    for (int v = 0; v < VECTORS; v += 2) {
        int at = channel + half * 32 + v * LANES_A_VECTOR;
        channel_block block = load_channels(linear, at);
        for (int r = 0; r < count; r++)
            finish(
                linear, linear->epilogue, row + r, at, block,
                lanes_of(_mm256_cvtepi32_ps(sums[r][v]), _mm256_cvtepi32_ps(sums[r][v + 1])));
    }
}

void rw_linear_avxvnni(const rw_linear *linear) {
    for (int channel = 0; channel < linear->channels; channel += RW_CHANNEL_BLOCK)
        for (int half = 0; half < 2; half++) {
            int row = 0;
            for (; row + TILE_ROWS <= linear->rows; row += TILE_ROWS)
                tile(linear, channel, half, row, TILE_ROWS);
            for (; row < linear->rows; row++) tile(linear, channel, half, row, 1);
        }
}

#pragma clang attribute pop
#endif
