internal import Ads
internal import Base
internal import Inference
internal import Messages
internal import Store

/// The candidates of a ScoreAds request as its auction finds them: `ad_bids`, then `ads`, then `ad_ids`.
struct RequestedAds: AdSource {
    private let bids: [Result<ScoreAdsRequest.AdBid, Fault>]
    private let ids: IdList
    private let table: AdTable
    let inline: [InlineAd]
    /// By place in `ads`: a position in `inline`, or what is wrong.
    private let described: [Result<Int, Fault>]

    init(_ request: ScoreAdsRequest, table: AdTable, vectors: [Int8Vector?]) {
        bids = request.adBids
        ids = request.adIds
        self.table = table
        var inline: [InlineAd] = []
        described = request.ads.enumerated().map { place, ad in
            Result { () throws(Fault) in
                let ad = try ad.get()
                try Bid.check(micros: ad.bid.micros, field: "ads[\(place)].bid.micros")
                inline.append(InlineAd(ad, vector: vectors[place]))
                return inline.count - 1
            }
        }
        self.inline = inline
    }

    var count: Int { bids.count + described.count + ids.count }

    /// Whether any rule looks at the field.
    func reads(_ field: TargetingField) -> Bool {
        table.targeting.reads(field)
            || inline.contains { $0.ad.delivery.rules.contains { $0.field == field } }
    }

    func find(_ places: Range<Int>, into found: inout FoundAds) {
        let inlineStart = bids.count
        let idStart = inlineStart + described.count
        for place in places.clamped(to: 0..<idStart) {
            if place >= inlineStart {
                switch described[place - inlineStart] {
                case .success(let position): found.append(inline: position)
                case .failure(let fault): found.append(fault, place: place)
                }
            } else {
                addBid(place, &found)
            }
        }
        let last = places.clamped(to: idStart..<max(idStart, places.upperBound))
        if last.isEmpty { return }
        let listed = last.lowerBound - idStart..<last.upperBound - idStart
        found.append(from: last.lowerBound, orElse: .unknownCandidate("ad")) { rows in
            table.appendRows(ofUTF8: ids.utf8.span, ends: ids.ends.span, listed, to: &rows)
        }
    }

    private func addBid(_ place: Int, _ found: inout FoundAds) {
        do throws(Fault) {
            let bid = try bids[place].get()
            guard let row = table.row(of: bid.adId) else {
                return found.append(.unknownCandidate("ad"), place: place)
            }
            guard let units = bid.bid else { return found.append(row: row) }
            found.append(
                row: row,
                bidMicros: try Bid.micros(ofUnits: units, field: "ad_bids[\(place)].bid"))
        } catch { found.append(error, place: place) }
    }
}
