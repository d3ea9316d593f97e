// The most that a core's dot-product units can do: a loop of vpdpbusd on registers alone, sixteen
// chains to cover the latency. What the products' speed is measured against.
#include "instruction_sets.h"

#ifdef __x86_64__
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target(RW_TARGET_AVX512))), apply_to = function)

#define CHAINS 16
#define MULTIPLY_ADDS (CHAINS * 64)

int64_t rw_int8_peak_avx512vnni(int64_t steps) {
    __m512i sums[CHAINS], inputs = _mm512_set1_epi8(1), weights = inputs;
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_setzero_si512();
    for (int64_t step = 0; step < steps; step++)
        for (int i = 0; i < CHAINS; i++) {
            sums[i] = _mm512_dpbusd_epi32(sums[i], inputs, weights);
            // Keeps the compiler from working the sums out itself.
            __asm__ volatile("" : "+v"(sums[i]));
        }
    for (int i = 1; i < CHAINS; i++) sums[0] = _mm512_add_epi32(sums[0], sums[i]);
    volatile int32_t kept = _mm512_reduce_add_epi32(sums[0]);
    (void)kept;
    return steps * MULTIPLY_ADDS;
}

#pragma clang attribute pop
#endif
