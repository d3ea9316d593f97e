import Base
import Testing

@testable import Store

@Suite struct SealedBoxTests {
    private let key = [UInt8](0..<32)

    private func bytes(_ hex: String) -> [UInt8] { Hexadecimal.bytes(Array(hex.utf8)[...]) ?? [] }

    /// Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation".
    @Test func aBoxIsAES256GCM() throws {
        let content = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
        let box =
            bytes("cafebabefacedbaddecaf888")
            + bytes(
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                    + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662")
            + bytes("76fc6ece0f4e1768cddf8853bb2d551b")
        let opened = try SealedBoxes().open(
            box.span,
            key: bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
            context: bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        #expect(opened == content)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 5_000])
    func whatIsSealedOpens(count: Int) throws {
        let boxes = try SealedBoxes()
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let box = try boxes.seal(content, key: key, context: [1, 2])
        #expect(box.count == count + SealedBoxes.overheadByteCount)
        #expect(try boxes.open(box.span, key: key, context: [1, 2]) == content)
        // Another key in between, and the first one again.
        let other = try boxes.seal(content, key: key.reversed(), context: [])
        #expect(try boxes.open(other.span, key: key.reversed(), context: []) == content)
        #expect(try boxes.open(box.span, key: key, context: [1, 2]) == content)
    }

    @Test func nothingElseOpens() throws {
        let boxes = try SealedBoxes()
        let box = try boxes.seal(Array("secret".utf8), key: key, context: [1])
        #expect(try boxes.open(box.span, key: key.reversed(), context: [1]) == nil)
        #expect(try boxes.open(box.span, key: key, context: [2]) == nil)
        #expect(try boxes.open(box.span, key: key, context: []) == nil)
        for i in 0..<box.count * 8 {
            var damaged = box
            damaged[i / 8] ^= 1 << UInt8(i % 8)
            #expect(try boxes.open(damaged.span, key: key, context: [1]) == nil)
        }
        for count in 0..<box.count {
            let cut = Array(box.prefix(count))
            #expect(try boxes.open(cut.span, key: key, context: [1]) == nil)
        }
        #expect(try boxes.open(box.span, key: key, context: [1]) == Array("secret".utf8))
    }

    @Test func noNonceComesTwice() throws {
        let boxes = [try SealedBoxes(), try SealedBoxes()]
        var seen: Set<[UInt8]> = []
        for i in 0..<40_000 {
            let box = try boxes[i % 2].seal([], key: key, context: [])
            #expect(seen.insert(Array(box.prefix(12))).inserted)
        }
    }

    @Test func marksAreOfOneUserAndOneEvent() throws {
        let marks = try EventMarks()
        let (a, b) = (try UserKey.random(), try UserKey.random())
        let mark = try marks.mark(ofEventId: "e1".utf8.span, of: a)
        #expect(mark.count == EventMarks.byteCount)
        #expect(try marks.mark(ofEventId: "e1".utf8.span, of: a) == mark)
        #expect(try marks.mark(ofEventId: "e2".utf8.span, of: a) != mark)
        #expect(try marks.mark(ofEventId: "e1".utf8.span, of: b) != mark)
    }
}
