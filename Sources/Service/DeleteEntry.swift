// CatalogService.DeleteItem, DeleteAd, DeleteIntent and DeleteArticle.

internal import Base
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop. A change that is under way is made although the caller goes.
final class DeleteEntry: CallHandler {
    private let kind: CatalogKind
    private let context: LoopContext

    init(_ kind: CatalogKind, context: LoopContext) {
        self.kind = kind
        self.context = context
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let id = try context.codec.decodeEntryRequest(message, kind)
            guard let store = context.state.catalogChanges.load() else {
                throw Fault.catalogReadOnly
            }
            let confined = LoopConfined((self, call), to: call.mailbox)
            let fault = store.change(.delete(kind, id: id), mailbox: call.mailbox) { result in
                let (handler, call) = confined.value
                handler.deleted(result, on: call)
            }
            if let fault { throw fault }
        } catch { call.fail(error, context.codec) }
    }

    private func deleted(_ result: Result<CatalogOutcome, Fault>, on call: ServerCall) {
        do throws(Fault) {
            guard try result.get().changedCount > 0 else { throw .notFound("the \(kind)") }
            call.reply(context.codec.encodeDeleteResponse())
        } catch { call.fail(error, context.codec) }
    }
}
