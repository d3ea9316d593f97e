import ArgumentParser
import Base
import Foundation
import Messages
import RPC
import Store

/// `rankwire-bench ads`: what a bidder gets of a server on one core. Puts ads with rules, caps and budgets
/// into a copy of a store, starts the server, asks at given rates and says how long answers took.
struct AdBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ads",
        abstract: "Asks a server on one core to rank ads, open loop. Changes the store.")

    @Option(help: "A copy of a store, sqlite:PATH.") var store: String
    @Option(help: "The bundle its texts were encoded with.") var bundle: String
    @Option(help: "File with a user's identifier a line, or a CSV that begins with one.")
    var users: String
    @Option(help: "The server's program.") var rankwired: String
    @Option(help: "The core that the server runs on.") var core = 0
    @Option(help: "Ads in the catalogue.") var ads = 10_000
    @Option(help: "Candidates of a request.") var candidates = 1_000
    @Option(help: "Requests a second of the first measurement.") var rate = 1_000.0
    @Option(help: "What a caller waits.") var tmaxMs = 10
    @Option(help: "How long each rate is run.") var seconds = 10.0
    @Option(help: "Decides ads, candidates and arrivals.") var seed: UInt64 = 1
    @Flag(help: "Prints JSON.") var json = false

    /// Under way at once, to find what is the most.
    private static let saturating = 32

    func validate() throws {
        guard (1...1_000_000).contains(ads), (1...10_000).contains(candidates), candidates <= ads,
            (1...60_000).contains(tmaxMs), (0..<1_024).contains(core), rate > 0, rate <= 1e6,
            seconds > 0, seconds <= 3_600
        else { throw ValidationError("a number is out of its range") }
    }

    func run() throws {
        do {
            let path = try SQLiteStore.path(fromURI: store)
            try AdWorkload.fill(path, adCount: ads, seed: seed)
            let workload = AdWorkload(
                users: try AdWorkload.users(in: users), adCount: ads, candidates: candidates,
                tmaxMs: tmaxMs, seed: seed)
            let server = try ServerUnderTest(
                program: rankwired, core: core, bundle: bundle, store: store)
            defer { server.stop() }
            try ServerUnderTest.leave(core: core)
            try measure(workload, ClientTarget(server.address), server)
        } catch let fault as Fault {
            throw ValidationError(fault.message)
        }
    }

    private func measure(
        _ workload: AdWorkload, _ target: ClientTarget, _ server: ServerUnderTest
    ) throws {
        let driver = try LoadDriver(target: target, connections: 4)
        let check = try workload.check(target)
        // Profiles come into memory.
        _ = try run(driver, workload, rate: min(rate, 200), seconds: 2)
        let settledSeconds = try server.settle()
        var reports = [try run(driver, workload, rate: rate, seconds: seconds)]
        let full = try driver.saturate(
            workload.requests(hasLimit: false), inFlight: Self.saturating, seconds: seconds / 2,
            LoadOptions(seed: seed))
        let most = Double(full.statuses[.ok] ?? 0) / (seconds / 2)
        for part in [0.7, 1.5] {
            reports.append(
                try run(driver, workload, rate: most * part, seconds: seconds, part: part))
        }
        driver.close()
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            print(String(decoding: try encoder.encode(reports), as: UTF8.self))
        } else {
            print(
                "\(ads) ads, \(candidates) candidates, \(workload.describe(check)); at most "
                    + "\(Int(most)) whole answers/s; settled after \(Int(settledSeconds)) s")
            print(AdReport.table(reports, tmaxMs: tmaxMs))
        }
    }

    private func run(
        _ driver: LoadDriver, _ workload: AdWorkload, rate: Double, seconds: Double,
        part: Double? = nil
    ) throws -> AdReport {
        let offsets = ArrivalPattern.poisson.offsets(
            ratePerSecond: rate, seconds: seconds, seed: seed)
        let record = try driver.run(
            workload.requests(hasLimit: true), offsets: offsets,
            LoadOptions(deadlineMs: tmaxMs, seed: seed))
        return AdReport(record, rate: rate, part: part)
    }
}

/// What one rate gave.
struct AdReport: Encodable {
    var ratePerSecond: Double
    /// Of the most that the server can answer whole; nil for a rate that was given.
    var partOfMost: Double?
    var sent: Int
    var whole: Int
    var partial: Int
    var refused: Int
    /// Answers, from the moment the request was sent, that took longer than `tmax`.
    var late: Int
    var failed: Int
    var serverP50Microseconds: Double
    var serverP99Microseconds: Double
    var p50Ms: Double
    var p99Ms: Double
    var maxMs: Double
    /// The generator's own lateness.
    var sendP99Ms: Double

    init(_ record: LoadRecord, rate: Double, part: Double?) {
        let answered = record.statuses[.ok] ?? 0
        ratePerSecond = rate
        partOfMost = part
        sent = record.sent
        partial = record.partial
        whole = answered - record.partial
        refused = record.statuses[.resourceExhausted] ?? 0
        // A call whose deadline comes first ends without the answer.
        let expired = record.statuses[.deadlineExceeded] ?? 0
        late = record.late + expired
        failed = record.sent - answered - refused - expired
        serverP50Microseconds = record.serverTime.milliseconds(50) * 1_000
        serverP99Microseconds = record.serverTime.milliseconds(99) * 1_000
        p50Ms = record.answered.milliseconds(50)
        p99Ms = record.answered.milliseconds(99)
        maxMs = record.answered.milliseconds(100)
        sendP99Ms = record.sendDelay.milliseconds(99)
    }

    static func table(_ reports: [AdReport], tmaxMs: Int) -> String {
        var rows = [
            [
                "requests/s", "of most", "sent", "whole", "partial", "refused",
                "over \(tmaxMs) ms", "failed", "server p50 us", "p99", "whole call p50 ms", "p99",
                "max", "send p99",
            ]
        ]
        for report in reports {
            rows.append([
                "\(Int(report.ratePerSecond))",
                report.partOfMost.map { "\(Int($0 * 100))%" } ?? "-", "\(report.sent)",
                "\(report.whole)", "\(report.partial)", "\(report.refused)", "\(report.late)",
                "\(report.failed)", String(format: "%.0f", report.serverP50Microseconds),
                String(format: "%.0f", report.serverP99Microseconds),
                String(format: "%.3f", report.p50Ms), String(format: "%.3f", report.p99Ms),
                String(format: "%.2f", report.maxMs), String(format: "%.2f", report.sendP99Ms),
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { cell, width in
                String(repeating: " ", count: width - cell.count) + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
