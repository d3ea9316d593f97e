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

/// A user who is to be erased.
struct PendingErasure: Sendable {
    let pseudonym: Pseudonym
    let mailbox: LoopMailbox
    let completion: @Sendable (Result<Bool, Fault>) -> Void

    func finish(_ result: Result<Bool, Fault>) {
        mailbox.post { [completion] in completion(result) }
    }
}

/// The queue between the loops, which push, and the store's one writing thread. Bounded by events.
final class AppendQueue: Sendable {
    enum Taken {
        case batch([PendingAppend])
        case erasure(PendingErasure)
        /// Nothing came for a while.
        case idle
        case closed
    }

    private enum Work {
        case append(PendingAppend)
        case erasure(PendingErasure)

        /// An erasure is about as much work as thousands of events.
        var eventCount: Int {
            switch self {
            case .append(let append): append.events.count
            case .erasure: 1_000
            }
        }
    }

    private struct State {
        var waiting: [Work] = []
        var eventCount = 0
        var isClosed = false
    }

    private let maxEvents: Int
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)

    init(maxEvents: Int) { self.maxEvents = maxEvents }

    /// Nil when the events wait; else why they do not.
    func push(_ append: PendingAppend) -> Fault? { push(.append(append)) }

    func push(_ erasure: PendingErasure) -> Fault? { push(.erasure(erasure)) }

    private func push(_ work: Work) -> Fault? {
        let fault: Fault? = state.withLock { state in
            if state.isClosed { return .storeClosed }
            if state.eventCount + work.eventCount > maxEvents {
                return .exhausted("too many events wait to be stored", retryAfterMs: 100)
            }
            state.waiting.append(work)
            state.eventCount += work.eventCount
            return nil
        }
        if fault == nil { arrival.signal() }
        return fault
    }

    /// What waits, in order: whole calls of together about `eventCount` events, or one erasure. The
    /// writing thread only.
    func take(eventCount: Int, waitMs: Int) -> Taken {
        let deadline = DispatchTime.now() + .milliseconds(waitMs)
        while true {
            let (taken, isClosed) = state.withLock { state in
                (Self.takeSome(&state, eventCount), state.isClosed)
            }
            if let taken { return taken }
            if isClosed { return .closed }
            if arrival.wait(timeout: deadline) == .timedOut { return .idle }
        }
    }

    private static func takeSome(_ state: inout State, _ eventCount: Int) -> Taken? {
        var batch: [PendingAppend] = []
        var events = 0
        loop: for work in state.waiting {
            switch work {
            case .append(let append):
                if events >= eventCount { break loop }
                events += work.eventCount
                batch.append(append)
            case .erasure(let erasure):
                if !batch.isEmpty { break loop }
                state.waiting.removeFirst()
                state.eventCount -= work.eventCount
                return .erasure(erasure)
            }
        }
        state.waiting.removeFirst(batch.count)
        state.eventCount -= events
        return batch.isEmpty ? nil : .batch(batch)
    }

    func close() {
        state.withLock { $0.isClosed = true }
        arrival.signal()
    }
}
