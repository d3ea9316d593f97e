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
    /// The input of the next product, a scale and an offset a row.
    let quantized: UnsafeMutablePointer<UInt8>
    let scales: UnsafeMutablePointer<Float>
    let offsets: UnsafeMutablePointer<Float>
    private let memory: UnsafeMutableRawPointer

    /// Bytes held, for the accounts of a worker.
    public let byteCount: Int

    private static let alignment = 4096

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
        let quantizedAt = reserve(rowCapacity * widestInput)
        let scalesAt = reserve(rowCapacity * floatBytes)
        let offsetsAt = reserve(rowCapacity * floatBytes)
        byteCount = size
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Self.alignment)
        // Padding between heads and the last vectors' ends is read: it must be zero, not garbage.
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        func floats(at offset: Int) -> UnsafeMutablePointer<Float> {
            (memory + offset).assumingMemoryBound(to: Float.self)
        }
        hidden = floats(at: hiddenAt)
        wide = floats(at: wideAt)
        context = floats(at: contextAt)
        attentionScratch = floats(at: scratchAt)
        quantized = (memory + quantizedAt).assumingMemoryBound(to: UInt8.self)
        scales = floats(at: scalesAt)
        offsets = floats(at: offsetsAt)
        self.memory = memory
    }

    deinit { memory.deallocate() }
}
