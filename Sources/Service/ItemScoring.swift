// The steps of one ScoreItems request, whether it came alone or in a stream: inputs, rank, response.

internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Ranking
internal import Store

/// One request. Confined to its call's loop; the completion comes exactly once, unless `cancel` came
/// first.
final class ItemScoring {
    private enum Step {
        case start, inputs, rank, done
    }

    private let context: LoopContext
    private let call: ServerCall
    private let callerClass: CallerClass
    private let models: ServingModels
    private let request: ScoreItemsRequest
    private let received: MonotonicTime
    private var step = Step.start
    private var inputs: RankingInputs?
    private var gathered: RankingInputs.Gathered?
    private var failures: [CandidateFailure] = []
    private var ticket: Scheduler.Ticket?
    private var completion: ((Result<ScoreItemsResponse, Fault>) -> Void)?

    /// - Parameter received: when the request had arrived.
    init(
        context: LoopContext, call: ServerCall, callerClass: CallerClass,
        request: ScoreItemsRequest, received: MonotonicTime
    ) {
        self.context = context
        self.call = call
        self.callerClass = callerClass
        self.request = request
        self.received = received
        models = context.state.models.load()
    }

    func start(_ completion: @escaping (Result<ScoreItemsResponse, Fault>) -> Void) {
        precondition(step == .start, "starts once")
        step = .inputs
        self.completion = completion
        let inputs = RankingInputs(
            state: context.state, call: call, models: models, callerClass: callerClass,
            user: request.user, texts: request.items.map { (try? $0.get().encoderText) ?? "" },
            textsField: "items")
        self.inputs = inputs
        inputs.gather { [unowned self] in gathered($0) }
    }

    /// The completion will not come.
    func cancel() {
        step = .done
        completion = nil
        inputs?.cancel()
        ticket?.cancel()
    }

    private func finish(_ result: Result<ScoreItemsResponse, Fault>) {
        step = .done
        let completion = self.completion
        self.completion = nil
        completion?(result)
    }

    private func gathered(_ result: Result<RankingInputs.Gathered, Fault>) {
        guard step == .inputs else { return }
        do throws(Fault) {
            let gathered = try result.get()
            self.gathered = gathered
            step = .rank
            let candidates = candidates(vectors: gathered.vectors)
            let (ranker, table) = (models.ranker, models.catalog.items)
            let subject = gathered.subject
            let (limit, explain) = (request.limit, request.explain)
            ticket = context.state.rank(
                candidates: candidates.count, for: self, on: call, callerClass: callerClass,
                work: {
                    ranker.rank(
                        subject, table: table, candidates: candidates, limit: limit,
                        explain: explain)
                },
                then: { scoring, result, _ in scoring.ranked(result) })
        } catch { finish(.failure(error)) }
    }

    /// The candidates that can be ranked; the others go to `failures`.
    private func candidates(vectors: [Int8Vector?]) -> CandidateList {
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

    private func ranked(_ result: Result<Timed<RankedList>, Fault>) {
        guard step == .rank, let gathered else { return }
        finish(result.map { response($0, gathered) })
    }

    private func response(
        _ ranked: Timed<RankedList>, _ gathered: RankingInputs.Gathered
    ) -> ScoreItemsResponse {
        var timings = gathered.timings
        timings.scoreNanoseconds = ranked.nanoseconds
        timings.totalNanoseconds = Int64(context.state.time.now().nanoseconds(since: received))
        let inlineStart = request.itemIds.count
        var explanation = ranked.value.explanation
        explanation?.leftOut = gathered.leftOut
        return ScoreItemsResponse(
            rows: ranked.value.rows.map { row in
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
            failures: failures, explanation: explanation, timings: timings,
            bundleVersion: models.card.bundleVersion, userText: gathered.userText)
    }
}
