/// A user past the edge: HMAC-SHA-256 of the identifier under the installation's key. The only name
/// of a user that stores, logs and metrics may see, and logs and metrics do not.
///
/// Its 32 bytes lie in the value itself: one is made for every request.
public struct Pseudonym: Sendable, Hashable, Comparable {
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    /// - Parameter code: as it lies in memory.
    init(_ code: HMACSHA256.Code) { (first, second, third, fourth) = code }

    public init(bytes: [UInt8]) {
        precondition(bytes.count == 32, "a pseudonym is a SHA-256 HMAC")
        self.init(bytes.withUnsafeBytes { $0.loadUnaligned(as: HMACSHA256.Code.self) })
    }

    public var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }

    /// As even as the whole: who does not have the key cannot choose it.
    var leadingBits: UInt64 { first }

    /// An order that is the same wherever it is asked.
    public static func < (one: Pseudonym, other: Pseudonym) -> Bool {
        (one.first, one.second, one.third, one.fourth)
            < (other.first, other.second, other.third, other.fourth)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(leadingBits) }
}
