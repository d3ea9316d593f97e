// ProfileService.IngestEvents: events in, durable and known to the next request when it answers.
// Texts, then the worker that makes pseudonyms and adds what the catalogue knows, then the store.

internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop.
final class IngestEvents: CallHandler {
    private enum Step {
        case request, texts, enrich, store, done
    }

    private let context: LoopContext
    private let models: ServingModels
    private var step = Step.request
    /// The events that are taken, with their places in the request.
    private var accepted: [(index: Int, entry: IngestEventsRequest.Entry)] = []
    private var response = IngestEventsResponse()
    private var encoding: RequestTexts?
    private var ticket: Scheduler.Ticket?

    init(context: LoopContext) {
        self.context = context
        models = context.state.models.load()
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            clean(try context.codec.decodeIngestEventsRequest(message))
            step = .texts
            let encoding = RequestTexts(
                state: context.state, models: models, call: call, callerClass: .bulk)
            self.encoding = encoding
            encoding.encode(accepted.map(\.entry.event.encoderText), field: "events") {
                [unowned self] in textsArrived($0, on: call)
            }
        } catch { fail(error, on: call) }
    }

    /// Events that are on their way to the store are stored; only the answer is dropped.
    func cancelled(_ reason: CancelReason, on call: ServerCall) {
        step = .done
        encoding?.cancel()
        ticket?.cancel()
    }

    private func fail(_ fault: Fault, on call: ServerCall) {
        step = .done
        call.fail(fault, context.codec)
    }

    private func clean(_ request: IngestEventsRequest) {
        let cleaning = EventCleaning(
            nowUnixNanoseconds: context.state.time.unixNanoseconds(),
            maxAgeDays: context.state.limits.maxEventAgeDays)
        for (i, result) in request.events.enumerated() {
            switch result {
            case .failure(let fault): reject(i, "", fault)
            case .success(let entry):
                do throws(EventRejection) {
                    try cleaning.check(EventCleaning.Values(entry.event))
                    accepted.append((i, entry))
                } catch {
                    let field = Self.fields[error.field] ?? error.field
                    reject(
                        i, entry.event.eventId,
                        .invalid("events[\(i)].event.\(field)", error.description))
                }
            }
        }
    }

    /// Where the wire has another name than an import's column.
    private static let fields = [
        "item": "item_id", "dwell_ms": "dwell_millis", "value": "value.micros",
    ]

    private func reject(_ index: Int, _ eventId: String, _ fault: Fault) {
        response.rejected.append(
            IngestEventsResponse.Rejected(index: index, eventId: eventId, fault: fault))
    }

    private func textsArrived(
        _ result: Result<RequestTexts.Encoded, Fault>, on call: ServerCall
    ) {
        guard step == .texts else { return }
        do throws(Fault) {
            let vectors = try result.get().vectors
            guard !accepted.isEmpty else { return answer(on: call) }
            step = .enrich
            let enriching = Enriching(
                entries: accepted.map(\.entry), vectors: vectors, catalog: models.catalog,
                pseudonymizer: context.state.pseudonymizer)
            ticket = context.state.rank(
                candidates: accepted.count, for: self, on: call, callerClass: .bulk,
                work: { enriching.run() }, then: { $0.enriched($1, on: $2) })
        } catch { fail(error, on: call) }
    }

    private func enriched(
        _ result: Result<Timed<Result<Enriching.Enriched, Fault>>, Fault>, on call: ServerCall
    ) {
        guard step == .enrich else { return }
        do throws(Fault) {
            let enriched = try result.get().value.get()
            step = .store
            let confined = LoopConfined((self, call), to: call.mailbox)
            let fault = context.state.profiles.append(enriched.events, mailbox: call.mailbox) {
                let (handler, call) = confined.value
                handler.stored($0, isUnknown: enriched.isUnknown, on: call)
            }
            if let fault { throw fault }
        } catch { fail(error, on: call) }
    }

    private func stored(
        _ result: Result<[AppendOutcome], Fault>, isUnknown: [Bool], on call: ServerCall
    ) {
        guard step == .store else { return }
        do throws(Fault) {
            for (outcome, isUnknown) in zip(try result.get(), isUnknown) {
                switch outcome {
                case .stored:
                    response.storedCount += 1
                    if isUnknown { response.unknownItemCount += 1 }
                case .duplicate: response.duplicateCount += 1
                }
            }
            answer(on: call)
        } catch { fail(error, on: call) }
    }

    private func answer(on call: ServerCall) {
        step = .done
        call.reply(context.codec.encodeIngestEventsResponse(response))
    }
}

/// What makes stored events of those of a request: on the loop for a few, on a worker for many.
private struct Enriching: Sendable {
    struct Enriched: Sendable {
        var events: [UserEvent] = []
        /// Whether the event's item is none of the catalogue's.
        var isUnknown: [Bool] = []
    }

    let entries: [IngestEventsRequest.Entry]
    let vectors: [Int8Vector?]
    let catalog: Catalog
    let pseudonymizer: Pseudonymizer

    func run() -> Result<Enriched, Fault> {
        Result { () throws(Fault) in
            var result = Enriched()
            var pseudonyms: [String: Pseudonym] = [:]
            for (entry, vector) in zip(entries, vectors) {
                let pseudonym: Pseudonym
                if let known = pseudonyms[entry.userId] {
                    pseudonym = known
                } else {
                    pseudonym = try pseudonymizer.pseudonym(of: entry.userId)
                    pseudonyms[entry.userId] = pseudonym
                }
                let (event, isUnknown) = enrich(entry.event, vector)
                result.events.append(UserEvent(pseudonym: pseudonym, event: event))
                result.isUnknown.append(isUnknown)
            }
            return result
        }
    }

    private func enrich(
        _ event: Event, _ text: Int8Vector?
    ) -> (event: EnrichedEvent, isUnknown: Bool) {
        for table in [catalog.items, catalog.ads.creatives] {
            guard let row = table.row(of: event.itemId) else { continue }
            var enriched = table.enrich(event, row: row)
            enriched.textVector = text
            return (enriched, false)
        }
        let bare = EnrichedEvent(
            event: event, vector: nil, category: "", brand: "", unitPrice: nil, textVector: text)
        return (bare, !event.itemId.isEmpty)
    }
}
