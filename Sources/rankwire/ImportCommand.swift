import ArgumentParser
import Base
import Foundation
import Inference
import Store

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Bring items, users, events, ads, intents and help articles into a store.",
        discussion: """
            FILE is CSV with a header, JSON lines, or - for standard input. Importing a file again \
            changes nothing. Import items before events: an event keeps what the catalogue knows of \
            its item. A running server shows new data after a restart; 'rankwire catalog upsert' \
            changes its catalogue at once.
            """,
        subcommands: [
            ImportItems.self, ImportUsers.self, ImportEvents.self, ImportAds.self,
            ImportIntents.self, ImportArticles.self,
        ])
}

/// What all imports take.
struct ImportArguments: ParsableArguments {
    @Argument(help: "The file to import; - for standard input.")
    var file: String

    @Option(help: "The store, sqlite:PATH; made when there is none.")
    var store: String?

    @Option(help: "File with the master key of the store's seals; PATH.key when absent.")
    var masterKeyFile: String?

    @Option(help: "Write the rows that were not taken, with reasons, to this CSV file.")
    var rejects: String?

    @Option(help: "csv or jsonl; by the file's name when absent.")
    var format: FileFormat?

    var options: ImportOptions {
        ImportOptions(format: format?.importFormat, rejectsPath: rejects)
    }
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
        abstract: #"JSON lines {"intent": ..., "examples": [...], "answer": ...}"#,
        discussion: """
            Or labelled sentences, by the file's name: .csv with a header (text,category), CLINC150's \
            .json, Rasa's .yml, .md and .json. They have no answers; those in the store stay.
            """)

    @OptionGroup var arguments: ImportArguments
    @Option(help: "The model bundle that encodes the texts.") var bundle: String

    func run() throws {
        try ImportRun(arguments, "intents", bundle: bundle).run { run, progress in
            try run.importer.intents(
                from: run.source, encoder: try run.encoder(), progress: progress)
        }
    }
}

struct ImportArticles: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "articles", abstract: "article,title,body[,url,labels]",
        discussion: """
            Help articles, for questions that no intent covers. The body's paragraphs have blank lines \
            between them; labels are separated by commas. Other columns are passed over.
            """)

    @OptionGroup var arguments: ImportArguments
    @Option(help: "The model bundle that encodes the texts.") var bundle: String

    func run() throws {
        try ImportRun(arguments, "articles", bundle: bundle).run { run, progress in
            try run.importer.articles(
                from: run.source, encoder: try run.encoder(), progress: progress)
        }
    }
}

struct ImportUsers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "user[,attribute...]",
        discussion: "Users are stored under pseudonyms, what is known of them sealed.")

    @OptionGroup var arguments: ImportArguments
    @Option(help: "Taken so that all imports may be called alike; users have no texts.")
    var bundle: String?

    func run() throws {
        try ImportRun(arguments, "users", bundle: bundle).run { run, progress in
            try run.importer.users(from: run.source, progress: progress)
        }
    }
}

struct ImportEvents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "user,item,type,time[,event_id,quantity,value,currency,rating,...]",
        discussion: """
            Also channel, device, query, text, position and dwell_ms. type is view, click, cart, \
            purchase, rating, impression, redemption, search, dwell, share, review or chat; time ISO \
            8601 or Unix seconds. Without event_id, equal rows are one event. With --server the events \
            go to a running server, which stores and knows them at once.
            """)

    @OptionGroup var arguments: ImportArguments
    @Option(help: "Instead of --store: a running server, HOST:PORT or unix:PATH.")
    var server: String?
    @Option(help: "The model bundle that encodes the words of searches, reviews and chats.")
    var bundle: String?
    @OptionGroup(title: "Security Options") var security: SecurityOptions

    func validate() throws {
        guard (server == nil) != (arguments.store == nil) else {
            throw ValidationError("Give either --store sqlite:PATH or --server HOST:PORT.")
        }
    }

    func run() async throws {
        if let server { return try await run(server: server) }
        try ImportRun(arguments, "events", bundle: bundle).run { run, progress in
            try run.importer.events(
                from: run.source, encoder: try bundle.map { _ in try run.encoder() },
                progress: progress)
        }
    }

    private func run(server: String) async throws {
        let display = ImportDisplay("events")
        do {
            let file = try EventFile(
                ImportSource(argument: arguments.file), options: arguments.options)
            let started = SystemTime().now()
            let sent = try await ServerImport(
                server: server, security: security, file: file
            ).run(
                progress: display.show)
            display.finish()
            let seconds = Double(SystemTime().now().nanoseconds(since: started)) / 1e9
            report(file.summary, sent, seconds: seconds)
        } catch let fault as Fault {
            display.finish()
            throw failed(fault.explained(server: server))
        }
    }

    private func report(_ read: ImportSummary, _ sent: ServerImport.Summary, seconds: Double) {
        var summary = read
        summary.stored = sent.stored
        summary.unchanged = sent.duplicates
        summary.unknownItems = sent.unknownItems
        summary.rejected += sent.rejectedCount
        summary.report("events", rejects: arguments.rejects)
        for rejection in sent.rejected { print("  \(Terminal.printable(rejection))") }
        let answered = sent.stored + sent.duplicates
        let rate = Int(Double(answered) / max(seconds, 1e-9))
        print(
            "  \(Terminal.grouped(answered)) events acknowledged in "
                + String(format: "%.1f s", seconds) + ", \(Terminal.grouped(rate)) a second")
    }
}
