// The steps of events on their way in, whether they came alone or in a stream: clean, texts, then the
// worker that makes pseudonyms and adds what the catalogue knows, then the store.

internal import Ads
internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Store

/// The events of one request. Confined to its call's loop; the completion comes exactly once, unless
/// `cancel` came first.
final class EventIngestion {
    private enum Step {
        case start, texts, enrich, store, done
    }

    private let context: LoopContext
    private let call: ServerCall
    private let models: ServingModels
    private var step = Step.start
    /// The events that are taken, with their places in the request.
    private var accepted: [(index: Int, entry: IngestEventsRequest.Entry)] = []
    private var enriched = Enriching.Enriched()
    private var response = IngestEventsResponse()
    private var encoding: RequestTexts?
    private var ticket: Scheduler.Ticket?
    private var completion: ((Result<IngestEventsResponse, Fault>) -> Void)?

    init(context: LoopContext, call: ServerCall) {
        self.context = context
        self.call = call
        models = context.state.models.load()
    }

    func start(
        _ request: IngestEventsRequest,
        _ completion: @escaping (Result<IngestEventsResponse, Fault>) -> Void
    ) {
        precondition(step == .start, "starts once")
        self.completion = completion
        clean(request)
        step = .texts
        let encoding = RequestTexts(
            state: context.state, models: models, call: call, callerClass: .bulk)
        self.encoding = encoding
        encoding.encode(accepted.map(\.entry.event.encoderText), field: "events") {
            [unowned self] in textsArrived($0)
        }
    }

    /// Whether the store had no room for the events; they can be offered to it again.
    private(set) var isRefused = false

    /// Offers the events to the store once more. Only while `isRefused`.
    func retry(_ completion: @escaping (Result<IngestEventsResponse, Fault>) -> Void) {
        precondition(isRefused, "nothing was refused")
        isRefused = false
        self.completion = completion
        store()
    }

    /// The completion will not come. Events that are on their way to the store are stored.
    func cancel() {
        step = .done
        completion = nil
        encoding?.cancel()
        ticket?.cancel()
    }

    private func finish(_ result: Result<IngestEventsResponse, Fault>) {
        step = .done
        let completion = self.completion
        self.completion = nil
        completion?(result)
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
        response.reject(
            .init(index: index, eventId: eventId, fault: fault),
            maxNamed: context.state.limits.maxRejectedEvents)
    }

    private func textsArrived(_ result: Result<RequestTexts.Encoded, Fault>) {
        guard step == .texts else { return }
        do throws(Fault) {
            let vectors = try result.get().vectors
            guard !accepted.isEmpty else { return finish(.success(response)) }
            step = .enrich
            let enriching = Enriching(
                entries: accepted.map(\.entry), vectors: vectors, catalog: models.catalog,
                pseudonymizer: context.state.pseudonymizer)
            ticket = context.state.rank(
                candidates: accepted.count, for: self, on: call, callerClass: .bulk,
                work: { enriching.run() },
                then: { ingestion, result, _ in
                    ingestion.enriched(result)
                })
        } catch { finish(.failure(error)) }
    }

    private func enriched(_ result: Result<Timed<Result<Enriching.Enriched, Fault>>, Fault>) {
        guard step == .enrich else { return }
        do throws(Fault) {
            enriched = try result.get().value.get()
            store()
        } catch { finish(.failure(error)) }
    }

    private func store() {
        step = .store
        let confined = LoopConfined(self, to: call.mailbox)
        let fault = context.state.profiles.append(enriched.events, mailbox: call.mailbox) {
            confined.value.stored($0)
        }
        if let fault {
            isRefused = fault.code == .resourceExhausted
            finish(.failure(fault))
        }
    }

    private func stored(_ result: Result<[AppendOutcome], Fault>) {
        guard step == .store else { return }
        do throws(Fault) {
            for (outcome, isUnknown) in zip(try result.get(), enriched.isUnknown) {
                switch outcome {
                case .stored:
                    response.storedCount += 1
                    if isUnknown { response.unknownItemCount += 1 }
                case .duplicate: response.duplicateCount += 1
                }
            }
            finish(.success(response))
        } catch { finish(.failure(error)) }
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
                let (event, charge, isUnknown) = enrich(entry.event, vector)
                result.events.append(
                    UserEvent(pseudonym: pseudonym, event: event, charge: charge))
                result.isUnknown.append(isUnknown)
            }
            return result
        }
    }

    private func enrich(
        _ event: Event, _ text: Int8Vector?
    ) -> (event: EnrichedEvent, charge: AdCharge?, isUnknown: Bool) {
        if let row = catalog.items.row(of: event.itemId) {
            var enriched = catalog.items.enrich(event, row: row)
            enriched.textVector = text
            return (enriched, nil, false)
        }
        if let row = catalog.ads.row(of: event.itemId) {
            let ad = catalog.ads.ad(at: row)
            var event = event
            if event.type == .impression, !ad.campaignId.isEmpty {
                // What frequency caps count, also after the ad is gone.
                event.attributes[Profile.AdImpression.attribute] = ad.campaignId
            }
            var enriched = catalog.ads.creatives.enrich(event, row: row)
            enriched.textVector = text
            return (enriched, Billing.charge(event, of: ad), false)
        }
        let bare = EnrichedEvent(
            event: event, vector: nil, category: "", brand: "", unitPrice: nil, textVector: text)
        return (bare, nil, !event.itemId.isEmpty)
    }
}
