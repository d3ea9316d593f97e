// The guard in front of the library: the same verdict wherever the bytes are cut, and nothing wrong
// with what is right.

import Base
import Testing

@testable import RPC

struct FrameGuardTests {
    private func check(_ guarding: inout FrameGuard, _ bytes: [UInt8]) -> FrameGuard.Fault? {
        bytes.withUnsafeBytes { guarding.check($0).fault }
    }

    /// A macro cannot look into what is not copyable.
    private func midway(_ guarding: borrowing FrameGuard) -> Bool { guarding.isMidway }

    private func greeted(maxContinuations: Int = 8) -> FrameGuard {
        var guarding = FrameGuard(maxContinuations: maxContinuations)
        _ = check(&guarding, RawFrame.preface + RawFrame.settings.bytes)
        return guarding
    }

    @Test func randomCutsChangeNothing() {
        var random = SeededRandom(seed: 11)
        let frames = [RawFrame.open(1), .data(1, [1, 2, 3]), .open(7), .reset(7, 8), .unknown(9)]
        let bytes = RawFrame.preface + frames.flatMap(\.bytes)
        let bad = RawFrame.data(7, [1]).bytes
        for _ in 0..<200 {
            var guarding = FrameGuard(maxContinuations: 8)
            var rest = (bytes + bad)[...]
            var fault: FrameGuard.Fault?
            var passed = 0
            while !rest.isEmpty, fault == nil {
                let piece = Array(rest.prefix(Int.random(in: 1...40, using: &random)))
                let result = piece.withUnsafeBytes { guarding.check($0) }
                passed += result.passed
                fault = result.fault
                rest = rest.dropFirst(piece.count)
            }
            #expect(fault == .streamClosed)
            // At most a piece of the bad frame's head has been let through.
            #expect(passed >= bytes.count && passed < bytes.count + 9)
        }
    }

    @Test func itKnowsWhatIsHalfThere() {
        var guarding = greeted()
        #expect(!midway(guarding))
        let call = RawFrame.open(1).bytes
        for byte in call.dropLast() {
            #expect(check(&guarding, [byte]) == nil)
            #expect(midway(guarding))
        }
        let before = guarding.completed
        _ = check(&guarding, [call.last ?? 0])
        #expect(!midway(guarding))
        let after = guarding.completed
        #expect(after == before + 1)
        // A block is not there before its last frame is.
        _ = check(&guarding, RawFrame.headers(3, [("a", "b")], endHeaders: false).bytes)
        #expect(midway(guarding))
        _ = check(&guarding, RawFrame(.continuation, flags: 4, stream: 3).bytes)
        #expect(!midway(guarding))
    }

    @Test func streamsFarApartAreForgottenWithoutHarm() {
        var guarding = greeted()
        for stream in [UInt32(1), 513, 515, 2_001, 0x7FFF_FFFD] {
            #expect(check(&guarding, RawFrame.open(stream).bytes) == nil)
        }
        // Too long ago to tell; the library decides.
        #expect(check(&guarding, RawFrame.data(1, [1]).bytes) == nil)
        #expect(check(&guarding, RawFrame.open(0x7FFF_FFFB).bytes) == .protocolError)
    }

    @Test func aLongLifeOfStreamsIsJudgedLikeAShortOne() {
        var guarding = greeted()
        for stream in stride(from: UInt32(1), to: 20_001, by: 2) {
            let bytes =
                RawFrame.open(stream).bytes + RawFrame.data(stream, [1], endStream: true).bytes
            #expect(check(&guarding, bytes) == nil)
        }
        #expect(check(&guarding, RawFrame.data(19_999, [1]).bytes) == .streamClosed)
    }

    @Test func continuationsAreCountedByFrame() {
        var guarding = greeted(maxContinuations: 2)
        let more = RawFrame(.continuation, stream: 1, [0]).bytes
        #expect(check(&guarding, RawFrame.headers(1, [], endHeaders: false).bytes) == nil)
        for byte in more + more { #expect(check(&guarding, [byte]) == nil) }
        #expect(check(&guarding, more) == .tooManyContinuations)
    }
}
