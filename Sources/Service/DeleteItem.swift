// CatalogService.DeleteItem.

internal import Base
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop. A change that is under way is made although the caller goes.
final class DeleteItem: CallHandler {
    private let context: LoopContext

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let itemId = try context.codec.decodeDeleteItemRequest(message)
            guard let store = context.state.catalogChanges.load() else {
                throw Fault.catalogReadOnly
            }
            let confined = LoopConfined((self, call), to: call.mailbox)
            let fault = store.change(.delete(itemId: itemId), mailbox: call.mailbox) { result in
                let (handler, call) = confined.value
                handler.deleted(result, on: call)
            }
            if let fault { throw fault }
        } catch { call.fail(error, context.codec) }
    }

    private func deleted(_ result: Result<CatalogOutcome, Fault>, on call: ServerCall) {
        do throws(Fault) {
            guard try result.get().changedCount > 0 else { throw .notFound("the item") }
            call.reply(context.codec.encodeDeleteItemResponse())
        } catch { call.fail(error, context.codec) }
    }
}
