import Base
import Testing

@Suite struct LimitsTests {
    @Test func theDefaultsAgreeWithEachOther() {
        #expect(Limits().validate() == [])
    }

    @Test func everyLimitIsNamedForConfiguration() {
        let stored = Mirror(reflecting: Limits()).children.compactMap(\.label)
        #expect(Limits.fields.map(\.name) == stored)
    }

    @Test func aNameSetsTheLimitItNames() {
        for (name, path) in Limits.fields {
            var limits = Limits()
            limits[keyPath: path] = 12_345
            let changed = Mirror(reflecting: limits).children
                .filter { $0.value as? Int == 12_345 }.map(\.label)
            #expect(changed == [name])
        }
    }

    @Test func aTextThatNoBatchCouldHoldIsCaughtAtStart() {
        var limits = Limits()
        limits.maxBatchTokens = limits.maxTokensPerText - 1
        #expect(limits.validate().contains { $0.contains("maxBatchTokens") })
    }
}
