// Timers of one loop: a binary heap in which each timer knows its place, so that the deadline of a
// call that ends early (nearly all do) is taken out again in logarithmic time and without a search.
// The heap knows no clock and no libuv; the loop, or a test, tells it the time.

internal import Base

/// Hears its timer. A protocol rather than a closure, so that a pooled call allocates nothing.
protocol TimerTarget: AnyObject {
    func timerFired()
}

/// One timer. Confined to its loop; reusable. Dropping a scheduled timer does not cancel it.
public final class LoopTimer {
    private let action: (() -> Void)?
    /// Must outlive the timer's being scheduled.
    unowned(unsafe) var target: (any TimerTarget)?
    fileprivate var position = -1
    fileprivate unowned(unsafe) var queue: TimerQueue?

    init(_ action: @escaping () -> Void) {
        self.action = action
        target = nil
    }

    init(target: (any TimerTarget)? = nil) {
        self.target = target
        action = nil
    }

    public var isScheduled: Bool { position >= 0 }

    /// It will not fire unless it is scheduled again. Harmless when it has fired.
    public func cancel() {
        if isScheduled { queue?.remove(self) }
    }

    fileprivate func fire() {
        if let target { target.timerFired() } else { action?() }
    }
}

/// Scheduled timers, soonest first.
final class TimerQueue {
    private struct Entry {
        var deadline: UInt64
        var timer: Unmanaged<LoopTimer>
    }

    private var heap: [Entry] = []

    init() {}

    deinit {
        for entry in heap {
            entry.timer.takeUnretainedValue().position = -1
            entry.timer.release()
        }
    }

    var count: Int { heap.count }
    /// When the soonest is due; nil without timers.
    var soonest: MonotonicTime? { heap.first.map { MonotonicTime(nanoseconds: $0.deadline) } }

    /// Schedules `timer`, or moves it when it is scheduled already.
    func schedule(_ timer: LoopTimer, at deadline: MonotonicTime) {
        if timer.isScheduled { timer.cancel() }
        timer.queue = self
        timer.position = heap.count
        heap.append(
            Entry(deadline: deadline.nanoseconds, timer: Unmanaged.passRetained(timer)))
        siftUp(heap.count - 1)
    }

    /// Fires what is due at `now`, soonest first. A timer may schedule or cancel any other.
    func fire(now: MonotonicTime) {
        while let first = heap.first, first.deadline <= now.nanoseconds {
            let timer = first.timer.takeUnretainedValue()
            withExtendedLifetime(timer) {
                remove(timer)
                timer.fire()
            }
        }
    }

    fileprivate func remove(_ timer: LoopTimer) {
        let hole = timer.position
        timer.position = -1
        let removed = heap[hole]
        let last = heap.removeLast()
        if hole < heap.count {
            place(last, at: hole)
            siftDown(hole)
            siftUp(hole)
        }
        removed.timer.release()
    }

    private func place(_ entry: Entry, at index: Int) {
        heap[index] = entry
        entry.timer._withUnsafeGuaranteedRef { $0.position = index }
    }

    private func siftUp(_ start: Int) {
        let entry = heap[start]
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            if heap[parent].deadline <= entry.deadline { break }
            place(heap[parent], at: index)
            index = parent
        }
        place(entry, at: index)
    }

    private func siftDown(_ start: Int) {
        let entry = heap[start]
        var index = start
        while true {
            var child = index * 2 + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child + 1].deadline < heap[child].deadline {
                child += 1
            }
            if heap[child].deadline >= entry.deadline { break }
            place(heap[child], at: index)
            index = child
        }
        place(entry, at: index)
    }
}
