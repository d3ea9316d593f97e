// Changes of the catalogue, made by a thread and a connection of their own. It commits all calls that
// wait as one transaction, reads the catalogue anew, publishes it and answers then. Reading it whole
// keeps one way from rows to columns; that takes a moment for a large catalogue, which calls that
// come meanwhile share.

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

    /// Reads the catalogue by the closure it gets, and lets requests have it.
    public typealias Publish =
        @Sendable (() throws(Fault) -> Catalog) throws(Fault) -> Void

    private struct State {
        var waiting: [Pending] = []
        var isClosed = false
    }

    private let store: SQLiteStore
    private let bundleVersion: String
    private let dimension: Int
    private let maxWaiting: Int
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
        maxWaiting = limits.maxPendingCatalogChanges
        let thread = Thread { [self] in run() }
        thread.name = "rankwire.catalog"
        thread.start()
    }

    public func change(
        _ change: CatalogChange, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<CatalogOutcome, Fault>) -> Void
    ) -> Fault? {
        let pending = Pending(change: change, mailbox: mailbox, completion: completion)
        let fault: Fault? = state.withLock { state in
            if state.isClosed { return .storeClosed }
            if state.waiting.count >= maxWaiting {
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
            let outcomes = try store.write { database in
                try StoreSettings.bind(database, bundle: bundleVersion, dimension: dimension)
                let rows = try CatalogRows(database, bundleVersion: bundleVersion)
                return try batch.map { try rows.make($0.change) }
            }
            if outcomes.contains(where: { $0.changedCount > 0 }) {
                try publish { () throws(Fault) in
                    try SQLiteCatalog(store: store).load(bundleVersion: bundleVersion)
                }
            }
            for (pending, outcome) in zip(batch, outcomes) { pending.finish(.success(outcome)) }
        } catch {
            for pending in batch { pending.finish(.failure(error)) }
        }
    }
}

/// The statements of one transaction.
private struct CatalogRows {
    private let texts: TextTable
    private let upsert: SQLStatement
    private let encoded: SQLStatement
    private let delete: SQLStatement

    init(_ database: Database, bundleVersion: String) throws(Fault) {
        texts = try TextTable(database, bundleVersion: bundleVersion)
        upsert = try SQLStatement(database, ItemHandler.upsert)
        encoded = try SQLStatement(
            database,
            """
            UPDATE texts SET scale = ?, vector = ?, body = NULL WHERE id = ? AND vector IS NULL
            """)
        delete = try SQLStatement(database, "DELETE FROM items WHERE item = ?")
    }

    func make(_ change: CatalogChange) throws(Fault) -> CatalogOutcome {
        var outcome = CatalogOutcome()
        switch change {
        case .upsert(let rows):
            for (item, vector) in rows {
                let text = try texts.id(of: item.encoderText)
                if let text, let vector { try save(vector, ofText: text) }
                try upsert.bind(item, text: text)
                if try upsert.run() > 0 {
                    outcome.changedCount += 1
                } else {
                    outcome.unchangedCount += 1
                }
            }
        case .delete(let itemId):
            try delete.bind(text: itemId, at: 1)
            outcome.changedCount = try delete.run()
        }
        return outcome
    }

    private func save(_ vector: Int8Vector, ofText id: Int64) throws(Fault) {
        try encoded.bind(Double(vector.scale), at: 1)
        try encoded.bind(blob: vector.values.map { UInt8(bitPattern: $0) }, at: 2)
        try encoded.bind(id, at: 3)
        try encoded.run()
    }
}
