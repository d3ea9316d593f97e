// The words that a text is found by. Lower case without accents; plurals become singular (Harman 1991,
// "How effective is suffixing?", the S stemmer, with the endings that it gets wrong); a number and its
// unit are one word, so that "12 oz", "12-oz" and "12 ounces" are the same and 12 ounces no 12 pounds.

private import Foundation

enum SearchWords {
    /// Of one text; further ones are not read.
    static let maxCount = 256
    /// Bytes of a word that count.
    private static let maxBytes = 48

    private static let units: [String: String] = {
        let names = [
            "oz": ["oz", "ounce", "ounces", "z"], "lb": ["lb", "lbs", "pound", "pounds"],
            "ct": ["ct", "count", "cnt"], "pk": ["pk", "pks", "pack", "packs"],
            "ml": ["ml", "milliliter", "milliliters"],
            "l": ["l", "lt", "ltr", "liter", "liters", "litre", "litres"],
            "gal": ["gal", "ga", "gallon", "gallons"], "qt": ["qt", "quart", "quarts"],
            "pt": ["pt", "pint", "pints"], "g": ["g", "gm", "gr", "gram", "grams"], "kg": ["kg"],
            "in": ["in", "inch", "inches"], "ft": ["ft", "foot", "feet"], "cm": ["cm"],
            "mm": ["mm"], "yd": ["yd", "yard", "yards"], "dz": ["dz", "doz", "dozen"],
            "ld": ["ld", "lds", "load", "loads"], "pc": ["pc", "pcs", "piece", "pieces"],
            "%": ["%", "percent"],
        ]
        return Dictionary(
            uniqueKeysWithValues: names.flatMap { unit, spellings in
                spellings.map { ($0, unit) }
            })
    }()

    /// English words that say nothing of an item.
    private static let functionWords: Set<String> = [
        "a", "an", "and", "any", "are", "as", "at", "be", "by", "for", "from", "i", "in", "is",
        "it",
        "me", "my", "of", "on", "or", "some", "something", "that", "the", "this", "to", "with",
    ]

    /// Each word of a query once, without those that say nothing; with them where there are no others.
    static func queryWords(of text: String) -> [String] {
        var seen: Set<String> = []
        let words = words(of: text).filter { seen.insert($0).inserted }
        let telling = words.filter { !functionWords.contains($0) }
        return telling.isEmpty ? words : telling
    }

    /// In their order, repeated ones too.
    static func words(of text: String) -> [String] {
        let folded =
            text.utf8.allSatisfy { $0 < 0x80 }
            ? text : text.folding(options: .diacriticInsensitive, locale: nil).lowercased()
        return joined(pieces(of: Array(folded.utf8)))
    }

    private enum Piece {
        case number(String)
        case word(String)
    }

    /// Runs of letters, and numbers; letters and digits that touch are one word unless they are a number
    /// and a unit.
    private static func pieces(of bytes: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var next = 0
        while next < bytes.count, pieces.count < maxCount {
            let start = next
            while next < bytes.count, isDigit(bytes[next]) || isPoint(bytes, next, after: start) {
                next += 1
            }
            let digits = start..<next
            while next < bytes.count, isLetter(bytes[next]) { next += 1 }
            let letters = digits.upperBound..<next
            while !letters.isEmpty, next < bytes.count,
                isLetter(bytes[next]) || isDigit(bytes[next])
            { next += 1 }
            if next == start {
                if bytes[next] == UInt8(ascii: "%") { pieces.append(.word("%")) }
                next += 1
                continue
            }
            let number = text(bytes[digits])
            if letters.isEmpty {
                pieces.append(.number(number))
            } else if !digits.isEmpty, next == letters.upperBound,
                units[text(bytes[letters])] != nil
            {
                pieces += [.number(number), .word(text(bytes[letters]))]
            } else {
                pieces.append(.word(text(bytes[start..<next])))
            }
        }
        return pieces
    }

    private static func joined(_ pieces: [Piece]) -> [String] {
        var words: [String] = []
        var position = 0
        while position < pieces.count {
            defer { position += 1 }
            switch pieces[position] {
            case .word("%"): break
            case .word(let word): words.append(stem(word))
            case .number(let number):
                let place = unitPlace(after: position, pieces)
                guard let place, case .word(let unit) = pieces[place], let unit = units[unit] else {
                    words.append(number)
                    break
                }
                words.append(number + unit)
                position = place
            }
        }
        return words
    }

    /// Of the piece after a number, or the one after "fl", as in "12 fl oz".
    private static func unitPlace(after position: Int, _ pieces: [Piece]) -> Int? {
        var place = position + 1
        if place + 1 < pieces.count, case .word("fl") = pieces[place] { place += 1 }
        return place < pieces.count ? place : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte >= 0x80
    }

    /// A decimal point: between digits, or before one at a number's start.
    private static func isPoint(_ bytes: [UInt8], _ place: Int, after start: Int) -> Bool {
        bytes[place] == UInt8(ascii: ".") && place + 1 < bytes.count && isDigit(bytes[place + 1])
            && !bytes[start..<place].contains(UInt8(ascii: "."))
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let lower = bytes.prefix(maxBytes).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        return String(decoding: lower, as: UTF8.self)
    }

    static func stem(_ word: String) -> String {
        func cut(_ count: Int, _ ending: String = "") -> String { word.dropLast(count) + ending }
        let count = word.utf8.count
        guard count > 3 else { return word }
        if count > 4, word.hasSuffix("ies") { return cut(3, "y") }
        if count > 4, word.hasSuffix("ie") { return cut(2, "y") }
        for ending in ["oes", "ches", "shes", "xes", "sses"] where word.hasSuffix(ending) {
            return cut(2)
        }
        if word.hasSuffix("oe") { return cut(1) }
        if word.hasSuffix("s"), !word.hasSuffix("us"), !word.hasSuffix("ss") { return cut(1) }
        return word
    }
}
