// The sixteen lanes in one AVX-512 register; lanes_portable.h says what each operation means.
// Include inside the target attribute of the kernel's file.
#ifndef RANKWIRE_LANES_AVX512_H
#define RANKWIRE_LANES_AVX512_H

#include "CKernels.h"
#include "approximations.h"

#define LANES_INLINE static inline __attribute__((always_inline, unused))

typedef __m512 lanes;

LANES_INLINE __mmask16 lanes_mask(int count) {
    return count >= RW_LANES ? (__mmask16)0xffff : (__mmask16)((1u << count) - 1);
}

LANES_INLINE lanes lanes_all(float value) { return _mm512_set1_ps(value); }
LANES_INLINE lanes lanes_load(const float *from) { return _mm512_loadu_ps(from); }
LANES_INLINE lanes lanes_load_first(const float *from, int count) {
    return _mm512_maskz_loadu_ps(lanes_mask(count), from);
}
LANES_INLINE lanes lanes_from_int32(const int32_t *from) {
    return _mm512_cvtepi32_ps(_mm512_loadu_si512(from));
}
LANES_INLINE void lanes_store(float *to, lanes a) { _mm512_storeu_ps(to, a); }
LANES_INLINE void lanes_store_first(float *to, lanes a, int count) {
    _mm512_mask_storeu_ps(to, lanes_mask(count), a);
}
LANES_INLINE lanes lanes_add(lanes a, lanes b) { return _mm512_add_ps(a, b); }
LANES_INLINE lanes lanes_subtract(lanes a, lanes b) { return _mm512_sub_ps(a, b); }
LANES_INLINE lanes lanes_multiply(lanes a, lanes b) { return _mm512_mul_ps(a, b); }
LANES_INLINE lanes lanes_divide(lanes a, lanes b) { return _mm512_div_ps(a, b); }
LANES_INLINE lanes lanes_fma(lanes a, lanes b, lanes c) { return _mm512_fmadd_ps(a, b, c); }
LANES_INLINE lanes lanes_minimum(lanes a, lanes b) { return _mm512_min_ps(a, b); }
LANES_INLINE lanes lanes_maximum(lanes a, lanes b) { return _mm512_max_ps(a, b); }
LANES_INLINE lanes lanes_absolute(lanes a) { return _mm512_abs_ps(a); }
LANES_INLINE lanes lanes_first_else(int count, lanes a, lanes b) {
    return _mm512_mask_mov_ps(b, lanes_mask(count), a);
}

LANES_INLINE __m256 lanes_upper_half(lanes a) {
    return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a), 1));
}

LANES_INLINE float lanes_sum(lanes a) {
    __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a), lanes_upper_half(a));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

LANES_INLINE float lanes_greatest(lanes a) {
    __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(a), lanes_upper_half(a));
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

LANES_INLINE float lanes_least(lanes a) {
    __m256 eight = _mm256_min_ps(_mm512_castps512_ps256(a), lanes_upper_half(a));
    __m128 four = _mm_min_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_min_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_min_ss(two, _mm_movehdup_ps(two)));
}

/// The packs work on quarters of a register, which the permutation puts in order.
LANES_INLINE void lanes_store_bytes(uint8_t *to, const lanes a[4]) {
    __m512i first = _mm512_packs_epi32(_mm512_cvtps_epi32(a[0]), _mm512_cvtps_epi32(a[1]));
    __m512i second = _mm512_packs_epi32(_mm512_cvtps_epi32(a[2]), _mm512_cvtps_epi32(a[3]));
    __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    __m512i bytes = _mm512_permutexvar_epi32(order, _mm512_packus_epi16(first, second));
    _mm512_storeu_si512(to, bytes);
}

LANES_INLINE lanes lanes_load_half(const uint16_t *from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
}

LANES_INLINE lanes lanes_exp2(lanes a) {
    __m512 magic = _mm512_set1_ps(RW_ROUNDING_MAGIC);
    // As unsigned integers negative floats fall as they rise: the least is the greatest.
    __m512 x = _mm512_castsi512_ps(_mm512_min_epu32(
        _mm512_castps_si512(a), _mm512_castps_si512(_mm512_set1_ps(RW_EXP2_MINIMUM))));
    __m512 shifted = _mm512_add_ps(x, magic);
    __m512 f = _mm512_sub_ps(x, _mm512_sub_ps(shifted, magic));
    __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(RW_EXP2_C4), f, _mm512_set1_ps(RW_EXP2_C3));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(RW_EXP2_C2));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(RW_EXP2_C1));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(RW_EXP2_C0));
    __m512i exponent = _mm512_slli_epi32(_mm512_castps_si512(shifted), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p), exponent));
}

LANES_INLINE lanes lanes_gelu(lanes a) {
    // Integers order as positive floats do, and compare on more of the core's units.
    __m512i bits = _mm512_castps_si512(a), zero = _mm512_setzero_si512();
    __m512 t = _mm512_castsi512_ps(_mm512_min_epi32(
        _mm512_castps_si512(_mm512_abs_ps(a)),
        _mm512_castps_si512(_mm512_set1_ps(RW_GELU_MAXIMUM))));
    // The permutation reads the low four bits alone: the segment.
    __m512i segment =
        _mm512_castps_si512(_mm512_add_ps(t, _mm512_set1_ps(RW_GELU_MAGIC)));
    __m512 c0 = _mm512_permutexvar_ps(segment, _mm512_load_ps(rw_gelu_tail[0]));
    __m512 c1 = _mm512_permutexvar_ps(segment, _mm512_load_ps(rw_gelu_tail[1]));
    __m512 c2 = _mm512_permutexvar_ps(segment, _mm512_load_ps(rw_gelu_tail[2]));
    __m512 c3 = _mm512_permutexvar_ps(segment, _mm512_load_ps(rw_gelu_tail[3]));
    __m512 g = _mm512_fmadd_ps(_mm512_fmadd_ps(_mm512_fmadd_ps(c3, t, c2), t, c1), t, c0);
    return _mm512_sub_ps(_mm512_castsi512_ps(_mm512_max_epi32(bits, zero)), g);
}

typedef __m512i lane_pairs;

LANES_INLINE lane_pairs pairs_zero(void) { return _mm512_setzero_si512(); }
LANES_INLINE lane_pairs pairs_load(const int16_t *from) { return _mm512_loadu_si512(from); }
LANES_INLINE lane_pairs pairs_all(const int16_t *from) {
    int32_t pair;
    __builtin_memcpy(&pair, from, sizeof pair);
    return _mm512_set1_epi32(pair);
}
/// Not by its intrinsic, in whose place the compiler takes a vpmaddwd and a vpaddd.
LANES_INLINE lane_pairs pairs_dot(lane_pairs sum, lane_pairs a, lane_pairs b) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}
LANES_INLINE lanes pairs_sums(lane_pairs a) { return _mm512_cvtepi32_ps(a); }
LANES_INLINE void lanes_store_shorts(int16_t *to, lanes a) {
    _mm256_storeu_si256((__m256i *)to, _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(a)));
}
LANES_INLINE void lanes_store_pairs(int16_t *to, lanes a, lanes b) {
    __m512i second = _mm512_slli_epi32(_mm512_cvtps_epi32(b), 16);
    _mm512_storeu_si512(to, _mm512_mask_mov_epi16(second, 0x55555555, _mm512_cvtps_epi32(a)));
}

/// Four by four inside the 128-bit quarters, then the quarters themselves.
LANES_INLINE void lanes_transpose(lanes rows[RW_LANES]) {
    __m512 quads[RW_LANES];
    for (int r = 0; r < RW_LANES; r += 4) {
        __m512 ab_low = _mm512_unpacklo_ps(rows[r], rows[r + 1]);
        __m512 ab_high = _mm512_unpackhi_ps(rows[r], rows[r + 1]);
        __m512 cd_low = _mm512_unpacklo_ps(rows[r + 2], rows[r + 3]);
        __m512 cd_high = _mm512_unpackhi_ps(rows[r + 2], rows[r + 3]);
        quads[r] = _mm512_shuffle_ps(ab_low, cd_low, 0x44);
        quads[r + 1] = _mm512_shuffle_ps(ab_low, cd_low, 0xee);
        quads[r + 2] = _mm512_shuffle_ps(ab_high, cd_high, 0x44);
        quads[r + 3] = _mm512_shuffle_ps(ab_high, cd_high, 0xee);
    }
    for (int c = 0; c < 4; c++) {
        __m512 even_low = _mm512_shuffle_f32x4(quads[c], quads[c + 4], 0x88);
        __m512 odd_low = _mm512_shuffle_f32x4(quads[c], quads[c + 4], 0xdd);
        __m512 even_high = _mm512_shuffle_f32x4(quads[c + 8], quads[c + 12], 0x88);
        __m512 odd_high = _mm512_shuffle_f32x4(quads[c + 8], quads[c + 12], 0xdd);
        rows[c] = _mm512_shuffle_f32x4(even_low, even_high, 0x88);
        rows[c + 4] = _mm512_shuffle_f32x4(odd_low, odd_high, 0x88);
        rows[c + 8] = _mm512_shuffle_f32x4(even_low, even_high, 0xdd);
        rows[c + 12] = _mm512_shuffle_f32x4(odd_low, odd_high, 0xdd);
    }
}

#endif
