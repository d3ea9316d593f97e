// Dot products of int8 vectors with AVX-512 VNNI. The instruction wants one side unsigned: 128 is
// added to the rows (a flipped sign bit) and 128 times the query's sum taken off again. Exact.
#ifdef __x86_64__
#include <immintrin.h>

#include "instruction_sets.h"

#pragma clang attribute push(__attribute__((target(RW_TARGET_AVX512))), apply_to = function)

/// Bytes past `left` read as zero.
static inline __m512i load_first(const int8_t *from, size_t left) {
    return left >= 64 ? _mm512_loadu_si512(from)
                      : _mm512_maskz_loadu_epi8(((__mmask64)1 << left) - 1, from);
}

/// Sum over the query, 128 times.
static int32_t offset_of(const int8_t *query, size_t count) {
    __m512i sums = _mm512_setzero_si512(), offset = _mm512_set1_epi8((char)128);
    for (size_t i = 0; i < count; i += 64)
        sums = _mm512_dpbusd_epi32(sums, offset, load_first(query + i, count - i));
    return _mm512_reduce_add_epi32(sums);
}

static inline int32_t shifted_dot(const int8_t *query, const int8_t *row, size_t count) {
    __m512i even = _mm512_setzero_si512(), odd = even, sign = _mm512_set1_epi8((char)128);
    size_t i = 0;
    for (; i + 128 <= count; i += 128) {
        __m512i first = _mm512_xor_si512(_mm512_loadu_si512(row + i), sign);
        __m512i second = _mm512_xor_si512(_mm512_loadu_si512(row + i + 64), sign);
        even = _mm512_dpbusd_epi32(even, first, _mm512_loadu_si512(query + i));
        odd = _mm512_dpbusd_epi32(odd, second, _mm512_loadu_si512(query + i + 64));
    }
    for (; i < count; i += 64) {
        __m512i last = _mm512_xor_si512(load_first(row + i, count - i), sign);
        even = _mm512_dpbusd_epi32(even, last, load_first(query + i, count - i));
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd));
}

static inline __m256i fold(__m512i sums) {
    return _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
}

/// One step of `shifted_dots`: `width` bytes of the query and of each row.
static inline void shifted_step(
    const int8_t *query, const int8_t *row, size_t stride, size_t width, __m512i sums[4]) {
    __m512i some = load_first(query, width), sign = _mm512_set1_epi8((char)128);
    for (int r = 0; r < 4; r++) {
        __m512i other = _mm512_xor_si512(load_first(row + (size_t)r * stride, width), sign);
        sums[r] = _mm512_dpbusd_epi32(sums[r], other, some);
    }
}

/// Four rows at once: the query is read once for them, and their sums are added up together.
static inline __m128i shifted_dots(
    const int8_t *query, const int8_t *rows, size_t stride, size_t count) {
    __m512i sums[4] = {_mm512_setzero_si512()};
    size_t i = 0;
    for (; i + 64 <= count; i += 64) shifted_step(query + i, rows + i, stride, 64, sums);
    if (i < count) shifted_step(query + i, rows + i, stride, count - i, sums);
    __m256i first = _mm256_hadd_epi32(fold(sums[0]), fold(sums[1]));
    __m256i second = _mm256_hadd_epi32(fold(sums[2]), fold(sums[3]));
    __m256i all = _mm256_hadd_epi32(first, second);
    return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

int32_t rw_dot_avx512vnni(const int8_t *a, const int8_t *b, size_t count) {
    return shifted_dot(a, b, count) - offset_of(a, count);
}

void rw_dot_rows_avx512vnni(
    const int8_t *query, const int8_t *rows, size_t stride, size_t row_count, size_t count,
    int32_t *sums) {
    int32_t offset = offset_of(query, count);
    size_t r = 0;
    for (; r + 4 <= row_count; r += 4) {
        __m128i four = shifted_dots(query, rows + r * stride, stride, count);
        _mm_storeu_si128((__m128i *)(sums + r), _mm_sub_epi32(four, _mm_set1_epi32(offset)));
    }
    for (; r < row_count; r++) sums[r] = shifted_dot(query, rows + r * stride, count) - offset;
}

#pragma clang attribute pop
#endif
