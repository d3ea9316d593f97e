// rankwire.v1.HelpPassage.

internal import CMessages

extension ClassifyIntentResponse {
    /// Part of a help article that may answer the text.
    public struct Passage: Sendable, Equatable {
        public var articleId: String
        public var title: String
        public var url: String
        public var labels: [String]
        public var text: String
        public var score: Float
        /// In `text`, in UTF-8 bytes.
        public var bestSentence: Range<Int>

        public init(
            articleId: String, title: String, url: String, labels: [String], text: String,
            score: Float, bestSentence: Range<Int>
        ) {
            self.articleId = articleId
            self.title = title
            self.url = url
            self.labels = labels
            self.text = text
            self.score = score
            self.bestSentence = bestSentence
        }
    }
}

extension MessageCodec {
    func makePassages(
        _ passages: [ClassifyIntentResponse.Passage]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Rankwire__V1__HelpPassage>?>? {
        arena.makeArray(passages.count, rankwire__v1__help_passage__init) { message, i in
            message.pointee.article_id = arena.makeString(passages[i].articleId)
            message.pointee.title = arena.makeString(passages[i].title)
            message.pointee.url = arena.makeString(passages[i].url)
            message.pointee.n_labels = passages[i].labels.count
            message.pointee.labels = arena.makeStrings(passages[i].labels)
            message.pointee.text = arena.makeString(passages[i].text)
            message.pointee.score = passages[i].score
            message.pointee.best_sentence_start_byte = UInt32(passages[i].bestSentence.lowerBound)
            message.pointee.best_sentence_end_byte = UInt32(passages[i].bestSentence.upperBound)
        }
    }

    func passages(
        _ message: Rankwire__V1__ClassifyIntentResponse
    ) -> [ClassifyIntentResponse.Passage] {
        (0..<message.n_passages).map { i in
            let passage = message.passages[i]!.pointee
            let text = text(passage.text)
            let start = min(Int(passage.best_sentence_start_byte), text.utf8.count)
            let end = min(Int(passage.best_sentence_end_byte), text.utf8.count)
            return ClassifyIntentResponse.Passage(
                articleId: self.text(passage.article_id), title: self.text(passage.title),
                url: self.text(passage.url),
                labels: (0..<passage.n_labels).map { self.text(passage.labels[$0]) },
                text: text, score: passage.score, bestSentence: start..<max(start, end))
        }
    }
}
