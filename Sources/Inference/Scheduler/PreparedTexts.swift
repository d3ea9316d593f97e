internal import Base

/// The texts of one request as the scheduler takes them: token ids, what tells which are the same, and
/// the vectors that are known already. Made on any thread, in pieces (`TextPieces`).
public struct PreparedTexts: Sendable {
    let generation: EncoderGeneration
    public private(set) var texts = TokenizedTexts()
    /// One for each text.
    private(set) var keys: [TextKey] = []
    private(set) var known: [(text: Int, row: VectorRow)] = []

    /// Without a text.
    ///
    /// - Parameter generation: what texts are tokenised for.
    public init(for generation: EncoderGeneration) { self.generation = generation }

    fileprivate mutating func append(_ texts: TokenizedTexts, _ cache: VectorCache?) {
        let first = keys.count
        self.texts.append(contentsOf: texts)
        for text in 0..<texts.count {
            keys.append(generation.hasher.hash(texts.tokenIds(at: text)))
        }
        guard let cache, !cache.isOff else { return }
        var vectors: [Float] = []
        let hits = (first..<keys.count).filter { cache.append(keys[$0], to: &vectors) }
        if hits.isEmpty { return }
        let block = VectorBlock(vectors)
        for (index, text) in hits.enumerated() {
            known.append((text, VectorRow(block: block, index: index)))
        }
    }
}

extension PreparedTexts {
    /// Adds the texts that follow; of the same generation.
    public mutating func append(_ next: PreparedTexts) {
        let first = keys.count
        texts.append(contentsOf: next.texts)
        keys += next.keys
        known += next.known.lazy.map { (first + $0.text, $0.row) }
    }
}

extension Scheduler {
    /// Adds texts to those of a request.
    ///
    /// - Parameter texts: a piece at most: it may be the loop that does it.
    public func prepare(_ texts: TokenizedTexts, into prepared: inout PreparedTexts) {
        precondition(texts.count <= TextPieces.maxTexts, "more texts than a piece has")
        let serving = serving.load()
        let isServing = prepared.generation.version == serving.generation.version
        prepared.append(texts, isServing ? serving.cache : nil)
    }
}
