internal import Base
internal import GRDB
internal import Inference

/// Writes events that come one by one into the journal; an import has a faster way to the same rows.
final class EventJournal {
    private let facts: ItemFactDirectory
    private let ids: EventIds
    private let statement: SQLStatement

    init(_ database: Database) throws(Fault) {
        facts = try ItemFactDirectory(database)
        ids = try EventIds()
        statement = try SQLStatement(
            database,
            """
            INSERT INTO events (user, event, time_ns, type, fact, quantity, value_micros, currency,
                rating, channel, device, query, body, position, dwell_ms, text_scale, text_vector,
                attributes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (user, event) DO NOTHING
            """)
    }

    /// The event as stored, with its id and the fact of its item; nil when it was there before.
    func insert(
        _ enriched: EnrichedEvent, user: Int64
    ) throws(Fault) -> (event: Event, fact: Int64)? {
        var event = enriched.event
        event.eventId = try ids.id(of: event)
        let fact = event.itemId.isEmpty ? 0 : try facts.fact(ofItem: event.itemId.utf8.span)
        try statement.bind(user, at: 1)
        try statement.bind(text: event.eventId, at: 2)
        try statement.bind(event.unixNanoseconds, at: 3)
        try statement.bind(Int64(event.type.rawValue), at: 4)
        try statement.bind(fact, at: 5)
        try statement.bind(Int64(event.quantity), at: 6)
        try statement.bind(event.value?.micros, at: 7)
        try bind(event.value?.currencyCode ?? "", at: 8)
        try statement.bind(event.rating.map(Double.init), at: 9)
        try bind(event.channel, at: 10)
        try bind(event.device, at: 11)
        try bind(event.query, at: 12)
        try bind(event.text, at: 13)
        try statement.bind(Int64(event.position), at: 14)
        try statement.bind(event.dwellMilliseconds, at: 15)
        try statement.bind(enriched.textVector.map { Double($0.scale) }, at: 16)
        try statement.bind(
            blob: enriched.textVector?.values.map { UInt8(bitPattern: $0) }, at: 17)
        try statement.bind(blob: AttributeCodec.encode(event.attributes), at: 18)
        return try statement.run() > 0 ? (event, fact) : nil
    }

    private func bind(_ text: String, at position: Int32) throws(Fault) {
        if text.isEmpty {
            try statement.bind(nil as Int64?, at: position)
        } else {
            try statement.bind(text: text, at: position)
        }
    }
}
