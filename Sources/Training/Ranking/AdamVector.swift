private import Foundation

/// Parameters with what Adam (Kingma & Ba, 2015) remembers of their gradients.
struct AdamVector {
    var values: [Float]
    private var means: [Float]
    private var squares: [Float]
    private var step = 0

    private static let meanDecay: Float = 0.9
    private static let squareDecay: Float = 0.999
    private static let epsilon: Float = 1e-8

    init(count: Int) {
        values = [Float](repeating: 0, count: count)
        means = values
        squares = values
    }

    /// More parameters, at 0; what is remembered of all begins anew.
    mutating func append(count: Int) {
        values += [Float](repeating: 0, count: count)
        means = [Float](repeating: 0, count: values.count)
        squares = means
        step = 0
    }

    mutating func descend(_ gradient: [Float], rate: Float) {
        step += 1
        let meanCorrection = 1 / (1 - powf(Self.meanDecay, Float(step)))
        let squareCorrection = 1 / (1 - powf(Self.squareDecay, Float(step)))
        for i in values.indices {
            let slope = gradient[i]
            means[i] = Self.meanDecay * means[i] + (1 - Self.meanDecay) * slope
            squares[i] = Self.squareDecay * squares[i] + (1 - Self.squareDecay) * slope * slope
            values[i] -=
                rate * means[i] * meanCorrection
                / ((squares[i] * squareCorrection).squareRoot() + Self.epsilon)
        }
    }
}
