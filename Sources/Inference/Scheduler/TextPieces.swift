/// How work over the texts of a request is cut into pieces, each done at one go on a loop or a worker:
/// no request holds a loop for longer, and none a worker for much longer than a batch.
public enum TextPieces {
    /// About 100 µs of tokenising.
    public static let maxBytes = 8 * 1024
    /// About 50 µs of making keys and looking them up, or of quantising vectors.
    public static let maxTexts = 128

    /// Where the piece ends that starts with text `start`: at least one text, else within the bounds.
    ///
    /// - Precondition: `start` is below the number of texts.
    public static func end(of texts: [String], from start: Int) -> Int {
        var bytes = texts[start].utf8.count
        var end = start + 1
        while end < endByCount(texts.count, from: start) {
            bytes += texts[end].utf8.count
            if bytes > maxBytes { break }
            end += 1
        }
        return end
    }

    /// Where it ends when all texts are the same work.
    public static func endByCount(_ count: Int, from start: Int) -> Int {
        min(count, start + maxTexts)
    }
}
