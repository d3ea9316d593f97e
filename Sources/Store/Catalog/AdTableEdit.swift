/// An `AdTable` while it changes; as `ItemTableEdit`.
struct AdTableEdit {
    private(set) var ads: ChunkedArray<Ad>
    private(set) var creatives: ItemTableEdit
    private(set) var bidMicros: [Int64]
    private(set) var currencyCodes: [Int32]
    private(set) var currencies: NameDictionary
    private(set) var startUnixNanoseconds: [Int64]
    private(set) var endUnixNanoseconds: [Int64]
    private(set) var accountCodes: [Int32]
    private(set) var accounts: NameDictionary
    private(set) var targeting: TargetingIndex
    private(set) var terms: [AdTerms]

    func row(of id: String) -> Int? { creatives.row(of: id) }

    /// Replaces the ad of the same identifier, or appends it.
    /// - Parameter vectorRow: of the creative; -1 for none.
    mutating func upsert(_ ad: Ad, vectorRow: Int32) {
        let known = row(of: ad.id)
        var creative = ad.creative
        creative.id = ad.id
        creatives.upsert(creative, vectorRow: vectorRow)
        let row = known ?? append(ad)
        if known != nil { targeting.remove(ads[row].delivery.rules, row: row) }
        targeting.insert(ad.delivery.rules, row: row)
        ads[row] = ad
        bidMicros[row] = ad.bid.micros
        currencyCodes[row] = currencies.add(ad.bid.currencyCode)
        startUnixNanoseconds[row] = ad.startUnixNanoseconds ?? .min
        endUnixNanoseconds[row] = ad.endUnixNanoseconds ?? .max
        accountCodes[row] = accounts.add(CampaignAccount.name(of: ad))
        let new = AdTerms(
            ad, currencyCode: currencyCodes[row], accountCode: accountCodes[row])
        if row < terms.count { terms[row] = new } else { terms.append(new) }
    }

    private mutating func append(_ ad: Ad) -> Int {
        ads.append(ad)
        bidMicros.append(0)
        currencyCodes.append(-1)
        startUnixNanoseconds.append(.min)
        endUnixNanoseconds.append(.max)
        accountCodes.append(-1)
        return ads.count - 1
    }

    /// Takes a row out; the last row takes its number.
    mutating func remove(row: Int) {
        creatives.remove(row: row)
        targeting.remove(ads[row].delivery.rules, row: row)
        let last = ads.count - 1
        if row != last {
            targeting.remove(ads[last].delivery.rules, row: last)
            targeting.insert(ads[last].delivery.rules, row: row)
        }
        ads.swapRemove(at: row)
        bidMicros.swapRemove(at: row)
        currencyCodes.swapRemove(at: row)
        startUnixNanoseconds.swapRemove(at: row)
        endUnixNanoseconds.swapRemove(at: row)
        accountCodes.swapRemove(at: row)
        terms.swapRemove(at: row)
    }
}
