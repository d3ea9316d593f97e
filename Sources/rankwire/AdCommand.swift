import Ads
import ArgumentParser
import Base
import Foundation
import Messages
import Ranking
import Store

struct AdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ad", abstract: "Rank ads for a user by what they are expected to earn.",
        discussion: """
            Candidates are identifiers of the catalogue: --ad, once each, or --candidates with a \
            file (CSV with a column 'ad' and perhaps 'title', or one identifier a line).
            """)

    @OptionGroup var user: UserOptions
    @OptionGroup var server: ServerOptions

    @Option(name: .customLong("ad"), help: "A candidate; may be repeated.")
    var ads: [String] = []

    @Option(help: "A file of candidates.")
    var candidates: String?

    @Option(help: "The moment, ISO 8601; the server's clock when absent.")
    var time: String?

    @Option(help: "Least acceptable eCPM in units of the currency.")
    var floor: Double?

    @Option(help: "The auction's currency (ISO 4217).")
    var currency = "USD"

    @Option(help: "How many to show; 0 for all.")
    var limit = 10

    @Option(help: "How many of them to explain.")
    var explain = 3

    @OptionGroup var place: AdPlaceOptions

    @Option(name: .customLong("tmax-ms"), help: "How long to wait for what is found until then.")
    var tmaxMs: Int?

    @Flag(help: "Say of every ad that does not bid which rules exclude it.")
    var dryRun = false

    func validate() throws {
        guard (1...3_600_000).contains(tmaxMs ?? 1) else {
            throw ValidationError("--tmax-ms must be 1 to 3600000.")
        }
    }

    func run() async throws {
        try await reportingFaults(server) {
            let candidates = try Candidates.read(ads, file: candidates, column: "ad")
            var request = ScoreAdsRequest(
                user: user.reference, adIds: candidates.ids, unixNanoseconds: try moment(),
                floor: try floorMoney(), limit: limit, explain: explain)
            place.fill(&request)
            request.tmaxMs = tmaxMs
            request.isDryRun = dryRun
            let question = request
            let response = try await Question(server).ask(
                "/rankwire.v1.AdService/ScoreAds",
                encode: { $0.encodeScoreAdsRequest(question) },
                decode: { codec, bytes throws(Fault) in try codec.decodeScoreAdsResponse(bytes) })
            if server.json {
                try printJSON(Report(response))
            } else {
                show(response, candidates)
            }
        }
    }

    private func moment() throws -> Int64? {
        guard let time else { return nil }
        guard let date = ISO8601DateFormatter().date(from: time) else {
            throw ValidationError("--time must be like 2017-05-20T12:00:00Z.")
        }
        return Int64(date.timeIntervalSince1970) * 1_000_000_000
    }

    private func floorMoney() throws -> Money {
        let floor = self.floor ?? 0
        guard floor.isFinite, floor >= 0, floor < 1e9 else {
            throw ValidationError("--floor must be an amount from 0 to a billion.")
        }
        return Money(micros: Int64((floor * 1e6).rounded()), currencyCode: currency)
    }

    private func show(_ response: ScoreAdsResponse, _ candidates: Candidates) {
        var table = Table([
            .init(header: "#", isNumber: true), .init(header: "eCPM", isNumber: true),
            .init(header: "click", isNumber: true), .init(header: "pays for", maxWidth: 10),
            .init(header: "paced", isNumber: true), .init(header: "ad", maxWidth: 24),
            .init(header: "campaign", maxWidth: 20), .init(header: "title", maxWidth: 48),
        ])
        let why = response.explanation.map(ContributionLines.init)
        for (i, row) in response.rows.enumerated() {
            table.add(
                [
                    "\(i + 1)", amount(row.ecpm), Terminal.percent(row.clickProbability),
                    row.pricing.name, Terminal.percent(row.passProbability), row.adId,
                    row.campaignId, candidates.titles[row.adId] ?? "",
                ],
                below: why?.lines(row: i, logit: row.logit) ?? [])
        }
        if !response.rows.isEmpty { printLines(table.lines) }
        if dryRun { showExcluded(response) } else { showReasons(response) }
        if response.isPartial {
            print(Terminal.bold("partial: the time was up before all candidates were looked at"))
        }
        printLines(
            footer(
                response.timings, bundleVersion: response.bundleVersion, failures: response.failures
            ))
    }

    private func showReasons(_ response: ScoreAdsResponse) {
        let reasons = Dictionary(grouping: response.noBids, by: \.reason)
        for (reason, ads) in reasons.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            print(Terminal.dim("no bid: \(ads.count) \(reason.sentence)"))
        }
        if let reason = response.noBidReason {
            print(Terminal.dim("no bid: all \(reason.sentence)"))
        }
    }

    /// An ad a line, and below it what keeps it from bidding.
    private func showExcluded(_ response: ScoreAdsResponse) {
        var table = Table([
            .init(header: "no bid", maxWidth: 24), .init(header: "reason", isNumber: true),
            .init(header: "", maxWidth: 60),
        ])
        for noBid in response.noBids {
            table.add(
                [noBid.adId, "\(noBid.reason.rawValue)", noBid.reason.sentence],
                below: noBid.excludedBy.map { "    " + Terminal.printable($0) })
        }
        printLines(table.lines)
    }

    private func amount(_ money: Money) -> String {
        String(format: "%.2f %@", Double(money.micros) / 1e6, money.currencyCode)
    }

    private struct Report: Encodable {
        struct Row: Encodable {
            var rank: Int
            var index: Int
            var adId: String
            var campaignId: String
            var clickProbability: Float
            var logit: Float
            var conversionProbability: Float
            var pricing: String
            var passProbability: Float
            var ecpm: Money
            var explanation: JSONParts.Explanation?
        }

        struct NoBid: Encodable {
            var index: Int
            var adId: String
            var reason: Int32
            var excludedBy: [String]
        }

        var ads: [Row]
        var noBids: [NoBid]
        var isPartial: Bool
        var failures: [JSONParts.Failure]
        var timings: JSONParts.Timings
        var bundleVersion: String

        init(_ response: ScoreAdsResponse) {
            ads = response.rows.enumerated().map { i, row in
                Row(
                    rank: i + 1, index: row.index, adId: row.adId, campaignId: row.campaignId,
                    clickProbability: row.clickProbability, logit: row.logit,
                    conversionProbability: row.conversionProbability, pricing: row.pricing.name,
                    passProbability: row.passProbability, ecpm: row.ecpm,
                    explanation: JSONParts.Explanation(response.explanation, row: i))
            }
            noBids = response.noBids.map {
                NoBid(
                    index: $0.index, adId: $0.adId, reason: $0.reason.rawValue,
                    excludedBy: $0.excludedBy)
            }
            isPartial = response.isPartial
            failures = response.failures.map(JSONParts.Failure.init)
            timings = JSONParts.Timings(response.timings)
            bundleVersion = response.bundleVersion
        }
    }
}

extension NoBidReason {
    fileprivate var sentence: String {
        switch self {
        case .unsupportedDevice: "with a rule that the device does not meet"
        case .unmatchedUser: "with a rule that the user does not meet"
        case .userCapMet: "that the user has seen as often as their cap admits"
        case .insufficientTime: "that there was no time for"
        case .unmatchedContext: "with a rule that place or time do not meet"
        case .budgetSpent: "whose campaign has spent its budget of the day"
        case .paced: "whose campaign sits this one out, so that its budget lasts"
        case .campaignNotRunning: "whose campaign does not run at that moment"
        case .currencyMismatch: "with a bid in another currency"
        case .belowFloor: "with an eCPM below the floor"
        }
    }
}
