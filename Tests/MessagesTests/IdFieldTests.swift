import Base
import Messages
import Store
import Testing

/// Identifiers that are taken from the wire beside protobuf-c.
@Suite struct IdFieldTests {
    let codec = MessageCodec(limits: Limits())

    private func decode(_ bytes: [UInt8]) throws -> ScoreAdsRequest {
        try codec.decodeScoreAdsRequest(bytes.span.bytes)
    }

    /// ScoreAdsRequest.ad_ids.
    private func id(_ bytes: [UInt8]) -> [UInt8] { [0x42, UInt8(bytes.count)] + bytes }

    /// ScoreAdsRequest.user.
    private let user: [UInt8] = [0x0A, 3, 0x0A, 1, 0x75]

    @Test func idsMayStandAnywhereAmongOtherFields() throws {
        let limit: [UInt8] = [0x30, 0x87, 0x01]
        let unknown: [UInt8] = [0xF9, 0x07] + [UInt8](repeating: 1, count: 8)
        let request = try decode(
            id(Array("one".utf8)) + user + id([]) + limit + id(Array("zwei ü".utf8)) + unknown
                + id(Array("three".utf8)))
        #expect(request.adIds == ["one", "", "zwei ü", "three"])
        #expect(request.user == .stored("u"))
        #expect(request.limit == 135)
    }

    @Test func aTagOfMoreBytesThanNeededIsTheSameTag() throws {
        let request = try decode(user + [0xC2, 0x80, 0x00, 1, 0x61] + id([0x62]))
        #expect(request.adIds == ["a", "b"])
    }

    @Test func whatIsWrongIsNamedByItsPlace() {
        let long = [UInt8](repeating: 0x61, count: 257)
        #expect(
            throws: Fault.invalid("ad_ids[1]", "has 257 bytes, at most 256 are allowed")
        ) { try decode(user + id([0x61]) + [0x42, 0x81, 0x02] + long) }
        #expect(throws: Fault.invalid("ad_ids[2]", "is not valid UTF-8")) {
            try decode(user + id([0x61]) + id([0x62]) + id([0xFF]))
        }
        // Valid only together with its neighbour.
        #expect(throws: Fault.invalid("ad_ids[0]", "is not valid UTF-8")) {
            try decode(user + id([0xC3]) + id([0xBC]))
        }
    }

    @Test func everyCutMessageIsRefusedOrWhole() throws {
        let whole = user + id(Array("first".utf8)) + id(Array("second".utf8))
        for count in 0..<whole.count {
            let cut = Array(whole.prefix(count))
            guard let request = try? decode(cut) else { continue }
            #expect(request.adIds == ["first"] && count == whole.count - 8)
        }
    }

    @Test func aNumberWhereTheIdsBelongIsRefused() {
        #expect(throws: Fault.self) { try decode(user + [0x40, 5] + id([0x61])) }
    }
}
