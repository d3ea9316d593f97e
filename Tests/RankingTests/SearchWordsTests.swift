import Testing

@testable import Ranking

@Suite struct SearchWordsTests {
    @Test(arguments: [
        ("Pizza/premium, 32.7 oz", ["pizza", "premium", "32.7oz"]),
        ("12 ounces", ["12oz"]), ("12-oz", ["12oz"]), ("12oz", ["12oz"]), ("12 FL OZ", ["12oz"]),
        ("2 L", ["2l"]), ("2 liter", ["2l"]), ("1 ga", ["1gal"]), ("2% milk", ["2%", "milk"]),
        ("12 pk/12 oz", ["12pk", "12oz"]), (".5 L", [".5l"]), ("7up", ["7up"]), ("b12", ["b12"]),
        ("12 apples", ["12", "apple"]), ("1.5.2", ["1.5", ".2"]),
        ("9 lives/frisk", ["9", "live", "frisk"]),
        ("Café crème", ["cafe", "creme"]), ("", []), ("  - ,", []),
    ])
    func textsHaveTheirWords(text: String, words: [String]) {
        #expect(SearchWords.words(of: text) == words)
    }

    @Test(arguments: [
        ("cookies", "cookie"), ("berries", "berry"), ("pies", "pie"), ("tomatoes", "tomato"),
        ("shoes", "shoe"), ("boxes", "box"), ("sandwiches", "sandwich"), ("dogs", "dog"),
        ("glasses", "glass"), ("brownies", "brownie"), ("vegetables", "vegetable"),
    ])
    func pluralsAreFoundByTheSingular(plural: String, singular: String) {
        #expect(SearchWords.stem(plural) == SearchWords.stem(singular))
    }

    @Test(arguments: ["bus", "gas", "grass", "hummus"])
    func whatIsNoPluralStays(word: String) { #expect(SearchWords.stem(word) == word) }

    @Test func aLongTextIsReadToItsLimit() {
        let text = String(repeating: "word ", count: 1_000)
        #expect(SearchWords.words(of: text).count == SearchWords.maxCount)
    }
}
