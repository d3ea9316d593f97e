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
            FILE holds a message a line (.txt), or is of a form that 'rankwire train intents' reads; \
            oldest first.
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
            let messages = try LabelledSentences.texts(file)
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
            let report = IntentReport(messages, try encoder.encode(messages), by: classifier)
            if json { try printJSON(report) } else { show(report) }
        }
    }

    private func show(_ report: IntentReport) {
        print(
            String(
                format: "%@ messages, %.1f%% out of scope, mean sentiment %+.2f",
                Terminal.grouped(report.messageCount),
                100 * Double(report.outOfScopeCount) / Double(max(report.messageCount, 1)),
                report.sentiment))
        var table = Table([
            .init(header: "messages", isNumber: true), .init(header: "share", isNumber: true),
            .init(header: "trend", isNumber: true), .init(header: "sentiment", isNumber: true),
            .init(header: "intent"),
        ])
        for volume in report.volumes {
            table.add([
                Terminal.grouped(volume.count), String(format: "%.1f%%", volume.share * 100),
                String(format: "%+.1f%%", volume.trend * 100),
                String(format: "%+.2f", volume.sentiment), volume.intent,
            ])
        }
        printLines(table.lines)
        if !report.clusters.isEmpty { print(Terminal.bold("new topics that no intent covers")) }
        for cluster in report.clusters {
            let examples = cluster.examples.map { "\"\(Terminal.printable($0))\"" }
            print("  \(cluster.count): " + examples.joined(separator: ", "))
        }
        if !report.confusions.isEmpty { print(Terminal.bold("easily confused")) }
        for pair in report.confusions.prefix(10) {
            print("  \(pair.count): \(pair.first), \(pair.second)")
        }
        print(
            String(
                format: "drift: messages are %.2f from the nearest example, examples %.2f from "
                    + "each other (cosine)", report.drift.messageSimilarity,
                report.drift.exampleSimilarity))
    }
}
