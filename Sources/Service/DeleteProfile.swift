// ProfileService.DeleteProfile: erases a user.

internal import Base
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop. An erasure that is under way is done although the caller goes.
final class DeleteProfile: CallHandler {
    private let context: LoopContext

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let userId = try context.codec.decodeDeleteProfileRequest(message)
            let pseudonym = try context.state.pseudonymizer.pseudonym(of: userId)
            let confined = LoopConfined((self, call), to: call.mailbox)
            let fault = context.state.profiles.erase(pseudonym, mailbox: call.mailbox) { result in
                let (handler, call) = confined.value
                handler.context.state.pages.forget(pseudonym)
                handler.erased(result, on: call)
            }
            if let fault { throw fault }
        } catch { call.fail(error, context.codec) }
    }

    private func erased(_ result: Result<Bool, Fault>, on call: ServerCall) {
        switch result {
        case .success(let existed):
            call.reply(context.codec.encodeDeleteProfileResponse(existed: existed))
        case .failure(let fault): call.fail(fault, context.codec)
        }
    }
}
