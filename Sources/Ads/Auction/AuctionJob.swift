public import Base
public import Ranking
public import Store

/// An auction under way: candidates are found, held against rules and budgets, and scored, a few at a
/// time, until all are done or the time is up.
public struct AuctionJob: RankingWork {
    /// The clock is read once for so many: some microseconds of work.
    private static let candidatesPerLook = 32

    private struct Scored {
        let place: Int32
        let row: Int32
        let logits: AdModel.Pair
        let pricing: AdPricing
    }

    private let source: any AdSource
    private let table: AdTable
    private let terms: AuctionTerms
    private let explain: Int
    private let time: any TimeSource
    private let inline: [InlineAd]
    private var filter: AuctionFilter
    private var scorer: AdScorer
    private var found = FoundAds()
    /// Of `found`; nil for an ad of the request.
    private var ads: [AdTerms?] = []
    private var logits: [AdModel.Pair] = []
    private var scored: [Scored] = []
    private var best: TopK
    private var noBids: [NoBid] = []
    /// An ad was refused for its eCPM, after those of its slice that were refused before.
    private var isOutOfOrder = false
    /// Places looked at.
    private var doneCount = 0
    private var isPartial = false

    /// - Parameters:
    ///   - scoring: of the ads that candidates are of.
    ///   - limit: how many ads to return, best first; 0 for all.
    ///   - explain: how many of the returned to explain; 0 for none.
    ///   - time: what `terms.deadline` is of.
    public init(
        _ subject: Subject, candidates source: any AdSource, scoring: AdScoring,
        terms: AuctionTerms,
        audience: Audience, spending: SpendLedger.Day, limit: Int = 0, explain: Int = 0,
        time: any TimeSource = SystemTime()
    ) {
        self.source = source
        table = scoring.index.table
        self.terms = terms
        self.explain = explain
        self.time = time
        inline = source.inline
        filter = AuctionFilter(
            table: table, terms: terms, audience: audience, spending: spending)
        scorer = AdScorer(scoring, subject, terms.moment)
        let count = source.count
        scored.reserveCapacity(min(count, 1_024))
        best = TopK(capacity: limit == 0 ? count : min(limit, count))
    }

    public var isDone: Bool { doneCount == source.count }

    public mutating func advance(maxCandidates: Int) {
        let end = min(doneCount + maxCandidates, source.count)
        while doneCount < end {
            if terms.deadline < .distantFuture, time.now() >= terms.deadline { return giveUp() }
            let places = doneCount..<min(doneCount + Self.candidatesPerLook, end)
            found.startSlice()
            source.find(places, into: &found)
            scorer.prepare(found.rows)
            admit(places)
            score(places)
            doneCount = places.upperBound
        }
    }

    /// What is not looked at has no more time.
    private mutating func giveUp() {
        isPartial = true
        for place in doneCount..<source.count {
            noBids.append(NoBid(requestIndex: place, reason: .insufficientTime))
        }
        doneCount = source.count
    }

    /// Holds candidates against rules and budgets.
    private mutating func admit(_ places: Range<Int>) {
        let stored = table.terms
        ads.removeAll(keepingCapacity: true)
        // All are asked for before the first is looked at: each is a wait for memory.
        for row in found.rows { ads.append(row < 0 ? nil : stored[Int(row)]) }
        for (position, place) in places.enumerated() {
            let row = found.rows[position]
            if row == FoundAds.missing { continue }
            let refusal: NoBidReason?
            if let ad = ads[position] {
                let isOverridden = found.bidMicros[position] != 0
                guard isOverridden || (1...Bid.maxMicros).contains(ad.bidMicros) else {
                    found.refuseStoredBid(position, place: place)
                    continue
                }
                refusal = filter.refusal(row: Int(row), ad, isOverridden: isOverridden)
            } else {
                refusal = filter.refusal(inline[Int(~row)].ad)
            }
            if let refusal {
                refuse(place, row, refusal)
                found.leaveOut(position)
            }
        }
    }

    private mutating func score(_ places: Range<Int>) {
        logits.removeAll(keepingCapacity: true)
        scorer.appendLogits(of: found.rows, to: &logits)
        for (position, place) in places.enumerated() {
            let row = found.rows[position]
            if row == FoundAds.missing { continue }
            if let ad = ads[position] {
                let override = found.bidMicros[position]
                score(
                    place, row, logits[position], override != 0 ? override : ad.bidMicros,
                    ad.pricing)
            } else {
                let (ad, vector) = (inline[Int(~row)].ad, inline[Int(~row)].vector)
                score(
                    place, row, scorer.logits(of: ad, vector: vector), ad.bid.micros,
                    ad.delivery.pricing)
            }
        }
    }

    private mutating func score(
        _ place: Int, _ row: Int32, _ logits: AdModel.Pair, _ bidMicros: Int64,
        _ pricing: AdPricing
    ) {
        let ecpmMicros = EffectiveCPM.micros(
            pricing, clickProbability: AdModel.probability(logit: logits.click),
            conversionProbability: AdModel.probability(logit: logits.conversion),
            bidMicros: bidMicros)
        if ecpmMicros < terms.floorMicros {
            isOutOfOrder = true
            return refuse(place, row, .belowFloor)
        }
        best.offer(key: ecpmMicros, index: Int32(scored.count))
        scored.append(Scored(place: Int32(place), row: row, logits: logits, pricing: pricing))
    }

    private mutating func refuse(_ place: Int, _ row: Int32, _ reason: NoBidReason) {
        var noBid = NoBid(requestIndex: place, reason: reason)
        if terms.isDryRun {
            noBid.excludedBy =
                row < 0
                ? filter.sentences(inline[Int(~row)].ad)
                : filter.sentences(row: Int(row), reason: reason)
        }
        noBids.append(noBid)
    }

    public mutating func finish() -> AuctionResult {
        precondition(isDone, "an auction was finished before its candidates were scored")
        if isOutOfOrder { noBids.sort { $0.requestIndex < $1.requestIndex } }
        let entries = best.sorted()
        var ads: [RankedAd] = []
        ads.reserveCapacity(entries.count)
        for entry in entries {
            let ad = scored[Int(entry.index)]
            ads.append(
                RankedAd(
                    requestIndex: Int(ad.place), logit: ad.logits.click,
                    clickProbability: AdModel.probability(logit: ad.logits.click),
                    conversionProbability: AdModel.probability(logit: ad.logits.conversion),
                    pricing: ad.pricing,
                    ecpmMicros: entry.key,
                    passProbability: ad.row < 0 ? 1 : filter.passProbability(row: Int(ad.row))))
        }
        return AuctionResult(
            ads: ads, noBids: noBids,
            failures: found.faults.sorted { $0.place < $1.place }
                .map { AdFailure(requestIndex: $0.place, fault: $0.fault) },
            explanation: explanation(of: entries), isPartial: isPartial)
    }

    private mutating func explanation(of entries: [TopK.Entry]) -> Explanation? {
        guard explain > 0 else { return nil }
        var explanation = scorer.explanation(of: .click)
        for entry in entries.prefix(explain) {
            let row = scored[Int(entry.index)].row
            if row < 0 {
                let ad = inline[Int(~row)]
                scorer.explain(ad.ad, vector: ad.vector, .click, in: &explanation)
            } else {
                scorer.explain(row: Int(row), .click, in: &explanation)
            }
        }
        return explanation
    }
}
