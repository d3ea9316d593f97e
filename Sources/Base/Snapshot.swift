private import Synchronization

/// An immutable value shared by all threads and replaced as a whole: catalogue, heads, rules.
///
/// A request reads it once and keeps what it read; a reader never waits for a writer's work, only
/// for the copy of one reference.
public final class Snapshot<Value: Sendable>: Sendable {
    private let current: Mutex<Value>

    public init(_ value: Value) { current = Mutex(value) }

    public func load() -> Value { current.withLock { $0 } }

    public func store(_ value: Value) { current.withLock { $0 = value } }
}
