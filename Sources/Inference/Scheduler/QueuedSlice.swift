internal import Base

/// A short piece of other work, long tokenising or ranking, that runs on a worker.
final class QueuedSlice {
    let id: UInt64
    let callerClass: CallerClass
    let deadline: MonotonicTime
    /// Runs the work and hands its result on.
    let run: @Sendable () -> Void
    /// Says why it did not run.
    let refuse: @Sendable (Fault) -> Void
    var isAnswered = false

    init(
        id: UInt64, callerClass: CallerClass, deadline: MonotonicTime,
        run: @escaping @Sendable () -> Void, refuse: @escaping @Sendable (Fault) -> Void
    ) {
        self.id = id
        self.callerClass = callerClass
        self.deadline = deadline
        self.run = run
        self.refuse = refuse
    }
}

/// The slices of one class, in the order of their deadlines.
struct SliceQueue {
    struct Position: Comparable {
        let slice: QueuedSlice

        static func < (a: Self, b: Self) -> Bool {
            (a.slice.deadline.nanoseconds, a.slice.id)
                < (b.slice.deadline.nanoseconds, b.slice.id)
        }

        static func == (a: Self, b: Self) -> Bool { a.slice === b.slice }
    }

    private var waiting = BinaryHeap<Position>()
    private(set) var count = 0

    mutating func insert(_ slice: QueuedSlice) {
        waiting.insert(Position(slice: slice))
        count += 1
    }

    mutating func removeFirst() -> QueuedSlice? {
        while let first = waiting.removeFirst() {
            if first.slice.isAnswered { continue }
            count -= 1
            return first.slice
        }
        return nil
    }

    /// For a slice that is answered while it waits: call after marking it.
    mutating func leave() {
        count -= 1
        if waiting.count > 2 * count + 64 { waiting.removeAll { $0.slice.isAnswered } }
    }
}
