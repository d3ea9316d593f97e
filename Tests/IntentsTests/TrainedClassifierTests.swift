import Inference
import Intents
import Store
import Testing

/// A head of two intents beside a catalogue that goes on changing.
@Suite struct TrainedClassifierTests {
    /// Knows "first" and "second" by the first two axes.
    private static let head = IntentHead(
        intents: ["first", "second"],
        members: [
            Perceptron(
                inputWidth: 4,
                Perceptron.Weights(
                    hidden: [], hiddenBiases: [], output: [4, 0, 0, 0, 0, 4, 0, 0],
                    outputBiases: [0, 0]))
        ], temperature: 1,
        detector: OutOfScopeDetector(score: .maximumLogit, threshold: 3, slope: 2),
        bundleVersion: "v", trainedTexts: [IntentHead.hash(of: "a"), IntentHead.hash(of: "b")])

    private static func unit(_ components: Float...) -> Int8Vector {
        let length = components.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return Int8Vector(quantizing: components.map { $0 / length })
    }

    private static func classifier(adding extra: [(String, String, Int8Vector)]) -> IntentClassifier
    {
        var definitions = [
            IntentDefinition(name: "first", examples: ["a"], answer: "one"),
            IntentDefinition(name: "second", examples: ["b"], answer: "two"),
        ]
        var vectors = [[unit(1, 0, 0, 0)], [unit(0, 1, 0, 0)]]
        for (name, example, vector) in extra {
            if let known = definitions.firstIndex(where: { $0.name == name }) {
                definitions[known].examples.append(example)
                vectors[known].append(vector)
            } else {
                definitions.append(
                    IntentDefinition(name: name, examples: [example], answer: "new"))
                vectors.append([vector])
            }
        }
        return IntentClassifier(
            table: IntentTable(
                definitions: definitions,
                exampleVectors: Int8VectorTable(dimension: 4, rows: vectors.flatMap { $0 })),
            head: head)
    }

    @Test func theHeadAnswersWithProbabilities() {
        let answer = Self.classifier(adding: []).classify(Self.unit(1, 0.1, 0, 0))
        #expect(answer.intents.map(\.name) == ["first", "second"])
        #expect(answer.answer == "one" && !answer.isOutOfScope)
        #expect(abs(answer.intents.reduce(0) { $0 + $1.probability } - 1) < 1e-5)
        #expect(answer.intents[0].probability > 0.99)
    }

    @Test func theDetectorTurnsAway() {
        let answer = Self.classifier(adding: []).classify(Self.unit(0.1, 0.1, 1, 0))
        #expect(answer.isOutOfScope && answer.outOfScopeProbability > 0.9)
        #expect(answer.answer.isEmpty)
    }

    @Test func aNewIntentCountsAtOnce() {
        let classifier = Self.classifier(adding: [("third", "c", Self.unit(0, 0, 1, 0))])
        let answer = classifier.classify(Self.unit(0.1, 0.1, 1, 0))
        #expect(answer.intents[0].name == "third" && answer.answer == "new")
        #expect(!answer.isOutOfScope)
        // And takes nothing from what the head knows.
        #expect(classifier.classify(Self.unit(1, 0, 0.1, 0)).intents[0].name == "first")
    }

    @Test func aNewExampleOfAKnownIntentCountsAtOnce() {
        let sentence = Self.unit(0.3, 0, 0, 1)
        #expect(Self.classifier(adding: []).classify(sentence).intents[0].name == "first")
        let taught = Self.classifier(adding: [("second", "d", Self.unit(0, 0, 0, 1))])
        #expect(taught.classify(sentence).intents[0].name == "second")
        #expect(!taught.classify(sentence).isOutOfScope)
    }

    @Test func occlusionLeavesOutOneWordAtATime() {
        let occlusion = WordOcclusion("Where, is #it?")
        #expect(occlusion.texts == ["Where, is #it?", ", is #it?", "Where,  #it?", "Where, is #?"])
        let vectors = [
            Self.unit(1, 0, 0, 0), Self.unit(0, 1, 0, 0), Self.unit(1, 0, 0, 0),
            Self.unit(1, 1, 0, 0),
        ]
        let values = occlusion.importances(
            vectors, of: "first", by: Self.classifier(adding: []))
        #expect(values.map(\.word) == ["Where", "is", "it"])
        #expect(values[0].value > 0.9 && values[1].value == 0)
        #expect(values[2].value > 0.4 && values[2].value < 0.6)
    }
}
