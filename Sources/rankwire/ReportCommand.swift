import ArgumentParser
import Base
import Foundation
import Store

enum ReportWindow: String, CaseIterable, ExpressibleByArgument {
    case hour
    case day
    case week

    var behaviourWindow: BehaviourWindow {
        switch self {
        case .hour: .hour
        case .day: .day
        case .week: .week
        }
    }
}

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "What all users of a store did over time: counts, spikes, categories' trends.",
        discussion: """
            A spike is a window with far more or fewer views, searches or purchases than the same hour \
            or day of the four weeks before and after. Trends hold the last four weeks against the \
            four before, each category's share of all events.
            """)

    @OptionGroup var storeOptions: StoreOptions
    @Option(help: "Count by hour, day or week (UTC).") var window = ReportWindow.day
    @Option(help: "Windows, spikes and categories to print.") var rows = 14
    @Flag(help: "Print JSON, with every window, instead of tables.") var json = false

    func validate() throws {
        guard (1...100_000).contains(rows) else {
            throw ValidationError("--rows must be 1 to 100000.")
        }
    }

    func run() throws {
        let bar = ProgressBar("reading events")
        do {
            let store = try storeOptions.open(.readOnly)
            defer { store.close() }
            let report = try store.behaviour(by: window.behaviourWindow) { done, total in
                bar.show(
                    Double(done) / Double(max(1, total)),
                    detail: "\(Terminal.grouped(done)) of \(Terminal.grouped(total)) users")
            }
            bar.finish(detail: "\(Terminal.grouped(Int(report.eventCount))) events")
            if json {
                try printJSON(BehaviourJSON(report))
            } else {
                printLines(BehaviourLines(report, maxRows: rows).lines)
            }
        } catch let fault as Fault {
            throw failed(fault.message)
        }
    }
}

/// As `report --json` prints it.
private struct BehaviourJSON: Encodable {
    struct Window: Encodable {
        var start: String
        var activeUsers: Int64
        var counts: [String: Int64]
    }

    struct Spike: Encodable {
        var start: String
        var type: String
        var count: Int64
        var usual: Double
        var score: Double
        var category: String?
        var query: String?
    }

    struct Trend: Encodable {
        var category: String
        var recentCount: Int64
        var earlierCount: Int64
        var change: Double?
        var score: Double
    }

    var window: String
    var eventCount: Int64
    var userCount: Int
    var windows: [Window]
    var spikes: [Spike]
    var trendDays: Int
    var categoryTrends: [Trend]

    init(_ report: BehaviourReport) {
        window = report.window.rawValue
        eventCount = report.eventCount
        userCount = report.userCount
        windows = report.rows.map { row in
            Window(
                start: timeText(row.unixNanoseconds), activeUsers: row.activeUsers,
                counts: Dictionary(
                    uniqueKeysWithValues: zip(report.types.map { "\($0)" }, row.counts)))
        }
        spikes = report.spikes.map {
            Spike(
                start: timeText($0.unixNanoseconds), type: "\($0.type)", count: $0.count,
                usual: $0.usual, score: $0.score, category: $0.category.isEmpty ? nil : $0.category,
                query: $0.query.isEmpty ? nil : $0.query)
        }
        trendDays = report.trendDays
        categoryTrends = report.categoryTrends.map {
            Trend(
                category: $0.category, recentCount: $0.recentCount, earlierCount: $0.earlierCount,
                change: $0.change, score: $0.score)
        }
    }
}

/// A report for a person: the course of each type, the last windows, what stands out.
private struct BehaviourLines {
    private static let plotWidth = 72

    private let report: BehaviourReport
    private let maxRows: Int

    init(_ report: BehaviourReport, maxRows: Int) {
        self.report = report
        self.maxRows = maxRows
    }

    var lines: [String] {
        guard let first = report.rows.first, let last = report.rows.last else {
            return ["the store has no events"]
        }
        let head =
            "\(Terminal.grouped(Int(report.eventCount))) events of "
            + "\(Terminal.grouped(report.userCount)) users, "
            + "\(day(first.unixNanoseconds)) to \(day(last.unixNanoseconds)), UTC"
        return [Terminal.bold(head), ""] + courses + [""] + windows + [""] + spikes + [""] + trends
    }

    /// One line a type: the whole time in as many characters as fit, each the mean of its windows.
    private var courses: [String] {
        let width = (report.types.map { "\($0)".count } + [5]).max() ?? 5
        func course(_ name: String, _ counts: [Int64]) -> String {
            name + String(repeating: " ", count: width - name.count) + "  "
                + Self.plot(counts, width: Self.plotWidth)
                + Terminal.dim("  most \(Terminal.grouped(Int(counts.max() ?? 0)))")
        }
        return [course("users", report.rows.map(\.activeUsers))]
            + report.types.indices.map { i in
                course("\(report.types[i])", report.rows.map { $0.counts[i] })
            }
    }

    private var windows: [String] {
        var table = Table(
            [.init(header: report.window.rawValue), .init(header: "users", isNumber: true)]
                + report.types.map { .init(header: "\($0)", isNumber: true) })
        for row in report.rows.suffix(maxRows) {
            table.add(
                [start(row.unixNanoseconds), Terminal.grouped(Int(row.activeUsers))]
                    + row.counts.map { Terminal.grouped(Int($0)) })
        }
        return table.lines
    }

    private var spikes: [String] {
        if report.spikes.isEmpty { return ["no window stands out"] }
        var table = Table([
            .init(header: "spike"), .init(header: "of"), .init(header: "count", isNumber: true),
            .init(header: "usual", isNumber: true), .init(header: "score", isNumber: true),
            .init(header: "most of it"),
        ])
        for spike in report.spikes.prefix(maxRows) {
            let query = spike.query.isEmpty ? "" : "\"\(spike.query)\""
            table.add([
                start(spike.unixNanoseconds), "\(spike.type)", Terminal.grouped(Int(spike.count)),
                Terminal.grouped(Int(spike.usual.rounded())), String(format: "%+.1f", spike.score),
                [spike.category, query].filter { !$0.isEmpty }.joined(separator: ", "),
            ])
        }
        return table.lines + rest(report.spikes.count)
    }

    private var trends: [String] {
        if report.categoryTrends.isEmpty { return [] }
        var table = Table([
            .init(header: "category, last \(report.trendDays) days against those before"),
            .init(header: "before", isNumber: true), .init(header: "now", isNumber: true),
            .init(header: "share change", isNumber: true), .init(header: "score", isNumber: true),
            .init(header: "course"),
        ])
        for trend in report.categoryTrends.prefix(maxRows) {
            table.add([
                trend.category, Terminal.grouped(Int(trend.earlierCount)),
                Terminal.grouped(Int(trend.recentCount)),
                trend.change.map { String(format: "%+.0f%%", $0 * 100) } ?? "new",
                String(format: "%+.1f", trend.score),
                Self.plot(trend.course, width: trend.course.count),
            ])
        }
        return table.lines + rest(report.categoryTrends.count)
    }

    private func rest(_ count: Int) -> [String] {
        count > maxRows
            ? [Terminal.dim("and \(Terminal.grouped(count - maxRows)) more: --rows, --json")] : []
    }

    private static func plot(_ counts: [Int64], width: Int) -> String {
        let parts = min(width, counts.count)
        let means = (0..<parts).map { part -> Double in
            let slice = counts[counts.count * part / parts..<counts.count * (part + 1) / parts]
            return Double(slice.reduce(0, +)) / Double(slice.count)
        }
        let largest = means.max() ?? 0
        return means.map { Terminal.block(largest > 0 ? $0 / largest : 0) }.joined()
    }

    private func start(_ unixNanoseconds: Int64) -> String {
        let text = timeText(unixNanoseconds)
        return report.window == .hour ? String(text.prefix(16)) + "Z" : day(unixNanoseconds)
    }

    private func day(_ unixNanoseconds: Int64) -> String {
        String(timeText(unixNanoseconds).prefix(10))
    }
}
