internal import Base

/// Identifiers for events that have none: `~` and 96 bits of the SHA-256 of what they say, in the
/// URL-safe base64 of RFC 4648. The same event is the same whichever way it comes.
final class EventIds {
    /// What an event says, its texts as bytes where they lie.
    struct Content {
        var values: EventCleaning.Values
        var attributes: [String: String] = [:]
        /// Item, currency, channel, device, query and text.
        var texts: [ArraySlice<UInt8>]
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private let hasher: SHA256Hasher

    init() throws(Fault) { hasher = try SHA256Hasher() }

    func id(of content: Content) throws(Fault) -> [UInt8] {
        let values = content.values
        var writer = ByteWriter()
        writer.fixed(values.unixNanoseconds)
        writer.fixed(values.type.rawValue)
        writer.fixed(values.quantity)
        writer.fixed(values.valueMicros ?? -1)
        writer.fixed((values.rating ?? 0).bitPattern)
        for text in content.texts {
            writer.count(text.count)
            writer.raw(text)
        }
        AttributeCodec.write(content.attributes, to: &writer)
        // Appended only where there is one: ids made before these fields were known stay.
        if values.position != 0 || values.dwellMilliseconds != 0 {
            writer.fixed(values.position)
            writer.fixed(values.dwellMilliseconds)
        }
        let bytes = writer.bytes
        try hasher.update(bytes.span)
        return Self.text(try hasher.finish().prefix(12))
    }

    /// The event's own id, or one from its content.
    func id(of event: Event) throws(Fault) -> String {
        if !event.eventId.isEmpty { return event.eventId }
        let texts = [
            event.itemId, event.value?.currencyCode ?? "", event.channel, event.device,
            event.query, event.text,
        ]
        let content = Content(
            values: EventCleaning.Values(event), attributes: event.attributes,
            texts: texts.map { Array($0.utf8)[...] })
        return String(decoding: try id(of: content), as: UTF8.self)
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
