// What becomes of sixteen int32 sums of one row: the float half of rw_linear, once for every
// instruction set. Include after lanes_*.h.

typedef struct channel_block {
    lanes scales, sums, biases;
} channel_block;

LANES_INLINE channel_block load_channels(const rw_linear *linear, int channel) {
    channel_block r = {
        lanes_load(linear->channel_scales + channel), lanes_load(linear->channel_sums + channel),
        lanes_load(linear->channel_biases + channel)};
    return r;
}

/// `sums` are the exact int32 sums as floats, of `row` and the sixteen channels from `channel`.
LANES_INLINE void finish(
    const rw_linear *linear, rw_epilogue epilogue, int row, int channel, channel_block block,
    lanes sums) {
    lanes scale = lanes_multiply(lanes_all(linear->input_scales[row]), block.scales);
    lanes shift = lanes_fma(lanes_all(linear->input_offsets[row]), block.sums, block.biases);
    lanes y = lanes_fma(sums, scale, shift);
    size_t at = (size_t)row * linear->channels + channel;
    if (epilogue == RW_EPILOGUE_GELU) y = lanes_gelu(y);
    if (epilogue == RW_EPILOGUE_RESIDUAL) y = lanes_add(y, lanes_load(linear->residuals + at));
    lanes_store(linear->outputs + at, y);
}
