// ScoringService.ScoreItems: user and candidates in, ranking out.

internal import Base
internal import Inference
internal import Messages
internal import RPC

/// One call. Confined to its loop.
final class ScoreItems: CallHandler {
    private let context: LoopContext
    private var ranking: RankingCall<ItemQuestion>?

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        let received = context.state.time.now()
        do throws(Fault) {
            let ranking = RankingCall(
                ItemQuestion(try context.codec.decodeScoreItemsRequest(message)),
                state: context.state, call: call,
                callerClass: call.callerClass(.interactive), received: received)
            self.ranking = ranking
            ranking.start { [unowned self] in ranked($0, on: call) }
        } catch { call.fail(error, context.codec) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) { ranking?.cancel() }

    private func ranked(_ result: Result<ScoreItemsResponse, Fault>, on call: ServerCall) {
        switch result {
        case .success(let response):
            context.codec.withScoreItemsResponse(response) { call.reply($0) }
        case .failure(let fault): call.fail(fault, context.codec)
        }
    }
}
