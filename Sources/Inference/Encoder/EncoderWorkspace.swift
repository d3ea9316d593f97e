/// Rows on their way into a product: bytes, and a scale and an offset a row.
struct QuantizedRows {
    let values: UnsafeMutablePointer<UInt8>
    let scales: UnsafeMutablePointer<Float>
    let offsets: UnsafeMutablePointer<Float>

    /// The same without the rows before `row`.
    func from(row: Int, width: Int) -> QuantizedRows {
        QuantizedRows(values: values + row * width, scales: scales + row, offsets: offsets + row)
    }
}

/// The activations of one block of tokens: allocated once, used by one thread at a time.
///
/// Everything lives in one allocation sized for `rowCapacity` tokens, a few hundred kilobytes that
/// stay in the second-level cache from layer to layer.
public final class EncoderWorkspace {
    /// Tokens of a block.
    let rowCapacity: Int
    /// The residual stream: rows x hidden.
    let hidden: UnsafeMutablePointer<Float>
    /// Queries, keys and values, later the feed-forward layer: the two are never needed at once.
    let wide: UnsafeMutablePointer<Float>
    /// What attention gathered: rows x attention.
    let context: UnsafeMutablePointer<Float>
    let attentionScratch: UnsafeMutablePointer<Float>
    /// The input of a layer: all rows.
    let input: QuantizedRows
    /// The inputs of the other products: `Encoder.stripeTokens` rows.
    let stripe: QuantizedRows
    private let memory: UnsafeMutableRawPointer

    /// Bytes held, for the accounts of a worker.
    public let byteCount: Int

    init(_ architecture: ModelArchitecture, rowCapacity: Int, scratchFloats: Int) {
        self.rowCapacity = rowCapacity
        let widest = max(3 * architecture.paddedAttention, architecture.paddedIntermediate)
        let widestInput = max(
            architecture.paddedHidden, architecture.paddedAttention,
            architecture.paddedIntermediate)
        var size = 0
        func reserve(_ bytes: Int) -> Int {
            defer { size += (bytes + 63) / 64 * 64 }
            return size
        }
        let floatBytes = MemoryLayout<Float>.size
        let hiddenAt = reserve(rowCapacity * architecture.paddedHidden * floatBytes)
        let wideAt = reserve(rowCapacity * widest * floatBytes)
        let contextAt = reserve(rowCapacity * architecture.paddedAttention * floatBytes)
        let scratchAt = reserve(scratchFloats * floatBytes)
        let stripeRows = min(rowCapacity, Encoder.stripeTokens)
        let bytesAt = (
            input: reserve(rowCapacity * architecture.paddedHidden),
            stripe: reserve(stripeRows * widestInput)
        )
        let rangesAt = (
            input: reserve(2 * rowCapacity * floatBytes),
            stripe: reserve(2 * stripeRows * floatBytes)
        )
        byteCount = size
        // Padding between heads and the last vectors' ends is read: it must be zero, not garbage.
        let memory = HugePages.allocate(atLeast: size)
        func floats(at offset: Int) -> UnsafeMutablePointer<Float> {
            (memory + offset).assumingMemoryBound(to: Float.self)
        }
        hidden = floats(at: hiddenAt)
        wide = floats(at: wideAt)
        context = floats(at: contextAt)
        attentionScratch = floats(at: scratchAt)
        func quantized(at offset: Int, ranges: Int, rows: Int) -> QuantizedRows {
            QuantizedRows(
                values: (memory + offset).assumingMemoryBound(to: UInt8.self),
                scales: floats(at: ranges), offsets: floats(at: ranges) + rows)
        }
        input = quantized(at: bytesAt.input, ranges: rangesAt.input, rows: rowCapacity)
        stripe = quantized(at: bytesAt.stripe, ranges: rangesAt.stripe, rows: stripeRows)
        self.memory = memory
    }

    deinit { memory.deallocate() }
}
