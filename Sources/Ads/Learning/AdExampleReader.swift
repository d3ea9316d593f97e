// From a user's events to what impressions came to. A function of the events alone: offline training,
// a running server and one that starts again after a crash read the same examples.

public import Base
private import Ranking
public import Store

/// An exposure and what it came to.
public struct AdReading: Sendable {
    public let exposure: AdExposure
    public let example: AdExample
    /// From the exposure to its first redemption or purchase; nil without any.
    public let conversionDelayNanoseconds: Int64?
    /// Of the profile before the exposure.
    public let purchases: Profile.RFM
}

/// Reads the examples of one table of ads.
public struct AdExampleReader: Sendable {
    public let index: AdIndex
    public let windows: AttributionWindows
    /// Part of the impressions without a click or conversion that is read, 0 to 1.
    public let negativeRate: Float
    private let labels: DataLabels
    private let maxRecentItems: Int

    /// - Parameter labels: of what features may be made from; the rest is taken as unknown.
    public init(
        index: AdIndex, windows: AttributionWindows = .usual, negativeRate: Float = 1,
        labels: DataLabels = .all, maxRecentItems: Int = Limits().maxRecentItems
    ) {
        precondition(negativeRate > 0 && negativeRate <= 1, "a rate above 0 and at most 1")
        self.index = index
        self.windows = windows
        self.negativeRate = negativeRate
        self.labels = labels
        self.maxRecentItems = maxRecentItems
    }

    /// The exposure that an event is; nil for other events and for ads that are not in the table.
    public func exposure(_ event: Event) -> AdExposure? {
        guard event.type == .impression, let row = row(of: event) else { return nil }
        let time = event.unixNanoseconds
        return AdExposure(
            target: .ad(row: row),
            moment: AdMoment(
                unixNanoseconds: time, channel: event.channel, device: event.device,
                placement: event.attributes["placement"] ?? ""),
            clicksUntil: Self.sum(time, windows.clickNanoseconds),
            closesAt: Self.sum(time, windows.conversionNanoseconds))
    }

    /// A mailing of a campaign: its coupons are good until its end.
    public func mailing(campaign: Int32, at unixNanoseconds: Int64? = nil) -> AdExposure {
        let (start, end) = index.campaignTimes[Int(campaign)]
        return AdExposure(
            target: .campaign(campaign),
            moment: AdMoment(unixNanoseconds: unixNanoseconds ?? start), clicksUntil: end,
            closesAt: end)
    }

    /// What came of exposures.
    /// - Parameters:
    ///   - mailed: exposures that are no events.
    ///   - closing: only exposures that close then; the others are under way or were read before.
    ///   - counts: what the events of exposures that close then, and those of no exposure that happened
    ///     then, were worth: over successive spans each counts once.
    public func examples(
        of history: UserJournal, mailed: [AdExposure] = [],
        closing: Range<Int64> = .min..<Int64.max, counts: inout FeedbackCounts
    ) -> [AdReading] {
        var exposures = mailed
        for event in history.events where event.event.type == .impression {
            if let exposure = exposure(event.event) {
                exposures.append(exposure)
                if closing.contains(exposure.closesAt) { counts.impressions += 1 }
            } else if closing.contains(event.event.unixNanoseconds) {
                counts.unknownAds += 1
            }
        }
        guard !exposures.isEmpty || history.events.contains(where: isResponse) else { return [] }
        exposures.sort { $0.moment.unixNanoseconds < $1.moment.unixNanoseconds }
        var outcomes = [Outcome](repeating: Outcome(), count: exposures.count)
        for event in history.events {
            let worth = attribute(event.event, exposures, &outcomes)
            let moment = worth.exposure.map { exposures[$0].closesAt }
            if closing.contains(moment ?? event.event.unixNanoseconds), let count = worth.count {
                counts[keyPath: count] += 1
            }
        }
        let chosen = exposures.indices.filter {
            closing.contains(exposures[$0].closesAt)
                && (outcomes[$0].isPositive || isKept(exposures[$0], of: history.pseudonym))
        }
        if chosen.isEmpty { return [] }
        let profiles = history.profiles(
            before: chosen.map { exposures[$0].moment.unixNanoseconds },
            maxRecentItems: maxRecentItems)
        return zip(chosen, profiles).map { position, profile in
            let (exposure, outcome) = (exposures[position], outcomes[position])
            let seen = profile.permitted(labels).profile
            let terms = ResponseTerms(Subject(profile: seen), exposure.moment, index: index)
            return AdReading(
                exposure: exposure,
                example: AdExample(
                    terms: terms.terms(of: exposure.target), clicked: outcome.clicked,
                    converted: outcome.converted, shownAt: exposure.moment.unixNanoseconds,
                    closesAt: exposure.closesAt,
                    weight: outcome.isPositive ? 1 : 1 / negativeRate),
                conversionDelayNanoseconds: outcome.convertedAt.map {
                    $0 - exposure.moment.unixNanoseconds
                }, purchases: profile.rfm)
        }
    }

    /// When there is next something to read of the user, at a moment or later: an impression closes or
    /// a click or redemption that came early happens; nil when nothing is under way.
    public func nextMoment(of history: UserJournal, from moment: Int64) -> Int64? {
        history.events.lazy.compactMap { event -> Int64? in
            switch event.event.type {
            case .impression: exposure(event.event)?.closesAt ?? event.event.unixNanoseconds
            case .click, .redemption: event.event.unixNanoseconds
            default: nil
            }
        }.filter { $0 >= moment }.min()
    }

    private struct Outcome {
        var clicked = false
        var converted = false
        var convertedAt: Int64?
        var isPositive: Bool { clicked || converted }
    }

    /// Of the ad that an event is about: its item, or what its attribute `ad` names, as a purchase of
    /// the thing that was advertised does.
    private func row(of event: Event) -> Int? {
        event.attributes["ad"].flatMap { index.table.row(of: $0) }
            ?? index.table.row(of: event.itemId)
    }

    /// Whether it may be an answer to an ad.
    private func isResponse(_ event: EnrichedEvent) -> Bool {
        switch event.event.type {
        case .click, .redemption: true
        case .purchase: row(of: event.event) != nil
        default: false
        }
    }

    /// What an event was worth, and whose it is.
    private struct Worth {
        var count: WritableKeyPath<FeedbackCounts, Int>?
        var exposure: Int?
    }

    /// A click, redemption or purchase is the latest exposure's that showed the ad.
    private func attribute(
        _ event: Event, _ exposures: [AdExposure], _ outcomes: inout [Outcome]
    ) -> Worth {
        let isClick = event.type == .click
        guard isClick || event.type == .redemption || event.type == .purchase else {
            return Worth()
        }
        guard let row = row(of: event) else {
            // Who clicks or buys an item of the shop answers no ad.
            return Worth(count: event.type == .redemption ? \.unknownAds : nil)
        }
        let time = event.unixNanoseconds
        let latest = exposures.lastIndex {
            $0.moment.unixNanoseconds <= time
                && ($0.target == .ad(row: row)
                    || $0.target == .campaign(index.campaignCodes[row]))
        }
        guard let latest else { return Worth(count: \.withoutImpression) }
        let exposure = exposures[latest]
        guard time < (isClick ? exposure.clicksUntil : exposure.closesAt) else {
            return Worth(count: \.late)
        }
        let isRepeated = isClick ? outcomes[latest].clicked : outcomes[latest].converted
        if isClick {
            outcomes[latest].clicked = true
        } else {
            outcomes[latest].converted = true
            outcomes[latest].convertedAt = min(time, outcomes[latest].convertedAt ?? time)
        }
        return Worth(
            count: isRepeated ? \.repeated : isClick ? \.clicks : \.conversions,
            exposure: latest)
    }

    /// By the exposure alone, so that it is the same choice whenever it is read.
    private func isKept(_ exposure: AdExposure, of pseudonym: Pseudonym) -> Bool {
        if negativeRate == 1 { return true }
        let shown =
            switch exposure.target {
            case .ad(let row): index.table.ad(at: row).id
            case .campaign(let code): index.campaigns.name(of: code)
            }
        var seed = UInt64(bitPattern: exposure.moment.unixNanoseconds) ^ AdSlots.hash(shown)
        for byte in pseudonym.bytes.prefix(8) { seed = seed << 8 ^ seed >> 56 ^ UInt64(byte) }
        var random = SeededRandom(seed: seed)
        return Float.random(in: 0..<1, using: &random) < negativeRate
    }

    private static func sum(_ time: Int64, _ span: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(span)
        return overflow ? .max : sum
    }
}
