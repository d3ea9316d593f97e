internal import Inference
internal import Store

/// What ranking reads of a subject, laid out as it reads it: affinities by a table's codes, vectors
/// side by side. Making one costs more than ranking a hundred known items. Immutable, any thread.
final class PreparedSubject: Sendable {
    let categories: Affinity
    let brands: Affinity
    let logPriceMean: Float?
    let logPriceDeviation: Float
    /// The interest first, where there is one, then what the subject dealt with.
    let probes: VectorProbes
    private let tableSerial: UInt64

    /// - Parameters:
    ///   - dimension: of the encoder whose vectors are compared.
    ///   - other: of the same subject; lends its vectors.
    init(_ subject: Subject, for table: ItemTable, dimension: Int, like other: PreparedSubject?) {
        let profile = subject.profile
        categories = Affinity(shares: profile.categoryAffinity, codeOf: table.categories.code)
        brands = Affinity(shares: profile.brandAffinity, codeOf: table.brands.code)
        logPriceMean = profile.logPriceMean
        logPriceDeviation = profile.logPriceDeviation
        if let other, other.probes.dimension == dimension {
            probes = other.probes
        } else {
            probes = VectorProbes(
                dimension: dimension, first: subject.interest(dimension: dimension),
                others: subject.recentVectors(dimension: dimension))
        }
        tableSerial = table.serial
    }

    fileprivate func isMade(for table: ItemTable, _ dimension: Int) -> Bool {
        tableSerial == table.serial && probes.dimension == dimension
    }
}

/// What is kept beside a stored profile. Two, because items and ads are two tables.
private final class KeptSubjects: Sendable {
    let latest: PreparedSubject
    let previous: PreparedSubject?

    init(latest: PreparedSubject, previous: PreparedSubject?) {
        self.latest = latest
        self.previous = previous
    }

    func find(_ table: ItemTable, _ dimension: Int) -> PreparedSubject? {
        if latest.isMade(for: table, dimension) { return latest }
        guard let previous, previous.isMade(for: table, dimension) else { return nil }
        return previous
    }
}

extension Subject {
    /// As the last request of the same profile had it, where nothing is said beside the profile.
    func prepared(for table: ItemTable, dimension: Int) -> PreparedSubject {
        guard text == nil else {
            return PreparedSubject(self, for: table, dimension: dimension, like: nil)
        }
        let kept = version.derived as? KeptSubjects
        if let known = kept?.find(table, dimension) { return known }
        let made = PreparedSubject(self, for: table, dimension: dimension, like: kept?.latest)
        version.derived = KeptSubjects(latest: made, previous: kept?.latest)
        return made
    }
}
