/// The texts of one request as token ids: what the scheduler takes.
public struct TokenizedTexts: Sendable, Equatable {
    /// All ids, text after text.
    public private(set) var tokenIds: [Int32] = []
    /// Where each text starts in `tokenIds`, and at last where the last one ends.
    public private(set) var offsets: [Int32] = [0]
    /// Whether each text was cut at the tokenizer's `maxTokens`.
    public private(set) var isTruncated: [Bool] = []

    public init() {}

    public var count: Int { isTruncated.count }
    public var tokenCount: Int { tokenIds.count }

    /// - Parameter index: below `count`.
    public func tokenCount(at index: Int) -> Int { Int(offsets[index + 1] - offsets[index]) }

    /// - Parameter index: below `count`.
    public func tokenIds(at index: Int) -> ArraySlice<Int32> {
        tokenIds[Int(offsets[index])..<Int(offsets[index + 1])]
    }

    /// Tokenises one text more.
    public mutating func append(_ text: String, with tokenizer: WordPieceTokenizer) {
        let length = tokenizer.encode(text, into: &tokenIds)
        close(isTruncated: length.isTruncated)
    }

    /// Tokenises one text more.
    public mutating func append(_ utf8: Span<UInt8>, with tokenizer: WordPieceTokenizer) {
        let length = tokenizer.encode(utf8, into: &tokenIds)
        close(isTruncated: length.isTruncated)
    }

    /// Adds a text that is tokens already.
    public mutating func append(tokenIds ids: some Sequence<Int32>, isTruncated: Bool = false) {
        tokenIds.append(contentsOf: ids)
        close(isTruncated: isTruncated)
    }

    /// Adds texts that are tokenised already.
    public mutating func append(contentsOf other: TokenizedTexts) {
        let start = Int32(tokenIds.count)
        tokenIds += other.tokenIds
        offsets += other.offsets.dropFirst().lazy.map { start + $0 }
        isTruncated += other.isTruncated
    }

    private mutating func close(isTruncated cut: Bool) {
        offsets.append(Int32(tokenIds.count))
        isTruncated.append(cut)
    }
}
