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

    @Test func manyAtOnceAreFoundAsOneByOne() {
        let index = IdIndex((0..<3_000).map { "ad-\($0)" } + ["", "ü"])
        var random = SeededRandom(seed: 3)
        let asked =
            (0..<500).map { _ in "ad-\(Int.random(in: 0..<4_000, using: &random))" }
            + ["", "ü", "ad-", "no such ad at all"]
        var ids: [UInt8] = []
        var ends: [Int32] = []
        for id in asked {
            ids += Array(id.utf8)
            ends.append(Int32(ids.count))
        }
        var rows: [Int32] = []
        for start in stride(from: 0, to: asked.count, by: 32) {
            index.appendRows(
                of: ids.span, ends: ends.span, start..<min(start + 32, asked.count), to: &rows)
        }
        #expect(rows == asked.map { Int32(index.row(of: $0) ?? -1) })
        #expect(rows.contains(-1) && rows.contains { $0 >= 0 })
    }

    /// Tables take the low bits.
    @Test func idsThatDifferInTheirLastLettersComeToManyPlaces() {
        for prefix in ["bench-ad-", "x", "sku:0000-", "a/rather/long/path/of/an/item/"] {
            let places = Set(
                (0..<10_000).map { WordHash.hash("\(prefix)\($0)".utf8.span) & 0x7FFF })
            // Of as many random ones 8,600.
            #expect(places.count > 8_000, "\(prefix)")
        }
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
