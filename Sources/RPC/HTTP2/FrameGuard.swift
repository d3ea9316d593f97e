// Reads the heads of a client's frames before the library does, for the rules that the library does
// not hold: frames on streams that the client itself has ended (RFC 9113, section 5.1), stream ids
// that go down (5.1.1), frames too small for their flags (4.2), too many CONTINUATIONs however the
// bytes are cut. It also knows whether something is only half there.
//
// Everything is judged by what the client sent alone. What the server did to a stream does not matter:
// a client that ended a stream and goes on is wrong in any case, and one that has not yet heard of a
// reset is right.

/// Confined to its session.
struct FrameGuard: ~Copyable {
    enum Fault {
        case protocolError, streamClosed, frameSize
        case tooManyContinuations
    }

    private enum Past: UInt8 {
        case unused, open, ended
    }

    /// Streams remembered; older ones are left to the library, which ignores what comes for them.
    private static let remembered: UInt32 = 256
    /// PRI * HTTP/2.0 and so on (section 3.4).
    private static let prefaceBytes = 24

    private let maxContinuations: Int
    private let past: UnsafeMutablePointer<Past>
    private var lastStream: UInt32 = 0
    private var skipped = FrameGuard.prefaceBytes
    private var head: (UInt64, UInt8) = (0, 0)
    private var headCount = 0
    private var isInBlock = false
    private var continuations = 0
    /// Frames, or whole header blocks, that have arrived.
    private(set) var completed = 0

    init(maxContinuations: Int) {
        self.maxContinuations = maxContinuations
        past = .allocate(capacity: Int(Self.remembered))
        past.initialize(repeating: .unused, count: Int(Self.remembered))
    }

    deinit { past.deallocate() }

    /// A frame or a header block has begun and not ended.
    var isMidway: Bool { skipped > 0 || headCount > 0 || isInBlock }

    /// Looks at the next bytes.
    /// - Returns: how many the library may see, and what is wrong with the frame behind them.
    mutating func check(_ bytes: UnsafeRawBufferPointer) -> (passed: Int, fault: Fault?) {
        var position = 0
        while position < bytes.count {
            if skipped > 0 {
                let step = min(skipped, bytes.count - position)
                skipped -= step
                position += step
                if skipped == 0 { finishFrame() }
                continue
            }
            let start = position
            if headCount == 0, bytes.count - position >= frameHeaderBytes {
                head.0 = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                head.1 = bytes[position + 8]
                position += frameHeaderBytes
            } else if !gather(bytes[position]) {
                position += 1
                continue
            } else {
                position += 1
            }
            if let fault = judge() { return (start, fault) }
        }
        return (bytes.count, nil)
    }

    /// One byte of a head that is cut.
    /// - Returns: whether it was the last.
    private mutating func gather(_ byte: UInt8) -> Bool {
        if headCount == 0 { head = (0, 0) }
        if headCount < 8 {
            // The same order as a load from memory has on this machine.
            withUnsafeMutableBytes(of: &head.0) { $0[headCount] = byte }
        } else {
            head.1 = byte
        }
        headCount += 1
        return headCount == frameHeaderBytes
    }

    private mutating func finishFrame() {
        if !isInBlock { completed &+= 1 }
    }

    /// The head in `head` is whole (section 4.1).
    private mutating func judge() -> Fault? {
        headCount = 0
        let first = UInt64(bigEndian: head.0)
        let length = Int(first >> 40)
        let kind = UInt8(truncatingIfNeeded: first >> 32)
        let flags = UInt8(truncatingIfNeeded: first >> 24)
        let stream = UInt32(truncatingIfNeeded: first << 8 | UInt64(head.1)) & 0x7FFF_FFFF
        let fault = judge(kind, flags, stream, length)
        skipped = length
        if length == 0 { finishFrame() }
        return fault
    }

    private mutating func judge(
        _ kind: UInt8, _ flags: UInt8, _ stream: UInt32, _ length: Int
    ) -> Fault? {
        if isInBlock || kind == Kind.continuation { return judgeContinuation(kind, flags) }
        switch kind {
        case Kind.data, Kind.headers:
            let needed =
                (flags & Flag.padded == 0 ? 0 : 1)
                + (kind == Kind.headers && flags & Flag.priority != 0 ? 5 : 0)
            if length < needed { return .frameSize }
            if kind == Kind.headers {
                isInBlock = flags & Flag.endHeaders == 0
                continuations = 0
            }
            return judgeContent(isHeaders: kind == Kind.headers, flags, stream)
        case Kind.resetStream:
            if remembers(stream), past[slot(stream)] == .open { past[slot(stream)] = .ended }
            return nil
        default:
            return nil
        }
    }

    /// What is not a CONTINUATION here, or is one where none belongs, is the library's to refuse.
    private mutating func judgeContinuation(_ kind: UInt8, _ flags: UInt8) -> Fault? {
        guard isInBlock, kind == Kind.continuation else { return nil }
        if flags & Flag.endHeaders != 0 { isInBlock = false }
        continuations += 1
        return continuations > maxContinuations ? .tooManyContinuations : nil
    }

    private mutating func judgeContent(
        isHeaders: Bool, _ flags: UInt8, _ stream: UInt32
    ) -> Fault? {
        // Stream 0 and even ids are the library's to refuse.
        if stream & 1 == 0 { return nil }
        if stream > lastStream {
            if !isHeaders { return nil }
            advance(to: stream)
        } else if remembers(stream) {
            switch past[slot(stream)] {
            case .unused: return .protocolError
            case .ended: return .streamClosed
            case .open: break
            }
        } else {
            return nil
        }
        if flags & Flag.endStream != 0 { past[slot(stream)] = .ended }
        return nil
    }

    private mutating func advance(to stream: UInt32) {
        // Ids that are passed over can never be used (section 5.1.1).
        var next = lastStream == 0 ? 1 : lastStream + 2
        if stream - next >= 2 * Self.remembered { next = stream - 2 * (Self.remembered - 1) }
        while next < stream {
            past[slot(next)] = .unused
            next += 2
        }
        past[slot(stream)] = .open
        lastStream = stream
    }

    private func remembers(_ stream: UInt32) -> Bool {
        stream & 1 == 1 && stream <= lastStream && lastStream - stream < 2 * Self.remembered
    }

    private func slot(_ stream: UInt32) -> Int { Int(stream >> 1 & (Self.remembered - 1)) }

    private enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let resetStream: UInt8 = 3
        static let continuation: UInt8 = 9
    }

    private enum Flag {
        static let endStream: UInt8 = 0x1
        static let endHeaders: UInt8 = 0x4
        static let padded: UInt8 = 0x8
        static let priority: UInt8 = 0x20
    }
}
