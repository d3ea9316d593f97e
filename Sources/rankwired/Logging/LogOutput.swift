// Where log lines go: standard error, one line each, as text for people or as JSON for machines. One
// level for all, which a reload may change.

import Foundation
import Glibc
import Logging
import Synchronization

final class LogOutput: Sendable {
    enum Format: String, Sendable {
        case text, json
    }

    private let format: Format
    private let state: Mutex<Logger.Level>

    init(format: Format, level: Logger.Level) {
        self.format = format
        state = Mutex(level)
    }

    var level: Logger.Level {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    func write(_ level: Logger.Level, _ message: String, _ fields: [(key: String, value: String)]) {
        let line =
            switch format {
            case .text: Self.text(level, message, fields)
            case .json: Self.json(level, message, fields)
            }
        var bytes = Array(line.utf8)[...]
        // The lock keeps lines whole. What cannot be written has nobody left to read it.
        state.withLock { _ in
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { return }
                bytes = bytes.dropFirst(count)
            }
        }
    }

    private static func text(
        _ level: Logger.Level, _ message: String, _ fields: [(key: String, value: String)]
    ) -> String {
        let name = level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        let pairs = fields.map { " \($0.key)=\(quotedIfNeeded($0.value))" }.joined()
        return "\(timestamp()) \(name) \(message)\(pairs)\n"
    }

    private static func json(
        _ level: Logger.Level, _ message: String, _ fields: [(key: String, value: String)]
    ) -> String {
        let all = [("time", timestamp()), ("level", level.rawValue), ("message", message)] + fields
        let members = all.map { key, value in "\(quoted(key)):\(number(value) ?? quoted(value))" }
        return "{\(members.joined(separator: ","))}\n"
    }

    /// RFC 3339 in UTC, with milliseconds.
    private static func timestamp() -> String {
        Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x7F }
        return isPlain && !value.isEmpty ? value : quoted(value)
    }

    /// Durations and counts are numbers in JSON too.
    private static func number(_ value: String) -> String? {
        guard let first = value.utf8.first, first >= 0x30, first <= 0x39, value.utf8.count < 18,
            value.utf8.allSatisfy({ $0 == 0x2E || ($0 >= 0x30 && $0 <= 0x39) }),
            first != 0x30 || value == "0" || value.hasPrefix("0."), !value.hasSuffix("."),
            value.utf8.count(where: { $0 == 0x2E }) < 2
        else { return nil }
        return value
    }

    /// As a JSON string (RFC 8259, section 7).
    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7F}":
                text += String(format: "\\u%04x", scalar.value)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

/// swift-log's way to the output. Its level is the output's.
struct OutputLogHandler: LogHandler {
    let output: LogOutput
    var metadata: Logger.Metadata = [:]

    var logLevel: Logger.Level {
        get { output.level }
        set { output.level = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        output.write(
            event.level, event.message.description,
            all.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) })
    }
}
