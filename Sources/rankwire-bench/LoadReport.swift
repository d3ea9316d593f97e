import Base
import Foundation
import Histogram
import Inference

/// What one run of `rankwire-bench load` found; latencies from the moment each request was meant to
/// be sent.
struct LoadReport: Encodable {
    struct Latency: Encodable {
        var count: Int
        var p50Ms: Double
        var p90Ms: Double
        var p99Ms: Double
        var p999Ms: Double
        var maxMs: Double

        init(_ histogram: Histogram<UInt64>) {
            count = Int(histogram.totalCount)
            p50Ms = histogram.milliseconds(50)
            p90Ms = histogram.milliseconds(90)
            p99Ms = histogram.milliseconds(99)
            p999Ms = histogram.milliseconds(99.9)
            maxMs = histogram.milliseconds(100)
        }
    }

    /// Answers of a latency up to `ms` and above the bucket before.
    struct Bucket: Encodable {
        var ms: Double
        var count: Int
    }

    /// What the scheduler's rules alone would give, and from what.
    struct Forecast: Encodable {
        var latency: Latency
        /// What batches took on average in the run, by tokens.
        var batchMs: [Batch]
        /// The way to the encoder and back.
        var pathP50Ms: Double
        var pathP99Ms: Double

        struct Batch: Encodable {
            var tokens: Int
            var ms: Double
        }

        init(_ latencies: Histogram<UInt64>, _ forecast: LoadForecast) {
            latency = Latency(latencies)
            batchMs = forecast.costs.points.map {
                Batch(tokens: $0.tokens, ms: Double($0.nanoseconds) / 1e6)
            }
            let path = forecast.pathNanoseconds.map { Double($0) / 1e6 }
            pathP50Ms = path[path.count / 2]
            pathP99Ms = path[path.count * 99 / 100]
        }
    }

    var seconds: Double
    var offeredPerSecond: Double
    var answeredPerSecond: Double
    /// Answered within the deadline.
    var inTimePerSecond: Double
    var statuses: [String: Int]
    var answered: Latency
    var refused: Latency
    /// The generator's own lateness.
    var sendDelay: Latency
    var forecast: Forecast?
    var buckets: [Bucket]

    init(_ record: LoadRecord, seconds: Double, forecast: Forecast? = nil) {
        self.seconds = seconds
        offeredPerSecond = Double(record.sent) / seconds
        answeredPerSecond = Double(record.statuses[.ok] ?? 0) / seconds
        inTimePerSecond = Double(record.inTime) / seconds
        statuses = Dictionary(
            uniqueKeysWithValues: record.statuses.map { ("\($0.key.name)", $0.value) })
        answered = Latency(record.answered)
        refused = Latency(record.refused)
        sendDelay = Latency(record.sendDelay)
        self.forecast = forecast
        buckets = record.answered.logarithmicBucketValues(
            valueUnitsInFirstBucket: 50_000, logBase: 1.2
        ).map { Bucket(ms: Double($0.value) / 1e6, count: Int($0.countAddedInThisIterationStep)) }
    }

    static func json(_ reports: [LoadReport]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        return String(decoding: try encoder.encode(reports), as: UTF8.self)
    }

    static func table(_ reports: [LoadReport]) -> String {
        var rows = [
            [
                "offered/s", "answered/s", "in time/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms",
                "max ms", "forecast p99", "refused p99", "send p99", "statuses",
            ]
        ]
        for report in reports {
            let forecast = report.forecast.map {
                ms($0.latency.p99Ms)
                    + String(format: " (x%.2f)", report.answered.p99Ms / $0.latency.p99Ms)
            }
            let statuses = report.statuses.sorted { $0.key < $1.key }
                .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            rows.append([
                ms(report.offeredPerSecond), ms(report.answeredPerSecond),
                ms(report.inTimePerSecond), ms(report.answered.p50Ms), ms(report.answered.p90Ms),
                ms(report.answered.p99Ms), ms(report.answered.p999Ms), ms(report.answered.maxMs),
                forecast ?? "-", report.refused.count == 0 ? "-" : ms(report.refused.p99Ms),
                ms(report.sendDelay.p99Ms), statuses,
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { cell, width in
                String(repeating: " ", count: width - cell.count) + cell
            }.joined(separator: "  ")
        }
        return (lines + reports.compactMap(inputs)).joined(separator: "\n")
    }

    /// What a forecast was made from.
    private static func inputs(_ report: LoadReport) -> String? {
        report.forecast.map { forecast in
            let batches = forecast.batchMs.map { "\($0.tokens) tokens \(ms($0.ms))" }
            return "forecast for \(ms(report.offeredPerSecond))/s from batches of "
                + batches.joined(separator: ", ")
                + " ms; the way there and back \(ms(forecast.pathP50Ms)) ms, "
                + "p99 \(ms(forecast.pathP99Ms)) ms"
        }
    }

    private static func ms(_ value: Double) -> String { String(format: "%.2f", value) }
}
