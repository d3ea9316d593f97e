// Numbers and codes from the bytes of a field, without making Strings: an import parses millions.

internal import Base

enum FieldParsing {
    /// A decimal such as `12.34` as millionths, exactly; digits past the sixth round half away from
    /// zero. Nil when it is no number or does not fit. An exponent is taken, at a double's precision.
    static func micros(_ text: Span<UInt8>) -> Int64? {
        var magnitude: Int64 = 0
        var digitCount = 0
        var fractionCount: Int?
        var position = 0
        let isNegative = text.count > 0 && text[0] == 0x2D
        if text.count > 0, isNegative || text[0] == 0x2B { position = 1 }
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == 0x2E, fractionCount == nil {
                fractionCount = 0
            } else if byte >= 0x30, byte <= 0x39 {
                digitCount += 1
                let fraction = fractionCount ?? 0
                if fractionCount != nil { fractionCount = fraction + 1 }
                if fraction > 6 || (fraction == 6 && byte < 0x35) { continue }
                let isRounding = fraction == 6
                let (scaled, overflow) = magnitude.multipliedReportingOverflow(
                    by: isRounding ? 1 : 10)
                let (sum, overflow2) = scaled.addingReportingOverflow(
                    isRounding ? 1 : Int64(byte - 0x30))
                if overflow || overflow2 { return nil }
                magnitude = sum
            } else if byte | 0x20 == 0x65, digitCount > 0 {
                return microsByDouble(text)
            } else {
                return nil
            }
        }
        guard digitCount > 0 else { return nil }
        for _ in min(fractionCount ?? 0, 6)..<6 {
            let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            magnitude = tens
        }
        return isNegative ? -magnitude : magnitude
    }

    /// A whole number; `3.0` is one, as tools that know only floats write it.
    static func integer(_ text: Span<UInt8>) -> Int64? {
        guard let micros = micros(text), micros % 1_000_000 == 0 else { return nil }
        return micros / 1_000_000
    }

    /// Three upper-case letters of ISO 4217; whether such a currency exists is not looked up.
    static func isCurrency(_ text: Span<UInt8>) -> Bool {
        guard text.count == 3 else { return false }
        for i in 0..<3 where text[i] < 0x41 || text[i] > 0x5A { return false }
        return true
    }

    /// The name of an `EventType` in lower case.
    static func eventType(_ text: Span<UInt8>) -> EventType? {
        // The longest is "redemption" or "impression".
        guard text.count <= 10 else { return nil }
        for (name, type) in eventTypes where equal(text, name) { return type }
        return nil
    }

    private static let eventTypes: [(name: [UInt8], type: EventType)] = [
        (Array("view".utf8), .view), (Array("click".utf8), .click), (Array("cart".utf8), .cart),
        (Array("purchase".utf8), .purchase), (Array("rating".utf8), .rating),
        (Array("impression".utf8), .impression), (Array("redemption".utf8), .redemption),
        (Array("search".utf8), .search), (Array("dwell".utf8), .dwell),
        (Array("share".utf8), .share), (Array("review".utf8), .review), (Array("chat".utf8), .chat),
    ]

    /// For a message.
    static let eventTypeNames = eventTypes.map { String(decoding: $0.name, as: UTF8.self) }
        .joined(separator: ", ")

    private static func equal(_ text: Span<UInt8>, _ name: [UInt8]) -> Bool {
        guard text.count == name.count else { return false }
        for i in name.indices where text[i] != name[i] { return false }
        return true
    }

    private static func microsByDouble(_ text: Span<UInt8>) -> Int64? {
        let string = text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        guard let value = Double(string) else { return nil }
        return Int64(exactly: (value * 1_000_000).rounded())
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends.
    var trimmed: String {
        let isBlank = { (c: Character) in c == " " || c == "\t" }
        guard let first = firstIndex(where: { !isBlank($0) }),
            let last = lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(self[first...last])
    }
}
