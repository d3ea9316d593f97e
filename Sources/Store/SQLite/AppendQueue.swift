internal import Base
internal import Dispatch
private import Synchronization

/// Events of one call that wait to be committed, and the loop that gets the answer.
struct PendingAppend: Sendable {
    let events: [UserEvent]
    let mailbox: LoopMailbox
    let completion: @Sendable (Result<[AppendOutcome], Fault>) -> Void

    func finish(_ result: Result<[AppendOutcome], Fault>) {
        // False when the loop is gone: nobody is left to care.
        mailbox.post { [completion] in completion(result) }
    }
}

/// The queue between the loops, which push, and the store's one writing thread. Bounded by events.
final class AppendQueue: Sendable {
    enum Taken {
        case batch([PendingAppend])
        /// Nothing came for a while.
        case idle
        case closed
    }

    private struct State {
        var waiting: [PendingAppend] = []
        var eventCount = 0
        var isClosed = false
    }

    private let maxEvents: Int
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)

    init(maxEvents: Int) { self.maxEvents = maxEvents }

    /// Nil when the events wait; else why they do not.
    func push(_ append: PendingAppend) -> Fault? {
        let fault: Fault? = state.withLock { state in
            if state.isClosed { return .storeClosed }
            if state.eventCount + append.events.count > maxEvents {
                return .exhausted("too many events wait to be stored", retryAfterMs: 100)
            }
            state.waiting.append(append)
            state.eventCount += append.events.count
            return nil
        }
        if fault == nil { arrival.signal() }
        return fault
    }

    /// What waits, whole calls of together about `eventCount` events. The writing thread only.
    func take(eventCount: Int, waitMs: Int) -> Taken {
        let deadline = DispatchTime.now() + .milliseconds(waitMs)
        while true {
            let (batch, isClosed) = state.withLock { state in
                (Self.takeSome(&state, eventCount), state.isClosed)
            }
            if !batch.isEmpty { return .batch(batch) }
            if isClosed { return .closed }
            if arrival.wait(timeout: deadline) == .timedOut { return .idle }
        }
    }

    private static func takeSome(_ state: inout State, _ eventCount: Int) -> [PendingAppend] {
        var events = 0
        var calls = 0
        while calls < state.waiting.count, events < eventCount {
            events += state.waiting[calls].events.count
            calls += 1
        }
        let batch = Array(state.waiting.prefix(calls))
        state.waiting.removeFirst(calls)
        state.eventCount -= events
        return batch
    }

    func close() {
        state.withLock { $0.isClosed = true }
        arrival.signal()
    }
}
