import Base
import Histogram
import Inference

/// What the scheduler's rules alone would give for the same arrivals, by its own simulator and the
/// cost curve measured here and now.
struct LoadForecast {
    private let costs: CostCurve
    private let tokenCounts: [Int]
    private let workers: Int

    init(bundlePath: String, texts: [String], workers: Int) throws {
        let model = try TextModel(bundlePath: bundlePath)
        costs = try CostCurve.measured(model.encoder, limits: Limits())
        var tokenized = TokenizedTexts()
        for text in texts { tokenized.append(text, with: model.tokenizer) }
        tokenCounts = (0..<texts.count).map { tokenized.tokenCount(at: $0) }
        self.workers = workers
    }

    /// - Returns: latencies of the requests that would be answered.
    func latencies(offsets: [UInt64], deadlineMs: Int?) -> Histogram<UInt64> {
        var histogram = LoadRecord.histogram()
        let arrivals = offsets.enumerated().map { index, offset in
            let moment = MonotonicTime(nanoseconds: 1_000_000_000 + offset)
            let deadline = deadlineMs.map {
                moment.advanced(byNanoseconds: UInt64($0) * 1_000_000)
            }
            return SchedulerForecast.Arrival(
                moment: moment, tokens: tokenCounts[index % tokenCounts.count],
                deadline: deadline ?? .distantFuture)
        }
        for case .some(let latency) in SchedulerForecast.latencies(
            of: arrivals, costs: costs, workerCount: workers)
        {
            _ = histogram.record(min(latency, histogram.highestTrackableValue))
        }
        return histogram
    }
}
