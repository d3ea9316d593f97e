// Events are the one kind that comes in millions, so a row is parsed, enriched and stored from its
// bytes where they lie. Users and items met before are in caches; what an item's facts are was
// written when it was met first.

internal import Base
internal import GRDB

/// `user,item,type,time[,event_id,quantity,value,currency,rating,channel,device,query,text,...]`.
/// An event without an id gets one from its content: the same row is the same event. Those with words
/// go the way of events that come one by one, a batch at a time.
final class EventHandler: RowHandler {
    static let requiredColumns = ["user", "item", "type", "time"]
    static let affectsPopularity = true

    private let limits: Limits
    private let cleaning: EventCleaning
    private let users: UserDirectory
    private let facts: ItemFactDirectory
    private let ids: EventIds
    private let insert: SQLStatement
    private let texts: EventTexts
    private var columns: EventColumns
    private var unknownItems = 0

    /// - Parameter encoder: nil for events without words: one with them is refused then.
    init(
        _ database: Database, pseudonymizer: Pseudonymizer, encoder: (any TextEncoding)?,
        limits: Limits, nowNanoseconds: Int64
    ) throws(Fault) {
        self.limits = limits
        cleaning = EventCleaning(nowUnixNanoseconds: nowNanoseconds)
        users = try UserDirectory(database, pseudonymizer: pseudonymizer)
        facts = try ItemFactDirectory(database)
        ids = try EventIds()
        texts = try EventTexts(database, encoder: encoder)
        columns = EventColumns([], limits: limits)
        insert = try SQLStatement(
            database,
            """
            INSERT INTO events (user, event, time_ns, type, fact, quantity, value_micros, currency,
                rating, channel, device, query, body, attributes, position, dwell_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (user, event) DO UPDATE SET fact = excluded.fact
            WHERE events.fact < 0 AND excluded.fact >= 0
            """)
    }

    func bind(columns names: [String]) { columns = EventColumns(names, limits: limits) }

    func take(_ row: Row) throws -> Bool {
        let event = try columns.event(row, limits: limits, cleaning: cleaning)
        let bytes = row.bytes
        let span = bytes.span
        let fact =
            row.isEmpty(columns.item)
            ? 0 : try facts.fact(ofItem: span.extracting(row.range(columns.item)))
        if fact < 0 { unknownItems += 1 }
        let user = try users.user(span.extracting(row.range(columns.user)))
        if EventTexts.areIn(event.values) {
            try texts.add(columns.event(of: event, row), user: user)
            // Counted when it is stored.
            return false
        }
        try bind(event, user: user, fact: fact, row)
        let isChanged = try insert.run() > 0
        if isChanged { users.touch(user) }
        return isChanged
    }

    var endsTransaction: Bool { texts.isFull }

    func finishTransaction() throws {
        try texts.store { users.touch($0) }
        try users.markTouchedStale()
    }

    func report(to summary: inout ImportSummary) {
        summary.unknownItems = unknownItems
        summary.textsEncoded = texts.encodedCount
        summary.stored += texts.storedCount
        summary.unchanged -= texts.storedCount
    }

    private func bind(
        _ event: EventColumns.Values, user: Int64, fact: Int64, _ row: Row
    ) throws {
        let values = event.values
        let bytes = row.bytes
        let span = bytes.span
        try insert.bind(user, at: 1)
        if row.isEmpty(columns.eventId) {
            let id = try ids.id(of: columns.content(of: event, row))
            try insert.bind(text: id.span, at: 2)
        } else {
            try insert.bind(text: span.extracting(row.range(columns.eventId)), at: 2)
        }
        try insert.bind(values.unixNanoseconds, at: 3)
        try insert.bind(Int64(values.type.rawValue), at: 4)
        try insert.bind(fact, at: 5)
        try insert.bind(values.quantity, at: 6)
        try insert.bind(values.valueMicros, at: 7)
        try insert.bind(
            optionalText: span, values.valueMicros == nil ? 0..<0 : row.range(columns.currency),
            at: 8)
        try insert.bind(values.rating, at: 9)
        for (offset, column) in columns.texts.enumerated() {
            try insert.bind(optionalText: span, row.range(column), at: Int32(10 + offset))
        }
        try insert.bind(blob: AttributeCodec.encode(event.attributes), at: 14)
        try insert.bind(values.position, at: 15)
        try insert.bind(values.dwellMilliseconds, at: 16)
    }
}

extension SQLStatement {
    /// A part of `bytes`; NULL when it is empty.
    fileprivate func bind(
        optionalText bytes: Span<UInt8>, _ range: Range<Int>, at position: Int32
    ) throws(Fault) {
        if range.isEmpty {
            try bind(nil as Int64?, at: position)
        } else {
            try bind(text: bytes.extracting(range), at: position)
        }
    }
}
