/// What brought a candidate; see rankwire.v1.CandidateSource, whose numbers are these bits' places + 1.
public struct CandidateSources: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let interests = CandidateSources(rawValue: 1)
    public static let neighbours = CandidateSources(rawValue: 2)
    public static let popularity = CandidateSources(rawValue: 4)
    public static let repeatPurchases = CandidateSources(rawValue: 8)
    public static let queryMeaning = CandidateSources(rawValue: 16)
    public static let queryWords = CandidateSources(rawValue: 32)
    public static let viewed = CandidateSources(rawValue: 64)

    /// In the order of their bits.
    public static let names = [
        "interests", "neighbours", "popularity", "repeat_purchases", "query_meaning", "query_words",
        "viewed",
    ]

    public static let query: CandidateSources = [.queryMeaning, .queryWords]
    public static let user: CandidateSources = [
        .interests, .neighbours, .popularity, .repeatPurchases, .viewed,
    ]

    /// - Parameter number: of the wire's enumeration.
    public init?(number: Int) {
        guard (1...Self.names.count).contains(number) else { return nil }
        self.init(rawValue: 1 << UInt8(number - 1))
    }

    /// Of the wire's enumeration, rising.
    public var numbers: [Int] { (1...Self.names.count).filter { rawValue >> ($0 - 1) & 1 == 1 } }
}
