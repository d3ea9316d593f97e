// Changes of the catalogue, made by a thread and a connection of their own. It commits all calls that
// wait as one transaction, does to the catalogue in memory what they did to the store, publishes it
// and answers then. Where the store was changed by somebody else meanwhile, or many changes have
// left something over, the catalogue is read anew.

public import Base
private import Foundation
internal import GRDB
internal import Inference
private import Synchronization

public final class SQLiteCatalogStore: CatalogStore {
    private struct Pending: Sendable {
        let change: CatalogChange
        let mailbox: LoopMailbox
        let completion: @Sendable (Result<CatalogOutcome, Fault>) -> Void

        func finish(_ result: Result<CatalogOutcome, Fault>) {
            mailbox.post { [completion] in completion(result) }
        }
    }

    /// Makes the next catalogue of the one at hand by the closure it gets, and lets requests have it.
    public typealias Publish =
        @Sendable ((Catalog) throws(Fault) -> Catalog) throws(Fault) -> Void

    private struct State {
        var waiting: [Pending] = []
        var isClosed = false
    }

    private let store: SQLiteStore
    private let bundleVersion: String
    private let dimension: Int
    private let limits: Limits
    private let publish: Publish
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)
    private let isDone = DispatchSemaphore(value: 0)

    /// Starts the thread; `close()` ends it and closes `store`, which is this one's from here on.
    /// - Parameters:
    ///   - store: a connection opened `.durable`.
    ///   - bundleVersion, dimension: of the encoder that makes the vectors.
    ///   - publish: called on the thread after each commit.
    public init(
        store: SQLiteStore, bundleVersion: String, dimension: Int, limits: Limits = Limits(),
        publish: @escaping Publish
    ) {
        self.store = store
        self.bundleVersion = bundleVersion
        self.dimension = dimension
        self.publish = publish
        self.limits = limits
        let thread = Thread { [self] in
            ThreadName.set("catalog")
            run()
        }
        thread.start()
    }

    public func change(
        _ change: CatalogChange, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<CatalogOutcome, Fault>) -> Void
    ) -> Fault? {
        let pending = Pending(change: change, mailbox: mailbox, completion: completion)
        let fault: Fault? = state.withLock { state in
            if state.isClosed { return .storeClosed }
            if state.waiting.count >= limits.maxPendingCatalogChanges {
                return .exhausted("too many catalogue changes wait", retryAfterMs: 1_000)
            }
            state.waiting.append(pending)
            return nil
        }
        if fault == nil { arrival.signal() }
        return fault
    }

    /// Lets what waits finish.
    public func close() {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        if wasClosed { return }
        arrival.signal()
        isDone.wait()
        store.close()
    }

    private func run() {
        while true {
            let (batch, isClosed) = state.withLock { state in
                defer { state.waiting = [] }
                return (state.waiting, state.isClosed)
            }
            if !batch.isEmpty {
                make(batch)
            } else if isClosed {
                break
            } else {
                arrival.wait()
            }
        }
        isDone.signal()
    }

    /// What was committed but could not be read back is there after a restart; the callers are told
    /// of the fault, and asking again changes nothing.
    private func make(_ batch: [Pending]) {
        do throws(Fault) {
            let made = try store.write { database in
                try StoreSettings.bind(database, bundle: bundleVersion, dimension: dimension)
                let writer = try CatalogWriter(database, bundleVersion: bundleVersion)
                var made = MadeChanges()
                for pending in batch { try made.make(pending.change, writer) }
                made.versionBefore = try StoreSettings.catalogVersion(database)
                if !made.effects.isEmpty {
                    made.version = try StoreSettings.advanceCatalogVersion(database)
                }
                return made
            }
            if !made.effects.isEmpty {
                try publish { catalog throws(Fault) in try next(after: catalog, made) }
            }
            for (pending, outcome) in zip(batch, made.outcomes) {
                pending.finish(.success(outcome))
            }
        } catch {
            for pending in batch { pending.finish(.failure(error)) }
        }
    }

    private func next(after catalog: Catalog, _ made: MadeChanges) throws(Fault) -> Catalog {
        guard catalog.version == made.versionBefore,
            catalog.changeCount < limits.maxCatalogChangesInMemory
        else { return try SQLiteCatalog(store: store).load(bundleVersion: bundleVersion) }
        var edit = CatalogEdit(catalog)
        for effect in made.effects { edit.apply(effect) }
        return edit.finished(version: made.version)
    }
}

/// What one transaction did.
private struct MadeChanges {
    /// One for each change.
    var outcomes: [CatalogOutcome] = []
    var effects: [CatalogEffect] = []
    /// Of the store's catalogue.
    var versionBefore: Int64 = 0
    var version: Int64 = 0

    mutating func make(_ change: CatalogChange, _ writer: CatalogWriter) throws(Fault) {
        var outcome = CatalogOutcome()
        switch change {
        case .upsert(let entries):
            for entry in entries {
                if let effect = try writer.upsert(entry) {
                    effects.append(effect)
                    outcome.changedCount += 1
                } else {
                    outcome.unchangedCount += 1
                }
            }
        case .delete(let kind, let id):
            if try writer.delete(kind, id: id) {
                effects.append(.delete(kind, id: id))
                outcome.changedCount += 1
            }
        }
        outcomes.append(outcome)
    }
}
