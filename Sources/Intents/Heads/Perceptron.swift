/// A small network on a sentence's vector: one layer of rectified units, then a logit for each intent.
/// With no units at all it is a linear softmax head. Immutable.
public struct Perceptron: Sendable {
    public let inputWidth: Int
    public let unitCount: Int
    public let outputCount: Int
    private let hidden: LaneRows
    private let hiddenBiases: [Float]
    private let output: LaneRows
    private let outputBiases: [Float]

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
        self.inputWidth = inputWidth
        unitCount = weights.hiddenBiases.count
        outputCount = weights.outputBiases.count
        hidden = LaneRows(rowCount: unitCount, width: inputWidth, weights.hidden)
        hiddenBiases = weights.hiddenBiases
        output = LaneRows(
            rowCount: outputCount, width: unitCount == 0 ? inputWidth : unitCount, weights.output)
        outputBiases = weights.outputBiases
    }

    public var weights: Weights {
        Weights(
            hidden: hidden.values, hiddenBiases: hiddenBiases, output: output.values,
            outputBiases: outputBiases)
    }

    /// - Parameter input: `inputWidth` values, scaled as in training.
    public func logits(_ input: [Float]) -> [Float] {
        var values = LaneRows.padded(input)
        if unitCount > 0 {
            var units = [SIMD16<Float>](
                repeating: .zero,
                count: (unitCount + LaneRows.laneCount - 1) / LaneRows.laneCount)
            for unit in 0..<unitCount {
                units[unit / LaneRows.laneCount][unit % LaneRows.laneCount] =
                    max(hidden.dot(unit, values) + hiddenBiases[unit], 0)
            }
            values = units
        }
        return (0..<outputCount).map { output.dot($0, values) + outputBiases[$0] }
    }
}
