// Rows of a reply. Each is a message of a few small fields, and there are many: protobuf-c, which walks
// a descriptor twice for each, takes ten times as long as writing them.

internal import CMessages

/// Writes protobuf's wire format from the end to the front, so that the length of a message is known
/// when it is its turn. Fields are written in falling order; those that have their default are left
/// out, as proto3 has it.
struct WireWriter {
    private let start: UnsafeMutablePointer<UInt8>
    private(set) var next: UnsafeMutablePointer<UInt8>

    /// Writes before `end`, and never before `start`.
    init(start: UnsafeMutablePointer<UInt8>, end: UnsafeMutablePointer<UInt8>) {
        self.start = start
        next = end
    }

    @inline(__always)
    private mutating func take(_ count: Int) {
        precondition(next - start >= count, "a row is larger than was said")
        next -= count
    }

    @inline(__always)
    private mutating func varint(_ value: UInt64) {
        if value < 0x80 {
            take(1)
            next[0] = UInt8(truncatingIfNeeded: value)
        } else {
            longVarint(value)
        }
    }

    private mutating func longVarint(_ value: UInt64) {
        let count = (70 - (value | 1).leadingZeroBitCount) / 7
        take(count)
        var rest = value
        for i in 0..<count - 1 {
            next[i] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
        }
        next[count - 1] = UInt8(truncatingIfNeeded: rest)
    }

    private enum WireType: Int {
        case varint = 0
        case bytes = 2
        case fixed32 = 5
    }

    private mutating func tag(_ number: Int, _ type: WireType) {
        varint(UInt64(number << 3 | type.rawValue))
    }

    mutating func field(_ number: Int, _ value: Int) {
        if value == 0 { return }
        varint(UInt64(bitPattern: Int64(value)))
        tag(number, .varint)
    }

    mutating func field(_ number: Int, _ value: Float) {
        if value == 0 { return }
        take(4)
        UnsafeMutableRawPointer(next).storeBytes(of: value.bitPattern.littleEndian, as: UInt32.self)
        tag(number, .fixed32)
    }

    mutating func field(_ number: Int, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
            take(bytes.count)
            next.update(from: source, count: bytes.count)
            varint(UInt64(bytes.count))
            tag(number, .bytes)
        }
    }

    /// Of a packed repeated field.
    mutating func packed(_ number: Int, _ values: [Int]) {
        if values.isEmpty { return }
        let end = next
        for value in values.reversed() { varint(UInt64(bitPattern: Int64(value))) }
        varint(UInt64(end - next))
        tag(number, .bytes)
    }

    /// A message, present even when all of it is left out.
    /// - Parameter byteCount: of its last fields, which lie behind already.
    mutating func message(
        _ number: Int, endingWith byteCount: Int = 0, _ fill: (inout WireWriter) -> Void
    ) {
        let end = next + byteCount
        fill(&self)
        varint(UInt64(end - next))
        tag(number, .bytes)
    }

    mutating func message(_ number: Int, _ info: TextInfo?) {
        guard let info else { return }
        message(number) { writer in
            writer.field(2, info.truncated ? 1 : 0)
            writer.field(1, info.tokenCount)
        }
    }
}

extension MessageCodec {
    /// Hands out the wire form of a message laid out in the arena with what `fill` writes before it:
    /// fields of the same message whose numbers are lower, and messages around it.
    /// - Parameters:
    ///   - maxFrontBytes: what `fill` writes at most.
    ///   - fill: gets the size of the message.
    ///   - body: the bytes lie in the arena until the next message.
    func pack<Message, Result>(
        _ message: UnsafeMutablePointer<Message>, maxFrontBytes: Int,
        _ fill: (inout WireWriter, Int) -> Void, _ body: (RawSpan) -> Result
    ) -> Result {
        let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
        let size = protobuf_c_message_get_packed_size(base)
        let memory = arena.makeScratch(byteCount: maxFrontBytes + size)
        let end = memory + maxFrontBytes
        protobuf_c_message_pack(base, end)
        var writer = WireWriter(start: memory, end: end)
        fill(&writer, size)
        let bytes = UnsafeRawBufferPointer(start: writer.next, count: end - writer.next + size)
        return body(bytes.bytes)
    }

    /// The same as an array.
    func pack<Message>(
        _ message: UnsafeMutablePointer<Message>, maxFrontBytes: Int,
        _ fill: (inout WireWriter, Int) -> Void
    ) -> [UInt8] {
        pack(message, maxFrontBytes: maxFrontBytes, fill) { bytes in
            bytes.withUnsafeBytes { Array($0) }
        }
    }
}
