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

    private let limits: Limits
    private let cleaning: EventCleaning
    private let users: UserDirectory
    private let facts: ItemFactDirectory
    private let ids: EventIds
    private let rows: EventRows
    private let purchases: PurchaseCounts
    private let texts: EventTexts
    private var columns: EventColumns
    private var unknownItems = 0

    /// - Parameter encoder: nil for events without words: one with them is refused then.
    init(
        _ database: Database, secrets: StoreSecrets, encoder: (any TextEncoding)?, limits: Limits,
        nowNanoseconds: Int64
    ) throws(Fault) {
        self.limits = limits
        cleaning = EventCleaning(nowUnixNanoseconds: nowNanoseconds)
        users = try UserDirectory(database, secrets: secrets)
        facts = try ItemFactDirectory(database)
        ids = try EventIds()
        texts = try EventTexts(database, encoder: encoder)
        columns = EventColumns([], limits: limits)
        rows = try EventRows(database)
        purchases = try PurchaseCounts(database)
    }

    func storeChanged() { users.forget() }

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
        let inserted = try rows.insert(
            try parts(of: event, fact: fact, row), of: user, completes: true)
        if case .known = inserted { return false }
        users.touch(user)
        if case .new = inserted, event.values.type == .purchase { purchases.add(fact) }
        return true
    }

    var endsTransaction: Bool { texts.isFull }

    func finishTransaction() throws {
        try texts.store { users.touch($0) }
        try users.markTouchedStale()
        try purchases.flush()
    }

    func report(to summary: inout ImportSummary) {
        summary.unknownItems = unknownItems
        summary.textsEncoded = texts.encodedCount
        summary.stored += texts.storedCount
        summary.unchanged -= texts.storedCount
    }

    private func parts(
        of event: EventColumns.Values, fact: Int64, _ row: Row
    ) throws -> EventCodec.Parts<ArraySlice<UInt8>> {
        let bytes = row.bytes
        func text(_ column: Int) -> ArraySlice<UInt8> { bytes[row.range(column)] }
        let id: ArraySlice<UInt8>
        if row.isEmpty(columns.eventId) {
            id = try ids.id(of: columns.content(of: event, row))[...]
        } else {
            id = text(columns.eventId)
        }
        return EventCodec.Parts(
            values: event.values, id: id, fact: fact, currency: text(columns.currency),
            channel: text(columns.texts[0]), device: text(columns.texts[1]),
            query: text(columns.texts[2]), text: text(columns.texts[3]),
            attributes: event.attributes)
    }
}
