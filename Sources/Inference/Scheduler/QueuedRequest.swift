internal import Base

/// The vectors that one batch made; requests share it until they are answered.
final class VectorBlock: Sendable {
    let vectors: [Float]

    init(_ vectors: [Float]) { self.vectors = vectors }
}

/// One of them.
struct VectorRow: Sendable {
    let block: VectorBlock
    let index: Int
}

/// One request from submission to answer.
///
/// The scheduler's lock guards what varies. Once the core has handed out the answer it forgets the
/// request, which then belongs to whoever delivers.
final class QueuedRequest {
    let id: UInt64
    let texts: TokenizedTexts
    /// One for each text.
    let keys: [TextKey]
    let generation: EncoderGeneration
    let callerClass: CallerClass
    let caller: UInt32
    let deadline: MonotonicTime
    let submitted: MonotonicTime
    let answer: @Sendable (Result<EncodedTexts, Fault>) -> Void

    /// Whether a text needs no batch any more: it is in one, or has its vector.
    private(set) var isTaken: [Bool]
    /// The first text that is not taken.
    private(set) var nextText = 0
    /// Of texts that are not taken.
    private(set) var waitingTexts: Int
    private(set) var waitingTokens: Int
    /// Texts without a vector.
    var missingVectors: Int
    /// When its first text entered a batch.
    var started: MonotonicTime?
    var isAnswered = false
    /// Where each text's vector is.
    private(set) var rows: [VectorRow?]

    init(
        id: UInt64, texts: TokenizedTexts, keys: [TextKey], generation: EncoderGeneration,
        callerClass: CallerClass, caller: UInt32, deadline: MonotonicTime,
        submitted: MonotonicTime,
        answer: @escaping @Sendable (Result<EncodedTexts, Fault>) -> Void
    ) {
        self.id = id
        self.texts = texts
        self.keys = keys
        self.generation = generation
        self.callerClass = callerClass
        self.caller = caller
        self.deadline = deadline
        self.submitted = submitted
        self.answer = answer
        isTaken = Array(repeating: false, count: texts.count)
        waitingTexts = texts.count
        waitingTokens = texts.tokenCount
        missingVectors = texts.count
        rows = Array(repeating: nil, count: texts.count)
    }

    /// Whether a text of it still has to be put in a batch.
    var isWaiting: Bool { !isAnswered && waitingTexts > 0 }

    /// Its place in its class: its deadline, but no further off than patience goes.
    var moment: MonotonicTime {
        min(deadline, submitted.advanced(byNanoseconds: ClassQueue.patienceMs * 1_000_000))
    }

    func take(_ text: Int) {
        precondition(!isTaken[text], "a text was taken twice")
        isTaken[text] = true
        waitingTexts -= 1
        waitingTokens -= texts.tokenCount(at: text)
        while nextText < texts.count && isTaken[nextText] { nextText += 1 }
    }

    func give(_ text: Int, _ row: VectorRow) {
        rows[text] = row
        missingVectors -= 1
    }

    /// The answer, once all vectors are there.
    func encoded(finished: MonotonicTime) -> EncodedTexts {
        let started = started ?? finished
        return EncodedTexts(
            dimension: generation.dimension, rows: rows,
            queueNanoseconds: started.nanoseconds(since: submitted),
            encodeNanoseconds: finished.nanoseconds(since: started))
    }
}

/// A request's place in an order: the earliest moment first, then first come.
struct DeadlinePosition: Comparable {
    let moment: MonotonicTime
    let request: QueuedRequest

    static func < (a: Self, b: Self) -> Bool {
        (a.moment.nanoseconds, a.request.id) < (b.moment.nanoseconds, b.request.id)
    }

    static func == (a: Self, b: Self) -> Bool { a.request === b.request }
}
