/// Remembers a number per identifier, looked up by its bytes without making a String. Emptied when
/// full: an import's memory does not grow with the users and items it meets.
struct ByteKeyCache {
    private let maxCount: Int
    private var bytes: [UInt8] = []
    private var entries: [(end: Int, value: Int64)] = []
    /// Entry + 1, or 0 for a free slot; a power of two, at most half full.
    private var slots: [Int32]

    init(maxCount: Int) {
        self.maxCount = maxCount
        slots = [Int32](repeating: 0, count: 1_024)
    }

    func value(of key: Span<UInt8>) -> Int64? {
        let slot = slot(of: key)
        return slots[slot] == 0 ? nil : entries[Int(slots[slot]) - 1].value
    }

    mutating func insert(_ key: Span<UInt8>, _ value: Int64) {
        if entries.count >= maxCount { self = ByteKeyCache(maxCount: maxCount) }
        if (entries.count + 1) * 2 > slots.count { grow() }
        let slot = slot(of: key)
        if slots[slot] != 0 {
            entries[Int(slots[slot]) - 1].value = value
            return
        }
        for i in key.indices { bytes.append(key[i]) }
        entries.append((bytes.count, value))
        slots[slot] = Int32(entries.count)
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        let keys = bytes
        for entry in entries.indices {
            let start = entry == 0 ? 0 : entries[entry - 1].end
            let key = keys.span.extracting(start..<entries[entry].end)
            slots[slot(of: key)] = Int32(entry + 1)
        }
    }

    private func slot(of key: Span<UInt8>) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: WordHash.hash(key)) & mask
        while slots[slot] != 0, !isEqual(Int(slots[slot]) - 1, key) { slot = (slot + 1) & mask }
        return slot
    }

    private func isEqual(_ entry: Int, _ key: Span<UInt8>) -> Bool {
        let start = entry == 0 ? 0 : entries[entry - 1].end
        guard entries[entry].end - start == key.count else { return false }
        for i in key.indices where bytes[start + i] != key[i] { return false }
        return true
    }
}
