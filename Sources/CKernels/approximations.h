// Written by Benchmarks/encoder/approximation_coefficients.py, which says how.
#ifndef RANKWIRE_APPROXIMATIONS_H
#define RANKWIRE_APPROXIMATIONS_H

// 1.5 * 2^23: adding it rounds to the nearest integer, left in the low bits.
#define RW_ROUNDING_MAGIC 12582912.0f
// Below it 2^x is subnormal; softmax loses nothing there.
#define RW_EXP2_MINIMUM (-125.0f)
#define RW_EXP2_C0 0x1.0000020000000p+0f
#define RW_EXP2_C1 0x1.62e0c20000000p-1f
#define RW_EXP2_C2 0x1.ebf9060000000p-3f
#define RW_EXP2_C3 0x1.ca1d020000000p-5f
#define RW_EXP2_C4 0x1.3d107c0000000p-7f

#define RW_GELU_SEGMENTS 16
// 1.5 * 2^22: adding it rounds to the nearest half, left in the low bits as their count.
#define RW_GELU_MAGIC 6291456.0f
// |x| past the last segment counts as its end, where the tail is below 1e-13.
#define RW_GELU_MAXIMUM 7.749000f

// Row p holds the coefficient of power p for every segment.
static const float rw_gelu_tail[4][RW_GELU_SEGMENTS]
    __attribute__((aligned(64), unused)) = {
    {
        0x0.0p+0f, -0x1.0ada1c0000000p-9f, 0x1.7b4a540000000p-18f, 0x1.0c11aa0000000p-3f,
        0x1.afffd00000000p-2f, 0x1.2ff4ae0000000p-1f, 0x1.ec63320000000p-2f, 0x1.00443c0000000p-2f,
        0x1.6b36600000000p-4f, 0x1.6adeb20000000p-6f, 0x1.056afc0000000p-8f, 0x1.13ebb40000000p-11f,
        0x1.af90a40000000p-15f, 0x1.f86b3a0000000p-19f, 0x1.bb77b20000000p-23f, 0x1.26c6120000000p-27f,
    },
    {
        0x1.0018d40000000p-1f, 0x1.0a15020000000p-1f, 0x1.0a6ac60000000p-1f, 0x1.b7624e0000000p-3f,
        -0x1.2740d80000000p-2f, -0x1.0d0fd80000000p-1f, -0x1.9f5af80000000p-2f, -0x1.8929040000000p-3f,
        -0x1.f764f60000000p-5f, -0x1.c7cd580000000p-7f, -0x1.2b55220000000p-9f, -0x1.21c97e0000000p-12f,
        -0x1.a22ef40000000p-16f, -0x1.c5627a0000000p-20f, -0x1.7386800000000p-24f, -0x1.ce5a980000000p-29f,
    },
    {
        -0x1.9d31a20000000p-2f, -0x1.df9cac0000000p-2f, -0x1.ecf8e00000000p-2f, -0x1.ef89da0000000p-3f,
        0x1.8ecae40000000p-5f, 0x1.437aba0000000p-3f, 0x1.d8ef180000000p-4f, 0x1.94cfd40000000p-5f,
        0x1.d2de160000000p-7f, 0x1.7e889a0000000p-9f, 0x1.c99cfa0000000p-12f, 0x1.96258a0000000p-15f,
        0x1.0e4afc0000000p-18f, 0x1.0fc5f00000000p-22f, 0x1.9f1a4e0000000p-27f, 0x1.e38afc0000000p-32f,
    },
    {
        0x1.02946a0000000p-5f, 0x1.bb85e80000000p-4f, 0x1.ea6b900000000p-4f, 0x1.d1e09a0000000p-5f,
        0x1.6d97300000000p-11f, -0x1.07c2920000000p-6f, -0x1.6aff020000000p-7f, -0x1.178af00000000p-8f,
        -0x1.21a4360000000p-10f, -0x1.aceb8e0000000p-13f, -0x1.d2f9140000000p-16f, -0x1.7bc9060000000p-19f,
        -0x1.d21d640000000p-23f, -0x1.b292000000000p-27f, -0x1.3543080000000p-31f, -0x1.512edc0000000p-36f,
    },
};

#endif
