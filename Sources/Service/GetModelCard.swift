// ModelService.GetModelCard.

internal import Base
internal import Messages
internal import RPC
internal import Store

/// Serves every call of its loop: it keeps nothing between them.
final class GetModelCard: CallHandler {
    private let context: LoopContext

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            try context.codec.decodeGetModelCardRequest(message)
            var card = context.state.models.load().card
            card.adModel = context.state.adFeedback.load()?.card() ?? card.adModel
            card.profileCount = try context.state.profiles.count()
            call.reply(context.codec.encodeGetModelCardResponse(card))
        } catch { call.fail(error, context.codec) }
    }
}
