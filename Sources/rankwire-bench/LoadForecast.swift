// What the scheduler's rules alone would give for the same arrivals: its own simulator, driven by what
// was measured. A batch costs what batches of its size cost in the run itself, at that moment: how fast
// the machine is changes from second to second, and a batch after a pause costs more than one in a
// tight loop. The way to the encoder and back is measured before, by requests that are alone.

import Base
import Histogram
import Inference

/// See above. For one text a request, no cache, and texts that all differ.
struct LoadForecast {
    /// So long apart that none meets another.
    static let aloneOffsets = (0..<200).map { UInt64($0) * 10_000_000 }
    /// Answers of one batch come within this time.
    private static let batchNanoseconds: UInt64 = 20_000_000

    private struct Batch {
        var answered: MonotonicTime
        var tokens: Int
        var nanoseconds: UInt64
        /// Of what batches of that size cost on average.
        var ratio = 1.0
    }

    /// What batches cost on average, in points about which sizes were seen.
    let costs: CostCurve
    /// From the moment a request was meant to be sent to its answer, without the encoder's part;
    /// rising.
    let pathNanoseconds: [UInt64]
    private let batches: [Batch]
    private let tokenCounts: [Int: Int]
    private let batchTokens: Int
    private let workers: Int
    private let start: MonotonicTime

    /// - Parameters:
    ///   - alone: of requests that were sent at `aloneOffsets`.
    ///   - batchTokens: what the server fills batches up to.
    /// - Throws: FAILED_PRECONDITION where answers tell nothing of the encoder.
    init(
        run: LoadRecord, alone: LoadRecord, batchTokens: Int, workers: Int
    ) throws(Fault) {
        var batches = Self.batches(run.encodings)
        guard !batches.isEmpty, !alone.encodings.isEmpty else {
            throw Fault(
                .failedPrecondition, reason: "NO_TIMINGS",
                "no answer says how long its text was encoded: is there a cache?")
        }
        let costs = Self.curve(batches)
        for index in batches.indices {
            batches[index].ratio =
                Double(batches[index].nanoseconds)
                / Double(max(1, costs.nanoseconds(tokens: batches[index].tokens)))
        }
        self.costs = costs
        self.batches = batches
        pathNanoseconds =
            alone.encodings.map {
                $0.latencyNanoseconds - min($0.latencyNanoseconds, $0.nanoseconds)
            }.sorted()
        tokenCounts = (alone.encodings + run.encodings).reduce(into: [:]) { counts, encoding in
            counts[encoding.text] = encoding.tokens
        }
        self.batchTokens = batchTokens
        self.workers = workers
        start = run.start
    }

    /// Requests of one batch were taken at one moment and done at another: they say the same to the
    /// nanosecond.
    private static func batches(_ encodings: [LoadEncoding]) -> [Batch] {
        var batches: [Batch] = []
        var last: [UInt64: Int] = [:]
        for encoding in encodings {
            if let index = last[encoding.nanoseconds],
                encoding.answered.nanoseconds(since: batches[index].answered) < batchNanoseconds
            {
                batches[index].tokens += encoding.tokens
            } else {
                last[encoding.nanoseconds] = batches.count
                batches.append(
                    Batch(
                        answered: encoding.answered, tokens: encoding.tokens,
                        nanoseconds: encoding.nanoseconds))
            }
        }
        return batches
    }

    /// A point for each doubling of size: what batches of about that size had and took on average.
    private static func curve(_ batches: [Batch]) -> CostCurve {
        let sizes = Dictionary(grouping: batches) { Int.bitWidth - $0.tokens.leadingZeroBitCount }
        let points = sizes.sorted { $0.key < $1.key }.map { _, batches in
            CostCurve.Point(
                tokens: batches.reduce(0) { $0 + $1.tokens } / batches.count,
                nanoseconds: batches.reduce(0) { $0 + $1.nanoseconds } / UInt64(batches.count))
        }
        return CostCurve(points: points)
    }

    /// - Parameters:
    ///   - textCount: requests take so many texts in turn.
    ///   - isSteady: every batch costs what its size costs on average, whatever the machine did.
    /// - Returns: latencies of the requests that would be answered.
    func latencies(
        offsets: [UInt64], textCount: Int, deadlineMs: Int?, seed: UInt64, isSteady: Bool = false
    ) -> Histogram<UInt64> {
        let usualTokens = tokenCounts.values.reduce(0, +) / max(1, tokenCounts.count)
        let arrivals = offsets.enumerated().map { index, offset in
            let moment = start.advanced(byNanoseconds: offset)
            return SchedulerForecast.Arrival(
                moment: moment, tokens: tokenCounts[index % textCount] ?? usualTokens,
                deadline: deadlineMs.map { moment.advanced(byNanoseconds: UInt64($0) * 1_000_000) }
                    ?? .distantFuture)
        }
        var asItWas: ((Int, MonotonicTime) -> UInt64)?
        if !isSteady { asItWas = { nanoseconds(tokens: $0, startedAt: $1) } }
        let latencies = SchedulerForecast.latencies(
            of: arrivals, costs: costs, batchTokens: batchTokens, workerCount: workers,
            nanoseconds: asItWas)
        var random = SeededRandom(seed: seed)
        var histogram = LoadRecord.histogram()
        for case .some(let latency) in latencies {
            let whole = latency + (pathNanoseconds.randomElement(using: &random) ?? 0)
            _ = histogram.record(min(whole, histogram.highestTrackableValue))
        }
        return histogram
    }

    /// What a batch of that size costs on average, as far from it as the batch was that was answered
    /// next after that moment.
    private func nanoseconds(tokens: Int, startedAt moment: MonotonicTime) -> UInt64 {
        var (low, high) = (0, batches.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if batches[middle].answered < moment { low = middle + 1 } else { high = middle }
        }
        return UInt64(Double(costs.nanoseconds(tokens: tokens)) * batches[low].ratio)
    }
}
