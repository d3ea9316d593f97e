// The int8 matrix product with AVX-512 VNNI.
//
// A panel of 64 channels (24 KiB at a depth of 384) stays in L1 while tiles of up to six rows pass
// over it: 24 accumulators, four registers of weights and a broadcast input leave two to spare,
// and a step's ten loads take five cycles of the twelve its products need. The first tile's
// pass asks for the panel's lines ahead of their use, for they come from L3 when a batch is small.
#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "instruction_sets.h"

#pragma clang attribute push(__attribute__((target(RW_TARGET_AVX512))), apply_to = function)
#include "lanes_avx512.h"

#include "linear_epilogue.h"

#define TILE_ROWS 6
#define VECTORS (RW_CHANNEL_BLOCK / RW_LANES)
#define PREFETCH_BYTES 2048

/// Called with a constant epilogue and count of rows, so that the sums live in registers.
LANES_INLINE void tile(
    const rw_linear *linear, rw_epilogue epilogue, int channel, int row, int count, int is_first) {
    const int8_t *panel = linear->weights + (size_t)channel * linear->depth;
    const uint8_t *inputs = linear->inputs + (size_t)row * linear->depth;
    __m512i sums[TILE_ROWS][VECTORS];
    for (int r = 0; r < count; r++)
        for (int v = 0; v < VECTORS; v++) sums[r][v] = _mm512_setzero_si512();
    for (int k = 0; k < linear->depth; k += RW_DEPTH_GROUP) {
        __m512i weights[VECTORS];
        for (int v = 0; v < VECTORS; v++) {
            weights[v] = _mm512_load_si512(panel + v * 64);
            if (is_first) _mm_prefetch((const char *)panel + v * 64 + PREFETCH_BYTES, _MM_HINT_T0);
        }
        panel += VECTORS * 64;
        for (int r = 0; r < count; r++) {
            int32_t group;
            memcpy(&group, inputs + (size_t)r * linear->depth + k, sizeof group);
            __m512i input = _mm512_set1_epi32(group);
            for (int v = 0; v < VECTORS; v++)
                sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], input, weights[v]);
        }
    }
    for (int v = 0; v < VECTORS; v++) {
        channel_block block = load_channels(linear, channel + v * RW_LANES);
        for (int r = 0; r < count; r++)
            finish(
                linear, epilogue, row + r, channel + v * RW_LANES, block,
                _mm512_cvtepi32_ps(sums[r][v]));
    }
}

LANES_INLINE void tile_of(
    const rw_linear *linear, rw_epilogue epilogue, int channel, int row, int count, int is_first) {
    switch (count) {
    case 1: tile(linear, epilogue, channel, row, 1, is_first); break;
    case 2: tile(linear, epilogue, channel, row, 2, is_first); break;
    case 3: tile(linear, epilogue, channel, row, 3, is_first); break;
    case 4: tile(linear, epilogue, channel, row, 4, is_first); break;
    case 5: tile(linear, epilogue, channel, row, 5, is_first); break;
    default: tile(linear, epilogue, channel, row, 6, is_first); break;
    }
}

/// Tiles of nearly equal height: a lone row at the end would wait on its own sums.
LANES_INLINE void all_panels(const rw_linear *linear, rw_epilogue epilogue) {
    int tiles = (linear->rows + TILE_ROWS - 1) / TILE_ROWS;
    for (int channel = 0; channel < linear->channels; channel += RW_CHANNEL_BLOCK) {
        int row = 0;
        for (int t = 0; t < tiles; t++) {
            int count = (linear->rows - row + tiles - t - 1) / (tiles - t);
            tile_of(linear, epilogue, channel, row, count, t == 0);
            row += count;
        }
    }
}

void rw_linear_avx512vnni(const rw_linear *linear) {
    switch (linear->epilogue) {
    case RW_EPILOGUE_NONE: all_panels(linear, RW_EPILOGUE_NONE); break;
    case RW_EPILOGUE_GELU: all_panels(linear, RW_EPILOGUE_GELU); break;
    case RW_EPILOGUE_RESIDUAL: all_panels(linear, RW_EPILOGUE_RESIDUAL); break;
    }
}

#pragma clang attribute pop
#endif
