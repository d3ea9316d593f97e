// SHA-256's compression function in portable C (FIPS 180-4, sections 4.2.2 and 6.2.2).
#include "instruction_sets.h"
#include "sha256_constants.h"

static uint32_t rotated(uint32_t x, int by) { return (x >> by) | (x << (32 - by)); }

static void expand(const uint8_t *block, uint32_t words[64]) {
    for (int t = 0; t < 16; t++)
        words[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
                   (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (int t = 16; t < 64; t++) {
        uint32_t a = words[t - 15], b = words[t - 2];
        words[t] = words[t - 16] + (rotated(a, 7) ^ rotated(a, 18) ^ (a >> 3)) + words[t - 7] +
                   (rotated(b, 17) ^ rotated(b, 19) ^ (b >> 10));
    }
}

static void compress(uint32_t state[8], const uint32_t words[64]) {
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
        uint32_t first = h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) +
                         ((e & f) ^ (~e & g)) + rw_sha256_constants[t] + words[t];
        uint32_t second =
            (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + first;
        d = c, c = b, b = a, a = first + second;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void rw_sha256_blocks_portable(uint32_t state[8], const uint8_t *blocks, size_t block_count) {
    uint32_t words[64];
    for (size_t i = 0; i < block_count; i++) {
        expand(blocks + 64 * i, words);
        compress(state, words);
    }
}
