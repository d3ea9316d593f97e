// RFC 9113, section 8: what makes a request malformed, and what a malformed request meets.

import Testing

@testable import RPC

struct ConformanceMessageTests {
    private static let good = RawFrame.requestFields

    private static func malformed(
        _ section: String, _ title: String, _ fields: [(String, String)]
    ) -> ConformanceCase {
        .init(section, title, [.request(fields)], .reset(1, code: Code.protocolError))
    }

    private static func without(_ name: String) -> [(String, String)] {
        good.filter { $0.0 != name }
    }

    private static func replacing(_ name: String, _ value: String) -> [(String, String)] {
        good.map { $0.0 == name ? (name, value) : $0 }
    }

    static let fields: [ConformanceCase] = [
        malformed("8.2.1", "an upper-case name", good + [("X-Test", "a")]),
        malformed("8.2.1", "a blank in a name", good + [("x test", "a")]),
        malformed("8.2.1", "a control character in a name", good + [("x\u{1}", "a")]),
        malformed("8.2.1", "DEL in a name", good + [("x\u{7F}", "a")]),
        malformed("8.2.1", "an empty name", good + [("", "a")]),
        malformed("8.2.1", "a colon inside a name", good + [("x:y", "a")]),
        malformed("8.2.1", "NUL in a value", good + [("x", "a\u{0}b")]),
        malformed("8.2.1", "CR in a value", good + [("x", "a\rb")]),
        malformed("8.2.1", "LF in a value", good + [("x", "a\nb")]),
        malformed("8.2.1", "a value that begins with a blank", good + [("x", " a")]),
        malformed("8.2.1", "a value that ends with a tab", good + [("x", "a\t")]),
        malformed("8.2.2", "connection", good + [("connection", "keep-alive")]),
        malformed("8.2.2", "proxy-connection", good + [("proxy-connection", "keep-alive")]),
        malformed("8.2.2", "keep-alive", good + [("keep-alive", "timeout=5")]),
        malformed("8.2.2", "transfer-encoding", good + [("transfer-encoding", "chunked")]),
        malformed("8.2.2", "upgrade", good + [("upgrade", "h2c")]),
        malformed("8.2.2", "te other than trailers", replacing("te", "trailers, deflate")),
        malformed("8.2.2", "te gzip", replacing("te", "gzip")),
        .init(
            "8.2.2", "te in capitals",
            [.headers(1, replacing("te", "Trailers"))], .harmless),
        .init(
            "8.2.3", "cookies in pieces", [.headers(1, good + [("cookie", "a"), ("cookie", "b")])],
            .harmless),
    ]

    static let pseudo: [ConformanceCase] = [
        malformed("8.3", "an unknown pseudo-header", [(":test", "a")] + good),
        malformed("8.3", "a response's pseudo-header", [(":status", "200")] + good),
        malformed(
            "8.3", "a pseudo-header after a field",
            without(":path") + [(":path", "/test.Echo/Both")]),
        malformed("8.3.1", "no :method", without(":method")),
        malformed("8.3.1", "no :scheme", without(":scheme")),
        malformed("8.3.1", "no :path", without(":path")),
        malformed("8.3.1", "an empty :path", replacing(":path", "")),
        malformed("8.3.1", "a :path without its slash", replacing(":path", "test.Echo/Both")),
        malformed("8.3.1", "an asterisk that is not OPTIONS", replacing(":path", "*")),
        malformed("8.3.1", "two :method", [(":method", "POST")] + good),
        malformed("8.3.1", "two :scheme", [(":scheme", "http")] + good),
        malformed("8.3.1", "two :path", [(":path", "/a")] + good),
        malformed("8.3.1", "two :authority", [(":authority", "a")] + good),
        malformed("8.3.1", "a host that differs from :authority", good + [("host", "other")]),
        malformed("8.3.1", "two hosts", without(":authority") + [("host", "a"), ("host", "a")]),
        .init(
            "8.3.1", "a host that says the same",
            [.headers(1, good + [("host", "test")])], .harmless),
        .init(
            "8.3.1", "host instead of :authority",
            [.headers(1, without(":authority") + [("host", "test")])], .harmless),
        malformed("8.5", "CONNECT with :scheme and :path", replacing(":method", "CONNECT")),
        malformed("8.5", "CONNECT without :authority", [(":method", "CONNECT")]),
        malformed(
            "RFC 8441", ":protocol that was never offered",
            [(":protocol", "websocket")] + replacing(":method", "CONNECT")),
    ]

    static let bodies: [ConformanceCase] = [
        .init(
            "8.1", "trailers",
            [
                .open(1), .data(1, RawFrame.message([1])),
                .headers(1, [("x", "y")], endStream: true),
            ],
            .harmless),
        .init(
            "8.1", "a second HEADERS that does not end the stream",
            [.open(1), .headers(1, [("x", "y")])], .reset(1, code: Code.protocolError)),
        .init(
            "8.1", "a pseudo-header in trailers",
            [.open(1), .headers(1, [(":method", "POST")], endStream: true)],
            .reset(1, code: Code.protocolError)),
        .init(
            "8.1", "an upper-case name in trailers",
            [.open(1), .headers(1, [("X", "y")], endStream: true)],
            .reset(1, code: Code.protocolError)),
        .init(
            "8.1", "connection in trailers",
            [.open(1), .headers(1, [("connection", "close")], endStream: true)],
            .reset(1, code: Code.protocolError)),
        .init(
            "8.1.1", "content-length that is right",
            [
                .headers(1, good + [("content-length", "6")]),
                .data(1, RawFrame.message([1]), endStream: true),
            ], .harmless),
        .init(
            "8.1.1", "content-length shorter than the body",
            [.headers(1, good + [("content-length", "5")]), .data(1, RawFrame.message([1]))],
            .reset(1, code: Code.protocolError)),
        .init(
            "8.1.1", "content-length longer than the body",
            [
                .headers(1, good + [("content-length", "7")]),
                .data(1, RawFrame.message([1]), endStream: true),
            ], .reset(1, code: Code.protocolError)),
        .init(
            "8.1.1", "content-length over several frames",
            [
                .headers(1, good + [("content-length", "7")]), .data(1, RawFrame.message([1])),
                .data(1, RawFrame.message([1]), endStream: true),
            ], .reset(1, code: Code.protocolError)),
        .init(
            "8.1.1", "content-length longer than a body that trailers end",
            [
                .headers(1, good + [("content-length", "7")]), .data(1, RawFrame.message([1])),
                .headers(1, [("x", "y")], endStream: true),
            ], .reset(1, code: Code.protocolError)),
        .init(
            "8.1.1", "content-length without a body",
            [.request(good + [("content-length", "7")])], .reset(1, code: Code.protocolError)),
        malformed("8.1.1", "content-length that is no number", good + [("content-length", "x")]),
        malformed(
            "8.1.1", "two different content-lengths",
            good + [("content-length", "0"), ("content-length", "1")]),
    ]

    @Test(arguments: fields + pseudo + bodies)
    func malformedRequestsAreStreamErrors(_ item: ConformanceCase) throws { try item.check() }

    /// Section 8.1.1: a malformed request reaches no handler.
    @Test(arguments: [
        [("X-Upper", "a")], [("connection", "close")], [("x", "a\u{0}")], [("x", " a")],
    ])
    func malformedRequestsReachNoHandler(extra: [(String, String)]) throws {
        let bench = try SessionBench()
        try bench.greet()
        _ = try bench.exchange(
            .call(1, "/test.Echo/Silent", extra: extra),
            .data(1, RawFrame.message([1]), endStream: true))
        #expect(bench.environment.counters.callsStarted.value == 0)
        #expect(bench.log.startedCount == 0)
        #expect(bench.session?.openCalls == 0)
    }

    /// Section 8.5: a proxy this is not.
    @Test func connectIsRefusedByStatus() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(
            .headers(1, [(":method", "CONNECT"), (":authority", "a:443")]))
        #expect(bench.headers(frames, 1).first?[":status"] == "405")
    }

    /// What is no call is answered once it has ended, so that its faults are seen first; with a body
    /// that obeys the peer's window like any other.
    @Test func aRequestThatIsNoCallIsAnsweredAfterItsEndWithABody() throws {
        let bench = try SessionBench()
        try bench.greet()
        _ = try bench.exchange(.setting(4, 3))
        let get = [
            (":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "test"),
        ]
        #expect(try bench.exchange(.headers(1, get), .data(1, [1, 2])).isEmpty)
        let frames = try bench.exchange(.data(1, [3], endStream: true))
        #expect(bench.headers(frames, 1).first?[":status"] == "405")
        #expect(bench.body(frames, 1) == Array("a c".utf8))
        let rest = try bench.exchange(.windowUpdate(1, 100))
        #expect(bench.body(rest, 1) == Array("all is a POST".utf8))
        #expect(rest.last?.endsStream == true)
        #expect(bench.session?.openCalls == 0)
        let head = [(":method", "HEAD")] + get.dropFirst()
        let answer = try bench.exchange(.headers(3, head, endStream: true))
        #expect(answer.map(\.kind) == [1])
        #expect(answer.first?.endsStream == true)
    }

    /// One that never ends is answered in the end.
    @Test func aRequestThatIsNoCallAndNeverEndsIsAnsweredByTheClock() throws {
        let bench = try SessionBench()
        try bench.greet()
        let post = [
            (":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "test"),
        ]
        _ = try bench.exchange(.headers(1, post))
        bench.advance(ms: 30_000)
        let frames = try bench.answer()
        #expect(bench.headers(frames, 1).first?[":status"] == "415")
        #expect(frames.last?.endsStream == true)
    }

    /// Section 8.1: an answer that is complete before its request asks for no more of it.
    @Test func anEarlyAnswerEndsWithResetNoError() throws {
        let bench = try SessionBench()
        try bench.greet()
        let frames = try bench.exchange(.call(1, "/no.Such/Method"))
        let own = frames.filter { $0.stream == 1 }
        #expect(own.map(\.kind) == [1, 3])
        #expect(own.last?.errorCode == 0)
    }
}
