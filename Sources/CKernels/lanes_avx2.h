// The sixteen lanes in two AVX registers; lanes_portable.h says what each operation means.
// Include inside the target attribute of the kernel's file.
#ifndef RANKWIRE_LANES_AVX2_H
#define RANKWIRE_LANES_AVX2_H

#include "CKernels.h"
#include "approximations.h"

#define LANES_INLINE static inline __attribute__((always_inline, unused))

typedef struct lanes {
    __m256 low, high;
} lanes;

/// All ones in the first `count` of eight lanes.
LANES_INLINE __m256i lanes_half_mask(int count) {
    return _mm256_cmpgt_epi32(
        _mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

LANES_INLINE lanes lanes_of(__m256 low, __m256 high) {
    lanes r = {low, high};
    return r;
}

LANES_INLINE lanes lanes_all(float value) {
    return lanes_of(_mm256_set1_ps(value), _mm256_set1_ps(value));
}
LANES_INLINE lanes lanes_load(const float *from) {
    return lanes_of(_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8));
}
LANES_INLINE lanes lanes_load_first(const float *from, int count) {
    return lanes_of(
        _mm256_maskload_ps(from, lanes_half_mask(count)),
        _mm256_maskload_ps(from + 8, lanes_half_mask(count - 8)));
}
LANES_INLINE lanes lanes_from_int32(const int32_t *from) {
    return lanes_of(
        _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)from)),
        _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(from + 8))));
}
LANES_INLINE void lanes_store(float *to, lanes a) {
    _mm256_storeu_ps(to, a.low);
    _mm256_storeu_ps(to + 8, a.high);
}
LANES_INLINE void lanes_store_first(float *to, lanes a, int count) {
    _mm256_maskstore_ps(to, lanes_half_mask(count), a.low);
    _mm256_maskstore_ps(to + 8, lanes_half_mask(count - 8), a.high);
}
LANES_INLINE lanes lanes_add(lanes a, lanes b) {
    return lanes_of(_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high));
}
LANES_INLINE lanes lanes_subtract(lanes a, lanes b) {
    return lanes_of(_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high));
}
LANES_INLINE lanes lanes_multiply(lanes a, lanes b) {
    return lanes_of(_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high));
}
LANES_INLINE lanes lanes_divide(lanes a, lanes b) {
    return lanes_of(_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high));
}
LANES_INLINE lanes lanes_fma(lanes a, lanes b, lanes c) {
    return lanes_of(
        _mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high));
}
LANES_INLINE lanes lanes_minimum(lanes a, lanes b) {
    return lanes_of(_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high));
}
LANES_INLINE lanes lanes_maximum(lanes a, lanes b) {
    return lanes_of(_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high));
}
LANES_INLINE lanes lanes_absolute(lanes a) {
    __m256 sign = _mm256_set1_ps(-0.0f);
    return lanes_of(_mm256_andnot_ps(sign, a.low), _mm256_andnot_ps(sign, a.high));
}
LANES_INLINE lanes lanes_first_else(int count, lanes a, lanes b) {
    __m256 low = _mm256_castsi256_ps(lanes_half_mask(count));
    __m256 high = _mm256_castsi256_ps(lanes_half_mask(count - 8));
    return lanes_of(
        _mm256_blendv_ps(b.low, a.low, low), _mm256_blendv_ps(b.high, a.high, high));
}

LANES_INLINE float lanes_sum(lanes a) {
    __m256 eight = _mm256_add_ps(a.low, a.high);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

LANES_INLINE float lanes_greatest(lanes a) {
    __m256 eight = _mm256_max_ps(a.low, a.high);
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

LANES_INLINE float lanes_least(lanes a) {
    __m256 eight = _mm256_min_ps(a.low, a.high);
    __m128 four = _mm_min_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_min_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_min_ss(two, _mm_movehdup_ps(two)));
}

/// The packs saturate as signed 16 and then unsigned 8 bits: 0...255 in the end.
LANES_INLINE void lanes_store_bytes(uint8_t *to, const lanes a[4]) {
    for (int v = 0; v < 4; v++) {
        __m256i words =
            _mm256_packs_epi32(_mm256_cvtps_epi32(a[v].low), _mm256_cvtps_epi32(a[v].high));
        words = _mm256_permute4x64_epi64(words, 0xd8);
        __m128i bytes = _mm_packus_epi16(
            _mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storeu_si128((__m128i *)(to + v * RW_LANES), bytes);
    }
}

LANES_INLINE lanes lanes_load_half(const uint16_t *from) {
    return lanes_of(
        _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from)),
        _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(from + 8))));
}

LANES_INLINE __m256 lanes_half_exp2(__m256 a) {
    __m256 magic = _mm256_set1_ps(RW_ROUNDING_MAGIC);
    __m256 x = _mm256_max_ps(a, _mm256_set1_ps(RW_EXP2_MINIMUM));
    __m256 shifted = _mm256_add_ps(x, magic);
    __m256 f = _mm256_sub_ps(x, _mm256_sub_ps(shifted, magic));
    __m256 p = _mm256_fmadd_ps(_mm256_set1_ps(RW_EXP2_C4), f, _mm256_set1_ps(RW_EXP2_C3));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(RW_EXP2_C2));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(RW_EXP2_C1));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(RW_EXP2_C0));
    __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p), exponent));
}

LANES_INLINE lanes lanes_exp2(lanes a) {
    return lanes_of(lanes_half_exp2(a.low), lanes_half_exp2(a.high));
}

/// One of sixteen by the low four bits: bit 3, moved to the sign, picks the half.
LANES_INLINE __m256 lanes_half_pick(const float table[16], __m256i segment) {
    __m256 below = _mm256_permutevar8x32_ps(_mm256_load_ps(table), segment);
    __m256 above = _mm256_permutevar8x32_ps(_mm256_load_ps(table + 8), segment);
    return _mm256_blendv_ps(below, above, _mm256_castsi256_ps(_mm256_slli_epi32(segment, 28)));
}

LANES_INLINE __m256 lanes_half_gelu(__m256 a) {
    __m256 t = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
    t = _mm256_min_ps(t, _mm256_set1_ps(RW_GELU_MAXIMUM));
    __m256i segment = _mm256_castps_si256(_mm256_add_ps(t, _mm256_set1_ps(RW_GELU_MAGIC)));
    __m256 g = _mm256_fmadd_ps(
        lanes_half_pick(rw_gelu_tail[3], segment), t, lanes_half_pick(rw_gelu_tail[2], segment));
    g = _mm256_fmadd_ps(g, t, lanes_half_pick(rw_gelu_tail[1], segment));
    g = _mm256_fmadd_ps(g, t, lanes_half_pick(rw_gelu_tail[0], segment));
    return _mm256_sub_ps(_mm256_max_ps(a, _mm256_setzero_ps()), g);
}

LANES_INLINE lanes lanes_gelu(lanes a) {
    return lanes_of(lanes_half_gelu(a.low), lanes_half_gelu(a.high));
}

typedef struct lane_pairs {
    __m256i low, high;
} lane_pairs;

LANES_INLINE lane_pairs pairs_zero(void) {
    lane_pairs r = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    return r;
}
LANES_INLINE lane_pairs pairs_load(const int16_t *from) {
    lane_pairs r = {
        _mm256_loadu_si256((const __m256i *)from),
        _mm256_loadu_si256((const __m256i *)(from + RW_LANES))};
    return r;
}
LANES_INLINE lane_pairs pairs_all(const int16_t *from) {
    int32_t pair;
    __builtin_memcpy(&pair, from, sizeof pair);
    lane_pairs r = {_mm256_set1_epi32(pair), _mm256_set1_epi32(pair)};
    return r;
}
LANES_INLINE lane_pairs pairs_dot(lane_pairs sum, lane_pairs a, lane_pairs b) {
    sum.low = _mm256_add_epi32(sum.low, _mm256_madd_epi16(a.low, b.low));
    sum.high = _mm256_add_epi32(sum.high, _mm256_madd_epi16(a.high, b.high));
    return sum;
}
LANES_INLINE lanes pairs_sums(lane_pairs a) {
    return lanes_of(_mm256_cvtepi32_ps(a.low), _mm256_cvtepi32_ps(a.high));
}
LANES_INLINE void lanes_store_shorts(int16_t *to, lanes a) {
    // Packing works on 128-bit halves: the permutation puts them in order.
    __m256i packed = _mm256_packs_epi32(_mm256_cvtps_epi32(a.low), _mm256_cvtps_epi32(a.high));
    _mm256_storeu_si256((__m256i *)to, _mm256_permute4x64_epi64(packed, 0xd8));
}
LANES_INLINE void lanes_store_pairs(int16_t *to, lanes a, lanes b) {
    __m256i low = _mm256_slli_epi32(_mm256_cvtps_epi32(b.low), 16);
    __m256i high = _mm256_slli_epi32(_mm256_cvtps_epi32(b.high), 16);
    low = _mm256_blend_epi16(low, _mm256_cvtps_epi32(a.low), 0x55);
    high = _mm256_blend_epi16(high, _mm256_cvtps_epi32(a.high), 0x55);
    _mm256_storeu_si256((__m256i *)to, low);
    _mm256_storeu_si256((__m256i *)(to + RW_LANES), high);
}

/// Through memory: sixteen rows do not fit the sixteen registers anyway.
LANES_INLINE void lanes_transpose(lanes rows[RW_LANES]) {
    float values[RW_LANES][RW_LANES];
    for (int r = 0; r < RW_LANES; r++) lanes_store(values[r], rows[r]);
    for (int r = 0; r < RW_LANES; r++)
        for (int c = 0; c < r; c++) {
            float swapped = values[r][c];
            values[r][c] = values[c][r];
            values[c][r] = swapped;
        }
    for (int r = 0; r < RW_LANES; r++) rows[r] = lanes_load(values[r]);
}

#endif
