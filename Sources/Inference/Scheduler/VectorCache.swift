// Vectors of texts seen before, bounded in bytes. CLOCK (Corbató, 1969) in shards: a hit sets a mark
// and moves nothing, a newcomer starts without one, so that a long list of texts that come once does
// not push out those that come again.
//
// Each shard has a lock of its own that is held for one copy of a vector.

private import Synchronization

/// Any thread may use it.
final class VectorCache: Sendable {
    private static let shardCount = 64
    /// Of an entry beside its vector: key, mark, and its place in a table that is half full.
    static let overheadBytes = 72

    private final class Shard: Sendable {
        let clock: Mutex<VectorClock>

        init(_ clock: sending VectorClock) { self.clock = Mutex(clock) }
    }

    let dimension: Int
    private let shards: [Shard]

    /// - Parameter maxBytes: for all vectors and what finds them; too little for a vector a shard
    ///   keeps none.
    init(dimension: Int, maxBytes: Int) {
        self.dimension = dimension
        let entryBytes = dimension * MemoryLayout<Float>.size + Self.overheadBytes
        let capacity = maxBytes / Self.shardCount / entryBytes
        shards =
            capacity == 0
            ? []
            : (0..<Self.shardCount).map { _ in
                Shard(VectorClock(dimension: dimension, capacity: capacity))
            }
    }

    var isOff: Bool { shards.isEmpty }

    /// Appends the vector of `key`, if it is here.
    func append(_ key: TextKey, to vectors: inout [Float]) -> Bool {
        shard(of: key)?.clock.withLock { $0.append(key, to: &vectors) } ?? false
    }

    /// - Parameter vector: `dimension` floats.
    func insert(_ key: TextKey, _ vector: ArraySlice<Float>) {
        shard(of: key)?.clock.withLock { $0.insert(key, vector) }
    }

    /// Bytes of what is kept, as they count against the bound.
    var byteCount: Int {
        let entries = shards.reduce(0) { $0 + $1.clock.withLock { $0.count } }
        return entries * (dimension * MemoryLayout<Float>.size + Self.overheadBytes)
    }

    /// By bits that a shard's own table does not use.
    private func shard(of key: TextKey) -> Shard? {
        shards.isEmpty ? nil : shards[Int(key.high % UInt64(Self.shardCount))]
    }
}

/// One shard: a slab of vectors that is filled from the front, then round and round.
struct VectorClock {
    private let dimension: Int
    private let capacity: Int
    private var slots: [TextKey: Int32]
    private var keys: [TextKey] = []
    private var isMarked: [Bool] = []
    private var vectors: [Float] = []
    private var hand = 0

    /// Reserves the memory; the system gives it page by page as vectors come.
    init(dimension: Int, capacity: Int) {
        self.dimension = dimension
        self.capacity = capacity
        slots = Dictionary(minimumCapacity: capacity)
        keys.reserveCapacity(capacity)
        isMarked.reserveCapacity(capacity)
        vectors.reserveCapacity(capacity * dimension)
    }

    var count: Int { keys.count }

    mutating func append(_ key: TextKey, to output: inout [Float]) -> Bool {
        guard let slot = slots[key].map(Int.init) else { return false }
        isMarked[slot] = true
        output += vectors[slot * dimension..<(slot + 1) * dimension]
        return true
    }

    mutating func insert(_ key: TextKey, _ vector: ArraySlice<Float>) {
        if slots[key] != nil { return }
        if keys.count < capacity {
            slots[key] = Int32(keys.count)
            keys.append(key)
            isMarked.append(false)
            vectors += vector
            return
        }
        while isMarked[hand] {
            isMarked[hand] = false
            hand = (hand + 1) % capacity
        }
        slots[keys[hand]] = nil
        slots[key] = Int32(hand)
        keys[hand] = key
        vectors.replaceSubrange(hand * dimension..<(hand + 1) * dimension, with: vector)
        hand = (hand + 1) % capacity
    }
}
