// The int8 matrix product with AVX2: bytes are widened to 16 bits and multiplied with madd_epi16,
// whose pairs cannot overflow; maddubs_epi16 would be quicker and saturates. A sum stays in two
// halves (depth 0 + 1, depth 2 + 3 of each group) until the end.
#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "instruction_sets.h"

#pragma clang attribute push(__attribute__((target(RW_TARGET_AVX2))), apply_to = function)
#include "lanes_avx2.h"

#include "linear_epilogue.h"

#define TILE_ROWS 2
#define VECTORS 4

/// Eight channels from two vectors of four channels by two halves.
LANES_INLINE __m256i join_halves(__m256i a, __m256i b) {
    return _mm256_permute4x64_epi64(_mm256_hadd_epi32(a, b), 0xd8);
}

/// Sixteen of a panel's channels: `part` says which. Called with a constant count.
LANES_INLINE void tile(const rw_linear *linear, int channel, int part, int row, int count) {
    const int8_t *panel = linear->weights + (size_t)channel * linear->depth + part * 64;
    const uint8_t *inputs = linear->inputs + (size_t)row * linear->depth;
    __m256i sums[TILE_ROWS][VECTORS];
    for (int r = 0; r < count; r++)
        for (int v = 0; v < VECTORS; v++) sums[r][v] = _mm256_setzero_si256();
    for (int k = 0; k < linear->depth; k += RW_DEPTH_GROUP, panel += 256) {
        __m256i weights[VECTORS];
        for (int v = 0; v < VECTORS; v++)
            weights[v] =
                _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)(panel + v * 16)));
        for (int r = 0; r < count; r++) {
            int32_t group;
            memcpy(&group, inputs + (size_t)r * linear->depth + k, sizeof group);
            __m256i input = _mm256_cvtepu8_epi16(_mm_set1_epi32(group));
            for (int v = 0; v < VECTORS; v++)
                sums[r][v] =
                    _mm256_add_epi32(sums[r][v], _mm256_madd_epi16(input, weights[v]));
        }
    }
    int at = channel + part * RW_LANES;
    channel_block block = load_channels(linear, at);
    for (int r = 0; r < count; r++)
        finish(
            linear, linear->epilogue, row + r, at, block,
            lanes_of(
                _mm256_cvtepi32_ps(join_halves(sums[r][0], sums[r][1])),
                _mm256_cvtepi32_ps(join_halves(sums[r][2], sums[r][3]))));
}

void rw_linear_avx2(const rw_linear *linear) {
    for (int channel = 0; channel < linear->channels; channel += RW_CHANNEL_BLOCK)
        for (int part = 0; part < RW_CHANNEL_BLOCK / RW_LANES; part++) {
            int row = 0;
            for (; row + TILE_ROWS <= linear->rows; row += TILE_ROWS)
                tile(linear, channel, part, row, TILE_ROWS);
            for (; row < linear->rows; row++) tile(linear, channel, part, row, 1);
        }
}

#pragma clang attribute pop
#endif
