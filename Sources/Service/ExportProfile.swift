// ProfileService.ExportProfile: the profile and a page of events.

internal import Base
internal import Messages
internal import RPC
internal import Store

/// One call. Confined to its loop. A reply to a call that has ended goes nowhere.
final class ExportProfile: CallHandler {
    /// Of the events of one page, about; a page has one event at least.
    private static let maxPageBytes = 1024 * 1024

    private let context: LoopContext
    private var request: ExportProfileRequest?
    private var pseudonym: Pseudonym?

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        do throws(Fault) {
            let request = try context.codec.decodeExportProfileRequest(message)
            let pseudonym = try context.state.pseudonymizer.pseudonym(of: request.userId)
            self.request = request
            self.pseudonym = pseudonym
            context.state.profile(of: pseudonym, for: self, on: call) { $0.found($1, on: $2) }
        } catch { call.fail(error, context.codec) }
    }

    private func found(_ result: Result<ProfileVersion, Fault>, on call: ServerCall) {
        guard let request, let pseudonym else { return }
        do throws(Fault) {
            let profile = try result.get().profile
            let confined = LoopConfined((self, call), to: call.mailbox)
            // One more than the page tells whether there is another.
            let fault = context.state.profiles.events(
                of: pseudonym, after: request.afterEventId, limit: request.pageSize + 1,
                mailbox: call.mailbox
            ) { result in
                let (handler, call) = confined.value
                handler.read(result, profile, on: call)
            }
            if let fault { throw fault }
        } catch { call.fail(error, context.codec) }
    }

    private static func page(of events: [Event], maxCount: Int) -> [Event] {
        var bytes = 0
        return Array(
            events.prefix(maxCount).prefix { event in
                let isFirst = bytes == 0
                bytes += 512 + event.query.utf8.count + event.text.utf8.count
                bytes += event.attributes.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
                return isFirst || bytes <= maxPageBytes
            })
    }

    private func read(
        _ result: Result<[Event], Fault>, _ profile: Profile, on call: ServerCall
    ) {
        guard let request else { return }
        do throws(Fault) {
            let found = try result.get()
            let page = Self.page(of: found, maxCount: request.pageSize)
            let token = found.count > page.count ? page.last?.eventId ?? "" : ""
            call.reply(
                context.codec.encodeExportProfileResponse(
                    ExportProfileResponse(
                        profile: context.state.view(of: profile, for: call),
                        events: page.compactMap { $0.permitted(call.labels) },
                        nextPageToken: token)))
        } catch { call.fail(error, context.codec) }
    }
}
