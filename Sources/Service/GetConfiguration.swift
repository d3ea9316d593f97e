// AdminService.GetConfiguration.

internal import Base
internal import Messages
internal import RPC

/// Serves every call of its loop: it keeps nothing between them.
final class GetConfiguration: CallHandler {
    private let context: LoopContext

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            try context.codec.decodeGetConfigurationRequest(message)
            call.reply(
                context.codec.encodeGetConfigurationResponse(context.state.settings.load()))
        } catch { call.fail(error, context.codec) }
    }
}
