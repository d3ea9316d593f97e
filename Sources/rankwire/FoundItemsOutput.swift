import Messages
import Ranking

/// Found items as a table with what brought each, or as JSON.
struct FoundItemsOutput {
    private let response: FindItemsResponse

    init(_ response: FindItemsResponse) { self.response = response }

    func show(json: Bool) throws {
        if json { return try printJSON(Report(response)) }
        var table = Table([
            .init(header: "#", isNumber: true), .init(header: "wanted", isNumber: true),
            .init(header: "item", maxWidth: 24), .init(header: "title", maxWidth: 48),
            .init(header: "from", maxWidth: 64),
        ])
        let why = response.explanation.map(ContributionLines.init)
        for (i, row) in response.rows.enumerated() {
            table.add(
                [
                    "\(row.rank)", Terminal.percent(row.probability), row.itemId, row.title,
                    row.sources.texts.joined(separator: ", "),
                ],
                below: why?.lines(row: i, logit: row.logit) ?? [])
        }
        printLines(response.rows.isEmpty ? ["nothing was found"] : table.lines)
        printLines(notes)
        printLines(
            footer(response.timings, bundleVersion: response.bundleVersion, failures: []))
    }

    private var notes: [String] {
        var notes: [String] = []
        switch response.knowledge {
        case .unknownUser:
            notes.append("nothing is stored of this user: what is popular counts, and no taste")
        case .noBehaviour:
            notes.append("no behaviour of this user is known, or may be used")
        case .nobody, .behaviour: break
        }
        for field in response.leftOut { notes.append("not followed, for want of labels: \(field)") }
        if !response.nextPageToken.isEmpty {
            notes.append(
                Terminal.dim(
                    "of \(Terminal.grouped(response.candidateCount)) candidates; next page: --page "
                        + response.nextPageToken))
        }
        return notes
    }

    private struct Report: Encodable {
        struct Row: Encodable {
            var rank: Int
            var itemId: String
            var title: String
            var probability: Float
            var logit: Float
            var sources: [String]
            var explanation: JSONParts.Explanation?
        }

        var items: [Row]
        var nextPageToken: String
        var userKnowledge: String
        var candidateCount: Int
        var leftOut: [String]
        var timings: JSONParts.Timings
        var bundleVersion: String

        init(_ response: FindItemsResponse) {
            items = response.rows.enumerated().map { i, row in
                Row(
                    rank: row.rank, itemId: row.itemId, title: row.title,
                    probability: row.probability, logit: row.logit, sources: row.sources.texts,
                    explanation: JSONParts.Explanation(response.explanation, row: i))
            }
            nextPageToken = response.nextPageToken
            userKnowledge = "\(response.knowledge)"
            candidateCount = response.candidateCount
            leftOut = response.leftOut
            timings = JSONParts.Timings(response.timings)
            bundleVersion = response.bundleVersion
        }
    }
}

extension CandidateSources {
    fileprivate var texts: [String] { numbers.map { Self.names[$0 - 1] } }
}
