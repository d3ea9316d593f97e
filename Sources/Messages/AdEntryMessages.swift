// rankwire.v1.Ad and its targeting.

internal import Base
internal import CMessages
internal import Store

extension MessageCodec {
    func fill(_ message: UnsafeMutablePointer<Rankwire__V1__Ad>, from ad: Ad) {
        message.pointee.ad_id = arena.makeString(ad.id)
        message.pointee.campaign_id = arena.makeString(ad.campaignId)
        let creative = arena.make(rankwire__v1__item__init)
        fill(creative, from: ad.creative)
        message.pointee.creative = creative
        message.pointee.bid = makeMoney(ad.bid)
        message.pointee.start_time = ad.startUnixNanoseconds.map(makeTime)
        message.pointee.end_time = ad.endUnixNanoseconds.map(makeTime)
        fill(message, from: ad.delivery, currency: ad.bid.currencyCode)
    }

    private func fill(
        _ message: UnsafeMutablePointer<Rankwire__V1__Ad>, from delivery: AdDelivery,
        currency: String
    ) {
        message.pointee.pricing = Rankwire__V1__Pricing(UInt32(delivery.pricing.rawValue))
        message.pointee.daily_budget = delivery.dailyBudgetMicros.map {
            makeMoney(Money(micros: $0, currencyCode: currency))
        }
        if delivery.dailyBudgetMicros != nil {
            message.pointee.pacing = Rankwire__V1__Pacing(UInt32(delivery.pacing.rawValue))
        }
        guard !delivery.rules.isEmpty || delivery.frequencyCap != nil else { return }
        let targeting = arena.make(rankwire__v1__targeting__init)
        message.pointee.targeting = targeting
        let rules = delivery.rules
        targeting.pointee.n_rules = rules.count
        targeting.pointee.rules = arena.makeArray(
            rules.count, rankwire__v1__targeting_rule__init
        ) { rule, i in
            rule.pointee.field = Rankwire__V1__TargetingField(UInt32(rules[i].field.rawValue))
            rule.pointee.attribute = arena.makeString(rules[i].attribute)
            rule.pointee.n_values = rules[i].values.count
            rule.pointee.values = arena.makeStrings(rules[i].values)
            rule.pointee.exclude = rules[i].excludes ? 1 : 0
        }
        targeting.pointee.frequency_cap = delivery.frequencyCap.map { cap in
            let message = arena.make(rankwire__v1__frequency_cap__init)
            message.pointee.impressions = UInt32(cap.impressions)
            message.pointee.hours = UInt32(cap.hours)
            return message
        }
    }

    func ad(_ message: Rankwire__V1__Ad, _ field: String) throws(Fault) -> Ad {
        guard let creative = message.creative else {
            throw .invalid("\(field).creative", "must be set")
        }
        guard let bid = try money(message.bid, "\(field).bid"), bid.micros > 0 else {
            throw .invalid("\(field).bid", "must be a positive amount")
        }
        return Ad(
            id: try id(message.ad_id, "\(field).ad_id"),
            campaignId: try string(
                message.campaign_id, "\(field).campaign_id", maxBytes: limits.maxIdBytes),
            creative: try item(creative.pointee, "\(field).creative", requiresId: false),
            bid: bid, startUnixNanoseconds: try time(message.start_time, "\(field).start_time"),
            endUnixNanoseconds: try time(message.end_time, "\(field).end_time"),
            delivery: try delivery(message, field, currency: bid.currencyCode))
    }

    private func delivery(
        _ message: Rankwire__V1__Ad, _ field: String, currency: String
    ) throws(Fault) -> AdDelivery {
        var delivery = AdDelivery()
        if message.pricing != RANKWIRE__V1__PRICING__PRICING_UNSPECIFIED {
            guard let pricing = AdPricing(rawValue: Int32(bitPattern: message.pricing.rawValue))
            else { throw .invalid("\(field).pricing", "must be a pricing of this version") }
            delivery.pricing = pricing
        }
        if let budget = try money(message.daily_budget, "\(field).daily_budget") {
            guard budget.micros > 0, budget.currencyCode == currency else {
                throw .invalid(
                    "\(field).daily_budget", "must be a positive amount in the bid's currency")
            }
            delivery.dailyBudgetMicros = budget.micros
        }
        if message.pacing != RANKWIRE__V1__PACING__PACING_UNSPECIFIED {
            guard let pacing = AdPacing(rawValue: Int32(bitPattern: message.pacing.rawValue))
            else { throw .invalid("\(field).pacing", "must be a pacing of this version") }
            delivery.pacing = pacing
        }
        if let targeting = message.targeting {
            try read(targeting.pointee, "\(field).targeting", into: &delivery)
        }
        return delivery
    }

    private func read(
        _ message: Rankwire__V1__Targeting, _ field: String, into delivery: inout AdDelivery
    ) throws(Fault) {
        guard message.n_rules <= TargetingRule.maxRules else {
            throw .invalid("\(field).rules", "has more than \(TargetingRule.maxRules) rules")
        }
        for i in 0..<message.n_rules {
            delivery.rules.append(try rule(message.rules[i]!.pointee, "\(field).rules[\(i)]"))
        }
        if let (index, defect) = TargetingRule.defect(in: delivery.rules) {
            throw .invalid("\(field).rules[\(index)]", defect)
        }
        guard let cap = message.frequency_cap?.pointee else { return }
        let read = FrequencyCap(
            impressions: Int32(clamping: cap.impressions), hours: Int32(clamping: cap.hours))
        guard read.isValid else {
            throw .invalid(
                "\(field).frequency_cap",
                "must be 1 to \(FrequencyCap.maxImpressions) impressions in 1 to "
                    + "\(FrequencyCap.maxHours) hours")
        }
        delivery.frequencyCap = read
    }

    private func rule(
        _ message: Rankwire__V1__TargetingRule, _ field: String
    ) throws(Fault) -> TargetingRule {
        guard let known = TargetingField(rawValue: Int32(bitPattern: message.field.rawValue))
        else { throw .invalid("\(field).field", "must be a field of this version") }
        guard message.n_values <= TargetingRule.maxValues else {
            throw .invalid("\(field).values", "has more than \(TargetingRule.maxValues) values")
        }
        var values: [String] = []
        for i in 0..<message.n_values {
            values.append(
                try string(
                    message.values[i], "\(field).values[\(i)]",
                    maxBytes: limits.maxCategoryBytes))
        }
        return TargetingRule(
            known,
            attribute: try string(
                message.attribute, "\(field).attribute", maxBytes: limits.maxIdBytes),
            values: values, excludes: message.exclude != 0)
    }
}
