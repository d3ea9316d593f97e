import ArgumentParser
import Base
import Foundation
import Inference
import Store

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring items, users, events, ads and intents into a store.",
        discussion: """
            FILE is CSV with a header, JSON lines, or - for standard input. Importing a file again \
            changes nothing. Import items before events: an event keeps what the catalogue knows of \
            its item. A running server shows new data after a restart; 'rankwire catalog upsert' \
            changes its catalogue at once.
            """,
        subcommands: [
            ImportItems.self, ImportUsers.self, ImportEvents.self, ImportAds.self,
            ImportIntents.self,
        ])
}

/// What all imports take.
struct ImportArguments: ParsableArguments {
    @Argument(help: "The file to import; - for standard input.")
    var file: String

    @Option(help: "The store, sqlite:PATH; made when there is none.")
    var store: String

    @Option(help: "Write the rows that were not taken, with reasons, to this CSV file.")
    var rejects: String?

    @Option(help: "csv or jsonl; by the file's name when absent.")
    var format: FileFormat?
}

enum FileFormat: String, CaseIterable, ExpressibleByArgument {
    case csv
    case jsonl

    var importFormat: ImportOptions.Format {
        switch self {
        case .csv: .csv
        case .jsonl: .jsonl
        }
    }
}

struct ImportItems: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "items",
        abstract: "item,title[,description,category,brand,price,currency,...]",
        discussion: "Other columns become attributes. Prices are decimals; currencies ISO 4217.")

    @OptionGroup var arguments: ImportArguments
    @Option(help: "The model bundle that encodes the texts.") var bundle: String

    func run() throws {
        try ImportRun(arguments, "items", bundle: bundle).run { run, progress in
            try run.importer.items(
                from: run.source, encoder: try run.encoder(), progress: progress)
        }
    }
}

struct ImportAds: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ads",
        abstract: "ad,campaign,title,bid[,bid_currency,description,category,brand,price,...]",
        discussion: """
            Also currency, start and end (ISO 8601 or Unix seconds). The bid is for one click, in the \
            price's currency when bid_currency is absent. Other columns become attributes.
            """)

    @OptionGroup var arguments: ImportArguments
    @Option(help: "The model bundle that encodes the texts.") var bundle: String

    func run() throws {
        try ImportRun(arguments, "ads", bundle: bundle).run { run, progress in
            try run.importer.ads(
                from: run.source, encoder: try run.encoder(), progress: progress)
        }
    }
}

struct ImportIntents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intents",
        abstract: #"JSON lines {"intent": ..., "examples": [...], "answer": ...}"#)

    @OptionGroup var arguments: ImportArguments
    @Option(help: "The model bundle that encodes the texts.") var bundle: String

    func run() throws {
        try ImportRun(arguments, "intents", bundle: bundle).run { run, progress in
            try run.importer.intents(
                from: run.source, encoder: try run.encoder(), progress: progress)
        }
    }
}

struct ImportUsers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "user[,attribute...]",
        discussion: "Users are stored under pseudonyms; the key lies beside the store.")

    @OptionGroup var arguments: ImportArguments
    @Option(help: "Taken so that all imports may be called alike; users have no texts.")
    var bundle: String?

    func run() throws {
        try ImportRun(arguments, "users", bundle: bundle).run { run, progress in
            try run.importer.users(
                from: run.source, pseudonymizer: run.pseudonymizer, progress: progress)
        }
    }
}

struct ImportEvents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "user,item,type,time[,event_id,quantity,value,currency,rating,...]",
        discussion: """
            Also channel, device, query and text. type is view, click, cart, purchase, rating, \
            impression or redemption; time ISO 8601 or Unix seconds. Without event_id, equal rows are \
            one event.
            """)

    @OptionGroup var arguments: ImportArguments
    @Option(
        help: "Taken so that all imports may be called alike; items have their vectors already.")
    var bundle: String?

    func run() throws {
        try ImportRun(arguments, "events", bundle: bundle).run { run, progress in
            try run.importer.events(
                from: run.source, pseudonymizer: run.pseudonymizer, progress: progress)
        }
    }
}
