// Fits the network: weighted logistic loss by Adam with a rate that falls along a cosine, dropout on the
// first layer, weight decay, and the epoch kept that validation liked best.

internal import Base
private import Foundation
internal import Inference
internal import Ranking

public struct NetworkOptions: Sendable, Equatable, Codable {
    public var epochCount = 6
    public var batchSize = 1_024
    public var learningRate: Float = 2e-3
    public var weightDecay: Float = 1e-3
    public var dropout: Float = 0.1

    public init() {}
}

struct NetworkFit {
    private let rows: RankingRows
    private let validation: RankingRows
    private let vectors: Int8VectorTable
    private let options: NetworkOptions
    private let features: [Int]
    private var means = [Float](repeating: 0, count: FeatureVector.count)
    /// 0 for a feature that is not read.
    private var scales = [Float](repeating: 0, count: FeatureVector.count)
    private var random: SeededRandom
    private var first: Parameter
    private var firstBiases: Parameter
    private var second: Parameter
    private var secondBiases: Parameter
    private var output: Parameter
    private var outputBias: Parameter
    private var step = 0
    private let dimension: Int

    init(
        _ rows: RankingRows, validation: RankingRows, vectors: Int8VectorTable, features: [Int],
        options: NetworkOptions, seed: UInt64
    ) {
        self.rows = rows
        self.validation = validation
        self.vectors = vectors
        self.options = options
        self.features = features
        dimension = vectors.dimension
        random = SeededRandom(seed: seed)
        let width = FeatureVector.count + 3 * dimension
        let (units, seconds) = (PerceptronHead.unitCount, PerceptronHead.secondUnitCount)
        let spread = (2 / Float(FeatureVector.count)).squareRoot()
        first = Parameter(rows: units, columns: width, deviation: spread, &random)
        // Vectors begin quiet: features say most.
        for unit in 0..<units {
            for column in FeatureVector.count..<width {
                first.weights.values[unit * width + column] *= 0.1
            }
        }
        firstBiases = Parameter(rows: 1, columns: units, deviation: 0, &random)
        second = Parameter(
            rows: seconds, columns: units, deviation: (2 / Float(units)).squareRoot(), &random)
        secondBiases = Parameter(rows: 1, columns: seconds, deviation: 0, &random)
        output = Parameter(
            rows: 1, columns: seconds, deviation: (1 / Float(seconds)).squareRoot(), &random)
        outputBias = Parameter(rows: 1, columns: 1, deviation: 0, &random)
        standardise()
    }

    private mutating func standardise() {
        let step = max(1, rows.count / 200_000)
        for feature in features {
            var (sum, squares, count) = (0.0, 0.0, 0.0)
            for row in stride(from: 0, to: rows.count, by: step) {
                let value = Double(rows.features[row][feature])
                sum += value
                squares += value * value
                count += 1
            }
            let mean = sum / count
            let variance = squares / count - mean * mean
            guard variance > 1e-12 else { continue }
            means[feature] = Float(mean)
            scales[feature] = Float(1 / variance.squareRoot())
        }
    }

    mutating func run(progress: (_ share: Double, _ loss: Double) -> Void) -> PerceptronHead {
        LinearAlgebra.useOneThread()
        let batchCount = (rows.count + options.batchSize - 1) / options.batchSize
        let stepCount = Float(batchCount * options.epochCount)
        let meanWeight = rows.weights.reduce(0, +) / Float(max(rows.count, 1))
        var order = Array(0..<rows.count)
        let questions = Self.questionsOfRows(rows)
        let choiceQuestions = Self.questionsOfRows(validation)
        var best = (loss: Double.infinity, head: head)
        for epoch in 0..<options.epochCount {
            order.shuffle(using: &random)
            for batch in 0..<batchCount {
                let range =
                    batch * options.batchSize..<min((batch + 1) * options.batchSize, order.count)
                let chosen = Array(order[range])
                let inputs = inputs(rows, chosen, questions)
                let rate = options.learningRate * 0.5 * (1 + cosf(.pi * Float(step) / stepCount))
                update(inputs, chosen, scale: 1 / (Float(chosen.count) * meanWeight), rate: rate)
                if batch % 32 == 0 {
                    let done = Double(epoch) + Double(batch) / Double(batchCount)
                    progress(done / Double(options.epochCount), best.loss)
                }
            }
            let loss = validationLoss(choiceQuestions)
            if loss < best.loss { best = (loss, head) }
            progress(Double(epoch + 1) / Double(options.epochCount), loss)
        }
        return best.head
    }

    private static func questionsOfRows(_ rows: RankingRows) -> [Int32] {
        var questions: [Int32] = []
        questions.reserveCapacity(rows.count)
        for question in 0..<rows.questions.count {
            for _ in rows.starts[question]..<rows.starts[question + 1] {
                questions.append(Int32(question))
            }
        }
        return questions
    }

    /// Components of unit vectors are about 1 / root of the dimension, of products its square.
    private var vectorScale: Float { Float(dimension).squareRoot() }
    private var productScale: Float { Float(dimension) }

    private func inputs(_ rows: RankingRows, _ chosen: [Int], _ questions: [Int32]) -> Matrix {
        let width = FeatureVector.count + 3 * dimension
        var matrix = Matrix(rowCount: chosen.count, columnCount: width)
        matrix.values.withUnsafeMutableBufferPointer { values in
            for (position, row) in chosen.enumerated() {
                let start = position * width
                let read = rows.features[row]
                for feature in 0..<FeatureVector.count {
                    let value = (read[feature] - means[feature]) * scales[feature]
                    values[start + feature] = min(
                        max(value, -PerceptronHead.largestInput), PerceptronHead.largestInput)
                }
                guard dimension > 0 else { continue }
                let user = rows.interests[Int(questions[row])]
                let item = rows.vectorRows[row]
                let first = start + FeatureVector.count
                if let user {
                    let scale = user.scale * vectorScale
                    for i in 0..<dimension { values[first + i] = Float(user.values[i]) * scale }
                }
                guard item >= 0 else { continue }
                let vector = vectors.row(Int(item))
                let scale = vector.scale * vectorScale
                for i in 0..<dimension {
                    let value = Float(vector.values[i]) * scale
                    values[first + dimension + i] = value
                    values[first + 2 * dimension + i] = value * values[first + i]
                }
            }
        }
        return matrix
    }

    private struct Activations {
        var first: Matrix
        var second: Matrix
        var logits: Matrix
    }

    private func forward(_ inputs: Matrix) -> Activations {
        var units = Matrix(rowCount: inputs.rowCount, columnCount: PerceptronHead.unitCount)
        units.setProduct(inputs, .asIs, first.weights, .transposed)
        units.addRectifying(firstBiases.weights)
        var more = Matrix(rowCount: inputs.rowCount, columnCount: PerceptronHead.secondUnitCount)
        more.setProduct(units, .asIs, second.weights, .transposed)
        more.addRectifying(secondBiases.weights)
        var logits = Matrix(rowCount: inputs.rowCount, columnCount: 1)
        logits.setProduct(more, .asIs, output.weights, .transposed)
        for i in logits.values.indices { logits.values[i] += outputBias.weights.values[0] }
        return Activations(first: units, second: more, logits: logits)
    }

    private mutating func update(_ inputs: Matrix, _ chosen: [Int], scale: Float, rate: Float) {
        step += 1
        let count = inputs.rowCount
        var units = Matrix(rowCount: count, columnCount: PerceptronHead.unitCount)
        units.setProduct(inputs, .asIs, first.weights, .transposed)
        units.addRectifying(firstBiases.weights)
        let kept = 1 / (1 - options.dropout)
        if options.dropout > 0 {
            let threshold = UInt64(options.dropout * 65_536)
            for i in units.values.indices {
                let drops = random.next() & 0xFFFF < threshold
                units.values[i] = drops ? 0 : units.values[i] * kept
            }
        }
        var more = Matrix(rowCount: count, columnCount: PerceptronHead.secondUnitCount)
        more.setProduct(units, .asIs, second.weights, .transposed)
        more.addRectifying(secondBiases.weights)
        var errors = Matrix(rowCount: count, columnCount: 1)
        errors.setProduct(more, .asIs, output.weights, .transposed)
        for (position, row) in chosen.enumerated() {
            let logit = errors.values[position] + outputBias.weights.values[0]
            errors.values[position] =
                (Exponential.logistic(logit) - rows.labels[row]) * rows.weights[row] * scale
        }
        output.gradient.setProduct(errors, .transposed, more)
        outputBias.gradient.setColumnSums(errors)
        var backSecond = Matrix(rowCount: count, columnCount: PerceptronHead.secondUnitCount)
        backSecond.setProduct(errors, .asIs, output.weights)
        backSecond.keepWherePositive(more, factor: 1)
        second.gradient.setProduct(backSecond, .transposed, units)
        secondBiases.gradient.setColumnSums(backSecond)
        var backFirst = Matrix(rowCount: count, columnCount: PerceptronHead.unitCount)
        backFirst.setProduct(backSecond, .asIs, second.weights)
        backFirst.keepWherePositive(units, factor: kept)
        first.gradient.setProduct(backFirst, .transposed, inputs)
        firstBiases.gradient.setColumnSums(backFirst)
        first.descend(step, rate: rate, decay: options.weightDecay)
        firstBiases.descend(step, rate: rate, decay: 0)
        second.descend(step, rate: rate, decay: options.weightDecay)
        secondBiases.descend(step, rate: rate, decay: 0)
        output.descend(step, rate: rate, decay: 0)
        outputBias.descend(step, rate: rate, decay: 0)
    }

    private func validationLoss(_ questions: [Int32]) -> Double {
        var sum = RankingLoss()
        for start in stride(from: 0, to: validation.count, by: 4_096) {
            let chosen = Array(start..<min(start + 4_096, validation.count))
            let logits = forward(inputs(validation, chosen, questions)).logits
            for (position, row) in chosen.enumerated() {
                sum.add(
                    logit: logits.values[position], label: validation.labels[row],
                    weight: validation.weights[row])
            }
        }
        return sum.mean
    }

    /// The network as it serves: vectors as they are, not scaled.
    private var head: PerceptronHead {
        let width = FeatureVector.count + 3 * dimension
        let units = PerceptronHead.unitCount
        var parts = [[Float]](repeating: [], count: 3)
        var features = [Float](repeating: 0, count: FeatureVector.count * units)
        for unit in 0..<units {
            let row = Array(first.weights.values[unit * width..<(unit + 1) * width])
            for feature in 0..<FeatureVector.count {
                features[feature * units + unit] = row[feature]
            }
            for (part, scale) in [vectorScale, vectorScale, productScale].enumerated() {
                let start = FeatureVector.count + part * dimension
                parts[part] += row[start..<start + dimension].map { $0 * scale }
            }
        }
        let seconds = PerceptronHead.secondUnitCount
        var turned = [Float](repeating: 0, count: units * seconds)
        for unit in 0..<units {
            for next in 0..<seconds {
                turned[unit * seconds + next] = second.weights.values[next * units + unit]
            }
        }
        return PerceptronHead(
            dimension: dimension,
            weights: PerceptronHead.Weights(
                means: means, scales: scales, features: features, user: parts[0], item: parts[1],
                product: parts[2], biases: firstBiases.weights.values, second: turned,
                secondBiases: secondBiases.weights.values, output: output.weights.values,
                outputBias: outputBias.weights.values[0]))
    }
}

extension PerceptronHead {
    /// Of a * logit + b.
    func scaled(by a: Float, plus b: Float) -> PerceptronHead {
        var weights = weights
        weights.output = weights.output.map { a * $0 }
        weights.outputBias = a * weights.outputBias + b
        return PerceptronHead(dimension: dimension, weights: weights)
    }
}
