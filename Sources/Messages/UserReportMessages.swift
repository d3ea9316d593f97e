// rankwire.v1.ProfileService: reports of users and segments.

public import Base
internal import CMessages
public import Store

/// rankwire.v1.GetUserReportRequest.
public struct GetUserReportRequest: Sendable, Equatable {
    public var userId: String
    /// Nil for the newest event that is known.
    public var asOfUnixNanoseconds: Int64?

    public init(userId: String, asOfUnixNanoseconds: Int64? = nil) {
        self.userId = userId
        self.asOfUnixNanoseconds = asOfUnixNanoseconds
    }
}

extension MessageCodec {
    public func decodeGetUserReportRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> GetUserReportRequest {
        let message = try unpack(bytes, rankwire__v1__get_user_report_request__unpack).pointee
        return GetUserReportRequest(
            userId: try id(message.user_id, "user_id"),
            asOfUnixNanoseconds: try time(message.as_of, "as_of"))
    }

    public func encodeGetUserReportRequest(_ request: GetUserReportRequest) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__get_user_report_request__init)
        message.pointee.user_id = arena.makeString(request.userId)
        message.pointee.as_of = request.asOfUnixNanoseconds.map(makeTime)
        return pack(message)
    }

    public func encodeGetUserReportResponse(_ report: UserReport) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__get_user_report_response__init)
        message.pointee.profile = makeProfile(report.view)
        message.pointee.n_summary = report.summary.count
        message.pointee.summary = arena.makeStrings(report.summary)
        let interests = report.interests
        message.pointee.n_interests = interests.count
        message.pointee.interests = arena.makeArray(
            interests.count, rankwire__v1__reported_interest__init
        ) { interest, i in
            interest.pointee.item_id = arena.makeString(interests[i].itemId)
            interest.pointee.title = arena.makeString(interests[i].title)
            interest.pointee.category = arena.makeString(interests[i].category)
            interest.pointee.item_count = UInt32(interests[i].itemCount)
            interest.pointee.share = interests[i].share
        }
        if let found = report.churnRisk {
            let risk = arena.make(rankwire__v1__churn_risk__init)
            risk.pointee.level = Rankwire__V1__ChurnLevel(UInt32(found.level.rawValue))
            risk.pointee.days_since_purchase = found.daysSincePurchase ?? 0
            risk.pointee.usual_days = found.usualDays ?? 0
            message.pointee.churn_risk = risk
        }
        if let found = report.trend {
            let trend = arena.make(rankwire__v1__trend__init)
            trend.pointee.direction = Rankwire__V1__TrendDirection(
                UInt32(found.direction.rawValue))
            trend.pointee.recent_weekly_events = found.recentWeeklyEvents
            trend.pointee.earlier_weekly_events = found.earlierWeeklyEvents
            message.pointee.trend = trend
        }
        message.pointee.as_of = makeTime(report.asOfUnixNanoseconds)
        return pack(message)
    }

    public func decodeGetUserReportResponse(_ bytes: RawSpan) throws(Fault) -> UserReport {
        let message = try unpack(bytes, rankwire__v1__get_user_report_response__unpack).pointee
        return UserReport(
            view: try profile(message.profile),
            summary: (0..<message.n_summary).map { text(message.summary[$0]) },
            interests: (0..<message.n_interests).map {
                let interest = message.interests[$0]!.pointee
                return UserReport.Interest(
                    itemId: text(interest.item_id), title: text(interest.title),
                    category: text(interest.category), itemCount: Int(interest.item_count),
                    share: interest.share)
            },
            churnRisk: message.churn_risk.map { risk in
                ChurnRisk(
                    level: ChurnRisk.Level(rawValue: Int32(bitPattern: risk.pointee.level.rawValue))
                        ?? .unknown,
                    daysSincePurchase: risk.pointee.days_since_purchase,
                    usualDays: risk.pointee.usual_days)
            },
            trend: message.trend.map { trend in
                Trend(
                    direction: Trend.Direction(
                        rawValue: Int32(bitPattern: trend.pointee.direction.rawValue)) ?? .unknown,
                    recentWeeklyEvents: trend.pointee.recent_weekly_events,
                    earlierWeeklyEvents: trend.pointee.earlier_weekly_events)
            },
            asOfUnixNanoseconds: try time(message.as_of, "as_of") ?? 0)
    }

    public func decodeListSegmentsRequest(_ bytes: RawSpan) throws(Fault) {
        _ = try unpack(bytes, rankwire__v1__list_segments_request__unpack)
    }

    public func encodeListSegmentsRequest() -> [UInt8] {
        arena.reset()
        return pack(arena.make(rankwire__v1__list_segments_request__init))
    }

    /// - Parameter population: nil when none was made.
    public func encodeListSegmentsResponse(_ population: PopulationModel?) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__list_segments_response__init)
        guard let population else { return pack(message) }
        let segments = population.segments
        message.pointee.n_segments = segments.count
        message.pointee.segments = arena.makeArray(
            segments.count, rankwire__v1__segment__init
        ) { fill($0, from: segments[$1]) }
        message.pointee.user_count = Int64(population.userCount)
        message.pointee.buyer_count = Int64(population.buyerCount)
        message.pointee.as_of = makeTime(population.asOfUnixNanoseconds)
        return pack(message)
    }

    private func fill(
        _ message: UnsafeMutablePointer<Rankwire__V1__Segment>, from segment: Segment
    ) {
        message.pointee.segment_id = arena.makeString(segment.id)
        message.pointee.name = arena.makeString(segment.name)
        message.pointee.user_count = Int64(segment.userCount)
        message.pointee.share = segment.share
        message.pointee.days_since_purchase = segment.daysSincePurchase
        message.pointee.purchase_count = segment.purchaseCount
        message.pointee.average_purchase = segment.averagePurchase
        message.pointee.n_categories = segment.categories.count
        message.pointee.categories = arena.makeArray(
            segment.categories.count, rankwire__v1__segment_category__init
        ) { category, i in
            category.pointee.name = arena.makeString(segment.categories[i].name)
            category.pointee.share = segment.categories[i].share
            category.pointee.share_of_all = segment.categories[i].shareOfAll
        }
    }

    public func decodeListSegmentsResponse(_ bytes: RawSpan) throws(Fault) -> SegmentList {
        let message = try unpack(bytes, rankwire__v1__list_segments_response__unpack).pointee
        return SegmentList(
            segments: (0..<message.n_segments).map {
                let segment = message.segments[$0]!.pointee
                return Segment(
                    id: text(segment.segment_id), name: text(segment.name),
                    userCount: Int(segment.user_count), share: segment.share,
                    daysSincePurchase: segment.days_since_purchase,
                    purchaseCount: segment.purchase_count,
                    averagePurchase: segment.average_purchase,
                    categories: (0..<segment.n_categories).map {
                        let category = segment.categories[$0]!.pointee
                        return Segment.CategoryShare(
                            name: text(category.name), share: category.share,
                            shareOfAll: category.share_of_all)
                    })
            }, userCount: Int(message.user_count), buyerCount: Int(message.buyer_count),
            asOfUnixNanoseconds: try time(message.as_of, "as_of"))
    }
}
