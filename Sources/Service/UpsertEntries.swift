// CatalogService.UpsertItems, UpsertAds, UpsertIntents and UpsertArticles: texts that are new are encoded,
// then the store commits and publishes.

internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop.
final class UpsertEntries: CallHandler {
    private enum Step {
        case request, lookup, texts, store, done
    }

    /// Of texts that are looked up on the loop, for each of a list's candidates that are ranked there.
    private static let lookupBytesPerCandidate = 64

    private let kind: CatalogKind
    private let context: LoopContext
    private let models: ServingModels
    private var step = Step.request
    private var entries: [CatalogEntry] = []
    private var response = UpsertEntriesResponse()
    private var ticket: Scheduler.Ticket?
    private var encoding: RequestTexts?

    init(_ kind: CatalogKind, context: LoopContext) {
        self.kind = kind
        self.context = context
        models = context.state.models.load()
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            guard context.state.catalogChanges.load() != nil else { throw Fault.catalogReadOnly }
            let decoded = try context.codec.decodeUpsertRequest(message, kind)
            for (i, entry) in decoded.enumerated() {
                do throws(Fault) { entries.append(try entry.get()) } catch {
                    response.rejected.append(.init(index: i, fault: error))
                }
            }
            step = .lookup
            lookUp(entries.flatMap(\.encoderTexts), on: call)
        } catch { fail(error, on: call) }
    }

    /// A change that is on its way to the store is made; only the answer is dropped.
    func cancelled(_ reason: CancelReason, on call: ServerCall) {
        step = .done
        ticket?.cancel()
        encoding?.cancel()
    }

    private func fail(_ fault: Fault, on call: ServerCall) {
        step = .done
        call.fail(fault, context.codec)
    }

    /// Finds the texts without a vector in the catalogue: a text is encoded once.
    private func lookUp(_ texts: [String], on call: ServerCall) {
        let bytes = texts.reduce(0) { $0 + $1.utf8.count }
        let (catalog, bundleVersion) = (models.catalog, models.card.bundleVersion)
        ticket = context.state.rank(
            candidates: texts.count + bytes / Self.lookupBytesPerCandidate, for: self, on: call,
            callerClass: .bulk,
            work: {
                Result { () throws(Fault) in
                    try catalog.missingTexts(of: texts, bundleVersion: bundleVersion)
                }
            },
            then: { $0.lookedUp($1, on: $2) })
    }

    private func lookedUp(
        _ result: Result<Timed<Result<[String], Fault>>, Fault>, on call: ServerCall
    ) {
        guard step == .lookup else { return }
        do throws(Fault) {
            let missing = try result.get().value.get()
            step = .texts
            let encoding = RequestTexts(
                state: context.state, models: models, call: call, callerClass: .bulk)
            self.encoding = encoding
            encoding.encode(missing, field: kind.pluralField) {
                [unowned self] in textsArrived($0, on: call)
            }
        } catch { fail(error, on: call) }
    }

    private func textsArrived(
        _ result: Result<RequestTexts.Encoded, Fault>, on call: ServerCall
    ) {
        guard step == .texts, let store = context.state.catalogChanges.load() else { return }
        do throws(Fault) {
            let vectors = try result.get().vectors
            guard !entries.isEmpty else { return answer(on: call) }
            step = .store
            var start = 0
            let encoded = entries.map { entry in
                let end = start + entry.encoderTexts.count
                defer { start = end }
                return EncodedEntry(entry, vectors: Array(vectors[start..<end]))
            }
            let confined = LoopConfined((self, call), to: call.mailbox)
            let fault = store.change(.upsert(encoded), mailbox: call.mailbox) { result in
                let (handler, call) = confined.value
                handler.stored(result, on: call)
            }
            if let fault { throw fault }
        } catch { fail(error, on: call) }
    }

    private func stored(_ result: Result<CatalogOutcome, Fault>, on call: ServerCall) {
        guard step == .store else { return }
        do throws(Fault) {
            let outcome = try result.get()
            response.storedCount = outcome.changedCount
            response.unchangedCount = outcome.unchangedCount
            answer(on: call)
        } catch { fail(error, on: call) }
    }

    private func answer(on call: ServerCall) {
        step = .done
        call.reply(context.codec.encodeUpsertResponse(response))
    }
}

extension Fault {
    static let catalogReadOnly = Fault(
        .failedPrecondition, reason: "STORE_READ_ONLY",
        "the store may only be read: the catalogue is not changed")
}
