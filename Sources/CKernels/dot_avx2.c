// Dot products of int8 vectors with AVX2: widened to 16 bits, multiplied and paired exactly.
#ifdef __x86_64__
#include <immintrin.h>

#include "instruction_sets.h"

#pragma clang attribute push(__attribute__((target(RW_TARGET_AVX2))), apply_to = function)

static inline __m256i widened(const int8_t *from) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)from));
}

int32_t rw_dot_avx2(const int8_t *a, const int8_t *b, size_t count) {
    __m256i even = _mm256_setzero_si256(), odd = even;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        even = _mm256_add_epi32(even, _mm256_madd_epi16(widened(a + i), widened(b + i)));
        odd = _mm256_add_epi32(odd, _mm256_madd_epi16(widened(a + i + 16), widened(b + i + 16)));
    }
    even = _mm256_add_epi32(even, odd);
    __m128i four =
        _mm_add_epi32(_mm256_castsi256_si128(even), _mm256_extracti128_si256(even, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1));
    int32_t sum = _mm_cvtsi128_si32(four);
    for (; i < count; i++) sum += a[i] * b[i];
    return sum;
}

void rw_dot_rows_avx2(
    const int8_t *query, const int8_t *rows, size_t stride, size_t row_count, size_t count,
    int32_t *sums) {
    for (size_t r = 0; r < row_count; r++) sums[r] = rw_dot_avx2(query, rows + r * stride, count);
}

#pragma clang attribute pop
#endif
