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
    /// The candidates after those.
    public var adIds: IdList
    /// nil for the server's clock.
    public var unixNanoseconds: Int64?
    public var floor: Money?
    /// At most this many ads are returned; 0 for all.
    public var limit: Int
    public var explain: Int
    /// Empty where unknown, like the next three.
    public var placement = ""
    public var channel = ""
    public var device = ""
    public var region = ""
    /// What the page is about.
    public var categories: [String] = []
    public var utcOffsetMinutes = 0
    /// nil for the call's deadline alone.
    public var tmaxMs: Int?
    public var isDryRun = false

    public init(
        user: UserReference, adBids: [AdBid] = [], ads: [Ad] = [], adIds: [String] = [],
        unixNanoseconds: Int64? = nil, floor: Money? = nil, limit: Int = 0, explain: Int = 0
    ) {
        self.user = user
        self.adBids = adBids.map { .success($0) }
        self.ads = ads.map { .success($0) }
        self.adIds = IdList(adIds)
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
        public var conversionProbability: Float
        public var pricing: AdPricing
        public var ecpm: Money
        public var passProbability: Float
        public var text: TextInfo?

        public init(
            index: Int, adId: String, campaignId: String, clickProbability: Float, logit: Float,
            conversionProbability: Float, pricing: AdPricing, ecpm: Money, passProbability: Float,
            text: TextInfo?
        ) {
            self.index = index
            self.adId = adId
            self.campaignId = campaignId
            self.clickProbability = clickProbability
            self.logit = logit
            self.conversionProbability = conversionProbability
            self.pricing = pricing
            self.ecpm = ecpm
            self.passProbability = passProbability
            self.text = text
        }
    }

    public struct NoBid: Sendable, Equatable {
        public var index: Int
        public var adId: String
        public var reason: NoBidReason
        /// Of a dry run.
        public var excludedBy: [String]

        public init(index: Int, adId: String, reason: NoBidReason, excludedBy: [String] = []) {
            self.index = index
            self.adId = adId
            self.reason = reason
            self.excludedBy = excludedBy
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
    public var isPartial = false
    /// Why no candidate was looked at, when that is so.
    public var noBidReason: NoBidReason?

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
        let (unpacked, adIds) = try unpackWithIds(
            bytes, idField: 8, "ad_ids", rankwire__v1__score_ads_request__unpack)
        let message = unpacked.pointee
        try checkCandidates(
            ids: message.n_ad_bids + adIds.count, idField: adIds.isEmpty ? "ad_bids" : "ad_ids",
            inline: message.n_ads, inlineField: "ads", explain: message.explain)
        var request = ScoreAdsRequest(
            user: try userReference(message.user),
            unixNanoseconds: try time(message.time, "time"),
            floor: try money(message.floor, "floor"), limit: Int(message.limit),
            explain: Int(message.explain))
        request.adIds = adIds
        try readMoment(of: message, into: &request)
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

    /// Where and when the ad would be shown, and how long the caller waits.
    private func readMoment(
        of message: Rankwire__V1__ScoreAdsRequest, into request: inout ScoreAdsRequest
    ) throws(Fault) {
        func text(_ data: ProtobufCBinaryData, _ field: StaticString) throws(Fault) -> String {
            try string(data, "\(field)", maxBytes: limits.maxIdBytes)
        }
        request.placement = try text(message.placement, "placement")
        request.channel = try text(message.channel, "channel")
        request.device = try text(message.device, "device")
        request.region = try text(message.region, "region")
        guard message.n_categories <= TargetingContext.maxCategories else {
            throw .invalid(
                "categories", "has more than \(TargetingContext.maxCategories) elements")
        }
        for i in 0..<message.n_categories {
            request.categories.append(
                try string(
                    message.categories[i], "categories[\(i)]", maxBytes: limits.maxCategoryBytes))
        }
        guard abs(Int(message.utc_offset_minutes)) < 1_440 else {
            throw .invalid("utc_offset_minutes", "must be -1439 to 1439")
        }
        request.utcOffsetMinutes = Int(message.utc_offset_minutes)
        request.tmaxMs = message.tmax_ms == 0 ? nil : Int(message.tmax_ms)
        request.isDryRun = message.dry_run != 0
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

    public func encodeScoreAdsResponse(_ response: ScoreAdsResponse) -> [UInt8] {
        withScoreAdsResponse(response) { bytes in bytes.withUnsafeBytes { Array($0) } }
    }

    /// The same, handed out where it lies.
    public func withScoreAdsResponse<Result>(
        _ response: ScoreAdsResponse, _ body: (RawSpan) -> Result
    ) -> Result {
        arena.reset()
        let message = arena.make(rankwire__v1__score_ads_response__init)
        message.pointee.n_failures = response.failures.count
        message.pointee.failures = makeFailures(response.failures)
        message.pointee.explanation = response.explanation.map(makeExplanation)
        message.pointee.timings = makeTimings(response.timings)
        message.pointee.bundle_version = arena.makeString(response.bundleVersion)
        message.pointee.user_text = response.userText.map(makeTextInfo)
        message.pointee.partial = response.isPartial ? 1 : 0
        message.pointee.no_bid_reason = Rankwire__V1__NoBidReason(
            UInt32(response.noBidReason?.rawValue ?? 0))
        return pack(
            message, maxFrontBytes: response.maxRowBytes,
            { writer, _ in response.writeRows(to: &writer) }, body)
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
        message.pointee.n_ad_ids = request.adIds.count
        message.pointee.ad_ids = arena.makeStrings(Array(request.adIds))
        message.pointee.placement = arena.makeString(request.placement)
        message.pointee.channel = arena.makeString(request.channel)
        message.pointee.device = arena.makeString(request.device)
        message.pointee.region = arena.makeString(request.region)
        message.pointee.n_categories = request.categories.count
        message.pointee.categories = arena.makeStrings(request.categories)
        message.pointee.utc_offset_minutes = Int32(request.utcOffsetMinutes)
        message.pointee.tmax_ms = UInt32(request.tmaxMs ?? 0)
        message.pointee.dry_run = request.isDryRun ? 1 : 0
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
                    conversionProbability: ad.conversion_probability,
                    pricing: AdPricing(rawValue: Int32(bitPattern: ad.pricing.rawValue)) ?? .click,
                    ecpm: try money(ad.ecpm, "ads[\(i)].ecpm")
                        ?? Money(micros: 0, currencyCode: "XXX"),
                    passProbability: ad.pass_probability, text: textInfo(ad.text)))
        }
        var response = ScoreAdsResponse(
            rows: rows,
            noBids: (0..<message.n_no_bids).compactMap {
                let noBid = message.no_bids[$0]!.pointee
                return NoBidReason(rawValue: Int32(bitPattern: noBid.reason.rawValue)).map {
                    ScoreAdsResponse.NoBid(
                        index: Int(noBid.index), adId: text(noBid.ad_id), reason: $0,
                        excludedBy: (0..<noBid.n_excluded_by).map { text(noBid.excluded_by[$0]) })
                }
            },
            failures: failures(message.failures, count: message.n_failures),
            explanation: explanation(message.explanation), timings: timings(message.timings),
            bundleVersion: text(message.bundle_version), userText: textInfo(message.user_text))
        response.isPartial = message.partial != 0
        response.noBidReason = NoBidReason(
            rawValue: Int32(bitPattern: message.no_bid_reason.rawValue))
        return response
    }
}

extension ScoreAdsResponse {
    /// Of `writeRows` at most.
    fileprivate var maxRowBytes: Int {
        rows.reduce(0) { $0 + 112 + $1.adId.utf8.count + $1.campaignId.utf8.count }
            + noBids.reduce(0) { bytes, noBid in
                noBid.excludedBy.reduce(bytes + 24 + noBid.adId.utf8.count) {
                    $0 + 8 + $1.utf8.count
                }
            }
    }

    /// ScoreAdsResponse.ads and no_bids.
    fileprivate func writeRows(to writer: inout WireWriter) {
        for noBid in noBids.reversed() {
            writer.message(2) { writer in
                for sentence in noBid.excludedBy.reversed() { writer.field(4, sentence) }
                writer.field(3, Int(noBid.reason.rawValue))
                writer.field(2, noBid.adId)
                writer.field(1, noBid.index)
            }
        }
        for (position, row) in rows.enumerated().reversed() {
            writer.message(1) { writer in
                writer.field(11, row.passProbability)
                writer.field(10, Int(row.pricing.rawValue))
                writer.field(9, row.conversionProbability)
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
