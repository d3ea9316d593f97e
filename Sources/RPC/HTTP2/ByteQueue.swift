// Bytes between a socket, HTTP/2 and a call. One contiguous allocation that is reused: `head` moves
// on as bytes are taken, and the storage is compacted or doubled only when the tail meets its end.

/// A growing first-in-first-out run of bytes. Its owner bounds `count`; the queue itself does not.
struct ByteQueue: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private(set) var capacity = 0
    private var head = 0
    private var tail = 0

    init() {}

    deinit { base?.deallocate() }

    var count: Int { tail - head }
    var isEmpty: Bool { tail == head }

    /// The bytes in order. Valid until the next mutation.
    var readable: UnsafeRawBufferPointer {
        guard let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: base + head, count: tail - head)
    }

    /// Room for `byteCount` more bytes at the end; they belong to the queue once `commit`ted.
    @inline(__always)
    mutating func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer {
        if tail + byteCount > capacity { makeRoom(byteCount) }
        // `makeRoom` leaves an allocation; a zero-byte reservation on an empty queue needs one too.
        if base == nil { makeRoom(1) }
        return base.unsafelyUnwrapped + tail
    }

    @inline(__always)
    mutating func commit(_ byteCount: Int) { tail += byteCount }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count).copyMemory(from: start, byteCount: bytes.count)
        tail += bytes.count
    }

    mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    /// Drops the first `byteCount` bytes.
    @inline(__always)
    mutating func consume(_ byteCount: Int) {
        head += byteCount
        if head == tail {
            head = 0
            tail = 0
        }
    }

    /// Empties the queue and gives the storage back when it holds more than `keepingBytes`, so that
    /// one large message does not stay with a pooled object for ever.
    mutating func removeAll(keepingBytes: Int) {
        head = 0
        tail = 0
        if capacity > keepingBytes {
            base?.deallocate()
            base = nil
            capacity = 0
        }
    }

    private mutating func makeRoom(_ byteCount: Int) {
        let used = count
        if let base, head >= used, used + byteCount <= capacity {
            base.copyMemory(from: base + head, byteCount: used)
        } else {
            var grown = max(capacity * 2, 512)
            while grown < used + byteCount { grown *= 2 }
            let fresh = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
            if let base {
                fresh.copyMemory(from: base + head, byteCount: used)
                base.deallocate()
            }
            base = fresh
            capacity = grown
        }
        head = 0
        tail = used
    }
}
