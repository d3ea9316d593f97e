// Who of one class is next: earliest deadline first, and no caller more than its share.
//
// Deficit round robin in tokens (Shreedhar & Varghese, 1995) without its rounds, which let callers
// drift a quantum and a text apart: a caller may go on while it is no more than a quantum ahead of
// the one that has had least, and of those who may go on the earliest deadline is first. So two who
// wait are never more than a quantum apart.
//
// Who comes, new or again, starts level with the one that has had most: so one that sends a text at a
// time has no more than its share, and newcomers cannot keep anyone waiting. No deadline counts as
// further off than `patienceMs`, so that those who come later cannot for ever be more urgent.

internal import Base

/// The waiting requests of one class.
struct ClassQueue {
    static let patienceMs: UInt64 = 1_000

    private struct Account {
        var waiting = BinaryHeap<DeadlinePosition>()
        /// Of `waiting`; the others are answered or wholly taken.
        var living = 0
        /// Tokens it has had, on the scale of `level`.
        var taken: Int
        /// What stands for it in `ready` or `ahead`.
        var candidate: Candidate?
        /// Tells its standing from those that its caller left behind.
        let stamp: UInt64

        init(taken: Int, stamp: UInt64) {
            self.taken = taken
            self.stamp = stamp
        }

        /// The candidate to enter, where it is another than the one that stands.
        mutating func nominate(stamp: UInt64) -> Candidate? {
            while let first = waiting.first, !first.request.isWaiting {
                _ = waiting.removeFirst()
            }
            if waiting.first == candidate?.position { return nil }
            candidate = waiting.first.map { Candidate(position: $0, stamp: stamp) }
            return candidate
        }
    }

    /// A caller's most urgent request.
    private struct Candidate: Comparable {
        let position: DeadlinePosition
        /// Tells the account's entry from those it left behind.
        let stamp: UInt64

        static func < (a: Self, b: Self) -> Bool { a.position < b.position }
        static func == (a: Self, b: Self) -> Bool { a.stamp == b.stamp }
    }

    /// A candidate that may go on when the least has had `level` tokens.
    private struct Ahead: Comparable {
        let level: Int
        let candidate: Candidate

        static func < (a: Self, b: Self) -> Bool {
            (a.level, a.candidate.stamp) < (b.level, b.candidate.stamp)
        }
    }

    /// A caller that waits and what it has had at least.
    private struct Standing: Comparable {
        let taken: Int
        let caller: UInt32
        /// Of its account.
        let stamp: UInt64

        static func < (a: Self, b: Self) -> Bool { (a.taken, a.stamp) < (b.taken, b.stamp) }
    }

    private let quantumTokens: Int
    /// Of callers that have something waiting.
    private var accounts: [UInt32: Account] = [:]
    /// What the one that waits and has had least has had; never falls.
    private var level = 0
    /// The most that any has had: at most a quantum above `level`.
    private var front = 0
    private var standings = BinaryHeap<Standing>()
    private var ready = BinaryHeap<Candidate>()
    private var ahead = BinaryHeap<Ahead>()
    private var lastStamp: UInt64 = 0
    /// Entries of requests that were answered while they waited.
    private var deadEntries = 0

    private var histogram = DeadlineHistogram()

    /// Tokens and requests that wait.
    private(set) var tokens = 0
    private(set) var requestCount = 0

    /// - Parameter quantumTokens: no less than the longest text, or it would never have its turn.
    init(quantumTokens: Int) { self.quantumTokens = quantumTokens }

    var isEmpty: Bool { requestCount == 0 }

    /// All that is kept, what is out of date included.
    var entryCount: Int {
        accounts.values.reduce(ready.count + ahead.count + standings.count) {
            $0 + 1 + $1.waiting.count
        }
    }

    /// Tokens that wait for moments up to a given one.
    func tokens(upTo moment: MonotonicTime, now: MonotonicTime) -> Int {
        histogram.tokens(upTo: moment, now: now)
    }

    mutating func insert(_ request: QueuedRequest) {
        tokens += request.waitingTokens
        requestCount += 1
        histogram.add(request.waitingTokens, at: request.moment)
        if accounts[request.caller] == nil { open(request.caller) }
        accounts[request.caller]?.living += 1
        accounts[request.caller]?.waiting.insert(
            DeadlinePosition(moment: request.moment, request: request))
        nominate(request.caller)
    }

    /// The request whose text is to be taken next.
    mutating func next() -> QueuedRequest? {
        while requestCount > 0 {
            raiseLevel()
            while let first = ahead.first, first.level <= level {
                _ = ahead.removeFirst()
                ready.insert(first.candidate)
            }
            // The one that has had least may always go on.
            guard let candidate = ready.first else { preconditionFailure("nobody may go on") }
            let request = candidate.position.request
            guard let account = accounts[request.caller], account.candidate == candidate else {
                _ = ready.removeFirst()
                continue
            }
            if !request.isWaiting {
                nominate(request.caller)
                continue
            }
            let needed = neededLevel(account, request)
            if needed <= level { return request }
            _ = ready.removeFirst()
            ahead.insert(Ahead(level: needed, candidate: candidate))
        }
        return nil
    }

    /// Takes the next text of the request that `next` named, at its caller's cost.
    mutating func takeNext(of request: QueuedRequest) {
        let count = request.texts.tokenCount(at: request.nextText)
        accounts[request.caller]?.taken += count
        front = max(front, accounts[request.caller]?.taken ?? 0)
        take(TextPlace(request: request, text: request.nextText))
    }

    /// Takes a text at nobody's cost: a batch encodes the same for another.
    mutating func takeFree(_ place: TextPlace) {
        if place.request.waitingTexts == 1 { deadEntries += 1 }
        take(place)
    }

    private mutating func take(_ place: TextPlace) {
        tokens -= place.tokenCount
        histogram.remove(place.tokenCount, at: place.request.moment)
        place.request.take(place.text)
        if !place.request.isWaiting { leave(place.request) }
    }

    /// For a request that is answered while it waits: call before marking it.
    mutating func remove(_ request: QueuedRequest) {
        tokens -= request.waitingTokens
        histogram.remove(request.waitingTokens, at: request.moment)
        deadEntries += 1
        leave(request)
    }

    private mutating func leave(_ request: QueuedRequest) {
        requestCount -= 1
        accounts[request.caller]?.living -= 1
        if accounts[request.caller]?.living == 0 { accounts[request.caller] = nil }
        if requestCount == 0 {
            standings = BinaryHeap()
            ready = BinaryHeap()
            ahead = BinaryHeap()
            deadEntries = 0
        } else if deadEntries > requestCount + 64
            || ready.count + ahead.count + standings.count > 3 * requestCount + 64
        {
            dropDeadEntries()
        }
    }

    // MARK: Turns

    /// At which level a caller may take its request's next text; never above what it has had.
    private func neededLevel(_ account: Account, _ request: QueuedRequest) -> Int {
        account.taken + request.texts.tokenCount(at: request.nextText) - quantumTokens
    }

    /// Entries are brought up to date as they come up: what a caller has had only grows.
    private mutating func raiseLevel() {
        while let first = standings.first {
            let account = accounts[first.caller]
            if let account, account.stamp == first.stamp, account.taken == first.taken {
                level = max(level, first.taken)
                return
            }
            _ = standings.removeFirst()
            if let account, account.stamp == first.stamp { stand(first.caller, account) }
        }
    }

    private mutating func open(_ caller: UInt32) {
        lastStamp += 1
        let account = Account(taken: front, stamp: lastStamp)
        accounts[caller] = account
        stand(caller, account)
    }

    private mutating func stand(_ caller: UInt32, _ account: Account) {
        standings.insert(Standing(taken: account.taken, caller: caller, stamp: account.stamp))
    }

    /// Puts the caller's most urgent request among the candidates.
    private mutating func nominate(_ caller: UInt32) {
        lastStamp += 1
        if let candidate = accounts[caller]?.nominate(stamp: lastStamp) {
            ready.insert(candidate)
        }
    }

    // MARK: What is out of date

    private mutating func dropDeadEntries() {
        for caller in accounts.keys {
            accounts[caller]?.waiting.removeAll { !$0.request.isWaiting }
        }
        let isStale = { [accounts] (candidate: Candidate) in
            accounts[candidate.position.request.caller]?.candidate != candidate
        }
        ready.removeAll(where: isStale)
        ahead.removeAll { isStale($0.candidate) }
        standings.removeAll { [accounts] in accounts[$0.caller]?.stamp != $0.stamp }
        deadEntries = 0
    }
}
