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
    /// Codes of the categories of each campaign's ads, each once, ascending.
    private let campaignCategories: [Int32]
    /// By campaign, where its categories begin; one more for the end.
    private let campaignCategoryStarts: [Int32]
    /// By campaign, an index of `kindHashes`.
    let kinds: [Int32]
    /// 0 for campaigns of no kind.
    let kindHashes: [UInt64]
    /// By code of the table's categories.
    let categoryHashes: [UInt64]
    /// By row: slots of the names of the ad alone.
    let rowSlots: [NameSlots]
    /// By campaign.
    private let campaignSlots: [Int32]

    /// -1 for a name that an ad does not have.
    struct NameSlots: Sendable {
        var ad: Int32 = -1
        var category: Int32 = -1
        var brand: Int32 = -1

        init(_ ad: Ad) {
            for (feature, level) in AdIndex.names(of: ad) {
                let slot = AdSlots.slot(feature, level: level)
                switch feature {
                case .ad: self.ad = slot
                case .category: category = slot
                default: brand = slot
                }
            }
        }
    }

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
        var categories: [Int32] = []
        var starts: [Int32] = [0]
        for rows in rows {
            categories += Set(rows.map { table.creatives.categoryCodes[Int($0)] }).sorted()
                .filter { $0 >= 0 }
            starts.append(Int32(categories.count))
        }
        campaignCategories = categories
        campaignCategoryStarts = starts
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
        rowSlots = ads.map { NameSlots($0) }
        campaignSlots = (0..<campaigns.count).map { [campaigns] in
            AdSlots.slot(.campaign, level: AdSlots.hash(campaigns.name(of: Int32($0))))
        }
    }

    public static let empty = AdIndex(.empty)

    public func campaign(of target: AdTarget) -> Int32 {
        switch target {
        case .ad(let row): campaignCodes[row]
        case .campaign(let code): code
        }
    }

    /// Of what a user deals with, the part that is in a campaign's categories.
    /// - Parameter shares: by category.
    func share(ofCampaign campaign: Int, _ shares: [Float]) -> Float {
        let (start, end) = (
            Int(campaignCategoryStarts[campaign]), Int(campaignCategoryStarts[campaign + 1])
        )
        var share: Float = 0
        for position in start..<end { share += shares[Int(campaignCategories[position])] }
        return share
    }

    /// Names in a logit, of the ad alone.
    func forEachTerm(of target: AdTarget, _ body: (AdTerm) -> Void) {
        let campaign = Int(campaign(of: target))
        func add(_ feature: AdFeature, _ slot: Int32) {
            if slot >= 0 { body(AdTerm(feature: feature, slot: slot, value: 1)) }
        }
        add(.campaign, campaignSlots[campaign])
        let kind = kindHashes[Int(kinds[campaign])]
        if kind != 0 { add(.campaignKind, AdSlots.slot(.campaignKind, level: kind)) }
        guard case .ad(let row) = target else { return }
        let slots = rowSlots[row]
        add(.ad, slots.ad)
        add(.category, slots.category)
        add(.brand, slots.brand)
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
