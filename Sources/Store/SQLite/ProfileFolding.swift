// Brings stored profiles up to their events: streams a user's events in order of time through the
// arithmetic that inline users get, one user at a time, so memory does not grow with the journal.

internal import Base
internal import GRDB
internal import Inference

struct ProfileFolding {
    /// Users folded in one transaction: readers see them all or none, other writers wait so long.
    private static let usersPerTransaction = 256

    let store: SQLiteStore
    let maxRecentItems: Int

    /// Number of users folded.
    /// - Parameter progress: called with the users done and the users there are to do.
    func run(progress: (_ done: Int, _ total: Int) -> Void) throws(Fault) -> Int {
        let total = try store.read { database in
            let count = try SQLStatement(database, "SELECT count(*) FROM users WHERE stale = 1")
            return try count.step() ? Int(count.int64(0)) : 0
        }
        let facts = FactCache()
        var done = 0
        while true {
            let folded = try store.write { try foldSome($0, facts: facts) }
            if folded == 0 { return done }
            done += folded
            progress(done, max(done, total))
        }
    }

    private func foldSome(_ database: Database, facts: FactCache) throws(Fault) -> Int {
        let users = try SQLStatement(
            database,
            """
            SELECT id, attributes FROM users WHERE stale = 1 ORDER BY id
            LIMIT \(Self.usersPerTransaction)
            """)
        var batch: [(id: Int64, attributes: [UInt8]?)] = []
        while try users.step() { batch.append((users.int64(0), users.blob(1))) }
        let events = try EventReader(database, facts: facts)
        let update = try SQLStatement(
            database, "UPDATE users SET profile = ?, stale = 0 WHERE id = ?")
        for user in batch {
            var accumulator = ProfileAccumulator(maxRecentItems: maxRecentItems)
            try events.read(user: user.id) { accumulator.add($0) }
            let profile = accumulator.profile(
                attributes: try AttributeCodec.decode(user.attributes))
            try update.bind(blob: try ProfileCodec.encode(profile), at: 1)
            try update.bind(user.id, at: 2)
            try update.run()
        }
        return batch.count
    }
}

/// Reads one user's events in the order of `Event.precedes`, with what a profile needs of them.
private struct EventReader {
    private let select: SQLStatement
    private let facts: FactReader

    init(_ database: Database, facts cache: FactCache) throws(Fault) {
        select = try SQLStatement(
            database,
            """
            SELECT time_ns, type, fact, quantity, value_micros, currency, rating FROM events
            WHERE user = ? ORDER BY time_ns, event
            """)
        facts = try FactReader(database, cache: cache)
    }

    func read(user: Int64, body: (EnrichedEvent) -> Void) throws(Fault) {
        try select.bind(user, at: 1)
        while try select.step() {
            guard let type = EventType(rawValue: Int32(truncatingIfNeeded: select.int64(1))) else {
                throw Fault(
                    .dataLoss, reason: "STORE_CORRUPT",
                    "the store is damaged: an event has type \(select.int64(1))")
            }
            let fact = try facts.fact(select.int64(2))
            let event = Event(
                itemId: fact.itemId, type: type, unixNanoseconds: select.int64(0),
                quantity: Int32(clamping: select.int64(3)),
                value: select.isNull(4)
                    ? nil : Money(micros: select.int64(4), currencyCode: select.text(5)),
                rating: select.isNull(6) ? nil : Float(select.double(6)))
            body(
                EnrichedEvent(
                    event: event, vector: fact.vector, category: fact.category, brand: fact.brand,
                    unitPrice: fact.price))
        }
    }
}

private struct ItemFact {
    var itemId: String
    var category: String
    var brand: String
    var price: Money?
    var vector: Int8Vector?
}

/// Facts read so far, across transactions: they never change, and a vector that is there stays.
private final class FactCache {
    /// Emptied when it has grown so far.
    static let maxCount = 200_000
    var facts: [Int64: ItemFact] = [:]
    /// Facts with one text share its vector.
    var vectors: [Int64: Int8Vector] = [:]
}

private struct FactReader {
    private let cache: FactCache
    private let selectFact: SQLStatement
    private let selectVector: SQLStatement

    init(_ database: Database, cache: FactCache) throws(Fault) {
        self.cache = cache
        selectFact = try SQLStatement(
            database,
            """
            SELECT item, category, brand, price_micros, currency, text FROM item_facts
            WHERE id = ?
            """)
        selectVector = try SQLStatement(
            database, "SELECT scale, vector FROM texts WHERE id = ? AND vector IS NOT NULL")
    }

    func fact(_ id: Int64) throws(Fault) -> ItemFact {
        if let known = cache.facts[id] { return known }
        try selectFact.bind(id, at: 1)
        guard try selectFact.step() else {
            throw Fault(
                .dataLoss, reason: "STORE_CORRUPT", "the store is damaged: no item fact \(id)")
        }
        defer { selectFact.reset() }
        let fact = ItemFact(
            itemId: selectFact.text(0), category: selectFact.text(1), brand: selectFact.text(2),
            price: Money.stored(micros: selectFact.int64(3), currency: selectFact.text(4)),
            vector: try vector(ofText: selectFact.int64(5)))
        if cache.facts.count >= FactCache.maxCount { cache.facts = [:] }
        cache.facts[id] = fact
        return fact
    }

    private func vector(ofText id: Int64) throws(Fault) -> Int8Vector? {
        if let known = cache.vectors[id] { return known }
        try selectVector.bind(id, at: 1)
        guard try selectVector.step() else { return nil }
        defer { selectVector.reset() }
        let values = (selectVector.blob(1) ?? []).map { Int8(bitPattern: $0) }
        let vector = Int8Vector(values: values, scale: Float(selectVector.double(0)))
        if cache.vectors.count >= FactCache.maxCount { cache.vectors = [:] }
        cache.vectors[id] = vector
        return vector
    }
}
