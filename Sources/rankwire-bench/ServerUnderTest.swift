import Base
import Foundation

/// A rankwired of our own on one core.
final class ServerUnderTest {
    /// HOST:PORT.
    let address: String
    private let process = Process()

    private static let startSeconds = 120.0

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
