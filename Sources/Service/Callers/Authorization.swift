internal import Store

/// The value of an `authorization` field.
struct Authorization {
    let bytes: [UInt8]

    private static let scheme = Array("bearer ".utf8)

    /// What follows `Bearer` (RFC 6750, section 2.1), in upper or lower case; nil for other schemes.
    var token: [UInt8]? {
        guard bytes.count > Self.scheme.count,
            zip(bytes, Self.scheme).allSatisfy({ $0 | 0x20 == $1 })
        else { return nil }
        return Array(bytes.dropFirst(Self.scheme.count))
    }

    static func areEqual(_ value: RawSpan, _ bytes: [UInt8]) -> Bool {
        // Callers with certificates send none.
        if value.byteCount == 0 { return bytes.isEmpty }
        return BearerToken.areEqual(value, bytes)
    }
}
