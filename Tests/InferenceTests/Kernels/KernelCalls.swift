// One kernel call a type: inputs made once, run with any instruction set's function.

import CKernels

@testable import Inference

struct LinearInputs {
    var inputs: [UInt8]
    var scales: [Float]
    var offsets: [Float]
    var weights: AlignedCopy<Int8>
    var channelScales: [Float]
    var channelSums: [Float]
    var biases: [Float]
    var residuals: [Float]
    var rows: Int
    var depth: Int
    var channels: Int
    var epilogue: rw_epilogue

    init(
        _ source: inout KernelInputs, rows: Int, depth: Int, channels: Int, epilogue: rw_epilogue
    ) {
        inputs = source.bytes(rows * depth)
        scales = source.floats(rows, scale: 0.02)
        offsets = source.floats(rows)
        weights = AlignedCopy(source.signedBytes(depth * channels))
        channelScales = source.floats(channels, scale: 0.01)
        channelSums = source.floats(channels)
        biases = source.floats(channels)
        residuals = source.floats(rows * channels)
        (self.rows, self.depth, self.channels) = (rows, depth, channels)
        self.epilogue = epilogue
    }

    mutating func fill(input: UInt8, weight: Int8) {
        inputs = inputs.map { _ in input }
        weights = AlignedCopy(weights.values.map { _ in weight })
    }

    mutating func run(_ kernel: (UnsafePointer<rw_linear>?) -> Void) -> [Float] {
        var outputs = [Float](repeating: .nan, count: rows * channels)
        outputs.withUnsafeMutableBufferPointer { outputs in
            inputs.withUnsafeBufferPointer { inputs in
                scales.withUnsafeBufferPointer { scales in
                    offsets.withUnsafeBufferPointer { offsets in
                        channelScales.withUnsafeBufferPointer { channelScales in
                            channelSums.withUnsafeBufferPointer { channelSums in
                                biases.withUnsafeBufferPointer { biases in
                                    residuals.withUnsafeBufferPointer { residuals in
                                        var call = rw_linear(
                                            inputs: inputs.baseAddress,
                                            input_scales: scales.baseAddress,
                                            input_offsets: offsets.baseAddress,
                                            weights: weights.pointer,
                                            channel_scales: channelScales.baseAddress,
                                            channel_sums: channelSums.baseAddress,
                                            channel_biases: biases.baseAddress,
                                            residuals: residuals.baseAddress,
                                            outputs: outputs.baseAddress, rows: Int32(rows),
                                            depth: Int32(depth), channels: Int32(channels),
                                            epilogue: epilogue)
                                        kernel(&call)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return outputs
    }
}

struct RowInputs {
    struct Output: Equatable {
        var values: [UInt32]
        var quantised: [UInt8]
        var scales: [UInt32]
        var offsets: [UInt32]
    }

    private let values: [Float]
    private let weights: [Float]
    private let biases: [Float]
    private let factors: [Float]?
    private let count: Int
    private let width: Int

    init(_ source: inout KernelInputs, rows: Int, count: Int, width: Int, isSmoothed: Bool) {
        (self.count, self.width) = (count, width)
        let inside = { (index: Int) in index % width < count }
        values = source.floats(rows * width, scale: 3).enumerated()
            .map { inside($0.offset) ? $0.element : 0 }
        weights = source.floats(width).enumerated().map { inside($0.offset) ? $0.element : 0 }
        biases = source.floats(width).enumerated().map { inside($0.offset) ? $0.element : 0 }
        factors = isSmoothed ? source.floats(width).map { abs($0) + 0.1 } : nil
    }

    init(values: [Float], width: Int) {
        self.values = values
        (count, self.width) = (width, width)
        weights = [Float](repeating: 1, count: width)
        biases = [Float](repeating: 0, count: width)
        factors = nil
    }

    func quantised(_ kernel: (UnsafePointer<rw_rows>?) -> Void) -> Output {
        run { rows, _ in kernel(&rows) }
    }

    func normalised(
        _ kernel: (UnsafePointer<rw_rows>?, UnsafePointer<rw_norm>?) -> Void
    ) -> Output {
        run { rows, norm in kernel(&rows, &norm) }
    }

    private func run(_ call: (inout rw_rows, inout rw_norm) -> Void) -> Output {
        let rowCount = values.count / width
        let memory = AlignedCopy(values)
        let quantised = AlignedCopy([UInt8](repeating: 7, count: values.count))
        let scales = AlignedCopy([Float](repeating: .nan, count: rowCount))
        let offsets = AlignedCopy([Float](repeating: .nan, count: rowCount))
        let (weights, biases) = (AlignedCopy(weights), AlignedCopy(biases))
        let factors = factors.map { AlignedCopy($0) }
        withExtendedLifetime((weights, biases, factors)) {
            var rows = rw_rows(
                values: memory.pointer, quantised: quantised.pointer, scales: scales.pointer,
                offsets: offsets.pointer, factors: factors?.pointer, rows: Int32(rowCount),
                width: Int32(width))
            var norm = rw_norm(
                weights: weights.pointer, biases: biases.pointer, epsilon: 1e-12,
                count: Int32(count))
            call(&rows, &norm)
        }
        return Output(
            values: bits(memory.values), quantised: quantised.values, scales: bits(scales.values),
            offsets: bits(offsets.values))
    }
}

struct AttentionInputs {
    let projections: [Float]
    let tokens: Int
    let heads: Int
    let headWidth: Int
    let stride: Int

    init(_ source: inout KernelInputs, tokens: Int, heads: Int, headWidth: Int, stride: Int) {
        projections = source.floats(tokens * 3 * stride, scale: 2)
        (self.tokens, self.heads, self.headWidth) = (tokens, heads, headWidth)
        self.stride = stride
    }

    func run(_ kernel: (UnsafePointer<rw_attention>?) -> Void) -> [Float] {
        let floats = rw_attention_scratch_floats(Int32(tokens), Int32(headWidth))
        let scratch = AlignedCopy([Float](repeating: .nan, count: floats))
        var context = [Float](repeating: 0, count: tokens * stride)
        context.withUnsafeMutableBufferPointer { context in
            projections.withUnsafeBufferPointer { projections in
                var call = rw_attention(
                    projections: projections.baseAddress, context: context.baseAddress,
                    scratch: scratch.pointer, tokens: Int32(tokens), heads: Int32(heads),
                    head_width: Int32(headWidth), stride: Int32(stride))
                kernel(&call)
            }
        }
        return context
    }
}

struct EmbeddingInputs {
    let words: [UInt16]
    let positions: [Float]
    let ids: [Int32]
    let width: Int
    static let vocabularySize = 50

    init(_ source: inout KernelInputs, rows: Int, width: Int) {
        self.width = width
        // Subnormal halves among them.
        words = source.floats(Self.vocabularySize * width).map {
            Float16($0 * $0 * $0 * $0).bitPattern
        }
        .enumerated().map { $0.offset % 7 == 0 ? $0.element & 0x83ff : $0.element }
        positions = source.floats((rows + 2) * width)
        ids = (0..<rows).map { Int32($0 * 7 % Self.vocabularySize) }
    }

    func run(_ kernel: (UnsafePointer<rw_embedding>?) -> Void) -> [Float] {
        var outputs = [Float](repeating: .nan, count: ids.count * width)
        outputs.withUnsafeMutableBufferPointer { outputs in
            words.withUnsafeBufferPointer { words in
                positions.withUnsafeBufferPointer { positions in
                    ids.withUnsafeBufferPointer { ids in
                        var call = rw_embedding(
                            words: words.baseAddress, positions: positions.baseAddress,
                            token_ids: ids.baseAddress, outputs: outputs.baseAddress,
                            rows: Int32(ids.count), width: Int32(width), first_position: 2)
                        kernel(&call)
                    }
                }
            }
        }
        return outputs
    }
}

/// Products and maxima of a scan, with a number after each that must stay -1.
func scanned(
    _ kernel: ((UnsafePointer<rw_scan>?) -> Void)?, queries: (values: [Int8], count: Int),
    rows: (values: [Int8], count: Int), scales: [Float], count: Int
) -> [UInt32] {
    var products = [Float](repeating: -1, count: queries.count * rows.count + 1)
    var maxima = [Float](repeating: -1, count: queries.count + 1)
    queries.values.withUnsafeBufferPointer { queryValues in
        rows.values.withUnsafeBufferPointer { rowValues in
            scales.withUnsafeBufferPointer { scales in
                products.withUnsafeMutableBufferPointer { products in
                    maxima.withUnsafeMutableBufferPointer { maxima in
                        var scan = rw_scan(
                            queries: queryValues.baseAddress, query_scales: scales.baseAddress,
                            rows: rowValues.baseAddress, row_scales: scales.baseAddress,
                            products: products.baseAddress, maxima: maxima.baseAddress,
                            query_count: queries.count, row_count: rows.count, count: count)
                        kernel?(&scan)
                    }
                }
            }
        }
    }
    return bits(products) + bits(maxima)
}
