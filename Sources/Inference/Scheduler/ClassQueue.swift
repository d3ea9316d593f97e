// Who of one class is next: earliest deadline first, and no caller more than its share.
//
// Deficit round robin in tokens (Shreedhar & Varghese, 1995) with the order inside a round left to
// the deadlines: a caller may go on while its tokens of this round last, the one with the earliest
// deadline first; when all who wait have used theirs, a new round gives each a quantum more.
//
// A caller's account stays until the round ends even when it has nothing waiting, or one that sends
// a text at a time would be given a new quantum with each. A round also ends when newcomers have
// made it longer than its callers alone could, so that those who rest are not kept waiting; and no
// deadline counts as further off than `patienceMs`, so that those who come later cannot for ever
// be more urgent.

internal import Base

/// The waiting requests of one class.
struct ClassQueue {
    static let patienceMs: UInt64 = 1_000

    private struct Account {
        var waiting = BinaryHeap<DeadlinePosition>()
        var tokensLeft: Int
        /// Until the first round it sees start: it was given its quantum when it came.
        var isNew = true
        /// What stands for it in `candidates`; nil while it rests or has nothing waiting.
        var candidate: Candidate?
        var isResting = false

        /// The candidate to enter, where it is another than the one that stands.
        mutating func nominate(stamp: UInt64) -> Candidate? {
            if isResting { return nil }
            while let first = waiting.first, !first.request.isWaiting {
                _ = waiting.removeFirst()
            }
            if waiting.first == candidate?.position { return nil }
            candidate = waiting.first.map { Candidate(position: $0, stamp: stamp) }
            return candidate
        }
    }

    private struct Candidate: Comparable {
        let position: DeadlinePosition
        /// Tells the account's entry from those it left behind.
        let stamp: UInt64

        static func < (a: Self, b: Self) -> Bool { a.position < b.position }
        static func == (a: Self, b: Self) -> Bool { a.stamp == b.stamp }
    }

    private let quantumTokens: Int
    private var accounts: [UInt32: Account] = [:]
    private var candidates = BinaryHeap<Candidate>()
    private var lastStamp: UInt64 = 0
    /// Tokens that may still be taken before a new round is due whoever has some left.
    private var roundTokensLeft = 0
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
    var entryCount: Int { accounts.values.reduce(candidates.count) { $0 + $1.waiting.count } }

    /// Tokens that wait for moments up to a given one.
    func tokens(upTo moment: MonotonicTime, now: MonotonicTime) -> Int {
        histogram.tokens(upTo: moment, now: now)
    }

    mutating func insert(_ request: QueuedRequest) {
        tokens += request.waitingTokens
        requestCount += 1
        histogram.add(request.waitingTokens, at: request.moment)
        let position = DeadlinePosition(moment: request.moment, request: request)
        accounts[request.caller, default: Account(tokensLeft: quantumTokens)]
            .waiting.insert(position)
        nominate(request.caller)
    }

    /// The request whose text is to be taken next.
    mutating func next() -> QueuedRequest? {
        while requestCount > 0 {
            if roundTokensLeft <= 0 { startRound() }
            guard let candidate = candidates.first else {
                startRound()
                continue
            }
            let request = candidate.position.request
            let caller = request.caller
            guard let account = accounts[caller], account.candidate == candidate else {
                _ = candidates.removeFirst()
                continue
            }
            if !request.isWaiting {
                nominate(caller)
            } else if request.texts.tokenCount(at: request.nextText) <= account.tokensLeft {
                return request
            } else {
                accounts[caller]?.isResting = true
                accounts[caller]?.candidate = nil
            }
        }
        return nil
    }

    /// Takes the next text of the request that `next` named, at its caller's cost.
    mutating func takeNext(of request: QueuedRequest) {
        let count = request.texts.tokenCount(at: request.nextText)
        accounts[request.caller]?.tokensLeft -= count
        roundTokensLeft -= count
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
        if requestCount == 0 {
            accounts.removeAll(keepingCapacity: true)
            candidates = BinaryHeap()
            roundTokensLeft = 0
            deadEntries = 0
        } else if deadEntries > requestCount + 64 || candidates.count > 2 * requestCount + 64 {
            dropDeadEntries()
        }
    }

    /// Puts the caller's most urgent request among the candidates, unless it rests.
    private mutating func nominate(_ caller: UInt32) {
        lastStamp += 1
        if let candidate = accounts[caller]?.nominate(stamp: lastStamp) {
            candidates.insert(candidate)
        }
    }

    /// A quantum for each who has something waiting; the others' accounts are closed.
    private mutating func startRound() {
        roundTokensLeft = quantumTokens
        for (caller, account) in accounts {
            guard account.waiting.contains(where: { $0.request.isWaiting }) else {
                accounts[caller] = nil
                continue
            }
            let isUntouched = account.isNew && account.tokensLeft == quantumTokens
            // More than two quanta would be a burst that others had to wait for.
            let tokensLeft =
                isUntouched
                ? quantumTokens : min(account.tokensLeft + quantumTokens, 2 * quantumTokens)
            accounts[caller]?.tokensLeft = tokensLeft
            accounts[caller]?.isNew = false
            accounts[caller]?.isResting = false
            roundTokensLeft += tokensLeft
            nominate(caller)
        }
    }

    private mutating func dropDeadEntries() {
        for caller in accounts.keys {
            accounts[caller]?.waiting.removeAll { !$0.request.isWaiting }
        }
        candidates.removeAll { candidate in
            accounts[candidate.position.request.caller]?.candidate != candidate
        }
        deadEntries = 0
    }
}
