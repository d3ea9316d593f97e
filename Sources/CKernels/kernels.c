// Which kernels this CPU can run. Swift asks once a process and keeps the answer.
#include "instruction_sets.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

static const rw_kernels portable = {
    RW_PORTABLE, "portable", rw_linear_portable, rw_normalise_portable, rw_quantise_portable,
    rw_attention_portable, rw_embed_portable, rw_pool_portable, rw_dot_portable,
    rw_dot_rows_portable, rw_scan_portable,
};

#ifdef __x86_64__
static const rw_kernels avx2 = {
    RW_AVX2, "avx2", rw_linear_avx2, rw_normalise_avx2, rw_quantise_avx2, rw_attention_avx2,
    rw_embed_avx2, rw_pool_avx2, rw_dot_avx2, rw_dot_rows_avx2,
    rw_scan_avx2,
};

static const rw_kernels avx_vnni = {
    RW_AVX_VNNI, "avxvnni", rw_linear_avxvnni, rw_normalise_avx2, rw_quantise_avx2,
    rw_attention_avx2, rw_embed_avx2, rw_pool_avx2, rw_dot_avx2, rw_dot_rows_avx2,
    rw_scan_avx2,
};

static const rw_kernels avx512_vnni = {
    RW_AVX512_VNNI, "avx512vnni", rw_linear_avx512vnni, rw_normalise_avx512, rw_quantise_avx512,
    rw_attention_avx512, rw_embed_avx512, rw_pool_avx512, rw_dot_avx512vnni,
    rw_dot_rows_avx512vnni, rw_scan_avx512vnni,
};

/// The compiler's run-time check also asks whether the operating system saves the registers.
static int has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c");
}

/// CPUID leaf 7, sub-leaf 1, EAX bit 4; the compiler has no name for it on older targets.
static int has_avx_vnni(void) {
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) return 0;
    return has_avx2() && (eax >> 4 & 1);
}

static int has_avx512_vnni(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vnni");
}
#endif

const rw_kernels *rw_kernels_for(rw_instruction_set set) {
    if (set == RW_PORTABLE) return &portable;
#ifdef __x86_64__
    if (set == RW_AVX2 && has_avx2()) return &avx2;
    if (set == RW_AVX_VNNI && has_avx_vnni()) return &avx_vnni;
    if (set == RW_AVX512_VNNI && has_avx512_vnni()) return &avx512_vnni;
#endif
    return NULL;
}

int64_t rw_int8_peak(int64_t steps) {
#ifdef __x86_64__
    if (has_avx512_vnni()) return rw_int8_peak_avx512vnni(steps);
#endif
    (void)steps;
    return 0;
}

uint64_t rw_read(const void *bytes, size_t count) {
#ifdef __x86_64__
    if (has_avx512_vnni()) return rw_read_avx512(bytes, count);
#endif
    const uint64_t *words = bytes;
    uint64_t sum = 0;
    for (size_t i = 0; i < count / 64 * 8; i++) sum += words[i];
    return sum;
}

size_t rw_attention_scratch_floats(int32_t tokens, int32_t head_width) {
    size_t width = (size_t)head_width;
    size_t padded = ((size_t)tokens + RW_LANES - 1) / RW_LANES * RW_LANES;
    size_t for_tile = RW_ATTENTION_TILE * (padded + padded / 2 + width / 2);
    // Keys and values in 16 bits, their scales, sixteen keys being turned.
    return padded * width + padded + width + RW_LANES * width + for_tile;
}
