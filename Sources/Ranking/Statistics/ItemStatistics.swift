// What all users together say of items, as of one moment: how much an item is bought of late, who buys
// it again, what is bought along with it. Training counts it from the events before that moment and
// keeps it in the head's file, so that a head and what it reads belong together.

/// Numbers of items by their identifiers. Immutable, any thread.
public final class ItemStatistics: Sendable {
    /// Items that an item is most often bought along with.
    public static let neighbourCount = 24
    /// Days of what counts as recent.
    public static let recentDays = 28
    /// Days over which rebuying, trend and neighbours are counted.
    public static let longDays = 182

    /// Days in which somebody's first purchase counts as one of late.
    public static let newcomerDays = 56
    /// Numbers of an item's taste.
    public static let tasteCount = 32

    /// Of one item. Ranges are those of the features made of it.
    public struct Columns: Sendable, Equatable {
        /// See `ItemMarket`.
        public var recentPopularity: Float
        public var trend: Float
        public var repeatRate: Float
        public var logAgeDays: Float
        public var logIdleDays: Float
        public var newcomers: Float
        public var categoryShare: Float

        public init(
            recentPopularity: Float, trend: Float, repeatRate: Float, logAgeDays: Float,
            logIdleDays: Float, newcomers: Float, categoryShare: Float
        ) {
            self.recentPopularity = recentPopularity
            self.trend = trend
            self.repeatRate = repeatRate
            self.logAgeDays = logAgeDays
            self.logIdleDays = logIdleDays
            self.newcomers = newcomers
            self.categoryShare = categoryShare
        }
    }

    /// Events before it were counted.
    public let asOfUnixNanoseconds: Int64
    public let itemIds: [String]
    /// One an item.
    public let columns: [Columns]
    /// `neighbourCount` an item, the most similar first: positions in `itemIds`, -1 for none.
    public let neighbours: [Int32]
    /// Of `neighbours`: cosine of the sets of their buyers, 0 to 1.
    public let similarities: [Float]
    /// One an item: what the purchases of its buyers as a whole are made of; zero where too few bought it.
    /// Columns are orthonormal.
    public let tastes: [SIMD32<Float>]
    /// Of `tastes`.
    let tasteLengths: [Float]
    /// "attribute=value" -> category -> natural logarithm of how many times as often as everyone the
    /// users with that attribute buy in the category.
    public let attributeLifts: [String: [String: Float]]
    private let index: [String: Int32]

    /// - Precondition: one column, one taste and `neighbourCount` neighbours an item; identifiers are distinct.
    public init(
        asOfUnixNanoseconds: Int64, itemIds: [String], columns: [Columns], neighbours: [Int32],
        similarities: [Float], tastes: [SIMD32<Float>], attributeLifts: [String: [String: Float]]
    ) {
        precondition(
            columns.count == itemIds.count && tastes.count == itemIds.count,
            "one column and one taste an item")
        precondition(
            neighbours.count == itemIds.count * Self.neighbourCount
                && similarities.count == neighbours.count, "so many neighbours an item")
        self.asOfUnixNanoseconds = asOfUnixNanoseconds
        self.itemIds = itemIds
        self.columns = columns
        self.neighbours = neighbours
        self.similarities = similarities
        self.tastes = tastes
        tasteLengths = tastes.map { ($0 * $0).sum().squareRoot() }
        self.attributeLifts = attributeLifts
        index = Dictionary(
            zip(itemIds, Int32(0)...), uniquingKeysWith: { first, _ in first })
    }

    public func row(of itemId: String) -> Int32? { index[itemId] }
}
