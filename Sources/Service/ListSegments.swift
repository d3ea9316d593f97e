// ProfileService.ListSegments.

internal import Base
internal import Messages
internal import RPC

/// Every call's. Confined to its loop.
final class ListSegments: CallHandler {
    private let context: LoopContext

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            try context.codec.decodeListSegmentsRequest(message)
            call.reply(context.codec.encodeListSegmentsResponse(context.state.population.load()))
        } catch { call.fail(error, context.codec) }
    }
}
