// Requests that break a rule of gRPC, and compression: raw frames in and out.

import Base
import Testing

@testable import RPC

struct RefusedCallTests {
    @Test(arguments: [
        ("/test.Echo/Unary", [] as [UInt8], "12"),
        ("/test.Echo/Unary", RawFrame.message([1]) + RawFrame.message([2]), "0"),
        ("/test.Echo/Silent", RawFrame.message([1]) + RawFrame.message([2]), "12"),
        ("/test.Echo/Unary", [0, 0, 0, 0, 9, 1], "13"),
        ("/test.Echo/Both", [0, 0, 0, 0, 9, 1], "13"),
        ("/test.Echo/Unary", [9, 0, 0, 0, 0], "13"),
        ("/test.Echo/Unary", RawFrame.message([1], flags: 1), "13"),
        ("/test.Echo/Unary", [0, 0xFF, 0, 0, 0], "8"),
    ])
    func messagesThatBreakTheRulesAreRefused(path: String, bytes: [UInt8], code: String) throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(.call(1, path), .data(1, bytes, endStream: true))
        #expect(bench.status(frames, 1) == code)
        #expect(bench.session?.openCalls == 0)
    }

    @Test func anUnknownEncodingIsRefusedWithTheKnownOnes() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Unary", extra: [("grpc-encoding", "zstd")]))
        let block = bench.headers(frames, 1)
        #expect(block.first?["grpc-status"] == "12")
        #expect(block.first?["grpc-accept-encoding"] == "identity,deflate,gzip")
    }

    @Test func packedMessagesAreUnpackedAndAnsweredPackedWhenOffered() throws {
        let bench = try SessionBench()
        try bench.greet()
        let message = [UInt8](repeating: 65, count: 5_000)
        let codec = MessageCodec()
        let packed = try #require(message.withUnsafeBytes { codec.pack($0).map(Array.init) })
        let frames = try bench.exchange(
            .call(
                1, "/test.Echo/Gzip",
                extra: [("grpc-encoding", "gzip"), ("grpc-accept-encoding", "identity, gzip")]),
            .data(1, RawFrame.message(packed, flags: 1), endStream: true))
        #expect(bench.headers(frames, 1).first?["grpc-encoding"] == "gzip")
        let answer = bench.body(frames, 1)
        #expect(answer.first == 1)
        #expect(answer.count < 200)
        var plain = ByteQueue()
        let outcome = Array(answer.dropFirst(5)).withUnsafeBytes {
            codec.unpack($0, into: &plain, maxBytes: 10_000)
        }
        #expect(outcome == .whole)
        #expect(plain.readable.elementsEqual(message))
    }

    @Test func aBombIsRefused() throws {
        var limits = Limits()
        limits.maxMessageBytes = 100_000
        let bench = try SessionBench(limits: limits)
        try bench.greet()
        let zeros = [UInt8](repeating: 0, count: 5_000_000)
        let codec = MessageCodec()
        let packed = try #require(zeros.withUnsafeBytes { codec.pack($0).map(Array.init) })
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Unary", extra: [("grpc-encoding", "gzip")]),
            .data(1, RawFrame.message(packed, flags: 1), endStream: true))
        #expect(bench.status(frames, 1) == "8")
    }

    @Test func metadataPastItsLimitIsRefused() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Unary", extra: [("x", String(repeating: "v", count: 15_000))]),
            .data(1, RawFrame.message([1]), endStream: true),
            .call(3, "/test.Echo/Unary", extra: [("x", String(repeating: "v", count: 16_200))]))
        let blocks = frames.filter { $0.isA(.headers) }.map { ($0.stream, bench.read($0)) }
        #expect(blocks.last { $0.0 == 1 }?.1["grpc-status"] == "0")
        #expect(blocks.last { $0.0 == 3 }?.1["grpc-status"] == "8")
    }
}
