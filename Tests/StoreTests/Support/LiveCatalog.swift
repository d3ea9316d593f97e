import Base
import Inference
import Synchronization

@testable import Store

/// A store's catalogue as a server has it: read once, then changed.
final class LiveCatalog: Sendable {
    private let current: Snapshot<Catalog>
    private let store: SQLiteCatalogStore
    private let bundleVersion: String
    private let dimension: Int

    init(_ test: TestStore, limits: Limits = Limits()) throws {
        let current = Snapshot(try test.catalog())
        self.current = current
        bundleVersion = test.encoder.bundleVersion
        dimension = test.encoder.dimension
        store = SQLiteCatalogStore(
            store: try SQLiteStore(path: test.path, access: .durable),
            bundleVersion: bundleVersion, dimension: dimension, limits: limits
        ) { (next) throws(Fault) in current.store(try next(current.load())) }
    }

    var catalog: Catalog { current.load() }

    func close() { store.close() }

    /// With the vectors that the catalogue lacks.
    func encoded(_ entry: CatalogEntry) throws -> EncodedEntry {
        let missing = try catalog.missingTexts(
            of: entry.encoderTexts, bundleVersion: bundleVersion)
        return EncodedEntry(
            entry,
            vectors: missing.map {
                $0.isEmpty ? nil : Int8Vector(quantizing: FakeEncoder.vector($0, dimension))
            })
    }

    func change(_ change: CatalogChange) -> Result<CatalogOutcome, Fault> {
        let loop = TestLoop()
        let answer = Mutex<Result<CatalogOutcome, Fault>?>(nil)
        let fault = store.change(change, mailbox: loop.mailbox) { result in
            answer.withLock { $0 = result }
        }
        if let fault { return .failure(fault) }
        guard loop.run(until: { answer.withLock { $0 != nil } }) else {
            return .failure(.deadlineExceeded)
        }
        return answer.withLock { $0! }
    }
}
