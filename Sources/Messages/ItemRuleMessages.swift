// rankwire.v1.ItemRules.

internal import Base
internal import CMessages
internal import Ranking
internal import Store

extension MessageCodec {
    private static let maxFilters = 16
    private static let maxNames = 256
    private static let maxFilterAttributes = 16
    private static let maxFilterItems = 1_000
    private static let boostRange: ClosedRange<Float> = -10...10

    func itemRules(_ message: Rankwire__V1__ItemRules) throws(Fault) -> ItemRules {
        var rules = ItemRules()
        try checkCount(message.n_filters, "rules.filters", max: Self.maxFilters)
        try checkCount(message.n_boosts, "rules.boosts", max: Self.maxFilters)
        try checkCount(
            message.n_excluded_item_ids, "rules.excluded_item_ids", max: limits.maxCandidates)
        for i in 0..<message.n_filters {
            rules.filters.append(
                try itemFilter(message.filters[i]!.pointee, "rules.filters[\(i)]"))
        }
        for i in 0..<message.n_boosts {
            rules.boosts.append(try itemBoost(message.boosts[i]!.pointee, "rules.boosts[\(i)]"))
        }
        rules.excludedIds = Array(
            try ids(
                message.excluded_item_ids, count: message.n_excluded_item_ids,
                "rules.excluded_item_ids"))
        guard let past = ItemRules.PastItems(rawValue: message.past_items.rawValue) else {
            throw .invalid("rules.past_items", "must be a value of this version")
        }
        rules.pastItems = past
        return rules
    }

    private func itemBoost(
        _ message: Rankwire__V1__ItemBoost, _ field: String
    ) throws(Fault) -> ItemBoost {
        guard let filter = message.filter else { throw .invalid("\(field).filter", "must be set") }
        guard Self.boostRange.contains(message.logits) else {
            throw .invalid("\(field).logits", "must be -10 to 10")
        }
        return ItemBoost(
            filter: try itemFilter(filter.pointee, "\(field).filter"), logits: message.logits)
    }

    private func itemFilter(
        _ message: Rankwire__V1__ItemFilter, _ field: String
    ) throws(Fault) -> ItemFilter {
        try checkCount(message.n_categories, "\(field).categories", max: Self.maxNames)
        try checkCount(message.n_brands, "\(field).brands", max: Self.maxNames)
        try checkCount(message.n_item_ids, "\(field).item_ids", max: Self.maxFilterItems)
        try checkCount(message.n_attributes, "\(field).attributes", max: Self.maxFilterAttributes)
        var filter = ItemFilter()
        for i in 0..<message.n_categories {
            filter.categories.append(
                try string(
                    message.categories[i], "\(field).categories[\(i)]",
                    maxBytes: limits.maxCategoryBytes))
        }
        for i in 0..<message.n_brands {
            filter.brands.append(
                try string(
                    message.brands[i], "\(field).brands[\(i)]", maxBytes: limits.maxIdBytes))
        }
        filter.minPrice = try money(message.min_price, "\(field).min_price")
        filter.maxPrice = try money(message.max_price, "\(field).max_price")
        if let least = filter.minPrice, let most = filter.maxPrice {
            guard least.currencyCode == most.currencyCode else {
                throw .invalid("\(field).max_price", "must be in the currency of min_price")
            }
        }
        filter.attributes = try attributes(
            count: message.n_attributes, "\(field).attributes",
            key: { message.attributes[$0]!.pointee.key },
            value: { message.attributes[$0]!.pointee.value })
        filter.itemIds = Array(
            try ids(message.item_ids, count: message.n_item_ids, "\(field).item_ids"))
        guard filter != ItemFilter() else { throw .invalid(field, "must hold something to match") }
        filter.isInverted = message.inverted != 0
        return filter
    }

    private func checkCount(_ count: Int, _ field: String, max: Int) throws(Fault) {
        guard count <= max else {
            throw .invalid(field, "has \(count) elements, at most \(max) are allowed")
        }
    }

    // MARK: The client's side

    /// nil for no rules.
    func makeItemRules(_ rules: ItemRules) -> UnsafeMutablePointer<Rankwire__V1__ItemRules>? {
        if rules == ItemRules() { return nil }
        let message = arena.make(rankwire__v1__item_rules__init)
        message.pointee.n_filters = rules.filters.count
        message.pointee.filters = arena.makeArray(
            rules.filters.count, rankwire__v1__item_filter__init
        ) { fill($0, from: rules.filters[$1]) }
        message.pointee.n_boosts = rules.boosts.count
        message.pointee.boosts = arena.makeArray(
            rules.boosts.count, rankwire__v1__item_boost__init
        ) { boost, i in
            let filter = arena.make(rankwire__v1__item_filter__init)
            fill(filter, from: rules.boosts[i].filter)
            boost.pointee.filter = filter
            boost.pointee.logits = rules.boosts[i].logits
        }
        message.pointee.n_excluded_item_ids = rules.excludedIds.count
        message.pointee.excluded_item_ids = arena.makeStrings(rules.excludedIds)
        message.pointee.past_items = Rankwire__V1__PastItems(rules.pastItems.rawValue)
        return message
    }

    private func fill(
        _ message: UnsafeMutablePointer<Rankwire__V1__ItemFilter>, from filter: ItemFilter
    ) {
        message.pointee.n_categories = filter.categories.count
        message.pointee.categories = arena.makeStrings(filter.categories)
        message.pointee.n_brands = filter.brands.count
        message.pointee.brands = arena.makeStrings(filter.brands)
        message.pointee.min_price = filter.minPrice.map(makeMoney)
        message.pointee.max_price = filter.maxPrice.map(makeMoney)
        let attributes = filter.attributes.sorted { $0.key < $1.key }
        message.pointee.n_attributes = attributes.count
        message.pointee.attributes = arena.makeArray(
            attributes.count, rankwire__v1__item_filter__attributes_entry__init
        ) { entry, i in
            entry.pointee.key = arena.makeCString(attributes[i].key)
            entry.pointee.value = arena.makeCString(attributes[i].value)
        }
        message.pointee.n_item_ids = filter.itemIds.count
        message.pointee.item_ids = arena.makeStrings(filter.itemIds)
        message.pointee.inverted = filter.isInverted ? 1 : 0
    }
}
