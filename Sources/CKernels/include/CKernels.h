// The kernels of the encoder and of vector scans: plain C, no malloc, no threads, no state.
//
// Every operation exists per instruction set and gives the same bits on each: integer sums are
// exact, and floats are defined on 16 virtual lanes (element i belongs to lane i mod 16) that are
// combined by one fixed tree, with explicit fused multiply-adds and IEEE division and square root.
// The portable files are the definition.
//
// Widths are padded with zeros by who packs the weights: channels and depths to a multiple of
// RW_CHANNEL_BLOCK, head widths to one of RW_LANES. Pointers to weights are 64-byte aligned.
#ifndef RANKWIRE_CKERNELS_H
#define RANKWIRE_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#define RW_LANES 16
#define RW_CHANNEL_BLOCK 64
/// Depth bytes that one dot-product instruction takes: the weights' innermost group.
#define RW_DEPTH_GROUP 4

/// Asks for memory that will be read soon.
static inline void rw_prefetch(const void *memory, size_t byte_count) {
    for (size_t offset = 0; offset < byte_count; offset += 64)
        __builtin_prefetch((const char *)memory + offset, 0, 2);
}

typedef enum rw_instruction_set {
    RW_PORTABLE = 0,
    RW_AVX2 = 1,
    RW_AVX_VNNI = 2,
    RW_AVX512_VNNI = 3,
} rw_instruction_set;

/// What a matrix product does with its sums before they leave the registers.
typedef enum rw_epilogue {
    RW_EPILOGUE_NONE = 0,
    /// x * Phi(x), the exact-erf GELU (Hendrycks & Gimpel 2016) to 2e-5: a quantum of what follows
    /// is hundreds of times as much.
    RW_EPILOGUE_GELU = 1,
    /// Adds `residuals`.
    RW_EPILOGUE_RESIDUAL = 2,
} rw_epilogue;

/// outputs[r][c] = scale_r * channel_scale_c * sum_k(inputs[r][k] * weight[c][k])
///               + (offset_r * channel_sum_c + channel_bias_c), then the epilogue.
/// An input byte q of row r stands for offset_r + scale_r * q.
typedef struct rw_linear {
    /// rows x depth
    const uint8_t *inputs;
    /// One a row.
    const float *input_scales;
    const float *input_offsets;
    /// [channels / 64][depth / 4][64][4]
    const int8_t *weights;
    const float *channel_scales;
    /// channel_scale_c * sum_k(weight[c][k]): carries the inputs' offset.
    const float *channel_sums;
    const float *channel_biases;
    /// rows x channels, read by RW_EPILOGUE_RESIDUAL only.
    const float *residuals;
    /// rows x channels
    float *outputs;
    int32_t rows;
    int32_t depth;
    int32_t channels;
    rw_epilogue epilogue;
} rw_linear;

/// A block of rows on its way between matrix products.
typedef struct rw_rows {
    /// rows x width
    float *values;
    /// rows x width, or NULL where no quantised copy is wanted.
    uint8_t *quantised;
    float *scales;
    float *offsets;
    /// A factor a channel that the quantised copy is multiplied by first, or NULL: it evens out
    /// channels of unlike sizes, and the next weights undo it (SmoothQuant, Xiao et al. 2022).
    const float *factors;
    int32_t rows;
    /// Padded to a multiple of 64; the stride.
    int32_t width;
} rw_rows;

/// Layer normalisation (Ba et al. 2016) over the first `count` of a row's values.
typedef struct rw_norm {
    const float *weights;
    const float *biases;
    float epsilon;
    int32_t count;
} rw_norm;

/// Self-attention of one sequence, all heads. Queries come scaled by log2(e) / sqrt(head width),
/// so that softmax is a power of two.
typedef struct rw_attention {
    /// tokens x (3 * stride): queries, keys, values, heads side by side.
    const float *projections;
    /// tokens x stride
    float *context;
    /// rw_attention_scratch_floats(tokens, head_width), 64-byte aligned.
    float *scratch;
    int32_t tokens;
    int32_t heads;
    int32_t head_width;
    int32_t stride;
} rw_attention;

/// Token and position vectors summed: the input of the first layer norm.
typedef struct rw_embedding {
    /// vocabulary x width, IEEE half precision
    const uint16_t *words;
    /// positions x width, the token type's vector added in
    const float *positions;
    const int32_t *token_ids;
    /// rows x width
    float *outputs;
    int32_t rows;
    int32_t width;
    /// Position of the first row; rows follow one another.
    int32_t first_position;
} rw_embedding;

/// Queries of one scan at most.
#define RW_SCAN_QUERIES 16

/// A block of rows against a few queries, all of `count` bytes and side by side:
/// products[q * row_count + r] = dot(query q, row r) * row_scale_r * query_scale_q, in this order.
/// `maxima` takes the largest of each query, -INFINITY for no rows.
typedef struct rw_scan {
    const int8_t *queries;
    const float *query_scales;
    const int8_t *rows;
    const float *row_scales;
    float *products;
    float *maxima;
    size_t query_count;
    size_t row_count;
    size_t count;
} rw_scan;

typedef struct rw_kernels {
    rw_instruction_set instruction_set;
    const char *name;
    void (*linear)(const rw_linear *);
    /// Replaces values by their normalised ones, then quantises them unless `quantised` is NULL.
    void (*normalise)(const rw_rows *, const rw_norm *);
    void (*quantise)(const rw_rows *);
    void (*attention)(const rw_attention *);
    void (*embed)(const rw_embedding *);
    /// Mean of `rows` rows of `width`, scaled to unit length. `output` takes `count` floats.
    void (*pool)(const float *values, int32_t rows, int32_t width, int32_t count, float *output);
    int32_t (*dot)(const int8_t *, const int8_t *, size_t count);
    /// sums[i] = dot(query, rows + i * stride)
    void (*dot_rows)(
        const int8_t *query, const int8_t *rows, size_t stride, size_t row_count, size_t count,
        int32_t *sums);
    void (*scan)(const rw_scan *);
} rw_kernels;

/// The kernels of an instruction set, or NULL where this CPU has it not.
const rw_kernels *rw_kernels_for(rw_instruction_set);

/// Scratch that attention over `tokens` needs, in floats.
size_t rw_attention_scratch_floats(int32_t tokens, int32_t head_width);

/// Multiply-adds done by `steps` of a loop of dot-product instructions on registers alone, for a
/// benchmark to time; 0 where this CPU has no AVX-512 VNNI.
int64_t rw_int8_peak(int64_t steps);

/// The sum of all 64-bit words of whole cache lines, for a benchmark to time how fast memory is read.
uint64_t rw_read(const void *bytes, size_t count);

/// outputs[r][c] = bias[c] + sum_k(inputs[r][k] * weights[k][c]) in fp32: the reference that
/// fidelity is measured against. Its bits depend on the CPU; nothing served comes from it.
void rw_reference_linear(
    const float *inputs, const float *weights, const float *bias, float *outputs, size_t rows,
    size_t depth, size_t channels);

/// values[i] -= factors[r] * rows[r * stride + i], row after row: import's elimination steps.
/// `values` lie in none of the rows.
void rw_reference_subtract(
    double *values, size_t count, const double *factors, const double *rows, size_t stride,
    size_t row_count);

#endif
