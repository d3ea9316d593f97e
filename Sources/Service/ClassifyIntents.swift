// IntentService.ClassifyIntents: sentences in one batch through the encoder, then classified on a worker
// in slices.

internal import Base
internal import Inference
internal import Intents
internal import Messages
internal import RPC

/// One call. Confined to its loop.
final class ClassifyIntents: CallHandler {
    /// Sentences of a slice: some milliseconds of a worker.
    private static let sliceCount = 32

    private let context: LoopContext
    private let models: ServingModels
    private var request = ClassifyIntentsRequest()
    private var encoding: RequestTexts?
    private var encoded = RequestTexts.Encoded()
    private var slice: Scheduler.Ticket?
    private var results: [ClassifyIntentResponse] = []
    private var timings = Timings()
    private var isDone = false
    private var received = MonotonicTime.distantFuture

    init(context: LoopContext) {
        self.context = context
        models = context.state.models.load()
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        received = context.state.time.now()
        do throws(Fault) {
            request = try context.codec.decodeClassifyIntentsRequest(message)
            _ = try models.requireIntents()
            let encoding = RequestTexts(
                state: context.state, models: models, call: call,
                callerClass: call.callerClass(.bulk))
            self.encoding = encoding
            encoding.encode(request.texts, field: "texts") { [unowned self] in
                arrived($0, on: call)
            }
        } catch { fail(error, on: call) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) {
        isDone = true
        encoding?.cancel()
        slice?.cancel()
    }

    private func fail(_ fault: Fault, on call: ServerCall) {
        isDone = true
        call.fail(fault, context.codec)
    }

    private func arrived(_ result: Result<RequestTexts.Encoded, Fault>, on call: ServerCall) {
        guard !isDone else { return }
        do throws(Fault) {
            encoded = try result.get()
            timings = encoded.timings
            try classifySlice(on: call)
        } catch { fail(error, on: call) }
    }

    private func classifySlice(on call: ServerCall) throws(Fault) {
        let reply = IntentReply(
            models: models, classifier: try models.requireIntents(), topK: request.topK,
            explain: request.explain)
        let range = results.count..<min(results.count + Self.sliceCount, request.texts.count)
        let texts = Array(request.texts[range])
        let vectors = Array(encoded.vectors[range])
        let infos = Array(encoded.infos[range])
        let time = context.state.time
        let confined = LoopConfined((self, call), to: call.mailbox)
        slice = context.state.scheduler.perform(
            deadline: call.deadline, class: call.callerClass(.bulk), mailbox: call.mailbox,
            work: {
                Timed(time) {
                    zip(texts, zip(vectors, infos)).map { text, read in
                        guard let vector = read.0, let info = read.1 else {
                            return ClassifyIntentResponse()
                        }
                        return reply.make(text: text, vector: vector, info: info)
                    }
                }
            },
            completion: { result in
                let (handler, call) = confined.value
                handler.classified(result, on: call)
            })
    }

    private func classified(
        _ result: Result<Timed<[ClassifyIntentResponse]>, Fault>, on call: ServerCall
    ) {
        guard !isDone else { return }
        do throws(Fault) {
            let slice = try result.get()
            results += slice.value
            timings.scoreNanoseconds += slice.nanoseconds
            if results.count < request.texts.count { return try classifySlice(on: call) }
            isDone = true
            call.addScore(nanoseconds: timings.scoreNanoseconds)
            timings.totalNanoseconds = Int64(
                context.state.time.now().nanoseconds(since: received))
            call.reply(
                context.codec.encodeClassifyIntentsResponse(
                    results, failures: request.failures, timings: timings,
                    bundleVersion: models.card.bundleVersion))
        } catch { fail(error, on: call) }
    }
}
