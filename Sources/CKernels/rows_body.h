// What happens to a row of activations between matrix products, on the sixteen lanes. Included
// once by each rows_*.c after its lanes_*.h; NAME adds the instruction set to a function's name.

/// What is quantised in place of the values `x` from channel `i` on.
LANES_INLINE lanes evened(const rw_rows *block, int i, lanes x) {
    return block->factors ? lanes_multiply(x, lanes_load(block->factors + i)) : x;
}

/// offset + scale * q covers [least, greatest] exactly at q = 0 and nearly at q = 255. The
/// quantum is taken as an offset rather than an integer zero point: nothing is lost to rounding
/// it, and the weights' channel sums carry it through the product.
LANES_INLINE void quantise_row(const rw_rows *block, int row, lanes least, lanes greatest) {
    const float *values = block->values + (size_t)row * block->width;
    uint8_t *quantised = block->quantised + (size_t)row * block->width;
    // Adding zero makes -0 into 0: the order of the lanes must not choose between them.
    float low = lanes_least(least) + 0.0f;
    float range = lanes_greatest(greatest) - low;
    float per_quantum = range > 1e-30f ? 255.0f / range : 0.0f;
    lanes quanta = lanes_all(per_quantum), shift = lanes_all(-(low * per_quantum));
    for (int i = 0; i < block->width; i += RW_LANES)
        lanes_store_bytes(
            quantised + i, lanes_fma(evened(block, i, lanes_load(values + i)), quanta, shift));
    block->scales[row] = range > 1e-30f ? range / 255.0f : 0.0f;
    block->offsets[row] = low;
}

void NAME(rw_quantise)(const rw_rows *block) {
    for (int r = 0; r < block->rows; r++) {
        const float *values = block->values + (size_t)r * block->width;
        lanes least = evened(block, 0, lanes_load(values)), greatest = least;
        for (int i = RW_LANES; i < block->width; i += RW_LANES) {
            lanes x = evened(block, i, lanes_load(values + i));
            least = lanes_minimum(least, x);
            greatest = lanes_maximum(greatest, x);
        }
        quantise_row(block, r, least, greatest);
    }
}

/// Lanes past `count` stay out of mean and variance; the padding's weight and bias are zero.
LANES_INLINE void row_moments(const float *values, const rw_norm *norm, float *mean, float *rate) {
    lanes sum = lanes_all(0.0f), squares = sum;
    for (int i = 0; i < norm->count; i += RW_LANES)
        sum = lanes_add(sum, lanes_load_first(values + i, norm->count - i));
    *mean = lanes_sum(sum) / (float)norm->count;
    lanes centre = lanes_all(*mean);
    for (int i = 0; i < norm->count; i += RW_LANES) {
        int left = norm->count - i;
        lanes d = lanes_subtract(lanes_load(values + i), centre);
        if (left < RW_LANES) d = lanes_first_else(left, d, lanes_all(0.0f));
        squares = lanes_fma(d, d, squares);
    }
    float variance = lanes_sum(squares) / (float)norm->count + norm->epsilon;
    *rate = 1.0f / __builtin_sqrtf(variance);
}

void NAME(rw_normalise)(const rw_rows *block, const rw_norm *norm) {
    int width = block->width;
    for (int r = 0; r < block->rows; r++) {
        float *values = block->values + (size_t)r * width;
        float mean, rate;
        row_moments(values, norm, &mean, &rate);
        lanes centre = lanes_all(mean), factor = lanes_all(rate);
        lanes least = lanes_all(__builtin_inff()), greatest = lanes_all(-__builtin_inff());
        for (int i = 0; i < width; i += RW_LANES) {
            lanes d = lanes_multiply(lanes_subtract(lanes_load(values + i), centre), factor);
            lanes y = lanes_fma(d, lanes_load(norm->weights + i), lanes_load(norm->biases + i));
            lanes_store(values + i, y);
            lanes x = evened(block, i, y);
            least = lanes_minimum(least, x);
            greatest = lanes_maximum(greatest, x);
        }
        if (block->quantised) quantise_row(block, r, least, greatest);
    }
}

void NAME(rw_embed)(const rw_embedding *embedding) {
    int width = embedding->width;
    for (int r = 0; r < embedding->rows; r++) {
        const uint16_t *word = embedding->words + (size_t)embedding->token_ids[r] * width;
        const float *position =
            embedding->positions + (size_t)(embedding->first_position + r) * width;
        float *output = embedding->outputs + (size_t)r * width;
        for (int i = 0; i < width; i += RW_LANES)
            lanes_store(output + i, lanes_add(lanes_load_half(word + i), lanes_load(position + i)));
    }
}

void NAME(rw_pool)(
    const float *values, int32_t rows, int32_t width, int32_t count, float *output) {
    lanes squares = lanes_all(0.0f), divisor = lanes_all((float)rows);
    for (int i = 0; i < count; i += RW_LANES) {
        lanes sum = lanes_load(values + i);
        for (int r = 1; r < rows; r++)
            sum = lanes_add(sum, lanes_load(values + (size_t)r * width + i));
        lanes mean = lanes_divide(sum, divisor);
        lanes_store_first(output + i, mean, count - i < RW_LANES ? count - i : RW_LANES);
        // The padding is zero, so it adds nothing.
        squares = lanes_fma(mean, mean, squares);
    }
    float length = __builtin_sqrtf(lanes_sum(squares));
    lanes unit = lanes_all(length > 1e-12f ? length : 1e-12f);
    for (int i = 0; i < count; i += RW_LANES) {
        int left = count - i < RW_LANES ? count - i : RW_LANES;
        lanes_store_first(
            output + i, lanes_divide(lanes_load_first(output + i, left), unit), left);
    }
}
