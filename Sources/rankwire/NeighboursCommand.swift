import ArgumentParser
import Base
import Foundation
import Store

struct NeighboursCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "neighbours", abstract: "Items that people choose together.",
        subcommands: [NeighboursBuild.self])
}

struct NeighboursBuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Count a store's journal: items chosen together, and what was bought lately.",
        discussion: """
            Recommendations take candidates from both. A running server knows the new ones after \
            ModelService.ReloadModel or a restart.
            """)

    @OptionGroup var storeOptions: StoreOptions
    @Flag(help: "Print JSON instead of a table.") var json = false

    func run() throws {
        let bar = ProgressBar("counting events")
        do {
            let store = try storeOptions.open(.readWrite)
            defer { store.close() }
            let behaviour = try store.buildItemBehaviour { done, total in
                bar.show(
                    Double(done) / Double(max(1, total)),
                    detail: "\(Terminal.grouped(done)) of \(Terminal.grouped(total)) users")
            }
            bar.finish(detail: "\(Terminal.grouped(Int(behaviour.eventCount))) events")
            try NeighboursOutput(behaviour).show(json: json)
        } catch let fault as Fault {
            throw failed(fault.message)
        }
    }
}

private struct NeighboursOutput: Encodable {
    var asOf: String?
    var eventCount: Int64
    var sessionCount: Int
    var itemCount: Int
    var itemsWithNeighbours: Int
    var neighbourCount: Int

    init(_ behaviour: ItemBehaviour) {
        let neighbours = behaviour.neighbours
        asOf = behaviour.asOfUnixNanoseconds.map(timeText)
        eventCount = behaviour.eventCount
        sessionCount = behaviour.sessionCount
        itemCount = neighbours.count
        let counts = (0..<neighbours.count).map { neighbours.neighbours(of: $0).count }
        itemsWithNeighbours = counts.count { $0 > 0 }
        neighbourCount = counts.reduce(0, +)
    }

    func show(json: Bool) throws {
        if json { return try printJSON(self) }
        let mean = Double(neighbourCount) / Double(max(1, itemsWithNeighbours))
        printLines([
            "\(Terminal.grouped(Int(eventCount))) events in \(Terminal.grouped(sessionCount)) "
                + "sessions until \(asOf ?? "never")",
            "\(Terminal.grouped(itemsWithNeighbours)) of \(Terminal.grouped(itemCount)) items have "
                + "neighbours, \(String(format: "%.1f", mean)) each",
        ])
    }
}
