import Ads
import ArgumentParser
import Base
import Foundation
import Messages
import Store

struct AudienceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audience",
        abstract: "Select the users who suit an ad, a campaign or a description best.",
        discussion: """
            Users are pseudonyms: identifiers do not leave the server. Who holds the store's key names them \
            with --users and --store. Users come in groups of at least so many as the server's \
            limits.minAudienceUsers that say the same of segment, hour and channel; the rest is left out.
            """)

    @Option(help: "An ad of the catalogue: users by their probability of an answer.")
    var ad: String?

    @Option(help: "The same for all ads of a campaign.")
    var campaign: String?

    @Option(help: "Instead: a description, e.g. \"new parents who buy organic\".")
    var text: String?

    @Flag(help: "Clicks instead of redemptions and purchases.")
    var clicks = false

    @Option(help: "Only users who score as high.")
    var threshold: Float?

    @Option(help: "Only so many users, the best; 0 for all.")
    var size = 0

    @Option(help: "Scores to tell the reach at, with commas between.")
    var reach = "0.01,0.02,0.05,0.1,0.2,0.5"

    @Option(help: "The moment the ad would be seen, ISO 8601; now when absent.")
    var time: String?

    @Option(help: "CSV of users, to name those selected; with --store.")
    var users: String?

    @Option(help: "The store whose key names users, sqlite:PATH.")
    var store: String?

    @Option(help: "File with the master key of the store's seals; PATH.key when absent.")
    var masterKeyFile: String?

    @Option(help: "Write the users to this CSV file instead of printing the first.")
    var output: String?

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard [ad, campaign, text].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("Give one of --ad, --campaign and --text.")
        }
        guard size >= 0 else { throw ValidationError("--size must not be below 0") }
        guard (users == nil) == (store == nil) else {
            throw ValidationError("--users and --store belong together.")
        }
        guard thresholds.allSatisfy({ $0 != nil }) else {
            throw ValidationError("--reach is numbers with commas between")
        }
    }

    private var thresholds: [Float?] { reach.split(separator: ",").map { Float($0) } }

    func run() async throws {
        try await reportingFaults(server) {
            let brief: SelectAudienceRequest.Brief =
                ad.map { .ad($0) } ?? campaign.map { .campaign($0) } ?? .text(text ?? "")
            let request = SelectAudienceRequest(
                brief: brief, outcome: clicks ? .click : .conversion, threshold: threshold,
                maxUsers: size, reachThresholds: thresholds.compactMap { $0 },
                unixNanoseconds: try time.map { try moment($0) })
            let (summary, members) = try await ask(request)
            let names = try namesByPseudonym()
            if let output { try write(members, names, to: output) }
            let report = AudienceReport(summary, members, names)
            if server.json { try printJSON(report) } else { report.show(output: output) }
        }
    }

    private func moment(_ text: String) throws -> Int64 {
        guard let date = ISO8601DateFormatter().date(from: text) else {
            throw ValidationError("--time must be like 2017-05-20T12:00:00Z.")
        }
        return Int64(date.timeIntervalSince1970) * 1_000_000_000
    }

    private func ask(
        _ request: SelectAudienceRequest
    ) async throws -> (AudienceSummary, [AudienceMember]) {
        var summary = AudienceSummary()
        var members: [AudienceMember] = []
        try await Question(server).ask(
            "/rankwire.v1.AdService/SelectAudience",
            encode: { $0.encodeSelectAudienceRequest(request) },
            take: { codec, bytes throws(Fault) in
                switch try codec.decodeSelectAudienceResponse(bytes) {
                case .summary(let found): summary = found
                case .users(let found): members += found
                }
            })
        return (summary, members)
    }

    private func namesByPseudonym() throws -> [Pseudonym: String] {
        guard let users, let store else { return [:] }
        let opened = try StoreOptions.open(store, masterKeyFile: masterKeyFile, .readOnly)
        defer { opened.close() }
        var names: [Pseudonym: String] = [:]
        for id in try CandidateFile(path: users, column: "user").ids {
            names[try opened.pseudonymizer.pseudonym(of: id)] = id
        }
        return names
    }

    private func write(
        _ members: [AudienceMember], _ names: [Pseudonym: String], to path: String
    ) throws {
        var text = "user,pseudonym,score,segment,best_hour,best_channel\n"
        for member in members {
            let hour = member.bestHour == AudienceMember.unknownHour ? "" : "\(member.bestHour)"
            text +=
                "\(names[member.pseudonym] ?? ""),\(member.pseudonym.text),\(member.score),"
                + "\(member.segmentId),\(hour),\(member.bestChannel)\n"
        }
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }
}

private struct AudienceReport: Encodable {
    struct Reach: Encodable {
        var threshold: Float
        var userCount: Int
    }

    struct Segment: Encodable {
        var segmentId: String
        var name: String
        var userCount: Int
        var meanScore: Float
        var bestHour: Int?
        var bestChannel: String
    }

    struct User: Encodable {
        var pseudonym: String
        var user: String?
        var score: Float
        var segmentId: String
        var bestHour: Int?
        var bestChannel: String
    }

    private static let shownUsers = 10

    var consideredCount: Int
    var selectedCount: Int
    var withheldCount: Int
    var leastAudience: Int
    var meanScore: Float
    var reach: [Reach]
    var segments: [Segment]
    var users: [User]
    var bundleVersion: String
    var adModelVersion: String

    init(
        _ summary: AudienceSummary, _ members: [AudienceMember], _ names: [Pseudonym: String]
    ) {
        consideredCount = summary.consideredCount
        selectedCount = summary.selectedCount
        withheldCount = summary.withheldCount
        leastAudience = summary.leastAudience
        meanScore = summary.meanScore
        reach = summary.reach.map { Reach(threshold: $0.threshold, userCount: $0.userCount) }
        segments = summary.segments.map {
            Segment(
                segmentId: $0.segmentId, name: summary.segmentNames[$0.segmentId] ?? "",
                userCount: $0.userCount, meanScore: $0.meanScore, bestHour: Self.hour($0.bestHour),
                bestChannel: $0.bestChannel)
        }
        users = members.map {
            User(
                pseudonym: $0.pseudonym.text, user: names[$0.pseudonym], score: $0.score,
                segmentId: $0.segmentId, bestHour: Self.hour($0.bestHour),
                bestChannel: $0.bestChannel)
        }
        bundleVersion = summary.bundleVersion
        adModelVersion = summary.adModelVersion
    }

    private static func hour(_ hour: UInt8) -> Int? {
        hour == AudienceMember.unknownHour ? nil : Int(hour)
    }

    func show(output: String?) {
        print(
            "\(Terminal.grouped(selectedCount)) of \(Terminal.grouped(consideredCount)) users, mean "
                + "score " + String(format: "%.3f", meanScore))
        if withheldCount > 0 {
            print(
                "  \(Terminal.grouped(withheldCount)) more are not sent: fewer than "
                    + "\(leastAudience) are alike")
        }
        var table = Table([
            .init(header: "score at least", isNumber: true), .init(header: "users", isNumber: true),
            .init(header: ""),
        ])
        for row in reach {
            let share = Double(row.userCount) / Double(max(1, consideredCount))
            table.add([
                "\(row.threshold)",
                row.userCount == 0 ? "under \(leastAudience)" : Terminal.grouped(row.userCount),
                Terminal.bar(share, width: 24),
            ])
        }
        printLines(table.lines)
        showSegments()
        if let output { return print("users written to \(output)") }
        var people = Table([
            .init(header: "#", isNumber: true), .init(header: "score", isNumber: true),
            .init(header: "user", maxWidth: 24), .init(header: "segment"),
            .init(header: "hour", isNumber: true), .init(header: "channel"),
        ])
        for (number, user) in users.prefix(Self.shownUsers).enumerated() {
            people.add([
                "\(number + 1)", String(format: "%.3f", user.score), user.user ?? user.pseudonym,
                user.segmentId, user.bestHour.map { "\($0)" } ?? "", user.bestChannel,
            ])
        }
        printLines(people.lines)
        if users.count > Self.shownUsers {
            print(Terminal.dim("... and \(Terminal.grouped(users.count - Self.shownUsers)) more"))
        }
    }

    private func showSegments() {
        if segments.isEmpty { return }
        var table = Table([
            .init(header: "segment", maxWidth: 56), .init(header: "users", isNumber: true),
            .init(header: "mean score", isNumber: true), .init(header: "best hour", isNumber: true),
            .init(header: "best channel"),
        ])
        for segment in segments {
            table.add([
                segment.segmentId.isEmpty ? "(the rest)" : segment.name,
                Terminal.grouped(segment.userCount), String(format: "%.3f", segment.meanScore),
                segment.bestHour.map { "\($0)" } ?? "", segment.bestChannel,
            ])
        }
        printLines(table.lines)
    }
}

extension Pseudonym {
    /// Hexadecimal digits.
    fileprivate var text: String { bytes.map { String(format: "%02x", $0) }.joined() }
}
