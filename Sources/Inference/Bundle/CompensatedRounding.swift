// Rounding weights one input after another, each time moving the inputs still to come so that they
// make up for the error on the activations seen in calibration: GPTQ (Frantar et al. 2022,
// algorithm 1), which is Optimal Brain Surgeon (Hassibi & Stork 1992) for rounding.

private import Dispatch

#if canImport(Glibc)
    private import Glibc
#endif

struct CompensatedRounding {
    private let depth: Int
    /// Row k: how an error at input k spreads to those after it, the Cholesky factor of the inverse
    /// Gram matrix, upper triangular.
    private let spread: [Float]

    /// Share of the mean diagonal added to it: inputs that calibration never saw count a little.
    private static let damping = 0.01

    /// - Parameter factors: the input is multiplied by these before it meets the weights.
    init(_ gram: GramMatrix, inputFactors factors: [Float]) {
        depth = gram.width
        let n = depth
        var matrix = [Double](repeating: 0, count: n * n)
        var trace = 0.0
        for i in 0..<n {
            for j in 0..<n {
                matrix[i * n + j] = Double(gram.values[i * n + j] * factors[i] * factors[j])
            }
            trace += matrix[i * n + i]
        }
        let added = max(trace / Double(n) * Self.damping, 1e-12)
        for i in 0..<n { matrix[i * n + i] += added }
        spread = UpperFactor(of: &matrix, order: n).inverse.map(Float.init)
    }

    /// The layer with every weight a multiple of its channel's scale, within 127 of them.
    func rounded(_ linear: FloatLinear, scales: [Float]) -> FloatLinear {
        precondition(linear.depth == depth && scales.count == linear.channels, "shapes differ")
        var result = linear
        result.weights.withUnsafeMutableBufferPointer { weights in
            let rows = Rows(memory: weights)
            spread.withUnsafeBufferPointer { spread in
                let factors = Factors(memory: spread)
                let groups = (linear.channels + Self.channelsAtOnce - 1) / Self.channelsAtOnce
                DispatchQueue.concurrentPerform(iterations: groups) { [depth] group in
                    let first = group * Self.channelsAtOnce
                    let last = min(first + Self.channelsAtOnce, linear.channels)
                    Self.round(
                        UnsafeMutableBufferPointer(
                            rebasing: rows.memory[first * depth..<last * depth]),
                        factors.memory, scales: scales[first..<last])
                }
            }
        }
        return result
    }

    /// Channels that share each read of the factor, which is larger than a cache.
    private static let channelsAtOnce = 8

    /// - Parameter rows: the weights of as many channels as there are scales.
    private static func round(
        _ rows: UnsafeMutableBufferPointer<Float>, _ spread: UnsafeBufferPointer<Float>,
        scales: ArraySlice<Float>
    ) {
        let depth = rows.count / scales.count
        for k in 0..<depth {
            let factors = UnsafeBufferPointer(
                rebasing: spread[k * depth + k + 1..<(k + 1) * depth])
            for (channel, scale) in scales.enumerated() where scale > 0 {
                let start = channel * depth + k
                let steps = (rows[start] / scale).rounded(.toNearestOrEven)
                let value = max(-127, min(127, steps)) * scale
                let error = (rows[start] - value) / spread[k * depth + k]
                rows[start] = value
                for j in factors.indices { rows[start + 1 + j] -= error * factors[j] }
            }
        }
    }

    /// Each iteration writes to a row of its own.
    private struct Rows: @unchecked Sendable { let memory: UnsafeMutableBufferPointer<Float> }
    private struct Factors: @unchecked Sendable { let memory: UnsafeBufferPointer<Float> }
}
