// A profile is bounded in bytes as well as in counts, whatever the names and vectors in it. What goes
// first says least: the smallest shares, then the items longest ago.

internal import Inference

extension Profile {
    /// Of a profile as stored, without what was declared of the user.
    static let maxByteCount = 16 * 1024
    /// Shares and items that stay as long as the other half of them can go: a dozen more vectors say
    /// more than the tail of a long list of shares.
    private static let goodShareCount = 24
    private static let goodItemCount = 20
    /// The same of bought items.
    private static let goodBoughtCount = 128
    /// Shares that stay, however long their names.
    private static let minShareCount = 8
    /// Bought items that stay longer than the recent ones.
    private static let minBoughtCount = 8
    /// What has always the same size: times, counts, activity by hour, day, type and week, interests.
    private static let fixedByteCount = 640
    /// Of a `PurchaseRecord` at most, before the year 7700.
    private static let recordByteCount = 9

    /// About what it takes as stored, and never less.
    var approximateByteCount: Int {
        let items = recentItems.reduce(0) { $0 + Self.byteCount(of: $1) }
        let pairs = attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 6 }
        let vectors = [interest, shortTermInterest, longTermInterest, purchaseInterest]
        return Self.fixedByteCount + vectors.reduce(0) { $0 + 6 + ($1?.dimension ?? 0) } + items
            + boughtItems.reduce(0) { $0 + Self.byteCount(of: $1) }
            + pairs + Self.byteCount(of: categoryAffinity)
            + categoryAffinity.count * Self.recordByteCount + Self.byteCount(of: brandAffinity)
            + Self.byteCount(of: priceBandAffinity) + Self.byteCount(of: activity.channels)
            + Self.byteCount(of: activity.devices)
            + searches.reduce(0) { $0 + $1.text.utf8.count + 10 }
            + adImpressions.reduce(0) { $0 + Self.byteCount(of: $1) }
    }

    /// Leaves out what does not fit.
    mutating func fit() {
        let declared = attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 6 }
        var excess = approximateByteCount - declared - Self.maxByteCount
        for (shares, bought, items) in [
            (Self.goodShareCount, Self.goodBoughtCount, Self.goodItemCount),
            (Self.minShareCount, Self.minBoughtCount, 0),
        ] {
            if excess > 0 {
                excess -= Self.shrink(
                    &categoryAffinity, to: shares, by: excess, besideEach: Self.recordByteCount)
            }
            if excess > 0 { excess -= Self.shrink(&brandAffinity, to: shares, by: excess) }
            while excess > 0, boughtItems.count > bought, let least = boughtItems.popLast() {
                excess -= Self.byteCount(of: least)
            }
            while excess > 0, recentItems.count > items, let oldest = recentItems.popLast() {
                excess -= Self.byteCount(of: oldest)
            }
        }
        while excess > 0, let oldest = adImpressions.popLast() {
            excess -= Self.byteCount(of: oldest)
        }
    }

    private static func byteCount(of item: RecentItem) -> Int {
        item.itemId.utf8.count + 18 + (item.vector?.dimension ?? 0)
    }

    private static func byteCount(of item: BoughtItem) -> Int {
        item.itemId.utf8.count + 6 + recordByteCount
    }

    private static func byteCount(of impression: AdImpression) -> Int {
        impression.campaignId.utf8.count + 10
    }

    private static func byteCount(of named: [String: some Any]) -> Int {
        named.keys.reduce(0) { $0 + $1.utf8.count + 6 }
    }

    /// - Parameter besideEach: bytes of a share that are neither its name nor its number.
    /// - Returns: bytes saved.
    private static func shrink(
        _ shares: inout [String: Float], to count: Int, by excess: Int, besideEach: Int = 0
    ) -> Int {
        guard shares.count > count else { return 0 }
        var saved = 0
        let smallestFirst = shares.sorted {
            $0.value != $1.value ? $0.value < $1.value : $0.key > $1.key
        }
        for (name, _) in smallestFirst.dropLast(count) where saved < excess {
            shares[name] = nil
            saved += name.utf8.count + 6 + besideEach
        }
        return saved
    }
}
