// What the machine could do at best, for benchmarks: the encoder's speed means something only beside
// these. No request comes here.

internal import CKernels

public struct KernelProbe {
    private let functions: rw_kernels

    /// Nil where this CPU lacks the instruction set.
    public init?(_ instructionSet: InstructionSet = .current) {
        guard let table = KernelTable(instructionSet) else { return nil }
        functions = table.functions.pointee
    }

    /// Multiply-adds a second of dot-product instructions on registers alone, the best of five
    /// tries; nil where the CPU has no AVX-512 VNNI.
    public static func int8Peak() -> Double? {
        guard rw_int8_peak(1) > 0 else { return nil }
        let clock = ContinuousClock()
        var best = 0.0
        for _ in 0..<5 {
            var done: Int64 = 0
            let time = clock.measure { done = rw_int8_peak(2_000_000) }
            best = max(best, Double(done) / (time / .seconds(1)))
        }
        return best
    }

    /// Reads all values of a segment and nothing else: what a scan could do at best. Something of them,
    /// so that they are read.
    public static func read(_ segment: VectorSegment) -> UInt64 {
        rw_read(segment.values, segment.rowCount * segment.dimension)
    }

    /// `bareProducts` with the widths of a model.
    public func bareProducts(
        rows: Int, of architecture: ModelArchitecture, seconds: Double
    ) -> Double {
        bareProducts(
            rows: rows, hidden: architecture.paddedHidden,
            intermediate: architecture.paddedIntermediate, seconds: seconds)
    }

    /// Multiply-adds a second of a layer's four products, one after another as the encoder has them,
    /// on `rows` tokens, with the cheapest epilogue; the median of passes over `seconds`.
    ///
    /// - Precondition: the widths are multiples of 64.
    public func bareProducts(rows: Int, hidden: Int, intermediate: Int, seconds: Double) -> Double {
        let products = [
            BareProduct(rows: rows, depth: hidden, channels: 3 * hidden),
            BareProduct(rows: rows, depth: hidden, channels: hidden),
            BareProduct(rows: rows, depth: hidden, channels: intermediate),
            BareProduct(rows: rows, depth: intermediate, channels: hidden),
        ]
        let clock = ContinuousClock()
        let pass = { for product in products { product.run(functions) } }
        pass()
        var times: [Double] = []
        let start = clock.now
        repeat {
            times.append(clock.measure(pass) / .seconds(1))
        } while (clock.now - start) / .seconds(1) < seconds
        times.sort()
        let work = products.reduce(0.0) { $0 + $1.multiplyAdds }
        return work / times[times.count / 2]
    }
}

/// One product's memory: its values do not matter.
private final class BareProduct {
    private let memory: UnsafeMutableRawPointer
    private var arguments: rw_linear
    let multiplyAdds: Double

    init(rows: Int, depth: Int, channels: Int) {
        precondition(depth % 64 == 0 && channels % 64 == 0, "widths are not padded")
        multiplyAdds = Double(rows) * Double(depth) * Double(channels)
        let floats = 4 * (2 * rows + 3 * channels + rows * channels)
        let weightsAt = 0
        let inputsAt = depth * channels
        let floatsAt = inputsAt + (rows * depth + 63) / 64 * 64
        let size = floatsAt + floats
        memory = .allocate(byteCount: size, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        let values = (memory + floatsAt).assumingMemoryBound(to: Float.self)
        arguments = rw_linear(
            inputs: (memory + inputsAt).assumingMemoryBound(to: UInt8.self),
            input_scales: values, input_offsets: values + rows,
            weights: (memory + weightsAt).assumingMemoryBound(to: Int8.self),
            channel_scales: values + 2 * rows, channel_sums: values + 2 * rows + channels,
            channel_biases: values + 2 * rows + 2 * channels, residuals: nil,
            outputs: values + 2 * rows + 3 * channels, rows: Int32(rows), depth: Int32(depth),
            channels: Int32(channels), epilogue: RW_EPILOGUE_NONE)
    }

    func run(_ functions: rw_kernels) { functions.linear(&arguments) }

    deinit { memory.deallocate() }
}
