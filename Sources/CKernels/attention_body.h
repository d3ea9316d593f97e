// Self-attention of one sequence on the sixteen lanes. Included once by each attention_*.c after
// its lanes_*.h.
//
// Both products are of int16 pairs summed exactly in int32, at twice the rate of fp32: a query and a
// key have up to 4095 steps each way and a scale a token, a value 32767 and a scale a channel,
// probabilities 16384. What they lose is a thousandth of what int8 elsewhere does, and exact sums
// have the same bits in any order, so tiles and blocks change speed only.
//
// Of a head the keys are turned into [block][pair of d][16 keys][2] and the values into
// [pair of keys][width][2]: one broadcast pair of a query, or of its probabilities, meets sixteen
// pairs at a time. Softmax between them is fp32.

/// width * steps^2, and (16384 + tokens / 2) * 32767 up to 65536 tokens, stay below 2^31.
#define MOST_STEPS 4095.0f
#define VALUE_STEPS 32767.0f
#define SHARE_STEPS 16384.0f

LANES_INLINE int key_blocks(int tokens) { return (tokens + RW_LANES - 1) / RW_LANES; }

LANES_INLINE float query_steps(int width) {
    float most = (float)(int)__builtin_sqrtf(2.0e9f / (float)width);
    return most < MOST_STEPS ? most : MOST_STEPS;
}

/// What turns values up to `largest` into `steps` steps; zero for zero.
LANES_INLINE lanes per_step(lanes largest, float steps) {
    lanes least = lanes_all(1e-30f);
    return lanes_divide(lanes_all(steps), lanes_maximum(largest, least));
}

/// One head's memory, carved from the caller's scratch.
typedef struct head_memory {
    int16_t *keys, *values, *queries, *shares;
    float *key_scales, *value_scales, *turning, *scores;
    int tokens, width, row, scores_row;
} head_memory;

LANES_INLINE head_memory head_memory_of(const rw_attention *attention) {
    int width = attention->head_width, padded = key_blocks(attention->tokens) * RW_LANES;
    float *at = attention->scratch;
    head_memory r;
    r.tokens = attention->tokens;
    r.width = width;
    r.row = 3 * attention->stride;
    r.scores_row = padded;
    r.key_scales = at, at += padded;
    r.value_scales = at, at += width;
    r.turning = at, at += RW_LANES * width;
    r.scores = at, at += RW_ATTENTION_TILE * padded;
    r.shares = (int16_t *)at, at += RW_ATTENTION_TILE * padded / 2;
    r.queries = (int16_t *)at, at += RW_ATTENTION_TILE * width / 2;
    r.keys = (int16_t *)at, at += padded * width / 2;
    r.values = (int16_t *)at;
    return r;
}

/// A block of sixteen keys; those past the end are zero.
LANES_INLINE void turn_keys(const head_memory *head, const float *keys, int block) {
    int width = head->width, first = block * RW_LANES;
    lanes largest = lanes_all(0.0f);
    for (int d = 0; d < width; d += RW_LANES) {
        lanes square[RW_LANES];
        for (int j = 0; j < RW_LANES; j++)
            square[j] = first + j < head->tokens
                            ? lanes_load(keys + (size_t)(first + j) * head->row + d)
                            : lanes_all(0.0f);
        lanes_transpose(square);
        for (int j = 0; j < RW_LANES; j++) {
            largest = lanes_maximum(lanes_absolute(square[j]), largest);
            lanes_store(head->turning + (d + j) * RW_LANES, square[j]);
        }
    }
    float steps = query_steps(width);
    lanes factor = per_step(largest, steps);
    lanes_store(head->key_scales + first, lanes_divide(largest, lanes_all(steps)));
    int16_t *to = head->keys + (size_t)first * width;
    for (int d = 0; d < width; d += 2, to += 2 * RW_LANES)
        lanes_store_pairs(
            to, lanes_multiply(lanes_load(head->turning + d * RW_LANES), factor),
            lanes_multiply(lanes_load(head->turning + (d + 1) * RW_LANES), factor));
}

/// Sixteen channels of all values.
LANES_INLINE void pair_values(const head_memory *head, const float *values, int d) {
    lanes largest = lanes_all(0.0f);
    for (int j = 0; j < head->tokens; j++)
        largest =
            lanes_maximum(lanes_absolute(lanes_load(values + (size_t)j * head->row + d)), largest);
    lanes factor = per_step(largest, VALUE_STEPS);
    lanes_store(
        head->value_scales + d, lanes_divide(largest, lanes_all(VALUE_STEPS * SHARE_STEPS)));
    for (int j = 0; j < head->tokens; j += 2) {
        const float *from = values + (size_t)j * head->row + d;
        lanes second = j + 1 < head->tokens ? lanes_load(from + head->row) : lanes_all(0.0f);
        lanes_store_pairs(
            head->values + (size_t)j * head->width + 2 * d,
            lanes_multiply(lanes_load(from), factor), lanes_multiply(second, factor));
    }
}

/// The steps of `count` queries side by side, and their scales.
LANES_INLINE void
step_queries(const head_memory *head, const float *queries, int count, float *scales) {
    lanes largest[RW_ATTENTION_TILE], factor[RW_ATTENTION_TILE];
    for (int q = 0; q < count; q++) largest[q] = lanes_all(0.0f);
    for (int d = 0; d < head->width; d += RW_LANES)
        for (int q = 0; q < count; q++)
            largest[q] = lanes_maximum(
                lanes_absolute(lanes_load(queries + (size_t)q * head->row + d)), largest[q]);
    float steps = query_steps(head->width);
    for (int q = 0; q < count; q++) {
        float most = lanes_greatest(largest[q]);
        factor[q] = lanes_all(steps / (most > 1e-30f ? most : 1e-30f));
        scales[q] = most / steps;
    }
    for (int d = 0; d < head->width; d += RW_LANES)
        for (int q = 0; q < count; q++)
            lanes_store_shorts(
                head->queries + q * head->width + d,
                lanes_multiply(lanes_load(queries + (size_t)q * head->row + d), factor[q]));
}

/// scores[q][j] over the query's scale, for `count` queries and `blocks` blocks of keys from `block`
/// on.
LANES_INLINE void score_blocks(const head_memory *head, int count, int block, int blocks) {
    lane_pairs sum[RW_ATTENTION_TILE][2];
    const int16_t *keys = head->keys + (size_t)block * RW_LANES * head->width;
    size_t next = (size_t)RW_LANES * head->width;
    for (int q = 0; q < count; q++)
        for (int b = 0; b < blocks; b++) sum[q][b] = pairs_zero();
    for (int d = 0; d < head->width; d += 2, keys += 2 * RW_LANES) {
        lane_pairs key[2];
        for (int b = 0; b < blocks; b++) key[b] = pairs_load(keys + b * next);
        for (int q = 0; q < count; q++) {
            lane_pairs query = pairs_all(head->queries + q * head->width + d);
            for (int b = 0; b < blocks; b++) sum[q][b] = pairs_dot(sum[q][b], query, key[b]);
        }
    }
    for (int b = 0; b < blocks; b++) {
        int first = (block + b) * RW_LANES;
        lanes key_scale = lanes_load(head->key_scales + first);
        for (int q = 0; q < count; q++)
            lanes_store(
                head->scores + q * head->scores_row + first,
                lanes_multiply(pairs_sums(sum[q][b]), key_scale));
    }
}

/// The powers of sixteen scores from `j` on, of which `left` count, into `scores` and `sum`.
/// - `lift`: minus the largest score.
LANES_INLINE void raise(float *scores, int j, int left, lanes scale, lanes lift, lanes *sum) {
    lanes power = lanes_exp2(lanes_fma(lanes_load(scores + j), scale, lift));
    if (left < RW_LANES) power = lanes_first_else(left, power, lanes_all(0.0f));
    lanes_store(scores + j, power);
    *sum = lanes_add(*sum, power);
}

/// Softmax to base two of `count` rows of scores side by side, as steps; zero past the end.
LANES_INLINE void soften(const head_memory *head, const float *scales, int count) {
    int whole = head->tokens / RW_LANES * RW_LANES, left = head->tokens - whole;
    size_t row = (size_t)head->scores_row;
    float *scores = head->scores;
    lanes top[RW_ATTENTION_TILE], sum[RW_ATTENTION_TILE], scale[RW_ATTENTION_TILE],
        lift[RW_ATTENTION_TILE], lowest = lanes_all(-__builtin_inff());
    for (int q = 0; q < count; q++) {
        top[q] = lowest;
        sum[q] = lanes_all(0.0f);
    }
    for (int j = 0; j < whole; j += RW_LANES)
        for (int q = 0; q < count; q++)
            top[q] = lanes_maximum(top[q], lanes_load(scores + q * row + j));
    for (int q = 0; q < count; q++) {
        if (left > 0) {
            lanes x = lanes_first_else(left, lanes_load(scores + q * row + whole), lowest);
            top[q] = lanes_maximum(top[q], x);
        }
        scale[q] = lanes_all(scales[q]);
        lift[q] = lanes_all(-(lanes_greatest(top[q]) * scales[q]));
    }
    for (int j = 0; j < whole; j += RW_LANES)
        for (int q = 0; q < count; q++)
            raise(scores + q * row, j, RW_LANES, scale[q], lift[q], &sum[q]);
    for (int q = 0; q < count; q++) {
        if (left > 0) raise(scores + q * row, whole, left, scale[q], lift[q], &sum[q]);
        sum[q] = lanes_all(SHARE_STEPS / lanes_sum(sum[q]));
    }
    for (int j = 0; j < head->tokens; j += RW_LANES)
        for (int q = 0; q < count; q++)
            lanes_store_shorts(
                head->shares + q * row + j,
                lanes_multiply(lanes_load(scores + q * row + j), sum[q]));
}

/// context[q][d] = sum_j share[q][j] * value[j][d] for `vectors` times sixteen channels from d on.
LANES_INLINE void mix_values(
    const head_memory *head, int count, int d, int vectors, float *context, int context_row) {
    lane_pairs sum[RW_ATTENTION_TILE][2];
    for (int q = 0; q < count; q++)
        for (int v = 0; v < vectors; v++) sum[q][v] = pairs_zero();
    for (int j = 0; j < head->tokens; j += 2) {
        lane_pairs value[2];
        for (int v = 0; v < vectors; v++)
            value[v] = pairs_load(head->values + (size_t)j * head->width + 2 * (d + v * RW_LANES));
        for (int q = 0; q < count; q++) {
            lane_pairs share = pairs_all(head->shares + q * head->scores_row + j);
            for (int v = 0; v < vectors; v++) sum[q][v] = pairs_dot(sum[q][v], share, value[v]);
        }
    }
    for (int v = 0; v < vectors; v++) {
        int at = d + v * RW_LANES;
        for (int q = 0; q < count; q++)
            lanes_store(
                context + (size_t)q * context_row + at,
                lanes_multiply(pairs_sums(sum[q][v]), lanes_load(head->value_scales + at)));
    }
}

/// `count` queries from `first` on. Called with a constant count, to be unrolled.
LANES_INLINE void attend_tile(
    const rw_attention *attention, const head_memory *head, int number, int first, int count) {
    size_t at = (size_t)number * head->width;
    const float *queries = attention->projections + (size_t)first * head->row + at;
    float scales[RW_ATTENTION_TILE];
    step_queries(head, queries, count, scales);
    int block = 0, blocks = key_blocks(head->tokens);
    for (; block + 2 <= blocks; block += 2) score_blocks(head, count, block, 2);
    if (block < blocks) score_blocks(head, count, block, 1);
    soften(head, scales, count);
    float *context = attention->context + (size_t)first * attention->stride + at;
    int d = 0;
    for (; d + 2 * RW_LANES <= head->width; d += 2 * RW_LANES)
        mix_values(head, count, d, 2, context, attention->stride);
    if (d < head->width) mix_values(head, count, d, 1, context, attention->stride);
}

void NAME(rw_attention)(const rw_attention *attention) {
    head_memory head = head_memory_of(attention);
    int tokens = head.tokens;
    for (int number = 0; number < attention->heads; number++) {
        const float *projections = attention->projections + (size_t)number * head.width;
        for (int block = 0; block < key_blocks(tokens); block++)
            turn_keys(&head, projections + attention->stride, block);
        for (int d = 0; d < head.width; d += RW_LANES)
            pair_values(&head, projections + 2 * attention->stride, d);
        int first = 0;
        for (; first + 8 <= tokens && QUERY_TILE >= 8; first += 8)
            attend_tile(attention, &head, number, first, 8);
        for (; first + 4 <= tokens && QUERY_TILE >= 4; first += 4)
            attend_tile(attention, &head, number, first, 4);
        for (; first + 2 <= tokens && QUERY_TILE >= 2; first += 2)
            attend_tile(attention, &head, number, first, 2);
        for (; first < tokens; first++) attend_tile(attention, &head, number, first, 1);
    }
}
