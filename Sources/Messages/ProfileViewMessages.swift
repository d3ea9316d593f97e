// rankwire.v1.Profile: what of a profile is on the wire. It has no vectors.

internal import Base
internal import CMessages
internal import Store

#if canImport(Glibc)
    private import Glibc
#endif

extension MessageCodec {
    func makeProfile(_ view: ProfileView) -> UnsafeMutablePointer<Rankwire__V1__Profile> {
        let profile = view.profile
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
        message.pointee.n_price_bands = profile.priceBandAffinity.count
        message.pointee.price_bands = makeShares(profile.priceBandAffinity)
        message.pointee.n_interests = profile.interests.count
        message.pointee.interests = arena.makeArray(
            profile.interests.count, rankwire__v1__interest__init
        ) { interest, i in
            let found = profile.interests[i]
            interest.pointee.item_id = arena.makeString(profile.recentItems[found.leader].itemId)
            interest.pointee.item_count = UInt32(found.itemCount)
            interest.pointee.share = found.share
        }
        message.pointee.typical_price = profile.logPriceMean.map { exp(Double($0)) } ?? 0
        message.pointee.purchases = makePurchases(profile.rfm, view.quintiles)
        message.pointee.activity = makeActivity(profile.activity)
        message.pointee.segment = view.segment.map(makeSegmentName)
        fillAttributes(of: message, profile.attributes)
        message.pointee.n_left_out = view.leftOut.count
        message.pointee.left_out = arena.makeStrings(view.leftOut)
        return message
    }

    private func fillAttributes(
        of message: UnsafeMutablePointer<Rankwire__V1__Profile>, _ found: [String: String]
    ) {
        let attributes = found.sorted { $0.key < $1.key }
        message.pointee.n_attributes = attributes.count
        message.pointee.attributes = arena.makeArray(
            attributes.count, rankwire__v1__profile__attributes_entry__init
        ) { entry, i in
            entry.pointee.key = arena.makeCString(attributes[i].key)
            entry.pointee.value = arena.makeCString(attributes[i].value)
        }
        message.pointee.n_attribute_labels = attributes.count
        message.pointee.attribute_labels = arena.makeArray(
            attributes.count, rankwire__v1__profile__attribute_labels_entry__init
        ) { entry, i in
            entry.pointee.key = arena.makeCString(attributes[i].key)
            entry.pointee.value = arena.makeCString(
                DataLabel(attribute: attributes[i].key).rawValue)
        }
    }

    func makeSegmentName(
        _ segment: SegmentName
    ) -> UnsafeMutablePointer<Rankwire__V1__ProfileSegment> {
        let message = arena.make(rankwire__v1__profile_segment__init)
        message.pointee.segment_id = arena.makeString(segment.id)
        message.pointee.name = arena.makeString(segment.name)
        return message
    }

    func makeShares(
        _ shares: [String: Float]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Rankwire__V1__InterestShare>?>? {
        let sorted = shares.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        return arena.makeArray(sorted.count, rankwire__v1__interest_share__init) { share, i in
            share.pointee.name = arena.makeString(sorted[i].key)
            share.pointee.share = sorted[i].value
        }
    }

    private func makePurchases(
        _ rfm: Profile.RFM, _ quintiles: Quintiles?
    ) -> UnsafeMutablePointer<Rankwire__V1__Purchases>? {
        if rfm.purchaseCount == 0, rfm.paidCount == 0 { return nil }
        let message = arena.make(rankwire__v1__purchases__init)
        message.pointee.count = rfm.purchaseCount
        message.pointee.day_count = rfm.purchaseDayCount
        message.pointee.first_time = rfm.firstPurchaseUnixNanoseconds.map(makeTime)
        message.pointee.last_time = rfm.lastPurchaseUnixNanoseconds.map(makeTime)
        if !rfm.currencyCode.isEmpty {
            message.pointee.total = makeMoney(
                Money(micros: rfm.totalMicros, currencyCode: rfm.currencyCode))
            message.pointee.average = rfm.averageMicros.map {
                makeMoney(Money(micros: $0, currencyCode: rfm.currencyCode))
            }
        }
        message.pointee.quintiles = quintiles.map(makeQuintiles)
        return message
    }

    func makeQuintiles(
        _ quintiles: Quintiles
    ) -> UnsafeMutablePointer<Rankwire__V1__Quintiles> {
        let message = arena.make(rankwire__v1__quintiles__init)
        message.pointee.recency = UInt32(quintiles.recency)
        message.pointee.frequency = UInt32(quintiles.frequency)
        message.pointee.monetary = UInt32(quintiles.monetary)
        return message
    }

    func profile(
        _ message: UnsafePointer<Rankwire__V1__Profile>?
    ) throws(Fault) -> ProfileView {
        var profile = Profile()
        guard let message = message?.pointee else { return ProfileView(profile: profile) }
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
        for i in 0..<message.n_interests {
            let interest = message.interests[i]!.pointee
            let id = text(interest.item_id)
            guard let leader = profile.recentItems.firstIndex(where: { $0.itemId == id }) else {
                continue
            }
            profile.interests.append(
                Profile.Interest(
                    leader: leader, itemCount: Int(interest.item_count), share: interest.share))
        }
        profile.categoryAffinity = shares(message.categories, count: message.n_categories)
        profile.brandAffinity = shares(message.brands, count: message.n_brands)
        profile.priceBandAffinity = shares(message.price_bands, count: message.n_price_bands)
        profile.logPriceMean =
            message.typical_price > 0 ? Float(log(message.typical_price)) : nil
        profile.activity = activity(message.activity)
        var view = ProfileView(profile: profile)
        if let purchases = message.purchases?.pointee { try read(purchases, into: &view) }
        for i in 0..<message.n_attributes {
            let entry = message.attributes[i]!.pointee
            guard let key = entry.key, let value = entry.value else { continue }
            view.profile.attributes[String(cString: key)] = String(cString: value)
        }
        view.segment = message.segment.map {
            SegmentName(id: text($0.pointee.segment_id), name: text($0.pointee.name))
        }
        view.leftOut = (0..<message.n_left_out).map { text(message.left_out[$0]) }
        return view
    }

    private func read(
        _ purchases: Rankwire__V1__Purchases, into view: inout ProfileView
    ) throws(Fault) {
        var rfm = Profile.RFM()
        rfm.purchaseCount = purchases.count
        rfm.purchaseDayCount = purchases.day_count
        rfm.firstPurchaseUnixNanoseconds = try time(purchases.first_time, "first_time")
        rfm.lastPurchaseUnixNanoseconds = try time(purchases.last_time, "last_time")
        if let total = try money(purchases.total, "total") {
            rfm.totalMicros = total.micros
            rfm.currencyCode = total.currencyCode
            let average = try money(purchases.average, "average")?.micros ?? 0
            // What is on the wire is the quotient.
            rfm.paidCount = average > 0 ? total.micros / average : 0
        }
        view.profile.rfm = rfm
        view.quintiles = purchases.quintiles.map { quintiles($0.pointee) }
    }

    func quintiles(_ message: Rankwire__V1__Quintiles) -> Quintiles {
        Quintiles(
            recency: Int(message.recency), frequency: Int(message.frequency),
            monetary: Int(message.monetary))
    }

    func shares(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<Rankwire__V1__InterestShare>?>?,
        count: Int
    ) -> [String: Float] {
        var shares: [String: Float] = [:]
        for i in 0..<count {
            let share = messages![i]!.pointee
            shares[text(share.name)] = share.share
        }
        return shares
    }
}
