// What systemd hears of the server, and what it hands over (sd_notify(3), sd_listen_fds(3)): plain
// environment variables and a datagram, so no library is needed. Without systemd nothing happens.

import Foundation
import Glibc
import RPC

struct ServiceManager: Sendable {
    private let notifySocket: String?
    /// How often it wants to hear from a server that lives, in microseconds; nil: never.
    let watchdogMicroseconds: UInt64?
    /// Listening sockets that were handed over, with the names they were given.
    let sockets: [InheritedSocket]

    /// The first file descriptor that is handed over: SD_LISTEN_FDS_START.
    private static let firstFile: Int32 = 3
    private static let maxSockets: Int32 = 16

    /// - Throws: what was handed over and is no listening socket.
    init(environment: [String: String]) throws(SettingsError) {
        notifySocket = environment["NOTIFY_SOCKET"]
        watchdogMicroseconds =
            Self.isOurs(environment["WATCHDOG_PID"])
            ? environment["WATCHDOG_USEC"].flatMap(UInt64.init) : nil
        var found: [InheritedSocket] = []
        // The count without the process it is for would be somebody else's.
        if environment["LISTEN_PID"] == String(getpid()),
            let count = environment["LISTEN_FDS"].flatMap(Int32.init), count > 0
        {
            for file in Self.firstFile..<Self.firstFile + min(count, Self.maxSockets) {
                // A program that is started by this one does not get it.
                _ = fcntl(file, F_SETFD, FD_CLOEXEC)
                guard let socket = InheritedSocket(fileDescriptor: file) else {
                    throw SettingsError(problems: [
                        "LISTEN_FDS: file descriptor \(file) is no listening stream socket"
                    ])
                }
                found.append(socket)
            }
        }
        sockets = found
    }

    private static func isOurs(_ pid: String?) -> Bool { pid == nil || pid == String(getpid()) }

    func isReady() { notify("READY=1\nSTATUS=Serving") }

    func isDraining() { notify("STOPPING=1\nSTATUS=Draining") }

    func lives() { notify("WATCHDOG=1") }

    /// Before and after settings are read again.
    func reloads() { notify("RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)") }

    private static var monotonicMicroseconds: UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }

    /// Nobody waits for an answer; a manager that is gone is not missed.
    private func notify(_ state: String) {
        guard let notifySocket, let first = notifySocket.utf8.first else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(notifySocket.utf8)
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        // A name in the abstract namespace.
        if first == UInt8(ascii: "@") { path[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let file = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { return }
        defer { close(file) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bytes = Array(state.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(file, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, size)
            }
        }
    }
}
