// What the response model reads of ads, worked out once when ads change: hashes of names, kinds and
// campaigns as codes.

public import Store

/// What was shown: one ad, or all of a campaign's as a mailing shows them. Where there are several, the
/// nearest and the dearest to the user count.
public enum AdTarget: Sendable, Equatable, Hashable {
    /// Of the table.
    case ad(row: Int)
    /// A code of `AdIndex.campaigns`.
    case campaign(Int32)
}

/// Immutable; of one table of ads.
public final class AdIndex: Sendable {
    public let table: AdTable
    /// Identifiers of campaigns; an ad without one is a campaign by itself.
    public let campaigns: NameDictionary
    /// By row, codes of `campaigns`.
    public let campaignCodes: [Int32]
    /// By campaign: rows of its ads, ascending.
    public let campaignRows: [[Int32]]
    /// By campaign: Unix nanoseconds at which its first ad starts and its last one ends.
    public let campaignTimes: [(start: Int64, end: Int64)]
    /// By campaign: codes of the categories of its ads, each once.
    let campaignCategories: [[Int32]]
    /// By campaign, an index of `kindHashes`.
    let kinds: [Int32]
    /// 0 for campaigns of no kind.
    let kindHashes: [UInt64]
    /// By code of the table's categories.
    let categoryHashes: [UInt64]

    public init(_ table: AdTable) {
        self.table = table
        let ads = (0..<table.count).map { table.ad(at: $0) }
        let names = ads.map { $0.campaignId.isEmpty ? "ad:\($0.id)" : $0.campaignId }
        campaigns = NameDictionary(names)
        campaignCodes = names.map { [campaigns] in campaigns.code(of: $0) ?? -1 }
        var rows = [[Int32]](repeating: [], count: campaigns.count)
        for (row, code) in campaignCodes.enumerated() { rows[Int(code)].append(Int32(row)) }
        campaignRows = rows
        campaignTimes = rows.map { rows in
            (
                rows.map { table.startUnixNanoseconds[Int($0)] }.min() ?? .min,
                rows.map { table.endUnixNanoseconds[Int($0)] }.max() ?? .max
            )
        }
        campaignCategories = rows.map { rows in
            Set(rows.map { table.creatives.categoryCodes[Int($0)] }.filter { $0 >= 0 }).sorted()
        }
        let kindNames = rows.map { rows in
            rows.first.map { ads[Int($0)].creative.attributes[AdFeature.kindAttribute] ?? "" } ?? ""
        }
        let dictionary = NameDictionary(kindNames)
        // 0 stands for no kind.
        kinds = kindNames.map { (dictionary.code(of: $0) ?? -1) + 1 }
        kindHashes =
            [0] + (0..<dictionary.count).map { AdSlots.hash(dictionary.name(of: Int32($0))) }
        categoryHashes = (0..<table.creatives.categories.count).map {
            AdSlots.hash(table.creatives.categories.name(of: Int32($0)))
        }
    }

    public static let empty = AdIndex(.empty)

    public func campaign(of target: AdTarget) -> Int32 {
        switch target {
        case .ad(let row): campaignCodes[row]
        case .campaign(let code): code
        }
    }

    /// Names in a logit, of the ad alone.
    func terms(of target: AdTarget) -> [AdTerm] {
        let campaign = campaign(of: target)
        let kind = kindHashes[Int(kinds[Int(campaign)])]
        var names = [(AdFeature.campaign, AdSlots.hash(campaigns.name(of: campaign)))]
        if kind != 0 { names.append((.campaignKind, kind)) }
        if case .ad(let row) = target {
            names += Self.names(of: table.ad(at: row))
        }
        return names.map { feature, level in
            AdTerm(feature: feature, slot: AdSlots.slot(feature, level: level), value: 1)
        }
    }

    static func names(of ad: Ad) -> [(AdFeature, UInt64)] {
        var names: [(AdFeature, UInt64)] = []
        if !ad.id.isEmpty { names.append((.ad, AdSlots.hash(ad.id))) }
        let creative = ad.creative
        if !creative.category.isEmpty {
            names.append((.category, AdSlots.hash(creative.category)))
        }
        if !creative.brand.isEmpty { names.append((.brand, AdSlots.hash(creative.brand))) }
        return names
    }
}
