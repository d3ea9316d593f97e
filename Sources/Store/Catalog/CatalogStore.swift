public import Base

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
    case upsert([EncodedEntry])
    case delete(CatalogKind, id: String)
}

/// Entries that are now other than before, and entries that are as they were.
public struct CatalogOutcome: Sendable, Equatable {
    public var changedCount = 0
    public var unchangedCount = 0

    public init() {}
}
