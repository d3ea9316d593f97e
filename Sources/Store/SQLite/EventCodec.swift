// An event as sealed in the journal. Version 1, in order: version (1 byte), time (8 bytes), id, type
// (1 byte), fact, flags (1 byte), quantity, value and currency, rating, position, dwell, channel,
// device, query, text, attributes, text vector; what a flag says is absent takes no byte. Numbers are
// unsigned LEB128, negative ones folded in between (zigzag).

internal import Base
internal import Inference

/// What the journal adds to an event.
struct JournalEvent {
    var event: Event
    /// Row of `item_facts`; 0 for no item, below 0 for one that the catalogue did not know.
    var fact: Int64
    var textVector: Int8Vector?
}

enum EventCodec {
    private static let version: UInt8 = 1
    private static let hasValue: UInt8 = 1
    private static let hasRating: UInt8 = 2
    private static let hasVector: UInt8 = 4

    /// An event's parts: an import has no Strings.
    struct Parts<Text: Collection<UInt8>> {
        var values: EventCleaning.Values
        var id: Text
        var fact: Int64
        var currency: Text
        var channel: Text
        var device: Text
        var query: Text
        var text: Text
        var attributes: [String: String]
        var textVector: Int8Vector?
    }

    static func encode(_ parts: Parts<some Collection<UInt8>>) -> [UInt8] {
        let values = parts.values
        var writer = ByteWriter()
        writer.fixed(version)
        writer.fixed(values.unixNanoseconds)
        writer.string(parts.id)
        writer.fixed(UInt8(values.type.rawValue))
        writer.signed(parts.fact)
        writer.fixed(
            (values.valueMicros == nil ? 0 : hasValue) | (values.rating == nil ? 0 : hasRating)
                | (parts.textVector == nil ? 0 : hasVector))
        writer.signed(values.quantity)
        if let micros = values.valueMicros {
            writer.signed(micros)
            writer.string(parts.currency)
        }
        if let rating = values.rating { writer.float(Float(rating)) }
        writer.signed(values.position)
        writer.signed(values.dwellMilliseconds)
        writer.string(parts.channel)
        writer.string(parts.device)
        writer.string(parts.query)
        writer.string(parts.text)
        AttributeCodec.write(parts.attributes, to: &writer)
        if let vector = parts.textVector {
            writer.float(vector.scale)
            writer.count(vector.dimension)
            writer.raw(vector.values.lazy.map { UInt8(bitPattern: $0) })
        }
        return writer.bytes
    }

    /// The event at `range`, without its item's id: the fact has it.
    static func decode(_ bytes: [UInt8], at range: Range<Int>) throws(Fault) -> JournalEvent {
        var reader = ByteReader(
            bytes, from: range.lowerBound, end: range.upperBound, what: "a stored event")
        guard try reader.fixed(UInt8.self) == version else {
            throw Fault(
                .failedPrecondition, reason: "STORE_TOO_NEW",
                "a stored event has a format that this program does not read")
        }
        let time = try reader.fixed(Int64.self)
        let id = try reader.string()
        guard let type = EventType(rawValue: Int32(try reader.fixed(UInt8.self))) else {
            throw reader.damaged("its type is unknown")
        }
        var event = Event(itemId: "", type: type, unixNanoseconds: time, eventId: id)
        let fact = try reader.signed()
        let flags = try reader.fixed(UInt8.self)
        event.quantity = Int32(clamping: try reader.signed())
        if flags & hasValue != 0 {
            let micros = try reader.signed()
            event.value = Money(micros: micros, currencyCode: try reader.string())
        }
        if flags & hasRating != 0 { event.rating = try reader.float() }
        event.position = Int32(clamping: try reader.signed())
        event.dwellMilliseconds = try reader.signed()
        event.channel = try reader.string()
        event.device = try reader.string()
        event.query = try reader.string()
        event.text = try reader.string()
        event.attributes = try AttributeCodec.read(from: &reader)
        var vector: Int8Vector?
        if flags & hasVector != 0 {
            let scale = try reader.float()
            vector = Int8Vector(values: try reader.signedBytes(try reader.count()), scale: scale)
        }
        guard reader.isAtEnd else { throw reader.damaged("bytes are left over") }
        return JournalEvent(event: event, fact: fact, textVector: vector)
    }

    /// What the journal is sorted by, read without the rest.
    struct Key {
        var unixNanoseconds: Int64
        /// Of the id's bytes, in the bytes given.
        var id: Range<Int>
    }

    static func key(_ bytes: [UInt8], at range: Range<Int>) throws(Fault) -> Key {
        var reader = ByteReader(
            bytes, from: range.lowerBound, end: range.upperBound, what: "a stored event")
        _ = try reader.fixed(UInt8.self)
        let time = try reader.fixed(Int64.self)
        return Key(unixNanoseconds: time, id: try reader.stringRange())
    }
}

extension ByteWriter {
    /// Zigzag, then LEB128: small numbers of either sign are short.
    mutating func signed(_ value: Int64) {
        unsigned(UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
    }

    mutating func string(_ bytes: some Collection<UInt8>) {
        count(bytes.count)
        raw(bytes)
    }
}

extension ByteReader {
    mutating func signed() throws(Fault) -> Int64 {
        let value = try unsigned(maxShift: 63, of: "a number")
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}
