public import Inference

/// Which words of a sentence matter: each is left out in turn, and the best intent's probability falls or
/// does not (Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2014).
public struct WordOcclusion: Sendable {
    public struct Importance: Sendable, Equatable {
        /// As written.
        public var word: String
        /// The probability with the word less that without.
        public var value: Float
    }

    /// Words that are tried, the text's first.
    public static let maxWords = 32

    private let words: [Words.Word]
    private let text: [UInt8]

    public init(_ text: String) {
        self.text = Array(text.utf8)
        words = Array(Words(text).words.prefix(Self.maxWords))
    }

    /// The whole text first, then without each word. A text of one word leaves an empty one.
    public var texts: [String] {
        [String(decoding: text, as: UTF8.self)]
            + words.map { word in
                String(
                    decoding: text[..<word.range.lowerBound] + text[word.range.upperBound...],
                    as: UTF8.self)
            }
    }

    /// What is left without some of the words, by their places.
    public func text(without places: Set<Int>) -> String {
        var left: [UInt8] = []
        var start = 0
        for place in places.sorted() {
            left += text[start..<words[place].range.lowerBound]
            start = words[place].range.upperBound
        }
        return String(decoding: left + text[start...], as: UTF8.self)
    }

    /// - Parameter vectors: of `texts`; nil for an empty one, which leaves nothing of the intent.
    public func importances(
        _ vectors: [Int8Vector?], of intent: String, by classifier: IntentClassifier
    ) -> [Importance] {
        guard let whole = vectors.first ?? nil else { return [] }
        let full = classifier.probability(of: intent, whole)
        return zip(words, vectors.dropFirst()).map { word, vector in
            Importance(
                word: String(decoding: text[word.range], as: UTF8.self),
                value: full - (vector.map { classifier.probability(of: intent, $0) } ?? 0))
        }
    }
}
