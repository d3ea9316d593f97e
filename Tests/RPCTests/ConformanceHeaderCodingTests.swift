// RFC 7541: what a decoder must refuse, and what an encoder must respect.

import Testing

@testable import RPC

struct ConformanceHeaderCodingTests {
    /// A request whose block is `prefix`, the good fields, and `suffix`.
    private static func block(_ prefix: [UInt8] = [], suffix: [UInt8] = []) -> [RawFrame] {
        [
            RawFrame(
                .headers, flags: 4, stream: 1,
                prefix + RawFrame.block(RawFrame.requestFields) + suffix)
        ]
    }

    private static func refused(
        _ section: String, _ title: String, _ frames: [RawFrame]
    ) -> ConformanceCase {
        .init(section, title, frames, .goAway(Code.compression))
    }

    static let cases: [ConformanceCase] = [
        refused("2.3.3", "an index past both tables", block(suffix: [0xC6])),
        refused("2.3.3", "a name's index past both tables", block(suffix: [0x7E, 1, 0x61])),
        refused("4.2", "a table size update after a field", block(suffix: [0x20])),
        .init(
            "4.2", "two table size updates at the start", block([0x20, 0x3F, 0xE1, 0x1F]), .harmless
        ),
        .init(
            "4.3", "a table emptied and used again",
            block([0x20]) + [
                RawFrame(
                    .headers, flags: 4, stream: 3,
                    [0x3F, 0xE1, 0x1F] + RawFrame.block(RawFrame.requestFields))
            ], .harmless),
        refused(
            "4.4", "an entry that a table of size 0 has dropped",
            block([0x20, 0x40, 1, 0x61, 1, 0x62], suffix: [0xBE])),
        refused(
            "5.1", "an integer that does not end",
            block(suffix: [0x7F] + [UInt8](repeating: 0xFF, count: 12))),
        refused("5.1", "a string longer than its block", block(suffix: [0, 1, 0x78, 5, 0x61])),
        // Huffman: 'a' is 00011, and the rest of an octet must be the first bits of EOS, all ones.
        .init(
            "5.2", "a Huffman string", block(suffix: [0, 1, 0x78, 0x81, 0b0001_1111]), .harmless),
        refused(
            "5.2", "Huffman padding that is not EOS",
            block(suffix: [0, 1, 0x78, 0x81, 0b0001_1000])),
        refused(
            "5.2", "Huffman padding longer than 7 bits",
            block(suffix: [0, 1, 0x78, 0x82, 0b0001_1111, 0xFF])),
        refused(
            "5.2", "EOS inside a Huffman string",
            block(suffix: [0, 1, 0x78, 0x84, 0xFF, 0xFF, 0xFF, 0xFF])),
        refused("6.1", "index 0", block(suffix: [0x80])),
        refused("6.3", "a table size past SETTINGS_HEADER_TABLE_SIZE", block([0x3F, 0xE2, 0x1F])),
        refused("6.2", "a literal that is cut", block(suffix: [0x40])),
        .init(
            "6.2.3", "a literal never to be indexed", block(suffix: [0x10, 1, 0x78, 1, 0x61]),
            .harmless),
        .init(
            "6.1", "an entry of the dynamic table",
            block([], suffix: [0x40, 1, 0x78, 1, 0x61, 0xBE]), .harmless),
    ]

    @Test(arguments: cases) func blocksAreDecodedByTheBook(_ item: ConformanceCase) throws {
        try item.check()
    }

    /// Section 4.2: once the peer's table has no room, the server says so and indexes nothing.
    @Test func thePeersTableSizeIsRespected() throws {
        let bench = try SessionBench()
        try bench.greet()
        _ = try bench.exchange(.setting(1, 0))
        let frames = try bench.exchange(
            .call(1, "/test.Echo/Unary"), .data(1, RawFrame.message([1]), endStream: true))
        let first = try #require(frames.first { $0.isA(.headers) })
        #expect(first.payload.first == 0x20)
        // A decoder without a table reads both blocks: nothing in them refers to one.
        let reader = FieldReader(tableBytes: 0)
        let blocks = frames.filter { $0.isA(.headers) }.map { reader.read($0) }
        #expect(blocks.map { $0["grpc-status"] } == [nil, "0"])
    }
}
