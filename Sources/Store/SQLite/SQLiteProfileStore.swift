// Profiles of a store file, for the server. The loops ask; what is in the cache they get at once,
// the rest is read by one thread of the store's own, several at a time, and posted to their
// mailboxes. A profile that another process folds anew while it is cached here is seen after a
// restart, as is a new catalogue.

public import Base
private import Foundation
internal import GRDB
private import Synchronization

/// `sqlite:PATH`.
public final class SQLiteProfileStore: ProfileStore {
    /// Reads that share one transaction at most, so that the first does not wait for thousands.
    private static let maxReadsPerTransaction = 64

    private let store: SQLiteStore
    private let cache: ProfileCache
    private let reads: ProfileReadQueue
    private let readerIsDone = DispatchSemaphore(value: 0)
    private let isClosed = Atomic<Bool>(false)

    /// Starts the reading thread; `close()` ends it and closes `store`, which is this store's from
    /// here on. Throws when the profiles cannot be read.
    public init(store: SQLiteStore, limits: Limits = Limits()) throws(Fault) {
        self.store = store
        cache = ProfileCache(
            maxProfiles: limits.maxCachedProfiles, maxBytes: limits.maxCachedProfileBytes)
        reads = ProfileReadQueue(maxWaiting: limits.maxPendingProfileReads)
        let thread = Thread { [store, cache, reads, readerIsDone] in
            ProfileReader(store: store, cache: cache).run(reads, Self.maxReadsPerTransaction)
            readerIsDone.signal()
        }
        thread.name = "rankwire.profiles"
        thread.start()
        do throws(Fault) { _ = try count() } catch {
            close()
            throw error
        }
    }

    /// Opens the store at `path` for reading, on a connection of its own.
    public convenience init(path: String, limits: Limits = Limits()) throws(Fault) {
        try self.init(store: SQLiteStore(path: path, access: .readOnly), limits: limits)
    }

    public func profile(
        for pseudonym: Pseudonym, mailbox: LoopMailbox,
        completion: @escaping @Sendable (Result<Profile?, Fault>) -> Void
    ) -> ProfileLookup {
        if let known = cache.profile(of: pseudonym) { return .ready(known) }
        let read = ProfileRead(pseudonym: pseudonym, mailbox: mailbox, completion: completion)
        switch reads.push(read) {
        case .queued: return .pending
        case .full: return .refused(.exhausted("too many profile reads wait", retryAfterMs: 100))
        case .closed: return .refused(.storeClosed)
        }
    }

    public func count() throws(Fault) -> Int {
        try store.read { database in
            let count = try SQLStatement(
                database, "SELECT count(*) FROM users WHERE profile IS NOT NULL")
            return try count.step() ? Int(count.int64(0)) : 0
        }
    }

    /// Refuses further lookups, lets those that wait finish, ends the thread and closes the file.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        reads.close()
        readerIsDone.wait()
        store.close()
    }
}

/// What the reading thread does.
private struct ProfileReader {
    let store: SQLiteStore
    let cache: ProfileCache

    func run(_ reads: ProfileReadQueue, _ maxReadsPerTransaction: Int) {
        while let waiting = reads.takeAll() {
            for start in stride(from: 0, to: waiting.count, by: maxReadsPerTransaction) {
                let end = min(start + maxReadsPerTransaction, waiting.count)
                answer(waiting[start..<end])
            }
        }
    }

    /// A failure of the file fails all reads of the slice, a damaged profile only its own.
    private func answer(_ reads: ArraySlice<ProfileRead>) {
        var answers: [Result<Profile?, Fault>] = []
        do throws(Fault) {
            answers = try store.read { database in
                let select = try SQLStatement(
                    database, "SELECT profile FROM users WHERE pseudonym = ?")
                return try reads.map { try find($0.pseudonym, select) }
            }
        } catch {
            answers = reads.map { _ in .failure(error) }
        }
        for (read, answer) in zip(reads, answers) { read.finish(answer) }
    }

    private func find(
        _ pseudonym: Pseudonym, _ select: SQLStatement
    ) throws(Fault) -> Result<Profile?, Fault> {
        try select.bind(blob: pseudonym.bytes.span, at: 1)
        guard try select.step() else { return .success(nil) }
        defer { select.reset() }
        guard let blob = select.blob(0) else { return .success(nil) }
        do throws(Fault) {
            let profile = try ProfileCodec.decode(blob)
            cache.insert(profile, of: pseudonym, byteCount: blob.count)
            return .success(profile)
        } catch {
            return .failure(error)
        }
    }
}
