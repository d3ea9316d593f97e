import ArgumentParser
import Foundation

/// One sequence of token ids a line.
enum TokenIdFile {
    private static let limitBytes = 1 << 30

    static func read(_ path: String) throws -> [[Int32]] {
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        guard size <= limitBytes else {
            throw ValidationError("\(path) has \(size) bytes; at most \(limitBytes) are read")
        }
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        let lines = text.split(separator: "\n")
        guard !lines.isEmpty else { throw ValidationError("\(path) holds no sequence") }
        return try lines.enumerated().map { number, line in
            try line.split { $0 == " " || $0 == "," || $0 == "\t" }.map { word in
                guard let id = Int32(word) else {
                    throw ValidationError("\(path):\(number + 1): \"\(word)\" is not a token id")
                }
                return id
            }
        }
    }
}
