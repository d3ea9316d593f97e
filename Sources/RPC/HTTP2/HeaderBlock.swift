// How header fields reach the library. Names and values known at compile time are passed by their
// address in the binary and never copied; the rest are copied once into an arena that is reused.

internal import CNGHTTP2

/// The fields of one HEADERS frame being put together. Reused; `removeAll` between frames.
struct HeaderBlock: ~Copyable {
    private var fields = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: 16)
    private var capacity = 16
    private(set) var count = 0
    /// Names and values that are not constants. Their fields hold offsets until `withFields`, as the
    /// arena may move while it grows.
    private var arena = ByteQueue()
    private var hasCopies = false

    init() {}

    deinit { fields.deallocate() }

    mutating func removeAll() {
        count = 0
        if hasCopies { arena.removeAll(keepingBytes: 64 * 1024) }
        hasCopies = false
    }

    private mutating func add(_ field: nghttp2_nv) {
        if count == capacity { grow() }
        (fields + count).initialize(to: field)
        count += 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: fields, count: count)
        fields.deallocate()
        fields = larger
        capacity *= 2
    }

    mutating func append(_ name: StaticString, _ value: StaticString) {
        add(Self.constant(name, value))
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
        hasCopies = true
        // Offsets, one greater than they are so that none is nil.
        let nameOffset = UnsafeMutablePointer<UInt8>(bitPattern: arena.count + 1)
        arena.append(name)
        let valueOffset = UnsafeMutablePointer<UInt8>(bitPattern: arena.count + 1)
        arena.append(value)
        add(
            nghttp2_nv(
                name: nameOffset, value: valueOffset, namelen: name.count,
                valuelen: value.count, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
    }

    /// The fields as the library wants them; valid during the call, which copies what it keeps. Once
    /// for a block.
    mutating func withFields<Result>(
        _ body: (UnsafePointer<nghttp2_nv>, Int) -> Result
    ) -> Result {
        if hasCopies, let start = arena.readable.baseAddress {
            let base = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
            for i in 0..<count where fields[i].flags == NGHTTP2_NV_FLAG_NONE.rawValue {
                fields[i].name = base + (Int(bitPattern: fields[i].name) - 1)
                fields[i].value = base + (Int(bitPattern: fields[i].value) - 1)
            }
        }
        return body(fields, count)
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
