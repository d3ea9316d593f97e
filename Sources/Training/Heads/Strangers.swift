internal import Base
internal import Store

/// Made-up texts that no intent can cover: what a keyboard gives under a cat, numbers, names and
/// addresses. Training shows them to the networks as sentences of no intent in particular.
public enum Strangers {
    private static let letters = Array("abcdefghijklmnopqrstuvwxyz")
    private static let vowels = Array("aeiou")
    private static let consonants = Array("bcdfghjklmnprstvwz")
    private static let signs = Array("0123456789#@/&%$+-_.,;:!?()[]{}=*\"'")
    private static let names = [
        "Anna", "James", "Maria", "Peter", "Yusuf", "Chen", "Olga", "Smith", "Garcia", "Novak",
        "Jensen", "Rossi", "Okafor", "Tanaka", "Silva", "Dubois", "Kowalski", "Nguyen",
    ]
    private static let streets = ["Street", "Road", "Avenue", "Lane", "Square", "Strasse"]
    /// Everyday sentences of other languages in Latin letters, which a tokenizer for English cuts
    /// into pieces it knows.
    private static let foreign = [
        "wo ist der nächste bahnhof", "ich möchte gerne ein zimmer mit blick aufs meer",
        "das wetter wird morgen besser", "kannst du mir bitte helfen",
        "je ne sais pas quoi faire ce soir", "où se trouve la gare la plus proche",
        "merci beaucoup pour votre aide", "il fait très froid aujourd'hui",
        "me gustaría saber dónde está el museo", "mañana vamos a la playa con los niños",
        "el perro duerme debajo de la mesa", "no entiendo lo que dices",
        "dove posso comprare un biglietto", "la pizza era molto buona ieri sera",
        "quanti anni hai", "o gato está em cima do telhado", "amanhã vou viajar para o norte",
        "ik heb gisteren een nieuw boek gelezen", "de trein vertrekt om tien uur",
        "var ligger närmaste sjukhus", "jag tycker om att läsa böcker",
        "gdzie jest najbliższa apteka", "dzisiaj jest bardzo zimno", "kde je nejbližší obchod",
        "nerede oturuyorsun", "yarın hava güzel olacak", "missä on lähin kauppa",
        "hol van a legközelebbi bolt", "di mana stasiun kereta", "tôi muốn ăn phở",
    ]

    /// - Parameter seed: equal ones give equal texts.
    public static func texts(count: Int, seed: UInt64) -> [String] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { index in
            switch index % 6 {
            case 0: words(1...8, &random) { string(letters, 2...10, &$0) }
            case 1: words(2...10, &random) { syllables(&$0) }
            case 2: words(1...6, &random) { string(signs, 1...8, &$0) }
            case 3: person(&random)
            case 4: words(4...12, &random) { foreignWord(&$0) }
            default: foreign.randomElement(using: &random) ?? ""
            }
        }
    }

    /// The first half of a sentence and the second of another intent's: words of the intents that
    /// ask for none of them.
    static func splices(
        of sentences: [LabelledSentence], count: Int, seed: UInt64
    ) -> [(text: String, rows: [Int])] {
        var random = SeededRandom(seed: seed)
        return (0..<count).compactMap { _ in
            let first = Int.random(in: sentences.indices, using: &random)
            let second = Int.random(in: sentences.indices, using: &random)
            guard sentences[first].intent != sentences[second].intent else { return nil }
            let (a, b) = (
                sentences[first].text.split(separator: " "),
                sentences[second].text.split(separator: " ")
            )
            let text = (a.prefix(a.count / 2) + b.dropFirst(b.count / 2)).joined(separator: " ")
            return (text, [first, second])
        }
    }

    /// What networks are shown as asking for nothing they know.
    struct Shown {
        var groups: [(share: Float, rows: Matrix)]

        /// - Parameters:
        ///   - own: the caller's.
        ///   - noise: of `texts`.
        init(own: Matrix, noise: Matrix, splices: Matrix) {
            let all: [(Float, Matrix)] = [(0.4, own), (0.2, noise), (0.4, splices)]
            let present = all.filter { $0.1.rowCount > 0 }
            let total = present.reduce(0) { $0 + $1.0 }
            groups = present.map { ($0.0 / total, $0.1) }
        }

        func row(_ random: inout SeededRandom) -> ArraySlice<Float> {
            var rest = Float.random(in: 0..<1, using: &random)
            let group = groups.first { group in
                rest -= group.share
                return rest < 0
            }
            let rows = (group ?? groups[groups.count - 1]).rows
            return rows.row(Int.random(in: 0..<rows.rowCount, using: &random))
        }
    }

    private static func words(
        _ count: ClosedRange<Int>, _ random: inout SeededRandom,
        _ word: (inout SeededRandom) -> String
    ) -> String {
        (0..<Int.random(in: count, using: &random)).map { _ in word(&random) }
            .joined(separator: " ")
    }

    private static func string(
        _ alphabet: [Character], _ length: ClosedRange<Int>, _ random: inout SeededRandom
    ) -> String {
        String(
            (0..<Int.random(in: length, using: &random)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            })
    }

    private static func syllables(_ random: inout SeededRandom) -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
            string(consonants, 1...1, &random) + string(vowels, 1...2, &random)
        }.joined()
    }

    private static func foreignWord(_ random: inout SeededRandom) -> String {
        let sentence = foreign.randomElement(using: &random) ?? ""
        return sentence.split(separator: " ").randomElement(using: &random).map(String.init) ?? ""
    }

    private static func digits(_ count: Int, _ random: inout SeededRandom) -> String {
        string(Array("0123456789"), count...count, &random)
    }

    private static func person(_ random: inout SeededRandom) -> String {
        let first = names.randomElement(using: &random) ?? ""
        let last = names.randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            return "\(first) \(last), \(digits(2, &random)) \(last) "
                + (streets.randomElement(using: &random) ?? "")
        case 1: return "\(first.lowercased()).\(last.lowercased())\(digits(2, &random))@example.com"
        case 2: return "+\(digits(2, &random)) \(digits(3, &random)) \(digits(7, &random))"
        default:
            return (0..<4).map { _ in digits(4, &random) }.joined(separator: " ")
                + " \(first) \(last)"
        }
    }
}
