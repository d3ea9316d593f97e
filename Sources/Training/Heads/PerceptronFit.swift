// Fits one network: softmax cross-entropy with smoothed labels, dropout, and AdamW (Loshchilov & Hutter,
// "Decoupled Weight Decay Regularization", 2019) with a rate that falls along a cosine. The state of the
// epoch with the best accuracy on held-out sentences is kept.

internal import Base
private import Foundation
internal import Intents

public struct FitOptions: Sendable, Equatable, Codable {
    /// Rectified units; 0 for a linear softmax head.
    public var unitCount = 512
    public var epochCount = 30
    public var batchSize = 128
    public var peakLearningRate: Float = 2e-3
    public var weightDecay: Float = 1e-2
    /// Share of units silenced at each step.
    public var dropout: Float = 0.3
    /// Share of the target spread over all intents.
    public var labelSmoothing: Float = 0.1
    /// A sentence's vector is moved up to so far towards another's of its intent.
    public var mixing: Float = 0
    /// Strangers, whose target is every intent alike, for each sentence of a batch (outlier
    /// exposure: Hendrycks et al., "Deep Anomaly Detection with Outlier Exposure", 2019).
    public var strangerShare: Float = 0.25

    public init() {}
}

/// Sentences as the networks take them.
struct Examples {
    var inputs: Matrix
    var labels: [Int]
}

struct PerceptronFit {
    private let options: FitOptions
    private let outputCount: Int
    private var random: SeededRandom
    private var hidden: Parameter
    private var hiddenBiases: Parameter
    private var output: Parameter
    private var outputBiases: Parameter
    private var step = 0

    init(inputWidth: Int, outputCount: Int, options: FitOptions, seed: UInt64) {
        self.options = options
        self.outputCount = outputCount
        random = SeededRandom(seed: seed)
        let units = options.unitCount
        hidden = Parameter(
            rows: units, columns: inputWidth, deviation: (2 / Float(inputWidth)).squareRoot(),
            &random)
        hiddenBiases = Parameter(rows: 1, columns: units, deviation: 0, &random)
        let width = units == 0 ? inputWidth : units
        output = Parameter(
            rows: outputCount, columns: width, deviation: (1 / Float(width)).squareRoot(), &random)
        outputBiases = Parameter(rows: 1, columns: outputCount, deviation: 0, &random)
    }

    /// - Parameter heldOut: what the epoch to keep is chosen by; empty keeps the last.
    mutating func run(_ train: Examples, strangers: Strangers.Shown, heldOut: Examples)
        -> Perceptron
    {
        let byLabel = Dictionary(grouping: train.labels.indices, by: { train.labels[$0] })
        var order = Array(train.labels.indices)
        let batches = (order.count + options.batchSize - 1) / options.batchSize
        let stepCount = batches * options.epochCount
        var best = (accuracy: -1.0, network: network)
        for epoch in 0..<options.epochCount {
            order.shuffle(using: &random)
            for start in stride(from: 0, to: order.count, by: options.batchSize) {
                let rows = order[start..<min(start + options.batchSize, order.count)]
                let (inputs, targets) = batch(rows, train, byLabel, strangers)
                let progress = Float(step) / Float(stepCount)
                let rate = options.peakLearningRate * 0.5 * (1 + cosf(.pi * progress))
                update(inputs, targets, rate: rate)
            }
            // The rate is still high in the first half; what comes then is not kept.
            if !heldOut.labels.isEmpty, 2 * epoch >= options.epochCount {
                let accuracy = accuracy(heldOut)
                if accuracy >= best.accuracy { best = (accuracy, network) }
            }
        }
        return heldOut.labels.isEmpty ? network : best.network
    }

    private var network: Perceptron {
        Perceptron(
            inputWidth: options.unitCount == 0
                ? output.weights.columnCount : hidden.weights.columnCount,
            Perceptron.Weights(
                hidden: hidden.weights.values, hiddenBiases: hiddenBiases.weights.values,
                output: output.weights.values, outputBiases: outputBiases.weights.values))
    }

    private mutating func batch(
        _ rows: ArraySlice<Int>, _ train: Examples, _ byLabel: [Int: [Int]],
        _ strangers: Strangers.Shown
    ) -> (inputs: Matrix, targets: Matrix) {
        let width = train.inputs.columnCount
        let strangerCount =
            strangers.groups.isEmpty ? 0 : Int(options.strangerShare * Float(rows.count))
        var inputs = Matrix(rowCount: 0, columnCount: width)
        inputs.values.reserveCapacity((rows.count + strangerCount) * width)
        let uniform = 1 / Float(outputCount)
        let smoothed = options.labelSmoothing * uniform
        var targets = Matrix(rowCount: rows.count + strangerCount, columnCount: outputCount)
        for (position, row) in rows.enumerated() {
            let label = train.labels[row]
            let own = train.inputs.row(row)
            if options.mixing > 0, let others = byLabel[label], others.count > 1 {
                let other = train.inputs.row(others.randomElement(using: &random) ?? row)
                let share = Float.random(in: 0...options.mixing, using: &random)
                inputs.values += zip(own, other).map { $0 + ($1 - $0) * share }
            } else {
                inputs.values += own
            }
            for intent in 0..<outputCount {
                targets.values[position * outputCount + intent] = smoothed
            }
            targets.values[position * outputCount + label] += 1 - options.labelSmoothing
        }
        for position in 0..<strangerCount {
            inputs.values += strangers.row(&random)
            for intent in 0..<outputCount {
                targets.values[(rows.count + position) * outputCount + intent] = uniform
            }
        }
        inputs.rowCount = rows.count + strangerCount
        return (inputs, targets)
    }

    private mutating func update(_ inputs: Matrix, _ targets: Matrix, rate: Float) {
        step += 1
        let count = inputs.rowCount
        var units = inputs
        if options.unitCount > 0 {
            units = Matrix(rowCount: count, columnCount: options.unitCount)
            units.setProduct(inputs, .asIs, hidden.weights, .transposed)
            rectify(&units)
        }
        var errors = Matrix(rowCount: count, columnCount: outputCount)
        errors.setProduct(units, .asIs, output.weights, .transposed)
        subtractTargets(&errors, targets)
        output.gradient.setProduct(errors, .transposed, units)
        outputBiases.gradient.setColumnSums(errors)
        if options.unitCount > 0 {
            var back = Matrix(rowCount: count, columnCount: options.unitCount)
            back.setProduct(errors, .asIs, output.weights)
            back.keepWherePositive(units, factor: 1 / (1 - options.dropout))
            hidden.gradient.setProduct(back, .transposed, inputs)
            hiddenBiases.gradient.setColumnSums(back)
            hidden.descend(step, rate: rate, decay: options.weightDecay)
            hiddenBiases.descend(step, rate: rate, decay: 0)
        }
        output.descend(step, rate: rate, decay: options.weightDecay)
        outputBiases.descend(step, rate: rate, decay: 0)
    }

    /// Adds biases, rectifies, and silences units; those that stay grow as much.
    private mutating func rectify(_ units: inout Matrix) {
        let width = units.columnCount
        let keep = UInt64((1 - options.dropout) * 65_536)
        let factor = 1 / (1 - options.dropout)
        var random = random
        let rowCount = units.rowCount
        hiddenBiases.weights.values.withUnsafeBufferPointer { biases in
            units.values.withUnsafeMutableBufferPointer { values in
                for row in 0..<rowCount {
                    var bits: UInt64 = 0
                    for column in 0..<width {
                        if column % 4 == 0 { bits = random.next() } else { bits >>= 16 }
                        let value = values[row * width + column] + biases[column]
                        values[row * width + column] =
                            value > 0 && bits & 0xFFFF < keep ? value * factor : 0
                    }
                }
            }
        }
        self.random = random
    }

    /// Logits become (softmax - target) / rows: the gradient of the mean cross-entropy.
    private func subtractTargets(_ logits: inout Matrix, _ targets: Matrix) {
        let (width, count) = (logits.columnCount, Float(logits.rowCount))
        let rowCount = logits.rowCount
        logits.values.withUnsafeMutableBufferPointer { values in
            for row in 0..<rowCount {
                let range = row * width..<(row + 1) * width
                var largest = -Float.infinity
                for (column, i) in range.enumerated() {
                    values[i] += outputBiases.weights.values[column]
                    largest = max(largest, values[i])
                }
                var sum: Float = 0
                for i in range {
                    values[i] = expf(values[i] - largest)
                    sum += values[i]
                }
                for i in range { values[i] = (values[i] / sum - targets.values[i]) / count }
            }
        }
    }

    private func accuracy(_ examples: Examples) -> Double {
        var units = examples.inputs
        if options.unitCount > 0 {
            units = Matrix(rowCount: examples.labels.count, columnCount: options.unitCount)
            units.setProduct(examples.inputs, .asIs, hidden.weights, .transposed)
            units.addRectifying(hiddenBiases.weights)
        }
        var logits = Matrix(rowCount: examples.labels.count, columnCount: outputCount)
        logits.setProduct(units, .asIs, output.weights, .transposed)
        var rightCount = 0
        for (row, label) in examples.labels.enumerated() {
            let values = zip(logits.row(row), outputBiases.weights.values).map(+)
            if values.indices.max(by: { values[$0] < values[$1] }) == label { rightCount += 1 }
        }
        return Double(rightCount) / Double(examples.labels.count)
    }
}
