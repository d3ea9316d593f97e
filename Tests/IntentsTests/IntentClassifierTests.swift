import Base
import Inference
import Intents
import Store
import Testing

@Suite struct IntentClassifierTests {
    /// Two intents around the first two axes.
    private static let table = IntentTable(
        definitions: [
            IntentDefinition(name: "first", examples: ["a", "b"], answer: "one"),
            IntentDefinition(name: "second", examples: ["c", "d", "e", "f"], answer: "two"),
        ],
        exampleVectors: Int8VectorTable(
            dimension: 3,
            rows: [
                unit(1, 0.1, 0), unit(1, -0.1, 0), unit(0.1, 1, 0), unit(-0.1, 1, 0),
                unit(0, 1, 0.3), unit(0, 1, -0.2),
            ]))

    private static func unit(_ components: Float...) -> Int8Vector {
        let length = components.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return Int8Vector(quantizing: components.map { $0 / length })
    }

    @Test func aSentenceNearAPrototypeGetsItsIntentAndAnswer() {
        let answer = IntentClassifier(table: Self.table).classify(Self.unit(0.05, 1, 0))
        #expect(answer.intents.map(\.name) == ["second", "first"])
        #expect(answer.intents[0].score > 0.97)
        #expect(!answer.isOutOfScope)
        #expect(answer.answer == "two")
        #expect(answer.threshold == IntentClassifier.defaultThreshold)
        for intent in answer.intents { #expect(intent.nearestExamples.isEmpty) }
    }

    @Test func aSentenceFarFromAllIsOutOfScopeWithoutAnswer() {
        let answer = IntentClassifier(table: Self.table).classify(Self.unit(0.1, 0, 1))
        #expect(answer.isOutOfScope)
        #expect(answer.answer.isEmpty)
        #expect(answer.intents.count == 2)
    }

    @Test func theScoreMixesPrototypeAndNearestExample() {
        let sentence = Self.unit(1, 0.1, 0)
        let score = IntentClassifier(table: Self.table).classify(sentence).intents[0].score
        // The prototype is the first axis, the nearest example the sentence itself.
        #expect(abs(score - (0.75 * 0.99504 + 0.25)) < 0.01)
    }

    @Test func theThresholdItselfIsInScope() {
        let best = IntentClassifier(table: Self.table).classify(Self.unit(1, 0, 1)).intents[0].score
        let at = IntentClassifier(table: Self.table, threshold: best).classify(Self.unit(1, 0, 1))
        #expect(!at.isOutOfScope)
        let above = IntentClassifier(table: Self.table, threshold: best.nextUp)
        #expect(above.classify(Self.unit(1, 0, 1)).isOutOfScope)
    }

    @Test func nearestExamplesComeNearestFirst() {
        let answer = IntentClassifier(table: Self.table)
            .classify(Self.unit(0, 1, 0.3), topK: 1, explain: true)
        #expect(answer.intents.count == 1)
        let examples = answer.intents[0].nearestExamples
        #expect(examples.count == IntentClassifier.explainedExamples)
        #expect(examples[0].text == "e")
        #expect(examples[0].similarity > 0.99)
        #expect(examples.map(\.similarity) == examples.map(\.similarity).sorted(by: >))
    }

    @Test func anEmptyTableAndIntentsWithoutDirectionAnswerOutOfScope() {
        let none = IntentClassifier(table: .empty)
        #expect(!none.hasIntents)
        let opposite = IntentTable(
            definitions: [IntentDefinition(name: "x", examples: ["a", "b"], answer: "y")],
            exampleVectors: Int8VectorTable(
                dimension: 2, rows: [Self.unit(1, 0), Self.unit(-1, 0)]))
        let cancelled = IntentClassifier(table: opposite)
        #expect(!cancelled.hasIntents)
        let answer = cancelled.classify(Self.unit(1, 0))
        #expect(answer.isOutOfScope && answer.intents.isEmpty && answer.answer.isEmpty)
    }

    @Test func scoresAreCosinesForAnyVector() {
        let classifier = IntentClassifier(table: Self.table)
        var random = SeededRandom(seed: 3)
        for _ in 0..<200 {
            let vector = Self.unit(
                Float.random(in: -1...1, using: &random), Float.random(in: -1...1, using: &random),
                Float.random(in: -1...1, using: &random))
            for intent in classifier.classify(vector, topK: 9, explain: true).intents {
                #expect((-1...1).contains(intent.score))
                for example in intent.nearestExamples {
                    #expect((-1...1).contains(example.similarity))
                }
            }
        }
        let broken = Int8Vector(values: [1, 1, 1], scale: .nan)
        #expect(classifier.classify(broken).isOutOfScope)
    }
}
