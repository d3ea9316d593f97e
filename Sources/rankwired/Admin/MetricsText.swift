// The text format of Prometheus, version 0.0.4: what any scraper reads.

import Base
import Foundation

/// Writes metrics one family after the other. Names and help are the server's own; only values of
/// labels can hold what others chose, and are escaped.
struct MetricsText {
    typealias Labels = [(name: String, value: String)]

    private(set) var text = ""

    /// A number that only grows; its name ends in `_total`.
    mutating func counter(_ name: String, _ help: String, _ value: Int) {
        counters(name, help, [([], value)])
    }

    mutating func counters(_ name: String, _ help: String, _ rows: [(labels: Labels, value: Int)]) {
        head(name, help, "counter")
        for row in rows { line(name, row.labels, String(row.value)) }
    }

    mutating func counter(_ name: String, _ help: String, _ value: Double) {
        head(name, help, "counter")
        line(name, [], Self.number(value))
    }

    mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        gauges(name, help, [([], value)])
    }

    mutating func gauges(_ name: String, _ help: String, _ rows: [(labels: Labels, value: Double)])
    {
        head(name, help, "gauge")
        for row in rows { line(name, row.labels, Self.number(row.value)) }
    }

    /// - Parameter unit: what one of the readings' units is in the metric's: 1e-9 for nanoseconds in
    ///   a metric of seconds.
    mutating func histograms(
        _ name: String, _ help: String, unit: Double,
        _ rows: [(labels: Labels, reading: HistogramReading)]
    ) {
        head(name, help, "histogram")
        for (labels, reading) in rows {
            var count = 0
            for (bound, inBucket) in zip(reading.bounds, reading.counts) {
                count += inBucket
                line(
                    name + "_bucket", labels + [("le", Self.number(Double(bound) * unit))],
                    String(count))
            }
            line(name + "_bucket", labels + [("le", "+Inf")], String(reading.count))
            line(name + "_sum", labels, Self.number(Double(reading.sum) * unit))
            line(name + "_count", labels, String(reading.count))
        }
    }

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, _ labels: Labels, _ value: String) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\(Self.escape($0.value))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(value)\n"
    }

    private static func escape(_ value: String) -> String {
        value.replacingOccurrences(of: "\\", with: "\\\\")
            .replacingOccurrences(of: "\"", with: "\\\"")
            .replacingOccurrences(of: "\n", with: "\\n")
    }

    /// Twelve digits: 0.1 is not 0.10000000000000001.
    private static func number(_ value: Double) -> String { String(format: "%.12g", value) }
}
