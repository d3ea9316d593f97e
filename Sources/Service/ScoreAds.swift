// AdService.ScoreAds: user and candidate ads in, ads by expected value out.

internal import Base
internal import Inference
internal import Messages
internal import RPC

/// One call. Confined to its loop.
final class ScoreAds: CallHandler {
    private let context: LoopContext
    private var ranking: RankingCall<AdQuestion>?

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        let state = context.state
        let received = state.time.now()
        do throws(Fault) {
            let question = AdQuestion(
                try context.codec.decodeScoreAdsRequest(message), state: state, call: call)
            let ranking = RankingCall(
                question, state: state, call: call,
                callerClass: call.callerClass(.bidding), received: received)
            self.ranking = ranking
            ranking.start { [unowned self] in ranked($0, on: call) }
        } catch { call.fail(error, context.codec) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) { ranking?.cancel() }

    private func ranked(_ result: Result<ScoreAdsResponse, Fault>, on call: ServerCall) {
        switch result {
        case .success(let response):
            context.codec.withScoreAdsResponse(response) { call.reply($0) }
        case .failure(let fault): call.fail(fault, context.codec)
        }
    }
}
