import Ads
import ArgumentParser
import Base
import Dispatch
import Foundation
import Inference
import Messages
import RPC
import Store
import Synchronization

/// The requests of `AdBenchmark`, and the ads they are about.
struct AdWorkload {
    private static let path = "/rankwire.v1.AdService/ScoreAds"
    private static let devices = ["phone", "tablet", "desktop"]
    private static let channels = ["web", "app"]
    private static let maxUsers = 200

    private let limited: [[UInt8]]
    private let unlimited: [[UInt8]]

    init(users: [String], adCount: Int, candidates: Int, tmaxMs: Int, seed: UInt64) {
        let codec = MessageCodec(limits: Limits())
        var random = SeededRandom(seed: seed)
        let requests = users.map { user in
            var request = ScoreAdsRequest(
                user: .stored(user),
                adIds: (0..<candidates).map { _ in
                    Self.adId(Int.random(in: 0..<adCount, using: &random))
                }, limit: 10, explain: 10)
            request.device = Self.devices.randomElement(using: &random) ?? ""
            request.channel = Self.channels.randomElement(using: &random) ?? ""
            request.region = "R\(Int.random(in: 0..<20, using: &random))"
            request.categories = ["GROCERY"]
            return request
        }
        unlimited = requests.map { codec.encodeScoreAdsRequest($0) }
        limited = requests.map { request in
            var request = request
            request.tmaxMs = tmaxMs
            return codec.encodeScoreAdsRequest(request)
        }
    }

    /// - Parameter hasLimit: whether the caller says how long it waits.
    func requests(hasLimit: Bool) -> LoadRequests {
        let requests = LoadRequests(path: Self.path, messages: hasLimit ? limited : unlimited)
        return requests.reading { codec, bytes in
            guard let response = try? codec.decodeScoreAdsResponse(bytes) else { return nil }
            return LoadAnswer(
                serverNanoseconds: UInt64(max(0, response.timings.totalNanoseconds)),
                isPartial: response.isPartial)
        }
    }

    /// Of an answer: how many ads bid is known of the first ten only.
    struct Check {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        var noBids: [Int32: Int] = [:]
        var requestCount = 0
    }

    func describe(_ check: Check) -> String {
        let reasons = check.noBids.sorted { $0.key < $1.key }.map {
            "\($0.value / max(1, check.requestCount)) x \($0.key)"
        }
        return "no bids a request: \(reasons.joined(separator: ", ")); hash "
            + String(check.hash, radix: 16)
    }

    /// Asks each once and reads the answers. The hash is of what does not depend on chance or time.
    func check(_ target: ClientTarget) throws -> Check {
        let client = try GRPCClient(target.description)
        let codec = MessageCodec(limits: Limits())
        var check = Check()
        for message in unlimited {
            let reply = try Self.ask(client, message)
            let response = try codec.decodeScoreAdsResponse(reply.message.span.bytes)
            guard response.failures.isEmpty, !response.isPartial else {
                throw Fault(
                    .failedPrecondition, reason: "NOT_ALL_RANKED", "an answer is not whole")
            }
            check.requestCount += 1
            for noBid in response.noBids {
                check.noBids[noBid.reason.rawValue, default: 0] += 1
                guard noBid.reason != .paced else { continue }
                for byte in Array(noBid.adId.utf8) + [
                    UInt8(truncatingIfNeeded: noBid.reason.rawValue)
                ] {
                    check.hash = (check.hash ^ UInt64(byte)) &* 0x100_0000_01b3
                }
            }
        }
        return check
    }

    private static func ask(_ client: GRPCClient, _ message: [UInt8]) throws -> UnaryReply {
        let result = Mutex<Result<UnaryReply, RPCStatus>?>(nil)
        let isAnswered = DispatchSemaphore(value: 0)
        Task {
            do throws(RPCStatus) {
                let reply = try await client.unary(path, message, CallOptions(deadlineMs: 30_000))
                result.withLock { $0 = .success(reply) }
            } catch { result.withLock { $0 = .failure(error) } }
            isAnswered.signal()
        }
        isAnswered.wait()
        guard let result = result.withLock({ $0 }) else {
            preconditionFailure("a call that has ended has a result")
        }
        return try result.get()
    }

    static func users(in path: String) throws -> [String] {
        let lines = try TextFile.lines(path).map { $0.split(separator: ",").first.map(String.init) }
        return lines.compactMap { $0 }.filter { $0 != "user" }.prefix(maxUsers).map { $0 }
    }

    static func adId(_ number: Int) -> String { "bench-ad-\(number)" }

    // MARK: Ads

    /// Ads of what the store's items are, so that their texts have vectors: a tenth of them are for
    /// each of ten sets of rules, half have budgets, a fifth have caps.
    static func fill(_ path: String, adCount: Int, seed: UInt64) throws {
        let writer = try SQLiteStore(path: path, access: .durable)
        guard let encoder = try SQLiteCatalog(store: writer).encoder() else {
            throw ValidationError("the store has no texts yet")
        }
        let catalog = try SQLiteCatalog(store: writer).load(bundleVersion: nil)
        guard catalog.items.count > 0 else { throw ValidationError("the store has no items") }
        let current = Snapshot(catalog)
        let store = SQLiteCatalogStore(
            store: writer, bundleVersion: encoder.bundleVersion, dimension: encoder.dimension
        ) { (next) throws(Fault) in current.store(try next(current.load())) }
        defer { store.close() }
        let mailbox = LoopMailbox(wake: {})
        mailbox.adoptCurrentThread()
        var random = SeededRandom(seed: seed)
        for start in stride(from: 0, to: adCount, by: 1_000) {
            let entries = (start..<min(start + 1_000, adCount)).map { number in
                let row = Int.random(in: 0..<catalog.items.count, using: &random)
                return EncodedEntry(
                    .ad(ad(number, catalog.items.item(at: row), &random)),
                    vectors: [catalog.items.vector(at: row)])
            }
            try change(store, .upsert(entries), mailbox)
        }
    }

    private static func ad(_ number: Int, _ item: Item, _ random: inout SeededRandom) -> Ad {
        var delivery = AdDelivery()
        delivery.pricing = AdPricing.allCases[number % 3]
        if number % 5 != 0 {
            delivery.rules.append(
                TargetingRule(.device, values: [devices[number % 3], devices[(number + 1) % 3]]))
        }
        if number % 4 == 0 {
            delivery.rules.append(
                TargetingRule(
                    .region, values: (0..<15).map { "R\(($0 + number) % 20)" }))
        }
        if number % 7 == 0 {
            delivery.rules.append(
                TargetingRule(
                    .attribute, attribute: "age", values: ["19-24", "25-34"], excludes: true))
        }
        if number % 9 == 0 {
            delivery.rules.append(TargetingRule(.category, values: ["GROCERY"]))
            delivery.rules.append(TargetingRule(.channel, values: ["web", "app"]))
        }
        if number % 11 == 0 {
            delivery.rules.append(
                TargetingRule(.hour, values: (0..<24).map { "\($0)" }))
        }
        if number % 5 == 1 { delivery.frequencyCap = FrequencyCap(impressions: 3, hours: 24) }
        if number % 2 == 0 { delivery.dailyBudgetMicros = 1_000_000_000 }
        return Ad(
            id: adId(number), campaignId: "bench-campaign-\(number / 10)", creative: item,
            bid: Money(
                micros: Int64.random(in: 50_000...2_000_000, using: &random), currencyCode: "USD"),
            delivery: delivery)
    }

    private static func change(
        _ store: SQLiteCatalogStore, _ change: CatalogChange, _ mailbox: LoopMailbox
    ) throws {
        let result = Mutex<Result<CatalogOutcome, Fault>?>(nil)
        let fault = store.change(change, mailbox: mailbox) { outcome in
            result.withLock { $0 = outcome }
        }
        if let fault { throw fault }
        while result.withLock({ $0 == nil }) {
            usleep(1_000)
            mailbox.drain()
        }
        if case .failure(let fault)? = result.withLock({ $0 }) { throw fault }
    }
}
