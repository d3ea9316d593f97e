import ArgumentParser
import Base
import Foundation
import Inference
import Intents
import Store
import Training

struct IntentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intents", abstract: "What many customers' messages say.",
        subcommands: [IntentsReport.self])
}

struct IntentsReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "Volumes, trends, sentiment, new topics, confusions and drift of a file of messages.",
        discussion: """
            FILE is CSV with a header or JSON lines with text (or message) and perhaps time, ISO 8601 or \
            Unix seconds; a message a line (.txt), oldest first; or of another form that 'rankwire train \
            intents' reads.
            """)

    @Argument(help: "What customers wrote.")
    var file: String

    @Option(help: "The model bundle, with its trained head where it has one.")
    var bundle: String

    @Option(help: "The store with the intents, sqlite:PATH.")
    var store: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try reportingFaults {
            let messages = try CustomerMessage.read(file)
            let encoder = try SentenceEncoder(bundle: bundle)
            let database = try SQLiteStore(
                path: try SQLiteStore.path(fromURI: store), access: .readOnly)
            let catalog = try SQLiteCatalog(store: database).load(
                bundleVersion: encoder.bundleVersion)
            let head = try IntentHeadFile.read(
                bundle + "/" + IntentHeadFile.name, bundleVersion: encoder.bundleVersion)
            let classifier = IntentClassifier(table: catalog.intents, head: head)
            guard classifier.hasIntents else {
                throw Fault(
                    .failedPrecondition, reason: "NO_INTENTS",
                    "the store has no intents: import some with 'rankwire import intents FILE'")
            }
            let report = IntentReport(
                messages, try encoder.encode(messages.map(\.text)), by: classifier)
            if json { try printJSON(report) } else { show(report) }
        }
    }

    private func show(_ report: IntentReport) {
        var head = "\(Terminal.grouped(report.messageCount)) messages"
        if let first = report.firstUnixSeconds, let last = report.lastUnixSeconds {
            head += " from \(Self.day(first)) to \(Self.day(last))"
        }
        let share = Double(report.outOfScopeCount) / Double(max(report.messageCount, 1))
        print(
            Terminal.bold(head)
                + String(
                    format: ": %.1f%% out of scope, mean sentiment %@", 100 * share,
                    Self.signed(report.sentiment)))
        showVolumes(report)
        if !report.clusters.isEmpty { print(Terminal.bold("\nnew topics that no intent covers")) }
        for cluster in report.clusters {
            print("  \(cluster.count)  " + Terminal.printable(cluster.words.joined(separator: " ")))
            for example in cluster.examples {
                print(Terminal.dim("      \"\(Terminal.printable(example))\""))
            }
        }
        if !report.confusions.isEmpty { print(Terminal.bold("\neasily confused")) }
        for pair in report.confusions.prefix(10) {
            print("  \(pair.count)  \(pair.first) and \(pair.second)")
            print(Terminal.dim("      \"\(Terminal.printable(pair.example))\""))
        }
        showDrift(report.drift)
    }

    private func showVolumes(_ report: IntentReport) {
        var table = Table([
            .init(header: "messages", isNumber: true), .init(header: "share", isNumber: true),
            .init(header: "", maxWidth: 12), .init(header: "intent"),
            .init(header: "over time"), .init(header: "trend", isNumber: true), .init(header: ""),
            .init(header: "sentiment", isNumber: true),
        ])
        let largest = report.volumes.first?.share ?? 1
        for volume in report.volumes {
            let most = Double(max(volume.counts.max() ?? 0, 1))
            table.add([
                Terminal.grouped(volume.count), String(format: "%.1f%%", volume.share * 100),
                Terminal.bar(volume.share / largest, width: 12), volume.intent,
                volume.counts.map { Terminal.block(Double($0) / most) }.joined(),
                String(format: "%+.1f%%", volume.trend * 100 + 0.0),
                volume.isTrendNotable ? (volume.trend > 0 ? "rising" : "falling") : "",
                Self.signed(volume.sentiment),
            ])
        }
        printLines(table.lines)
    }

    private func showDrift(_ drift: IntentReport.Drift) {
        print(Terminal.bold("\ndrift against the examples"))
        print(
            String(
                format:
                    "  a message has a cosine of %.2f to its intent's nearest example, examples "
                    + "%.2f to each other", drift.messageSimilarity, drift.exampleSimilarity))
        for intent in drift.intents {
            print(
                String(
                    format: "  %.2f instead of %.2f  %@ (%d)", intent.messageSimilarity,
                    intent.exampleSimilarity, intent.intent, intent.count))
        }
    }

    private static func day(_ unixSeconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(unixSeconds))
            .formatted(.iso8601.year().month().day())
    }

    /// Without a sign where it rounds to nothing.
    private static func signed(_ value: Double) -> String {
        abs(value) < 0.005 ? "0.00" : String(format: "%+.2f", value)
    }
}
