// How answers look to a person: tables whose columns fit what is in them, and bars for contributions.
// Colour only where a terminal shows it and NO_COLOR (no-color.org) is not set.

import Foundation

enum Terminal {
    static let isColored =
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

    static func bold(_ text: String) -> String { styled(text, "1") }
    static func dim(_ text: String) -> String { styled(text, "2") }
    static func green(_ text: String) -> String { styled(text, "32") }
    static func red(_ text: String) -> String { styled(text, "31") }

    private static func styled(_ text: String, _ code: String) -> String {
        isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// A bar of eighths of a character (U+2588..U+258F): `fraction` 1 is `width` characters.
    static func bar(_ fraction: Double, width: Int) -> String {
        let eighths = Int((max(0, min(1, fraction)) * Double(width * 8)).rounded())
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + partial
    }

    /// One character (U+2581..U+2588) as high as `fraction`; a dot for nothing.
    static func block(_ fraction: Double) -> String {
        let blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        return fraction <= 0 ? "·" : blocks[min(7, max(0, Int((fraction * 8).rounded(.up)) - 1))]
    }

    static func percent(_ probability: Float) -> String {
        String(format: "%.1f%%", Double(probability) * 100)
    }

    static func signed(_ number: Float) -> String { String(format: "%+.2f", Double(number)) }

    /// 1234567 nanoseconds -> "1.23 ms".
    static func duration(nanoseconds: Int64) -> String {
        switch Double(nanoseconds) {
        case ..<1_000: "\(nanoseconds) ns"
        case ..<1_000_000: String(format: "%.1f µs", Double(nanoseconds) / 1e3)
        case ..<1_000_000_000: String(format: "%.2f ms", Double(nanoseconds) / 1e6)
        default: String(format: "%.2f s", Double(nanoseconds) / 1e9)
        }
    }

    static func grouped(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// One of `count` that are alike: "coffee and 2 like it".
    static func group(_ leader: String, of count: Int) -> String {
        count > 1 ? "\(leader) and \(grouped(count - 1)) like it" : leader
    }

    /// Control characters of a reply do not reach the terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
                }))
    }
}

/// Prints lines of an answer.
func printLines(_ lines: [String]) {
    for line in lines { print(line) }
}

/// Rows under headers; numbers to the right, texts to the left and cut at `maxWidth`.
struct Table {
    struct Column {
        var header: String
        var isNumber = false
        var maxWidth = 48
    }

    var columns: [Column]
    private var rows: [(cells: [String], below: [String])] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// - Parameter below: lines that belong to the row and are printed under it.
    mutating func add(_ cells: [String], below: [String] = []) {
        precondition(cells.count == columns.count, "one cell per column")
        rows.append((zip(cells, columns).map { Self.cut($0, to: $1.maxWidth) }, below))
    }

    var lines: [String] {
        let widths = columns.indices.map { i in
            (rows.map { $0.cells[i].count } + [columns[i].header.count]).max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { i in
                let padding = String(repeating: " ", count: widths[i] - cells[i].count)
                return columns[i].isNumber ? padding + cells[i] : cells[i] + padding
            }
            var text = padded.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return text
        }
        return [Terminal.bold(line(columns.map(\.header)))]
            + rows.flatMap { [line($0.cells)] + $0.below }
    }

    private static func cut(_ text: String, to width: Int) -> String {
        let text = Terminal.printable(text)
        return text.count <= width ? text : text.prefix(width - 1) + "…"
    }
}
