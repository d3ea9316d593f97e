import Base
import Histogram

/// What an answer said of its way through the encoder.
struct LoadEncoding: Sendable {
    /// Position of the request's text.
    var text: Int
    var tokens: Int
    /// Of the batch that its text was in.
    var nanoseconds: UInt64
    var answered: MonotonicTime
    var latencyNanoseconds: UInt64
}

/// What became of the requests of one run.
struct LoadRecord: Sendable {
    /// Nanoseconds up to a minute, to three digits.
    static func histogram() -> Histogram<UInt64> {
        Histogram(
            lowestDiscernibleValue: 1_000, highestTrackableValue: 60_000_000_000,
            numberOfSignificantValueDigits: .three)
    }

    /// From the moment each request was meant to be sent to its answer.
    var answered = histogram()
    /// From when it was sent: a refusal waits for nothing, so all that it takes is the server's.
    var refused = histogram()
    /// How late requests were sent: the generator's own fault, and part of every latency.
    var sendDelay = histogram()
    var statuses: [StatusCode: Int] = [:]
    /// What answers said of the server's time; of those that were complete.
    var serverTime = histogram()
    var partial = 0
    /// Answered within the deadline, from the moment they were meant to be sent.
    var inTime = 0
    /// Answered later than the deadline, from the moment they were sent.
    var late = 0
    var sent = 0
    /// When the first was meant to be sent, at the earliest.
    var start = MonotonicTime(nanoseconds: 0)
    /// Of answers that are read, as they came.
    var encodings: [LoadEncoding] = []

    mutating func sent(delayNanoseconds: UInt64) {
        sent += 1
        Self.record(delayNanoseconds, in: &sendDelay)
    }

    mutating func read(_ answer: LoadAnswer) {
        if answer.isPartial {
            partial += 1
        } else {
            Self.record(answer.serverNanoseconds, in: &serverTime)
        }
    }

    /// - Parameter sinceSentNanoseconds: the same without the generator's own lateness.
    mutating func ended(
        _ code: StatusCode, latencyNanoseconds: UInt64, sinceSentNanoseconds: UInt64,
        deadlineMs: Int?
    ) {
        statuses[code, default: 0] += 1
        if code == .ok {
            Self.record(latencyNanoseconds, in: &answered)
            let limit = deadlineMs.map { UInt64($0) * 1_000_000 } ?? .max
            if latencyNanoseconds <= limit { inTime += 1 }
            if sinceSentNanoseconds > limit { late += 1 }
        } else if code == .resourceExhausted {
            Self.record(sinceSentNanoseconds, in: &refused)
        }
    }

    private static func record(_ nanoseconds: UInt64, in histogram: inout Histogram<UInt64>) {
        // More than a minute counts as a minute.
        _ = histogram.record(min(max(nanoseconds, 1_000), histogram.highestTrackableValue))
    }
}

extension Histogram<UInt64> {
    func milliseconds(_ percentile: Double) -> Double {
        totalCount == 0 ? 0 : Double(valueAtPercentile(percentile)) / 1e6
    }
}
