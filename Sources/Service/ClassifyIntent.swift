// IntentService.ClassifyIntent: a sentence in, what it asks for out.

internal import Base
internal import Inference
internal import Intents
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop.
final class ClassifyIntent: CallHandler {
    private enum Step {
        case start, profile, texts, words, done
    }

    private let context: LoopContext
    private let models: ServingModels
    private var step = Step.start
    private var request = ClassifyIntentRequest(text: "")
    private var attributes: [String: String] = [:]
    private var encoding: RequestTexts?
    private var response = ClassifyIntentResponse()
    private var received = MonotonicTime.distantFuture

    init(context: LoopContext) {
        self.context = context
        models = context.state.models.load()
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        received = context.state.time.now()
        do throws(Fault) {
            request = try context.codec.decodeClassifyIntentRequest(message)
            _ = try classifier()
            if request.userId.isEmpty {
                encodeTexts(on: call)
            } else {
                step = .profile
                context.state.profile(
                    of: try context.state.pseudonymizer.pseudonym(of: request.userId), for: self,
                    on: call
                ) { handler, result, call in handler.profileArrived(result, on: call) }
            }
        } catch { fail(error, on: call) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) {
        step = .done
        encoding?.cancel()
    }

    private func fail(_ fault: Fault, on call: ServerCall) {
        step = .done
        call.fail(fault, context.codec)
    }

    private func classifier() throws(Fault) -> IntentClassifier { try models.requireIntents() }

    private func profileArrived(_ result: Result<ProfileVersion, Fault>, on call: ServerCall) {
        guard step == .profile else { return }
        do throws(Fault) {
            attributes = try result.get().profile.permitted(call.labels).profile.attributes
            encodeTexts(on: call)
        } catch { fail(error, on: call) }
    }

    private func encodeTexts(on call: ServerCall) {
        step = .texts
        var texts = [request.text]
        if !request.previousTurns.isEmpty {
            texts.append((request.previousTurns + [request.text]).joined(separator: " "))
        }
        encode(texts, on: call) { [unowned self] in encoded($0, on: call) }
    }

    private func encode(
        _ texts: [String], on call: ServerCall,
        _ completion: @escaping (Result<RequestTexts.Encoded, Fault>) -> Void
    ) {
        let encoding = RequestTexts(
            state: context.state, models: models, call: call,
            callerClass: call.callerClass(.interactive))
        self.encoding = encoding
        encoding.encode(texts, field: "text", completion)
    }

    private func encoded(
        _ result: Result<RequestTexts.Encoded, Fault>, on call: ServerCall
    ) {
        guard step == .texts else { return }
        do throws(Fault) {
            let encoded = try result.get()
            guard let vector = encoded.vectors[0], let info = encoded.infos[0] else {
                throw Fault.invalid("text", "must not be empty")
            }
            let start = context.state.time.now()
            let reply = IntentReply(
                models: models, classifier: try classifier(), topK: request.topK,
                explain: request.explain)
            response = reply.make(
                text: request.text, vector: vector,
                context: encoded.vectors.count > 1 ? encoded.vectors[1] : nil, info: info,
                facts: request.facts, attributes: attributes)
            response.timings = encoded.timings
            response.timings.scoreNanoseconds = Int64(
                context.state.time.now().nanoseconds(since: start))
            if request.explainsWords, !response.intents.isEmpty {
                explainWords(on: call)
            } else {
                finish(on: call)
            }
        } catch { fail(error, on: call) }
    }

    private func explainWords(on call: ServerCall) {
        step = .words
        let occlusion = WordOcclusion(request.text)
        encode(occlusion.texts, on: call) { [unowned self] result in
            guard step == .words else { return }
            do throws(Fault) {
                let encoded = try result.get()
                let importances = occlusion.importances(
                    encoded.vectors, of: response.intents[0].intent, by: try classifier())
                response.words = importances.map { .init(word: $0.word, importance: $0.value) }
                response.timings.encodeNanoseconds += encoded.timings.encodeNanoseconds
                finish(on: call)
            } catch { fail(error, on: call) }
        }
    }

    private func finish(on call: ServerCall) {
        step = .done
        response.timings.totalNanoseconds = Int64(
            context.state.time.now().nanoseconds(since: received))
        call.addScore(nanoseconds: response.timings.scoreNanoseconds)
        call.reply(context.codec.encodeClassifyIntentResponse(response))
    }
}

extension ServingModels {
    func requireIntents() throws(Fault) -> IntentClassifier {
        guard let intents, intents.hasIntents else {
            throw Fault(
                .failedPrecondition, reason: "NO_INTENTS",
                "no intents are loaded: import some with 'rankwire import intents FILE'")
        }
        return intents
    }
}
