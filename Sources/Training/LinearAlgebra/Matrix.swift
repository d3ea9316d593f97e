// Products of fp32 matrices for training, by OpenBLAS. Serving multiplies by code of its own, whose bits
// are the same everywhere; what a training run finds may differ in its last digits between processors.

private import COpenBLAS

/// Row-major.
struct Matrix {
    var rowCount: Int
    let columnCount: Int
    var values: [Float]

    init(rowCount: Int, columnCount: Int) {
        self.rowCount = rowCount
        self.columnCount = columnCount
        values = [Float](repeating: 0, count: rowCount * columnCount)
    }

    init(rows: [[Float]], columnCount: Int) {
        rowCount = rows.count
        self.columnCount = columnCount
        values = []
        values.reserveCapacity(rowCount * columnCount)
        for row in rows {
            precondition(row.count == columnCount, "rows differ in width")
            values += row
        }
    }

    func row(_ index: Int) -> ArraySlice<Float> {
        values[index * columnCount..<(index + 1) * columnCount]
    }

    enum Side { case asIs, transposed }

    /// self = left * right, each as it is or transposed.
    mutating func setProduct(
        _ left: Matrix, _ leftSide: Side = .asIs, _ right: Matrix, _ rightSide: Side = .asIs
    ) {
        let inner = leftSide == .asIs ? left.columnCount : left.rowCount
        precondition(
            rowCount == (leftSide == .asIs ? left.rowCount : left.columnCount)
                && inner == (rightSide == .asIs ? right.rowCount : right.columnCount)
                && columnCount == (rightSide == .asIs ? right.columnCount : right.rowCount),
            "shapes differ")
        let (rows, columns) = (Int32(rowCount), Int32(columnCount))
        values.withUnsafeMutableBufferPointer { output in
            left.values.withUnsafeBufferPointer { a in
                right.values.withUnsafeBufferPointer { b in
                    cblas_sgemm(
                        CblasRowMajor, leftSide == .asIs ? CblasNoTrans : CblasTrans,
                        rightSide == .asIs ? CblasNoTrans : CblasTrans, rows, columns,
                        Int32(inner), 1, a.baseAddress, Int32(left.columnCount), b.baseAddress,
                        Int32(right.columnCount), 0, output.baseAddress, columns)
                }
            }
        }
    }
}

enum LinearAlgebra {
    /// One thread a product: the caller trains several members side by side.
    static func useOneThread() { openblas_set_num_threads(1) }

    /// The lower triangle L of a positive definite matrix L Lᵀ, by Cholesky, and its inverse; both
    /// row-major, `width * width` values. Nil where the matrix is not positive definite.
    static func inverseCholesky(_ matrix: [Double], width: Int) -> [Float]? {
        var lower = [Double](repeating: 0, count: width * width)
        for row in 0..<width {
            for column in 0...row {
                var sum = matrix[row * width + column]
                for k in 0..<column { sum -= lower[row * width + k] * lower[column * width + k] }
                if row == column {
                    guard sum > 0 else { return nil }
                    lower[row * width + row] = sum.squareRoot()
                } else {
                    lower[row * width + column] = sum / lower[column * width + column]
                }
            }
        }
        var inverse = [Double](repeating: 0, count: width * width)
        for column in 0..<width {
            for row in column..<width {
                var sum = row == column ? 1.0 : 0.0
                for k in column..<row {
                    sum -= lower[row * width + k] * inverse[k * width + column]
                }
                inverse[row * width + column] = sum / lower[row * width + row]
            }
        }
        return inverse.map { Float($0) }
    }
}
