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
    /// Nothing is known of what the user did.
    let isNew: Bool
    /// nil where the head reads no statistics.
    let behaviour: PreparedBehaviour?
    private let tableSerial: UInt64
    /// Of the probes after the interest; empty for the request's own text.
    private let probedItemIds: [String]

    /// - Parameters:
    ///   - dimension: of the encoder whose vectors are compared.
    ///   - other: of the same subject; lends its vectors.
    init(
        _ subject: Subject, for table: ItemTable, dimension: Int, bound: BoundStatistics?,
        like other: PreparedSubject?
    ) {
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
        behaviour = bound.map { PreparedBehaviour(profile, table: table, bound: $0) }
        isNew = profile.eventCount == 0 && subject.text == nil
        probedItemIds = subject.recentItemIds(dimension: dimension)
        tableSerial = table.serial
    }

    /// The item of late that is nearest by its products with a candidate; empty for none.
    func nearestItem(_ products: [Float]) -> String {
        let first = products.count - probedItemIds.count
        var (nearest, largest) = ("", ItemReasons.minSimilarity)
        for (id, product) in zip(probedItemIds, products[first...]) where product > largest {
            (nearest, largest) = (id, product)
        }
        return nearest
    }

    fileprivate func isMade(
        for table: ItemTable, _ dimension: Int, _ bound: BoundStatistics?
    ) -> Bool {
        tableSerial == table.serial && probes.dimension == dimension
            && behaviour?.bound.serial == bound?.serial
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

    func find(
        _ table: ItemTable, _ dimension: Int, _ bound: BoundStatistics?
    ) -> PreparedSubject? {
        if latest.isMade(for: table, dimension, bound) { return latest }
        guard let previous, previous.isMade(for: table, dimension, bound) else { return nil }
        return previous
    }
}

extension Subject {
    /// As the last request of the same profile had it, where nothing is said beside the profile.
    func prepared(
        for table: ItemTable, dimension: Int, bound: BoundStatistics? = nil
    ) -> PreparedSubject {
        guard text == nil else {
            return PreparedSubject(
                self, for: table, dimension: dimension, bound: bound, like: nil)
        }
        let kept = version.derived as? KeptSubjects
        if let known = kept?.find(table, dimension, bound) { return known }
        let made = PreparedSubject(
            self, for: table, dimension: dimension, bound: bound, like: kept?.latest)
        version.derived = KeptSubjects(latest: made, previous: kept?.latest)
        return made
    }
}
