/// How well a head does on sentences that it has not seen.
public struct IntentMetrics: Sendable, Equatable, Codable {
    public var sentenceCount = 0
    public var outOfScopeCount = 0
    /// Share whose best intent is right, whatever its score.
    public var accuracy = 0.0
    /// Expected calibration error: mean gap between confidence and accuracy over 15 bins of equal
    /// width, weighted by their sentences (Guo et al., 2017).
    public var calibrationError = 0.0
    /// Share whose best intent is right and above the threshold.
    public var inScopeAccuracy = 0.0
    /// Share of the out-of-scope sentences below the threshold; absent without such sentences.
    public var outOfScopeRecall: Double?
    /// That a sentence of the test set scores above an out-of-scope one.
    public var areaUnderCurve: Double?

    public init() {}

    /// One sentence as a head sees it.
    public struct Outcome: Sendable {
        public var isRight: Bool
        /// The best intent's probability.
        public var confidence: Float
        /// The detector's score.
        public var score: Float

        public init(isRight: Bool, confidence: Float, score: Float) {
            self.isRight = isRight
            self.confidence = confidence
            self.score = score
        }
    }

    /// - Parameters:
    ///   - outOfScope: the detector's scores.
    ///   - threshold: scores below it are turned away.
    public init(_ outcomes: [Outcome], outOfScope: [Float], threshold: Float) {
        sentenceCount = outcomes.count
        outOfScopeCount = outOfScope.count
        let count = Double(max(outcomes.count, 1))
        accuracy = Double(outcomes.count(where: \.isRight)) / count
        inScopeAccuracy =
            Double(outcomes.count { $0.isRight && $0.score >= threshold }) / count
        calibrationError = Self.calibrationError(outcomes)
        if !outOfScope.isEmpty {
            outOfScopeRecall =
                Double(outOfScope.count { $0 < threshold }) / Double(outOfScope.count)
            areaUnderCurve = Self.areaUnderCurve(outcomes.map(\.score), outOfScope)
        }
    }

    static func calibrationError(_ outcomes: [Outcome]) -> Double {
        let binCount = 15
        var bins = [(count: Double, confidence: Double, right: Double)](
            repeating: (0, 0, 0), count: binCount)
        for outcome in outcomes {
            let bin = min(Int(outcome.confidence * Float(binCount)), binCount - 1)
            bins[bin].count += 1
            bins[bin].confidence += Double(outcome.confidence)
            bins[bin].right += outcome.isRight ? 1 : 0
        }
        let gaps = bins.map { abs($0.confidence - $0.right) }
        return gaps.reduce(0, +) / Double(max(outcomes.count, 1))
    }

    static func areaUnderCurve(_ inside: [Float], _ outside: [Float]) -> Double {
        let all = (inside.map { ($0, true) } + outside.map { ($0, false) }).sorted { $0.0 > $1.0 }
        return AreaUnderCurve.of(all.map(\.0), all.map(\.1)) ?? .nan
    }
}
