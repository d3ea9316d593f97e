public import Base
public import Ranking
public import Store

/// An auction under way: candidates are found, held against rules and budgets, and scored, a few at a
/// time, until all are done or the time is up.
public struct AuctionJob: RankingWork {
    /// The clock is read once for so many: some microseconds of work.
    private static let candidatesPerLook = 32

    private struct Scored {
        let place: Int
        let row: Int32
        /// Of the click.
        let logit: Float
        let clickProbability: Float
        let conversionProbability: Float
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
            for place in places { admit(place, position: place - places.lowerBound) }
            for place in places { score(place, position: place - places.lowerBound) }
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

    /// Holds a candidate against rules and budgets. The vectors of those that pass are on their way while
    /// the others of the slice are looked at.
    private mutating func admit(_ place: Int, position: Int) {
        let row = found.rows[position]
        if row == FoundAds.missing { return }
        let refusal: NoBidReason?
        if row < 0 {
            refusal = filter.refusal(inline[Int(~row)].ad)
        } else {
            refusal = filter.refusal(row: Int(row), isOverridden: found.bidMicros[position] != 0)
        }
        if let refusal {
            refuse(place, row, refusal)
            found.leaveOut(position)
        } else if row >= 0 {
            table.creatives.prefetchVector(at: Int(row))
        }
    }

    private mutating func score(_ place: Int, position: Int) {
        let row = found.rows[position]
        if row == FoundAds.missing { return }
        if row < 0 {
            let (ad, vector) = (inline[Int(~row)].ad, inline[Int(~row)].vector)
            return score(
                place, row, scorer.logits(of: ad, vector: vector), ad.bid.micros,
                ad.delivery.pricing)
        }
        let (ad, override) = (table.terms[Int(row)], found.bidMicros[position])
        score(
            place, row, scorer.logits(row: Int(row)), override != 0 ? override : ad.bidMicros,
            ad.pricing)
    }

    private mutating func score(
        _ place: Int, _ row: Int32, _ logits: AdModel.Pair, _ bidMicros: Int64,
        _ pricing: AdPricing
    ) {
        let click = AdModel.probability(logit: logits[AdOutcome.click.rawValue])
        let conversion = AdModel.probability(logit: logits[AdOutcome.conversion.rawValue])
        let ecpmMicros = EffectiveCPM.micros(
            pricing, clickProbability: click, conversionProbability: conversion,
            bidMicros: bidMicros)
        if ecpmMicros < terms.floorMicros {
            isOutOfOrder = true
            return refuse(place, row, .belowFloor)
        }
        best.offer(key: ecpmMicros, index: Int32(scored.count))
        scored.append(
            Scored(
                place: place, row: row, logit: logits[AdOutcome.click.rawValue],
                clickProbability: click,
                conversionProbability: conversion, pricing: pricing))
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
                    requestIndex: ad.place, logit: ad.logit, clickProbability: ad.clickProbability,
                    conversionProbability: ad.conversionProbability, pricing: ad.pricing,
                    ecpmMicros: entry.key,
                    passProbability: ad.row < 0 ? 1 : filter.passProbability(row: Int(ad.row))))
        }
        return AuctionResult(
            ads: ads, noBids: noBids,
            failures: found.faults.map { AdFailure(requestIndex: $0.place, fault: $0.fault) },
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
