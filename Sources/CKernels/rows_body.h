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
    for (int i = 0; i < block->width; i += 4 * RW_LANES) {
        lanes x[4];
        for (int v = 0; v < 4; v++) {
            int at = i + v * RW_LANES;
            x[v] = lanes_fma(evened(block, at, lanes_load(values + at)), quanta, shift);
        }
        lanes_store_bytes(quantised + i, x);
    }
    block->scales[row] = range > 1e-30f ? range / 255.0f : 0.0f;
    block->offsets[row] = low;
}

/// `count` rows side by side from `first` on, for the chain of a row's minima alone would keep a
/// core waiting. Called with a constant count, as is all that has one.
LANES_INLINE void quantise_rows(const rw_rows *block, int first, int count) {
    const float *values = block->values + (size_t)first * block->width;
    lanes least[ROW_TILE], greatest[ROW_TILE];
    for (int r = 0; r < count; r++) {
        least[r] = lanes_all(__builtin_inff());
        greatest[r] = lanes_all(-__builtin_inff());
    }
    for (int i = 0; i < block->width; i += RW_LANES)
        for (int r = 0; r < count; r++) {
            lanes x = evened(block, i, lanes_load(values + (size_t)r * block->width + i));
            least[r] = lanes_minimum(least[r], x);
            greatest[r] = lanes_maximum(greatest[r], x);
        }
    for (int r = 0; r < count; r++) quantise_row(block, first + r, least[r], greatest[r]);
}

void NAME(rw_quantise)(const rw_rows *arguments) {
    const rw_rows block = *arguments;
    int row = 0;
    for (; row + ROW_TILE <= block.rows; row += ROW_TILE) quantise_rows(&block, row, ROW_TILE);
    for (; row < block.rows; row++) quantise_rows(&block, row, 1);
}

/// Mean, and one over the standard deviation, of each row. Lanes past `norm->count` stay out; the
/// padding's weight and bias are zero.
LANES_INLINE void row_moments(
    const float *values, size_t width, const rw_norm *norm, int count, lanes *means, lanes *rates) {
    int whole = norm->count / RW_LANES * RW_LANES, left = norm->count - whole;
    lanes sums[ROW_TILE], squares[ROW_TILE], zero = lanes_all(0.0f);
    for (int r = 0; r < count; r++) sums[r] = squares[r] = zero;
    for (int i = 0; i < whole; i += RW_LANES)
        for (int r = 0; r < count; r++)
            sums[r] = lanes_add(sums[r], lanes_load(values + r * width + i));
    for (int r = 0; r < count; r++) {
        if (left > 0)
            sums[r] = lanes_add(sums[r], lanes_load_first(values + r * width + whole, left));
        means[r] = lanes_all(lanes_sum(sums[r]) / (float)norm->count);
    }
    for (int i = 0; i < whole; i += RW_LANES)
        for (int r = 0; r < count; r++) {
            lanes d = lanes_subtract(lanes_load(values + r * width + i), means[r]);
            squares[r] = lanes_fma(d, d, squares[r]);
        }
    for (int r = 0; r < count; r++) {
        if (left > 0) {
            lanes d = lanes_subtract(lanes_load(values + r * width + whole), means[r]);
            d = lanes_first_else(left, d, zero);
            squares[r] = lanes_fma(d, d, squares[r]);
        }
        float variance = lanes_sum(squares[r]) / (float)norm->count + norm->epsilon;
        rates[r] = lanes_all(1.0f / __builtin_sqrtf(variance));
    }
}

LANES_INLINE void normalise_rows(const rw_rows *block, const rw_norm *norm, int first, int count) {
    size_t width = (size_t)block->width;
    float *values = block->values + first * width;
    lanes means[ROW_TILE], rates[ROW_TILE], least[ROW_TILE], greatest[ROW_TILE];
    row_moments(values, width, norm, count, means, rates);
    for (int r = 0; r < count; r++) {
        least[r] = lanes_all(__builtin_inff());
        greatest[r] = lanes_all(-__builtin_inff());
    }
    for (int i = 0; i < block->width; i += RW_LANES) {
        lanes weight = lanes_load(norm->weights + i), bias = lanes_load(norm->biases + i);
        for (int r = 0; r < count; r++) {
            float *at = values + r * width + i;
            lanes d = lanes_multiply(lanes_subtract(lanes_load(at), means[r]), rates[r]);
            lanes y = lanes_fma(d, weight, bias);
            lanes_store(at, y);
            lanes x = evened(block, i, y);
            least[r] = lanes_minimum(least[r], x);
            greatest[r] = lanes_maximum(greatest[r], x);
        }
    }
    if (block->quantised)
        for (int r = 0; r < count; r++) quantise_row(block, first + r, least[r], greatest[r]);
}

void NAME(rw_normalise)(const rw_rows *arguments, const rw_norm *norm_arguments) {
    const rw_rows block = *arguments;
    const rw_norm norm = *norm_arguments;
    int row = 0;
    for (; row + ROW_TILE <= block.rows; row += ROW_TILE)
        normalise_rows(&block, &norm, row, ROW_TILE);
    for (; row < block.rows; row++) normalise_rows(&block, &norm, row, 1);
}

/// Words lie anywhere in a table that no cache holds: so many rows ahead they are asked for.
#define EMBED_AHEAD 4

LANES_INLINE const uint16_t *embedded_word(const rw_embedding *embedding, int row) {
    return embedding->words + (size_t)embedding->token_ids[row] * embedding->width;
}

LANES_INLINE void fetch_word(const rw_embedding *embedding, int row) {
    const uint16_t *word = embedded_word(embedding, row);
    for (int i = 0; i < embedding->width; i += 32) __builtin_prefetch(word + i);
}

void NAME(rw_embed)(const rw_embedding *embedding) {
    int width = embedding->width, rows = embedding->rows;
    for (int r = 0; r < EMBED_AHEAD && r < rows; r++) fetch_word(embedding, r);
    for (int r = 0; r < rows; r++) {
        if (r + EMBED_AHEAD < rows) fetch_word(embedding, r + EMBED_AHEAD);
        const uint16_t *word = embedded_word(embedding, r);
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
