internal import CKernels

/// Sums of x x^T over the rows that go into a matrix product: what error in its weights costs.
struct GramMatrix {
    let width: Int
    /// width x width, symmetric.
    private(set) var values: [Float]
    private var waiting: [Float] = []

    /// Rows gathered before one product adds them up.
    private static let rowsAtOnce = 512

    init(width: Int) {
        self.width = width
        values = [Float](repeating: 0, count: width * width)
    }

    /// - Parameter rows: of `width`, one after another.
    mutating func observe(_ rows: [Float]) {
        waiting += rows
        if waiting.count >= Self.rowsAtOnce * width { flush() }
    }

    /// Adds what waits; `values` are complete afterwards.
    mutating func flush() {
        let rows = waiting.count / width
        guard rows > 0 else { return }
        var turned = [Float](repeating: 0, count: waiting.count)
        for row in 0..<rows {
            for i in 0..<width { turned[i * rows + row] = waiting[row * width + i] }
        }
        let zeros = [Float](repeating: 0, count: width)
        var sums = [Float](repeating: 0, count: values.count)
        rw_reference_linear(turned, waiting, zeros, &sums, width, rows, width)
        for i in values.indices { values[i] += sums[i] }
        waiting.removeAll(keepingCapacity: true)
    }
}
