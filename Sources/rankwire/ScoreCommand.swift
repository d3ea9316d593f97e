import ArgumentParser
import Base
import Messages
import Ranking

struct ScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "Rank items for a user and say why.",
        discussion: """
            Candidates are identifiers of the catalogue: --item, once each, or --candidates with a \
            file (CSV with a column 'item' and perhaps 'title', or one identifier a line).
            """)

    @OptionGroup var user: UserOptions
    @OptionGroup var server: ServerOptions

    @Option(name: .customLong("item"), help: "A candidate; may be repeated.")
    var items: [String] = []

    @Option(help: "A file of candidates.")
    var candidates: String?

    @Option(help: "How many to show; 0 for all.")
    var limit = 10

    @Option(help: "How many of them to explain.")
    var explain = 3

    @Option(help: "With each explanation, what would move the item across this rank.")
    var counterfactualRank = 0

    @Option(help: "Rank as of this time, e.g. 2017-12-20T12:00:00Z; now when absent.")
    var at: String?

    @Option(help: "The channel the user comes by, as events name it.")
    var channel = ""

    @Option(help: "The device the user comes by, as events name it.")
    var device = ""

    func validate() throws {
        guard (0...10_000).contains(counterfactualRank) else {
            throw ValidationError("--counterfactual-rank must be 0 to 10000")
        }
    }

    private func context() throws(Fault) -> RequestContext {
        RequestContext(
            unixNanoseconds: try at.map { text throws(Fault) in
                try TimeOption.nanoseconds(text, "at")
            }, channel: channel, device: device)
    }

    func run() async throws {
        try await reportingFaults(server) {
            let candidates = try Candidates.read(items, file: candidates, column: "item")
            let request = ScoreItemsRequest(
                user: user.reference, itemIds: candidates.ids, limit: limit, explain: explain,
                counterfactualRank: counterfactualRank, context: try context())
            let response = try await Question(server).ask(
                "/rankwire.v1.ScoringService/ScoreItems",
                encode: { $0.encodeScoreItemsRequest(request) },
                decode: { codec, bytes throws(Fault) in try codec.decodeScoreItemsResponse(bytes) })
            if server.json {
                try printJSON(Report(response))
            } else {
                show(response, candidates)
            }
        }
    }

    private func show(_ response: ScoreItemsResponse, _ candidates: Candidates) {
        var table = Table([
            .init(header: "#", isNumber: true), .init(header: "wanted", isNumber: true),
            .init(header: "item", maxWidth: 24), .init(header: "title", maxWidth: 64),
        ])
        let why = response.explanation.map(ContributionLines.init)
        for (i, row) in response.rows.enumerated() {
            table.add(
                [
                    "\(i + 1)", Terminal.percent(row.probability), row.itemId,
                    candidates.titles[row.itemId] ?? "",
                ],
                below: why?.lines(row: i, logit: row.logit) ?? [])
        }
        printLines(table.lines)
        printLines(
            footer(
                response.timings, bundleVersion: response.bundleVersion, failures: response.failures
            ))
    }

    private struct Report: Encodable {
        struct Row: Encodable {
            var rank: Int
            var index: Int
            var itemId: String
            var probability: Float
            var logit: Float
            var explanation: JSONParts.Explanation?
        }

        var items: [Row]
        var failures: [JSONParts.Failure]
        var timings: JSONParts.Timings
        var bundleVersion: String

        init(_ response: ScoreItemsResponse) {
            items = response.rows.enumerated().map { i, row in
                Row(
                    rank: i + 1, index: row.index, itemId: row.itemId,
                    probability: row.probability, logit: row.logit,
                    explanation: JSONParts.Explanation(response.explanation, row: i))
            }
            failures = response.failures.map(JSONParts.Failure.init)
            timings = JSONParts.Timings(response.timings)
            bundleVersion = response.bundleVersion
        }
    }
}

extension UserOptions {
    var reference: UserReference {
        user.map { .stored($0) } ?? .inline(InlineUser(text: text ?? ""))
    }
}
