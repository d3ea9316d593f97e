// Order and tracking numbers, amounts, dates, addresses and products, by their form and the words beside
// them. One pass over the words: it runs on the loop.

public struct EntityReader: Sendable {
    private let products: ProductTitles

    public init(products: ProductTitles) { self.products = products }

    private static let currencies: [String: String] = [
        "$": "USD", "€": "EUR", "£": "GBP", "usd": "USD", "eur": "EUR", "gbp": "GBP",
        "dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "pound": "GBP",
        "pounds": "GBP", "quid": "GBP", "bucks": "USD", "chf": "CHF", "francs": "CHF",
    ]
    private static let orderWords: Set<String> = [
        "order", "orders", "purchase", "number", "no", "nr", "reference", "ref", "confirmation",
    ]
    private static let trackingWords: Set<String> = [
        "tracking", "parcel", "shipment", "package", "consignment",
    ]
    private static let months: Set<String> = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september",
        "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
        "sept", "oct", "nov", "dec",
    ]
    private static let days: Set<String> = [
        "today", "yesterday", "tomorrow", "monday", "tuesday", "wednesday", "thursday", "friday",
        "saturday", "sunday",
    ]

    /// In the order of the text.
    public func read(_ text: Words) -> [Entity] {
        let words = text.words
        var entities: [Entity] = []
        var index = 0
        while index < words.count {
            if let (entity, count) = entity(at: index, words) {
                entities.append(entity)
                index += count
            } else {
                index += 1
            }
        }
        let mentions = products.mentions(text.bytes)
        if mentions.isEmpty { return entities }
        return (entities + mentions).sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    private func entity(at index: Int, _ words: [Words.Word]) -> (Entity, wordCount: Int)? {
        let word = words[index]
        if Self.isEmail(word.text) { return (Entity(.email, word), 1) }
        guard word.digitCount > 0 else {
            if Self.days.contains(word.text) { return (Entity(.date, word), 1) }
            return Self.dayAndMonth(at: index, words)
        }
        if let amount = Self.amount(at: index, words) { return amount }
        if let date = Self.date(at: index, words) { return date }
        let digitCount = word.digitCount
        let isCode = word.text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x2F
        }
        guard isCode, digitCount >= 3 else { return nil }
        let nearby = Set(words[max(0, index - 4)..<index].map(\.text))
        if Self.isTrackingForm(word.text)
            || (digitCount >= 8 && !nearby.isDisjoint(with: Self.trackingWords))
        {
            return (Entity(.trackingNumber, word), 1)
        }
        if word.prefix == "#" || digitCount >= 5 || !nearby.isDisjoint(with: Self.orderWords) {
            return (Entity(.orderNumber, word), 1)
        }
        return nil
    }

    private static func isEmail(_ word: String) -> Bool {
        guard word.utf8.contains(UInt8(ascii: "@")) else { return false }
        let parts = word.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return false }
        let names = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return names.count >= 2 && names.allSatisfy { !$0.isEmpty }
    }

    /// UPS's "1Z" and sixteen signs, or the post's two letters, nine digits and two letters (UPU
    /// standard S10).
    private static func isTrackingForm(_ word: String) -> Bool {
        let bytes = Array(word.utf8)
        if bytes.count == 18, word.hasPrefix("1z") { return true }
        guard bytes.count == 13 else { return false }
        let isLetter = { (byte: UInt8) in (0x61...0x7A).contains(byte) }
        return bytes[..<2].allSatisfy(isLetter) && bytes[11...].allSatisfy(isLetter)
            && bytes[2..<11].allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func amount(
        at index: Int, _ words: [Words.Word]
    ) -> (Entity, wordCount: Int)? {
        var word = words[index].text
        var currency = words[index].prefix.flatMap { currencies[String($0)] }
        for sign in ["€", "£"] {
            if word.hasPrefix(sign) {
                (currency, word) = (currencies[sign], String(word.dropFirst()))
            }
            if word.hasSuffix(sign) {
                (currency, word) = (currencies[sign], String(word.dropLast()))
            }
        }
        if let suffix = words[index].suffix, currency == nil {
            currency = currencies[String(suffix)]
        }
        guard word.utf8.first.map({ (0x30...0x39).contains($0) }) == true,
            word.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2C })
        else { return nil }
        var range = words[index].range
        var count = 1
        if currency == nil, index + 1 < words.count,
            let next = currencies[words[index + 1].text]
        {
            currency = next
            range = range.lowerBound..<words[index + 1].range.upperBound
            count = 2
        }
        guard let currency else { return nil }
        return (Entity(kind: .amount, value: "\(word) \(currency)", range: range), count)
    }

    private static func date(at index: Int, _ words: [Words.Word]) -> (Entity, wordCount: Int)? {
        let word = words[index]
        let parts = word.text.split { "-/.".contains($0) }
        if parts.count == 3, parts.allSatisfy({ $0.count <= 4 && Int($0) != nil }),
            parts.contains(where: { (1...12).contains(Int($0) ?? 0) })
        {
            return (Entity(.date, word), 1)
        }
        return dayAndMonth(at: index, words)
    }

    /// "3rd May" or "May 3".
    private static func dayAndMonth(
        at index: Int, _ words: [Words.Word]
    ) -> (Entity, wordCount: Int)? {
        guard index + 1 < words.count else { return nil }
        let (word, next) = (words[index], words[index + 1])
        guard (word.digitCount > 0) != (next.digitCount > 0) else { return nil }
        let pair = [word.text, next.text]
        guard let month = pair.first(where: months.contains),
            let day = pair.first(where: { $0 != month }),
            let number = Int(day.prefix { $0.isNumber }), (1...31).contains(number), day.count <= 4
        else { return nil }
        let range = word.range.lowerBound..<next.range.upperBound
        return (Entity(kind: .date, value: pair.joined(separator: " "), range: range), 2)
    }
}

extension Entity {
    fileprivate init(_ kind: Kind, _ word: Words.Word) {
        let value =
            kind == .orderNumber || kind == .trackingNumber
            ? word.text.uppercased() : word.text
        self.init(kind: kind, value: value, range: word.range)
    }
}
