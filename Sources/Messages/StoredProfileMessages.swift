// rankwire.v1.ProfileService: what is asked about one stored user.

public import Base
internal import CMessages
public import Store

#if canImport(Glibc)
    private import Glibc
#endif

/// rankwire.v1.ExportProfileRequest.
public struct ExportProfileRequest: Sendable, Equatable {
    public var userId: String
    /// At most 1,000.
    public var pageSize: Int
    /// The id of the last event of the page before; empty for the first page.
    public var afterEventId: String

    public init(userId: String, pageSize: Int, afterEventId: String = "") {
        self.userId = userId
        self.pageSize = pageSize
        self.afterEventId = afterEventId
    }
}

/// rankwire.v1.ExportProfileResponse.
public struct ExportProfileResponse: Sendable, Equatable {
    public var profile: Profile
    public var events: [Event]
    /// Empty on the last page.
    public var nextPageToken: String

    public init(profile: Profile, events: [Event], nextPageToken: String) {
        self.profile = profile
        self.events = events
        self.nextPageToken = nextPageToken
    }
}

extension MessageCodec {
    /// Events of one page.
    private static let maxPageSize: Int32 = 1_000

    public func decodeGetProfileRequest(_ bytes: RawSpan) throws(Fault) -> String {
        let message = try unpack(bytes, rankwire__v1__get_profile_request__unpack).pointee
        return try id(message.user_id, "user_id")
    }

    public func encodeGetProfileRequest(userId: String) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__get_profile_request__init)
        message.pointee.user_id = arena.makeString(userId)
        return pack(message)
    }

    public func encodeGetProfileResponse(_ profile: Profile) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__get_profile_response__init)
        message.pointee.profile = makeProfile(profile)
        return pack(message)
    }

    public func decodeGetProfileResponse(_ bytes: RawSpan) throws(Fault) -> Profile {
        let message = try unpack(bytes, rankwire__v1__get_profile_response__unpack).pointee
        return try profile(message.profile)
    }

    public func decodeExportProfileRequest(
        _ bytes: RawSpan
    ) throws(Fault) -> ExportProfileRequest {
        let message = try unpack(bytes, rankwire__v1__export_profile_request__unpack).pointee
        guard message.page_size >= 0 else {
            throw .invalid("page_size", "must not be negative")
        }
        let size = message.page_size == 0 ? Self.maxPageSize : message.page_size
        return ExportProfileRequest(
            userId: try id(message.user_id, "user_id"), pageSize: Int(min(size, Self.maxPageSize)),
            afterEventId: try string(
                message.page_token, "page_token", maxBytes: limits.maxIdBytes))
    }

    public func encodeExportProfileRequest(_ request: ExportProfileRequest) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__export_profile_request__init)
        message.pointee.user_id = arena.makeString(request.userId)
        message.pointee.page_size = Int32(clamping: request.pageSize)
        message.pointee.page_token = arena.makeString(request.afterEventId)
        return pack(message)
    }

    public func encodeExportProfileResponse(_ response: ExportProfileResponse) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__export_profile_response__init)
        message.pointee.profile = makeProfile(response.profile)
        message.pointee.n_events = response.events.count
        message.pointee.events = arena.makeArray(
            response.events.count, rankwire__v1__event__init
        ) { event, i in fill(event, from: response.events[i]) }
        message.pointee.next_page_token = arena.makeString(response.nextPageToken)
        return pack(message)
    }

    public func decodeExportProfileResponse(
        _ bytes: RawSpan
    ) throws(Fault) -> ExportProfileResponse {
        let message = try unpack(bytes, rankwire__v1__export_profile_response__unpack).pointee
        var events: [Event] = []
        for i in 0..<message.n_events {
            events.append(try event(message.events[i]!.pointee, "events[\(i)]"))
        }
        return ExportProfileResponse(
            profile: try profile(message.profile), events: events,
            nextPageToken: text(message.next_page_token))
    }

    public func decodeDeleteProfileRequest(_ bytes: RawSpan) throws(Fault) -> String {
        let message = try unpack(bytes, rankwire__v1__delete_profile_request__unpack).pointee
        return try id(message.user_id, "user_id")
    }

    public func encodeDeleteProfileRequest(userId: String) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__delete_profile_request__init)
        message.pointee.user_id = arena.makeString(userId)
        return pack(message)
    }

    public func encodeDeleteProfileResponse(existed: Bool) -> [UInt8] {
        arena.reset()
        let message = arena.make(rankwire__v1__delete_profile_response__init)
        message.pointee.existed = existed ? 1 : 0
        return pack(message)
    }

    public func decodeDeleteProfileResponse(_ bytes: RawSpan) throws(Fault) -> Bool {
        try unpack(bytes, rankwire__v1__delete_profile_response__unpack).pointee.existed != 0
    }

    private func makeProfile(_ profile: Profile) -> UnsafeMutablePointer<Rankwire__V1__Profile> {
        let message = arena.make(rankwire__v1__profile__init)
        message.pointee.event_count = profile.eventCount
        message.pointee.last_event_time = profile.lastEventUnixNanoseconds.map(makeTime)
        message.pointee.n_recent_items = profile.recentItems.count
        message.pointee.recent_items = arena.makeArray(
            profile.recentItems.count, rankwire__v1__recent_item__init
        ) { item, i in
            item.pointee.item_id = arena.makeString(profile.recentItems[i].itemId)
            item.pointee.time = makeTime(profile.recentItems[i].unixNanoseconds)
        }
        message.pointee.n_recent_searches = profile.searches.count
        message.pointee.recent_searches = arena.makeArray(
            profile.searches.count, rankwire__v1__recent_search__init
        ) { search, i in
            search.pointee.query = arena.makeString(profile.searches[i].text)
            search.pointee.time = makeTime(profile.searches[i].unixNanoseconds)
        }
        message.pointee.n_categories = profile.categoryAffinity.count
        message.pointee.categories = makeShares(profile.categoryAffinity)
        message.pointee.n_brands = profile.brandAffinity.count
        message.pointee.brands = makeShares(profile.brandAffinity)
        message.pointee.typical_price = profile.logPriceMean.map { exp(Double($0)) } ?? 0
        message.pointee.purchases = makePurchases(profile.rfm)
        let attributes = profile.attributes.sorted { $0.key < $1.key }
        message.pointee.n_attributes = attributes.count
        message.pointee.attributes = arena.makeArray(
            attributes.count, rankwire__v1__profile__attributes_entry__init
        ) { entry, i in
            entry.pointee.key = arena.makeCString(attributes[i].key)
            entry.pointee.value = arena.makeCString(attributes[i].value)
        }
        return message
    }

    private func makeShares(
        _ shares: [String: Float]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Rankwire__V1__InterestShare>?>? {
        let sorted = shares.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        return arena.makeArray(sorted.count, rankwire__v1__interest_share__init) { share, i in
            share.pointee.name = arena.makeString(sorted[i].key)
            share.pointee.share = sorted[i].value
        }
    }

    private func makePurchases(
        _ rfm: Profile.RFM
    ) -> UnsafeMutablePointer<Rankwire__V1__Purchases>? {
        if rfm.purchaseCount == 0 { return nil }
        let message = arena.make(rankwire__v1__purchases__init)
        message.pointee.count = rfm.purchaseCount
        message.pointee.last_time = rfm.lastPurchaseUnixNanoseconds.map(makeTime)
        if !rfm.currencyCode.isEmpty {
            message.pointee.total = makeMoney(
                Money(micros: rfm.totalMicros, currencyCode: rfm.currencyCode))
        }
        return message
    }

    /// What of a profile is on the wire: it has no vectors.
    private func profile(
        _ message: UnsafePointer<Rankwire__V1__Profile>?
    ) throws(Fault) -> Profile {
        var profile = Profile()
        guard let message = message?.pointee else { return profile }
        profile.eventCount = message.event_count
        profile.lastEventUnixNanoseconds = try time(message.last_event_time, "last_event_time")
        for i in 0..<message.n_recent_items {
            let item = message.recent_items[i]!.pointee
            profile.recentItems.append(
                Profile.RecentItem(
                    itemId: text(item.item_id),
                    unixNanoseconds: try time(item.time, "time") ?? 0, vector: nil))
        }
        for i in 0..<message.n_recent_searches {
            let search = message.recent_searches[i]!.pointee
            profile.searches.append(
                Profile.Search(
                    text: text(search.query), unixNanoseconds: try time(search.time, "time") ?? 0))
        }
        for i in 0..<message.n_categories {
            let share = message.categories[i]!.pointee
            profile.categoryAffinity[text(share.name)] = share.share
        }
        for i in 0..<message.n_brands {
            let share = message.brands[i]!.pointee
            profile.brandAffinity[text(share.name)] = share.share
        }
        profile.logPriceMean =
            message.typical_price > 0 ? Float(log(message.typical_price)) : nil
        if let purchases = message.purchases?.pointee {
            profile.rfm.purchaseCount = purchases.count
            profile.rfm.lastPurchaseUnixNanoseconds = try time(purchases.last_time, "last_time")
            if let total = try money(purchases.total, "total") {
                profile.rfm.totalMicros = total.micros
                profile.rfm.currencyCode = total.currencyCode
            }
        }
        for i in 0..<message.n_attributes {
            let entry = message.attributes[i]!.pointee
            guard let key = entry.key, let value = entry.value else { continue }
            profile.attributes[String(cString: key)] = String(cString: value)
        }
        return profile
    }
}
