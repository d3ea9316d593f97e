import ArgumentParser
import Base
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

    func run() async throws {
        try await reportingFaults(server) {
            let request = ClassifyIntentRequest(text: text, topK: topK, explain: explain)
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
            .init(header: "score", isNumber: true), .init(header: "", maxWidth: 24),
            .init(header: "intent"),
        ])
        for score in response.intents {
            table.add(
                [
                    String(Terminal.signed(score.score).dropFirst(score.score < 0 ? 0 : 1)),
                    Terminal.bar(Double(score.score), width: 24), score.intent,
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
                Terminal.red("out of scope: ")
                    + "no intent reaches \(Terminal.signed(response.threshold))")
        } else {
            print(Terminal.bold("answer: ") + Terminal.printable(response.answer))
        }
        if response.text.truncated {
            print("The text was cut after \(response.text.tokenCount) tokens.")
        }
        printLines(
            footer(
                response.timings, bundleVersion: response.bundleVersion, failures: []))
    }

    private struct Report: Encodable {
        struct Example: Encodable {
            var text: String
            var similarity: Float
        }

        struct Score: Encodable {
            var intent: String
            var score: Float
            var nearestExamples: [Example]
        }

        var intents: [Score]
        var outOfScope: Bool
        var threshold: Float
        var answer: String
        var tokenCount: Int
        var truncated: Bool
        var timings: JSONParts.Timings
        var bundleVersion: String

        init(_ response: ClassifyIntentResponse) {
            intents = response.intents.map { score in
                Score(
                    intent: score.intent, score: score.score,
                    nearestExamples: score.nearestExamples.map {
                        Example(text: $0.text, similarity: $0.similarity)
                    })
            }
            outOfScope = response.outOfScope
            threshold = response.threshold
            answer = response.answer
            tokenCount = response.text.tokenCount
            truncated = response.text.truncated
            timings = JSONParts.Timings(response.timings)
            bundleVersion = response.bundleVersion
        }
    }
}
