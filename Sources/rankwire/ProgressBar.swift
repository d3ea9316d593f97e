// Long steps show that they move. In a terminal one line of standard error is drawn over and over;
// elsewhere, as in a log, a plain line is written every few seconds.

import Foundation

/// One step's progress. Not for more than one thread at a time.
final class ProgressBar {
    private static let barWidth = 24
    private static let secondsPerRedraw = 0.1
    private static let secondsPerLine = 5.0

    private let label: String
    private let isTerminal: Bool
    private let start: Double
    private var lastShown: Double
    private var hasDrawn = false

    /// - Parameter label: what is being done, such as "encoding texts".
    init(_ label: String) {
        self.label = label
        isTerminal = isatty(STDERR_FILENO) == 1
        start = ProcessInfo.processInfo.systemUptime
        lastShown = isTerminal ? -.infinity : start
    }

    /// Shown when enough time has passed since the last; calling it often costs little.
    /// - Parameters:
    ///   - fraction: 0 to 1; nil when the end is not known.
    ///   - detail: numbers to show beside the bar, made only when they are shown.
    func show(_ fraction: Double?, detail: @autoclosure () -> String = "") {
        let now = ProcessInfo.processInfo.systemUptime
        guard now - lastShown >= (isTerminal ? Self.secondsPerRedraw : Self.secondsPerLine) else {
            return
        }
        lastShown = now
        hasDrawn = true
        write(line(fraction, detail(), elapsed: now - start))
    }

    /// The last line, with the time it took. Nothing for a step that was too short to be shown.
    func finish(detail: @autoclosure () -> String = "") {
        guard hasDrawn else { return }
        let elapsed = ProcessInfo.processInfo.systemUptime - start
        write(line(1, detail(), elapsed: elapsed), isLast: true)
    }

    /// ", 1,234/s" since the start; "" in the first moments.
    func rate(_ count: Int) -> String {
        let elapsed = ProcessInfo.processInfo.systemUptime - start
        guard elapsed > 0.5 else { return "" }
        return ", \(Terminal.grouped(Int(Double(count) / elapsed)))/s"
    }

    private func line(_ fraction: Double?, _ detail: String, elapsed: Double) -> String {
        var parts = [label]
        if let fraction {
            let share = max(0, min(1, fraction))
            if isTerminal {
                let bar = Terminal.bar(share, width: Self.barWidth)
                parts.append(bar + String(repeating: "·", count: max(0, Self.barWidth - bar.count)))
            }
            parts.append("\(Int((share * 100).rounded(.down)))%")
        }
        if !detail.isEmpty { parts.append(detail) }
        if let fraction, fraction > 0.01, fraction < 1, elapsed > 1 {
            parts.append("\(Self.time(elapsed / fraction - elapsed)) left")
        } else {
            parts.append(Self.time(elapsed))
        }
        return parts.joined(separator: "  ")
    }

    private func write(_ line: String, isLast: Bool = false) {
        // Back to the margin and clear to the end of the line (ECMA-48).
        let text = isTerminal ? "\r\u{1B}[K" + line + (isLast ? "\n" : "") : line + "\n"
        FileHandle.standardError.write(Data(text.utf8))
    }

    /// 95 -> "1:35"; under ten seconds with a tenth.
    private static func time(_ seconds: Double) -> String {
        if seconds < 10 { return String(format: "%.1f s", seconds) }
        let whole = Int(min(seconds, 359_999))
        if whole >= 3_600 {
            return String(format: "%d:%02d:%02d", whole / 3_600, whole / 60 % 60, whole % 60)
        }
        return String(format: "%d:%02d", whole / 60, whole % 60)
    }
}
