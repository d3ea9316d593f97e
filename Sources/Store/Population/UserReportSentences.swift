extension UserReport {
    /// The report in words, the most telling first.
    var sentences: [String] {
        [
            segment, purchases, churn, direction, likes, habits,
        ].compactMap { $0 }
    }

    private var segment: String? {
        guard let segment = view.segment else { return nil }
        var text = "Belongs to \"\(segment.name)\""
        if let quintiles = view.quintiles {
            let fifths = [
                ("recency", quintiles.recency), ("frequency", quintiles.frequency),
                ("amount", quintiles.monetary),
            ].filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }
            text += "; fifths of all buyers (5 is best): " + fifths.joined(separator: ", ")
        }
        return text + "."
    }

    private var purchases: String? {
        let rfm = view.profile.rfm
        guard rfm.purchaseCount > 0 else { return nil }
        var text = "Bought \(rfm.purchaseCount) \(rfm.purchaseCount == 1 ? "time" : "times")"
        if rfm.purchaseDayCount > 1 { text += " on \(rfm.purchaseDayCount) days" }
        if rfm.paidCount > 0 {
            text += ", \(Self.money(rfm.totalMicros, rfm.currencyCode)) in all"
            if let average = rfm.averageMicros {
                text += " and \(Self.money(average, rfm.currencyCode)) at a time"
            }
        }
        return text + "."
    }

    private var churn: String? {
        guard let churnRisk, let since = churnRisk.daysSincePurchase else { return nil }
        let last = "Last bought \(Self.days(since)) ago"
        guard let usual = churnRisk.usualDays, churnRisk.level != .unknown else {
            return last + ": too few purchases to know the habit."
        }
        return last + ", usually every \(Self.days(usual)): "
            + "\(churnRisk.level) risk of having left."
    }

    private var direction: String? {
        guard let trend, trend.direction != .unknown else { return nil }
        return
            "Activity is \(trend.direction): \(Self.short(trend.recentWeeklyEvents)) events a week "
            + "in the last four, \(Self.short(trend.earlierWeeklyEvents)) in the eight before."
    }

    private var likes: String? {
        let parts = [
            ("", Self.top(view.profile.categoryAffinity, 3)),
            ("brands ", Self.top(view.profile.brandAffinity, 2)),
            ("mostly at prices of ", Self.top(view.profile.priceBandAffinity, 1)),
        ].filter { !$0.1.isEmpty }.map { $0.0 + $0.1.joined(separator: ", ") }
        return parts.isEmpty ? nil : "Likes " + parts.joined(separator: "; ") + "."
    }

    private var habits: String? {
        let activity = view.profile.activity
        guard !activity.weeks.isEmpty, let hour = Self.busiest(activity.hours) else { return nil }
        var text = "Most active at \(hour):00 to \((hour + 1) % 24):00 UTC"
        if let weekday = Self.busiest(activity.weekdays) {
            text += " and on \(Self.weekdayNames[weekday])s"
        }
        let channels = activity.channels.sorted {
            $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key
        }
        if let channel = channels.first { text += ", most by \(channel.key)" }
        return text + "."
    }

    private static let weekdayNames = [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]

    private static func busiest(_ counts: [UInt32]) -> Int? {
        counts.indices.max { counts[$0] != counts[$1] ? counts[$0] < counts[$1] : $0 > $1 }
    }

    private static func top(_ shares: [String: Float], _ count: Int) -> [String] {
        shares.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            .prefix(count).map { "\($0.key) (\(Int(($0.value * 100).rounded()))%)" }
    }

    private static func money(_ micros: Int64, _ currency: String) -> String {
        let cents = micros / 10_000
        let rest = cents % 100
        return "\(cents / 100).\(rest < 10 ? "0" : "")\(rest) \(currency)"
    }

    private static func days(_ days: Double) -> String {
        days < 1 ? "less than a day" : days < 1.5 ? "1 day" : "\(Int(days.rounded())) days"
    }

    private static func short(_ number: Double) -> String {
        number >= 10 || number == number.rounded()
            ? "\(Int(number.rounded()))"
            : "\((number * 10).rounded() / 10)"
    }
}
