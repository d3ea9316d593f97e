import Base
import Testing

@testable import Inference

/// What did not hold in a simulation, and when.
struct Violation: Error, CustomStringConvertible {
    let description: String
}

/// The requests of one schedule and what must hold of them whatever happens.
struct SchedulerInvariants {
    /// Tokens put in batches so far when a bidding request came.
    private struct Taken {
        var all = 0
        var bulk = 0
    }

    private var unanswered: [UInt64: QueuedRequest] = [:]
    private var answered: Set<UInt64> = []
    private var taken = Taken()
    private var biddingSince: [UInt64: Taken] = [:]
    private var largestBatchTokens: Int

    init(maxBatchTokens: Int) { largestBatchTokens = maxBatchTokens }

    /// What the encoder of its generation makes of a text.
    static func vector(of place: TextPlace) -> Float {
        let name = place.request.texts.tokenIds(at: place.text).first!
        return Float(Int(name) * 64 + Int(place.request.generation.id % 61))
    }

    mutating func replaced(maxBatchTokens: Int) {
        largestBatchTokens = max(largestBatchTokens, maxBatchTokens)
    }

    mutating func arrived(_ request: QueuedRequest) {
        unanswered[request.id] = request
        if request.callerClass == .bidding { biddingSince[request.id] = taken }
    }

    func randomUnanswered(_ random: inout SeededRandom) -> UInt64? {
        unanswered.keys.sorted().randomElement(using: &random)
    }

    // MARK: Answers

    mutating func collect(_ core: inout SchedulerCore, _ now: MonotonicTime) throws {
        for answer in core.takeAnswers() {
            switch answer {
            case .encoded(let request, let finished):
                let vectors = request.encoded(finished: finished).vectors
                let expected = (0..<request.texts.count).map {
                    Self.vector(of: TextPlace(request: request, text: $0))
                }
                try require(vectors == expected, "\(request.id) has another's vectors", now)
                try note(request, now)
            case .fault(let request, _): try note(request, now)
            case .sliceFault: break
            }
        }
    }

    private mutating func note(_ request: QueuedRequest, _ now: MonotonicTime) throws {
        try require(
            answered.insert(request.id).inserted, "\(request.id) was answered twice", now)
        unanswered[request.id] = nil
        biddingSince[request.id] = nil
    }

    // MARK: Batches

    mutating func checkStart(
        _ batch: SchedulerCore.Batch, _ now: MonotonicTime, maxBatchTokens: Int,
        running: [TextPlace]
    ) throws {
        try require(!batch.entries.isEmpty, "an empty batch", now)
        try require(
            batch.tokenCount == batch.entries.reduce(0) { $0 + $1.tokenCount },
            "a batch's tokens are miscounted", now)
        try require(
            batch.tokenCount < 2 * maxBatchTokens || batch.entries.count == 1,
            "a batch over its budget", now)
        var runningKeys = Set(running.map(\.key))
        for entry in batch.entries {
            try require(
                entry.request.generation === batch.generation, "a batch of two encoders", now)
            try require(
                runningKeys.insert(entry.key).inserted, "the same text is encoded twice", now)
            let isWanted = unanswered.values.contains { request in
                request.deadline > now
                    && request.rows.indices.contains { text in
                        request.rows[text] == nil && request.keys[text] == entry.key
                    }
            }
            try require(isWanted, "encoded for nobody", now)
            if entry.request.callerClass == .bulk { taken.bulk += entry.tokenCount }
        }
        taken.all += batch.tokenCount
    }

    // MARK: After every step

    mutating func check(_ core: SchedulerCore, _ now: MonotonicTime) throws {
        try require(
            core.queuedTokens <= core.configuration.maxQueuedTokens, "more tokens wait than may",
            now)
        try require(
            core.queuedTokens == unanswered.values.reduce(0) { $0 + $1.waitingTokens },
            "the queue's tokens are miscounted", now)
        try require(
            core.snapshot().queuedSlices <= core.configuration.maxQueuedSlices,
            "too many slices wait", now)
        let waiting = unanswered.values.reduce(0) { $0 + $1.texts.count }
        try require(core.texts.entryCount <= 18 * waiting + 16, "the index of texts grows", now)
        try checkBidding(core, now)
    }

    /// While a bidding request waits, bulk has no more than a batch and its share.
    private mutating func checkBidding(_ core: SchedulerCore, _ now: MonotonicTime) throws {
        for (id, since) in biddingSince {
            guard unanswered[id]?.isWaiting == true else {
                biddingSince[id] = nil
                continue
            }
            let share = ClassTurns.guaranteedShare[CallerClass.bulk.rawValue]
            let allowed =
                largestBatchTokens + core.configuration.maxTokensPerText
                + Int(Double(taken.all - since.all) * share)
            try require(
                taken.bulk - since.bulk <= allowed, "bulk holds bidding request \(id) up", now)
        }
    }

    func checkEnd(_ core: SchedulerCore) throws {
        let now = MonotonicTime.distantFuture
        try require(unanswered.isEmpty, "not all answered", now)
        try require(core.snapshot().unanswered == 0, "counters do not add up", now)
        try require(core.queuedTokens == 0 && !core.hasWork, "tokens were left over", now)
        try require(core.texts.isEmpty, "texts were left in the index", now)
        let counters = core.counters
        try require(
            counters.encodedTexts + counters.coalescedTexts + counters.cachedTexts
                <= counters.admittedTexts, "more texts had vectors than were admitted", now)
    }

    func require(_ holds: Bool, _ what: String, _ now: MonotonicTime) throws {
        if !holds { throw Violation(description: "at \(now.nanoseconds) ns: \(what)") }
    }
}
