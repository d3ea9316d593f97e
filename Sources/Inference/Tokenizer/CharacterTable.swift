// What one tokenizer does with each code point: UnicodeTable under the tokenizer's options.
//
// Order of the reference: clean, spaces around ideographs, NFD without nonspacing marks (only when
// accents are stripped), lower case. All but the canonical order of the marks that stay is decided
// here, once, per record; the order is EncodingPass's.

/// How a vocabulary's texts are to be normalised: `tokenizer_config.json` of a Hugging Face model.
public struct TokenizerOptions: Sendable, Equatable {
    /// `do_lower_case`.
    public var lowercase: Bool
    /// `strip_accents`; nil follows `lowercase`, as BERT does.
    public var stripAccents: Bool?
    /// `tokenize_chinese_chars`: each CJK ideograph is a word of its own.
    public var splitChineseCharacters: Bool
    /// Ids of one text, [CLS] and [SEP] included; what is longer is cut before [SEP].
    public var maxTokens: Int

    public init(
        lowercase: Bool = true, stripAccents: Bool? = nil, splitChineseCharacters: Bool = true,
        maxTokens: Int = 256
    ) {
        self.lowercase = lowercase
        self.stripAccents = stripAccents
        self.splitChineseCharacters = splitChineseCharacters
        self.maxTokens = maxTokens
    }
}

/// What becomes of a code point.
struct CharacterAction: BitwiseCopyable, Sendable {
    enum Kind: UInt8, BitwiseCopyable {
        /// Stays, as itself plus `value`.
        case keep
        /// Gone, as if it had not been written.
        case remove
        /// Gone, but marks after it are not ordered with marks before it.
        case removeStarter
        case space
        /// `count` code points from `value` of `expansions`.
        case expand
        case hangul
    }

    var kind: Kind
    var isPunctuation = false
    var isIdeograph = false
    var combiningClass: UInt8 = 0
    var count: UInt8 = 0
    var value: Int32 = 0
}

/// One code point of an expansion.
struct ExpandedCharacter: BitwiseCopyable, Sendable {
    var codePoint: UInt32
    var isPunctuation: Bool
    var combiningClass: UInt8
}

/// Immutable; every tokenizer has one.
struct CharacterTable: Sendable {
    /// Classes of `ascii`; any other value is the byte that the word goes on with.
    static let asciiRemove: UInt8 = 0
    static let asciiSpace: UInt8 = 1
    static let asciiPunctuation: UInt8 = 2

    let unicode: UnicodeTable
    let actions: FrozenTable<CharacterAction>
    let expansions: FrozenTable<ExpandedCharacter>
    let ascii: FrozenTable<UInt8>

    init(options: TokenizerOptions, unicode: UnicodeTable = .shared) {
        var expansions: [ExpandedCharacter] = []
        let rules = CharacterRules(options: options, unicode: unicode)
        let actions = unicode.records.map { rules.action(for: $0, expansions: &expansions) }
        self.unicode = unicode
        self.actions = FrozenTable(actions)
        self.expansions = FrozenTable(expansions)
        ascii = FrozenTable(
            (0..<128).map { byte -> UInt8 in
                let action = actions[unicode.recordIndex(of: UInt32(byte))]
                switch action.kind {
                case .space: return Self.asciiSpace
                case .keep where action.isPunctuation: return Self.asciiPunctuation
                case .keep: return UInt8(Int32(byte) + action.value)
                default: return Self.asciiRemove
                }
            })
    }

    @inline(__always)
    func action(of codePoint: UInt32) -> CharacterAction {
        actions[unicode.recordIndex(of: codePoint)]
    }
}

/// Turns records into actions.
private struct CharacterRules {
    let options: TokenizerOptions
    let unicode: UnicodeTable
    var stripsAccents: Bool { options.stripAccents ?? options.lowercase }

    func action(
        for record: UnicodeRecord, expansions: inout [ExpandedCharacter]
    ) -> CharacterAction {
        if record.flags.contains(.removed) { return CharacterAction(kind: .remove) }
        if record.flags.contains(.space) { return CharacterAction(kind: .space) }
        var action = CharacterAction(kind: .keep)
        action.isPunctuation = record.flags.contains(.punctuation)
        action.isIdeograph =
            options.splitChineseCharacters && record.flags.contains(.ideograph)
        guard stripsAccents else {
            action.value = options.lowercase ? record.lowerDelta : 0
            if options.lowercase && record.decomposition.elementsEqual([0x49, 0x307]) {
                // U+0130: the one code point whose lower case is two.
                expand([0x69, 0x307], of: &action, into: &expansions)
            }
            return action
        }
        if record.flags.contains(.mark) {
            action.kind = hasStarter(record) ? .removeStarter : .remove
        } else if record.flags.contains(.hangul) {
            action.kind = .hangul
        } else if record.decomposition.isEmpty {
            action.combiningClass = record.combiningClass
            action.value = options.lowercase ? record.lowerDelta : 0
        } else {
            expand(stripped(record.decomposition), of: &action, into: &expansions)
        }
        return action
    }

    /// Whether a mark, or one of those it is made of, ends a run of reorderable marks.
    private func hasStarter(_ record: UnicodeRecord) -> Bool {
        record.decomposition.isEmpty
            ? record.combiningClass == 0
            : record.decomposition.contains { unicode.record(of: $0).combiningClass == 0 }
    }

    private func stripped(_ decomposition: ArraySlice<UInt32>) -> [UInt32] {
        decomposition.compactMap { codePoint in
            let record = unicode.record(of: codePoint)
            if record.flags.contains(.mark) { return nil }
            let lowered = Int32(codePoint) + (options.lowercase ? record.lowerDelta : 0)
            return UInt32(lowered)
        }
    }

    private func expand(
        _ codePoints: [UInt32], of action: inout CharacterAction,
        into expansions: inout [ExpandedCharacter]
    ) {
        action.kind = .expand
        action.value = Int32(expansions.count)
        action.count = UInt8(codePoints.count)
        for codePoint in codePoints {
            let record = unicode.record(of: codePoint)
            expansions.append(
                ExpandedCharacter(
                    codePoint: codePoint,
                    isPunctuation: record.flags.contains(.punctuation),
                    combiningClass: stripsAccents ? record.combiningClass : 0))
        }
    }
}
