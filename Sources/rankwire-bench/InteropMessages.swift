// The messages of grpc.testing (grpc/src/proto/grpc/testing/messages.proto), as far as the interop
// cases use them, read and written by hand: a generated codec would be larger than the service.

import Base

/// Fields of one protobuf message in the order they come (protobuf's "Encoding" page).
struct WireReader {
    enum Value {
        case number(UInt64)
        case bytes(UnsafeRawBufferPointer)
    }

    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    /// The next field of wire type 0 or 2; others are passed over. Nil at the end.
    mutating func next() throws(Fault) -> (field: Int, value: Value)? {
        while !rest.isEmpty {
            let key = try varint()
            switch key & 7 {
            case 0: return (Int(key >> 3), .number(try varint()))
            case 1: _ = try take(8)
            case 2: return (Int(key >> 3), .bytes(try take(try varint())))
            case 5: _ = try take(4)
            default: throw Self.malformed
            }
        }
        return nil
    }

    private mutating func varint() throws(Fault) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try take(1)[0]
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Self.malformed
    }

    private mutating func take(_ count: UInt64) throws(Fault) -> UnsafeRawBufferPointer {
        guard count <= UInt64(rest.count) else { throw Self.malformed }
        let taken = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(count)))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Int(count)))
        return taken
    }

    private static let malformed = Fault.invalid("request", "is no protobuf message")
}

/// EchoStatus: how the call is to end.
struct InteropStatus {
    var code = StatusCode.ok
    var message = ""

    init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .number(let code)):
                self.code = StatusCode(rawValue: Int32(truncatingIfNeeded: code)) ?? .unknown
            case (2, .bytes(let text)): message = String(decoding: text, as: UTF8.self)
            default: continue
            }
        }
    }
}

/// ResponseParameters: one reply.
struct InteropReply {
    var size = 0
    var intervalMicros = 0
    var isCompressed = false

    init() {}

    init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .number(let size)): self.size = try Self.checked(size)
            case (2, .number(let micros)):
                // A minute is more than any case asks for.
                intervalMicros = Int(min(micros, 60_000_000))
            case (3, .bytes(let flag)): isCompressed = try Self.flag(flag)
            default: continue
            }
        }
    }

    private static let maxBytes: UInt64 = 16 * 1024 * 1024

    static func checked(_ size: UInt64) throws(Fault) -> Int {
        guard size <= maxBytes else {
            throw .invalid("response_size", "is negative or more than \(maxBytes)")
        }
        return Int(size)
    }

    /// BoolValue.
    static func flag(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> Bool {
        var reader = WireReader(bytes)
        var isSet = false
        while let (field, value) = try reader.next() {
            if field == 1, case .number(let number) = value { isSet = number != 0 }
        }
        return isSet
    }
}

/// SimpleRequest, StreamingInputCallRequest and StreamingOutputCallRequest: what they have in common
/// has different numbers, so each kind names its own.
struct InteropRequest {
    var replies: [InteropReply] = []
    /// Bytes in `payload.body`.
    var payloadBytes = 0
    var expectsCompressed: Bool?
    var status: InteropStatus?

    /// SimpleRequest, whose one reply is always in `replies`.
    static func simple(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> InteropRequest {
        var request = InteropRequest()
        var reply = InteropReply()
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (2, .number(let size)): reply.size = try InteropReply.checked(size)
            case (3, .bytes(let payload)): request.payloadBytes = try bodyBytes(payload)
            case (6, .bytes(let flag)): reply.isCompressed = try InteropReply.flag(flag)
            case (7, .bytes(let status)): request.status = try InteropStatus(status)
            case (8, .bytes(let flag)): request.expectsCompressed = try InteropReply.flag(flag)
            default: continue
            }
        }
        request.replies = [reply]
        return request
    }

    static func streamingInput(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> InteropRequest {
        var request = InteropRequest()
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let payload)): request.payloadBytes = try bodyBytes(payload)
            case (2, .bytes(let flag)): request.expectsCompressed = try InteropReply.flag(flag)
            default: continue
            }
        }
        return request
    }

    static func streamingOutput(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> InteropRequest {
        var request = InteropRequest()
        var reader = WireReader(bytes)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (2, .bytes(let reply)): request.replies.append(try InteropReply(reply))
            case (3, .bytes(let payload)): request.payloadBytes = try bodyBytes(payload)
            case (7, .bytes(let status)): request.status = try InteropStatus(status)
            default: continue
            }
        }
        return request
    }

    private static func bodyBytes(_ payload: UnsafeRawBufferPointer) throws(Fault) -> Int {
        var reader = WireReader(payload)
        var count = 0
        while let (field, value) = try reader.next() {
            if field == 2, case .bytes(let body) = value { count = body.count }
        }
        return count
    }
}

/// Replies as bytes.
enum InteropEncoding {
    /// SimpleResponse or StreamingOutputCallResponse with a body of `size` zeros: both have the
    /// payload in field 1, and a payload its body in field 2.
    static func payload(size: Int) -> [UInt8] {
        let body = size == 0 ? [] : [0x12] + varint(size) + [UInt8](repeating: 0, count: size)
        return [0x0A] + varint(body.count) + body
    }

    /// StreamingInputCallResponse.
    static func aggregate(_ total: Int) -> [UInt8] { total == 0 ? [] : [0x08] + varint(total) }

    private static func varint(_ value: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = UInt64(value)
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
