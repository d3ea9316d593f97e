// ScoringService.Recommend and SearchItems: a user or a query in, items of the catalogue out.

internal import Base
internal import Messages
internal import RPC

/// One call. Confined to its loop.
final class FindItems: CallHandler {
    private let kind: FindItemsKind
    private let context: LoopContext
    private var finding: FindItemsCall?

    init(_ kind: FindItemsKind, context: LoopContext) {
        self.kind = kind
        self.context = context
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        let received = context.state.time.now()
        do throws(Fault) {
            let finding = FindItemsCall(
                try context.codec.decodeFindItemsRequest(message, kind), kind,
                state: context.state, call: call, received: received)
            self.finding = finding
            finding.start { [unowned self] in found($0, on: call) }
        } catch { call.fail(error, context.codec) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) { finding?.cancel() }

    private func found(_ result: Result<FindItemsResponse, Fault>, on call: ServerCall) {
        switch result {
        case .success(let response): call.reply(context.codec.encodeFindItemsResponse(response))
        case .failure(let fault): call.fail(fault, context.codec)
        }
    }
}
