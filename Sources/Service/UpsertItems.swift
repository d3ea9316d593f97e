// CatalogService.UpsertItems: texts that are new are encoded, then the store commits and publishes.

internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop.
final class UpsertItems: CallHandler {
    private enum Step {
        case request, texts, store, done
    }

    private let context: LoopContext
    private var step = Step.request
    private var items: [Item] = []
    private var response = UpsertItemsResponse()
    private var encoding: RequestTexts?

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            guard context.state.catalogChanges.load() != nil else { throw Fault.catalogReadOnly }
            for (i, item) in try context.codec.decodeUpsertItemsRequest(message).enumerated() {
                do throws(Fault) { items.append(try item.get()) } catch {
                    response.rejected.append(.init(index: i, fault: error))
                }
            }
            step = .texts
            let models = context.state.models.load()
            let encoding = RequestTexts(
                state: context.state, models: models, call: call, callerClass: .bulk)
            self.encoding = encoding
            let table = models.catalog.items
            encoding.encode(items.map { Self.newText(of: $0, in: table) }, field: "items") {
                [unowned self] in textsArrived($0, on: call)
            }
        } catch { fail(error, on: call) }
    }

    /// A change that is on its way to the store is made; only the answer is dropped.
    func cancelled(_ reason: CancelReason, on call: ServerCall) {
        step = .done
        encoding?.cancel()
    }

    private func fail(_ fault: Fault, on call: ServerCall) {
        step = .done
        call.fail(fault, context.codec)
    }

    /// Empty where the catalogue has the text's vector: a text is encoded once.
    private static func newText(of item: Item, in table: ItemTable) -> String {
        let text = item.encoderText
        if let row = table.row(of: item.id), table.vectorRows[row] >= 0,
            table.item(at: row).encoderText == text
        {
            return ""
        }
        return text
    }

    private func textsArrived(
        _ result: Result<RequestTexts.Encoded, Fault>, on call: ServerCall
    ) {
        guard step == .texts, let store = context.state.catalogChanges.load() else { return }
        do throws(Fault) {
            let vectors = try result.get().vectors
            guard !items.isEmpty else { return answer(on: call) }
            step = .store
            let confined = LoopConfined((self, call), to: call.mailbox)
            let rows = zip(items, vectors).map { (item: $0, vector: $1) }
            let fault = store.change(.upsert(rows), mailbox: call.mailbox) { result in
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
        call.reply(context.codec.encodeUpsertItemsResponse(response))
    }
}

extension Fault {
    static let catalogReadOnly = Fault(
        .failedPrecondition, reason: "STORE_READ_ONLY",
        "the store may only be read: the catalogue is not changed")
}
