// The load generator at a size that runs with the tests, against a server of its own.

import Base
import Foundation
import RPC
import Testing

@testable import rankwire_bench

@Suite("Load generator")
struct LoadGeneratorTests {
    /// Refuses every third call, answers the others.
    private final class Answering: CallHandler {
        private var calls = 0

        func received(_ message: RawSpan, on call: ServerCall) {
            calls += 1
            if calls % 3 == 0 { return call.fail(.resourceExhausted, "full") }
            call.send([UInt8]())
            call.finish()
        }
    }

    private func withServer(_ body: (ClientTarget) throws -> Void) throws {
        var bound: (port: Int, server: LoopConfined<Server>)?
        let thread = try LoopThread(returning: &bound) { loop in
            var methods = MethodRegistry()
            let handler = LoopConfined(Answering(), to: loop.mailbox)
            methods.register(LoadMethod.classify.path, kind: .unary) { _ in handler.value }
            let server = Server(
                configuration: ServerConfiguration(), methods: methods, loop: loop)
            let port = try server.listen(host: "127.0.0.1", port: 0)
            return (port, LoopConfined(server, to: loop.mailbox))
        }
        try body(.tcp(host: "127.0.0.1", port: try #require(bound).port))
        thread.join()
    }

    private let requests = LoadRequests(.classify, texts: ["a", "b"], itemsPerRequest: 1)

    @Test("every arrival is sent once and every answer counted")
    func openLoop() throws {
        try withServer { target in
            let driver = try LoadDriver(target: target, connections: 2)
            let offsets = (0..<60).map { UInt64($0) * 100_000 }
            let record = try driver.run(requests, offsets: offsets, LoadOptions())
            let report = LoadReport(record, seconds: 1)
            #expect(report.statuses == ["OK": 40, "RESOURCE_EXHAUSTED": 20])
            #expect(report.answered.count == 40 && report.refused.count == 20)
            #expect(report.sendDelay.count == 60)
            #expect(report.buckets.reduce(0) { $0 + $1.count } == 40)
            driver.close()
        }
    }

    @Test("a request's latency counts from when it was meant to be sent")
    func coordinatedOmission() throws {
        try withServer { target in
            let driver = try LoadDriver(target: target, connections: 1)
            // All at one moment, however long sending them takes.
            let record = try driver.run(
                requests, offsets: Array(repeating: 0, count: 30), LoadOptions())
            let report = LoadReport(record, seconds: 1)
            #expect(report.answered.maxMs >= report.sendDelay.maxMs)
            driver.close()
        }
    }

    @Test("where nobody listens it says so")
    func noServer() throws {
        let error = #expect(throws: Fault.self) {
            _ = try LoadDriver(target: .unix(path: "/nonexistent/socket"), connections: 1)
        }
        #expect(error?.reason == "NO_CONNECTION")
    }

    @Test(
        "arrivals are decided by the seed and come at the rate", arguments: ArrivalPattern.allCases)
    func arrivals(pattern: ArrivalPattern) {
        let offsets = pattern.offsets(ratePerSecond: 1_000, seconds: 20, seed: 3)
        #expect(offsets == pattern.offsets(ratePerSecond: 1_000, seconds: 20, seed: 3))
        #expect(offsets == offsets.sorted())
        #expect((17_000...23_000).contains(offsets.count))
    }

    @Test("a bad file of arrivals is refused with its line")
    func replay() throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "arrivals-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "0\n1.5\n2\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try ArrivalFile.read(path) == [0, 1_500_000, 2_000_000])
        for bad in ["0\nx\n", "2\n1\n", "-1\n"] {
            try bad.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(throws: (any Error).self) { try ArrivalFile.read(path) }
        }
    }

    @Test("plots are well-formed XML without a number that is none")
    func plots() throws {
        let plot = LogPlot(
            title: "t", xLabel: "x", yLabel: "y", isXLogarithmic: true, isYLogarithmic: false,
            series: [
                .init(name: "one", color: "#000", isDashed: true, points: [(0.1, 0), (10, 3)]),
                .init(name: "none", color: "#000", isDashed: false, points: []),
            ])
        #expect(!plot.svg.contains("nan") && !plot.svg.contains("inf"))
        #expect(XMLBalance.isBalanced(plot.svg))
    }
}

/// Enough of XML to see that every element is closed.
private enum XMLBalance {
    static func isBalanced(_ text: String) -> Bool {
        var open: [Substring] = []
        for part in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) {
            guard let end = part.firstIndex(of: ">") else { return false }
            let tag = part[..<end]
            if tag.hasSuffix("/") { continue }
            let name = tag.prefix { $0 != " " }
            if name.hasPrefix("/") {
                if open.popLast() != name.dropFirst() { return false }
            } else {
                open.append(name)
            }
        }
        return open.isEmpty
    }
}
