/// Walks over the fields of a message (protobuf.dev, "Encoding").
struct FieldReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var next = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// nil where there is none.
    mutating func varint() -> UInt64? {
        guard next < bytes.count else { return nil }
        let first = bytes[next]
        next += 1
        if first < 0x80 { return UInt64(first) }
        var value = UInt64(first & 0x7F)
        for shift in stride(from: UInt64(7), to: 64, by: 7) {
            guard next < bytes.count else { return nil }
            let byte = bytes[next]
            next += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    /// Where the content of a field with a length lies; nil where it is not whole or a group.
    mutating func skip(wireType: UInt64) -> Range<Int>? {
        let start = next
        switch wireType {
        case 0:
            guard varint() != nil else { return nil }
        case 1: next += 8
        case 2:
            guard let count = varint(), count <= UInt64(bytes.count - next) else { return nil }
            let content = next..<next + Int(count)
            next = content.upperBound
            return content
        case 5: next += 4
        default: return nil
        }
        return next <= bytes.count ? start..<next : nil
    }
}
