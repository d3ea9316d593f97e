import Base
import Foundation
import Testing

@testable import Store

@Suite struct SQLiteStoreTests {
    private func openFailure(
        _ path: String, _ access: SQLiteStore.Access = .readWrite
    ) -> Fault? {
        #expect(throws: Fault.self) { try SQLiteStore(path: path, access: access) }
    }

    @Test func aMissingFileIsSaid() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("none.sqlite")
        let fault = openFailure(path, .readOnly)
        #expect(fault?.reason == "STORE_MISSING")
        #expect(fault?.message.contains(path) == true)
        #expect(openFailure(directory.path, .readOnly)?.reason == "STORE_MISSING")
        #expect(openFailure(directory.file("no/such/store.sqlite"))?.reason == "STORE_UNAVAILABLE")
    }

    @Test(arguments: [SQLiteStore.Access.readWrite, .readOnly])
    func aFileThatIsNoDatabaseIsRefusedAndLeftAlone(access: SQLiteStore.Access) throws {
        let directory = try TemporaryDirectory()
        let text = String(repeating: "item,title\n", count: 500)
        _ = try directory.write(text, to: "items.csv")
        #expect(openFailure(directory.file("items.csv"), access)?.reason == "STORE_FOREIGN")
        #expect(try String(contentsOfFile: directory.file("items.csv"), encoding: .utf8) == text)
    }

    @Test func anotherProgramsDatabaseIsRefused() throws {
        let test = try TestStore()
        try test.execute("PRAGMA application_id = 77")
        test.store.close()
        #expect(openFailure(test.path)?.reason == "STORE_FOREIGN")
        #expect(openFailure(test.path, .readOnly)?.reason == "STORE_FOREIGN")
    }

    @Test func aNewerSchemaIsRefused() throws {
        let test = try TestStore()
        try test.execute("PRAGMA user_version = 99")
        test.store.close()
        #expect(openFailure(test.path)?.reason == "STORE_TOO_NEW")
        #expect(openFailure(test.path, .readOnly)?.reason == "STORE_TOO_NEW")
    }

    @Test func damagedPagesAreSaid() throws {
        let test = try TestStore()
        try test.items("item,title\n" + (0..<5_000).map { "i\($0),title \($0)\n" }.joined())
        test.store.close()
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: test.path)))
        for position in 4_096..<bytes.count { bytes[position] = 0xA5 }
        try Data(bytes).write(to: URL(fileURLWithPath: test.path))
        let fault = #expect(throws: Fault.self) {
            let store = try SQLiteStore(path: test.path, access: .readOnly)
            _ = try SQLiteCatalog(store: store).load(bundleVersion: nil)
        }
        #expect(fault?.reason == "STORE_CORRUPT")
    }

    @Test func commitsOfADurableStoreWaitForTheDisk() throws {
        let test = try TestStore()
        for (access, main) in [(SQLiteStore.Access.durable, Int64(2)), (.readWrite, 1)] {
            let store = try SQLiteStore(path: test.path, access: access)
            defer { store.close() }
            let found = try store.read { database in
                try ["main", "keys"].map { schema in
                    let select = try SQLStatement(database, "PRAGMA \(schema).synchronous")
                    defer { select.reset() }
                    return try select.step() ? select.int64(0) : -1
                }
            }
            #expect(found == [main, 2])
        }
    }

    @Test func urisAreSQLitePaths() throws {
        #expect(try SQLiteStore.path(fromURI: "sqlite:/a/b") == "/a/b")
        for uri in ["", "sqlite:", "redis:x", "/a/b"] {
            #expect(throws: Fault.self) { try SQLiteStore.path(fromURI: uri) }
        }
    }

    @Test func anEmptyStoreIsAnEmptyCatalogue() throws {
        let test = try TestStore()
        let catalog = try test.catalog()
        #expect(catalog.items.count == 0 && catalog.ads.count == 0 && catalog.intents.count == 0)
    }

    @Test func aStoreOfAnotherBundleIsRefused() throws {
        let test = try TestStore()
        try test.items("item,title\na,milk\n")
        #expect(
            try SQLiteCatalog(store: test.store).load(bundleVersion: "bundle-1").items.count == 1)
        let load = #expect(throws: Fault.self) {
            try SQLiteCatalog(store: test.store).load(bundleVersion: "bundle-2")
        }
        #expect(load?.reason == "BUNDLE_MISMATCH")
        let again = #expect(throws: Fault.self) {
            try test.importer().items(
                from: .file(test.directory.file("items.csv")),
                encoder: FakeEncoder(bundleVersion: "bundle-2"), progress: { _ in })
        }
        #expect(again?.reason == "BUNDLE_MISMATCH")
    }

    /// An import in another process while a server has the store open.
    @Test func aReaderKeepsReadingWhileAnotherConnectionImports() throws {
        let test = try TestStore()
        try test.users("user,age\nu1,35\n")
        let profiles = try SQLiteProfileStore(
            store: SQLiteStore(path: test.path, access: .readOnly))
        defer { profiles.close() }
        for round in 0..<5 {
            try test.users("user,age\n" + (0..<300).map { "r\(round)-\($0),1\n" }.joined())
            let newcomer = try test.pseudonymizer.pseudonym(of: "r\(round)-299")
            #expect(try profiles.lookUp(newcomer).get()?.attributes == ["age": "1"])
        }
        #expect(try profiles.count() == 1_501)
    }
}
