// CatalogService.GetItem, GetAd, GetIntent and GetArticle.

internal import Base
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop.
final class GetEntry: CallHandler {
    private let kind: CatalogKind
    private let context: LoopContext

    init(_ kind: CatalogKind, context: LoopContext) {
        self.kind = kind
        self.context = context
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let id = try context.codec.decodeEntryRequest(message, kind)
            guard let entry = context.state.models.load().catalog.entry(of: kind, id: id) else {
                throw .notFound("the \(kind)")
            }
            call.reply(context.codec.encodeGetResponse(entry))
        } catch { call.fail(error, context.codec) }
    }
}
