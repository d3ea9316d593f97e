import ArgumentParser
import Base
import Foundation
import Messages
import Store

struct ProfileReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Say who a user is, in words and numbers.")

    @Argument(help: "The user's identifier.") var user: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await reportingFaults(server) {
            let report = try await Question(server).ask(
                "/rankwire.v1.ProfileService/GetUserReport",
                encode: {
                    $0.encodeGetUserReportRequest(GetUserReportRequest(userId: user))
                },
                decode: { codec, bytes throws(Fault) in
                    try codec.decodeGetUserReportResponse(bytes)
                })
            if server.json {
                try printJSON(JSONReport(report))
            } else {
                printLines(UserReportLines(report).lines)
            }
        }
    }
}

/// As `profile report --json` prints it.
private struct JSONReport: Encodable {
    struct Interest: Encodable {
        var itemId: String
        var title: String
        var category: String
        var itemCount: Int
        var share: Float
    }

    struct Churn: Encodable {
        var level: String
        var daysSincePurchase: Double?
        var usualDays: Double?
    }

    struct Direction: Encodable {
        var direction: String
        var recentWeeklyEvents: Double
        var earlierWeeklyEvents: Double
    }

    var asOf: String
    var summary: [String]
    var profile: ProfileReport
    var interests: [Interest]
    var churnRisk: Churn?
    var trend: Direction?

    init(_ report: UserReport) {
        asOf = timeText(report.asOfUnixNanoseconds)
        summary = report.summary
        profile = ProfileReport(report.view)
        interests = report.interests.map {
            Interest(
                itemId: $0.itemId, title: $0.title, category: $0.category,
                itemCount: $0.itemCount, share: $0.share)
        }
        churnRisk = report.churnRisk.map {
            Churn(
                level: "\($0.level)", daysSincePurchase: $0.daysSincePurchase,
                usualDays: $0.usualDays)
        }
        trend = report.trend.map {
            Direction(
                direction: "\($0.direction)", recentWeeklyEvents: $0.recentWeeklyEvents,
                earlierWeeklyEvents: $0.earlierWeeklyEvents)
        }
    }
}

/// A report for a person: sentences, then bars.
private struct UserReportLines {
    private static let barWidth = 24
    private static let maxRows = 8
    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    private let report: UserReport

    init(_ report: UserReport) { self.report = report }

    var lines: [String] {
        let profile = report.view.profile
        let json = ProfileReport(report.view)
        var lines = report.summary.map(Terminal.printable)
        lines += section(
            "interests",
            report.interests.map {
                (
                    $0.title.isEmpty ? $0.itemId : Terminal.group($0.title, of: $0.itemCount),
                    Double($0.share)
                )
            })
        lines += section("categories", json.categories.map { ($0.name, Double($0.share)) })
        lines += section("brands", json.brands.map { ($0.name, Double($0.share)) })
        lines += section("price bands", json.priceBands.map { ($0.name, Double($0.share)) })
        lines += section("channels", shares(profile.activity.channels))
        lines += section("devices", shares(profile.activity.devices))
        lines += columns("hours of the day (UTC)", profile.activity.hours) { "\($0)" }
        lines += columns("days of the week", profile.activity.weekdays) { Self.weekdays[$0] }
        lines += columns(
            "events by week, the last one on the right", profile.activity.weeks.map(\.events)
        ) {
            "\($0 - profile.activity.weeks.count + 1)"
        }
        let declared = json.attributes.sorted { $0.key < $1.key }
        if !declared.isEmpty {
            lines += ["", Terminal.bold("declared")]
            lines += declared.map {
                "  " + Terminal.printable("\($0.key) \($0.value)") + "  "
                    + Terminal.dim(json.attributeLabels[$0.key] ?? "")
            }
        }
        if !json.leftOut.isEmpty {
            lines += ["", Terminal.dim("left out: " + json.leftOut.joined(separator: ", "))]
        }
        lines += ["", Terminal.dim("as of \(timeText(report.asOfUnixNanoseconds))")]
        return lines
    }

    private func shares(_ counts: [String: UInt32]) -> [(String, Double)] {
        let total = Double(counts.values.reduce(0) { $0 + UInt64($1) })
        return counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            .map { ($0.key, Double($0.value) / total) }
    }

    private func section(_ title: String, _ rows: [(String, Double)]) -> [String] {
        if rows.isEmpty { return [] }
        var table = Table([
            .init(header: "  " + title), .init(header: "share", isNumber: true), .init(header: ""),
        ])
        let largest = rows.map(\.1).max() ?? 1
        for (name, share) in rows.prefix(Self.maxRows) {
            table.add([
                "  " + name, Terminal.percent(Float(share)),
                Terminal.bar(largest > 0 ? share / largest : 0, width: Self.barWidth),
            ])
        }
        return [""] + table.lines
    }

    /// Counts side by side as blocks of eighths of a line.
    private func columns(
        _ title: String, _ counts: [UInt32], label: (Int) -> String
    ) -> [String] {
        guard let largest = counts.max(), largest > 0 else { return [] }
        let width = (counts.indices.map { label($0).count }.max() ?? 1) + 1
        func padded(_ text: String) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let blocks = counts.map { Terminal.block(Double($0) / Double(largest)) }
        return [
            "", Terminal.bold("  " + title),
            "  " + blocks.map(padded).joined(),
            Terminal.dim("  " + counts.indices.map { padded(label($0)) }.joined()),
        ]
    }
}
