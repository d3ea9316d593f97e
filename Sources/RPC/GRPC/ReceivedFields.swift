// Header fields of one call as they arrived, kept as bytes in one reused allocation. Nothing is
// decoded until someone asks, and most calls never do.

/// Names and values one after the other, each pair behind its two lengths.
struct ReceivedFields: ~Copyable {
    private var storage = ByteQueue()
    private(set) var count = 0

    init() {}

    mutating func removeAll() {
        storage.removeAll(keepingBytes: 4 * 1024)
        count = 0
    }

    mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        let lengths = storage.reserve(8)
        lengths.storeBytes(of: UInt32(name.count), as: UInt32.self)
        lengths.storeBytes(of: UInt32(value.count), toByteOffset: 4, as: UInt32.self)
        storage.commit(8)
        storage.append(name)
        storage.append(value)
        count += 1
    }

    /// Calls `body` for each field until it returns false.
    func forEach(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Bool) {
        var rest = storage.readable[...]
        while rest.count >= 8 {
            let lengths = UnsafeRawBufferPointer(rebasing: rest.prefix(8))
            let nameBytes = Int(lengths.loadUnaligned(as: UInt32.self))
            let valueBytes = Int(lengths.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            let field = rest.dropFirst(8)
            let name = UnsafeRawBufferPointer(rebasing: field.prefix(nameBytes))
            let value = UnsafeRawBufferPointer(
                rebasing: field.dropFirst(nameBytes).prefix(valueBytes))
            if !body(name, value) { return }
            rest = field.dropFirst(nameBytes + valueBytes)
        }
    }

    /// The first value of `name` as text.
    func text(_ name: StaticString) -> String? {
        var found: String?
        forEach { field, value in
            guard field.equals(name) else { return true }
            found = String(decoding: value, as: UTF8.self)
            return false
        }
        return found
    }

    /// Everything, decoded.
    func metadata() -> Metadata {
        var metadata = Metadata()
        forEach { name, value in
            metadata.addReceived(name: name, value: value)
            return true
        }
        return metadata
    }
}
