// Written by Benchmarks/encoder/approximation_coefficients.py, which says how.
#ifndef RANKWIRE_APPROXIMATIONS_H
#define RANKWIRE_APPROXIMATIONS_H

// 1.5 * 2^23: adding it rounds to the nearest integer, left in the low bits.
#define RW_ROUNDING_MAGIC 12582912.0f
// Below it 2^x is subnormal; softmax loses nothing there.
#define RW_EXP2_MINIMUM (-125.0f)
#define RW_EXP2_C0 0x1.0000000000000p+0f
#define RW_EXP2_C1 0x1.62e4300000000p-1f
#define RW_EXP2_C2 0x1.ebfbe00000000p-3f
#define RW_EXP2_C3 0x1.c6aecc0000000p-5f
#define RW_EXP2_C4 0x1.3b29d80000000p-7f
#define RW_EXP2_C5 0x1.5f48c80000000p-10f
#define RW_EXP2_C6 0x1.446c7e0000000p-13f

#define RW_GELU_SEGMENTS 16
#define RW_GELU_SEGMENTS_PER_UNIT 3.0f
// |x| past the last segment counts as its end, where the tail is below 1e-6.
#define RW_GELU_MAXIMUM 5.165667f

// Row p holds the coefficient of power p for every segment.
static const float rw_gelu_tail[4][RW_GELU_SEGMENTS]
    __attribute__((aligned(64), unused)) = {
    {
        0x0.0p+0f, 0x1.f863fc0000000p-4f, 0x1.58bbce0000000p-3f, 0x1.44ee0e0000000p-3f,
        0x1.f226280000000p-4f, 0x1.4642ec0000000p-4f, 0x1.74c09c0000000p-5f, 0x1.773dc60000000p-6f,
        0x1.4eb25e0000000p-7f, 0x1.0960100000000p-8f, 0x1.76d6880000000p-10f, 0x1.d835cc0000000p-12f,
        0x1.09827a0000000p-13f, 0x1.0aaeac0000000p-15f, 0x1.deb0b80000000p-18f, 0x1.7fff0a0000000p-20f,
    },
    {
        0x1.555f4c0000000p-3f, 0x1.4caa400000000p-4f, 0x1.afcde80000000p-7f, -0x1.c6fe0c0000000p-6f,
        -0x1.5c12b40000000p-5f, -0x1.423c820000000p-5f, -0x1.d17db60000000p-6f, -0x1.188d480000000p-6f,
        -0x1.2219c40000000p-7f, -0x1.04f4ec0000000p-8f, -0x1.9bb6560000000p-10f, -0x1.1e407c0000000p-11f,
        -0x1.6000b80000000p-13f, -0x1.7faeda0000000p-15f, -0x1.73555a0000000p-17f, -0x1.3f800a0000000p-19f,
    },
    {
        -0x1.6cff780000000p-5f, -0x1.4323300000000p-5f, -0x1.c3931e0000000p-6f, -0x1.ba84880000000p-7f,
        -0x1.17f0240000000p-9f, 0x1.133c660000000p-8f, 0x1.8581f40000000p-8f, 0x1.47d8c00000000p-8f,
        0x1.a909c80000000p-9f, 0x1.c7132a0000000p-10f, 0x1.9e73920000000p-11f, 0x1.4612720000000p-12f,
        0x1.bf51c40000000p-14f, 0x1.0d17ca0000000p-15f, 0x1.1d19b40000000p-17f, 0x1.0ac7020000000p-19f,
    },
    {
        0x1.9c269e0000000p-11f, 0x1.88da100000000p-9f, 0x1.3057560000000p-8f, 0x1.244e6e0000000p-8f,
        0x1.88aed00000000p-9f, 0x1.4a24560000000p-10f, 0x1.82e5520000000p-17f, -0x1.19d0480000000p-11f,
        -0x1.3052dc0000000p-11f, -0x1.ae46880000000p-12f, -0x1.db760c0000000p-13f, -0x1.b29fce0000000p-14f,
        -0x1.515bf00000000p-15f, -0x1.c32f860000000p-17f, -0x1.0641fc0000000p-18f, -0x1.0a9b540000000p-20f,
    },
};

#endif
