// HTTP/2 frames as bytes, put together and taken apart without the library under test.

import CNGHTTP2

/// One frame (RFC 9113, section 4.1).
struct RawFrame: Equatable {
    enum Kind: UInt8 {
        case data, headers, priority, resetStream, settings, pushPromise, ping, goAway
        case windowUpdate, continuation
    }

    static let endStream: UInt8 = 0x1
    static let acknowledge: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    var kind: UInt8
    var flags: UInt8
    var stream: UInt32
    var payload: [UInt8]

    init(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) {
        self.kind = kind.rawValue
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    var bytes: [UInt8] {
        let length = UInt32(payload.count)
        return [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)]
            + [kind, flags] + Self.bigEndian(stream) + payload
    }

    var endsStream: Bool { flags & Self.endStream != 0 && kind <= 1 }

    /// The 32-bit code of RST_STREAM, or of GOAWAY behind its stream id.
    var errorCode: UInt32 {
        let start = kind == Kind.goAway.rawValue ? 4 : 0
        return payload[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    func isA(_ kind: Kind) -> Bool { self.kind == kind.rawValue }

    /// Every whole frame of `bytes`; the rest is what was cut.
    static func parse(_ bytes: [UInt8]) -> (frames: [RawFrame], rest: [UInt8]) {
        var frames: [RawFrame] = []
        var rest = bytes[...]
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            if rest.count < 9 + length { break }
            var frame = RawFrame(
                .data, flags: head[4],
                stream: head[5..<9].reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF,
                Array(rest.dropFirst(9).prefix(length)))
            frame.kind = head[3]
            frames.append(frame)
            rest = rest.dropFirst(9 + length)
        }
        return (frames, Array(rest))
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(value >> $0 & 0xFF) }
    }

    // MARK: Common frames

    static let settings = RawFrame(.settings)

    static func headers(
        _ stream: UInt32, _ fields: [(String, String)], endStream: Bool = false,
        endHeaders: Bool = true
    ) -> RawFrame {
        RawFrame(
            .headers,
            flags: (endStream ? Self.endStream : 0) | (endHeaders ? Self.endHeaders : 0),
            stream: stream, block(fields))
    }

    static func data(_ stream: UInt32, _ bytes: [UInt8], endStream: Bool = false) -> RawFrame {
        RawFrame(.data, flags: endStream ? Self.endStream : 0, stream: stream, bytes)
    }

    static func reset(_ stream: UInt32, _ code: UInt32) -> RawFrame {
        RawFrame(.resetStream, stream: stream, bigEndian(code))
    }

    static func windowUpdate(_ stream: UInt32, _ bytes: UInt32) -> RawFrame {
        RawFrame(.windowUpdate, stream: stream, bigEndian(bytes))
    }

    /// Literal fields without indexing (RFC 7541, section 6.2.2), so that no state is needed.
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { name, value in
            [0] + string(name) + string(value)
        }
    }

    private static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        if bytes.count < 127 { return [UInt8(bytes.count)] + bytes }
        // RFC 7541, section 5.1: an integer with a 7-bit prefix.
        var length: [UInt8] = [127]
        var left = bytes.count - 127
        while left >= 128 {
            length.append(UInt8(left & 127) | 128)
            left >>= 7
        }
        return length + [UInt8(left)] + bytes
    }

    /// A gRPC request's header.
    static func call(
        _ stream: UInt32, _ path: String, extra: [(String, String)] = [], endStream: Bool = false
    ) -> RawFrame {
        headers(
            stream,
            [
                (":method", "POST"), (":scheme", "http"), (":path", path),
                (":authority", "test"), ("te", "trailers"),
                ("content-type", "application/grpc"),
            ] + extra, endStream: endStream)
    }

    /// A length-prefixed message.
    static func message(_ bytes: [UInt8], flags: UInt8 = 0) -> [UInt8] {
        [flags] + bigEndian(UInt32(bytes.count)) + bytes
    }
}

/// HPACK with its state, to read what a server sent.
final class FieldReader {
    private var inflater: OpaquePointer?

    /// - Parameter tableBytes: what the dynamic table may hold (RFC 7541, section 4.2).
    init(tableBytes: Int = 4_096) {
        let code = nghttp2_hd_inflate_new(&inflater)
        precondition(code == 0)
        let resized = nghttp2_hd_inflate_change_table_size(inflater, tableBytes)
        precondition(resized == 0)
    }

    deinit { nghttp2_hd_inflate_del(inflater) }

    func read(_ frame: RawFrame) -> [String: String] {
        var fields: [String: String] = [:]
        var rest = frame.payload[...]
        while true {
            var field = nghttp2_nv()
            var flags: Int32 = 0
            let used = Array(rest).withUnsafeBufferPointer {
                nghttp2_hd_inflate_hd2(inflater, &field, &flags, $0.baseAddress, $0.count, 1)
            }
            precondition(used >= 0, "HPACK error \(used)")
            rest = rest.dropFirst(used)
            if flags & Int32(NGHTTP2_HD_INFLATE_EMIT.rawValue) != 0 {
                let name = UnsafeBufferPointer(start: field.name, count: field.namelen)
                let value = UnsafeBufferPointer(start: field.value, count: field.valuelen)
                fields[String(decoding: name, as: UTF8.self)] = String(
                    decoding: value, as: UTF8.self)
            }
            if flags & Int32(NGHTTP2_HD_INFLATE_FINAL.rawValue) != 0 {
                nghttp2_hd_inflate_end_headers(inflater)
                return fields
            }
        }
    }
}
