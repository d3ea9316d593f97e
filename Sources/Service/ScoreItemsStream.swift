// ScoringService.ScoreItemsStream: ScoreItems for callers in bulk. Requests are worked on side by side,
// a few at a time; while as many are under way, or the caller reads too slowly, nothing more is read
// from it, and HTTP/2's flow control slows it down.

internal import Base
internal import Inference
internal import Messages
internal import RPC

/// One stream. Confined to its loop.
final class ScoreItemsStream: CallHandler {
    private let context: LoopContext
    private var rankings: [Int: RankingCall<ItemQuestion>] = [:]
    private var nextNumber = 0
    private var hasEnded = false
    private var isPaused = false

    /// Enough to keep the workers busy between two turns of the loop.
    private static let maxUnderWay = 8

    init(context: LoopContext) { self.context = context }

    func received(_ message: RawSpan, on call: ServerCall) {
        let received = context.state.time.now()
        do throws(Fault) {
            let envelope = try context.codec.decodeScoreItemsStreamRequest(message)
            do throws(Fault) {
                let request = try envelope.request.get()
                try call.knownCaller?.takeRequest(now: call.now)
                start(envelope.requestId, request, received: received, on: call)
            } catch { answer(envelope.requestId, .failure(error), on: call) }
            updateReading(call)
        } catch {
            cancelAll()
            call.fail(error, context.codec)
        }
    }

    func receivedEnd(on call: ServerCall) {
        hasEnded = true
        finishIfDone(call)
    }

    func writable(on call: ServerCall) { updateReading(call) }

    func cancelled(_ reason: CancelReason, on call: ServerCall) { cancelAll() }

    private func cancelAll() {
        for ranking in rankings.values { ranking.cancel() }
        rankings = [:]
    }

    private func start(
        _ requestId: String, _ request: ScoreItemsRequest, received: MonotonicTime,
        on call: ServerCall
    ) {
        let ranking = RankingCall(
            ItemQuestion(request), state: context.state, call: call,
            callerClass: call.callerClass(.bulk),
            received: received)
        let number = nextNumber
        nextNumber += 1
        rankings[number] = ranking
        ranking.start { [unowned self] result in
            rankings[number] = nil
            answer(requestId, result, on: call)
            updateReading(call)
            finishIfDone(call)
        }
    }

    private func answer(
        _ requestId: String, _ result: Result<ScoreItemsResponse, Fault>, on call: ServerCall
    ) {
        call.send(context.codec.encodeScoreItemsStreamResponse(requestId: requestId, result))
    }

    private func updateReading(_ call: ServerCall) {
        let mustPause = rankings.count >= Self.maxUnderWay || !call.canSend
        guard mustPause != isPaused, call.isActive else { return }
        isPaused = mustPause
        if mustPause { call.pauseReading() } else { call.resumeReading() }
    }

    private func finishIfDone(_ call: ServerCall) {
        if hasEnded, rankings.isEmpty { call.finish() }
    }
}
