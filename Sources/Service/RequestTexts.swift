// From a request's texts to vectors: tokenise, hand to the scheduler, quantise. A piece's worth is
// done on the loop; more goes to the workers, piece after piece, so that no request holds a loop.

internal import Base
internal import Inference
internal import Messages
internal import RPC

/// Encodes the texts of one call. Confined to the call's loop; the completion comes exactly once,
/// unless `cancel` came first.
final class RequestTexts {
    struct Encoded {
        /// One for each text, in order; nil for an empty one.
        var vectors: [Int8Vector?] = []
        var infos: [TextInfo?] = []
        var timings = Timings()
    }

    private struct Piece: Sendable {
        var texts = TokenizedTexts()
        var infos: [TextInfo?] = []
        var nanoseconds: Int64 = 0
    }

    private let state: ServerState
    private let models: ServingModels
    private let call: ServerCall
    private let callerClass: CallerClass
    private var texts: [String] = []
    private var prepared: PreparedTexts
    /// Of the texts that are not empty.
    private var rows: [Int8Vector] = []
    private var ticket: Scheduler.Ticket?
    private var encoded = Encoded()
    private var completion: ((Result<Encoded, Fault>) -> Void)?

    init(
        state: ServerState, models: ServingModels, call: ServerCall, callerClass: CallerClass
    ) {
        self.state = state
        self.models = models
        self.call = call
        self.callerClass = callerClass
        prepared = PreparedTexts(for: models.generation)
    }

    /// - Parameter field: where the request has its texts, for a fault.
    func encode(
        _ texts: [String], field: String,
        _ completion: @escaping (Result<Encoded, Fault>) -> Void
    ) {
        self.completion = completion
        let bytes = texts.reduce(0) { $0 + $1.utf8.count }
        if bytes == 0 {
            encoded.vectors = texts.map { _ in nil }
            encoded.infos = texts.map { _ in nil }
            finish(.success(encoded))
        } else if bytes > state.limits.maxRequestTextBytes {
            finish(
                .failure(
                    .invalid(
                        field,
                        "the request's texts have \(bytes) bytes together, at most "
                            + "\(state.limits.maxRequestTextBytes) are allowed")))
        } else {
            self.texts = texts
            let end = TextPieces.end(of: texts, from: 0)
            let fitsLoop = end == texts.count && bytes <= TextPieces.maxBytes
            if fitsLoop { prepareOnLoop() } else { prepareOnWorker(from: 0) }
        }
    }

    /// The completion will not come.
    func cancel() {
        completion = nil
        ticket?.cancel()
    }

    private func finish(_ result: Result<Encoded, Fault>) {
        let completion = self.completion
        self.completion = nil
        if case .success(let encoded) = result { call.add(encoded.timings) }
        completion?(result)
    }

    // MARK: Before

    private func prepareOnLoop() {
        let piece = Self.tokenize(texts[...], models.tokenizer, state.time)
        state.scheduler.prepare(piece.texts, into: &prepared)
        add(piece)
        submit()
    }

    private func prepareOnWorker(from start: Int) {
        let end = TextPieces.end(of: texts, from: start)
        let confined = LoopConfined(self, to: call.mailbox)
        let (texts, tokenizer, time) = (texts[start..<end], models.tokenizer, state.time)
        let (scheduler, generation) = (state.scheduler, models.generation)
        ticket = scheduler.perform(
            deadline: call.deadline, class: callerClass, mailbox: call.mailbox,
            work: {
                let piece = Self.tokenize(texts, tokenizer, time)
                var prepared = PreparedTexts(for: generation)
                scheduler.prepare(piece.texts, into: &prepared)
                return (piece, prepared)
            },
            completion: { confined.value.prepared($0, upTo: end) })
    }

    private func prepared(_ result: Result<(Piece, PreparedTexts), Fault>, upTo end: Int) {
        guard completion != nil else { return }
        switch result {
        case .failure(let fault): finish(.failure(fault))
        case .success(let (piece, next)):
            add(piece)
            prepared.append(next)
            if end < texts.count { prepareOnWorker(from: end) } else { submit() }
        }
    }

    private func add(_ piece: Piece) {
        encoded.infos += piece.infos
        encoded.timings.tokenizeNanoseconds += piece.nanoseconds
    }

    private static func tokenize(
        _ texts: ArraySlice<String>, _ tokenizer: WordPieceTokenizer, _ time: any TimeSource
    ) -> Piece {
        let start = time.now()
        var piece = Piece()
        for text in texts {
            if text.isEmpty {
                piece.infos.append(nil)
                continue
            }
            let position = piece.texts.count
            piece.texts.append(text, with: tokenizer)
            let ids = piece.texts.tokenIds(at: position)
            var info = TextInfo(
                tokenCount: ids.count, truncated: piece.texts.isTruncated[position])
            info.unknownWordCount = ids.count { $0 == tokenizer.unknownId }
            piece.infos.append(info)
        }
        piece.nanoseconds = Int64(time.now().nanoseconds(since: start))
        return piece
    }

    private func submit() {
        do throws(Fault) {
            try call.knownCaller?.takeTokens(
                encoded.infos.reduce(0) { $0 + ($1?.tokenCount ?? 0) }, now: call.now)
        } catch { return finish(.failure(error)) }
        let confined = LoopConfined(self, to: call.mailbox)
        ticket = state.scheduler.submit(
            prepared, deadline: call.deadline, class: callerClass, mailbox: call.mailbox
        ) { confined.value.arrived($0) }
    }

    // MARK: After

    private func arrived(_ result: Result<EncodedTexts, Fault>) {
        guard completion != nil else { return }
        switch result {
        case .failure(let fault): finish(.failure(fault))
        case .success(let texts):
            encoded.timings.queueNanoseconds = Int64(texts.queueNanoseconds)
            encoded.timings.encodeNanoseconds = Int64(texts.encodeNanoseconds)
            if texts.count <= TextPieces.maxTexts {
                quantized(.success(Self.quantize(texts, 0..<texts.count)), of: texts)
            } else {
                quantizeOnWorker(texts)
            }
        }
    }

    /// What follows the rows that are there.
    private func quantizeOnWorker(_ texts: EncodedTexts) {
        let start = rows.count
        let range = start..<TextPieces.endByCount(texts.count, from: start)
        let confined = LoopConfined(self, to: call.mailbox)
        ticket = state.scheduler.perform(
            deadline: call.deadline, class: callerClass, mailbox: call.mailbox,
            work: { Self.quantize(texts, range) },
            completion: { confined.value.quantized($0, of: texts) })
    }

    private static func quantize(_ texts: EncodedTexts, _ range: Range<Int>) -> [Int8Vector] {
        range.map { Int8Vector(quantizing: Array(texts.vector(at: $0))) }
    }

    private func quantized(_ result: Result<[Int8Vector], Fault>, of texts: EncodedTexts) {
        guard completion != nil else { return }
        switch result {
        case .failure(let fault): finish(.failure(fault))
        case .success(let next):
            rows += next
            if rows.count < texts.count { return quantizeOnWorker(texts) }
            var row = 0
            for info in encoded.infos {
                encoded.vectors.append(info == nil ? nil : rows[row])
                if info != nil { row += 1 }
            }
            finish(.success(encoded))
        }
    }
}
