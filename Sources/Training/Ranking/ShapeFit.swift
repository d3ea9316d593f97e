// Fits the additive head: weighted logistic loss over values at knots, straight in between, by Adam. Second
// differences of a shape cost, so that it is smooth where there is little data. Pairs are chosen by how much
// of the residuals of the shapes alone they explain on a coarse grid (Lou et al., 2013, "FAST").

internal import Base
private import Foundation
internal import Ranking

public struct ShapeOptions: Sendable, Equatable, Codable {
    public var epochCount = 12
    public var pairEpochCount = 8
    public var batchSize = 2_048
    public var learningRate: Float = 0.03
    /// Of squared second differences.
    public var smoothness: Float = 2e-4
    public var pairCount = 12

    public init() {}
}

struct ShapeFit {
    private static let knots = ShapeHead.knotCount
    private static let pairKnots = ShapeHead.pairKnotCount
    /// Shares of the rows below and above which an axis ends.
    private static let tail = 0.001
    /// Rows that axes and pairs are chosen on.
    private static let maxSample = 200_000

    private let rows: RankingRows
    private let validation: RankingRows
    private let options: ShapeOptions
    private var random: SeededRandom
    private var axes: [ShapeHead.Axis] = []
    private var pairs: [(first: ShapeHead.Axis, second: ShapeHead.Axis)] = []
    /// Bias, then shapes, then pairs.
    private var parameters: AdamVector
    private let meanWeight: Float

    /// - Parameters:
    ///   - features: places in the schema of those to read.
    init(
        _ rows: RankingRows, validation: RankingRows, features: [Int], options: ShapeOptions,
        seed: UInt64
    ) {
        self.rows = rows
        self.validation = validation
        self.options = options
        random = SeededRandom(seed: seed)
        meanWeight = rows.weights.reduce(0, +) / Float(max(rows.count, 1))
        let step = max(1, rows.count / Self.maxSample)
        for feature in features {
            let sample = stride(from: 0, to: rows.count, by: step)
                .map { rows.features[$0][feature] }.sorted()
            let low = sample[Int(Double(sample.count - 1) * Self.tail)]
            let high = sample[Int(Double(sample.count - 1) * (1 - Self.tail))]
            guard high > low else { continue }
            axes.append(ShapeHead.Axis(feature: feature, low: low, high: high))
        }
        parameters = AdamVector(count: 1 + axes.count * Self.knots)
        var (bought, all) = (Float(0), Float(0))
        for (label, weight) in zip(rows.labels, rows.weights) {
            bought += label * weight
            all += weight
        }
        parameters.values[0] = logf(bought / max(all - bought, 1))
    }

    /// - Parameter progress: called after each epoch with the validation loss.
    mutating func run(progress: (_ share: Double, _ loss: Double) -> Void) -> ShapeHead {
        let total = Double(options.epochCount + options.pairEpochCount)
        var best = (loss: Double.infinity, head: head.anchored)
        for epoch in 0..<options.epochCount {
            pass(epoch, of: options.epochCount)
            let head = head.anchored
            let loss = RankingLoss.mean(validation, head)
            if loss < best.loss { best = (loss, head) }
            progress(Double(epoch + 1) / total, loss)
        }
        guard options.pairCount > 0 else { return best.head }
        choosePairs()
        for epoch in 0..<options.pairEpochCount {
            pass(epoch, of: options.pairEpochCount)
            let head = head.anchored
            let loss = RankingLoss.mean(validation, head)
            if loss < best.loss { best = (loss, head) }
            progress((Double(options.epochCount + epoch) + 1) / total, loss)
        }
        return best.head
    }

    private var head: ShapeHead {
        let values = parameters.values
        func slice(_ start: Int, _ count: Int) -> [Float] { Array(values[start..<start + count]) }
        let pairSize = Self.pairKnots * Self.pairKnots
        let pairStart = 1 + axes.count * Self.knots
        return ShapeHead(
            bias: values[0],
            shapes: axes.enumerated().map {
                ShapeHead.Shape(axis: $1, values: slice(1 + $0 * Self.knots, Self.knots))
            },
            pairs: pairs.enumerated().map {
                ShapeHead.Pair(
                    first: $1.first, second: $1.second,
                    values: slice(pairStart + $0 * pairSize, pairSize))
            })
    }

    private mutating func pass(_ epoch: Int, of epochCount: Int) {
        var order = Array(0..<rows.count)
        order.shuffle(using: &random)
        let batchCount = (order.count + options.batchSize - 1) / options.batchSize
        var gradient = [Float](repeating: 0, count: parameters.values.count)
        for batch in 0..<batchCount {
            for i in gradient.indices { gradient[i] = 0 }
            let range =
                batch * options.batchSize..<min((batch + 1) * options.batchSize, order.count)
            addGradient(order[range], to: &gradient)
            addSmoothness(to: &gradient)
            let done = Float(epoch * batchCount + batch) / Float(epochCount * batchCount)
            let rate = options.learningRate * 0.5 * (1 + cosf(.pi * done))
            parameters.descend(gradient, rate: rate)
        }
    }

    /// Where a row touches the parameters: knot and share of the next.
    private struct Touch {
        var start: Int32
        var share: Float
    }

    private func addGradient(_ batch: ArraySlice<Int>, to gradient: inout [Float]) {
        let scale = 1 / (Float(batch.count) * meanWeight)
        let pairStart = 1 + axes.count * Self.knots
        var touches = [Touch](repeating: Touch(start: 0, share: 0), count: axes.count)
        var corners = [(start: Int, u: Float, v: Float)](
            repeating: (0, 0, 0), count: pairs.count)
        parameters.values.withUnsafeBufferPointer { values in
            gradient.withUnsafeMutableBufferPointer { gradient in
                for row in batch {
                    let features = rows.features[row]
                    var logit = values[0]
                    for (index, axis) in axes.enumerated() {
                        let position = axis.position(
                            features[axis.feature], knotCount: Self.knots)
                        let knot = min(Int(position), Self.knots - 2)
                        let start = 1 + index * Self.knots + knot
                        let share = position - Float(knot)
                        touches[index] = Touch(start: Int32(start), share: share)
                        logit += values[start] + share * (values[start + 1] - values[start])
                    }
                    for (index, pair) in pairs.enumerated() {
                        let corner = Self.corner(features, pair)
                        let start =
                            pairStart + index * Self.pairKnots * Self.pairKnots + corner.start
                        corners[index] = (start, corner.u, corner.v)
                        logit += Self.surface(values, start, corner.u, corner.v)
                    }
                    let error =
                        (Exponential.logistic(logit) - rows.labels[row]) * rows.weights[row]
                        * scale
                    gradient[0] += error
                    for touch in touches {
                        gradient[Int(touch.start)] += error * (1 - touch.share)
                        gradient[Int(touch.start) + 1] += error * touch.share
                    }
                    for (start, u, v) in corners {
                        gradient[start] += error * (1 - u) * (1 - v)
                        gradient[start + 1] += error * (1 - u) * v
                        gradient[start + Self.pairKnots] += error * u * (1 - v)
                        gradient[start + Self.pairKnots + 1] += error * u * v
                    }
                }
            }
        }
    }

    private static func corner(
        _ features: FeatureVector, _ pair: (first: ShapeHead.Axis, second: ShapeHead.Axis)
    ) -> (start: Int, u: Float, v: Float) {
        let x = pair.first.position(features[pair.first.feature], knotCount: pairKnots)
        let y = pair.second.position(features[pair.second.feature], knotCount: pairKnots)
        let (i, j) = (min(Int(x), pairKnots - 2), min(Int(y), pairKnots - 2))
        return (i * pairKnots + j, x - Float(i), y - Float(j))
    }

    private static func surface(
        _ values: UnsafeBufferPointer<Float>, _ start: Int, _ u: Float, _ v: Float
    ) -> Float {
        let near = values[start] + v * (values[start + 1] - values[start])
        let (a, b) = (values[start + pairKnots], values[start + pairKnots + 1])
        return near + u * (a + v * (b - a) - near)
    }

    /// Second differences along shapes and along both sides of surfaces.
    private func addSmoothness(to gradient: inout [Float]) {
        let weight = options.smoothness
        func penalise(_ start: Int, _ stride: Int, _ count: Int) {
            for k in 1..<count - 1 {
                let middle = start + k * stride
                let bend =
                    parameters.values[middle - stride] - 2 * parameters.values[middle]
                    + parameters.values[middle + stride]
                gradient[middle - stride] += weight * bend
                gradient[middle] -= 2 * weight * bend
                gradient[middle + stride] += weight * bend
            }
        }
        for index in axes.indices { penalise(1 + index * Self.knots, 1, Self.knots) }
        let size = Self.pairKnots * Self.pairKnots
        for index in pairs.indices {
            let start = 1 + axes.count * Self.knots + index * size
            for line in 0..<Self.pairKnots {
                penalise(start + line * Self.pairKnots, 1, Self.pairKnots)
                penalise(start + line, Self.pairKnots, Self.pairKnots)
            }
        }
    }

    // MARK: Pairs

    /// The pairs of axes whose cells explain most of what the shapes left.
    private mutating func choosePairs() {
        let grid = 8
        let step = max(1, rows.count / Self.maxSample)
        let sample = Array(stride(from: 0, to: rows.count, by: step))
        let head = head.anchored
        let errors = sample.map { row -> (slope: Float, curvature: Float) in
            let p = Exponential.logistic(head.logit(rows.features[row]))
            let weight = rows.weights[row] / meanWeight
            return ((p - rows.labels[row]) * weight, p * (1 - p) * weight)
        }
        let cells = axes.map { axis in
            sample.map { row -> UInt8 in
                let position = axis.position(rows.features[row][axis.feature], knotCount: grid + 1)
                return UInt8(min(Int(position), grid - 1))
            }
        }
        var found: [(gain: Float, first: Int, second: Int)] = []
        for first in axes.indices {
            for second in first + 1..<axes.count {
                let gain = Self.gain(cells[first], cells[second], errors, grid)
                found.append((gain, first, second))
            }
        }
        found.sort { $0.gain > $1.gain }
        pairs = found.prefix(options.pairCount).map { (axes[$0.first], axes[$0.second]) }
        parameters.append(count: pairs.count * Self.pairKnots * Self.pairKnots)
    }

    private static func gain(
        _ first: [UInt8], _ second: [UInt8], _ errors: [(slope: Float, curvature: Float)],
        _ grid: Int
    ) -> Float {
        var sums = [SIMD2<Float>](repeating: .zero, count: grid * grid)
        for (index, error) in errors.enumerated() {
            sums[Int(first[index]) * grid + Int(second[index])] +=
                SIMD2(error.slope, error.curvature)
        }
        return sums.reduce(0) { $0 + $1.x * $1.x / ($1.y + 20) }
    }
}
