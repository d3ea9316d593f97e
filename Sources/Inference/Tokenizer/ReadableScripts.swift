/// Writing systems, as far as they tell what a vocabulary was made for.
enum Script: Sendable, CaseIterable {
    case latin, greek, cyrillic, hebrew, arabic, indic, thai, hangul, kana, han, other

    /// By the blocks of Unicode where their letters are; nil for what is no letter.
    init?(_ scalar: Unicode.Scalar) {
        guard scalar.properties.isAlphabetic else { return nil }
        switch scalar.value {
        case ..<0x250: self = .latin
        case 0x370..<0x400: self = .greek
        case 0x400..<0x530: self = .cyrillic
        case 0x590..<0x600: self = .hebrew
        case 0x600..<0x780: self = .arabic
        case 0x900..<0xE00: self = .indic
        case 0xE00..<0xE80: self = .thai
        case 0x1100..<0x1200, 0xAC00..<0xD7B0: self = .hangul
        case 0x3040..<0x3100: self = .kana
        case 0x3400..<0xA000: self = .han
        default: self = .other
        }
    }
}

/// The scripts that a vocabulary has more of than stray letters. That of an English model holds some
/// hundred Chinese signs, each a piece of its own that its encoder has hardly seen.
struct ReadableScripts: Sendable {
    private static let leastShare = 0.02
    private static let leastPieces = 1_000
    /// Of a text, from its beginning: what is judged stays short.
    private static let maxScalars = 1_024

    private let scripts: Set<Script>

    init(pieces: some Sequence<String>) {
        var counts: [Script: Int] = [:]
        for piece in pieces {
            if let script = piece.unicodeScalars.lazy.compactMap({ Script($0) }).first {
                counts[script, default: 0] += 1
            }
        }
        let total = Double(counts.values.reduce(0, +))
        scripts = Set(
            counts.filter {
                $0.value >= Self.leastPieces || Double($0.value) >= Self.leastShare * total
            }.keys)
    }

    /// Share of the text's letters that are of other scripts; 0 without letters.
    func unreadableShare(of text: String) -> Double {
        var (letters, strange) = (0, 0)
        let readsLatin = scripts.contains(.latin)
        for scalar in text.unicodeScalars.prefix(Self.maxScalars) {
            // Most of it, and much faster than what Unicode knows of a letter.
            if scalar.isASCII {
                guard (0x61...0x7A).contains(scalar.value | 0x20) else { continue }
                letters += 1
                if !readsLatin { strange += 1 }
                continue
            }
            guard let script = Script(scalar) else { continue }
            letters += 1
            if !scripts.contains(script) { strange += 1 }
        }
        return letters == 0 ? 0 : Double(strange) / Double(letters)
    }
}

extension WordPieceTokenizer {
    /// Share of a text that the model cannot read: letters of scripts its vocabulary was not made
    /// for, or words it has no pieces for, whichever is more. 0 to 1.
    ///
    /// - Parameters:
    ///   - tokenCount: of the text, with the two at its ends.
    ///   - unknownCount: how many of them are `unknownId`.
    public func unreadableShare(
        of text: String, tokenCount: Int, unknownCount: Int
    ) -> Double {
        let unknown = Double(unknownCount) / Double(max(tokenCount - 2, 1))
        return max(unknown, vocabulary.scripts.unreadableShare(of: text))
    }
}
