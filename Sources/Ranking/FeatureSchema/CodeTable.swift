/// A map from codes (never negative) to small values with room fixed at the start: linear probing
/// at a load of at most one half. Dictionary hashes with SipHash, which costs more than all the
/// rest of a known candidate's features.
struct CodeTable<Value: Sendable>: Sendable {
    private static var vacant: Int32 { -1 }
    private let mask: Int
    private let capacity: Int
    private(set) var count = 0
    private var codes: [Int32]
    private var values: [Value?]

    init(capacity: Int) {
        var slots = 4
        while slots < capacity * 2 { slots *= 2 }
        self.capacity = capacity
        mask = slots - 1
        codes = [Int32](repeating: Self.vacant, count: slots)
        values = [Value?](repeating: nil, count: slots)
    }

    subscript(code: Int32) -> Value? { values[slot(of: code)] }

    /// Replaces the value of a code that is there. A new one is dropped when the table is full:
    /// callers size the table for all they have.
    mutating func insert(_ code: Int32, _ value: Value) {
        precondition(code >= 0, "codes are not negative")
        let slot = slot(of: code)
        if codes[slot] == Self.vacant {
            guard count < capacity else { return }
            count += 1
            codes[slot] = code
        }
        values[slot] = value
    }

    /// Where the code is, or the vacant slot where it would be. Fibonacci hashing (Knuth, TAOCP
    /// vol. 3, 6.4) spreads the consecutive codes that dictionaries hand out.
    private func slot(of code: Int32) -> Int {
        var slot = Int(
            truncatingIfNeeded: (UInt64(bitPattern: Int64(code)) &* 0x9E37_79B9_7F4A_7C15) >> 32)
        slot &= mask
        while codes[slot] != code && codes[slot] != Self.vacant { slot = (slot + 1) & mask }
        return slot
    }
}
