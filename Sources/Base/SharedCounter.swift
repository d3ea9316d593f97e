private import Synchronization

/// A number that grows, for metrics. Any thread adds, any reads: relaxed, since it stands for itself.
public final class SharedCounter: Sendable {
    private let count = Atomic<Int>(0)

    public init() {}

    public var value: Int { count.load(ordering: .relaxed) }

    public func add(_ amount: Int = 1) { count.wrappingAdd(amount, ordering: .relaxed) }
}
