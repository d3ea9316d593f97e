import Base
import Testing

@testable import Inference

@Suite struct UpperFactorTests {
    /// A seeded symmetric positive definite matrix: sums of x x^T and a little on the diagonal.
    private func gram(order n: Int) -> [Double] {
        var random = SeededRandom(seed: UInt64(n))
        var matrix = [Double](repeating: 0, count: n * n)
        for _ in 0..<n + 3 {
            let row = (0..<n).map { _ in Double.random(in: -1...1, using: &random) }
            for i in 0..<n { for j in 0..<n { matrix[i * n + j] += row[i] * row[j] } }
        }
        for i in 0..<n { matrix[i * n + i] += 0.1 }
        return matrix
    }

    /// Orders below, at and beyond one panel and one vector of columns.
    @Test(arguments: [1, 2, 31, 32, 33, 64, 65, 127, 161])
    func theInverseOfTheFactorUndoesTheMatrix(order n: Int) {
        let matrix = gram(order: n)
        var ruins = matrix
        let u = UpperFactor(of: &ruins, order: n).inverse
        // H = R R^T and u = R^-1, so u H u^T = 1.
        var left = [Double](repeating: 0, count: n * n)
        for i in 0..<n {
            for k in 0..<n {
                for j in 0..<n { left[i * n + j] += u[i * n + k] * matrix[k * n + j] }
            }
        }
        var worst = 0.0
        for i in 0..<n {
            for j in 0..<n {
                let element = (0..<n).reduce(0) { $0 + left[i * n + $1] * u[j * n + $1] }
                worst = max(worst, abs(element - (i == j ? 1 : 0)))
                if j < i { #expect(u[i * n + j] == 0) }
            }
        }
        #expect(worst < 1e-9)
    }
}
