// A generalised additive model with pairs (Hastie & Tibshirani, 1986; Lou et al., "Accurate intelligible
// models with pairwise interactions", 2013): each feature adds what its shape says of its value, chosen
// pairs add a surface. Shapes are values at even knots and straight between them, so they can be drawn,
// and what is drawn is what scores.

/// logit = bias + sum of shapes + sum of pairs. A pair's term counts half to each of its features, so
/// that contributions are one number a feature. Immutable.
public struct ShapeHead: Sendable, Equatable {
    public static let knotCount = 33
    public static let pairKnotCount = 9

    /// Where knots lie: evenly from `low` to `high`; beyond, the end's value holds.
    public struct Axis: Sendable, Equatable, Codable {
        public var feature: Int
        public var low: Float
        public var high: Float

        public init(feature: Int, low: Float, high: Float) {
            self.feature = feature
            self.low = low
            self.high = high
        }

        /// In knots.
        @inline(__always)
        public func position(_ value: Float, knotCount: Int) -> Float {
            let last = Float(knotCount - 1)
            return min(max((value - low) * (last / (high - low)), 0), last)
        }
    }

    public struct Shape: Sendable, Equatable {
        public var axis: Axis
        /// `knotCount` contributions, in logits.
        public var values: [Float]

        public init(axis: Axis, values: [Float]) {
            self.axis = axis
            self.values = values
        }
    }

    public struct Pair: Sendable, Equatable {
        public var first: Axis
        public var second: Axis
        /// `pairKnotCount` squared contributions, in logits; a row for each knot of `first`.
        public var values: [Float]

        public init(first: Axis, second: Axis, values: [Float]) {
            self.first = first
            self.second = second
            self.values = values
        }
    }

    public let bias: Float
    public let shapes: [Shape]
    public let pairs: [Pair]

    /// - Precondition: all numbers are finite, every axis has a length, no feature has two shapes.
    public init(bias: Float, shapes: [Shape], pairs: [Pair]) {
        precondition(
            shapes.allSatisfy { $0.values.count == Self.knotCount }
                && pairs.allSatisfy { $0.values.count == Self.pairKnotCount * Self.pairKnotCount },
            "shapes have their knots")
        self.bias = bias
        self.shapes = shapes
        self.pairs = pairs
        for shape in shapes {
            let axis = shape.axis
            tracks.append(
                Track(
                    feature: axis.feature, low: axis.low,
                    perUnit: Float(Self.knotCount - 1) / (axis.high - axis.low)))
            for knot in 0..<Self.knotCount {
                let value = shape.values[knot]
                let next = shape.values[min(knot + 1, Self.knotCount - 1)]
                segments.append(SIMD2(value, next - value))
            }
        }
    }

    /// Features that are read, in the order of the schema.
    public var features: [Int] {
        Set(shapes.map(\.axis.feature) + pairs.flatMap { [$0.first.feature, $0.second.feature] })
            .sorted()
    }

    // As scoring reads them.
    private struct Track: Equatable {
        var feature: Int
        var low: Float
        var perUnit: Float
    }
    private var tracks: [Track] = []
    /// Value at a knot and rise to the next.
    private var segments: [SIMD2<Float>] = []

    /// What each feature adds to the logit.
    public func contributions(_ features: FeatureVector) -> FeatureVector {
        var result = FeatureVector(repeating: 0)
        let (tracks, segments) = (tracks.span, segments.span)
        let last = Float(Self.knotCount - 1)
        var start = 0
        for index in tracks.indices {
            let track = tracks[index]
            let position = min(max((features[track.feature] - track.low) * track.perUnit, 0), last)
            let knot = Int(position)
            let segment = segments[start + knot]
            result[track.feature] = segment.x + segment.y * (position - Float(knot))
            start += Self.knotCount
        }
        for pair in pairs {
            let half = 0.5 * pair.value(features)
            result[pair.first.feature] += half
            result[pair.second.feature] += half
        }
        return result
    }

    /// Bias plus contributions.
    public func logit(_ features: FeatureVector) -> Float { bias + contributions(features).sum }
}

extension ShapeHead.Pair {
    /// Bilinear between the four knots around the point.
    @inline(__always)
    func value(_ features: FeatureVector) -> Float {
        let count = ShapeHead.pairKnotCount
        let x = first.position(features[first.feature], knotCount: count)
        let y = second.position(features[second.feature], knotCount: count)
        let (i, j) = (min(Int(x), count - 2), min(Int(y), count - 2))
        let (u, v) = (x - Float(i), y - Float(j))
        let corner = i * count + j
        let values = values.span
        let near = values[corner] + v * (values[corner + 1] - values[corner])
        let far =
            values[corner + count] + v * (values[corner + count + 1] - values[corner + count])
        return near + u * (far - near)
    }
}
