import ArgumentParser
import Base
import Foundation
import Messages
import Store

struct CatalogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog",
        abstract: "Read and change a running server's items, ads, intents and articles.",
        discussion:
            "What 'list --json' and 'get --json' print, 'upsert' takes, and so does import.",
        subcommands: [CatalogUpsert.self, CatalogGet.self, CatalogList.self, CatalogDelete.self])
}

/// The kinds as they are called on the command line.
enum EntryKind: String, CaseIterable, ExpressibleByArgument {
    case items
    case ads
    case intents
    case articles

    var kind: CatalogKind {
        switch self {
        case .items: .item
        case .ads: .ad
        case .intents: .intent
        case .articles: .article
        }
    }

    /// Of the methods for one and for several.
    func path(_ verb: String, several: Bool) -> String {
        "/rankwire.v1.CatalogService/" + verb + kind.rawValue.capitalized + (several ? "s" : "")
    }
}

struct CatalogUpsert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upsert", abstract: "Add entries of a file and replace those that differ.",
        discussion: "The next request ranks by them. Formats are those of 'rankwire import'.")

    /// Entries of one call, and the bytes of their texts; well within the server's limits.
    private static let callCount = 500
    private static let callTextBytes = 512 * 1024
    private static let maxRejectionsShown = 5

    @Argument(help: "items, ads, intents or articles.") var kind: EntryKind
    @Argument(help: "The file; - for standard input.") var file: String
    @Option(help: "csv or jsonl; by the file's name when absent.") var format: FileFormat?
    @OptionGroup var server: ServerOptions

    private struct Report: Encodable {
        var stored = 0
        var unchanged = 0
        var rejected = 0
    }

    func run() async throws {
        try await reportingFaults(server) {
            let question = try Question(server)
            let reader = try CatalogFile(
                ImportSource(argument: file), kind: kind.kind,
                options: ImportOptions(format: format?.importFormat))
            var report = Report()
            var (entries, bytes): ([CatalogEntry], Int) = ([], 0)
            while let row = try reader.next() {
                switch row {
                case .rejected(let line, let reason): reject("line \(line): \(reason)", &report)
                case .entry(let entry):
                    entries.append(entry)
                    bytes += entry.encoderTexts.reduce(0) { $0 + $1.utf8.count }
                    if entries.count == Self.callCount || bytes >= Self.callTextBytes {
                        try await send(entries, question, &report)
                        (entries, bytes) = ([], 0)
                    }
                }
            }
            if !entries.isEmpty { try await send(entries, question, &report) }
            if server.json {
                try printJSON(report)
            } else {
                print(
                    "\(kind.rawValue): \(Terminal.grouped(report.stored)) new or changed, "
                        + "\(Terminal.grouped(report.unchanged)) unchanged, "
                        + "\(Terminal.grouped(report.rejected)) rejected")
            }
            if report.rejected > 0 { throw ExitCode(65) }
        }
    }

    private func send(
        _ entries: [CatalogEntry], _ question: Question, _ report: inout Report
    ) async throws {
        let response = try await question.ask(
            kind.path("Upsert", several: true),
            encode: { $0.encodeUpsertRequest(entries, kind.kind) },
            decode: { codec, bytes throws(Fault) in try codec.decodeUpsertResponse(bytes) })
        report.stored += response.storedCount
        report.unchanged += response.unchangedCount
        for row in response.rejected where row.index < entries.count {
            reject("\(entries[row.index].id): \(row.fault.message)", &report)
        }
    }

    private func reject(_ reason: String, _ report: inout Report) {
        report.rejected += 1
        guard report.rejected <= Self.maxRejectionsShown else { return }
        FileHandle.standardError.write(Data("rejected \(Terminal.printable(reason))\n".utf8))
    }
}

struct CatalogGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show one entry.")

    @Argument(help: "items, ads, intents or articles.") var kind: EntryKind
    @Argument(help: "Its identifier; an intent's is its name.") var id: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await reportingFaults(server) {
            let entry = try await Question(server).ask(
                kind.path("Get", several: false),
                encode: { $0.encodeEntryRequest(id: id) },
                decode: { [kind = kind.kind] codec, bytes throws(Fault) in
                    try codec.decodeGetResponse(bytes, kind)
                })
            print(server.json ? try EntryLine(entry).json : EntryLine(entry).text)
        }
    }
}

struct CatalogList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List entries in the order of their identifiers.",
        discussion: "With --json one JSON object a line, which import and upsert take.")

    private static let pageSize = 1_000

    @Argument(help: "items, ads, intents or articles.") var kind: EntryKind
    @Option(help: "How many to list; 0 for all.") var limit = 0
    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard limit >= 0 else { throw ValidationError("--limit must not be negative.") }
    }

    func run() async throws {
        try await reportingFaults(server) {
            let question = try Question(server)
            var (listed, token) = (0, "")
            repeat {
                let rest = limit == 0 ? Self.pageSize : limit - listed
                let asked = (size: min(rest, Self.pageSize), token: token)
                let page = try await question.ask(
                    kind.path("List", several: true),
                    encode: { $0.encodeListRequest(pageSize: asked.size, pageToken: asked.token) },
                    decode: { [kind = kind.kind] codec, bytes throws(Fault) in
                        try codec.decodeListResponse(bytes, kind)
                    })
                for entry in page.entries {
                    print(server.json ? try EntryLine(entry).json : EntryLine(entry).summary)
                }
                listed += page.entries.count
                token = page.nextPageToken
            } while !token.isEmpty && (limit == 0 || listed < limit)
        }
    }
}

struct CatalogDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Take one entry out.")

    @Argument(help: "items, ads, intents or articles.") var kind: EntryKind
    @Argument(help: "Its identifier; an intent's is its name.") var id: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await reportingFaults(server) {
            _ = try await Question(server).ask(
                kind.path("Delete", several: false),
                encode: { $0.encodeEntryRequest(id: id) },
                decode: { _, _ throws(Fault) in })
            print(server.json ? "{}" : "deleted")
        }
    }
}
