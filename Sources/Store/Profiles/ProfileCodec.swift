// A profile as stored. Version 6, in order: version (1 byte), event count, times, interest, recent
// items, category and brand affinities, price, RFM, attributes, searches, what `ProfileCodecParts`
// writes, impressions of ads, purchases, use of offers, and last the first 8 bytes of the SHA-256 of all
// before, so that a damaged blob is refused instead of ranking by it. Version 1 had no searches, 3 no
// impressions, 4 no purchases, 5 no offers. What older ones lack comes with the next event of the user.

internal import Base
internal import Inference

enum ProfileCodec {
    private static let version: UInt8 = 6
    private static let checksumByteCount = 8
    static let maxByteCount = Limits().maxProfileBytes

    static func encode(_ profile: Profile) throws(Fault) -> [UInt8] {
        var writer = ByteWriter()
        writer.fixed(version)
        writer.fixed(profile.eventCount)
        write(profile.lastEventUnixNanoseconds, to: &writer)
        write(profile.interest, to: &writer)
        writer.count(profile.recentItems.count)
        for item in profile.recentItems {
            writer.string(item.itemId)
            writer.fixed(item.unixNanoseconds)
            write(item.vector, to: &writer)
        }
        write(profile.categoryAffinity, to: &writer)
        write(profile.brandAffinity, to: &writer)
        writer.float(profile.logPriceMean ?? .nan)
        writer.float(profile.logPriceDeviation)
        writer.fixed(profile.rfm.purchaseCount)
        write(profile.rfm.lastPurchaseUnixNanoseconds, to: &writer)
        writer.fixed(profile.rfm.totalMicros)
        writer.string(profile.rfm.currencyCode)
        AttributeCodec.write(profile.attributes, to: &writer)
        writer.count(profile.searches.count)
        for search in profile.searches {
            writer.string(search.text)
            writer.fixed(search.unixNanoseconds)
        }
        writeLaterParts(of: profile, to: &writer)
        writer.count(profile.adImpressions.count)
        for impression in profile.adImpressions {
            writer.string(impression.campaignId)
            writer.fixed(impression.unixNanoseconds)
        }
        writePurchases(of: profile, to: &writer)
        writer.fixed(profile.offerUse.couponPurchaseCount)
        write(profile.offerUse.lastRedemptionUnixNanoseconds, to: &writer)
        writer.raw(try checksum(writer.bytes, count: writer.bytes.count))
        guard writer.bytes.count <= maxByteCount else {
            throw Fault(
                .resourceExhausted, reason: "PROFILE_TOO_LARGE",
                "a profile takes \(writer.bytes.count) bytes, more than \(maxByteCount)")
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(Fault) -> Profile {
        let end = bytes.count - checksumByteCount
        var reader = ByteReader(bytes, end: max(end, 0), what: "a stored profile")
        guard end > 0, bytes.count <= maxByteCount else {
            throw reader.damaged("its size is wrong")
        }
        guard try checksum(bytes, count: end) == Array(bytes[end...]) else {
            throw reader.damaged("its checksum differs")
        }
        let found = try reader.fixed(UInt8.self)
        guard (1...version).contains(found) else {
            throw Fault(
                .failedPrecondition, reason: "STORE_TOO_NEW",
                "a stored profile has format \(found), this program reads \(version)")
        }
        var profile = try read(&reader)
        if found >= 2 { profile.searches = try readSearches(&reader) }
        if found >= 3 { try readLaterParts(of: &profile, &reader) }
        if found >= 4 { profile.adImpressions = try readImpressions(&reader) }
        if found >= 5 { try readPurchases(of: &profile, &reader) }
        if found >= 6 { profile.offerUse = try readOfferUse(&reader) }
        guard reader.isAtEnd else { throw reader.damaged("bytes are left over") }
        return profile
    }

    private static func read(_ reader: inout ByteReader) throws(Fault) -> Profile {
        var profile = Profile()
        profile.eventCount = try reader.fixed(Int64.self)
        profile.lastEventUnixNanoseconds = try readTime(&reader)
        profile.interest = try readVector(&reader)
        for _ in 0..<(try reader.count(minimumBytes: 10)) {
            profile.recentItems.append(
                Profile.RecentItem(
                    itemId: try reader.string(), unixNanoseconds: try reader.fixed(Int64.self),
                    vector: try readVector(&reader)))
        }
        profile.categoryAffinity = try readShares(&reader)
        profile.brandAffinity = try readShares(&reader)
        let mean = try reader.float()
        profile.logPriceMean = mean.isNaN ? nil : mean
        profile.logPriceDeviation = try reader.float()
        profile.rfm.purchaseCount = try reader.fixed(Int64.self)
        profile.rfm.lastPurchaseUnixNanoseconds = try readTime(&reader)
        profile.rfm.totalMicros = try reader.fixed(Int64.self)
        profile.rfm.currencyCode = try reader.string()
        profile.attributes = try AttributeCodec.read(from: &reader)
        return profile
    }

    private static func readSearches(
        _ reader: inout ByteReader
    ) throws(Fault) -> [Profile.Search] {
        var searches: [Profile.Search] = []
        for _ in 0..<(try reader.count(minimumBytes: 9)) {
            searches.append(
                Profile.Search(
                    text: try reader.string(), unixNanoseconds: try reader.fixed(Int64.self)))
        }
        return searches
    }

    private static func readImpressions(
        _ reader: inout ByteReader
    ) throws(Fault) -> [Profile.AdImpression] {
        var impressions: [Profile.AdImpression] = []
        for _ in 0..<(try reader.count(minimumBytes: 9)) {
            impressions.append(
                Profile.AdImpression(
                    campaignId: try reader.string(), unixNanoseconds: try reader.fixed(Int64.self)))
        }
        return impressions
    }

    private static func checksum(_ bytes: [UInt8], count: Int) throws(Fault) -> [UInt8] {
        let digest = try SHA256Hasher.digest(of: bytes.span.extracting(0..<count))
        return Array(digest.prefix(checksumByteCount))
    }

    static func write(_ time: Int64?, to writer: inout ByteWriter) {
        writer.fixed(UInt8(time == nil ? 0 : 1))
        if let time { writer.fixed(time) }
    }

    static func readTime(_ reader: inout ByteReader) throws(Fault) -> Int64? {
        try reader.fixed(UInt8.self) == 0 ? nil : try reader.fixed(Int64.self)
    }

    /// No vector is a dimension of 0.
    static func write(_ vector: Int8Vector?, to writer: inout ByteWriter) {
        writer.count(vector?.dimension ?? 0)
        guard let vector, vector.dimension > 0 else { return }
        writer.float(vector.scale)
        writer.raw(vector.values.map { UInt8(bitPattern: $0) })
    }

    static func readVector(_ reader: inout ByteReader) throws(Fault) -> Int8Vector? {
        let dimension = try reader.count()
        if dimension == 0 { return nil }
        let scale = try reader.float()
        return Int8Vector(values: try reader.signedBytes(dimension), scale: scale)
    }

    static func write(_ shares: [String: Float], to writer: inout ByteWriter) {
        writer.count(shares.count)
        for (name, share) in shares.sorted(by: { $0.key < $1.key }) {
            writer.string(name)
            writer.float(share)
        }
    }

    static func readShares(_ reader: inout ByteReader) throws(Fault) -> [String: Float] {
        var shares: [String: Float] = [:]
        for _ in 0..<(try reader.count(minimumBytes: 5)) {
            let name = try reader.string()
            shares[name] = try reader.float()
        }
        return shares
    }
}
