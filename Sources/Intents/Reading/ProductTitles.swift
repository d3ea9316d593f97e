// Finds the catalogue's titles in a sentence. Titles and sentences are compared by their runs of letters
// and digits, ASCII in lower case: made anew with every change of the catalogue, so nothing is allocated
// for a title.

public import Store

/// Immutable; made once for a catalogue.
public struct ProductTitles: Sendable {
    private static let maxRuns = 8
    /// A title of one word would be found in too many sentences.
    private static let minRuns = 2

    private let items: ItemTable
    /// Row of the first item of a title, by the hash of its runs.
    private let rows: [UInt64: Int32]

    public init(items: ItemTable) {
        var rows: [UInt64: Int32] = [:]
        rows.reserveCapacity(items.count)
        for row in 0..<items.count {
            var hash = RunHash()
            for byte in items.item(at: row).title.utf8 { hash.add(byte) }
            guard (Self.minRuns...Self.maxRuns).contains(hash.runCount) else { continue }
            if rows[hash.value] == nil { rows[hash.value] = Int32(row) }
        }
        self.items = items
        self.rows = rows
    }

    /// The longest titles, from the left.
    func mentions(_ bytes: [UInt8]) -> [Entity] {
        guard !rows.isEmpty else { return [] }
        let runs = Self.runs(of: bytes)
        var found: [Entity] = []
        var start = 0
        while start < runs.count {
            if let match = longest(from: start, runs, bytes) {
                found.append(match.entity)
                start += match.runCount
            } else {
                start += 1
            }
        }
        return found
    }

    private func longest(
        from start: Int, _ runs: [Range<Int>], _ bytes: [UInt8]
    ) -> (entity: Entity, runCount: Int)? {
        var hash = RunHash()
        var match: (entity: Entity, runCount: Int)?
        for end in start..<min(start + Self.maxRuns, runs.count) {
            hash.add(UInt8(ascii: " "))
            for byte in bytes[runs[end]] { hash.add(byte) }
            guard end > start, let row = rows[hash.value] else { continue }
            let range = runs[start].lowerBound..<runs[end].upperBound
            let item = items.item(at: Int(row))
            // Hashes may collide; letters do not.
            guard Self.isSame(Array(item.title.utf8), Array(bytes[range])) else { continue }
            match = (
                Entity(kind: .product, value: item.id, range: range), end - start + 1
            )
        }
        return match
    }

    private static func runs(of bytes: [UInt8]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        while start < bytes.count, runs.count < Words.maxCount {
            while start < bytes.count, RunHash.folded(bytes[start]) == nil { start += 1 }
            var end = start
            while end < bytes.count, RunHash.folded(bytes[end]) != nil { end += 1 }
            if start < end { runs.append(start..<end) }
            start = end
        }
        return runs
    }

    private static func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        let (ofA, ofB) = (runs(of: a), runs(of: b))
        return ofA.count == ofB.count
            && zip(ofA, ofB).allSatisfy { left, right in
                a[left].elementsEqual(b[right]) { RunHash.folded($0) == RunHash.folded($1) }
            }
    }
}

/// FNV-1a over runs of letters and digits with one blank between them.
private struct RunHash {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
    private(set) var runCount = 0
    private var isInRun = false

    /// ASCII in lower case; nil for what parts runs.
    static func folded(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte | 0x20
        case 0x30...0x39, 0x61...0x7A, 0x80...: byte
        default: nil
        }
    }

    mutating func add(_ byte: UInt8) {
        guard let folded = Self.folded(byte) else {
            isInRun = false
            return
        }
        if !isInRun {
            if runCount > 0 { mix(UInt8(ascii: " ")) }
            runCount += 1
            isInRun = true
        }
        mix(folded)
    }

    private mutating func mix(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
}
