import ArgumentParser
import Base
import Dispatch
import Foundation
import Messages
import Store
import Synchronization

/// `rankwire-bench profile`: what a GetProfile costs a server, from the request's bytes to the
/// reply's, without the network.
struct ProfileBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Reads a store's profiles, from memory and from disk.")

    @Option(help: "The store, sqlite:PATH.")
    var store: String

    @Option(help: "File with a user's identifier a line.")
    var users: String

    @Option(help: "Passes over the users.")
    var passes = 20

    func run() throws {
        let users = try String(contentsOfFile: users, encoding: .utf8).split(separator: "\n")
            .map(String.init)
        guard !users.isEmpty, passes > 0 else { throw ValidationError("nothing to read") }
        let path = try SQLiteStore.path(fromURI: store)
        let codec = MessageCodec(limits: Limits())
        let requests = users.map { codec.encodeGetProfileRequest(userId: $0) }
        let reads = try measure(path, requests, codec)
        print(
            """
            \(reads.found) of \(users.count) users found, \(passes) passes
            from disk               \(Self.text(reads.cold))
            from memory, changed    \(Self.text(reads.changed))
            from memory, unchanged  \(Self.text(reads.warm))
            """)
    }

    /// Nanoseconds of each read.
    private struct Reads {
        var cold: [UInt64] = []
        /// Of a profile that nobody has asked for since it changed: its reply is made.
        var changed: [UInt64] = []
        var warm: [UInt64] = []
        var found = 0
    }

    private func measure(
        _ path: String, _ requests: [[UInt8]], _ codec: MessageCodec
    ) throws -> Reads {
        let arrival = DispatchSemaphore(value: 0)
        let mailbox = LoopMailbox { arrival.signal() }
        mailbox.adoptCurrentThread()
        let store = try SQLiteStore(path: path, access: .readOnly)
        let pseudonymizer = store.pseudonymizer
        let population = Snapshot(try store.population())
        let profiles = try SQLiteProfileStore(store: store)
        defer { profiles.close() }
        var reads = Reads()
        for pass in 0...passes {
            for request in requests {
                let start = SystemTime().now()
                let userId = try codec.decodeGetProfileRequest(request.span.bytes)
                let pseudonym = try pseudonymizer.pseudonym(of: userId)
                let answer = Mutex<Result<ProfileVersion?, Fault>?>(nil)
                let lookup = profiles.profile(for: pseudonym, mailbox: mailbox) { result in
                    answer.withLock { $0 = result }
                }
                var version: ProfileVersion?
                switch lookup {
                case .ready(let ready): version = ready
                case .refused(let fault): throw fault
                case .pending:
                    while answer.withLock({ $0 == nil }) {
                        arrival.wait()
                        mailbox.drain()
                    }
                    version = try answer.withLock { $0 }!.get()
                }
                if let version {
                    if pass == 1 { version.reply = nil }
                    _ = codec.encodeGetProfileResponse(
                        version, .all, in: population.loadNumbered())
                    if pass == 0 { reads.found += 1 }
                }
                let nanoseconds = SystemTime().now().nanoseconds(since: start)
                switch pass {
                case 0: reads.cold.append(nanoseconds)
                case 1: reads.changed.append(nanoseconds)
                default: reads.warm.append(nanoseconds)
                }
            }
        }
        return reads
    }

    private static func text(_ nanoseconds: [UInt64]) -> String {
        let sorted = nanoseconds.sorted()
        let microseconds = [0.5, 0.99].map { quantile in
            let index = min(sorted.count - 1, Int(Double(sorted.count) * quantile))
            return sorted.isEmpty ? 0 : Double(sorted[index]) / 1_000
        }
        return String(
            format: "median %.1f us, 99th percentile %.1f us", microseconds[0], microseconds[1])
    }
}
