// The int8 matrix product in portable C: the definition.
#include "instruction_sets.h"
#include "lanes_portable.h"

#include "linear_epilogue.h"

/// Exact: depth * 255 * 128 stays below 2^31 for every depth under 65,793.
static void add_products(
    const uint8_t *inputs, const int8_t *panel, int depth, int32_t sums[RW_CHANNEL_BLOCK]) {
    memset(sums, 0, RW_CHANNEL_BLOCK * sizeof *sums);
    for (int k = 0; k < depth; k += RW_DEPTH_GROUP, panel += RW_CHANNEL_BLOCK * RW_DEPTH_GROUP)
        for (int c = 0; c < RW_CHANNEL_BLOCK; c++)
            for (int i = 0; i < RW_DEPTH_GROUP; i++)
                sums[c] += inputs[k + i] * panel[c * RW_DEPTH_GROUP + i];
}

void rw_linear_portable(const rw_linear *linear) {
    int32_t sums[RW_CHANNEL_BLOCK];
    for (int channel = 0; channel < linear->channels; channel += RW_CHANNEL_BLOCK) {
        const int8_t *panel = linear->weights + (size_t)channel * linear->depth;
        for (int row = 0; row < linear->rows; row++) {
            add_products(
                linear->inputs + (size_t)row * linear->depth, panel, linear->depth, sums);
            for (int i = 0; i < RW_CHANNEL_BLOCK; i += RW_LANES)
                finish(
                    linear, linear->epilogue, row, channel + i,
                    load_channels(linear, channel + i), lanes_from_int32(sums + i));
        }
    }
}
