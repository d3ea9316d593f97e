/// Shares of a profile (category or brand -> share of decayed weight) as a head should see them:
/// sqrt(share / largest share), so that 1 is the favourite for a user of three categories and for
/// one of three hundred, and the root keeps the long tail apart (it is the variance-stabilising
/// transform of a count).
struct Affinity: Sendable {
    private let largest: Float
    private let shares: [String: Float]
    private var byCode: CodeTable<Float>

    /// - Parameter codeOf: code of a name in the catalogue; nil for a name that no item has.
    init(shares: [String: Float], codeOf: (String) -> Int32?) {
        let sound = shares.filter { $0.value.isFinite && $0.value > 0 }
        self.shares = sound
        largest = sound.values.max() ?? 0
        byCode = CodeTable(capacity: sound.count)
        for (name, share) in sound {
            guard let code = codeOf(name), code >= 0 else { continue }
            byCode.insert(code, Self.scaled(share, largest))
        }
    }

    /// For an item of the catalogue; nil for no code (-1) or a stranger.
    func value(code: Int32) -> Float? { code < 0 ? nil : byCode[code] }

    /// For an item described in the request, whose category the catalogue may not know.
    func value(name: String) -> Float? {
        guard !name.isEmpty, let share = shares[name] else { return nil }
        return Self.scaled(share, largest)
    }

    private static func scaled(_ share: Float, _ largest: Float) -> Float {
        (share / largest).squareRoot()
    }
}
