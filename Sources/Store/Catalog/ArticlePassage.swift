// An article's body is cut into passages that answer a question each, and those into sentences. The
// cut is made anew whenever it is wanted and not stored: equal bodies are cut alike.

/// Part of an article's body. Ranges are of its UTF-8 bytes.
public struct ArticlePassage: Sendable, Equatable {
    public var sentences: [Range<Int>]

    /// One blank line or more ends a passage that is as long as this; a shorter one, a heading mostly,
    /// goes with what follows.
    private static let leastBytes = 80
    /// About what the encoder was trained to read at once, 128 tokens, with the title.
    private static let mostBytes = 600
    /// A shorter sentence, such as "Yes.", goes with the next.
    private static let leastSentenceBytes = 20

    public var range: Range<Int> {
        (sentences.first?.lowerBound ?? 0)..<(sentences.last?.upperBound ?? 0)
    }

    static func cut(_ body: String) -> [ArticlePassage] {
        let bytes = Array(body.utf8)
        var passages: [ArticlePassage] = []
        var open: [Range<Int>] = []
        for (sentence, beginsParagraph) in sentences(of: bytes) {
            if let first = open.first?.lowerBound, let last = open.last?.upperBound,
                sentence.upperBound - first > mostBytes
                    || (beginsParagraph && last - first >= leastBytes)
            {
                passages.append(ArticlePassage(sentences: open))
                open = []
            }
            open.append(sentence)
        }
        if !open.isEmpty { passages.append(ArticlePassage(sentences: open)) }
        return passages
    }

    /// Without the blanks around them.
    private static func sentences(
        of bytes: [UInt8]
    ) -> [(range: Range<Int>, beginsParagraph: Bool)] {
        var found: [(range: Range<Int>, beginsParagraph: Bool)] = []
        var position = 0
        while true {
            let gap = position
            while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
            guard position < bytes.count else { return found }
            let newlines = bytes[gap..<position].count { $0 == UInt8(ascii: "\n") }
            let end = endOfSentence(bytes, from: position)
            var last = end
            while bytes[last - 1] <= 0x20 { last -= 1 }
            found.append((position..<last, newlines > 1 || found.isEmpty))
            position = end
        }
    }

    /// After its full stop, at the end of its line, or where it gets too long.
    private static func endOfSentence(_ bytes: [UInt8], from start: Int) -> Int {
        var lastBlank: Int?
        var position = start
        while position < bytes.count {
            if position - start >= mostBytes {
                return lastBlank ?? startOfCharacter(bytes, position)
            }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\n") { return position }
            if byte <= 0x20 { lastBlank = position }
            if position - start >= leastSentenceBytes, endsSentence(bytes, at: position - 1) {
                return position
            }
        }
        return position
    }

    private static func startOfCharacter(_ bytes: [UInt8], _ position: Int) -> Int {
        var position = position
        while bytes[position] & 0xC0 == 0x80 { position -= 1 }
        return position
    }

    /// A full stop, question or exclamation mark before a blank and no small letter ("e.g. this"), or
    /// the Chinese ones, which need no blank.
    private static func endsSentence(_ bytes: [UInt8], at position: Int) -> Bool {
        switch bytes[position] {
        case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"):
            guard position + 1 < bytes.count else { return true }
            let next = bytes[(position + 1)...].first { $0 > 0x20 } ?? 0
            return bytes[position + 1] <= 0x20 && !(0x61...0x7A).contains(next)
        case 0x82:
            return position >= 2 && bytes[position - 2] == 0xE3 && bytes[position - 1] == 0x80
        case 0x81, 0x9F:
            return position >= 2 && bytes[position - 2] == 0xEF && bytes[position - 1] == 0xBC
        default: return false
        }
    }
}
