import ArgumentParser
import Base
import Foundation
import Messages

struct IntentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intent", abstract: "Say what a customer's sentence asks for, with the answer."
    )

    @Argument(help: "What the customer wrote.")
    var text: String

    @OptionGroup var server: ServerOptions

    @Option(help: "How many intents to show.")
    var topK = 3

    @Flag(inversion: .prefixedNo, help: "Show the nearest example sentences.")
    var explain = true

    @Flag(help: "Show how much each word matters.")
    var words = false

    @Option(help: "What the customer wrote before, oldest first; may be given several times.")
    var previous: [String] = []

    @Option(help: "Who asks: a stored user, whose attributes fill the answer.")
    var user: String?

    func run() async throws {
        try await reportingFaults(server) {
            var request = ClassifyIntentRequest(text: text, topK: topK, explain: explain)
            request.previousTurns = previous
            request.userId = user ?? ""
            request.explainsWords = words
            let response = try await Question(server).ask(
                "/rankwire.v1.IntentService/ClassifyIntent",
                encode: { $0.encodeClassifyIntentRequest(request) },
                decode: { codec, bytes throws(Fault) in
                    try codec.decodeClassifyIntentResponse(bytes)
                })
            if server.json {
                try printJSON(Report(response))
            } else {
                show(response)
            }
        }
    }

    private func show(_ response: ClassifyIntentResponse) {
        var table = Table([
            .init(header: "probability", isNumber: true), .init(header: "", maxWidth: 24),
            .init(header: "intent"), .init(header: "score", isNumber: true),
        ])
        for score in response.intents {
            table.add(
                [
                    Terminal.percent(score.probability),
                    Terminal.bar(Double(score.probability), width: 24), score.intent,
                    Terminal.signed(score.score),
                ],
                below: score.nearestExamples.map {
                    Terminal.dim(
                        "      like \"\(Terminal.printable($0.text))\" "
                            + "(\(Terminal.signed($0.similarity)))")
                })
        }
        printLines(table.lines)
        if response.outOfScope {
            print(
                Terminal.red("out of scope ")
                    + "(\(Terminal.percent(response.outOfScopeProbability)))"
                    + (response.unsupportedLanguage ? ": the model cannot read this text" : ""))
        } else {
            print(Terminal.bold("answer: ") + Terminal.printable(response.answer))
        }
        printLines(passages(response))
        printLines(details(response))
        if response.text.truncated {
            print("The text was cut after \(response.text.tokenCount) tokens.")
        }
        printLines(
            footer(
                response.timings, bundleVersion: response.bundleVersion, failures: []))
    }

    /// Each with its best sentence in bold, or in brackets where nothing is bold.
    private func passages(_ response: ClassifyIntentResponse) -> [String] {
        response.passages.flatMap { passage in
            let bytes = Array(passage.text.utf8)
            let best = passage.bestSentence
            func part(_ range: Range<Int>) -> String {
                Terminal.printable(String(decoding: bytes[range], as: UTF8.self))
            }
            let (before, after) = (part(0..<best.lowerBound), part(best.upperBound..<bytes.count))
            let source = Terminal.dim(
                " (\(passage.articleId), \(Terminal.signed(passage.score)))")
            var lines = [
                Terminal.bold("help: ") + Terminal.printable(passage.title) + source,
                "      \(before)\(Self.marked(part(best)))\(after)",
            ]
            if !passage.url.isEmpty { lines.append("      " + Terminal.printable(passage.url)) }
            return lines
        }
    }

    private static func marked(_ sentence: String) -> String {
        Terminal.isColored ? Terminal.bold(sentence) : "[\(sentence)]"
    }

    private func details(_ response: ClassifyIntentResponse) -> [String] {
        var lines = response.entities.map {
            "  \($0.kind.replacingOccurrences(of: "_", with: " ")): \(Terminal.printable($0.value))"
        }
        if !response.missingFacts.isEmpty {
            lines.append("  asked for: \(response.missingFacts.joined(separator: ", "))")
        }
        if !response.handOver.isEmpty { lines.append("  hand over: \(response.handOver)") }
        lines.append(
            Terminal.dim(
                "  sentiment \(Terminal.signed(response.sentiment)), "
                    + "urgency \(Terminal.signed(response.urgency))"))
        if !response.words.isEmpty {
            lines.append(
                "  words: "
                    + response.words.map {
                        "\(Terminal.printable($0.word)) \(Terminal.signed($0.importance))"
                    }.joined(separator: ", "))
        }
        return lines
    }

    private struct Report: Encodable {
        struct Example: Encodable {
            var text: String
            var similarity: Float
        }

        struct Score: Encodable {
            var intent: String
            var score: Float
            var probability: Float
            var nearestExamples: [Example]
        }

        struct Entity: Encodable {
            var kind: String
            var value: String
            var startByte: Int
            var endByte: Int
        }

        struct Word: Encodable {
            var word: String
            var importance: Float
        }

        struct Passage: Encodable {
            var article: String
            var title: String
            var url: String
            var labels: [String]
            var text: String
            var score: Float
            var bestSentenceStartByte: Int
            var bestSentenceEndByte: Int
        }

        var intents: [Score]
        var outOfScope: Bool
        var outOfScopeProbability: Float
        var threshold: Float
        var answer: String
        var missingFacts: [String]
        var entities: [Entity]
        var sentiment: Float
        var urgency: Float
        var handOver: String
        var words: [Word]
        var passages: [Passage]
        var unsupportedLanguage: Bool
        var usedPreviousTurns: Bool
        var tokenCount: Int
        var truncated: Bool
        var timings: JSONParts.Timings
        var bundleVersion: String

        init(_ response: ClassifyIntentResponse) {
            intents = response.intents.map { score in
                Score(
                    intent: score.intent, score: score.score, probability: score.probability,
                    nearestExamples: score.nearestExamples.map {
                        Example(text: $0.text, similarity: $0.similarity)
                    })
            }
            outOfScope = response.outOfScope
            outOfScopeProbability = response.outOfScopeProbability
            threshold = response.threshold
            answer = response.answer
            missingFacts = response.missingFacts
            entities = response.entities.map {
                Entity(
                    kind: $0.kind, value: $0.value, startByte: $0.range.lowerBound,
                    endByte: $0.range.upperBound)
            }
            sentiment = response.sentiment
            urgency = response.urgency
            handOver = response.handOver
            words = response.words.map { Word(word: $0.word, importance: $0.importance) }
            passages = response.passages.map {
                Passage(
                    article: $0.articleId, title: $0.title, url: $0.url, labels: $0.labels,
                    text: $0.text, score: $0.score,
                    bestSentenceStartByte: $0.bestSentence.lowerBound,
                    bestSentenceEndByte: $0.bestSentence.upperBound)
            }
            unsupportedLanguage = response.unsupportedLanguage
            usedPreviousTurns = response.usedPreviousTurns
            tokenCount = response.text.tokenCount
            truncated = response.text.truncated
            timings = JSONParts.Timings(response.timings)
            bundleVersion = response.bundleVersion
        }
    }
}
