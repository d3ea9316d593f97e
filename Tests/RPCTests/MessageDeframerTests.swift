import Base
import Testing

@testable import RPC

struct MessageDeframerTests {
    /// Feeds `stream` in pieces of `pieceBytes` and collects the messages.
    private func messages(
        _ stream: [UInt8], pieceBytes: Int, maxMessageBytes: Int = 1 << 20
    ) -> (messages: [[UInt8]], isMidMessage: Bool) {
        var deframer = MessageDeframer(maxMessageBytes: maxMessageBytes)
        var found: [[UInt8]] = []
        stream.withUnsafeBytes { all in
            var start = 0
            while start < all.count {
                let end = min(all.count, start + pieceBytes)
                var piece = UnsafeRawBufferPointer(rebasing: all[start..<end])
                while case .message(_, let bytes) = deframer.next(&piece) {
                    found.append(Array(bytes))
                }
                start = end
            }
        }
        return (found, deframer.isMidMessage)
    }

    @Test func messagesComeOutHoweverTheBytesAreCut() {
        var random = SeededRandom(seed: 3)
        let sent = [0, 1, 4, 5, 6, 100, 1_000, 0, 70_000].map { count in
            (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
        }
        let stream = sent.flatMap { RawFrame.message($0) }
        for pieceBytes in [1, 2, 3, 4, 5, 6, 7, 64, 1_001, 1 << 20] {
            let (found, isMidMessage) = messages(stream, pieceBytes: pieceBytes)
            #expect(found == sent)
            #expect(!isMidMessage)
        }
    }

    @Test func aCutMessageIsKnownToBeCut() {
        let stream = RawFrame.message([1, 2, 3])
        for count in 1..<stream.count {
            #expect(messages(Array(stream.prefix(count)), pieceBytes: 2).isMidMessage)
        }
    }

    @Test(arguments: [1, 3, 100]) func tooLargeIsRefusedByItsPrefix(pieceBytes: Int) {
        var deframer = MessageDeframer(maxMessageBytes: 10)
        let stream: [UInt8] = [0, 0, 0, 0, 11]
        var announced = 0
        stream.withUnsafeBytes { all in
            for start in stride(from: 0, to: all.count, by: pieceBytes) {
                let end = min(all.count, start + pieceBytes)
                var piece = UnsafeRawBufferPointer(rebasing: all[start..<end])
                if case .tooLarge(let bytes) = deframer.next(&piece) { announced = bytes }
            }
        }
        #expect(announced == 11)
    }

    @Test func unknownFlagsAreRefused() {
        var deframer = MessageDeframer(maxMessageBytes: 10)
        let stream: [UInt8] = [2, 0, 0, 0, 0]
        stream.withUnsafeBytes { all in
            var piece = all
            guard case .badFlags(2) = deframer.next(&piece) else {
                Issue.record("flags 2 were taken")
                return
            }
        }
    }

    @Test func anAnnouncedLengthReservesNothing() {
        var deframer = MessageDeframer(maxMessageBytes: .max)
        let stream: [UInt8] = [0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2]
        stream.withUnsafeBytes { all in
            var piece = all
            guard case .needsMore = deframer.next(&piece) else {
                Issue.record("a cut message was handed out")
                return
            }
        }
        #expect(deframer.gatheredBytes == 7)
    }
}

struct MessageCodecTests {
    private func unpack(_ packed: [UInt8], maxBytes: Int) -> [UInt8]? {
        let codec = MessageCodec()
        var plain = ByteQueue()
        let outcome = packed.withUnsafeBytes {
            codec.unpack($0, into: &plain, maxBytes: maxBytes)
        }
        return outcome == .whole ? Array(plain.readable) : nil
    }

    @Test func whatIsPackedUnpacksAgainAndAgain() {
        let codec = MessageCodec()
        var random = SeededRandom(seed: 9)
        for count in [0, 1, 100, 16_384, 100_000] {
            let message = (0..<count).map { _ in UInt8.random(in: 0...3, using: &random) }
            let packed = message.withUnsafeBytes { codec.pack($0).map(Array.init) }
            #expect(packed.flatMap { unpack($0, maxBytes: count) } == message)
        }
    }

    @Test func aBombStopsAtTheLimit() throws {
        let codec = MessageCodec()
        let zeros = [UInt8](repeating: 0, count: 10_000_000)
        let packed = try #require(zeros.withUnsafeBytes { codec.pack($0).map(Array.init) })
        #expect(packed.count < 20_000)
        var plain = ByteQueue()
        let outcome = packed.withUnsafeBytes {
            codec.unpack($0, into: &plain, maxBytes: 1_000_000)
        }
        #expect(outcome == .tooLarge)
        #expect(plain.count < 1_100_000)
    }

    @Test func damageIsNoticed() throws {
        let codec = MessageCodec()
        let message = Array("some text, some text, some text".utf8)
        let packed = try #require(message.withUnsafeBytes { codec.pack($0).map(Array.init) })
        for position in [0, 1, packed.count / 2, packed.count - 1] {
            var damaged = packed
            damaged[position] ^= 0x55
            #expect(unpack(damaged, maxBytes: 1_000) != message)
        }
        #expect(unpack(Array(packed.dropLast()), maxBytes: 1_000) == nil)
        #expect(unpack(packed + [0], maxBytes: 1_000) == nil)
        #expect(unpack([], maxBytes: 1_000) == nil)
    }
}
