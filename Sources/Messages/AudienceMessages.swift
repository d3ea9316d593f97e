// The messages of rankwire.v1.AdService.SelectAudience.

public import Ads
public import Base
internal import CMessages
internal import Store

/// rankwire.v1.SelectAudienceRequest, checked.
public struct SelectAudienceRequest: Sendable, Equatable {
    public enum Brief: Sendable, Equatable {
        case ad(String)
        case campaign(String)
        case text(String)
    }

    public static let maxReachThresholds = 100

    public var brief: Brief
    public var outcome: AdOutcome
    /// Nil for none.
    public var threshold: Float?
    /// 0 for all.
    public var maxUsers: Int
    public var reachThresholds: [Float]
    /// Nil for the server's clock.
    public var unixNanoseconds: Int64?

    public init(
        brief: Brief, outcome: AdOutcome = .conversion, threshold: Float? = nil, maxUsers: Int = 0,
        reachThresholds: [Float] = [], unixNanoseconds: Int64? = nil
    ) {
        self.brief = brief
        self.outcome = outcome
        self.threshold = threshold
        self.maxUsers = maxUsers
        self.reachThresholds = reachThresholds
        self.unixNanoseconds = unixNanoseconds
    }
}

/// rankwire.v1.AudienceSummary.
public struct AudienceSummary: Sendable, Equatable {
    public var consideredCount = 0
    public var selectedCount = 0
    public var withheldCount = 0
    public var leastAudience = 0
    public var meanScore: Float = 0
    public var reach: [SelectedAudience.Reach] = []
    public var segments: [SelectedAudience.SegmentPart] = []
    /// By id.
    public var segmentNames: [String: String] = [:]
    public var bundleVersion = ""
    public var adModelVersion = ""

    public init() {}
}

/// rankwire.v1.SelectAudienceResponse.
public enum SelectAudienceResponse: Sendable, Equatable {
    case summary(AudienceSummary)
    case users([AudienceMember])
}

extension MessageCodec {
    public func decodeSelectAudienceRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> SelectAudienceRequest {
        let message = try unpack(bytes, rankwire__v1__select_audience_request__unpack).pointee
        let brief: SelectAudienceRequest.Brief
        switch message.brief_case {
        case RANKWIRE__V1__SELECT_AUDIENCE_REQUEST__BRIEF_AD_ID:
            brief = .ad(try id(message.ad_id, "ad_id"))
        case RANKWIRE__V1__SELECT_AUDIENCE_REQUEST__BRIEF_CAMPAIGN_ID:
            brief = .campaign(try id(message.campaign_id, "campaign_id"))
        case RANKWIRE__V1__SELECT_AUDIENCE_REQUEST__BRIEF_TEXT:
            brief = .text(try string(message.text, "text", maxBytes: limits.maxTextBytes))
        default: throw .invalid("brief", "name an ad, a campaign or a text")
        }
        let outcome: AdOutcome
        switch message.outcome {
        case RANKWIRE__V1__AUDIENCE_OUTCOME__AUDIENCE_OUTCOME_CLICK: outcome = .click
        case RANKWIRE__V1__AUDIENCE_OUTCOME__AUDIENCE_OUTCOME_UNSPECIFIED,
            RANKWIRE__V1__AUDIENCE_OUTCOME__AUDIENCE_OUTCOME_CONVERSION:
            outcome = .conversion
        default: throw .invalid("outcome", "is none that this server knows")
        }
        guard message.threshold.isFinite else { throw .invalid("threshold", "must be finite") }
        guard message.n_reach_thresholds <= SelectAudienceRequest.maxReachThresholds else {
            throw .invalid(
                "reach_thresholds",
                "are more than \(SelectAudienceRequest.maxReachThresholds)")
        }
        let reach = (0..<message.n_reach_thresholds).map { message.reach_thresholds[$0] }
        guard reach.allSatisfy(\.isFinite) else {
            throw .invalid("reach_thresholds", "must be finite")
        }
        return SelectAudienceRequest(
            brief: brief, outcome: outcome,
            threshold: message.threshold == 0 ? nil : message.threshold,
            maxUsers: Int(message.max_users), reachThresholds: reach,
            unixNanoseconds: try time(message.time, "time"))
    }

    public func encodeSelectAudienceRequest(_ request: SelectAudienceRequest) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__select_audience_request__init)
        switch request.brief {
        case .ad(let id):
            message.pointee.brief_case = RANKWIRE__V1__SELECT_AUDIENCE_REQUEST__BRIEF_AD_ID
            message.pointee.ad_id = arena.makeString(id)
        case .campaign(let id):
            message.pointee.brief_case = RANKWIRE__V1__SELECT_AUDIENCE_REQUEST__BRIEF_CAMPAIGN_ID
            message.pointee.campaign_id = arena.makeString(id)
        case .text(let text):
            message.pointee.brief_case = RANKWIRE__V1__SELECT_AUDIENCE_REQUEST__BRIEF_TEXT
            message.pointee.text = arena.makeString(text)
        }
        message.pointee.outcome =
            request.outcome == .click
            ? RANKWIRE__V1__AUDIENCE_OUTCOME__AUDIENCE_OUTCOME_CLICK
            : RANKWIRE__V1__AUDIENCE_OUTCOME__AUDIENCE_OUTCOME_CONVERSION
        message.pointee.threshold = request.threshold ?? 0
        message.pointee.max_users = UInt32(clamping: request.maxUsers)
        message.pointee.n_reach_thresholds = request.reachThresholds.count
        message.pointee.reach_thresholds = arena.makeFloats(request.reachThresholds)
        message.pointee.time = request.unixNanoseconds.map { makeTime($0) }
        return pack(message)
    }

    public func encodeSelectAudienceResponse(_ response: SelectAudienceResponse) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__select_audience_response__init)
        switch response {
        case .summary(let summary):
            message.pointee.part_case = RANKWIRE__V1__SELECT_AUDIENCE_RESPONSE__PART_SUMMARY
            message.pointee.summary = makeAudienceSummary(summary)
        case .users(let members):
            message.pointee.part_case = RANKWIRE__V1__SELECT_AUDIENCE_RESPONSE__PART_USERS
            let users = arena.make(rankwire__v1__audience_users__init)
            users.pointee.n_users = members.count
            users.pointee.users = arena.makeArray(
                members.count, rankwire__v1__audience_user__init
            ) { user, index in
                let member = members[index]
                user.pointee.pseudonym = member.pseudonym.bytes.withUnsafeBytes {
                    arena.makeBytes($0)
                }
                user.pointee.score = member.score
                user.pointee.segment_id = arena.makeString(member.segmentId)
                user.pointee.best_hour = UInt32(member.bestHour)
                user.pointee.best_channel = arena.makeString(member.bestChannel)
            }
            message.pointee.users = users
        }
        return pack(message)
    }

    private func makeAudienceSummary(
        _ summary: AudienceSummary
    ) -> UnsafeMutablePointer<Rankwire__V1__AudienceSummary> {
        let message = arena.make(rankwire__v1__audience_summary__init)
        message.pointee.considered_count = UInt64(summary.consideredCount)
        message.pointee.selected_count = UInt64(summary.selectedCount)
        message.pointee.withheld_count = UInt64(summary.withheldCount)
        message.pointee.least_audience = UInt32(summary.leastAudience)
        message.pointee.mean_score = summary.meanScore
        message.pointee.n_reach = summary.reach.count
        message.pointee.reach = arena.makeArray(
            summary.reach.count, rankwire__v1__audience_reach__init
        ) { reach, index in
            reach.pointee.threshold = summary.reach[index].threshold
            reach.pointee.user_count = UInt64(summary.reach[index].userCount)
        }
        message.pointee.n_segments = summary.segments.count
        message.pointee.segments = arena.makeArray(
            summary.segments.count, rankwire__v1__audience_segment__init
        ) { segment, index in
            let part = summary.segments[index]
            segment.pointee.segment_id = arena.makeString(part.segmentId)
            segment.pointee.name = arena.makeString(summary.segmentNames[part.segmentId] ?? "")
            segment.pointee.user_count = UInt64(part.userCount)
            segment.pointee.mean_score = part.meanScore
            segment.pointee.best_hour = UInt32(part.bestHour)
            segment.pointee.best_channel = arena.makeString(part.bestChannel)
        }
        message.pointee.bundle_version = arena.makeString(summary.bundleVersion)
        message.pointee.ad_model_version = arena.makeString(summary.adModelVersion)
        return message
    }

    public func decodeSelectAudienceResponse(
        _ bytes: RawSpan
    ) throws(Fault) -> SelectAudienceResponse {
        let message = try unpack(bytes, rankwire__v1__select_audience_response__unpack).pointee
        switch message.part_case {
        case RANKWIRE__V1__SELECT_AUDIENCE_RESPONSE__PART_SUMMARY:
            return .summary(audienceSummary(message.summary.pointee))
        case RANKWIRE__V1__SELECT_AUDIENCE_RESPONSE__PART_USERS:
            let users = message.users.pointee
            var members: [AudienceMember] = []
            for index in 0..<users.n_users {
                guard let user = users.users[index]?.pointee else { continue }
                let pseudonym = [UInt8](
                    UnsafeBufferPointer(start: user.pseudonym.data, count: user.pseudonym.len))
                guard pseudonym.count == 32 else {
                    throw .invalid("users[\(index)].pseudonym", "must be 32 bytes")
                }
                members.append(
                    AudienceMember(
                        pseudonym: Pseudonym(bytes: pseudonym), score: user.score,
                        segmentId: text(user.segment_id), bestHour: UInt8(clamping: user.best_hour),
                        bestChannel: text(user.best_channel)))
            }
            return .users(members)
        default: throw .invalid("part", "must be set")
        }
    }

    private func audienceSummary(_ message: Rankwire__V1__AudienceSummary) -> AudienceSummary {
        var summary = AudienceSummary()
        summary.consideredCount = Int(clamping: message.considered_count)
        summary.selectedCount = Int(clamping: message.selected_count)
        summary.withheldCount = Int(clamping: message.withheld_count)
        summary.leastAudience = Int(message.least_audience)
        summary.meanScore = message.mean_score
        summary.reach = (0..<message.n_reach).compactMap { index in
            message.reach[index].map {
                .init(
                    threshold: $0.pointee.threshold, userCount: Int(clamping: $0.pointee.user_count)
                )
            }
        }
        for index in 0..<message.n_segments {
            guard let segment = message.segments[index]?.pointee else { continue }
            let id = text(segment.segment_id)
            summary.segmentNames[id] = text(segment.name)
            summary.segments.append(
                .init(
                    segmentId: id, userCount: Int(clamping: segment.user_count),
                    meanScore: segment.mean_score, bestHour: UInt8(clamping: segment.best_hour),
                    bestChannel: text(segment.best_channel)))
        }
        summary.bundleVersion = text(message.bundle_version)
        summary.adModelVersion = text(message.ad_model_version)
        return summary
    }
}
