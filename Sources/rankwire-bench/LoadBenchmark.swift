import ArgumentParser
import Base
import Foundation
import RPC

/// `rankwire-bench load`: an open-loop load generator for a running server.
struct LoadBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Asks a running server at given rates and says how long answers took.")

    @Option(help: "The server: HOST:PORT or unix:PATH.")
    var server = "127.0.0.1:7420"

    @Option(help: "File with a text a line; requests take them in turn.")
    var texts: String

    @Option(help: "What is asked: classify or score.")
    var method = LoadMethod.classify

    @Option(help: "Items of a score request.")
    var items = 20

    @Option(help: "Requests a second; several, separated by commas, are run one after another.")
    var rate: String?

    @Option(help: "When they are sent: poisson, uniform or bursty.")
    var arrivals = ArrivalPattern.poisson

    @Option(help: "Instead of --rate: milliseconds from the start, one a line.")
    var replay: String?

    @Option(help: "Instead of --rate: keep so many requests under way, to find what is the most.")
    var saturate: Int?

    @Option(help: "How long each rate is run.")
    var seconds = 10.0

    @Option(help: "Deadline of every request; without it they wait.")
    var deadlineMs: Int?

    @Option(help: "Of a hundred requests, cancelled within some milliseconds.")
    var cancelPercent = 0.0

    @Option(help: "Connections, used in turn.")
    var connections = 4

    @Option(help: "Decides the arrivals and the cancelled.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "What the server fills batches up to, as it says when it starts: what its scheduler's "
                + "rules alone would give is put beside. For classify and a server without a cache.",
            valueName: "tokens"))
    var forecast: Int?

    @Option(help: "Workers of the server, for --forecast.")
    var workers = 1

    @Flag(help: "Prints JSON.")
    var json = false

    @Option(help: "Writes PREFIX-load.svg and PREFIX-histogram.svg.")
    var svg: String?

    func validate() throws {
        guard [rate != nil, replay != nil, saturate != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("give one of --rate, --replay and --saturate")
        }
        guard (1...1_000).contains(items), (1...256).contains(connections),
            (1...256).contains(workers), (1...10_000).contains(saturate ?? 1),
            seconds > 0 && seconds <= 86_400, (0...100).contains(cancelPercent),
            (1...3_600_000).contains(deadlineMs ?? 1), (1...1_000_000).contains(forecast ?? 1)
        else { throw ValidationError("a number is out of its range") }
        if forecast != nil, method != .classify || saturate != nil {
            throw ValidationError("--forecast is for classify, and not for --saturate")
        }
        _ = try rates()
    }

    func run() throws {
        do {
            let texts = try TextFile.lines(texts)
            let requests = LoadRequests(method, texts: texts, itemsPerRequest: items)
            let driver = try LoadDriver(target: ClientTarget(server), connections: connections)
            let reports = try measure(driver, forecast == nil ? requests : requests.withAnswersRead)
            driver.close()
            print(json ? try LoadReport.json(reports) : LoadReport.table(reports))
            if let svg {
                try LoadPlots.write(reports, prefix: svg)
            }
        } catch let fault as Fault {
            throw ValidationError(fault.message)
        }
    }

    private func measure(_ driver: LoadDriver, _ requests: LoadRequests) throws -> [LoadReport] {
        let options = LoadOptions(
            deadlineMs: deadlineMs, cancelPercent: cancelPercent, seed: seed)
        if let saturate {
            let record = try driver.saturate(
                requests, inFlight: saturate, seconds: seconds, options)
            return [LoadReport(record, seconds: seconds)]
        }
        let plans: [(offsets: [UInt64], seconds: Double)]
        if let replay {
            let offsets = try ArrivalFile.read(replay)
            plans = [(offsets, max(0.001, Double(offsets.last ?? 0) / 1e9))]
        } else {
            plans = try rates().map {
                (arrivals.offsets(ratePerSecond: $0, seconds: seconds, seed: seed), seconds)
            }
        }
        return try plans.map { plan in
            guard let forecast else {
                let record = try driver.run(requests, offsets: plan.offsets, options)
                return LoadReport(record, seconds: plan.seconds)
            }
            let alone = try driver.run(
                requests, offsets: LoadForecast.aloneOffsets, LoadOptions(seed: seed))
            let record = try driver.run(requests, offsets: plan.offsets, options)
            let model = try LoadForecast(
                run: record, alone: alone, batchTokens: forecast, workers: workers)
            let latencies = model.latencies(
                offsets: plan.offsets, textCount: requests.messages.count, deadlineMs: deadlineMs,
                seed: seed)
            return LoadReport(
                record, seconds: plan.seconds, forecast: LoadReport.Forecast(latencies, model))
        }
    }

    private func rates() throws -> [Double] {
        try (rate ?? "").split(separator: ",").map { part in
            guard let rate = Double(part), rate > 0, rate <= 1e6 else {
                throw ValidationError("--rate: \"\(part)\" is not a rate")
            }
            return rate
        }
    }
}
