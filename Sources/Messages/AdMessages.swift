// rankwire.v1.AdService.

public import Ads
public import Base
internal import CMessages
public import Ranking
public import Store

/// rankwire.v1.ScoreAdsRequest, checked.
public struct ScoreAdsRequest: Sendable {
    /// A candidate of the catalogue (rankwire.v1.AdBid).
    public struct AdBid: Sendable, Equatable {
        public var adId: String
        /// Units of the auction's currency for a click; nil keeps the stored bid.
        public var bid: Double?

        public init(adId: String, bid: Double? = nil) {
            self.adId = adId
            self.bid = bid
        }
    }

    public var user: UserReference
    /// Candidates 0..<adBids.count. One that is not valid keeps its place as a fault.
    public var adBids: [Result<AdBid, Fault>]
    /// The candidates after those.
    public var ads: [Result<Ad, Fault>]
    /// nil for the server's clock.
    public var unixNanoseconds: Int64?
    public var floor: Money?
    /// At most this many ads are returned; 0 for all.
    public var limit: Int
    public var explain: Int

    public init(
        user: UserReference, adBids: [AdBid] = [], ads: [Ad] = [], unixNanoseconds: Int64? = nil,
        floor: Money? = nil, limit: Int = 0, explain: Int = 0
    ) {
        self.user = user
        self.adBids = adBids.map { .success($0) }
        self.ads = ads.map { .success($0) }
        self.unixNanoseconds = unixNanoseconds
        self.floor = floor
        self.limit = limit
        self.explain = explain
    }
}

/// rankwire.v1.ScoreAdsResponse.
public struct ScoreAdsResponse: Sendable {
    public struct Row: Sendable, Equatable {
        public var index: Int
        public var adId: String
        public var campaignId: String
        public var clickProbability: Float
        public var logit: Float
        public var ecpm: Money
        public var text: TextInfo?

        public init(
            index: Int, adId: String, campaignId: String, clickProbability: Float, logit: Float,
            ecpm: Money, text: TextInfo?
        ) {
            self.index = index
            self.adId = adId
            self.campaignId = campaignId
            self.clickProbability = clickProbability
            self.logit = logit
            self.ecpm = ecpm
            self.text = text
        }
    }

    public struct NoBid: Sendable, Equatable {
        public var index: Int
        public var adId: String
        public var reason: NoBidReason

        public init(index: Int, adId: String, reason: NoBidReason) {
            self.index = index
            self.adId = adId
            self.reason = reason
        }
    }

    /// Best first; the rank of a row is its position + 1.
    public var rows: [Row]
    public var noBids: [NoBid]
    public var failures: [CandidateFailure]
    public var explanation: Explanation?
    public var timings: Timings
    public var bundleVersion: String
    public var userText: TextInfo?

    public init(
        rows: [Row], noBids: [NoBid], failures: [CandidateFailure], explanation: Explanation?,
        timings: Timings, bundleVersion: String, userText: TextInfo?
    ) {
        self.rows = rows
        self.noBids = noBids
        self.failures = failures
        self.explanation = explanation
        self.timings = timings
        self.bundleVersion = bundleVersion
        self.userText = userText
    }
}

extension MessageCodec {
    public func decodeScoreAdsRequest(_ bytes: RawSpan) throws(Fault) -> ScoreAdsRequest {
        let message = try unpack(bytes, rankwire__v1__score_ads_request__unpack).pointee
        try checkCandidates(
            ids: message.n_ad_bids, idField: "ad_bids", inline: message.n_ads, inlineField: "ads",
            explain: message.explain)
        var request = ScoreAdsRequest(
            user: try userReference(message.user),
            unixNanoseconds: try time(message.time, "time"),
            floor: try money(message.floor, "floor"), limit: Int(message.limit),
            explain: Int(message.explain))
        for i in 0..<message.n_ad_bids {
            let bid = message.ad_bids[i]!
            request.adBids.append(
                Result { () throws(Fault) in try adBid(bid.pointee, "ad_bids[\(i)]") })
        }
        for i in 0..<message.n_ads {
            let ad = message.ads[i]!
            request.ads.append(Result { () throws(Fault) in try self.ad(ad.pointee, "ads[\(i)]") })
        }
        return request
    }

    private func adBid(
        _ message: Rankwire__V1__AdBid, _ field: String
    ) throws(Fault) -> ScoreAdsRequest.AdBid {
        guard message.bid.isFinite, message.bid >= 0 else {
            throw .invalid("\(field).bid", "must be a finite number that is not negative")
        }
        return ScoreAdsRequest.AdBid(
            adId: try id(message.ad_id, "\(field).ad_id"),
            bid: message.bid == 0 ? nil : message.bid)
    }

    func fill(_ message: UnsafeMutablePointer<Rankwire__V1__Ad>, from ad: Ad) {
        message.pointee.ad_id = arena.makeString(ad.id)
        message.pointee.campaign_id = arena.makeString(ad.campaignId)
        let creative = arena.make(rankwire__v1__item__init)
        fill(creative, from: ad.creative)
        message.pointee.creative = creative
        message.pointee.bid = makeMoney(ad.bid)
        message.pointee.start_time = ad.startUnixNanoseconds.map(makeTime)
        message.pointee.end_time = ad.endUnixNanoseconds.map(makeTime)
    }

    func ad(_ message: Rankwire__V1__Ad, _ field: String) throws(Fault) -> Ad {
        guard let creative = message.creative else {
            throw .invalid("\(field).creative", "must be set")
        }
        guard let bid = try money(message.bid, "\(field).bid"), bid.micros > 0 else {
            throw .invalid("\(field).bid", "must be a positive amount")
        }
        return Ad(
            id: try id(message.ad_id, "\(field).ad_id"),
            campaignId: try string(
                message.campaign_id, "\(field).campaign_id", maxBytes: limits.maxIdBytes),
            creative: try item(creative.pointee, "\(field).creative", requiresId: false),
            bid: bid, startUnixNanoseconds: try time(message.start_time, "\(field).start_time"),
            endUnixNanoseconds: try time(message.end_time, "\(field).end_time"))
    }

    public func encodeScoreAdsResponse(_ response: ScoreAdsResponse) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__score_ads_response__init)
        let noBids = response.noBids
        message.pointee.n_no_bids = noBids.count
        message.pointee.no_bids = arena.makeArray(
            noBids.count, rankwire__v1__no_bid__init
        ) { noBid, i in
            noBid.pointee.index = UInt32(noBids[i].index)
            noBid.pointee.ad_id = arena.makeString(noBids[i].adId)
            noBid.pointee.reason = Rankwire__V1__NoBidReason(UInt32(noBids[i].reason.rawValue))
        }
        message.pointee.n_failures = response.failures.count
        message.pointee.failures = makeFailures(response.failures)
        message.pointee.explanation = response.explanation.map(makeExplanation)
        message.pointee.timings = makeTimings(response.timings)
        message.pointee.bundle_version = arena.makeString(response.bundleVersion)
        message.pointee.user_text = response.userText.map(makeTextInfo)
        return pack(message, maxFrontBytes: response.maxRowBytes) { writer, _ in
            response.writeRows(to: &writer)
        }
    }

    /// What a client sends: candidates of the catalogue. Inline ads are for other clients.
    public func encodeScoreAdsRequest(_ request: ScoreAdsRequest) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__score_ads_request__init)
        message.pointee.user = makeUser(request.user)
        let bids = request.adBids.compactMap { try? $0.get() }
        message.pointee.n_ad_bids = bids.count
        message.pointee.ad_bids = arena.makeArray(
            bids.count, rankwire__v1__ad_bid__init
        ) { bid, i in
            bid.pointee.ad_id = arena.makeString(bids[i].adId)
            bid.pointee.bid = bids[i].bid ?? 0
        }
        message.pointee.time = request.unixNanoseconds.map(makeTime)
        message.pointee.floor = request.floor.map(makeMoney)
        message.pointee.limit = UInt32(request.limit)
        message.pointee.explain = UInt32(request.explain)
        return pack(message)
    }

    public func decodeScoreAdsResponse(_ bytes: RawSpan) throws(Fault) -> ScoreAdsResponse {
        let message = try unpack(bytes, rankwire__v1__score_ads_response__unpack).pointee
        var rows: [ScoreAdsResponse.Row] = []
        for i in 0..<message.n_ads {
            let ad = message.ads[i]!.pointee
            rows.append(
                ScoreAdsResponse.Row(
                    index: Int(ad.index), adId: text(ad.ad_id), campaignId: text(ad.campaign_id),
                    clickProbability: ad.click_probability, logit: ad.logit,
                    ecpm: try money(ad.ecpm, "ads[\(i)].ecpm")
                        ?? Money(micros: 0, currencyCode: "XXX"),
                    text: textInfo(ad.text)))
        }
        return ScoreAdsResponse(
            rows: rows,
            noBids: (0..<message.n_no_bids).compactMap {
                let noBid = message.no_bids[$0]!.pointee
                return NoBidReason(rawValue: Int32(bitPattern: noBid.reason.rawValue)).map {
                    ScoreAdsResponse.NoBid(
                        index: Int(noBid.index), adId: text(noBid.ad_id), reason: $0)
                }
            },
            failures: failures(message.failures, count: message.n_failures),
            explanation: explanation(message.explanation), timings: timings(message.timings),
            bundleVersion: text(message.bundle_version), userText: textInfo(message.user_text))
    }
}

extension ScoreAdsResponse {
    /// Of `writeRows` at most.
    fileprivate var maxRowBytes: Int {
        rows.reduce(0) { $0 + 96 + $1.adId.utf8.count + $1.campaignId.utf8.count }
    }

    /// ScoreAdsResponse.ads.
    fileprivate func writeRows(to writer: inout WireWriter) {
        for (position, row) in rows.enumerated().reversed() {
            writer.message(1) { writer in
                writer.message(8, row.text)
                writer.field(7, position + 1)
                writer.message(6) { writer in
                    writer.field(2, row.ecpm.currencyCode)
                    writer.field(1, Int(row.ecpm.micros))
                }
                writer.field(5, row.logit)
                writer.field(4, row.clickProbability)
                writer.field(3, row.campaignId)
                writer.field(2, row.adId)
                writer.field(1, row.index)
            }
        }
    }
}
