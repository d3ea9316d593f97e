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
        let (cold, warm, lookups, found) = try measure(path, requests, codec)
        print(
            """
            \(found) of \(users.count) users found, \(passes) passes
            coldMicroseconds    median \(Self.text(cold, 0.5)), 99th percentile \(Self.text(cold, 0.99))
            memoryMicroseconds  median \(Self.text(warm, 0.5)), 99th percentile \(Self.text(warm, 0.99))
            of it, until found  median \(Self.text(lookups, 0.5)), 99th percentile \(Self.text(lookups, 0.99))
            """)
    }

    /// Nanoseconds of each read.
    private func measure(
        _ path: String, _ requests: [[UInt8]], _ codec: MessageCodec
    ) throws -> (cold: [UInt64], warm: [UInt64], lookups: [UInt64], found: Int) {
        let arrival = DispatchSemaphore(value: 0)
        let mailbox = LoopMailbox { arrival.signal() }
        mailbox.adoptCurrentThread()
        let store = try SQLiteStore(path: path, access: .readOnly)
        let pseudonymizer = store.pseudonymizer
        let population = try store.population()
        let profiles = try SQLiteProfileStore(store: store)
        defer { profiles.close() }
        var cold: [UInt64] = []
        var warm: [UInt64] = []
        var lookups: [UInt64] = []
        var found = 0
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
                if pass > 0 { lookups.append(SystemTime().now().nanoseconds(since: start)) }
                if let profile = version?.profile {
                    _ = codec.encodeGetProfileResponse(profile.view(.all, in: population))
                    if pass == 0 { found += 1 }
                }
                let nanoseconds = SystemTime().now().nanoseconds(since: start)
                if pass == 0 { cold.append(nanoseconds) } else { warm.append(nanoseconds) }
            }
        }
        return (cold.sorted(), warm.sorted(), lookups.sorted(), found)
    }

    private static func text(_ sorted: [UInt64], _ quantile: Double) -> String {
        let index = min(sorted.count - 1, Int(Double(sorted.count) * quantile))
        return String(format: "%.1f", Double(sorted[index]) / 1_000)
    }
}
