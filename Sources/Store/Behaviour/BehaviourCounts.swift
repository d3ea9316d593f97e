/// Counts the journal by window, a user at a time. Memory grows with the windows and categories, both
/// bounded, and not with the events.
struct BehaviourCounts {
    /// Broadest categories told apart; further ones count as `otherCategory`.
    static let maxCategories = 256
    static let otherCategory = "other"
    /// Eleven years of hours. Events later than that after the first are left out.
    static let maxWindows = 100_000
    /// Pairs of a window and a search that are counted.
    private static let maxQueries = 200_000

    struct Query: Hashable {
        var window: Int64
        var text: String
    }

    struct Series: Hashable {
        var type: EventType
        /// Nil for all.
        var category: String?
    }

    let window: BehaviourWindow
    /// By window.
    private(set) var counts: [Series: [Int64: Int64]] = [:]
    private(set) var activeUsers: [Int64: Int64] = [:]
    private(set) var queries: [Query: Int64] = [:]
    private(set) var eventCount: Int64 = 0
    private(set) var userCount = 0
    private var categories: Set<String> = []
    private var windowsOfUser: Set<Int64> = []

    init(window: BehaviourWindow) { self.window = window }

    mutating func add(_ enriched: EnrichedEvent) {
        let event = enriched.event
        let index = window.index(of: event.unixNanoseconds)
        eventCount += 1
        windowsOfUser.insert(index)
        counts[Series(type: event.type), default: [:]][index, default: 0] += 1
        if !enriched.category.isEmpty {
            let category = category(SegmentSpace.Raw.broadest(enriched.category))
            counts[Series(type: event.type, category: category), default: [:]][
                index, default: 0] += 1
        }
        guard event.type == .search, !event.query.isEmpty else { return }
        let query = Query(window: index, text: event.query.lowercased())
        if queries[query] != nil || queries.count < Self.maxQueries {
            queries[query, default: 0] += 1
        }
    }

    /// All events of one user were added.
    mutating func finishUser() {
        if windowsOfUser.isEmpty { return }
        userCount += 1
        for index in windowsOfUser { activeUsers[index, default: 0] += 1 }
        windowsOfUser.removeAll(keepingCapacity: true)
    }

    /// The windows there are, from the first with an event to the last; nil without events.
    var range: ClosedRange<Int64>? {
        guard let first = activeUsers.keys.min(), let last = activeUsers.keys.max() else {
            return nil
        }
        return first...min(last, first + Int64(Self.maxWindows) - 1)
    }

    func series(_ series: Series, in range: ClosedRange<Int64>) -> [Int64] {
        let found = counts[series] ?? [:]
        return range.map { found[$0] ?? 0 }
    }

    var allCategories: [String] { categories.sorted() }

    private mutating func category(_ name: String) -> String {
        if categories.contains(name) { return name }
        let kept = categories.count < Self.maxCategories ? name : Self.otherCategory
        categories.insert(kept)
        return kept
    }
}
