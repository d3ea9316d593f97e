internal import Base

/// The vectors that one batch made; requests share it until they are answered.
final class VectorBlock: Sendable {
    let vectors: [Float]

    init(_ vectors: [Float]) { self.vectors = vectors }
}

/// One request from submission to answer.
///
/// The scheduler's lock guards what varies. Once the core has handed out the answer it forgets the
/// request, which then belongs to whoever delivers.
final class QueuedRequest {
    let id: UInt64
    let texts: TokenizedTexts
    let callerClass: CallerClass
    let caller: UInt32
    let deadline: MonotonicTime
    let submitted: MonotonicTime
    let answer: @Sendable (Result<EncodedTexts, Fault>) -> Void

    /// The first text that is in no batch yet.
    var nextText = 0
    /// Texts without a vector.
    var missingVectors: Int
    /// When its first text entered a batch.
    var started: MonotonicTime?
    var isAnswered = false
    /// Where each text's vector is.
    var rows: [(block: VectorBlock, index: Int)?]

    init(
        id: UInt64, texts: TokenizedTexts, callerClass: CallerClass, caller: UInt32,
        deadline: MonotonicTime, submitted: MonotonicTime,
        answer: @escaping @Sendable (Result<EncodedTexts, Fault>) -> Void
    ) {
        self.id = id
        self.texts = texts
        self.callerClass = callerClass
        self.caller = caller
        self.deadline = deadline
        self.submitted = submitted
        self.answer = answer
        missingVectors = texts.count
        rows = Array(repeating: nil, count: texts.count)
    }

    /// Whether a text of it still has to be put in a batch.
    var isWaiting: Bool { !isAnswered && nextText < texts.count }

    /// Its place in its class: its deadline, but no further off than patience goes.
    var moment: MonotonicTime {
        min(deadline, submitted.advanced(byNanoseconds: ClassQueue.patienceMs * 1_000_000))
    }

    /// Tokens that are in no batch yet.
    var waitingTokens: Int { texts.tokenCount - Int(texts.offsets[nextText]) }

    /// Copies the rows together. For who delivers the answer, outside the lock.
    func gather(dimension: Int, finished: MonotonicTime) -> EncodedTexts {
        let count = rows.count * dimension
        let vectors = [Float](unsafeUninitializedCapacity: count) { out, initialized in
            for case .some(let row) in rows {
                let floats = row.block.vectors[row.index * dimension..<(row.index + 1) * dimension]
                _ = out[initialized...].initialize(from: floats)
                initialized += dimension
            }
        }
        let started = started ?? finished
        return EncodedTexts(
            dimension: dimension, vectors: vectors,
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
