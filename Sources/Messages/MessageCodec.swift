// Bytes of the wire <-> Swift values. protobuf-c's pointers live and die inside this module; what
// comes out has been checked: UTF-8, lengths, counts, ranges. Each service's messages are an extension
// in a file of their own.

public import Base
internal import CMessages

/// Encodes and decodes every message of `proto/`. Belongs to one thread (an event loop has one): it
/// reuses its memory from message to message.
public final class MessageCodec {
    let arena: Arena
    let limits: Limits
    /// Of a message whose identifiers were taken out.
    var remainder: [UInt8] = []

    public init(limits: Limits) {
        self.limits = limits
        arena = Arena(maxBytes: limits.maxDecodedBytes)
    }

    /// Protobuf-c's `..._unpack` of one message type.
    typealias Unpack<Message> = (
        UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?
    ) -> UnsafeMutablePointer<Message>?

    /// The message lives in the arena until the next one is decoded or encoded.
    func unpack<Message>(
        _ bytes: RawSpan, _ unpack: Unpack<Message>
    ) throws(Fault) -> UnsafeMutablePointer<Message> {
        arena.reset()
        guard bytes.byteCount <= limits.maxMessageBytes else {
            throw Fault(
                .resourceExhausted, reason: "MESSAGE_TOO_LARGE",
                "the message has \(bytes.byteCount) bytes, the limit is \(limits.maxMessageBytes)")
        }
        let unpacked = bytes.withUnsafeBytes { buffer in
            unpack(
                arena.allocator.assumingMemoryBound(to: ProtobufCAllocator.self), buffer.count,
                buffer.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        guard let unpacked else {
            if arena.isExhausted {
                throw Fault(
                    .resourceExhausted, reason: "MESSAGE_TOO_COMPLEX",
                    "the message needs more than \(limits.maxDecodedBytes) bytes when decoded")
            }
            throw Fault(
                .invalidArgument, reason: "MALFORMED_MESSAGE",
                "the message's bytes are not a protobuf message of the type the method takes")
        }
        return unpacked
    }

    /// The wire form of a message laid out in the arena.
    func pack<Message>(_ message: UnsafeMutablePointer<Message>) -> [UInt8] {
        let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
        let size = protobuf_c_message_get_packed_size(base)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = size == 0 ? 0 : protobuf_c_message_pack(base, buffer.baseAddress)
        }
    }
}
