// CatalogService.GetItem.

internal import Base
internal import Messages
internal import RPC
internal import Store

/// Serves every call of its loop: it keeps nothing between them.
final class GetItem: CallHandler {
    private let context: LoopContext

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let itemId = try context.codec.decodeGetItemRequest(message)
            let items = context.state.models.load().catalog.items
            guard let row = items.row(of: itemId) else { throw .notFound("the item") }
            call.reply(context.codec.encodeGetItemResponse(items.item(at: row)))
        } catch { call.fail(error, context.codec) }
    }
}
