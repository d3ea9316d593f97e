import Base
import Foundation
import Testing

@testable import Ads
@testable import Store

@Suite struct PacingTests {
    private static let day: Int64 = 86_400 * 1_000_000_000

    @Test func targetsRiseFromNothingToAll() {
        for pacing in AdPacing.allCases {
            #expect(Pacer.target(pacing, part: 0) == 0)
            #expect(Pacer.target(pacing, part: 1) == 1)
            for step in 1...100 {
                #expect(
                    Pacer.target(pacing, part: Double(step) / 100)
                        > Pacer.target(pacing, part: Double(step - 1) / 100))
            }
        }
        #expect(abs(Pacer.target(.frontLoaded, part: 0.293) - 0.5) < 0.001)
    }

    @Test func theDayIsThatOfTheCampaign() {
        var budget = DailyBudget(micros: 1, pacing: .even)
        #expect(Pacer.part(of: budget, Self.day / 4) == 0.25)
        budget.startUnixNanoseconds = Self.day / 2
        #expect(Pacer.part(of: budget, Self.day / 4 * 3) == 0.5)
        #expect(Pacer.part(of: budget, Self.day * 3 + Self.day / 2) == 0.5)
        budget.endUnixNanoseconds = Self.day * 3 / 4
        #expect(Pacer.part(of: budget, Self.day / 8 * 5) == 0.5)
        #expect(Pacer.part(of: DailyBudget(micros: 1, pacing: .even), -Self.day / 4) == 0.75)
    }

    @Test func drawsAreSeededUniformAndOfTheCampaign() {
        #expect(Pacer.draw(seed: 1, account: 2) == Pacer.draw(seed: 1, account: 2))
        var sum = 0.0
        for seed in 0..<10_000 {
            let draw = Pacer.draw(seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15, account: 3)
            #expect((0..<1).contains(draw))
            sum += Double(draw)
        }
        #expect(abs(sum / 10_000 - 0.5) < 0.02)
    }

    @Test func anEventCostsWhatTheAdIsPaidFor() {
        func charge(_ pricing: AdPricing, _ type: EventType, value: Money? = nil) -> Int64? {
            Billing.charge(
                Event(itemId: "a", type: type, unixNanoseconds: 0, value: value),
                of: AdWorld.ad("a", micros: 2_500) { $0.pricing = pricing })?.micros
        }
        // 2.5 micros: half to even.
        #expect(charge(.impression, .impression) == 2)
        #expect(charge(.click, .click) == 2_500)
        #expect(charge(.conversion, .purchase) == 2_500)
        #expect(charge(.conversion, .redemption) == 2_500)
        #expect(charge(.click, .impression) == nil)
        #expect(charge(.conversion, .click) == nil)
        let paid = Money(micros: 77, currencyCode: "USD")
        #expect(charge(.click, .click, value: paid) == 77)
        #expect(charge(.click, .click, value: Money(micros: 77, currencyCode: "EUR")) == 2_500)
        // What the shop earned is not what the ad costs.
        #expect(charge(.conversion, .purchase, value: paid) == 2_500)
    }

    /// A day of 1,000 campaigns in steps of a minute. Budgets, prices, demand and its course over the day
    /// are random; what is bid in a minute is known to be spent in the next. With `crash`, the ledger is
    /// lost at noon and read back from what was stored.
    /// - Returns: of each budget, what was spent and what demand allowed.
    private static func spend(seed: UInt64, crash: Bool) -> [(spent: Double, possible: Double)] {
        var random = SeededRandom(seed: seed)
        let count = 1_000
        let stepSeconds: Int64 = 60
        let ads = (0..<count).map { number in
            AdWorld.ad(
                "ad\(number)", campaign: "c\(number)",
                micros: Int64.random(in: 10_000...2_000_000, using: &random)
            ) {
                $0.pricing = .click
                $0.pacing = Bool.random(using: &random) ? .even : .frontLoaded
                $0.dailyBudgetMicros = 0
            }
        }.map { ad in
            var ad = ad
            ad.delivery.dailyBudgetMicros =
                ad.bid.micros * Int64.random(in: 300...3_000, using: &random)
            return ad
        }
        let table = AdWorld.table(ads)
        // Events in a day at a pass probability of 1, over the budget: half a day's to a hundred days'.
        let demand = ads.map { ad in
            Double((ad.delivery.dailyBudgetMicros ?? 0) / ad.bid.micros)
                * exp(Double.random(in: log(0.5)...log(100), using: &random))
        }
        let phase = (0..<count).map { _ in Double.random(in: 0..<(2 * .pi), using: &random) }
        func expected(_ campaign: Int, _ part: Double) -> Double {
            demand[campaign] * Double(stepSeconds) / 86_400
                * (1 + 0.5 * sin(2 * .pi * part + phase[campaign]))
        }
        var stored = [Int64](repeating: 0, count: count)
        var late = [Int64](repeating: 0, count: count)
        var ledger = SpendLedger()
        let steps = 86_400 / stepSeconds
        for step in 0..<steps {
            if crash, step == steps / 2 {
                ledger = SpendLedger()
                ledger.add(charges(stored, table))
            }
            let now = step * stepSeconds * 1_000_000_000
            ledger.add(charges(late, table))
            for campaign in 0..<count { stored[campaign] += late[campaign] }
            let spending = ledger.spending(on: 0, of: table)
            for campaign in 0..<count {
                late[campaign] = 0
                guard let budget = table.budgets[Int(table.accountCodes[campaign])] else {
                    continue
                }
                let spent = spending.micros(accountCode: table.accountCodes[campaign])
                if spent + table.bidMicros[campaign] > budget.micros { continue }
                let pass = Pacer.passProbability(
                    budget, spentMicros: spent, unixNanoseconds: now)
                let mean =
                    expected(campaign, Double(step) / Double(steps)) * Double(pass)
                late[campaign] = poisson(mean, &random) * table.bidMicros[campaign]
            }
        }
        return (0..<count).map { campaign in
            let budget = Double(ads[campaign].delivery.dailyBudgetMicros ?? 0)
            var possible = budget
            var rest = 0.0
            for step in (0..<steps).reversed() {
                let part = Double(step) / Double(steps)
                rest += expected(campaign, part)
                // Demand is random too: there are hardly fewer events than that.
                let events = max(0, rest - 3 * rest.squareRoot())
                let target = Pacer.target(ads[campaign].delivery.pacing, part: part)
                possible = min(
                    possible, target * budget + events * Double(table.bidMicros[campaign]))
            }
            return (
                Double(stored[campaign] + late[campaign]) / budget, possible / budget
            )
        }
    }

    private static func charges(_ micros: [Int64], _ table: AdTable) -> [SpendKey: Int64] {
        var charges: [SpendKey: Int64] = [:]
        for (campaign, micros) in micros.enumerated() where micros > 0 {
            let account = table.accounts.name(of: table.accountCodes[campaign])
            charges[SpendKey(account: account, day: 0)] = micros
        }
        return charges
    }

    /// Knuth's for small means, the normal approximation for others.
    private static func poisson(_ mean: Double, _ random: inout SeededRandom) -> Int64 {
        if mean > 30 {
            let (u, v) = (
                Double.random(in: .leastNonzeroMagnitude..<1, using: &random),
                Double.random(in: 0..<1, using: &random)
            )
            let normal = (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
            return Int64(max(0, (mean + normal * mean.squareRoot()).rounded()))
        }
        var product = Double.random(in: 0..<1, using: &random)
        var count: Int64 = 0
        let limit = exp(-mean)
        while product > limit {
            count += 1
            product *= Double.random(in: 0..<1, using: &random)
        }
        return count
    }

    /// What demand allows is what the best pacer could spend that keeps to the target: from no moment
    /// on more than there is demand for.
    @Test(arguments: [false, true]) func aDaysBudgetsAreSpentAndNotOverspent(crash: Bool) {
        let campaigns = Self.spend(seed: 7, crash: crash)
        let over = campaigns.map { $0.spent - 1 }.max() ?? 0
        #expect(over <= 0.01, "a campaign overspent by \(over)")
        let under = campaigns.map { $0.possible - $0.spent }
        // One campaign's demand is random: what it lacks on average, and at most.
        let mean = under.reduce(0, +) / Double(under.count)
        #expect(mean <= 0.01, "campaigns underspent by \(mean) on average")
        let allowed = campaigns.filter { $0.possible > 0.999 }
        #expect(allowed.count > 500)
        let worst = allowed.map { 1 - $0.spent }.max() ?? 0
        #expect(worst <= 0.02, "a campaign underspent by \(worst) although demand allowed it")
    }
}
