// Memory of one message, thrown away as a whole: protobuf-c decodes into it, and replies are laid out
// in it before they are packed. After the first few messages it asks the system for nothing.

internal import CMessages

/// A bump allocator. Belongs to one `MessageCodec`, so to one thread.
final class Arena {
    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var chunkIndex = 0
    private var offset = 0
    private var allocated = 0
    private let maxBytes: Int
    private(set) var isExhausted = false
    /// For protobuf-c; valid as long as the arena, whose address it holds unretained.
    private let allocatorStorage: UnsafeMutablePointer<ProtobufCAllocator>

    private static let chunkBytes = 64 * 1024
    /// What stays for the next message; a rare huge one gives its memory back.
    private static let keptBytes = 1024 * 1024
    private static let alignment = 16

    /// - Parameter maxBytes: a message that needs more is refused: two bytes of wire can become a
    ///   hundred in memory, and the message limit alone does not bound that.
    init(maxBytes: Int) {
        self.maxBytes = maxBytes
        allocatorStorage = .allocate(capacity: 1)
        allocatorStorage.initialize(to: ProtobufCAllocator())
        allocatorStorage.pointee.alloc = { context, size in
            Unmanaged<Arena>.fromOpaque(context!)._withUnsafeGuaranteedRef {
                $0.allocateOrNil(size)
            }
        }
        allocatorStorage.pointee.free = { _, _ in }
        allocatorStorage.pointee.allocator_data = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        for chunk in chunks { chunk.deallocate() }
        allocatorStorage.deallocate()
    }

    /// `ProtobufCAllocator *` without its type, which stays out of this file's border.
    var allocator: UnsafeMutableRawPointer { UnsafeMutableRawPointer(allocatorStorage) }

    /// Forgets everything handed out.
    func reset() {
        while allocated > Self.keptBytes, let chunk = chunks.popLast() {
            allocated -= chunk.count
            chunk.deallocate()
        }
        chunkIndex = 0
        offset = 0
        isExhausted = false
    }

    /// nil past `maxBytes`, which protobuf-c reports as a failed unpack.
    private func allocateOrNil(_ size: Int) -> UnsafeMutableRawPointer? {
        let rounded = (max(size, 1) + Self.alignment - 1) & ~(Self.alignment - 1)
        while chunkIndex < chunks.count {
            let chunk = chunks[chunkIndex]
            if offset + rounded <= chunk.count {
                defer { offset += rounded }
                return chunk.baseAddress! + offset
            }
            chunkIndex += 1
            offset = 0
        }
        let bytes = max(rounded, Self.chunkBytes)
        guard allocated + bytes <= maxBytes else {
            isExhausted = true
            return nil
        }
        let chunk = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bytes, alignment: Self.alignment)
        chunks.append(chunk)
        allocated += bytes
        offset = rounded
        return chunk.baseAddress!
    }

    /// For what this process lays out itself, whose size its own limits bound; not subject to
    /// `maxBytes`.
    private func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        if let memory = allocateOrNil(size) { return memory }
        let chunk = UnsafeMutableRawBufferPointer.allocate(
            byteCount: size, alignment: Self.alignment)
        chunks.append(chunk)
        allocated += size
        chunkIndex = chunks.count
        return chunk.baseAddress!
    }

    /// Memory to write to, not initialised.
    func makeScratch(byteCount: Int) -> UnsafeMutablePointer<UInt8> {
        allocate(byteCount).bindMemory(to: UInt8.self, capacity: byteCount)
    }

    /// A message in its initial state. `initialise` is protobuf-c's `..._init`.
    func make<Message>(
        _ initialise: (UnsafeMutablePointer<Message>?) -> Void
    ) -> UnsafeMutablePointer<Message> {
        let message = allocate(MemoryLayout<Message>.size).assumingMemoryBound(to: Message.self)
        initialise(message)
        return message
    }

    /// The field `repeated Message`: `fill` gets each message with its index.
    func makeArray<Message>(
        _ count: Int, _ initialise: (UnsafeMutablePointer<Message>?) -> Void,
        fill: (UnsafeMutablePointer<Message>, Int) -> Void
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message>?>? {
        if count == 0 { return nil }
        let stride = MemoryLayout<UnsafeMutablePointer<Message>?>.stride
        let array = allocate(count * stride)
            .bindMemory(to: UnsafeMutablePointer<Message>?.self, capacity: count)
        for i in 0..<count {
            let message = make(initialise)
            fill(message, i)
            (array + i).initialize(to: message)
        }
        return array
    }

    /// The field `repeated string`.
    func makeStrings(_ strings: [String]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
        makeBinaries(strings.count) { makeString(strings[$0]) }
    }

    /// The field `repeated bytes`.
    func makeByteArrays(_ arrays: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
        makeBinaries(arrays.count) { arrays[$0].withUnsafeBytes(makeBytes) }
    }

    private func makeBinaries(
        _ count: Int, _ element: (Int) -> ProtobufCBinaryData
    ) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
        if count == 0 { return nil }
        let array = allocate(count * MemoryLayout<ProtobufCBinaryData>.stride)
            .bindMemory(to: ProtobufCBinaryData.self, capacity: count)
        for i in 0..<count { (array + i).initialize(to: element(i)) }
        return array
    }

    func makeString(_ string: String) -> ProtobufCBinaryData {
        var string = string
        return string.withUTF8 { makeBytes(UnsafeRawBufferPointer($0)) }
    }

    func makeBytes(_ bytes: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
        if bytes.isEmpty { return ProtobufCBinaryData(len: 0, data: nil) }
        let copy = allocate(bytes.count)
        copy.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        return ProtobufCBinaryData(
            len: bytes.count, data: copy.assumingMemoryBound(to: UInt8.self))
    }

    /// NUL-terminated, for keys and values of maps.
    func makeCString(_ string: String) -> UnsafeMutablePointer<CChar> {
        let utf8 = string.utf8CString
        let copy = allocate(utf8.count).bindMemory(to: CChar.self, capacity: utf8.count)
        for (i, byte) in utf8.enumerated() { copy[i] = byte }
        return copy
    }

    func makeFloats(_ floats: [Float]) -> UnsafeMutablePointer<Float>? { makeNumbers(floats) }

    func makeUInt32s(_ numbers: [UInt32]) -> UnsafeMutablePointer<UInt32>? { makeNumbers(numbers) }

    func makeNumbers<Number: BitwiseCopyable>(
        _ numbers: [Number]
    ) -> UnsafeMutablePointer<Number>? {
        if numbers.isEmpty { return nil }
        let copy = allocate(numbers.count * MemoryLayout<Number>.stride)
            .bindMemory(to: Number.self, capacity: numbers.count)
        copy.initialize(from: numbers, count: numbers.count)
        return copy
    }
}
