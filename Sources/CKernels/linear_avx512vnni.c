// The int8 matrix product with AVX-512 VNNI.
//
// A panel of 64 channels (24 KiB at a depth of 384) stays in L1 while tiles of up to six rows pass
// over it: 24 accumulators, four registers of weights and a broadcast input leave two to spare,
// and a step's ten loads take five cycles of the twelve its products need. The first tiles' steps
// ask for the next panel's lines, for weights come from L3.
#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "instruction_sets.h"

#pragma clang attribute push(__attribute__((target(RW_TARGET_AVX512))), apply_to = function)
#include "lanes_avx512.h"

#include "linear_epilogue.h"

#define TILE_ROWS 6
#define VECTORS (RW_CHANNEL_BLOCK / RW_LANES)
#define LINE_BYTES 64
/// Tiles whose steps, at a line each, ask for a whole panel.
#define FETCHING_TILES (RW_CHANNEL_BLOCK * RW_DEPTH_GROUP / LINE_BYTES)

/// Weights to be asked for ahead of their use, a line a step.
typedef struct fetching {
    /// An address and no pointer: it may lie past the weights.
    uintptr_t next;
    /// 0 asks for one line again and again, which costs nothing.
    uintptr_t stride;
} fetching;

/// Called with a constant epilogue and count of rows, so that the sums live in registers.
LANES_INLINE void tile(
    const rw_linear *linear, rw_epilogue epilogue, int channel, int row, int count,
    fetching lines) {
    const int8_t *panel = linear->weights + (size_t)channel * linear->depth;
    const uint8_t *inputs = linear->inputs + (size_t)row * linear->depth;
    __m512i sums[TILE_ROWS][VECTORS], zero = _mm512_setzero_si512();
    // Hides that these are zeros: the compiler would clear the array, in memory, with memset.
    __asm__("" : "+v"(zero));
#pragma clang loop unroll(full)
    for (int r = 0; r < count; r++)
        for (int v = 0; v < VECTORS; v++) sums[r][v] = zero;
    for (int k = 0; k < linear->depth; k += RW_DEPTH_GROUP) {
        __m512i weights[VECTORS];
        for (int v = 0; v < VECTORS; v++) weights[v] = _mm512_load_si512(panel + v * 64);
        panel += VECTORS * 64;
        _mm_prefetch((const char *)lines.next, _MM_HINT_T1);
        lines.next += lines.stride;
#pragma clang loop unroll(full)
        for (int r = 0; r < count; r++) {
            int32_t group;
            memcpy(&group, inputs + (size_t)r * linear->depth + k, sizeof group);
            __m512i input = _mm512_set1_epi32(group);
            for (int v = 0; v < VECTORS; v++)
                sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], input, weights[v]);
        }
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < VECTORS; v++) {
        channel_block block = load_channels(linear, channel + v * RW_LANES);
#pragma clang loop unroll(full)
        for (int r = 0; r < count; r++)
            finish(
                linear, epilogue, row + r, channel + v * RW_LANES, block,
                _mm512_cvtepi32_ps(sums[r][v]));
    }
}

typedef void tile_function(const rw_linear *, int channel, int row, fetching lines);

// A function a tile: in one for all of them the loops would vie for registers. Each copies its
// arguments, for as far as the compiler knows a store of floats could change the caller's.
#define TILE(name, epilogue, count)                                                             \
    static void name##_##count(                                                                 \
        const rw_linear *arguments, int channel, int row, fetching lines) {                     \
        const rw_linear linear = *arguments;                                                    \
        tile(&linear, epilogue, channel, row, count, lines);                                    \
    }
#define TILES(name, epilogue)                                                                   \
    TILE(name, epilogue, 1)                                                                     \
    TILE(name, epilogue, 2)                                                                     \
    TILE(name, epilogue, 3)                                                                     \
    TILE(name, epilogue, 4)                                                                     \
    TILE(name, epilogue, 5)                                                                     \
    TILE(name, epilogue, 6)                                                                     \
    static tile_function *const name[] = {name##_1, name##_2, name##_3,                         \
                                          name##_4, name##_5, name##_6};

TILES(plain_tiles, RW_EPILOGUE_NONE)
TILES(gelu_tiles, RW_EPILOGUE_GELU)
TILES(residual_tiles, RW_EPILOGUE_RESIDUAL)

static tile_function *const *tiles_of(rw_epilogue epilogue) {
    switch (epilogue) {
    case RW_EPILOGUE_GELU: return gelu_tiles;
    case RW_EPILOGUE_RESIDUAL: return residual_tiles;
    default: return plain_tiles;
    }
}

/// Tiles of nearly equal height: a lone row at the end would wait on its own sums.
void rw_linear_avx512vnni(const rw_linear *linear) {
    tile_function *const *functions = tiles_of(linear->epilogue);
    int tiles = (linear->rows + TILE_ROWS - 1) / TILE_ROWS;
    int height = linear->rows / tiles, taller = linear->rows % tiles;
    uintptr_t steps = (uintptr_t)(linear->depth / RW_DEPTH_GROUP);
    for (int channel = 0; channel < linear->channels; channel += RW_CHANNEL_BLOCK) {
        // The last panel asks for what lies behind it, often the next product's weights.
        fetching lines = {
            (uintptr_t)linear->weights + (uintptr_t)(channel + RW_CHANNEL_BLOCK) * linear->depth,
            LINE_BYTES};
        int row = 0;
        for (int t = 0; t < tiles; t++) {
            int count = height + (t < taller);
            if (t == FETCHING_TILES) lines.stride = 0;
            functions[count - 1](linear, channel, row, lines);
            lines.next += lines.stride * steps;
            row += count;
        }
    }
}

#pragma clang attribute pop
#endif
