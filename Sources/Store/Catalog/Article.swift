/// A help article: what a shop tells everybody who asks. Public, as items are.
public struct Article: Sendable, Equatable {
    public var id: String
    public var title: String
    /// Paragraphs with blank lines between them.
    public var body: String
    /// Where a customer reads it; may be empty.
    public var url: String
    /// The shop's own, e.g. "delivery"; none has a comma.
    public var labels: [String]

    public init(id: String, title: String, body: String, url: String = "", labels: [String] = []) {
        self.id = id
        self.title = title
        self.body = body
        self.url = url
        self.labels = labels
    }

    /// What the encoder reads: each passage below the title, then each sentence alone.
    public var encoderTexts: [String] {
        let (body, passages) = (Array(self.body.utf8), self.passages)
        func text(_ range: Range<Int>) -> String { String(decoding: body[range], as: UTF8.self) }
        return passages.map { title + "\n" + text($0.range) }
            + passages.flatMap { $0.sentences.map(text) }
    }

    public var passages: [ArticlePassage] { ArticlePassage.cut(body) }
}
