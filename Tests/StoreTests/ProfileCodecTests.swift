import Base
import Inference
import Testing

@testable import Store

@Suite struct ProfileCodecTests {
    static let full: Profile = {
        var profile = Profile()
        profile.interest = Int8Vector(values: [1, -2, 127, -127], scale: 0.25)
        profile.recentItems = [
            .init(itemId: "é", unixNanoseconds: -5, vector: Int8Vector(values: [3], scale: 1)),
            .init(itemId: "b", unixNanoseconds: .max, vector: nil),
        ]
        profile.categoryAffinity = ["a > b": 0.5, "c": 0.25]
        profile.brandAffinity = ["x": 1]
        profile.logPriceMean = 1.5
        profile.logPriceDeviation = 0.5
        profile.shortTermInterest = Int8Vector(values: [9, 8, 7, 6], scale: 0.5)
        profile.longTermInterest = Int8Vector(values: [-9, 0, 7, 6], scale: 0.125)
        profile.purchaseInterest = Int8Vector(values: [1, 1, 1, 1], scale: 1)
        profile.interests = [
            .init(leader: 1, itemCount: 4, share: 0.75),
            .init(leader: 0, itemCount: 1, share: 0.25),
        ]
        profile.priceBandAffinity = ["1-2": 0.75, "2-5": 0.25]
        profile.activity.hours[7] = 5
        profile.activity.weekdays[6] = .max
        profile.activity.types[11] = 2
        profile.activity.channels = ["web": 4, "store": 1]
        profile.activity.devices = ["phone": 5]
        profile.activity.weeks = [Activity.Week](repeating: .init(), count: Activity.weekCount)
        profile.activity.weeks[12].spentMicros = 12
        profile.activity.weeks[12].purchases = 1
        profile.boughtItems = [
            .init(
                itemId: "é", record: .init(dayCount: 3, firstDay: 17_000, lastDay: 17_060),
                share: 0.75),
            .init(itemId: "b", record: .init(dayCount: 1, firstDay: -3, lastDay: -3), share: 0.25),
        ]
        profile.boughtCategories = ["c": .init(dayCount: 4, firstDay: 16_990, lastDay: 17_060)]
        profile.rfm.firstPurchaseUnixNanoseconds = 4
        profile.rfm.purchaseDayCount = 2
        profile.rfm.paidCount = 3
        profile.rfm.purchaseCount = 3
        profile.offerUse.couponPurchaseCount = 2
        profile.offerUse.lastRedemptionUnixNanoseconds = 6
        profile.rfm.lastPurchaseUnixNanoseconds = 9
        profile.rfm.totalMicros = 12
        profile.rfm.currencyCode = "EUR"
        profile.searches = [.init(text: "trail shoes", unixNanoseconds: 77)]
        profile.adImpressions = [.init(campaignId: "spring", unixNanoseconds: 78)]
        profile.eventCount = 7
        profile.lastEventUnixNanoseconds = 8
        profile.attributes = ["age": "35-44", "kids": "2"]
        return profile
    }()

    @Test func profilesComeBackAsTheyWere() throws {
        for profile in [Profile(), Self.full] {
            #expect(try ProfileCodec.decode(ProfileCodec.encode(profile)) == profile)
        }
    }

    @Test func equalProfilesAreEqualBytes() throws {
        var other = Self.full
        other.attributes = ["kids": "2", "age": "35-44"]
        #expect(try ProfileCodec.encode(other) == ProfileCodec.encode(Self.full))
    }

    @Test func everyFlippedBitAndEveryCutIsNoticed() throws {
        let bytes = try ProfileCodec.encode(Self.full)
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 1 << (position % 8)
            #expect(throws: Fault.self) { try ProfileCodec.decode(damaged) }
            #expect(throws: Fault.self) { try ProfileCodec.decode(Array(bytes[..<position])) }
        }
    }

    /// What passes the checksum is still not believed.
    @Test(arguments: 0..<200)
    func randomBytesUnderAValidChecksumDoNotCrash(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var bytes = Array(try ProfileCodec.encode(Self.full).dropLast(8))
        for _ in 0..<3 {
            let position = Int.random(in: 1..<bytes.count, using: &random)
            bytes[position] = UInt8.random(in: 0...255, using: &random)
        }
        bytes += try SHA256Hasher.digest(of: bytes.span).prefix(8)
        _ = try? ProfileCodec.decode(bytes)
    }

    /// What versions 2 to 5 wrote: the same without the later parts.
    @Test(arguments: [UInt8(2), 3, 4, 5]) func anOlderFormatIsRead(version: UInt8) throws {
        let current = try ProfileCodec.encode(Profile())
        var later = ByteWriter()
        if version < 3 { ProfileCodec.writeLaterParts(of: Profile(), to: &later) }
        // The byte that says no impressions.
        if version < 4 { later.count(0) }
        if version < 5 { ProfileCodec.writePurchases(of: Profile(), to: &later) }
        // No purchases by coupon, and the byte that says no redemption.
        later.fixed(Int64(0))
        later.fixed(UInt8(0))
        var bytes = Array(current.dropLast(8 + later.bytes.count))
        bytes[0] = version
        bytes += try SHA256Hasher.digest(of: bytes.span).prefix(8)
        #expect(try ProfileCodec.decode(bytes) == Profile())
    }

    @Test func anInterestWithoutItsItemIsDamage() throws {
        var profile = Self.full
        profile.recentItems.removeLast()
        let bytes = try ProfileCodec.encode(profile)
        let fault = #expect(throws: Fault.self) { try ProfileCodec.decode(bytes) }
        #expect(fault?.reason == "STORE_CORRUPT")
    }

    @Test func aNewerFormatIsNamed() throws {
        var bytes: [UInt8] = [99, 0, 0]
        bytes += try SHA256Hasher.digest(of: bytes.span).prefix(8)
        let fault = #expect(throws: Fault.self) { try ProfileCodec.decode(bytes) }
        #expect(fault?.reason == "STORE_TOO_NEW")
    }

    @Test func aProfileBeyondTheBoundIsRefused() {
        var profile = Profile()
        profile.attributes = ["a": String(repeating: "x", count: ProfileCodec.maxByteCount)]
        let fault = #expect(throws: Fault.self) { try ProfileCodec.encode(profile) }
        #expect(fault?.reason == "PROFILE_TOO_LARGE")
    }
}
