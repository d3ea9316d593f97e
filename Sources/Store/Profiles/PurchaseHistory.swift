// What a user bought, item by item and category by category: how often, since when, how lately. It is
// what repeat purchases are foreseen from.

internal import Inference

/// Purchases of one item or one category.
public struct PurchaseRecord: Sendable, Equatable {
    /// Days (UTC) with a purchase.
    public var dayCount: Int
    /// Of the first purchase, in days since 1970 (UTC).
    public var firstDay: Int
    /// Of the last.
    public var lastDay: Int

    public init(dayCount: Int, firstDay: Int, lastDay: Int) {
        self.dayCount = dayCount
        self.firstDay = firstDay
        self.lastDay = lastDay
    }

    /// Mean days from a day with a purchase to the next; nil for fewer than two.
    public var intervalDays: Float? {
        dayCount > 1 ? Float(lastDay - firstDay) / Float(dayCount - 1) : nil
    }
}

/// An item the user bought.
public struct BoughtItem: Sendable, Equatable {
    /// Items a profile remembers.
    public static let maxCount = 192

    public var itemId: String
    public var record: PurchaseRecord
    /// Of the user's purchases, newer ones counting more (`EventWeight.purchaseHalfLifeDays`); 0 to 1.
    public var share: Float

    public init(itemId: String, record: PurchaseRecord, share: Float) {
        self.itemId = itemId
        self.record = record
        self.share = share
    }
}

/// Counts purchases that come in order of time. Memory grows with the distinct items.
struct PurchaseCounter {
    private struct Entry {
        var record: PurchaseRecord
        var weight: Double

        mutating func add(_ day: Int, _ more: Double) {
            record.add(day)
            weight += more
        }
    }

    private var decay = Decay(halfLifeDays: EventWeight.purchaseHalfLifeDays)
    private var items: [String: Entry] = [:]
    private var categories: [String: PurchaseRecord] = [:]
    private var total = 0.0

    /// - Precondition: a purchase.
    mutating func add(_ enriched: EnrichedEvent) {
        let event = enriched.event
        let day = Int(Event.day(ofUnixNanoseconds: event.unixNanoseconds))
        let (weight, rescale) = decay.weight(at: event.unixNanoseconds)
        if let rescale {
            for id in items.keys { items[id]?.weight *= rescale }
            total *= rescale
        }
        if !event.itemId.isEmpty {
            items[
                event.itemId,
                default: Entry(
                    record: PurchaseRecord(dayCount: 0, firstDay: day, lastDay: day), weight: 0)
            ].add(day, weight)
            total += weight
        }
        if !enriched.category.isEmpty {
            categories[
                enriched.category,
                default: PurchaseRecord(dayCount: 0, firstDay: day, lastDay: day)
            ].add(day)
        }
    }

    /// Those with the largest shares, ties by id.
    var largestItems: [BoughtItem] {
        var sorted = items.sorted {
            $0.value.weight != $1.value.weight
                ? $0.value.weight > $1.value.weight : $0.key < $1.key
        }
        sorted.removeLast(max(0, sorted.count - BoughtItem.maxCount))
        return sorted.map {
            BoughtItem(
                itemId: $0.key, record: $0.value.record, share: Float($0.value.weight / total))
        }
    }

    /// Of the named categories.
    func records(of names: some Sequence<String>) -> [String: PurchaseRecord] {
        var found: [String: PurchaseRecord] = [:]
        for name in names { found[name] = categories[name] }
        return found
    }
}

extension PurchaseRecord {
    fileprivate mutating func add(_ day: Int) {
        if dayCount == 0 || day != lastDay { dayCount += 1 }
        lastDay = day
    }
}
