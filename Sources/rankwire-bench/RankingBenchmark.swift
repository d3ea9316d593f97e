import ArgumentParser
import Base
import Dispatch
import Foundation
import Inference
import Ranking
import Store
import Synchronization

/// `rankwire-bench ranking`: features, head and top ten of known candidates for one stored user, on one
/// core, and what explaining the ten costs beside.
struct RankingBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ranking", abstract: "Ranks a store's items by trained heads.")

    @Option(help: "The store, sqlite:PATH.")
    var store: String

    @Option(help: "The model bundle.")
    var bundle: String

    @Option(help: "A trained head; may be repeated. The fixed head is measured anyway.")
    var head: [String] = []

    @Option(help: "The stored user.")
    var user: String

    @Option(help: "Candidates: the store's most bought items.")
    var candidates = 1_000

    @Option(help: "Rankings to time.")
    var passes = 2_000

    private static let limit = 10

    func run() throws {
        guard passes > 0, candidates > 0 else { throw ValidationError("nothing to rank") }
        let version = try ModelBundle.open(bundle).version
        let database = try SQLiteStore(
            path: try SQLiteStore.path(fromURI: store), access: .readOnly)
        let table = try SQLiteCatalog(store: database).load(bundleVersion: version).items
        let profile = try profile(database)
        var list = CandidateList()
        let popular = (0..<table.count).sorted {
            table.popularity[$0] != table.popularity[$1]
                ? table.popularity[$0] > table.popularity[$1] : $0 < $1
        }
        for (index, row) in popular.prefix(candidates).enumerated() {
            list.append(row: row, requestIndex: index)
        }
        print("\(list.count) candidates of \(table.count) items, the first \(Self.limit) returned")
        measure(Ranker(), profile, table, list)
        for path in head {
            guard let model = try RankingHeadFile.read(path, bundleVersion: version) else {
                throw ValidationError("there is no head \(path)")
            }
            measure(Ranker(model: model, table: table), profile, table, list)
        }
    }

    private func measure(
        _ ranker: Ranker, _ version: ProfileVersion, _ table: ItemTable, _ list: CandidateList
    ) {
        let subject = Subject(
            version,
            context: RequestContext(
                unixNanoseconds: (version.profile.lastEventUnixNanoseconds ?? 0)
                    + 86_400 * 1_000_000_000))
        var plain: [UInt64] = []
        var explained: [UInt64] = []
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // Side by side, so that both see the same machine.
        for pass in 0..<passes + 20 {
            var start = SystemTime().now()
            let ranked = ranker.rank(
                subject, table: table, candidates: list, limit: Self.limit, explain: 0)
            let once = SystemTime().now().nanoseconds(since: start)
            start = SystemTime().now()
            let why = ranker.rank(
                subject, table: table, candidates: list, limit: Self.limit, explain: Self.limit)
            let twice = SystemTime().now().nanoseconds(since: start)
            if pass < 20 { continue }
            plain.append(once)
            explained.append(twice)
            if pass > 20 { continue }
            for row in ranked.rows {
                hash = (hash ^ UInt64(row.logit.bitPattern)) &* 0x100_0000_01B3
                hash = (hash ^ UInt64(row.candidate)) &* 0x100_0000_01B3
            }
            for number in why.explanation?.contributions ?? [] {
                hash = (hash ^ UInt64(number.bitPattern)) &* 0x100_0000_01B3
            }
        }
        let (median, all) = (plain.sorted(), explained.sorted())
        let middle = Double(median[median.count / 2]) / 1_000
        let whole = Double(all[all.count / 2]) / 1_000
        print(
            String(
                format: "%@: median %.1f us, best %.1f us; explaining ten adds %.1f us (%.1f%%); "
                    + "hash %016llx", ranker.head.kind, middle, Double(median[0]) / 1_000,
                whole - middle, (whole - middle) / middle * 100, hash))
    }

    private func profile(_ store: SQLiteStore) throws -> ProfileVersion {
        let arrival = DispatchSemaphore(value: 0)
        let mailbox = LoopMailbox { arrival.signal() }
        mailbox.adoptCurrentThread()
        let profiles = try SQLiteProfileStore(store: store)
        defer { profiles.close() }
        let answer = Mutex<Result<ProfileVersion?, Fault>?>(nil)
        let lookup = profiles.profile(
            for: try store.pseudonymizer.pseudonym(of: user), mailbox: mailbox
        ) { result in answer.withLock { $0 = result } }
        switch lookup {
        case .ready(let ready?): return ready
        case .ready(nil): throw ValidationError("the store knows no user \(user)")
        case .refused(let fault): throw fault
        case .pending:
            while answer.withLock({ $0 == nil }) {
                arrival.wait()
                mailbox.drain()
            }
            guard let found = try answer.withLock({ $0 })?.get() else {
                throw ValidationError("the store knows no user \(user)")
            }
            return found
        }
    }
}
