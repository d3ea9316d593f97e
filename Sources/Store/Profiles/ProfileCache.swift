internal import Base
private import Synchronization

/// Profiles read lately, bounded in number and in bytes. Sharded by pseudonym, one lock a shard;
/// pseudonyms are HMAC output, so shards fill evenly. Any thread.
///
/// Each shard replaces by CLOCK (Corbató, 1968): a hit only sets a flag, and the hand passes over an
/// entry once before it takes it.
final class ProfileCache: Sendable {
    private static let shardCount = 64

    private let shards: [Shard]

    init(maxProfiles: Int, maxBytes: Int) {
        shards = (0..<Self.shardCount).map { _ in
            Shard(
                maxProfiles: max(1, maxProfiles / Self.shardCount),
                maxBytes: max(1, maxBytes / Self.shardCount))
        }
    }

    func profile(of pseudonym: Pseudonym) -> ProfileVersion? {
        shard(of: pseudonym).clock.withLock { $0.find(pseudonym) }
    }

    func contains(_ pseudonym: Pseudonym) -> Bool { profile(of: pseudonym) != nil }

    /// The moment for `insert(_:of:byteCount:ifUnchangedSince:)`; taken before the store is read.
    func generation(of pseudonym: Pseudonym) -> UInt64 {
        shard(of: pseudonym).clock.withLock { $0.generation }
    }

    /// For who read the profile from the store: what a writer put here in the meantime stays.
    /// - Parameter byteCount: the profile's size; it counts three times, because readers keep what
    ///   they derive and the reply beside it. One larger than a shard is not kept.
    func insert(
        _ profile: ProfileVersion, of pseudonym: Pseudonym, byteCount: Int,
        ifUnchangedSince generation: UInt64
    ) {
        let shard = shard(of: pseudonym)
        shard.clock.withLock {
            guard $0.generation == generation else { return }
            $0.insert(profile, pseudonym, 3 * byteCount, shard.maxProfiles, shard.maxBytes)
        }
    }

    /// For who has just committed: the newest there is of the user. Only after the commit, so that
    /// a reader that began before it cannot put its older profile on top.
    func replace(_ profile: Profile, of pseudonym: Pseudonym, byteCount: Int) {
        let shard = shard(of: pseudonym)
        let version = ProfileVersion(profile)
        shard.clock.withLock {
            $0.generation += 1
            $0.insert(version, pseudonym, 3 * byteCount, shard.maxProfiles, shard.maxBytes)
        }
    }

    /// Forgets a user, and what is being read of it.
    func remove(_ pseudonym: Pseudonym) {
        shard(of: pseudonym).clock.withLock {
            $0.generation += 1
            $0.remove(pseudonym)
        }
    }

    /// Forgets everything: another process changed the store.
    func removeAll() {
        for shard in shards {
            shard.clock.withLock { clock in
                let generation = clock.generation
                clock = Clock()
                clock.generation = generation + 1
            }
        }
    }

    var count: Int { shards.reduce(0) { $0 + $1.clock.withLock { $0.entries.count } } }

    private func shard(of pseudonym: Pseudonym) -> Shard {
        shards[Int(pseudonym.leadingBits % UInt64(Self.shardCount))]
    }

    private final class Shard: Sendable {
        let maxProfiles: Int
        let maxBytes: Int
        let clock = Mutex(Clock())

        init(maxProfiles: Int, maxBytes: Int) {
            self.maxProfiles = maxProfiles
            self.maxBytes = maxBytes
        }
    }
}

private struct Clock {
    struct Entry {
        var pseudonym: Pseudonym
        var profile: ProfileVersion
        var byteCount: Int
        var wasUsed: Bool
    }

    var entries: [Entry] = []
    /// Grows with every profile that a writer put here.
    var generation: UInt64 = 0
    private var positions: [Pseudonym: Int] = [:]
    private var hand = 0
    private var byteCount = 0

    mutating func find(_ pseudonym: Pseudonym) -> ProfileVersion? {
        guard let position = positions[pseudonym] else { return nil }
        entries[position].wasUsed = true
        return entries[position].profile
    }

    mutating func remove(_ pseudonym: Pseudonym) {
        if let position = positions[pseudonym] { remove(at: position) }
    }

    mutating func insert(
        _ profile: ProfileVersion, _ pseudonym: Pseudonym, _ bytes: Int, _ maxEntries: Int,
        _ maxBytes: Int
    ) {
        if let position = positions[pseudonym] { remove(at: position) }
        guard bytes <= maxBytes else { return }
        while entries.count >= maxEntries || byteCount + bytes > maxBytes { evictOne() }
        positions[pseudonym] = entries.count
        entries.append(
            Entry(pseudonym: pseudonym, profile: profile, byteCount: bytes, wasUsed: false))
        byteCount += bytes
    }

    private mutating func evictOne() {
        while true {
            if hand >= entries.count { hand = 0 }
            guard entries[hand].wasUsed else { return remove(at: hand) }
            entries[hand].wasUsed = false
            hand += 1
        }
    }

    /// The last entry takes the free place.
    private mutating func remove(at position: Int) {
        byteCount -= entries[position].byteCount
        positions[entries[position].pseudonym] = nil
        let last = entries.removeLast()
        guard position < entries.count else { return }
        entries[position] = last
        positions[last.pseudonym] = position
    }
}
