// SHA-256's compression function with the SHA extensions: a bundle's checksum at memory speed.
// The instructions keep the state as {a, b, e, f} and {c, d, g, h} (Intel SDM, SHA256RNDS2).
#ifdef __x86_64__
#include <immintrin.h>

#include "instruction_sets.h"
#include "sha256_constants.h"

#pragma clang attribute push(__attribute__((target("sha,sse4.1,ssse3"))), apply_to = function)

typedef struct halves {
    __m128i abef, cdgh;
} halves;

static inline halves load_state(const uint32_t state[8]) {
    __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
    __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
    halves r = {_mm_alignr_epi8(badc, hgfe, 8), _mm_blend_epi16(hgfe, badc, 0xf0)};
    return r;
}

static inline void store_state(uint32_t state[8], halves from) {
    __m128i feba = _mm_shuffle_epi32(from.abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(from.cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/// Four rounds on four words of the schedule.
static inline void four_rounds(halves *state, __m128i words, int round) {
    const __m128i *constants = (const __m128i *)(rw_sha256_constants + round);
    __m128i input = _mm_add_epi32(words, _mm_load_si128(constants));
    state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, input);
    input = _mm_shuffle_epi32(input, 0x0e);
    state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, input);
}

void rw_sha256_blocks_shani(uint32_t state[8], const uint8_t *blocks, size_t block_count) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    halves now = load_state(state);
    for (; block_count > 0; block_count--, blocks += 64) {
        halves before = now;
        __m128i words[4];
        for (int i = 0; i < 4; i++) {
            words[i] = _mm_loadu_si128((const __m128i *)(blocks + 16 * i));
            words[i] = _mm_shuffle_epi8(words[i], big_endian);
            four_rounds(&now, words[i], 4 * i);
        }
        for (int round = 16; round < 64; round += 4) {
            __m128i next = _mm_sha256msg1_epu32(words[0], words[1]);
            next = _mm_add_epi32(next, _mm_alignr_epi8(words[3], words[2], 4));
            next = _mm_sha256msg2_epu32(next, words[3]);
            words[0] = words[1], words[1] = words[2], words[2] = words[3], words[3] = next;
            four_rounds(&now, next, round);
        }
        now.abef = _mm_add_epi32(now.abef, before.abef);
        now.cdgh = _mm_add_epi32(now.cdgh, before.cdgh);
    }
    store_state(state, now);
}

#pragma clang attribute pop
#endif
