private import Base

/// What `encode` made of one text.
public struct TokenizedLength: Sendable, Equatable {
    /// Ids appended, [CLS] and [SEP] included.
    public var tokenCount: Int
    /// Whether the text went on past `maxTokens`.
    public var isTruncated: Bool
}

/// BERT's WordPiece (Wu et al., 2016, section 4.1; Devlin et al., 2018) behind BERT's basic
/// tokenizer, with the ids that Hugging Face `tokenizers` gives for a `BertTokenizerFast`:
/// BertNormalizer, BertPreTokenizer, WordPiece, one [CLS] and [SEP].
///
/// `[PAD]`, `[UNK]`, `[CLS]`, `[SEP]` and `[MASK]` written in a text become those tokens, exactly
/// where the reference does so: before anything else, in this case only, inside words too.
///
/// Immutable: any number of threads may call it. Encoding allocates nothing but room in `ids`.
public final class WordPieceTokenizer: Sendable {
    /// Words of more characters than this are one [UNK].
    static let maxCharactersPerWord = 100

    public let vocabulary: Vocabulary
    public let options: TokenizerOptions
    let characters: CharacterTable
    let specialTokens: [SpecialToken]
    public let unknownId: Int32
    public let classificationId: Int32
    public let separatorId: Int32

    struct SpecialToken: Sendable {
        var bytes: [UInt8]
        var id: Int32
    }

    /// - Throws: `Fault` when the vocabulary lacks [UNK], [CLS] or [SEP], or no token would fit.
    public init(vocabulary: Vocabulary, options: TokenizerOptions = TokenizerOptions()) throws {
        func required(_ token: String) throws -> Int32 {
            guard let id = vocabulary.id(of: token) else {
                throw Fault(
                    .failedPrecondition, reason: "BAD_VOCABULARY", "vocabulary lacks \(token)")
            }
            return id
        }
        guard options.maxTokens >= 3 else {
            throw Fault.invalid("maxTokens", "must hold [CLS], a token and [SEP]")
        }
        self.vocabulary = vocabulary
        self.options = options
        unknownId = try required("[UNK]")
        classificationId = try required("[CLS]")
        separatorId = try required("[SEP]")
        characters = CharacterTable(options: options)
        specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap { token in
            vocabulary.id(of: token).map { SpecialToken(bytes: Array(token.utf8), id: $0) }
        }
    }

    /// Appends [CLS], the text's pieces and [SEP] to `ids`.
    ///
    /// - Parameter utf8: bytes that are not UTF-8 count as U+FFFD, which cleaning removes.
    @discardableResult
    public func encode(
        _ utf8: UnsafeBufferPointer<UInt8>, into ids: inout [Int32]
    ) -> TokenizedLength {
        let start = ids.count
        ids.append(classificationId)
        let isTruncated = withUnsafeTemporaryAllocation(
            of: UInt8.self, capacity: EncodingPass.wordCapacityBytes
        ) { word in
            var pass = EncodingPass(self, word: word.baseAddress!, room: options.maxTokens - 2)
            pass.run(utf8, into: &ids)
            return pass.isTruncated
        }
        ids.append(separatorId)
        return TokenizedLength(tokenCount: ids.count - start, isTruncated: isTruncated)
    }

    /// As above, for callers without pointers.
    @discardableResult
    public func encode(_ utf8: Span<UInt8>, into ids: inout [Int32]) -> TokenizedLength {
        utf8.withUnsafeBufferPointer { encode($0, into: &ids) }
    }

    /// As above, for callers with a string.
    @discardableResult
    public func encode(_ text: String, into ids: inout [Int32]) -> TokenizedLength {
        var text = text
        return text.withUTF8 { encode($0, into: &ids) }
    }

    public func encode(_ text: String) -> (ids: [Int32], truncated: Bool) {
        var ids: [Int32] = []
        let length = encode(text, into: &ids)
        return (ids, length.isTruncated)
    }
}
