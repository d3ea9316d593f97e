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
}
