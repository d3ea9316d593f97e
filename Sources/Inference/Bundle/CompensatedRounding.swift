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
        spread = matrix.withUnsafeMutableBufferPointer { matrix in
            Self.factor(matrix, n)
            return Self.inverted(matrix, n).map(Float.init)
        }
    }

    /// H = R R^T with R upper triangular, in place of H's upper half: Cholesky from the last corner.
    private static func factor(_ h: UnsafeMutableBufferPointer<Double>, _ n: Int) {
        var column = [Double](repeating: 0, count: n)
        for j in stride(from: n - 1, through: 0, by: -1) {
            let root = h[j * n + j].squareRoot()
            h[j * n + j] = root
            for i in 0..<j {
                // The matrix is symmetric and only its lower half is kept up to date.
                column[i] = h[j * n + i] / root
                h[i * n + j] = column[i]
            }
            for i in 0..<j {
                let factor = column[i]
                for k in 0...i { h[i * n + k] -= factor * column[k] }
            }
        }
    }

    /// Of an upper triangular matrix.
    private static func inverted(_ r: UnsafeMutableBufferPointer<Double>, _ n: Int) -> [Double] {
        var inverse = [Double](repeating: 0, count: n * n)
        inverse.withUnsafeMutableBufferPointer { u in
            for i in stride(from: n - 1, through: 0, by: -1) {
                let reciprocal = 1 / r[i * n + i]
                u[i * n + i] = reciprocal
                for k in i + 1..<n {
                    let factor = r[i * n + k] * reciprocal
                    for j in k..<n { u[i * n + j] -= factor * u[k * n + j] }
                }
            }
        }
        return inverse
    }

    /// The layer with every weight a multiple of its channel's scale, within 127 of them.
    func rounded(_ linear: FloatLinear, scales: [Float]) -> FloatLinear {
        precondition(linear.depth == depth && scales.count == linear.channels, "shapes differ")
        var result = linear
        result.weights.withUnsafeMutableBufferPointer { weights in
            let rows = Rows(memory: weights)
            spread.withUnsafeBufferPointer { spread in
                let factors = Factors(memory: spread)
                DispatchQueue.concurrentPerform(iterations: linear.channels) { [depth] channel in
                    Self.round(
                        UnsafeMutableBufferPointer(
                            rebasing: rows.memory[channel * depth..<(channel + 1) * depth]),
                        factors.memory, scale: scales[channel])
                }
            }
        }
        return result
    }

    private static func round(
        _ row: UnsafeMutableBufferPointer<Float>, _ spread: UnsafeBufferPointer<Float>, scale: Float
    ) {
        guard scale > 0 else { return }
        let depth = row.count
        for k in 0..<depth {
            let steps = (row[k] / scale).rounded(.toNearestOrEven)
            let value = max(-127, min(127, steps)) * scale
            let error = (row[k] - value) / spread[k * depth + k]
            row[k] = value
            for j in k + 1..<depth { row[j] -= error * spread[k * depth + j] }
        }
    }

    /// Each iteration writes to a row of its own.
    private struct Rows: @unchecked Sendable { let memory: UnsafeMutableBufferPointer<Float> }
    private struct Factors: @unchecked Sendable { let memory: UnsafeBufferPointer<Float> }
}
