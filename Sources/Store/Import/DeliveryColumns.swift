internal import Base

/// Columns of an ad that say how it is delivered: `pricing` (click, impression, conversion),
/// `daily_budget`, `pacing` (even, front_loaded), `cap_impressions` and `cap_hours`, and rules as
/// `target.device`, `exclude.region`, `target.attribute.age_band`, values separated by `|`.
struct DeliveryColumns {
    private static let plainNames = [
        "pricing", "daily_budget", "pacing", "cap_impressions", "cap_hours",
    ]

    private struct RuleColumn {
        let name: String
        let position: Int
        let field: TargetingField
        let attribute: String
        let excludes: Bool
    }

    /// Of the columns that are there.
    let names: [String]
    private let positions: [Int]
    private let rules: [RuleColumn]

    init(_ columns: [String]) {
        positions = Self.plainNames.map { columns.firstIndex(of: $0) ?? -1 }
        rules = columns.enumerated().compactMap { position, name in
            Self.ruleColumn(name, position)
        }
        names = Self.plainNames + rules.map(\.name)
    }

    private static func ruleColumn(_ name: String, _ position: Int) -> RuleColumn? {
        let parts = name.split(separator: ".", maxSplits: 2).map(String.init)
        guard parts.count >= 2, ["target", "exclude"].contains(parts[0]),
            let field = TargetingField(name: parts[1]),
            (field == .attribute) == (parts.count == 3)
        else { return nil }
        return RuleColumn(
            name: name, position: position, field: field,
            attribute: parts.count == 3 ? parts[2] : "", excludes: parts[0] == "exclude")
    }

    func delivery(_ row: Row, currency: String) throws(RowRejection) -> AdDelivery {
        var delivery = AdDelivery()
        if !row.isEmpty(positions[0]) {
            guard let pricing = AdPricing(name: row.text(positions[0])) else {
                throw RowRejection("pricing: none of click, impression, conversion")
            }
            delivery.pricing = pricing
        }
        delivery.dailyBudgetMicros = try budget(row)
        if !row.isEmpty(positions[2]) {
            guard let pacing = AdPacing(name: row.text(positions[2])) else {
                throw RowRejection("pacing: neither even nor front_loaded")
            }
            delivery.pacing = pacing
        }
        delivery.frequencyCap = try cap(row)
        for column in rules where !row.isEmpty(column.position) {
            delivery.rules.append(
                TargetingRule(
                    column.field, attribute: column.attribute,
                    values: row.text(column.position).split(separator: "|").map {
                        String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                    }, excludes: column.excludes))
        }
        if let (index, defect) = TargetingRule.defect(in: delivery.rules) {
            let rule = delivery.rules[min(index, delivery.rules.count - 1)]
            throw RowRejection("\(rule.field.name): the rule \(defect)")
        }
        return delivery
    }

    private func budget(_ row: Row) throws(RowRejection) -> Int64? {
        if row.isEmpty(positions[1]) { return nil }
        let bytes = row.bytes
        guard let micros = FieldParsing.micros(bytes.span.extracting(row.range(positions[1]))),
            micros > 0
        else { throw RowRejection("daily_budget: not an amount above 0") }
        return micros
    }

    private func cap(_ row: Row) throws(RowRejection) -> FrequencyCap? {
        if row.isEmpty(positions[3]), row.isEmpty(positions[4]) { return nil }
        guard let impressions = Int32(row.text(positions[3])),
            let hours = Int32(row.text(positions[4])),
            case let cap = FrequencyCap(impressions: impressions, hours: hours), cap.isValid
        else {
            throw RowRejection(
                "cap_impressions, cap_hours: not 1 to \(FrequencyCap.maxImpressions) in 1 to "
                    + "\(FrequencyCap.maxHours) hours")
        }
        return cap
    }
}
