// ScoringService.ScoreItems: user and candidates in, ranking out.

internal import Base
internal import Inference
internal import Messages
internal import RPC

/// One call. Confined to its loop.
final class ScoreItems: CallHandler {
    private let context: LoopContext
    private var scoring: ItemScoring?

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        let received = context.state.time.now()
        do throws(Fault) {
            let scoring = ItemScoring(
                context: context, call: call, callerClass: call.callerClass(.interactive),
                request: try context.codec.decodeScoreItemsRequest(message), received: received)
            self.scoring = scoring
            scoring.start { [unowned self] in scored($0, on: call) }
        } catch { call.fail(error, context.codec) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) { scoring?.cancel() }

    private func scored(_ result: Result<ScoreItemsResponse, Fault>, on call: ServerCall) {
        switch result {
        case .success(let response):
            call.reply(context.codec.encodeScoreItemsResponse(response))
        case .failure(let fault): call.fail(fault, context.codec)
        }
    }
}
