public import Ads

/// Learning as a server does against fitting everything anew every day, on one stream: every impression is
/// predicted by what was known when it was made.
public struct OnlineTrial: Sendable, Encodable {
    /// Mean log losses and areas under the curve of the same impressions.
    public var onlineLogLoss: Double
    public var batchLogLoss: Double
    public var onlineAreaUnderCurve: Double
    public var batchAreaUnderCurve: Double
    /// Online less batch, an impression, with the interval that 95% of such means lie in.
    public var logLossDifference: MeasuredFigure
    /// Without learning on after the start.
    public var frozenLogLoss: Double
    public var exampleCount: Int
    public var positiveCount: Int
    /// Days with an impression, for each of which everything was fitted anew.
    public var retrainCount: Int

    private static let dayNanoseconds: Int64 = 86_400 * 1_000_000_000

    /// - Parameters:
    ///   - earlier: what both start from, fitted at once.
    ///   - later: the stream.
    ///   - observedUntil: impressions that close later are predicted and not learnt.
    public init(
        earlier: [AdRow], later: [AdRow], observedUntil: Int64, outcome: AdOutcome,
        trainer: AdTrainer, onlineAlpha: Float,
        progress: (_ done: Int, _ total: Int) -> Void
    ) {
        let stream = later.sorted { $0.example.shownAt < $1.example.shownAt }
        let closing = (earlier + later).map(\.example).filter { $0.closesAt <= observedUntil }
            .sorted { $0.closesAt < $1.closesAt }
        let delays = AnswerDelays(earlier)
        let days = Dictionary(grouping: stream) { $0.example.shownAt / Self.dayNanoseconds }
        let first = (stream.first?.example.shownAt ?? 0) / Self.dayNanoseconds * Self.dayNanoseconds
        var known = closing.prefix { $0.closesAt <= first }.map { $0 }
        let start = trainer.fit(known)
        var beginning = start
        beginning.continueOnline(passCount: trainer.passCount, alpha: onlineAlpha)
        var online = GuardedLearner(beginning)
        var next = known.count
        var outcomes: [Bool] = []
        var probabilities: (online: [Double], batch: [Double], frozen: [Double]) = ([], [], [])
        for (done, day) in days.keys.sorted().enumerated() {
            progress(done, days.count)
            while next < closing.count, closing[next].closesAt <= day * Self.dayNanoseconds {
                _ = online.learn(closing[next])
                known.append(closing[next])
                next += 1
            }
            _ = online.check()
            let batch = trainer.fit(known)
            for row in days[day] ?? [] {
                let terms = row.example.terms
                let share = delays.seenShare(of: row.reading.exposure, by: observedUntil)
                outcomes.append(row.example.happened(outcome))
                probabilities.online.append(
                    share * Double(online.good.probability(of: outcome, terms)))
                probabilities.batch.append(
                    share * Double(batch.probability(of: outcome, terms)))
                probabilities.frozen.append(
                    share * Double(start.probability(of: outcome, terms)))
            }
        }
        exampleCount = outcomes.count
        positiveCount = outcomes.count(where: { $0 })
        retrainCount = days.count
        func loss(_ values: [Double]) -> Double {
            zip(values, outcomes).reduce(0) { $0 + AdMetrics.loss($1.0, $1.1) }
                / Double(max(outcomes.count, 1))
        }
        func area(_ values: [Double]) -> Double {
            let order = values.indices.sorted { values[$0] > values[$1] }
            return AreaUnderCurve.of(
                order.map { values[$0] }, order.map { outcomes[$0] }) ?? 0.5
        }
        logLossDifference = Self.difference(
            probabilities.online, probabilities.batch, outcomes)
        onlineLogLoss = loss(probabilities.online)
        batchLogLoss = loss(probabilities.batch)
        frozenLogLoss = loss(probabilities.frozen)
        onlineAreaUnderCurve = area(probabilities.online)
        batchAreaUnderCurve = area(probabilities.batch)
    }

    private static func difference(
        _ one: [Double], _ other: [Double], _ outcomes: [Bool]
    ) -> MeasuredFigure {
        let differences = outcomes.indices.map {
            AdMetrics.loss(one[$0], outcomes[$0]) - AdMetrics.loss(other[$0], outcomes[$0])
        }
        let count = Double(max(differences.count, 2))
        let mean = differences.reduce(0, +) / count
        let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let spread = 1.96 * (squares / (count - 1) / count).squareRoot()
        return MeasuredFigure(value: mean, low: mean - spread, high: mean + spread)
    }
}
