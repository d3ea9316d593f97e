// Layer norm, quantisation, embedding and pooling with AVX-512.
#ifdef __x86_64__
#include <immintrin.h>

#include "instruction_sets.h"

#pragma clang attribute push(__attribute__((target(RW_TARGET_AVX512))), apply_to = function)
#include "lanes_avx512.h"

#define NAME(operation) operation##_avx512
#define ROW_TILE 4
#include "rows_body.h"
#pragma clang attribute pop
#endif
