/// How often items were bought lately, by `ItemNeighbours`' numbers. Immutable, any thread.
public struct WindowedPurchases: Sendable, Equatable {
    /// The windows, in days before the newest event.
    public static let windowDays = [7, 28, 91]

    /// A count for each item, a column for each window.
    public let counts: [[Int32]]

    /// - Precondition: a column for each window, all of one length.
    init(counts: [[Int32]]) {
        precondition(counts.count == Self.windowDays.count, "a column for each window")
        self.counts = counts
    }

    static let empty = WindowedPurchases(counts: windowDays.map { _ in [] })
}

/// What the journal says of items, all users together: made now and then from all of it.
public struct ItemBehaviour: Sendable {
    public var neighbours: ItemNeighbours
    public var purchases: WindowedPurchases
    /// The newest event; nil without any.
    public var asOfUnixNanoseconds: Int64?
    public var eventCount: Int64
    public var sessionCount: Int

    public static let empty = ItemBehaviour(
        neighbours: .empty, purchases: .empty, asOfUnixNanoseconds: nil, eventCount: 0,
        sessionCount: 0)
}
