// gzip and deflate by zlib. One codec serves a whole loop: a message is packed or unpacked in one go,
// so no state is kept between messages and none per call.

internal import CZlib

/// `grpc-encoding` values understood here.
enum MessageEncoding {
    case identity, gzip, deflate

    static let accepted: StaticString = "identity,deflate,gzip"

    init?(_ name: UnsafeRawBufferPointer) {
        if name.equals("identity") {
            self = .identity
        } else if name.equals("gzip") {
            self = .gzip
        } else if name.equals("deflate") {
            self = .deflate
        } else {
            return nil
        }
    }
}

/// Confined to one loop.
final class MessageCodec {
    enum Unpacked { case whole, tooLarge, damaged }

    private static let keptBytes = 256 * 1024
    private static let stepBytes = 16 * 1024
    private var inflater: UnsafeMutablePointer<z_stream>?
    private var deflater: UnsafeMutablePointer<z_stream>?
    private var packed = ByteQueue()

    init() {}

    deinit {
        if let inflater {
            inflateEnd(inflater)
            inflater.deallocate()
        }
        if let deflater {
            deflateEnd(deflater)
            deflater.deallocate()
        }
    }

    /// Unpacks gzip or zlib format, whichever the bytes say, into `output`, which is emptied first.
    /// Stops as soon as more than `maxBytes` come out, whatever the input would still expand to.
    func unpack(
        _ message: UnsafeRawBufferPointer, into output: inout ByteQueue, maxBytes: Int
    ) -> Unpacked {
        output.removeAll(keepingBytes: Self.keptBytes)
        guard let stream = readyInflater() else { return .damaged }
        stream.pointee.next_in = Self.input(message)
        stream.pointee.avail_in = UInt32(message.count)
        while true {
            let code = Self.step(stream, &output) { inflate($0, Z_NO_FLUSH) }
            if output.count > maxBytes { return .tooLarge }
            if code == Z_STREAM_END {
                // Bytes after the end belong to no message.
                return stream.pointee.avail_in == 0 ? .whole : .damaged
            }
            if code != Z_OK { return .damaged }
        }
    }

    /// Packs in gzip format. Valid until the next `pack`. Nil when zlib is out of memory: the caller
    /// sends the message as it is.
    func pack(_ message: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        packed.removeAll(keepingBytes: Self.keptBytes)
        guard let stream = readyDeflater() else { return nil }
        stream.pointee.next_in = Self.input(message)
        stream.pointee.avail_in = UInt32(message.count)
        while true {
            let code = Self.step(stream, &packed) { deflate($0, Z_FINISH) }
            if code == Z_STREAM_END { return packed.readable }
            if code != Z_OK { return nil }
        }
    }

    private static func step(
        _ stream: UnsafeMutablePointer<z_stream>, _ output: inout ByteQueue,
        _ run: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> Int32 {
        let room = output.reserve(stepBytes)
        stream.pointee.next_out = room.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(stepBytes)
        let code = run(stream)
        output.commit(stepBytes - Int(stream.pointee.avail_out))
        return code
    }

    private func readyInflater() -> UnsafeMutablePointer<z_stream>? {
        if let inflater { return inflateReset(inflater) == Z_OK ? inflater : nil }
        let stream = Self.makeStream()
        // 15: the largest window; 32: gzip or zlib by the first bytes (zlib.h, inflateInit2).
        let code = inflateInit2_(
            stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        inflater = Self.kept(stream, code)
        return inflater
    }

    private func readyDeflater() -> UnsafeMutablePointer<z_stream>? {
        if let deflater { return deflateReset(deflater) == Z_OK ? deflater : nil }
        let stream = Self.makeStream()
        // 15: the largest window; 16: gzip format; 8: zlib's default memory level.
        let code = deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY,
            ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        deflater = Self.kept(stream, code)
        return deflater
    }

    private static func makeStream() -> UnsafeMutablePointer<z_stream> {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        return stream
    }

    private static func kept(
        _ stream: UnsafeMutablePointer<z_stream>, _ code: Int32
    ) -> UnsafeMutablePointer<z_stream>? {
        if code == Z_OK { return stream }
        stream.deallocate()
        return nil
    }

    private static func input(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutablePointer<UInt8>? {
        bytes.baseAddress.map {
            UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: UInt8.self))
        }
    }
}
