import Base
import Testing

@testable import RPC

@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00f067aa0ba902b7"

    @Test func aValidOneIsTaken() throws {
        let context = try #require(TraceContext("00-\(Self.trace)-\(Self.parent)-01"))
        #expect(context.traceId == Self.trace)
        #expect(context.parentId == Self.parent)
        #expect(context.flags == 1)
    }

    @Test func aLaterVersionMayHaveMore() {
        #expect(TraceContext("cc-\(Self.trace)-\(Self.parent)-01-what-comes") != nil)
        #expect(TraceContext("cc-\(Self.trace)-\(Self.parent)-01") != nil)
        #expect(TraceContext("cc-\(Self.trace)-\(Self.parent)-01what") == nil)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-01-more",
        "ff-\(trace)-\(parent)-01", "0g-\(trace)-\(parent)-01",
        "00-00000000000000000000000000000000-\(parent)-01", "00-\(trace)-0000000000000000-01",
        "00-\(trace.uppercased())-\(parent)-01", "00_\(trace)_\(parent)_01",
        "00-\(trace)-\(parent)-0x", "00-é\(trace.dropFirst(2))-\(parent)-01",
    ])
    func whatIsNoneIsNotTaken(text: String) {
        #expect(TraceContext(text) == nil)
    }

    @Test func aNewOneHasDigitsEnough() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<100 {
            let context = TraceContext(random: &random)
            #expect(context.traceId.utf8.count == 32)
            #expect(TraceContext("00-\(context.traceId)-\(Self.parent)-00") != nil)
        }
    }
}
