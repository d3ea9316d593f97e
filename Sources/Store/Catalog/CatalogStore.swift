public import Base
public import Inference

/// Where the catalogue is changed while a server runs.
public protocol CatalogStore: Sendable {
    /// Makes one change. When `completion` says it is made, it is durable and what was published by
    /// then has it. It runs on `mailbox`'s loop exactly once; not at all when this returns a fault.
    func change(
        _ change: CatalogChange, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<CatalogOutcome, Fault>) -> Void
    ) -> Fault?

    func close()
}

/// What one call changes.
public enum CatalogChange: Sendable {
    /// An item with the vector of its `encoderText`; nil for an empty one, and for one whose vector
    /// the catalogue has already.
    case upsert([(item: Item, vector: Int8Vector?)])
    case delete(itemId: String)
}

/// Rows that are now other than before, and rows that are as they were.
public struct CatalogOutcome: Sendable, Equatable {
    public var changedCount = 0
    public var unchangedCount = 0

    public init() {}
}
