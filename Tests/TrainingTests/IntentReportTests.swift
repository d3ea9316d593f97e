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
        let report = IntentReport(messages, vectors, by: IntentClassifier(table: table))
        #expect(report.messageCount == 7 && report.outOfScopeCount == 4)
        #expect(report.volumes.first?.intent == "out_of_scope")
        #expect(report.volumes.map(\.count).reduce(0, +) == 7)
        #expect(abs(report.volumes.map(\.trend).reduce(0, +)) < 1e-9)
        #expect(report.clusters.map(\.count) == [3])
        #expect(report.clusters[0].examples == ["topic", "topic two", "topic three"])
        #expect(report.confusions.map(\.count) == [1])
        #expect(report.drift.exampleSimilarity > report.drift.messageSimilarity)
    }
}
