/// The best `capacity` of what is offered, in a heap whose root is the worst kept. The order is
/// total: higher key first, then lower index, so equal scores stay in the order of the request and
/// no order of offering changes the result.
public struct TopK: Sendable {
    public struct Entry: Sendable, Equatable {
        public let key: Int64
        public let index: Int32

        func isBefore(_ other: Entry) -> Bool {
            key != other.key ? key > other.key : index < other.index
        }
    }

    private let capacity: Int
    private var heap: [Entry] = []

    public init(capacity: Int) {
        precondition(capacity >= 0, "capacity is negative")
        self.capacity = capacity
        heap.reserveCapacity(capacity)
    }

    public mutating func offer(key: Int64, index: Int32) {
        let entry = Entry(key: key, index: index)
        if heap.count < capacity {
            heap.append(entry)
            siftUp(heap.count - 1)
        } else if let worst = heap.first, entry.isBefore(worst) {
            heap[0] = entry
            siftDown(0)
        }
    }

    /// Of the worst kept; nil while there is room.
    public var leastKey: Int64? { heap.count < capacity ? nil : heap.first?.key }

    /// Best first.
    public consuming func sorted() -> [Entry] {
        heap.sort { $0.isBefore($1) }
        return heap
    }

    /// A key that orders as the number does; -0 equals 0.
    /// - Precondition: `score` is not NaN.
    public static func key(_ score: Float) -> Int64 {
        precondition(!score.isNaN, "a score is NaN")
        let bits = Int64(Int32(bitPattern: (score + 0).bitPattern))
        return bits >= 0 ? bits : Int64(Int32.min) - bits
    }

    /// The number that a key was made of; 0 for -0.
    public static func score(_ key: Int64) -> Float {
        Float(bitPattern: UInt32(bitPattern: Int32(key >= 0 ? key : Int64(Int32.min) - key)))
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[parent].isBefore(heap[child]) else { return }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var worst = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[worst].isBefore(heap[child]) { worst = child }
            }
            if worst == parent { return }
            heap.swapAt(parent, worst)
            parent = worst
        }
    }
}
