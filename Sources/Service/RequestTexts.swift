// From a request's texts to vectors: tokenise, hand to the scheduler, quantise. Short texts are
// tokenised on the loop; more than a slice's worth goes to a worker first, so that no request holds
// the loop.

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

    private struct Tokenized: Sendable {
        var texts = TokenizedTexts()
        var infos: [TextInfo?] = []
        var nanoseconds: Int64 = 0
    }

    /// About 100 µs of tokenising.
    private static let maxBytesOnLoop = 8 * 1024

    private let state: ServerState
    private let models: ServingModels
    private let call: ServerCall
    private let callerClass: CallerClass
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
        } else if bytes <= Self.maxBytesOnLoop {
            tokenized(.success(Self.tokenize(texts, models.tokenizer, state.time)))
        } else {
            tokenizeOnWorker(texts)
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
        completion?(result)
    }

    private func tokenizeOnWorker(_ texts: [String]) {
        let confined = LoopConfined(self, to: call.mailbox)
        let (tokenizer, time) = (models.tokenizer, state.time)
        ticket = state.scheduler.perform(
            deadline: call.deadline, class: callerClass, mailbox: call.mailbox,
            work: { Self.tokenize(texts, tokenizer, time) },
            completion: { confined.value.tokenized($0) })
    }

    private static func tokenize(
        _ texts: [String], _ tokenizer: WordPieceTokenizer, _ time: any TimeSource
    ) -> Tokenized {
        let start = time.now()
        var result = Tokenized()
        for text in texts {
            if text.isEmpty {
                result.infos.append(nil)
                continue
            }
            let position = result.texts.count
            result.texts.append(text, with: tokenizer)
            result.infos.append(
                TextInfo(
                    tokenCount: result.texts.tokenCount(at: position),
                    truncated: result.texts.isTruncated[position]))
        }
        result.nanoseconds = Int64(time.now().nanoseconds(since: start))
        return result
    }

    private func tokenized(_ result: Result<Tokenized, Fault>) {
        guard completion != nil else { return }
        switch result {
        case .failure(let fault): finish(.failure(fault))
        case .success(let tokenized):
            encoded.infos = tokenized.infos
            encoded.timings.tokenizeNanoseconds = tokenized.nanoseconds
            do throws(Fault) {
                try call.knownCaller?.takeTokens(
                    tokenized.infos.reduce(0) { $0 + ($1?.tokenCount ?? 0) }, now: call.now)
            } catch { return finish(.failure(error)) }
            let confined = LoopConfined(self, to: call.mailbox)
            ticket = state.scheduler.submit(
                tokenized.texts, on: models.generation, deadline: call.deadline,
                class: callerClass, mailbox: call.mailbox
            ) { confined.value.arrived($0) }
        }
    }

    private func arrived(_ result: Result<EncodedTexts, Fault>) {
        guard completion != nil else { return }
        switch result {
        case .failure(let fault): finish(.failure(fault))
        case .success(let texts):
            encoded.timings.queueNanoseconds = Int64(texts.queueNanoseconds)
            encoded.timings.encodeNanoseconds = Int64(texts.encodeNanoseconds)
            var row = 0
            for info in encoded.infos {
                if info == nil {
                    encoded.vectors.append(nil)
                } else {
                    encoded.vectors.append(Int8Vector(quantizing: Array(texts.vector(at: row))))
                    row += 1
                }
            }
            finish(.success(encoded))
        }
    }
}
