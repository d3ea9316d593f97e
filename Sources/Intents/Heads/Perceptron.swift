public import Inference

/// A small network on a sentence's vector: one layer of rectified units, then a logit for each intent.
/// With no units at all it is a linear softmax head. Immutable.
///
/// Weights are int8 with a scale a row, and so are the units' values: products are exact integer
/// sums, the same bits everywhere, at a tenth of the time of fp32 and a quarter of its memory.
public struct Perceptron: Sendable {
    public let inputWidth: Int
    public let unitCount: Int
    public let outputCount: Int
    let hidden: Int8VectorTable
    let hiddenBiases: [Float]
    let output: Int8VectorTable
    let outputBiases: [Float]
    /// Of the vector's values: with it they are about 1, at which the weights started.
    private let inputScale: Float

    /// Weights and biases, row-major: a row of inputs for each unit, a row of units for each logit.
    public struct Weights: Sendable, Equatable {
        public var hidden: [Float]
        public var hiddenBiases: [Float]
        public var output: [Float]
        public var outputBiases: [Float]

        public init(
            hidden: [Float], hiddenBiases: [Float], output: [Float], outputBiases: [Float]
        ) {
            self.hidden = hidden
            self.hiddenBiases = hiddenBiases
            self.output = output
            self.outputBiases = outputBiases
        }
    }

    public init(inputWidth: Int, _ weights: Weights) {
        func rows(_ values: [Float], _ count: Int, _ width: Int) -> Int8VectorTable {
            precondition(values.count == count * width, "a matrix has rows of one width")
            return Int8VectorTable(
                dimension: width,
                rows: (0..<count).map {
                    Int8Vector(quantizing: Array(values[$0 * width..<($0 + 1) * width]))
                })
        }
        let unitCount = weights.hiddenBiases.count
        self.init(
            inputWidth: inputWidth,
            hidden: rows(weights.hidden, unitCount, inputWidth),
            hiddenBiases: weights.hiddenBiases,
            output: rows(
                weights.output, weights.outputBiases.count,
                unitCount == 0 ? inputWidth : unitCount),
            outputBiases: weights.outputBiases)
    }

    /// - Precondition: a row of `hidden` for each of its biases, and so for `output`.
    init(
        inputWidth: Int, hidden: Int8VectorTable, hiddenBiases: [Float], output: Int8VectorTable,
        outputBiases: [Float]
    ) {
        precondition(
            hidden.rowCount == hiddenBiases.count && output.rowCount == outputBiases.count,
            "a bias for each row")
        self.inputWidth = inputWidth
        unitCount = hiddenBiases.count
        outputCount = outputBiases.count
        self.hidden = hidden
        self.hiddenBiases = hiddenBiases
        self.output = output
        self.outputBiases = outputBiases
        inputScale = Float(inputWidth).squareRoot()
    }

    /// One an intent.
    public func logits(_ vector: Int8Vector) -> [Float] {
        var values = Int8Vector(values: vector.values, scale: vector.scale * inputScale)
        if unitCount > 0 {
            var units = hidden.dots(values)
            for unit in units.indices { units[unit] = max(units[unit] + hiddenBiases[unit], 0) }
            values = Int8Vector(quantizing: units)
        }
        var logits = output.dots(values)
        for intent in logits.indices { logits[intent] += outputBiases[intent] }
        return logits
    }
}
