// The Cholesky factor of a Gram matrix, thousands of rows wide: 3,072 for the widest layer of a
// 768-wide model, whose 75 MB no cache holds. So both steps work on panels, and panels on all cores;
// every element still sees its terms in the plain algorithm's order.

internal import CKernels
private import Dispatch

/// R, upper triangular, with H = R R^T: the Cholesky factorisation from the last corner.
struct UpperFactor {
    private let order: Int
    /// order x order, row after row; what is below the diagonal means nothing.
    private let values: [Double]

    /// Columns that are factored before the rest of the matrix hears of them; columns of the
    /// inverse found together.
    private static let panelWidth = 64

    /// - Parameter matrix: symmetric and positive definite, `order` x `order`; left in ruins.
    init(of matrix: inout [Double], order: Int) {
        precondition(matrix.count == order * order, "the matrix is not square")
        self.order = order
        matrix.withUnsafeMutableBufferPointer { matrix in
            guard let base = matrix.baseAddress else { return }
            Self.factor(Matrix(base: base, order: order))
        }
        values = matrix
    }

    /// The rows of R^-1, zeros below the diagonal.
    var inverse: [Double] {
        var (factor, inverse) = (values, [Double](repeating: 0, count: order * order))
        factor.withUnsafeMutableBufferPointer { factor in
            inverse.withUnsafeMutableBufferPointer { inverse in
                guard let factor = factor.baseAddress, let inverse = inverse.baseAddress else {
                    return
                }
                let r = Matrix(base: factor, order: order)
                let u = Matrix(base: inverse, order: order)
                // An element above the diagonal is r_ik / r_ii from now on: what elimination reads.
                for i in 0..<order {
                    let reciprocal = 1 / r[i, i]
                    r[i, i] = reciprocal
                    for k in i + 1..<max(order, i + 1) { r[i, k] *= reciprocal }
                }
                // Every column of the inverse is a system of its own.
                let width = Self.panelWidth
                DispatchQueue.concurrentPerform(iterations: (order + width - 1) / width) { panel in
                    Self.invert(
                        r, into: u, columns: panel * width..<min((panel + 1) * width, r.order))
                }
            }
        }
        return inverse
    }

    private static func factor(_ h: Matrix) {
        var end = h.order
        while end > 0 {
            let start = max(0, end - panelWidth)
            // Column end - 1 - p of R in row p, contiguous.
            let panel = UnsafeMutablePointer<Double>.allocate(capacity: (end - start) * end)
            defer { panel.deallocate() }
            for j in stride(from: end - 1, through: start, by: -1) {
                let column = panel + (end - 1 - j) * end
                let root = h[j, j].squareRoot()
                h[j, j] = root
                for i in 0..<j {
                    // Only the lower half is kept up to date.
                    column[i] = h[j, i] / root
                    h[i, j] = column[i]
                }
                for i in start..<j {
                    rw_reference_subtract(h.row(i), i + 1, column + i, column, 0, 1)
                }
            }
            let columns = Matrix(base: panel, order: end)
            // Rows differ in length: taken from both ends, each pair is as long as any other.
            DispatchQueue.concurrentPerform(iterations: (start + 1) / 2) { [start, end] pair in
                update(h, row: pair, columns, count: end - start)
                if pair != start - 1 - pair {
                    update(h, row: start - 1 - pair, columns, count: end - start)
                }
            }
            end = start
        }
    }

    /// Takes from row `i` of `h`, up to its diagonal, what `count` finished columns hold of it.
    private static func update(_ h: Matrix, row i: Int, _ columns: Matrix, count: Int) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { factors in
            for p in 0..<count { factors[p] = columns[p, i] }
            rw_reference_subtract(
                h.row(i), i + 1, factors.baseAddress, columns.base, columns.order, count)
        }
    }

    /// Solves R u = e for some columns.
    private static func invert(_ r: Matrix, into u: Matrix, columns: Range<Int>) {
        for i in stride(from: columns.upperBound - 1, through: 0, by: -1) {
            if columns.contains(i) { u[i, i] = r[i, i] }
            rw_reference_subtract(
                u.row(i) + columns.lowerBound, columns.count, r.row(i) + i + 1,
                u.row(i + 1) + columns.lowerBound, u.order, columns.upperBound - i - 1)
        }
    }

    /// Concurrent iterations write to rows, or columns, of their own.
    private struct Matrix: @unchecked Sendable {
        let base: UnsafeMutablePointer<Double>
        /// Elements a row.
        let order: Int

        func row(_ i: Int) -> UnsafeMutablePointer<Double> { base + i * order }

        subscript(_ i: Int, _ j: Int) -> Double {
            get { base[i * order + j] }
            nonmutating set { base[i * order + j] = newValue }
        }
    }
}
