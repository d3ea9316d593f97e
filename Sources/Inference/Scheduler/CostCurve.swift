internal import Base

/// What batches of growing size cost on the encoder at hand, measured: from it follows how many
/// tokens a batch should have, so nobody has to guess a number.
public struct CostCurve: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public var tokens: Int
        /// The fastest of a few runs: what disturbs a run only ever makes it slower.
        public var nanoseconds: UInt64

        public init(tokens: Int, nanoseconds: UInt64) {
            self.tokens = tokens
            self.nanoseconds = nanoseconds
        }
    }

    /// Of the best rate seen; more would only make every text wait for larger batches.
    private static let goodShare = 0.98
    /// What a batch costs beside encoding: lock, wake-up, delivery; as profiled.
    private static let handOverNanoseconds = 40_000.0
    private static let rounds = 5
    /// Measuring ends when so many sizes in a row have not been faster by a hundredth.
    private static let flatPoints = 3
    /// It does not end before: a moment's disturbance would look like the end of the gain.
    private static let leastTriedTokens = 128
    private static let limitNanoseconds: UInt64 = 100_000_000

    public let points: [Point]

    /// - Parameter points: at least one, by growing size.
    public init(points: [Point]) {
        precondition(!points.isEmpty, "a cost curve without a point")
        self.points = points
    }

    /// Tokens a second at a point, the hand-over included.
    private static func rate(_ point: Point) -> Double {
        Double(point.tokens) * 1e9 / (Double(point.nanoseconds) + handOverNanoseconds)
    }

    /// The smallest batch that is about as fast as the fastest.
    public var best: Point {
        let peak = points.map(Self.rate).max() ?? 0
        return points.first { Self.rate($0) >= Self.goodShare * peak } ?? points[0]
    }

    /// What two workers make of twice as much, a half each, sooner than one alone: the smallest such
    /// half, or more than any batch where none is.
    public var leastShareTokens: Int {
        let least = points.first { point in
            let together = Double(nanoseconds(tokens: 2 * point.tokens))
            return Double(point.nanoseconds) + Self.handOverNanoseconds < together
        }
        return least?.tokens ?? .max
    }

    /// Runs batches of growing size: some tens of milliseconds in all.
    ///
    /// - Parameters:
    ///   - maxTokens: no larger batch is tried.
    ///   - encode: encodes a batch of so many tokens and returns how long it took, in nanoseconds.
    static func measure(
        upTo maxTokens: Int, encode: (Int) throws(Fault) -> UInt64
    ) throws(Fault) -> CostCurve {
        var points: [Point] = []
        var peak = 0.0
        var sinceFaster = 0
        var spent: UInt64 = 0
        for tokens in sizes(upTo: maxTokens) {
            let runs = (try max(1, encode(tokens)), try max(1, encode(tokens)))
            spent += runs.0 + runs.1
            let point = Point(tokens: tokens, nanoseconds: min(runs.0, runs.1))
            points.append(point)
            sinceFaster = rate(point) > 1.01 * peak ? 0 : sinceFaster + 1
            peak = max(peak, rate(point))
            let isFlat = tokens >= leastTriedTokens && sinceFaster >= flatPoints
            if isFlat || spent >= limitNanoseconds / 2 { break }
        }
        // All sizes again, so that what disturbs for a while disturbs none of them alone.
        for _ in 2..<rounds {
            for index in points.indices {
                let nanoseconds = try max(1, encode(points[index].tokens))
                points[index].nanoseconds = min(points[index].nanoseconds, nanoseconds)
            }
        }
        return CostCurve(points: points)
    }

    /// How long a batch of so many tokens takes: between two points on the line through them,
    /// beyond the ends in proportion.
    public func nanoseconds(tokens: Int) -> UInt64 {
        guard let after = points.firstIndex(where: { $0.tokens >= tokens }) else {
            return Self.scaled(points[points.count - 1], tokens)
        }
        if after == 0 { return Self.scaled(points[0], tokens) }
        let (low, high) = (points[after - 1], points[after])
        let part = Double(tokens - low.tokens) / Double(high.tokens - low.tokens)
        let rise = Double(high.nanoseconds) - Double(low.nanoseconds)
        return UInt64(Double(low.nanoseconds) + part * rise)
    }

    private static func scaled(_ point: Point, _ tokens: Int) -> UInt64 {
        UInt64(Double(point.nanoseconds) * Double(tokens) / Double(point.tokens))
    }

    /// 4, 6, 8, 12, 16 and so on, the largest at last.
    private static func sizes(upTo maxTokens: Int) -> [Int] {
        var sizes: [Int] = []
        var size = 4
        while size < maxTokens {
            sizes.append(size)
            if size + size / 2 < maxTokens { sizes.append(size + size / 2) }
            size *= 2
        }
        return sizes + [maxTokens]
    }
}
