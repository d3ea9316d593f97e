import ArgumentParser
import Base
import Foundation
import Inference
import Messages
import Ranking

struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Put a trained ranking head in the place that servers read.",
        discussion: """
            The head is read and checked first; one for another schema or bundle, or damaged, changes \
            nothing. The head before stays as ranking.previous.head. With --reload the server takes \
            the head at once.
            """)

    @Option(help: "The model bundle the head was trained on.")
    var bundle: String

    @Option(help: "The head; BUNDLE/ranking.candidate.head when absent.")
    var head: String?

    @Flag(help: "Take the head before back instead.")
    var previous = false

    @Flag(help: "Ask the server to load it.")
    var reload = false

    @OptionGroup var server: ServerOptions

    private static let previousName = "ranking.previous.head"

    func run() async throws {
        try await reportingFaults(server) {
            let source =
                head
                ?? bundle + "/" + (previous ? Self.previousName : RankingCandidate.name)
            let version: String
            do throws(BundleError) {
                version = try ModelBundle.open(bundle).version
            } catch {
                throw Fault(
                    .failedPrecondition, reason: "BUNDLE_UNREADABLE",
                    "the bundle cannot be read: \(error)")
            }
            guard let model = try RankingHeadFile.read(source, bundleVersion: version) else {
                throw Fault.notFound(source)
            }
            try replace(with: source)
            print(
                "\(model.head.kind) head, trained on what was before "
                    + timeText(model.origin.trainedUntilUnixNanoseconds) + ", is in place")
            if reload { try await askToReload() }
        }
    }

    private func replace(with source: String) throws(Fault) {
        let target = bundle + "/" + RankingHeadFile.name
        let files = FileManager.default
        do {
            let head = try Data(contentsOf: URL(filePath: source))
            if let before = files.contents(atPath: target), before != head {
                try before.write(
                    to: URL(filePath: bundle + "/" + Self.previousName), options: .atomic)
            }
            try head.write(to: URL(filePath: target), options: .atomic)
        } catch {
            throw Fault(
                .failedPrecondition, reason: "HEAD_UNWRITABLE",
                "\(target) cannot be written: \(error.localizedDescription)")
        }
    }

    private func askToReload() async throws {
        let response = try await Question(server).ask(
            "/rankwire.v1.ModelService/ReloadModel",
            encode: { $0.encodeReloadModelRequest(name: "") },
            decode: { codec, bytes throws(Fault) in
                try codec.decodeReloadModelResponse(bytes)
            })
        print("\(server.server) has it, after \(response.durationMs) ms")
    }
}
