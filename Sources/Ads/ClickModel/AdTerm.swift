/// One term of a logit: a value and where its weights lie. Crossed terms have a second weight.
public struct AdTerm: Sendable, Equatable {
    public let feature: AdFeature
    /// Place of the weight in the table.
    public let slot: Int32
    /// Place of the weight for the campaign's kind; -1 for none.
    public let kindSlot: Int32
    public let value: Float
    /// Whether it stands for a number that is not known; then `value` is 1.
    public let isMissing: Bool

    init(
        feature: AdFeature, slot: Int32, kindSlot: Int32 = -1, value: Float,
        isMissing: Bool = false
    ) {
        self.feature = feature
        self.slot = slot
        self.kindSlot = kindSlot
        self.value = value
        self.isMissing = isMissing
    }
}

/// Where weights lie: features and names are hashed into one table of fixed size (Weinberger et al.,
/// "Feature Hashing for Large Scale Multitask Learning", 2009), so that a new campaign, brand or
/// attribute needs no dictionary. Hashes are stored in files and must not change.
enum AdSlots {
    /// Of the table, about 262 thousand slots: a few thousand names in use collide in one of a
    /// hundred.
    static let bits = 18
    static let count = 1 << bits

    /// The number of a feature, or the level that a missing one has.
    static let number: UInt64 = 0
    static let missing: UInt64 = 1

    /// - Parameters:
    ///   - level: `number`, `missing` or `hash` of a name.
    ///   - kind: `hash` of the campaign's kind, 0 for the weight that all kinds share.
    static func slot(_ feature: AdFeature, level: UInt64, kind: UInt64 = 0) -> Int32 {
        var x = (UInt64(feature.rawValue) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        x = mixed(x ^ level)
        x = mixed(x ^ kind)
        return Int32(truncatingIfNeeded: x >> UInt64(64 - bits))
    }

    /// FNV-1a of the name's UTF-8 (Fowler, Noll & Vo), mixed; never `number` or `missing`.
    static func hash(_ name: String) -> UInt64 {
        var x: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { x = (x ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return mixed(x) | 2
    }

    /// Of an ordered pair of hashes.
    static func pair(_ first: UInt64, _ second: UInt64) -> UInt64 {
        mixed(first ^ (second << 1 | second >> 63)) | 2
    }

    /// The finaliser of splitmix64 (Steele, Lea & Flood, 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var x = value
        x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
        return x ^ (x >> 31)
    }
}
