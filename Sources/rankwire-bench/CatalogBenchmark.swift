import ArgumentParser
import Base
import Foundation
import Inference
import Store

/// `rankwire-bench catalog`: how long a store's catalogue takes to be read, looked up and changed.
struct CatalogBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog",
        abstract: "Reads a store's catalogue, looks items up and changes them. Changes the store.")

    @Option(help: "A copy of a store, sqlite:PATH.") var store: String
    @Option(help: "Changes of each sort that are measured.") var changes = 200

    private static let lookupCount = 1_000_000
    /// Half a loop's poll: the answer of a change is looked for so often.
    private static let pollMicroseconds: UInt32 = 50

    func validate() throws {
        guard (1...100_000).contains(changes) else {
            throw ValidationError("--changes must be 1 to 100000")
        }
    }

    func run() throws {
        let path = try SQLiteStore.path(fromURI: store)
        let writer = try SQLiteStore(path: path, access: .durable)
        let segment = SQLiteCatalog.segmentPath(forStore: path)
        try? FileManager.default.removeItem(atPath: segment)
        _ = try load(writer, "read, segment made")
        let catalog = try load(writer, "read, segment mapped")
        lookUp(catalog)
        guard let encoder = try SQLiteCatalog(store: writer).encoder() else {
            throw ValidationError("the store has no texts yet")
        }
        let current = Snapshot(catalog)
        let changing = SQLiteCatalogStore(
            store: writer, bundleVersion: encoder.bundleVersion, dimension: encoder.dimension
        ) { (next) throws(Fault) in current.store(try next(current.load())) }
        defer { changing.close() }
        var random = SeededRandom(seed: 7)
        try measure(changing, "1 item, price") { step in
            .upsert([EncodedEntry(.item(Self.item(0, "bench", step)), vectors: [nil])])
        }
        try measure(changing, "1 item, new text") { step in
            let vector = Self.vector(encoder.dimension, &random)
            return .upsert([
                EncodedEntry(.item(Self.item(0, "bench \(step)", step)), vectors: [vector])
            ])
        }
        try measure(changing, "1 new item") { step in
            .upsert([EncodedEntry(.item(Self.item(step, "bench", step)), vectors: [nil])])
        }
        try measure(changing, "1 item deleted") { .delete(.item, id: "bench-\($0)") }
        try measure(changing, "500 items, price") { step in
            .upsert(
                (0..<500).map {
                    EncodedEntry(.item(Self.item($0, "bench", step)), vectors: [nil])
                })
        }
        try measure(changing, "1 intent, a new example") { step in
            let intent = IntentDefinition(
                name: "bench", examples: ["example \(step)"], answer: "answer")
            return .upsert([
                EncodedEntry(.intent(intent), vectors: [Self.vector(encoder.dimension, &random)])
            ])
        }
        print("hash \(current.load().items.count) items, \(current.load().intents.count) intents")
    }

    private func load(_ store: SQLiteStore, _ what: String) throws -> Catalog {
        let clock = ContinuousClock()
        let start = clock.now
        let catalog = try SQLiteCatalog(store: store).load(bundleVersion: nil)
        let table = catalog.vectors.table
        print(
            "\(what): \(clock.now - start), \(catalog.items.count) items, "
                + "\(table.rowCount) vectors, \(table.mappedRowCount) mapped")
        return catalog
    }

    /// By the bytes of identifiers that are there, in an order without pattern.
    private func lookUp(_ catalog: Catalog) {
        let items = catalog.items
        guard items.count > 0 else { return }
        let ids = (0..<4_096).map { Array(items.id(at: $0 &* 7_919 % items.count).utf8) }
        let clock = ContinuousClock()
        let start = clock.now
        var sum = 0
        for i in 0..<Self.lookupCount {
            let id = ids[i & 4_095]
            sum &+= items.row(ofUTF8: id.span) ?? 0
        }
        let time = clock.now - start
        print("lookup by bytes: \(time / Self.lookupCount) (sum \(sum))")
    }

    private func measure(
        _ store: SQLiteCatalogStore, _ what: String, _ change: (Int) -> CatalogChange
    ) throws {
        let clock = ContinuousClock()
        let mailbox = LoopMailbox {}
        mailbox.adoptCurrentThread()
        var times: [Duration] = []
        for step in 0..<changes {
            let next = change(step)
            let done = Snapshot<Result<CatalogOutcome, Fault>?>(nil)
            let start = clock.now
            if let fault = store.change(next, mailbox: mailbox, completion: { done.store($0) }) {
                throw fault
            }
            while done.load() == nil {
                usleep(Self.pollMicroseconds)
                mailbox.drain()
            }
            times.append(clock.now - start)
            _ = try done.load()?.get()
        }
        times.sort()
        print(
            "\(what): until it is published p50 \(times[times.count / 2]), "
                + "p95 \(times[times.count * 95 / 100])")
    }

    private static func item(_ number: Int, _ title: String, _ step: Int) -> Item {
        Item(
            id: "bench-\(number)", title: title, category: "Bench", brand: "bench",
            price: Money(micros: Int64(step + 1) * 10_000, currencyCode: "USD"))
    }

    private static func vector(_ dimension: Int, _ random: inout SeededRandom) -> Int8Vector {
        Int8Vector(
            quantizing: (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) })
    }
}
