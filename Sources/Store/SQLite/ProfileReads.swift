internal import Base
internal import Dispatch
private import Synchronization

/// A profile someone waits for, and the loop that gets the answer.
struct ProfileRead: Sendable {
    let pseudonym: Pseudonym
    let mailbox: LoopMailbox
    let completion: @Sendable (Result<Profile?, Fault>) -> Void

    func finish(_ result: Result<Profile?, Fault>) {
        // False when the loop is gone: nobody is left to care.
        mailbox.post { [completion] in completion(result) }
    }
}

/// The bounded queue between the loops, which push, and the store's one reading thread, which takes.
final class ProfileReadQueue: Sendable {
    enum Push { case queued, full, closed }

    private struct State {
        var waiting: [ProfileRead] = []
        var isClosed = false
    }

    private let maxWaiting: Int
    private let state = Mutex(State())
    private let arrival = DispatchSemaphore(value: 0)

    init(maxWaiting: Int) { self.maxWaiting = maxWaiting }

    func push(_ read: ProfileRead) -> Push {
        let result: Push = state.withLock { state in
            if state.isClosed { return .closed }
            if state.waiting.count >= maxWaiting { return .full }
            state.waiting.append(read)
            return .queued
        }
        if result == .queued { arrival.signal() }
        return result
    }

    /// All that wait; blocks until there is one. Nil once the queue is closed and empty. The
    /// reading thread only.
    func takeAll() -> [ProfileRead]? {
        while true {
            let (batch, isClosed) = state.withLock { state in
                defer { state.waiting.removeAll(keepingCapacity: true) }
                return (state.waiting, state.isClosed)
            }
            if !batch.isEmpty { return batch }
            if isClosed { return nil }
            arrival.wait()
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        arrival.signal()
    }
}
