/// Finds the row of an identifier by its UTF-8 bytes, so that looking up a candidate of a request
/// makes no String. Open addressing with linear probing at a load of at most one half over `WordHash`.
/// Who may add rows is the operator, never a caller: probe lengths need no secret seed.
struct IdIndex: Sendable {
    private struct Extent {
        var start: UInt32
        var end: UInt32
    }

    private var bytes: [UInt8] = []
    /// Where in `bytes` a row's identifier is.
    private var extents: [Extent] = []
    /// Row + 1, or 0 for a free slot; a power of two of them.
    private var slots: [Int32]
    /// Bytes of identifiers that were removed.
    private var wastedByteCount = 0

    /// The first row wins where an identifier repeats.
    init(_ ids: some Collection<String>) {
        slots = [Int32](repeating: 0, count: Self.slotCount(for: ids.count))
        extents.reserveCapacity(ids.count)
        for id in ids { append(id) }
    }

    var count: Int { extents.count }

    func row(of id: Span<UInt8>) -> Int? { probe(id).row }

    func row(of id: String) -> Int? { row(of: id.utf8.span) }

    /// Gives the identifier the row after the last.
    mutating func append(_ id: String) {
        if (count + 1) * 2 > slots.count { rehash() }
        let start = bytes.count
        bytes.append(contentsOf: id.utf8)
        extents.append(Extent(start: UInt32(start), end: UInt32(bytes.count)))
        let (slot, found) = probe(bytes.span.extracting(start..<bytes.count))
        if found == nil { slots[slot] = Int32(count) }
    }

    /// Takes a row out; the last row takes its number. Identifiers are unique.
    mutating func remove(row: Int) {
        let last = count - 1
        free(slotOf(row))
        wastedByteCount += Int(extents[row].end - extents[row].start)
        if row != last {
            slots[slotOf(last)] = Int32(row + 1)
            extents[row] = extents[last]
        }
        extents.removeLast()
        if wastedByteCount > bytes.count / 2 { compact() }
    }

    /// Whether the identifier of one row comes before that of another in the order of their bytes.
    func precedes(_ left: Int, _ right: Int) -> Bool {
        Self.precedes(bytes.span.extracting(range(left)), bytes.span.extracting(range(right)))
    }

    /// Whether `id` comes before that of a row.
    func precedes(_ id: Span<UInt8>, row: Int) -> Bool {
        Self.precedes(id, bytes.span.extracting(range(row)))
    }

    private static func precedes(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        for i in 0..<min(left.count, right.count) where left[i] != right[i] {
            return left[i] < right[i]
        }
        return left.count < right.count
    }

    private func range(_ row: Int) -> Range<Int> {
        Int(extents[row].start)..<Int(extents[row].end)
    }

    private static func slotCount(for count: Int) -> Int {
        var slots = 16
        while slots < count * 2 { slots *= 2 }
        return slots
    }

    private func homeSlot(_ row: Int) -> Int {
        Int(truncatingIfNeeded: WordHash.hash(bytes.span.extracting(range(row))))
            & (slots.count - 1)
    }

    private func slotOf(_ row: Int) -> Int {
        var slot = homeSlot(row)
        while slots[slot] != Int32(row + 1) { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    /// Moves later entries of the run back, so that no probe ends early (Knuth, TAOCP vol. 3, 6.4,
    /// Algorithm R).
    private mutating func free(_ slot: Int) {
        let mask = slots.count - 1
        var hole = slot
        var next = (slot + 1) & mask
        while slots[next] != 0 {
            let home = homeSlot(Int(slots[next]) - 1)
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
    }

    private mutating func rehash() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        for row in extents.indices {
            let (slot, found) = probe(bytes.span.extracting(range(row)))
            if found == nil { slots[slot] = Int32(row + 1) }
        }
    }

    private mutating func compact() {
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count - wastedByteCount)
        for row in extents.indices {
            let start = UInt32(kept.count)
            kept.append(contentsOf: bytes[range(row)])
            extents[row] = Extent(start: start, end: UInt32(kept.count))
        }
        bytes = kept
        wastedByteCount = 0
    }

    /// The slot where `id` is or belongs, and its row where it is.
    private func probe(_ id: Span<UInt8>) -> (slot: Int, row: Int?) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: WordHash.hash(id)) & mask
        while slots[slot] != 0 {
            let row = Int(slots[slot]) - 1
            let extent = extents[row]
            if Int(extent.end - extent.start) == id.count, equal(id, from: Int(extent.start)) {
                return (slot, row)
            }
            slot = (slot + 1) & mask
        }
        return (slot, nil)
    }

    private func equal(_ id: Span<UInt8>, from start: Int) -> Bool {
        WordHash.equal(id, bytes.span.extracting(start..<start + id.count))
    }
}

/// For tables whose keys the operator chooses. Takes eight bytes at a time: a look-up waits for memory,
/// and the fewer its instructions are, the more look-ups a processor has under way at once.
enum WordHash {
    static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        let words = bytes.bytes
        var hash = 0x9E37_79B9_7F4A_7C15 &* UInt64(bytes.count &+ 1)
        if bytes.count < 8 {
            var word: UInt64 = 0
            for i in bytes.indices { word = word << 8 | UInt64(bytes[i]) }
            return mix(hash ^ word)
        }
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = mix(hash ^ words.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        // The last eight, whatever of them was read before.
        return mix(
            hash ^ words.unsafeLoadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
    }

    /// - Precondition: as many bytes in both.
    static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        precondition(left.count == right.count, "texts of two lengths")
        if left.count < 8 {
            for i in left.indices where left[i] != right[i] { return false }
            return true
        }
        let (left, right) = (left.bytes, right.bytes)
        var offset = 0
        let last = left.byteCount - 8
        while true {
            let at = min(offset, last)
            let (a, b) = (
                left.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self),
                right.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            )
            if a != b { return false }
            if at == last { return true }
            offset += 8
        }
    }

    /// A multiplication and a shift (Knuth, TAOCP vol. 3, 6.4), so that the low bits, which tables take,
    /// depend on all.
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value &* 0x9FB2_1C65_1E98_DF25
        return product ^ (product >> 32)
    }
}
