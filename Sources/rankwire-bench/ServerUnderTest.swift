import Base
import Foundation
import Glibc

/// A rankwired of our own on one core.
final class ServerUnderTest {
    /// HOST:PORT.
    let address: String
    private let process = Process()

    private static let startSeconds = 120.0
    /// Of a second, that an idle server computes at most.
    private static let idleShare = 0.05

    init(program: String, core: Int, bundle: String, store: String) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "taskset", "--cpu-list", "\(core)", program, "--listen", "127.0.0.1:0", "--bundle",
            bundle,
            "--store", store,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let until = Date(timeIntervalSinceNow: Self.startSeconds)
        var said = ""
        var found: String?
        while found == nil, Date() < until {
            let bytes = output.fileHandleForReading.availableData
            if bytes.isEmpty { break }
            said += String(decoding: bytes, as: UTF8.self)
            found = said.firstMatch(of: /listening on (127\.0\.0\.1:\d+)/).map { String($0.1) }
        }
        guard let found else {
            process.terminate()
            throw Fault(.unavailable, reason: "NO_SERVER", "the server did not start:\n\(said)")
        }
        address = found
        // What it says from here on is nobody's business, and must not fill the pipe.
        output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    /// Waits until the server has nothing left to do of its own: after a start it reads from the journal
    /// what it has not learnt yet, at low priority but on the same core.
    /// - Returns: seconds waited.
    func settle() throws -> Double {
        let start = Date()
        var before = try processorSeconds()
        while Date().timeIntervalSince(start) < Self.startSeconds {
            Thread.sleep(forTimeInterval: 1)
            let now = try processorSeconds()
            if now - before < Self.idleShare { return Date().timeIntervalSince(start) }
            before = now
        }
        throw Fault(
            .unavailable, reason: "NOT_SETTLED",
            "the server computes by itself after \(Int(Self.startSeconds)) s")
    }

    /// Of its user and system time so far (proc(5), `/proc/pid/stat`).
    private func processorSeconds() throws -> Double {
        let text = try String(
            contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
        // The program's name, in brackets, may have blanks; user and system time are the 12th and 13th after.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        let ticks = fields.dropFirst(12).prefix(2).compactMap { Double($0) }.reduce(0, +)
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Keeps this process off the server's core where there is another.
    static func leave(core: Int) throws {
        let others = (0..<ProcessInfo.processInfo.activeProcessorCount).filter { $0 != core }
        if others.isEmpty { return }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "taskset", "--all-tasks", "--pid", "--cpu-list",
            others.map { "\($0)" }.joined(separator: ","),
            "\(ProcessInfo.processInfo.processIdentifier)",
        ]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}
