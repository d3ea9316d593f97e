private import Synchronization

/// An immutable value shared by all threads and replaced as a whole: catalogue, heads, rules.
///
/// A request reads it once and keeps what it read; a reader never waits for a writer's work, only
/// for the copy of one reference.
public final class Snapshot<Value: Sendable>: Sendable {
    /// A value with how many came before it.
    public struct Numbered: Sendable {
        public let value: Value
        /// Of this snapshot's values, no two have the same.
        public let generation: UInt64
    }

    private let current: Mutex<Numbered>

    public init(_ value: Value) { current = Mutex(Numbered(value: value, generation: 0)) }

    public func load() -> Value { current.withLock { $0.value } }

    /// For who keeps what follows from the value, and must know when it is another.
    public func loadNumbered() -> Numbered { current.withLock { $0 } }

    public func store(_ value: Value) { _ = exchange(value) }

    /// - Returns: what was there. It may be large, and is never let go of under the lock that readers
    ///   take.
    public func exchange(_ value: Value) -> Value {
        current.withLock { current in
            defer { current = Numbered(value: value, generation: current.generation + 1) }
            return current.value
        }
    }
}
