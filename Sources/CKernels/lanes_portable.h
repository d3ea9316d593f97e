// The definition of the sixteen virtual lanes. Kernel bodies are written once on these names; the
// AVX2 and AVX-512 headers give the same operations in registers, bit for bit.
#ifndef RANKWIRE_LANES_PORTABLE_H
#define RANKWIRE_LANES_PORTABLE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "CKernels.h"
#include "approximations.h"

#define LANES_INLINE static inline __attribute__((always_inline, unused))
#define EACH_LANE for (int lane = 0; lane < RW_LANES; lane++)

typedef struct lanes {
    float of[RW_LANES];
} lanes;

LANES_INLINE lanes lanes_all(float value) {
    lanes r;
    EACH_LANE r.of[lane] = value;
    return r;
}

LANES_INLINE lanes lanes_load(const float *from) {
    lanes r;
    memcpy(r.of, from, sizeof r.of);
    return r;
}

/// The first `count` of 16; the rest zero and not read.
LANES_INLINE lanes lanes_load_first(const float *from, int count) {
    lanes r = lanes_all(0.0f);
    for (int lane = 0; lane < count && lane < RW_LANES; lane++) r.of[lane] = from[lane];
    return r;
}

LANES_INLINE lanes lanes_from_int32(const int32_t *from) {
    lanes r;
    EACH_LANE r.of[lane] = (float)from[lane];
    return r;
}

LANES_INLINE void lanes_store(float *to, lanes a) { memcpy(to, a.of, sizeof a.of); }

LANES_INLINE void lanes_store_first(float *to, lanes a, int count) {
    for (int lane = 0; lane < count && lane < RW_LANES; lane++) to[lane] = a.of[lane];
}

LANES_INLINE lanes lanes_add(lanes a, lanes b) {
    EACH_LANE a.of[lane] += b.of[lane];
    return a;
}

LANES_INLINE lanes lanes_subtract(lanes a, lanes b) {
    EACH_LANE a.of[lane] -= b.of[lane];
    return a;
}

LANES_INLINE lanes lanes_multiply(lanes a, lanes b) {
    EACH_LANE a.of[lane] *= b.of[lane];
    return a;
}

LANES_INLINE lanes lanes_divide(lanes a, lanes b) {
    EACH_LANE a.of[lane] /= b.of[lane];
    return a;
}

/// a * b + c, rounded once.
LANES_INLINE lanes lanes_fma(lanes a, lanes b, lanes c) {
    EACH_LANE c.of[lane] = fmaf(a.of[lane], b.of[lane], c.of[lane]);
    return c;
}

/// b where neither is less, as the machine instructions have it.
LANES_INLINE lanes lanes_minimum(lanes a, lanes b) {
    EACH_LANE b.of[lane] = a.of[lane] < b.of[lane] ? a.of[lane] : b.of[lane];
    return b;
}

LANES_INLINE lanes lanes_maximum(lanes a, lanes b) {
    EACH_LANE b.of[lane] = a.of[lane] > b.of[lane] ? a.of[lane] : b.of[lane];
    return b;
}

LANES_INLINE lanes lanes_absolute(lanes a) {
    EACH_LANE a.of[lane] = fabsf(a.of[lane]);
    return a;
}

/// a in the first `count` lanes, b in the others.
LANES_INLINE lanes lanes_first_else(int count, lanes a, lanes b) {
    for (int lane = 0; lane < count && lane < RW_LANES; lane++) b.of[lane] = a.of[lane];
    return b;
}

/// The tree: lane i meets i + 8, then i + 4, i + 2, i + 1.
LANES_INLINE float lanes_sum(lanes a) {
    for (int half = RW_LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) a.of[lane] += a.of[lane + half];
    return a.of[0];
}

LANES_INLINE float lanes_greatest(lanes a) {
    float r = a.of[0];
    EACH_LANE r = a.of[lane] > r ? a.of[lane] : r;
    return r;
}

LANES_INLINE float lanes_least(lanes a) {
    float r = a.of[0];
    EACH_LANE r = a.of[lane] < r ? a.of[lane] : r;
    return r;
}

/// Sixty-four values: rounds half to even, saturates to 0...255.
LANES_INLINE void lanes_store_bytes(uint8_t *to, const lanes a[4]) {
    for (int v = 0; v < 4; v++)
        EACH_LANE {
            float rounded = nearbyintf(a[v].of[lane]);
            to[v * RW_LANES + lane] =
                rounded > 0.0f ? (rounded < 255.0f ? (uint8_t)rounded : 255) : 0;
        }
}

/// IEEE half precision to single: exact.
LANES_INLINE lanes lanes_load_half(const uint16_t *from) {
    lanes r;
    EACH_LANE {
        uint32_t half = from[lane], sign = (half & 0x8000) << 16, magnitude = half & 0x7fff;
        // Shifted into place the exponent is 112 too small; the product mends subnormals too.
        uint32_t bits = magnitude >= 0x7c00 ? 0x7f800000 | (magnitude << 13) : magnitude << 13;
        float value;
        memcpy(&value, &bits, sizeof value);
        if (magnitude < 0x7c00) value *= 0x1p112f;
        memcpy(&bits, &value, sizeof bits);
        bits |= sign;
        memcpy(&r.of[lane], &bits, sizeof bits);
    }
    return r;
}

/// 2^a for a <= 0.
LANES_INLINE lanes lanes_exp2(lanes a) {
    EACH_LANE {
        float x = a.of[lane] > RW_EXP2_MINIMUM ? a.of[lane] : RW_EXP2_MINIMUM;
        float shifted = x + RW_ROUNDING_MAGIC;
        float f = x - (shifted - RW_ROUNDING_MAGIC);
        float p = fmaf(RW_EXP2_C4, f, RW_EXP2_C3);
        p = fmaf(p, f, RW_EXP2_C2);
        p = fmaf(p, f, RW_EXP2_C1);
        p = fmaf(p, f, RW_EXP2_C0);
        uint32_t bits, exponent;
        memcpy(&bits, &p, sizeof bits);
        memcpy(&exponent, &shifted, sizeof exponent);
        bits += exponent << 23;
        memcpy(&a.of[lane], &bits, sizeof bits);
    }
    return a;
}

/// relu(a) - g(|a|) with g(t) = t * (1 - Phi(t)), a cubic on each of sixteen segments.
LANES_INLINE lanes lanes_gelu(lanes a) {
    EACH_LANE {
        float x = a.of[lane], t = fabsf(x);
        t = t < RW_GELU_MAXIMUM ? t : RW_GELU_MAXIMUM;
        float shifted = t + RW_GELU_MAGIC;
        uint32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        uint32_t segment = bits % RW_GELU_SEGMENTS;
        float g = fmaf(rw_gelu_tail[3][segment], t, rw_gelu_tail[2][segment]);
        g = fmaf(g, t, rw_gelu_tail[1][segment]);
        g = fmaf(g, t, rw_gelu_tail[0][segment]);
        a.of[lane] = (x > 0.0f ? x : 0.0f) - g;
    }
    return a;
}

/// Sixteen sums of products, or the sixteen pairs of int16 that go into them.
typedef union lane_pairs {
    int32_t sum[RW_LANES];
    int16_t of[2 * RW_LANES];
} lane_pairs;

LANES_INLINE lane_pairs pairs_zero(void) {
    lane_pairs r;
    EACH_LANE r.sum[lane] = 0;
    return r;
}

LANES_INLINE lane_pairs pairs_load(const int16_t *from) {
    lane_pairs r;
    memcpy(r.of, from, sizeof r.of);
    return r;
}

/// One pair in every lane.
LANES_INLINE lane_pairs pairs_all(const int16_t *from) {
    lane_pairs r;
    EACH_LANE memcpy(r.of + 2 * lane, from, 2 * sizeof *from);
    return r;
}

/// sum + a's first * b's first + a's second * b's second, in every lane.
LANES_INLINE lane_pairs pairs_dot(lane_pairs sum, lane_pairs a, lane_pairs b) {
    EACH_LANE sum.sum[lane] +=
        a.of[2 * lane] * b.of[2 * lane] + a.of[2 * lane + 1] * b.of[2 * lane + 1];
    return sum;
}

LANES_INLINE lanes pairs_sums(lane_pairs a) { return lanes_from_int32(a.sum); }

/// Rounded half to even; values are within int16 by their scales.
LANES_INLINE void lanes_store_shorts(int16_t *to, lanes a) {
    EACH_LANE to[lane] = (int16_t)nearbyintf(a.of[lane]);
}

/// Lane by lane, a's and b's side by side.
LANES_INLINE void lanes_store_pairs(int16_t *to, lanes a, lanes b) {
    EACH_LANE {
        to[2 * lane] = (int16_t)nearbyintf(a.of[lane]);
        to[2 * lane + 1] = (int16_t)nearbyintf(b.of[lane]);
    }
}

/// rows[r] lane c becomes rows[c] lane r.
LANES_INLINE void lanes_transpose(lanes rows[RW_LANES]) {
    for (int r = 0; r < RW_LANES; r++)
        for (int c = 0; c < r; c++) {
            float swapped = rows[r].of[c];
            rows[r].of[c] = rows[c].of[r];
            rows[c].of[r] = swapped;
        }
}

#endif
