// From events to item neighbours. A session is what one user did on one day (UTC): the items chosen
// (bought, put in a cart, rated, shared, reviewed), or where nothing was chosen, the items looked at.
// Kept are the sessions' items, four bytes each; the pairs are counted an item at a time at the end, so
// that memory grows with events and never with pairs.

/// Takes events user by user, in the order of time, then builds.
public struct ItemBehaviourBuilder {
    /// Items of one session that are kept: a session of n has n * n pairs.
    static let maxSessionItems = 64
    /// Kept of all; further events are not counted. Who has more gives a sample of users.
    public static let maxEvents = 20_000_000

    private struct Purchase {
        var number: Int32
        var day: Int32
    }

    private var ids: [String] = []
    private var numbers: [String: Int32] = [:]
    private var sessionItems: [Int32] = []
    private var sessionEnds: [Int32] = []
    private var purchases: [Purchase] = []
    private var eventCount: Int64 = 0
    private var newest: Int64?
    private var day: Int64?
    private var chosen: [Int32] = []
    private var looked: [Int32] = []

    public init() {}

    public mutating func add(itemId: String, type: EventType, unixNanoseconds: Int64) {
        guard !itemId.isEmpty, sessionItems.count < Self.maxEvents else { return }
        let kind = Kind(type)
        guard kind != .neither else { return }
        let day = Event.day(ofUnixNanoseconds: unixNanoseconds)
        if day != self.day { finishSession() }
        self.day = day
        eventCount += 1
        newest = max(newest ?? unixNanoseconds, unixNanoseconds)
        let number = number(of: itemId)
        if kind == .chosen { Self.add(number, to: &chosen) } else { Self.add(number, to: &looked) }
        if type == .purchase, purchases.count < Self.maxEvents {
            purchases.append(Purchase(number: number, day: Int32(clamping: day)))
        }
    }

    /// All events of one user were added.
    public mutating func finishUser() {
        finishSession()
        day = nil
    }

    public func build() -> ItemBehaviour {
        let pairs = SessionPairs(
            items: sessionItems, sessionEnds: sessionEnds, itemCount: ids.count)
        let (ends, all) = pairs.neighbours()
        return ItemBehaviour(
            neighbours: ItemNeighbours(
                ids: ids, sessionCounts: pairs.sessionCounts, ends: ends, all: all),
            purchases: windows(), asOfUnixNanoseconds: newest, eventCount: eventCount,
            sessionCount: sessionEnds.count)
    }

    private enum Kind {
        case chosen, looked, neither

        init(_ type: EventType) {
            switch type {
            case .purchase, .cart, .rating, .review, .share: self = .chosen
            case .view, .click, .dwell: self = .looked
            case .impression, .redemption, .search, .chat: self = .neither
            }
        }
    }

    private mutating func number(of id: String) -> Int32 {
        if let known = numbers[id] { return known }
        let number = Int32(ids.count)
        numbers[id] = number
        ids.append(id)
        return number
    }

    private static func add(_ number: Int32, to items: inout [Int32]) {
        if items.count < maxSessionItems, !items.contains(number) { items.append(number) }
    }

    private mutating func finishSession() {
        let items = chosen.isEmpty ? looked : chosen
        if !items.isEmpty {
            sessionItems += items
            sessionEnds.append(Int32(sessionItems.count))
        }
        chosen.removeAll(keepingCapacity: true)
        looked.removeAll(keepingCapacity: true)
    }

    private func windows() -> WindowedPurchases {
        let last = newest.map { Int(Event.day(ofUnixNanoseconds: $0)) } ?? 0
        return WindowedPurchases(
            counts: WindowedPurchases.windowDays.map { days in
                var counts = [Int32](repeating: 0, count: ids.count)
                for purchase in purchases where last - Int(purchase.day) < days {
                    counts[Int(purchase.number)] += 1
                }
                return counts
            })
    }
}

/// Sessions and the same turned round: the sessions of each item.
private struct SessionPairs {
    private let items: [Int32]
    private let sessionEnds: [Int32]
    /// Sessions of the items, one item after the other.
    private var sessions: [Int32]
    private var itemEnds: [Int32]
    let sessionCounts: [Int32]

    init(items: [Int32], sessionEnds: [Int32], itemCount: Int) {
        self.items = items
        self.sessionEnds = sessionEnds
        var counts = [Int32](repeating: 0, count: itemCount)
        for item in items { counts[Int(item)] += 1 }
        sessionCounts = counts
        itemEnds = []
        var end: Int32 = 0
        var next: [Int32] = []
        for count in counts {
            next.append(end)
            end += count
            itemEnds.append(end)
        }
        sessions = [Int32](repeating: 0, count: items.count)
        var start = 0
        for (session, end) in sessionEnds.enumerated() {
            for item in items[start..<Int(end)] {
                sessions[Int(next[Int(item)])] = Int32(session)
                next[Int(item)] += 1
            }
            start = Int(end)
        }
    }

    func neighbours() -> (ends: [Int32], all: [ItemNeighbours.Neighbour]) {
        var together = [Int32](repeating: 0, count: sessionCounts.count)
        var touched: [Int32] = []
        var (ends, all): ([Int32], [ItemNeighbours.Neighbour]) = ([], [])
        for item in sessionCounts.indices {
            count(with: item, &together, &touched)
            all += nearest(to: item, together, touched)
            ends.append(Int32(all.count))
            for other in touched { together[Int(other)] = 0 }
            touched.removeAll(keepingCapacity: true)
        }
        return (ends, all)
    }

    /// Sessions with both, for every other item there is one with.
    private func count(with item: Int, _ together: inout [Int32], _ touched: inout [Int32]) {
        for session in sessions[(item == 0 ? 0 : Int(itemEnds[item - 1]))..<Int(itemEnds[item])] {
            let start = session == 0 ? 0 : Int(sessionEnds[Int(session) - 1])
            for other in items[start..<Int(sessionEnds[Int(session)])] {
                if together[Int(other)] == 0 { touched.append(other) }
                together[Int(other)] += 1
            }
        }
    }

    private func nearest(
        to item: Int, _ together: [Int32], _ touched: [Int32]
    ) -> ArraySlice<ItemNeighbours.Neighbour> {
        var found: [ItemNeighbours.Neighbour] = []
        for other in touched where Int(other) != item {
            let both = Float(together[Int(other)])
            guard both >= Float(ItemNeighbours.minTogether) else { continue }
            let product = Float(sessionCounts[item]) * Float(sessionCounts[Int(other)])
            let similarity = both / product.squareRoot() * both / (both + ItemNeighbours.shrinkage)
            found.append(.init(number: other, similarity: similarity))
        }
        found.sort {
            $0.similarity != $1.similarity
                ? $0.similarity > $1.similarity : $0.number < $1.number
        }
        return found.prefix(ItemNeighbours.maxNeighbours)
    }
}
