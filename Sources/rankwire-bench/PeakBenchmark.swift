import ArgumentParser
import Foundation
import Inference

/// `rankwire-bench peak`: what the machine and the bare matrix product can do.
struct PeakBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peak",
        abstract: "Measures the core's int8 peak and the bare product at an encoder's shapes.")

    @Option(help: "Token rows, separated by commas.")
    var rows = "1,8,16,32,64,128,512"

    @Option(help: "The model's width.")
    var hidden = 384

    @Option(help: "The feed-forward layer's width.")
    var intermediate = 1536

    @Option(help: "Seconds a count of rows.")
    var seconds = 0.5

    @Flag(help: "Prints JSON.")
    var json = false

    private struct Report: Encodable {
        var instructionSet: String
        /// Billions of multiply-adds a second.
        var int8Peak: Double?
        var bareProducts: [String: Double]
    }

    func validate() throws {
        for width in [hidden, intermediate] where width < 64 || width > 16_384 || width % 64 != 0 {
            throw ValidationError("widths must be multiples of 64 up to 16384")
        }
        guard !counts.isEmpty, counts.allSatisfy({ (1...65_536).contains($0) }) else {
            throw ValidationError("--rows must be counts from 1 to 65536")
        }
        guard seconds >= 0 && seconds <= 3600 else {
            throw ValidationError("--seconds must be 0 to 3600")
        }
    }

    private var counts: [Int] { rows.split(separator: ",").map { Int($0) ?? 0 } }

    func run() throws {
        let instructionSet = try InstructionSet.selected()
        guard let probe = KernelProbe(instructionSet) else { return }
        let giga = { (rate: Double) in rate / 1e9 }
        var report = Report(
            instructionSet: instructionSet.rawValue, int8Peak: KernelProbe.int8Peak().map(giga),
            bareProducts: [:])
        for count in counts {
            report.bareProducts["\(count)"] = giga(
                probe.bareProducts(
                    rows: count, hidden: hidden, intermediate: intermediate, seconds: seconds))
        }
        print(json ? try jsonText(report) : text(report))
    }

    private func jsonText(_ report: Report) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }

    private func text(_ report: Report) -> String {
        let peak = report.int8Peak.map { String(format: "%.0f", $0) } ?? "unknown"
        var lines = ["\(report.instructionSet): int8 peak \(peak) billion multiply-adds/s"]
        for count in counts {
            guard let rate = report.bareProducts["\(count)"] else { continue }
            let share = report.int8Peak.map { String(format: "%3.0f%%", rate / $0 * 100) } ?? ""
            lines.append(String(format: "%6d rows  %6.0f  \(share)", count, rate))
        }
        return lines.joined(separator: "\n")
    }
}
