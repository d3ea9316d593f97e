// AdService.ScoreAds: user and candidate ads in, ads by expected value out.

internal import Ads
internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Ranking
internal import Store

/// One call. Confined to its loop.
final class ScoreAds: CallHandler {
    private enum Step {
        case request, inputs, rank, done
    }

    private let context: LoopContext
    private let models: ServingModels
    private var step = Step.request
    private var request: ScoreAdsRequest?
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
            let request = try context.codec.decodeScoreAdsRequest(message)
            self.request = request
            step = .inputs
            let inputs = RankingInputs(
                state: context.state, call: call, models: models, callerClass: .bidding,
                user: request.user,
                texts: request.ads.map { (try? $0.get().creative.encoderText) ?? "" },
                textsField: "ads")
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
            let subject = gathered.subject
            let count = request.adBids.count + request.ads.count
            let (limit, explain) = (request.limit, request.explain)
            ticket = context.state.rank(
                candidates: count, for: self, on: call,
                callerClass: .bidding,
                work: {
                    var job = AuctionJob(
                        subject, candidates: candidates, limit: limit, explain: explain)
                    job.advance(maxCandidates: count)
                    return job.finish()
                },
                then: { $0.ranked($1, on: $2) })
        } catch { fail(error, on: call) }
    }

    /// The candidates that can be ranked; the others go to `failures`.
    private func candidates(
        of request: ScoreAdsRequest, vectors: [Int8Vector?]
    ) -> AdCandidateList {
        var list = AdCandidateList(table: models.catalog.ads, terms: terms(of: request))
        for (i, bid) in request.adBids.enumerated() {
            switch bid {
            case .success(let bid):
                attempt(i, bid.adId) { () throws(Fault) in
                    guard let row = models.catalog.ads.row(of: bid.adId) else {
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
        return list
    }

    private func attempt(_ index: Int, _ id: String, _ append: () throws(Fault) -> Void) {
        do throws(Fault) {
            try append()
        } catch { failures.append(CandidateFailure(index: index, id: id, fault: error)) }
    }

    private func terms(of request: ScoreAdsRequest) -> AuctionTerms {
        let floor = request.floor ?? Self.noFloor
        return AuctionTerms(
            unixNanoseconds: request.unixNanoseconds ?? context.state.time.unixNanoseconds(),
            floorMicros: floor.micros, currencyCode: floor.currencyCode)
    }

    private static let noFloor = Money(micros: 0, currencyCode: "USD")

    private func ranked(_ result: Result<Timed<AuctionResult>, Fault>, on call: ServerCall) {
        guard step == .rank, let request, let gathered else { return }
        step = .done
        switch result {
        case .failure(let fault): fail(fault, on: call)
        case .success(let timed):
            var timings = gathered.timings
            timings.scoreNanoseconds = timed.nanoseconds
            timings.totalNanoseconds = Int64(
                context.state.time.now().nanoseconds(since: received))
            var explanation = timed.value.explanation
            explanation?.leftOut = gathered.leftOut
            let currencyCode = (request.floor ?? Self.noFloor).currencyCode
            let response = ScoreAdsResponse(
                rows: timed.value.ads.map { row in
                    let (adId, campaignId, text) = describe(row.requestIndex, request, gathered)
                    return ScoreAdsResponse.Row(
                        index: row.requestIndex, adId: adId, campaignId: campaignId,
                        clickProbability: row.clickProbability, logit: row.logit,
                        ecpm: Money(
                            micros: row.ecpmMicros, currencyCode: currencyCode),
                        text: text)
                },
                noBids: timed.value.noBids.map {
                    ScoreAdsResponse.NoBid(
                        index: $0.requestIndex,
                        adId: describe($0.requestIndex, request, gathered).adId, reason: $0.reason)
                },
                failures: failures, explanation: explanation, timings: timings,
                bundleVersion: models.card.bundleVersion, userText: gathered.userText)
            call.reply(context.codec.encodeScoreAdsResponse(response))
        }
    }

    private func describe(
        _ index: Int, _ request: ScoreAdsRequest, _ gathered: RankingInputs.Gathered
    ) -> (adId: String, campaignId: String, text: TextInfo?) {
        if index < request.adBids.count {
            let adId = (try? request.adBids[index].get().adId) ?? ""
            let row = models.catalog.ads.row(of: adId)
            return (adId, row.map { models.catalog.ads.ad(at: $0).campaignId } ?? "", nil)
        }
        let position = index - request.adBids.count
        let ad = try? request.ads[position].get()
        return (ad?.id ?? "", ad?.campaignId ?? "", gathered.textInfos[position])
    }
}
