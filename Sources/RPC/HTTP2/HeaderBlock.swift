// How header fields reach the library. Names and values known at compile time are passed by their
// address in the binary and never copied; the rest are copied once into an arena that is reused.

internal import CNGHTTP2

/// The fields of one HEADERS frame being put together. Reused; `removeAll` between frames.
struct HeaderBlock: ~Copyable {
    private var fields: [nghttp2_nv] = []
    /// Where a field's bytes lie in `arena`, by index into `fields`; the arena may move while it
    /// grows, so pointers are filled in last.
    private var copied: [(index: Int, nameOffset: Int, valueOffset: Int)] = []
    private var arena = ByteQueue()

    init() { fields.reserveCapacity(16) }

    var count: Int { fields.count }

    mutating func removeAll() {
        fields.removeAll(keepingCapacity: true)
        copied.removeAll(keepingCapacity: true)
        arena.removeAll(keepingBytes: 64 * 1024)
    }

    mutating func append(_ name: StaticString, _ value: StaticString) {
        fields.append(Self.constant(name, value))
    }

    /// Copies `value`, which the caller need not keep.
    mutating func append(_ name: StaticString, copying value: UnsafeRawBufferPointer) {
        append(
            UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value)
    }

    mutating func append(_ name: StaticString, copying value: String) {
        var value = value
        value.withUTF8 { append(name, copying: UnsafeRawBufferPointer($0)) }
    }

    mutating func append(_ name: String, _ value: String) {
        var name = name
        var value = value
        name.withUTF8 { name in
            value.withUTF8 { value in
                append(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer(value))
            }
        }
    }

    mutating func append(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        copied.append((fields.count, arena.count, arena.count + name.count))
        arena.append(name)
        arena.append(value)
        fields.append(
            nghttp2_nv(
                name: nil, value: nil, namelen: name.count, valuelen: value.count,
                flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
    }

    /// The fields as the library wants them; valid during the call, which copies what it keeps.
    mutating func withFields<Result>(
        _ body: (UnsafePointer<nghttp2_nv>, Int) -> Result
    ) -> Result {
        let start = arena.readable.baseAddress.map {
            UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: UInt8.self))
        }
        if let start {
            for field in copied {
                fields[field.index].name = start + field.nameOffset
                fields[field.index].value = start + field.valueOffset
            }
        }
        // A block is never empty: `:status`, `:method` or `grpc-status` opens it.
        return fields.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped, $0.count) }
    }

    /// A field whose bytes live as long as the process: the library need not copy them.
    static func constant(_ name: StaticString, _ value: StaticString) -> nghttp2_nv {
        nghttp2_nv(
            name: UnsafeMutablePointer(mutating: name.utf8Start),
            value: UnsafeMutablePointer(mutating: value.utf8Start),
            namelen: name.utf8CodeUnitCount, valuelen: value.utf8CodeUnitCount,
            flags: UInt8(
                NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue))
    }
}

extension UnsafeRawBufferPointer {
    /// Byte-wise equality with a literal.
    @inline(__always)
    func equals(_ literal: StaticString) -> Bool {
        guard count == literal.utf8CodeUnitCount else { return false }
        return starts(withLiteral: literal)
    }

    /// Byte-wise equality but for the case of ASCII letters.
    func equalsIgnoringCase(_ other: UnsafeRawBufferPointer) -> Bool {
        func lower(_ byte: UInt8) -> UInt8 {
            byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
        }
        return elementsEqual(other) { lower($0) == lower($1) }
    }

    @inline(__always)
    func starts(withLiteral literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard count >= length, let baseAddress else { return length == 0 }
        let expected = literal.utf8Start
        let bytes = baseAddress.assumingMemoryBound(to: UInt8.self)
        for i in 0..<length where bytes[i] != expected[i] { return false }
        return true
    }
}
