/// Finds the row of an identifier by its UTF-8 bytes, so that looking up a candidate of a request
/// makes no String. Open addressing with linear probing at a load of at most one half over FNV-1a.
/// Who may add rows is the operator, never a caller: probe lengths need no secret seed.
struct IdIndex: Sendable {
    private let bytes: [UInt8]
    /// Row r is `bytes[ends[r - 1]..<ends[r]]`.
    private let ends: [Int]
    /// Row + 1, or 0 for a free slot; a power of two of them.
    private let slots: [Int32]

    /// The first row wins where an identifier repeats.
    init(_ ids: some Collection<String>) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        ends.reserveCapacity(ids.count)
        for id in ids {
            bytes.append(contentsOf: id.utf8)
            ends.append(bytes.count)
        }
        var slotCount = 16
        while slotCount < ids.count * 2 { slotCount *= 2 }
        var slots = [Int32](repeating: 0, count: slotCount)
        for row in ends.indices {
            let start = row == 0 ? 0 : ends[row - 1]
            let id = bytes.span.extracting(start..<ends[row])
            let (slot, found) = Self.probe(id, bytes: bytes, ends: ends, slots: slots)
            if found == nil { slots[slot] = Int32(row + 1) }
        }
        self.bytes = bytes
        self.ends = ends
        self.slots = slots
    }

    func row(of id: Span<UInt8>) -> Int? {
        Self.probe(id, bytes: bytes, ends: ends, slots: slots).row
    }

    func row(of id: String) -> Int? { row(of: id.utf8.span) }

    /// The slot where `id` is or belongs, and its row where it is.
    private static func probe(
        _ id: Span<UInt8>, bytes: [UInt8], ends: [Int], slots: [Int32]
    ) -> (slot: Int, row: Int?) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: FNV1a.hash(id)) & mask
        while slots[slot] != 0 {
            let row = Int(slots[slot]) - 1
            let start = row == 0 ? 0 : ends[row - 1]
            if ends[row] - start == id.count, equal(id, bytes, from: start) { return (slot, row) }
            slot = (slot + 1) & mask
        }
        return (slot, nil)
    }

    private static func equal(_ id: Span<UInt8>, _ bytes: [UInt8], from start: Int) -> Bool {
        for i in id.indices where id[i] != bytes[start + i] { return false }
        return true
    }
}

/// FNV-1a, 64 bits (draft-eastlake-fnv), for tables whose keys the operator chooses.
enum FNV1a {
    static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for i in bytes.indices { hash = (hash ^ UInt64(bytes[i])) &* 0x100_0000_01b3 }
        // The low bits mix the last bytes little, and tables take the low bits.
        return hash ^ (hash >> 32)
    }
}
