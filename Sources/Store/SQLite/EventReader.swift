// A user's events lie in the journal sealed and in the order of their marks, which says nothing. To
// fold them in time they are opened all together, as bytes, and made into events one by one.

internal import Base
internal import GRDB
internal import Inference

/// Reads one user's events, with what a profile needs of them.
struct EventReader {
    private let boxes: SealedBoxes
    private let marks: EventMarks
    private let select: SQLStatement
    private let selectPage: SQLStatement
    private let facts: FactReader

    init(_ database: Database, facts cache: FactCache) throws(Fault) {
        boxes = try SealedBoxes()
        marks = try EventMarks()
        select = try SQLStatement(
            database, "SELECT mark, day, box FROM events WHERE user = ?")
        selectPage = try SQLStatement(
            database,
            """
            SELECT mark, day, box FROM events WHERE user = ? AND mark > ? ORDER BY mark LIMIT ?
            """)
        facts = try FactReader(database, cache: cache)
    }

    /// An event of the journal as its fold reads it.
    func enriched(
        _ event: Event, fact id: Int64, text: Int8Vector?
    ) throws(Fault) -> EnrichedEvent {
        let fact = try facts.fact(id)
        return EnrichedEvent(
            event: event, vector: fact.vector, category: fact.category, brand: fact.brand,
            unitPrice: fact.price, textVector: text)
    }

    /// All of them, in the order of `Event.precedes`: by time, then by the ids' bytes.
    func read(_ user: StoredUser, body: (EnrichedEvent) throws(Fault) -> Void) throws(Fault) {
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        try select.bind(user.row, at: 1)
        while try select.step() { ranges.append(try open(select, user.key, to: &bytes)) }
        for range in try Self.sorted(ranges, of: bytes) {
            try body(try event(bytes, at: range))
        }
    }

    /// Events whole, in the order of their marks.
    /// - Parameter eventId: of the last event of the page before; empty for the first page.
    func page(
        of user: StoredUser, after eventId: String, limit: Int
    ) throws(Fault) -> [Event] {
        let mark = eventId.isEmpty ? [] : try marks.mark(ofEventId: eventId.utf8.span, of: user.key)
        try selectPage.bind(user.row, at: 1)
        try selectPage.bind(blob: mark.span, at: 2)
        try selectPage.bind(Int64(limit), at: 3)
        var events: [Event] = []
        while try selectPage.step() {
            var bytes: [UInt8] = []
            let range = try open(selectPage, user.key, to: &bytes)
            events.append(try event(bytes, at: range).event)
        }
        return events
    }

    /// Where in `bytes` the content of the row went.
    private func open(
        _ row: SQLStatement, _ key: UserKey, to bytes: inout [UInt8]
    ) throws(Fault) -> Range<Int> {
        let start = bytes.count
        let context = EventRows.context(row.blob(0) ?? [], row.int64(1))
        let box = row.blob(2) ?? []
        guard
            try boxes.open(box.span, key: key.sealing, context: context, appendingTo: &bytes)
        else { throw EventRows.damaged }
        return start..<bytes.count
    }

    private func event(_ bytes: [UInt8], at range: Range<Int>) throws(Fault) -> EnrichedEvent {
        var stored = try EventCodec.decode(bytes, at: range)
        let fact = try facts.fact(stored.fact)
        stored.event.itemId = fact.itemId
        return EnrichedEvent(
            event: stored.event, vector: fact.vector, category: fact.category, brand: fact.brand,
            unitPrice: fact.price, textVector: stored.textVector)
    }

    private static func sorted(
        _ ranges: [Range<Int>], of bytes: [UInt8]
    ) throws(Fault) -> [Range<Int>] {
        var keyed: [(key: EventCodec.Key, range: Range<Int>)] = []
        keyed.reserveCapacity(ranges.count)
        for range in ranges { keyed.append((try EventCodec.key(bytes, at: range), range)) }
        keyed.sort { a, b in
            if a.key.unixNanoseconds != b.key.unixNanoseconds {
                return a.key.unixNanoseconds < b.key.unixNanoseconds
            }
            return bytes[a.key.id].lexicographicallyPrecedes(bytes[b.key.id])
        }
        return keyed.map(\.range)
    }
}

/// What the catalogue knew of an item.
struct ItemFact {
    var itemId: String
    var category: String
    var brand: String
    var price: Money?
    var vector: Int8Vector?
}

/// Facts read so far, across transactions: they never change, and a vector that is there stays.
final class FactCache {
    /// Emptied when it has grown so far.
    static let maxCount = 200_000
    var facts: [Int64: ItemFact] = [:]
    /// Facts with one text share its vector.
    var vectors: [Int64: Int8Vector] = [:]
}

struct FactReader {
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

    /// 0 is an event without an item.
    func fact(_ id: Int64) throws(Fault) -> ItemFact {
        if id == 0 { return ItemFact(itemId: "", category: "", brand: "") }
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
        // One whose text waits for its vector is read again.
        guard fact.vector != nil || selectFact.int64(5) == 0 else { return fact }
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
