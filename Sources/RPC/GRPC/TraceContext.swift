/// The caller's trace, from `traceparent` (W3C Trace Context, level 1, section 3.2).
public struct TraceContext: Sendable, Equatable {
    /// 32 hexadecimal digits in lower case.
    public let traceId: String
    /// 16 of them: the caller's span.
    public let parentId: String
    /// Bit 0: the caller records the trace.
    public let flags: UInt8

    private static let length = 55

    /// Nil for what is none: a wrong form, version `ff`, identifiers of zeros only.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= Self.length, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D,
            let version = Self.byte(bytes[0..<2]), version != 0xFF,
            // Later versions may add to it, after another dash.
            version == 0 ? bytes.count == Self.length : bytes.count == 55 || bytes[55] == 0x2D,
            Self.isIdentifier(bytes[3..<35]), Self.isIdentifier(bytes[36..<52]),
            let flags = Self.byte(bytes[53..<55])
        else { return nil }
        traceId = String(decoding: bytes[3..<35], as: UTF8.self)
        parentId = String(decoding: bytes[36..<52], as: UTF8.self)
        self.flags = flags
    }

    /// A new trace that begins here, for a call that came without one: the caller's span is unknown.
    public init(random: inout some RandomNumberGenerator) {
        traceId =
            Self.digits(UInt64.random(in: 1 ... .max, using: &random))
            + Self.digits(UInt64.random(in: 1 ... .max, using: &random))
        parentId = ""
        flags = 0
    }

    private static func digits(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    private static func isIdentifier(_ digits: ArraySlice<UInt8>) -> Bool {
        digits.allSatisfy { value(of: $0) != nil } && digits.contains { $0 != 0x30 }
    }

    private static func byte(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard let high = digits.first.flatMap(value), let low = digits.last.flatMap(value) else {
            return nil
        }
        return high << 4 | low
    }

    /// Upper case is not allowed.
    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}
