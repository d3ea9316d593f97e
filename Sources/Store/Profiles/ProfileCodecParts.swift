// What versions 3 and 5 of a stored profile added: interests at other horizons, groups of interests,
// price bands, when and how the user is active, and more of the purchases.

internal import Base

extension ProfileCodec {
    static func writeLaterParts(of profile: Profile, to writer: inout ByteWriter) {
        write(profile.shortTermInterest, to: &writer)
        write(profile.longTermInterest, to: &writer)
        write(profile.purchaseInterest, to: &writer)
        writer.count(profile.interests.count)
        for interest in profile.interests {
            writer.count(interest.leader)
            writer.count(interest.itemCount)
            writer.float(interest.share)
        }
        write(profile.priceBandAffinity, to: &writer)
        write(profile.rfm.firstPurchaseUnixNanoseconds, to: &writer)
        writer.fixed(profile.rfm.purchaseDayCount)
        writer.fixed(profile.rfm.paidCount)
        let activity = profile.activity
        for counts in [activity.hours, activity.weekdays, activity.types] {
            writer.count(counts.count)
            for count in counts { writer.fixed(count) }
        }
        for counts in [activity.channels, activity.devices] {
            writer.count(counts.count)
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
                writer.string(name)
                writer.fixed(count)
            }
        }
        writer.count(activity.weeks.count)
        for week in activity.weeks {
            writer.fixed(week.events)
            writer.fixed(week.purchases)
            writer.fixed(week.spentMicros)
        }
    }

    static func readLaterParts(of profile: inout Profile, _ reader: inout ByteReader) throws(Fault)
    {
        profile.shortTermInterest = try readVector(&reader)
        profile.longTermInterest = try readVector(&reader)
        profile.purchaseInterest = try readVector(&reader)
        for _ in 0..<(try reader.count(minimumBytes: 6)) {
            let interest = Profile.Interest(
                leader: try reader.count(minimumBytes: 0),
                itemCount: try reader.count(minimumBytes: 0), share: try reader.float())
            guard interest.leader < profile.recentItems.count else {
                throw reader.damaged("an interest has no leader")
            }
            profile.interests.append(interest)
        }
        profile.priceBandAffinity = try readShares(&reader)
        profile.rfm.firstPurchaseUnixNanoseconds = try readTime(&reader)
        profile.rfm.purchaseDayCount = try reader.fixed(Int64.self)
        profile.rfm.paidCount = try reader.fixed(Int64.self)
        try readCounts(&profile.activity.hours, &reader)
        try readCounts(&profile.activity.weekdays, &reader)
        try readCounts(&profile.activity.types, &reader)
        profile.activity.channels = try readNames(&reader)
        profile.activity.devices = try readNames(&reader)
        for _ in 0..<(try reader.count(minimumBytes: 16)) {
            var week = Activity.Week()
            week.events = try reader.fixed(UInt32.self)
            week.purchases = try reader.fixed(UInt32.self)
            week.spentMicros = try reader.fixed(Int64.self)
            profile.activity.weeks.append(week)
        }
    }

    /// What version 5 added. Categories are those of the affinities, in their order, without names.
    static func writePurchases(of profile: Profile, to writer: inout ByteWriter) {
        writer.count(profile.boughtItems.count)
        for item in profile.boughtItems {
            writer.string(item.itemId)
            write(item.record, to: &writer)
            writer.float(item.share)
        }
        for name in profile.categoryAffinity.keys.sorted() {
            let none = PurchaseRecord(dayCount: 0, firstDay: 0, lastDay: 0)
            write(profile.boughtCategories[name] ?? none, to: &writer)
        }
    }

    static func readPurchases(of profile: inout Profile, _ reader: inout ByteReader) throws(Fault) {
        for _ in 0..<(try reader.count(minimumBytes: 8)) {
            profile.boughtItems.append(
                BoughtItem(
                    itemId: try reader.string(), record: try readRecord(&reader),
                    share: try reader.float()))
        }
        for name in profile.categoryAffinity.keys.sorted() {
            let record = try readRecord(&reader)
            if record.dayCount > 0 { profile.boughtCategories[name] = record }
        }
    }

    private static func write(_ record: PurchaseRecord, to writer: inout ByteWriter) {
        writer.count(record.dayCount)
        guard record.dayCount > 0 else { return }
        writer.fixed(Int32(clamping: record.lastDay))
        writer.count(record.lastDay - record.firstDay)
    }

    private static func readRecord(_ reader: inout ByteReader) throws(Fault) -> PurchaseRecord {
        let dayCount = try reader.count(minimumBytes: 0)
        guard dayCount > 0 else { return PurchaseRecord(dayCount: 0, firstDay: 0, lastDay: 0) }
        let lastDay = Int(try reader.fixed(Int32.self))
        let firstDay = lastDay - (try reader.count(minimumBytes: 0))
        return PurchaseRecord(dayCount: dayCount, firstDay: firstDay, lastDay: lastDay)
    }

    /// What version 6 added.
    static func readOfferUse(_ reader: inout ByteReader) throws(Fault) -> Profile.OfferUse {
        var use = Profile.OfferUse()
        use.couponPurchaseCount = try reader.fixed(Int64.self)
        use.lastRedemptionUnixNanoseconds = try readTime(&reader)
        return use
    }

    /// As many as there are; a type of event that came later counts 0.
    private static func readCounts(
        _ counts: inout [UInt32], _ reader: inout ByteReader
    ) throws(Fault) {
        let count = try reader.count(minimumBytes: 4)
        guard count <= counts.count else { throw reader.damaged("there are too many counts") }
        for i in 0..<count { counts[i] = try reader.fixed(UInt32.self) }
    }

    private static func readNames(_ reader: inout ByteReader) throws(Fault) -> [String: UInt32] {
        var counts: [String: UInt32] = [:]
        for _ in 0..<(try reader.count(minimumBytes: 5)) {
            let name = try reader.string()
            counts[name] = try reader.fixed(UInt32.self)
        }
        return counts
    }
}
