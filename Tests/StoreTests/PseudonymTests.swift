import Base
import Foundation
import Testing

@testable import Store

@Suite struct PseudonymTests {
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func hmacGivesTheVectorsOfRFC4231(key: [UInt8], message: String, code: String) throws {
        let hmac = try HMACSHA256(key: key)
        for _ in 0..<2 {
            #expect(Hexadecimal.text(Pseudonym(try hmac.code(of: message.utf8.span)).bytes) == code)
        }
    }

    @Test func theEmptyIdentifierHasAPseudonymToo() throws {
        let pseudonymizer = try Pseudonymizer(key: [UInt8](repeating: 1, count: 32))
        #expect(try pseudonymizer.pseudonym(of: "") != pseudonymizer.pseudonym(of: "a"))
    }

    @Test func pseudonymsDependOnTheKey() throws {
        let a = try Pseudonymizer(key: [UInt8](repeating: 1, count: 32))
        let b = try Pseudonymizer(key: [UInt8](repeating: 2, count: 32))
        #expect(try a.pseudonym(of: "u") != b.pseudonym(of: "u"))
        #expect(try a.pseudonym(of: "u") == a.pseudonym(of: "u"))
    }

    @Test func aKeyOfAnotherSizeIsRefused() {
        #expect(throws: Fault.self) { try Pseudonymizer(key: [1, 2, 3]) }
    }

    @Test func aKeyFileIsMadeOnceForItsOwnerAlone() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.key")
        let key = try PseudonymKeyFile.loadOrCreate(path)
        #expect(key.count == 32)
        #expect(try PseudonymKeyFile.loadOrCreate(path) == key)
        #expect(try PseudonymKeyFile.load(path) == key)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["store.key"])
    }

    @Test func aKeyOthersMayReadIsRefused() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.key")
        _ = try PseudonymKeyFile.loadOrCreate(path)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let fault = #expect(throws: Fault.self) { try PseudonymKeyFile.load(path) }
        #expect(fault?.message.contains("chmod 600") == true)
    }

    @Test(arguments: [
        "", "abc", String(repeating: "g", count: 64), String(repeating: "a", count: 66),
    ])
    func aDamagedKeyFileIsRefused(text: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.key")
        _ = try directory.write(text, to: "store.key")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let fault = #expect(throws: Fault.self) { try PseudonymKeyFile.loadOrCreate(path) }
        #expect(fault?.reason == "BAD_PSEUDONYM_KEY")
    }

    @Test func usersOfAStoreAreUnreachableWithoutTheirKey() throws {
        let test = try TestStore()
        try test.users("user,age\nu1,35\n")
        let key = PseudonymKeyFile.path(forStore: test.path)
        try FileManager.default.moveItem(atPath: key, toPath: key + ".away")
        let missing = #expect(throws: Fault.self) { try test.store.pseudonymizerCreatingKey() }
        #expect(missing?.reason == "PSEUDONYM_KEY_UNAVAILABLE")
        _ = try PseudonymKeyFile.loadOrCreate(key)
        let wrong = #expect(throws: Fault.self) { try test.store.pseudonymizer() }
        #expect(wrong?.message.contains("not the one") == true)
    }
}
