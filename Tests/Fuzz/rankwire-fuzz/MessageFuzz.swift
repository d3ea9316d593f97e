// gRPC's framing and unpacking: the messages must not depend on where their bytes are cut.

@testable import RPC

enum MessageFuzz {
    private static let maxMessageBytes = 4_096
    // Safe: libFuzzer runs one input after the other on one thread.
    nonisolated(unsafe) private static let codec = MessageCodec()

    /// The first byte says how the rest is cut.
    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let first = bytes.first else { return }
        let body = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        let whole = messages(body, step: body.count)
        let pieces = messages(body, step: Int(first) + 1)
        precondition(whole == pieces, "where the bytes are cut changes the messages")
        var unpacked = ByteQueue()
        _ = codec.unpack(body, into: &unpacked, maxBytes: maxMessageBytes)
        if let packed = codec.pack(body).map({ Array($0) }) {
            let outcome = packed.withUnsafeBytes {
                codec.unpack($0, into: &unpacked, maxBytes: body.count)
            }
            precondition(outcome == .whole && unpacked.readable.elementsEqual(body))
        }
    }

    /// Every message with its flag, and a last entry for how it ended.
    private static func messages(_ bytes: UnsafeRawBufferPointer, step: Int) -> [[UInt8]] {
        var deframer = MessageDeframer(maxMessageBytes: maxMessageBytes)
        var found: [[UInt8]] = []
        var rest = bytes
        while !rest.isEmpty {
            var piece = UnsafeRawBufferPointer(rebasing: rest.prefix(step))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(step))
            reading: while true {
                switch deframer.next(&piece) {
                case .needsMore: break reading
                case .message(let isCompressed, let message):
                    found.append([isCompressed ? 1 : 0] + message)
                case .tooLarge, .badFlags: return found + [[0xFF]]
                }
            }
        }
        return found
    }
}
