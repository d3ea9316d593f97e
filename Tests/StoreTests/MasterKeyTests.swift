import Base
import Foundation
import Testing

@testable import Store

@Suite struct MasterKeyTests {
    private func failure(_ path: String, _ key: MasterKeySource = .besideStore) -> Fault? {
        #expect(throws: Fault.self) { try SQLiteStore(path: path, access: .readOnly, key: key) }
    }

    private func setPermissions(_ permissions: Int, of path: String) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: permissions], ofItemAtPath: path)
    }

    @Test func aKeyFileIsMadeOnceForItsOwnerAlone() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.key")
        try KeyFile.create(path)
        let key = try KeyFile.load(path)
        #expect(key.count == 32)
        try KeyFile.create(path)
        #expect(try KeyFile.load(path) == key)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["store.key"])
    }

    @Test func aKeyOthersMayReadIsRefused() throws {
        let test = try TestStore()
        try setPermissions(0o640, of: MasterKeySource.path(besideStore: test.path))
        #expect(failure(test.path)?.message.contains("chmod 600") == true)
    }

    @Test(arguments: [
        "", "abc", String(repeating: "g", count: 64), String(repeating: "a", count: 66),
    ])
    func aDamagedKeyIsRefused(text: String) throws {
        let test = try TestStore()
        let path = MasterKeySource.path(besideStore: test.path)
        _ = try test.directory.write(text, to: "store.sqlite.key")
        try setPermissions(0o600, of: path)
        #expect(failure(test.path)?.reason == "BAD_MASTER_KEY")
        #expect(failure(test.path, .text(text))?.reason == "BAD_MASTER_KEY")
    }

    @Test func aStoreDoesNotOpenWithoutItsKeys() throws {
        let test = try TestStore()
        try test.users("user,age\nu1,35\n")
        test.store.close()
        let key = MasterKeySource.path(besideStore: test.path)
        try FileManager.default.moveItem(atPath: key, toPath: key + ".away")
        for access in [SQLiteStore.Access.readOnly, .readWrite, .durable] {
            let missing = #expect(throws: Fault.self) {
                try SQLiteStore(path: test.path, access: access)
            }
            #expect(missing?.reason == "MASTER_KEY_UNAVAILABLE")
        }
        try KeyFile.create(key)
        for access in [SQLiteStore.Access.readOnly, .readWrite, .durable] {
            let wrong = #expect(throws: Fault.self) {
                try SQLiteStore(path: test.path, access: access)
            }
            #expect(wrong?.message.contains("not the one") == true)
        }
        try FileManager.default.removeItem(atPath: KeySchema.path(forStore: test.path))
        for access in [SQLiteStore.Access.readOnly, .readWrite] {
            let lost = #expect(throws: Fault.self) {
                try SQLiteStore(path: test.path, access: access)
            }
            #expect(lost?.reason == "STORE_KEYS_MISSING")
        }
    }

    @Test func keysOfAnotherStoreAreRefused() throws {
        let test = try TestStore()
        let other = try TestStore()
        test.store.close()
        other.store.close()
        for name in ["store.sqlite.keys", "store.sqlite.key"] {
            try FileManager.default.removeItem(atPath: test.directory.file(name))
            try FileManager.default.copyItem(
                atPath: other.directory.file(name), toPath: test.directory.file(name))
        }
        #expect(failure(test.path)?.reason == "BAD_PSEUDONYM_KEY")
    }

    @Test func anUnsealedStoreIsRefused() throws {
        let test = try TestStore()
        try test.execute("PRAGMA user_version = 2")
        test.store.close()
        #expect(failure(test.path)?.reason == "STORE_UNSEALED")
    }

    @Test func theKeyComesFromOnePlace() throws {
        let hex = String(repeating: "ab", count: 32)
        let key = MasterKeySource.variable
        let file = MasterKeySource.fileVariable
        #expect(try MasterKeySource(file: nil, environment: [:]) == .besideStore)
        #expect(try MasterKeySource(file: nil, environment: [key: hex]) == .text(hex))
        #expect(try MasterKeySource(file: nil, environment: [file: "f"]) == .file("f"))
        #expect(try MasterKeySource(file: "g", environment: [file: "f"]) == .file("g"))
        #expect(throws: Fault.self) {
            try MasterKeySource(file: "g", environment: [key: hex])
        }
        let directory = try TemporaryDirectory()
        let path = directory.file("store.sqlite")
        let store = try SQLiteStore(path: path, access: .readWrite, key: .text(hex))
        #expect(store.madeKeyPath == nil)
        store.close()
        #expect(try SQLiteStore(path: path, access: .readOnly, key: .text(hex)).madeKeyPath == nil)
        #expect(failure(path)?.reason == "MASTER_KEY_UNAVAILABLE")
    }
}
