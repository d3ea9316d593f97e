import Base
import Dispatch
import Foundation
import Inference
import Synchronization

@testable import Store

/// A directory of a test's own, gone with it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "rankwire-store-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    func write(_ text: String, to name: String) throws -> ImportSource {
        try write(Array(text.utf8), to: name)
    }

    func write(_ bytes: [UInt8], to name: String) throws -> ImportSource {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
        return .file(file(name))
    }
}

/// Unit vectors that depend on the text alone, and a count of the texts it was given.
final class FakeEncoder: TextEncoding {
    let bundleVersion: String
    let dimension: Int
    private(set) var encoded: [String] = []
    /// Throws once so many texts have been encoded.
    var failsAfter = Int.max

    init(bundleVersion: String = "bundle-1", dimension: Int = 8) {
        self.bundleVersion = bundleVersion
        self.dimension = dimension
    }

    func encode(_ texts: [String], progress: (Int) -> Void) throws -> [[Float]] {
        guard encoded.count < failsAfter else { throw Fault.cancelled }
        encoded += texts
        progress(texts.count)
        return texts.map { Self.vector($0, dimension) }
    }

    static func vector(_ text: String, _ dimension: Int) -> [Float] {
        var random = SeededRandom(seed: text.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        let values = (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }
}

struct FixedTime: TimeSource {
    static let march2024: Int64 = 1_710_000_000_000_000_000
    func now() -> MonotonicTime { MonotonicTime(nanoseconds: 0) }
    func unixNanoseconds() -> Int64 { Self.march2024 }
}

/// A loop that runs only while a test waits for something on it.
final class TestLoop: Sendable {
    private let wakeUp = DispatchSemaphore(value: 0)
    let mailbox: LoopMailbox

    init() { mailbox = LoopMailbox { [wakeUp] in wakeUp.signal() } }

    /// False when nothing came for ten seconds.
    func run(until isDone: () -> Bool) -> Bool {
        mailbox.adoptCurrentThread()
        while !isDone() {
            guard wakeUp.wait(timeout: .now() + 10) == .success else { return false }
            mailbox.drain()
        }
        return true
    }
}

extension ProfileStore {
    /// Asks and waits for the answer, whichever way it comes.
    func lookUp(_ pseudonym: Pseudonym) -> Result<Profile?, Fault> {
        let loop = TestLoop()
        let answer = Mutex<Result<ProfileVersion?, Fault>?>(nil)
        let lookup = profile(for: pseudonym, mailbox: loop.mailbox) { result in
            answer.withLock { $0 = result }
        }
        switch lookup {
        case .ready(let version): return .success(version?.profile)
        case .refused(let fault): return .failure(fault)
        case .pending: break
        }
        guard loop.run(until: { answer.withLock { $0 != nil } }) else {
            return .failure(.deadlineExceeded)
        }
        return answer.withLock { $0! }.map { $0?.profile }
    }
}

extension ProfileStore {
    func page(of pseudonym: Pseudonym, after id: String, limit: Int) -> Result<[Event], Fault> {
        let loop = TestLoop()
        let answer = Mutex<Result<[Event], Fault>?>(nil)
        let fault = events(of: pseudonym, after: id, limit: limit, mailbox: loop.mailbox) {
            result in
            answer.withLock { $0 = result }
        }
        if let fault { return .failure(fault) }
        guard loop.run(until: { answer.withLock { $0 != nil } }) else {
            return .failure(.deadlineExceeded)
        }
        return answer.withLock { $0! }
    }

    func eraseAndWait(_ pseudonym: Pseudonym) -> Result<Bool, Fault> {
        let loop = TestLoop()
        let answer = Mutex<Result<Bool, Fault>?>(nil)
        let fault = erase(pseudonym, mailbox: loop.mailbox) { result in
            answer.withLock { $0 = result }
        }
        if let fault { return .failure(fault) }
        guard loop.run(until: { answer.withLock { $0 != nil } }) else {
            return .failure(.deadlineExceeded)
        }
        return answer.withLock { $0! }
    }

    /// Appends and waits for the answer.
    func appendAndWait(_ events: [UserEvent]) -> Result<[AppendOutcome], Fault> {
        let loop = TestLoop()
        let answer = Mutex<Result<[AppendOutcome], Fault>?>(nil)
        let fault = append(events, mailbox: loop.mailbox) { result in
            answer.withLock { $0 = result }
        }
        if let fault { return .failure(fault) }
        guard loop.run(until: { answer.withLock { $0 != nil } }) else {
            return .failure(.deadlineExceeded)
        }
        return answer.withLock { $0! }
    }
}

/// A store in a directory of its own with importers on it.
struct TestStore {
    let directory: TemporaryDirectory
    let path: String
    let store: SQLiteStore
    let encoder = FakeEncoder()
    let pseudonymizer: Pseudonymizer

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("store.sqlite")
        store = try SQLiteStore(path: path, access: .readWrite)
        pseudonymizer = store.pseudonymizer
    }

    func importer(rejects: String? = nil) -> Importer {
        Importer(
            store: store, options: ImportOptions(rejectsPath: rejects), time: FixedTime())
    }

    @discardableResult
    func items(_ text: String, name: String = "items.csv", rejects: String? = nil) throws
        -> ImportSummary
    {
        try importer(rejects: rejects).items(
            from: directory.write(text, to: name), encoder: encoder, progress: { _ in })
    }

    @discardableResult
    func users(_ text: String, name: String = "users.csv") throws -> ImportSummary {
        try importer().users(
            from: directory.write(text, to: name), progress: { _ in })
    }

    @discardableResult
    func events(_ text: String, name: String = "events.csv", rejects: String? = nil) throws
        -> ImportSummary
    {
        try importer(rejects: rejects).events(
            from: directory.write(text, to: name), encoder: encoder, progress: { _ in })
    }

    @discardableResult
    func ads(_ text: String) throws -> ImportSummary {
        try importer().ads(
            from: directory.write(text, to: "ads.csv"), encoder: encoder, progress: { _ in })
    }

    @discardableResult
    func intents(_ text: String) throws -> ImportSummary {
        try importer().intents(
            from: directory.write(text, to: "intents.jsonl"), encoder: encoder,
            progress: { _ in })
    }

    @discardableResult
    func articles(_ text: String, name: String = "articles.csv") throws -> ImportSummary {
        try importer().articles(
            from: try directory.write(text, to: name), encoder: encoder
        ) { _ in }
    }

    func catalog() throws -> Catalog { try SQLiteCatalog(store: store).load(bundleVersion: nil) }

    /// As a server sees it: through a connection of its own.
    func profile(_ user: String) throws -> Profile? {
        let profiles = try SQLiteProfileStore(
            store: SQLiteStore(path: path, access: .readOnly))
        defer { profiles.close() }
        return try profiles.lookUp(pseudonymizer.pseudonym(of: user)).get()
    }

    func execute(_ sql: String) throws {
        _ = try store.write { try SQLStatement($0, sql).run() }
    }

    func number(_ sql: String) throws -> Int64 {
        try store.read { database in
            let select = try SQLStatement(database, sql)
            defer { select.reset() }
            return try select.step() ? select.int64(0) : -1
        }
    }
}
