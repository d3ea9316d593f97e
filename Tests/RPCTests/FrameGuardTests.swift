// The guard in front of the library: the same verdict wherever the bytes are cut, and nothing wrong
// with what is right.

import Base
import Testing

@testable import RPC

/// A guard behind a reference: the macros cannot look into what is not copyable.
private final class Guarding {
    private var frames: FrameGuard

    init(maxContinuations: Int = 8) { frames = FrameGuard(maxContinuations: maxContinuations) }

    /// One that has seen the preface and SETTINGS.
    static func greeted(maxContinuations: Int = 8) -> Guarding {
        let guarding = Guarding(maxContinuations: maxContinuations)
        _ = guarding.check(RawFrame.preface + RawFrame.settings.bytes)
        return guarding
    }

    var isMidway: Bool { frames.isMidway }
    var completed: Int { frames.completed }

    func check(_ bytes: [UInt8]) -> FrameGuard.Fault? { look(bytes).fault }

    func look(_ bytes: [UInt8]) -> (passed: Int, fault: FrameGuard.Fault?) {
        bytes.withUnsafeBytes { frames.check($0) }
    }
}

struct FrameGuardTests {
    @Test func randomCutsChangeNothing() {
        var random = SeededRandom(seed: 11)
        let frames = [RawFrame.open(1), .data(1, [1, 2, 3]), .open(7), .reset(7, 8), .unknown(9)]
        let bytes = RawFrame.preface + frames.flatMap(\.bytes)
        let bad = RawFrame.data(7, [1]).bytes
        for _ in 0..<200 {
            let guarding = Guarding()
            var rest = (bytes + bad)[...]
            var fault: FrameGuard.Fault?
            var passed = 0
            while !rest.isEmpty, fault == nil {
                let piece = Array(rest.prefix(Int.random(in: 1...40, using: &random)))
                let result = guarding.look(piece)
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
        let guarding = Guarding.greeted()
        #expect(!guarding.isMidway)
        let call = RawFrame.open(1).bytes
        for byte in call.dropLast() {
            #expect(guarding.check([byte]) == nil)
            #expect(guarding.isMidway)
        }
        let before = guarding.completed
        _ = guarding.check([call.last ?? 0])
        #expect(!guarding.isMidway)
        #expect(guarding.completed == before + 1)
        // A block is not there before its last frame is.
        _ = guarding.check(RawFrame.headers(3, [("a", "b")], endHeaders: false).bytes)
        #expect(guarding.isMidway)
        _ = guarding.check(RawFrame(.continuation, flags: 4, stream: 3).bytes)
        #expect(!guarding.isMidway)
    }

    @Test func streamsFarApartAreForgottenWithoutHarm() {
        let guarding = Guarding.greeted()
        for stream in [UInt32(1), 513, 515, 2_001, 0x7FFF_FFFD] {
            #expect(guarding.check(RawFrame.open(stream).bytes) == nil)
        }
        // Too long ago to tell; the library decides.
        #expect(guarding.check(RawFrame.data(1, [1]).bytes) == nil)
        #expect(guarding.check(RawFrame.open(0x7FFF_FFFB).bytes) == .protocolError)
    }

    @Test func aLongLifeOfStreamsIsJudgedLikeAShortOne() {
        let guarding = Guarding.greeted()
        for stream in stride(from: UInt32(1), to: 20_001, by: 2) {
            let bytes =
                RawFrame.open(stream).bytes + RawFrame.data(stream, [1], endStream: true).bytes
            #expect(guarding.check(bytes) == nil)
        }
        #expect(guarding.check(RawFrame.data(19_999, [1]).bytes) == .streamClosed)
    }

    @Test func continuationsAreCountedByFrame() {
        let guarding = Guarding.greeted(maxContinuations: 2)
        let more = RawFrame(.continuation, stream: 1, [0]).bytes
        #expect(guarding.check(RawFrame.headers(1, [], endHeaders: false).bytes) == nil)
        for byte in more + more { #expect(guarding.check([byte]) == nil) }
        #expect(guarding.check(more) == .tooManyContinuations)
    }
}
