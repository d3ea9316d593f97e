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
        for place in places {
            if place >= idStart {
                let extent = ids.extent(at: place - idStart)
                add(table.row(ofUTF8: ids.utf8.span.extracting(extent)), place, &found)
            } else if place >= inlineStart {
                switch described[place - inlineStart] {
                case .success(let position): found.append(inline: position)
                case .failure(let fault): found.append(fault, place: place)
                }
            } else {
                addBid(place, &found)
            }
        }
    }

    private func add(_ row: Int?, _ place: Int, _ found: inout FoundAds) {
        guard let row else { return found.append(.unknownCandidate("ad"), place: place) }
        guard (1...Bid.maxMicros).contains(table.terms[row].bidMicros) else {
            return found.append(.storedBidInvalid, place: place)
        }
        found.append(row: row)
    }

    private func addBid(_ place: Int, _ found: inout FoundAds) {
        do throws(Fault) {
            let bid = try bids[place].get()
            let row = table.row(of: bid.adId)
            guard let units = bid.bid, let row else { return add(row, place, &found) }
            found.append(
                row: row,
                bidMicros: try Bid.micros(ofUnits: units, field: "ad_bids[\(place)].bid"))
        } catch { found.append(error, place: place) }
    }
}

extension Fault {
    fileprivate static let storedBidInvalid = Fault(
        .failedPrecondition, reason: "STORED_BID_INVALID",
        "the ad's stored bid is not 1 to \(Bid.maxMicros) micros")
}
