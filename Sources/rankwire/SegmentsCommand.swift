import ArgumentParser
import Base
import Foundation
import Messages
import Store

struct SegmentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segments", abstract: "Groups of users who are alike.",
        subcommands: [SegmentsBuild.self, SegmentsList.self])
}

struct SegmentsBuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Make quintiles and segments from all profiles of a store.",
        discussion: """
            k-means on recency, frequency, monetary value and interests, with a fixed seed. Segments \
            go on from those there were and keep their ids. A running server knows the new ones after \
            ModelService.ReloadModel or a restart.
            """)

    @OptionGroup var storeOptions: StoreOptions
    @Option(help: "How many segments.") var count = PopulationBuilder.defaultSegmentCount
    @Flag(help: "Print JSON instead of a table.") var json = false

    func run() throws {
        let bar = ProgressBar("reading profiles")
        do {
            let store = try storeOptions.open(.readWrite)
            defer { store.close() }
            let model = try store.buildPopulation(segmentCount: count) { done, total in
                bar.show(
                    Double(done) / Double(max(1, total)),
                    detail: "\(Terminal.grouped(done)) of \(Terminal.grouped(total))")
            }
            bar.finish(detail: "\(Terminal.grouped(model.userCount)) users")
            try SegmentsOutput(
                SegmentList(
                    segments: model.segments, userCount: model.userCount,
                    buyerCount: model.buyerCount, asOfUnixNanoseconds: model.asOfUnixNanoseconds)
            ).show(json: json)
        } catch let fault as Fault {
            throw failed(fault.message)
        }
    }
}

struct SegmentsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Print the segments a server knows.")

    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await reportingFaults(server) {
            let list = try await Question(server).ask(
                "/rankwire.v1.ProfileService/ListSegments",
                encode: { $0.encodeListSegmentsRequest() },
                decode: { codec, bytes throws(Fault) in
                    try codec.decodeListSegmentsResponse(bytes)
                })
            try SegmentsOutput(list).show(json: server.json)
        }
    }
}

/// Segments as a table, or as JSON.
private struct SegmentsOutput: Encodable {
    struct Row: Encodable {
        var segmentId: String
        var name: String
        var userCount: Int
        var share: Double
        var daysSincePurchase: Double
        var purchaseCount: Double
        var averagePurchase: Double
        var categories: [Category]
    }

    struct Category: Encodable {
        var name: String
        var share: Double
        var shareOfAll: Double
    }

    var asOf: String?
    var userCount: Int
    var buyerCount: Int
    var segments: [Row]

    init(_ list: SegmentList) {
        asOf = list.asOfUnixNanoseconds.map(timeText)
        userCount = list.userCount
        buyerCount = list.buyerCount
        segments = list.segments.map { segment in
            Row(
                segmentId: segment.id, name: segment.name, userCount: segment.userCount,
                share: segment.share, daysSincePurchase: segment.daysSincePurchase,
                purchaseCount: segment.purchaseCount, averagePurchase: segment.averagePurchase,
                categories: segment.categories.map {
                    Category(name: $0.name, share: $0.share, shareOfAll: $0.shareOfAll)
                })
        }
    }

    func show(json: Bool) throws {
        if json { return try printJSON(self) }
        guard let asOf else { return print("no segments were made yet: rankwire segments build") }
        var table = Table([
            .init(header: "id"), .init(header: "segment", maxWidth: 60),
            .init(header: "users", isNumber: true), .init(header: "share", isNumber: true),
            .init(header: "days since", isNumber: true), .init(header: "purchases", isNumber: true),
            .init(header: "each", isNumber: true), .init(header: "likes (share, of all)"),
        ])
        for row in segments {
            table.add([
                row.segmentId, row.name, Terminal.grouped(row.userCount),
                Terminal.percent(Float(row.share)), String(format: "%.1f", row.daysSincePurchase),
                String(format: "%.0f", row.purchaseCount),
                String(format: "%.2f", row.averagePurchase),
                row.categories.prefix(1).map {
                    "\($0.name) \(Terminal.percent(Float($0.share))), "
                        + Terminal.percent(Float($0.shareOfAll))
                }.joined(separator: "; "),
            ])
        }
        printLines(table.lines)
        print(
            Terminal.dim(
                "\(Terminal.grouped(userCount)) users, \(Terminal.grouped(buyerCount)) of them "
                    + "buyers, as of \(asOf)"))
    }
}
