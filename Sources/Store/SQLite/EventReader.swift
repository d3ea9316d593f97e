internal import Base
internal import GRDB
internal import Inference

/// Reads one user's events in the order of `Event.precedes`, with what a profile needs of them.
struct EventReader {
    private static let columns = """
        time_ns, type, fact, quantity, value_micros, currency, rating, event, query, body, dwell_ms,
        text_scale, text_vector
        """

    private let select: SQLStatement
    private let selectPage: SQLStatement
    private let facts: FactReader

    init(_ database: Database, facts cache: FactCache) throws(Fault) {
        select = try SQLStatement(
            database,
            "SELECT \(Self.columns) FROM events WHERE user = ? ORDER BY time_ns, event")
        selectPage = try SQLStatement(
            database,
            """
            SELECT \(Self.columns), channel, device, position, attributes FROM events
            WHERE user = (SELECT id FROM users WHERE pseudonym = ?) AND event > ?
            ORDER BY event LIMIT ?
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

    func read(user: Int64, body: (EnrichedEvent) throws(Fault) -> Void) throws(Fault) {
        try select.bind(user, at: 1)
        while try select.step() {
            let fact = try facts.fact(select.int64(2))
            let event = try event(select, itemId: fact.itemId)
            try body(
                EnrichedEvent(
                    event: event, vector: fact.vector, category: fact.category, brand: fact.brand,
                    unitPrice: fact.price, textVector: textVector()))
        }
    }

    /// Events whole, by their ids.
    func page(
        of pseudonym: Pseudonym, after eventId: String, limit: Int
    ) throws(Fault) -> [Event] {
        try selectPage.bind(blob: pseudonym.bytes.span, at: 1)
        try selectPage.bind(text: eventId, at: 2)
        try selectPage.bind(Int64(limit), at: 3)
        var events: [Event] = []
        while try selectPage.step() {
            var event = try event(
                selectPage, itemId: try facts.fact(selectPage.int64(2)).itemId)
            event.channel = selectPage.text(13)
            event.device = selectPage.text(14)
            event.position = Int32(clamping: selectPage.int64(15))
            event.attributes = try AttributeCodec.decode(selectPage.blob(16))
            events.append(event)
        }
        return events
    }

    /// What a fold needs of the event in a row of `columns`.
    private func event(_ row: SQLStatement, itemId: String) throws(Fault) -> Event {
        guard let type = EventType(rawValue: Int32(truncatingIfNeeded: row.int64(1))) else {
            throw Fault(
                .dataLoss, reason: "STORE_CORRUPT",
                "the store is damaged: an event has type \(row.int64(1))")
        }
        return Event(
            itemId: itemId, type: type, unixNanoseconds: row.int64(0), eventId: row.text(7),
            quantity: Int32(clamping: row.int64(3)),
            value: row.isNull(4)
                ? nil : Money(micros: row.int64(4), currencyCode: row.text(5)),
            rating: row.isNull(6) ? nil : Float(row.double(6)), query: row.text(8),
            text: row.text(9), dwellMilliseconds: row.int64(10))
    }

    private func textVector() -> Int8Vector? {
        guard let values = select.blob(12) else { return nil }
        return Int8Vector(
            values: values.map { Int8(bitPattern: $0) }, scale: Float(select.double(11)))
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
