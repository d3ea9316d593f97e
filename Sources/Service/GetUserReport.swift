// ProfileService.GetUserReport: the profile, put into words.

internal import Base
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop. A reply to a call that has ended goes nowhere.
final class GetUserReport: CallHandler {
    private let context: LoopContext
    private var request: GetUserReportRequest?

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let request = try context.codec.decodeGetUserReportRequest(message)
            self.request = request
            let pseudonym = try context.state.pseudonymizer.pseudonym(of: request.userId)
            context.state.profile(of: pseudonym, for: self, on: call) { $0.found($1, on: $2) }
        } catch { call.fail(error, context.codec) }
    }

    private func found(_ result: Result<ProfileVersion, Fault>, on call: ServerCall) {
        do throws(Fault) {
            let profile = try result.get().profile
            let report = UserReport(
                context.state.view(of: profile, for: call),
                items: context.state.models.load().catalog.items, asOf: asOf(profile))
            call.reply(context.codec.encodeGetUserReportResponse(report))
        } catch { call.fail(error, context.codec) }
    }

    private func asOf(_ profile: Profile) -> Int64 {
        if let asked = request?.asOfUnixNanoseconds { return asked }
        let newest = [
            context.state.population.load()?.asOfUnixNanoseconds, profile.lastEventUnixNanoseconds,
        ].compactMap { $0 }.max()
        return newest ?? context.state.time.unixNanoseconds()
    }
}
