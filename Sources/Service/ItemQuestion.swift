internal import Base
internal import Inference
internal import Messages
internal import Ranking
internal import Store

/// A ScoreItems request.
final class ItemQuestion: RankingQuestion {
    static let textsField = "items"

    private let request: ScoreItemsRequest
    private var candidates = CandidateList()
    private var failures: [CandidateFailure] = []

    init(_ request: consuming ScoreItemsRequest) { self.request = request }

    var user: UserReference { request.user }
    var texts: [String] { request.items.map { (try? $0.get().encoderText) ?? "" } }
    var candidateCount: Int { request.itemIds.count + request.items.count }

    func work(
        for subject: Subject, vectors: [Int8Vector?], models: ServingModels
    ) -> RankingJob {
        var subject = subject
        if var context = request.context {
            context.unixNanoseconds =
                context.unixNanoseconds ?? subject.context?.unixNanoseconds
            subject.context = context
        }
        let (ids, table) = (request.itemIds, models.catalog.items)
        candidates.reserve(candidateCount)
        for index in ids.indices {
            if let row = table.row(ofUTF8: ids.utf8.span.extracting(ids.extent(at: index))) {
                candidates.append(row: row, requestIndex: index)
            } else {
                failures.append(
                    CandidateFailure(index: index, id: ids[index], fault: .unknownCandidate("item"))
                )
            }
        }
        for (i, item) in request.items.enumerated() {
            switch item {
            case .success(let item):
                candidates.append(
                    EncodedItem(item, vector: vectors[i]), requestIndex: ids.count + i)
            case .failure(let fault):
                failures.append(CandidateFailure(index: ids.count + i, id: "", fault: fault))
            }
        }
        return models.ranker.start(
            subject, table: table, candidates: candidates,
            RankingRequest(
                limit: request.limit, explain: request.explain,
                counterfactualRank: request.counterfactualRank))
    }

    func response(
        to ranked: RankedList, _ reading: RequestReading, models: ServingModels
    ) -> ScoreItemsResponse {
        let (inlineStart, table) = (request.itemIds.count, models.catalog.items)
        var explanation = ranked.explanation
        explanation?.leftOut = reading.leftOut
        return ScoreItemsResponse(
            rows: ranked.rows.map { row in
                let inline = row.requestIndex - inlineStart
                return ScoreItemsResponse.Row(
                    index: row.requestIndex,
                    itemId: inline < 0
                        ? table.id(at: Int(candidates.rows[row.candidate]))
                        : (try? request.items[inline].get().id) ?? "",
                    probability: row.probability, logit: row.logit,
                    text: inline < 0 ? nil : reading.texts[inline])
            },
            failures: failures, explanation: explanation, timings: reading.timings,
            bundleVersion: models.card.bundleVersion, userText: reading.userText)
    }
}
