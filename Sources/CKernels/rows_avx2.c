// Layer norm, quantisation, embedding and pooling with AVX2 and FMA.
#ifdef __x86_64__
#include <immintrin.h>

#include "instruction_sets.h"

#pragma clang attribute push(__attribute__((target(RW_TARGET_AVX2))), apply_to = function)
#include "lanes_avx2.h"

#define NAME(operation) operation##_avx2
#define ROW_TILE 2
#include "rows_body.h"
#pragma clang attribute pop
#endif
