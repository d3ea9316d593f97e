internal import Base
internal import Dispatch
private import Synchronization

/// A profile someone waits for, and the loop that gets the answer.
struct ProfileRead: Sendable {
    let pseudonym: Pseudonym
    let mailbox: LoopMailbox
    let completion: @Sendable (Result<ProfileVersion?, Fault>) -> Void

    func finish(_ result: Result<ProfileVersion?, Fault>) {
        // False when the loop is gone: nobody is left to care.
        mailbox.post { [completion] in completion(result) }
    }
}

/// A page of a user's events that someone waits for.
struct EventsRead: Sendable {
    let pseudonym: Pseudonym
    let after: String
    let limit: Int
    let mailbox: LoopMailbox
    let completion: @Sendable (Result<[Event], Fault>) -> Void

    func finish(_ result: Result<[Event], Fault>) {
        mailbox.post { [completion] in completion(result) }
    }
}

/// Profiles and pages taken from the queue together.
struct WaitingReads: Sendable {
    var profiles: [ProfileRead] = []
    var pages: [EventsRead] = []

    var count: Int { profiles.count + pages.count }
}

/// The bounded queue between the loops, which push, and the store's one reading thread, which takes.
final class ProfileReadQueue: Sendable {
    enum Push { case queued, full, closed }

    private struct State {
        var waiting = WaitingReads()
        var isClosed = false
    }

    private let maxWaiting: Int
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)

    init(maxWaiting: Int) { self.maxWaiting = maxWaiting }

    func push(_ read: ProfileRead) -> Push { push { $0.profiles.append(read) } }

    func push(_ read: EventsRead) -> Push { push { $0.pages.append(read) } }

    private func push(_ append: (inout WaitingReads) -> Void) -> Push {
        let result: Push = state.withLock { state in
            if state.isClosed { return .closed }
            if state.waiting.count >= maxWaiting { return .full }
            append(&state.waiting)
            return .queued
        }
        if result == .queued { arrival.signal() }
        return result
    }

    /// All that wait; blocks until there is one. Nil once the queue is closed and empty. The
    /// reading thread only.
    func takeAll() -> WaitingReads? {
        while true {
            let (batch, isClosed) = state.withLock { state in
                defer { state.waiting = WaitingReads() }
                return (state.waiting, state.isClosed)
            }
            if batch.count > 0 { return batch }
            if isClosed { return nil }
            arrival.wait()
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        arrival.signal()
    }
}
