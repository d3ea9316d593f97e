/// Finds the row of an identifier by its UTF-8 bytes, so that looking up a candidate of a request
/// makes no String. Open addressing with linear probing at a load of at most one half over `WordHash`.
/// Who may add rows is the operator, never a caller: probe lengths need no secret seed.
struct IdIndex: Sendable {
    private struct Extent {
        var start: UInt32
        var end: UInt32
    }

    /// Row + 1 below 32 bits of the identifier's hash: others that come to the same place are told apart
    /// without a look at their bytes.
    private struct Slot {
        var bits: UInt64 = 0

        init() {}
        init(row: Int, hash: UInt64) { bits = hash & ~0xFFFF_FFFF | UInt64(row + 1) }

        var isFree: Bool { bits == 0 }
        var row: Int { Int(UInt32(truncatingIfNeeded: bits)) - 1 }
        func mayHold(_ hash: UInt64) -> Bool { (bits ^ hash) >> 32 == 0 }
    }

    /// What is known of an identifier while it is looked for.
    private struct Look {
        var extent: Range<Int>
        var hash: UInt64
        var slot: Slot
        var known: Extent
        /// Of the bytes that are known.
        var first: UInt8
    }

    private var bytes: [UInt8] = []
    /// Where in `bytes` a row's identifier is.
    private var extents: [Extent] = []
    /// 0 for a free slot; a power of two of them.
    private var slots: [Slot]
    /// Bytes of identifiers that were removed.
    private var wastedByteCount = 0

    /// The first row wins where an identifier repeats.
    init(_ ids: some Collection<String>) {
        slots = [Slot](repeating: Slot(), count: Self.slotCount(for: ids.count))
        extents.reserveCapacity(ids.count)
        for id in ids { append(id) }
    }

    var count: Int { extents.count }

    func row(of id: Span<UInt8>) -> Int? { probe(id, WordHash.hash(id)).row }

    func row(of id: String) -> Int? { row(of: id.utf8.span) }

    /// Appends a row for each of some identifiers, -1 for one that is not here. A look-up waits for memory
    /// three times: each wait is begun for all before the first is ended.
    /// - Parameters:
    ///   - ids: one after the other.
    ///   - ends: of each in `ids`.
    func appendRows(
        of ids: Span<UInt8>, ends: Span<Int32>, _ places: Range<Int>, to rows: inout [Int32]
    ) {
        withUnsafeTemporaryAllocation(of: Look.self, capacity: places.count) { looks in
            var start = places.lowerBound == 0 ? 0 : Int(ends[places.lowerBound - 1])
            for (look, place) in places.enumerated() {
                looks[look].extent = start..<Int(ends[place])
                start = Int(ends[place])
                looks[look].hash = WordHash.hash(ids.extracting(looks[look].extent))
            }
            let mask = slots.count - 1
            for look in looks.indices {
                looks[look].slot = slots[Int(truncatingIfNeeded: looks[look].hash) & mask]
            }
            for look in looks.indices {
                let slot = looks[look].slot
                looks[look].known =
                    !slot.isFree && slot.mayHold(looks[look].hash)
                    ? extents[slot.row] : Extent(start: 0, end: 0)
            }
            for look in looks.indices where looks[look].known.end > looks[look].known.start {
                looks[look].first = bytes[Int(looks[look].known.start)]
            }
            for look in looks.indices { rows.append(finish(looks[look], ids)) }
        }
    }

    /// Gives the identifier the row after the last.
    mutating func append(_ id: String) {
        if (count + 1) * 2 > slots.count { rehash() }
        let start = bytes.count
        bytes.append(contentsOf: id.utf8)
        extents.append(Extent(start: UInt32(start), end: UInt32(bytes.count)))
        let hash = WordHash.hash(bytes.span.extracting(start..<bytes.count))
        let (slot, found) = probe(bytes.span.extracting(start..<bytes.count), hash)
        if found == nil { slots[slot] = Slot(row: count - 1, hash: hash) }
    }

    /// Takes a row out; the last row takes its number. Identifiers are unique.
    mutating func remove(row: Int) {
        let last = count - 1
        free(slotOf(row))
        wastedByteCount += Int(extents[row].end - extents[row].start)
        if row != last {
            slots[slotOf(last)] = Slot(row: row, hash: hash(ofRow: last))
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

    private func hash(ofRow row: Int) -> UInt64 {
        WordHash.hash(bytes.span.extracting(range(row)))
    }

    private func homeSlot(_ row: Int) -> Int {
        Int(truncatingIfNeeded: hash(ofRow: row)) & (slots.count - 1)
    }

    private func slotOf(_ row: Int) -> Int {
        var slot = homeSlot(row)
        while slots[slot].row != row { slot = (slot + 1) & (slots.count - 1) }
        return slot
    }

    /// Moves later entries of the run back, so that no probe ends early (Knuth, TAOCP vol. 3, 6.4,
    /// Algorithm R).
    private mutating func free(_ slot: Int) {
        let mask = slots.count - 1
        var hole = slot
        var next = (slot + 1) & mask
        while !slots[next].isFree {
            let home = homeSlot(slots[next].row)
            if (next - home) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = Slot()
    }

    private mutating func rehash() {
        slots = [Slot](repeating: Slot(), count: slots.count * 2)
        for row in extents.indices {
            let hash = hash(ofRow: row)
            let (slot, found) = probe(bytes.span.extracting(range(row)), hash)
            if found == nil { slots[slot] = Slot(row: row, hash: hash) }
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

    /// The row of an identifier whose first look has been taken; -1 for none.
    private func finish(_ look: Look, _ ids: Span<UInt8>) -> Int32 {
        let id = ids.extracting(look.extent)
        let (start, end) = (Int(look.known.start), Int(look.known.end))
        if end > start, end - start == id.count, id[0] == look.first, equal(id, from: start) {
            return Int32(look.slot.row)
        }
        return Int32(probe(id, look.hash).row ?? -1)
    }

    /// The slot where `id` is or belongs, and its row where it is.
    private func probe(_ id: Span<UInt8>, _ hash: UInt64) -> (slot: Int, row: Int?) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while !slots[slot].isFree {
            let row = slots[slot].row
            if slots[slot].mayHold(hash) {
                let extent = extents[row]
                if Int(extent.end - extent.start) == id.count, equal(id, from: Int(extent.start)) {
                    return (slot, row)
                }
            }
            slot = (slot + 1) & mask
        }
        return (slot, nil)
    }

    private func equal(_ id: Span<UInt8>, from start: Int) -> Bool {
        WordHash.equal(id, bytes.span.extracting(start..<start + id.count))
    }
}
