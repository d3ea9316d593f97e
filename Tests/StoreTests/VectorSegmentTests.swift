import Base
import Foundation
import Inference
import Testing

@testable import Store

/// The vectors beside a store: a copy that may be missing, old or damaged, and never wrong.
@Suite struct VectorSegmentTests {
    private static func csv(_ count: Int) -> String {
        "item,title\n" + (0..<count).map { "i\($0),Title \($0)\n" }.joined()
    }

    private static func path(_ test: TestStore) -> String {
        SQLiteCatalog.segmentPath(forStore: test.path)
    }

    /// The catalogue and what was said about its segment.
    private static func load(_ test: TestStore) throws -> (catalog: Catalog, said: [String]) {
        var said: [String] = []
        let catalog = try SQLiteCatalog(store: test.store).load(bundleVersion: nil) {
            said.append($0)
        }
        return (catalog, said)
    }

    private static func expectVectors(_ catalog: Catalog, _ test: TestStore, count: Int) {
        #expect(catalog.items.count == count)
        for row in 0..<catalog.items.count {
            let text = catalog.items.item(at: row).encoderText
            let vector = FakeEncoder.vector(text, test.encoder.dimension)
            #expect(catalog.items.vector(at: row) == Int8Vector(quantizing: vector))
        }
    }

    @Test func aMissingSegmentIsMadeAndThenMapped() throws {
        let test = try TestStore()
        try test.items(Self.csv(100))
        let first = try Self.load(test)
        #expect(first.said.count == 1)
        #expect(first.catalog.vectors.table.mappedRowCount == 100)
        let second = try Self.load(test)
        #expect(second.said.isEmpty && second.catalog.vectors.table.mappedRowCount == 100)
        Self.expectVectors(second.catalog, test, count: 100)
    }

    @Test func aFewNewVectorsAreReadFromTheStoreAndManyMakeANewSegment() throws {
        let test = try TestStore()
        try test.items(Self.csv(100))
        _ = try Self.load(test)
        try test.items(Self.csv(105), name: "a.csv")
        let few = try Self.load(test)
        #expect(few.said.isEmpty && few.catalog.vectors.table.mappedRowCount == 100)
        Self.expectVectors(few.catalog, test, count: 105)
        try test.items(Self.csv(200), name: "b.csv")
        let many = try Self.load(test)
        #expect(many.said.count == 1 && many.catalog.vectors.table.mappedRowCount == 200)
        Self.expectVectors(many.catalog, test, count: 200)
    }

    @Test(arguments: [0, 9, 20, 70, 900, 2_000])
    func aFlippedBitIsSeenAndTheSegmentMadeAnew(offset: Int) throws {
        let test = try TestStore()
        try test.items(Self.csv(100))
        _ = try Self.load(test)
        let url = URL(filePath: Self.path(test))
        var bytes = try Data(contentsOf: url)
        bytes[offset] ^= 0x10
        try bytes.write(to: url)
        let mended = try Self.load(test)
        #expect(mended.said.count == 1)
        Self.expectVectors(mended.catalog, test, count: 100)
        #expect(try Self.load(test).said.isEmpty)
    }

    @Test(arguments: [0, 30, 64, 1_000])
    func aCutSegmentIsMadeAnew(byteCount: Int) throws {
        let test = try TestStore()
        try test.items(Self.csv(100))
        _ = try Self.load(test)
        let url = URL(filePath: Self.path(test))
        try Data(contentsOf: url).prefix(byteCount).write(to: url)
        Self.expectVectors(try Self.load(test).catalog, test, count: 100)
    }

    /// As when an older copy of a store is put back.
    @Test func aSegmentOfAnotherStoreIsIncompleteNotWrong() throws {
        let (one, other) = (try TestStore(), try TestStore())
        try one.items("item,title\nx,Other text\ny,Title 1\n")
        _ = try Self.load(one)
        try other.items(Self.csv(3))
        try FileManager.default.copyItem(atPath: Self.path(one), toPath: Self.path(other))
        Self.expectVectors(try Self.load(other).catalog, other, count: 3)
    }

    /// Who has the old segment mapped keeps reading it.
    @Test func aCatalogueOutlivesItsSegmentFile() throws {
        let test = try TestStore()
        try test.items(Self.csv(100))
        let before = try Self.load(test).catalog
        try test.items(Self.csv(300), name: "more.csv")
        _ = try Self.load(test)
        try FileManager.default.removeItem(atPath: Self.path(test))
        Self.expectVectors(before, test, count: 100)
    }

    @Test func whereNoneCanBeKeptVectorsStayInMemory() throws {
        let test = try TestStore()
        try test.items(Self.csv(100))
        try FileManager.default.createDirectory(
            atPath: Self.path(test), withIntermediateDirectories: false)
        let loaded = try Self.load(test)
        #expect(loaded.said.count == 1 && loaded.catalog.vectors.table.mappedRowCount == 0)
        Self.expectVectors(loaded.catalog, test, count: 100)
    }

    @Test func similaritiesAreTheSameBitsMappedOrNot() throws {
        let test = try TestStore()
        try test.items(Self.csv(40))
        let catalog = try Self.load(test).catalog
        let extra = Int8Vector(quantizing: FakeEncoder.vector("extra", test.encoder.dimension))
        let mixed = catalog.vectors.table.appending([extra])
        let plain = Int8VectorTable(
            dimension: test.encoder.dimension, rows: (0..<41).map { mixed.row($0) })
        #expect(mixed.rowCount == 41 && mixed.mappedRowCount == 40 && plain.mappedRowCount == 0)
        #expect(mixed.dots(extra) == plain.dots(extra))
        for row in 0..<41 { #expect(mixed.dot(extra, row: row) == plain.dot(extra, row: row)) }
    }
}
