// One text through the tokenizer, left to right, once: bytes -> code points -> what the options
// make of them -> words -> pieces. A word collects in a buffer on the stack and is looked up when
// it ends. ASCII takes a table of 128 bytes; everything else CharacterTable.

/// The state of one call of `encode`. Never outlives it.
struct EncodingPass {
    /// Four bytes a character, and what PieceTable may read past the end.
    static let wordCapacityBytes =
        WordPieceTokenizer.maxCharactersPerWord * 4 + PieceTable.readableSlackBytes

    private let tokenizer: WordPieceTokenizer
    private let characters: CharacterTable
    private let ascii: UnsafePointer<UInt8>
    private let word: UnsafeMutablePointer<UInt8>
    private var wordBytes = 0
    private var wordCharacters = 0
    private var isWordTooLong = false
    /// Bytes of the word that later combining marks are not ordered with.
    private var orderedBytes = 0
    /// Ids that still fit.
    private var room: Int
    private(set) var isTruncated = false

    init(_ tokenizer: WordPieceTokenizer, word: UnsafeMutablePointer<UInt8>, room: Int) {
        self.tokenizer = tokenizer
        characters = tokenizer.characters
        ascii = tokenizer.characters.ascii.pointer
        self.word = word
        self.room = room
        word.initialize(repeating: 0, count: Self.wordCapacityBytes)
    }

    /// Stops as soon as the text is known not to fit.
    mutating func run(_ text: UnsafeBufferPointer<UInt8>, into ids: inout [Int32]) {
        var position = 0
        while position < text.count && !isTruncated {
            let byte = text[position]
            if byte >= 0x80 {
                position += takeEncoded(text, at: position, into: &ids)
                continue
            }
            position += 1
            switch ascii[Int(byte)] {
            case CharacterTable.asciiRemove: break
            case CharacterTable.asciiSpace: endWord(into: &ids)
            case CharacterTable.asciiPunctuation:
                endWord(into: &ids)
                if byte == UInt8(ascii: "["),
                    let special = specialToken(text, at: position - 1)
                {
                    append(special.id, to: &ids)
                    position += special.bytes.count - 1
                } else {
                    append(byte)
                    endWord(into: &ids)
                }
            case let letter: append(letter)
            }
        }
        endWord(into: &ids)
    }

    private func specialToken(
        _ text: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> WordPieceTokenizer.SpecialToken? {
        let rest = text[position...]
        return tokenizer.specialTokens.first { rest.starts(with: $0.bytes) }
    }

    // MARK: Code points

    /// A code point of two bytes or more. Returns how many bytes it took.
    private mutating func takeEncoded(
        _ text: UnsafeBufferPointer<UInt8>, at position: Int, into ids: inout [Int32]
    ) -> Int {
        guard let decoded = decodeUTF8(text, at: position) else { return 1 }
        let codePoint = decoded.codePoint
        let action = characters.action(of: codePoint)
        if action.isIdeograph { endWord(into: &ids) }
        switch action.kind {
        case .keep:
            let kept = UInt32(bitPattern: Int32(bitPattern: codePoint) &+ action.value)
            take(kept, action.isPunctuation, action.combiningClass, into: &ids)
        case .remove: break
        case .removeStarter: orderedBytes = wordBytes
        case .space: endWord(into: &ids)
        case .expand:
            for i in 0..<Int(action.count) {
                let one = characters.expansions[Int(action.value) + i]
                take(one.codePoint, one.isPunctuation, one.combiningClass, into: &ids)
            }
        case .hangul: takeHangul(codePoint)
        }
        if action.isIdeograph { endWord(into: &ids) }
        return decoded.byteCount
    }

    private mutating func take(
        _ codePoint: UInt32, _ isPunctuation: Bool, _ combiningClass: UInt8,
        into ids: inout [Int32]
    ) {
        if isPunctuation {
            endWord(into: &ids)
            append(codePoint)
            endWord(into: &ids)
        } else if combiningClass == 0 {
            append(codePoint)
        } else {
            insert(codePoint, combiningClass)
        }
    }

    /// A syllable as its two or three conjoining letters (Unicode, section 3.12).
    private mutating func takeHangul(_ codePoint: UInt32) {
        let index = codePoint - 0xAC00
        append(0x1100 + index / 588)
        append(0x1161 + index % 588 / 28)
        if index % 28 != 0 { append(0x11A7 + index % 28) }
    }

    // MARK: The word

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        guard hasRoomForCharacter() else { return }
        word[wordBytes] = byte
        wordBytes += 1
    }

    private mutating func append(_ codePoint: UInt32) {
        guard hasRoomForCharacter() else { return }
        wordBytes += encodeUTF8(codePoint, to: word + wordBytes)
    }

    @inline(__always)
    private mutating func hasRoomForCharacter() -> Bool {
        if wordCharacters == WordPieceTokenizer.maxCharactersPerWord {
            isWordTooLong = true
            return false
        }
        wordCharacters += 1
        return true
    }

    /// Canonical ordering (Unicode, section 3.11, D109): before marks of a higher class.
    private mutating func insert(_ mark: UInt32, _ combiningClass: UInt8) {
        guard hasRoomForCharacter() else { return }
        var place = wordBytes
        while place > orderedBytes {
            let previous = startOfCharacter(before: place)
            let all = UnsafeBufferPointer(start: word, count: wordBytes)
            guard let decoded = decodeUTF8(all, at: previous),
                characters.action(of: decoded.codePoint).combiningClass > combiningClass
            else { break }
            place = previous
        }
        let encoded = encodeUTF8(mark, to: word + wordBytes)
        rotateRight(from: place, by: encoded)
        wordBytes += encoded
    }

    private func startOfCharacter(before end: Int) -> Int {
        var start = end - 1
        while start > 0 && word[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }

    /// Moves the `count` bytes just written after the word to `place`.
    private func rotateRight(from place: Int, by count: Int) {
        for _ in 0..<count {
            let last = word[wordBytes + count - 1]
            var i = wordBytes + count - 1
            while i > place {
                word[i] = word[i - 1]
                i -= 1
            }
            word[place] = last
        }
    }

    // MARK: Pieces

    @inline(__always)
    private mutating func endWord(into ids: inout [Int32]) {
        if wordBytes == 0 { return }
        finishWord(into: &ids)
        wordBytes = 0
        wordCharacters = 0
        orderedBytes = 0
        isWordTooLong = false
    }

    private mutating func finishWord(into ids: inout [Int32]) {
        if isWordTooLong { return append(tokenizer.unknownId, to: &ids) }
        let pieces = tokenizer.vocabulary.pieces
        let whole =
            wordBytes <= pieces.maxStartBytes
            ? pieces.find(word, wordBytes, isContinuation: false) : -1
        if whole >= 0 { return append(whole, to: &ids) }
        splitWord(pieces, into: &ids)
    }

    /// Longest match first; a word with a part that no piece covers is one [UNK].
    private mutating func splitWord(_ pieces: PieceTable, into ids: inout [Int32]) {
        let before = (count: ids.count, room: room, isTruncated: isTruncated)
        var start = 0
        while start < wordBytes {
            let isContinuation = start > 0
            let longest = isContinuation ? pieces.maxContinuationBytes : pieces.maxStartBytes
            var length = min(wordBytes - start, longest)
            var id: Int32 = -1
            while length > 0 {
                id = pieces.find(word + start, length, isContinuation: isContinuation)
                if id >= 0 { break }
                length -= 1
            }
            guard id >= 0 else {
                ids.removeLast(ids.count - before.count)
                room = before.room
                isTruncated = before.isTruncated
                return append(tokenizer.unknownId, to: &ids)
            }
            append(id, to: &ids)
            start += length
        }
    }

    @inline(__always)
    private mutating func append(_ id: Int32, to ids: inout [Int32]) {
        if room == 0 {
            isTruncated = true
        } else {
            ids.append(id)
            room -= 1
        }
    }
}
