/// A matrix of fp32 whose rows are padded with zeros to whole lanes of 16. Products are summed lane by
/// lane and the lanes then by halves: one order, so the same bits on every processor.
struct LaneRows: Sendable {
    static let laneCount = 16

    let rowCount: Int
    /// Values of a row without its padding.
    let width: Int
    private let lanesPerRow: Int
    private let lanes: [SIMD16<Float>]

    /// - Parameter values: row-major, `rowCount * width` of them.
    init(rowCount: Int, width: Int, _ values: [Float]) {
        precondition(values.count == rowCount * width, "a matrix has rows of one width")
        self.rowCount = rowCount
        self.width = width
        lanesPerRow = Self.lanes(for: width)
        var lanes: [SIMD16<Float>] = []
        lanes.reserveCapacity(rowCount * lanesPerRow)
        for row in 0..<rowCount {
            lanes += Self.padded(values[row * width..<(row + 1) * width])
        }
        self.lanes = lanes
    }

    static func padded(_ values: some Collection<Float>) -> [SIMD16<Float>] {
        var lanes = [SIMD16<Float>](repeating: .zero, count: lanes(for: values.count))
        for (position, value) in values.enumerated() {
            lanes[position / laneCount][position % laneCount] = value
        }
        return lanes
    }

    private static func lanes(for width: Int) -> Int { (width + laneCount - 1) / laneCount }

    /// The product of row `index` and `vector`, which is padded as the rows are.
    func dot(_ index: Int, _ vector: [SIMD16<Float>]) -> Float {
        precondition(vector.count == lanesPerRow, "widths differ")
        let first = index * lanesPerRow
        var sums = SIMD16<Float>.zero
        for position in 0..<lanesPerRow { sums += lanes[first + position] * vector[position] }
        return sums.sum()
    }

    /// As they came, without padding.
    var values: [Float] {
        var values: [Float] = []
        values.reserveCapacity(rowCount * width)
        for row in 0..<rowCount {
            for column in 0..<width {
                values.append(
                    lanes[row * lanesPerRow + column / Self.laneCount][column % Self.laneCount])
            }
        }
        return values
    }
}
