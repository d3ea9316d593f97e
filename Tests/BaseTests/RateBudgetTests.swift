import Base
import Testing

@Suite struct RateBudgetTests {
    private func time(_ seconds: Double) -> MonotonicTime {
        MonotonicTime(nanoseconds: 1_000_000_000_000 + UInt64(seconds * 1e9))
    }

    @Test func aBurstIsGrantedAndThenTheRate() {
        let budget = RateBudget(perSecond: 10, burst: 5)
        for _ in 0..<5 { #expect(budget.spend(now: time(0)) == nil) }
        #expect(budget.spend(now: time(0)) == 100_000_000)
        #expect(!budget.hasLeft(now: time(0.05)))
        #expect(budget.spend(now: time(0.05)) == 50_000_000)
        #expect(budget.hasLeft(now: time(0.1)))
        #expect(budget.spend(now: time(0.1)) == nil)
        #expect(budget.spend(now: time(0.1)) == 100_000_000)
        // Full again, and no fuller.
        for _ in 0..<5 { #expect(budget.spend(now: time(60)) == nil) }
        #expect(budget.spend(now: time(60)) != nil)
    }

    @Test func unitsAreTakenTogetherOrNotAtAll() {
        let budget = RateBudget(perSecond: 100, burst: 50)
        #expect(budget.spend(40, now: time(0)) == nil)
        #expect(budget.spend(20, now: time(0)) == 100_000_000)
        #expect(budget.spend(10, now: time(0)) == nil)
    }

    @Test func moreThanABurstPassesWhenNothingIsOwedAndIsPaidBack() {
        let budget = RateBudget(perSecond: 100, burst: 50)
        #expect(budget.spend(200, now: time(0)) == nil)
        #expect(budget.spend(200, now: time(1)) != nil)
        #expect(!budget.hasLeft(now: time(1.4)))
        #expect(budget.spend(1, now: time(1.6)) == nil)
    }
}
