import Foundation

/// The two pictures of a run as SVG: latency against load, and how latencies are spread.
enum LoadPlots {
    static func write(_ reports: [LoadReport], prefix: String) throws {
        try Data(latencyAgainstLoad(reports).utf8).write(to: URL(filePath: prefix + "-load.svg"))
        try Data(histogram(reports).utf8).write(to: URL(filePath: prefix + "-histogram.svg"))
    }

    private static let colors = ["#4269d0", "#efb118", "#ff725c", "#3ca951", "#a463f2", "#9498a0"]

    private static func latencyAgainstLoad(_ reports: [LoadReport]) -> String {
        let lines: [(String, (LoadReport) -> Double?)] = [
            ("p50", { $0.answered.p50Ms }), ("p99", { $0.answered.p99Ms }),
            ("p99.9", { $0.answered.p999Ms }),
            ("p99 by the simulator", { $0.forecast?.latency.p99Ms }),
        ]
        let series = lines.enumerated().map { index, line in
            LogPlot.Series(
                name: line.0, color: colors[index], isDashed: index == 3,
                points: reports.compactMap { report in
                    line.1(report).map { (report.offeredPerSecond, $0) }
                })
        }
        return LogPlot(
            title: "Latency against load", xLabel: "requests a second", yLabel: "milliseconds",
            isXLogarithmic: false, isYLogarithmic: true, series: series
        ).svg
    }

    private static func histogram(_ reports: [LoadReport]) -> String {
        let series = reports.enumerated().map { index, report in
            LogPlot.Series(
                name: String(format: "%.0f/s", report.offeredPerSecond),
                color: colors[index % colors.count], isDashed: false,
                points: report.buckets.map {
                    ($0.ms, 100 * Double($0.count) / Double(max(1, report.answered.count)))
                })
        }
        return LogPlot(
            title: "Spread of latencies", xLabel: "milliseconds", yLabel: "percent of answers",
            isXLogarithmic: true, isYLogarithmic: false, series: series
        ).svg
    }
}

/// Lines over two axes, either of them logarithmic.
struct LogPlot {
    struct Series {
        var name: String
        var color: String
        var isDashed: Bool
        var points: [(x: Double, y: Double)]
    }

    var title: String
    var xLabel: String
    var yLabel: String
    var isXLogarithmic: Bool
    var isYLogarithmic: Bool
    var series: [Series]

    private static let width = 760.0
    private static let height = 420.0
    private static let left = 70.0
    private static let right = 180.0
    private static let top = 40.0
    private static let bottom = 50.0

    /// One axis: its ends and how a value lies between them.
    private struct Axis {
        var low: Double
        var high: Double
        let isLogarithmic: Bool

        init(_ values: [Double], isLogarithmic: Bool) {
            let values = isLogarithmic ? values.filter { $0 > 0 } : values
            let low = values.min() ?? 0
            let high = values.max() ?? 1
            self.isLogarithmic = isLogarithmic
            self.low = isLogarithmic ? pow(10, log10(max(low, 1e-6)).rounded(.down)) : 0
            self.high = isLogarithmic ? pow(10, log10(max(high, 1e-5)).rounded(.up)) : high * 1.05
            if self.high <= self.low { self.high = self.low + 1 }
        }

        func place(_ value: Double) -> Double {
            if !isLogarithmic { return (value - low) / (high - low) }
            return (log10(max(value, low)) - log10(low)) / (log10(high) - log10(low))
        }

        var ticks: [Double] {
            if !isLogarithmic { return (0...5).map { low + (high - low) * Double($0) / 5 } }
            let decades = Int(log10(high / low).rounded())
            return (0...decades).map { low * pow(10, Double($0)) }
        }
    }

    var svg: String {
        let points = series.flatMap(\.points)
        let xAxis = Axis(points.map(\.x), isLogarithmic: isXLogarithmic)
        let yAxis = Axis(points.map(\.y), isLogarithmic: isYLogarithmic)
        func x(_ value: Double) -> Double {
            Self.left + xAxis.place(value) * (Self.width - Self.left - Self.right)
        }
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom - yAxis.place(value) * (Self.height - Self.top - Self.bottom)
        }
        var parts = [text(Self.left, 24, title, size: 15, anchor: "start")]
        for tick in xAxis.ticks {
            parts.append(line(x(tick), Self.top, x(tick), Self.height - Self.bottom))
            parts.append(text(x(tick), Self.height - Self.bottom + 16, label(tick)))
        }
        for tick in yAxis.ticks {
            parts.append(line(Self.left, y(tick), Self.width - Self.right, y(tick)))
            parts.append(text(Self.left - 6, y(tick) + 4, label(tick), anchor: "end"))
        }
        parts.append(text((Self.left + Self.width - Self.right) / 2, Self.height - 12, xLabel))
        parts.append(text(Self.left, Self.top - 6, yLabel, anchor: "start"))
        for (index, one) in series.enumerated() where !one.points.isEmpty {
            parts.append(curve(one, x, y))
            let height = Self.top + 16 + 20 * Double(index)
            parts.append(
                text(
                    Self.width - Self.right + 14, height, one.name, anchor: "start",
                    color: one.color))
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(Self.height)" \
            font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>
            \(parts.joined(separator: "\n"))
            </svg>

            """
    }

    private func curve(
        _ one: Series, _ x: (Double) -> Double, _ y: (Double) -> Double
    ) -> String {
        let points = one.points.map { String(format: "%.1f,%.1f", x($0.x), y($0.y)) }
        let dash = one.isDashed ? " stroke-dasharray=\"6 4\"" : ""
        return """
            <polyline fill="none" stroke="\(one.color)" stroke-width="2"\(dash) \
            points="\(points.joined(separator: " "))"/>
            """
    }

    private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        String(
            format: "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>",
            x1, y1, x2, y2)
    }

    private func text(
        _ x: Double, _ y: Double, _ content: String, size: Int = 12, anchor: String = "middle",
        color: String = "#333"
    ) -> String {
        let place = String(format: "x=\"%.1f\" y=\"%.1f\"", x, y)
        return """
            <text \(place) font-size="\(size)" text-anchor="\(anchor)" fill="\(color)">\
            \(content)</text>
            """
    }

    private func label(_ value: Double) -> String {
        value == value.rounded() ? String(format: "%.0f", value) : String(format: "%.3g", value)
    }
}
