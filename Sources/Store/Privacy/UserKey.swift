internal import Base

/// One user's own secrets, random, made with the user and destroyed with it: without them nothing
/// that is stored of the user can be read, wherever a copy of it lies.
struct UserKey: Sendable, Equatable {
    static let byteCount = 64

    /// Seals events, attributes and profile.
    let sealing: [UInt8]
    /// Makes marks of event ids.
    let marking: [UInt8]

    /// - Parameter bytes: `byteCount` of them.
    init(bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a user's key is 64 bytes")
        sealing = Array(bytes[..<32])
        marking = Array(bytes[32...])
    }

    static func random() throws(Fault) -> UserKey {
        UserKey(bytes: try RandomBytes.make(byteCount))
    }

    var bytes: [UInt8] { sealing + marking }
}

/// By what a store knows a user's event again without knowing its id: 128 bits of SHA-256 over a
/// secret of the user and the id. The secret has a fixed length and half the digest is left out, so
/// that hashing on from a mark (length extension) is no way to another.
final class EventMarks {
    static let byteCount = 16

    private let hasher: SHA256Hasher

    init() throws(Fault) { hasher = try SHA256Hasher() }

    func mark(ofEventId id: Span<UInt8>, of user: UserKey) throws(Fault) -> [UInt8] {
        let secret = user.marking
        try hasher.update(secret.span)
        try hasher.update(id)
        return Array(try hasher.finish().prefix(Self.byteCount))
    }
}
