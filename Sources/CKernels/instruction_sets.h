// Names of the functions of each instruction set, and the target attributes that build them
// without flags for a whole file.
#ifndef RANKWIRE_INSTRUCTION_SETS_H
#define RANKWIRE_INSTRUCTION_SETS_H

#include <math.h>

#include "CKernels.h"

#define RW_TARGET_AVX2 "avx,avx2,fma,f16c"
#define RW_TARGET_AVX512 \
    "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx,avx2,fma,f16c"

// Queries that attention takes at a time, at most.
#define RW_ATTENTION_TILE 8

#define RW_DECLARE_FLOAT_KERNELS(set)                                                            \
    void rw_normalise_##set(const rw_rows *, const rw_norm *);                                   \
    void rw_quantise_##set(const rw_rows *);                                                     \
    void rw_attention_##set(const rw_attention *);                                               \
    void rw_embed_##set(const rw_embedding *);                                                   \
    void rw_pool_##set(const float *, int32_t, int32_t, int32_t, float *);

#define RW_DECLARE_INTEGER_KERNELS(set)                                                          \
    void rw_linear_##set(const rw_linear *);                                                     \
    int32_t rw_dot_##set(const int8_t *, const int8_t *, size_t);                                \
    void rw_dot_rows_##set(                                                                      \
        const int8_t *, const int8_t *, size_t, size_t, size_t, int32_t *);                      \
    void rw_scan_##set(const rw_scan *);

RW_DECLARE_FLOAT_KERNELS(portable)
RW_DECLARE_FLOAT_KERNELS(avx2)
RW_DECLARE_FLOAT_KERNELS(avx512)
RW_DECLARE_INTEGER_KERNELS(portable)
RW_DECLARE_INTEGER_KERNELS(avx2)
RW_DECLARE_INTEGER_KERNELS(avx512vnni)
void rw_linear_avxvnni(const rw_linear *);
int64_t rw_int8_peak_avx512vnni(int64_t steps);
uint64_t rw_read_avx512(const void *, size_t);

#endif
