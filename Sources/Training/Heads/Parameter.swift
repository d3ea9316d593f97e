internal import Base
private import Foundation

/// Weights with what Adam remembers of their gradients.
struct Parameter {
    var weights: Matrix
    var gradient: Matrix
    private var means: [Float]
    private var squares: [Float]

    private static let meanDecay: Float = 0.9
    private static let squareDecay: Float = 0.999
    private static let epsilon: Float = 1e-8

    /// - Parameter deviation: of the normal distribution the weights start from.
    init(rows: Int, columns: Int, deviation: Float, _ random: inout SeededRandom) {
        weights = Matrix(rowCount: rows, columnCount: columns)
        if deviation > 0 {
            for i in weights.values.indices {
                weights.values[i] = deviation * Self.normal(&random)
            }
        }
        gradient = Matrix(rowCount: rows, columnCount: columns)
        means = [Float](repeating: 0, count: rows * columns)
        squares = means
    }

    /// Box and Muller's.
    private static func normal(_ random: inout SeededRandom) -> Float {
        let radius = (-2 * logf(Float.random(in: Float.leastNormalMagnitude..<1, using: &random)))
            .squareRoot()
        return radius * cosf(2 * .pi * Float.random(in: 0..<1, using: &random))
    }

    /// - Parameter step: from 1.
    mutating func descend(_ step: Int, rate: Float, decay: Float) {
        let meanCorrection = 1 / (1 - powf(Self.meanDecay, Float(step)))
        let squareCorrection = 1 / (1 - powf(Self.squareDecay, Float(step)))
        let kept = 1 - rate * decay
        let count = weights.values.count
        weights.values.withUnsafeMutableBufferPointer { weights in
            gradient.values.withUnsafeBufferPointer { gradient in
                means.withUnsafeMutableBufferPointer { means in
                    squares.withUnsafeMutableBufferPointer { squares in
                        for i in 0..<count {
                            let slope = gradient[i]
                            means[i] = Self.meanDecay * means[i] + (1 - Self.meanDecay) * slope
                            squares[i] =
                                Self.squareDecay * squares[i]
                                + (1 - Self.squareDecay) * slope * slope
                            let size = (squares[i] * squareCorrection).squareRoot() + Self.epsilon
                            weights[i] = weights[i] * kept - rate * means[i] * meanCorrection / size
                        }
                    }
                }
            }
        }
    }
}

extension Matrix {
    /// One row: the sums of `other`'s columns.
    mutating func setColumnSums(_ other: Matrix) {
        precondition(rowCount == 1 && columnCount == other.columnCount, "shapes differ")
        for column in 0..<columnCount { values[column] = 0 }
        let width = columnCount
        values.withUnsafeMutableBufferPointer { sums in
            other.values.withUnsafeBufferPointer { values in
                for row in 0..<other.rowCount {
                    for column in 0..<width { sums[column] += values[row * width + column] }
                }
            }
        }
    }

    /// Zero where `other` is; elsewhere times `factor`.
    mutating func keepWherePositive(_ other: Matrix, factor: Float) {
        precondition(values.count == other.values.count, "shapes differ")
        let count = values.count
        values.withUnsafeMutableBufferPointer { values in
            other.values.withUnsafeBufferPointer { other in
                for i in 0..<count { values[i] = other[i] > 0 ? values[i] * factor : 0 }
            }
        }
    }

    /// Adds a row to each and sets what is negative to 0.
    mutating func addRectifying(_ biases: Matrix) {
        let (width, count) = (columnCount, rowCount)
        values.withUnsafeMutableBufferPointer { values in
            biases.values.withUnsafeBufferPointer { biases in
                for row in 0..<count {
                    for column in 0..<width {
                        let i = row * width + column
                        values[i] = max(values[i] + biases[column], 0)
                    }
                }
            }
        }
    }
}
