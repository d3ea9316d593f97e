import Testing

@testable import Inference

@Suite("Text keys")
struct TextHasherTests {
    /// Key 00 01 .. 0f over the bytes 00 01 02 ..: SipHash's published vectors, and by OpenSSL.
    @Test(
        "SipHash-2-4-128 agrees with its reference",
        arguments: [
            (0, "a3817f04ba25a8e66df67214c7550293"), (4, "f88164c12d9c8faf7d0f6e7c7bcd5579"),
            (8, "3b62a9ba6258f5610f83e264f31497b4"), (12, "d626b266905ef35882634df68532c125"),
            (160, "5bd6290389d3782fdee2bad6a961dd56"),
        ])
    func reference(byteCount: Int, expected: String) {
        let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
        let bytes = (0..<byteCount).map { UInt8($0 & 255) }
        let ids = stride(from: 0, to: byteCount, by: 4).map { first in
            bytes[first..<first + 4].withUnsafeBytes { $0.loadUnaligned(as: Int32.self) }
        }
        let hash = TextHasher(key: key).hash(ids[...])
        let digits = [hash.low, hash.high].map { word in
            let digits = String(word.byteSwapped, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        #expect(digits == expected)
    }

    @Test("a text has another key on another version of the model")
    func versions() {
        let hasher = TextHasher(key: (1, 2))
        let ids: [Int32] = [101, 7_592, 102]
        let first = hasher.keyed(by: "a").hash(ids[...])
        #expect(first == hasher.keyed(by: "a").hash(ids[...]))
        #expect(first != hasher.keyed(by: "b").hash(ids[...]))
        #expect(first != TextHasher(key: (1, 3)).keyed(by: "a").hash(ids[...]))
    }
}
