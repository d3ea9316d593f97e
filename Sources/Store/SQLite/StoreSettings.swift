internal import Base
internal import GRDB

/// Facts about a store that must agree with who opens it.
enum StoreSettings {
    enum Flag: String {
        /// Items' purchases are to be counted anew.
        case popularityDue = "popularity_due"
    }

    private static let bundleVersion = "bundle_version"
    private static let dimension = "vector_dimension"
    private static let catalogVersionName = "catalog_version"
    private static let keyCheck = "pseudonym_key_check"
    private static let populationModel = "population"
    private static let itemBehaviourName = "item_behaviour"

    /// Version of the encoder bundle and dimension of the vectors in the store; nil before the first.
    static func encoder(_ database: Database) throws(Fault) -> (
        bundleVersion: String, dimension: Int
    )? {
        guard let bundle = try value(database, bundleVersion),
            let digits = try value(database, dimension),
            let dimension = Int(String(decoding: digits, as: UTF8.self))
        else { return nil }
        return (String(decoding: bundle, as: UTF8.self), dimension)
    }

    /// Binds the store to an encoder at its first text; throws when it is bound to another one, whose
    /// vectors cannot be compared with this one's.
    static func bind(_ database: Database, bundle: String, dimension count: Int) throws(Fault) {
        guard let found = try encoder(database) else {
            try set(database, bundleVersion, Array(bundle.utf8))
            try set(database, dimension, Array(String(count).utf8))
            return
        }
        try requireSame(found, bundle: bundle)
        guard found.dimension == count else {
            throw Fault(
                .failedPrecondition, reason: "BUNDLE_MISMATCH",
                "the store has vectors of \(found.dimension) values, the bundle makes \(count)")
        }
    }

    static func requireSame(
        _ found: (bundleVersion: String, dimension: Int), bundle: String
    ) throws(Fault) {
        guard found.bundleVersion == bundle else {
            throw Fault(
                .failedPrecondition, reason: "BUNDLE_MISMATCH",
                "the store's texts were encoded with bundle \(found.bundleVersion), this is "
                    + "\(bundle): import into a new store")
        }
    }

    /// Binds the store to a key at its first user; throws when it is bound to another.
    static func bind(_ database: Database, to pseudonymizer: Pseudonymizer) throws(Fault) {
        if try !hasKey(database) {
            try set(database, keyCheck, try pseudonymizer.checkValue())
        }
        try requireKey(database, of: pseudonymizer)
    }

    /// Throws when the store's users are under another key.
    static func requireKey(_ database: Database, of pseudonymizer: Pseudonymizer) throws(Fault) {
        guard let found = try value(database, keyCheck) else { return }
        guard found == (try pseudonymizer.checkValue()) else {
            throw Fault(
                .failedPrecondition, reason: "BAD_PSEUDONYM_KEY",
                "the pseudonym key is not the one this store's users were stored under")
        }
    }

    /// True once users were stored under some key.
    static func hasKey(_ database: Database) throws(Fault) -> Bool {
        try value(database, keyCheck) != nil
    }

    static func population(_ database: Database) throws(Fault) -> [UInt8]? {
        try value(database, populationModel)
    }

    static func setPopulation(_ database: Database, _ bytes: [UInt8]) throws(Fault) {
        try set(database, populationModel, bytes)
    }

    static func itemBehaviour(_ database: Database) throws(Fault) -> [UInt8]? {
        try value(database, itemBehaviourName)
    }

    static func setItemBehaviour(_ database: Database, _ bytes: [UInt8]) throws(Fault) {
        try set(database, itemBehaviourName, bytes)
    }

    static func hasFlag(_ database: Database, _ flag: Flag) throws(Fault) -> Bool {
        try value(database, flag.rawValue) == [1]
    }

    static func setFlag(_ database: Database, _ flag: Flag, _ isSet: Bool) throws(Fault) {
        try set(database, flag.rawValue, [isSet ? 1 : 0])
    }

    /// Another number whenever items, ads or intents have become other.
    static func catalogVersion(_ database: Database) throws(Fault) -> Int64 {
        guard let digits = try value(database, catalogVersionName) else { return 0 }
        return Int64(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    /// In the transaction that changes them, or after the last of several; the new version.
    @discardableResult
    static func advanceCatalogVersion(_ database: Database) throws(Fault) -> Int64 {
        let version = try catalogVersion(database) &+ 1
        try set(database, catalogVersionName, Array(String(version).utf8))
        return version
    }

    private static func value(_ database: Database, _ name: String) throws(Fault) -> [UInt8]? {
        let statement = try SQLStatement(database, "SELECT value FROM settings WHERE name = ?")
        try statement.bind(text: name, at: 1)
        guard try statement.step() else { return nil }
        defer { statement.reset() }
        return statement.blob(0)
    }

    private static func set(_ database: Database, _ name: String, _ value: [UInt8]) throws(Fault) {
        let statement = try SQLStatement(
            database, "INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)")
        try statement.bind(text: name, at: 1)
        try statement.bind(blob: value, at: 2)
        try statement.run()
    }
}
