import Base
import Foundation
import Testing

@testable import Store

/// What a store file holds of people opens with its keys only, and only where it was put.
@Suite struct SealedStoreTests {
    private static let events = """
        user,item,type,time,event_id,query,channel
        ann,,search,2024-01-01T10:00:00Z,ann-1,secret-wish-of-ann,secret-channel
        ann,secret-item,view,2024-01-02T10:00:00Z,ann-2,,
        bob,,search,2024-01-01T10:00:00Z,bob-1,secret-wish-of-bob,
        bob,secret-item,view,2024-01-02T10:00:00Z,bob-2,,

        """

    private func made() throws -> TestStore {
        let test = try TestStore()
        try test.users("user,age\nann,secret-age\nbob,secret-age\n")
        try test.events(Self.events)
        return test
    }

    private func files(_ directory: TemporaryDirectory) throws -> [(name: String, data: Data)] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path)
            .map { ($0, try Data(contentsOf: URL(fileURLWithPath: directory.file($0)))) }
    }

    private func copy(_ test: TestStore, _ names: [String], to directory: TemporaryDirectory) throws
    {
        for name in names {
            try FileManager.default.copyItem(
                atPath: test.directory.file(name), toPath: directory.file(name))
        }
    }

    private func profile(_ user: String, _ test: TestStore, at path: String) throws -> Profile? {
        let store = try SQLiteProfileStore(store: SQLiteStore(path: path, access: .readOnly))
        defer { store.close() }
        return try store.lookUp(test.pseudonymizer.pseudonym(of: user)).get()
    }

    @Test func whatIsKnownOfAUserIsReadableInNoFile() throws {
        let test = try made()
        test.store.close()
        for (name, data) in try files(test.directory) where name.hasPrefix("store.sqlite") {
            for secret in ["secret-wish", "secret-channel", "secret-age", "ann-1"] {
                #expect(data.range(of: Data(secret.utf8)) == nil, "\(name) has \(secret)")
            }
        }
        #expect(try test.profile("ann")?.searches.map(\.text) == ["secret-wish-of-ann"])
    }

    /// Events of one user and of two; attributes and profiles of two.
    @Test(arguments: [
        """
        UPDATE events SET box = (SELECT box FROM events AS other
            WHERE other.user = events.user AND other.mark <> events.mark)
        """,
        """
        UPDATE events SET box = (SELECT box FROM events AS other
            WHERE other.user <> events.user AND other.day = events.day)
        """,
        "UPDATE events SET day = day + 1", "UPDATE events SET user = 3 - user",
        """
        UPDATE users SET attributes =
            (SELECT attributes FROM users AS other WHERE other.id <> users.id)
        """,
        "UPDATE users SET attributes = profile",
    ])
    func rowsInEachOthersPlacesAreNoticed(swap: String) throws {
        let test = try made()
        try test.execute("UPDATE users SET stale = 1")
        try test.execute(swap)
        let fault = #expect(throws: Fault.self) { try test.profile("ann") }
        #expect(fault?.reason == "STORE_CORRUPT")
    }

    @Test func anotherUsersProfileIsNoticed() throws {
        let test = try made()
        try test.execute(
            "UPDATE users SET profile = (SELECT profile FROM users AS other "
                + "WHERE other.id <> users.id)")
        #expect(throws: Fault.self) { try test.profile("ann") }
    }

    @Test func anErasedUserIsErasedInCopiesToo() throws {
        let test = try made()
        let ann = try test.pseudonymizer.pseudonym(of: "ann")
        let old = try TemporaryDirectory()
        test.store.close()
        try copy(test, ["store.sqlite"], to: old)
        let wrapped = try test.wrappedKey(of: ann)
        let secrets = try SQLiteStore(path: test.path, access: .readOnly)
        let key = try secrets.read { try UserKeys($0, secrets.secrets).find(ann) }
        secrets.close()
        let keyBytes = try #require(key).bytes

        let live = try SQLiteProfileStore(
            store: SQLiteStore(path: test.path, access: .readOnly),
            writer: SQLiteStore(path: test.path, access: .durable))
        #expect(try live.lookUp(ann).get() != nil)
        #expect(try live.eraseAndWait(ann).get())
        for (name, data) in try files(test.directory) where name.hasPrefix("store.sqlite") {
            for secret in [wrapped, ann.bytes, keyBytes, Array(keyBytes[..<32])] {
                #expect(data.range(of: Data(secret)) == nil, "\(name) has something of the user")
            }
        }
        live.close()

        // The old journal under the keys of today.
        try copy(test, ["store.sqlite.keys", "store.sqlite.key"], to: old)
        #expect(try profile("bob", test, at: old.file("store.sqlite"))?.eventCount == 2)
        #expect(try profile("ann", test, at: old.file("store.sqlite")) == nil)
        let store = try SQLiteStore(path: old.file("store.sqlite"), access: .readWrite)
        let rows = try store.read { database in
            let count = try SQLStatement(
                database,
                "SELECT count(*) FROM events JOIN users ON users.id = user "
                    + "WHERE pseudonym = ?")
            try count.bind(blob: ann.bytes.span, at: 1)
            defer { count.reset() }
            return try count.step() ? count.int64(0) : -1
        }
        #expect(rows == 2)
        // Rows without a key are nobody's: the user begins anew.
        try store.write { database in
            let users = try UserTable(database, store.secrets)
            #expect(try users.find(ann) == nil)
            _ = try users.findOrMake(ann)
        }
        store.close()
        #expect(try profile("ann", test, at: old.file("store.sqlite"))?.eventCount == 0)
    }

    @Test func aRotationLeavesEverythingButTheKey() throws {
        let test = try made()
        let before = try test.profile("ann")
        let ann = try test.pseudonymizer.pseudonym(of: "ann")
        let wrapped = try test.wrappedKey(of: ann)
        let keyPath = MasterKeySource.path(besideStore: test.path)
        let old = try KeyFile.load(keyPath)
        test.store.close()
        let rotation = try KeyRotation(path: test.path, from: .besideStore, to: .besideStore)
        #expect(try rotation.run() == 2)
        #expect(try KeyFile.load(keyPath) != old)
        #expect(try test.profile("ann") == before)
        #expect(try test.wrappedKey(of: ann) != wrapped)
        let wrong = #expect(throws: Fault.self) {
            try SQLiteStore(
                path: test.path, access: .readOnly, key: .text(Hexadecimal.text(old)))
        }
        #expect(wrong?.reason == "WRONG_MASTER_KEY")

        // From the file beside the store to another, and from that to a third.
        let (second, third) = (test.directory.file("second"), test.directory.file("third"))
        _ = try KeyRotation(path: test.path, from: .besideStore, to: .file(second)).run()
        _ = try KeyRotation(path: test.path, from: .file(second), to: .file(third)).run()
        let store = try SQLiteStore(path: test.path, access: .readOnly, key: .file(third))
        #expect(try store.pseudonymizer.pseudonym(of: "ann") == ann)
        #expect(throws: Fault.self) {
            try KeyRotation(path: test.path, from: .file(third), to: .besideStore)
        }
    }

    @Test func aRotationWaitsForNobody() throws {
        let test = try made()
        let rotation = try KeyRotation(path: test.path, from: .besideStore, to: .besideStore)
        let fault = #expect(throws: Fault.self) { try rotation.run() }
        #expect(fault?.reason == "STORE_BUSY")
        #expect(try test.profile("ann")?.eventCount == 2)
        // What it left before its commit does no harm.
        test.store.close()
        #expect(FileManager.default.fileExists(atPath: test.path + ".key.next"))
        #expect(try test.profile("ann")?.eventCount == 2)
        #expect(try rotation.run() == 2)
        #expect(!FileManager.default.fileExists(atPath: test.path + ".key.next"))
    }

    /// Ended after the commit, before the new key has the old one's name.
    @Test func aRotationCutShortIsFinishedByTheNextOpening() throws {
        let test = try made()
        let keyPath = MasterKeySource.path(besideStore: test.path)
        test.store.close()
        let old = try Data(contentsOf: URL(fileURLWithPath: keyPath))
        _ = try KeyRotation(path: test.path, from: .besideStore, to: .besideStore).run()
        try KeyFile.move(keyPath, to: keyPath + ".next")
        try old.write(to: URL(fileURLWithPath: keyPath))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyPath)
        #expect(try test.profile("ann")?.eventCount == 2)
        try SQLiteStore(path: test.path, access: .readWrite).close()
        #expect(!FileManager.default.fileExists(atPath: keyPath + ".next"))
        #expect(try test.profile("ann")?.eventCount == 2)
    }
}

extension TestStore {
    /// As it lies in the file of keys.
    fileprivate func wrappedKey(of pseudonym: Pseudonym) throws -> [UInt8] {
        let store = try SQLiteStore(path: path, access: .readOnly)
        defer { store.close() }
        return try store.read { database in
            let select = try SQLStatement(
                database, "SELECT box FROM keys.user_keys WHERE pseudonym = ?")
            try select.bind(blob: pseudonym.bytes.span, at: 1)
            defer { select.reset() }
            return try select.step() ? select.blob(0) ?? [] : []
        }
    }
}
