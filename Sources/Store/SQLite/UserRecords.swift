internal import Base
internal import GRDB

/// What a user's row holds sealed: declared attributes and the stored profile. Each box names its
/// user and kind, so that none stands for another.
final class UserRecords {
    private enum Kind: UInt8 {
        case attributes = 2
        case profile = 3
    }

    private let boxes: SealedBoxes
    private let selectAttributes: SQLStatement
    private let updateAttributes: SQLStatement
    private let updateProfile: SQLStatement

    init(_ database: Database) throws(Fault) {
        boxes = try SealedBoxes()
        selectAttributes = try SQLStatement(
            database, "SELECT attributes FROM users WHERE id = ?")
        updateAttributes = try SQLStatement(
            database, "UPDATE users SET attributes = ?, stale = 1 WHERE id = ?")
        updateProfile = try SQLStatement(
            database, "UPDATE users SET profile = ?, stale = 0 WHERE id = ?")
    }

    func attributes(of user: StoredUser, _ pseudonym: Pseudonym) throws(Fault) -> [String: String] {
        try selectAttributes.bind(user.row, at: 1)
        guard try selectAttributes.step() else { return [:] }
        defer { selectAttributes.reset() }
        return try openAttributes(selectAttributes.blob(0), user.key, pseudonym)
    }

    /// - Parameter box: as stored.
    func openAttributes(
        _ box: [UInt8]?, _ key: UserKey, _ pseudonym: Pseudonym
    ) throws(Fault) -> [String: String] {
        guard let box else { return [:] }
        return try AttributeCodec.decode(try open(box, .attributes, key, pseudonym))
    }

    func openProfile(
        _ box: [UInt8], _ key: UserKey, _ pseudonym: Pseudonym
    ) throws(Fault) -> Profile {
        try ProfileCodec.decode(try open(box, .profile, key, pseudonym))
    }

    /// False when they were these already.
    func setAttributes(
        _ attributes: [String: String], of user: StoredUser, _ pseudonym: Pseudonym
    ) throws(Fault) -> Bool {
        if try self.attributes(of: user, pseudonym) == attributes { return false }
        let box: [UInt8]?
        if let content = AttributeCodec.encode(attributes) {
            box = try seal(content, .attributes, user.key, pseudonym)
        } else {
            box = nil
        }
        try updateAttributes.bind(blob: box, at: 1)
        try updateAttributes.bind(user.row, at: 2)
        try updateAttributes.run()
        return true
    }

    /// Stores the profile as up to its events.
    func setProfile(
        _ profile: Profile, of user: StoredUser, _ pseudonym: Pseudonym
    ) throws(Fault) {
        let content = try ProfileCodec.encode(profile)
        try updateProfile.bind(blob: try seal(content, .profile, user.key, pseudonym), at: 1)
        try updateProfile.bind(user.row, at: 2)
        try updateProfile.run()
    }

    private func seal(
        _ content: [UInt8], _ kind: Kind, _ key: UserKey, _ pseudonym: Pseudonym
    ) throws(Fault) -> [UInt8] {
        try boxes.seal(content, key: key.sealing, context: [kind.rawValue] + pseudonym.bytes)
    }

    private func open(
        _ box: [UInt8], _ kind: Kind, _ key: UserKey, _ pseudonym: Pseudonym
    ) throws(Fault) -> [UInt8] {
        let content = try boxes.open(
            box.span, key: key.sealing, context: [kind.rawValue] + pseudonym.bytes)
        guard let content else {
            throw Fault(
                .dataLoss, reason: "STORE_CORRUPT",
                "the store is damaged: what is stored of a user does not open under its key")
        }
        return content
    }
}
