import ArgumentParser
import Base
import Foundation

/// When requests are meant to be sent, decided before the first is: how long answers take cannot
/// change it.
enum ArrivalPattern: String, CaseIterable, ExpressibleByArgument {
    /// Independent callers: exponential gaps.
    case poisson
    /// Equal gaps.
    case uniform
    /// Poisson bursts of ten requests on average (geometric), each burst at one moment.
    case bursty

    private static let meanBurst = 10.0

    /// Nanoseconds from the start, rising.
    func offsets(ratePerSecond: Double, seconds: Double, seed: UInt64) -> [UInt64] {
        var random = SeededRandom(seed: seed)
        func gap(_ rate: Double) -> Double {
            -log(1 - Double.random(in: 0..<1, using: &random)) / rate
        }
        var offsets: [UInt64] = []
        var moment = 0.0
        while true {
            switch self {
            case .poisson: moment += gap(ratePerSecond)
            case .uniform: moment += 1 / ratePerSecond
            case .bursty:
                let isNewBurst = Double.random(in: 0..<1, using: &random) < 1 / Self.meanBurst
                if isNewBurst { moment += gap(ratePerSecond / Self.meanBurst) }
            }
            if moment >= seconds { return offsets }
            offsets.append(UInt64(moment * 1e9))
        }
    }
}

/// Arrivals recorded elsewhere: milliseconds from the start, one a line, not falling.
enum ArrivalFile {
    static func read(_ path: String) throws -> [UInt64] {
        var offsets: [UInt64] = []
        for (number, line) in try TextFile.lines(path).enumerated() {
            guard let ms = Double(line), ms >= 0, ms < 86_400_000 else {
                throw ValidationError("\(path):\(number + 1): \"\(line)\" is not milliseconds")
            }
            let offset = UInt64(ms * 1e6)
            guard offset >= offsets.last ?? 0 else {
                throw ValidationError("\(path):\(number + 1): is before the line above")
            }
            offsets.append(offset)
        }
        return offsets
    }
}

/// A text file of bounded size, without its empty lines.
enum TextFile {
    private static let limitBytes = 1 << 28

    static func lines(_ path: String) throws -> [String] {
        let data = try Data(contentsOf: URL(filePath: path))
        guard data.count <= limitBytes else {
            throw ValidationError("\(path) has \(data.count) bytes; at most \(limitBytes) are read")
        }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        guard !lines.isEmpty else { throw ValidationError("\(path) holds no line") }
        return lines
    }
}
