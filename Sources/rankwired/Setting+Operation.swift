// Settings of those who run the server and watch it.

import Logging

extension Setting {
    static let logFormat = Setting(key: "logFormat", kind: .text, fallback: "text")
    /// Calls that take so long are logged with where their time went; 0: none.
    static let slowCallMs = Setting(key: "slowCallMs", kind: .number, fallback: "1000")
    /// How long the server goes on taking calls after it has said that it is not ready, for a load
    /// balancer to notice.
    static let drainDelayMs = Setting(key: "drainDelayMs", kind: .number, fallback: "0")
    /// 1: core dumps hold the whole memory, keys too.
    static let coreDumpsMemory = Setting(key: "coreDumpsMemory", kind: .number, fallback: "0")

    /// Metrics, health and the page for people over HTTP; empty: none.
    static let adminListen = Setting(key: "admin.listen", kind: .text, fallback: "")
    /// 1: it may be an address that other machines reach. It has no password and no encryption.
    static let adminExposed = Setting(key: "admin.exposed", kind: .number, fallback: "0")
    /// `auto`: where only this machine reaches it; `on` or `off`.
    static let adminPage = Setting(key: "admin.page", kind: .text, fallback: "auto")
    /// Names beside addresses and localhost by which it may be called, separated by commas.
    static let adminHosts = Setting(key: "admin.hosts", kind: .text, fallback: "")

    /// 1: other servers may listen on the same port, for one that takes over while this one drains.
    static let sharesPort = Setting(key: "connection.sharesPort", kind: .number, fallback: "0")

    static let operation = [
        logFormat, slowCallMs, drainDelayMs, coreDumpsMemory, adminListen, adminExposed, adminPage,
        adminHosts, sharesPort,
    ]
}

extension Settings {
    var logLevel: Logger.Level? { Logger.Level(rawValue: self[.logLevel]) }

    /// Of calls that are logged; the greatest number where none are.
    var slowNanoseconds: UInt64 {
        let milliseconds = number(.slowCallMs)
        return milliseconds == 0 ? .max : UInt64(milliseconds) * 1_000_000
    }

    /// From which calls are told to the log at all: all of them where debugging is wanted.
    var loggedNanoseconds: UInt64 { (logLevel ?? .info) <= .debug ? 0 : slowNanoseconds }

    var hasAdminPage: Bool {
        switch self[.adminPage] {
        case "on": true
        case "off": false
        default: ListenAddress(self[.adminListen])?.isLoopback ?? false
        }
    }

    /// What does not fit together, a sentence each.
    var operationProblems: [String] {
        var problems: [String] = []
        if logLevel == nil { problems.append("logLevel: \"\(self[.logLevel])\" is not a level") }
        if LogOutput.Format(rawValue: self[.logFormat]) == nil {
            problems.append("logFormat: \"\(self[.logFormat])\" is neither text nor json")
        }
        if !["auto", "on", "off"].contains(self[.adminPage]) {
            problems.append("admin.page: \"\(self[.adminPage])\" is neither auto, on nor off")
        }
        if !self[.adminListen].isEmpty {
            if let address = ListenAddress(self[.adminListen]) {
                if !address.isLoopback, number(.adminExposed) != 1 {
                    problems.append(
                        "admin.listen: \(address.host) can be reached from other machines, and "
                            + "whoever reaches it reads metrics: set admin.exposed=1 if that is "
                            + "meant, or use 127.0.0.1")
                }
            } else {
                problems.append("admin.listen: \"\(self[.adminListen])\" is not ADDRESS:PORT")
            }
        }
        return problems
    }
}
