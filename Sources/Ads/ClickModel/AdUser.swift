// What the response model reads of a user whatever the moment: made once from a profile and kept beside
// it, because looking up a user's categories costs more than scoring a hundred ads.

internal import Inference
internal import Ranking
internal import Store

/// Immutable, any thread. For one table of ads.
final class AdUser: Sendable {
    /// What the user deals with: the table's code, the share of it, and sqrt(share / largest share).
    struct Dealing: Sendable {
        let code: Int
        let share: Float
        let affinity: Float
    }

    /// Groups of interests that an ad is compared with, the largest; each costs every ad a dot
    /// product.
    private static let maxInterests = 3
    /// Categories of the user that are paired with the ad's.
    private static let maxPairedCategories = 3

    /// The interest first, then the leaders of its groups and what the user says.
    let probes: VectorProbes
    /// Those that the table has.
    let categories: [Dealing]
    let brands: [Dealing]
    let knowsCategories: Bool
    let knowsBrands: Bool
    /// What was declared.
    let declared: [UserTerm]
    /// Hashes and affinities of the user's first categories.
    let topCategories: [(hash: UInt64, affinity: Float)]
    let logPriceMean: Float?
    let logPriceDeviation: Float
    private let tableSerial: UInt64

    init(_ subject: Subject, creatives: ItemTable) {
        let profile = subject.profile
        // The encoder's dimension: the table's, or that of the user's vectors where it is empty.
        let dimension =
            creatives.vectors.rowCount > 0
            ? creatives.vectors.dimension
            : (profile.interest ?? subject.text)?.dimension ?? 0
        let leaders = profile.interests.prefix(Self.maxInterests).map {
            profile.recentItems[$0.leader].vector
        }
        probes = VectorProbes(
            dimension: dimension, first: subject.interest(dimension: dimension),
            others: (leaders + [subject.text]).compactMap { $0 }.filter {
                $0.dimension == dimension && dimension > 0
            })
        let largest = profile.categoryAffinity.values.max() ?? 0
        categories = Self.dealings(profile.categoryAffinity, creatives.categories)
        brands = Self.dealings(profile.brandAffinity, creatives.brands)
        knowsCategories = !profile.categoryAffinity.isEmpty
        knowsBrands = !profile.brandAffinity.isEmpty
        declared = Self.declared(profile)
        logPriceMean = profile.logPriceMean
        logPriceDeviation = profile.logPriceDeviation
        topCategories = profile.categoryAffinity.filter { $0.value > 0 }.sorted {
            $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
        }.prefix(Self.maxPairedCategories).map {
            (AdSlots.hash($0.key), ($0.value / largest).squareRoot())
        }
        tableSerial = creatives.serial
    }

    /// As the last request of the same profile had it, where nothing is said beside the profile.
    static func of(_ subject: Subject, creatives: ItemTable) -> AdUser {
        guard subject.text == nil else { return AdUser(subject, creatives: creatives) }
        if let known = subject.version.derivedForAds as? AdUser,
            known.tableSerial == creatives.serial
        {
            return known
        }
        let made = AdUser(subject, creatives: creatives)
        subject.version.derivedForAds = made
        return made
    }

    private static func dealings(
        _ shares: [String: Float], _ names: NameDictionary
    ) -> [Dealing] {
        let largest = shares.values.max() ?? 0
        return shares.compactMap { name, share in
            guard share > 0, share.isFinite, let code = names.code(of: name), code >= 0 else {
                return nil
            }
            return Dealing(
                code: Int(code), share: share, affinity: (share / largest).squareRoot())
        }
    }

    private static func declared(_ profile: Profile) -> [UserTerm] {
        profile.attributes.sorted { $0.key < $1.key }.compactMap { name, value in
            AdFeature.declared(DataLabel(attribute: name)).map {
                UserTerm(
                    feature: $0, level: AdSlots.hash("\(name.lowercased())=\(value)"), value: 1)
            }
        }
    }
}
