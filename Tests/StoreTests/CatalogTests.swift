import Base
import Inference
import Testing

@testable import Store

@Suite struct CatalogTests {
    @Test func everyIdIsFoundInATableOfMany() {
        let ids = (0..<5_000).map { "item-\($0 &* 7_919)" }
        let index = IdIndex(ids)
        for (row, id) in ids.enumerated() { #expect(index.row(of: id) == row) }
        #expect(index.row(of: "item-") == nil)
        #expect(index.row(of: "") == nil)
    }

    @Test func theFirstOfEqualIdsWins() {
        #expect(IdIndex(["a", "b", "a"]).row(of: "a") == 0)
    }

    @Test func popularityIsLogarithmicInPurchases() {
        let popularity = ItemTable.popularity(ofPurchases: [0, 9, 99])
        #expect(popularity[0] == 0 && popularity[2] == 1)
        #expect(abs(popularity[1] - 0.5) < 1e-6)
        #expect(ItemTable.popularity(ofPurchases: [0, 0]) == [0, 0])
    }

    @Test func namesAndCodesAreInverse() {
        let names = NameDictionary(["b", "", "a", "b"])
        #expect(names.count == 2)
        #expect(names.code(of: "a") == 1 && names.name(of: 1) == "a")
        #expect(names.code(of: "") == nil)
    }

    @Test func aCacheOfKeysForgetsRatherThanGrows() {
        var cache = ByteKeyCache(maxCount: 3_000)
        for number in 0..<10_000 {
            let key = "key\(number)"
            cache.insert(key.utf8.span, Int64(number))
            #expect(cache.value(of: key.utf8.span) == Int64(number))
        }
        #expect(cache.value(of: "key1".utf8.span) == nil)
        #expect(cache.value(of: "key9000".utf8.span) == 9_000)
    }
}
