// ScoringService.ScoreItems: user and candidates in, ranking out.

internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Ranking
internal import Store

/// One call. Confined to its loop.
final class ScoreItems: CallHandler {
    private enum Step {
        case request, inputs, rank, done
    }

    private let context: LoopContext
    private let models: ServingModels
    private var step = Step.request
    private var request: ScoreItemsRequest?
    private var inputs: RankingInputs?
    private var gathered: RankingInputs.Gathered?
    private var failures: [CandidateFailure] = []
    private var ticket: Scheduler.Ticket?
    private var received = MonotonicTime.distantFuture

    init(context: LoopContext) {
        self.context = context
        models = context.state.models.load()
    }

    func received(_ message: RawSpan, on call: ServerCall) {
        received = context.state.time.now()
        do throws(Fault) {
            let request = try context.codec.decodeScoreItemsRequest(message)
            self.request = request
            step = .inputs
            let inputs = RankingInputs(
                state: context.state, call: call, catalog: models.catalog,
                callerClass: .interactive, user: request.user,
                texts: request.items.map { (try? $0.get().encoderText) ?? "" },
                textsField: "items")
            self.inputs = inputs
            inputs.gather { [unowned self] in gathered($0, on: call) }
        } catch { fail(error, on: call) }
    }

    func cancelled(_ reason: CancelReason, on call: ServerCall) {
        step = .done
        inputs?.cancel()
        ticket?.cancel()
    }

    private func fail(_ fault: Fault, on call: ServerCall) {
        step = .done
        call.fail(fault, context.codec)
    }

    private func gathered(
        _ result: Result<RankingInputs.Gathered, Fault>, on call: ServerCall
    ) {
        guard step == .inputs, let request else { return }
        do throws(Fault) {
            let gathered = try result.get()
            self.gathered = gathered
            step = .rank
            let candidates = self.candidates(of: request, vectors: gathered.vectors)
            let (ranker, table) = (models.ranker, models.catalog.items)
            let subject = gathered.subject
            let (limit, explain) = (request.limit, request.explain)
            ticket = context.state.rank(
                candidates: candidates.count, for: self, on: call, callerClass: .interactive,
                work: {
                    ranker.rank(
                        subject, table: table, candidates: candidates, limit: limit,
                        explain: explain)
                },
                then: { $0.ranked($1, on: $2) })
        } catch { fail(error, on: call) }
    }

    /// The candidates that can be ranked; the others go to `failures`.
    private func candidates(
        of request: ScoreItemsRequest, vectors: [Int8Vector?]
    ) -> CandidateList {
        var list = CandidateList()
        list.reserve(request.itemIds.count + request.items.count)
        for (i, id) in request.itemIds.enumerated() {
            if let row = models.catalog.items.row(of: id) {
                list.append(row: row, requestIndex: i)
            } else {
                failures.append(
                    CandidateFailure(index: i, id: id, fault: .unknownCandidate("item")))
            }
        }
        for (i, item) in request.items.enumerated() {
            let index = request.itemIds.count + i
            switch item {
            case .success(let item):
                list.append(EncodedItem(item, vector: vectors[i]), requestIndex: index)
            case .failure(let fault):
                failures.append(CandidateFailure(index: index, id: "", fault: fault))
            }
        }
        return list
    }

    private func ranked(_ result: Result<Timed<RankedList>, Fault>, on call: ServerCall) {
        guard step == .rank, let request, let gathered else { return }
        step = .done
        switch result {
        case .failure(let fault): fail(fault, on: call)
        case .success(let timed):
            var timings = gathered.timings
            timings.scoreNanoseconds = timed.nanoseconds
            timings.totalNanoseconds = Int64(
                context.state.time.now().nanoseconds(since: received))
            let inlineStart = request.itemIds.count
            let response = ScoreItemsResponse(
                rows: timed.value.rows.map { row in
                    let index = row.requestIndex
                    let isInline = index >= inlineStart
                    return ScoreItemsResponse.Row(
                        index: index,
                        itemId: isInline
                            ? (try? request.items[index - inlineStart].get().id) ?? ""
                            : request.itemIds[index],
                        probability: row.probability, logit: row.logit,
                        text: isInline ? gathered.textInfos[index - inlineStart] : nil)
                },
                failures: failures, explanation: timed.value.explanation, timings: timings,
                bundleVersion: models.card.bundleVersion, userText: gathered.userText)
            call.reply(context.codec.encodeScoreItemsResponse(response))
        }
    }
}
