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
        profile.rfm.purchaseCount = 3
        profile.rfm.lastPurchaseUnixNanoseconds = 9
        profile.rfm.totalMicros = 12
        profile.rfm.currencyCode = "EUR"
        profile.searches = [.init(text: "trail shoes", unixNanoseconds: 77)]
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
