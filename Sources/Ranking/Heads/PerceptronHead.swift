// A network of two hidden layers of rectified units on the features and on the vectors of user and item:
// the field's preference predictor. What multiplies vectors is folded per user into rows that candidates
// are compared with like the user's own items: int8, exact integer sums, the same bits everywhere.

internal import Inference

/// Weights of the network. Immutable.
public struct PerceptronHead: Sendable, Equatable {
    /// Units of the first and the second hidden layer: whole lanes of 16.
    public static let unitCount = 64
    public static let secondUnitCount = 32

    public struct Weights: Sendable, Equatable {
        /// Of each feature: what is taken off, and what it is then multiplied by.
        public var means: [Float]
        public var scales: [Float]
        /// A row of `unitCount` for each feature.
        public var features: [Float]
        /// Rows of `dimension` for each unit: the user's vector, the item's, their product.
        public var user: [Float]
        public var item: [Float]
        public var product: [Float]
        public var biases: [Float]
        /// A row of `secondUnitCount` for each unit of the first layer.
        public var second: [Float]
        public var secondBiases: [Float]
        public var output: [Float]
        public var outputBias: Float

        public init(
            means: [Float], scales: [Float], features: [Float], user: [Float], item: [Float],
            product: [Float], biases: [Float], second: [Float], secondBiases: [Float],
            output: [Float], outputBias: Float
        ) {
            self.means = means
            self.scales = scales
            self.features = features
            self.user = user
            self.item = item
            self.product = product
            self.biases = biases
            self.second = second
            self.secondBiases = secondBiases
            self.output = output
            self.outputBias = outputBias
        }
    }

    /// Standardised features are held to this.
    public static let largestInput: Float = 6

    public let dimension: Int
    public let weights: Weights
    /// Features that are read, in the order of the schema.
    public let features: [Int]
    /// The same, in lanes.
    let featureRows: [SIMD64<Float>]
    let secondRows: [SIMD32<Float>]
    let secondBiases: SIMD32<Float>
    let output: SIMD32<Float>

    /// - Precondition: sizes fit one another.
    public init(dimension: Int, weights: Weights) {
        let (units, second) = (Self.unitCount, Self.secondUnitCount)
        let width = units * dimension
        precondition(
            weights.means.count == FeatureVector.count
                && weights.scales.count == FeatureVector.count
                && weights.features.count == FeatureVector.count * units
                && weights.user.count == width && weights.item.count == width
                && weights.product.count == width && weights.biases.count == units
                && weights.second.count == units * second && weights.secondBiases.count == second
                && weights.output.count == second, "sizes of the network's weights differ")
        self.dimension = dimension
        self.weights = weights
        features = (0..<FeatureVector.count).filter { weights.scales[$0] != 0 }
        featureRows = (0..<FeatureVector.count).map {
            SIMD64(weights.features[$0 * units..<($0 + 1) * units])
        }
        secondRows = (0..<units).map { SIMD32(weights.second[$0 * second..<($0 + 1) * second]) }
        secondBiases = SIMD32(weights.secondBiases)
        output = SIMD32(weights.output)
    }

    /// What the network takes of features.
    func standardised(_ features: FeatureVector, _ index: Int) -> Float {
        let value = (features[index] - weights.means[index]) * weights.scales[index]
        return min(max(value, -Self.largestInput), Self.largestInput)
    }

    /// What the first layer sums up, but for the vectors.
    func sums(of features: FeatureVector) -> SIMD64<Float> {
        var sums = SIMD64(weights.biases)
        for index in 0..<FeatureVector.count {
            sums += featureRows[index] * standardised(features, index)
        }
        return sums
    }

    /// The logit from the sums of the first layer.
    func logit(sums: SIMD64<Float>) -> Float {
        let second = secondSums(sums)
        let active = second.replacing(with: 0, where: second .< 0)
        return (active * output).sum() + weights.outputBias
    }

    func secondSums(_ sums: SIMD64<Float>) -> SIMD32<Float> {
        var second = secondBiases
        for unit in 0..<Self.unitCount where sums[unit] > 0 {
            second += secondRows[unit] * sums[unit]
        }
        return second
    }
}

/// The network for one user: the rows that candidates' vectors are compared with.
struct PerceptronSubject: Sendable {
    let head: PerceptronHead
    /// What the user's vector adds to each unit.
    let user: SIMD64<Float>
    let probes: VectorProbes

    /// - Parameter interest: nil where nothing is known.
    init(_ head: PerceptronHead, interest: Int8Vector?) {
        self.head = head
        let (width, weights) = (head.dimension, head.weights)
        guard let interest, interest.dimension == width else {
            user = .zero
            let rows = (0..<PerceptronHead.unitCount).map {
                Int8Vector(quantizing: Array(weights.item[$0 * width..<($0 + 1) * width]))
            }
            probes = VectorProbes(dimension: width, first: nil, others: width > 0 ? rows : [])
            return
        }
        let vector = interest.dequantized
        var user = SIMD64<Float>.zero
        var rows: [Int8Vector] = []
        var row = [Float](repeating: 0, count: width)
        for unit in 0..<PerceptronHead.unitCount {
            var sum: Float = 0
            for i in 0..<width {
                let position = unit * width + i
                sum += weights.user[position] * vector[i]
                row[i] = weights.item[position] + weights.product[position] * vector[i]
            }
            user[unit] = sum
            rows.append(Int8Vector(quantizing: row))
        }
        self.user = user
        probes = VectorProbes(dimension: width, first: nil, others: rows)
    }
}
