// Self-attention of one sequence on the sixteen lanes. Included once by each attention_*.c after
// its lanes_*.h.
//
// For a head the keys are turned, sixteen at a time, into [block][head_width][16], so that a score
// is a chain of fused multiply-adds over the head's width with sixteen keys side by side; the
// context is a chain over the keys with the head's width side by side. Both chains start at zero
// and run upward, for every shape, which is what makes a sequence's bits independent of its
// company. QUERY_TILE queries share what is loaded; it changes speed only.

LANES_INLINE int key_blocks(int tokens) { return (tokens + RW_LANES - 1) / RW_LANES; }

LANES_INLINE void turn_keys(const float *keys, int tokens, int row, int width, float *turned) {
    for (int block = 0; block < key_blocks(tokens); block++)
        for (int d = 0; d < width; d += RW_LANES) {
            lanes square[RW_LANES];
            for (int j = 0; j < RW_LANES; j++) {
                int key = block * RW_LANES + j;
                square[j] =
                    key < tokens ? lanes_load(keys + (size_t)key * row + d) : lanes_all(0.0f);
            }
            lanes_transpose(square);
            for (int j = 0; j < RW_LANES; j++)
                lanes_store(turned + (size_t)(block * width + d + j) * RW_LANES, square[j]);
        }
}

/// scores[q][j] for `count` queries and one block of keys.
LANES_INLINE void score_block(
    const float *queries, int row, int count, int width, const float *turned, float *scores,
    int scores_row) {
    lanes sum[QUERY_TILE];
    for (int q = 0; q < count; q++) sum[q] = lanes_all(0.0f);
    for (int d = 0; d < width; d++) {
        lanes key = lanes_load(turned + (size_t)d * RW_LANES);
        for (int q = 0; q < count; q++)
            sum[q] = lanes_fma(lanes_all(queries[(size_t)q * row + d]), key, sum[q]);
    }
    for (int q = 0; q < count; q++) lanes_store(scores + (size_t)q * scores_row, sum[q]);
}

/// Powers of two of the scores less their greatest, in place, not yet divided; returns their sum.
LANES_INLINE float soften(float *scores, int tokens) {
    lanes lowest = lanes_all(-__builtin_inff()), greatest = lowest, sum = lanes_all(0.0f);
    for (int j = 0; j < tokens; j += RW_LANES) {
        lanes x = lanes_load(scores + j);
        if (tokens - j < RW_LANES) x = lanes_first_else(tokens - j, x, lowest);
        greatest = lanes_maximum(greatest, x);
    }
    lanes top = lanes_all(lanes_greatest(greatest));
    for (int j = 0; j < tokens; j += RW_LANES) {
        lanes power = lanes_exp2(lanes_subtract(lanes_load(scores + j), top));
        if (tokens - j < RW_LANES) power = lanes_first_else(tokens - j, power, lanes_all(0.0f));
        lanes_store(scores + j, power);
        sum = lanes_add(sum, power);
    }
    return lanes_sum(sum);
}

/// context[q][d] = sum_j scores[q][j] * values[j][d] / total[q], sixteen d at a time.
LANES_INLINE void mix_values(
    const float *values, int row, int tokens, const float *scores, int scores_row, int count,
    const float *totals, float *context, int context_row) {
    lanes sum[QUERY_TILE];
    for (int q = 0; q < count; q++) sum[q] = lanes_all(0.0f);
    for (int j = 0; j < tokens; j++) {
        lanes value = lanes_load(values + (size_t)j * row);
        for (int q = 0; q < count; q++)
            sum[q] = lanes_fma(lanes_all(scores[(size_t)q * scores_row + j]), value, sum[q]);
    }
    for (int q = 0; q < count; q++)
        lanes_store(
            context + (size_t)q * context_row, lanes_multiply(sum[q], lanes_all(totals[q])));
}

/// `count` queries from `first` on, one head. Called with a constant count, to be unrolled.
LANES_INLINE void attend_tile(
    const rw_attention *attention, const float *turned, float *scores, int head, int first,
    int count) {
    int tokens = attention->tokens, width = attention->head_width, stride = attention->stride;
    int row = 3 * stride, scores_row = key_blocks(tokens) * RW_LANES;
    const float *queries = attention->projections + (size_t)first * row + (size_t)head * width;
    const float *values = attention->projections + 2 * (size_t)stride + (size_t)head * width;
    float *context = attention->context + (size_t)first * stride + (size_t)head * width;
    for (int block = 0; block < key_blocks(tokens); block++)
        score_block(
            queries, row, count, width, turned + (size_t)block * width * RW_LANES,
            scores + block * RW_LANES, scores_row);
    float totals[QUERY_TILE];
    for (int q = 0; q < count; q++)
        totals[q] = 1.0f / soften(scores + (size_t)q * scores_row, tokens);
    for (int d = 0; d < width; d += RW_LANES)
        mix_values(
            values + d, row, tokens, scores, scores_row, count, totals, context + d, stride);
}

void NAME(rw_attention)(const rw_attention *attention) {
    int tokens = attention->tokens, width = attention->head_width;
    float *turned = attention->scratch;
    float *scores = turned + (size_t)key_blocks(tokens) * RW_LANES * width;
    for (int head = 0; head < attention->heads; head++) {
        const float *keys = attention->projections + attention->stride + (size_t)head * width;
        turn_keys(keys, tokens, 3 * attention->stride, width, turned);
        int first = 0;
        for (; first + QUERY_TILE <= tokens; first += QUERY_TILE)
            attend_tile(attention, turned, scores, head, first, QUERY_TILE);
        for (; first < tokens; first++) attend_tile(attention, turned, scores, head, first, 1);
    }
}
