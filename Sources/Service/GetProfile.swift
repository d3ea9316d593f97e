// ProfileService.GetProfile.

internal import Base
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop. A reply to a call that has ended goes nowhere.
final class GetProfile: CallHandler {
    private let context: LoopContext

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let userId = try context.codec.decodeGetProfileRequest(message)
            let pseudonym = try context.state.pseudonymizer.pseudonym(of: userId)
            context.state.profile(of: pseudonym, for: self, on: call) { $0.found($1, on: $2) }
        } catch { call.fail(error, context.codec) }
    }

    private func found(_ result: Result<ProfileVersion, Fault>, on call: ServerCall) {
        switch result {
        case .success(let version):
            call.reply(
                context.codec.encodeGetProfileResponse(
                    version, call.labels, in: context.state.population.loadNumbered()))
        case .failure(let fault): call.fail(fault, context.codec)
        }
    }
}
