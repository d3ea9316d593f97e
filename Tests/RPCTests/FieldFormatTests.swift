import Base
import Testing

@testable import RPC

struct FieldFormatTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(arguments: [
        ("plain text", "plain text"), ("50%", "50%25"), ("schön", "sch%C3%B6n"),
        ("a\nb\u{7F}", "a%0Ab%7F"), ("\t日", "%09%E6%97%A5"), ("", ""),
    ])
    func messagesArePercentEncodedAndBack(text: String, encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
        #expect(bytes(encoded).withUnsafeBytes { PercentEncoding.decode($0) } == text)
    }

    @Test(arguments: [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a%2", "a%2"), ("%41", "A")])
    func whatIsNoEscapeStaysAsItIs(encoded: String, text: String) {
        #expect(bytes(encoded).withUnsafeBytes { PercentEncoding.decode($0) } == text)
    }

    @Test(
        arguments: [
            ("1H", 3_600_000_000_000), ("2M", 120_000_000_000), ("30S", 30_000_000_000),
            ("5m", 5_000_000), ("7u", 7_000), ("99999999n", 99_999_999), ("0n", 0),
        ] as [(String, UInt64)])
    func timeoutsAreRead(field: String, nanoseconds: UInt64) {
        #expect(bytes(field).withUnsafeBytes { CallTimeout.parse($0) } == nanoseconds)
    }

    @Test(arguments: ["", "1", "S", "123456789S", "-1S", "1s", "1 S", "1.5S", "0x1S"])
    func malformedTimeoutsAreRefused(field: String) {
        #expect(bytes(field).withUnsafeBytes { CallTimeout.parse($0) } == nil)
    }

    @Test func aHugeTimeoutSaturates() {
        #expect(bytes("99999999H").withUnsafeBytes { CallTimeout.parse($0) } == .max)
    }

    @Test func timeoutsAreWrittenRoundedUpInEightDigits() {
        #expect(CallTimeout.format(nanoseconds: 5) == "5n")
        #expect(CallTimeout.format(nanoseconds: 100_000_000) == "100000u")
        #expect(CallTimeout.format(nanoseconds: 100_000_000_001) == "100001m")
        #expect(CallTimeout.format(nanoseconds: .max).utf8.count <= 9)
        var random = SeededRandom(seed: 7)
        for _ in 0..<1_000 {
            let time = UInt64.random(in: 0...(.max >> UInt64.random(in: 1...63)), using: &random)
            let text = CallTimeout.format(nanoseconds: time)
            let read = bytes(text).withUnsafeBytes { CallTimeout.parse($0) }
            #expect(read.map { $0 >= time } == true)
        }
    }

    @Test func base64HoldsAnyBytesWithAndWithoutPadding() {
        var random = SeededRandom(seed: 1)
        for count in 0..<64 {
            let original = (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
            let text = Base64.encode(original)
            #expect(!text.contains("="))
            let padded = text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
            #expect(bytes(text).withUnsafeBytes { Base64.decode($0) } == original)
            #expect(bytes(padded).withUnsafeBytes { Base64.decode($0) } == original)
        }
    }

    @Test(arguments: ["A", "AB=", "A===", "AB C", "AB-_", "=", "AAAA="])
    func damagedBase64IsRefused(text: String) {
        #expect(bytes(text).withUnsafeBytes { Base64.decode($0) } == nil)
    }

    @Test func metadataTakesOnlyWhatTheWireCarries() throws {
        var metadata = Metadata()
        try metadata.add("X-Trace", "abc")
        try metadata.add("x-raw-bin", [0, 255])
        try metadata.add("x-trace", "second")
        #expect(metadata["x-trace"] == "abc")
        #expect(metadata.binary("x-raw-bin") == [0, 255])
        #expect(throws: Fault.self) { try metadata.add("a b", "c") }
        #expect(throws: Fault.self) { try metadata.add("", "c") }
        #expect(throws: Fault.self) { try metadata.add("a", "line\nbreak") }
        #expect(throws: Fault.self) { try metadata.add("a-bin", "text") }
        #expect(throws: Fault.self) { try metadata.add("a", [1]) }
        #expect(throws: Fault.self) { try metadata.add("grpc-status", "0") }
        #expect(throws: Fault.self) { try metadata.add(":path", "/") }
        #expect(metadata.entries.count == 3)
    }

    @Test func aBinaryFieldMayHoldSeveralValues() {
        var fields = ReceivedFields()
        bytes("AAE,/w==,!!").withUnsafeBytes { fields.append(name: "x-bin", value: $0) }
        bytes("plain").withUnsafeBytes { fields.append(name: "x", value: $0) }
        let metadata = fields.metadata()
        #expect(metadata.entries.count == 3)
        #expect(metadata.binary("x-bin") == [0, 1])
        #expect(metadata["x"] == "plain")
        #expect(fields.text("x") == "plain")
        #expect(fields.text("y") == nil)
    }

    @Test func pathsAreFoundByTheirBytes() {
        var methods = MethodRegistry()
        for i in 0..<100 {
            methods.register("/a.S\(i % 10)/M\(i)", kind: .unary) { _ in EchoHandler() }
        }
        for i in 0..<100 {
            let path = bytes("/a.S\(i % 10)/M\(i)")
            #expect(path.withUnsafeBytes { methods.find($0).map { Array($0.path.utf8) } } == path)
        }
        #expect(bytes("/a.S1/M2").withUnsafeBytes { methods.find($0) } == nil)
        #expect(bytes("").withUnsafeBytes { methods.find($0) } == nil)
        #expect(methods.services == (0..<10).map { "a.S\($0)" })
    }

    @Test func targetsAreReadOrRefused() throws {
        #expect(try ClientTarget("localhost:80") == .tcp(host: "localhost", port: 80))
        #expect(try ClientTarget("[::1]:80") == .tcp(host: "::1", port: 80))
        #expect(try ClientTarget("unix:/a/b") == .unix(path: "/a/b"))
        #expect(try ClientTarget("unix:///a/b") == .unix(path: "/a/b"))
        for bad in ["", "host", ":80", "host:", "host:0", "host:99999", "unix:"] {
            #expect(throws: Fault.self) { try ClientTarget(bad) }
        }
    }
}
