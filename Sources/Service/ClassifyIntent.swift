// IntentService.ClassifyIntent: a sentence in, what it asks for out.

internal import Base
internal import Inference
internal import Intents
internal import Messages
internal import RPC

/// One call. Confined to its loop.
final class ClassifyIntent: CallHandler {
    private let context: LoopContext
    private let models: ServingModels
    private var encoding: RequestTexts?
    private var isDone = false
    private var received = MonotonicTime.distantFuture

    init(context: LoopContext) {
        self.context = context
        models = context.state.models.load()
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        received = context.state.time.now()
        do throws(Fault) {
            let request = try context.codec.decodeClassifyIntentRequest(message)
            guard let classifier = models.intents else {
                throw Fault(
                    .failedPrecondition, reason: "NO_INTENTS",
                    "no intents are loaded: import some with 'rankwire import intents FILE'")
            }
            let encoding = RequestTexts(
                state: context.state, models: models, call: call,
                callerClass: call.callerClass(.interactive))
            self.encoding = encoding
            encoding.encode([request.text], field: "text") { [unowned self] in
                encoded($0, classifier, request, on: call)
            }
        } catch { fail(error, on: call) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) {
        isDone = true
        encoding?.cancel()
    }

    private func fail(_ fault: Fault, on call: ServerCall) {
        isDone = true
        call.fail(fault, context.codec)
    }

    private func encoded(
        _ result: Result<RequestTexts.Encoded, Fault>, _ classifier: IntentClassifier,
        _ request: ClassifyIntentRequest, on call: ServerCall
    ) {
        guard !isDone else { return }
        do throws(Fault) {
            let encoded = try result.get()
            guard let vector = encoded.vectors[0], let info = encoded.infos[0] else {
                throw Fault.invalid("text", "must not be empty")
            }
            isDone = true
            var timings = encoded.timings
            let start = context.state.time.now()
            let classified = classifier.classify(
                vector, topK: request.topK, explain: request.explain)
            let end = context.state.time.now()
            timings.scoreNanoseconds = Int64(end.nanoseconds(since: start))
            timings.totalNanoseconds = Int64(end.nanoseconds(since: received))
            call.reply(
                context.codec.encodeClassifyIntentResponse(
                    response(classified, info, timings)))
        } catch { fail(error, on: call) }
    }

    private func response(
        _ classified: IntentAnswer, _ info: TextInfo, _ timings: Timings
    ) -> ClassifyIntentResponse {
        ClassifyIntentResponse(
            intents: classified.intents.map { score in
                ClassifyIntentResponse.Score(
                    intent: score.name, score: score.score,
                    nearestExamples: score.nearestExamples.map {
                        .init(text: $0.text, similarity: $0.similarity)
                    })
            },
            outOfScope: classified.isOutOfScope, threshold: classified.threshold,
            answer: classified.answer, text: info, timings: timings,
            bundleVersion: models.card.bundleVersion)
    }
}
