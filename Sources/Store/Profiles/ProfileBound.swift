// A profile is bounded in bytes as well as in counts, whatever the names and vectors in it. What goes
// first says least: the smallest shares, then the items longest ago.

internal import Inference

extension Profile {
    /// Of a profile as stored, without what was declared of the user.
    static let maxByteCount = 16 * 1024
    /// Shares that stay, however long their names.
    private static let minShareCount = 8

    /// About what it takes as stored, and never less.
    var approximateByteCount: Int {
        let items = recentItems.reduce(0) { $0 + Self.byteCount(of: $1) }
        let pairs = attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 6 }
        return 160 + (interest?.dimension ?? 0) + items + pairs
            + Self.byteCount(of: categoryAffinity) + Self.byteCount(of: brandAffinity)
            + searches.reduce(0) { $0 + $1.text.utf8.count + 10 }
    }

    /// Leaves out what does not fit.
    mutating func fit() {
        let declared = attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 6 }
        var excess = approximateByteCount - declared - Self.maxByteCount
        if excess > 0 { excess -= Self.shrink(&categoryAffinity, by: excess) }
        if excess > 0 { excess -= Self.shrink(&brandAffinity, by: excess) }
        while excess > 0, let oldest = recentItems.popLast() {
            excess -= Self.byteCount(of: oldest)
        }
    }

    private static func byteCount(of item: RecentItem) -> Int {
        item.itemId.utf8.count + 18 + (item.vector?.dimension ?? 0)
    }

    private static func byteCount(of shares: [String: Float]) -> Int {
        shares.keys.reduce(0) { $0 + $1.utf8.count + 6 }
    }

    /// Bytes saved.
    private static func shrink(_ shares: inout [String: Float], by excess: Int) -> Int {
        var saved = 0
        let smallestFirst = shares.sorted {
            $0.value != $1.value ? $0.value < $1.value : $0.key > $1.key
        }
        for (name, _) in smallestFirst.dropLast(minShareCount) where saved < excess {
            shares[name] = nil
            saved += name.utf8.count + 6
        }
        return saved
    }
}
