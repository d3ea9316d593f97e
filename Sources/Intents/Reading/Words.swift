/// A text cut at blanks, each word with its place and without the punctuation around it.
public struct Words: Sendable {
    struct Word: Sendable {
        /// In lower case.
        var text: String
        /// Of the bare word in the original text, in UTF-8 bytes.
        var range: Range<Int>
        /// What stands right before and after it, e.g. "#" or "$"; nothing mostly.
        var prefix: Character?
        var suffix: Character?
        var digitCount: Int
    }

    /// Beyond so many words nothing is read: what matters is said before, and the loop is not held.
    static let maxCount = 256

    private(set) var words: [Word] = []
    /// Of the whole text.
    let bytes: [UInt8]

    public init(_ text: String) {
        bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count, words.count < Self.maxCount {
            while start < bytes.count, bytes[start] <= 0x20 { start += 1 }
            var end = start
            while end < bytes.count, bytes[end] > 0x20 { end += 1 }
            if start < end { add(start..<end) }
            start = end
        }
    }

    /// In lower case.
    public var texts: [String] { words.map(\.text) }

    /// Whether any word is one of a language: two letters and no digit or sign of an address. A bare
    /// number or address asks for nothing by itself.
    public var saysSomething: Bool {
        words.contains { word in
            word.text.utf8.count(where: { $0 >= 0x61 }) >= 2
                && !word.text.utf8.contains { (0x30...0x40).contains($0) }
        }
    }

    private mutating func add(_ whole: Range<Int>) {
        var (start, end) = (whole.lowerBound, whole.upperBound)
        while start < end, Self.isPunctuation(bytes[start]) { start += 1 }
        while end > start, Self.isPunctuation(bytes[end - 1]) { end -= 1 }
        guard start < end else { return }
        words.append(
            Word(
                text: String(decoding: bytes[start..<end], as: UTF8.self).lowercased(),
                range: start..<end,
                prefix: start > whole.lowerBound
                    ? Character(Unicode.Scalar(bytes[start - 1])) : nil,
                suffix: end < whole.upperBound ? Character(Unicode.Scalar(bytes[end])) : nil,
                digitCount: bytes[start..<end].count { (0x30...0x39).contains($0) }))
    }

    /// Of ASCII; signs of other alphabets stay in words, and so do euro and pound.
    private static func isPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: false
        default: true
        }
    }
}
