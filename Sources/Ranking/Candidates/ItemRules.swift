public import Store

/// Which items: those that match all that is set, and of a list any; see rankwire.v1.ItemFilter.
public struct ItemFilter: Sendable, Equatable {
    /// Each with those below it.
    public var categories: [String] = []
    public var brands: [String] = []
    /// Of one currency where both are set.
    public var minPrice: Money?
    public var maxPrice: Money?
    public var attributes: [String: String] = [:]
    public var itemIds: [String] = []
    /// Those that do not match.
    public var isInverted = false

    public init() {}
}

/// Adds to the logits of some items.
public struct ItemBoost: Sendable, Equatable {
    public var filter: ItemFilter
    public var logits: Float

    public init(filter: ItemFilter, logits: Float) {
        self.filter = filter
        self.logits = logits
    }
}

/// What may come back, and what comes sooner; see rankwire.v1.ItemRules.
public struct ItemRules: Sendable, Equatable {
    /// What the user's past allows; raw values are the wire's.
    public enum PastItems: UInt32, Sendable {
        case all = 0
        case notBought = 1
        case viewedNotBought = 2
    }

    public var filters: [ItemFilter] = []
    public var boosts: [ItemBoost] = []
    public var excludedIds: [String] = []
    public var pastItems = PastItems.all

    public init() {}
}

/// What a user bought and looked at, from events in any order.
public struct UserPast: Sendable, Equatable {
    public private(set) var bought: Set<String> = []
    private var looks: [String: Int64] = [:]
    /// Items looked at that are kept.
    private static let maxViewed = 10_000

    public init() {}

    public mutating func add(_ event: Event) {
        guard !event.itemId.isEmpty else { return }
        switch event.type {
        case .purchase: bought.insert(event.itemId)
        case .view, .click, .cart, .dwell:
            guard looks[event.itemId] != nil || looks.count < Self.maxViewed else { return }
            looks[event.itemId] = max(looks[event.itemId] ?? .min, event.unixNanoseconds)
        case .rating, .impression, .redemption, .search, .share, .review, .chat: break
        }
    }

    /// Looked at and not bought, the latest look first.
    public var viewedNotBought: [String] {
        looks.filter { !bought.contains($0.key) }
            .sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            .map(\.key)
    }
}
