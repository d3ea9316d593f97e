// A generalised additive model with pairs (Hastie & Tibshirani, 1986; Lou et al., "Accurate intelligible
// models with pairwise interactions", 2013): each feature adds what its shape says of its value, chosen
// pairs add a surface. Shapes are values at even knots and straight between them, so they can be drawn,
// and what is drawn is what scores.

/// logit = bias + sum of shapes + sum of pairs. A pair's term counts half to each of its features, so
/// that contributions are one number a feature. A feature of item or user and item that is missing adds
/// nothing, nor does a pair of which either is missing: training moves that to the bias. Immutable.
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
    /// Features that are read, in the order of the schema.
    public let features: [Int]

    /// - Precondition: all numbers are finite, every axis has a length, no feature has two shapes.
    public init(bias: Float, shapes: [Shape], pairs: [Pair]) {
        precondition(
            shapes.allSatisfy { $0.values.count == Self.knotCount }
                && pairs.allSatisfy { $0.values.count == Self.pairKnotCount * Self.pairKnotCount },
            "shapes have their knots")
        self.bias = bias
        self.shapes = shapes
        self.pairs = pairs
        features = Set(
            shapes.map(\.axis.feature)
                + pairs.flatMap { [$0.first.feature, $0.second.feature] }
        ).sorted()
        for shape in shapes {
            let track = Self.track(
                shape.axis, knotCount: Self.knotCount, start: segments.count)
            switch FeatureSchema.features[shape.axis.feature].kind {
            case .user, .context: levelTracks.append(track)
            case .item, .cross: tracks.append(track)
            }
            for knot in 0..<Self.knotCount {
                let value = shape.values[knot]
                let next = shape.values[min(knot + 1, Self.knotCount - 1)]
                segments.append(SIMD2(value, next - value))
            }
        }
        for pair in pairs {
            surfaces.append(
                Surface(
                    first: Self.track(pair.first, knotCount: Self.pairKnotCount, start: 0),
                    second: Self.track(pair.second, knotCount: Self.pairKnotCount, start: 0),
                    start: surfaceValues.count))
            surfaceValues += pair.values
        }
    }

    // As scoring reads them: user and context are the same for all candidates of a request.

    private struct Track: Equatable {
        var feature: Int
        var missing: Float
        var low: Float
        var perUnit: Float
        /// Where its knots begin in `segments`.
        var start: Int
    }
    private var levelTracks: [Track] = []
    private var tracks: [Track] = []
    /// Value at a knot and rise to the next.
    private var segments: [SIMD2<Float>] = []
    /// As `pairs`, with what tells whether there is anything to add.
    private var surfaces: [Surface] = []

    private struct Surface: Equatable {
        var first: Track
        var second: Track
        /// Where its values begin in `surfaceValues`.
        var start: Int
    }
    private var surfaceValues: [Float] = []

    private static func track(_ axis: Axis, knotCount: Int, start: Int) -> Track {
        Track(
            feature: axis.feature, missing: FeatureSchema.features[axis.feature].missing,
            low: axis.low, perUnit: Float(knotCount - 1) / (axis.high - axis.low), start: start)
    }

    @inline(__always)
    private static func value(
        _ features: borrowing FeatureVector, _ track: Track, _ segments: Span<SIMD2<Float>>
    ) -> Float {
        let position = min(
            max((features[track.feature] - track.low) * track.perUnit, 0), Float(knotCount - 1))
        let knot = Int(position)
        let segment = segments[track.start + knot]
        return segment.x + segment.y * (position - Float(knot))
    }

    /// Bilinear between the four knots around the point.
    @inline(__always)
    private static func value(
        _ features: borrowing FeatureVector, _ surface: Surface, _ values: Span<Float>
    ) -> Float {
        let count = pairKnotCount
        let (first, second) = (surface.first, surface.second)
        let last = Float(count - 1)
        let x = min(max((features[first.feature] - first.low) * first.perUnit, 0), last)
        let y = min(max((features[second.feature] - second.low) * second.perUnit, 0), last)
        let (i, j) = (min(Int(x), count - 2), min(Int(y), count - 2))
        let (u, v) = (x - Float(i), y - Float(j))
        let corner = surface.start + i * count + j
        let near = values[corner] + v * (values[corner + 1] - values[corner])
        let far =
            values[corner + count] + v * (values[corner + count + 1] - values[corner + count])
        return near + u * (far - near)
    }

    /// Bias and what the user and the context add.
    func level(_ features: borrowing FeatureVector) -> Float {
        let segments = segments.span
        var sum = bias
        for track in levelTracks { sum += Self.value(features, track, segments) }
        return sum
    }

    /// What the rest adds. A trained head is anchored: what is missing adds nothing, and is skipped.
    func rest(_ features: borrowing FeatureVector) -> Float {
        let (tracks, segments) = (tracks.span, segments.span)
        var sum: Float = 0
        for index in tracks.indices {
            let track = tracks[index]
            if features[track.feature] == track.missing { continue }
            sum += Self.value(features, track, segments)
        }
        let (surfaces, values) = (surfaces.span, surfaceValues.span)
        for index in surfaces.indices {
            let surface = surfaces[index]
            let isFirstMissing = features[surface.first.feature] == surface.first.missing
            let isSecondMissing = features[surface.second.feature] == surface.second.missing
            if isFirstMissing || isSecondMissing { continue }
            sum += Self.value(features, surface, values)
        }
        return sum
    }

    /// Bias plus contributions.
    public func logit(_ features: borrowing FeatureVector) -> Float {
        level(features) + rest(features)
    }

    /// What each feature adds to the logit.
    public func contributions(_ features: FeatureVector) -> FeatureVector {
        var result = FeatureVector(repeating: 0)
        let (segments, values) = (segments.span, surfaceValues.span)
        for track in levelTracks { result[track.feature] = Self.value(features, track, segments) }
        for track in tracks where features[track.feature] != track.missing {
            result[track.feature] = Self.value(features, track, segments)
        }
        for surface in surfaces
        where features[surface.first.feature] != surface.first.missing
            && features[surface.second.feature] != surface.second.missing
        {
            let half = 0.5 * Self.value(features, surface, values)
            result[surface.first.feature] += half
            result[surface.second.feature] += half
        }
        return result
    }
}
