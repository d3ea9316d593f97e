public import Store

/// Finds the catalogue's titles in a sentence. Immutable; made once for a catalogue.
public struct ProductTitles: Sendable {
    private static let maxWords = 8
    /// A title of one word would be found in too many sentences.
    private static let minWords = 2

    private let items: ItemTable
    /// Row of the first item of a title, by the hash of its words.
    private let rows: [UInt64: Int32]

    public init(items: ItemTable) {
        var rows: [UInt64: Int32] = [:]
        rows.reserveCapacity(items.count)
        for row in 0..<items.count {
            let words = Words(items.item(at: row).title).words
            guard (Self.minWords...Self.maxWords).contains(words.count) else { continue }
            let key = Self.key(words[...])
            if rows[key] == nil { rows[key] = Int32(row) }
        }
        self.items = items
        self.rows = rows
    }

    /// The longest titles, from the left.
    func mentions(_ words: [Words.Word]) -> [Entity] {
        guard !rows.isEmpty else { return [] }
        var found: [Entity] = []
        var start = 0
        while start + Self.minWords <= words.count {
            let longest = min(Self.maxWords, words.count - start)
            let match = (Self.minWords...longest).reversed().lazy.compactMap { count in
                mention(words[start..<start + count])
            }.first
            if let match {
                found.append(match.entity)
                start += match.count
            } else {
                start += 1
            }
        }
        return found
    }

    private func mention(_ words: ArraySlice<Words.Word>) -> (entity: Entity, count: Int)? {
        guard let first = words.first, let last = words.last, let row = rows[Self.key(words)]
        else { return nil }
        let item = items.item(at: Int(row))
        // Hashes may collide; words do not.
        guard Words(item.title).words.map(\.text) == words.map(\.text) else { return nil }
        return (
            Entity(
                kind: .product, value: item.id,
                range: first.range.lowerBound..<last.range.upperBound), words.count
        )
    }

    private static func key(_ words: ArraySlice<Words.Word>) -> UInt64 {
        IntentHead.hash(of: words.map(\.text).joined(separator: " "))
    }
}
