import ArgumentParser
import Base
import Foundation
import Messages
import Store

struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Show, hand out or erase what is stored of a user.",
        subcommands: [
            ProfileShow.self, ProfileReportCommand.self, ProfileExport.self, ProfileDelete.self,
        ])
}

struct ProfileShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Say what is known of a user.")

    @Argument(help: "The user's identifier.") var user: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await reportingFaults(server) {
            let view = try await Question(server).ask(
                "/rankwire.v1.ProfileService/GetProfile",
                encode: { $0.encodeGetProfileRequest(userId: user) },
                decode: { codec, bytes throws(Fault) in
                    try codec.decodeGetProfileResponse(bytes)
                })
            if server.json {
                try printJSON(ProfileReport(view))
            } else {
                show(view)
            }
        }
    }

    private func show(_ view: ProfileView) {
        let profile = view.profile
        let report = ProfileReport(view)
        line("events", Terminal.grouped(Int(profile.eventCount)) + since(report.lastEventTime))
        if let purchases = report.purchases {
            let total = purchases.total.map { ", \($0) in all" } ?? ""
            let average = purchases.average.map { ", \($0) on average" } ?? ""
            line(
                "purchases",
                "\(Terminal.grouped(Int(purchases.count))) on "
                    + "\(Terminal.grouped(Int(purchases.dayCount))) days" + total + average
                    + since(purchases.lastTime))
        }
        if let quintiles = view.quintiles {
            line(
                "quintiles",
                "recency \(quintiles.recency), frequency \(quintiles.frequency), "
                    + "amount \(quintiles.monetary) of 5")
        }
        if let segment = report.segment { line("segment", Terminal.printable(segment.name)) }
        if let price = report.typicalPrice {
            line("typical price", String(format: "%.2f", price))
        }
        shares("categories", report.categories)
        shares("brands", report.brands)
        shares("price bands", report.priceBands)
        list(
            "interests",
            report.interests.map {
                "\(Terminal.group($0.itemId, of: $0.itemCount)) \(Int(($0.share * 100).rounded()))%"
            })
        list("searches", profile.searches.map(\.text))
        list("recent items", profile.recentItems.prefix(8).map(\.itemId))
        list("declared", report.attributes.sorted { $0.key < $1.key }.map { "\($0) \($1)" })
        list("left out", report.leftOut)
    }

    private func since(_ time: String?) -> String { time.map { ", last \($0)" } ?? "" }

    private func line(_ name: String, _ text: String) {
        print(Terminal.bold(name.padding(toLength: 14, withPad: " ", startingAt: 0)) + text)
    }

    private func list(_ name: String, _ texts: [String]) {
        if texts.isEmpty { return }
        line(name, texts.map(Terminal.printable).joined(separator: ", "))
    }

    private func shares(_ name: String, _ shares: [ProfileReport.Share]) {
        list(name, shares.prefix(6).map { "\($0.name) \(Int(($0.share * 100).rounded()))%" })
    }
}

struct ProfileExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print all that is stored of a user as JSON lines: the profile, then the events.")

    @Argument(help: "The user's identifier.") var user: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await reportingFaults(server) {
            let question = try Question(server)
            var request = ExportProfileRequest(userId: user, pageSize: 0)
            var isFirst = true
            repeat {
                let asked = request
                let page = try await question.ask(
                    "/rankwire.v1.ProfileService/ExportProfile",
                    encode: { $0.encodeExportProfileRequest(asked) },
                    decode: { codec, bytes throws(Fault) in
                        try codec.decodeExportProfileResponse(bytes)
                    })
                if isFirst { try printLine(ProfileReport(page.profile)) }
                for event in page.events { try printLine(EventReport(event)) }
                isFirst = false
                request.afterEventId = page.nextPageToken
            } while !request.afterEventId.isEmpty
        }
    }

    private func printLine(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

struct ProfileDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Erase all that is stored of a user, at once and for good."
    )

    @Argument(help: "The user's identifier.") var user: String
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await reportingFaults(server) {
            let existed = try await Question(server).ask(
                "/rankwire.v1.ProfileService/DeleteProfile",
                encode: { $0.encodeDeleteProfileRequest(userId: user) },
                decode: { codec, bytes throws(Fault) in
                    try codec.decodeDeleteProfileResponse(bytes)
                })
            if server.json {
                try printJSON(["existed": existed])
            } else {
                print(existed ? "erased" : "nothing was stored of this user")
            }
        }
    }
}
