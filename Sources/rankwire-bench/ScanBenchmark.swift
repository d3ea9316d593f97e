import ArgumentParser
import Base
import Foundation
import Inference

/// `rankwire-bench scan`: the exact scan of a large catalogue, beside a loop that only reads as much.
struct ScanBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Scans a mapped segment of random vectors, and reads it plainly in between.")

    @Option(help: "Vectors.") var rows = 1_000_000
    @Option(help: "Values of a vector.") var dimension = 384
    @Option(help: "Queries that share the pass; separated by commas.") var queries = "1,4,8"
    @Option(help: "How many rows each query finds.") var count = 100
    @Option(help: "Passes of each, interleaved with passes of the read loop.") var passes = 9
    @Option(help: "Of the random vectors.") var seed: UInt64 = 1
    @Flag(help: "Prints JSON.") var json = false

    private struct Report: Encodable {
        struct Scan: Encodable {
            var queries: Int
            var milliseconds: Double
            var gigabytesPerSecond: Double
            var shareOfRead: Double
        }

        var instructionSet: String
        var rows: Int
        var megabytes: Double
        var readGigabytesPerSecond: Double
        var scans: [Scan]
        /// Of rows and similarities found.
        var checksum: String
        var agreesWithNaive: Bool
    }

    func validate() throws {
        guard (1...10_000_000).contains(rows), (1...4_096).contains(dimension), passes > 0,
            (1...10_000).contains(count)
        else { throw ValidationError("a number is out of range") }
        guard !queryCounts.isEmpty,
            queryCounts.allSatisfy({ (1...VectorScan.maxQueries).contains($0) })
        else { throw ValidationError("--queries are counts from 1 to \(VectorScan.maxQueries)") }
    }

    private var queryCounts: [Int] { queries.split(separator: ",").map { Int($0) ?? 0 } }

    func run() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "rankwire-scan-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var random = SeededRandom(seed: seed)
        let path = folder.appending(path: "vectors").path
        try ScanWorkload.write(rows: rows, dimension: dimension, path: path, random: &random)
        let segment = try VectorSegment(path: path, dimension: dimension)
        let table = Int8VectorTable(segment: segment)
        let vectors = (0..<(queryCounts.max() ?? 1)).map { _ in
            ScanWorkload.vector(dimension, &random)
        }
        let report = measure(table, segment, vectors)
        guard report.agreesWithNaive else {
            throw Fault(.internal, reason: "", "the scan and the naive one differ")
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            print(text(report))
        }
    }

    private func measure(
        _ table: Int8VectorTable, _ segment: VectorSegment, _ vectors: [Int8Vector]
    ) -> Report {
        var reads: [Double] = []
        var scans = [[Double]](repeating: [], count: queryCounts.count)
        var found = [[[VectorScan.Hit]]](repeating: [], count: queryCounts.count)
        for _ in 0..<passes {
            for (i, queryCount) in queryCounts.enumerated() {
                reads.append(seconds { _ = KernelProbe.read(segment) })
                scans[i].append(
                    seconds {
                        var scan = VectorScan(
                            table, queries: Array(vectors.prefix(queryCount)), count: count)
                        while !scan.isDone { scan.advance(maxRows: 16_384) }
                        found[i] = scan.nearest()
                    })
            }
        }
        let bytes = Double(rows * dimension)
        let read = bytes / median(reads) / 1e9
        return Report(
            instructionSet: InstructionSet.current.rawValue, rows: rows, megabytes: bytes / 1e6,
            readGigabytesPerSecond: read,
            scans: zip(queryCounts, scans).map { queryCount, times in
                let rate = bytes / median(times) / 1e9
                return Report.Scan(
                    queries: queryCount, milliseconds: median(times) * 1e3,
                    gigabytesPerSecond: rate, shareOfRead: rate / read)
            }, checksum: ScanWorkload.checksum(found),
            agreesWithNaive: found.allSatisfy { hits in
                zip(hits, vectors).allSatisfy {
                    ScanWorkload.naive(table, $0.1, count: count) == $0.0
                }
            })
    }

    private func seconds(_ work: () -> Void) -> Double {
        let start = SystemTime().now()
        work()
        return Double(SystemTime().now().nanoseconds(since: start)) / 1e9
    }

    private func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

    private func text(_ report: Report) -> String {
        var lines = [
            String(
                format: "%@: %d vectors of %d values, %.0f MB; plain reading %.1f GB/s",
                report.instructionSet, report.rows, dimension, report.megabytes,
                report.readGigabytesPerSecond)
        ]
        for scan in report.scans {
            lines.append(
                String(
                    format: "%3d queries  %7.2f ms  %6.1f GB/s  %3.0f%% of reading", scan.queries,
                    scan.milliseconds, scan.gigabytesPerSecond, scan.shareOfRead * 100))
        }
        lines.append("as the naive scan finds; checksum \(report.checksum)")
        return lines.joined(separator: "\n")
    }
}
