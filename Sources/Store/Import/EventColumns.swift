internal import Base

/// The columns of an event and what they must hold.
struct EventColumns {
    /// What an event's row says, bar its texts and identifiers, which stay in the row.
    struct Values {
        var values: EventCleaning.Values
        var attributes: [String: String]
    }

    private static let names: Set<String> = [
        "user", "item", "type", "time", "event_id", "quantity", "value", "currency", "rating",
        "channel", "device", "query", "text", "position", "dwell_ms",
    ]

    let user: Int
    let item: Int
    let eventId: Int
    let currency: Int
    /// Channel, device, query and text.
    let texts: [Int]
    private let type: Int
    private let time: Int
    private let quantity: Int
    private let value: Int
    private let rating: Int
    private let position: Int
    private let dwell: Int
    private let map: ColumnMap

    init(_ columns: [String], limits: Limits) {
        map = ColumnMap(columns, known: Self.names, limits: limits)
        user = map.position("user")
        item = map.position("item")
        eventId = map.position("event_id")
        currency = map.position("currency")
        texts = ["channel", "device", "query", "text"].map(map.position)
        type = map.position("type")
        time = map.position("time")
        quantity = map.position("quantity")
        value = map.position("value")
        rating = map.position("rating")
        position = map.position("position")
        dwell = map.position("dwell_ms")
    }

    /// The row as an event that `cleaning` takes.
    func event(
        _ row: Row, limits: Limits, cleaning: EventCleaning
    ) throws(RowRejection) -> Values {
        try row.checkId(user, "user", limits)
        let type = try eventType(row)
        if type.needsItem { try row.checkId(item, "item", limits) }
        try row.checkLength(item, "item", maxBytes: limits.maxIdBytes)
        try row.checkLength(eventId, "event_id", maxBytes: limits.maxIdBytes)
        try row.checkLength(texts[0], "channel", maxBytes: limits.maxIdBytes)
        try row.checkLength(texts[1], "device", maxBytes: limits.maxIdBytes)
        try row.checkLength(texts[2], "query", maxBytes: limits.maxTextBytes)
        try row.checkLength(texts[3], "text", maxBytes: limits.maxTextBytes)
        guard let unixNanoseconds = try row.time(time, "time") else {
            throw RowRejection("time: missing")
        }
        var values = EventCleaning.Values(
            type: type, unixNanoseconds: unixNanoseconds,
            quantity: try number(row, quantity, "quantity") ?? 1, valueMicros: try amount(row),
            rating: try stars(row))
        values.position = try number(row, position, "position") ?? 0
        values.dwellMilliseconds = try number(row, dwell, "dwell_ms") ?? 0
        values.hasItem = !row.isEmpty(item)
        values.hasText = !row.isEmpty(texts[3]) || (type == .search && !row.isEmpty(texts[2]))
        do throws(EventRejection) { try cleaning.check(values) } catch {
            throw RowRejection("\(error.field): \(error.description)")
        }
        return Values(values: values, attributes: try map.attributes(of: row))
    }

    /// The row whole, without its user.
    func event(of values: Values, _ row: Row) -> Event {
        let found = values.values
        return Event(
            itemId: row.text(item), type: found.type, unixNanoseconds: found.unixNanoseconds,
            eventId: row.text(eventId), quantity: Int32(clamping: found.quantity),
            value: found.valueMicros.map {
                Money(micros: $0, currencyCode: row.text(currency))
            }, rating: found.rating.map { Float($0) }, channel: row.text(texts[0]),
            device: row.text(texts[1]), query: row.text(texts[2]), text: row.text(texts[3]),
            position: Int32(clamping: found.position), dwellMilliseconds: found.dwellMilliseconds,
            attributes: values.attributes)
    }

    /// What an event without an id is known by.
    func content(of event: Values, _ row: Row) -> EventIds.Content {
        EventIds.Content(
            values: event.values, attributes: event.attributes,
            texts: ([item, currency] + texts).map { row.bytes[row.range($0)] })
    }

    private func eventType(_ row: Row) throws(RowRejection) -> EventType {
        let bytes = row.bytes
        guard let found = FieldParsing.eventType(bytes.span.extracting(row.range(type))) else {
            throw RowRejection("type: not one of \(FieldParsing.eventTypeNames)")
        }
        return found
    }

    /// Nil where it is absent. A quantity of 0 is what tills write for goods sold by weight.
    private func number(
        _ row: Row, _ column: Int, _ name: String
    ) throws(RowRejection) -> Int64? {
        if row.isEmpty(column) { return nil }
        let bytes = row.bytes
        guard let number = FieldParsing.integer(bytes.span.extracting(row.range(column))) else {
            throw RowRejection("\(name): not a whole number")
        }
        return number
    }

    /// A negative amount is left to the cleaning, whatever its currency.
    private func amount(_ row: Row) throws(RowRejection) -> Int64? {
        if row.isEmpty(value) { return nil }
        let bytes = row.bytes
        guard let micros = FieldParsing.micros(bytes.span.extracting(row.range(value))) else {
            throw RowRejection("value: not an amount such as 12.34")
        }
        if micros < 0 { return micros }
        guard FieldParsing.isCurrency(bytes.span.extracting(row.range(currency))) else {
            throw RowRejection("currency: not three upper-case letters (ISO 4217)")
        }
        return micros
    }

    private func stars(_ row: Row) throws(RowRejection) -> Double? {
        if row.isEmpty(rating) { return nil }
        let bytes = row.bytes
        guard let micros = FieldParsing.micros(bytes.span.extracting(row.range(rating))) else {
            throw RowRejection("rating: not a number from 1 to 5")
        }
        return Double(micros) / 1_000_000
    }
}
