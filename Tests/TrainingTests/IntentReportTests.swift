import Inference
import Intents
import Store
import Testing
import Training

@Suite struct IntentReportTests {
    private static func unit(_ components: Float...) -> Int8Vector {
        let length = components.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return Int8Vector(quantizing: components.map { $0 / length })
    }

    @Test func countsFindsTopicsAndMeasuresDrift() {
        let table = IntentTable(
            definitions: [
                IntentDefinition(name: "first", examples: ["a", "b"], answer: ""),
                IntentDefinition(name: "second", examples: ["c", "d"], answer: ""),
            ],
            exampleVectors: Int8VectorTable(
                dimension: 3,
                rows: [
                    Self.unit(1, 0.1, 0), Self.unit(1, 0, 0.1), Self.unit(0.1, 1, 0),
                    Self.unit(0, 1, 0.1),
                ]))
        let messages = ["great", "terrible", "between", "topic", "topic two", "topic three", "42"]
        let vectors = [
            Self.unit(1, 0, 0), Self.unit(0, 1, 0), Self.unit(1, 1, 0), Self.unit(0, 0, 1),
            Self.unit(0.1, 0, 1), Self.unit(0, 0.1, 1), Self.unit(1, 0, 0),
        ]
        let report = IntentReport(
            messages.map { CustomerMessage(text: $0) }, vectors,
            by: IntentClassifier(table: table))
        #expect(report.messageCount == 7 && report.outOfScopeCount == 4)
        #expect(report.volumes.first?.intent == "out_of_scope")
        #expect(report.volumes.map(\.count).reduce(0, +) == 7)
        #expect(abs(report.volumes.map(\.trend).reduce(0, +)) < 1e-9)
        #expect(report.clusters.map(\.count) == [3])
        #expect(Set(report.clusters[0].examples) == ["topic", "topic two", "topic three"])
        #expect(report.clusters[0].words.first == "topic")
        #expect(report.confusions.map(\.count) == [1])
        #expect(report.confusions[0].example == "between")
        #expect(report.drift.exampleSimilarity > report.drift.messageSimilarity)
    }

    @Test func timesMakePeriodsAndTrends() {
        let table = IntentTable(
            definitions: [
                IntentDefinition(name: "first", examples: ["a", "b"], answer: ""),
                IntentDefinition(name: "second", examples: ["c", "d"], answer: ""),
            ],
            exampleVectors: Int8VectorTable(
                dimension: 3,
                rows: [
                    Self.unit(1, 0.1, 0), Self.unit(1, 0, 0.1), Self.unit(0.1, 1, 0),
                    Self.unit(0, 1, 0.1),
                ]))
        // A message an hour; "second" takes over after half of them.
        let hour: Int64 = 3_600_000_000_000
        let messages = (0..<120).map {
            CustomerMessage(text: "message", unixNanoseconds: Int64($0) * hour)
        }
        let vectors = (0..<120).map { $0 < 60 ? Self.unit(1, 0, 0) : Self.unit(0, 1, 0) }
        let report = IntentReport(messages, vectors, by: IntentClassifier(table: table))
        #expect(report.periodCount == 12 && report.lastUnixSeconds == 119 * 3_600)
        #expect(report.volumes.map(\.intent) == ["first", "second"])
        #expect(report.volumes.allSatisfy { $0.isTrendNotable })
        #expect(report.volumes.map(\.trend) == [-1, 1])
        #expect(report.volumes[0].counts.prefix(5).allSatisfy { $0 > 0 })
        #expect(report.volumes[0].counts.suffix(5).allSatisfy { $0 == 0 })
    }
}
