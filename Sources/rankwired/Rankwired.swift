// The server program: reads its settings, opens bundle and store, serves until SIGTERM or SIGINT.

import ArgumentParser
import Base
import Foundation
import Logging

@main
struct Rankwired: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rankwired",
        abstract: "Serves rankings, ads and intents over gRPC.",
        discussion: """
            Every setting is a flag, an environment variable (RANKWIRE_ and the name in upper case) \
            or a key of the configuration file, in this order. --check-config prints the effective \
            ones and where each comes from.
            """,
        version: serverVersion)

    @Option(help: "TCP address to listen on, HOST:PORT; port 0 lets the system choose.")
    var listen: String?

    @Option(help: "Path of a Unix socket to listen on.")
    var unixSocket: String?

    @Option(help: "Directory of the model bundle.")
    var bundle: String?

    @Option(help: "Catalogue and profiles: sqlite:PATH.")
    var store: String?

    @Option(
        help: """
            File with the master key of the store's seals; RANKWIRE_MASTER_KEY holds the key itself. \
            PATH.key when absent.
            """)
    var masterKeyFile: String?

    @Option(help: "Event loops, each with a thread; they share the TCP port.")
    var loops: String?

    @Option(help: "Encoder threads; 0 for one a core.")
    var workers: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    @Option(help: "text for people or json for machines, one line each.")
    var logFormat: String?

    @Option(help: "Calls that take so many milliseconds are logged with their timings; 0: none.")
    var slowCallMs: String?

    @Option(help: "Address of metrics, health and the page for people, HOST:PORT; none by default.")
    var adminListen: String?

    @Option(help: "How long calls may go on after SIGTERM, in milliseconds.")
    var drainTimeoutMs: String?

    @Option(help: "PEM file of the server's certificate and its chain; switches TLS on.")
    var tlsCertificateFile: String?

    @Option(help: "PEM file of the certificate's key.")
    var tlsKeyFile: String?

    @Option(help: "PEM file of authorities: clients show a certificate of one of them.")
    var tlsClientCaFile: String?

    @Option(help: "Whether clients must show one: required or optional.")
    var tlsClientCertificate: String?

    @Option(help: "Who may call, JSON lines; without it nobody but this machine.")
    var callersFile: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Any setting, e.g. limits.maxCandidates=5000.", valueName: "key=value"))
    var sets: [String] = []

    @Option(help: "A configuration file (JSON).")
    var config: String?

    @Flag(help: "Print the effective configuration and exit; 78 when something is wrong with it.")
    var checkConfig = false

    func run() async throws {
        let settings: Settings
        do { settings = try await loadSettings() } catch let error as SettingsError {
            throw fatal(78, error.problems)
        }
        if checkConfig {
            print(settings.report)
            return
        }
        let output = LogOutput(
            format: LogOutput.Format(rawValue: settings[.logFormat]) ?? .text,
            level: settings.logLevel ?? .info)
        LoggingSystem.bootstrap { _ in OutputLogHandler(output: output) }
        let logger = Logger(label: "rankwired")
        logger.info("configuration:\n\(settings.report)")
        if settings.number(.coreDumpsMemory) != 1 { CoreDumps.leaveOutMemory(logger) }
        do {
            let server = try ServerProcess(
                settings: settings, logger: logger, output: output,
                manager: try ServiceManager(environment: ProcessInfo.processInfo.environment),
                reread: loadSettings)
            try await server.run()
        } catch let fault as Fault {
            throw fatal(1, [fault.message])
        } catch {
            throw fatal(1, ["\(error)"])
        }
    }

    @Sendable private func loadSettings() async throws -> Settings {
        var flags: [String: String] = [:]
        let named: [(Setting, String?)] = [
            (.listen, listen), (.unixSocket, unixSocket), (.bundle, bundle), (.store, store),
            (.masterKeyFile, masterKeyFile), (.loops, loops), (.workers, workers),
            (.logLevel, logLevel), (.logFormat, logFormat), (.slowCallMs, slowCallMs),
            (.adminListen, adminListen),
            (.drainTimeoutMs, drainTimeoutMs), (.certificateFile, tlsCertificateFile),
            (.keyFile, tlsKeyFile), (.clientCaFile, tlsClientCaFile),
            (.clientCertificate, tlsClientCertificate), (.callersFile, callersFile),
        ]
        for (setting, value) in named { flags[setting.key] = value }
        for pair in sets {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw ValidationError("--set takes KEY=VALUE, not \"\(pair)\".")
            }
            flags[String(parts[0])] = String(parts[1])
        }
        let environment = ProcessInfo.processInfo.environment
        return try await Settings.load(
            flags: flags, environment: environment, file: config ?? environment["RANKWIRE_CONFIG"])
    }

    /// 78 is EX_CONFIG of sysexits.h.
    private func fatal(_ code: Int32, _ problems: [String]) -> ExitCode {
        for problem in problems {
            FileHandle.standardError.write(Data("rankwired: \(problem)\n".utf8))
        }
        return ExitCode(code)
    }
}

let serverVersion = "0.1.0"
