internal import Base

/// The columns of an event and what they must hold.
struct EventColumns {
    /// What an event's row says, bar its texts and identifiers, which stay in the row.
    struct Values {
        var type: EventType
        var unixNanoseconds: Int64
        var quantity: Int64
        var valueMicros: Int64?
        var rating: Double?
        var attributes: [String: String]
    }

    private static let names: Set<String> = [
        "user", "item", "type", "time", "event_id", "quantity", "value", "currency", "rating",
        "channel", "device", "query", "text",
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
    }

    func event(_ row: Row, limits: Limits) throws(RowRejection) -> Values {
        try row.checkId(user, "user", limits)
        try row.checkId(item, "item", limits)
        try row.checkLength(eventId, "event_id", maxBytes: limits.maxIdBytes)
        try row.checkLength(texts[0], "channel", maxBytes: limits.maxIdBytes)
        try row.checkLength(texts[1], "device", maxBytes: limits.maxIdBytes)
        try row.checkLength(texts[2], "query", maxBytes: limits.maxTextBytes)
        try row.checkLength(texts[3], "text", maxBytes: limits.maxTextBytes)
        guard let unixNanoseconds = try row.time(time, "time") else {
            throw RowRejection("time: missing")
        }
        return Values(
            type: try eventType(row), unixNanoseconds: unixNanoseconds,
            quantity: try wholeNumber(row), valueMicros: try amount(row),
            rating: try stars(row), attributes: try map.attributes(of: row))
    }

    private func eventType(_ row: Row) throws(RowRejection) -> EventType {
        let bytes = row.bytes
        guard let found = FieldParsing.eventType(bytes.span.extracting(row.range(type))) else {
            throw RowRejection(
                "type: not one of view, click, cart, purchase, rating, impression, redemption")
        }
        if found == .rating, row.isEmpty(rating) { throw RowRejection("rating: missing") }
        return found
    }

    /// 1 where it is absent. 0 is what tills write for goods sold by weight.
    private func wholeNumber(_ row: Row) throws(RowRejection) -> Int64 {
        if row.isEmpty(quantity) { return 1 }
        let bytes = row.bytes
        guard let number = FieldParsing.integer(bytes.span.extracting(row.range(quantity))),
            number >= 0, number <= Int32.max
        else { throw RowRejection("quantity: not a whole number from 0 to \(Int32.max)") }
        return number
    }

    private func amount(_ row: Row) throws(RowRejection) -> Int64? {
        if row.isEmpty(value) { return nil }
        let bytes = row.bytes
        guard let micros = FieldParsing.micros(bytes.span.extracting(row.range(value))) else {
            throw RowRejection("value: not an amount such as 12.34")
        }
        if micros < 0 { throw RowRejection("value: negative") }
        guard FieldParsing.isCurrency(bytes.span.extracting(row.range(currency))) else {
            throw RowRejection("currency: not three upper-case letters (ISO 4217)")
        }
        return micros
    }

    private func stars(_ row: Row) throws(RowRejection) -> Double? {
        if row.isEmpty(rating) { return nil }
        let bytes = row.bytes
        guard let micros = FieldParsing.micros(bytes.span.extracting(row.range(rating))),
            (1_000_000...5_000_000).contains(micros)
        else { throw RowRejection("rating: not a number from 1 to 5") }
        return Double(micros) / 1_000_000
    }
}

/// Identifiers for events that have none: `~` and 96 bits of the SHA-256 of what they say, in the
/// URL-safe base64 of RFC 4648.
final class EventIds {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private let hasher: SHA256Hasher

    init() throws(Fault) { hasher = try SHA256Hasher() }

    func id(
        of event: EventColumns.Values, _ row: Row, _ columns: EventColumns
    ) throws(Fault) -> [UInt8] {
        var content = ByteWriter()
        content.fixed(event.unixNanoseconds)
        content.fixed(event.type.rawValue)
        content.fixed(event.quantity)
        content.fixed(event.valueMicros ?? -1)
        content.fixed((event.rating ?? 0).bitPattern)
        for column in [columns.item, columns.currency] + columns.texts {
            let range = row.range(column)
            content.count(range.count)
            content.raw(row.bytes[range])
        }
        AttributeCodec.write(event.attributes, to: &content)
        let bytes = content.bytes
        try hasher.update(bytes.span)
        return Self.text(try hasher.finish().prefix(12))
    }

    /// - Parameter bytes: a multiple of three of them.
    private static func text(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var text = Array("~".utf8)
        for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 3) {
            let group =
                UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8
                | UInt32(bytes[start + 2])
            for shift: UInt32 in [18, 12, 6, 0] { text.append(alphabet[Int(group >> shift & 63)]) }
        }
        return text
    }
}
