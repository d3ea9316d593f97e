/// A user past the edge: HMAC-SHA-256 of the identifier under the installation's key. The only name
/// of a user that stores, logs and metrics may see, and logs and metrics do not.
public struct Pseudonym: Sendable, Hashable {
    /// 32 bytes.
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        precondition(bytes.count == 32, "a pseudonym is a SHA-256 HMAC")
        self.bytes = bytes
    }
}
