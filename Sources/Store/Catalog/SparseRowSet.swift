/// A set of rows: a list while it is small, a bit for each row once that is shorter. Rules share a few
/// values that thousands of ads name and have many that few do.
public struct SparseRowSet: Sendable, Equatable {
    /// Sorted; empty once there are `words`.
    private var list: [Int32] = []
    private var words: [UInt64] = []
    public private(set) var count = 0

    public init() {}

    public func contains(_ row: Int) -> Bool {
        if words.isEmpty {
            let place = self.place(of: Int32(row))
            return place < list.count && list[place] == Int32(row)
        }
        return row >> 6 < words.count && words[row >> 6] >> UInt64(row & 63) & 1 == 1
    }

    mutating func insert(_ row: Int) {
        if contains(row) { return }
        count += 1
        if words.isEmpty {
            list.insert(Int32(row), at: place(of: Int32(row)))
            let largest = Int(list[list.count - 1])
            if list.count >= 64, list.count * 32 > largest { makeWords(largest) }
        } else {
            setBit(row)
        }
    }

    mutating func remove(_ row: Int) {
        guard contains(row) else { return }
        count -= 1
        if words.isEmpty {
            list.remove(at: place(of: Int32(row)))
        } else {
            words[row >> 6] &= ~(1 << UInt64(row & 63))
        }
    }

    /// Sets the bit of every row. Bits past the end of `bits` are left out.
    func add(to bits: inout [UInt64]) {
        for row in list where Int(row) >> 6 < bits.count {
            bits[Int(row) >> 6] |= 1 << UInt64(row & 63)
        }
        for word in 0..<min(words.count, bits.count) { bits[word] |= words[word] }
    }

    /// Clears them.
    func subtract(from bits: inout [UInt64]) {
        for row in list where Int(row) >> 6 < bits.count {
            bits[Int(row) >> 6] &= ~(1 << UInt64(row & 63))
        }
        for word in 0..<min(words.count, bits.count) { bits[word] &= ~words[word] }
    }

    private mutating func makeWords(_ largest: Int) {
        words = [UInt64](repeating: 0, count: largest >> 6 + 1)
        for row in list { words[Int(row) >> 6] |= 1 << UInt64(row & 63) }
        list = []
    }

    private mutating func setBit(_ row: Int) {
        while words.count <= row >> 6 { words.append(0) }
        words[row >> 6] |= 1 << UInt64(row & 63)
    }

    /// Where the row is in `list` or belongs.
    private func place(of row: Int32) -> Int {
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if list[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
