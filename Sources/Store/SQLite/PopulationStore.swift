// The population model in the store, and making it from the profiles there.

public import Base
private import Foundation
internal import GRDB

extension SQLiteStore {
    /// Users read in one transaction.
    private static let usersPerTransaction = 64

    /// What was made last; nil when nothing was.
    public func population() throws(Fault) -> PopulationModel? {
        guard let bytes = try read({ try StoreSettings.population($0) }) else { return nil }
        do {
            return try JSONDecoder().decode(PopulationModel.self, from: Data(bytes))
        } catch {
            throw Fault(
                .dataLoss, reason: "STORE_CORRUPT",
                "the store's segments are damaged: make them anew")
        }
    }

    /// Makes quintiles and segments from all profiles, and keeps them.
    /// - Parameter progress: called with the users done and the users there are.
    public func buildPopulation(
        segmentCount: Int, limits: Limits = Limits(),
        progress: (_ done: Int, _ total: Int) -> Void
    ) throws(Fault) -> PopulationModel {
        // Ones that cannot be read are made anew like ones that are not there.
        let previous = try? population()
        var builder = try PopulationBuilder(previous: previous, segmentCount: segmentCount)
        try forEachProfile(limits: limits, progress: progress) { builder.add($0) }
        let model = builder.model()
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let bytes = [UInt8](try encoder.encode(model))
            try write { try StoreSettings.setPopulation($0, bytes) }
        } catch { throw SQLiteFailure.fault(error, path: path) }
        return model
    }

    /// Every user's profile, in the order of the pseudonyms; a damaged one is left out.
    func forEachProfile(
        limits: Limits, progress: (_ done: Int, _ total: Int) -> Void, _ body: (Profile) -> Void
    ) throws(Fault) {
        let facts = FactCache()
        try forEachUserPage(progress: progress) { database, pseudonyms throws(Fault) in
            let finder = try ProfileFinder(
                database, secrets, facts: facts, maxRecentItems: limits.maxRecentItems)
            for pseudonym in pseudonyms {
                if case .success(let stored?) = try finder.find(pseudonym) {
                    body(stored.profile.profile)
                }
            }
        }
    }

    /// Every user's profile as of its last event, whoever's it is; a damaged one is left out. What
    /// `body` throws ends it.
    public func scanProfiles(
        limits: Limits, _ body: (Pseudonym, Profile) throws(Fault) -> Void
    ) throws(Fault) {
        let facts = FactCache()
        let silent: (Int, Int) -> Void = { _, _ in }
        try forEachUserPage(progress: silent) { database, pseudonyms throws(Fault) in
            let finder = try ProfileFinder(
                database, secrets, facts: facts, maxRecentItems: limits.maxRecentItems)
            for pseudonym in pseudonyms {
                if case .success(let stored?) = try finder.find(pseudonym) {
                    try body(pseudonym, stored.profile.profile)
                }
            }
        }
    }

    /// All users in the order of their pseudonyms, a few in one transaction.
    /// - Parameter progress: called with the users done and the users there are.
    func forEachUserPage(
        progress: (_ done: Int, _ total: Int) -> Void,
        _ body: (Database, [Pseudonym]) throws(Fault) -> Void
    ) throws(Fault) {
        let total = try read { database in
            let count = try SQLStatement(database, "SELECT count(*) FROM users")
            return try count.step() ? Int(count.int64(0)) : 0
        }
        var done = 0
        var last: [UInt8] = []
        while true {
            let found = try read { database in
                let page = try UserPage(database, after: last, limit: Self.usersPerTransaction)
                try body(database, page.pseudonyms)
                return page.pseudonyms
            }
            guard let end = found.last else { return }
            last = end.bytes
            done += found.count
            progress(done, max(done, total))
        }
    }
}

/// Users in the order of their pseudonyms.
struct UserPage {
    let pseudonyms: [Pseudonym]

    init(_ database: Database, after last: [UInt8], limit: Int) throws(Fault) {
        let select = try SQLStatement(
            database, "SELECT pseudonym FROM users WHERE pseudonym > ? ORDER BY pseudonym LIMIT ?")
        try select.bind(blob: last.span, at: 1)
        try select.bind(Int64(limit), at: 2)
        var found: [Pseudonym] = []
        while try select.step() { found.append(Pseudonym(bytes: select.blob(0) ?? [])) }
        pseudonyms = found
    }
}
