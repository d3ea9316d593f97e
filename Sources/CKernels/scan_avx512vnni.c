// A block of rows against a few queries with AVX-512 VNNI. Memory is what a scan waits for: four rows
// are read at a time, with what comes later asked for ahead, and all queries pass over them while they
// are in the first cache. Rows are made unsigned and the sums set right as in dot_avx512vnni.c.
#ifdef __x86_64__
#include <immintrin.h>

#include "instruction_sets.h"

#pragma clang attribute push(__attribute__((target(RW_TARGET_AVX512))), apply_to = function)

// Queries whose sums are in registers together.
#define QUERIES 4
#define ROWS 4
// How far ahead of the rows at hand: about what memory delivers during its latency.
#define AHEAD_BYTES 8192

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

static inline __m256i fold(__m512i sums) {
    return _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
}

/// The four sums of four rows' lanes.
static inline __m128i reduce(const __m512i sums[ROWS]) {
    __m256i first = _mm256_hadd_epi32(fold(sums[0]), fold(sums[1]));
    __m256i second = _mm256_hadd_epi32(fold(sums[2]), fold(sums[3]));
    __m256i all = _mm256_hadd_epi32(first, second);
    return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

static inline __attribute__((always_inline)) void step(
    const int8_t *queries, const int8_t *rows, size_t count, size_t width, int query_count,
    __m512i sums[QUERIES][ROWS]) {
    __m512i sign = _mm512_set1_epi8((char)128), row[ROWS];
    for (int r = 0; r < ROWS; r++)
        row[r] = _mm512_xor_si512(load_first(rows + (size_t)r * count, width), sign);
    for (int q = 0; q < query_count; q++) {
        __m512i query = load_first(queries + (size_t)q * count, width);
        for (int r = 0; r < ROWS; r++) sums[q][r] = _mm512_dpbusd_epi32(sums[q][r], row[r], query);
    }
}

/// Similarities of four rows from their sums.
static inline void finish(
    const rw_scan *scan, size_t r, size_t q, const __m512i sums[ROWS], int32_t offset) {
    __m128i four = _mm_sub_epi32(reduce(sums), _mm_set1_epi32(offset));
    __m128 scaled = _mm_mul_ps(_mm_cvtepi32_ps(four), _mm_loadu_ps(scan->row_scales + r));
    _mm_storeu_ps(
        scan->products + q * scan->row_count + r,
        _mm_mul_ps(scaled, _mm_set1_ps(scan->query_scales[q])));
}

/// Four rows and one query, a row after the other: there is so little to do that the order in which
/// memory is read decides.
static inline void single(const rw_scan *scan, size_t r, size_t q, int32_t offset) {
    size_t count = scan->count;
    const int8_t *query = scan->queries + q * count;
    __m512i sums[ROWS], sign = _mm512_set1_epi8((char)128);
    for (int k = 0; k < ROWS; k++) {
        const int8_t *row = scan->rows + (r + (size_t)k) * count;
        sums[k] = _mm512_setzero_si512();
        for (size_t i = 0; i < count; i += 64) {
            __m512i some = _mm512_xor_si512(load_first(row + i, count - i), sign);
            sums[k] = _mm512_dpbusd_epi32(sums[k], some, load_first(query + i, count - i));
        }
    }
    finish(scan, r, q, sums, offset);
}

/// Four rows and `query_count` queries from `q` on.
static inline __attribute__((always_inline)) void group(
    const rw_scan *scan, size_t r, size_t q, int query_count, const int32_t *offsets) {
    size_t count = scan->count, i = 0;
    const int8_t *rows = scan->rows + r * count, *queries = scan->queries + q * count;
    __m512i sums[QUERIES][ROWS];
    for (int k = 0; k < query_count; k++)
        for (int row = 0; row < ROWS; row++) sums[k][row] = _mm512_setzero_si512();
    for (; i + 64 <= count; i += 64) step(queries + i, rows + i, count, 64, query_count, sums);
    if (i < count) step(queries + i, rows + i, count, count - i, query_count, sums);
    for (int k = 0; k < query_count; k++)
        finish(scan, r, q + (size_t)k, sums[k], offsets[q + (size_t)k]);
}

static float largest_of(const float *products, size_t count) {
    __m512 lanes = _mm512_set1_ps(-INFINITY);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) lanes = _mm512_max_ps(_mm512_loadu_ps(products + i), lanes);
    float largest = _mm512_reduce_max_ps(lanes);
    for (; i < count; i++) largest = products[i] > largest ? products[i] : largest;
    return largest;
}

void rw_scan_avx512vnni(const rw_scan *scan) {
    int32_t offsets[RW_SCAN_QUERIES];
    for (size_t q = 0; q < scan->query_count; q++)
        offsets[q] = offset_of(scan->queries + q * scan->count, scan->count);
    size_t r = 0;
    for (; r + ROWS <= scan->row_count; r += ROWS) {
        const int8_t *ahead = scan->rows + r * scan->count + AHEAD_BYTES;
        for (size_t i = 0; i < ROWS * scan->count; i += 64)
            _mm_prefetch((const char *)(ahead + i), _MM_HINT_T0);
        size_t q = 0;
        for (; q + QUERIES <= scan->query_count; q += QUERIES) group(scan, r, q, QUERIES, offsets);
        size_t left = scan->query_count - q;
        if (left == 3) group(scan, r, q, 3, offsets);
        if (left == 2) group(scan, r, q, 2, offsets);
        if (left == 1) single(scan, r, q, offsets[q]);
    }
    for (; r < scan->row_count; r++)
        for (size_t q = 0; q < scan->query_count; q++) {
            const int8_t *query = scan->queries + q * scan->count;
            float sum =
                (float)rw_dot_avx512vnni(query, scan->rows + r * scan->count, scan->count);
            scan->products[q * scan->row_count + r] =
                sum * scan->row_scales[r] * scan->query_scales[q];
        }
    for (size_t q = 0; q < scan->query_count; q++)
        scan->maxima[q] = largest_of(scan->products + q * scan->row_count, scan->row_count);
}

/// Reads every byte, for a benchmark to time: what a scan could do at best.
uint64_t rw_read_avx512(const void *bytes, size_t count) {
    const char *next = bytes;
    __m512i sums[4] = {_mm512_setzero_si512()};
    size_t i = 0;
    for (; i + 256 <= count; i += 256)
        for (int k = 0; k < 4; k++)
            sums[k] = _mm512_add_epi64(sums[k], _mm512_loadu_si512(next + i + 64 * k));
    __m512i all = _mm512_add_epi64(
        _mm512_add_epi64(sums[0], sums[1]), _mm512_add_epi64(sums[2], sums[3]));
    for (; i + 64 <= count; i += 64) all = _mm512_add_epi64(all, _mm512_loadu_si512(next + i));
    return (uint64_t)_mm512_reduce_add_epi64(all);
}

#pragma clang attribute pop
#endif
