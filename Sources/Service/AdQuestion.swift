internal import Ads
internal import Base
internal import Inference
internal import Messages
internal import RPC
internal import Ranking
internal import Store

/// A ScoreAds request.
final class AdQuestion: RankingQuestion {
    static let textsField = "ads"

    static func leftOut(_ labels: DataLabels) -> [String] { AdFeature.leftOut(labels) }

    /// A worker is done so much before the timer answers for it, which may be a little late itself.
    private static let workerMarginNanoseconds: UInt64 = 2_000_000

    /// Of what is kept for the network, the part in which a whole answer may still go out: work looks at
    /// the clock now and then, and explaining what was found takes its time.
    private static let answeringShare: UInt64 = 2

    private let request: ScoreAdsRequest
    private let state: ServerState
    private let labels: DataLabels
    private var terms: AuctionTerms
    private(set) var deadline: MonotonicTime?

    init(_ request: consuming ScoreAdsRequest, state: ServerState, call: ServerCall) {
        self.state = state
        labels = call.labels
        let floor = request.floor ?? Money(micros: 0, currencyCode: "USD")
        terms = AuctionTerms(
            unixNanoseconds: request.unixNanoseconds ?? state.time.unixNanoseconds(),
            floorMicros: floor.micros, currencyCode: floor.currencyCode)
        terms.isDryRun = request.isDryRun
        terms.channel = request.channel
        terms.device = request.device
        terms.placement = request.placement
        terms.seed = state.nextAuctionSeed()
        let waitMs = request.tmaxMs
        self.request = request
        deadline = waitMs.map {
            Self.deadline(waitMs: $0, call, state.limits.bidNetworkReserveMicroseconds)
        }
        terms.deadline = workDeadline
    }

    private static func deadline(
        waitMs: Int, _ call: ServerCall, _ reserveMicroseconds: Int
    ) -> MonotonicTime {
        let given = call.arrival.advanced(byNanoseconds: UInt64(waitMs) * 1_000_000)
        let end = min(given, call.deadline).nanoseconds
        let reserve = UInt64(reserveMicroseconds) * 1_000
        return MonotonicTime(nanoseconds: end > reserve ? end - reserve : 0)
    }

    var latest: MonotonicTime? {
        deadline?.advanced(
            byNanoseconds: UInt64(state.limits.bidNetworkReserveMicroseconds) * 1_000
                / Self.answeringShare)
    }

    private var workDeadline: MonotonicTime {
        guard let deadline else { return .distantFuture }
        if fitsLoop(state.limits) { return deadline }
        let margin = Self.workerMarginNanoseconds
        return MonotonicTime(
            nanoseconds: deadline.nanoseconds > margin ? deadline.nanoseconds - margin : 0)
    }

    var user: UserReference { request.user }
    var texts: [String] { request.ads.map { (try? $0.get().creative.encoderText) ?? "" } }
    var candidateCount: Int {
        request.adBids.count + request.ads.count + request.adIds.count
    }
    /// Most of a bidder's users are.
    var admitsStrangers: Bool { true }

    /// What a dry run says of each ad takes longer than ranking it.
    func fitsLoop(_ limits: Limits) -> Bool {
        !request.isDryRun && candidateCount <= limits.maxAdsOnLoop
    }

    func work(
        for subject: Subject, vectors: [Int8Vector?], models: ServingModels
    ) -> AuctionJob {
        let table = models.catalog.ads
        let source = RequestedAds(request, table: table, vectors: vectors)
        let day = Int64.day(ofUnixNanoseconds: terms.unixNanoseconds)
        return AuctionJob(
            subject, candidates: source, scoring: models.ads, terms: terms,
            audience: audience(subject.profile, source, table),
            spending: state.profiles.spending.spending(on: day, of: table), limit: request.limit,
            explain: request.explain, time: state.time)
    }

    private func audience(
        _ profile: Profile, _ source: RequestedAds, _ table: AdTable
    ) -> Audience {
        var context = TargetingContext(
            unixNanoseconds: terms.unixNanoseconds, utcOffsetMinutes: request.utcOffsetMinutes)
        context.attributes = profile.attributes
        context.placement = request.placement
        context.channel = request.channel
        context.device = request.device
        context.region = request.region
        context.categories = request.categories
        // What a request describes its caller knows. A segment is made of activity and spend both.
        var labels = labels
        if case .inline = request.user { labels = .all }
        if labels.permits(.activity), labels.permits(.spend), source.reads(.segment) {
            context.segmentId = state.population.load()?.segment(of: profile)?.id
        }
        return Audience(
            context, impressions: labels.permits(.activity) ? profile.adImpressions : nil)
    }

    func response(
        to ranked: AuctionResult, _ reading: RequestReading, models: ServingModels
    ) -> ScoreAdsResponse {
        var explanation = ranked.explanation
        explanation?.leftOut = reading.leftOut
        var response = ScoreAdsResponse(
            rows: ranked.ads.map { row($0, reading, models.catalog.ads) },
            noBids: ranked.noBids.map {
                ScoreAdsResponse.NoBid(
                    index: $0.requestIndex, adId: adId(at: $0.requestIndex), reason: $0.reason,
                    excludedBy: $0.excludedBy)
            },
            failures: ranked.failures.map {
                CandidateFailure(
                    index: $0.requestIndex, id: adId(at: $0.requestIndex), fault: $0.fault)
            }, explanation: explanation, timings: reading.timings,
            bundleVersion: models.card.bundleVersion, userText: reading.userText)
        response.isPartial = ranked.isPartial
        return response
    }

    func lateResponse(_ reading: RequestReading, models: ServingModels) -> ScoreAdsResponse? {
        guard deadline != nil else { return nil }
        var response = ScoreAdsResponse(
            rows: [], noBids: [], failures: [], explanation: nil, timings: reading.timings,
            bundleVersion: models.card.bundleVersion, userText: reading.userText)
        response.isPartial = true
        response.noBidReason = .insufficientTime
        return response
    }

    private func row(
        _ ad: RankedAd, _ reading: RequestReading, _ table: AdTable
    ) -> ScoreAdsResponse.Row {
        let adId = adId(at: ad.requestIndex)
        let position = ad.requestIndex - request.adBids.count
        let isInline = request.ads.indices.contains(position)
        let campaignId =
            isInline
            ? (try? request.ads[position].get().campaignId)
            : table.row(of: adId).map { table.campaignId(at: $0) }
        return ScoreAdsResponse.Row(
            index: ad.requestIndex, adId: adId, campaignId: campaignId ?? "",
            clickProbability: ad.clickProbability, logit: ad.logit,
            conversionProbability: ad.conversionProbability, pricing: ad.pricing,
            ecpm: Money(micros: ad.ecpmMicros, currencyCode: terms.currencyCode),
            passProbability: ad.passProbability, text: isInline ? reading.texts[position] : nil)
    }

    /// "" for a candidate that could not be read.
    private func adId(at index: Int) -> String {
        if index < request.adBids.count { return (try? request.adBids[index].get().adId) ?? "" }
        let position = index - request.adBids.count
        if position < request.ads.count { return (try? request.ads[position].get().id) ?? "" }
        return request.adIds[position - request.ads.count]
    }
}

extension Int64 {
    /// Days since 1970.
    fileprivate static func day(ofUnixNanoseconds time: Int64) -> Int64 {
        let (day, rest) = time.quotientAndRemainder(dividingBy: 86_400 * 1_000_000_000)
        return rest < 0 ? day - 1 : day
    }
}
