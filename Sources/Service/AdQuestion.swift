internal import Ads
internal import Base
internal import Inference
internal import Messages
internal import Ranking
internal import Store

/// A ScoreAds request.
final class AdQuestion: RankingQuestion {
    static let textsField = "ads"

    private let request: ScoreAdsRequest
    private let terms: AuctionTerms
    private var failures: [CandidateFailure] = []

    /// - Parameter now: Unix nanoseconds; the moment, where the request names none.
    init(_ request: ScoreAdsRequest, now: Int64) {
        self.request = request
        let floor = request.floor ?? Money(micros: 0, currencyCode: "USD")
        terms = AuctionTerms(
            unixNanoseconds: request.unixNanoseconds ?? now, floorMicros: floor.micros,
            currencyCode: floor.currencyCode)
    }

    var user: UserReference { request.user }
    var texts: [String] { request.ads.map { (try? $0.get().creative.encoderText) ?? "" } }
    var candidateCount: Int { request.adBids.count + request.ads.count }

    func work(
        for subject: Subject, vectors: [Int8Vector?], models: ServingModels
    ) -> AuctionJob {
        let table = models.catalog.ads
        var list = AdCandidateList(table: table, terms: terms)
        for (i, bid) in request.adBids.enumerated() {
            switch bid {
            case .success(let bid):
                attempt(i, bid.adId) { () throws(Fault) in
                    guard let row = table.row(of: bid.adId) else {
                        throw .unknownCandidate("ad")
                    }
                    try list.append(row: row, bidOverride: bid.bid ?? 0, requestIndex: i)
                }
            case .failure(let fault):
                failures.append(CandidateFailure(index: i, id: "", fault: fault))
            }
        }
        for (i, ad) in request.ads.enumerated() {
            let index = request.adBids.count + i
            switch ad {
            case .success(let ad):
                attempt(index, ad.id) { () throws(Fault) in
                    try list.append(
                        ad, vector: vectors[i], requestIndex: index, field: "ads[\(i)]")
                }
            case .failure(let fault):
                failures.append(CandidateFailure(index: index, id: "", fault: fault))
            }
        }
        return AuctionJob(
            subject, candidates: list, limit: request.limit, explain: request.explain)
    }

    private func attempt(
        _ index: Int, _ id: String, _ append: () throws(Fault) -> Void
    ) {
        do throws(Fault) {
            try append()
        } catch { failures.append(CandidateFailure(index: index, id: id, fault: error)) }
    }

    func response(
        to ranked: AuctionResult, _ reading: RequestReading, models: ServingModels
    ) -> ScoreAdsResponse {
        var explanation = ranked.explanation
        explanation?.leftOut = reading.leftOut
        return ScoreAdsResponse(
            rows: ranked.ads.map { row in
                let (adId, campaignId, text) = describe(row.requestIndex, reading, models)
                return ScoreAdsResponse.Row(
                    index: row.requestIndex, adId: adId, campaignId: campaignId,
                    clickProbability: row.clickProbability, logit: row.logit,
                    ecpm: Money(micros: row.ecpmMicros, currencyCode: terms.currencyCode),
                    text: text)
            },
            noBids: ranked.noBids.map {
                ScoreAdsResponse.NoBid(
                    index: $0.requestIndex,
                    adId: describe($0.requestIndex, reading, models).adId, reason: $0.reason)
            },
            failures: failures, explanation: explanation, timings: reading.timings,
            bundleVersion: models.card.bundleVersion, userText: reading.userText)
    }

    private func describe(
        _ index: Int, _ reading: RequestReading, _ models: ServingModels
    ) -> (adId: String, campaignId: String, text: TextInfo?) {
        if index < request.adBids.count {
            let adId = (try? request.adBids[index].get().adId) ?? ""
            let row = models.catalog.ads.row(of: adId)
            return (adId, row.map { models.catalog.ads.ad(at: $0).campaignId } ?? "", nil)
        }
        let position = index - request.adBids.count
        let ad = try? request.ads[position].get()
        return (ad?.id ?? "", ad?.campaignId ?? "", reading.texts[position])
    }
}
