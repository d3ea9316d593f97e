internal import Base
internal import GRDB
internal import Inference

/// The rows of the journal, each an event sealed under its user's key. A box names its row - the
/// event's mark and day - and so does not open in another's place.
final class EventRows {
    private let boxes: SealedBoxes
    private let marks: EventMarks
    private let insertRow: SQLStatement
    private let selectRow: SQLStatement
    private let replaceRow: SQLStatement

    init(_ database: Database) throws(Fault) {
        boxes = try SealedBoxes()
        marks = try EventMarks()
        insertRow = try SQLStatement(
            database,
            """
            INSERT INTO events (user, mark, day, box) VALUES (?, ?, ?, ?)
            ON CONFLICT (user, mark) DO NOTHING
            """)
        selectRow = try SQLStatement(
            database, "SELECT day, box FROM events WHERE user = ? AND mark = ?")
        replaceRow = try SQLStatement(
            database, "UPDATE events SET day = ?, box = ? WHERE user = ? AND mark = ?")
    }

    enum Inserted {
        case new
        /// The user's event of this id was there, and is as it was.
        case known
        /// It was there of an item that the catalogue did not know, and now has its fact.
        case completed
    }

    /// - Parameter completes: whether an event of an unknown item takes this one's fact.
    func insert(
        _ parts: EventCodec.Parts<some Collection<UInt8>>, of user: StoredUser,
        completes: Bool = false
    ) throws(Fault) -> Inserted {
        let id = Array(parts.id)
        let mark = try marks.mark(ofEventId: id.span, of: user.key)
        let day = Event.day(ofUnixNanoseconds: parts.values.unixNanoseconds)
        let box = try boxes.seal(
            EventCodec.encode(parts), key: user.key.sealing, context: Self.context(mark, day))
        try insertRow.bind(user.row, at: 1)
        try insertRow.bind(blob: mark.span, at: 2)
        try insertRow.bind(day, at: 3)
        try insertRow.bind(blob: box.span, at: 4)
        if try insertRow.run() > 0 { return .new }
        guard completes, parts.fact >= 0, try fact(of: user, mark) ?? 0 < 0 else { return .known }
        try replaceRow.bind(day, at: 1)
        try replaceRow.bind(blob: box.span, at: 2)
        try replaceRow.bind(user.row, at: 3)
        try replaceRow.bind(blob: mark.span, at: 4)
        try replaceRow.run()
        return .completed
    }

    static func context(_ mark: [UInt8], _ day: Int64) -> [UInt8] {
        var context = mark
        context.reserveCapacity(mark.count + 9)
        // 1: an event; a user's attributes and profile have other kinds.
        context.append(1)
        for shift in stride(from: 0, to: 64, by: 8) {
            context.append(UInt8(truncatingIfNeeded: day >> shift))
        }
        return context
    }

    static var damaged: Fault {
        Fault(
            .dataLoss, reason: "STORE_CORRUPT",
            "the store is damaged: an event does not open under its user's key")
    }

    private func fact(of user: StoredUser, _ mark: [UInt8]) throws(Fault) -> Int64? {
        try selectRow.bind(user.row, at: 1)
        try selectRow.bind(blob: mark.span, at: 2)
        guard try selectRow.step() else { return nil }
        defer { selectRow.reset() }
        let box = selectRow.blob(1) ?? []
        let content = try boxes.open(
            box.span, key: user.key.sealing, context: Self.context(mark, selectRow.int64(0)))
        guard let content else { throw Self.damaged }
        return try EventCodec.decode(content, at: content.indices).fact
    }
}

/// Writes events that come one by one into the journal; an import has a faster way to the same rows.
final class EventJournal {
    private let facts: ItemFactDirectory
    private let ids: EventIds
    private let rows: EventRows
    private let purchases: PurchaseCounts

    init(_ database: Database) throws(Fault) {
        facts = try ItemFactDirectory(database)
        ids = try EventIds()
        rows = try EventRows(database)
        purchases = try PurchaseCounts(database)
    }

    /// The event as stored, with its id and the fact of its item; nil when it was there before.
    func insert(
        _ enriched: EnrichedEvent, user: StoredUser
    ) throws(Fault) -> (event: Event, fact: Int64)? {
        var event = enriched.event
        event.eventId = try ids.id(of: event)
        let fact = event.itemId.isEmpty ? 0 : try facts.fact(ofItem: event.itemId.utf8.span)
        let parts = EventCodec.Parts(
            values: EventCleaning.Values(event), id: event.eventId.utf8, fact: fact,
            currency: (event.value?.currencyCode ?? "").utf8, channel: event.channel.utf8,
            device: event.device.utf8, query: event.query.utf8, text: event.text.utf8,
            attributes: event.attributes, textVector: enriched.textVector)
        guard case .new = try rows.insert(parts, of: user) else { return nil }
        if event.type == .purchase { purchases.add(fact) }
        return (event, fact)
    }

    /// In the transaction, after its last event.
    func finishTransaction() throws(Fault) { try purchases.flush() }
}
